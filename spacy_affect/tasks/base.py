"""The base of every task: label scheme, range, and how scores become records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from ..corpora.gold import Gold
from ..errors import AffectError, hint, listing
from ..labels import get_scheme
from ..types import MARGIN, Cue, Head, Scheme, Scores, Value

if TYPE_CHECKING:
    from thinc.types import Floats2d


#: Labels of one side, and of the other.
Opposites: TypeAlias = tuple[frozenset[str], frozenset[str]]


class Task:
    """What is predicted, without the model that predicts it.

    A task of your own sets `name` and `scheme` and what differs from the defaults below, and
    overrides `describe` if a value has labels. `__init__` arguments are config keys.

    name (str): Also the value's name on doc._: `affect_<name>`.
    scheme (Scheme): The labels, which are also the keys of a value of many numbers.
    low, high (float): The range that every number of the value lies in.
    many (bool): The value is a number per label of the scheme, not one number.
    aggregate (str): How units make the Doc's value: "mean" (weighted by tokens) or "max".
    default_model (dict | None): The `model` block used where the config gives none.
    cue_model (dict | None): The `model` block of what finds cues where a backbone gives none.
    sparse_model (dict | None): The `SparseTurns.v1` that is trained in place of the preset sparse's
        own, if that is not the default.
    default_unit (str): The unit used where the config gives none.
    turnless (bool): With the unit "turns", a Doc that has none is itself one turn.
    ahead (bool): With the unit "turns", the Doc gets a score of its own, for what comes after all
        its turns, in place of what its turns say together.
    detail_names (Sequence[str]): What `details` gives; None in a record without a value.
    """

    name: ClassVar[str]
    scheme: Scheme
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    many: ClassVar[bool] = False
    aggregate: ClassVar[str] = "mean"
    default_model: ClassVar[Mapping[str, Any] | None] = None
    cue_model: ClassVar[Mapping[str, Any] | None] = None
    sparse_model: ClassVar[Mapping[str, Any] | None] = None
    #: Settings of the component, and of that model, beside an encoder that reads what came before a
    #: turn.
    blended: ClassVar[Mapping[str, Any]] = {}
    blended_words: ClassVar[Mapping[str, Any]] = {}
    default_unit: ClassVar[str] = "doc"
    turnless: ClassVar[bool] = False
    ahead: ClassVar[bool] = False
    detail_names: ClassVar[Sequence[str]] = ()
    #: Details that get a column of their own in tables.
    told: ClassVar[Sequence[str]] = ()
    #: What a config made for the task sets beside its name, where it has no factory of its own.
    settings: ClassVar[Mapping[str, Any]] = {}
    #: Per-label cut points that `thresholds` may override, and those that it does.
    thresholds: Mapping[str, float] = {}
    given: Mapping[str, float] = {}
    #: What the backbone must score beside the value, for example "poles".
    needs: Sequence[str] = ()
    #: For a value of one number: what a class name in the gold stands for.
    class_values: ClassVar[Mapping[str, float]] = {}
    #: For a value of one number: the classes that it tells apart, from the lowest to the highest.
    classes: Sequence[str] = ()
    #: Labels that do not go together: a calibrated component abstains where neither side of them
    #: can be excluded.
    opposites: Opposites = (frozenset(), frozenset())
    #: What tables tell of a calibrated component: "interval", "abstain".
    calibrated: Sequence[str] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "describe" in vars(cls) and "describe_all" not in vars(cls):
            cls.describe_all = _one_by_one  # type: ignore[assignment]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `Scores.values` that this task reads, in order."""
        return self.scheme.labels if self.many else (self.name,)

    @property
    def heads(self) -> tuple[Head, ...]:
        """What a trainable backbone puts out for this task; the head named "value" is its value."""
        return (Head("value", "signed" if self.low < 0 else "unit", self.columns),)

    @property
    def labelled(self) -> bool:
        """RETURNS (bool): Its values have labels or classes, not numbers alone."""
        own = type(self)
        return own.describe is not Task.describe or own.category is not Task.category

    def choose(self, speakers: Sequence[str]) -> list[bool]:
        """speakers (Sequence[str]): Who says each turn of a conversation, "" where unknown.
        RETURNS (list[bool]): Which turns the task is about.
        """
        return [True] * len(speakers)

    def model_of(self, preset: str) -> Mapping[str, Any] | None:
        """RETURNS (Mapping | None): The `model` block that suits this task better than a preset's
        own.
        """
        default = self.sparse_model or self.default_model or {}
        turns = default.get("@architectures") == "spacy_affect.SparseTurns.v1"
        return default if preset == "sparse" and turns else None

    def view(self, gold: Gold) -> Gold:
        """RETURNS (Gold): The same in the task's own terms, for learning and for scoring alike."""
        return gold

    def targets(self, gold: Gold) -> list[float]:
        """RETURNS (list[float]): What each output of the heads should be, NaN where unknown."""
        own = self.view(gold)
        return [target for head in self.heads for target in self.head_targets(head, own)]

    def head_targets(self, head: Head, gold: Gold) -> list[float]:
        """RETURNS (list[float]): One per output of the head, on the head's own scale."""
        value, labels = gold
        if head.kind in ("softmax", "multilabel"):
            return _label_targets(head, value, labels, self.scheme.absent)
        if head.kind == "ordinal":
            known = isinstance(labels, str) and labels in head.labels
            place = head.labels.index(labels) if known else math.nan
            return [float(place > k) if known else math.nan for k in range(head.width)]
        if isinstance(value, Mapping):
            numbers = [value.get(label, math.nan) for label in head.labels]
        elif isinstance(labels, str) and value is None:
            numbers = [self.class_values.get(labels, math.nan)] * len(head.labels)
        else:
            numbers = [math.nan if value is None else value] * len(head.labels)
        low, high = self.low, self.high
        if head.kind == "signed":
            middle, half = (low + high) / 2, (high - low) / 2
            return [(number - middle) / half for number in numbers]
        return [(number - low) / (high - low) for number in numbers]

    def read(self, predictions: Mapping[str, Floats2d], trained: Mapping[str, Any]) -> Scores:
        """Make scores of what the heads of a trainable backbone predict.

        predictions (Mapping): By head, (n_units, width).
        trained (Mapping): By head, which of its outputs have ever had gold (list[bool]).
        RETURNS (Scores): In the task's range.
        """
        head = next(head for head in self.heads if head.name == "value")
        found = predictions["value"]
        low, high = self.low, self.high
        if head.kind == "signed" and (low, high) != (-1, 1):
            found = low + (found + 1) / 2 * (high - low)
        elif head.kind == "ordinal":
            found = low + found.mean(axis=1, keepdims=True) * (high - low)
        elif head.kind == "unit" and (low, high) != (0, 1):
            found = low + found * (high - low)
        return Scores(found)

    def fit(self, golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
        """Choose cut points by what they do on gold.

        golds, records (Sequence): In parallel, of the same units.
        RETURNS (dict[str, float]): By label; those that there is too little gold for are left out.
        """
        return {}

    def adopt(self, thresholds: Mapping[str, float]) -> None:
        """Take the cut points that a model carries, where the config gives none."""
        self.thresholds = {**self.thresholds, **thresholds, **self.given}

    def describe(
        self, value: Value, details: Mapping[str, Any], cues: Sequence[Cue]
    ) -> tuple[str | None, list[str]]:
        """RETURNS (tuple[str | None, list[str]]): The best label, and all that are present."""
        return None, []

    def describe_all(self, scores: Scores) -> Sequence[tuple[str | None, list[str]]] | None:
        """RETURNS (Sequence[tuple] | None): What `describe` says of each unit, of a task that can
        say it of all at once; None: they are described one by one, as they always are by a task
        that has only a `describe` of its own.
        """
        return [(None, [])] * len(scores.values)

    def category(self, record: Mapping[str, Any]) -> str | None:
        """RETURNS (str | None): The class under which summaries count a stored record."""
        return record["label"]

    def details(self, value: Value) -> dict[str, Any]:
        """RETURNS (dict): What the record says beside value and labels, from the value alone."""
        return {}

    def decode(self, scores: Scores, source: str) -> list[dict[str, Any]]:
        """Turn a backbone's scores into stored records.

        source (str): Provenance, which every record carries.
        RETURNS (list[dict]): One per unit, as `Record.to_dict` gives them.
        RAISES: AF008 if a number lies outside of the task's range.
        """
        values = scores.values
        n = len(values)
        outside = (values < self.low) | (values > self.high)
        if outside.any():
            number = float(values[outside][0])
            raise AffectError(
                "AF008",
                source=source,
                value=number,
                task=self.name,
                low=self.low,
                high=self.high,
            )
        details = scores.details or [{}] * n
        cues = scores.cues or [[]] * n
        said = self.describe_all(scores)
        columns = [self._values(values), repeat(source), details, cues, *([said] if said else [])]
        return [*map(self.record, *columns)]

    def _values(self, values: Floats2d) -> list[Value | None]:
        """RETURNS (list[Value | None]): A row each: without the labels that are NaN, which the
        backbone does not know; None if nothing is left.
        """
        if self.many:
            return [row or None for row in by_label(self.scheme.labels, values)]
        return [None if number != number else number for number in values[:, 0].tolist()]

    def record(
        self,
        value: Value | None,
        source: str,
        details: Mapping[str, Any] = {},
        cues: Sequence[Cue] = (),
        said: tuple[str | None, list[str]] | None = None,
    ) -> dict[str, Any]:
        """said (tuple | None): What `describe` gives, where that is known.
        RETURNS (dict): A value with its labels, as it is stored.
        """
        own: Mapping[str, Any]
        label, labels = None, []  # type: tuple[str | None, list[str]]
        if value is None:
            own = dict.fromkeys(self.detail_names)
        else:
            label, labels = said or self.describe(value, details, cues)
            own = self.details(value)
        return {
            "value": value,
            "label": label,
            "labels": labels,
            "interval": None,
            "abstain": False,
            "source": source,
            **details,
            **own,
        }

    def combine(
        self,
        records: Sequence[Mapping[str, Any]],
        weights: Sequence[float],
        source: str,
        cues: Sequence[Cue] = (),
    ) -> dict[str, Any]:
        """Make the Doc's record from its units', as `aggregate` says, where they have a value.

        weights (Sequence[float]): Tokens per unit.
        """
        pairs = [(r, w) for r, w in zip(records, weights, strict=True) if r["value"] is not None]
        if not pairs:
            return self.record(None, source)
        total = math.fsum(weight for _, weight in pairs)

        def pool(numbers: Sequence[float]) -> float:
            if self.aggregate == "max":
                return max(numbers)
            return math.fsum(n * w for n, (_, w) in zip(numbers, pairs, strict=True)) / total

        value: Value
        if self.many:
            value = {k: pool([r["value"][k] for r, _ in pairs]) for k in pairs[0][0]["value"]}
        else:
            value = pool([record["value"] for record, _ in pairs])
        # the interval of a value is not that of a mean of values
        first = {k: item for k, item in pairs[0][0].items() if k not in ("value", MARGIN)}
        details: dict[str, Any] = {}
        for key, item in first.items():
            found: list[Any] = [record.get(key) for record, _ in pairs]
            if all(type(number) is float for number in found):
                details[key] = pool(found)
            elif isinstance(item, dict) and all(isinstance(part, dict) for part in found):
                details[key] = {name: pool([part[name] for part in found]) for name in item}
        return self.record(value, source, details, cues)


def _one_by_one(task: Task, scores: Scores) -> None:
    """What a task has as `describe_all` that has only a `describe` of its own."""


def by_label(labels: Sequence[str], numbers: Floats2d) -> list[dict[str, float]]:
    """RETURNS (list[dict[str, float]]): A row each, without labels that are NaN."""
    there = numbers == numbers
    known = there.any(axis=0)  # ready-made weights may not know every label
    if known.any() and not known.all():
        labels, numbers, there = [*compress(labels, known)], numbers[:, known], there[:, known]
    # by columns, as a list made for each row would cost the garbage collector as much again
    found = [dict(zip(labels, row, strict=True)) for row in zip(*numbers.T.tolist(), strict=True)]
    if there.all():
        return found
    return [{k: number for k, number in row.items() if number == number} for row in found]


def names_of(labels: Sequence[str], held: Any) -> list[list[str]]:
    """held (NDArray): (n, labels), which labels each row holds.
    RETURNS (list[list[str]]): These labels. Rows that are alike share one list: what is stored in
        many Docs is to be small, and records are read as copies.
    """
    of = cache(lambda row: [*compress(labels, row)])
    return [*map(of, zip(*held.T.tolist(), strict=True))]


def _label_targets(head: Head, value: Any, labels: Any, absent: str | None) -> list[float]:
    """RETURNS (list[float]): 0 or 1 per label; for a softmax head, a distribution."""
    unknown = [math.nan] * len(head.labels)
    if isinstance(labels, str):
        if labels not in (*head.labels, absent):
            return unknown
        labels = {label: int(label == labels) for label in head.labels}
    if head.kind == "multilabel":
        return [float((labels or {}).get(label, math.nan)) for label in head.labels]
    shares = [float((labels or value or {}).get(label, 0.0)) for label in head.labels]
    total = math.fsum(shares)
    return [share / total for share in shares] if total > 0 else unknown


def choose_scheme(task: str, name: str, allowed: Sequence[str]) -> Scheme:
    """RETURNS (Scheme): By name. RAISES: AF018 if the task does not have it."""
    if name not in allowed:
        kind = f"{task} scheme"
        raise AffectError(
            "AF018", kind=kind, name=name, known=listing(allowed), hint=hint(name, allowed)
        )
    return get_scheme(name)


def merge_thresholds(
    task: str,
    defaults: Mapping[str, float],
    given: Mapping[str, float] | None,
    low: float = -math.inf,
    high: float = math.inf,
) -> dict[str, float]:
    """Override the default cut points.

    low, high (float): The task's range.
    RETURNS (dict): A cut point for each label that has a default.
    RAISES: AF009 for a label without a default, AF010 for a number outside of [low, high].
    """
    for label, number in (given or {}).items():
        if label not in defaults:
            raise AffectError("AF009", label=label, task=task, known=listing(defaults))
        validate_range(task, f"thresholds[{label!r}]", number, low, high)
    return {**defaults, **(given or {})}


def validate_range(task: str, setting: str, value: float, low: float, high: float) -> None:
    """RAISES: AF010 for a number outside of [low, high]."""
    if not low <= value <= high:  # so written, NaN is outside
        reason = f"must be in [{low}, {high}]"
        raise AffectError("AF010", setting=setting, value=value, task=task, reason=reason)


def validate_level(task: str, level: float) -> float:
    """RETURNS (float): The level as given. RAISES: AF010 for one outside of (0, 1)."""
    if not 0.0 < level < 1.0:
        reason = "must be a number between 0 and 1, both excluded"
        raise AffectError("AF010", setting="level", value=level, task=task, reason=reason)
    return level
