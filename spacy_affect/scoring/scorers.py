"""What `nlp.evaluate` reports of a component; entry point `spacy_affect.affect_scorer.v1`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy
from spacy.tokens import Doc
from spacy.training import Example

from .. import plugins
from ..corpora.gold import Gold, gold_units
from ..extensions import records_of, units_of
from ..tasks.base import Task
from ..types import Record
from .outcomes import collect

#: Units beside which the Doc has a value of its own: itself, and turns, where it may have none.
WHOLE = ("doc", "turns")
#: Between the instance's name and a metric's.
MAIN, PER_LABEL = "score", "per_label"


def make_affect_scorer_v1() -> Callable[..., dict[str, Any]]:
    """RETURNS (Callable): The scorer of every affect component."""
    return affect_score


def affect_score(
    examples: Iterable[Example], *, task: Task, key: str, gold: str, unit: str
) -> dict[str, Any]:
    """Compare what a component wrote with the gold of the same units.

    key (str): What the values are written under. gold (str): What the gold is written under.
    RETURNS (dict): Named `<key>_<metric>`; only what the gold allows, {} where there is none.
        Numbers: pearson, spearman, mae, rmse, ccc, and pearson_high for tasks with the range
            [0, 1]; of a number per label the means over the labels. A unit without a predicted
            number is left out.
        Labels of 0 and 1: jaccard, micro_f1, macro_f1 and weighted_f1 of `record.labels`; ap, ece
            and brier (means over the labels) of the probabilities in `record.presence`, or in the
            value if it has no such detail. Labels that the gold does not say, or that the
            component does not have, are left out; a unit without prediction has no label.
        A class name: accuracy, macro_f1, weighted_f1, average_recall of `record.label`, averaged
            over the classes that the gold holds, one that the component cannot give included (it
            is never right); quadratic_kappa where the classes have an order; ece where the record
            holds their probabilities. Of support strategies macro_f1 is averaged over all, a
            prediction that is none of them counts as the scheme's catch-all ("other"), and there
            are preference_bias and preference_<strategy> (see `metrics.preference_bias`).
        `<key>_score`: to choose models by: pearson for numbers, ap (without probabilities
            macro_f1) for labels, macro_f1 for classes; their mean where the gold has several.
        `<key>_per_label`: {label: {metric: number}}.
        And whatever plugins add.
    """
    pairs = list(iter_pairs(((e.reference, e.predicted) for e in examples), key, gold, unit))
    outcomes = collect(pairs, task)
    if not outcomes:
        return {}
    once = numpy.ones((1, 1 + max(text for text, _, _ in pairs)))
    scores: dict[str, Any] = {}
    mains: list[float] = []
    per_label: dict[str, dict[str, float]] = {}
    for outcome in outcomes:
        found = {name: float(numbers[0]) for name, numbers in outcome.measure(once).items()}
        scores.update(found)
        mains.append(found[outcome.main])
        for label, measured in outcome.per_label(once).items():
            own = per_label.setdefault(label, {})
            own.update({name: float(numbers[0]) for name, numbers in measured.items()})
    scores.update(_extra(pairs, task))
    scores[MAIN] = sum(mains) / len(mains)
    if per_label:
        scores[PER_LABEL] = per_label
    return {f"{key}_{name}": value for name, value in scores.items()}


def iter_pairs(
    docs: Iterable[tuple[Doc, Doc]], key: str, gold: str, unit: str
) -> Iterator[tuple[int, Gold, Record]]:
    """Join gold and prediction by the place of their unit in the text.

    docs (Iterable[tuple[Doc, Doc]]): The Doc that holds the gold, the Doc that holds predictions.
    YIELDS (tuple[int, Gold, Record]): The number of the pair of Docs, and what is at one place.
    """
    for text, (reference, predicted) in enumerate(docs):
        found = None
        for span, wanted in gold_units(reference, gold):
            if found is None:  # most corpora have no gold for most components
                found = _records(predicted, key, unit)
            record = found.get((span.start_char, span.end_char))
            if record is None and unit in WHOLE and len(span) == len(reference):
                record = found.get(None)
            if record is not None:
                yield text, wanted, record


def _records(doc: Doc, key: str, unit: str) -> dict[tuple[int, int] | None, Record]:
    """RETURNS (dict): By place in characters; None is the whole Doc."""
    found: dict[tuple[int, int] | None, Record] = {}
    if unit != "doc":
        found.update({(start, end): record for start, end, record in units_of(doc, key)})
    whole = records_of(doc).get(key)
    return found if whole is None else {**found, None: whole}


def _extra(pairs: Sequence[tuple[int, Gold, Record]], task: Task) -> dict[str, float]:
    """RETURNS (dict): What plugins measure of the values."""
    sides = [(g.value, r.value) for _, g, r in pairs if g.value is not None is not r.value]
    scores: dict[str, float] = {}
    if sides:
        gold, pred = ([side[i] for side in sides] for i in (0, 1))
        for _, extra in plugins.call("affect_extra_metrics", task=task, gold=gold, pred=pred):
            scores.update(extra or {})
    return scores
