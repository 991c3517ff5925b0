"""Who says what in a unit: sentence boundaries, quotations, reported speech."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from spacy.tokens import Doc

from .lexicon import Lexicon
from .tables import ENDERS, PAUSES, PUNCTUATION, QUOTES

#: Raw transcripts come without punctuation: a run this long is cut before the next of RUN_BREAKS,
#: for otherwise a unit would score high for its length alone.
LONG_RUN = 40
RUN_BREAKS = frozenset({"and", "so", "because", "then"})
OPENING = frozenset({"“", "„", "«", "``"})
CLOSING = frozenset({"”", "»", "''"})
#: How far before a verb of saying its subject is looked for.
SUBJECT_REACH = 4
_OTHERS = frozenset({"he", "she", "they", "you", "it", "who"})


class Source:
    """A Doc and what all its units share."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc

    @cached_property
    def has_sentences(self) -> bool:
        """Whether the pipeline has set sentence boundaries: asked of every token of the Doc."""
        return bool(self.doc.has_annotation("SENT_START"))


def sentence_starts(
    lexicon: Lexicon, source: Source, offset: int, words: list[str | None]
) -> list[int]:
    """Where sentences start, in positions of the unit; `words` ends with the edge mark.

    Boundaries that the pipeline has set are taken as they are. Without any, sentences end at
    . ! ? and line breaks. A pause ("...") ends one only before a capital letter, and a sentence
    that opens with "But" or the like is joined to the one before, whose contrast it completes.
    """
    n = len(words) - 1
    doc = source.doc
    if source.has_sentences:
        # Token by token: an array of the whole Doc for each of its sentences would be quadratic.
        return [0, *(at for at in range(1, n) if doc[offset + at].is_sent_start)]
    abbreviations = lexicon.sets["abbreviation"]
    starts = [0]
    joined = False
    marks = [at for at in range(n - 1) if words[at] in PUNCTUATION]
    for last, at in pairwise([0, *marks, n - 1]):
        if at - last > LONG_RUN:
            starts += _run_breaks(words, last, at)
        if at == n - 1:
            break
        word = words[at]
        following = words[at + 1]
        if following in ENDERS:
            continue
        if word in PAUSES:
            if following == "i" or not doc[offset + at + 1].is_title:
                continue
        elif word not in ENDERS or (word == "." and words[at - 1] in abbreviations):
            continue
        if not joined and following in lexicon.sets["continuation"]:
            joined = True
            continue
        joined = False
        starts.append(at + 1)
    return starts


def _run_breaks(words: list[str | None], last: int, end: int) -> Iterator[int]:
    """YIELDS (int): Where a run without punctuation, up to `end`, is cut."""
    for at in range(last + 1, end):
        if at - last > LONG_RUN and words[at + 1] in RUN_BREAKS:
            yield at + 1
            last = at + 1


def quoted_places(doc: Doc, offset: int, words: list[str | None]) -> set[int]:
    """RETURNS (set[int]): The positions inside quotation marks; a wholly quoted unit has none."""
    ranges = []
    double: int | None = None
    single: int | None = None
    n = len(words) - 1
    for at in range(n):
        word = words[at]
        if word not in QUOTES:
            continue
        if word in OPENING:
            double = at
        elif word in CLOSING or word == '"':
            if double is not None:
                ranges.append((double, at))
                double = None
            elif word == '"':
                double = at
        elif single is not None:
            ranges.append((single, at))
            single = None
        elif not doc[offset + at].whitespace_ and (at == 0 or doc[offset + at - 1].whitespace_):
            # An apostrophe opens a quotation only where it leans on the word after it.
            single = at
    spoken = [at for at in range(n) if words[at] not in PUNCTUATION]
    if spoken:
        ranges = [span for span in ranges if span[0] > spoken[0] or span[1] < spoken[-1]]
    return {at for start, end in ranges for at in range(start + 1, end)}


def reported_places(lexicon: Lexicon, words: list[str | None], start: int, end: int) -> set[int]:
    """RETURNS (set[int]): Where in a sentence somebody else speaks ("he said maybe").

    A verb of saying opens what is said, a connective or a punctuation mark closes it; neither
    quotation marks nor what follows the verb at once ("he said, maybe") do.
    """
    reporting, stops = lexicon.sets["reporting"], lexicon.sets["connective"]
    places = set()
    reported = False
    for at in range(start, end):
        if reported:
            places.add(at)
        word = words[at]
        if word in reporting:
            reported = _is_others(lexicon, words, start, at)
        elif word in stops or (
            word in PUNCTUATION and word not in QUOTES and words[at - 1] not in reporting
        ):
            reported = False
    return places


def _is_others(lexicon: Lexicon, words: list[str | None], start: int, verb: int) -> bool:
    for back in range(verb - 1, max(start, verb - SUBJECT_REACH) - 1, -1):
        word = words[back]
        if word in lexicon.sets["me"]:
            return False
        if word in _OTHERS:
            return True
        if word in PUNCTUATION:
            break
    # "that said" and a bare "say" at the start of a sentence report nobody.
    return verb > start and words[verb - 1] != "that"
