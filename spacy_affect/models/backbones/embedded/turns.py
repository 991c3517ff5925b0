"""Ready-made weights of `SparseTurns.v1`: a folder with one packed model per view.

Beside `meta.json`, whose `model` has `turns`, the settings of the backbone, a folder holds for each
view `<view>.W.npy`, `.scale`, `.D`, `.b` and `.idf`, as `weights` says, and `state.npy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy

from ..turns import TurnsModel, build_sparse_turns_v1
from .weights import Weights, load_array, open_weights, pack, save_array, unpack, write_meta

STATE = "state"


def save_turns(path: Path, meta: Mapping[str, Any], model: TurnsModel) -> None:
    """Write the weights of a trained `SparseTurns.v1`.

    meta (Mapping): `meta["model"]["turns"]` has the settings that the model was made with.
    """
    path.mkdir(parents=True, exist_ok=True)
    for view, layer in zip(model._func.views, model.layers, strict=True):
        packed, scale = pack(layer.get_param("W"))
        save_array(path, f"{view}.W", packed)
        save_array(path, f"{view}.scale", scale)
        for name, kind in (("D", "float16"), ("b", "float32"), ("idf", "float16")):
            save_array(path, f"{view}.{name}", layer.get_param(name).astype(kind))
    save_array(path, STATE, model.get_param("S"))
    write_meta(path, meta)


def make_turns(weights: Weights) -> TurnsModel:
    """RETURNS (TurnsModel): As the settings say, without the arrays."""
    return build_sparse_turns_v1(**weights.model["turns"])


@cache
def open_turns(path: Path) -> TurnsModel:
    """RETURNS (TurnsModel): Of a folder, read once per process when it is first used."""
    model = make_turns(open_weights(path))
    for view, layer in zip(model._func.views, model.layers, strict=True):
        W, scale = (numpy.asarray(load_array(path, f"{view}.{name}")) for name in ("W", "scale"))
        layer.set_param("W", unpack(W, scale))
        layer.set_dim("nO", W.shape[1], force=True)
        for name in ("D", "b", "idf"):
            layer.set_param(name, load_array(path, f"{view}.{name}").astype("float32"))
    S = numpy.array(load_array(path, STATE), "float32")
    model.set_param("S", S)
    model.set_dim("nO", S.shape[1], force=True)
    return model
