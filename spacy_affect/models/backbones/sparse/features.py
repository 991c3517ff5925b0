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
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, ref

import numpy
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.strings import StringStore, get_string_id
from spacy.tokens import Doc

from ....types import Unit
from .lexicon import N_LEXICON, Entry, load_affect_words
from .scope import END, N_STATES, NEGATED, NEGATOR, PLAIN, states, word_kind
from .unsaid import is_unsaid

#: Word forms that are kept. At 20,000 forms English tweets repeat 96 % of their words.
MOST_FORMS = 20_000
#: Longer words are cut for character n-grams: a URL or a run of letters says no more by its length.
LONGEST_WORD = 40

#: A letter that is drawn out: "sooo".
THRICE = re.compile(r"(\w)\1\1")
#: One number is like another, and the article depends on what follows.
NUMBER = re.compile(r"\d+")
_FLAGS = ("capitals", "exclamation", "question", "elongated", "digits", "emoji")
#: Kinds of form beside those of `scope`: white space, and what no score may depend on.
_NAME, _SPACE, _UNSAID = 1 << 29, 1 << 30, 1 << 31
#: Width of the dense part of a form's features.
N_DENSE = N_LEXICON + len(_FLAGS)

Ints = NDArray[Any]
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


@dataclass(slots=True, weakref_slot=True)
class Batch:
    """The features of a batch of units, flat: unit i has the tokens offsets[i] to offsets[i+1].

    rows (Ints): Per token the form's row, times N_STATES, plus the state.
    places (Ints): Per token its place in its unit: white space and unsaid words are left out.
    pairs (Ints): Per pair of words its bucket. pair_offsets (Ints): As offsets, for pairs.
    pair_states (Ints): How each pair stands: as its second word does, but plainly where the first
        is what negates it, as "not good" says so itself.
    generation (int): Of the table that the rows are in.
    docs (tuple[ref, ...]): The Docs that they were made of, if it was whole Docs.
    lengths (list[int]): How many tokens each unit has.
    """

    rows: Ints
    offsets: Ints
    places: Ints
    pairs: Ints
    pair_offsets: Ints
    pair_states: Ints
    generation: int
    docs: tuple[Any, ...]
    lengths: list[int]

    def __len__(self) -> int:
        return len(self.lengths)

    def of(self, generation: int, units: Sequence[Unit]) -> bool:
        """RETURNS (bool): Whether these are the features of just these Docs. One that was merged or
        split since has another length; looking at all its tokens again would cost as much as the
        rest of a component.
        """
        return (
            self.generation == generation
            and self.lengths == [*map(len, units)]
            and len(self.docs) == len(units)
            and all(doc() is unit for doc, unit in zip(self.docs, units, strict=True))
        )


class Space:
    """The table of word forms, and the features of units in terms of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.words = load_affect_words() if settings.lexicon else {}
        self.generation = 0
        self._seen: WeakKeyDictionary[Doc, Batch] = WeakKeyDictionary()
        self._clear()

    def __reduce__(self) -> tuple[Any, ...]:
        return get_space, (self.settings,)

    def batch(self, units: Sequence[Unit]) -> Batch:
        """RETURNS (Batch): The features of units. Several components that see the same Docs one
        after the other share them: they are held as long as the first of the Docs lives.
        """
        whole = bool(units) and all(isinstance(unit, Doc) for unit in units)
        known = self._seen.get(units[0]) if whole else None
        if known is not None and known.of(self.generation, units):
            return known
        orths = [unit.to_array([ORTH]).reshape(-1) for unit in units]  # a Span gives columns
        lengths = list(map(len, orths))
        ids = numpy.concatenate(orths).tolist() if orths else []
        if ids:
            self._learn(ids, units[0].vocab.strings)
        forms = numpy.fromiter(map(self._rows.__getitem__, ids), "int32", len(ids))
        batch = self._join(forms, lengths, tuple(map(ref, units)) if whole else ())
        if whole:
            self._seen[units[0]] = batch
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
        return self._dense[: self.n_forms]

    def _clear(self) -> None:
        self.generation += 1
        self._rows: dict[int, int] = {}
        self._keys = numpy.empty(0, "uint64")
        self._kinds = numpy.empty(0, "uint32")
        self._starts = numpy.empty(0, "int64")
        self._counts = numpy.empty(0, "int64")
        self._buckets = numpy.empty(0, "int32")
        self._dense = numpy.empty((0, N_DENSE), "float32")

    def _learn(self, ids: list[int], strings: StringStore) -> None:
        """Add the forms that the table lacks; a full table begins anew."""
        new = [key for key in dict.fromkeys(ids) if key not in self._rows]
        if not new:
            return
        if len(self._rows) + len(new) > MOST_FORMS and self._rows:
            self._clear()
            new = list(dict.fromkeys(ids))
        words = [strings[key] for key in new]
        lowers = [word.lower() for word in words]
        entries = [self.words.get(lower) for lower in lowers]
        shapes = ["a" if lower == "an" else NUMBER.sub("0", lower) for lower in lowers]
        keys = numpy.fromiter(map(get_string_id, shapes), "uint64", len(new))
        counts, buckets = self._hash(shapes, keys)
        starts = len(self._buckets) + numpy.cumsum(counts) - counts
        dense = _dense(words, lowers, entries) if self.settings.lexicon else None
        english = self.settings.lexicon
        known = zip(words, lowers, entries, strict=True)
        kinds = numpy.fromiter((_kind(*each, english) for each in known), "uint32", len(new))
        for row, key in enumerate(new, len(self._rows)):
            self._rows[key] = row
        self._keys = numpy.concatenate([self._keys, keys])
        self._kinds = numpy.concatenate([self._kinds, kinds])
        self._starts = numpy.concatenate([self._starts, starts])
        self._counts = numpy.concatenate([self._counts, counts])
        self._buckets = numpy.concatenate([self._buckets, buckets])
        if dense is not None:
            self._dense = numpy.concatenate([self._dense, dense])

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

    def _join(self, forms: Ints, lengths: list[int], docs: tuple[Any, ...]) -> Batch:
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
            rows=(forms * N_STATES + stand).astype("int32"),
            offsets=_offsets(numpy.bincount(owner, minlength=n)),
            places=places,
            pairs=pairs,
            pair_offsets=_offsets(pair_counts),
            pair_states=pair_states,
            generation=self.generation,
            docs=docs,
            lengths=lengths,
        )


@cache
def get_space(settings: Settings) -> Space:
    """RETURNS (Space): The one that all models with these settings share."""
    return Space(settings)


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
