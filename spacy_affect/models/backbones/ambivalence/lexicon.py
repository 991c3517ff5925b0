"""Compile the cue tables into dicts keyed by token hash.

The tables are written for readers; what comes out is made for speed. Every phrase hangs on its
rarest word, its *anchor*, so that most texts are done with after one dict look-up per token. Keys
are hashes of lower-case forms, which do not depend on a vocab: one lexicon serves all pipelines
of a process, and no StringStore grows.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import ascii_lowercase
from typing import Any, NamedTuple

from spacy.strings import get_string_id

from .tables import (
    AMBIGUOUS,
    ANY_WORD,
    APOSTROPHES,
    JOINED,
    NEWLINE,
    PUNCTUATION,
    QUOTES,
    SPELLINGS,
    Item,
    Row,
    Rule,
    read_cues,
    read_valence,
)

#: Too frequent to hang a phrase on while it has another word; the worst, and the less bad.
_MOST_FREQUENT = """
a am an and are as at be by do for from had have he i if in is it not of on or that the they this to
was we were will with you your
"""
_FREQUENT = """
about again all any back bad been best big but can come day did does even every everyone first
friday get give go going good got great happy has help her here him his how into just know last let
like long look love make many may me miss monday more most much my need never new next night no now
off one only other our out people really right said saw say see she should so some something still
take tell than their them then there these thing things think time today tomorrow too two up us very
want way week well what when where which who why work would year
"""
MOST_COMMON = PUNCTUATION.union(_MOST_FREQUENT.split())
COMMON = frozenset(_FREQUENT.split())


class Variant(NamedTuple):
    """One fixed sequence of words, seen from its anchor: all positions are distances from it.

    `first` and `last` bound what must be inside the unit; `start` and `end` bound the cue.
    """

    rule: Rule
    start: int
    end: int
    first: int
    last: int
    checks: tuple[tuple[int, frozenset[str]], ...]
    vetoes: tuple[tuple[int, frozenset[str]], ...]


@dataclass(slots=True)
class Index:
    """The variants of an anchor by the word before it, by the word after it, or by neither."""

    before: dict[str, list[Variant]] = field(default_factory=dict)
    after: dict[str, list[Variant]] = field(default_factory=dict)
    alone: list[Variant] = field(default_factory=list)


@dataclass(slots=True)
class Trigger:
    """Why to look closer at a word: its pole, and the phrases that hang on it.

    `strict` phrases must stand as they are; for `loose` ones adverbs are skipped. `before` and
    `after` say which words beside it phrases of either kind need, `alone` that some need none.
    """

    valence: int = 0
    strict: Index | None = None
    loose: Index | None = None
    alone: bool = False
    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Lexicon:
    """The tables, compiled.

    words (dict): Hash of a token to canonical word, for every word that some phrase or set
        mentions. Everything else goes by words: strings keep their hash, 64-bit numbers do not.
    triggers (dict): Word to what hangs on it.
    sets (dict): The named sets.
    fragments (frozenset): Hashes of the tokens that a stutter can break off.
    """

    words: dict[int, str]
    triggers: dict[str, Trigger]
    sets: dict[str, frozenset[str]]
    fragments: frozenset[int]


@cache
def load_lexicon() -> Lexicon:
    """RETURNS (Lexicon): The shipped tables, read once per process."""
    folder = files(__package__)
    cues, valence = "cues.tsv", "valence_words.tsv"
    return compile_lexicon(
        folder.joinpath(cues).read_text(encoding="utf8"),
        folder.joinpath(valence).read_text(encoding="utf8"),
        paths=(cues, valence),
    )


def compile_lexicon(
    cues: str, valence: str, paths: tuple[str, str] = ("cues", "valence")
) -> Lexicon:
    """Compile the text of the two tables.

    cues (str): Rows of phrase, cue type, conditions and source.
    valence (str): Rows of word, 1 or -1, and theme.
    paths (tuple): What to call the two in errors.
    RETURNS (Lexicon): Everything that matching needs.
    RAISES (AffectError): AF026 for a malformed row.
    """
    rows, sets = read_cues(cues, paths[0])
    poles = read_valence(valence, paths[1])
    items = [item for row in rows for sequence in row.sequences for item in sequence]
    frequency = Counter(word for item in items for word in item.words)
    triggers = {word: Trigger(valence=sign) for word, sign in poles.items()}
    alike: dict[Any, Any] = {}
    for row in rows:
        for sequence in row.sequences:
            _hang(row, sequence, frequency, triggers, alike)
    known = PUNCTUATION.union(frequency, poles, *sets.values())
    known = known.union(*(words for row in rows for words in row.vetoes.values()))
    words = {key: word for word in known for key in _keys(word)}

    return Lexicon(
        words=words,
        triggers=triggers,
        sets=sets,
        fragments=frozenset(map(get_string_id, _fragments(sets["restart_alone"]))),
    )


def _keys(word: str) -> Iterator[int]:
    """RETURNS: Hashes of all spellings of a canonical word, with any apostrophe."""
    if word == NEWLINE:
        for size in (1, 2, 3):
            for chars in itertools.product("\n\r ", repeat=size):
                if "\n" in chars:
                    yield get_string_id("".join(chars))
        return
    bare = word in JOINED.values() and word not in AMBIGUOUS
    for spelling in (word, *SPELLINGS.get(word, ()), *([word.replace("'", "")] if bare else [])):
        yield get_string_id(spelling)
        if "'" in spelling and word not in QUOTES:
            yield from (get_string_id(spelling.replace("'", mark)) for mark in APOSTROPHES)


def _fragments(words: frozenset[str]) -> Iterator[str]:
    """RETURNS: The hyphen, and tokens that end in one after a word or after one or two letters."""
    yield "-"
    yield from (word + "-" for word in words)
    for size in (1, 2):
        onsets = itertools.product(ascii_lowercase, repeat=size)
        yield from ("".join(onset) + "-" for onset in onsets)


def _hang(
    row: Row,
    sequence: list[Item],
    frequency: Counter[str],
    triggers: dict[str, Trigger],
    alike: dict[Any, Any],
) -> None:
    """Add one sequence to the trigger of its anchor, under a word beside it where it has one.

    alike (dict): The parts of all sequences. Nearly all come many times, and are kept once, as the
        garbage collector goes over all there is again and again.
    """

    def once(part: Any) -> Any:
        return alike.setdefault(part, part)

    def cost(place: int) -> int:
        words = sequence[place].words
        frequent = 100 * len(words & MOST_COMMON) + len(words & COMMON)
        beside = (sequence[k].words for k in (place - 1, place + 1) if 0 <= k < len(sequence))
        if all(neighbours is ANY_WORD for neighbours in beside):
            frequent *= 100  # nothing beside it tells whether to look
        return sum(frequency[word] for word in words) + 10_000 * frequent

    core = [place for place, item in enumerate(sequence) if item.core]
    anchor = min((k for k in core if sequence[k].words is not ANY_WORD), key=cost)
    if sequence[anchor].words & MOST_COMMON:
        # "[but] i have to": what must stand beside the cue is rarer than all of it.
        anchor = min(
            (k for k in range(len(sequence)) if sequence[k].words is not ANY_WORD), key=cost
        )
    checks = {k - anchor: item.words for k, item in enumerate(sequence) if k != anchor}
    start, end = core[0] - anchor, core[-1] + 1 - anchor
    at = {"not_after": start - 1, "not_before": end, "not_second_before": end + 1}
    variant = Variant(
        rule=row.rule,
        start=start,
        end=end,
        first=-anchor,
        last=len(sequence) - 1 - anchor,
        checks=once(tuple(map(once, checks.items()))),
        vetoes=once(tuple(once((at[name], words)) for name, words in row.vetoes.items())),
    )
    side = next((k for k in (-1, 1) if checks.get(k, ANY_WORD) is not ANY_WORD), 0)
    others = once(tuple(item for item in variant.checks if item[0] != side))
    rest = once(variant._replace(checks=others))
    kind = "loose" if row.adverbs else "strict"
    for word in sequence[anchor].words:
        trigger = triggers.setdefault(word, Trigger())
        index = getattr(trigger, kind) or Index()
        setattr(trigger, kind, index)
        if side:
            neighbours = index.before if side < 0 else index.after
            (trigger.before if side < 0 else trigger.after).update(checks[side])
            for neighbour in checks[side]:
                neighbours.setdefault(neighbour, []).append(rest)
        else:
            trigger.alone = True
            index.alone.append(variant)
