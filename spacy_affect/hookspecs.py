"""The hooks through which affect tasks, backbones, corpora, weights and commands are added.

A plugin is a module (or object) named by an entry point of the group `spacy_affect`, holding
functions of these names marked with `spacy_affect.api.hookimpl`. No hook runs per document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click

    from .tasks.base import Task

PROJECT = "spacy_affect"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Register(Protocol):
    """Give something a name in configs.

    name (str): The config name: letters, digits, `_`, `-`, `.`.
    make (Callable): A function or class at the top level of a module; its arguments become
        config keys.
    """

    def __call__(self, name: str, make: Any) -> None: ...


class RegisterFolder(Protocol):
    """Give a folder of ready-made weights a name.

    name (str): What configs and `spacy-affect models` call it: letters, digits, `_`, `-`, `.`.
    path (str | Path): The folder, which holds a `meta.json` (see `spacy_affect.cards`).
    """

    def __call__(self, name: str, path: str | Path) -> None: ...


@hookspec
def affect_register_tasks(register: Register) -> None:
    """Register tasks: `make(...)` returns a `Task`. Runs once, when tasks are first asked for."""


@hookspec
def affect_register_backbones(register: Register) -> None:
    """Register backbones: `make(...)` returns a thinc `Model` from units to `Scores`.

    Runs once, when backbones are first asked for.
    """


@hookspec
def affect_register_corpora(register: Register) -> None:
    """Register corpus sources: `make(...)` returns a `CorpusSource`.

    Runs once, when corpora are first asked for.
    """


@hookspec
def affect_register_weights(register: RegisterFolder) -> None:
    """Register ready-made weights: folders as `spacy_affect.Embedded.v1` reads them.

    Runs once, when weights are first asked for.
    """


@hookspec
def affect_backbone_presets() -> Mapping[str, Mapping[str, Any]]:  # type: ignore[empty-body]
    """RETURNS: `{preset name: config}` for `spacy-affect init-config --backbone NAME`: a dict with
        the block `model`, which every component gets, and, where wanted, `components` that they
        share, `initialize` and `training`; or that block alone.

    Runs when a config is asked for, and for `spacy-affect backbones`.
    """


@hookspec
def affect_register_commands(cli: click.Group) -> None:
    """Add commands to `spacy-affect` with `cli.command()` or `cli.add_command`.

    Runs when a command that is not one of ours is called, and for `--help`.
    """


@hookspec(firstresult=True)
def affect_map_label(source: str, target: str, label: str) -> Sequence[str] | None:
    """Map a label where no published table does, also of a plugin's scheme; None leaves it to the
    next plugin.

    Runs for each label that `spacy_affect.api.map_label` finds in no table of its own.
    """


@hookspec
def affect_extra_metrics(  # type: ignore[empty-body]
    task: Task, gold: Sequence[Any], pred: Sequence[Any]
) -> Mapping[str, float]:
    """RETURNS: Further metrics `{name: value}` for parallel gold and predicted values.

    Runs once per component in `nlp.evaluate`, after our own metrics; values that are absent in the
    gold or in the prediction are left out of both lists.
    """
