"""Bar charts in plain characters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

#: Characters of the longest bar.
WIDTH = 40
BLOCK, PLAIN = "█", "#"


def mark(encoding: str | None) -> str:
    """RETURNS (str): What bars are made of where text is written in this encoding."""
    try:
        BLOCK.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return PLAIN
    return BLOCK


def bars(numbers: Mapping[str, float], block: str, width: int = WIDTH) -> Iterator[str]:
    """Draw numbers from 0 as bars, the highest over the whole width.

    numbers (Mapping[str, float]): By name; NaN has no bar.
    YIELDS (str): A line for each, in their order.
    """
    most = max((number for number in numbers.values() if not math.isnan(number)), default=0.0)
    space = max(map(len, numbers), default=0)
    for name, number in numbers.items():
        if math.isnan(number):
            yield f"{name:<{space}}  {'-':>5}"
        else:
            length = round(width * max(number, 0.0) / most) if most > 0 else 0
            yield f"{name:<{space}}  {number:5.3f}  {block * length}".rstrip()
