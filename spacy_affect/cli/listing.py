"""What the listing commands share: a table for people, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

#: Items of a list that a table shows; JSON holds them all.
MANY = 5
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows of the same keys. Lists are joined by commas in the table."""
    if as_json:
        click.echo(json.dumps(list(rows), indent=2))
        return
    if not rows:
        click.echo("none")
        return
    table = [list(rows[0])] + [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, list):
        more = [f"... ({len(value)})"] if len(value) > MANY else []
        return ", ".join([*value[: MANY - len(more)], *more]) or "-"
    return "-" if value in (None, "") else str(value)
