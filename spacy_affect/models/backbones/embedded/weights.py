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
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from weakref import ref

import numpy
from numpy.typing import NDArray

from ....types import Unit
from ..sparse.features import LOCK, Batch, Settings, get_space
from ..sparse.sums import Floats, Sums

META = "meta.json"
STEPS = 127
_PLACES = numpy.arange(256).astype("uint8").view("int8") / STEPS
#: What a packed number stands for, read as an unsigned one, as a share of the largest: its square,
#: with its sign. Most weights are small, and keep more of their digits so.
UNPACKED = (numpy.sign(_PLACES) * _PLACES**2).astype("float32")


def pack(W: Floats) -> tuple[NDArray[numpy.int8], Floats]:
    """RETURNS (tuple): Weights in eight bits each, and the largest of each column."""
    scale = numpy.maximum(numpy.abs(W).max(axis=0), 1e-9).astype("float32")
    roots = numpy.sign(W) * numpy.sqrt(numpy.abs(W) / scale)
    return numpy.rint(roots * STEPS).astype("int8"), scale


def unpack(packed: NDArray[numpy.int8], scale: Floats) -> Floats:
    """RETURNS (Floats): The weights again, to within a step."""
    weights: Floats = UNPACKED.take(packed.view("uint8"))
    weights *= scale
    return weights


class Weights:
    """One folder of weights; its arrays are opened when a text is first scored."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.meta: dict[str, Any] = json.loads((path / META).read_text(encoding="utf8"))
        self.model: Mapping[str, Any] = {"tasks": {}, **self.meta.get("model", {})}
        self._sums: Sums | None = None
        self._arrays: dict[str, NDArray[Any]] = {}
        self._wanted: list[int] = []
        self._sums_wanted: Sums | None = None
        self._latest: tuple[Any, Floats] = (lambda: None, numpy.empty((0, 0), "float32"))

    @property
    def settings(self) -> Settings:
        """RETURNS (Settings): Of the features."""
        return Settings(*self.model["settings"])

    @property
    def sums(self) -> Sums:
        """RETURNS (Sums): Of all outputs."""
        if self._sums is None:
            self._sums = self._open(None)
        return self._sums

    def want(self, columns: Sequence[int]) -> None:
        """Say that a component will ask for some of the outputs; `raw` leaves the others out."""
        with LOCK:
            wanted = sorted({*self._wanted, *columns})
            if wanted != self._wanted:
                self._wanted, self._sums_wanted = wanted, None
                self._latest = (lambda: None, numpy.empty((0, 0), "float32"))

    def raw(self, units: list[Unit]) -> Floats:
        """RETURNS (Floats): (n_units, n) raw outputs, NaN for those that nobody wants: of the same
        Docs they are worked out once, whichever components ask for them.
        """
        with LOCK:
            batch: Batch = get_space(self.settings).batch(units)
            last, found = self._latest
            if last() is not batch:
                if self._sums_wanted is None:
                    self._sums_wanted = self._open(self._wanted)
                found = numpy.full((len(batch), len(self._array("b"))), numpy.nan, "float32")
                found[:, self._wanted] = self._sums_wanted.raw(batch)
                self._latest = (ref(batch), found)
            return found

    def check(self) -> None:
        """RAISES: AF001 without a package that these weights need and spacy-affect does not."""

    def arrays(self) -> dict[str, Floats]:
        """RETURNS (dict): W, D, b and idf as float32, to learn from there."""
        W = unpack(numpy.asarray(self._array("W")), numpy.asarray(self._array("scale")))
        return {"W": W, **{name: self._array(name).astype("float32") for name in ("D", "b", "idf")}}

    def _open(self, columns: list[int] | None) -> Sums:
        """columns (list[int] | None): Which outputs to sum; None: all."""
        part = slice(None) if columns is None else columns
        take = partial(_take, self._array("W"), self._array("scale")[part], columns=columns)
        D, b, factors = (
            self._array(name)[..., part].astype("float32") for name in ("D", "b", "factors")
        )
        return Sums(self.settings, take, D, b, self._array("idf").astype("float32"), factors)

    def _array(self, name: str) -> NDArray[Any]:
        if name not in self._arrays:
            self._arrays[name] = load_array(self.path, name)
        return self._arrays[name]


def load_array(path: Path, name: str) -> NDArray[Any]:
    """RETURNS (NDArray): An array of a folder, mapped into memory."""
    # a plain view: indexing numpy's own class of mapped arrays costs more than the reading
    return numpy.asarray(numpy.load(path / f"{name}.npy", mmap_mode="r"))


def _take(W: Any, scale: Floats, rows: NDArray[Any], columns: list[int] | None) -> Floats:
    packed = W.take(rows, axis=0)
    return unpack(packed if columns is None else packed.take(columns, axis=1), scale)


@cache
def open_weights(path: Path) -> Weights:
    """RETURNS (Weights): Of a folder, opened once per process."""
    weights = Weights(path)
    if "encoder" in weights.model:
        from .encoder import EncodedWeights  # a kind of weights, so its module needs this one

        return EncodedWeights(path)
    return weights


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
