"""Model cards: what ready-made weights say of themselves in their `meta.json`.

A weights folder has the card as its whole `meta.json`; a spaCy package has it there under the key
`affect`. All keys but `name` may be absent, unknown ones are ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from .errors import AffectError

META = "meta.json"
#: By task: how to get weights that are not part of this distribution, as their data forbid it. No
#: package index has them.
ELSEWHERE = dict.fromkeys(
    ("support", "support_next"),
    "pip install plugins/en-affect-support (in a clone of spacy-affect; for research only)",
)
#: What numbers of a card lie between, by key; others may be any number.
LIMITS = {
    **dict.fromkeys(("ece", "coverage", "level", "failure", "confidence", "observed"), (0, 1)),
    **dict.fromkeys(("limit", "largest"), (0, 1)),
    **dict.fromkeys(("n", "set_size", "size_bytes", "docs_per_second"), (0, math.inf)),
    **dict.fromkeys(("sentences", "values", "over"), (0, math.inf)),
}


@dataclass(frozen=True, slots=True)
class Predicts:
    """What the weights predict of a task. absent: Labels of the scheme that they do not know."""

    scheme: str = ""
    labels: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    absent_reason: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """A corpus behind the weights. role (str): "trained on", "weak labels", "unlabelled text"."""

    name: str
    licence: str = ""
    url: str = ""
    citation: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure with its interval of 95 % over n texts. source (str): What was measured on."""

    metric: str
    value: float
    source: str = ""
    component: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""


class Bin(NamedTuple):
    """Of n predictions about as confident as that, how often they were right."""

    confidence: float
    observed: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether confidence can be believed.

    ece (float | None): Expected calibration error. coverage, set_size (float | None): How often
    the sets of labels (or the intervals) given at `level` hold the truth, and their mean size.
    bins (tuple[Bin, ...]): From lists of mean confidence, observed frequency, and how many.
    """

    ece: float | None = None
    coverage: float | None = None
    set_size: float | None = None
    level: float | None = None
    bins: tuple[Bin, ...] = ()


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How often tests of a capability fail. kind (str): "MFT", "INV" or "DIR" (CheckList)."""

    failure: float
    n: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a value moves when only the person changes that a sentence is about.

    Differences are group minus reference, as shares of the value's scale.

    contrast (str): The group, and the reference. label (str): Of a value of many numbers, else "".
    mean (float): Of n pairs of sentences, with its 95 % interval.
    largest (float | None): The largest difference of any pair, without its sign.
    situation (str), in_situation (float | None): Where the mean is largest, and how large.
    """

    component: str
    contrast: str
    mean: float
    label: str = ""
    low: float | None = None
    high: float | None = None
    largest: float | None = None
    n: int | None = None
    situation: str = ""
    in_situation: float | None = None

    def over(self, limit: float) -> str:
        """RETURNS (str): Where the mean exceeds a limit: "all" for all pairs together, else the
        situation; "" if it does nowhere.
        """
        if abs(self.mean) > limit:
            return "all"
        return self.situation if abs(self.in_situation or 0.0) > limit else ""


@dataclass(frozen=True, slots=True)
class Audit:
    """Whether values depend on who a sentence is about, from pairs of sentences.

    limit (float): Up to which share of its scale a value may move. sentences (int): Scored.
    values (int): How many differences were measured: contrasts by components by labels.
    over (int): How many of them exceed the limit, over all pairs or in one situation.
    largest (float): How far any two sentences of a pair are apart.
    gaps (tuple[Gap, ...]): Those over the limit, and the largest of each component and contrast.
    """

    limit: float
    sentences: int | None = None
    values: int | None = None
    over: int | None = None
    largest: float | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Speed:
    """On what machine, with which texts: `conditions` says."""

    docs_per_second: float
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A text that the weights get wrong."""

    text: str
    component: str = ""
    got: Any = None
    expected: Any = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What one has to know before using weights.

    tasks (dict[str, Predicts]): By task. licence (str): Of the weights. licence_notice (str): What
    must be passed on with them. use (str): "commercial" (any use) or "research" (that alone).
    uses (str): What they are for, in a sentence. calibration: By component.
    behaviour: By capability. audit: Of fairness. size_bytes (int | None): None is what the files
    take.
    """

    name: str
    version: str = ""
    description: str = ""
    tasks: dict[str, Predicts] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    licence: str = ""
    licence_notice: str = ""
    use: Literal["", "commercial", "research"] = ""
    uses: str = ""
    not_for: tuple[str, ...] = ()
    data: tuple[Data, ...] = ()
    metrics: tuple[Metric, ...] = ()
    calibration: dict[str, Calibration] = field(default_factory=dict)
    behaviour: dict[str, Behaviour] = field(default_factory=dict)
    audit: Audit | None = None
    size_bytes: int | None = None
    speed: Speed | None = None
    failures: tuple[Failure, ...] = ()
    limits: tuple[str, ...] = ()
    recipe: str = ""


def load_card(folder: Path) -> ModelCard:
    """RETURNS (ModelCard): Of a weights folder.
    RAISES: AF150 if its meta.json cannot be read, AF151 if a value in it is none.
    """
    return parse_card(read_meta(folder), folder / META)


def read_meta(folder: Path) -> dict[str, Any]:
    """RETURNS (dict): What the meta.json of a folder holds. RAISES: AF150 if that is no object."""
    path = folder / META
    try:
        meta = json.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        raise AffectError("AF150", path=path, reason=error.strerror or error) from error
    except ValueError as error:  # not UTF-8, or no JSON
        raise AffectError("AF150", path=path, reason=error) from error
    if not isinstance(meta, dict):
        raise AffectError("AF150", path=path, reason="it holds no JSON object")
    return meta


def parse_card(meta: Any, path: Path | str) -> ModelCard:
    """RETURNS (ModelCard): From plain data. RAISES: AF151 with the path and the key."""
    try:
        return _made(ModelCard, meta, "")
    except _Wrong as wrong:
        key, reason = wrong.args
        raise AffectError("AF151", path=path, key=key or "all of it", reason=reason) from None


class _Wrong(Exception):
    """A key, and what is wrong with its value."""

    def __init__(self, key: str, must: str, value: object) -> None:
        shown = json.dumps(value, ensure_ascii=False, default=repr)
        super().__init__(key, f"{must}, got {shown if len(shown) <= 80 else f'{shown[:77]}...'}")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, value: Any, key: str) -> Any:
    """RETURNS: A value of the type that a field is annotated with."""
    origin, inner = get_origin(hint) or hint, get_args(hint)
    if origin is UnionType:  # X | None
        return _read(inner[0], value, key)
    if origin is Literal:
        if value not in inner:
            raise _Wrong(key, f"must be one of: {', '.join(filter(None, inner))}", value)
        return value
    if origin is dict:
        found = _expect(Mapping, value, key, "must be an object")
        return {name: _read(inner[1], one, f"{key}.{name}") for name, one in found.items()}
    if origin is tuple:
        found = _expect((list, tuple), value, key, "must be a list")
        return tuple(_read(inner[0], one, f"{key}[{i}]") for i, one in enumerate(found))
    if hint is Bin:
        return _bin(value, key)
    if is_dataclass(hint):
        return _made(hint, value, key)
    if hint is str:
        return _expect(str, value, key, "must be a text")
    if hint in (int, float):
        return _number(hint, value, key)
    return value


def _made(kind: Any, value: Any, key: str) -> Any:
    """RETURNS: A dataclass from an object, in which null is the same as an absent key."""
    found = _expect(Mapping, value, key, "must be an object")
    known = {}
    for one in fields(kind):
        at = f"{key}.{one.name}" if key else one.name
        if found.get(one.name) is not None:
            known[one.name] = _read(_hints(kind)[one.name], found[one.name], at)
        elif one.default is MISSING and one.default_factory is MISSING:
            raise _Wrong(at, "must be there", None)
    return kind(**known)


def _bin(value: Any, key: str) -> Bin:
    if not isinstance(value, (list, tuple)) or len(value) != len(Bin._fields):
        raise _Wrong(key, f"must be a list of {', '.join(Bin._fields)}", value)
    hints = _hints(Bin).items()
    numbers = (
        _number(kind, one, f"{key}.{name}") for (name, kind), one in zip(hints, value, strict=True)
    )
    return Bin(*numbers)


def _number(kind: type, value: Any, key: str) -> Any:
    low, high = LIMITS.get(key.rpartition(".")[2], (-math.inf, math.inf))
    what = "a whole number" if kind is int else "a number"
    what += f" from {low:g}" if low == 0 else ""
    what += f" to {high:g}" if high == 1 else ""
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    whole = kind is float or (known and value == value // 1)
    if not (known and math.isfinite(value) and low <= value <= high and whole):
        raise _Wrong(key, f"must be {what}", value)
    return kind(value)


def _expect(kind: Any, value: Any, key: str, must: str) -> Any:
    if not isinstance(value, kind):
        raise _Wrong(key, must, value)
    return value
