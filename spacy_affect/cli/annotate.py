"""`spacy-affect annotate`: a corpus in, the same rows with affect out."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from ..dialogue import TURNS
from ..runner.pipelines import PipelineSpec
from ..runner.planning import Settings
from ..runner.readers import TRANSCRIPTS, holds_transcripts, split_suffix
from ..runner.run import Progress, Summary, annotate

STDIO = Path("-")
ROW_ERRORS = 3
GOES_ON = "Interrupted. The same command goes on from here."


@click.command("annotate")
@click.argument(
    "inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Default: INPUT with .affect before its suffix; - for stdin.",
)
@click.option(
    "--pipeline",
    metavar="NAME|PATH",
    help="An installed spaCy pipeline, a folder, or a .cfg file. Default: blank English.",
)
@click.option("--preset", metavar="NAME", help="The components of a known study: video-survey.")
@click.option(
    "--tasks",
    metavar="A,B",
    help="Run these tasks only. Default: polarity,subjectivity,ambivalence, or all of "
    "the pipeline's.",
)
@click.option(
    "--unit", type=click.Choice(["doc", "sents", "turns"]), help="Also score each sentence or turn."
)
@click.option(
    "--text-field",
    "text_fields",
    multiple=True,
    metavar="F",
    help="A field to score; may be given several times. Default: text.",
)
@click.option(
    "--turns-field",
    metavar="F",
    help="A field that holds turns: a list of {speaker, text}. Implies --unit turns, unless "
    "--unit sents is given. Subtitle files need none.",
)
@click.option(
    "--frame-rate",
    type=click.FloatRange(0, min_open=True),
    metavar="FPS",
    help="Also give the ambivalence of each frame of a conversation with times.",
)
@click.option(
    "--id-field", metavar="F", help="A field that every row must have; repeats are counted."
)
@click.option("--columns", metavar="A,B,C", help="The columns of a file without a header.")
@click.option(
    "--quoting",
    type=click.Choice(["csv", "none"]),
    help="How cells are quoted. Default: csv for .csv, none for .tsv.",
)
@click.option(
    "--n-process",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Share the rows out over so many processes, which a row that kills one does not stop.",
)
@click.option("--batch-size", type=click.IntRange(1), default=64, show_default=True)
@click.option("--limit", type=click.IntRange(0), help="Stop after this many rows.")
@click.option("--restart", is_flag=True, help="Begin anew, overwriting the output.")
@click.option("--strict", is_flag=True, help="Exit with 3 if any row has an error.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor summary.")
def command(
    inputs: tuple[Path, ...],
    output: Path | None,
    pipeline: str | None,
    preset: str | None,
    tasks: str | None,
    unit: str | None,
    text_fields: tuple[str, ...],
    turns_field: str | None,
    frame_rate: float | None,
    id_field: str | None,
    columns: str | None,
    quoting: str | None,
    n_process: int,
    batch_size: int,
    limit: int | None,
    restart: bool,
    strict: bool,
    quiet: bool,
) -> int:
    """Annotate the rows of INPUT, which may be files, folders or - for JSON lines on stdin.

    Formats by suffix, each also with .gz: .jsonl .json .csv .tsv .txt .parquet .spacy, and the
    conversations .vtt .srt. Every row comes back, in order; one that cannot be scored says why in
    its affect_error. A killed run goes on where it was when the same command is given again.
    """
    if turns_field and (text_fields or unit == "doc"):
        raise click.UsageError("--turns-field goes with neither --text-field nor --unit doc")
    target = _target(inputs, output)
    if turns_field is None and holds_transcripts(inputs):
        turns_field = TURNS
    with stdin_as_file(inputs) as files:
        settings = Settings(
            inputs=files,
            output=target,
            pipeline=PipelineSpec(
                pipeline, preset, names(tasks), unit or ("turns" if turns_field else None)
            ),
            text_fields=text_fields,
            turns_field=turns_field,
            id_field=id_field,
            columns=names(columns),
            quoting=quoting,
            n_process=n_process,
            batch_size=batch_size,
            frame_rate=frame_rate,
            limit=limit,
            restart=restart,
        )
        shown = Line(quiet)
        try:
            summary = annotate(settings, None if target else sys.stdout.buffer, shown.update)
        except KeyboardInterrupt as stop:
            if target is not None:
                stop.args = (GOES_ON,)
            raise
        finally:
            shown.clear()
    if not quiet:
        _print(summary, target)
    return ROW_ERRORS if strict and summary.errors else 0


def names(text: str | None) -> tuple[str, ...]:
    """RETURNS (tuple[str, ...]): Of a list with commas."""
    return tuple(name.strip() for name in text.split(",")) if text else ()


def _target(inputs: tuple[Path, ...], output: Path | None) -> Path | None:
    """RETURNS (Path | None): Where rows go; None is stdout."""
    if output is None:
        if len(inputs) > 1 or inputs[0].is_dir():
            raise click.UsageError("several inputs, or a folder, need an output: -o FILE")
        if inputs[0] == STDIO:
            return None
        return _beside(inputs[0])
    if output == STDIO:
        return None
    if output.is_dir():
        raise click.UsageError(f"the output {output} is a folder")
    return output


def _beside(path: Path) -> Path:
    """RETURNS (Path): The default output: `videos.affect.csv` for `videos.csv`."""
    suffix = split_suffix(path)
    zipped = path.suffix if path.suffix.lower() == ".gz" else ""
    stem = path.name.removesuffix(zipped)[: -len(suffix)]
    # plain text and subtitles have no room for values
    suffix = ".jsonl" if suffix in (".txt", *TRANSCRIPTS) else suffix
    return path.with_name(f"{stem}.affect{suffix}{zipped}")


@contextmanager
def stdin_as_file(inputs: tuple[Path, ...]) -> Iterator[tuple[Path, ...]]:
    """Keep stdin in a file: a run reads its input twice, and a resumed one again."""
    if STDIO not in inputs:
        yield inputs
        return
    with tempfile.TemporaryDirectory() as folder:
        spooled = Path(folder, "stdin.jsonl")
        with spooled.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield tuple(spooled if path == STDIO else path for path in inputs)


class Line:
    """The progress line on a terminal."""

    def __init__(self, quiet: bool) -> None:
        self._on = sys.stderr.isatty() and not quiet
        self._last = 0.0
        self._width = 0

    def update(self, progress: Progress) -> None:
        now = time.monotonic()
        if not self._on or (now - self._last < 0.2 and progress.rows < progress.total):
            return
        self._last = now
        rate = progress.fresh / progress.seconds if progress.seconds else 0.0
        left = (progress.total - progress.rows) / rate if rate else 0.0
        text = (
            f"{progress.rows:,} of {progress.total:,} rows  {rate:,.0f} rows/s  "
            f"{progress.errors:,} errors  {int(left) // 60}:{int(left) % 60:02d} left"
        )
        self._width = max(self._width, len(text))
        click.echo("\r" + text.ljust(self._width), nl=False, err=True)

    def clear(self) -> None:
        if self._width:
            click.echo("\r" + " " * self._width + "\r", nl=False, err=True)


def _print(summary: Summary, target: Path | None) -> None:
    err = target is None  # stdout holds the rows then
    head = f"{summary.rows:,} rows, {summary.errors:,} with an error"
    if summary.duplicates:
        head += f", {summary.duplicates:,} with an id seen before"
    if summary.fresh:
        rate = summary.fresh / summary.seconds
        head += f"; {summary.fresh:,} in {summary.seconds:.1f} s ({rate:,.0f} rows/s)"
    click.echo(head, err=err)
    for first, rows in summary.reasons.values():
        click.echo(f"  {rows:,} times like: {first}", err=err)
    for line in _table(summary):
        click.echo(line, err=err)
    if target is not None:
        done = "already done" if summary.already_done else "written"
        click.echo(f"{done}: {click.format_filename(target)}")


def _table(summary: Summary) -> Iterator[str]:
    """YIELDS (str): Counts per class, a column per field, and shares in percent; of values without
    labels the means of their numbers.
    """
    fields = list(summary.classes)
    wide = max([16, *(len(name) + 2 for name in fields)])
    components = list(summary.classes[fields[0]]) if fields else []
    for key in components:
        counts = [summary.classes[name][key] for name in fields]
        totals = [summary.totals.get(name, {}).get(key, {}) for name in fields]
        classes = {""} if any(totals) else {c for count in counts for c in count}
        title = key.removeprefix("affect_") + (", mean" if any(totals) else "")
        yield ""
        yield f"{title:<24}" + "".join(f"{name:>{wide}}" for name in fields)
        for name, cells in (*_means(totals), *_counts(counts, classes)):
            yield f"  {name:<22}" + "".join(f"{cell:>{wide}}" for cell in cells)
    if fields:
        yield ""


def _counts(
    counts: Sequence[Mapping[str, int]], classes: Iterable[str]
) -> Iterator[tuple[str, list[str]]]:
    """YIELDS (tuple): A class, and a cell per field; that of no value comes last."""
    for category in sorted(classes, key=lambda name: (not name, name)):
        row = [count.get(category, 0) for count in counts]
        if any(row):
            sizes = [sum(count.values()) or 1 for count in counts]
            cells = [f"{n:,} ({100 * n / t:.0f} %)" for n, t in zip(row, sizes, strict=True)]
            yield category or "(no value)", cells


def _means(totals: Sequence[Mapping[str, Sequence[float]]]) -> Iterator[tuple[str, list[str]]]:
    """YIELDS (tuple): A label, and a cell per field."""
    for label in dict.fromkeys(label for found in totals for label in found):
        pairs = [found.get(label) for found in totals]
        cells = [f"{round(pair[0] / pair[1], 3) + 0.0:.3f}" if pair else "-" for pair in pairs]
        yield label or "value", cells
