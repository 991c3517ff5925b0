"""`spacy-affect tasks`: what can be predicted."""

from __future__ import annotations

import inspect
from typing import Any

import click

from .. import plugins
from ..registry import REGISTRIES
from .listing import as_json, show


@click.command("tasks")
@as_json
def command(as_json: bool) -> None:
    """List what can be predicted, with range, labels and default backbone."""
    show([_row(name) for name in sorted(REGISTRIES["task"].get_all())], as_json)


def _row(name: str) -> dict[str, Any]:
    make = REGISTRIES["task"].get(name)
    row: dict[str, Any] = {"task": name, "value": "", "labels": [], "backbone": ""}
    if not any(p.default is p.empty for p in inspect.signature(make).parameters.values()):
        task = make()
        model = dict(task.default_model or {})
        numbers = "a number per label" if task.many else "a number"
        row["value"] = f"{numbers} in [{task.low:g}, {task.high:g}]"
        row["labels"] = list(task.scheme.labels)
        row["backbone"] = str(next(iter(model.values()), ""))
    return row | {"distribution": plugins.owner("task", name)}
