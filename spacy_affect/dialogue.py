"""Conversations as Docs: one Doc per conversation, its turns a span group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

TURNS = "turns"


def make_doc(nlp: Language, turns: Sequence[Mapping[str, Any]]) -> Doc:
    """Make one Doc of a conversation, each turn on a line of its own.

    turns (Sequence[Mapping]): Each with `text` and, where known, `speaker`.
    RETURNS (Doc): Tokenised; `doc.spans["turns"]` holds one span per turn with the speaker as its
        label. A turn without any token (empty text) has no span.
    RAISES: ValueError if a turn has no text, or a speaker that is no text.
    """
    words: list[str] = []
    spaces: list[bool] = []
    bounds: list[tuple[int, int, str]] = []
    for number, turn in enumerate(turns, start=1):
        text = turn.get("text") if isinstance(turn, Mapping) else None
        speaker = turn.get("speaker") or "" if isinstance(turn, Mapping) else ""
        if not isinstance(text, str) or not isinstance(speaker, str):
            raise ValueError(f"turn {number} needs a text, and a speaker that is text")
        if words:
            words.append("\n")
            spaces.append(False)
        start = len(words)
        for token in nlp.make_doc(text):
            words.append(token.text)
            spaces.append(bool(token.whitespace_))
        if len(words) > start:
            bounds.append((start, len(words), speaker))
    doc = Doc(nlp.vocab, words=words, spaces=spaces)
    spans = [Span(doc, start, end, label=speaker) for start, end, speaker in bounds]
    doc.spans[TURNS] = SpanGroup(doc, name=TURNS, spans=spans)
    return doc
