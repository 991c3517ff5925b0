"""`spacy-affect init-config`: write a training config to standard output."""

from __future__ import annotations

import click

from ..errors import AffectError, listing


@click.command(name="init-config")
@click.option(
    "--task", "tasks", multiple=True, required=True, help="What to learn; repeat for several."
)
@click.option("--backbone", default="sparse", show_default=True, help="A preset: see below.")
@click.option("--lang", default="en", show_default=True, help="ISO code of the texts' language.")
@click.option(
    "--scheme",
    "schemes",
    multiple=True,
    metavar="[TASK=]NAME",
    help="A label scheme that is not the default.",
)
@click.option(
    "--unit", metavar="U", help="doc, sents, turns, or spans:<key>. Default: the task's own."
)
@click.option("--encoder", metavar="FOLDER", help="The pretrained encoder, for curated and so on.")
def command(
    tasks: tuple[str, ...],
    backbone: str,
    lang: str,
    schemes: tuple[str, ...],
    unit: str | None,
    encoder: str | None,
) -> None:
    """Write a config for `spacy train` to standard output.

    Backbones: sparse (linear over n-grams and affect words: fast), cnn (from scratch), curated and
    transformers (fine-tune a pretrained encoder), and those of plugins.

    \b
        spacy-affect init-config --task emotion --backbone sparse > config.cfg
        spacy train config.cfg --paths.train train.spacy --paths.dev dev.spacy -o out
    """
    from ..pipeline.configs import make_config

    by_task = {}
    for given in schemes:
        task, found, name = given.rpartition("=")
        if not found and len(tasks) > 1:
            raise AffectError("AF099", given=given)
        if found and task not in tasks:
            raise AffectError("AF163", given=given, task=task, tasks=listing(tasks))
        by_task[task or tasks[0]] = name
    try:
        config = make_config(
            tasks, backbone, lang=lang, schemes=by_task, unit=unit, encoder=encoder
        )
    except ImportError as error:  # what spaCy raises for a language that it does not have
        raise click.BadParameter(str(error), param_hint="--lang") from None
    click.echo(config.to_str(interpolate=False))
