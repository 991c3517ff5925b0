"""Sharing shards out over processes; in one process, the caller's own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from spacy.language import Language

from ..errors import AffectError
from . import pipelines
from .readers import RawRow
from .shard import Plan, Stats, annotate_shard

#: index, output bytes, counts
Result = tuple[int, bytes, Stats]


def work(
    shards: Iterable[tuple[int, list[RawRow]]],
    plan: Plan,
    spec: pipelines.PipelineSpec,
    nlp: Language,
    n_process: int,
) -> Iterator[Result]:
    """Annotate shards.

    nlp (Language): What `spec` makes; used as it is where one process does everything.
    YIELDS (Result): In the order of the shards, with at most a few shards held at any time.
    RAISES: AF041 if a worker process dies.
    """
    if n_process == 1:
        for index, rows in shards:
            yield index, *annotate_shard(nlp, plan, rows)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(n_process, context, _start, (spec, plan))
    waiting: deque[Future[Result]] = deque()
    try:
        for index, rows in shards:
            waiting.append(pool.submit(_annotate, index, rows))
            if len(waiting) > 2 * n_process:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise AffectError("AF041", reason=str(error)) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_NLP: Language
_PLAN: Plan
_FAILURE: Exception | None = None


def _start(spec: pipelines.PipelineSpec, plan: Plan) -> None:
    global _NLP, _PLAN, _FAILURE
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process answers an interrupt
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore")  # the main process has made the same pipeline and warned
    try:
        _NLP, _PLAN = pipelines.build(spec), plan
    except Exception as error:  # raised here it would only say that a process has died
        _FAILURE = error


def _end_with_parent() -> None:
    # Workers hold both ends of each other's queues: without this a killed parent leaves them idle.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _annotate(index: int, rows: list[RawRow]) -> Result:
    if _FAILURE is not None:
        raise AffectError("AF039", name=f"of process {os.getpid()}", reason=_FAILURE)
    return index, *annotate_shard(_NLP, _PLAN, rows)
