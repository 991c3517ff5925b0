"""Texts of one set of rows that are found, the same or nearly so, in another.

Texts are compared without case, spaces, punctuation, URLs and user mentions. Near-equal means that
the words (with their repetitions) have a Jaccard similarity of 0.8 or more. The search is exact:
two sets as similar as that share one of the rarest words of each, as many as a fifth of the set
allows (prefix filtering, Chaudhuri et al. 2006), so only texts that share one are compared.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

THRESHOLD = 0.8
#: Computed shares of small whole numbers may be off in the last digit.
SLACK = 1e-9
_AWAY = re.compile(r"https?://\S+|www\.\S+|@\w+|['’]")
#: Scripts without spaces between words, of which each character counts as one: Thai, Lao, Burmese,
#: Khmer, Japanese and Chinese.
_APART = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
#: Spaces, punctuation and symbols, emoji among them; not `\W`, which cuts at the vowel signs of
#: Indic scripts.
_GAPS = re.compile(
    "[\\s!-/:-@\\[-`{-~\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    "\u060c\u061b\u061f\u06d4\u0964\u0965\u1361-\u1368\u2000-\u206f\u20a0-\u20bf\u2190-\u2bff"
    "\u3000-\u303f\ufe00-\ufe0f\U0001f000-\U0001faff]+"
)


@dataclass(frozen=True, slots=True)
class Match:
    """A text of `b` that is in `a` too.

    a (int): Index of the most similar text of `a`, the first of them.
    b (int): Index in `b`. similarity (float): 1.0 if they are equal once normalised.
    matches (int): How many texts of `a` are as near as the threshold asks.
    """

    a: int
    b: int
    similarity: float
    equal: bool
    matches: int


def words(text: str) -> list[str]:
    """RETURNS (list[str]): The words that count when texts are compared."""
    folded = _AWAY.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _GAPS.sub(" ", _APART.sub(r" \g<0> ", folded)).split()


def normalise(text: str) -> str:
    """RETURNS (str): A text as it is compared; one without a word, but for case and spaces."""
    return " ".join(words(text)) or " ".join(text.casefold().split())


def near_duplicates(
    a: Sequence[str], b: Sequence[str], threshold: float = THRESHOLD
) -> Iterator[Match]:
    """Find the texts of b that are in a too.

    threshold (float): The least Jaccard similarity of words that is near, above 0.
    YIELDS (Match): One for each text of b that is found, in the order of b.
    """
    index = _Index(a, threshold)
    known: dict[str, tuple[int, float, bool, int] | None] = {}
    for place, text in enumerate(b):
        key = normalise(text)
        if key not in known:
            known[key] = index.find(key)
        if found := known[key]:
            first, similarity, equal, matches = found
            yield Match(first, place, similarity, equal, matches)


class _Index:
    """Distinct texts by their rarest words."""

    def __init__(self, texts: Sequence[str], threshold: float) -> None:
        self._threshold = threshold
        self._places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            self._places.setdefault(normalise(text), []).append(place)
        bags = {key: _bag(key) for key in self._places}
        self._counts = Counter(word for bag in bags.values() for word in bag)
        self._bags: list[tuple[str, frozenset[tuple[str, int]]]] = list(bags.items())
        self._by_word: dict[tuple[str, int], list[int]] = {}
        for number, (_, bag) in enumerate(self._bags):
            for word in self._rarest(bag):
                self._by_word.setdefault(word, []).append(number)

    def find(self, key: str) -> tuple[int, float, bool, int] | None:
        """RETURNS (tuple | None): First place, similarity, whether equal, and number of texts."""
        near = self._near(key)
        if not near:
            return None
        # the same words in another order are near too, but not equal
        best = max(near, key=lambda other: (other == key, near[other], -self._places[other][0]))
        matches = sum(len(self._places[other]) for other in near)
        return self._places[best][0], near[best], best == key, matches

    def _near(self, key: str) -> dict[str, float]:
        """RETURNS (dict[str, float]): The distinct texts that are near, with their similarity."""
        bag = _bag(key)
        if not bag:  # without a word only the text itself can tell
            return {key: 1.0} if key in self._places else {}
        near = {}
        for number in {n for word in self._rarest(bag) for n in self._by_word.get(word, ())}:
            other, words = self._bags[number]
            shared = len(bag & words)
            similarity = shared / (len(bag) + len(words) - shared)
            if similarity >= self._threshold - SLACK:
                near[other] = similarity
        return near

    def _rarest(self, bag: frozenset[tuple[str, int]]) -> list[tuple[str, int]]:
        """RETURNS (list): So many that a set that shares none of them cannot be near."""
        kept = math.ceil(self._threshold * len(bag) - SLACK)
        in_order = sorted(bag, key=lambda word: (self._counts[word], word))
        return in_order[: len(bag) - kept + 1]


def _bag(key: str) -> frozenset[tuple[str, int]]:
    """RETURNS (frozenset): The words of a normalised text, each with which time it occurs."""
    times: Counter[str] = Counter()
    bag = []
    for word in words(key):
        times[word] += 1
        bag.append((word, times[word]))
    return frozenset(bag)
