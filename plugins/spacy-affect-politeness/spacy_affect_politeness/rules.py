"""A rule backbone: politeness strategies found in the tokens, each with a published weight."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from spacy_affect.api import Unit, rule_backbone

#: Strategy -> weight. Those of the first block are the mean politeness of requests with the
#: strategy in table 3 of Danescu-Niculescu-Mizil et al. 2013. "please_start" comes on top of
#: "please": "Please do this" is more of an order than "could you please". The second block is ours.
WEIGHTS = {
    "gratitude": 0.87,
    "deference": 0.78,
    "by_the_way": 0.63,
    "please": 0.49,
    "could_you": 0.47,
    "greeting": 0.43,
    "apology": 0.36,
    "hedge": 0.14,
    "can_you": 0.09,
    "please_start": -0.30,
    "you_start": -0.30,
    "factuality": -0.38,
    # ours
    "hedged_request": 0.47,
    "order": -0.60,
    "sarcasm": -0.60,
    "insult": -1.50,
}

#: Strategy -> phrases, as lower-case tokens of spaCy's English tokenizer.
PHRASES = {
    "gratitude": """
        thank you | thanks | thx | many thanks | much obliged | i appreciate | we appreciate
        | really appreciate | would appreciate | 'd appreciate | i am grateful | we are grateful
        | i 'm grateful | we 're grateful | thank you enough | thank u""",
    "deference": """
        nice work | good work | great work | nice job | good job | great job | well done
        | good point | great point | good question | great question | excellent work""",
    "by_the_way": "by the way | btw",
    "please": "please | pls | plz",
    "could_you": """
        could you | would you | could u | would u | could anyone | would anyone | could someone
        | would someone | could we | could i""",
    "can_you": "can you | will you | can u | will u | can anyone | can someone",
    "apology": """
        sorry | i apologise | i apologize | we apologise | we apologize | my apologies
        | our apologies | apologies for | excuse me | pardon me | forgive me | my bad | my mistake
        | beg your pardon""",
    "hedge": """
        perhaps | maybe | possibly | i think | i guess | i suppose | i believe | it seems
        | might be | kind of | sort of | i suggest""",
    "hedged_request": """
        i was wondering | i wonder if | i 'm wondering | i am wondering | would it be possible
        | is it possible | if possible | if you do n't mind | if you would n't mind | do you mind
        | would you mind | when you have time | when you get a chance | if it 's not too much
        | if you have time | would be grateful if | i 'd like to ask""",
    "factuality": "in fact | actually | the fact is | the truth is | the point is | the reality is",
    "sarcasm": "thanks for nothing | thank you for nothing | thanks a lot for nothing",
    "insult": """
        shut up | get lost | go to hell | go away | screw you | fuck you | fuck off | piss off
        | who the hell | what the hell | why the hell | wtf | stfu | drop dead""",
}
GREETINGS = frozenset({"hello", "hi", "hey", "greetings", "dear"})
INSULTS = """
    idiot idiots moron morons fool fools stupid dumb jerk jerks imbecile imbeciles loser losers
    clown clowns liar liars coward cowards bastard bastards asshole assholes dumbass pathetic
    incompetent useless worthless"""
YOU = frozenset({"you", "u", "your", "ya"})
#: Verbs that open orders; the tokenizer does not know moods, so the list holds what is ordered.
ORDERED = """
    answer bring call clean come delete do explain fix get give go hand hurry leave listen make
    move open pay put read remove reply send show sit start stop take tell try wait write"""
AT_ONCE = ({"now"}, {"immediately"}, {"asap"}, {"at", "once"}, {"right", "away"})
NEGATIONS = frozenset({"not", "n't", "never", "no", "nobody", "cannot", "without", "hardly"})
#: These are polite also under a negation: "you couldn't possibly ...", "please don't".
FIXED = frozenset({"hedged_request", "hedge", "could_you", "can_you", "please", "by_the_way"})
ENDS = frozenset({".", "!", "?", "…", "..."})
QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "``": "''"}
CONTRACTION = re.compile(r"(?<=\w)(n't|'(?:m|re|s|d|ll|ve))$")
#: How many words before a phrase a negation reaches.
REACH = 3


def build_politeness_rules() -> Any:
    """Make the backbone `politeness`: English, no training.

    The score is s / sqrt(s² + 1) of the sum s of the weights of all strategies found, each counted
    once, so that it does not grow with length. The record holds their names as `strategies`.

    RETURNS (Model[list[Doc | Span], Scores]): One column, `politeness`, in [-1, 1].
    """
    return rule_backbone(
        score_politeness,
        columns=["politeness"],
        source="spacy-affect-politeness 0.1.0",
        languages=["en"],
    )


def score_politeness(unit: Unit) -> tuple[float, dict[str, list[str]]]:
    """RETURNS (tuple): The score of a Doc or Span, and the strategies in it, in order."""
    found = list(dict.fromkeys(name for _, name in sorted(_strategies(_words(unit)))))
    total = math.fsum(WEIGHTS[name] for name in found)
    return total / math.sqrt(total * total + 1.0), {"strategies": found}


def _words(unit: Unit) -> list[str]:
    """RETURNS (list[str]): Lower-case words, without what is quoted: it is not the writer's own."""
    lower = [token.lower_.replace("’", "'") for token in unit if not token.is_space]
    # spaCy leaves "I'M" in one piece, but not "I'm"
    words = [part for word in lower for part in CONTRACTION.sub(r" \1", word).split()]
    kept: list[str] = []
    i = 0
    while i < len(words):
        close = QUOTES.get(words[i])
        if close in words[i + 1 :]:
            i = words.index(close, i + 1)
            kept.append("")  # the place is kept, so that no phrase spans it
        else:
            kept.append(words[i])
        i += 1
    return kept


def _strategies(words: list[str]) -> Iterator[tuple[int, str]]:
    """YIELDS (tuple[int, str]): Where each strategy starts, and its name."""
    taken = -1
    for i, word in enumerate(words):
        if i > taken:
            match = _phrase_at(words, i)
            if match:
                size, name = match
                taken = i + size - 1
                yield from _judge(words, i, name)
        if _starts(words, i):
            yield from _opening(words, i)
        if word in _set(INSULTS) and _meant_for_you(words, i):
            yield i, "insult"


def _judge(words: list[str], i: int, name: str) -> Iterator[tuple[int, str]]:
    """Decide what a phrase is worth where it stands."""
    # "no thanks" and "can't thank you enough" are as polite as any thanks
    thanks = words[i : i + 3] == ["thank", "you", "enough"] or words[i - 1 : i] == ["no"]
    if name == "gratitude" and thanks:
        yield i, name
    elif name in FIXED or not _negated(words, i):
        yield i, name
        if name == "please" and _starts(words, i):
            yield i, "please_start"
        if name == "hedged_request" and words[i] == "would" and words[i + 1] == "you":
            yield i, "could_you"


def _opening(words: list[str], i: int) -> Iterator[tuple[int, str]]:
    """Look at how a sentence begins: a greeting, a "you ..." or an order."""
    word, rest = words[i], words[i : _end(words, i) + 1]
    if word in GREETINGS:
        yield i, "greeting"
    elif word in ("you", "u") and any(
        w in ("must", "should", "need", "have", "better") for w in rest[1:3]
    ):
        yield i, "you_start"
    elif word in _set(ORDERED) and not {"please", "pls", "plz"} & set(rest):
        urgent = any(marks <= set(rest) for marks in AT_ONCE)
        if urgent or rest[-1] == "!":
            yield i, "order"


def _meant_for_you(words: list[str], i: int) -> bool:
    """RETURNS (bool): A "you" stands shortly before, with no end and no negation between."""
    for k in range(i - 1, max(-1, i - 6), -1):
        if words[k] in ENDS or words[k] in NEGATIONS:
            return False
        if words[k] in YOU:
            return not _negated(words, k)
    return False


def _negated(words: list[str], i: int) -> bool:
    for word in reversed(words[max(0, i - REACH) : i]):
        if word in ENDS or word in (",", ";", ":", "but"):
            return False
        if word in NEGATIONS:
            return True
    return False


def _starts(words: list[str], i: int) -> bool:
    return i == 0 or words[i - 1] in ENDS


def _end(words: list[str], i: int) -> int:
    return next((k for k in range(i, len(words)) if words[k] in ENDS), len(words) - 1)


def _phrase_at(words: list[str], i: int) -> tuple[int, str] | None:
    """RETURNS (tuple[int, str] | None): Length and strategy of the longest phrase here."""
    for phrase, name in _index().get(words[i], ()):
        if tuple(words[i : i + len(phrase)]) == phrase:
            return len(phrase), name
    return None


@cache
def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@cache
def _index() -> dict[str, Sequence[tuple[tuple[str, ...], str]]]:
    """RETURNS (dict): First word -> phrases that it starts, the longest first."""
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, phrases in PHRASES.items():
        for phrase in phrases.split("|"):
            words = tuple(phrase.split())
            index.setdefault(words[0], []).append((words, name))
    return {first: sorted(found, key=lambda item: -len(item[0])) for first, found in index.items()}
