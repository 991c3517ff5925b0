"""Subjectivity: how far a text states opinion and feeling rather than fact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..corpora.gold import Gold
from ..errors import AffectError
from ..labels import OPINION
from ..types import Cue, Scores, Value
from .base import Task, choose_scheme, merge_thresholds
from .cuts import class_cuts, scored_classes

SCHEMES = ("subjectivity", "opinion")
CLASSES = ("objective", "subjective")

#: TextBlob's own scale puts 0.0 at very objective and 1.0 at very subjective; half way between.
THRESHOLDS = {"subjective": 0.5}
#: Equal thirds. The survey that names the three bins (Thakur et al. 2024) prints no cut points.
EDGES = (1 / 3, 2 / 3)


class Subjectivity(Task):
    """Score how subjective a text is.

    Value: float in [0, 1]; 0 objective, 1 subjective.
    Labels: with the scheme `subjectivity`, subjective from `thresholds["subjective"]`, else
        objective; with the scheme `opinion`, the bin. Every record also holds the bin as
        `record.opinion`: least, neutral or highly opinionated, each from its edge on.
    Gold: `get_gold(doc, "subjectivity")`: a float in [0, 1], or one of the labels.
    Source: TextBlob's pattern lexicon; bins after Thakur et al. 2024 (arXiv 2406.07693).
    """

    name = "subjectivity"
    told = ("opinion",)
    class_values = {
        "objective": 0.0,
        "subjective": 1.0,
        # the middles of the bins
        "least_opinionated": 1 / 6,
        "neutral_opinionated": 0.5,
        "highly_opinionated": 5 / 6,
    }
    default_model = {"@architectures": "spacy_affect.Embedded.v1"}
    detail_names = ("opinion",)

    def __init__(
        self,
        scheme: str = "subjectivity",
        thresholds: dict[str, float] | None = None,
        edges: list[float] | None = None,
    ) -> None:
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)
        self.classes = OPINION.labels if self.scheme is OPINION else CLASSES
        self.opposites = (frozenset(self.classes[:1]), frozenset(self.classes[-1:]))
        self.thresholds = merge_thresholds(self.name, THRESHOLDS, thresholds, self.low, self.high)
        self.given = dict(thresholds or {})
        self.edges = list(EDGES) if edges is None else list(edges)
        wanted = len(OPINION.labels) - 1
        if len(self.edges) != wanted or any(a >= b for a, b in pairwise([0.0, *self.edges, 1.0])):
            raise AffectError(
                "AF010",
                setting="edges",
                value=edges,
                task=self.name,
                reason=f"needs {wanted} numbers between 0 and 1, each above the one before",
            )

    def fit(self, golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        cuts = class_cuts(*scored_classes(golds, records), CLASSES)
        return {} if cuts is None else {"subjective": cuts[0]}

    def describe_all(self, scores: Scores) -> list[tuple[str | None, list[str]]]:
        cuts = self.edges if self.scheme is OPINION else [self.thresholds["subjective"]]
        places = (scores.values >= cuts).sum(axis=1).tolist()
        said: list[tuple[str | None, list[str]]] = [(label, [label]) for label in self.classes]
        return [said[place] for place in places]

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str, list[str]]:
        assert isinstance(value, float)
        if self.scheme is OPINION:
            label = self._opinion(value)
        else:
            label = "subjective" if value >= self.thresholds["subjective"] else "objective"
        return label, [label]

    def details(self, value: Value) -> dict[str, Any]:
        assert isinstance(value, float)
        return {"opinion": self._opinion(value)}

    def _opinion(self, value: float) -> str:
        return OPINION.labels[bisect_right(self.edges, value)]
