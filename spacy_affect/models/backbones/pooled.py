"""A linear model over the mean of a unit's token vectors, from any tok2vec or transformer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc, Span
from thinc.api import Dropout, Linear, Model, chain, list2ragged, reduce_mean, zero_init
from thinc.types import Floats2d

from ... import __version__
from ...dialogue import TURNS
from ...types import Unit

SOURCE = f"spacy_affect.Pooled.v1 (spacy-affect {__version__})"
#: Units that are enough to find out the shapes of all layers.
N_SAMPLE = 10


def build_pooled_v1(
    tok2vec: Model[list[Doc], list[Floats2d]],
    before: int = 0,
    speakers: bool = False,
    nO: int | None = None,
) -> Model[list[Unit], Floats2d]:
    """Make the backbone `spacy_affect.Pooled.v1`, to be trained, for any task and language.

    tok2vec (Model[list[Doc], list[Floats2d]]): A vector per token: an encoder of its own, or a
        listener (`spacy.Tok2VecListener.v1`, a transformer's), so that components share one.
    before (int): How many tokens before a unit the encoder reads with it, as a turn of a
        conversation needs; 0 reads the unit alone. The mean is over the unit's own tokens.
    speakers (bool): Before each turn of a conversation the encoder reads who speaks, as in a
        transcript: its label and a colon.
    RETURNS (Model): (n_units, nO) raw outputs: `W mean(vectors) + b`.
    """
    encoder: Model[list[Unit], list[Floats2d]] = Model(
        "encode_units",
        _encode,
        init=_init_encoder,
        layers=[tok2vec],
        attrs={"before": before, "speakers": speakers},
    )
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


def _encode(
    model: Model[list[Unit], list[Floats2d]], units: list[Unit], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], Any]]:
    """A part of a Doc is encoded as a Doc of its own: what stands around it has no say, save for
    as many tokens before it as the model is told to read.
    """
    docs, cuts = _as_docs(units, model.attrs["before"], model.attrs.get("speakers", False))
    vectors, backprop = model.layers[0](docs, is_train)
    if not any(cuts):
        return vectors, backprop

    def restore(d_own: list[Floats2d]) -> Any:
        d_vectors = [model.ops.alloc2f(*v.shape) for v in vectors]
        for d_vector, d, cut in zip(d_vectors, d_own, cuts, strict=True):
            d_vector[cut:] = d
        return backprop(d_vectors)

    return [vector[cut:] for vector, cut in zip(vectors, cuts, strict=True)], restore


def _init_encoder(model: Model[list[Unit], list[Floats2d]], X: Any = None, Y: Any = None) -> None:
    model.layers[0].initialize(X=_as_docs(X, 0, False)[0] if X else None)


def _as_docs(units: list[Unit], before: int, speakers: bool) -> tuple[list[Doc], list[int]]:
    """RETURNS (tuple[list[Doc], list[int]]): And how many tokens of each are not the unit's own."""
    docs, cuts = [], []
    for unit in units:
        if isinstance(unit, Doc):
            docs.append(unit)
            cuts.append(0)
        else:
            start = max(0, unit.start - before)
            read = unit.doc[start : unit.end]
            docs.append(_transcript(read) if speakers else read.as_doc())
            cuts.append(len(docs[-1]) - len(unit))
    return docs, cuts


def _transcript(part: Span) -> Doc:
    """RETURNS (Doc): A part of a conversation, with who speaks before each turn."""
    words, end = [], part.start
    for turn in part.doc.spans.get(TURNS) or ():
        if turn.end > part.start and turn.start < part.end:
            start = max(turn.start, part.start)
            words += [token.text for token in part.doc[end:start]]
            end = min(turn.end, part.end)
            words += [turn.label_, ":"] if turn.label_ else []
            words += [token.text for token in part.doc[start:end]]
    words += [token.text for token in part.doc[end : part.end]]
    return Doc(part.doc.vocab, words)
