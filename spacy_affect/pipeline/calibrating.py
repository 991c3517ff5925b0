"""What a calibrated component adds to its records, and how that is learned from gold.

It lies in `model.attrs["calibration"]` as plain data, beside the cut points:

- `margins` {label, or "" for a value of one number: [float]}: errors of the value, summarised;
- `presence` {"maps": {label: map}, "scores": [float]}: how likely a label is there given its score,
  and 1 - that of all labels where they were there;
- `classes` {"maps": [map], "scores": [float], "sure": map}: how likely each ordered class is, given
  the value;
- `distribution` {"temperature": float, "scores": [float], "sure": map}: of a probability per class.

`sure` is how often the class given is right, given its probability (top-label calibration, Gupta
and Ramdas 2022): neither a temperature nor a map for each class gets that right for all.

Scores are summarised for every level (see `scoring.calibration`), so that `level` is a setting and
not what was fitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy
from numpy.typing import NDArray

from ..corpora.gold import Gold
from ..scoring import calibration
from ..scoring.calibration import FEWEST, quantile, summarise
from ..tasks.base import Task, by_label, names_of
from ..types import CONFIDENCE, MARGIN, SET, Scores, Unit

Floats = NDArray[Any]

#: Gold of fewer different numbers is classes.
DISTINCT = 4
#: From here on something is likelier than not.
LIKELY = 0.5
PRESENCE, PROBABILITIES = "presence", "probabilities"


class Calibration:
    """A component's calibration at one level, ready for use."""

    def __init__(self, found: Mapping[str, Any], task: Task, level: float) -> None:
        """found (Mapping): `model.attrs["calibration"]`. level (float): In (0, 1)."""
        self._task = task
        at = partial(quantile, level=level)
        labels = task.scheme.labels
        self._names: Sequence[str] = task.classes if "classes" in found else labels
        self._place = {name: i for i, name in enumerate(self._names)}
        # without enough gold of its classes a component tells no classes apart
        self._poles = [
            [self._place[name] for name in side if name in self._place] for side in task.opposites
        ]
        widest = task.high - task.low
        margins = {name: min(at(of), widest) for name, of in found.get("margins", {}).items()}
        self._half = margins.pop("", None)
        shared = {"low": task.low, "high": task.high, "of": margins}
        self._margin = shared if margins else None
        self._presence = found.get(PRESENCE)
        if self._presence:
            maps = {labels.index(name): one for name, one in self._presence["maps"].items()}
            self._joined = calibration.joined(maps, len(labels))
        self._distribution = found.get("distribution")
        self._classes = found.get("classes")
        choice = self._distribution or self._classes
        scored = self._presence or choice
        self._cut = at(scored["scores"]) if scored else math.inf
        self._sure = choice.get("sure") if choice else None
        #: Details that every record has, None where there is no value.
        self.details = (SET,) if self._presence else (CONFIDENCE, SET) if choice else ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What tables tell of it; intervals by label would be too many columns."""
        return ("interval",) * (self._half is not None) + ("abstain",) * bool(self.details)

    def scores(self, scores: Scores) -> Scores:
        """RETURNS (Scores): With calibrated probabilities where the backbone gives probabilities,
        also as the value if that is the same; each by its own text alone.
        """
        if self._presence:
            return self._likely(scores)
        if self._distribution:
            return self._tempered(scores)
        if self._classes:
            found = calibration.class_probabilities(self._classes["maps"], scores.values[:, 0])
            return Scores(scores.values, scores.details, scores.cues, found)
        return scores

    def tell(self, scores: Scores, records: Sequence[dict[str, Any]]) -> None:
        """Add to records what is known of their certainty.

        scores (Scores): As `scores` gives them, one row for each record.
        """
        told: dict[str, Iterable[Any]] = {}
        values, low, high = scores.values, self._task.low, self._task.high
        if self._half is not None:
            ends = numpy.concatenate([values - self._half, values + self._half], axis=1)
            told["interval"] = numpy.clip(ends, low, high).tolist()
        if self._margin is not None:
            told[MARGIN] = [self._margin] * len(records)
        if self._presence:
            told |= self._emotions(scores.probabilities, records)
        elif scores.probabilities is not None:
            told |= self._choices(scores.probabilities, records)
        for name, column in told.items():
            for record, item in zip(records, column, strict=True):
                record[name] = item
        if numpy.isnan(values).any():
            nothing = {"interval": None, "abstain": False, **dict.fromkeys(self.details)}
            for record in records:
                if record["value"] is None:
                    record.update(nothing)
                    record.pop(MARGIN, None)

    def pooled(self, record: dict[str, Any]) -> dict[str, Any]:
        """RETURNS (dict): A Doc's record that its units made together, which is not calibrated."""
        record.pop(MARGIN, None)
        record.update(dict.fromkeys(self.details))
        return record

    def _likely(self, scores: Scores) -> Scores:
        labels, values = self._task.scheme.labels, scores.values
        before = likelihoods(scores, labels)
        shifts, xs, ys = self._joined
        found = numpy.interp(before + shifts, xs, ys)
        likely = by_label(labels, found)
        details = [
            {**old, PRESENCE: row}
            for old, row in zip(scores.details or [{}] * len(likely), likely, strict=True)
        ]
        # a label whose intensity was never learned has its presence as value
        values = numpy.where(values == before, found, values)
        return Scores(values, details, scores.cues, found)

    def _tempered(self, scores: Scores) -> Scores:
        assert self._distribution
        labels, details = self._task.scheme.labels, scores.details
        found = calibration.tempered(distributions(scores), self._distribution["temperature"])
        if not details or PROBABILITIES not in details[0]:
            return Scores(found, details, scores.cues, found)
        details = [
            {**old, PROBABILITIES: dict(zip(labels, row, strict=True))}
            for old, row in zip(details, found.tolist(), strict=True)
        ]
        return Scores(scores.values, details, scores.cues, found)

    def _emotions(self, p: Any, records: Sequence[Mapping[str, Any]]) -> dict[str, Iterable[Any]]:
        """Labels that cannot be excluded are those with no less presence than a share `level` of
        the labels that were there had; and all that are present. It abstains where it names none,
        though it is as likely as not that one is there, were they independent.
        """
        cuts = [self._task.thresholds.get(name, 1.0) for name in self._names]
        held = (1.0 - p <= self._cut) | (p >= cuts)
        some = 1.0 - numpy.nanprod(1.0 - p, axis=1) >= LIKELY
        unsure = (self._undecided(held) & some).tolist()
        return {
            SET: names_of(self._names, held),
            "abstain": [
                both and not record["labels"] for both, record in zip(unsure, records, strict=True)
            ],
        }

    def _choices(self, p: Any, records: Sequence[Mapping[str, Any]]) -> dict[str, Iterable[Any]]:
        category = self._task.category
        chosen = numpy.array([self._place.get(category(record) or "", -1) for record in records])
        named = numpy.flatnonzero(chosen >= 0)
        held = calibration.sets(p, self._cut)
        held[named, chosen[named]] = True
        sure = p[numpy.arange(len(p)), chosen]
        if self._sure:
            sure = calibration.apply(self._sure, sure)
        confidence: list[float | None] = sure.tolist()
        if len(named) < len(records):
            confidence = [
                number if place >= 0 else None
                for number, place in zip(confidence, chosen, strict=True)
            ]
        return {
            CONFIDENCE: confidence,
            SET: names_of(self._names, held),
            "abstain": self._undecided(held).tolist(),
        }

    def _undecided(self, held: NDArray[numpy.bool_]) -> NDArray[numpy.bool_]:
        one, other = (held[:, side].any(axis=1) for side in self._poles)
        return numpy.logical_and(one, other)


def likelihoods(scores: Scores, labels: Sequence[str]) -> Floats:
    """RETURNS (Floats): (n, labels), how likely the backbone says that each is there."""
    if scores.probabilities is not None:
        return scores.probabilities
    if not scores.details or PRESENCE not in scores.details[0]:
        return scores.values
    return numpy.array([[*map(found[PRESENCE].__getitem__, labels)] for found in scores.details])


def distributions(scores: Scores) -> Floats:
    """RETURNS (Floats): (n, labels), how likely each class is before a decoder chooses."""
    if not scores.details or PROBABILITIES not in scores.details[0]:
        return scores.values
    return numpy.array([[*found[PROBABILITIES].values()] for found in scores.details])


# ---- Fitting ----


def fit(
    task: Task,
    batches: Iterable[tuple[list[Unit], list[Gold]]],
    score: Callable[[list[Unit]], Scores],
) -> dict[str, Any]:
    """Learn how far what a component says can be trusted.

    batches (Iterable): Units, none of them blank, with their gold. score (Callable): Scores units.
    RETURNS (dict): As `model.attrs["calibration"]` holds it; {} for too little gold.
    """
    golds: list[Gold] = []
    parts: list[Scores] = []
    for units, of_units in batches:
        golds += map(task.view, of_units)
        parts.append(score(units))
    if not golds:
        return {}
    scores = _joined(parts)
    found: dict[str, Any] = {}
    kinds = {head.kind: head for head in task.heads}
    if "multilabel" in kinds:
        truth = numpy.array([task.head_targets(kinds["multilabel"], gold) for gold in golds])
        found[PRESENCE] = _fit_presence(likelihoods(scores, task.scheme.labels), truth, task)
    elif "softmax" in kinds:
        truth = numpy.array([task.head_targets(kinds["softmax"], gold) for gold in golds])
        given = scores.values.argmax(axis=1)  # a decoder may have chosen another than the likeliest
        found["distribution"] = _fit_distribution(distributions(scores), truth, given)
    elif task.classes:
        given = [task.category(record) for record in task.decode(scores, "")]
        found["classes"] = _fit_classes(scores.values[:, 0], golds, given, task.classes)
    found = {name: part for name, part in found.items() if part}
    # of the values as they will be
    margins = _margins(Calibration(found, task, 0.5).scores(scores).values, golds, task)
    return {**found, "margins": margins} if margins else found


def _joined(parts: Sequence[Scores]) -> Scores:
    details = [one for part in parts for one in part.details or ()]
    likely = [part.probabilities for part in parts if part.probabilities is not None]
    return Scores(
        numpy.concatenate([part.values for part in parts]),
        details or None,
        probabilities=numpy.concatenate(likely) if likely else None,
    )


def _fit_presence(likely: Floats, truth: Floats, task: Task) -> dict[str, Any]:
    maps: dict[str, Any] = {}
    strange: list[Floats] = []
    for k, label in enumerate(task.scheme.labels):
        known = ~numpy.isnan(truth[:, k]) & ~numpy.isnan(likely[:, k])
        p, there = likely[known, k], truth[known, k]
        one = calibration.fit_map(p, there)
        if one is not None:
            maps[label], p = one
        strange.append(1.0 - p[there > 0])
    return {"maps": maps, "scores": summarise(numpy.concatenate(strange))} if maps else {}


def _fit_distribution(p: Floats, truth: Floats, given: Floats) -> dict[str, Any]:
    known = (truth == 1).any(axis=1) & ~numpy.isnan(p).any(axis=1)
    p, places, given = p[known], truth[known].argmax(axis=1), given[known]
    if len(places) < FEWEST * truth.shape[1]:
        return {}
    temperature = calibration.fit_temperature(p, places)
    p, rows = calibration.tempered(p, temperature), numpy.arange(len(p))
    sure = calibration.fit_map(p[rows, given], (given == places).astype("float64"))
    return {
        "temperature": temperature,
        "scores": summarise(1.0 - p[rows, places]),
        "sure": sure[0] if sure else None,
    }


def _fit_classes(
    values: Floats, golds: Sequence[Gold], given: Sequence[str | None], classes: Sequence[str]
) -> dict[str, Any]:
    """given (Sequence[str | None]): The classes that the task makes of the values."""
    order = {name: k for k, name in enumerate(classes)}
    named = [gold.labels if isinstance(gold.labels, str) else "" for gold in golds]
    places = numpy.array([order.get(name, -1) for name in named])
    said = numpy.array([order.get(name or "", -1) for name in given])
    known = (places >= 0) & ~numpy.isnan(values)
    values, places, said = values[known], places[known], said[known]
    found = calibration.fit_classes(values, places, len(classes))
    if found is None:
        return {}
    maps, apart = found
    one = said >= 0
    sure = calibration.fit_map(apart[one, said[one]], said[one] == places[one])
    return {
        "maps": maps,
        "scores": summarise(1.0 - apart[numpy.arange(len(places)), places]),
        "sure": sure[0] if sure else None,
    }


def _margins(values: Floats, golds: Sequence[Gold], task: Task) -> dict[str, list[float]]:
    """RETURNS (dict): By label, how far the value was from numbers in the gold. Classes, though
    written as -1, 0 and 1, say too little of where in their range a text lies.
    """
    found = {}
    for k, label in enumerate(task.scheme.labels if task.many else ("",)):
        wanted = [gold.value.get(label) if isinstance(gold.value, dict) else gold.value
                  for gold in golds]  # fmt: skip
        truth = numpy.array([math.nan if number is None else number for number in wanted])
        errors = numpy.abs(truth - values[:, k])
        known = ~numpy.isnan(errors)
        if known.sum() >= FEWEST and len(numpy.unique(truth[known])) >= DISTINCT:
            found[label] = summarise(errors[known])
    return found
