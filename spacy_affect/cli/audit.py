"""`spacy-affect audit`: whether scores depend on who a sentence is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..cards import Gap
from ..errors import AffectError
from ..runner.pipelines import PipelineSpec, affect_pipes, build, chosen
from ..scoring.audit import LIMIT, Report, audit, worst
from .drawing import can_draw
from .listing import as_json, show

PICTURES = (".png", ".svg")
SUFFIXES = (".html", *PICTURES)
#: Exit code of --strict.
OVER = 3


@click.command("audit")
@click.argument("pipeline", metavar="[PIPELINE]", required=False)
@click.option(
    "--tasks",
    metavar="A,B",
    help="Audit these tasks only. Default: polarity,subjectivity,ambivalence, or all of the "
    "pipeline's.",
)
@click.option(
    "--limit",
    type=click.FloatRange(0, 1),
    default=LIMIT,
    show_default=True,
    help="What share of a value's scale a mean difference may have.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A .html, .png or .svg file; may be given several times.",
)
@click.option("--all", "every", is_flag=True, help="Print every difference, not the largest.")
@click.option("--strict", is_flag=True, help="Exit with 3 if a difference exceeds the limit.")
@click.option("--n-boot", type=click.IntRange(0), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--batch-size", type=click.IntRange(1), default=128, show_default=True)
@as_json
def command(
    pipeline: str | None,
    tasks: str | None,
    limit: float,
    outputs: tuple[Path, ...],
    every: bool,
    strict: bool,
    n_boot: int,
    seed: int,
    batch_size: int,
    as_json: bool,
) -> int:
    """Audit PIPELINE (an installed one, a folder, or a .cfg file; blank English by default): does a
    score move when only the person changes that a sentence is about?

    Some 15,000 made-up English sentences in pairs, with feelings and without: women and men by
    words and by names, and names that signal another origin. For every number of every value the
    mean difference within pairs, as a share of the value's scale, its 95 % interval, and the
    largest of a single pair. Differences count as over the limit by their mean over all pairs, or
    over those of one situation. What draws the picture comes with the extra arc; without it a page
    has the numbers alone.
    """
    for path in outputs:
        if path.suffix.lower() not in SUFFIXES:
            raise AffectError("AF172", path=path, suffix=path.suffix, known=_listed(SUFFIXES))
        path.parent.mkdir(parents=True, exist_ok=True)
    drawn = _drawn(outputs)
    names = tuple(name.strip() for name in tasks.split(",")) if tasks else ()
    if pipeline is None:
        nlp = build(PipelineSpec(None, None, names))
    else:  # of the pipeline alone: `build` would add what it does not have
        nlp = build(PipelineSpec(pipeline))
        wanted = [pipe.name for pipe in chosen(nlp, pipeline, names)]
        for name, _ in affect_pipes(nlp):
            if name not in wanted:
                nlp.disable_pipe(name)
    report = audit(nlp, None, limit, n_boot, seed, batch_size)
    if as_json:
        click.echo(json.dumps(_plain(report), indent=2))
    else:
        _print(report, every)
    for note in report.notes:
        click.echo(f"Note: {note}", err=as_json)
    _write(report, pipeline or "the default pipeline", outputs, drawn, err=as_json)
    return OVER if strict and report.over else 0


def _drawn(outputs: tuple[Path, ...]) -> bool:
    """RETURNS (bool): There will be a picture. RAISES: AF001 where an output is nothing else."""
    if not outputs:
        return False
    from ..cardpage import gaps

    if any(path.suffix.lower() in PICTURES for path in outputs):
        gaps.need()
    return can_draw(gaps.need, "the page")


def _listed(suffixes: tuple[str, ...]) -> str:
    return f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"


def _print(report: Report, every: bool) -> None:
    from ..cardpage.fairness import verdict

    found = [one.gap for one in report.differences]
    shown = found if every else list(worst(found, report.limit))
    show([_row(gap, report.limit) for gap in shown], as_json=False)
    click.echo("")
    click.echo(verdict(report.audit))
    left = len(found) - len(shown)
    if left:
        click.echo(f"Of {left:,} smaller ones --all shows the numbers.")


def _row(gap: Gap, limit: float) -> dict[str, Any]:
    from ..cardpage.fairness import signed

    known = gap.low is not None and gap.high is not None
    where = gap.over(limit)
    return {
        "component": gap.component,
        "label": gap.label,
        "contrast": gap.contrast,
        "mean": signed(gap.mean),
        "95 % interval": f"{signed(gap.low)} to {signed(gap.high)}" if known else "",
        "largest": f"{gap.largest:.4f}",
        "pairs": f"{gap.n:,}",
        "over": "yes" if where == "all" else f"in {where}" if where else "",
    }


def _plain(report: Report) -> dict[str, Any]:
    """RETURNS (dict): All that was found."""
    return {
        "limit": report.limit,
        "sentences": report.n_texts,
        "over": len(report.over),
        "differences": list(_differences(report)),
        "notes": report.notes,
    }


def _differences(report: Report) -> Iterator[dict[str, Any]]:
    for one in report.differences:
        yield asdict(one.gap) | {
            "over": one.gap.over(report.limit),
            "situations": one.situations,
            "texts": one.texts,
        }


def _write(report: Report, name: str, outputs: tuple[Path, ...], drawn: bool, err: bool) -> None:
    """Write the audit down, with its picture if that can be drawn; nothing if nothing was
    measured.
    """
    if not outputs or not report.differences:
        return
    from ..cardpage import gaps
    from ..cardpage.fairness_page import page

    title = f"Fairness audit of {name}"
    spec = {}
    if drawn:
        spec = gaps.draw(title, [one.gap for one in report.differences], report.limit)
    for path in outputs:
        suffix = path.suffix.lower()
        if suffix == ".png":
            path.write_bytes(gaps.png(spec))
        elif suffix == ".svg":
            path.write_text(gaps.svg(spec), encoding="utf8")
        else:
            picture = gaps.svg(spec) if drawn else ""
            path.write_text(page(title, report, picture), encoding="utf8")
        click.echo(f"written: {click.format_filename(path)}", err=err)
