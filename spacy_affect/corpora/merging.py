"""Join what several rows know of one text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .base import Row
from .gold import Gold


def merge(rows: Iterable[Row]) -> list[Row]:
    """Make one row of all rows with the same text, so that a model reads it once.

    SemEval-2018, for one, has the same tweet with intensities, with labels, and with valence.

    RETURNS (list[Row]): Each where its text first stood, with that row's id, group and place.
        Where two rows contradict each other, the first is right.
    """
    found: dict[str, Row] = {}
    for row in rows:
        # a conversation is no text that is rated twice
        key = f"{row.file} {row.line}\n{row.text}" if row.turns else row.text
        known = found.get(key)
        if known is None:
            found[key] = row
            continue
        gold = dict(known.gold)
        for task, new in row.gold.items():
            old = gold.get(task, Gold())
            gold[task] = Gold(_joined(old.value, new.value), _joined(old.labels, new.labels))
        found[key] = replace(known, gold=gold)
    return list(found.values())


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**new, **old}
    return new if old is None else old
