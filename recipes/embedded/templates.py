"""Labelled training texts from templates: what plain corpora show too rarely.

Negation at a distance and after the fact, what was against what is, the author against others,
answered questions, neutral facts and opinions without a side, identity terms. All templates and
words are this project's own (`templates.toml`), and none is the behaviour suite's:
`tests/unit/recipes/test_embedded_templates.py` holds the two apart. Only the dozen plainest affect
words, boosters, colours, days and about half of the suite's identity terms are in both.

    python recipes/embedded/templates.py --n 20000 --seed 1 > templates.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".toml")
SLOT = re.compile(r"\{(\w+)\}")
#: Slots of an affect word, by the list that it is drawn from, and whether its sign is turned round.
AFFECT = {
    "adj": ("adj", 1),
    "adj2": ("adj", 1),
    "verb": ("verb", 1),
    "verbed": ("verbed", 1),
    "noun": ("noun", 1),
    "state": ("state", 1),
    "opp": ("adj", -1),
    "oppverb": ("verb", -1),
    "oppverb_s": ("verb", -1),
    "opp_state": ("state", -1),
}
#: How often a text gets each of these: what surrounds an opinion must not move its value.
NEUTRAL_NEIGHBOUR, HANDLE, TYPO, LOWER, BARE = 0.2, 0.08, 0.08, 0.12, 0.15
#: How far a value is moved at most, so that no template stands for one number.
JITTER = 0.06
#: "a" before these, though they begin with a vowel letter; "an" before the others.
CONSONANT = re.compile(r"(use|uni[^nm]|euro|one\b|ukr|u-)", re.IGNORECASE)
ARTICLE = re.compile(r"\b([Aa]) (?=([aeiouAEIOU]\w*|hones\w+|hour))")

Row = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """One sentence with slots.

    gain (tuple): Of a positive and of a negative word; value (float | None): fixed instead.
    sign (int): 1 or -1 where the sentence takes words of this sign only, else 0.
    subjective (int | None): 1 an opinion, 0 a fact, None unknown.
    """

    kind: str
    text: str
    gain: tuple[float, float]
    value: float | None
    sign: int
    subjective: int | None
    weight: float


class Table:
    """The templates and what fills them."""

    def __init__(self, path: Path = TABLE) -> None:
        data = tomllib.loads(path.read_text(encoding="utf8"))
        self.words = {name: _weighted(cell) for name, cell in data["words"].items()}
        self.domains: list[dict[str, Any]] = [_domain(cells) for cells in data["domains"].values()]
        self.fill = {name: cell.split("|") for name, cell in data["fill"].items()}
        self.templates = [
            Template(
                kind=block["kind"],
                text=text,
                gain=tuple(block.get("gain", (0.0, 0.0))),
                value=block.get("value"),
                sign=block.get("sign", 0),
                subjective=block.get("subjective"),
                weight=block.get("weight", 1.0) / len(block["texts"]),
            )
            for block in data["template"]
            for text in block["texts"]
        ]
        self.facts = [t for t in self.templates if t.kind.startswith("fact_")]


@cache
def load() -> Table:
    """RETURNS (Table): The one beside this module."""
    return Table()


def generate(n: int, seed: int = 0, kinds: tuple[str, ...] | None = None) -> list[Row]:
    """Make labelled texts.

    n (int): How many; no text comes twice. kinds (tuple | None): Of these only.
    RETURNS (list[dict]): {"text", "polarity" in [-1, 1], "subjective" 1 | 0 | None, "kind"}.
    """
    table = load()
    chosen = [t for t in table.templates if kinds is None or t.kind in kinds]
    if not chosen:
        raise ValueError(
            f"no template of {kinds}; there are: {sorted({t.kind for t in table.templates})}"
        )
    chance = random.Random(seed)
    weights = [template.weight for template in chosen]
    rows: dict[str, Row] = {}
    tries = 0
    while len(rows) < n and tries < 20 * n + 1000:  # few templates give few different texts
        tries += 1
        (template,) = chance.choices(chosen, weights)
        row = make(template, table, chance)
        rows.setdefault(row["text"], row)
    return list(rows.values())


def make(template: Template, table: Table, chance: random.Random) -> Row:
    """RETURNS (dict): One row of a template."""
    filler = Filler(table, template.sign or chance.choice((1, -1)), chance)
    text = filler(template.text)
    if template.value is None:
        factor = template.gain[0 if filler.sign > 0 else 1]
        value = factor * filler.strength
    else:
        value = template.value
    if value:
        value += chance.uniform(-JITTER, JITTER)
    if template.subjective == 1 and chance.random() < NEUTRAL_NEIGHBOUR:
        fact = filler(chance.choice(table.facts).text)
        text = f"{fact} {text}" if chance.random() < 0.6 else f"{_ended(text)} {fact}"
    text = _noise(text, table, chance)
    polarity = round(min(1.0, max(-1.0, value)), 3)
    return {
        "text": text,
        "polarity": polarity,
        "subjective": template.subjective,
        "kind": template.kind,
    }


class Filler:
    """Fills the slots of one text: one domain, one sign, no word twice."""

    def __init__(self, table: Table, sign: int, chance: random.Random) -> None:
        self.table, self.sign, self.chance = table, sign, chance
        self.domain = chance.choice(table.domains)
        self.used: set[str] = set()
        self.strengths: list[float] = []

    @property
    def strength(self) -> float:
        """RETURNS (float): Of the words that decide, on average."""
        return sum(self.strengths) / len(self.strengths) if self.strengths else 0.0

    def __call__(self, text: str) -> str:
        while SLOT.search(text):
            text = SLOT.sub(lambda match: self._slot(match[1]), text, count=1)
        return _polish(text)

    def _slot(self, name: str) -> str:
        if name in AFFECT:
            return self._affect(name)
        among = self.domain.get(name) or self.table.fill[name]
        return self._fresh(among)

    def _affect(self, name: str) -> str:
        kind, turn = AFFECT[name]
        sign = self.sign * turn
        key = f"{kind}_{'pos' if sign > 0 else 'neg'}"
        known = dict(self.table.words[key])
        if kind == "adj" and self.chance.random() < 0.4:
            known = self.domain[key]
        word = self._fresh(list(known))
        if turn > 0:
            self.strengths.append(known[word])
        return _third_person(word) if name == "oppverb_s" else word

    def _fresh(self, among: list[str]) -> str:
        new = [word for word in among if word not in self.used]
        word = self.chance.choice(new or among)
        self.used.add(word)
        return word


# ---- Text ----


def _third_person(verb: str) -> str:
    return f"{verb}es" if verb.endswith(("sh", "ch", "ss", "x")) else f"{verb}s"


def _polish(text: str) -> str:
    def article(match: re.Match[str]) -> str:
        return match[0] if CONSONANT.match(match[2]) else f"{match[1]}n "

    text = re.sub(
        r"\b([1-9]|two|three|four|five|six|seven|eight|nine|ten|eleven)th\b", "third", text
    )
    text = ARTICLE.sub(article, text)
    return re.sub(r"(^|[.!?] )([a-z])(?!\w*[.@/])", lambda m: m[1] + m[2].upper(), text)


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _noise(text: str, table: Table, chance: random.Random) -> str:
    if chance.random() < TYPO:
        text = _typo(text, chance)
    if chance.random() < LOWER:
        text = text.lower()
    if chance.random() < BARE:
        text = text.removesuffix(".")
    if chance.random() < HANDLE:
        tail = chance.choice(table.fill["tail"])
        text = f"{tail} {text}" if tail[0] == "@" and chance.random() < 0.5 else f"{text} {tail}"
    return text


def _typo(text: str, chance: random.Random) -> str:
    """RETURNS (str): With one letter doubled, dropped or swapped inside a longer word."""
    words = list(re.finditer(r"[A-Za-z]{5,}", text))
    if not words:
        return text
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 2)
    one, two = text[at], text[at + 1]
    return text[:at] + chance.choice((two + one, one, one + one + two)) + text[at + 2 :]


# ---- Reading the table ----


def _weighted(cell: str) -> dict[str, float]:
    """RETURNS (dict): Word -> strength, of "word:.5 word:.6", or with | between phrases."""
    parts = cell.split("|") if "|" in cell else _joined(cell)
    pairs = (part.strip().rpartition(":") for part in parts if part.strip())
    return {word: float(strength) for word, _, strength in pairs}


def _joined(cell: str) -> list[str]:
    """RETURNS (list[str]): "fed up:.6 sad:.6" at the strengths, so that words may hold spaces."""
    return re.findall(r"\S.*?:\.\d+", " ".join(cell.split()))


def _domain(cells: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: _weighted(cell) if key.startswith("adj") else cell.split("|")
        for key, cell in cells.items()
    }


def rows(n: int, seed: int = 0) -> Iterator[Row]:
    """YIELDS (dict): {"text", "polarity", "subjective"}."""
    for row in generate(n, seed):
        yield {key: row[key] for key in ("text", "polarity", "subjective")}


def main() -> None:
    """Write rows as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for row in rows(given.n, given.seed):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
