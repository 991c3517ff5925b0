"""How fast `spacy-affect annotate` is on large inputs, and how much memory it takes.

    python tests/benchmarks/bench_annotate.py [--rows 100000 1000000] [--format csv]

Rows are generated into a temporary folder. Each run is a fresh process whose memory, and that of
its workers, is sampled. Then the same rows are scored in this process by turns with plain nlp.pipe
and by the whole command, in CPU time. Needs psutil.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from bench_components import TOKENS, generated

from spacy_affect.runner.pipelines import PipelineSpec, build
from spacy_affect.runner.planning import Settings
from spacy_affect.runner.run import annotate

POOL = 5000
MEGABYTE = 2**20
#: Seconds between two looks at the memory.
PAUSE = 0.1


@dataclass
class Run:
    """What one run took. Memory in bytes, each the highest that was seen.

    workers (list[int]): Of each worker process. total (int): Of all at one moment.
    """

    seconds: float
    parent: int
    workers: list[int]
    total: int


def texts(n: int, tokens: int = TOKENS, seed: int = 7) -> Iterator[str]:
    """YIELDS (str): Texts of about that many tokens, each with a number that no other has."""
    chance = random.Random(seed)
    pool = generated(POOL, seed)
    for i in range(n):
        parts = [pool[chance.randrange(POOL)] for _ in range(max(1, tokens // TOKENS))]
        yield f"{' '.join(parts)} {i}"


def write(path: Path, n: int, tokens: int = TOKENS) -> None:
    """Write n rows as CSV or JSON lines, by the suffix, one at a time."""
    with path.open("w", encoding="utf8", newline="") as file:
        rows = ({"id": str(i), "text": text} for i, text in enumerate(texts(n, tokens)))
        if path.suffix == ".csv":
            writer = csv.DictWriter(file, ["id", "text"])
            writer.writeheader()
            writer.writerows(rows)
        else:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def watch(path: Path, tasks: str, n_process: int) -> Run:
    """Run the command on a file and watch it.

    RAISES: CalledProcessError if it fails, RuntimeError if rows are missing in its output.
    """
    out = path.with_name(f"{path.stem}.{n_process}.out{path.suffix}")
    command = [sys.executable, "-W", "ignore", "-m", "spacy_affect", "annotate", str(path)]
    command += ["-o", str(out), "--text-field", "text", "--tasks", tasks, "--quiet"]
    command += ["--n-process", str(n_process)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    parent, total, workers = 0, 0, {}  # type: int, int, dict[int, int]
    while process.poll() is None:
        sizes = _sizes(process.pid)
        parent = max(parent, sizes.pop(process.pid, 0))
        workers.update({pid: max(size, workers.get(pid, 0)) for pid, size in sizes.items()})
        total = max(total, parent + sum(sizes.values()))
        time.sleep(PAUSE)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    if _lines(out) != _lines(path):
        raise RuntimeError(f"{_lines(path)} lines in, {_lines(out)} out")
    # the tracker of shared resources is a child too, but no worker
    big = sorted((size for size in workers.values() if size > 50 * MEGABYTE), reverse=True)
    return Run(seconds, parent, big, total)


def plain(every: list[str], tasks: tuple[str, ...]) -> float:
    """RETURNS (float): CPU seconds of nlp.pipe over texts, without making the pipeline."""
    nlp = build(PipelineSpec(tasks=tasks))
    for _ in nlp.pipe(every[:50]):  # lexicons are read at the first text
        pass
    start = time.process_time()
    for _ in nlp.pipe(every):
        pass
    return time.process_time() - start


def whole(path: Path, tasks: tuple[str, ...]) -> float:
    """RETURNS (float): CPU seconds of a run on a file, everything included."""
    out = path.with_name(f"{path.stem}.out{path.suffix}")
    spec = PipelineSpec(tasks=tasks)
    start = time.process_time()
    annotate(Settings((path,), out, spec, text_fields=("text",), restart=True))
    return time.process_time() - start


def compare(path: Path, n: int, tasks: tuple[str, ...], rounds: int) -> None:
    """Score the same rows in both ways, by turns."""
    write(path, n)
    every = list(texts(n))
    pairs = []
    for _ in range(rounds):
        gc.collect()
        pairs.append((plain(every, tasks), whole(path, tasks)))
    ratios = [piped / annotated for piped, annotated in pairs]
    for what, seconds in zip(("nlp.pipe", "annotate"), zip(*pairs, strict=True), strict=True):
        print(f"{f'{what}, {n:,} rows, CPU time':<34}  {n / min(seconds):>9,.0f} rows/s at best")
    print(
        f"annotate / nlp.pipe in {rounds} rounds: "
        f"min {min(ratios):.2f}, median {median(ratios):.2f}, max {max(ratios):.2f}"
    )


def show(what: str, n: int, run: Run) -> None:
    sizes = "  ".join(f"{size / MEGABYTE:,.0f}" for size in run.workers) or "-"
    print(
        f"{what:<34}  {n / run.seconds:>9,.0f} rows/s  {run.seconds:>7.1f} s  "
        f"peak MB: parent {run.parent / MEGABYTE:,.0f}, workers {sizes}, "
        f"all {run.total / MEGABYTE:,.0f}",
        flush=True,
    )


def _sizes(pid: int) -> dict[int, int]:
    found = {}
    try:
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            found[one.pid] = one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return found


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rows per second and memory of annotate.")
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--format", choices=["csv", "jsonl"], default="jsonl")
    parser.add_argument("--tasks", default="polarity")
    parser.add_argument("--n-process", type=int, default=1, help="for the short rows")
    parser.add_argument("--pipe-rows", type=int, default=50_000, help="by nlp.pipe too; 0 skips")
    parser.add_argument("--rounds", type=int, default=5, help="of these")
    parser.add_argument("--long-rows", type=int, default=10_000, help="of 300 tokens; 0 skips them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_annotate_") as folder:
        for n in given.rows:
            path = Path(folder) / f"rows_{n}.{given.format}"
            write(path, n)
            run = watch(path, given.tasks, given.n_process)
            show(f"{n:,} rows of {given.format}, {given.n_process} process(es)", n, run)
            path.unlink()
        if given.pipe_rows:
            path = Path(folder) / f"pipe.{given.format}"
            compare(path, given.pipe_rows, tuple(given.tasks.split(",")), given.rounds)
        if given.long_rows:
            path = Path(folder) / f"long.{given.format}"
            write(path, given.long_rows, tokens=300)
            one, two = (watch(path, given.tasks, n) for n in (1, 2))
            for n_process, run in ((1, one), (2, two)):
                show(f"300 tokens, {n_process} process(es)", given.long_rows, run)
            print(f"2 processes are {one.seconds / two.seconds:.2f} times as fast as 1")


if __name__ == "__main__":
    main()
