"""`spacy-affect corpora`: which corpora can be read, and on what terms."""

from __future__ import annotations

from typing import Any

import click

from .. import plugins
from ..registry import REGISTRIES
from .listing import as_json, show


@click.command("corpora")
@as_json
def command(as_json: bool) -> None:
    """List the corpora and formats that can be read, with tasks, labels and licence.

    ship: may weights trained on it be shipped under a permissive licence? "yes" with attribution,
    "share-alike", or "research" where the terms are research-only or not stated.
    """
    show([_row(name) for name in sorted(REGISTRIES["corpus"].get_all())], as_json)


def _row(name: str) -> dict[str, Any]:
    make = REGISTRIES["corpus"].get(name)
    card = getattr(make, "card", None)  # a stranger's may be a plain function
    return {
        "corpus": name,
        "tasks": list(getattr(make, "tasks", ())),
        "scheme": getattr(card, "scheme", ""),
        "languages": list(getattr(card, "languages", ())),
        "licence": getattr(card, "licence", ""),
        "ship": getattr(card, "ship", ""),
        "distribution": plugins.owner("corpus", name),
    }
