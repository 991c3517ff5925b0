"""An encoder of spacy-curated-transformers as a tok2vec layer, for one component alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d, Ragged

from ...errors import require
from ..loaders import make_safetensors_loader_v1

#: Texts that are encoded at once.
TOGETHER = 16


def build_curated_encoder_v1(
    transformer: Model[list[Doc], Any],
    pooling: Model[Ragged, Floats2d],
    load_from: str | None = None,
    lowercase: bool = True,
) -> Model[list[Doc], list[Floats2d]]:
    """Make the layer `spacy_affect.CuratedEncoder.v1`, a `tok2vec` for units below the Doc.

    A listener shares one pass over whole Docs; this layer encodes what it is given.

    transformer (Model): For example `spacy-curated-transformers.BertTransformer.v1`.
    pooling (Model[Ragged, Floats2d]): The pieces of a token become its vector.
    load_from (str | None): A folder with `model.safetensors` and `vocab.txt` of a BERT, read when
        training begins and not after; null begins with random weights and no vocabulary.
    lowercase (bool): The vocabulary is one of lower-case pieces without accents.
    RETURNS (Model): A vector per token, from the encoder's last layer.
    RAISES: AF001 if spacy-curated-transformers is not installed, AF098 for weights that do not fit.
    """
    require("spacy_curated_transformers", what="spacy_affect.CuratedEncoder.v1", extra="curated")
    from spacy_curated_transformers.models.pooling import with_ragged_last_layer

    encoder = transformer.get_ref("transformer")
    encoder.attrs["_all_layer_outputs"] = False
    if load_from is not None:
        from spacy_curated_transformers.tokenization import build_wordpiece_encoder_loader_v1

        encoder.init = make_safetensors_loader_v1(str(Path(load_from) / "model.safetensors"))
        transformer.get_ref("piece_encoder").init = build_wordpiece_encoder_loader_v1(
            path=Path(load_from) / "vocab.txt", lowercase=lowercase, strip_accents=lowercase
        )
    layers = [transformer, with_ragged_last_layer(pooling)]
    return Model("curated_encoder", _forward, init=_init, layers=layers)


def _init(model: Model[list[Doc], list[Floats2d]], X: Any = None, Y: Any = None) -> None:
    for layer in model.layers:
        layer.initialize(X=X if layer is model.layers[0] else None)


def _forward(
    model: Model[list[Doc], list[Floats2d]], docs: list[Doc], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], Any]]:
    """Encode texts of like length together: within a batch all are padded to the longest."""
    transformer, pool = model.layers
    order = sorted(range(len(docs)), key=lambda i: len(docs[i]))
    groups = [order[start : start + TOGETHER] for start in range(0, len(docs), TOGETHER)]
    vectors: list[Any] = [None] * len(docs)
    backprops = []
    for group in groups:
        found, backprop = transformer([docs[i] for i in group], is_train)
        of_group, unpool = pool(found.last_hidden_layer_states, is_train)
        backprops.append((group, unpool, backprop))
        for i, vector in zip(group, of_group, strict=True):
            vectors[i] = vector

    def back(d_vectors: list[Floats2d]) -> list[Doc]:
        for group, unpool, backprop in backprops:
            backprop([[d_pieces] for d_pieces in unpool([d_vectors[i] for i in group])])
        return []

    return vectors, back
