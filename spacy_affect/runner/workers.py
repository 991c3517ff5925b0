"""Sharing shards out over processes; with one process, the caller's own does the work."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from queue import SimpleQueue
from typing import NamedTuple

from .pipelines import PipelineSpec, Supply
from .processes import Worker
from .readers import RawRow
from .shard import Plan, Stats, annotate_shard


class Job(NamedTuple):
    """One shard to score. suspect (bool): An earlier run has ended while it was at this shard."""

    number: int
    rows: list[RawRow]
    suspect: bool = False


#: A shard's number, output bytes and counts.
Result = tuple[int, bytes, Stats]


def work(
    jobs: Iterable[Job], plan: Plan, spec: PipelineSpec, supply: Supply, n_process: int
) -> Generator[Result, None, None]:
    """Annotate shards.

    supply (Supply): What scores where one process does everything. A suspect shard has a process
        of its own there, so that the row which killed the earlier run cannot kill this one.
    YIELDS (Result): In the order of the jobs, with at most a few shards held at any time.
    RAISES: AF041 if a worker process dies without a row to blame.
    """
    if n_process > 1:
        yield from _share_out(jobs, plan, spec, n_process)
        return
    for job in jobs:
        if job.suspect:
            with closing(Worker(spec, plan)) as worker:
                scored = worker.score(job.rows)
        else:
            scored = annotate_shard(supply.take(), plan, job.rows)
        yield job.number, *scored


def _share_out(
    jobs: Iterable[Job], plan: Plan, spec: PipelineSpec, n_process: int
) -> Generator[Result, None, None]:
    """One thread per process waits for it, so that the death of one disturbs no other."""
    workers = [Worker(spec, plan) for _ in range(n_process)]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def score(job: Job) -> Result:
        worker = idle.get()
        try:
            return job.number, *worker.score(job.rows)
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(n_process)
    waiting: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            waiting.append(threads.submit(score, job))
            if len(waiting) > 2 * n_process:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
        for worker in workers:
            worker.close()
