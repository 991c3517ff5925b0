"""Splits that keep groups whole and labels in proportion, the same on every machine."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import isfinite

from ..errors import AffectError
from .base import Row
from .leakage import normalise

#: Into how many parts of its range a number is cut to be stratified.
BINS = 5


def by_group(row: Row) -> str:
    """RETURNS (str): The row's group; without one, rows of equal texts belong together."""
    return f"group {row.group}" if row.group else f"text {normalise(row.text)}"


def by_labels(row: Row) -> set[str]:
    """RETURNS (set[str]): What of the row's gold a split should hold its share of: classes,
    labels that are present, and numbers in steps. A text of none counts as such.
    """
    found = set()
    for task, (value, labels) in ((t, g) for golds in row.golds() for t, g in golds.items()):
        if isinstance(labels, str):
            found.add(f"{task} {labels}")
        elif labels:
            found |= {f"{task} {label}" for label, present in labels.items() if present}
            found |= set() if any(labels.values()) else {f"{task} none"}
        if isinstance(value, dict):
            found |= {f"{task} {label} {_step(number)}" for label, number in value.items()}
        elif value is not None:
            found.add(f"{task} {_step(value)}")
    return found or {""}


def split(
    rows: Iterable[Row],
    shares: Mapping[str, float],
    *,
    seed: int = 0,
    group: Callable[[Row], str] | None = by_group,
    stratify: Callable[[Row], Iterable[str]] | None = by_labels,
) -> dict[str, list[Row]]:
    """Split rows by iterative stratification (Sechidis et al. 2011), group by group.

    The rarest label goes first: each of its groups to the split that lacks it most. Where a row
    goes depends on the seed and on the rows, not on their order.

    shares (Mapping[str, float]): Split -> its share, or its weight: 8 and 2 are 0.8 and 0.2.
    group (Callable | None): Row -> what must not be split; None splits every row on its own.
    stratify (Callable | None): Row -> labels; None balances only sizes.
    RETURNS (dict[str, list[Row]]): By split, in the order of the rows.
    RAISES: AF077 for shares that are no positive numbers.
    """
    total = _total(shares)
    rows = list(rows)
    keys = [f"row {i}" if group is None else group(row) for i, row in enumerate(rows)]
    counts: dict[str, Counter[str]] = {}
    sizes = Counter(keys)
    for row, key in zip(rows, keys, strict=True):
        counts.setdefault(key, Counter()).update(set(stratify(row)) if stratify else ())
    everything: Counter[str] = Counter()
    for count in counts.values():
        everything.update(count)
    lacks = {name: _Lack(share / total, everything, len(rows)) for name, share in shares.items()}
    places = {
        key: _place(lacks, label, counts[key], sizes[key])
        for label, key in _in_turn(counts, sizes, seed)
    }
    found: dict[str, list[Row]] = {name: [] for name in shares}
    for row, key in zip(rows, keys, strict=True):
        found[places[key]].append(row)
    return found


class _Lack:
    """How many rows, of each label and in all, a split still lacks."""

    def __init__(self, share: float, everything: Counter[str], n_rows: int) -> None:
        self.rows = share * n_rows
        self.labels = {label: share * number for label, number in everything.items()}


def _place(lacks: dict[str, _Lack], label: str | None, count: Counter[str], size: int) -> str:
    """RETURNS (str): The split that a group goes to, the first of those that lack it most."""
    chosen = max(
        lacks,
        key=lambda name: (0 if label is None else lacks[name].labels[label], lacks[name].rows),
    )
    lack = lacks[chosen]
    lack.rows -= size
    for present, number in count.items():
        lack.labels[present] -= number
    return chosen


def _in_turn(
    counts: dict[str, Counter[str]], sizes: Counter[str], seed: int
) -> Iterable[tuple[str | None, str]]:
    """YIELDS (tuple[str | None, str]): Label and group: the label that the fewest groups still
    waiting have, and of these the largest first, equal ones in an order that the seed draws.
    """
    order = sorted(counts, key=lambda key: (-sizes[key], _draw(seed, key), key))
    having: dict[str, list[str]] = {}
    for key in order:
        for label in counts[key]:
            having.setdefault(label, []).append(key)
    waiting = Counter({label: len(keys) for label, keys in having.items()})
    done: set[str] = set()
    while waiting:
        rarest = min(waiting, key=lambda label: (waiting[label], label))
        for key in having[rarest]:
            if key not in done:
                done.add(key)
                waiting.subtract(counts[key].keys())
                yield rarest, key
        waiting = +waiting
    yield from ((None, key) for key in order if key not in done)


def _draw(seed: int, key: str) -> bytes:
    text = f"{seed} {key}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).digest()


def _step(number: float) -> int:
    return round(number * BINS)


def _total(shares: Mapping[str, float]) -> float:
    total = sum(shares.values())
    if not shares or min(shares.values()) <= 0 or not isfinite(total):
        raise AffectError("AF077", shares=dict(shares))
    return total
