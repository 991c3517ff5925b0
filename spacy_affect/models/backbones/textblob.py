"""Polarity and subjectivity by TextBlob's adjective lexicon (after De Smedt & Daelemans 2012)."""

from functools import cache
from typing import Any

from thinc.api import Model

from ...errors import require
from ...types import Scores, Unit
from .rules import rule_backbone


def build_textblob_v1() -> Model[list[Unit], Scores]:
    """Make the backbone `spacy_affect.TextBlob.v1`: English reviews and everyday text.

    The numbers are exactly TextBlob's, clamped to their ranges, which long runs of intensifiers
    leave (https://github.com/sloria/TextBlob/issues/190).

    RETURNS (Model[list[Doc | Span], Scores]): Two columns: `polarity` in [-1, 1] and `subjectivity`
        in [0, 1].
    RAISES: AF001 if textblob is not installed.
    """
    version = require("textblob", what="spacy_affect.TextBlob.v1", extra="classic")
    return rule_backbone(
        _score,
        columns=["polarity", "subjectivity"],
        source=f"spacy_affect.TextBlob.v1 (textblob {version})",
        languages=["en"],
    )


@cache
def _analyzer() -> Any:
    # Importing textblob loads nltk (over a second), so not before the first text.
    from textblob.en.sentiments import PatternAnalyzer

    return PatternAnalyzer()


def _score(unit: Unit) -> dict[str, float]:
    polarity, subjectivity = _analyzer().analyze(unit.text)
    return {
        "polarity": min(max(polarity, -1.0), 1.0),
        "subjectivity": min(max(subjectivity, 0.0), 1.0),
    }
