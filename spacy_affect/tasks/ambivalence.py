"""Ambivalence and hesitancy: how far a text wavers, and what shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..types import Cue, Value
from .base import Task, choose_scheme, merge_thresholds

SCHEMES = ("ambivalence_cues",)

THRESHOLDS = {"ambivalent": 0.5}


class Ambivalence(Task):
    """Score how far a text wavers between two minds.

    Value: float in [0, 1]; `record.ambivalent` is true from `thresholds["ambivalent"]` on.
    Labels: the types of the cues that were found; the best one is the most frequent.
    Gold: `get_gold(doc, "ambivalence")`: a float in [0, 1].
    Source: cue types after the code-book of the BAH corpus (González-González et al. 2025).
    """

    name = "ambivalence"
    aggregate = "max"
    told = ("ambivalent",)
    default_model = {"@architectures": "spacy_affect.AmbivalenceCues.v1"}
    detail_names = ("ambivalent",)

    def __init__(
        self, scheme: str = "ambivalence_cues", thresholds: dict[str, float] | None = None
    ) -> None:
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)
        self.thresholds = merge_thresholds(self.name, THRESHOLDS, thresholds, self.low, self.high)

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str | None, list[str]]:
        if not cues:
            return None, []
        labels = list(dict.fromkeys(cue.label for cue in cues))
        best = (
            labels[0] if len(labels) == 1 else Counter(c.label for c in cues).most_common(1)[0][0]
        )
        return best, labels

    def category(self, record: Mapping[str, Any]) -> str | None:
        if record["value"] is None:
            return None
        return "ambivalent" if record["ambivalent"] else "not ambivalent"

    def details(self, value: Value) -> dict[str, Any]:
        assert isinstance(value, float)
        return {"ambivalent": value >= self.thresholds["ambivalent"]}
