"""Politeness: how much a text spares or hurts the feelings of whom it is meant for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spacy_affect.api import Cue, Scheme, Task, Value, merge_thresholds

SOURCE = (
    "Danescu-Niculescu-Mizil et al. 2013, A computational approach to politeness with application "
    "to social factors (ACL P13-1025)"
)
SCHEME = Scheme("politeness", ("impolite", "neutral", "polite"), SOURCE)
#: A lone hedge or indicative "can you" (0.14 and 0.09 in table 3) is still neutral.
THRESHOLDS = {"impolite": -0.15, "polite": 0.15}


class Politeness(Task):
    """Score how polite a text is.

    Value: float in [-1, 1]; -1 rudest, 0 neither, 1 politest.
    Labels: impolite up to `thresholds["impolite"]`, polite from `thresholds["polite"]`, else
        neutral.
    """

    name = "politeness"
    low = -1.0
    default_model = {"@affect_backbones": "politeness"}

    def __init__(self, thresholds: dict[str, float] | None = None) -> None:
        self.scheme = SCHEME
        self.thresholds = merge_thresholds(self.name, THRESHOLDS, thresholds, self.low, self.high)

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str, list[str]]:
        assert isinstance(value, float)
        label = "neutral"
        if value >= self.thresholds["polite"]:
            label = "polite"
        elif value <= self.thresholds["impolite"]:
            label = "impolite"
        return label, [label]
