"""Gold and predictions of many texts side by side, as arrays that are measured at once.

Each kind of gold is an outcome: numbers, label sets, or classes. An outcome gives its metrics for
any weighting of the texts, so that a score and its bootstrap are the same arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy

from ..corpora.gold import Gold
from ..tasks.base import Task
from ..types import CONFIDENCE, Record
from . import metrics, weighted
from .certainty import NEUTRAL, of_intervals, of_sets
from .rows import Measured, Prepared, Rows, call, known_in, means, own_weights
from .weighted import Floats

#: Where a record holds the probability that a label is present, if the value is an intensity.
PRESENCE = "presence"
#: Where a record holds the probability of each class, if the value is not that.
PROBABILITIES = "probabilities"
#: The classes of these schemes have an order, from lowest to highest.
ORDERS = {
    "polarity": ("negative", "neutral", "positive"),
    "opinion": ("least_opinionated", "neutral_opinionated", "highly_opinionated"),
}
#: Schemes whose classes one chooses between, so that a preference can be told; and the class that
#: a prediction outside of them counts as.
CHOICES = {"esconv": "Others", "esconv8": "other"}
#: Of these metrics the smaller number is the better one.
ERRORS = frozenset({"mae", "rmse", "ece", "brier", "preference_bias"})
#: Before the name of a class: how far it is preferred. Neither more nor less of it is better.
PREFERENCE = "preference_"

_OF_NUMBERS = {
    "pearson": weighted.pearson,
    "spearman": weighted.spearman,
    "mae": weighted.mae,
    "rmse": weighted.rmse,
    "ccc": weighted.ccc,
}


class Outcome(Protocol):
    """What is measured together. `weights` is (m, n_texts), see `weighted.py`."""

    @property
    def main(self) -> str:
        """The metric that models are chosen by."""

    def measure(self, weights: Floats) -> Measured: ...

    def per_label(self, weights: Floats) -> dict[str, Measured]: ...


@dataclass
class Numbers:
    """Numbers by label, "" for a value that is one number.

    columns (dict): Label -> text of each pair, gold, predictions; equally long.
    high (bool): The gold lies in [0, 1], so that "0.5 or more" has a meaning.
    certainty (Prepared): Of the intervals, where the component is calibrated.
    """

    columns: dict[str, tuple[Rows, Floats, Floats]]
    high: bool = False
    certainty: Prepared = field(default_factory=dict)
    main = "pearson"

    def measure(self, weights: Floats) -> Measured:
        """RETURNS (Measured): Means over the labels that a metric exists for."""
        found = means(call(self._prepared, weights).values())
        return {**found, **means(call(self.certainty, weights).values())}

    def per_label(self, weights: Floats) -> dict[str, Measured]:
        return {label: found for label, found in call(self._prepared, weights).items() if label}

    @cached_property
    def _prepared(self) -> Prepared:
        prepared: Prepared = {}
        for label, (rows, gold, pred) in self.columns.items():
            prepared[label] = {name: (rows, make(gold, pred)) for name, make in _OF_NUMBERS.items()}
            high = gold >= metrics.HIGH
            if self.high and high.sum() > 1:
                metric = weighted.pearson(gold[high], pred[high])
                prepared[label]["pearson_high"] = (rows[high], metric)
        return prepared


@dataclass
class LabelSets:
    """Which labels are present.

    gold (Floats): (n, labels) of 0 and 1; NaN is unknown and left out.
    pred (Floats): (n, labels) of 0 and 1.
    probabilities (Floats): (n, labels); NaN where the component gives none.
    left_out (tuple[str, ...]): Labels of the gold that the component does not have.
    certainty (Prepared): Of the sets, where the component is calibrated.
    """

    rows: Rows
    labels: tuple[str, ...]
    gold: Floats
    pred: Floats
    probabilities: Floats
    left_out: tuple[str, ...] = ()
    certainty: Prepared = field(default_factory=dict)

    @property
    def main(self) -> str:
        return "ap" if any("ap" in found for found in self._prepared.values()) else "macro_f1"

    def measure(self, weights: Floats) -> Measured:
        """RETURNS (Measured): Of the label sets, and means over labels of what probabilities say;
        `ap` over the labels that the gold holds.
        """
        own = own_weights(weights, self.rows)
        found = self._counts(own)
        of_sets = {
            "jaccard": self._jaccard(own),
            "micro_f1": weighted.micro_f1(found),
            "macro_f1": weighted.macro_f1(found),
            "weighted_f1": weighted.weighted_f1(found),
        }
        return {
            **{name: known_in(numbers, own) for name, numbers in of_sets.items()},
            **means(call(self._prepared, weights).values()),
            **means(call(self.certainty, weights).values()),
        }

    def per_label(self, weights: Floats) -> dict[str, Measured]:
        f1 = weighted.f1(self._counts(own_weights(weights, self.rows)))
        others = call(self._prepared, weights)
        return {name: {"f1": f1[:, i], **others[name]} for i, name in enumerate(self.labels)}

    @cached_property
    def _counts(self) -> Callable[[Floats], weighted.Counts]:
        return weighted.counts(self.gold, self.pred)

    @cached_property
    def _jaccard(self) -> weighted.Metric:
        return weighted.jaccard(self.gold, self.pred)

    @cached_property
    def _prepared(self) -> Prepared:
        prepared: Prepared = {label: {} for label in self.labels}
        for i, label in enumerate(self.labels):
            gold, given = self.gold[:, i], self.probabilities[:, i]
            known = ~numpy.isnan(gold) & ~numpy.isnan(given)
            rows, gold, given = self.rows[known], gold[known], given[known]
            if gold.any():
                prepared[label]["ap"] = (rows, weighted.average_precision(gold, given))
            if len(gold):
                prepared[label]["ece"] = (rows, weighted.ece(gold, given, metrics.N_BINS))
                prepared[label]["brier"] = (rows, weighted.brier(gold, given))
        return prepared


@dataclass
class Classes:
    """One class per text; None in `pred` is no prediction, which is wrong.

    order (tuple[str, ...]): The classes from lowest to highest, or () where they have no order.
    choices (tuple[str, ...]): All the classes that one chooses between, where it is also measured
        how far each is preferred (see `metrics.preference_bias`); else ().
    confident (dict): Text (its place in `gold`) -> whether the likeliest class is right, and its
        probability, where the component gives probabilities; of a calibrated one the class given.
    unknown (tuple[str, ...]): Classes of the gold that the component cannot give.
    certainty (Prepared): Of the sets, where the component is calibrated.
    """

    rows: Rows
    gold: Sequence[str]
    pred: Sequence[str | None]
    order: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    confident: dict[int, tuple[float, float]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    certainty: Prepared = field(default_factory=dict)
    main = "macro_f1"

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that the gold holds."""
        return tuple(dict.fromkeys(self.gold))

    def measure(self, weights: Floats) -> Measured:
        """RETURNS (Measured): F1 and recall are averaged over the classes that the gold holds, but
        the F1 of choices over all of them, as Kang et al. 2024 do.
        """
        own = own_weights(weights, self.rows)
        found = self._counts(own)
        of_choices = weighted.f1(found)[:, : len(self.choices)]
        of_classes = {
            "accuracy": weighted.accuracy(found),
            "macro_f1": of_choices.mean(axis=1) if self.choices else weighted.held_f1(found),
            "weighted_f1": weighted.weighted_f1(found),
            "average_recall": weighted.average_recall(found),
            **self._preferences(own),
        }
        return {
            **{name: known_in(numbers, own) for name, numbers in of_classes.items()},
            **call(self._prepared, weights)[""],
            **means(call(self.certainty, weights).values()),
        }

    def per_label(self, weights: Floats) -> dict[str, Measured]:
        f1 = weighted.f1(self._counts(own_weights(weights, self.rows)))
        return {name: {"f1": f1[:, i]} for i, name in enumerate(self._columns)}

    def _preferences(self, own: Floats) -> Measured:
        if not self.choices:
            return {}
        found = self._strengths(own)
        each = {PREFERENCE + name: found[:, i] for i, name in enumerate(self.choices)}
        return {"preference_bias": found.std(axis=1), **each}

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.choices, *self.gold]))

    @cached_property
    def _counts(self) -> Callable[[Floats], weighted.Counts]:
        return weighted.counts(*self._sides(self._columns))

    @cached_property
    def _strengths(self) -> weighted.Metric:
        return weighted.preference(*self._sides(self.choices))

    def _sides(self, names: tuple[str, ...]) -> list[Floats]:
        return [metrics.indicators(side, names) for side in (self.gold, self.pred)]

    @cached_property
    def _prepared(self) -> Prepared:
        prepared: dict[str, tuple[Rows, weighted.Metric]] = {}
        ordered = [i for i, name in enumerate(self.gold) if name in self.order]
        if ordered:
            wanted, said = ([side[i] for i in ordered] for side in (self.gold, self.pred))
            places = numpy.array(metrics.places(wanted, said, self.order), dtype="float64")
            prepared["quadratic_kappa"] = (self.rows[ordered], weighted.ccc(places[0], places[1]))
        if self.confident:
            right, given = numpy.array(list(self.confident.values())).T
            rows = self.rows[list(self.confident)]
            prepared["ece"] = (rows, weighted.ece(right, given, metrics.N_BINS))
        return {"": prepared}


def collect(pairs: Iterable[tuple[int, Gold, Record]], task: Task) -> list[Outcome]:
    """Sort gold and records by kind of gold.

    A number is scored where both sides have one; a label where the gold says 0 or 1 and the
    component has it; a class wherever the gold names one.

    pairs (Iterable[tuple]): The text's place among all texts, what is known, what was predicted.
    RETURNS (list[Outcome]): Those that there is anything of.
    """
    columns: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    numbered: list[tuple[int, str, float, Record]] = []
    sets: list[tuple[int, dict[str, int], Record]] = []
    classes: list[tuple[int, str, Record]] = []
    for text, given, record in pairs:
        gold = task.view(given)
        wanted, found = gold.value, record.value
        if isinstance(wanted, dict) and isinstance(found, dict):
            for label, number in wanted.items():
                if label in found:
                    columns[label].append((text, number, found[label]))
                    numbered.append((text, label, number, record))
        elif isinstance(wanted, float | int) and isinstance(found, float | int):
            columns[""].append((text, wanted, found))
            numbered.append((text, "", wanted, record))
        if isinstance(gold.labels, dict):
            sets.append((text, gold.labels, record))
        elif gold.labels is not None:
            classes.append((text, gold.labels, record))
    outcomes: list[Outcome] = []
    if columns:
        outcomes.append(_numbers(columns, task, of_intervals(numbered)))
    labels = _given(task)
    if any(label in labels for _, known, _ in sets for label in known):
        outcomes.append(_label_sets(sets, task, labels))
    if classes:
        outcomes.append(_classes(classes, task, labels))
    return outcomes


def is_preference(metric: str) -> bool:
    """RETURNS (bool): Whether it says how far one class is preferred; their bias is an error."""
    return metric.startswith(PREFERENCE) and metric not in ERRORS


def is_neutral(metric: str) -> bool:
    """RETURNS (bool): Whether neither more nor less of it is better."""
    return is_preference(metric) or metric in NEUTRAL


def _given(task: Task) -> tuple[str, ...]:
    """RETURNS (tuple[str, ...]): The labels that a component of the task has."""
    absent = task.scheme.absent
    return (*task.scheme.labels, *(() if absent is None else (absent,)))


def _numbers(
    columns: Mapping[str, list[tuple[int, float, float]]], task: Task, certainty: Prepared
) -> Numbers:
    tables = {label: numpy.array(rows, dtype="float64").T for label, rows in columns.items()}
    arrays = {label: (table[0].astype(int), *table[1:]) for label, table in tables.items()}
    return Numbers(arrays, high=(task.low, task.high) == (0.0, 1.0), certainty=certainty)


def _label_sets(
    sets: Sequence[tuple[int, dict[str, int], Record]], task: Task, given: tuple[str, ...]
) -> LabelSets:
    known = dict.fromkeys(label for _, gold, _ in sets for label in gold)
    values = [record.value for _, _, record in sets if isinstance(record.value, dict)]
    if values:  # ready-made weights may not know all labels of their scheme
        absent = {*task.scheme.labels}.difference(*values)
        given = tuple(label for label in given if label not in absent)
    labels = tuple(label for label in given if label in known)
    unknown = numpy.nan
    gold = numpy.array([[wanted.get(name, unknown) for name in labels] for _, wanted, _ in sets])
    probable = [_presence(record, task) for _, _, record in sets]
    # a text without a prediction has no label, with certainty
    certain = any(found is not None for found in probable)
    nothing = dict.fromkeys(task.scheme.labels, 0.0) if certain else {}
    probabilities = [[(p or nothing).get(name, unknown) for name in labels] for p in probable]
    pred = metrics.indicators([record.labels for _, _, record in sets], labels)
    if task.scheme.absent in labels:
        none = [not set(record.labels) & set(task.scheme.labels) for _, _, record in sets]
        pred[:, labels.index(task.scheme.absent)] = none
    return LabelSets(
        rows=numpy.array([text for text, _, _ in sets]),
        labels=labels,
        gold=gold.astype("float64"),
        pred=pred,
        probabilities=numpy.array(probabilities, dtype="float64"),
        left_out=tuple(label for label in known if label not in given),
        certainty=of_sets(
            (text, [name for name in task.scheme.labels if wanted.get(name)], record)
            for text, wanted, record in sets
        ),
    )


def _classes(
    classes: Sequence[tuple[int, str, Record]], task: Task, given: tuple[str, ...]
) -> Classes:
    other = CHOICES.get(task.scheme.name)
    choices = () if other is None else task.scheme.labels
    pred = [task.category(record.to_dict()) for _, _, record in classes]
    pred = pred if other is None else metrics.within(pred, choices, other)
    confident = {}
    likely = [_distribution(record, task) for _, _, record in classes]
    if all(
        p for p, (_, _, record) in zip(likely, classes, strict=True) if record.value is not None
    ):
        for i, (p, (_, wanted, _)) in enumerate(zip(likely, classes, strict=True)):
            if p:
                best = max(p, key=p.__getitem__)
                confident[i] = (float(best == wanted), p[best])
    for i, (_, wanted, record) in enumerate(classes):
        sure = record.details.get(CONFIDENCE)
        if sure is not None:
            confident[i] = (float(pred[i] == wanted), sure)
    possible = {*given, *pred}
    wanted_classes = [wanted for _, wanted, _ in classes]
    return Classes(
        rows=numpy.array([text for text, _, _ in classes]),
        gold=wanted_classes,
        pred=pred,
        order=ORDERS.get(task.scheme.name, ()),
        choices=choices,
        confident=confident,
        unknown=tuple(dict.fromkeys(name for name in wanted_classes if name not in possible)),
        certainty=of_sets((text, [wanted], record) for text, wanted, record in classes),
    )


def _presence(record: Record, task: Task) -> Mapping[str, float] | None:
    """RETURNS (Mapping | None): The probability of each label, as far as the record says it."""
    found = record.details.get(PRESENCE)
    if isinstance(found, dict):
        return found
    value = record.value
    return value if isinstance(value, dict) and task.low >= 0.0 and task.high <= 1.0 else None


def _distribution(record: Record, task: Task) -> Mapping[str, float] | None:
    """RETURNS (Mapping | None): The probability of each class; they sum to 1."""
    for found in (record.details.get(PROBABILITIES), record.value):
        if isinstance(found, dict) and found and task.low >= 0.0:
            return found if abs(sum(found.values()) - 1.0) < 1e-3 else None
    return None
