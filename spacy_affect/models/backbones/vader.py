"""Polarity by VADER's lexicon and rules (Hutto & Gilbert 2014), from the vaderSentiment library."""

from functools import cache
from heapq import heappop, heappush
from string import punctuation
from typing import Any, NamedTuple

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


class _Parsed(NamedTuple):
    """What the library reads of a text while it scores one word."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import (
        BOOSTER_DICT,
        NEGATE,
        SPECIAL_CASES,
        SentimentIntensityAnalyzer,
        allcap_differential,
    )

    negations = frozenset(NEGATE)
    # The longest word of each idiom and of each booster of several words ("kiss of death").
    telling = {max(key.split(), key=len) for key in (*SPECIAL_CASES, *BOOSTER_DICT) if " " in key}

    class Analyzer(SentimentIntensityAnalyzer):
        """The library's scores, to the last digit, in half of the time and linear in length.

        The library copies every text character by character in search of emojis, lowers all words
        of the text three times for each word that it scores, compares each word before that with
        all negations one by one, and after "but" looks for the place of each score among all
        others. What is overridden here leaves out the steps that change nothing.
        """

        def __init__(self) -> None:
            super().__init__()
            self.felt = frozenset(self.lexicon.keys() - BOOSTER_DICT.keys())

        def polarity_scores(self, text: str) -> dict[str, float]:
            if not text.isascii() and not self.emojis.keys().isdisjoint(text):
                return super().polarity_scores(text)
            text = text.strip()
            # Two or fewer characters are an emoticon, or what is left of one.
            words = [
                bare if len(bare := word.strip(punctuation)) > 2 else word for word in text.split()
            ]
            lower = [word.lower() for word in words]
            scored = [i for i, word in enumerate(lower) if word in self.felt]
            if not scored:
                return {"neg": 0.0, "neu": 1.0 if words else 0.0, "pos": 0.0, "compound": 0.0}
            parsed = _Parsed(words, allcap_differential(words))
            valences: list[float] = [0] * len(words)
            for i in scored:
                if lower[i : i + 2] != ["kind", "of"]:
                    valences[i] = self.sentiment_valence(0, parsed, words[i], i, [])[0]
            return self.score_valence(self._but_check(lower, valences), text)

        @staticmethod
        def _negation_check(valence: float, words: list[str], start: int, i: int) -> float:
            word = words[i - start - 1].lower()
            emphasis = start == 2 and words[i - 1].lower() in ("so", "this")
            if word not in negations and "n't" not in word and not emphasis:
                return valence
            near = words[i - start - 1 : i]
            return SentimentIntensityAnalyzer._negation_check(valence, near, start, start + 1)

        @staticmethod
        def _special_idioms_check(valence: float, words: list[str], i: int) -> float:
            near = [word.lower() for word in words[i - 3 : i + 3]]
            if telling.isdisjoint(near):
                return valence
            return SentimentIntensityAnalyzer._special_idioms_check(valence, near, 3)

        @staticmethod
        def _sift_sentiment_scores(sentiments: list[float]) -> tuple[float, float, int]:
            told = [valence for valence in sentiments if valence]
            sift = SentimentIntensityAnalyzer._sift_sentiment_scores
            positive, negative, neutral = sift(told)
            return positive, negative, neutral + len(sentiments) - len(told)

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
