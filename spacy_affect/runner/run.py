"""A whole annotation run: plan it, share the shards out, keep what is done, put it together."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from .pipelines import Supply
from .planning import Settings, digests, make_plan, shards
from .shard import Stats
from .state import State
from .workers import Job, work
from .writers import assemble


@dataclass(frozen=True)
class Progress:
    """How far a run is. rows, errors (int): So far. fresh (int): Of these, done by this run.

    total (int): Rows in the input.
    """

    rows: int
    errors: int
    fresh: int
    total: int
    seconds: float


@dataclass
class Summary:
    """What a run did.

    fresh (int): Of the rows, those that this run scored and no earlier one that was stopped.
    duplicates (int): Rows whose id another row had before.
    classes (dict): field -> component -> class -> rows; the class "" is that of no prediction.
    totals (dict): field -> component -> label -> the sum of its numbers, and of how many, where
        values have no labels.
    reasons (dict): Code -> the first error with it, and how many there are.
    already_done (bool): An earlier run had finished this output.
    """

    rows: int = 0
    errors: int = 0
    fresh: int = 0
    duplicates: int = 0
    classes: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    totals: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    reasons: dict[str, tuple[str, int]] = field(default_factory=dict)
    seconds: float = 0.0
    already_done: bool = False


def annotate(
    settings: Settings,
    stream: IO[bytes] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Annotate a corpus.

    stream (IO[bytes] | None): Where rows go if `settings.output` is None, as JSON lines.
    progress (Callable): Called after each shard.
    RETURNS (Summary): Every input row is in the output, whatever `errors` counts.
    RAISES: AffectError AF030 to AF042 for what keeps a run from starting or from reading on.
    """
    begin = time.perf_counter()
    supply = Supply(settings.pipeline)
    plan, total = make_plan(settings, supply.take())
    so_far = Stats()
    fresh = 0

    def count(stats: Stats, is_fresh: bool) -> None:
        nonlocal fresh
        so_far.rows += stats.rows
        so_far.errors += stats.errors
        fresh += stats.rows * is_fresh
        seconds = time.perf_counter() - begin
        progress(Progress(so_far.rows, so_far.errors, fresh, total, seconds))

    if settings.output is None:
        assert stream is not None
        tally = _Tally()
        jobs = (Job(*shard) for shard in shards(settings, plan, supply.take()))
        results = work(jobs, plan, settings.pipeline, supply, settings.n_process)
        with closing(tally), closing(results):
            for _, data, stats in results:
                stream.write(data)
                stream.flush()
                tally.add(stats)
                count(stats, True)
            return tally.summary(fresh, time.perf_counter() - begin)

    state = State(settings.output)
    with closing(state):
        done = state.open(digests(settings, plan, supply.take()), settings.restart)
        if done is not None:
            return Summary(**{**done, "fresh": 0, "already_done": True})
        n_shards = 0

        def unfinished() -> Iterator[Job]:
            nonlocal n_shards
            for index, rows in shards(settings, plan, supply.take()):
                n_shards = index + 1
                if state.has(index):
                    count(state.stats(index), False)
                else:
                    yield Job(index, rows, suspect=state.begin(index))

        results = work(unfinished(), plan, settings.pipeline, supply, settings.n_process)
        with closing(results):
            for index, data, stats in results:
                state.save(index, data, stats)
                count(stats, True)
        tally = _Tally(state.scratch("ids.sqlite"))
        with closing(tally):
            for index in range(n_shards):
                tally.add(state.stats(index))
            summary = tally.summary(fresh, time.perf_counter() - begin)
        target = state.scratch("assembled")
        zipped = settings.output.suffix.lower() == ".gz"
        assemble(plan.output, (state.shard(i) for i in range(n_shards)), target, zipped)
        state.finish(target, asdict(summary))
    return summary


class _Tally:
    """Adds shards' counts up. Ids go to a file, so that memory does not grow with the input."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.unlink(missing_ok=True)
        self._total = Summary()
        self._ids = sqlite3.connect("" if path is None else path)  # "" is a temporary file
        self._ids.execute("pragma journal_mode = off")
        self._ids.execute("create table ids (id integer)")

    def add(self, stats: Stats) -> None:
        self._total.rows += stats.rows
        self._total.errors += stats.errors
        for code, (first, rows) in stats.reasons.items():
            found, before = self._total.reasons.get(code, (first, 0))
            self._total.reasons[code] = (found, before + rows)
        self._ids.executemany("insert into ids values (?)", ((i,) for i in stats.ids))
        for name, components in stats.classes.items():
            for key, counts in components.items():
                into = self._total.classes.setdefault(name, {}).setdefault(key, {})
                for category, rows in counts.items():
                    into[category] = into.get(category, 0) + rows
        for name, sums in stats.totals.items():
            for key, by_label in sums.items():
                to = self._total.totals.setdefault(name, {}).setdefault(key, {})
                for label, (total, n) in by_label.items():
                    so_far, counted = to.get(label, (0.0, 0))
                    to[label] = [so_far + total, counted + n]

    def summary(self, fresh: int, seconds: float) -> Summary:
        counts = self._ids.execute("select count(*) - count(distinct id) from ids").fetchone()
        self._total.duplicates = counts[0]
        self._total.fresh, self._total.seconds = fresh, seconds
        return self._total

    def close(self) -> None:
        self._ids.close()
