"""Screen the units of a batch, all at once: where in them can anything match?

Most units hold nothing, and most words of the others neither. So before anything is looked at word
by word, numpy finds the places that are worth it: words beside which a phrase of theirs can stand,
valence words, openers said twice, broken-off words. That is asked of each place and of the words
beside it, never across the edge of a unit, so no unit feels its neighbours in the batch. What is
kept is more than what matches, never less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cache, reduce
from itertools import groupby
from operator import itemgetter, or_
from typing import NamedTuple

import numpy
from spacy.strings import get_string_id
from thinc.types import Ints1d

from .codes import Codes
from .lexicon import COMMON, MOST_COMMON, Lexicon, load_lexicon
from .tables import DASHES, EDGE, PAUSES, PUNCTUATION, QUOTES

#: May stand between the two halves of a repetition ("I, I think", "I, uh, I think").
SEPARATORS = PAUSES | DASHES | {",", "um", "uh", "er", "erm"}
#: How many words count as one repetition.
LONGEST_REPEAT = 3
#: "not only ... but" adds, which the words of ADDITIVE_PAIR tell; "can't just ... but" and the like
#: do contrast.
ADDITIVE_PAIR = frozenset({"only", "merely"})
#: What a word is, as bits. A unit has those of all its words.
ADVERB, NEGATOR, QUOTE, REPORTING, ADDING = 1, 2, 4, 8, 16
#: Why to look at a place, as bits; from FIRST_NEIGHBOUR on, because of a word beside it, where each
#: of the words that are asked for is a bit. Rare ones share the last few.
POSITIVE, NEGATIVE, REPEAT, STUTTER, ALONE, SKIPPED = 1, 2, 4, 8, 16, 32
POLE = POSITIVE | NEGATIVE
PHRASE = ~(POLE | REPEAT | STUTTER)
FIRST_NEIGHBOUR, FIRST_SHARED, LAST = 6, 50, 62


class Suspect(NamedTuple):
    """A unit in which something can match, and where; positions are inside the unit.

    words (list): Canonical words, None for an unknown one; then EDGE, so that it also answers for
        position -1.
    codes (list[int]): A number for each known spelling, 0 for all that are unknown.
    has (int): What its words are, as bits.
    anchors (list[int]): Words with a phrase that may stand around them.
    poles (list[tuple]): Valence words, with 1 for a positive one, -1 for a negative one.
    mixed (bool): Whether the poles may contradict each other.
    repeats (list[int]): Openers that may begin a repetition.
    broken (list[int]): Fragments that may be the onset of the word after them.
    """

    words: list[str | None]
    codes: list[int]
    has: int
    anchors: list[int]
    poles: list[tuple[int, int]]
    mixed: bool
    repeats: list[int]
    broken: list[int]


def _may_mix(poles: list[tuple[int, int]], has: int) -> bool:
    """RETURNS (bool): There are poles of both signs, or some of one that a negation may turn."""
    return len(poles) > 1 and (has & NEGATOR != 0 or len({sign for _, sign in poles}) > 1)


class Screen:
    """A lexicon as arrays over codes; the first code is that of all unknown words."""

    def __init__(self, lexicon: Lexicon) -> None:
        edge = get_string_id(EDGE)
        spelled = {edge: EDGE, **dict.fromkeys(lexicon.fragments), **lexicon.words}
        self._edge = numpy.uint64(edge)
        self._codes = Codes(list(spelled))
        self._words: list[str | None] = [None, *spelled.values()]
        traits = _traits(lexicon)
        rows = [astuple(traits[word]) for word in self._words]
        self._traits = numpy.array(rows, dtype="int64").T.copy()
        fragments = [code for code, key in enumerate(spelled, 1) if key in lexicon.fragments]
        self._traits[-1, fragments] |= STUTTER
        # A number for each spelling of an opener; NaN for all else, which equals nothing.
        openers = lexicon.sets["restart"]
        self._openers = numpy.array(
            [code if word in openers else numpy.nan for code, word in enumerate(self._words)]
        )
        self._parts = numpy.array([word not in SEPARATORS for word in self._words])

    def suspects(self, keys: Ints1d, lengths: Sequence[int]) -> Iterator[tuple[int, Suspect]]:
        """Find the units that are worth a closer look.

        keys (Ints1d): The hash of the lower-case form of each token, one unit after the other.
        lengths (Sequence[int]): How many tokens each unit has.
        YIELDS (tuple): The place of a unit in the batch, and where to look in it.
        """
        ends = numpy.cumsum([0, *lengths])
        codes = self._codes.look_up(numpy.insert(keys, ends, self._edge))
        edges = ends + numpy.arange(len(ends))
        starts = (edges + 1).tolist()
        is_what, look = self._look(codes)
        has = numpy.bitwise_or.reduceat(is_what, edges[:-1]).tolist()
        places = numpy.flatnonzero(look)
        units = edges[1:].searchsorted(places)
        reasons = zip(units.tolist(), places.tolist(), look.take(places).tolist(), strict=True)
        for row, found in groupby(reasons, itemgetter(0)):
            start = starts[row]
            anchors: list[int] = []
            poles: list[tuple[int, int]] = []
            repeats: list[int] = []
            broken: list[int] = []
            for _, at, why in found:
                if why & POLE:
                    poles.append((at - start, 1 if why & POSITIVE else -1))
                if why & REPEAT:
                    repeats.append(at - start)
                if why & STUTTER:
                    broken.append(at - start)
                if why & PHRASE:
                    anchors.append(at - start)
            mixed = _may_mix(poles, has[row])
            if anchors or mixed or repeats or broken:
                numbers = codes[start : starts[row + 1]].tolist()
                words = [*map(self._words.__getitem__, numbers)]
                yield row, Suspect(words, numbers, has[row], anchors, poles, mixed, repeats, broken)

    def _look(self, codes: Ints1d) -> tuple[Ints1d, Ints1d]:
        """RETURNS (tuple): What each word is, and why to look at it, as bits; at edges, 0."""
        is_what, look, to_next, to_last, asks_last, asks_next = self._traits.take(codes, axis=1)
        look[1:] |= to_next[:-1] & asks_last[1:]
        look[:-1] |= to_last[1:] & asks_next[:-1]
        parts = self._parts.take(codes)
        said = self._openers.take(codes)[parts]
        for size in range(1, LONGEST_REPEAT + 1):
            same = said[size:] == said[:-size]
            again = same
            for step in range(1, size):
                again = again[:-1] & same[step:]
            if again.any():
                look[numpy.flatnonzero(parts)[: len(again)][again]] |= REPEAT
        return is_what, look


@dataclass(slots=True)
class _Traits:
    """A word in bits: what it is, why to look at it, and what it is to the words beside it.

    `to_next` is what the word after it may ask for by `asks_last`, and so `to_last`, `asks_next`.
    """

    is_what: int = 0
    look: int = 0
    to_next: int = 0
    to_last: int = 0
    asks_last: int = 0
    asks_next: int = 0


def _traits(lexicon: Lexicon) -> dict[str | None, _Traits]:
    """RETURNS (dict): The traits of each word."""
    sets, triggers = lexicon.sets, lexicon.triggers
    traits: dict[str | None, _Traits] = defaultdict(_Traits)
    for bit, members in (
        (ADVERB, sets["adverb"]),
        (NEGATOR, sets["negator"]),
        (QUOTE, QUOTES),
        (REPORTING, sets["reporting"]),
        (ADDING, ADDITIVE_PAIR),
    ):
        for word in members:
            traits[word].is_what |= bit
    for word in sets["adverb"]:
        traits[word].to_next |= SKIPPED
        traits[word].to_last |= SKIPPED
    for word in set(lexicon.words.values()) - PUNCTUATION - sets["no_stutter"] - {EDGE}:
        traits[word].to_last |= STUTTER
    before = _neighbour_bits({word: trigger.before for word, trigger in triggers.items()})
    after = _neighbour_bits({word: trigger.after for word, trigger in triggers.items()})
    for word, bit in before.items():
        traits[word].to_next |= bit
    for word, bit in after.items():
        traits[word].to_last |= bit
    for word, trigger in triggers.items():
        anchor = traits[word]
        anchor.look |= POSITIVE * (trigger.valence > 0) | NEGATIVE * (trigger.valence < 0)
        anchor.look |= ALONE * trigger.alone
        asked = SKIPPED * (trigger.loose is not None)
        anchor.asks_last |= reduce(or_, map(before.__getitem__, trigger.before), asked)
        anchor.asks_next |= reduce(or_, map(after.__getitem__, trigger.after), asked)
    return traits


def _neighbour_bits(wanted: dict[str, set[str]]) -> dict[str, int]:
    """Give a bit to each word that anchors ask for at one side; rare words share.

    wanted (dict): Anchor to the words that its phrases ask for.
    RETURNS (dict): Such a word to its bit. Words that the same anchors ask for have the same.
    """
    askers: dict[str, list[str]] = defaultdict(list)
    for anchor, neighbours in wanted.items():
        for neighbour in neighbours:
            askers[neighbour].append(anchor)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in sorted(askers):
        alike[tuple(askers[word])].append(word)

    def rarity(words: list[str]) -> int:
        return min(0 if word in MOST_COMMON else 1 if word in COMMON else 2 for word in words)

    bits = {}
    for place, words in enumerate(sorted(alike.values(), key=rarity), FIRST_NEIGHBOUR):
        shared = FIRST_SHARED + (place - FIRST_SHARED) % (LAST + 1 - FIRST_SHARED)
        bits.update(dict.fromkeys(words, 1 << min(place, shared)))
    return bits


@cache
def load_screen() -> Screen:
    """RETURNS (Screen): That of the shipped lexicon, made once per process."""
    return Screen(load_lexicon())
