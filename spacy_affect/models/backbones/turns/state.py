"""Where a conversation stands, as numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import log1p

import numpy
from scipy.sparse import csr_matrix
from spacy.tokens import Doc

from ....dialogue import TURNS, known
from ....extensions import units_of, unit_value
from ....labels import ESCONV8
from ....types import Unit
from .views import Conversation, conversations

STRATEGIES = ESCONV8.labels
#: The stages of emotional support and their strategies (Liu et al. 2021, figure 3).
STAGES = {
    "exploration": ("question", "restatement", "reflection", "self_disclosure"),
    "comforting": ("reflection", "self_disclosure", "affirmation"),
    "action": ("self_disclosure", "affirmation", "suggestion", "information"),
}
#: Where one step of the number of turns ends and the next begins.
STEPS = (1, 2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 35)
#: How many of the last strategies are told apart by place.
RECENT = 3
#: How many of the other side's last turns the affect is averaged over.
LATELY = 3
#: Longer runs of turns of one side count as so long.
LONGEST_RUN = 3


class State:
    """Makes the features: one row for each unit, from what stands before it."""

    def __init__(self, affect: Mapping[str, Sequence[str] | None], strategies_from: str) -> None:
        self.affect = {key: None if names is None else list(names) for key, names in affect.items()}
        self.strategies_from = strategies_from
        numbers = sum(1 if names is None else len(names) for names in self.affect.values())
        n = len(STRATEGIES)
        self.width = 2 * (len(STEPS) + 1) + LONGEST_RUN + 3 + RECENT * n + n + len(STAGES)
        self.width += 3 * len(self.affect) + 2 * (numbers - len(self.affect))

    def features(self, units: Sequence[Unit]) -> csr_matrix:
        """RETURNS (csr_matrix): (n_units, width)."""
        done: dict[int, list[str | None]] = {}
        rows = numpy.zeros((len(units), self.width), "float32")
        for row, of, unit in zip(rows, conversations(units), units, strict=True):
            if id(of) not in done:
                done[id(of)] = self._strategies(of.doc, len(of.turns))
            place = of.place(unit)
            own = of.own(unit)[:place]
            numbers = [
                *_step(place),
                *_step(sum(own)),
                *_last_speaker(of, own),
                *_used([name for name in done[id(of)][:place] if name in STRATEGIES]),
                *self._affect(of, own),
            ]
            row[: len(numbers)] = numbers
        return csr_matrix(rows)

    def _strategies(self, doc: Doc, n: int) -> list[str | None]:
        """RETURNS (list[str | None]): Of each turn, as it is known or as a component found it."""
        if TURNS not in doc.spans:
            return [None] * n
        given = known(doc, "strategies")
        if any(given):
            return given
        found = {start: record.label for start, _, record in units_of(doc, self.strategies_from)}
        return [found.get(turn.start_char) for turn in doc.spans[TURNS]]

    def _affect(self, of: Conversation, own: Sequence[bool]) -> list[float]:
        """RETURNS (list[float]): Per component whether it is known, and per number of its values
        the last one of the other side, and the mean of the last few.
        """
        numbers: list[float] = []
        others = [of.turns[place] for place, ours in enumerate(own) if not ours][-LATELY:]
        for key, names in self.affect.items():
            values = [value for turn in others if (value := unit_value(turn, key)) is not None]
            numbers.append(float(bool(values)))
            for name in names or [None]:
                column = [value if name is None else value.get(name, 0.0) for value in values]
                numbers += [column[-1], sum(column) / len(column)] if column else [0.0, 0.0]
        return numbers


def _step(n: int) -> list[float]:
    """RETURNS (list[float]): 1 in the place of the step that a number falls into."""
    step = bisect_right(STEPS, n)
    return [float(place == step) for place in range(len(STEPS) + 1)]


def _last_speaker(of: Conversation, own: Sequence[bool]) -> list[float]:
    """RETURNS (list[float]): Whether the own side spoke last, how long it has gone on, and how much
    was said last.
    """
    if not own:
        return [0.0] * (LONGEST_RUN + 3)
    run = 1
    while run < len(own) and own[-run - 1] == own[-1]:
        run += 1
    last = of.turns[len(own) - 1]
    asked = any(token.text == "?" for token in last)
    runs = [float(min(run, LONGEST_RUN) == n) for n in range(1, LONGEST_RUN + 1)]
    return [*runs, float(own[-1]), float(asked), log1p(len(last)) / 4]


def _used(names: Sequence[str]) -> list[float]:
    """RETURNS (list[float]): The last strategies, how often each was used, and the share of each
    stage in them.
    """
    recent = [*reversed(names)][:RECENT]
    last = [float(place < len(recent) and recent[place] == name)
            for place in range(RECENT) for name in STRATEGIES]
    often = [log1p(names.count(name)) / 2 for name in STRATEGIES]
    n = max(1, len(names))
    return [*last, *often, *(sum(name in of for name in names) / n for of in STAGES.values())]
