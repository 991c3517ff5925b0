"""Weights as they are shipped: a folder of arrays that are mapped into memory, and what they give.

A folder holds `meta.json`, the card of the weights (see `spacy_affect.cards`) with one more part,
`model`, and the arrays:

    W.npy    (length, n) int8    weights of hashed features, n outputs, packed by `pack`
    scale.npy (n,) float32       the largest weight of each output
    D.npy    (states * dense, n) float16    weights of affect words, by how they stand
    b.npy    (n,) float32        biases
    idf.npy  (length,) float16   inverse document frequencies
    factors.npy (states, n) float32    how much a word counts for each output, by how it stands
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from weakref import ref

import numpy
from numpy.typing import NDArray

from ....types import Unit
from ..sparse.features import Batch, Settings, get_space
from ..sparse.sums import Floats, Sums

META = "meta.json"
STEPS = 127
_PLACES = numpy.arange(-128, 128) / STEPS
#: What a packed number stands for, as a share of the largest: its square, with its sign. Most
#: weights are small, and keep more of their digits so.
UNPACKED = (numpy.sign(_PLACES) * _PLACES**2).astype("float32")


def pack(W: Floats) -> tuple[NDArray[numpy.int8], Floats]:
    """RETURNS (tuple): Weights in eight bits each, and the largest of each column."""
    scale = numpy.maximum(numpy.abs(W).max(axis=0), 1e-9).astype("float32")
    roots = numpy.sign(W) * numpy.sqrt(numpy.abs(W) / scale)
    return numpy.rint(roots * STEPS).astype("int8"), scale


def unpack(packed: NDArray[numpy.int8], scale: Floats) -> Floats:
    """RETURNS (Floats): The weights again, to within a step."""
    weights: Floats = UNPACKED[packed.astype("int16") + 128]
    weights *= scale
    return weights


class Weights:
    """One folder of weights; its arrays are opened when a text is first scored."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.meta: dict[str, Any] = json.loads((path / META).read_text(encoding="utf8"))
        self.model: Mapping[str, Any] = {"tasks": {}, **self.meta.get("model", {})}
        self._sums: Sums | None = None
        self._latest: tuple[Any, Floats] = (lambda: None, numpy.empty((0, 0), "float32"))

    @property
    def settings(self) -> Settings:
        """RETURNS (Settings): Of the features."""
        return Settings(*self.model["settings"])

    @property
    def sums(self) -> Sums:
        """RETURNS (Sums): Of all outputs."""
        if self._sums is None:
            W, scale = self._array("W"), numpy.asarray(self._array("scale"))
            D, b, idf, factors = (
                self._array(name).astype("float32") for name in ("D", "b", "idf", "factors")
            )
            take = partial(_take, W, scale)
            self._sums = Sums(self.settings, take, D, b, idf, factors)
        return self._sums

    def raw(self, units: list[Unit]) -> Floats:
        """RETURNS (Floats): (n_units, n) raw outputs: of the same Docs they are worked out once,
        whichever components ask for them.
        """
        batch: Batch = get_space(self.settings).batch(units)
        last, found = self._latest
        if last() is not batch:
            found = self.sums.raw(batch)
            self._latest = (ref(batch), found)
        return found

    def arrays(self) -> dict[str, Floats]:
        """RETURNS (dict): W, D, b and idf as float32, to learn from there."""
        W = unpack(numpy.asarray(self._array("W")), numpy.asarray(self._array("scale")))
        return {"W": W, **{name: self._array(name).astype("float32") for name in ("D", "b", "idf")}}

    def _array(self, name: str) -> NDArray[Any]:
        return load_array(self.path, name)


def load_array(path: Path, name: str) -> NDArray[Any]:
    """RETURNS (NDArray): An array of a folder, mapped into memory."""
    # a plain view: indexing numpy's own class of mapped arrays costs more than the reading
    return numpy.asarray(numpy.load(path / f"{name}.npy", mmap_mode="r"))


def _take(W: Any, scale: Floats, rows: NDArray[Any]) -> Floats:
    return unpack(W[rows], scale)


@cache
def open_weights(path: Path) -> Weights:
    """RETURNS (Weights): Of a folder, opened once per process."""
    return Weights(path)


def save_weights(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, Floats]) -> None:
    """Write a folder of weights, as `Weights` reads it.

    arrays (Mapping): W, D, b, idf and factors, as float32.
    """
    path.mkdir(parents=True, exist_ok=True)
    packed, scale = pack(arrays["W"])
    kept: dict[str, NDArray[Any]] = {"W": packed, "scale": scale}
    kept |= {name: arrays[name].astype("float16") for name in ("D", "idf")}
    kept |= {name: arrays[name].astype("float32") for name in ("b", "factors")}
    for name, array in kept.items():
        save_array(path, name, array)
    write_meta(path, meta)


def save_array(path: Path, name: str, array: NDArray[Any]) -> None:
    """Write an array of a folder. The file is replaced as a whole: processes that have mapped the
    old one go on with it, where one written over would kill them by SIGBUS.
    """
    numpy.save(path / f".{name}.npy", array)
    (path / f".{name}.npy").replace(path / f"{name}.npy")


def write_meta(path: Path, meta: Mapping[str, Any]) -> None:
    """Write the card of a folder of weights."""
    text = json.dumps(meta, indent=1, ensure_ascii=False)
    (path / META).write_text(f"{text}\n", encoding="utf8")
