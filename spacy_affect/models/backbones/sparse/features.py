"""Turn units into sparse features: words, word pairs, character n-grams, affect words, negation.

What depends on a word alone is worked out once per word form, for all new forms of a batch at
once, and kept in a bounded table; a unit is then a list of rows of that table. Keys are hashes of
strings, which do not depend on a vocab, so one table serves every pipeline of a process.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy
from numpy.typing import NDArray
from spacy.strings import StringStore, get_string_id

from ....types import Unit
from ..words import Words, read
from .lexicon import N_LEXICON, Entry, load_affect_words
from .scope import END, N_STATES, NEGATED, NEGATOR, PLAIN, states, word_kind
from .unsaid import is_unsaid

#: Held from where forms are looked up until all is read that their rows lead to: threads share the
#: tables, and a full one begins anew.
LOCK = RLock()
#: Word forms that are kept. At 20,000 forms English tweets repeat 96 % of their words.
MOST_FORMS = 20_000
#: Places where the row of a form is looked up first, for all tokens of a batch at once.
N_SLOTS = 1 << 16
#: Longer words are cut for character n-grams: a URL or a run of letters says no more by its length.
LONGEST_WORD = 40

#: A letter that is drawn out: "sooo".
THRICE = re.compile(r"(\w)\1\1")
#: One number is like another, and the article depends on what follows.
NUMBER = re.compile(r"\d+")
_FLAGS = ("capitals", "exclamation", "question", "elongated", "digits", "emoji")
#: Kinds of form beside those of `scope`: white space, and what no score may depend on.
_NAME, _SPACE, _UNSAID = (1 << bit for bit in range(60, 63))
#: Width of the dense part of a form's features.
N_DENSE = N_LEXICON + len(_FLAGS)

Ints = NDArray[Any]
_NONE = numpy.empty(0, "int32")
_ODD = numpy.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth 1998, section 6.4)
_MIX = numpy.uint64(0xFF51AFD7ED558CCD)  # the finaliser of MurmurHash3 (Appleby 2011)
_BASE = numpy.uint64(1_000_003)


class Settings(NamedTuple):
    """What makes two models see the same features.

    length (int): Buckets for hashed features, a power of two.
    shortest, longest (int): Character n-grams inside of a word; longest 0 for none.
    pairs (bool): Pairs of neighbouring words.
    lexicon (bool): Affect words and marks of style.
    """

    length: int
    shortest: int
    longest: int
    pairs: bool
    lexicon: bool


@dataclass(slots=True, weakref_slot=True, eq=False)
class Batch:
    """The features of a batch of units, flat: unit i has the tokens offsets[i] to offsets[i+1].

    forms, states (Ints): Per token the row of its form, and how it stands.
    places (Ints): Per token its place in its unit: white space and unsaid words are left out.
    pairs (Ints): Per pair of words its bucket. pair_offsets (Ints): As offsets, for pairs.
    pair_states (Ints): How each pair stands: as its second word does, but plainly where the first
        is what negates it, as "not good" says so itself.
    generation (int): Of the table that the rows are in.
    dense (Any): What `dense_shares` makes of them, once it was asked for.
    """

    forms: Ints
    states: Ints
    offsets: Ints
    places: Ints
    pairs: Ints
    pair_offsets: Ints
    pair_states: Ints
    generation: int
    dense: Any = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def rows(self) -> Ints:
        """RETURNS (Ints): Per token form and state in one number."""
        return self.forms * N_STATES + self.states


class Space:
    """The table of word forms, and the features of units in terms of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.words = load_affect_words() if settings.lexicon else {}
        self.generation = 0
        self._seen: WeakKeyDictionary[Words, Batch] = WeakKeyDictionary()
        self._clear()

    def __reduce__(self) -> tuple[Any, ...]:
        return get_space, (self.settings,)

    def batch(self, units: Sequence[Unit]) -> Batch:
        """RETURNS (Batch): The features of units, which components that see the same Docs share."""
        words = read(units)
        known = self._seen.get(words)
        if known is not None and known.generation == self.generation:
            return known
        forms = self._find(words.orths, units[0].vocab.strings) if len(words.orths) else _NONE
        batch = self._seen[words] = self._join(forms, words.lengths)
        return batch

    def hashed(self, forms: Ints) -> tuple[Ints, Ints]:
        """RETURNS (tuple[Ints, Ints]): The buckets of forms, flat, and how many each has."""
        counts = self._counts[forms]
        ends = numpy.cumsum(counts)
        inside = numpy.arange(ends[-1] if len(ends) else 0) - numpy.repeat(ends - counts, counts)
        return self._buckets[numpy.repeat(self._starts[forms], counts) + inside], counts

    @property
    def n_forms(self) -> int:
        return len(self._rows)

    @property
    def dense(self) -> NDArray[numpy.float32]:
        """The dense features of all forms, (n_forms, N_DENSE)."""
        return self._dense

    @property
    def telling(self) -> NDArray[numpy.bool_]:
        """Which forms have dense features, (n_forms,)."""
        return self._telling

    def _clear(self) -> None:
        self.generation += 1
        self._rows: dict[int, int] = {}
        # the hash and the row of the latest form of each slot; the rest is looked up one by one
        self._slot_keys = numpy.zeros(N_SLOTS, "uint64")
        self._slot_rows = numpy.full(N_SLOTS, -1, "int32")
        self._keys = numpy.empty(0, "uint64")
        self._kinds = numpy.empty(0, "int64")
        self._starts = numpy.empty(0, "int64")
        self._counts = numpy.empty(0, "int64")
        self._buckets = numpy.empty(0, "int32")
        self._dense = numpy.empty((0, N_DENSE), "float32")
        self._telling = numpy.empty(0, bool)

    def _find(self, keys: Ints, strings: StringStore) -> Ints:
        """RETURNS (Ints): The rows of forms, given their hashes. The table learns those that it
        lacks; a full one begins anew.
        """
        slots = _slots(keys)
        rows = numpy.where(self._slot_keys.take(slots) == keys, self._slot_rows.take(slots), -1)
        others = numpy.flatnonzero(rows < 0)
        if not len(others):
            return rows
        ids = keys[others].tolist()
        new = [key for key in dict.fromkeys(ids) if key not in self._rows]
        if self._rows and len(self._rows) + len(new) > MOST_FORMS:
            self._clear()
            return self._find(keys, strings)
        if new:
            self._learn(new, strings)
        rows[others] = numpy.fromiter(map(self._rows.__getitem__, ids), "int32", len(ids))
        return rows

    def _learn(self, new: list[int], strings: StringStore) -> None:
        """Add forms that the table lacks."""
        words = [strings[key].replace("’", "'") for key in new]  # phones write the former
        lowers = [word.lower() for word in words]
        entries = [self.words.get(lower) for lower in lowers]
        shapes = ["a" if lower == "an" else NUMBER.sub("0", lower) for lower in lowers]
        keys = numpy.fromiter(map(get_string_id, shapes), "uint64", len(new))
        counts, buckets = self._hash(shapes, keys)
        starts = len(self._buckets) + numpy.cumsum(counts) - counts
        dense = _dense(words, lowers, entries) if self.settings.lexicon else None
        english = self.settings.lexicon
        known = zip(words, lowers, entries, strict=True)
        kinds = numpy.fromiter((_kind(*each, english) for each in known), "int64", len(new))
        first = len(self._rows)
        self._rows.update(zip(new, range(first, first + len(new)), strict=True))
        hashes = numpy.array(new, "uint64")
        slots = _slots(hashes)
        self._slot_keys[slots] = hashes
        self._slot_rows[slots] = numpy.arange(first, first + len(new))
        self._keys = numpy.concatenate([self._keys, keys])
        self._kinds = numpy.concatenate([self._kinds, kinds])
        self._starts = numpy.concatenate([self._starts, starts])
        self._counts = numpy.concatenate([self._counts, counts])
        self._buckets = numpy.concatenate([self._buckets, buckets])
        if dense is not None:
            self._dense = numpy.concatenate([self._dense, dense])
            self._telling = numpy.concatenate([self._telling, dense.any(axis=1)])

    def _hash(self, lowers: list[str], keys: Ints) -> tuple[Ints, Ints]:
        """RETURNS (tuple[Ints, Ints]): Per form how many buckets, and the buckets, flat."""
        n = len(lowers)
        low, high = self.settings.shortest, self.settings.longest
        texts = [f"\x02{lower[:LONGEST_WORD]}\x03" if high else "" for lower in lowers]
        joined = "".join(texts).encode("utf-32-le", "surrogatepass")
        codes = numpy.frombuffer(joined, "uint32").astype("uint64")
        lengths = numpy.fromiter(map(len, texts), "int64", n)
        owner = numpy.repeat(numpy.arange(n), lengths)
        owners, hashes = [numpy.arange(n)], [_bucket(keys, 1, self.settings.length)]
        rolled = codes + _ODD
        for size in range(2, high + 1):
            rolled = rolled[:-1] * _BASE + codes[size - 1 :] if len(rolled) else rolled
            if size >= low:
                inside = owner[: len(rolled)] == owner[size - 1 :]
                owners.append(owner[: len(rolled)][inside])
                hashes.append(_bucket(rolled[inside], size, self.settings.length))
        place = numpy.concatenate(owners)
        order = numpy.argsort(place, kind="stable")
        return numpy.bincount(place, minlength=n), numpy.concatenate(hashes)[order]

    def _join(self, forms: Ints, lengths: list[int]) -> Batch:
        kinds = self._kinds[forms]
        n = len(lengths)
        owner = numpy.repeat(numpy.arange(n), lengths)
        places = numpy.arange(len(forms)) - numpy.repeat(_offsets(lengths)[:-1], lengths)
        said = (kinds & _SPACE) == 0
        if not said.all():
            forms, kinds, owner, places = forms[said], kinds[said], owner[said], places[said]
        stand = states(kinds, owner)
        heard = (kinds & _UNSAID) == 0
        # a capital where no sentence begins; the first word may be any word
        heard[1:] &= (
            ((kinds[1:] & _NAME) == 0) | (owner[1:] != owner[:-1]) | ((kinds[:-1] & END) != 0)
        )
        if not heard.all():
            forms, kinds, owner, places = forms[heard], kinds[heard], owner[heard], places[heard]
            stand = stand[heard]
        pairs, pair_counts = numpy.empty(0, "int32"), numpy.zeros(n, "int64")
        pair_states = stand[:0]
        if self.settings.pairs and len(forms):
            same = owner[1:] == owner[:-1]
            keys = self._keys[forms]
            both = keys[:-1] * _BASE + (keys[1:] ^ _ODD)
            pairs = _bucket(both[same], 0, self.settings.length)
            pair_counts = numpy.bincount(owner[1:][same], minlength=n)
            told = ((kinds[:-1] & NEGATOR) != 0) & (stand[1:] == NEGATED)
            pair_states = numpy.where(told, PLAIN, stand[1:])[same]
        return Batch(
            forms=forms,
            states=stand,
            offsets=_offsets(numpy.bincount(owner, minlength=n)),
            places=places,
            pairs=pairs,
            pair_offsets=_offsets(pair_counts),
            pair_states=pair_states,
            generation=self.generation,
        )


@cache
def get_space(settings: Settings) -> Space:
    """RETURNS (Space): The one that all models with these settings share."""
    return Space(settings)


def _slots(keys: Ints) -> Ints:
    return (keys & numpy.uint64(N_SLOTS - 1)).view("int64")


def _offsets(counts: Ints | list[int]) -> Ints:
    return numpy.concatenate([[0], numpy.cumsum(counts)]).astype("int32")


def _bucket(hashes: Ints, kind: int, length: int) -> Ints:
    """Spread hashes over the buckets; each kind of feature in its own way."""
    mixed = (hashes ^ numpy.uint64(kind)) * _MIX
    mixed ^= mixed >> numpy.uint64(33)
    mixed *= _ODD
    return (mixed >> numpy.uint64(32)).astype("int64").astype("int32") & (length - 1)


def _kind(word: str, lower: str, entry: Entry | None, english: bool) -> int:
    if lower.isspace():
        return _SPACE
    kind = _UNSAID if is_unsaid(lower) else 0
    if english:
        kind |= word_kind(lower, entry.modifier if entry is not None else "")
        kind |= _NAME if entry is None and word.istitle() and len(word) > 1 else 0
    return kind


def _dense(words: list[str], lowers: list[str], entries: list[Entry | None]) -> Any:
    found = numpy.zeros((len(words), N_DENSE), "float32")
    for row, (word, lower, entry) in enumerate(zip(words, lowers, entries, strict=True)):
        if entry is not None:
            found[row, :N_LEXICON] = entry.scores
        if not word.islower() or not word.isascii():
            found[row, N_LEXICON] = len(word) > 1 and word.isupper()
            found[row, N_LEXICON + 5] = not word.isascii() and not any(map(str.isalnum, word))
        found[row, N_LEXICON + 1] = word.count("!")
        found[row, N_LEXICON + 2] = "?" in word
        found[row, N_LEXICON + 3] = THRICE.search(lower) is not None
        found[row, N_LEXICON + 4] = word.isdigit()
    return found
