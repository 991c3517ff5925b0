"""All corpora as texts with what is known of them, by the encoder's outputs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from outputs import DIMENSIONS, RANKED, SHIPPED, STEPS
from texts import labelled, templates, unlabelled  # of recipes/embedded

from spacy_affect.corpora.leakage import normalise
from spacy_affect.corpora.reader import read
from spacy_affect.labels import EC11, ESCONV8
from spacy_affect.tasks.poles import poles

N_TEMPLATES, SEED = 60_000, 0
#: One of so many texts of a corpus without parts is for development.
HELD_OUT = 10
#: Pieces of earlier turns that are read before a turn.
CONTEXT = 64
#: SemEval-2017's files hold some characters as Python writes them.
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
#: Mean and deviation of EmoBank's training part, on [-1, 1]: its outputs learn in these units.
VAD_SCALE = {"valence": (-0.011, 0.175), "arousal": (0.022, 0.131), "dominance": (0.031, 0.106)}


class Item(NamedTuple):
    """A text, or a turn with the (speaker is the helper, text) before it, and its gold."""

    text: str
    source: str
    gold: Mapping[str, float]
    before: Sequence[tuple[bool, str]] | None = None


def parts(data: Path, known: Collection[str]) -> tuple[list[Item], list[Item]]:
    """known (Collection[str]): The outputs. SHIPPED's are told by corpora that may be shipped; the
        others' texts come without their labels.
    RETURNS (tuple[list[Item], list[Item]]): To learn from, and for development.
    """
    train, dev = [*shipped(data, "train"), *made_up(N_TEMPLATES, SEED)], [*shipped(data, "dev")]
    if known is SHIPPED:
        train += [Item(text.text, text.source, {}) for text in unlabelled(data)]
    else:
        train += research(data, "train")
        dev += research(data, "dev")
    return without(train, dev), dev


def shipped(data: Path, split: str) -> Iterator[Item]:
    """YIELDS (Item): Of corpora whose weights may be shipped."""
    for text in labelled(data, split):
        yield Item(text.text, text.source, text.gold)


def made_up(n: int, seed: int) -> Iterator[Item]:
    """YIELDS (Item): From templates."""
    for text in templates(n, seed):
        value = (text.gold["polarity"] + 1) / 2
        yield Item(text.text, "templates", {**text.gold, "value": value})


def research(data: Path, split: str) -> Iterator[Item]:
    """YIELDS (Item): Of corpora that are for research only, and of EmoBank."""
    yield from _tweets(data, split)
    if split == "train":
        for row in read("semeval2017", data / "semeval2017", skip_bad=True):
            label = row.gold["polarity"].labels
            text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), row.text)
            yield Item(text, "semeval2017", _poles(label == "positive", label == "negative"))
    for row in read("sst", data / "sst", split):
        value = (float(row.gold["polarity"].value) + 1) / 2  # type: ignore[arg-type]
        place = round(value * STEPS)
        gold = {f"sst.{step}": float(place > step) for step in range(STEPS)} | {"value": value}
        yield Item(row.text, "sst", gold | _poles(place > STEPS // 2, place < STEPS // 2))
    for row in read("subj", data / "subj"):
        if held_out(row.text) == (split == "dev"):
            yield Item(row.text, "subj", {"subj": float(row.gold["subjectivity"].value or 0)})
    for row in read("emobank", data / "emobank", split):
        value = row.gold["vad"].value
        assert isinstance(value, dict)
        gold = {}
        for name in DIMENSIONS:
            mean, deviation = VAD_SCALE[name]
            gold[f"vad.{name}"] = (value[name] - mean) / deviation
        yield Item(row.text, "emobank", gold)
    for row in read("esconv", data / "esconv", split):
        yield from _turns(row)


def _tweets(data: Path, split: str) -> Iterator[Item]:
    """SemEval-2018 names the same tweets for several tasks; the gold of a tweet is put together."""
    folder = data / "semeval2018"
    merged: dict[str, dict[str, float]] = {}
    for row in read("semeval2018", folder / "EI-reg", split):
        value = row.gold["emotion"].value
        assert isinstance(value, dict)
        merged.setdefault(row.text, {}).update({f"ei.{k}": value[k] for k in RANKED if k in value})
    for row in read("semeval2018", folder / "V-reg", split):
        value = (float(row.gold["polarity"].value) + 1) / 2  # type: ignore[arg-type]
        merged.setdefault(row.text, {}).update(valence=value, value=value)
    both = poles()
    for row in read("semeval2018", folder / "E-c", split):
        labels = row.gold["emotion"].labels
        assert isinstance(labels, dict)
        there = {label for label in EC11.labels if labels[label]}
        gold = {f"ec.{label}": float(label in there) for label in EC11.labels}
        gold["both"] = float(all(there & both[pole] for pole in both))
        merged.setdefault(row.text, {}).update(gold)
    for text, gold in merged.items():
        yield Item(text, "semeval2018", gold)


def _turns(row) -> Iterator[Item]:
    before: list[tuple[bool, str]] = []
    for turn in row.turns:
        helper = turn.speaker == "sys"
        gold = (turn.gold or {}).get("support")
        if helper and gold is not None:
            named = {f"support.{label}": float(label == gold.labels) for label in ESCONV8.labels}
            yield Item(turn.text, "esconv", named, tuple(before))
        before.append((helper, turn.text))


def without(items: Sequence[Item], others: Sequence[Item]) -> list[Item]:
    """RETURNS (list[Item]): Those whose text is none of the others'."""
    seen = {normalise(item.text) for item in others if item.before is None}
    return [item for item in items if item.before is not None or normalise(item.text) not in seen]


def _poles(good: bool, bad: bool) -> dict[str, float]:
    return {"pos": float(good), "neg": float(bad)}


def held_out(text: str) -> bool:
    """RETURNS (bool): The text is for development, where the corpus does not say."""
    digest = hashlib.sha256(text.encode("utf8", "replace")).digest()
    return int.from_bytes(digest[:4]) % HELD_OUT == 0
