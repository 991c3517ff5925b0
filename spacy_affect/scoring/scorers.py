"""What `nlp.evaluate` reports of a component; entry point `spacy_affect.affect_scorer.v1`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spacy.training import Example

from .. import plugins
from ..corpora.gold import Gold, gold_units
from ..extensions import records_of, units_of
from ..tasks.base import Task
from ..types import Record
from .metrics import accuracy, macro_f1, mean_absolute_error, pearson


def make_affect_scorer_v1() -> Callable[..., dict[str, Any]]:
    """RETURNS (Callable): The scorer of every affect component."""
    return affect_score


def affect_score(
    examples: Iterable[Example], *, task: Task, key: str, gold: str, unit: str
) -> dict[str, Any]:
    """Compare what a component wrote with the gold of the same units.

    key (str): What the values are written under. gold (str): What the gold is written under.
    RETURNS (dict): `<key>_pearson` and `<key>_mae` for numbers (means over the labels where the
        value holds several), `<key>_accuracy` and `<key>_macro_f1` for classes, and what plugins
        add; only what the gold allows, {} where there is none.
    """
    pairs = [pair for example in examples for pair in _pairs(example, key, gold, unit)]
    metrics: dict[str, Any] = {}
    valued = [(g.value, r.value) for g, r in pairs if g.value is not None and r.value is not None]
    columns: dict[str, list[tuple[float, float]]] = {}
    for wanted, found in valued:
        if isinstance(wanted, dict) and isinstance(found, dict):
            for label in wanted.keys() & found.keys():
                columns.setdefault(label, []).append((wanted[label], found[label]))
        elif not isinstance(wanted, dict) and not isinstance(found, dict):
            columns.setdefault("", []).append((wanted, found))
    if columns:
        sides = [tuple(zip(*column, strict=True)) for column in columns.values()]
        metrics["pearson"] = _mean(pearson(*side) for side in sides)
        metrics["mae"] = _mean(mean_absolute_error(*side) for side in sides)
    classes = [(g.labels, r.label) for g, r in pairs if isinstance(g.labels, str)]
    if classes:
        wanted_classes = [wanted for wanted, _ in classes]
        found_classes = [found for _, found in classes]
        metrics["accuracy"] = accuracy(wanted_classes, found_classes)
        metrics["macro_f1"] = macro_f1(wanted_classes, found_classes)
    if valued:
        sides_of_values = {"gold": [g for g, _ in valued], "pred": [p for _, p in valued]}
        for _, extra in plugins.call("affect_extra_metrics", task=task, **sides_of_values):
            metrics.update(extra or {})
    return {f"{key}_{name}": value for name, value in metrics.items()}


def _pairs(example: Example, key: str, gold: str, unit: str) -> Iterable[tuple[Gold, Record]]:
    doc = example.predicted
    if unit == "doc":
        found = {(0, len(doc.text)): records_of(doc)[key]} if key in records_of(doc) else {}
    else:
        found = {(start, end): record for start, end, record in units_of(doc, key)}
    for span, wanted in gold_units(example.reference, gold):
        whole = len(span) == len(example.reference)
        place = (0, len(doc.text)) if whole and unit == "doc" else (span.start_char, span.end_char)
        if place in found:
            yield wanted, found[place]


def _mean(numbers: Iterable[float]) -> float:
    items = list(numbers)
    return sum(items) / len(items)
