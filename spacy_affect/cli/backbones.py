"""`spacy-affect backbones`: what can predict a task."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import click

from .. import plugins
from ..hookspecs import PROJECT
from ..registry import REGISTRIES
from .listing import as_json, show


@click.command("backbones")
@as_json
def command(as_json: bool) -> None:
    """List backbones, as a config's `model` block names them, and presets of plugins."""
    rows: list[dict[str, Any]] = []
    for point in sorted(metadata.entry_points(group="spacy_architectures"), key=lambda p: p.name):
        if point.name.startswith(f"{PROJECT}.") and point.dist is not None:
            rows.append(_row(point.name, "@architectures", point.dist.name))
    for name in sorted(REGISTRIES["backbone"].get_all()):
        rows.append(_row(name, "@affect_backbones", plugins.owner("backbone", name)))
    for plugin, presets in plugins.call("affect_backbone_presets"):
        rows.extend(_row(name, "preset", plugin) for name in sorted(presets or {}))
    show(rows, as_json)


def _row(name: str, key: str, distribution: str) -> dict[str, Any]:
    return {"backbone": name, "config": key, "distribution": distribution}
