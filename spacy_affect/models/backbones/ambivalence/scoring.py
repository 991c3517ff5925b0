"""From what was found in a sentence to its score and its cues."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from spacy.tokens import Doc

from ....types import Cue
from .matching import Findings, Match, Sentence
from .tables import PUNCTUATION

#: What each finding adds to a sentence's score, in [0, 1].
#:
#: A sentence scores `1 - product(1 - strength)` (noisy-or) over the distinct cue types in it. The
#: strength of a type that fires once is its weight; the second and the third time each count half,
#: further ones nothing, so that no single type reaches 0.5. Two findings are no cue types:
#: `opposition`, when the sentence speaks both for and against (two sides of one question, such as
#: desire and no_desire, a pro and a con joined by a contrast, or two feelings of the speaker joined
#: by "and"), and `explicit`, when the speaker says outright to be of two minds. With a contrast, or
#: with the two cues that oppose each other, either passes 0.5, where a text counts as ambivalent.
DEFAULT_WEIGHTS: dict[str, float] = {
    "filler_sound": 0.15,
    "filler_word": 0.12,
    "hedge": 0.20,
    "repetition": 0.12,
    "correction": 0.18,
    "stutter": 0.18,
    "contrast": 0.15,
    "negative_stance": 0.20,
    "positive_stance": 0.12,
    "mixed_affect": 0.20,
    "desire": 0.12,
    "no_desire": 0.20,
    "able": 0.08,
    "unable": 0.20,
    "opportunity": 0.08,
    "no_opportunity": 0.20,
    "success": 0.08,
    "failure": 0.20,
    "excuse": 0.25,
    "opposition": 0.45,
    "explicit": 0.60,
}
#: Both sides of one question: ambivalent in one sentence even where no contrast joins them.
OPPOSITES = (
    ("desire", "no_desire"),
    ("able", "unable"),
    ("positive_stance", "negative_stance"),
)
#: Who may feel both at once, and how many words may part the two feelings then.
SPEAKER = frozenset({"i", "we", "me", "us"})
MOST_BETWEEN = 4
#: Whose feelings are in doubt: "if I love it or hate it", "whether to be happy or sad".
DOUBTED = SPEAKER | {"to"}
#: What follows two feelings that are felt together, whoever feels them.
AT_ONCE = (["at", "the", "same", "time"], ["at", "once"])
#: A trouble that is told in the past and parted by a contrast from how it is now is overcome. How
#: many words before a finding its tense is looked for.
PAST = frozenset({"was", "were", "had", "did", "wasn't", "weren't", "hadn't", "didn't"})
PRESENT = frozenset({"am", "is", "are", "now", "i'm", "isn't", "aren't"})
TENSE_REACH = 4
OUTCOMES = frozenset({"mixed_affect", "success"})
#: How many times a cue type counts when it fires once, twice, three times or more.
SATURATION = (0.0, 1.0, 1.5, 2.0)

Range = tuple[int, int]


def score(
    findings: Findings, doc: Doc, offset: int, weights: Mapping[str, float]
) -> tuple[float, list[Cue]]:
    """RETURNS (tuple): The score of a unit, that of its highest sentence, and all its cues."""
    best = 0.0
    cues: list[Cue] = []
    for sentence in findings.sentences:
        value, found = _score_sentence(sentence, findings.words, doc, offset, weights)
        best = max(best, value)
        cues += found
    return best, cues


def _score_sentence(
    sentence: Sentence,
    words: list[str | None],
    doc: Doc,
    offset: int,
    weights: Mapping[str, float],
) -> tuple[float, list[Cue]]:
    counts: dict[str, int] = {}
    cues = []
    contrasts = [match for match in sentence.cues if match.rule.label == "contrast"]
    joined = _clauses(sentence, contrasts, words) if contrasts else []
    clauses = iter(joined)
    for match in sentence.cues:
        counts[match.rule.label] = counts.get(match.rule.label, 0) + 1
        details: dict[str, Any] = {}
        if match.rule.label == "contrast":
            left, right = next(clauses)
            details = {"left": _chars(doc, offset, left), "right": _chars(doc, offset, right)}
        cues.append(Cue(offset + match.start, offset + match.end, match.rule.label, details))
    pair = _mixed_pair(sentence.poles, joined) if len(sentence.poles) > 1 else []
    if pair:
        counts["mixed_affect"] = counts.get("mixed_affect", 0) + 1
        for match in pair:
            details = {"pole": "positive" if match.rule.lean > 0 else "negative"}
            cues.append(Cue(offset + match.start, offset + match.end, match.rule.label, details))
        cues.sort(key=lambda cue: (cue.start, cue.end))
    rest = 1.0
    for label, count in counts.items():
        rest *= (1.0 - weights[label]) ** SATURATION[min(count, 3)]
    several = joined or len(counts) > 1 or pair
    if several and (
        _is_opposed(sentence, counts, joined, words) or _side_by_side(pair, sentence, words)
    ):
        rest *= 1.0 - weights["opposition"]
    if any(match.rule.explicit for match in sentence.cues):
        rest *= 1.0 - weights["explicit"]
    return 1.0 - rest, cues


def _side_by_side(pair: list[Match], sentence: Sentence, words: list[str | None]) -> bool:
    """RETURNS (bool): Both are felt at once: "I am excited and terrified".

    Or the speaker cannot tell which of them: "I'm not sure if I should be happy or sad".
    """
    if not pair:
        return False
    one, other = pair
    between = words[one.end : other.start]
    if len(between) > MOST_BETWEEN:
        return False
    if "and" in between:
        speaks = not SPEAKER.isdisjoint(words[sentence.start : one.start])
        return speaks or any(words[other.end : other.end + len(mark)] == mark for mark in AT_ONCE)
    if "or" in between:
        for cue in sentence.cues:
            if cue.rule.label == "hedge" and 0 <= one.start - cue.end <= MOST_BETWEEN:
                # Past the subject of the doubt itself: "I don't know if [I love it]".
                return not DOUBTED.isdisjoint(words[cue.start + 1 : one.start])
    return False


def _clauses(
    sentence: Sentence, contrasts: list[Match], words: list[str | None]
) -> list[tuple[Range, Range]]:
    """RETURNS (list): What each contrast joins: the clause to its left and that to its right.

    A contrast reaches to the next one on either side. One that opens its sentence and subordinates
    ("Although I want to, I can't") joins what comes before and after the comma that follows it.
    """
    joined = []
    for k, match in enumerate(contrasts):
        start = contrasts[k - 1].end if k else sentence.start
        end = contrasts[k + 1].start if k + 1 < len(contrasts) else sentence.end
        left = _trim(words, start, match.start)
        right = _trim(words, match.end, end)
        if left[0] == left[1] and match.rule.subordinator:
            comma = next((at for at in range(*right) if words[at] == ","), None)
            if comma is not None:
                left, right = _trim(words, right[0], comma), _trim(words, comma, right[1])
            elif k + 1 < len(contrasts):
                left, right = right, _trim(words, contrasts[k + 1].end, sentence.end)
        joined.append((left, right))
    return joined


def _trim(words: list[str | None], start: int, end: int) -> Range:
    """RETURNS (tuple): The range without punctuation at its edges."""
    while start < end and words[start] in PUNCTUATION:
        start += 1
    while end > start and words[end - 1] in PUNCTUATION:
        end -= 1
    return start, end


def _chars(doc: Doc, offset: int, span: Range) -> list[int]:
    """RETURNS (list[int]): Start and end of a range in characters of the Doc."""
    start, end = offset + span[0], offset + span[1]
    if start == end:
        at = doc[start].idx if start < len(doc) else len(doc.text)
        return [at, at]
    last = doc[end - 1]
    return [doc[start].idx, last.idx + len(last)]


def _mixed_pair(poles: list[Match], joined: list[tuple[Range, Range]]) -> list[Match]:
    """RETURNS (list[Match]): One positive and one negative word, best those a contrast parts."""
    pairs = [pair for pair, _ in _opposed_across(poles, joined)] or [
        (one, other) for one, other in pairwise(poles) if one.rule.lean * other.rule.lean < 0
    ]
    if not pairs:
        return []
    one, other = min(pairs, key=lambda pair: pair[1].start - pair[0].start)
    return [one, other]


def _opposed_across(
    leaning: list[Match], joined: list[tuple[Range, Range]]
) -> list[tuple[tuple[Match, Match], Range]]:
    """Pair what leans one way before a contrast with what leans the other way after it.

    leaning (list[Match]): In order of the text.
    RETURNS (list): Per contrast at most two pairs, of the matches that are nearest to it, each
        with the clause to the right.
    """
    starts = [match.start for match in leaning]
    pairs = []
    for (left_start, left_end), (right_start, right_end) in joined:
        left = leaning[bisect_left(starts, left_start) : bisect_left(starts, left_end)]
        right = leaning[bisect_left(starts, right_start) : bisect_left(starts, right_end)]
        for sign in (1, -1):
            before = next((match for match in reversed(left) if match.rule.lean * sign > 0), None)
            after = next((match for match in right if match.rule.lean * sign < 0), None)
            if before and after:
                pairs.append(((before, after), (right_start, right_end)))
    return pairs


def _is_opposed(
    sentence: Sentence,
    counts: Mapping[str, int],
    joined: list[tuple[Range, Range]],
    words: list[str | None],
) -> bool:
    if any(one in counts and other in counts for one, other in OPPOSITES):
        return True
    if not joined:
        return False
    leaning = sorted(match for match in (*sentence.cues, *sentence.poles) if match.rule.lean)
    return any(
        not _is_overcome(before, after, right, words, sentence.start)
        for (before, after), right in _opposed_across(leaning, joined)
    )


def _is_overcome(
    before: Match, after: Match, right: Range, words: list[str | None], start: int
) -> bool:
    """RETURNS (bool): A trouble of the past, then a good end: "It was hard, but I'm hopeful"."""
    if before.rule.lean > 0 or after.rule.label not in OUTCOMES:
        return False
    if not _is_past(words, before, start):
        return False
    if after.rule.label == "success" or not PRESENT.isdisjoint(words[right[0] : after.end]):
        return True
    return "now" in words[right[0] : right[1]]


def _is_past(words: list[str | None], match: Match, start: int) -> bool:
    for at in range(match.end - 1, max(start, match.start - TENSE_REACH) - 1, -1):
        if words[at] in PAST:
            return True
        if words[at] in PRESENT or words[at] in PUNCTUATION:
            return False
    return False
