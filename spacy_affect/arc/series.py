"""The rows that a chart draws: where each turn stands, and the line through its speaker's turns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from . import words
from .data import Arc

#: From so many turns on a line through every value is a scribble; a mean over neighbours is drawn.
MANY = 120
#: A mean runs over about a sixtieth of the turns, and no fewer than this.
LEAST_WINDOW = 5
WINDOWS = 60
#: How wide, in seconds, a turn without an end or a successor is drawn.
UNKNOWN_LENGTH = 2.0
#: Vega's time scale, which knows minutes and hours, counts in these.
MILLISECONDS = 1000.0
#: Seconds between two times that are written along an axis.
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
HOUR = 3600


def window(arc: Arc) -> int:
    """RETURNS (int): Over how many turns of one speaker lines are means; 1 in a short arc."""
    return 1 if len(arc) < MANY else max(LEAST_WINDOW, len(arc) // WINDOWS) | 1


def rows(arc: Arc, by: str, emotions: Sequence[str]) -> list[dict[str, Any]]:
    """Place each turn on the axis, with its values and what a tooltip says of it.

    by (str): "time" or "turns". emotions (Sequence[str]): The labels that are drawn.
    RETURNS (list[dict]): `at` is the middle, `left` to `right` the turn, `reach_from` to `reach_to`
        what belongs to it when pointed at.
    """
    placed = _times(arc) if by == "time" else [(n - 0.4, n + 0.4) for n in arc.numbers]
    reaches = _reaches([left for left, _ in placed], placed, by)
    marks = arc.marks
    found = []
    for i, (left, right) in enumerate(placed):
        row = {
            "turn": arc.numbers[i],
            "speaker": words.speaker(arc.speakers[i]),
            "at": (left + right) / 2,
            "left": left,
            "right": right,
            "reach_from": reaches[i][0],
            "reach_to": reaches[i][1],
            "polarity": arc.polarity[i],
            "ambivalence": arc.ambivalence[i],
            "strategy": None if marks[i] is None else words.label(marks[i]),
        }
        row |= {f"emotion{n}": arc.emotions[label][i] for n, label in enumerate(emotions)}
        found.append(row | _told(arc, i, emotions))
    return found


def line(arc: Arc, placed: Sequence[dict[str, Any]], measure: str) -> list[dict[str, Any]]:
    """Join the values of each speaker.

    placed (Sequence[dict]): As `rows` gives them. measure (str): Which of their keys.
    RETURNS (list[dict]): at, speaker and value, in order; means over `window(arc)` turns.
    """
    reach = window(arc) // 2
    points = []
    for name in dict.fromkeys(row["speaker"] for row in placed):
        own = [row for row in placed if row["speaker"] == name and row[measure] is not None]
        own.sort(key=lambda row: row["at"])
        for i, row in enumerate(own):
            near = [other[measure] for other in own[max(0, i - reach) : i + reach + 1]]
            points.append({"at": row["at"], "speaker": name, "value": sum(near) / len(near)})
    return points


def times(placed: Sequence[dict[str, Any]], most: int) -> list[float]:
    """Choose times to write along an axis.

    placed (Sequence[dict]): As `rows` gives them, in milliseconds.
    RETURNS (list[float]): No more than `most`, at whole steps of STEPS or of hours.
    """
    low = min(row["left"] for row in placed) / MILLISECONDS
    high = max(row["right"] for row in placed) / MILLISECONDS
    least = (high - low) / most
    step = next((step for step in STEPS if step > least), HOUR * (least // HOUR + 1))
    first = math.ceil(low / step)
    return [n * step * MILLISECONDS for n in range(first, int(high // step) + 1)]


def told(arc: Arc) -> dict[str, str]:
    """RETURNS (dict[str, str]): Field of `rows` -> its heading in a tooltip; only what there is."""
    found = {"said_turn": "Turn", "said_by": "Speaker", "said_when": "Time", "said": "Text"}
    if all(start is None for start in arc.starts):
        del found["said_when"]
    if not any(arc.speakers):
        del found["said_by"]
    for task, heading in (("polarity", "Polarity"), ("emotion", "Emotions")):
        if task in arc.sources:
            found[f"said_{task}"] = heading
    if "ambivalence" in arc.sources:
        found |= {"said_ambivalence": "Ambivalence", "said_cues": "Cues"}
    if any(arc.marks):
        found["said_strategy"] = "Strategy"
    return found


def _told(arc: Arc, i: int, emotions: Sequence[str]) -> dict[str, str]:
    """RETURNS (dict[str, str]): What tooltips say, as text: a None would show as "null"."""
    felt = (f"{label} {words.number(arc.emotions[label][i])}" for label in emotions)
    share = arc.shares[i]
    mark = words.label(arc.marks[i])
    return {
        "said_turn": str(arc.numbers[i]),
        "said_by": words.speaker(arc.speakers[i]),
        "said_when": words.stretch(arc.starts[i], arc.ends[i]),
        "said": words.excerpt(arc.texts[i]),
        "said_polarity": words.number(arc.polarity[i], signed=True),
        "said_emotion": ", ".join(felt),
        "said_ambivalence": words.number(arc.ambivalence[i]),
        "said_cues": words.excerpt(words.cues(arc.cues[i])),
        "said_strategy": mark if share is None else f"{mark} ({words.number(share)})",
    }


def _times(arc: Arc) -> list[tuple[float, float]]:
    """RETURNS (list[tuple]): Start and end in milliseconds; an unknown end is the next start."""
    starts = [start or 0.0 for start in arc.starts]
    later = sorted(starts)
    found = []
    for start, end in zip(starts, arc.ends, strict=True):
        if end is None:
            after = [other for other in later if other > start][:1]
            end = after[0] if after else start + UNKNOWN_LENGTH
        found.append((start * MILLISECONDS, end * MILLISECONDS))
    return found


def _reaches(
    lefts: Sequence[float], placed: Sequence[tuple[float, float]], by: str
) -> list[tuple[float, float]]:
    """RETURNS (list[tuple]): From half-way to the turn before to half-way to the one after; in time
    from the turn's start to the next one's.
    """
    if by == "turns":
        return [(left - 0.1, right + 0.1) for left, right in placed]
    order = sorted(range(len(lefts)), key=lefts.__getitem__)
    found = list(placed)
    for i, after in pairwise(order):
        found[i] = (lefts[i], max(lefts[after], lefts[i]))
    return found
