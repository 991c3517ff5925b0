"""A linear model over the mean of a unit's token vectors, from any tok2vec or transformer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Dropout, Linear, Model, chain, list2ragged, reduce_mean, zero_init
from thinc.types import Floats2d

from ... import __version__
from ...types import Unit

SOURCE = f"spacy_affect.Pooled.v1 (spacy-affect {__version__})"
#: Units that are enough to find out the shapes of all layers.
N_SAMPLE = 10


def build_pooled_v1(
    tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None
) -> Model[list[Unit], Floats2d]:
    """Make the backbone `spacy_affect.Pooled.v1`, to be trained, for any task and language.

    tok2vec (Model[list[Doc], list[Floats2d]]): A vector per token: an encoder of its own, or a
        listener (`spacy.Tok2VecListener.v1`, a transformer's), so that components share one.
    RETURNS (Model): (n_units, nO) raw outputs: `W mean(vectors) + b`.
    """
    encoder = chain(Model("units_as_docs", _as_docs), tok2vec)
    # Random weights on vectors that long would drown what `_init` begins with.
    output: Model[Floats2d, Floats2d] = Linear(nO=nO, init_W=zero_init)
    model: Model[list[Unit], Floats2d] = chain(
        encoder, list2ragged(), reduce_mean(), Dropout(), output
    )
    model.name = "pooled"
    model.init = _init
    model.set_ref("encoder", encoder)
    model.set_ref("output", output)
    model.attrs.update({"source": SOURCE, "trainable": True})
    return model


def contributions(model: Model[list[Unit], Floats2d], unit: Unit) -> NDArray[numpy.float32]:
    """RETURNS (Floats): (n_tokens, nO): what each token's vector adds to the raw outputs; with the
    bias they sum to the score.
    """
    vectors = model.get_ref("encoder").predict([unit])[0]
    weights = model.get_ref("output").get_param("W")
    parts: NDArray[numpy.float32] = model.ops.to_numpy(vectors @ weights.T / max(1, len(vectors)))
    return parts


def _init(model: Model[list[Unit], Floats2d], X: Any = None, Y: Any = None) -> None:
    """Y (Floats2d | None): (1, nO): raw outputs to begin with; they become the bias."""
    output = model.get_ref("output")
    if output.has_dim("nO") is None:
        output.set_dim("nO", model.get_dim("nO"))
    sample: Any = (X or [])[:N_SAMPLE] or None
    for layer in model.layers:
        layer.initialize(X=sample)
        sample = None if sample is None else layer.predict(sample)
    if Y is not None:
        output.set_param("b", model.ops.asarray1f(Y[0]))


def _as_docs(
    model: Model[list[Unit], list[Doc]], units: list[Unit], is_train: bool
) -> tuple[list[Doc], Callable[[Any], Any]]:
    """A part of a Doc is encoded as a Doc of its own: nothing outside of it has a say."""
    return [unit if isinstance(unit, Doc) else unit.as_doc() for unit in units], _no_backprop


def _no_backprop(d_docs: Any) -> Any:
    return []
