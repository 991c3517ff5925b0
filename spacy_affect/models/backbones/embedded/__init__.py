"""Ready-made weights: sparse linear models that come with the package, or with a plugin, and small
encoders that come with plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy
from thinc.api import Model
from thinc.types import Floats2d

from ....cards import ELSEWHERE
from ....errors import AffectError, listing
from ....registry import REGISTRIES
from ....types import Scores, Unit
from ...heads import sigmoid
from ..ambivalence import build_ambivalence_cues_v1
from ..turns import contributions
from ..words import BATCH
from .turns import make_turns, open_turns
from .weights import META, Weights, open_weights
from .windows import TEXT

NAME = "embedded"
#: The kind of a value that is the probability of one pole minus that of the other.
POLES = "poles"
#: The kind of a value that says how far both poles are there, beside what cues say: of the highest
#: of the columns of each side, as "pos.joy" and "pos.love" are of one.
MIXED = "mixed"
#: The kind of one distribution over labels, which the task makes of raw outputs as of trained ones.
SOFTMAX = "softmax"
#: How much cues count that alone do not make a text ambivalent. On SemEval-2018's development part,
#: texts of both poles are ranked best from about here on.
CUES = 0.3
#: From here on a text is ambivalent.
AMBIVALENT = 0.5
#: Weights that come with us: they are found without loading plugins.
OWN = Path(__file__).parents[2] / "weights"

EmbeddedModel: TypeAlias = Model[list[Unit], Scores]


def build_embedded_v1(weights: str | None = None) -> EmbeddedModel:
    """Make the backbone `spacy_affect.Embedded.v1`: ready to use, and never trained.

    The weights are read when the first text is scored. All components of a pipeline that use the
    same weights share one pass over the text. To train from them, use `spacy_affect.SparseNgram.v1`
    with `init_from = "embedded"`.

    weights (str | None): A registered name, see `spacy-affect models`; None takes the first that
        know the component's task and scheme, our own before those of plugins, and those with an
        encoder last.
    RETURNS (Model): Scores with the task's columns; NaN for a label that the weights do not know.
        It fits no task before `bind` has been called.
    """
    attrs: dict[str, Any] = {"weights": weights, "source": NAME, **BATCH}
    return Model(NAME, Embedded(), attrs=attrs)


def bind(model: EmbeddedModel, task: str, scheme: str, labels: tuple[str, ...]) -> None:
    """Choose what a model of ready-made weights gives.

    task, scheme (str): By name. Weights that know a scheme also know those of a part of its labels.
    labels (tuple[str, ...]): The task's columns, in order.
    RAISES: AF125 if no weights know the task in that scheme, AF014 for weights of unknown name,
        AF001 without the packages that those with an encoder need.
    """
    name = model.attrs["weights"]
    folders = [REGISTRIES["weights"].get(name)] if name else _folders()
    for folder in folders:
        weights = open_weights(folder)
        part = _part(weights, task, scheme, labels)
        if part is not None:
            break
    else:
        raise _unknown(name, task, scheme, labels)
    model._func.take(weights, part, labels)
    if model._func.raw:  # outputs that the task reads as it does trained ones
        ahead = model._func.in_turns and make_turns(weights).attrs["ahead"]
        model.attrs.update(trained=[1] * len(labels), ahead=ahead)
    model.attrs.update(
        columns=list(labels),
        languages=weights.meta["languages"],
        source=model._func.source,
        thresholds=_of(part.get("thresholds", {}), part, labels),
        provides={POLES: ["poles"], MIXED: ["cues"]}.get(part["kind"], []),
        details=["pos", "neg"] if part["kind"] == POLES else [],
    )
    calibration = dict(part.get("calibration", {}))
    if scheme not in weights.model["tasks"][task]:
        calibration.pop("classes", None)  # those of another scheme
    if "margins" in calibration:
        calibration["margins"] = _of(calibration["margins"], part, labels)
    if "presence" in calibration:
        presence = calibration["presence"]
        calibration["presence"] = {**presence, "maps": _of(presence["maps"], part, labels)}
    if calibration:
        model.attrs["calibration"] = calibration


def _unknown(name: str | None, task: str, scheme: str, labels: tuple[str, ...]) -> AffectError:
    """name (str | None): The weights that were asked for.
    RETURNS (AffectError): AF125, with those to name in their place, or else how to get some.
    """
    others = [
        other
        for other, folder in REGISTRIES["weights"].get_all().items()
        if _part(open_weights(folder), task, scheme, labels) is not None
    ]
    if others:  # else the first of them would have been taken
        which = f"the weights {name!r} do not"
        remedy = f"set `weights` to some that do: {listing(others)}"
    else:
        which = "no ready-made weights"
        known = listing({f"{t} ({s})" for f in _folders() for t, s in _known(open_weights(f))})
        remedy = f"{ELSEWHERE[task]}, or " if task in ELSEWHERE else ""
        remedy += "train a model of your own with another [model], as "
        remedy += f"spacy-affect init-config --task {task} writes it. Known: {known}"
    return AffectError("AF125", which=which, task=task, scheme=scheme, remedy=remedy)


def _part(
    weights: Weights, task: str, scheme: str, labels: tuple[str, ...]
) -> Mapping[str, Any] | None:
    of_task = weights.model["tasks"].get(task, {})
    if scheme in of_task:
        return of_task[scheme]
    return next((part for part in of_task.values() if {*labels} <= _labels(part)), None)


def _labels(part: Mapping[str, Any]) -> set[str]:
    return part["columns"].keys() | part.get("presence", {}).keys()


def _of(
    items: Mapping[str, Any], part: Mapping[str, Any], labels: tuple[str, ...]
) -> dict[str, Any]:
    """RETURNS (dict): Without what is said of labels that the task does not have."""
    others = _labels(part) - {*labels}
    return {name: item for name, item in items.items() if name not in others}


class Embedded:
    """The forward function: picks the columns of a task from all that the weights give."""

    def __init__(self) -> None:
        self._weights: Weights | None = None
        self.in_turns = self.encoded = self.raw = False
        self._presence: list[int] | None = None
        #: Which of all raw numbers that the weights give the task's values are made of.
        self.used: list[int] = []
        #: Name and version of the weights.
        self.source = NAME

    def __reduce__(self) -> tuple[Any, ...]:
        if self._weights is None:
            return Embedded, ()
        return _again, (self._weights.path, self._part, self._labels)

    def take(self, weights: Weights, part: Mapping[str, Any], labels: tuple[str, ...]) -> None:
        """part (Mapping): What the weights' `meta.json` says of the task in its scheme.
        RAISES: AF001 without a package that the weights need.
        """
        weights.check()
        self._weights, self._part, self._labels = weights, part, labels
        columns: dict[str, int] = part["columns"]
        presence: dict[str, int] = part.get("presence", {})
        weights.want([*columns.values(), *presence.values()])
        self.in_turns, self.encoded = (name in weights.model for name in ("turns", "encoder"))
        self.raw = self.in_turns or part["kind"] == SOFTMAX
        self.source = f"spacy_affect.Embedded.v1 ({weights.path.name} {weights.meta['version']})"
        if part["kind"] == POLES:
            own = ("pos", "neg", *(["value"] if "value" in columns else []))
            self._known, self._columns = [0], [columns[name] for name in own]
        elif part["kind"] == MIXED:
            self._known, self._columns = [0], [*columns.values()]
            sides = [name.partition(".")[0] for name in columns]
            self._sides = [
                [i for i, own in enumerate(sides) if own == side] for side in dict.fromkeys(sides)
            ]
        else:
            # a label with one of the two alone has that as both
            values, likely = {**presence, **columns}, {**columns, **presence}
            self._known = [i for i, label in enumerate(labels) if label in values]
            self._columns = [values[labels[i]] for i in self._known]
            self._presence = [likely[labels[i]] for i in self._known] if presence else None
        self.used = [*self._columns, *(self._presence or ())]

    def __call__(
        self, model: EmbeddedModel, units: list[Unit], is_train: bool
    ) -> tuple[Scores | Any, Callable[[Any], list[Unit]]]:
        assert self._weights is not None
        if self.in_turns:
            return self.chosen(self.turns.predict(units)), _no_backprop
        raw = self.encoder.read(units, self.reads) if self.encoded else self._weights.raw(units)
        if self.raw:
            return self.chosen(raw), _no_backprop
        scores = self.decode(raw)
        if self._part["kind"] == MIXED:
            rules = build_ambivalence_cues_v1().predict(units)
            told = rules.values
            both = 1 - (1 - scores.values) * (1 - CUES * told)
            scores.values = numpy.where(told >= AMBIVALENT, numpy.maximum(both, told), both)
            scores.cues = rules.cues
        return scores, _no_backprop

    @property
    def turns(self) -> Any:
        """RETURNS (Model): The model of turns that the weights are for."""
        assert self._weights is not None
        return open_turns(self._weights.path)

    @property
    def encoder(self) -> Any:
        """RETURNS (EncodedWeights): What reads units, of weights with an encoder."""
        return self._weights

    @property
    def reads(self) -> str:
        """RETURNS (str): What an encoder reads of a unit: "text", or "turns", with those before."""
        return str(self._part.get("reads", TEXT))

    def turn_contributions(self, unit: Unit) -> Any:
        """RETURNS (Floats): (n_tokens, n): what each token adds to the task's raw outputs."""
        return contributions(self.turns, unit)[:, self._columns]

    def chosen(self, raw: Any) -> Any:
        """RETURNS (Floats2d): The task's columns of all that the weights give."""
        return numpy.take(raw, self._columns, axis=1)

    def decode(self, raw: Any) -> Scores:
        """raw (Floats2d): (n_units, n), all that the weights give.
        RETURNS (Scores): The task's part of it.
        """
        of_all, raw = raw, raw[:, self._columns].astype("float64")
        if self._part["kind"] == POLES:
            found = sigmoid(raw)
            poles = zip(*found[:, :2].T.tolist(), strict=True)
            details = [{"pos": pos, "neg": neg} for pos, neg in poles]
            if found.shape[1] > 2:  # ranks texts that have a pole; one without is neutral
                either = 1 - (1 - found[:, :1]) * (1 - found[:, 1:2])
                values = (2 * found[:, 2:] - 1) * numpy.sqrt(either)
            else:
                values = found[:, :1] - found[:, 1:]
            return Scores(values, details)
        if self._part["kind"] == MIXED:
            highest = sigmoid(self._highest(raw))
            both = highest.prod(axis=1, keepdims=True) ** (1 / highest.shape[1])
            return Scores(_from_half(both, self._part["cut"]))
        values = self._spread(SQUASH[self._part["kind"]](raw))
        if "cut" in self._part:
            values = _from_half(values, self._part["cut"])
        if self._presence is not None:
            there = sigmoid(of_all[:, self._presence].astype("float64"))
            names = [self._labels[i] for i in self._known]
            told = [{"presence": dict(zip(names, row, strict=True))} for row in there.tolist()]
            return Scores(values, told, probabilities=self._spread(there))
        spread = self._part.get("spread")
        # intensities are log odds that were divided by the spread
        likely = None if spread is None else self._spread(sigmoid(spread * raw))
        return Scores(values, probabilities=likely)

    def contributions(self, unit: Unit) -> tuple[Any, Any]:
        """RETURNS (tuple): Per token what it adds to all raw numbers that the weights give, and
        what these are of no text at all.
        """
        assert self._weights is not None
        sums = self._weights.sums
        return sums.contributions(unit).astype("float64"), sums.bias.astype("float64")

    def _highest(self, raw: Any) -> Any:
        """RETURNS (Floats2d): Of the columns of each side the highest."""
        return numpy.stack([raw[:, side].max(axis=1) for side in self._sides], axis=1)

    def _spread(self, found: Any) -> Any:
        """RETURNS (Floats2d): With NaN for labels that the weights do not know."""
        if len(self._known) == len(self._labels):
            return found
        values = numpy.full((len(found), len(self._labels)), numpy.nan)
        values[:, self._known] = found
        return values

    def hand_over(self, model: Any, heads: Sequence[tuple[str, str, Sequence[str]]]) -> None:
        """Set the weights of a `SparseNgram.v1` that is to be trained further.

        heads (Sequence): Name, kind and labels of each of its heads. Labels that the ready-made
            weights do not know begin as they would without.
        RAISES: AF096 if its features are others, or if they know none of the labels.
        """
        assert self._weights is not None
        for reads, reason in UNFIT.items():
            if reads in self._weights.model:
                raise AffectError("AF096", path=NAME, reason=f"these weights {reason}")
        if model.attrs.get("settings") != list(self._weights.settings):
            reason = f"their settings are {list(self._weights.settings)}"
            raise AffectError("AF096", path=NAME, reason=reason)
        found, columns = self._weights.arrays(), self._part["columns"]
        known: list[int] = []
        for name in ("W", "D", "b"):
            parts: list[Any] = []
            own = model.get_param(name)
            for head, kind, labels in heads:
                factor = self._part.get("spread", 1.0) if head == "presence" else 1.0
                for label in labels:
                    part: Any
                    if kind == "signed" and self._part["kind"] == POLES:
                        # the difference of two logistic curves where it is steepest
                        part = (
                            found[name][..., columns["pos"]] - found[name][..., columns["neg"]]
                        ) / 4
                    elif label in columns:
                        part = factor * found[name][..., columns[label]]
                    else:
                        part = own[..., len(parts)]
                    parts.append(part)
            known = [int(part.any()) for part in parts] if name == "W" else known
            if not any(known):
                reason = "these weights hold nothing that its outputs could begin with"
                raise AffectError("AF096", path=NAME, reason=reason)
            model.set_param(name, numpy.ascontiguousarray(numpy.stack(parts, axis=-1), "float32"))
        model.set_param("idf", found["idf"])
        model.attrs["trained"] = known


def _from_half(found: Any, cut: float) -> Any:
    """RETURNS (Floats2d): In [0, 1] as before, but with the cut at one half."""
    above = AMBIVALENT + (found - cut) * (1 - AMBIVALENT) / (1 - cut)
    return numpy.where(found < cut, found * AMBIVALENT / cut, above)


def _signed(raw: Floats2d) -> Floats2d:
    return numpy.clip(raw, -1.0, 1.0)


#: By what `meta.json` says of the outputs: from raw numbers to values.
SQUASH: dict[str, Callable[[Any], Any]] = {"signed": _signed, "unit": sigmoid}
#: By what their `meta.json` has: why no `SparseNgram.v1` can begin from such weights.
UNFIT = {
    "turns": "are for spacy_affect.SparseTurns.v1",
    "encoder": "are heads of an encoder",
}


def _folders() -> Iterator[Path]:
    """YIELDS (Path): Of weights, those first that are taken first."""
    own = sorted(path.parent for path in OWN.glob(f"*/{META}"))
    yield from own
    others = [p for _, p in sorted(REGISTRIES["weights"].get_all().items()) if p not in own]
    # a default needs no extra where there is a choice
    yield from sorted(others, key=lambda path: "encoder" in open_weights(path).model)


def _known(weights: Weights) -> list[tuple[str, str]]:
    return [(task, scheme) for task, of in weights.model["tasks"].items() for scheme in of]


def _again(path: Path, part: Mapping[str, Any], labels: tuple[str, ...]) -> Embedded:
    found = Embedded()
    found.take(open_weights(path), part, labels)
    return found


def _no_backprop(d_scores: Any) -> list[Unit]:
    return []
