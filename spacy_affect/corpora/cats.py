"""Gold from textcat's `cats`: `{label: number}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from .files import Malformed
from .gold import Gold


def exclusive(all_cats: Iterable[Mapping[str, Any]]) -> bool:
    """RETURNS (bool): Every text has exactly one category, so they are classes.

    One text cannot tell: in data of several labels many texts have one.
    """
    seen = False
    for cats in filter(None, all_cats):
        seen = True
        numbers = list(cats.values())
        if any(number not in (0, 1) for number in numbers) or sum(numbers) != 1:
            return False
    return seen


def cats_gold(cats: Mapping[str, Any], exclusive: bool) -> Gold:
    """RETURNS (Gold): The class if they are exclusive; else labels, or values if not all 0 or 1.
    RAISES: Malformed for anything but numbers.
    """
    for label, number in cats.items():
        if isinstance(number, bool) or not isinstance(number, Real):
            raise Malformed(f"the category {label!r} is no number: {number!r}")
    if not cats:
        return Gold()
    if exclusive:
        return Gold(labels=next(label for label, number in cats.items() if number))
    if all(number in (0, 1) for number in cats.values()):
        return Gold(labels={label: int(number) for label, number in cats.items()})
    return Gold({label: float(number) for label, number in cats.items()})
