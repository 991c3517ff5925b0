"""Emotional support: which strategy a supporter's turn uses, and which should come next."""

from __future__ import annotations

from collections.abc import Sequence

from ..dialogue import HELPERS
from .base import choose_scheme
from .turns import Decoder, TurnTask

SCHEMES = ("esconv8",)


class Support(TurnTask):
    """Say which support strategy a turn of the supporter uses.

    Value, labels, gold: see `TurnTask`. A Doc without turns is one supporter's turn; the Doc of a
        conversation has the mean of its turns, weighted by tokens.
    Source: the eight strategies of ESConv (Liu et al. 2021), after Hill's helping skills.
    """

    name = "support"
    names = HELPERS
    # the state would read the strategies of earlier turns, which are what is to be found
    sparse_model = {"@architectures": "spacy_affect.SparseTurns.v1", "state": False}
    blended = {"decoder": None}
    blended_words = {"views": ["turn"]}
    default_model = {"@architectures": "spacy_affect.Embedded.v1"}

    def __init__(
        self,
        scheme: str = "esconv8",
        speakers: Sequence[str] | None = None,
        decoder: Decoder | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(speakers, decoder, label_smoothing)
        self.scheme = choose_scheme(self.name, scheme, SCHEMES)


class SupportNext(Support):
    """Say which support strategy should come next, from what came before.

    Value: for the Doc, what should come after all its turns; for a turn of the supporter, what
        should have come in its place: its own words and all after them are not read. A Doc without
        turns is one turn of the seeker.
    Source: as for `Support`; what supporters did do is not what would have been best.
    """

    name = "support_next"
    ahead = True
    # what comes next is far from sure, so that the model has to be held back more than others
    sparse_model = {
        "@architectures": "spacy_affect.SparseTurns.v1",
        "views": ["other", "own"],
        "l2": 13.0,
    }
