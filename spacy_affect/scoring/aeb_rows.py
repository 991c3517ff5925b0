"""Reading the rows of the affective evaluation benchmark: names and gold as people write them."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AffectError
from ..labels import EC11, EKMAN, POLARITY, SEMEVAL4

#: Our names of the tasks, in the order of the benchmark.
TASKS = (
    *("EI-reg", "EI-oc", "V-reg", "V-oc", "E-c", "product", "film", "news", "tweet"),
    *("EmoBank", "SST", "SST-5", "TDT", "GoEmotions"),
)
EMOBANK = ("valence", "arousal", "dominance")
SENTIMENT = POLARITY.labels
#: Where a row's snippet may be from, which may stand in `task` or in `source`.
_SOURCES = {
    "product": "amazon product products",
    "film": "film films movie movies rottentomatoes",
    "news": "news newspaper newyorktimes nyt nytimes",
    "tweet": "tweet tweets twitter",
}
#: Other spellings, in small letters and digits alone, without the words below.
_SPELLINGS = {
    "EI-reg": "eireg emotionintensityregression",
    "EI-oc": "eioc emotionintensityclassification",
    "V-reg": "vreg valencereg valenceregression",
    "V-oc": "voc valenceoc valenceclassification",
    "E-c": "ec emotionclassification",
    "EmoBank": "emobank",
    "SST": "sst sstreg sstregression sstreal sstrealvalued",
    "SST-5": "sst5 sst5class sst5way sst5classes sstfine sstfive sstfiveclass",
    "TDT": "tdt entitytweets entitytweet targetdependenttweets targetdependenttwitter "
    "tweets3class 3classtweets 3classentitytweets entitytweets3class",
    "GoEmotions": "goemotions goemotion goemotionsekman goemotionekman",
    **_SOURCES,
}
_KNOWN = {spelling: name for name, known in _SPELLINGS.items() for spelling in known.split()}
_DIMENSIONS = {short: name for name in EMOBANK for short in (name, name[0], name[:3])}
#: Words that say nothing about which task it is.
_FILLERS = {"snippet", "snippets", "review", "reviews", "editorial", "editorials", "vader"}
_FILLERS |= {"zeroshot", "zero", "shot", "test", "dev", "en", "eng", "english", "aeb", "in", "of"}
#: Names of the classes that SST-5 numbers.
_FIVE = ("verynegative", "negative", "neutral", "positive", "verypositive")
_THREE = {"-1": SENTIMENT[0], "0": SENTIMENT[1], "1": SENTIMENT[2]}
_FLAGS = {"0", "1"}
_ANY = float("inf")
#: How E-c and GoEmotions say that nothing is there.
_NONE = {"neutral", "none", "noemotion", "neutralornoemotion", ""}


@dataclass(frozen=True)
class SuiteRow:
    """One text with its gold, as the task's judge takes it. part (str): The emotion, or ""."""

    task: str
    text: str
    gold: Any
    part: str = ""


class _Bad(ValueError):
    """Why a row cannot be used."""


def read_rows(folder: Path, skip_bad: bool, notes: list[str]) -> list[SuiteRow]:
    """Read every .jsonl file of a folder.

    notes (list[str]): Takes up which task names are unknown, and how many rows were left out.
    RAISES: AF030 for a folder that cannot be read, AF084 for one without rows, AF085 for a
        malformed row unless `skip_bad`.
    """
    if not folder.is_dir():
        raise AffectError("AF030", path=folder, reason="no such folder")
    rows: list[SuiteRow] = []
    unknown: Counter[str] = Counter()
    bad: list[AffectError] = []
    for file, number, line in _lines(folder):
        try:
            row = _object(line)
            task = task_of(row)
            if task is None:
                unknown[str(row.get("task"))] += 1
            else:
                rows.append(_parse(task, row))
        except _Bad as error:
            bad.append(AffectError("AF085", file=file, line=number, reason=error))
            if not skip_bad:
                raise bad[0] from None
    if unknown:
        names = ", ".join(f"{name!r} ({n:,})" for name, n in unknown.most_common())
        notes.append(f"rows of no task of the benchmark were left out: {names}")
    if bad:
        notes.append(f"{len(bad):,} malformed rows left out, the first: {bad[0]}")
    if not rows:
        raise AffectError("AF084", folder=folder, tasks=", ".join(TASKS))
    return rows


def task_of(row: Mapping[str, Any]) -> str | None:
    """RETURNS (str | None): The task that a row is of, None if it is none of the benchmark.

    "V-reg", "v_reg" and "Valence regression" are the same; an emotion may stand in `task` too
    ("EI-reg-anger"), and a snippet's source there ("movie reviews") or in `source`.
    """
    words = _words(row.get("task"))
    if words and words[0] == "emobank":
        return "EmoBank"
    if words and words[0].startswith("ei"):
        words = [word for word in words if word not in SEMEVAL4.labels]
    kept = [word for word in words if word not in _FILLERS]
    known = _KNOWN.get("".join(kept))
    if known is None and len(kept) > 1 and "valence" in kept:
        known = _KNOWN.get("".join(word for word in kept if word != "valence"))
        return known if known in _SOURCES else None
    if known is None and words and kept in ([], ["valence"]):
        source = [word for word in _words(row.get("source")) if word not in _FILLERS]
        known = _KNOWN.get("".join(source))
        return known if known in _SOURCES else None
    return known


def _lines(folder: Path) -> Iterator[tuple[Path, int, bytes]]:
    for file in sorted(folder.glob("*.jsonl")):
        with file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield file, number, line


def _object(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise _Bad(f"no JSON ({error})") from None
    if not isinstance(row, dict):
        raise _Bad("no JSON object")
    missing = [name for name in ("task", "text", "gold") if name not in row]
    if missing:
        raise _Bad(f"the field {missing[0]!r} is missing")
    if not isinstance(row["text"], str):
        raise _Bad("the field 'text' holds no text")
    return row


def _parse(task: str, row: Mapping[str, Any]) -> SuiteRow:
    gold = _GOLD[task](row)
    return SuiteRow(task, row["text"], gold, _emotion(row) if task.startswith("EI-") else "")


def _emotion(row: Mapping[str, Any]) -> str:
    named = [word for word in _words(row["task"]) if word in SEMEVAL4.labels]
    emotion = "".join(_words(row.get("emotion")) or named)
    if emotion not in SEMEVAL4.labels:
        raise _Bad(f"emotion is {row.get('emotion')!r}, not one of: {', '.join(SEMEVAL4.labels)}")
    return emotion


def _number(low: float, high: float) -> Callable[[Mapping[str, Any]], float]:
    def read(row: Mapping[str, Any]) -> float:
        return _in_range(row["gold"], low, high)

    return read


def _step(low: int, high: int) -> Callable[[Mapping[str, Any]], float]:
    """RETURNS (Callable): Reads 2, "2", or as SemEval-2018 has it "2: moderate amount of joy"."""

    def read(row: Mapping[str, Any]) -> float:
        gold = row["gold"]
        found = _in_range(gold.partition(":")[0] if isinstance(gold, str) else gold, low, high)
        if not found.is_integer():
            raise _Bad(f"gold is {gold!r}, no whole number")
        return found

    return read


def _in_range(given: Any, low: float, high: float) -> float:
    try:
        number = float("nan") if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
        number = float("nan")
    if not low <= number <= high or math.isinf(number):  # so written, NaN is outside
        raise _Bad(f"gold is {given!r}, no number in [{low:g}, {high:g}]")
    return number


def _emobank(row: Mapping[str, Any]) -> dict[str, float]:
    """RETURNS (dict): {dimension: number}, of {"V": ...} or of one number and its dimension."""
    gold = row["gold"]
    if not isinstance(gold, dict):
        named = row.get("dimension") or "".join(_words(row["task"])[1:])
        gold = {named: gold}
    found = {}
    for given, number in gold.items():
        name = _DIMENSIONS.get("".join(_words(given)))
        if name is None:
            raise _Bad(f"dimension is {given!r}, not one of: {', '.join(EMOBANK)}")
        found[name] = _in_range(number, -_ANY, _ANY)
    if not found:
        raise _Bad("gold names no dimension")
    return found


def _five(row: Mapping[str, Any]) -> str:
    name = "".join(_words(row["gold"]))
    if name in _FIVE:
        return str(_FIVE.index(name))
    return str(int(_step(0, 4)(row)))


def _three(row: Mapping[str, Any]) -> str:
    gold = str(row["gold"]).strip().lower()
    name = _THREE.get(gold.removesuffix(".0"), gold)
    if name not in SENTIMENT:
        known = ", ".join((*SENTIMENT, *_THREE))
        raise _Bad(f"gold is {row['gold']!r}, not one of: {known}")
    return name


def _labels(labels: tuple[str, ...], absent: str | None) -> Callable[[Mapping[str, Any]], set[str]]:
    """RETURNS (Callable): Reads a list of labels, "a, b", {label: 0 | 1}, or 0 or 1 for each.

    absent (str | None): What stands for no label at all; None: nothing does.
    """

    def read(row: Mapping[str, Any]) -> set[str]:
        gold = row["gold"]
        if isinstance(gold, list) and len(gold) == len(labels) and {*map(repr, gold)} <= _FLAGS:
            gold = dict(zip(labels, gold, strict=True))
        if isinstance(gold, dict):
            gold = [label for label, present in gold.items() if present]
        given = re.split("[,;]", gold) if isinstance(gold, str) else gold
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise _Bad(f"gold is {row['gold']!r}, no list of labels")
        names = {"".join(_words(name)) for name in given}
        found = names - _NONE
        if found - {*labels}:
            raise _Bad(f"gold names {min(found - {*labels})!r}, not one of: {', '.join(labels)}")
        return found | ({absent} if absent is not None and (names & _NONE or not names) else set())

    return read


def _words(given: Any) -> list[str]:
    return re.findall("[a-z0-9]+", given.lower()) if isinstance(given, str) else []


_GOLD: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "EI-reg": _number(0, 1),
    "EI-oc": _step(0, 3),
    "V-reg": _number(0, 1),
    "V-oc": _step(-3, 3),
    "E-c": _labels(EC11.labels, None),
    **dict.fromkeys(_SOURCES, _number(-4, 4)),
    "EmoBank": _emobank,
    "SST": _number(-_ANY, _ANY),
    "SST-5": _five,
    "TDT": _three,
    "GoEmotions": _labels(EKMAN.labels, EKMAN.absent),
}
