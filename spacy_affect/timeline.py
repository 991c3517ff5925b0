"""Where in a recording a score is high: segments and frames from scored stretches of time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc

from .dialogue import TURNS, known
from .errors import AffectError
from .extensions import UNITS, units_of
from .types import Record

#: Digits to which a frame's number is exact: 0.1 s at 30 per second is frame 3, not 3 + 4e-16.
DIGITS = 6


class Segment(NamedTuple):
    """A stretch of time in which a score is high.

    start, end (float): In seconds.
    score (float): The highest of its units', as a Doc's ambivalence is the highest of its parts'.
    cues (list[str]): The types of the cues in it, each once, in the order of their appearance.
    """

    start: float
    end: float
    score: float
    cues: list[str]

    def to_dict(self) -> dict[str, Any]:
        """RETURNS (dict): start, end, score and cues, as JSON takes them."""
        return self._asdict()


@dataclass(frozen=True)
class Settings:
    """What makes a segment. There are two thresholds, so that a score that wavers around one of
    them makes one segment and not many (hysteresis, Schmitt 1938). All defaults but the first are
    conventions of this package, not fitted to data.

    on (float): A segment opens with a unit of at least this score; from 0.5 a text is ambivalent.
    off (float): It stays open while the score is at least this; no more than `on`.
    min_length (float): Seconds; a shorter segment is dropped, after the next has been joined.
    gap (float): Seconds; the longest pause in a segment. Segments no further apart are one, so a
        low unit that is no longer than this does not part them.

    RAISES: AF116 for settings that contradict this.
    """

    on: float = 0.5
    off: float = 0.35
    min_length: float = 1.0
    gap: float = 1.0

    def __post_init__(self) -> None:
        # written so that NaN, which is neither more nor less, is refused too
        if not self.off <= self.on:
            reason = f"off = {self.off!r} must not be above on = {self.on!r}"
            raise AffectError("AF116", reason=reason)
        for name in ("min_length", "gap"):
            if not getattr(self, name) >= 0:
                reason = f"{name} = {getattr(self, name)!r} must be a number of seconds from 0"
                raise AffectError("AF116", reason=reason)


def timeline(
    times: Sequence[tuple[float, float]],
    scores: Sequence[float | None],
    cues: Sequence[Sequence[str]] = (),
    *,
    on: float = Settings.on,
    off: float = Settings.off,
    min_length: float = Settings.min_length,
    gap: float = Settings.gap,
) -> list[Segment]:
    """Find the segments with a high score; see `Settings` for what makes one.

    times (Sequence[tuple[float, float]]): Start and end of each unit in seconds, in any order; they
        may overlap.
    scores (Sequence[float | None]): One per unit; None is not known, and ends a segment as a low
        score does.
    cues (Sequence[Sequence[str]]): The types of the cues in each unit, or () for none in any.
    RETURNS (list[Segment]): In order of time; they do not overlap.
    RAISES: AF115 if these are not parallel, AF116 for settings, AF117 for times that are none.
    """
    settings = Settings(on, off, min_length, gap)
    _check(times, scores, cues)
    segments: list[Segment] = []
    open_now = False
    for i in sorted(range(len(times)), key=lambda i: times[i]):
        (start, end), score = times[i], scores[i]
        near = bool(segments) and start - segments[-1].end <= settings.gap
        least = settings.off if open_now and near else settings.on
        open_now = score is not None and score >= least
        if score is None or not open_now:
            continue
        unit = Segment(float(start), float(end), float(score), list(cues[i]) if cues else [])
        if near:
            unit = _joined(segments.pop(), unit)
        segments.append(unit)
    return [
        segment._replace(cues=list(dict.fromkeys(segment.cues)))
        for segment in segments
        if segment.end - segment.start >= settings.min_length
    ]


def frames(
    units: Iterable[tuple[Any, ...]], rate: float, duration: float | None = None
) -> NDArray[numpy.float64]:
    """Give each frame of a video the score of the segment or unit that it is in.

    units (Iterable[tuple]): Segments, or any tuples that begin with start, end (in seconds, the end
        excluded) and score; None as a score is not known. Where they overlap the highest counts.
    rate (float): Frames per second. duration (float | None): Seconds; None: up to the last end.
    RETURNS (NDArray): (n_frames,) the score at each frame's time i / rate; 0.0 outside of any.
    RAISES: AF116 for a rate or duration that is none, AF117 for times that are none.
    """
    if not 0 < rate < math.inf:
        raise AffectError("AF116", reason=f"rate = {rate!r} must be a number above 0")
    if duration is not None and not 0 <= duration < math.inf:
        raise AffectError("AF116", reason=f"duration = {duration!r} must be a number from 0")
    given = [(unit[0], unit[1], unit[2]) for unit in units]
    for number, (start, end, _) in enumerate(given):
        _check_time(number, start, end)
    last = max((end for _, end, _ in given), default=0.0) if duration is None else duration
    scores = numpy.full(_frame(last, rate), -numpy.inf)
    for start, end, score in given:
        if score is not None:
            part = slice(_frame(start, rate), _frame(end, rate))
            scores[part] = numpy.maximum(scores[part], score)
    return numpy.where(numpy.isneginf(scores), 0.0, scores)


def doc_timeline(
    doc: Doc, key: str = "affect_ambivalence", *, label: str | None = None, **settings: float
) -> list[Segment]:
    """Find the segments in which a scored conversation has a high score.

    The component must have scored turns or sentences (`unit`). A part of a turn takes the part of
    its time that its characters take of its text. A turn without an end lasts until the next start
    that is known, one without a start begins at the last end that is known; a turn without any time
    is left out.

    doc (Doc): With timed turns; see `spacy_affect.dialogue`.
    key (str): What the component writes under. label (str | None): Which number of a value of many.
    settings (float): on, off, min_length, gap; see `Settings`.
    RETURNS (list[Segment]): In order of time; [] if no turn has a time.
    RAISES: AF116 for settings, AF117 for times that are none, AF118 if no units were scored under
        the key, AF119 for a value of many without a label, or without this one.
    """
    Settings(**settings)  # also where there is nothing to find
    found = unit_times(doc, key, label=label)
    times = [(start, end) for start, end, _, _ in found]
    return timeline(times, [unit[2] for unit in found], [unit[3] for unit in found], **settings)


def unit_times(
    doc: Doc, key: str, *, label: str | None = None
) -> list[tuple[float, float, float | None, list[str]]]:
    """Find when each scored unit of a conversation is said; arguments as for `doc_timeline`.

    RETURNS (list[tuple]): Start and end in seconds, score, and types of cues.
    RAISES: AF117 to AF119, as `doc_timeline`.
    """
    if not _turns(doc):
        return []
    if key + UNITS not in doc.spans:
        raise AffectError("AF118", key=key)
    units = _filled(doc.text, sorted(units_of(doc, key), key=lambda unit: unit[:2]))
    times = char_times(doc, [(start, end) for start, end, _ in units])
    return [
        (*time, _score(record, key, label), cues)
        for time, (_, _, record), cues in zip(times, units, _cues(doc, key, units), strict=True)
        if time is not None
    ]


def char_times(doc: Doc, places: Sequence[tuple[int, int]]) -> list[tuple[float, float] | None]:
    """Find when parts of a conversation are said.

    places (Sequence[tuple[int, int]]): Start and end in characters.
    RETURNS (list[tuple[float, float] | None]): Start and end in seconds, see `doc_timeline`; None
        outside of all turns with a time.
    RAISES: AF117 for times that are none.
    """
    turns = _turns(doc)
    return [_place(turns, start, end) for start, end in places]


def _turns(doc: Doc) -> list[_Turn]:
    return sorted(_timed(doc)) if TURNS in doc.spans else []


class _Turn(NamedTuple):
    """A turn in characters, and its time in seconds."""

    first: int
    last: int
    start: float
    end: float

    def at(self, place: int) -> float:
        """RETURNS (float): When a place among its characters is reached; exact at both ends."""
        share = (place - self.first) / max(self.last - self.first, 1)
        share = min(max(share, 0.0), 1.0)
        return (1 - share) * self.start + share * self.end


def _timed(doc: Doc) -> Iterator[_Turn]:
    """YIELDS (_Turn): The turns of which a time is known."""
    starts, ends = known(doc, "starts"), known(doc, "ends")
    following: list[float | None] = [None] * len(starts)
    after: float | None = None
    for i in reversed(range(len(starts))):
        following[i] = after
        after = starts[i] if starts[i] is not None else after
    before: float | None = None
    for span, start, end, later in zip(doc.spans[TURNS], starts, ends, following, strict=True):
        if start is None and end is None:
            continue
        if start is None:
            start = end if before is None else min(before, end)
        elif end is None:
            end = start if later is None else max(start, later)
        _check_time(None, start, end)
        before = end
        yield _Turn(span.start_char, span.end_char, start, end)


def _filled(text: str, units: list[tuple[int, int, Record]]) -> list[tuple[int, int, Record]]:
    """RETURNS (list): The units, each reaching to the next where only white space is between."""
    starts = [start for start, _, _ in units[1:]] + [0]
    return [
        (start, after if after > end and text[end:after].isspace() else end, record)
        for (start, end, record), after in zip(units, starts, strict=True)
    ]


def _cues(doc: Doc, key: str, units: list[tuple[int, int, Record]]) -> list[list[str]]:
    """RETURNS (list[list[str]]): The types of the cues that begin in each unit."""
    found: list[list[str]] = [[] for _ in units]
    starts = [start for start, _, _ in units]
    for span in doc.spans.get(key) or ():
        place = bisect_right(starts, span.start_char) - 1
        if place >= 0 and span.start_char < units[place][1]:
            found[place].append(span.label_)
    return found


def _place(turns: Sequence[_Turn], start: int, end: int) -> tuple[float, float] | None:
    """RETURNS (tuple | None): The time of these characters; None outside of all timed turns."""
    first = bisect_right(turns, start, key=lambda turn: turn.last)
    last = bisect_left(turns, end, key=lambda turn: turn.first) - 1
    if first > last:
        return None
    begun = turns[first].at(start)
    return begun, max(begun, turns[last].at(end))


def _score(record: Record, key: str, label: str | None) -> float | None:
    value = record.value
    if not isinstance(value, dict):
        return value
    if label not in value:
        raise AffectError("AF119", key=key, label=label, known=", ".join(value))
    return value[label]


def _frame(time: float, rate: float) -> int:
    """RETURNS (int): The first frame at or after a time."""
    return max(0, math.ceil(round(time * rate, DIGITS)))


def _joined(one: Segment, other: Segment) -> Segment:
    one.cues.extend(other.cues)  # in place: a copy for each unit of a long segment is quadratic
    return one._replace(end=max(one.end, other.end), score=max(one.score, other.score))


def _check(times: Sequence[Any], scores: Sequence[Any], cues: Sequence[Any]) -> None:
    """RAISES: AF115 if these are not parallel, AF117 for times that are none."""
    if len(times) != len(scores) or (len(cues) and len(cues) != len(times)):
        raise AffectError("AF115", times=len(times), scores=len(scores), cues=len(cues))
    for number, (start, end) in enumerate(times):
        _check_time(number, start, end)


def _check_time(number: int | None, start: Any, end: Any) -> None:
    numbers = isinstance(start, Real) and isinstance(end, Real)
    if not (numbers and -math.inf < start <= end < math.inf):
        which = "a turn" if number is None else f"unit {number + 1}"
        raise AffectError("AF117", which=which, start=start, end=end)
