"""The texts of the recipe: labelled ones that may be shipped, templates, and unlabelled ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from columns import BAD, BRIGHTER, EC, GO, GOOD, NEGATIVE, POSITIVE, ekman
from templates import generate

from spacy_affect.api import Row
from spacy_affect.corpora.reader import make_source, read
from spacy_affect.labels import EKMAN, GOEMOTIONS, PLUTCHIK8

#: What GoEmotions puts in place of names; a handle is what such a name is in other texts.
MASKS = {"[NAME]": "@someone", "[RELIGION]": "religion"}
#: One subtitle in so many is for development.
HELD_OUT = 12
#: Texts whose labels are not read, for the teacher to label: training parts; all of SemEval-2017,
#: which nothing is measured on.
UNLABELLED = (
    ("semeval2017", "semeval2017", None),
    ("semeval2018", "semeval2018", "train"),
    ("sst", "sst", "train"),
    ("emobank", "emobank", "train"),
    ("esconv", "esconv", "train"),
)


#: The intensity of an emotion that is not there, on the students' scale.
CALM = 0.08
#: How sure both poles of a template are that has both.
BOTH = 0.6


class Text(NamedTuple):
    """A text and what is known of it: numbers in [0, 1] by the teacher's and students' outputs."""

    text: str
    source: str
    gold: Mapping[str, float] = {}


def labelled(data: Path, split: str) -> Iterator[Text]:
    """YIELDS (Text): Of GoEmotions, XED and BRIGHTER."""
    for row in read("goemotions", data / "goemotions", split):
        yield _goemotions(row)
    for row in read("xed", data / "xed"):
        if (_draw(row.text) == 0) == (split == "dev"):
            yield _xed(row)
    merged: dict[str, dict[str, float]] = {}
    for track in "ab":
        source = make_source("brighter", data, {"track": track, "languages": "eng"})
        for row in read(source, data / "brighter" / f"track_{track}", split):
            merged.setdefault(row.text, {}).update(_brighter(row, track))
    for text, gold in merged.items():
        yield Text(text, "brighter", gold)


def templates(n: int, seed: int) -> Iterator[Text]:
    """YIELDS (Text): Written by `templates.py`."""
    for row in generate(n, seed):
        value = row["polarity"]
        gold = {"polarity": value, "pos": _degree(value), "neg": _degree(-value), "mixed": 0.0}
        if row["kind"] == "mixed":
            gold |= {"pos": BOTH, "neg": BOTH, "mixed": 1.0}
        if row["subjective"] is not None:
            gold["subjective"] = float(row["subjective"])
        if not value and row["subjective"] == 0:  # a plain fact
            gold |= dict.fromkeys((f"ekman.{label}" for label in EKMAN.labels), 0.0)
            gold |= dict.fromkeys((f"fine.{label}" for label in GOEMOTIONS.labels), 0.0)
            gold |= dict.fromkeys((f"emotion.{label}" for label in EC), CALM)
        yield Text(row["text"], "templates", gold)


def unlabelled(data: Path) -> Iterator[Text]:
    """YIELDS (Text): Each text once."""
    seen: set[str] = set()
    for name, folder, split in UNLABELLED:
        for row in read(name, data / folder, split, skip_bad=True):
            for text in [turn.text for turn in row.turns] or [row.text]:
                if text not in seen:
                    seen.add(text)
                    yield Text(text, name)


def _goemotions(row: Row) -> Text:
    text = row.text
    for mask, word in MASKS.items():
        text = text.replace(mask, word)
    labels = row.gold["emotion"].labels or {}
    there = {label for label in GOEMOTIONS.labels if labels.get(label)}
    gold = {f"go.{label}": float(label in there) for label in GO}
    gold["go.neutral"] = float(not there)
    gold |= {f"fine.{label}": float(label in there) for label in GOEMOTIONS.labels}
    of_six = {name for label in there for name in ekman(label)}
    gold |= {f"ekman.{label}": float(label in of_six) for label in EKMAN.labels}
    gold |= _poles(bool(there & POSITIVE), bool(there & NEGATIVE))
    if not there or there & (POSITIVE | NEGATIVE):
        gold["subjective"] = float(bool(there))
    return Text(text, "goemotions", gold)


def _xed(row: Row) -> Text:
    labels = row.gold["emotion"].labels or {}
    there = {label for label in PLUTCHIK8.labels if labels.get(label)}
    gold = {f"xed.{label}": float(label in there) for label in PLUTCHIK8.labels}
    if not there or there & (GOOD | BAD):
        gold |= _poles(bool(there & GOOD), bool(there & BAD))
    gold["subjective"] = float(bool(there))
    return Text(row.text, "xed", gold)


def _brighter(row: Row, track: str) -> dict[str, float]:
    value, labels = row.gold["emotion"]
    if track == "b":
        assert isinstance(value, dict)
        return {f"intense.{label}": value[label] for label in BRIGHTER}
    assert isinstance(labels, dict)
    there = {label for label in BRIGHTER if labels[label]}
    gold = {f"present.{label}": float(label in there) for label in BRIGHTER}
    return gold | _poles(bool(there & GOOD), bool(there & BAD))


def _poles(good: bool, bad: bool) -> dict[str, float]:
    return {"pos": float(good), "neg": float(bad), "mixed": float(good and bad)}


def _degree(value: float) -> float:
    """RETURNS (float): How sure a template's pole is: fully from 2/3 of the scale on."""
    return min(max(1.5 * value, 0.0), 1.0)


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf8", "replace")).digest()[:4]) % HELD_OUT
