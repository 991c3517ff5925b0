"""Emotions: how intense each is, and which are present."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..corpora.gold import Gold
from ..errors import AffectError, listing
from ..types import Cue, Head, Scores, Value
from .base import Opposites, Task, choose_scheme, merge_thresholds, names_of, validate_range
from .cuts import JOINT, TRUST, joint_cuts, label_cuts
from .poles import poles

if TYPE_CHECKING:
    from thinc.types import Floats2d

SCHEMES = (
    "ec11",
    "semeval4",
    "ekman",
    "plutchik8",
    "goemotions",
    "brighter6",
    "empathetic32",
)
#: Where nothing better is known: more likely there than not.
PRESENT_FROM = 0.5
#: The metric that is a mean over labels, so that each label's cut is chosen by itself.
MACRO = "macro_f1"


class Emotion(Task):
    """Score how intense each emotion of a scheme is, and say which are present.

    Value: `{label: intensity}`, each in [0, 1]. A label without intensity gold in training (E-c
        says only whether an emotion is there) gets its probability of being present.
    Labels: those whose probability, `record.presence[label]`, reaches `thresholds[label]`; which
        cut is right depends on the label, so a trained model carries its own. The best one is the
        most intense of those present or, where not all of these have an intensity of their own,
        that whose probability is furthest above its cut; with none present, the absent class of
        the scheme if it has one ("neutral" beside Ekman's six), else None.
    Gold: `get_gold(doc, "emotion")`: value `{label: intensity}`, labels `{label: 0 | 1}` or the
        name of the only emotion.
    Source: intensities after SemEval-2018 EI-reg, presence after E-c (Mohammad et al. 2018).
    """

    name = "emotion"
    many = True
    default_model = {"@architectures": "spacy_affect.Embedded.v1"}
    detail_names = ("presence",)

    def __init__(
        self,
        scheme: str = "ec11",
        thresholds: dict[str, float] | None = None,
        intensity_weight: float = 1.0,
        cuts_for: str = MACRO,
    ) -> None:
        """cuts_for (str): By which metric cut points are chosen on gold: macro_f1, for each label
            by itself, or jaccard or micro_f1, for all of them together.
        intensity_weight (float): How much the loss of an intensity counts beside that of a
        presence. Most corpora tell the presence of all labels and the intensity of one, so that an
        encoder that learns both learns mostly presence.
        """
        validate_range(self.name, "intensity_weight", intensity_weight, 0.0, math.inf)
        self._intensity_weight = intensity_weight
        if cuts_for not in (MACRO, *JOINT):
            reason = f"must be one of: {listing((MACRO, *JOINT))}"
            raise AffectError(
                "AF010", setting="cuts_for", value=cuts_for, task=self.name, reason=reason
            )
        self._cuts_for = cuts_for
        #: How much scores count beside gold in cut points of labels: see `presence_cut`.
        self.trust = TRUST
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)
        defaults = dict.fromkeys(self.scheme.labels, PRESENT_FROM)
        self.thresholds = merge_thresholds(self.name, defaults, thresholds, self.low, self.high)
        self.given = dict(thresholds or {})

    @property
    def heads(self) -> tuple[Head, ...]:
        return (
            Head("value", "unit", self.scheme.labels, weight=self._intensity_weight),
            Head("presence", "multilabel", self.scheme.labels),
        )

    @property
    def opposites(self) -> Opposites:  # type: ignore[override]
        own = frozenset(self.scheme.labels)
        return own & poles()["negative"], own & poles()["positive"]

    def read(self, predictions: Mapping[str, Floats2d], trained: Mapping[str, Any]) -> Scores:
        values, presence = predictions["value"], predictions["presence"]
        rated, told = (numpy.asarray(trained[name], dtype=bool) for name in ("value", "presence"))
        labels = self.scheme.labels
        found = numpy.where(rated | ~told, values, presence)
        likely = numpy.where(told | ~rated, presence, values)
        details = [{"presence": dict(zip(labels, row, strict=True))} for row in likely.tolist()]
        return Scores(found, details)

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str | None, list[str]]:
        assert isinstance(value, dict)
        likely = details.get("presence") or value
        cuts = self.thresholds
        labels = [label for label, p in likely.items() if p >= cuts[label]]
        if not labels:
            return self.scheme.absent, []
        # how intense emotions are compares better than how much surer than needed they are there:
        # of the most intense tweets of EI-reg it names the right emotion for 63 %, not for 46 %
        if all(value[label] != likely[label] for label in labels):
            return max(labels, key=value.__getitem__), labels
        return max(labels, key=lambda label: likely[label] - cuts[label]), labels

    def describe_all(self, scores: Scores) -> list[tuple[str | None, list[str]]] | None:
        values, likely = scores.values, scores.probabilities
        if likely is None or not scores.details or "presence" not in scores.details[0]:
            return None
        labels, absent = self.scheme.labels, self.scheme.absent
        cuts = [self.thresholds[label] for label in labels]
        present = likely >= cuts
        # as `describe` says it, for all rows at once; NaN is neither present nor equal
        rated = ((values != likely) | ~present).all(axis=1, keepdims=True)
        rank = numpy.where(present, numpy.where(rated, values, likely - cuts), -numpy.inf)
        best = rank.argmax(axis=1).tolist()
        return [
            (labels[place] if found else absent, found)
            for place, found in zip(best, names_of(labels, present), strict=True)
        ]

    def fit(self, golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        pairs = [
            (record.get("presence") or record["value"], self.head_targets(self.heads[1], gold))
            for gold, record in zip(golds, records, strict=True)
            if record["value"] is not None
        ]
        if not pairs:
            return {}
        labels = [*pairs[0][0]]  # a backbone may not know all
        places = [self.scheme.labels.index(label) for label in labels]
        likely = numpy.array([[found[label] for label in labels] for found, _ in pairs])
        there = numpy.array([targets for _, targets in pairs])[:, places]
        if self._cuts_for == MACRO:
            cuts = label_cuts(likely, there, self.trust)
        else:
            cuts = joint_cuts(likely, there, self._cuts_for)
        return {label: cut for label, cut in zip(labels, cuts, strict=True) if cut is not None}
