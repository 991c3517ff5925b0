"""How an arc writes numbers, times, cues and speakers, in the chart and in the table alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Stands where a turn has no value, so that no cell is empty by mistake.
NOTHING = "–"
#: How many characters of a turn a tooltip shows.
SHOWN = 200


def number(value: float | None, signed: bool = False) -> str:
    """RETURNS (str): Three decimals; "+0.637" or "-0.210" if signed. Never "-0.000"."""
    if value is None:
        return NOTHING
    rounded = round(value, 3) + 0.0
    return f"{rounded:+.3f}" if signed and rounded else f"{rounded:.3f}"


def clock(seconds: float | None) -> str:
    """RETURNS (str): "m:ss", or "h:mm:ss" from an hour on."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{whole % 60:02d}"


def stretch(start: float | None, end: float | None) -> str:
    """RETURNS (str): "0:12 to 0:19", or what is known of it."""
    return clock(start) if end is None else f"{clock(start)} to {clock(end)}"


def cues(found: Mapping[str, Sequence[str]]) -> str:
    """RETURNS (str): "contrast: but; hedge: maybe, I guess"."""
    listed = (f"{label(kind)}: {', '.join(words)}" for kind, words in found.items())
    return "; ".join(listed) or NOTHING


def speaker(name: str) -> str:
    return name or "(not named)"


def label(name: str | None) -> str:
    """RETURNS (str): Of a scheme, as words: "self disclosure"."""
    return NOTHING if name is None else name.replace("_", " ")


def excerpt(text: str, length: int = SHOWN) -> str:
    """RETURNS (str): On one line, cut at a word where there is one near."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[:length]
    return (cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut) + " …"
