"""Polarity by VADER's lexicon and rules (Hutto & Gilbert 2014), from the vaderSentiment library."""

from functools import cache
from heapq import heappop, heappush
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
        details=["neg", "neu", "pos"],
    )


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import (
        BOOSTER_DICT,
        SentimentIntensityAnalyzer,
        SentiText,
    )

    class Analyzer(SentimentIntensityAnalyzer):
        """The library's scores, to the last digit, in two thirds of the time and linear in length.

        The library copies every text character by character in search of emojis, lowers all words
        of the text three times for each word that it scores, and after "but" looks for the place
        of each score among all others.
        """

        def polarity_scores(self, text: str) -> dict[str, float]:
            if not text.isascii() and not self.emojis.keys().isdisjoint(text):
                return super().polarity_scores(text)
            text = text.strip()
            parsed = SentiText(text)
            words = parsed.words_and_emoticons
            valences: list[float] = []
            for i, word in enumerate(words):
                lower = word.lower()
                kind_of = lower == "kind" and [w.lower() for w in words[i + 1 : i + 2]] == ["of"]
                if lower not in self.lexicon or lower in BOOSTER_DICT or kind_of:
                    valences.append(0)
                else:
                    self.sentiment_valence(0, parsed, word, i, valences)
            return self.score_valence(self._but_check(words, valences), text)

        def _negation_check(self, valence: float, words: list[str], start: int, i: int) -> float:
            near = words[i - start - 1 : i]
            return SentimentIntensityAnalyzer._negation_check(valence, near, start, start + 1)

        def _special_idioms_check(self, valence: float, words: list[str], i: int) -> float:
            near = words[i - 3 : i + 3]
            return SentimentIntensityAnalyzer._special_idioms_check(valence, near, 3)

        @staticmethod
        def _but_check(words: list[str], valences: list[float]) -> list[float]:
            # What the library weighs at each step is the first place that holds this step's value.
            lower = [word.lower() for word in words]
            if "but" not in lower:
                return valences
            but = lower.index("but")
            places: dict[float, list[int]] = {}  # value -> its places, a heap
            for i, valence in enumerate(valences):
                places.setdefault(valence, []).append(i)
            for i in range(len(valences)):
                valence = valences[i]
                first = places[valence][0]
                if first != but:
                    heappop(places[valence])
                    weighed = valence * (0.5 if first < but else 1.5)
                    valences[first] = weighed
                    heappush(places.setdefault(weighed, []), first)
            return valences

    return Analyzer()


def _score(unit: Unit) -> tuple[float, dict[str, float]]:
    scores = _analyzer().polarity_scores(unit.text)
    return scores.pop("compound"), scores
