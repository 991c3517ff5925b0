"""Turns out of JSON: corpora, speech recognisers and diarisers each have their names for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import AffectError
from . import problems
from .clock import parse_time

TURNS = (
    "dialog",
    "dialogue",
    "turns",
    "utterances",
    "segments",
    "chunks",
    "conversation",
    "messages",
)
TEXT = ("text", "content", "utterance", "utterance_text")
SPEAKER = ("speaker", "role", "interlocutor", "user")
START = ("start", "start_time")
END = ("end", "end_time")
#: A start, or a start and an end.
BOTH = "timestamp"
#: JSON can hold halves of a character, which no Doc can.
_HALVES = re.compile("[\ud800-\udfff]")


def read_value(value: object, where: str) -> tuple[list[dict[str, Any]], list[str], str | None]:
    """Read a conversation from parsed JSON.

    value (object): A list of turns, or an object that has one under a name of TURNS. A turn is an
        object with a text under a name of TEXT and perhaps a speaker, times and a strategy, as
        named above; or a text alone.
    where (str): What this is, for messages.
    RETURNS (tuple): The turns, what is odd about them, and the situation. Every turn given is
        there, one without words too, so that numbers stay those of the input.
    RAISES: AF111 for what is no conversation, or more than one, or has a turn without a text.
    """
    given, situation = _find_turns(value, where)
    odd: list[str] = []
    turns = []
    for number, turn in enumerate(given, start=1):
        found: list[str] = []
        turns.append(_read_turn(turn, f"{where}, turn {number}", found))
        odd += [f"turn {number} {reason}" for reason in found]
    if not turns:
        odd.append("there is no turn")
    if situation is not None and not isinstance(situation, str):
        odd.append(f"the situation is {_short(situation)}, not text, and is left out")
        situation = None
    if situation and _HALVES.search(situation):
        odd.append("the situation has half a character, replaced")
        situation = _HALVES.sub("\ufffd", situation)
    return turns, odd + problems(turns), situation or None


def _find_turns(value: object, where: str) -> tuple[Sequence[object], Any]:
    """RETURNS (tuple): The list of turns as given, and what is given as the situation."""
    if isinstance(value, list):
        if not any(isinstance(item, Mapping) and _is_conversation(item) for item in value):
            return value, None
        if len(value) == 1:
            return _find_turns(value[0], where)
        reason = f"it holds {len(value)} conversations; give each of them a file of its own"
        raise AffectError("AF111", where=where, reason=reason)
    if not isinstance(value, Mapping):
        reason = f"it is {_kind(value)}, not a list of turns or an object that holds one"
        raise AffectError("AF111", where=where, reason=reason)
    name = next((name for name in TURNS if isinstance(value.get(name), list)), None)
    if name is None:
        has = ", ".join(map(repr, list(value)[:10])) or "nothing"
        reason = f"it has no list of turns under any of {', '.join(TURNS)}; it has {has}"
        raise AffectError("AF111", where=where, reason=reason)
    return value[name], value.get("situation")


def _is_conversation(item: Mapping[str, Any]) -> bool:
    return _first(item, TEXT) is None and any(isinstance(item.get(name), list) for name in TURNS)


def _read_turn(turn: object, where: str, odd: list[str]) -> dict[str, Any]:
    """RETURNS (dict): A turn that `make_doc` takes. odd (list): Grows by what is odd about it."""
    if isinstance(turn, str):
        turn = {"text": turn}
    text = _text(turn) if isinstance(turn, Mapping) else None
    if not isinstance(turn, Mapping) or not isinstance(text, str):
        got = repr(list(turn)[:10]) if isinstance(turn, Mapping) else _kind(turn)
        reason = f"no text under any of {', '.join(TEXT)}, but {got}"
        if isinstance(turn, Mapping) and text is not None:
            reason = f"its text is {_kind(text)}, not text"
        raise AffectError("AF111", where=where, reason=reason)
    start, end = _times(turn, odd)
    read: dict[str, Any] = {
        "text": _whole(text, "text", odd).strip(),
        "speaker": _speaker(_first(turn, SPEAKER), odd),
        "start": start,
        "end": end,
    }
    annotation = turn.get("annotation")  # where ESConv has it
    annotated = annotation.get("strategy") if isinstance(annotation, Mapping) else None
    strategy = turn.get("strategy", annotated)
    if isinstance(strategy, str):
        read["strategy"] = _whole(strategy, "strategy", odd)
    elif strategy is not None:
        odd.append(f"has the strategy {_short(strategy)}, not text, which is left out")
    if not read["text"]:
        odd.append("has no words")
    return read


def _times(turn: Mapping[str, Any], odd: list[str]) -> tuple[float | None, float | None]:
    start, end = _first(turn, START), _first(turn, END)
    both = turn.get(BOTH)
    if isinstance(both, list | tuple) and len(both) == 2:
        start, end = (both[0] if start is None else start), (both[1] if end is None else end)
    elif start is None:
        start = both
    read = []
    for name, given in (("start", start), ("end", end)):
        time = parse_time(given)
        if time is None and given is not None and given != "":
            odd.append(f"has the {name} {_short(given)}, which is no time; left unknown")
        read.append(time)
    if read[0] is not None and read[1] is not None and read[1] < read[0]:
        odd.append(f"ends at {read[1]:g} s, before it starts at {read[0]:g} s; end left unknown")
        read[1] = None
    return read[0], read[1]


def _speaker(given: Any, odd: list[str]) -> str | None:
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**9:
        return str(given)  # some diarisers number them
    if isinstance(given, str):
        return _whole(given, "speaker", odd).strip() or None
    if given is not None:
        odd.append(f"has the speaker {_short(given)}, not a name; left unknown")
    return None


def _whole(text: str, name: str, odd: list[str]) -> str:
    """RETURNS (str): The text without halves of characters."""
    if not _HALVES.search(text):
        return text
    odd.append(f"has half a character in its {name}, replaced")
    return _HALVES.sub("\ufffd", text)


def _text(turn: Mapping[str, Any]) -> Any:
    """RETURNS (Any): The text; of a message in parts those that are text, and "" for a message
    without content, such as a call of a tool.
    """
    found = _first(turn, TEXT)
    if found is None and any(name in turn for name in TEXT):
        return ""
    if isinstance(found, list) and found and all(isinstance(part, Mapping) for part in found):
        texts = [part["text"] for part in found if isinstance(part.get("text"), str)]
        return " ".join(texts)
    return found


def _first(turn: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((turn[name] for name in names if turn.get(name) is not None), None)


def _short(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes out no integer of 4,300 digits
        text = "a huge value"
    return text if len(text) <= 60 else f"{text[:59]}…"


def _kind(value: object) -> str:
    kinds = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")
