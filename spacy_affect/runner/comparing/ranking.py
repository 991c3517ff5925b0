"""Reading the input once through both pipelines, and keeping the rows that differ most.

Rows come in shards, as in an annotation run, and no more of them are kept than are asked for, so
that memory does not grow with the input.
"""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...dialogue import TURNS
from ..pipelines import PipelineSpec, Supply, build
from ..planning import Settings, make_plan, shards
from ..run import Progress
from ..shard import Plan, annotate_shard
from ..writers import AFFECT, ERROR, FRAMES, TIMELINE
from .measuring import Part, Twin, find_twins

#: What rows are ranked by unless it is by each task: the mean of their differences.
OVERALL = "overall"


@dataclass(frozen=True)
class Item:
    """A text on which the pipelines disagree.

    row (int): Its place in the input, from 1. fields (dict): The row. field (str): Which is scored.
    by (str): "overall", or the component whose difference is meant.
    disagreement (float): In [0, 1]. parts (dict[str, Part]): By component.
    """

    row: int
    fields: dict[str, Any]
    field: str
    text: str
    by: str
    disagreement: float
    parts: dict[str, Part]

    @property
    def worst(self) -> str:
        """RETURNS (str): The component that it is ranked by, or else the one that differs most."""
        if self.by != OVERALL:
            return self.by
        return max(self.parts, key=lambda name: self.parts[name].difference)


@dataclass
class Tally:
    """A component over all texts: how many, the sum of differences, how often labels differ."""

    n: int = 0
    total: float = 0.0
    labels: int = 0

    @property
    def mean(self) -> float | None:
        """RETURNS (float | None): None of nothing."""
        return self.total / self.n if self.n else None


@dataclass
class Comparison:
    """What two pipelines said of an input.

    rows (int): Read. errors (int): Rows that at least one pipeline could not score in full.
    unscored (int): Texts of which no component has two values.
    reasons (dict): Code -> the first error with it, and how many rows have one.
    tallies (dict[str, Tally]): By component. items (list[Item]): The highest first; with
        `per_task` those of each component in turn.
    """

    names: tuple[str, str]
    twins: list[Twin]
    notes: list[str]
    rows: int = 0
    errors: int = 0
    unscored: int = 0
    reasons: dict[str, tuple[str, int]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)


def compare(
    settings: Settings,
    other: PipelineSpec,
    top: int,
    per_task: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Comparison:
    """Find the rows on which two pipelines disagree most.

    settings (Settings): The input and the first pipeline; its tasks are those that are compared.
    top (int): How many rows. per_task (bool): So many of each component, ranked by it alone.
    progress (Callable): Called after each shard.
    RETURNS (Comparison): Rows that cannot be scored are counted in it.
    RAISES: AF030 to AF042 for what cannot be read or loaded, AF083 or AF175 if the pipelines do
        not have the tasks in common.
    """
    begin = time.perf_counter()
    names = (_name(settings.pipeline), _name(other))
    for spec in (settings.pipeline, other):  # else `build` would add what is missing
        _check_tasks(spec)
    supplies = (Supply(settings.pipeline), Supply(other))
    plan, total = make_plan(settings, supplies[0].take())
    twins, notes = find_twins(
        supplies[0].take(), supplies[1].take(), names, settings.pipeline.tasks
    )
    found = Comparison(names, twins, notes, tallies={twin.name: Tally() for twin in twins})
    tops = {name: _Top(top) for name in (found.tallies if per_task else [OVERALL])}
    for _, rows in shards(settings, plan, supplies[0].take()):
        a, b = (annotate_shard(supply.take(), plan, rows)[0] for supply in supplies)
        for ours, theirs in zip(_lines(a), _lines(b), strict=True):
            found.rows += 1
            for item in _items(found, plan, ours, theirs):
                _rank(tops, item)
        seconds = time.perf_counter() - begin
        progress(Progress(found.rows, found.errors, found.rows, total, seconds))
    found.items = [item for one in tops.values() for item in one.items()]
    return found


class _Top:
    """The items that disagree most; of equal ones those that came first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[float, int, Item]] = []
        self._seen = 0

    def add(self, item: Item) -> None:
        if item.disagreement > 0 and self._size:
            self._seen += 1
            entry = (item.disagreement, -self._seen, item)
            if len(self._heap) < self._size:
                heapq.heappush(self._heap, entry)
            else:
                heapq.heappushpop(self._heap, entry)

    def items(self) -> list[Item]:
        """RETURNS (list[Item]): From the top down."""
        return [item for *_, item in sorted(self._heap, reverse=True)]


def _rank(tops: Mapping[str, _Top], item: Item) -> None:
    if OVERALL in tops:
        tops[OVERALL].add(item)
        return
    for name, part in item.parts.items():
        given = (item.row, item.fields, item.field, item.text)
        tops[name].add(Item(*given, name, part.difference, item.parts))


def _items(
    found: Comparison, plan: Plan, ours: dict[str, Any], theirs: dict[str, Any]
) -> Iterator[Item]:
    """YIELDS (Item): One per text of a row that can be compared; the others are counted."""
    error = ours[ERROR] or theirs[ERROR]
    if error:
        found.errors += 1
        code = error.partition(":")[0]
        first, times = found.reasons.get(code, (error, 0))
        found.reasons[code] = (first, times + 1)
    fields = {k: v for k, v in ours.items() if k not in (AFFECT, ERROR, TIMELINE, FRAMES)}
    alone, rows = len(plan.fields) == 1, (ours, theirs)
    for name in plan.fields:
        a, b = ((row[AFFECT] or {}) if alone else (row[AFFECT] or {}).get(name) for row in rows)
        parts = _parts(found.twins, a, b) if a and b else {}
        if not parts:
            found.unscored += 1
            continue
        for twin, part in parts.items():
            tally = found.tallies[twin]
            tally.n += 1
            tally.total += part.difference
            tally.labels += part.other_label
        mean = sum(part.difference for part in parts.values()) / len(parts)
        text = _text(fields.get(name, fields.get(TURNS)))
        yield Item(found.rows, fields, name, text, OVERALL, mean, parts)


def _parts(twins: list[Twin], a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Part]:
    parts = {twin.name: twin.part(a[twin.name], b[twin.other]) for twin in twins}
    return {name: part for name, part in parts.items() if part is not None}


def _text(content: Any) -> str:
    """RETURNS (str): What is to be read; of turns a line each."""
    if isinstance(content, str):
        return content
    lines = []
    for turn in content if isinstance(content, list) else []:
        said = turn if isinstance(turn, dict) else {"text": turn}
        speaker = f"{said['speaker']}: " if said.get("speaker") else ""
        lines.append(f"{speaker}{said.get('text') or ''}")
    return "\n".join(lines)


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n")[:-1]:
        yield json.loads(line)


def _name(spec: PipelineSpec) -> str:
    return spec.name or "blank"


def _check_tasks(spec: PipelineSpec) -> None:
    """RAISES: AF083 if a pipeline lacks one of the tasks that are asked for."""
    if spec.tasks:
        nlp = build(PipelineSpec(spec.name))
        find_twins(nlp, nlp, (_name(spec), _name(spec)), spec.tasks)
