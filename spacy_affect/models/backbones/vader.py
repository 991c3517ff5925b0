"""Polarity by VADER's lexicon and rules (Hutto & Gilbert 2014), from the vaderSentiment library."""

from functools import cache
from typing import Any

from thinc.api import Model

from ...errors import require
from ...types import Scores, Unit
from .rules import rule_backbone


def build_vader_v1() -> Model[list[Unit], Scores]:
    """Make the backbone `spacy_affect.Vader.v1`: English social-media text, no training.

    The score is exactly the library's `compound`; the record also holds `pos`, `neu` and `neg`,
    the shares of the text that are of each kind.

    RETURNS (Model[list[Doc | Span], Scores]): One column, `polarity`, in [-1, 1].
    RAISES: AF001 if vaderSentiment is not installed.
    """
    version = require("vaderSentiment", what="spacy_affect.Vader.v1", extra="classic")
    return rule_backbone(
        _score,
        columns=["polarity"],
        source=f"spacy_affect.Vader.v1 (vaderSentiment {version})",
        languages=["en"],
        provides=["poles"],
    )


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _score(unit: Unit) -> tuple[float, dict[str, float]]:
    scores = _analyzer().polarity_scores(unit.text)
    return scores.pop("compound"), scores
