"""What an arc shows of a Doc, in parallel columns: one entry per turn, no charting library."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spacy.tokens import Doc

from ..dialogue import TURNS, known
from ..errors import AffectError
from ..extensions import units_of
from ..types import Record

#: What an arc can show, and the instance that has it unless a pipeline names it otherwise.
TASKS = {task: f"affect_{task}" for task in ("polarity", "emotion", "ambivalence", "support")}


@dataclass(frozen=True)
class Arc:
    """A conversation in columns, an entry per turn; None where something is not known.

    numbers (list[int]): As in what was given, from 1; a turn without any text is left out.
    speakers (list[str]): "" is unknown. starts, ends (list): Seconds. texts (list[str]): In full.
    polarity, ambivalence (list): Values in [-1, 1] and [0, 1].
    emotions (dict[str, list]): Intensities by label, the label with the highest maximum first.
    cues (list[dict[str, list[str]]]): Of ambivalence: the words of each type of cue.
    strategies (list[str | None]): The likeliest one as scored. shares (list): How likely it is.
    given (list[str | None]): The strategies that were known beforehand.
    sources (dict[str, str]): Task -> what scored it; a task that is not here was not scored.
    """

    numbers: list[int]
    speakers: list[str]
    starts: list[float | None]
    ends: list[float | None]
    texts: list[str]
    polarity: list[float | None]
    emotions: dict[str, list[float | None]]
    ambivalence: list[float | None]
    cues: list[dict[str, list[str]]]
    strategies: list[str | None]
    shares: list[float | None]
    given: list[str | None]
    sources: dict[str, str] = field(default_factory=dict)
    situation: str | None = None
    language: str = "en"

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def marks(self) -> list[str | None]:
        """The strategies to draw: those scored, or else those known beforehand."""
        return self.strategies if "support" in self.sources else self.given

    @property
    def timed(self) -> bool:
        """Whether every turn has a start."""
        return None not in self.starts

    def axis(self, by: str | None) -> str:
        """Choose what the arc runs along.

        by (str | None): "time", "turns", or None for time wherever every turn has a start.
        RETURNS (str): "time" or "turns".
        RAISES: AF123 for "time" if a turn has no start.
        """
        if by == "time" and not self.timed:
            raise AffectError("AF123", number=self.numbers[self.starts.index(None)])
        return by or ("time" if self.timed else "turns")


def read(doc: Doc, keys: Mapping[str, str] = TASKS) -> Arc:
    """Take from a Doc what was scored for its turns.

    keys (Mapping[str, str]): Task -> component instance that scored it with the unit "turns".
    RETURNS (Arc): What was not scored is empty: its values are None, and it has no source.
    RAISES: AF122 if there is nothing to draw: no value of any task, and no known strategy.
    """
    turns = list(doc.spans[TURNS])
    places = [(turn.start_char, turn.end_char) for turn in turns]
    records = {task: _records(doc, keys[task], places) for task in TASKS if task in keys}
    records = {task: found for task, found in records.items() if any(r.source for r in found)}
    nothing = [Record()] * len(turns)
    support = records.get("support", nothing)
    arc = Arc(
        numbers=_numbers(known(doc, "numbers")),
        speakers=[turn.label_ for turn in turns],
        starts=known(doc, "starts"),
        ends=known(doc, "ends"),
        texts=[turn.text for turn in turns],
        polarity=[_number(record) for record in records.get("polarity", nothing)],
        emotions=_emotions(records.get("emotion", [])),
        ambivalence=[_number(record) for record in records.get("ambivalence", nothing)],
        cues=_cues(doc, keys.get("ambivalence", ""), [start for start, _ in places]),
        strategies=[_best(record) for record in support],
        shares=[_share(record) for record in support],
        given=[name or None for name in known(doc, "strategies")],
        sources={task: next(r.source for r in of if r.source) for task, of in records.items()},
        situation=doc.spans[TURNS].attrs.get("situation"),
        language=doc.lang_,
    )
    columns: list[Sequence[Any]] = [arc.polarity, arc.ambivalence, arc.strategies, arc.given]
    if all(value is None for column in [*columns, *arc.emotions.values()] for value in column):
        raise AffectError("AF122")
    return arc


def _records(doc: Doc, key: str, places: Sequence[tuple[int, int]]) -> list[Record]:
    """RETURNS (list[Record]): One per turn, without a source where there is none."""
    found = {(start, end): record for start, end, record in units_of(doc, key)}
    return [found.get(place, Record()) for place in places]


def _numbers(places: list[Any]) -> list[int]:
    return [(i if place is None else place) + 1 for i, place in enumerate(places)]


def _number(record: Record) -> float | None:
    return record.value if isinstance(record.value, int | float) else None


def _emotions(records: Sequence[Record]) -> dict[str, list[float | None]]:
    """RETURNS (dict[str, list]): A column per label; equal maxima stay in the scheme's order."""
    values = [record.value if isinstance(record.value, dict) else {} for record in records]
    labels = dict.fromkeys(label for value in values for label in value)
    columns = {label: [value.get(label) for value in values] for label in labels}
    highest = {
        label: max((value for value in column if value is not None), default=0.0)
        for label, column in columns.items()
    }
    return {label: columns[label] for label in sorted(columns, key=lambda x: -highest[x])}


def _best(record: Record) -> str | None:
    if record.label is not None or not isinstance(record.value, dict):
        return record.label
    return max(record.value, key=record.value.__getitem__)


def _share(record: Record) -> float | None:
    label = _best(record)
    return None if label is None or not isinstance(record.value, dict) else record.value.get(label)


def _cues(doc: Doc, key: str, starts: Sequence[int]) -> list[dict[str, list[str]]]:
    """RETURNS (list[dict]): Per turn, the words of each type of cue in order of the text."""
    found: list[dict[str, list[str]]] = [{} for _ in starts]
    for span in doc.spans.get(key, ()):
        place = bisect_right(starts, span.start_char) - 1
        if place >= 0:
            found[place].setdefault(span.label_, []).append(" ".join(span.text.split()))
    return found
