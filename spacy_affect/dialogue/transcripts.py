"""Reading conversations from files: WebVTT, SubRip and JSON.

Nothing is lost silently: what a file holds is in a turn or in a problem that names its line.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import AffectError
from . import TOLERANCE
from .cues import Cue, Note, drop_repeats, is_web, read_cues
from .markup import is_unclosed
from .segments import read_value
from .speakers import Part, split_speakers

SUFFIXES = (".vtt", ".srt", ".json", ".jsonl")
#: UTF-32 first: its mark begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Transcript(NamedTuple):
    """A conversation as a file has it.

    turns (list[dict]): What `make_doc` takes: `text`, and `speaker`, `start` and `end` in seconds,
        each None where it is not known; `strategy` where it is.
    problems (list[str]): What is odd, one sentence each with the line or turn, though turns could
        be made.
    situation (str | None): What the conversation is about, if that is said.
    """

    turns: list[dict[str, Any]]
    problems: list[str]
    situation: str | None = None


def read_transcript(path: str | Path) -> Transcript:
    """Read the one conversation of a file.

    path (str | Path): Its suffix, one of SUFFIXES, tells the format. A .jsonl has one row.
    RETURNS (Transcript): Its turns, in the order of the file.
    RAISES: AF111 if it cannot be read as a transcript.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise AffectError("AF111", where=path, reason=reason) from None
    return parse_transcript(data, path.suffix, str(path))


def parse_transcript(data: bytes, suffix: str, name: str = "") -> Transcript:
    """Read the one conversation of a file's contents.

    data (bytes): UTF-8, or UTF-16 or UTF-32 with a byte order mark.
    suffix (str): One of SUFFIXES. name (str): What to call it in messages.
    RETURNS (Transcript): Its turns, in the order of the file.
    RAISES: AF111 if it cannot be read as a transcript.
    """
    name = name or "the transcript"
    suffix = suffix.lower()
    if suffix not in SUFFIXES:
        reason = f"its suffix is {suffix!r}; a transcript is one of {', '.join(SUFFIXES)}"
        raise AffectError("AF111", where=name, reason=reason)
    text = _decode(data, name)
    if suffix in (".vtt", ".srt"):
        return _read_subtitles(text, suffix, name)
    if suffix == ".jsonl":
        rows = [row for row in text.split("\n") if row.strip()]
        if len(rows) > 1:
            reason = f"it has {len(rows)} rows, and each would be a conversation; for one give a "
            reason += ".json with the list of its turns, for many use annotate"
            raise AffectError("AF111", where=name, reason=reason)
    return Transcript(*read_value(_parse_json(text, name), name))


def conversation(value: object) -> Transcript:
    """Read a conversation from parsed JSON.

    value (object): A list of turns, or an object with one: under `dialog`, `turns`, `segments` as
        Whisper has it, and so on; see `segments`.
    RETURNS (Transcript): Every turn that is given, in order. Problems name the turn.
    RAISES: AF111 for what is no conversation.
    """
    return Transcript(*read_value(value, "the conversation"))


def _decode(data: bytes, name: str) -> str:
    """RETURNS (str): The text of a file, whose encoding must be known for sure."""
    mark, encoding = next(
        ((mark, encoding) for mark, encoding in _MARKS if data.startswith(mark)), (b"", "utf-8")
    )
    data = data.removeprefix(mark)
    reason = ""
    text = ""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        reason = f"byte 0x{data[error.start]:02X} is no {encoding.upper()}; if the file is Latin-1 "
        reason += "or Windows-1252, save it as UTF-8"
    else:
        before, null, _ = text.partition("\0")
        if null:
            reason = "it has a NUL byte: it is no text, or UTF-16 without a byte order mark; save "
            reason += "it as UTF-8"
    if not reason and not text.strip("\ufeff \t\r\n"):
        before, reason = "", "it is empty"
    if reason:
        line = len(re.findall(r"\r\n|\r|\n", before)) + 1
        raise AffectError("AF111", where=f"{name}, line {line}", reason=reason)
    return text.lstrip("\ufeff")


def _parse_json(text: str, name: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where, reason = f"{name}, line {error.lineno}", f"no JSON: {error.msg}"
    except RecursionError:
        where, reason = name, "its JSON is nested too deeply"
    except ValueError as error:  # an integer of more digits than Python reads
        where, reason = name, f"no JSON: {error}"
    raise AffectError("AF111", where=where, reason=reason)


def _read_subtitles(text: str, suffix: str, name: str) -> Transcript:
    web = suffix == ".vtt" or is_web(text)
    cues, notes = read_cues(text, name, web)
    if web and suffix != ".vtt":
        notes.append((1, "this is WebVTT, whatever the suffix says"))
    cues, repeats = drop_repeats(cues)
    parts = split_speakers(cues)
    notes += repeats + _odd_times(cues, parts) + _odd_texts(cues, parts)
    turns = [
        {"text": text, "speaker": speaker, "start": cue.start, "end": _end(cue)}
        for cue, said in zip(cues, parts, strict=True)
        for speaker, text in said
    ]
    notes.sort(key=lambda note: note[0])
    return Transcript(turns, [f"line {line}: {sentence}" for line, sentence in notes])


def _end(cue: Cue) -> float | None:
    """RETURNS (float | None): When a cue ends, if that is after it began."""
    backward = cue.start is not None and cue.end is not None and cue.end < cue.start
    return None if backward else cue.end


def _odd_times(cues: Sequence[Cue], parts: Sequence[Sequence[Part]]) -> list[Note]:
    """RETURNS (list[Note]): What `problems` says of turns, by line and once for a cue."""
    notes = []
    before: Cue | None = None
    for cue, said in zip(cues, parts, strict=True):
        if not said or cue.start is None:
            continue
        if cue.end is not None and _end(cue) is None:
            odd = f"the cue ends at {cue.end:g} s, before it starts; its end is left unknown"
            notes.append((cue.line, odd))
        begins = f"the cue begins at {cue.start:g} s, before the cue of line"
        if before is not None and before.start is not None:
            ended = _end(before)
            if cue.start < before.start:
                notes.append((cue.line, f"{begins} {before.line} began"))
            elif ended is not None and cue.start < ended - TOLERANCE:
                notes.append((cue.line, f"{begins} {before.line} ended"))
        before = cue
    return notes


def _odd_texts(cues: Sequence[Cue], parts: Sequence[Sequence[Part]]) -> list[Note]:
    notes = []
    named = any(part.speaker for said in parts for part in said)
    for cue, said in zip(cues, parts, strict=True):
        if not said:
            notes.append((cue.line, "the cue has no text and is left out"))
        elif named and not all(part.speaker for part in said):
            notes.append((cue.line, "no speaker, though others have one"))
        if is_unclosed("\n".join(cue.lines)):
            notes.append((cue.line, "a tag without its closing > is kept as text"))
    return notes
