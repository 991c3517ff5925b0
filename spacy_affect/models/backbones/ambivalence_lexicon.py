"""Read the two cue tables and compile them into dicts keyed by token hash.

The tables are written for readers (`data/ambivalence_cues.tsv` explains its own columns); what
comes out is made for speed. Every phrase hangs on its rarest word, its *anchor*, so that most
texts are done with after one dict look-up per token. Keys are hashes of lower-case forms, which
do not depend on a vocab: one lexicon serves all pipelines of a process, and no StringStore grows.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from spacy.strings import hash_string

from ...errors import AffectError

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
DASHES = frozenset({"-", "--", "—", "–", "---"})
CLAUSE_MARKS = frozenset({",", ";", ":", "(", ")"}) | PAUSES | DASHES
QUOTES = frozenset({'"', "“", "”", "„", "«", "»", "``", "''", "'", "‘", "’"})
PUNCTUATION = ENDERS | CLAUSE_MARKS | QUOTES

#: What `^`, `$` and `#` of a phrase stand for.
MARKS = {
    "^": ENDERS | {EDGE},
    "$": ENDERS | {EDGE},
    "#": ENDERS | CLAUSE_MARKS | {EDGE},
}
FLAGS = frozenset({"against", "explicit", "subordinator"})
CONDITIONS = frozenset({"not_before", "not_after", "not_second_before"})

#: Spellings that are read as another word: spaCy's halves of contractions, and chat spelling.
SPELLINGS = {
    "not": ("n't", "nt", "n`t", "n´t"),
    "can": ("ca",),
    "will": ("wo", "'ll", "ll"),
    "shall": ("sha",),
    "am": ("'m", "m"),
    "is": ("'s",),
    "are": ("'re", "re"),
    "have": ("'ve", "ve"),
    "would": ("'d",),
    "you": ("u", "ya"),
    "though": ("tho", "tho'"),
    "although": ("altho",),
    "because": ("'cause", "cos", "cuz", "coz", "'cos", "bc"),
    "probably": ("prolly", "probs", "prob"),
    "kinda": ("kind-of",),
    "sorta": ("sort-of",),
    "something": ("smth", "sth"),
    "want": ("wan",),
    "to": ("na", "ta"),
    "going": ("gon",),
}
#: Too frequent to hang a phrase on when it has another word.
COMMON = frozenset(
    "i a an the to it is am are was be been of in on at for with and or not do did you we my me"
    " that this have had will would so just no what if as all up".split()
)

_CONTRACTION = re.compile(r"(?<=.)(n't|'(?:s|m|re|ve|ll|d))$")


class _AnyWord(frozenset):
    """Contains every word, known or not, but no punctuation mark and no edge."""

    def __contains__(self, word: object) -> bool:
        return word not in PUNCTUATION and word != EDGE


ANY_WORD = _AnyWord({"_"})


class Rule(NamedTuple):
    """What a row of the cue table says of a match.

    `lean` is 1 for cues that speak for the change, -1 against it, 0 for neither.
    """

    label: str
    lean: int
    explicit: bool
    subordinator: bool


class Variant(NamedTuple):
    """One fixed sequence of words, seen from its anchor.

    `checks` and `vetoes` are (distance from the anchor, words) pairs; `first` and `last` bound
    all distances, `start` and `end` the words that become the cue.
    """

    rule: Rule
    start: int
    end: int
    first: int
    last: int
    checks: tuple[tuple[int, frozenset[str]], ...]
    vetoes: tuple[tuple[int, frozenset[str]], ...]


@dataclass(slots=True)
class Trigger:
    """What a word can start: its valence, and variants by the word before, after, or neither."""

    valence: int = 0
    after: dict[str, list[Variant]] = field(default_factory=dict)
    before: dict[str, list[Variant]] = field(default_factory=dict)
    alone: list[Variant] = field(default_factory=list)
    anchors: bool = False


@dataclass(slots=True)
class Lexicon:
    """triggers: what to look at; words: hash to canonical word, for all words of any phrase."""

    triggers: dict[int, Trigger]
    words: dict[int, str]
    sets: dict[str, frozenset[str]]
    quotes: frozenset[int]
    reporting: frozenset[int]
    restarts: frozenset[int]


class _Row(NamedTuple):
    rule: Rule
    sequences: list[tuple[list[frozenset[str]], list[bool]]]
    conditions: dict[str, frozenset[str]]


@cache
def load_lexicon() -> Lexicon:
    """RETURNS (Lexicon): The shipped tables, read once per process."""
    folder = files(__package__).joinpath("data")
    texts = {
        name: folder.joinpath(name).read_text(encoding="utf8")
        for name in ("ambivalence_cues.tsv", "valence_words.tsv")
    }
    return compile_lexicon(
        texts["ambivalence_cues.tsv"],
        texts["valence_words.tsv"],
        paths=tuple(texts),
    )


def compile_lexicon(
    cues: str, valence: str, paths: tuple[str, ...] = ("cues", "valence")
) -> Lexicon:
    """Compile the text of the two tables.

    cues (str): Rows of phrase, cue type, conditions and source.
    valence (str): Rows of word, 1 or -1, and theme.
    paths (tuple): What to call the two in errors.
    RETURNS (Lexicon): Everything that matching needs.
    RAISES (AffectError): AF026 for a malformed row.
    """
    sets: dict[str, frozenset[str]] = {}
    rows = list(_read_cues(cues, paths[0], sets))
    poles = _read_valence(valence, paths[1])
    frequency = Counter(
        word for row in rows for words, _ in row.sequences for item in words for word in item
    )
    triggers: dict[str, Trigger] = {}
    for word, sign in poles.items():
        triggers.setdefault(word, Trigger()).valence = sign
    for row in rows:
        for elements, core in row.sequences:
            _hang(row, elements, core, frequency, triggers)
    known = set(frequency) | set(poles) | PUNCTUATION | frozenset().union(*sets.values())
    for row in rows:
        known = known.union(*row.conditions.values())
    words = {key: word for word in known for key in _keys(word)}
    return Lexicon(
        triggers={key: triggers[word] for key, word in words.items() if word in triggers},
        words=words,
        sets=sets,
        quotes=frozenset(key for key, word in words.items() if word in QUOTES),
        reporting=frozenset(key for key, word in words.items() if word in sets["reporting"]),
        restarts=frozenset(key for key, word in words.items() if word in sets["restart"]),
    )


def _keys(word: str) -> Iterator[int]:
    """RETURNS: Hashes of all spellings of a canonical word, with either apostrophe."""
    if word == NEWLINE:
        for size in (1, 2, 3):
            for chars in itertools.product("\n\r ", repeat=size):
                if "\n" in chars:
                    yield hash_string("".join(chars))
        return
    for spelling in (word, *SPELLINGS.get(word, ())):
        yield hash_string(spelling)
        if "'" in spelling and len(spelling) > 1 and spelling != "''":
            yield hash_string(spelling.replace("'", "’"))
            yield hash_string(spelling.replace("'", "‘"))


_CANONICAL = {spelling: word for word, many in SPELLINGS.items() for spelling in many}


def _canonical(text: str) -> list[str]:
    """RETURNS (list): The words that spaCy makes of a text without spaces, canonically spelt."""
    match = _CONTRACTION.search(text)
    parts = [text[: match.start()], match.group()] if match else [text]
    if text == "cannot":
        parts = ["can", "not"]
    return [_CANONICAL.get(part, part) for part in parts]


def _read_rows(text: str, path: str, n: int) -> Iterator[tuple[int, str, list[str]]]:
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


def _read_valence(text: str, path: str) -> dict[str, int]:
    poles: dict[str, int] = {}
    for line, row, (word, sign, _) in _read_rows(text, path, 3):
        reason = ""
        if sign not in ("1", "-1"):
            reason = f"valence {sign!r} is neither 1 nor -1"
        elif word in poles:
            reason = f"{word!r} appears twice"
        elif word != word.lower() or " " in word:
            reason = f"{word!r} is not one lower-case word"
        if reason:
            raise AffectError("AF026", path=path, line=line, reason=reason, row=row)
        poles[word] = int(sign)
    return poles


def _read_cues(text: str, path: str, sets: dict[str, frozenset[str]]) -> Iterator[_Row]:
    for line, row, (phrase, label, conditions, _) in _read_rows(text, path, 4):
        try:
            if label.startswith("set:"):
                sets[label[4:]] = frozenset(
                    word for item in phrase.split() for word in _canonical(item)
                )
                continue
            if label != IDIOM and label not in CUE_TYPES:
                raise ValueError(f"unknown cue type {label!r}")
            flags, extra = _read_conditions(conditions, sets)
            lean = (label in TOWARD) - (label in AWAY or "against" in flags)
            rule = Rule(label, lean, "explicit" in flags, "subordinator" in flags)
            yield _Row(rule, _read_phrase(phrase, sets), extra)
        except ValueError as error:
            raise AffectError("AF026", path=path, line=line, reason=str(error), row=row) from None


def _read_conditions(
    text: str, sets: dict[str, frozenset[str]]
) -> tuple[set[str], dict[str, frozenset[str]]]:
    flags: set[str] = set()
    values: dict[str, frozenset[str]] = {}
    for item in text.split():
        name, has_value, value = item.partition("=")
        if not has_value and name in FLAGS:
            flags.add(name)
        elif value and name in CONDITIONS:
            values[name] = frozenset(
                word for sequence in _alternatives(value, sets) for word in sequence
            )
        else:
            raise ValueError(f"unknown condition {item!r}")
    return flags, values


def _alternatives(item: str, sets: dict[str, frozenset[str]]) -> Iterator[list[str]]:
    """RETURNS: For `a|don't|<set>`, one list of words per alternative."""
    for part in item.split("|"):
        if part.startswith("<") and part.endswith(">") and len(part) > 2:
            if part[1:-1] not in sets:
                raise ValueError(f"unknown set {part!r}")
            for word in sorted(sets[part[1:-1]]):
                yield [word]
        elif part in MARKS:
            for word in sorted(MARKS[part]):
                yield [word]
        elif part:
            yield _canonical(part)
        else:
            raise ValueError(f"empty alternative in {item!r}")


def _read_phrase(
    phrase: str, sets: dict[str, frozenset[str]]
) -> list[tuple[list[frozenset[str]], list[bool]]]:
    """RETURNS (list): All sequences of word sets a phrase stands for, with what belongs to the cue.

    Optional items and alternatives of several words (a contraction is two) are multiplied out.
    """
    choices: list[list[list[tuple[frozenset[str], bool]]]] = []
    for token in phrase.split():
        optional = len(token) > 2 and token[0] == "(" and token[-1] == ")"
        context = len(token) > 2 and token[0] == "[" and token[-1] == "]"
        item = token[1:-1] if optional or context else token
        if item == "_":
            options = [[(ANY_WORD, not context)]]
        else:
            found = list(_alternatives(item, sets))
            single = frozenset(words[0] for words in found if len(words) == 1)
            options = [[(single, not context)]] if single else []
            options += [
                [(frozenset({word}), not context) for word in words]
                for words in found
                if len(words) > 1
            ]
        choices.append([*options, []] if optional else options)
    sequences = []
    for combination in itertools.product(*choices):
        flat = [pair for part in combination for pair in part]
        core = [inside for _, inside in flat]
        if True not in core or False in core[core.index(True) : _last(core) + 1]:
            raise ValueError("the cue must be one unbroken stretch of words")
        sequences.append(([words for words, _ in flat], core))
    return sequences


def _last(core: list[bool]) -> int:
    return len(core) - 1 - core[::-1].index(True)


def _hang(
    row: _Row,
    elements: list[frozenset[str]],
    core: list[bool],
    frequency: Counter[str],
    triggers: dict[str, Trigger],
) -> None:
    """Add one sequence to the trigger of its anchor, under the word beside it where it has one."""
    anchor = min(
        (k for k in range(len(core)) if core[k] and elements[k] is not ANY_WORD),
        key=lambda k: _cost(elements[k], frequency),
    )
    checks = {k - anchor: words for k, words in enumerate(elements) if k != anchor}
    start, end = core.index(True) - anchor, _last(core) + 1 - anchor
    vetoes = []
    for name, at in (("not_before", end), ("not_after", start - 1), ("not_second_before", end + 1)):
        if name in row.conditions:
            vetoes.append((at, row.conditions[name]))
    variant = Variant(
        rule=row.rule,
        start=start,
        end=end,
        first=min(0, *checks) if checks else 0,
        last=max(0, *checks) if checks else 0,
        checks=tuple(checks.items()),
        vetoes=tuple(vetoes),
    )
    for word in elements[anchor]:
        trigger = triggers.setdefault(word, Trigger())
        trigger.anchors = True
        for side, index in ((-1, trigger.after), (1, trigger.before)):
            if side in checks and checks[side] is not ANY_WORD:
                rest = tuple(item for item in variant.checks if item[0] != side)
                for neighbour in checks[side]:
                    index.setdefault(neighbour, []).append(variant._replace(checks=rest))
                break
        else:
            trigger.alone.append(variant)


def _cost(words: Iterable[str], frequency: Counter[str]) -> int:
    return sum(frequency[word] + 10_000 * (word in COMMON | PUNCTUATION) for word in words)
