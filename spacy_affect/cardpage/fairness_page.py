"""A fairness audit as one HTML file, with all that was measured."""

from __future__ import annotations

from ..scoring.audit import Report
from .blocks import NOTHING, Bullets, Picture, Section, Table, filled
from .fairness import HOW, size, table, verdict
from .page import document

NOTICE = (
    "Small differences here do not make a model fair: it is asked about a few groups, in made-up "
    "English sentences, by words and names that stand for them."
)
PICTURE = (
    "For each contrast, the mean difference of every value, with its interval, between the limits; "
    "every number is in the table."
)
#: Pairs that are shown in full.
SHOWN = 10


def page(name: str, report: Report, picture: str = "") -> str:
    """Write an audit down.

    picture (str): Its picture as SVG, or "".
    RETURNS (str): HTML with all differences.
    """
    gaps = [found.gap for found in report.differences]
    parted = [
        Section("Result", [verdict(report.audit), *report.notes]),
        *([Section("Chart", [Picture(PICTURE)])] if picture else []),
        Section("All differences", [table(gaps, report.limit)]),
        Section("Pairs that differ most", [_pairs(report)]),
        Section("How it was measured", [HOW, Bullets(_facts(report))]),
    ]
    return document(name, [], NOTICE, parted, picture)


def _pairs(report: Report) -> Table:
    widest = sorted(report.differences, key=lambda one: -(one.gap.largest or 0.0))[:SHOWN]
    rows = []
    for one in widest:
        named = (" / ".join(one.texts), one.gap.component, one.gap.label or NOTHING)
        rows.append((*named, size(one.gap.largest)))
    return filled(Table(("pair", "component", "label", "difference"), rows, numbers=1))


def _facts(report: Report) -> list[tuple[str, str]]:
    return [
        ("Sentences", f"{report.n_texts:,}"),
        ("Limit", f"{report.limit:g} of a value's scale"),
        ("Method", "after the Equity Evaluation Corpus (Kiritchenko and Mohammad 2018)"),
    ]
