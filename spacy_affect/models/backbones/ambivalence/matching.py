"""Find cues in one unit: phrases, valence words, repetitions and stutters.

Everything here works on canonical words and positions inside the unit, and only at the places that
the screening has kept; no regex is run, and a Token is touched only where spacing or case decides.
What few units need (sentences, quotes, who speaks) is worked out once something has matched.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Doc

from .lexicon import Index, Lexicon, Variant
from .screening import (
    ADDING,
    ADDITIVE_PAIR,
    ADVERB,
    LONGEST_REPEAT,
    NEGATOR,
    QUOTE,
    REPORTING,
    SEPARATORS,
    Suspect,
)
from .tables import EDGE, IDIOM, PUNCTUATION, Rule
from .text import Source, quoted_places, reported_places, sentence_starts

#: How many separators may part the halves of a repetition.
LONGEST_GAP = 3
REPETITION = Rule("repetition", 0, False, False)
STUTTER = Rule("stutter", 0, False, False)
POLES = {sign: Rule("mixed_affect", sign, False, False) for sign in (1, -1)}
#: How many words, light ones not counted, may stand between a negation and what it negates.
NEGATION_REACH = 2
#: "not only", "not just" add to what follows and negate nothing.
ADDITIVE = frozenset({"only", "just", "merely", "simply"})
#: "not only ... but" adds too: how many words before "but" it may stand.
ADDITIVE_REACH = 12


class Match(NamedTuple):
    """A cue to be: positions inside the unit, end exclusive."""

    start: int
    end: int
    rule: Rule


class Sentence(NamedTuple):
    """What was found between two positions; `poles` are valence words, `cues` all the rest."""

    start: int
    end: int
    cues: list[Match]
    poles: list[Match]


class Findings(NamedTuple):
    """The sentences of a unit in which something was found, and the unit's words."""

    sentences: list[Sentence]
    words: list[str | None]


NOTHING = Findings([], [])


def find(lexicon: Lexicon, source: Source, offset: int, suspect: Suspect) -> Findings:
    """Find everything in one unit.

    lexicon (Lexicon): The compiled tables.
    source (Source): The document of the unit.
    offset (int): Index of the unit's first token in it.
    suspect (Suspect): The words of the unit, and where to look.
    RETURNS (Findings): What was found, by sentence.
    """
    words = suspect.words
    # Disfluency lies on top of what is said: it competes with no phrase.
    matches = _longest(_phrases(lexicon, suspect)) if suspect.anchors else []
    spoken: list[Match] = []
    if suspect.broken:
        spoken += _stutters(lexicon, source.doc, offset, words, suspect.broken)
    if suspect.repeats:
        spoken += _repetitions(lexicon, source.doc, offset, suspect)
    if spoken:
        matches = sorted(matches + _longest(spoken))
    if not matches and not suspect.mixed:
        return NOTHING
    return _by_sentence(lexicon, source, offset, suspect, matches)


def _phrases(lexicon: Lexicon, suspect: Suspect) -> list[Match]:
    matches: list[Match] = []
    words = suspect.words
    adverbs = lexicon.sets["adverb"]
    skips = suspect.has & ADVERB
    places: list[int] = []  # where the words without adverbs come from
    short: list[str | None] = []
    skipped = 0
    for at in suspect.anchors:
        trigger = lexicon.triggers[words[at]]  # type: ignore[index]
        if trigger.strict is not None:
            _look_up(trigger.strict, words, at, matches)
        if trigger.loose is None:
            continue
        if not skips:
            _look_up(trigger.loose, words, at, matches)
            continue
        if not short:
            places = [k for k, word in enumerate(words[:-1]) if word not in adverbs]
            short = [*map(words.__getitem__, places), EDGE]
        while skipped < len(places) and places[skipped] < at:
            skipped += 1
        found: list[Match] = []
        _look_up(trigger.loose, short, skipped, found)
        matches += (Match(places[m.start], places[m.end - 1] + 1, m.rule) for m in found)
    return matches


def _look_up(index: Index, words: list[str | None], at: int, matches: list[Match]) -> None:
    """Add what matches around the anchor at this position."""
    if index.before:
        variants = index.before.get(words[at - 1])  # type: ignore[arg-type]
        if variants:
            _test(variants, words, at, matches)
    if index.after:
        variants = index.after.get(words[at + 1])  # type: ignore[arg-type]
        if variants:
            _test(variants, words, at, matches)
    if index.alone:
        _test(index.alone, words, at, matches)


def _test(variants: list[Variant], words: list[str | None], at: int, matches: list[Match]) -> None:
    last = len(words) - 1
    for rule, start, end, first, final, checks, vetoes in variants:
        if at + first < -1 or at + final > last:
            continue
        for step, allowed in checks:
            if words[at + step] not in allowed:
                break
        else:
            for step, banned in vetoes:
                if at + step <= last and words[at + step] in banned:
                    break
            else:
                matches.append(Match(at + start, at + end, rule))


def _stutters(
    lexicon: Lexicon, doc: Doc, offset: int, words: list[str | None], broken: Sequence[int]
) -> list[Match]:
    """Broken-off onsets: "w-want", "I-I", and "b- but", which spaCy leaves as one token."""
    matches = []
    alone, never = lexicon.sets["restart_alone"], lexicon.sets["no_stutter"]
    for at in broken:
        target = at + 1
        onset = doc[offset + at].lower_
        start = at
        if onset == "-":
            if at == 0 or doc[offset + at - 1].whitespace_ or doc[offset + at].whitespace_:
                continue
            start = at - 1
            if words[start] in never:
                continue
            onset = doc[offset + start].lower_
        onset = onset.rstrip("-")
        whole = doc[offset + target].lower_
        if onset == whole:
            broken_off = words[target] in alone
        else:
            broken_off = len(onset) < 3 and onset.isalpha() and whole.startswith(onset)
        if broken_off:
            matches.append(Match(start, target + 1, STUTTER))
    return matches


def _repetitions(lexicon: Lexicon, doc: Doc, offset: int, suspect: Suspect) -> list[Match]:
    """One to three words said again at once.

    Speakers repeat the function words that open a constituent (Clark & Wasow 1998); content words
    said twice are emphasis ("very very", "bye bye"). So only such words count. Parted by a bare
    hyphen ("I-I", "the-the") it is a stutter.
    """
    words = suspect.words
    matches = []
    done = 0
    for at in suspect.repeats:
        if at < done:
            continue
        end = _repeat_end(lexicon, suspect.codes, words, at)
        if end > at:
            hyphened = words[at + 1] == "-" and not doc[offset + at].whitespace_
            matches.append(Match(at, end, STUTTER if hyphened else REPETITION))
            done = end
    return matches


def _repeat_end(lexicon: Lexicon, codes: list[int], words: list[str | None], at: int) -> int:
    """RETURNS (int): Where the repetition that starts here ends, or `at` if there is none."""
    for size in range(LONGEST_REPEAT, 0, -1):
        said = codes[at : at + size]
        inside = words[at : at + size]
        if len(said) < size or not _repeatable(lexicon, words, at, inside):
            continue
        end = at + size
        while True:
            again = end
            while again - end < LONGEST_GAP and words[again] in SEPARATORS:
                again += 1
            if codes[again : again + size] != said:
                break
            end = again + size
        if end > at + size:
            return end
    return at


def _repeatable(
    lexicon: Lexicon, words: list[str | None], at: int, inside: list[str | None]
) -> bool:
    sets = lexicon.sets
    if len(inside) > 1:
        return sets["restart"].issuperset(inside)
    if inside[0] in sets["object"]:
        # "thank you you are", "get it it works": the first one may end a clause.
        before = words[at - 1]
        return before == EDGE or before in PUNCTUATION or before in sets["connective"]
    return inside[0] in sets["restart_alone"]


def _by_sentence(
    lexicon: Lexicon,
    source: Source,
    offset: int,
    suspect: Suspect,
    matches: list[Match],
) -> Findings:
    """Drop what others say, flip what is negated, and sort into sentences."""
    words, has = suspect.words, suspect.has
    cues = [match for match in matches if match.rule.label != IDIOM]
    for match in cues:
        if match.rule.cased:
            cues = _without_acronyms(source.doc, offset, len(words) - 1, cues)
            break
    valued = _valued(lexicon, suspect, matches) if suspect.poles else []
    if not cues and len({match.rule for match in valued}) < 2:
        return NOTHING
    starts = [0]
    if len(cues) != 1 or valued or cues[0].rule.label == "contrast":
        # A single cue scores the same wherever its sentence ends, but a contrast joins clauses.
        starts = sentence_starts(lexicon, source, offset, words)
    if has & QUOTE:
        quoted = quoted_places(source.doc, offset, words)
        cues = [match for match in cues if match.start not in quoted]
        valued = [match for match in valued if match.start not in quoted]
    inside: dict[int, list[Match]] = {}
    values: dict[int, list[Match]] = {}
    for found, by_start in ((cues, inside), (valued, values)):
        for match in found:
            by_start.setdefault(starts[bisect(starts, match.start) - 1], []).append(match)
    ends = [*starts[1:], len(words) - 1]
    sentences = []
    for start in sorted(inside.keys() | values.keys()):
        sentence = Sentence(
            start, ends[bisect(starts, start) - 1], inside.get(start, []), values.get(start, [])
        )
        if has & REPORTING:
            sentence = _as_own_words(lexicon, words, sentence)
        if has & ADDING:
            told = [m for m in sentence.cues if not _is_additive(lexicon, words, start, m)]
            sentence = sentence._replace(cues=told)
        if sentence.cues or len(sentence.poles) > 1:
            sentences.append(sentence)
    return Findings(sentences, words)


def _as_own_words(lexicon: Lexicon, words: list[str | None], sentence: Sentence) -> Sentence:
    """RETURNS (Sentence): Without what it reports of others."""
    reported = reported_places(lexicon, words, sentence.start, sentence.end)
    # A contrast ends what is reported: "he said I can, but I can't".
    return sentence._replace(
        cues=[m for m in sentence.cues if m.rule.label == "contrast" or m.start not in reported],
        poles=[match for match in sentence.poles if match.start not in reported],
    )


def _valued(lexicon: Lexicon, suspect: Suspect, matches: list[Match]) -> list[Match]:
    """RETURNS (list[Match]): The poles that count, as what they say where they are negated."""
    # Nor do those count once more that a cue of mixed affect names itself ("love-hate").
    named = {
        at
        for match in matches
        if match.rule.label in (IDIOM, "mixed_affect")
        for at in range(match.start, match.end)
    }
    valued = []
    for at, sign in suspect.poles:
        if at in named:
            continue
        if suspect.has & NEGATOR and is_negated(lexicon, suspect.words, at):
            # "not happy" is a negative pole, but "not afraid" praises nothing.
            sign = -1 if sign > 0 else 0
        if sign:
            valued.append(Match(at, at + 1, POLES[sign]))
    return valued


def _without_acronyms(doc: Doc, offset: int, n: int, cues: list[Match]) -> list[Match]:
    """RETURNS (list[Match]): No sounds in capitals ("the ER"), unless the unit is all capitals."""
    acronyms = {m.start for m in cues if m.rule.cased and doc[offset + m.start].is_upper}
    if not acronyms or not any(doc[offset + at].is_lower for at in range(n)):
        return cues
    return [match for match in cues if match.start not in acronyms]


def _is_additive(lexicon: Lexicon, words: list[str | None], start: int, match: Match) -> bool:
    """RETURNS (bool): Whether this is the second half of "not only ... but"."""
    if match.rule.label != "contrast" or words[match.start] != "but":
        return False
    for back in range(match.start - 1, max(start, match.start - ADDITIVE_REACH), -1):
        if words[back] == "but":
            return False
        if words[back] in ADDITIVE_PAIR:
            return words[back - 1] in lexicon.sets["negator"]
    return False


def _longest(matches: list[Match]) -> list[Match]:
    """RETURNS (list[Match]): Of overlapping matches an idiom, or the longest; in text order."""
    if len(matches) < 2:
        return matches
    kept: list[Match] = []
    taken: set[int] = set()
    for match in sorted(matches, key=_precedence):
        places = range(match.start, match.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(match)
    return sorted(kept)


def _precedence(match: Match) -> tuple[bool, int]:
    return match.rule.label != IDIOM, match.start - match.end


def is_negated(lexicon: Lexicon, words: list[str | None], at: int) -> bool:
    """RETURNS (bool): Whether a negation reaches the word at this position."""
    light, negators = lexicon.sets["light"], lexicon.sets["negator"]
    stops = lexicon.sets["connective"]
    reach = NEGATION_REACH
    for back in range(at - 1, -1, -1):
        word = words[back]
        if word in negators:
            return words[back + 1] not in ADDITIVE
        if word in PUNCTUATION or word in stops:
            return False
        if word not in light:
            reach -= 1
            if reach < 0:
                return False
    return False
