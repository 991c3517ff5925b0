"""A process that scores shards, and goes on where a row has killed it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from ..errors import AffectError
from .pipelines import PipelineSpec, Supply
from .readers import RawRow
from .shard import Plan, Stats, annotate_shard

#: So many rows that each kill the process as its first one mean that the pipeline is at fault.
FATAL_IN_A_ROW = 50
#: Seconds that a process has for ending, once it has lost its connection or has nothing to do.
PATIENCE = 10
# Starting and reaping processes is not thread-safe.
_LOCK = threading.Lock()


class Died(Exception):
    """A process has ended without an answer.

    row (int | None): The place of the row that it had taken last, if it said which.
    how (str): Its exit code.
    """

    def __init__(self, row: int | None, how: str) -> None:
        super().__init__(how)
        self.row = row
        self.how = how


class Worker:
    """Scores shards in a process of its own, and makes a new one where that has died.

    The process loads the pipeline at the first shard.
    """

    def __init__(self, spec: PipelineSpec, plan: Plan) -> None:
        self._spec = spec
        self._plan = plan
        self._process: BaseProcess | None = None
        self._pipe: Connection

    def score(self, rows: Sequence[RawRow]) -> tuple[bytes, Stats]:
        """Annotate a shard; a row that kills the process is marked with AF061.

        RETURNS (tuple[bytes, Stats]): What `annotate_shard` does.
        RAISES: AF039 or AF041 if the process cannot load the pipeline, AF041 if it dies without a
            row to blame.
        """
        try:
            return self._ask(rows)
        except Died:
            pass
        fatal = self._find_fatal(rows)
        try:
            return self._ask(rows, fatal)
        except Died:  # not of one row, but of many in one batch
            pass
        try:
            return self._ask(rows, fatal, one_by_one=True)
        except Died as died:
            raise AffectError("AF041", reason=died.how) from None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._end()

    def _find_fatal(self, rows: Sequence[RawRow]) -> dict[int, str]:
        """RETURNS (dict[int, str]): The rows that kill the process, by place, and their error."""
        fatal: dict[int, str] = {}
        begin = in_a_row = 0
        while begin < len(rows):
            try:
                self._ask(rows[begin:], one_by_one=True)
                break
            except Died as died:
                in_a_row = 1 if died.row else in_a_row + 1
                if died.row is None or in_a_row == FATAL_IN_A_ROW:
                    reason = f"{died.how}, at {in_a_row} rows one after another"
                    raise AffectError("AF041", reason=reason) from None
                begin += died.row
                fatal[begin] = str(AffectError("AF061", how=died.how))
                begin += 1
        return fatal

    def _ask(
        self, rows: Sequence[RawRow], fatal: Mapping[int, str] = {}, one_by_one: bool = False
    ) -> tuple[bytes, Stats]:
        """Have the process annotate a shard.

        one_by_one (bool): In batches of one row, so that `Died.row` is the row at fault.
        RAISES: Died.
        """
        if self._process is None:
            self._start()
        row = None
        try:
            self._pipe.send((rows, fatal, one_by_one))
            while isinstance(answer := self._pipe.recv(), int):
                row = answer
        except (EOFError, OSError):
            raise Died(row, self._end()) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _start(self) -> None:
        # spawn, not fork: libraries with threads of their own do not survive a fork
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._spec, self._plan))
        with _LOCK:
            process.start()
        self._process = process
        theirs.close()  # or else its death would not end the connection
        try:
            failure = self._pipe.recv()
        except (EOFError, OSError):
            reason = f"{self._end()}, while it loaded the pipeline"
            raise AffectError("AF041", reason=reason) from None
        if failure is not None:
            self._end()
            raise failure

    def _end(self) -> str:
        """RETURNS (str): How the process has ended."""
        process, self._process = self._process, None
        assert process is not None
        self._pipe.close()
        with _LOCK:
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()
        code = process.exitcode or 0
        how = f"exit code {code}"
        with suppress(ValueError):
            how += f", {signal.Signals(-code).name}"
        return how


def _serve(pipe: Connection, spec: PipelineSpec, plan: Plan) -> None:
    """Answer a Worker until it hangs up: what this process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process answers an interrupt
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore")  # the main process has made the same pipeline and warned
    try:
        supply = Supply(spec)
    except Exception as error:
        pipe.send(AffectError("AF039", name=f"of process {os.getpid()}", reason=str(error)))
        return
    pipe.send(None)
    with suppress(EOFError, OSError):
        while True:
            rows, fatal, one_by_one = pipe.recv()
            pipe.send(_answer(pipe, supply, plan, rows, fatal, one_by_one))


def _answer(
    pipe: Connection,
    supply: Supply,
    plan: Plan,
    rows: Sequence[RawRow],
    fatal: Mapping[int, str],
    one_by_one: bool,
) -> Any:
    try:
        if one_by_one:
            plan = replace(plan, batch_size=1)
            return annotate_shard(supply.take(), plan, _announced(rows, pipe), fatal)
        return annotate_shard(supply.take(), plan, rows, fatal)
    except AffectError as error:
        return error
    except Exception:  # not every exception survives the way to another process
        return RuntimeError(traceback.format_exc())


def _announced(rows: Sequence[RawRow], pipe: Connection) -> Iterator[RawRow]:
    """YIELDS (RawRow): Each row, after the main process has been told that it comes next."""
    for place, row in enumerate(rows):
        pipe.send(place)
        yield row


def _end_with_parent() -> None:
    # A shard may take minutes, and nobody waits for its result once the parent was killed.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
