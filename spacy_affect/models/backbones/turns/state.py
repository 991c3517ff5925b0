"""Where a conversation stands, as numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import log1p
from typing import Any

import numpy
from scipy.sparse import csr_matrix
from spacy.tokens import Doc

from ....dialogue import TURNS, known
from ....extensions import unit_value, units_of
from ....labels import ESCONV8, ESCONV_NAMES
from ....types import Unit
from .views import Conversation

STRATEGIES = ESCONV8.labels
#: What a strategy may be called in what is given: our names and those of ESConv's files.
CODES = {name.lower(): STRATEGIES.index(short) for name, short in ESCONV_NAMES.items()}
CODES |= {name: place for place, name in enumerate(STRATEGIES)}
#: The stages of emotional support and their strategies (the framework of Liu et al. 2021).
STAGES = {
    "exploration": ("question", "restatement", "reflection", "self_disclosure"),
    "comforting": ("reflection", "self_disclosure", "affirmation"),
    "action": ("self_disclosure", "affirmation", "suggestion", "information"),
}
#: Where one step of the number of turns ends and the next begins.
STEPS = (1, 2, 3, 4, 5, 7, 9, 12, 16, 21, 27, 35)
#: The same for the tokens of a turn.
LENGTHS = (4, 8, 13, 20, 30, 48)
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
        turns = 2 * (len(STEPS) + 1) + LONGEST_RUN + 2 + 2 * (len(LENGTHS) + 2)
        n = len(STRATEGIES)
        used = RECENT * n + n * n + 4 * n + len(STAGES)
        self.width = turns + used + len(self.affect) + 2 * numbers

    def features(self, conversations: Sequence[Conversation], units: Sequence[Unit]) -> csr_matrix:
        """RETURNS (csr_matrix): (n_units, width)."""
        done: dict[int, list[str | None]] = {}
        rows = numpy.zeros((len(units), self.width), "float32")
        for row, of, unit in zip(rows, conversations, units, strict=True):
            if id(of) not in done:
                done[id(of)] = self._strategies(of.doc, len(of.turns))
            place = of.place(unit)
            own = of.own(unit)[:place]
            numbers = [
                *_step(place),
                *_step(sum(own)),
                *_said_last(of, own),
                *_used(done[id(of)][:place], own[-1:] == [True]),
                *self._affect(of, own),
            ]
            row[:] = numbers
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
            for column in _columns(values, names):
                numbers += [column[-1], sum(column) / len(column)] if column else [0.0, 0.0]
        return numbers


def _columns(values: Sequence[Any], names: Sequence[str] | None) -> list[list[float]]:
    """RETURNS (list[list[float]]): The values, or per name the numbers in them."""
    if names is None:
        return [[value for value in values if isinstance(value, float)]]
    whole = [value for value in values if isinstance(value, dict)]
    return [[value.get(name, 0.0) for value in whole] for name in names]


def _step(n: int, steps: Sequence[int] = STEPS) -> list[float]:
    """RETURNS (list[float]): 1 in the place of the step that a number falls into."""
    return _one(bisect_right(steps, n), len(steps) + 1)


def _one(place: int, n: int) -> list[float]:
    """RETURNS (list[float]): n numbers, 1 at the place and 0 elsewhere."""
    return [float(i == place) for i in range(n)]


def _said_last(of: Conversation, own: Sequence[bool]) -> list[float]:
    """RETURNS (list[float]): Who spoke last and for how many turns, and of the last turns of both
    sides how long they are and whether they ask.
    """
    run = 0
    while run < len(own) and own[-run - 1] == own[-1]:
        run += 1
    found = [*_one(min(run, LONGEST_RUN), LONGEST_RUN + 1), float(bool(own) and own[-1])]
    for side in (True, False):
        places = [place for place, ours in enumerate(own) if ours == side]
        turn = of.turns[places[-1]] if places else ()
        found += [*_step(len(turn), LENGTHS), float(any(token.text == "?" for token in turn))]
    return found


def _used(given: Sequence[str | None], just: bool) -> list[float]:
    """Say what the supporter did so far.

    given (Sequence[str | None]): The strategy of each turn, None where there is none.
    just (bool): The supporter's is the last turn.
    RETURNS (list[float]): The last strategies one by one, and the last two together; how often and
        in what share of the turns each was used; the share of each stage.
    """
    codes = [CODES[name.lower()] for name in given if name and name.lower() in CODES]
    n, total = len(STRATEGIES), max(1, len(codes))
    found: list[float] = []
    for back in range(1, RECENT + 1):
        found += _one(codes[-back] if len(codes) >= back else -1, n)
    found += _one(codes[-2] * n + codes[-1] if len(codes) > 1 else -1, n * n)
    found += _one(codes[-1] if codes and just else -1, n)
    counts = [codes.count(code) for code in range(n)]
    found += [log1p(count) for count in counts]
    found += [float(count > 0) for count in counts]
    found += [count / total for count in counts]
    return found + [sum(STRATEGIES[c] in of for c in codes) / total for of in STAGES.values()]
