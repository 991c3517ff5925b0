"""Conversations as Docs: one Doc per conversation, its turns a span group.

`doc.spans["turns"]` has one span per turn, labelled with the speaker. Its attrs hold what else is
known of the turns, as parallel lists, so that it survives `to_bytes` and DocBin: `starts` and
`ends` in seconds, `strategies` (what the supporter did, where that is known), `numbers` (the place
of the turn in what was given); and `situation`, a text or None.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup, Token
from spacy.vocab import Vocab

from ..errors import AffectError

TURNS = "turns"
_NAME = re.compile(r"[\w-]+")
_HALVES = re.compile("[\ud800-\udfff]")
#: What the one who helps, and the one who is helped, are called in corpora and transcripts.
HELPERS = frozenset(
    {"sys", "supporter", "therapist", "counselor", "counsellor", "helper", "listener"}
    | {"coach", "interviewer", "provider", "clinician", "assistant", "agent", "bot"}
)
CLIENTS = frozenset(
    {"usr", "user", "seeker", "help-seeker", "help_seeker", "client", "patient", "interviewee"}
    | {"caller", "customer", "human"}
)
#: How far, in seconds, a turn may begin before the one before it has ended: rounded times do.
TOLERANCE = 0.05


def make_doc(
    nlp: Language, turns: Sequence[Mapping[str, Any]], situation: str | None = None
) -> Doc:
    """Make one Doc of a conversation, each turn on a line of its own.

    turns (Sequence[Mapping]): Each with `text` and, where known, `speaker` (str), `start` and
        `end` (seconds) and `strategy` (str). Other keys are left alone.
    situation (str | None): What the conversation is about, in words; it is no part of the text.
    RETURNS (Doc): Tokenised; `doc.spans["turns"]` as above. A turn without any token (empty text)
        has no span.
    RAISES: AF110 for a turn that is none: without a text, or with a speaker or strategy that is no
        text, or a time that is none.
    """
    words: list[str] = []
    spaces: list[bool] = []
    bounds: list[tuple[int, int, int]] = []
    for number, turn in enumerate(turns):
        check_turn(number, turn)
        if words:
            words.append("\n")
            spaces.append(False)
        start = len(words)
        for token in nlp.make_doc(turn["text"]):
            words.append(token.text)
            spaces.append(bool(token.whitespace_))
        if len(words) > start:
            bounds.append((start, len(words), number))
    doc = _make_doc(nlp.vocab, words, spaces, {start for start, _, _ in bounds})
    spoken = [turns[number] for _, _, number in bounds]
    spans = [
        Span(doc, start, end, label=turns[number].get("speaker") or "")
        for start, end, number in bounds
    ]
    attrs = {
        "starts": [_seconds(turn.get("start")) for turn in spoken],
        "ends": [_seconds(turn.get("end")) for turn in spoken],
        "strategies": [turn.get("strategy") for turn in spoken],
        "numbers": [number for _, _, number in bounds],
        "situation": situation,
    }
    doc.spans[TURNS] = SpanGroup(doc, name=TURNS, attrs=attrs, spans=spans)
    return doc


def copy_turns(source: Doc, vocab: Vocab) -> Doc:
    """RETURNS (Doc): The tokens and turns of a conversation, and nothing else of its Doc."""
    group = source.spans[TURNS]
    doc = _make_doc(
        vocab,
        [token.text for token in source],
        [bool(token.whitespace_) for token in source],
        {turn.start for turn in group},
    )
    spans = [Span(doc, turn.start, turn.end, label=turn.label_) for turn in group]
    doc.spans[TURNS] = SpanGroup(doc, name=TURNS, attrs=dict(group.attrs), spans=spans)
    return doc


def _make_doc(vocab: Vocab, words: list[str], spaces: list[bool], begins: set[int]) -> Doc:
    # a turn begins a sentence, and a line break none, whatever a component finds inside of a turn
    sent_starts: list[bool | None] = [True if i in begins else None for i in range(len(words))]
    for i, word in enumerate(words):
        if word == "\n":
            sent_starts[i] = False
    return Doc(vocab, words=words, spaces=spaces, sent_starts=sent_starts)


def known(doc: Doc, name: str) -> list[Any]:
    """What is known of the turns of a Doc.

    name (str): starts, ends, strategies or numbers.
    RETURNS (list): One per turn, None where it is not known; also of a group that others wrote.
    """
    group = doc.spans[TURNS]
    given = list(group.attrs.get(name) or ())
    return given if len(given) == len(group) else [None] * len(group)


def token_turns(doc: Doc) -> list[int | None]:
    """RETURNS (list[int | None]): For each token the place of its turn in `doc.spans["turns"]`;
    None for the line breaks between turns.
    """
    places: list[int | None] = [None] * len(doc)
    for place, span in enumerate(doc.spans[TURNS]):
        places[span.start : span.end] = [place] * len(span)
    return places


def turn_of(token: Token) -> Span | None:
    """RETURNS (Span | None): The turn that a token is in."""
    turns = list(token.doc.spans.get(TURNS) or ())
    place = bisect_right([turn.start for turn in turns], token.i) - 1
    return turns[place] if place >= 0 and token.i < turns[place].end else None


def merge_turns(turns: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring turns of one speaker, as most work on ESConv does.

    RETURNS (list[dict]): Texts joined with a space; the first strategy and start, the last end.
        Turns without a speaker stay apart.
    """
    merged: list[dict[str, Any]] = []
    for turn in turns:
        if merged and turn.get("speaker") and turn.get("speaker") == merged[-1].get("speaker"):
            last = merged[-1]
            last["text"] = " ".join(filter(None, (last["text"], turn["text"])))
            last["end"] = turn.get("end") if turn.get("end") is not None else last.get("end")
            if last.get("strategy") is None:
                last["strategy"] = turn.get("strategy")
        else:
            merged.append(dict(turn))
    return merged


def problems(turns: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is odd about the times and speakers of turns, though a Doc can be made of them.

    RETURNS (list[str]): One sentence for each turn that begins before the one before it began or
        had ended, and for each without a speaker where others have one.
    """
    found = []
    named = any(turn.get("speaker") for turn in turns)
    before: Mapping[str, Any] = {}
    for number, turn in enumerate(turns, start=1):
        start, begun, ended = turn.get("start"), before.get("start"), before.get("end")
        if start is not None and begun is not None and start < begun:
            found.append(f"turn {number} begins at {start:g} s, before turn {number - 1} began")
        elif start is not None and ended is not None and start < ended - TOLERANCE:
            found.append(f"turn {number} begins at {start:g} s, before turn {number - 1} ended")
        if named and not turn.get("speaker"):
            found.append(f"turn {number} has no speaker")
        before = turn
    return found


def sides(speakers: Sequence[str], names: Collection[str]) -> list[bool]:
    """Find out whose turns are those of one side of a conversation.

    speakers (Sequence[str]): Of each turn, "" where unknown.
    names (Collection[str]): What speakers of this side are called, in lower case.
    RETURNS (list[bool]): Per turn. Where no name tells the sides apart, all turns are.
    """
    if not any(is_called(speaker, names) for speaker in speakers):
        others = (HELPERS | CLIENTS) - set(names)
        return [not is_called(speaker, others) for speaker in speakers]
    return [is_called(speaker, names) or not speaker for speaker in speakers]


def is_called(speaker: str, names: Collection[str]) -> bool:
    """RETURNS (bool): The speaker has one of these names, or a name with one of these words."""
    lower = speaker.lower()
    return lower in names or any(word in names for word in _NAME.findall(lower))


def check_turn(number: int, turn: Any) -> None:
    """number (int): Counted from 0. RAISES: AF110 for what `make_doc` would not take."""
    reason = _wrong(turn)
    if reason:
        raise AffectError("AF110", number=number + 1, reason=reason)


def _wrong(turn: Any) -> str:
    """RETURNS (str): What is wrong with a turn, or ""."""
    if not isinstance(turn, Mapping) or not isinstance(turn.get("text"), str):
        return "it has no text"
    for name in ("text", "speaker", "strategy"):
        value = turn.get(name)
        if value is not None and not isinstance(value, str):
            return f"its {name} is {value!r}, not text"
        if value and not value.isascii() and _HALVES.search(value):
            return f"its {name} has half a character (a lone surrogate), which is no text"
    for name in ("start", "end"):
        if turn.get(name) is not None and not _is_time(turn[name]):
            return f"its {name} is {turn[name]!r}, not a number of seconds from 0"
    start, end = turn.get("start"), turn.get("end")
    if start is not None and end is not None and end < start:
        return f"it ends at {end!r} s, before it starts at {start!r} s"
    return ""


def _is_time(time: Any) -> bool:
    try:
        return isinstance(time, Real) and not isinstance(time, bool) and 0 <= float(time) < math.inf
    except OverflowError:  # an integer that no float holds
        return False


def _seconds(time: Any) -> float | None:
    return None if time is None else float(time)
