"""How sure a calibrated component was, and whether rightly: how often its intervals and sets hold
the gold, and how wide they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy

from ..types import SET, Record
from . import weighted
from .rows import Prepared, Rows

#: Of these neither more nor less is better: a share should be the level that was asked for, and
#: width means something at equal shares only.
NEUTRAL = frozenset({"coverage", "set_size", "interval_coverage", "interval_width"})


def of_intervals(found: Iterable[tuple[int, str, float, Record]]) -> Prepared:
    """Measure intervals.

    found (Iterable[tuple]): The text's place, the label ("" for a value of one number), the gold
        number, and the record.
    RETURNS (Prepared): By label, `interval_coverage` and `interval_width`.
    """
    hits: dict[str, list[tuple[int, float]]] = defaultdict(list)
    widths: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for text, label, wanted, record in found:
        ends = record.interval
        ends = ends.get(label) if isinstance(ends, dict) else ends
        if ends is not None:
            low, high = ends
            hits[label].append((text, float(low <= wanted <= high)))
            widths[label].append((text, high - low))
    return {
        label: {"interval_coverage": _mean(hits[label]), "interval_width": _mean(widths[label])}
        for label in hits
    }


def of_sets(found: Iterable[tuple[int, Iterable[str], Record]]) -> Prepared:
    """Measure sets.

    found (Iterable[tuple]): The text's place, which labels are there, and the record.
    RETURNS (Prepared): Under "": `coverage`, the share of these labels that the sets hold, and
        `set_size`.
    """
    hits: list[tuple[int, float]] = []
    sizes: list[tuple[int, float]] = []
    for text, labels, record in found:
        held = record.details.get(SET)
        if held is not None:
            sizes.append((text, float(len(held))))
            hits += [(text, float(label in held)) for label in labels]
    parts = {"coverage": hits, "set_size": sizes}
    return {"": {name: _mean(rows) for name, rows in parts.items() if rows}} if sizes else {}


def _mean(found: Sequence[tuple[int, float]]) -> tuple[Rows, weighted.Metric]:
    rows, numbers = numpy.array(found, dtype="float64").T
    return rows.astype(int), weighted.mean(numbers)
