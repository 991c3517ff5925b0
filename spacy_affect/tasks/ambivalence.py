"""Ambivalence and hesitancy: how far a text wavers, and what shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..corpora.gold import Gold
from ..types import Cue, Scores, Value
from .base import Task, choose_scheme, merge_thresholds
from .cuts import presence_cut, scored_classes
from .poles import poles

SCHEMES = ("ambivalence_cues",)

AMBIVALENT, NOT_AMBIVALENT = "ambivalent", "not ambivalent"
THRESHOLDS = {AMBIVALENT: 0.5}


class Ambivalence(Task):
    """Score how far a text wavers between two minds.

    Value: float in [0, 1]; `record.ambivalent` is true from `thresholds["ambivalent"]` on.
    Labels: the types of the cues that were found; the best one is the most frequent.
    Gold: `get_gold(doc, "ambivalence")`: a float in [0, 1]; or the class, "ambivalent" or "not
        ambivalent"; or labels of any emotion scheme or of polarity, `{label: 0 | 1}`, which make a
        text ambivalent where a positive and a negative one are present. So `gold = "emotion"` in
        the config learns from texts of mixed emotions.
    Source: cue types after the code-book of the BAH corpus (González-González et al. 2025).
    """

    name = "ambivalence"
    aggregate = "max"
    told = ("ambivalent",)
    default_model = {"@architectures": "spacy_affect.Embedded.v1"}
    cue_model = {"@architectures": "spacy_affect.AmbivalenceCues.v1"}
    detail_names = ("ambivalent",)
    class_values = {NOT_AMBIVALENT: 0.0, AMBIVALENT: 1.0}
    classes = (NOT_AMBIVALENT, AMBIVALENT)
    opposites = (frozenset({NOT_AMBIVALENT}), frozenset({AMBIVALENT}))

    def __init__(
        self, scheme: str = "ambivalence_cues", thresholds: dict[str, float] | None = None
    ) -> None:
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)
        self.thresholds = merge_thresholds(self.name, THRESHOLDS, thresholds, self.low, self.high)
        self.given = dict(thresholds or {})

    def view(self, gold: Gold) -> Gold:
        if not isinstance(gold.labels, dict):
            return gold
        present = {label for label, there in gold.labels.items() if there}
        both = all(not pole.isdisjoint(present) for pole in poles().values())
        # what the gold has of numbers is how intense its emotions are
        return Gold(labels=AMBIVALENT if both else NOT_AMBIVALENT)

    def fit(self, golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        scores, classes = scored_classes(golds, records)
        # texts that are none are many, and their F1 says little
        cut = presence_cut(scores, [name == AMBIVALENT for name in classes])
        return {} if cut is None else {AMBIVALENT: cut}

    def describe_all(self, scores: Scores) -> list[tuple[str | None, list[str]]] | None:
        nothing: tuple[str | None, list[str]] = (None, [])  # as of most texts
        return [self.describe(0.0, {}, cues) if cues else nothing for cues in scores.cues or ()]

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
        return AMBIVALENT if record["ambivalent"] else NOT_AMBIVALENT

    def details(self, value: Value) -> dict[str, Any]:
        assert isinstance(value, float)
        return {"ambivalent": value >= self.thresholds["ambivalent"]}
