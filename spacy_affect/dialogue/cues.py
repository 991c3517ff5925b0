"""Cutting WebVTT and SubRip files into cues; the two formats differ in little.

A parser of our own, for no line may be lost without a word. Of the three usual libraries webvtt-py
0.6 leaves out a cue whose time has a typing error and says nothing, pysubs2 1.8 takes such a cue
for text of the one before it, srt 3.5 knows no WebVTT, and none tells the line of what is odd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..errors import AffectError
from .clock import CLOCK, is_carried, seconds
from .markup import STAMP, plain

#: A line number, counted from 1, and what is odd there.
Note = tuple[int, str]

#: Only these end a line: str.splitlines also cuts at U+2028 and others that are text here. Files
#: that went through a text mode twice have two carriage returns.
_LINE_END = re.compile(r"\r{0,2}\n|\r")
#: "-->", or what it becomes in programs that spell dashes and spaces their way.
_ARROW = r"\s*[-–—]{1,3} ?[-–—]{0,2}>\s*"
#: Some files have the number of a cue on the line of its times.
_FIRST = rf"\s*(?:\d{{1,7}}\s+)?{CLOCK}"
_TIMING = re.compile(rf"{_FIRST}{_ARROW}{CLOCK}(.*)")
_LEFT = re.compile(rf"{_FIRST}\s*")
_RIGHT = re.compile(rf"\s*{CLOCK}")
#: `align:start` of WebVTT, `X1:100` of SubRip.
_SETTING = re.compile(r"[A-Za-z][\w-]*:\S+")
_NUMBER = re.compile(r"\ufeff?\s*(\d{1,9})[.:]?\s*")
#: The most lines that rolling captions show (CEA-608).
_ROLLING = 4
_SHOWN = 60


class Cue(NamedTuple):
    """A cue as the file has it.

    line (int): The line of its times, counted from 1. start, end (float | None): Seconds.
    lines (list[str]): Its text with all markup; none is blank.
    """

    line: int
    start: float | None
    end: float | None
    lines: list[str]


class _Timing(NamedTuple):
    start: float | None
    end: float | None
    rest: str
    odd: list[str]


def is_web(text: str) -> bool:
    """RETURNS (bool): The text begins as WebVTT does, blank lines aside."""
    return re.match(r"\s*WEBVTT(?:\s|$)", text) is not None


def read_cues(text: str, name: str, web: bool) -> tuple[list[Cue], list[Note]]:
    """Find the cues of a file.

    text (str): The file, decoded. name (str): Its name, for messages.
    web (bool): It is WebVTT, else SubRip.
    RETURNS (tuple): The cues in their order, empty ones too, and what is odd. Every line of the
        file is in a cue, is markup of the format, or is in a note.
    RAISES: AF111 for a WebVTT file without its header, and for SubRip without any cue.
    """
    lines = _LINE_END.split(text)
    notes: list[Note] = []
    top = _skip_header(lines, name, notes) if web else 0
    timings = [(at, found) for at in range(top, len(lines)) if (found := _timing(lines[at]))]
    if not timings and not web:
        reason = "no line has the times of a cue, such as 00:00:01,000 --> 00:00:02,500"
        raise AffectError("AF111", where=f"{name}, line 1", reason=reason)
    heads = _heads(lines, timings, top)
    _lead(lines, top, min(heads, default=len(lines)), web, notes)
    cues = []
    crowded = []
    for head, end, (at, timing) in zip(heads, [*heads[1:], len(lines)], timings, strict=False):
        notes += [(at + 1, odd) for odd in timing.odd]
        if head > top and lines[head - 1].strip():
            crowded.append(at + 1)
        if web and head < at and _kind(lines[head]) == "NOTE":
            notes.append((at + 1, "a cue inside of a NOTE, which players show all the same"))
        body = _body(lines, at, end, web, notes)
        cues.append(Cue(at + 1, timing.start, timing.end, [timing.rest, *body]))
    if crowded:
        notes.append((crowded[0], f"no blank line before this cue{_and_more(crowded)}"))
    if web and not cues:
        notes.append((top, "no cue after the header"))
    return [cue._replace(lines=[line for line in cue.lines if line.strip()]) for cue in cues], notes


def drop_repeats(cues: Sequence[Cue]) -> tuple[list[Cue], list[Note]]:
    """Undo the rolling of automatic captions, which show every line twice or more.

    RETURNS (tuple): The cues without the lines at their beginning that the cue before them ended
        with, and a note on those of which nothing is left. Without inline times nothing is dropped.
    """
    if not any(STAMP.search(line) for cue in cues for line in cue.lines):
        return list(cues), []
    kept: list[Cue] = []
    repeats: list[int] = []
    before: list[str] = []
    for cue in cues:
        raw = [line for line in cue.lines if plain(line)]
        # a line with inline times is spoken now, the same words or not
        fresh = next((i for i, line in enumerate(raw) if STAMP.search(line)), len(raw))
        texts = [plain(line) for line in raw]
        sizes = range(1, min(fresh, len(before), _ROLLING) + 1)
        size = next((size for size in sizes if texts[:size] == before[-size:]), 0)
        if raw and size == len(raw):
            repeats.append(cue.line)
        else:
            kept.append(cue._replace(lines=raw[size:]))
        before = texts
    if not repeats:
        return kept, []
    odd = f"this cue only repeats the one before it and is left out{_and_more(repeats)}"
    return kept, [(repeats[0], odd)]


def shown(line: str) -> str:
    """RETURNS (str): A line in quotes, shortened."""
    line = line.strip()
    return repr(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")


def _and_more(lines: Sequence[int]) -> str:
    return f", and {len(lines) - 1} more like it" if len(lines) > 1 else ""


def _skip_header(lines: Sequence[str], name: str, notes: list[Note]) -> int:
    """RETURNS (int): The place of the line after the one that says WEBVTT."""
    at = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if _kind(lines[at]) != "WEBVTT":
        reason = f"a .vtt begins with WEBVTT, not with {shown(lines[at])}; name SubRip .srt"
        raise AffectError("AF111", where=f"{name}, line {at + 1}", reason=reason)
    if at:
        notes.append((at + 1, "WEBVTT stands here, not on the first line"))
    return at + 1


def _kind(line: str) -> str:
    """RETURNS (str): Which block of WebVTT other than a cue begins with this line, or ""."""
    word = line.split(maxsplit=1)[0] if line[:1].strip() else ""
    if word in ("WEBVTT", "NOTE") or (word in ("STYLE", "REGION") and line.strip() == word):
        return word
    return "WEBVTT" if line.startswith("X-TIMESTAMP-MAP=") else ""


def _timing(line: str) -> _Timing | None:
    """RETURNS (_Timing | None): The times of a line; None where it has the text of a cue."""
    if ">" not in line:
        return None
    if found := _TIMING.match(line):
        first, last, rest = found.groups()[:5], found.groups()[5:10], found[11].strip()
        odd = []
        if is_carried(*first) or is_carried(*last):
            odd.append(f"more than 59 minutes or seconds in {shown(line)}, counted on")
        if rest and all(_SETTING.fullmatch(word) for word in rest.split()):
            rest = ""
        if rest:
            odd.append(f"{shown(rest)} behind the times is no setting; taken as text")
        return _Timing(seconds(*first), seconds(*last), rest, odd)
    if "-->" not in line:
        return None
    left, _, right = line.partition("-->")
    start, end = _LEFT.fullmatch(left), _RIGHT.match(right)
    if not start and not end and not re.match(r"\s*-?\d", left):
        return None
    return _Timing(
        seconds(*start.groups()) if start else None,
        seconds(*end.groups()) if end else None,
        "",
        [f"{shown(line)} cannot be read as times; what cannot is left unknown"],
    )


def _heads(lines: Sequence[str], timings: Sequence[tuple[int, _Timing]], top: int) -> list[int]:
    """RETURNS (list[int]): For each cue the place of its first line, its name or number if any."""
    heads = []
    floor = top - 1
    number: int | None = None
    for at, _ in timings:
        head = _head(lines, at, floor, number, web=top > 0)
        found = _NUMBER.fullmatch(lines[head])
        if head < at and found:
            number = int(found[1])
        heads.append(head)
        floor = at
    return heads


def _head(lines: Sequence[str], at: int, floor: int, number: int | None, web: bool) -> int:
    """RETURNS (int): The place of the line above the times that names or numbers the cue, else
    `at`. Many files lack the blank line before a number, or have one after it.
    """
    above = at - 1
    while not web and above > floor and not lines[above].strip():
        above -= 1
    if above <= floor or not lines[above].strip():
        return at
    found = _NUMBER.fullmatch(lines[above])
    next_to = above == at - 1
    alone = above == 0 or not lines[above - 1].strip()
    if not found:
        return above if web and alone else at
    expected = number is not None and int(found[1]) == number + 1
    if alone and (next_to or expected or floor < 0):
        return above
    # at the end of a text: in files with numbers, unless it is all that the cue above says
    numbered = expected or (number is not None and above - 1 > floor)
    return above if next_to and numbered else at


def _blocks(lines: Sequence[str], start: int, end: int, web: bool) -> Iterator[tuple[int, int]]:
    """YIELDS (tuple[int, int]): Where each run of lines without a blank one begins and ends. In
    WebVTT a line of spaces is not blank: automatic captions keep a place with it.
    """
    begin = start
    for at in range(start, end + 1):
        if at == end or not (lines[at] if web else lines[at].strip()):
            if at > begin:
                yield begin, at
            begin = at + 1


def _lead(lines: Sequence[str], top: int, end: int, web: bool, notes: list[Note]) -> None:
    """Note what stands before the first cue and does not belong there."""
    for begin, stop in _blocks(lines, top, end, web):
        header = web and (begin == top or _kind(lines[begin]))
        if not header and any(line.strip("\ufeff \t") for line in lines[begin:stop]):
            notes.append((begin + 1, f"{shown(lines[begin])} is in no cue and is left out"))


def _body(lines: Sequence[str], at: int, end: int, web: bool, notes: list[Note]) -> list[str]:
    """RETURNS (list[str]): The text of the cue whose times are at `at`."""
    taken: list[str] = []
    closed = False
    for begin, stop in _blocks(lines, at + 1, end, web):
        block = lines[begin:stop]
        kind = _kind(block[0]) if web and begin > at + 1 else ""
        if kind:
            closed = True
            if kind == "WEBVTT":
                notes.append((begin + 1, "another WEBVTT header, so times may begin anew"))
        elif closed:
            notes.append((begin + 1, f"{shown(block[0])} is in no cue and is left out"))
        else:
            if begin > at + 1 and any(line.strip() for line in block):
                odd = f"text after a blank line, taken as part of the cue of line {at + 1}"
                notes.append((begin + 1, odd))
            for place, line in enumerate(block, start=begin + 1):
                if "-->" in line:
                    notes.append((place, f"{shown(line)} has an arrow but no times; taken as text"))
            taken += block
    return taken
