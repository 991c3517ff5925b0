"""What tasks, backbones and components hand to each other; standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span
    from thinc.types import Floats2d

#: What gets one prediction. Both have `.text`, a length, and iterate over tokens.
Unit: TypeAlias = "Doc | Span"
#: The plain thing a user wants: a number, or a number per label.
Value: TypeAlias = "float | dict[str, float]"


@dataclass(frozen=True, slots=True)
class Scheme:
    """An ordered label set with the publication it comes from.

    `absent` is the class of a text in which none of the labels is present (for example
    "neutral" beside Ekman's six); it is not itself one of the labels.
    """

    name: str
    labels: tuple[str, ...]
    source: str
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """A labelled stretch of tokens that explains a score.

    `start` and `end` are token indices in the Doc (not in the unit), end exclusive.
    `details` holds plain values only: it is stored beside the cue's span.
    """

    start: int
    end: int
    label: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """A block of a trainable backbone's outputs: what they stand for and how they learn.

    name (str): What the task calls it: "value", "presence".
    kind (str): signed (numbers in [-1, 1]), unit (numbers in [0, 1]), ordinal (one of ordered
        classes), multilabel (a probability per label), or softmax (one distribution over labels).
    labels (tuple[str, ...]): One per output; an ordinal head has one output less than classes.
    loss (str): bce or huber for a unit head; the other kinds have one loss each. "" is the first.
    weight (float): How much its loss counts beside that of other heads.
    smoothing (float): In [0, 1): the share of a softmax head's target that all labels divide.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    loss: str = ""
    weight: float = 1.0
    smoothing: float = 0.0

    @property
    def width(self) -> int:
        """RETURNS (int): How many outputs it has."""
        return len(self.labels) - (self.kind == "ordinal")


@dataclass(slots=True)
class Scores:
    """What a backbone says of a batch of units.

    values (Floats2d): (n_units, n_out) in float64. A row that holds NaN means that the backbone
        has nothing to say of that unit; its value becomes None.
    details (list[dict] | None): Per unit, plain values that go into the record as they are.
    cues (list[list[Cue]] | None): Per unit, the spans that explain its score.
    probabilities (Floats2d | None): (n_units, labels), where the component is calibrated and it is
        labels or classes that it scores; a backbone leaves it None.
    """

    values: Floats2d
    details: list[dict[str, Any]] | None = None
    cues: list[list[Cue]] | None = None
    probabilities: Floats2d | None = None


#: The fields that every record has; whatever else a record holds are its details.
RECORD_FIELDS = ("value", "label", "labels", "interval", "abstain", "source")
#: What a stored record holds in place of its `interval` if the value is of many numbers, so that
#: all Docs can share it: `{"low", "high", "of": {label: half of the width}}`.
MARGIN = "margin"
#: The details of a calibrated component's record: how likely its label is right, and the labels
#: that cannot be excluded.
CONFIDENCE, SET = "confidence", "set"


@dataclass(frozen=True, slots=True)
class Record:
    """A value with everything that is known about it.

    value (Value | None): None where nothing was predicted (empty or blank text); None is not 0.0.
    label (str | None): The best label, or None.
    labels (list[str]): The labels that are present.
    interval (list | dict | None): [low, high] in which the true value lies for a share `level` of
        texts, or that by label; of a calibrated component.
    abstain (bool): A calibrated component cannot tell opposite labels apart; `label` is then no
        more than its best guess.
    source (str): Backbone and version, and how units were aggregated.
    details (dict): What else this backbone records, also readable as attributes: `record.pos`.
    """

    value: Value | None = None
    label: str | None = None
    labels: list[str] = field(default_factory=list)
    interval: list[float] | dict[str, list[float]] | None = None
    abstain: bool = False
    source: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Record:
        """Read what a Doc stores; tuples, which DocBin makes of lists, become lists again."""
        if MARGIN in stored:
            stored = with_interval(stored)
        known = {key: plain(stored[key]) for key in RECORD_FIELDS if key in stored}
        details = {key: plain(stored[key]) for key in stored if key not in RECORD_FIELDS}
        return cls(**known, details=details)

    def to_dict(self) -> dict[str, Any]:
        """RETURNS (dict): Plain values, as a Doc stores them and JSON takes them."""
        return {key: plain(getattr(self, key)) for key in RECORD_FIELDS} | plain(self.details)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "details":
            raise AttributeError(name)
        try:
            return self.details[name]
        except KeyError:
            present = ", ".join([*RECORD_FIELDS, *self.details])
            raise AttributeError(f"no {name!r} in this record; it has: {present}") from None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What each token adds to a score: `sum(contributions) == value - baseline`.

    label (str | None): Which number of a value of many; None for a value of one.
    value, baseline (float | None): The score, and what no text at all scores; None for a blank
        unit.
    tokens (list[str]): The unit's tokens. contributions (list[float]): One per token.
    method (str): How they were found.
    """

    label: str | None
    value: float | None
    baseline: float | None
    tokens: list[str]
    contributions: list[float]
    method: str

    def to_dict(self) -> dict[str, Any]:
        """RETURNS (dict): Plain values."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


def with_interval(stored: Mapping[str, Any]) -> dict[str, Any]:
    """RETURNS (dict): A stored record with its interval by label in place of the margin."""
    found = dict(stored)
    margin, value = found.pop(MARGIN), found["value"]
    if margin and value:
        low, high = margin["low"], margin["high"]
        found["interval"] = {
            label: [max(low, value[label] - q), min(high, value[label] + q)]
            for label, q in margin["of"].items()
            if label in value
        }
    return found


def plain(value: Any) -> Any:
    """RETURNS: A copy in which every list or tuple, at any depth, is a list."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
