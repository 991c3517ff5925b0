"""`spacy-affect calibrate`: let a pipeline say how sure it is, and check that on texts apart."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ..errors import AffectError
from ..pipeline.trainable import LEVEL
from ..runner.halves import Report, calibrate
from ..runner.pipelines import PipelineSpec, build
from .listing import as_json, show

#: Column -> metric of the half that nothing was fitted on.
COLUMNS = {
    "ece": "ece",
    "coverage": "coverage",
    "set size": "set_size",
    "interval coverage": "interval_coverage",
    "interval width": "interval_width",
}


@click.command("calibrate")
@click.argument("pipeline", metavar="PIPELINE")
@click.argument("sources", metavar="SOURCE[:PATH]...", nargs=-1, required=True)
@click.option(
    "-o", "--output", required=True, metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the calibrated pipeline goes.",
)  # fmt: skip
@click.option("--split", metavar="NAME", help="train or dev. Default: all that is there.")
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=LEVEL,
    show_default=True,
    help="How often intervals and sets shall hold the truth.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the halves.")
@click.option("--force", is_flag=True, help="Overwrite FOLDER.")
@as_json
def command(
    pipeline: str,
    sources: tuple[str, ...],
    output: Path,
    split: str | None,
    level: float,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Calibrate PIPELINE (an installed one, a folder, or a .cfg file) on texts with gold that it
    was not trained on, and write it to FOLDER.

    A SOURCE is a registered corpus with the path of its folder or file, goemotions:FOLDER, or the
    path of a .spacy, .jsonl, .csv or .tsv file. One half of the texts fits, the other, which the
    table is of, checks: the error of probabilities before and after (ece), how often sets of labels
    and intervals hold the gold, which should be the level, and how large they are. Records then
    have `confidence`, `set`, `interval` and `abstain`.
    """
    if output.exists() and not force:
        raise AffectError("AF130", path=output)
    output.parent.mkdir(parents=True, exist_ok=True)
    nlp = build(PipelineSpec(pipeline))
    report = calibrate(nlp, sources, split, level, seed)
    nlp.to_disk(output)
    if as_json:
        click.echo(json.dumps(_plain(report), indent=2))
    else:
        show(list(_rows(report)), as_json=False)
        click.echo("")
    for note in report.notes:
        click.echo(f"Note: {note}", err=as_json)
    click.echo(f"written: {output}", err=as_json)


def _rows(report: Report) -> Iterator[dict[str, str]]:
    """YIELDS (dict): The rows of the table."""
    for key, found in report.components.items():
        row = {"component": key, "fitted": f"{found.fitted:,}", "checked": f"{found.checked:,}"}
        row["ece before"] = _number(found.before.get("ece"))
        yield row | {name: _number(found.after.get(of)) for name, of in COLUMNS.items()}


def _plain(report: Report) -> dict[str, Any]:
    """RETURNS (dict): component -> texts of either half, and metrics before and after."""
    return {
        key: {
            "fitted": found.fitted,
            "checked": found.checked,
            "before": _known(found.before),
            "after": _known(found.after),
        }
        for key, found in report.components.items()
    }


def _known(metrics: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(number) else number for name, number in metrics.items()}


def _number(number: float | None) -> str:
    return "-" if number is None or math.isnan(number) else f"{number:.3f}"
