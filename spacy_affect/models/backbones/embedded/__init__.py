"""Ready-made weights: sparse linear models that come with the package, or with a plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
from thinc.api import Model
from thinc.types import Floats2d

from ....errors import AffectError, listing
from ....registry import REGISTRIES
from ....types import Scores, Unit
from ...heads import sigmoid
from ..sparse import BATCH
from .weights import META, Weights, open_weights

NAME = "embedded"
#: The kind of a value that is the probability of one pole minus that of the other.
POLES = "poles"
#: Weights that come with us: they are found without loading plugins.
OWN = Path(__file__).parents[2] / "weights"
#: By task: the distribution whose weights are not part of this one, as its data forbid it.
ELSEWHERE = {"support": "en-affect-support", "support_next": "en-affect-support"}

EmbeddedModel = Model[list[Unit], Scores]


def build_embedded_v1(weights: str | None = None) -> EmbeddedModel:
    """Make the backbone `spacy_affect.Embedded.v1`: ready to use, and never trained.

    The weights are read when the first text is scored. All components of a pipeline that use the
    same weights share one pass over the text. To train from them, use `spacy_affect.SparseNgram.v1`
    with `init_from = "embedded"`.

    weights (str | None): A registered name, see `spacy-affect models`; None takes the first that
        know the component's task and scheme, our own before those of plugins.
    RETURNS (Model): Scores with the task's columns; NaN for a label that the weights do not know.
        It fits no task before `bind` has been called.
    """
    attrs: dict[str, Any] = {"weights": weights, "source": NAME, "batch_size": BATCH}
    return Model(NAME, Embedded(), attrs=attrs)


def bind(model: EmbeddedModel, task: str, scheme: str, labels: tuple[str, ...]) -> None:
    """Choose what a model of ready-made weights gives.

    task, scheme (str): By name. labels (tuple[str, ...]): The task's columns, in order.
    RAISES: AF125 if no weights know the task in that scheme, AF014 for weights of unknown name.
    """
    name = model.attrs["weights"]
    folders = [REGISTRIES["weights"].get(name)] if name else _folders()
    for folder in folders:
        weights = open_weights(folder)
        part = weights.model["tasks"].get(task, {}).get(scheme)
        if part is not None:
            break
    else:
        known = listing(f"{t} ({s})" for f in _folders() for t, s in _known(open_weights(f)))
        more = f"pip install {ELSEWHERE[task]}, or " if task in ELSEWHERE else ""
        raise AffectError("AF125", task=task, scheme=scheme, known=known, more=more)
    model._func.take(weights, part, labels)
    version = weights.meta["version"]
    model.attrs.update(
        columns=list(labels),
        languages=weights.meta["languages"],
        source=f"spacy_affect.Embedded.v1 ({folder.name} {version})",
        thresholds=dict(part.get("thresholds", {})),
        provides=["poles"] if part["kind"] == POLES else [],
        details=["pos", "neg"] if part["kind"] == POLES else [],
    )
    if "calibration" in part:
        model.attrs["calibration"] = part["calibration"]


class Embedded:
    """The forward function: picks the columns of a task from all that the weights give."""

    def __init__(self) -> None:
        self._weights: Weights | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self._weights is None:
            return Embedded, ()
        return _again, (self._weights.path, self._part, self._labels)

    def take(self, weights: Weights, part: Mapping[str, Any], labels: tuple[str, ...]) -> None:
        """part (Mapping): What the weights' `meta.json` says of the task in its scheme."""
        self._weights, self._part, self._labels = weights, part, labels
        columns: dict[str, int] = part["columns"]
        if part["kind"] == POLES:
            self._known, self._columns = [0], [columns["pos"], columns["neg"]]
        else:
            self._known = [i for i, label in enumerate(labels) if label in columns]
            self._columns = [columns[labels[i]] for i in self._known]

    def __call__(
        self, model: EmbeddedModel, units: list[Unit], is_train: bool
    ) -> tuple[Scores, Callable[[Any], list[Unit]]]:
        assert self._weights is not None
        raw = self._weights.raw(units).astype("float64")
        values = numpy.full((len(units), len(self._labels)), numpy.nan)
        found = SQUASH[self._part["kind"]](raw[:, self._columns])
        if self._part["kind"] != POLES:
            values[:, self._known] = found
            return Scores(values), _no_backprop
        values[:, 0] = found[:, 0] - found[:, 1]
        details = [{"pos": pos, "neg": neg} for pos, neg in found.tolist()]
        return Scores(values, details), _no_backprop

    def contributions(self, unit: Unit, place: int) -> tuple[Any, float]:
        """RETURNS (tuple): Per token what it adds to the raw number of one label, and the bias."""
        assert self._weights is not None
        column = self._columns[self._known.index(place)]
        sums = self._weights.sums
        return sums.contributions(unit)[:, column].astype("float64"), float(sums.bias[column])

    def arrays(self, heads: list[tuple[str, ...]]) -> dict[str, Any]:
        """heads (list[tuple[str, ...]]): The labels of each head of a model to be trained.
        RETURNS (dict): Its weights to begin with: W, D, b and idf; zero for unknown labels.
        """
        assert self._weights is not None
        found = self._weights.arrays()
        places = [self._part["columns"].get(label, -1) for head in heads for label in head]
        for name in ("W", "D", "b"):
            padded = numpy.concatenate([found[name], numpy.zeros_like(found[name][..., :1])], -1)
            found[name] = numpy.ascontiguousarray(padded[..., places])
        return found


def _signed(raw: Floats2d) -> Floats2d:
    return numpy.clip(raw, -1.0, 1.0)


#: By what `meta.json` says of the outputs: from raw numbers to values.
SQUASH: dict[str, Callable[[Any], Any]] = {"signed": _signed, "unit": sigmoid, POLES: sigmoid}


def _folders() -> Iterator[Path]:
    own = sorted(path.parent for path in OWN.glob(f"*/{META}"))
    yield from own
    yield from (
        path for _, path in sorted(REGISTRIES["weights"].get_all().items()) if path not in own
    )


def _known(weights: Weights) -> list[tuple[str, str]]:
    return [(task, scheme) for task, of in weights.model["tasks"].items() for scheme in of]


def _again(path: Path, part: Mapping[str, Any], labels: tuple[str, ...]) -> Embedded:
    found = Embedded()
    found.take(open_weights(path), part, labels)
    return found


def _no_backprop(d_scores: Any) -> list[Unit]:
    return []
