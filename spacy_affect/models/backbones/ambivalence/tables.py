"""Read the cue table and the valence table; what their columns mean stands at their heads."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from sys import intern
from typing import NamedTuple

from ....errors import AffectError

#: Every label that a cue can carry.
CUE_TYPES = (
    *("filler_sound", "filler_word", "hedge", "repetition", "correction", "stutter", "contrast"),
    *("negative_stance", "positive_stance", "mixed_affect", "desire", "no_desire"),
    *("able", "unable", "opportunity", "no_opportunity", "success", "failure", "excuse"),
)
#: Cue types that speak for the change or plan, and those that speak against it: change talk and
#: sustain talk of motivational interviewing (Miller & Rollnick 2013).
TOWARD = frozenset({"positive_stance", "desire", "able", "opportunity", "success"})
AWAY = frozenset({"negative_stance", "no_desire", "unable", "no_opportunity", "failure", "excuse"})
#: The type of set phrases in which no cue fires ("can't wait", "no problem").
IDIOM = "idiom"

EDGE = "<edge>"  # stands before the first and after the last token of a unit
NEWLINE = "<newline>"
ENDERS = frozenset({".", "!", "?", NEWLINE})
PAUSES = frozenset({"...", "…", "..", "....", "....."})
DASHES = frozenset({"-", "--", "---", "\u2013", "\u2014"})
COMMAS = frozenset({",", ";", ":", "(", ")"})
#: Read as the one in a contraction.
APOSTROPHES = ("\u2019", "\u2018")
QUOTES = frozenset({'"', "“", "”", "„", "«", "»", "``", "''", "'", *APOSTROPHES})
PUNCTUATION = ENDERS | PAUSES | DASHES | COMMAS | QUOTES
#: What `^`, `$` and `#` of a phrase stand for.
MARKS = {
    "^": ENDERS | {EDGE},
    "$": ENDERS | {EDGE},
    "#": ENDERS | PAUSES | DASHES | COMMAS | {EDGE},
}

FLAGS = frozenset({"adverbs", "against", "cased", "explicit", "subordinator"})
VETOES = frozenset({"not_before", "not_second_before", "not_after"})
#: Sets that the code asks for by name.
NEEDED_SETS = (
    *("abbreviation", "adverb", "connective", "continuation", "light", "me"),
    *("negator", "no_stutter", "object", "reporting", "restart", "restart_alone"),
)

#: Spellings that are read as another word: spaCy's halves of contractions, and chat spelling.
SPELLINGS = {
    "not": ("n't", "nt", "n`t", "n\u00b4t"),
    "can": ("ca",),
    "will": ("wo", "'ll", "ll"),
    "shall": ("sha",),
    "am": ("'m", "m"),
    "is": ("'s", "s"),
    "are": ("'re", "re"),
    "have": ("'ve", "ve"),
    "would": ("'d", "d"),
    "you": ("u", "ya"),
    "though": ("tho", "tho'"),
    "although": ("altho",),
    "because": ("'cause", "cos", "cuz", "coz", "'cos", "bc"),
    "probably": ("prolly", "probs"),
    "something": ("smth", "sth"),
    "to": ("na", "ta"),
    "going": ("gon",),
}
#: Two words in one token: spaCy leaves "DON'T", "CANT" and "I'M" whole.
_NEGATED = (
    *("do", "does", "did", "can", "could", "will", "would", "should"),
    *("is", "was", "are", "were", "have", "has", "had"),
)
_SHORT = {"can": "ca", "will": "wo"}
JOINED = {(word, "not"): _SHORT.get(word, word) + "n't" for word in _NEGATED}
JOINED = {pair: intern(whole) for pair, whole in JOINED.items()}
JOINED |= {("i", "am"): "i'm", ("i", "have"): "i've", ("i", "will"): "i'll", ("i", "would"): "i'd"}
#: The joined words of which the form without an apostrophe is another word.
AMBIGUOUS = frozenset({"i'll", "i'd"})
_CANONICAL = {spelling: word for word, many in SPELLINGS.items() for spelling in many}
_CONTRACTION = re.compile(r"(?<=.)(n't|'(?:s|m|re|ve|ll|d))$")


class _AnyWord(frozenset):
    """Contains every word, known or not, but no punctuation mark and no edge."""

    # it equals no set of words
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __contains__(self, word: object) -> bool:
        return word not in PUNCTUATION and word != EDGE


ANY_WORD = _AnyWord({"_"})


class Rule(NamedTuple):
    """What a row says of a match: `lean` is 1 for the change, -1 against it, 0 neither.

    `cased` cues are something else in capitals: "er", but not "ER".
    """

    label: str
    lean: int
    explicit: bool
    subordinator: bool
    cased: bool = False


class Item(NamedTuple):
    """One place of a phrase: the words that may stand there, and whether they join the cue."""

    words: frozenset[str]
    core: bool


class Row(NamedTuple):
    """A row of the cue table. `sequences` holds every sequence that its phrase stands for."""

    rule: Rule
    sequences: list[list[Item]]
    adverbs: bool
    vetoes: dict[str, frozenset[str]]


def read_valence(text: str, path: str) -> dict[str, int]:
    """RETURNS (dict): Word to 1 or -1. RAISES (AffectError): AF026 for a malformed row."""
    poles: dict[str, int] = {}
    for line, row, (word, sign, _) in _read_lines(text, path, 3):
        reason = ""
        if sign not in ("1", "-1"):
            reason = f"valence {sign!r} is neither 1 nor -1"
        elif word in poles:
            reason = f"{word!r} appears twice"
        elif word != word.lower() or " " in word:
            reason = f"{word!r} is not one lower-case word"
        if reason:
            raise AffectError("AF026", path=path, line=line, reason=reason, row=row)
        poles[intern(word)] = int(sign)
    return poles


def read_cues(text: str, path: str) -> tuple[list[Row], dict[str, frozenset[str]]]:
    """RETURNS: The rows and the named sets. RAISES (AffectError): AF026 for a malformed row."""
    sets: dict[str, frozenset[str]] = {}
    rows = []
    for line, row, (phrase, label, conditions, _) in _read_lines(text, path, 4):
        try:
            if label.startswith("set:"):
                words = (word for item in phrase.split() for word in _canonical(item))
                sets[label.removeprefix("set:")] = frozenset(words)
            elif label == IDIOM or label in CUE_TYPES:
                rows.append(_read_row(phrase, label, conditions, sets))
            else:
                raise ValueError(f"unknown cue type {label!r}")
        except ValueError as error:
            raise AffectError("AF026", path=path, line=line, reason=str(error), row=row) from None
    joined = {whole for (_, second), whole in JOINED.items() if second == "not"}
    sets["negator"] = sets.get("negator", frozenset()) | joined
    for name in NEEDED_SETS:
        sets.setdefault(name, frozenset())
    return rows, sets


def _read_lines(text: str, path: str, n: int) -> Iterator[tuple[int, str, list[str]]]:
    for line, row in enumerate(text.split("\n"), start=1):
        if not row.strip() or row.startswith("#"):
            continue
        cells = [cell.strip() for cell in row.split("\t")]
        if len(cells) != n:
            reason = f"{len(cells)} columns where {n} are needed"
            raise AffectError("AF026", path=path, line=line, reason=reason, row=row)
        if not cells[0]:
            raise AffectError("AF026", path=path, line=line, reason="first column empty", row=row)
        yield line, row, cells


def _read_row(phrase: str, label: str, conditions: str, sets: dict[str, frozenset[str]]) -> Row:
    flags: set[str] = set()
    vetoes: dict[str, frozenset[str]] = {}
    for condition in conditions.split():
        name, _, value = condition.partition("=")
        if condition in FLAGS:
            flags.add(condition)
        elif value and name in VETOES:
            found = _alternatives(value, sets)
            vetoes[name] = _shared(frozenset(word for words in found for word in words))
        else:
            raise ValueError(f"unknown condition {condition!r}")
    sequences = _read_phrase(phrase, sets)
    skipped = sets.get("adverb", frozenset())
    if "adverbs" in flags:
        for item in (item for sequence in sequences for item in sequence):
            if item.words <= skipped:
                listed = ", ".join(sorted(item.words))
                raise ValueError(f"skips adverbs, but asks for one: {listed}")
    lean = (label in TOWARD) - (label in AWAY or "against" in flags)
    rule = Rule(label, lean, "explicit" in flags, "subordinator" in flags, "cased" in flags)
    return Row(rule, sequences, "adverbs" in flags, vetoes)


def _read_phrase(phrase: str, sets: dict[str, frozenset[str]]) -> list[list[Item]]:
    """Multiply out optional places, and alternatives of several words (a contraction is two)."""
    choices: list[list[list[Item]]] = []
    for place in phrase.split():
        inner, optional, core = place, False, True
        if len(place) > 2 and place[0] + place[-1] in ("()", "[]"):
            inner, optional, core = place[1:-1], place[0] == "(", place[0] == "("
        if inner == "_":
            options = [[Item(ANY_WORD, core)]]
        else:
            found = list(_alternatives(inner, sets))
            single = _shared(frozenset(words[0] for words in found if len(words) == 1))
            options = [[Item(single, core)]] if single else []
            options += [
                [Item(_shared(frozenset({word})), core) for word in words]
                for words in found
                if len(words) > 1
            ]
        choices.append([*options, []] if optional else options)
    sequences = [list(itertools.chain(*parts)) for parts in itertools.product(*choices)]
    sequences += [whole for sequence in sequences for whole in _join(sequence)]
    for sequence in sequences:
        edges = [core for core, _ in itertools.groupby(item.core for item in sequence)]
        if edges.count(True) != 1:
            raise ValueError("the cue must be one unbroken stretch of words")
    return sequences


def _join(sequence: list[Item]) -> Iterator[list[Item]]:
    """RETURNS: The sequence with two neighbours in one token, for each place where that can be."""
    for place, (one, two) in enumerate(itertools.pairwise(sequence)):
        whole = frozenset(
            JOINED[pair] for pair in itertools.product(one.words, two.words) if pair in JOINED
        )
        if whole and one.core == two.core:
            yield [*sequence[:place], Item(_shared(whole), one.core), *sequence[place + 2 :]]


def _alternatives(text: str, sets: dict[str, frozenset[str]]) -> Iterator[list[str]]:
    """RETURNS: For `a|don't|<set>|#`, one list of words per alternative."""
    for part in text.split("|"):
        if part.startswith("<") and part.endswith(">"):
            if part[1:-1] not in sets:
                raise ValueError(f"unknown set {part!r}")
            yield from ([word] for word in sorted(sets[part[1:-1]]))
        elif part in MARKS:
            yield from ([word] for word in sorted(MARKS[part]))
        elif part:
            yield _canonical(part)
        else:
            raise ValueError(f"empty alternative in {text!r}")


def _canonical(text: str) -> list[str]:
    """RETURNS (list): The words that spaCy makes of a text without spaces, canonically spelt."""
    if text == "cannot":
        return ["can", "not"]
    match = _CONTRACTION.search(text)
    parts = [text[: match.start()], match.group()] if match else [text]
    return [intern(_CANONICAL.get(part, part)) for part in parts]


@cache
def _shared(words: frozenset[str]) -> frozenset[str]:
    """RETURNS (frozenset): One object for equal sets: what matching reads stays small."""
    return words
