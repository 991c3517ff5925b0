"""`spacy-affect arc`: how a conversation scores, turn after turn, as a page or a picture."""

from __future__ import annotations

from pathlib import Path

import click

from ..arc import chart
from ..arc.data import Arc, read
from ..arc.page import NOTICE, page, provenance, summary
from ..dialogue import TURNS, make_doc
from ..errors import AffectError
from ..runner.pipelines import PipelineSpec, affect_pipes, build

SUFFIXES = (".html", ".png")
#: What runs where no pipeline is named: what needs no training.
UNTRAINED = ("polarity", "ambivalence")


@click.command("arc")
@click.argument("conversation", metavar="INPUT", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A .html or .png file; may be given several times.",
)
@click.option(
    "--pipeline",
    metavar="NAME|PATH",
    help="An installed spaCy pipeline, a folder, or a .cfg file. Default: blank English.",
)
@click.option(
    "--tasks",
    metavar="A,B",
    help="Run these tasks only. Default: polarity,ambivalence, or all of the pipeline's.",
)
@click.option(
    "--by",
    type=click.Choice(["time", "turns"]),
    help="What it runs along. Default: time, if every turn has a start.",
)
@click.option(
    "--emotions",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="Draw so many emotions, those with the highest maximum; the table has all.",
)
@click.option("--title", metavar="TEXT", help="Default: the name of INPUT.")
def command(
    conversation: Path,
    outputs: tuple[Path, ...],
    pipeline: str | None,
    tasks: str | None,
    by: str | None,
    emotions: int,
    title: str | None,
) -> None:
    """Draw polarity, emotions, ambivalence and support strategies of a conversation.

    INPUT is a transcript: turns in .json or .jsonl, captions in .vtt or .srt, or what Whisper
    writes. The page loads nothing from the network; the picture needs no browser.
    """
    for path in outputs:
        if path.suffix.lower() not in SUFFIXES:
            raise AffectError("AF120", path=path, suffix=path.suffix, known=" or ".join(SUFFIXES))
    chart.need()
    names = tuple(name.strip() for name in tasks.split(",")) if tasks else ()
    spec = PipelineSpec(pipeline, None, names or (() if pipeline else UNTRAINED), TURNS)
    arc = _score(conversation, spec)
    axis = arc.axis(by)
    shown = list(arc.emotions)[:emotions]
    title = title or f"Emotional arc of {conversation.name}"
    for path in outputs:
        if path.suffix.lower() == ".png":
            lines = [title, summary(arc), *provenance(arc), NOTICE]
            path.write_bytes(chart.png(chart.draw(arc, axis, shown, lines)))
        else:
            path.write_text(page(arc, axis, shown, title), encoding="utf8")
        click.echo(f"written: {click.format_filename(path)}")


def _score(path: Path, spec: PipelineSpec) -> Arc:
    """RAISES: AF121 for a transcript without any text, and what `build` and `read` raise."""
    from ..dialogue.transcripts import read_transcript

    transcript = read_transcript(path)
    for problem in transcript.problems:
        click.echo(f"Warning: {click.format_filename(path)}: {problem}", err=True)
    if not any(turn["text"].strip() for turn in transcript.turns):
        raise AffectError("AF121", path=path)
    nlp = build(spec)
    doc = nlp(make_doc(nlp, transcript.turns, transcript.situation))
    return read(doc, {pipe.task.name: pipe.key for _, pipe in affect_pipes(nlp)})
