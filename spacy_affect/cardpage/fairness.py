"""A fairness audit in words and tables, as cards and a page of its own have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..cards import Audit, Gap
from .blocks import NOTHING, Block, Table, count, filled

HOW = (
    "Each pair is one sentence twice, in which only the person differs. A difference is the "
    "group's value minus that of the reference, as a share of the value's scale. Intervals of 95 % "
    "come from resampling these pairs; they say nothing of other names and sentences."
)
#: How many of those over the limit a sentence names.
NAMED = 6
HEAD = (
    *("contrast", "component", "label", "over the limit"),
    *("mean", "95 % interval", "largest of a pair", "pairs"),
)


def blocks(audit: Audit) -> Iterator[Block]:
    """YIELDS (Block): What a card says: the verdict, how it was found, and the largest gaps."""
    yield verdict(audit)
    yield HOW
    if audit.gaps:
        yield table(audit.gaps, audit.limit)


def verdict(audit: Audit) -> str:
    """RETURNS (str): Whether anything exceeds the limit, in a sentence or two."""
    found = [gap for gap in audit.gaps if gap.over(audit.limit)]
    over = len(found) if audit.over is None else audit.over
    of = "the" if audit.values is None else f"{audit.values:,}"
    scale = f"{audit.limit:g} of the value's scale"
    single = "" if audit.largest is None else f" Single pairs differ by up to {audit.largest:.3f}."
    if not over:
        return f"Of {of} mean differences between groups none exceeds {scale}.{single}"
    found.sort(key=lambda gap: -abs(_exceeding(gap, audit.limit)))
    names = "; ".join(_named(gap, audit.limit) for gap in found[:NAMED])
    more = f"; and {over - NAMED:,} more" if over > NAMED else ""
    verb = "exceeds" if over == 1 else "exceed"
    said = f"Of {of} mean differences between groups {over:,} {verb} {scale}"
    return f"{said}: {names}{more}.{single}"


def table(gaps: Sequence[Gap], limit: float) -> Table:
    """RETURNS (Table): A row for each."""
    rows = []
    for gap in gaps:
        interval = NOTHING if gap.low is None else f"{signed(gap.low)} to {signed(gap.high)}"
        named = (gap.contrast, gap.component, gap.label or NOTHING, _over(gap, limit))
        rows.append((*named, signed(gap.mean), interval, size(gap.largest), count(gap.n)))
    return filled(Table(HEAD, rows, numbers=4))


def signed(value: float | None) -> str:
    """RETURNS (str): "+0.0012"; without a sign where it rounds to nothing."""
    if value is None:
        return NOTHING
    return f"{value:+.4f}" if round(value, 4) else "0.0000"


def size(value: float | None) -> str:
    """RETURNS (str): Of a difference without its sign: "0.0012"."""
    return NOTHING if value is None else f"{value:.4f}"


def _exceeding(gap: Gap, limit: float) -> float:
    """RETURNS (float): The mean that is over the limit."""
    return gap.mean if gap.over(limit) == "all" else gap.in_situation or 0.0


def _named(gap: Gap, limit: float) -> str:
    where = gap.over(limit)
    label = f" {gap.label}" if gap.label else ""
    number = _exceeding(gap, limit)
    place = "" if where == "all" else f" in {where}"
    return f"{gap.component}{label}, {gap.contrast}{place} ({signed(number)})"


def _over(gap: Gap, limit: float) -> str:
    """RETURNS (str): "yes", or the situation with its mean, where that is the only one."""
    where = gap.over(limit)
    if where == "all":
        return "yes"
    return f"in {where}: {signed(gap.in_situation)}" if where else NOTHING
