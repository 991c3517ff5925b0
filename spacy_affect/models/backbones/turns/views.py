"""What is read of a conversation for one of its turns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from spacy.tokens import Doc, Span

from ....dialogue import HELPERS, TURNS, is_called
from ....types import Unit

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
#: The situation of a conversation as a Doc, as long as the conversation's Doc lives.
_SITUATIONS: WeakKeyDictionary[Doc, Doc] = WeakKeyDictionary()


class Conversation:
    """The turns of a Doc, and who says them.

    ahead (bool): The Doc as a unit stands for the turn that comes next, and not for its own text.
    """

    def __init__(self, doc: Doc, ahead: bool) -> None:
        self.doc = doc
        self.ahead = ahead
        self.turns: list[Span] = list(doc.spans[TURNS]) if TURNS in doc.spans else [doc[:]]
        self.speakers = [turn.label_ for turn in self.turns]
        self._at = {turn.start: place for place, turn in enumerate(self.turns)}

    def place(self, unit: Unit) -> int:
        """RETURNS (int): How many turns there are before a unit."""
        if isinstance(unit, Doc):
            return len(self.turns) if self.ahead else 0
        found = self._at.get(unit.start)
        if found is not None:
            return found
        return sum(turn.end <= unit.start for turn in self.turns)

    def own(self, unit: Unit) -> list[bool]:
        """RETURNS (list[bool]): Which turns are of the unit's own side. Of a Doc, which stands for
        a helper's next turn, those of helpers; where no name tells, all but the last speaker's.
        """
        if not isinstance(unit, Doc):
            at = self.place(unit)  # of a sentence, the turn that it is in
            inside = at < len(self.turns) and self.turns[at].start <= unit.start
            ours = self.speakers[at] if inside else unit.label_
            return [speaker == ours for speaker in self.speakers]
        if TURNS not in unit.spans:
            return [False]
        helpers = [is_called(speaker, HELPERS) for speaker in self.speakers]
        if any(helpers):
            return helpers
        return [speaker != self.speakers[-1] for speaker in self.speakers]


def conversations(units: Sequence[Unit], ahead: bool) -> list[Conversation]:
    """RETURNS (list[Conversation]): Of each unit; units of one Doc share theirs."""
    found: dict[int, Conversation] = {}
    for unit in units:
        doc = unit.doc
        if id(doc) not in found:
            found[id(doc)] = Conversation(doc, ahead)
    return [found[id(unit.doc)] for unit in units]


def places(of: Sequence[Conversation], units: Sequence[Unit], view: str) -> list[Unit | None]:
    """RETURNS (list[Unit | None]): What a view reads for each unit; None where there is nothing."""
    read = VIEWS[view]
    return [read(conversation, unit) for conversation, unit in zip(of, units, strict=True)]


def _turn(of: Conversation, unit: Unit) -> Unit | None:
    return unit


def _previous(of: Conversation, unit: Unit) -> Unit | None:
    place = of.place(unit)
    return of.turns[place - 1] if place else None


def _other(of: Conversation, unit: Unit) -> Unit | None:
    return _last(of, unit, False)


def _own(of: Conversation, unit: Unit) -> Unit | None:
    return _last(of, unit, True)


def _last(of: Conversation, unit: Unit, wanted: bool) -> Unit | None:
    own = of.own(unit)
    for place in range(of.place(unit) - 1, -1, -1):
        if own[place] == wanted:
            return of.turns[place]
    return None


def _situation(of: Conversation, unit: Unit) -> Unit | None:
    attrs = of.doc.spans[TURNS].attrs if TURNS in of.doc.spans else {}
    text = attrs.get("situation")
    if not text:
        return None
    found = _SITUATIONS.get(of.doc)
    if found is None:
        found = _SITUATIONS[of.doc] = Doc(of.doc.vocab, words=_WORD.findall(text))
    return found if len(found) else None


VIEWS: dict[str, Callable[[Conversation, Unit], Unit | None]] = {
    "turn": _turn,
    "previous": _previous,
    "other": _other,
    "own": _own,
    "situation": _situation,
}
