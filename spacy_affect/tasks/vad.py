"""Valence, arousal and dominance: where a text lies in the space of affect."""

from __future__ import annotations

from .base import Task, choose_scheme

SCHEMES = ("vad",)


class ValenceArousalDominance(Task):
    """Score how pleasant, how excited, and how much in control a text is.

    Value: `{"valence", "arousal", "dominance"}`, each in [-1, 1]; 0 is the middle of the scale.
    Labels: none.
    Gold: `get_gold(doc, "vad")`: a number for each dimension that is known. EmoBank's scale of 1 to
        5 is (x - 3) / 2.
    Source: Russell and Mehrabian 1977; EmoBank (Buechel and Hahn 2017).
    """

    name = "vad"
    low = -1.0
    many = True
    default_model = {"@architectures": "spacy_affect.Embedded.v1"}

    def __init__(self, scheme: str = "vad") -> None:
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)
