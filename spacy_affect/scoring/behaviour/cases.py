"""Cases from templates, the same for the same seed, and the changes that must not matter."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

from ...errors import AffectError, hint, listing
from .capabilities import AGAIN, CHANGES, SLOT, SWAP, Capability, Suite, Template, load_suite

#: How many cases of each capability.
CASES = 300
#: Templates with few slots give few different texts: so many tries for each case, then fewer do.
TRIES = 30
#: Shorter words get no typo: "is" or "not" with one is another word.
LONG = 5
_WORD = re.compile(rf"[A-Za-z]{{{LONG},}}")
#: "a" before these, though they begin with a vowel letter.
_CONSONANT = re.compile(r"(eu|one\b|uni(?!n|m)|us[ei]|ukr)", re.IGNORECASE)
_ARTICLE = re.compile(r"\b([Aa]) (?=([AEIOUaeiou]\w*|11\b|8\w*|hono))")
_START = re.compile(r"(^|[.!?] )([a-z])")
_PARTS = ("ba", "do", "ki", "lo", "mu", "ne", "pa", "ri", "su", "ta", "ve", "zo")


@dataclass(frozen=True)
class Case:
    """What is asked of a component.

    texts (tuple): One, or two whose values are compared.
    expect (frozenset): The labels that each of them may have.
    tolerance (float | None): How far the second value may be from the first; None: any.
    direction (int): 1 or -1 where it may go that way without limit.
    """

    texts: tuple[str, ...]
    expect: frozenset[str]
    tolerance: float | None = None
    direction: int = 0


def generate(
    n: int = CASES,
    seed: int = 0,
    names: Iterable[str] | None = None,
    suite: Suite | None = None,
) -> dict[str, list[Case]]:
    """Make the cases of a suite.

    n (int): Of each capability; fewer give the first of more. No case comes twice.
    names (Iterable[str] | None): Of these capabilities; None: of all.
    suite (Suite | None): None is the shipped one.
    RETURNS (dict[str, list[Case]]): By capability.
    RAISES: AF141 for a capability that is not there.
    """
    suite = suite or load_suite()
    wanted = list(suite.capabilities) if names is None else list(names)
    for name in wanted:
        if name not in suite.capabilities:
            known = suite.capabilities
            values = {"name": name, "known": listing(known), "hint": hint(name, known)}
            raise AffectError("AF141", **values)
    return {name: _cases(suite.capabilities[name], suite, n, seed) for name in wanted}


def _cases(capability: Capability, suite: Suite, n: int, seed: int) -> list[Case]:
    chance = random.Random(f"{seed} {capability.name}")
    turns = list(capability.templates)
    chance.shuffle(turns)
    found: dict[tuple[str, ...], Case] = {}
    for i in range(TRIES * n):
        if len(found) == n:
            break
        case = _case(capability, turns[i % len(turns)], suite, chance)
        found.setdefault(case.texts, case)
    return list(found.values())


def _case(capability: Capability, template: Template, suite: Suite, chance: random.Random) -> Case:
    change = capability.change
    swapped = change.removeprefix(SWAP) if change.startswith(SWAP) else ""
    texts = _fill(template.texts, suite, chance, kept=swapped)
    if swapped:
        taken = {word for word in suite.fill[swapped] if any(word in text for text in texts)}
        words = [word for word in suite.fill[swapped] if word not in taken]
        texts = [texts[0].replace(f"{{{swapped}}}", word) for word in chance.sample(words, 2)]
    texts = [_polish(text) for text in texts]
    if change in CHANGES:
        texts.append(typo(texts[0], chance) if change == "typo" else tag(texts[0], chance))
    return Case(tuple(texts), template.expect, capability.tolerance, template.direction)


def _fill(texts: Iterable[str], suite: Suite, chance: random.Random, kept: str = "") -> list[str]:
    """RETURNS (list[str]): With the same words in the same slots of each text.

    kept (str): A slot to leave as it is.
    """
    chosen: dict[str, list[str]] = {}

    def fill(text: str) -> str:
        met: dict[str, int] = {}

        def choose(match: re.Match[str]) -> str:
            slot = match[1]
            if slot == kept:
                return match[0]
            if slot.endswith(AGAIN):
                return chosen[slot.removesuffix(AGAIN)][0]
            place = met[slot] = met.get(slot, -1) + 1
            had = chosen.setdefault(slot, [])
            if place == len(had):
                used = {word for words in chosen.values() for word in words}
                had.append(chance.choice([w for w in suite.fill[slot] if w not in used]))
            return had[place]

        while SLOT.search(text.replace(f"{{{kept}}}", "")):
            text = SLOT.sub(choose, text)
        return text

    return [fill(text) for text in texts]


def _polish(text: str) -> str:
    """RETURNS (str): With "an" where it belongs, and sentences that begin with a capital."""

    def article(match: re.Match[str]) -> str:
        return match[0] if _CONSONANT.match(match[2]) else f"{match[1]}n "

    return _START.sub(lambda match: match[1] + match[2].upper(), _ARTICLE.sub(article, text))


def typo(text: str, chance: random.Random) -> str:
    """RETURNS (str): With one letter inside a long word dropped, doubled, or swapped with the next.

    The text as it is where it has no long word.
    """
    places = [
        at
        for word in _WORD.finditer(text)
        for at in range(word.start() + 1, word.end() - 2)
        if text[at] != text[at + 1]
    ]
    if not places:
        return text
    at = chance.choice(places)
    one, two = text[at], text[at + 1]
    return text[:at] + chance.choice((two, one + one + two, two + one)) + text[at + 2 :]


def tag(text: str, chance: random.Random) -> str:
    """RETURNS (str): With a made-up handle before or after it, or a link after it."""
    handle = "@" + "".join(chance.choices(_PARTS, k=3)) + str(chance.randrange(100))
    letters = string.ascii_letters + string.digits
    link = "https://t.co/" + "".join(chance.choices(letters, k=8))
    return chance.choice((f"{handle} {text}", f"{text} {handle}", f"{text} {link}"))
