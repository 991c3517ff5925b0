"""Sentiment polarity: how negative or positive a text is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..corpora.gold import Gold
from ..errors import AffectError
from ..types import Cue, Scores, Value
from .base import Task, choose_scheme, merge_thresholds, validate_range
from .cuts import class_cuts, scored_classes

SCHEMES = ("polarity",)

#: The published cut points of VADER's compound score (Hutto & Gilbert 2014).
THRESHOLDS = {"negative": -0.05, "positive": 0.05}
MIXED = "mixed"


class Polarity(Task):
    """Score how negative or positive a text is.

    Value: float in [-1, 1]; -1 most negative, 0 neutral, 1 most positive.
    Labels: negative up to `thresholds["negative"]`, positive from `thresholds["positive"]`, else
        neutral. With `mixed_threshold`, a text whose positive and negative shares (`record.pos`,
        `record.neg`) both reach it is `mixed`.
    Gold: `get_gold(doc, "polarity")`: a float in [-1, 1], or one of the labels.
    Source: compound score and classes of VADER (Hutto & Gilbert 2014).
    """

    name = "polarity"
    low = -1.0
    class_values = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
    classes = ("negative", "neutral", "positive")
    opposites = (frozenset({"negative"}), frozenset({"positive"}))
    default_model = {"@architectures": "spacy_affect.Embedded.v1"}

    def __init__(
        self,
        scheme: str = "polarity",
        thresholds: dict[str, float] | None = None,
        mixed_threshold: float | None = None,
    ) -> None:
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)
        self.thresholds = merge_thresholds(self.name, THRESHOLDS, thresholds, self.low, self.high)
        self.given = dict(thresholds or {})
        self.mixed_threshold = mixed_threshold
        self.needs = () if mixed_threshold is None else ("poles",)
        if mixed_threshold is not None:
            validate_range(self.name, "mixed_threshold", mixed_threshold, 0.0, 1.0)
        if len(self.given) == 2 and self.given["negative"] > self.given["positive"]:
            raise AffectError(
                "AF010",
                setting="thresholds",
                value=self.given,
                task=self.name,
                reason="negative must not lie above positive",
            )

    def adopt(self, thresholds: Mapping[str, float]) -> None:
        super().adopt(thresholds)
        crossed = self.thresholds["negative"] > self.thresholds["positive"]
        if crossed and self.given:  # one alone: it takes the other along
            self.thresholds = dict.fromkeys(self.thresholds, *self.given.values())

    def fit(self, golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        cuts = class_cuts(*scored_classes(golds, records), self.scheme.labels)
        if cuts is None:
            return {}
        return {"negative": math.nextafter(cuts[0], -1), "positive": cuts[1]}

    def describe_all(self, scores: Scores) -> list[tuple[str | None, list[str]]] | None:
        if self.mixed_threshold is not None:
            return None
        values, cuts = scores.values[:, 0], self.thresholds
        # where both cuts are the same number, it is positive
        places = 1 - (values <= cuts["negative"]).astype(int)
        places[values >= cuts["positive"]] = 2
        said: list[tuple[str | None, list[str]]] = [(label, [label]) for label in self.classes]
        return [said[place] for place in places.tolist()]

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str, list[str]]:
        assert isinstance(value, float)
        least = self.mixed_threshold
        poles = (details.get("pos") or 0.0, details.get("neg") or 0.0)
        if least is not None and min(poles) >= least:
            return MIXED, [MIXED]
        label = "neutral"
        if value >= self.thresholds["positive"]:
            label = "positive"
        elif value <= self.thresholds["negative"]:
            label = "negative"
        return label, [label]
