"""A linear model over a turn and what was said before it: fast, small, and it can say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from .... import __version__
from ....errors import AffectError, listing
from ....types import Unit
from .. import sparse
from ..sparse.linear import FEWEST
from .state import State
from .views import VIEWS, conversations, places

SOURCE = f"spacy_affect.SparseTurns.v1 (spacy-affect {__version__})"
TurnsModel: TypeAlias = Model[list[Unit], Floats2d]


def build_sparse_turns_v1(
    views: Sequence[str] = ("turn", "other", "own"),
    state: bool = True,
    affect: Mapping[str, Sequence[str] | None] | None = None,
    strategies_from: str = "affect_support",
    length: int = 2**16,
    shortest: int = 2,
    longest: int = 5,
    pairs: bool = True,
    lexicon: bool = True,
    l2: float = 4.0,
    nO: int | None = None,
) -> TurnsModel:
    """Make the backbone `spacy_affect.SparseTurns.v1`, to be trained, for turns of conversations.

    A unit's score is a sum over views, each a `spacy_affect.SparseNgram.v1` with weights of its
    own, and over where the conversation stands. No turn after the unit is read.

    views (Sequence[str]): What is read: turn (the unit), previous (the turn before it), other and
        own (the last turn before it of the other side, and of the same), situation. Without turn,
        the unit's own words are not read, and a Doc stands for the turn that comes next.
    state (bool): Also read how many turns there were, who spoke last, and what the supporter did:
        the strategies that turns are known to have, or else those that a component has found.
    affect (Mapping | None): By instance of a component whose unit is turns, whose values of the
        other side's turns are read, the labels of a value of many numbers, or null for one number.
        None reads `affect_polarity` and nothing else. What has not run is unknown.
    strategies_from (str): The instance that finds strategies.
    length, shortest, longest, pairs, lexicon, l2: Of every view: see `SparseNgram.v1`.
    RETURNS (Model): (n_units, nO) raw outputs.
    RAISES: AF104 for views that there are not, AF095 as `SparseNgram.v1`.
    """
    if not views or {*views} - {*VIEWS}:
        reason = f"give one or more of: {listing(VIEWS)}"
        raise AffectError("AF104", setting="views", value=list(views), reason=reason)
    layers = [
        sparse.build_sparse_ngram_v1(length, shortest, longest, pairs, lexicon, l2) for _ in views
    ]
    numbers = {"affect_polarity": None} if affect is None else affect
    known = State(numbers, strategies_from) if state else None
    return Model(
        "sparse_turns",
        Sum(tuple(views), known),
        init=_init,
        layers=layers,
        dims={"nO": nO},
        params={"S": None},
        attrs={
            "source": SOURCE,
            "trainable": True,
            "ahead": "turn" not in views,
            "l2": l2,
            "n_examples": 0,
            "curvatures": [],
        },
    )


class Sum:
    """The forward function: the sum of what the views and the state add to a unit's score."""

    def __init__(self, views: tuple[str, ...], state: State | None) -> None:
        self.views = views
        self.state = state
        self.ahead = "turn" not in views

    def __call__(
        self, model: TurnsModel, units: list[Unit], is_train: bool
    ) -> tuple[Floats2d, Callable[[Floats2d], list[Unit]]]:
        scores = numpy.zeros((len(units), model.get_dim("nO")), "float32")
        of = conversations(units, self.ahead)
        backprops = []
        for view, layer in zip(self.views, model.layers, strict=True):
            spans = places(of, units, view)
            rows = [i for i, span in enumerate(spans) if span is not None]
            if rows:
                found, backprop = layer([spans[i] for i in rows], is_train)
                scores[rows] += found
                backprops.append((rows, backprop))
        if self.state is not None:
            S = model.get_param("S")
            X = self.state.features(of, units)
            scores += X @ S  # X is sparse: summed row by row, a unit scores the same in any batch

        def learn(d_scores: Floats2d) -> list[Unit]:
            for rows, backprop in backprops:
                backprop(d_scores[rows])
            if self.state is not None:
                model.inc_grad("S", X.T @ d_scores + _shrink(model) * S)
            return []

        return scores, learn


def contributions(model: TurnsModel, unit: Unit) -> NDArray[numpy.float32]:
    """RETURNS (Floats): (n_tokens, nO): what each token of the unit adds to the raw outputs. What
    other turns, the situation and the state add is part of the rest.
    """
    whole = numpy.zeros((len(unit), model.get_dim("nO")), "float32")
    of = conversations([unit], model._func.ahead)
    first = 0 if isinstance(unit, Doc) else unit.start
    for view, layer in zip(model._func.views, model.layers, strict=True):
        [found] = places(of, [unit], view)
        if found is None or found.doc is not unit.doc or found.start < first:
            continue
        start = found.start - first
        if start + len(found) <= len(whole):
            whole[start : start + len(found)] += sparse.contributions(layer, found)
    return whole


def _init(model: TurnsModel, X: Any = None, Y: Any = None) -> None:
    """X (list[Unit] | None): A sample of the training units. Y (Floats2d | None): (1, nO): raw
    outputs to begin with; they become the bias of the first view.
    """
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    width = model.get_dim("nO")
    of = conversations(X or [], model._func.ahead)
    for view, layer in zip(model._func.views, model.layers, strict=True):
        layer.set_dim("nO", width)
        layer.attrs.update({name: model.attrs[name] for name in ("n_examples", "curvatures")})
        sample = [span for span in places(of, X or [], view) if span is not None]
        layer.initialize(X=sample, Y=Y if layer is model.layers[0] else None)
    state = model._func.state
    model.set_param("S", numpy.zeros((state.width if state else 0, width), "float32"))


def _shrink(model: TurnsModel) -> NDArray[numpy.float32]:
    """RETURNS (Floats): Per output the penalty on its weights, as `SparseNgram.v1` has it."""
    curvatures = numpy.asarray(model.attrs["curvatures"] or [1.0], "float32")
    return curvatures * numpy.float32(model.attrs["l2"] / max(FEWEST, model.attrs["n_examples"]))
