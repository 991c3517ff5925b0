"""What turns of a conversation do: the base of the tasks that name one class per turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy

from ..corpora.gold import Gold
from ..dialogue import sides
from ..errors import AffectError
from ..types import Cue, Head, Scores, Value
from .base import Task
from .cuts import FEWEST

if TYPE_CHECKING:
    from thinc.types import Floats1d, Floats2d

#: The detail that holds what the model says before a decoder changes it.
PROBABILITIES = "probabilities"


class Decoder(Protocol):
    """Changes which class is chosen; the registered one is `spacy_affect.Debias.v1`."""

    def fit(self, probabilities: Floats2d, gold: Floats2d) -> Floats1d:
        """RETURNS (Floats1d): (labels,) an offset for each class, from (n, labels) both."""

    def __call__(self, probabilities: Floats2d, offsets: Floats1d) -> Floats2d:
        """RETURNS (Floats2d): Distributions that the offsets have changed."""


class TurnTask(Task):
    """Say which of several things each turn of one side of a conversation does.

    Value: a distribution over the scheme's labels: floats in [0, 1] that sum to 1.
    Labels: the likeliest one. With a decoder the value is what the decoder makes of the model's
        distribution, which `record.probabilities` keeps.
    Gold: `get_gold(doc, <task>, span=turn)`: the class of a turn, or of a Doc without turns.
    """

    many = True
    default_unit = "turns"
    turnless = True
    settings = {
        "speakers": None,
        "decoder": {"@misc": "spacy_affect.Debias.v1", "strength": 1.0},
        "label_smoothing": 0.0,
    }
    #: What the speakers are called whose turns the task is about.
    names: ClassVar[Collection[str]]

    def __init__(
        self,
        speakers: Sequence[str] | None = None,
        decoder: Decoder | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        """speakers (Sequence[str] | None): Whose turns to score, without regard to case. None takes
            the usual names of this side; where a conversation has none of these, all but those of
            the other side.
        decoder (Decoder | None): Changes which class is chosen.
        label_smoothing (float): In [0, 1): the share of what training aims at that is divided among
            all classes. Annotators of such turns often disagree, and a model that learns to be sure
            of every one of them learns its errors.
        RAISES: AF010 for a share outside of [0, 1).
        """
        if not 0.0 <= label_smoothing < 1.0:
            reason = "must be in [0, 1)"
            raise AffectError(
                "AF010",
                setting="label_smoothing",
                value=label_smoothing,
                task=self.name,
                reason=reason,
            )
        self.label_smoothing = label_smoothing
        self.speakers = self.names if speakers is None else {name.lower() for name in speakers}
        self.decoder = decoder
        self.thresholds: Mapping[str, float] = {}

    @property
    def detail_names(self) -> Sequence[str]:  # type: ignore[override]
        return () if self.decoder is None else (PROBABILITIES,)

    @property
    def heads(self) -> tuple[Head, ...]:
        return (Head("value", "softmax", self.scheme.labels, smoothing=self.label_smoothing),)

    def choose(self, speakers: Sequence[str]) -> list[bool]:
        return sides(speakers, self.speakers)

    def read(self, predictions: Mapping[str, Floats2d], trained: Mapping[str, Any]) -> Scores:
        found = predictions["value"]
        if self.decoder is None:
            return Scores(found)
        labels = self.scheme.labels
        details = [{PROBABILITIES: dict(zip(labels, row, strict=True))} for row in found.tolist()]
        if not self.thresholds:  # the decoder has learned nothing yet
            return Scores(found, details)
        offsets = numpy.array([self.thresholds[label] for label in labels])
        return Scores(self.decoder(found, offsets), details)

    def fit(self, golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """RETURNS (dict[str, float]): By label, the offset that the decoder adds; none are chosen
        on too few turns.
        """
        labels = self.scheme.labels
        pairs = [
            (list(record[PROBABILITIES].values()), self.head_targets(self.heads[0], gold))
            for gold, record in zip(golds, records, strict=True)
            if record.get(PROBABILITIES)
        ]
        known = [(p, target) for p, target in pairs if target[0] == target[0]]
        if self.decoder is None or len(known) < FEWEST * len(labels):
            return {}
        probabilities, gold = (numpy.array(side) for side in zip(*known, strict=True))
        return dict(zip(labels, self.decoder.fit(probabilities, gold).tolist(), strict=True))

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str | None, list[str]]:
        assert isinstance(value, dict)
        best = max(value, key=value.__getitem__)
        return best, [best]
