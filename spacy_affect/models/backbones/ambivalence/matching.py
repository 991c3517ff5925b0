"""Find cues in one unit: phrases, valence words, repetitions and stutters.

Everything here works on canonical words and positions inside the unit; no regex is run, and a
Token is touched only where spacing or case decides. What few units need (sentences, quotes, who
speaks) is worked out once something has matched.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter, eq
from typing import NamedTuple

from spacy.tokens import Doc

from .lexicon import Index, Lexicon, Trigger, Variant
from .tables import DASHES, EDGE, IDIOM, PAUSES, PUNCTUATION, QUOTES, Rule
from .text import Source, quoted_places, reported_places, sentence_starts

#: May stand between the two halves of a repetition ("I, I think", "I, uh, I think").
SEPARATORS = PAUSES | DASHES | {",", "um", "uh", "er", "erm"}
#: How many words count as one repetition, and how many separators may part the halves.
LONGEST_REPEAT = 3
LONGEST_GAP = 3
REPETITION = Rule("repetition", 0, False, False)
STUTTER = Rule("stutter", 0, False, False)
POLES = {sign: Rule("mixed_affect", sign, False, False) for sign in (1, -1)}
#: How many words, light ones not counted, may stand between a negation and what it negates.
NEGATION_REACH = 2
#: "not only", "not just" add to what follows and negate nothing.
ADDITIVE = frozenset({"only", "just", "merely", "simply"})
#: "not only ... but" adds too. How many words before "but" it may stand; "can't just ... but" and
#: the like do contrast.
ADDITIVE_PAIR = frozenset({"only", "merely"})
ADDITIVE_REACH = 12


class Match(NamedTuple):
    """A cue to be: positions inside the unit, end exclusive."""

    start: int
    end: int
    rule: Rule


START = attrgetter("start")


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


def find(lexicon: Lexicon, source: Source, offset: int, keys: list[int]) -> Findings:
    """Find everything in one unit.

    lexicon (Lexicon): The compiled tables.
    source (Source): The document of the unit.
    offset (int): Index of the unit's first token in it.
    keys (list[int]): Hash of the lower-case form of each token of the unit.
    RETURNS (Findings): What was found, by sentence.
    """
    # The mark at the end also answers for position -1.
    words = [*map(lexicon.words.get, keys), EDGE]
    triggers, restarts = lexicon.triggers, lexicon.sets["restart"]
    hits = [(at, triggers[word]) for at, word in enumerate(words) if word in triggers]
    repeats = _may_repeat([word for word in words if word in restarts])
    broken = not lexicon.fragments.isdisjoint(keys)
    if not (hits or repeats or broken):
        return NOTHING
    # Disfluency lies on top of what is said: it competes with no phrase.
    matches = _longest(_phrases(lexicon, words, hits))
    spoken: list[Match] = []
    if broken:
        spoken += _stutters(lexicon, source.doc, offset, keys, words)
    if repeats:
        spoken += _repetitions(lexicon, source.doc, offset, keys, words)
    if spoken:
        matches = sorted(matches + _longest(spoken))
    poles = [(at, hit.valence) for at, hit in hits if hit.valence]
    if not matches and not _may_mix(lexicon, words, poles):
        return NOTHING
    return _by_sentence(lexicon, source, offset, keys, words, matches, poles)


def _may_repeat(openers: list[str | None]) -> bool:
    """Whether anything can be a repetition: all its words are openers, so they stand side by side.

    openers (list[str]): Those words of a unit that can be said again.
    """
    if len(set(openers)) == len(openers):
        return False
    return any(True in map(eq, openers, openers[size:]) for size in range(1, LONGEST_REPEAT + 1))


def _may_mix(lexicon: Lexicon, words: list[str | None], poles: list[tuple[int, int]]) -> bool:
    if len(poles) < 2:
        return False
    first = poles[0][1]
    negators = lexicon.sets["negator"]
    return any(sign != first for _, sign in poles) or not negators.isdisjoint(words)


def _phrases(
    lexicon: Lexicon, words: list[str | None], hits: list[tuple[int, Trigger]]
) -> list[Match]:
    matches: list[Match] = []
    adverbs = lexicon.sets["adverb"]
    skips = not adverbs.isdisjoint(words)
    places: list[int] = []  # where the words without adverbs come from
    short: list[str | None] = []
    skipped = 0
    for at, hit in hits:
        if not hit.anchors:
            continue
        left, right = words[at - 1], words[at + 1]
        if not (hit.alone or left in hit.before or right in hit.after) and not (
            skips and (left in adverbs or right in adverbs)
        ):
            continue
        if hit.strict is not None:
            _look_up(hit.strict, words, at, matches)
        if hit.loose is None:
            continue
        if not skips:
            _look_up(hit.loose, words, at, matches)
            continue
        if not short:
            places = [k for k, word in enumerate(words[:-1]) if word not in adverbs]
            short = [*map(words.__getitem__, places), EDGE]
        while skipped < len(places) and places[skipped] < at:
            skipped += 1
        found: list[Match] = []
        _look_up(hit.loose, short, skipped, found)
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
    for variant in variants:
        if at + variant.first < -1 or at + variant.last > last:
            continue
        for step, allowed in variant.checks:
            if words[at + step] not in allowed:
                break
        else:
            for step, banned in variant.vetoes:
                if at + step <= last and words[at + step] in banned:
                    break
            else:
                matches.append(Match(at + variant.start, at + variant.end, variant.rule))


def _stutters(
    lexicon: Lexicon, doc: Doc, offset: int, keys: list[int], words: list[str | None]
) -> list[Match]:
    """Broken-off onsets: "w-want", "I-I", and "b- but", which spaCy leaves as one token."""
    matches = []
    alone, never = lexicon.sets["restart_alone"], lexicon.sets["no_stutter"]
    for at in range(len(keys) - 1):
        if keys[at] not in lexicon.fragments:
            continue
        target = at + 1
        word = words[target]
        if word is None or word in PUNCTUATION or word in never:
            continue
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
            broken_off = word in alone
        else:
            broken_off = len(onset) < 3 and onset.isalpha() and whole.startswith(onset)
        if broken_off:
            matches.append(Match(start, target + 1, STUTTER))
    return matches


def _repetitions(
    lexicon: Lexicon, doc: Doc, offset: int, keys: list[int], words: list[str | None]
) -> list[Match]:
    """One to three words said again at once.

    Speakers repeat the function words that open a constituent (Clark & Wasow 1998); content words
    said twice are emphasis ("very very", "bye bye"). So only such words count. Parted by a bare
    hyphen ("I-I", "the-the") it is a stutter.
    """
    matches = []
    done = 0
    for at, key in enumerate(keys):
        if at < done or words[at] not in lexicon.sets["restart"]:
            continue
        if key in keys[at + 1 : at + LONGEST_REPEAT + LONGEST_GAP + 1]:
            end = _repeat_end(lexicon, keys, words, at)
            if end > at:
                hyphened = words[at + 1] == "-" and not doc[offset + at].whitespace_
                matches.append(Match(at, end, STUTTER if hyphened else REPETITION))
                done = end
    return matches


def _repeat_end(lexicon: Lexicon, keys: list[int], words: list[str | None], at: int) -> int:
    """RETURNS (int): Where the repetition that starts here ends, or `at` if there is none."""
    for size in range(LONGEST_REPEAT, 0, -1):
        said = keys[at : at + size]
        inside = words[at : at + size]
        if len(said) < size or not _repeatable(lexicon, words, at, inside):
            continue
        end = at + size
        while True:
            again = end
            while again - end < LONGEST_GAP and words[again] in SEPARATORS:
                again += 1
            if keys[again : again + size] != said:
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
    keys: list[int],
    words: list[str | None],
    matches: list[Match],
    poles: list[tuple[int, int]],
) -> Findings:
    """Drop what others say, flip what is negated, and sort into sentences."""
    # Nor do the poles count once more that a cue of mixed affect names itself ("love-hate").
    named = {
        at
        for match in matches
        if match.rule.label in (IDIOM, "mixed_affect")
        for at in range(match.start, match.end)
    }
    cues = [match for match in matches if match.rule.label != IDIOM]
    if any(match.rule.cased for match in cues):
        cues = _without_acronyms(source.doc, offset, len(keys), cues)
    valued = []
    for at, sign in poles:
        if at in named:
            continue
        if is_negated(lexicon, words, at):
            # "not happy" is a negative pole, but "not afraid" praises nothing.
            sign = -1 if sign > 0 else 0
        if sign:
            valued.append(Match(at, at + 1, POLES[sign]))
    if not cues and len({match.rule for match in valued}) < 2:
        return NOTHING
    # A single cue scores the same wherever its sentence ends; a contrast must know its clauses.
    single = len(cues) == 1 and not valued and cues[0].rule.label != "contrast"
    starts = [0] if single else sentence_starts(lexicon, source, offset, words)
    if not QUOTES.isdisjoint(words):
        quoted = quoted_places(source.doc, offset, words)
        cues = [match for match in cues if match.start not in quoted]
        valued = [match for match in valued if match.start not in quoted]
    reports = not lexicon.sets["reporting"].isdisjoint(words)
    adds = not ADDITIVE_PAIR.isdisjoint(words)
    sentences = []
    cue_at, value_at = 0, 0
    for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
        cue_end = bisect_left(cues, end, cue_at, key=START)
        value_end = bisect_left(valued, end, value_at, key=START)
        inside, values = cues[cue_at:cue_end], valued[value_at:value_end]
        cue_at, value_at = cue_end, value_end
        if reports and (inside or values):
            # A contrast ends what is reported: "he said I can, but I can't".
            reported = reported_places(lexicon, words, start, end)
            inside = [
                match
                for match in inside
                if match.rule.label == "contrast" or match.start not in reported
            ]
            values = [match for match in values if match.start not in reported]
        if adds:
            inside = [match for match in inside if not _is_additive(lexicon, words, start, match)]
        if inside or len(values) > 1:
            sentences.append(Sentence(start, end, inside, values))
    return Findings(sentences, words)


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
