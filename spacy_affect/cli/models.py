"""`spacy-affect models`: which models are installed, and what each may be used for."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..cardpage.content import UNSAID, USES, amount, title
from ..cardpage.installed import Model, find, installed
from ..errors import AffectError
from .drawing import can_draw
from .listing import as_json, show

SUFFIXES = (".md", ".html")
#: Characters of a sentence that the table shows.
SHOWN = 60


@click.command("models")
@click.option("--card", "name", metavar="NAME|PATH", help="Write the model card of one.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A .md or .html file for the card; may be given several times. Default: Markdown to "
    "stdout.",
)
@as_json
def command(name: str | None, outputs: tuple[Path, ...], as_json: bool) -> None:
    """List the models that are installed, with licence and what each may be used for; or write the
    card of one: data, metrics, calibration, behaviour, known failures.

    Beside a .md file lies the picture of the calibration, an .html file holds it. What draws it
    comes with the extra arc; without it the card has its numbers alone.
    """
    if name is None:
        if outputs:
            raise click.UsageError("-o needs --card NAME")
        models = installed()
        show([_whole(model) if as_json else _row(model) for model in models], as_json)
        return
    if as_json and outputs:
        raise click.UsageError("--json goes to stdout: leave out -o")
    for path in outputs:
        if path.suffix.lower() not in SUFFIXES:
            raise AffectError("AF153", path=path, suffix=path.suffix, known=" or ".join(SUFFIXES))
    model = find(name)
    if as_json:
        click.echo(json.dumps(_whole(model), indent=2))
    elif outputs:
        _write(model, outputs)
    else:
        from ..cardpage.markdown import markdown

        click.echo(markdown(model), nl=False)


def _write(model: Model, outputs: tuple[Path, ...]) -> None:
    from ..cardpage import chart
    from ..cardpage.markdown import markdown
    from ..cardpage.page import page

    assert model.card is not None  # `find` has seen to it
    picture = ""
    if chart.has_bins(model.card) and can_draw(chart.need, "the card"):
        picture = chart.svg(chart.draw(title(model), model.card.calibration))
    for path in outputs:
        if path.suffix.lower() == ".html":
            files = {path: page(model, picture)}
        else:
            beside = path.with_suffix(".calibration.svg")
            files = {path: markdown(model, beside.name if picture else "")}
            files |= {beside: picture} if picture else {}
        for file, content in files.items():
            file.write_text(content, encoding="utf8")
            click.echo(f"written: {click.format_filename(file)}")


def _whole(model: Model) -> dict[str, Any]:
    """RETURNS (dict): All of the card, and where it comes from."""
    card = {} if model.card is None else asdict(model.card)
    return card | {
        "name": model.name,
        "kind": model.kind,
        "size_bytes": model.size,
        "distribution": model.distribution,
        "path": str(model.folder),
        "error": "" if model.failure is None else str(model.failure),
    }


def _row(model: Model) -> dict[str, Any]:
    card = model.card
    if card is None:
        use = f"BROKEN: {model.failure}"
    else:
        words = " ".join(card.uses.split())
        short = words if len(words) <= SHOWN else f"{words[:SHOWN].rpartition(' ')[0]} …"
        use = USES[card.use] + (f": {short}" if short else "")
    return {
        "model": model.name,
        "kind": model.kind,
        "version": card.version if card else "",
        "tasks": list(card.tasks) if card else [],
        "licence": card.licence or UNSAID if card else "",
        "may be used for": use,
        "size": amount(model.size),
        "distribution": model.distribution,
    }
