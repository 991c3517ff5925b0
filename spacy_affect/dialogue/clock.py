"""Times as transcripts write them, in seconds."""

from __future__ import annotations

import math
import re
from typing import Any

#: Hours are optional, and so is the fraction, behind a point, a comma or (three digits) a colon.
#: Translation programs put spaces behind the signs, or make them full-width ones.
CLOCK = (
    r"(?:(\d{1,4})[:：] ?)?(\d{1,3})[:：] ?(\d{1,2})"
    r"(?:[.,．，。] ?(\d{1,9})|[:：](\d{3}))?(?![\d:：])"
)
_CLOCK = re.compile(CLOCK)
_NUMBER = re.compile(r"\d{1,15}(?:[.,]\d{1,9})?")


def seconds(hours: str | None, minutes: str, secs: str, *fractions: str | None) -> float:
    """RETURNS (float): The time that the groups of CLOCK give."""
    whole = 3600 * int(hours or 0) + 60 * int(minutes) + int(secs)
    # read as one number, for a sum of floats is not always the nearest one
    return float(f"{whole}.{next(filter(None, fractions), '0')}")


def is_carried(hours: str | None, minutes: str, secs: str, *fractions: str | None) -> bool:
    """RETURNS (bool): The groups of CLOCK count beyond 59 where they should carry."""
    return int(secs) > 59 or bool(hours and int(minutes) > 59)


def parse_clock(text: str) -> float | None:
    """RETURNS (float | None): The seconds of "[HH:]MM:SS[.mmm]" or "12.5"; None for others."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        return seconds(*found.groups())
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def parse_time(value: Any) -> float | None:
    """RETURNS (float | None): The seconds of a JSON value, a number or a text; None for others."""
    if isinstance(value, str):
        return parse_clock(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        time = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return time if math.isfinite(time) and time >= 0 else None
