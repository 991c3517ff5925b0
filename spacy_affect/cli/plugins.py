"""`spacy-affect plugins`: what is installed, and what was left out and why."""

from __future__ import annotations

import warnings

import click

from .. import plugins
from .listing import as_json, show


@click.command("plugins")
@as_json
def command(as_json: bool) -> None:
    """List plugins with what they add; a broken one with the reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the table says it
        found = plugins.load()
    if as_json:
        rows = [{k: v for k, v in vars(plugin).items() if k != "failure"} for plugin in found]
        show(rows, as_json)
        return
    rows = []
    for plugin in found:
        added = [f"{kind} {name}" for kind, names in plugin.registered.items() for name in names]
        status = f"LEFT OUT: {plugin.error}" if plugin.error else "ok"
        rows.append(
            {
                "plugin": plugin.name,
                "distribution": f"{plugin.distribution} {plugin.version}",
                "adds": added or plugin.hooks,
                "status": status,
            }
        )
    show(rows, as_json)
