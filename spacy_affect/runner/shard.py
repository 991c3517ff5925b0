"""Annotating one shard: raw rows in, output bytes out.

`annotate_shard` is a pure function of the pipeline, the plan and the rows. It knows of no process,
file or terminal, so anything that can carry bytes can run it somewhere else.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from ..dialogue import TURNS, known, make_doc
from ..dialogue.transcripts import Transcript, conversation
from ..errors import AffectError
from ..extensions import PREFIX, RECORDS, UNITS, units_of
from ..pipeline.units import DOC
from ..timeline import char_times, doc_timeline, frames, unit_times
from ..types import MARGIN, SET, Value, with_interval
from .pipelines import affect_pipes
from .readers import Layout, RawRow, Row, kind_of, parse
from .writers import FRAMES, TIMELINE, Output, Writer

#: How summaries count what has a value but no label.
NO_CLASS = "(no label)"
#: The component whose scores are also told by time.
AMBIVALENCE = "affect_ambivalence"
#: How many of the odd things about a conversation its row tells.
PROBLEMS = 5
#: Frames that a row may hold, a day at 60 per second: more would come of a wrong time.
MOST_FRAMES = 24 * 60 * 60 * 60
#: How many strings a vocabulary may hold before shards run in memory zones: some MB.
KEPT_STRINGS = 20_000


@dataclass(frozen=True)
class Plan:
    """What a run does with a row: all that a worker must know beside its pipeline.

    text_fields (tuple[str, ...]): The fields that hold text, each scored on its own.
    turns_field (str | None): The field that holds a list of turns, in place of text fields.
    id_field (str | None): The field that every row must have, and whose repeats are counted.
    frame_rate (float | None): At how many frames per second to give the ambivalence of timed turns.
    """

    layouts: tuple[Layout, ...]
    output: Output
    text_fields: tuple[str, ...]
    turns_field: str | None = None
    id_field: str | None = None
    batch_size: int = 64
    frame_rate: float | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.turns_field,) if self.turns_field else self.text_fields


@dataclass
class Stats:
    """What a shard held.

    classes: field -> component -> class -> rows; "" is the class of no value.
    totals: field -> component -> label -> the sum of its numbers, and of how many. Of values that
        have no labels; of a value of one number the label is "".
    reasons: code -> the first error with it, and how many there are.
    """

    rows: int = 0
    errors: int = 0
    classes: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    totals: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    reasons: dict[str, tuple[str, int]] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)


class Part(NamedTuple):
    """What one component adds to a row.

    name (str): What its record is called there. category: The class that summaries count it under.
    labelled (bool): Summaries count classes; if not, they tell the mean of its numbers.
    """

    key: str
    name: str
    unit: str
    category: Callable[[Mapping[str, Any]], str | None]
    labelled: bool


@dataclass(slots=True)
class Item:
    """A row on its way through: what came in, per field what to score and its Doc, and errors."""

    row: Row
    sources: dict[str, str | Doc] = field(default_factory=dict)
    docs: dict[str, Doc] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def annotate_shard(
    nlp: Language, plan: Plan, rows: Iterable[RawRow], fatal: Mapping[int, str] = {}
) -> tuple[bytes, Stats]:
    """Score a shard of rows.

    nlp (Language): Made from the run's `PipelineSpec`.
    rows (Iterable[RawRow]): In input order; a batch is taken when the one before is done.
    fatal (Mapping[int, str]): The rows that must not be scored, by place, and why.
    RETURNS (tuple[bytes, Stats]): The rows in the output format, one for each that came in and in
        the same order, and counts. Whatever is wrong with a row is said in the row.
    """
    parts = [
        Part(key, key.removeprefix(PREFIX), pipe.unit, pipe.task.category, pipe.task.labelled)
        for key, pipe in ((pipe.key, pipe) for _, pipe in affect_pipes(nlp))
    ]
    bare = [part.key for part in parts if not part.labelled]
    stats = Stats(
        classes={name: {part.key: {} for part in parts} for name in plan.fields},
        totals={name: {key: {} for key in bare} for name in plan.fields},
    )
    writer = Writer(plan.output)
    with _bounded_memory(nlp):
        numbered = enumerate(rows)
        while batch := list(islice(numbered, plan.batch_size)):
            items = [_check(nlp, plan, raw, stats, fatal.get(place)) for place, raw in batch]
            _score(nlp, items)
            for item in items:
                _write(writer, plan, parts, item, stats)
            items.clear()  # the next batch's Docs find memory that is still in the cache
        return writer.close(), stats


def _bounded_memory(nlp: Language) -> AbstractContextManager[Any]:
    """Keep the vocabulary from growing with the corpus, once it knows the frequent words.

    In a memory zone nothing new is kept, but there spaCy's tokenizer caches no word either: a
    pipeline that has only ever worked in zones takes three times as long.
    """
    known = len(nlp.vocab.strings) >= KEPT_STRINGS
    return nlp.memory_zone() if known else nullcontext()


def _check(nlp: Language, plan: Plan, raw: RawRow, stats: Stats, fatal: str | None) -> Item:
    """RETURNS (Item): The parsed row with what can be scored of it, and what is wrong so far."""
    file, line, payload = raw
    item = Item(parse(plan.layouts[file], line, payload))
    row = item.row
    if row.error:
        item.errors.append(row.error)
        return item
    if plan.id_field is not None:
        found = row.fields.get(plan.id_field)
        if found is None or found == "":
            item.errors.append(str(AffectError("AF056", field=plan.id_field)))
        else:
            digest = hashlib.blake2b(repr(found).encode("utf-8", "replace"), digest_size=8)
            stats.ids.append(int.from_bytes(digest.digest(), "big", signed=True))
    if fatal is not None:
        item.errors.append(fatal)
        return item
    for name in plan.fields:
        try:
            item.sources[name] = _source(nlp, plan, item, name)
        except AffectError as error:
            item.errors.append(str(error))
    return item


def _source(nlp: Language, plan: Plan, item: Item, name: str) -> str | Doc:
    row = item.row
    if row.doc is not None:
        return Doc(nlp.vocab).from_bytes(row.doc)
    if row.transcript is None and name not in row.fields:
        raise AffectError("AF052", field=name)
    content = row.fields.get(name)
    if name != plan.turns_field:
        _check_text(nlp, name, content)
        return content
    found = row.transcript or _conversation(name, content, row.fields.get("situation"))
    if found.problems:
        item.errors.append(str(AffectError("AF112", reason=_shortened(found.problems))))
    for turn in found.turns:
        _check_text(nlp, name, turn["text"])
    return make_doc(nlp, found.turns, found.situation)


def _conversation(name: str, content: Any, situation: Any) -> Transcript:
    if not isinstance(content, list):
        raise AffectError("AF057", field=name, reason=f"it holds {kind_of(content)}")
    try:
        return conversation({"turns": content, "situation": situation})
    except AffectError as error:
        raise AffectError("AF057", field=name, reason=str(error)) from None


def _shortened(problems: Sequence[str]) -> str:
    more = len(problems) - PROBLEMS
    return "; ".join(problems[:PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


def _check_text(nlp: Language, name: str, text: Any) -> None:
    # Errors in the tokenizer bypass spaCy's error handlers, so they must not get that far.
    if not isinstance(text, str):
        raise AffectError("AF053", field=name, kind=kind_of(text))
    if len(text) > nlp.max_length:
        raise AffectError("AF054", field=name, n=len(text), limit=nlp.max_length)
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise AffectError("AF055", field=name) from None


def _score(nlp: Language, items: list[Item]) -> None:
    """Make the Docs of a batch. One bad text stops spaCy's whole batch: then each goes alone."""
    sources = [source for item in items for source in item.sources.values()]
    docs: list[Doc] = []
    with suppress(Exception, SystemExit):
        docs = list(nlp.pipe(sources, batch_size=max(len(sources), 1)))
    # a component may have dropped some, or given something else
    if len(docs) == len(sources) and all(isinstance(doc, Doc) for doc in docs):
        found = iter(docs)
        for item in items:
            item.docs = {name: next(found) for name in item.sources}
        return
    for item in items:
        for name, source in item.sources.items():
            try:
                item.docs[name] = nlp(source)
            except (Exception, SystemExit) as error:  # what is raised belongs to this row alone
                item.errors.append(_in_words(error))


def _in_words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, AffectError) else f"{type(error).__name__}: {text}"


def _write(writer: Writer, plan: Plan, parts: list[Part], item: Item, stats: Stats) -> None:
    by_field = {}
    for name, doc in item.docs.items():
        try:
            entries = {part.name: _entry(doc, part.key, part.unit) for part in parts}
        except Exception as error:  # a later component has taken away what ours wrote
            item.errors.append(f"no affect on the Doc ({_in_words(error)})")
            continue
        by_field[name] = entries
        for part in parts:
            entry, counts = entries[part.name], stats.classes[name][part.key]
            category = "" if entry["value"] is None else part.category(entry) or NO_CLASS
            counts[category] = counts.get(category, 0) + 1
            if not part.labelled:
                _sum_up(stats.totals[name][part.key], entry["value"])
    affect: dict[str, Any] | None = None
    if by_field:
        alone = len(plan.fields) == 1
        affect = by_field[plan.fields[0]] if alone else {f: by_field.get(f) for f in plan.fields}
    stats.rows += 1
    doc = next(iter(item.docs.values()), None)
    over_time: dict[str, Any] = {}
    if plan.turns_field and doc is not None and by_field:
        try:
            over_time = _over_time(doc, plan, item.errors)
        except AffectError as error:  # a stored Doc may have times that are none
            item.errors.append(str(error))
    wrong = "; ".join(item.errors) or None
    if writer.add(item.row.fields, affect, wrong, doc, over_time):
        stats.errors += 1
        for message in item.errors:
            code = message.partition(":")[0]
            first, rows = stats.reasons.get(code, (message, 0))
            stats.reasons[code] = (first, rows + 1)


def _sum_up(totals: dict[str, list[float]], value: Value | None) -> None:
    numbers = value if isinstance(value, dict) else {} if value is None else {"": value}
    for label, number in numbers.items():
        total, n = totals.get(label, (0.0, 0))
        totals[label] = [total + number, n + 1]


def _entry(doc: Doc, key: str, unit: str) -> dict[str, Any]:
    """RETURNS (dict): A component's record of a Doc, its cues and its units, as output has them."""
    stored = doc.user_data["._.", RECORDS, None, None][key]
    entry = with_interval(stored) if MARGIN in stored else dict(stored)
    if not entry["interval"]:
        del entry["interval"]
    if not entry["abstain"] and entry.get(SET) is None:  # who has no set could not have abstained
        del entry["abstain"]
    if key in doc.spans:
        entry["cues"] = [
            {"start": span.start_char, "end": span.end_char, "label": span.label_, **details}
            for span, details in zip(doc.spans[key], doc.spans[key].attrs["details"], strict=True)
        ]
    if unit != DOC:
        entry["units"] = [
            {"start": start, "end": end, "label": record.label, "value": record.value}
            for start, end, record in units_of(doc, key)
        ]
        if TURNS in doc.spans:
            _tell_turns(doc, entry["units"])
    return entry


def _tell_turns(doc: Doc, units: list[dict[str, Any]]) -> None:
    """Say of each unit of a conversation which turn it is or begins in, counted from 0 as in the
    input, who speaks, and when, if that is known.
    """
    turns = list(doc.spans[TURNS])
    numbers, starts, ends = (known(doc, name) for name in ("numbers", "starts", "ends"))
    timed = any(time is not None for time in (*starts, *ends))
    first = [turn.start_char for turn in turns]
    parts: list[tuple[float, float] | None] = [None] * len(units)
    with suppress(AffectError):  # times that are none: the row says so elsewhere
        parts = char_times(doc, [(unit["start"], unit["end"]) for unit in units])
    for i, unit in enumerate(units):
        place = bisect_right(first, unit["start"]) - 1
        if place < 0:
            continue
        unit["turn"] = place if numbers[place] is None else numbers[place]
        unit["speaker"] = turns[place].label_
        if timed:
            whole = (unit["start"], unit["end"]) == (first[place], turns[place].end_char)
            given = (starts[place], ends[place])
            unit["start_time"], unit["end_time"] = given if whole else parts[i] or (None, None)


def _over_time(doc: Doc, plan: Plan, errors: list[str]) -> dict[str, Any]:
    """errors (list[str]): Grows by what is wrong with the times.
    RETURNS (dict): The segments of ambivalence of a conversation with times, and its frames.
    """
    if AMBIVALENCE + UNITS not in doc.spans or TURNS not in doc.spans:
        return {}
    segments = doc_timeline(doc, AMBIVALENCE)
    found: dict[str, Any] = {TIMELINE: [segment.to_dict() for segment in segments]}
    if plan.frame_rate is not None:
        times = unit_times(doc, AMBIVALENCE)
        last = max((end for _, end, *_ in times), default=0.0)
        if last * plan.frame_rate > MOST_FRAMES:
            reason = f"its last turn ends at {last:g} s, so late that it gets no frames"
            errors.append(str(AffectError("AF112", reason=reason)))
            return found
        scored = frames(times, plan.frame_rate)
        found[FRAMES] = {"rate": plan.frame_rate, "scores": scored.tolist()}
    return found
