"""`spacy-affect compare`: the rows on which two pipelines disagree most, for people to decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ..dialogue import TURNS
from ..errors import AffectError
from ..runner.comparing import Comparison, compare
from ..runner.comparing.exports import (
    csv_lines,
    interface,
    json_lines,
    label_studio,
    plain,
    prodigy_lines,
    said,
)
from ..runner.pipelines import PipelineSpec
from ..runner.planning import Settings
from ..runner.readers import find_files, holds_transcripts
from .annotate import STDIO, Line, names, stdin_as_file
from .listing import as_json, show

PRODIGY, LABEL_STUDIO = "prodigy", "label-studio"
#: The suffixes of an output, by what it is for.
SUFFIXES = {"": (".jsonl", ".csv"), PRODIGY: (".jsonl",), LABEL_STUDIO: (".json",)}
#: Characters of a text that the table shows.
SHOWN = 60


@click.command("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument(
    "inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A .jsonl or .csv file; with --export .jsonl for prodigy, .json for label-studio. "
    "Default: a table.",
)
@click.option(
    "--export",
    type=click.Choice([PRODIGY, LABEL_STUDIO]),
    help="Write tasks for an annotation tool.",
)
@click.option("--tasks", metavar="X,Y", help="Compare these tasks only. Default: all in common.")
@click.option(
    "--top", type=click.IntRange(1), default=50, show_default=True, help="How many rows to list."
)
@click.option("--per-task", is_flag=True, help="So many rows of each task, ranked by it alone.")
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
    help="A field that holds turns: a list of {speaker, text}. Subtitle files need none.",
)
@click.option("--id-field", metavar="F", help="A field that every row must have.")
@click.option("--columns", metavar="X,Y,Z", help="The columns of a file without a header.")
@click.option(
    "--quoting",
    type=click.Choice(["csv", "none"]),
    help="How cells are quoted. Default: csv for .csv, none for .tsv.",
)
@click.option("--batch-size", type=click.IntRange(1), default=64, show_default=True)
@click.option("--limit", type=click.IntRange(0), help="Stop after this many rows.")
@click.option("--quiet", is_flag=True, help="Print neither progress nor summary.")
@as_json
def command(
    a: str,
    b: str,
    inputs: tuple[Path, ...],
    output: Path | None,
    export: str | None,
    tasks: str | None,
    top: int,
    per_task: bool,
    text_fields: tuple[str, ...],
    turns_field: str | None,
    id_field: str | None,
    columns: str | None,
    quoting: str | None,
    batch_size: int,
    limit: int | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """List the rows of INPUT on which the pipelines A and B disagree most.

    INPUT is what annotate reads: files, folders or - for JSON lines on stdin. The difference of a
    task lies in [0, 1]: that of its numbers by the length of their range, of several numbers the
    largest of any label that both know. Rows are ranked by the mean over the tasks that A and B
    have in common, or with --per-task by each. Rows that cannot be scored are counted.
    """
    if turns_field and text_fields:
        raise click.UsageError("--turns-field goes without --text-field")
    if as_json and output is not None:
        raise click.UsageError("--json goes to stdout: leave out -o")
    _check_output(output, export, inputs)
    if turns_field is None and holds_transcripts(inputs):
        turns_field = TURNS
    chosen, unit = names(tasks), TURNS if turns_field else None
    with stdin_as_file(inputs) as files:
        settings = Settings(
            inputs=files,
            output=None,
            pipeline=PipelineSpec(a, None, chosen, unit),
            text_fields=text_fields,
            turns_field=turns_field,
            id_field=id_field,
            columns=names(columns),
            quoting=quoting,
            batch_size=batch_size,
            limit=limit,
        )
        shown = Line(quiet)
        try:
            other = PipelineSpec(b, None, chosen, unit)
            found = compare(settings, other, top, per_task, shown.update)
        finally:
            shown.clear()
    if as_json:
        click.echo(json.dumps(_plain(found, id_field), indent=2))
    elif output is None:
        if found.items:
            show(list(_rows(found, id_field)), as_json=False)
        else:
            compared = any(tally.n for tally in found.tallies.values())
            click.echo("no disagreement" if compared else "no text with two scores")
    if not quiet and not as_json:
        _print(found)
    if output is not None:
        for path, text in _files(found, output, export, id_field):
            path.write_text(text, encoding="utf8", newline="")
            click.echo(f"written: {click.format_filename(path)}")


def _check_output(output: Path | None, export: str | None, inputs: tuple[Path, ...]) -> None:
    """RAISES: AF176 for a suffix that does not fit, AF042 if an input would be overwritten."""
    if output is None:
        if export:
            raise click.UsageError("--export needs an output: -o FILE")
        return
    suffixes = SUFFIXES[export or ""]
    if output.suffix.lower() not in suffixes:
        what = f"tasks for {export} are" if export else "what differs is"
        known, suffix = " or ".join(suffixes), output.suffix
        raise AffectError("AF176", path=output, what=what, known=known, suffix=suffix)
    files = find_files(path for path in inputs if path != STDIO)
    if output.resolve() in [path.resolve() for path in files]:
        raise AffectError("AF042", reason=f"the output {output} is one of the inputs")
    output.parent.mkdir(parents=True, exist_ok=True)


def _files(
    found: Comparison, output: Path, export: str | None, id_field: str | None
) -> Iterator[tuple[Path, str]]:
    """YIELDS (tuple[Path, str]): What to write; beside tasks for Label Studio, the interface that
    shows them.
    """
    if export == LABEL_STUDIO:
        yield output, label_studio(found)
        yield output.with_suffix(".xml"), interface(found)
    elif export == PRODIGY:
        yield output, "".join(prodigy_lines(found))
    elif output.suffix.lower() == ".csv":
        yield output, "".join(csv_lines(found, id_field))
    else:
        yield output, "".join(json_lines(found))


def _rows(found: Comparison, id_field: str | None) -> Iterator[dict[str, Any]]:
    """YIELDS (dict): The rows of the table."""
    fields = {item.field for item in found.items}
    for item in found.items:
        part = item.parts[item.worst]
        text = " ".join(item.text.split())
        row = {"row": f"{item.row:,}"}
        row |= {"id": str(item.fields.get(id_field, ""))} if id_field else {}
        row |= {"field": item.field} if len(fields) > 1 else {}
        yield row | {
            "disagreement": f"{item.disagreement:.3f}",
            "most on": item.worst,
            "A": said(part.a, part.on),
            "B": said(part.b, part.on),
            "text": text if len(text) <= SHOWN else f"{text[:SHOWN]}…",
        }


def _print(found: Comparison) -> None:
    a, b = found.names
    click.echo("")
    click.echo(f"A: {a}, B: {b}")
    left = f", {found.unscored:,} texts without two scores" if found.unscored else ""
    click.echo(f"{found.rows:,} rows, {found.errors:,} with an error{left}")
    for first, rows in found.reasons.values():
        click.echo(f"  {rows:,} times like: {first}")
    click.echo("")
    show(
        [
            {
                "task": name,
                "texts": f"{tally.n:,}",
                "mean difference": "-" if tally.mean is None else f"{tally.mean:.3f}",
                "other label": f"{100 * tally.labels / tally.n:.1f} %" if tally.n else "-",
            }
            for name, tally in found.tallies.items()
        ],
        as_json=False,
    )
    for note in found.notes:
        click.echo(f"Note: {note}")


def _plain(found: Comparison, id_field: str | None) -> dict[str, Any]:
    """RETURNS (dict): All of it as JSON has it."""
    return {
        "a": found.names[0],
        "b": found.names[1],
        "rows": found.rows,
        "errors": found.errors,
        "unscored": found.unscored,
        "tasks": {
            name: {"texts": tally.n, "mean_difference": tally.mean, "other_label": tally.labels}
            for name, tally in found.tallies.items()
        },
        "top": [{**plain(item, id_field), "text": item.text} for item in found.items],
        "notes": found.notes,
    }
