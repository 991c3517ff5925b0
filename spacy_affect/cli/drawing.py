"""What commands share that write a picture where there is something to draw with."""

from __future__ import annotations

from collections.abc import Callable

import click

from ..errors import AffectError


def can_draw(need: Callable[[], None], what: str) -> bool:
    """Look for what draws a picture that the rest of an output can do without.

    need (Callable): Raises AF001 where it is missing. what (str): Is written all the same.
    RETURNS (bool): It is there; if not, stderr says what is missing and how to get it.
    """
    try:
        need()
    except AffectError as error:
        click.echo(f"Warning: {what} is written without its picture. {error}", err=True)
        return False
    return True
