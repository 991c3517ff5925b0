"""Ready-made weights with an encoder: one pass of a small transformer, and a linear head.

Beside `meta.json`, whose `model` has `encoder`, the settings of its reading, a folder holds:

    encoder.onnx (ids, types, pool) -> the mean of the vectors of the pieces in the pool
    tokenizer.json               word pieces, as the library tokenizers reads them
    heads.W.npy  (width, n)      weights of n outputs
    heads.b.npy  (n,)            biases

A folder whose `encoder` is `{"of": ...}` holds the last two alone: heads on the encoder of another
folder, which is named by its path from this one ("../other") or as it was registered.

Each window is read by itself, unpadded, so that what an output says of a text never depends on the
texts around it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy

from ....errors import AffectError, require
from ....registry import REGISTRIES
from ....types import Unit
from ..sparse.sums import Floats
from .weights import Weights, open_weights, save_array, write_meta
from .windows import Passage, Reader, passages, unreadable

ENCODER = "encoder.onnx"
HEADS = ("heads.W", "heads.b")
#: Vectors that are kept for the components after the first, if a batch has no more units.
MOST_KEPT = 2048
#: How many threads one window is read with. Texts are short: processes pay off, threads hardly.
THREADS = "SPACY_AFFECT_THREADS"


class Encoder:
    """Makes vectors of units; its files are opened when a text is first read."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """folder (Path): With `encoder.onnx`. settings (Mapping): As `Reader` takes them, and
        `width`, how long a vector is.
        """
        self._path = folder / ENCODER
        self._reader = Reader(folder, settings)
        self._width: int = settings["width"]
        self._kept: dict[bytes, Floats] = {}
        self._lock = Lock()

    @cached_property
    def _session(self) -> Any:
        """RAISES: AF161 if the file is not there, or is none."""
        import onnxruntime  # slow to import

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get(THREADS) or 1)
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # one is kept for every length
        try:
            return onnxruntime.InferenceSession(
                self._path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # kinds of its own, and those of files
            raise unreadable(self._path, error) from error

    def vectors(self, units: Sequence[Passage]) -> Floats:
        """RETURNS (Floats): (n, width). Passages that were read lately are not read again: all
        components share one pass, whatever their units.
        """
        keys = [unit.key for unit in units]
        found: dict[bytes, Floats] = {}
        for key, unit in zip(keys, units, strict=True):
            if key not in found:
                kept = self._kept.get(key)
                found[key] = self.vector(unit) if kept is None else kept
        with self._lock:
            for key, vector in found.items():
                self._kept.pop(key, None)  # what was asked for last is forgotten last
                self._kept[key] = vector
            while len(self._kept) > max(MOST_KEPT, len(found)):
                del self._kept[next(iter(self._kept))]
        return numpy.stack([found[key] for key in keys])

    def vector(self, passage: Passage) -> Floats:
        """RETURNS (Floats): (width,), of a long text the mean of its windows', by their length."""
        windows = self._reader.windows(passage)
        found = [
            self._session.run(None, {"ids": one.ids, "types": one.types, "pool": one.pool})[0]
            for one in windows
        ]
        if len(found) == 1:
            return found[0]
        return numpy.average(found, axis=0, weights=[one.size for one in windows]).astype("float32")


class EncodedWeights(Weights):
    """One folder of heads, on an encoder of its own or that of another folder."""

    @cached_property
    def encoder(self) -> Encoder:
        """RETURNS (Encoder): Shared by all folders that name it.
        RAISES: AF160 if the folder that is named has none.
        """
        settings = self.model["encoder"]
        if "of" not in settings:
            return Encoder(self.path, settings)
        of = settings["of"]
        if of.startswith("."):  # as registered: links are not followed, or it would be opened twice
            folder = Path(os.path.normpath(self.path / of))
        else:
            folder = REGISTRIES["weights"].get(of)
        try:
            other = open_weights(folder)
        except OSError as error:
            raise AffectError("AF160", path=self.path, of=of) from error
        if not isinstance(other, EncodedWeights):
            raise AffectError("AF160", path=self.path, of=of)
        return other.encoder

    def check(self) -> None:
        """RAISES: AF001 without the packages that run an encoder."""
        for package in ("onnxruntime", "tokenizers"):
            require(package, what=f"the encoder of {self.path.name}", extra="onnx")

    def read(self, units: list[Unit], reads: str) -> Floats:
        """RETURNS (Floats): (n_units, n) raw outputs. reads (str): See `windows.passages`."""
        return self._outputs(self.encoder.vectors(passages(units, reads)))

    def occluded(self, unit: Unit, parts: Sequence[str], reads: str) -> Floats:
        """parts (Sequence[str]): The text of the unit in pieces.
        RETURNS (Floats): (2 + 2 parts, n) raw outputs: of all of it, of no text, of all but one
            part, for each in turn, and of each part alone.
        """
        [passage] = passages([unit], reads)
        others = ("".join([*parts[:i], *parts[i + 1 :]]) for i in range(len(parts)))
        texts = (passage.text, "", *others, *parts)
        found = [self.encoder.vector(passage._replace(text=text)) for text in texts]
        return self._outputs(numpy.stack(found))

    @cached_property
    def _heads(self) -> tuple[Floats, Floats]:
        W, b = (numpy.asarray(self._array(name), "float32") for name in HEADS)
        return W, b

    def _outputs(self, vectors: Floats) -> Floats:
        W, b = self._heads
        # row by row: a product of two matrices rounds by how many rows there are
        found: Floats = numpy.matmul(vectors[:, None], W)[:, 0] + b
        return found


def save_heads(path: Path, meta: Mapping[str, Any], W: Floats, b: Floats) -> None:
    """Write a folder of heads; `meta` says on what encoder."""
    path.mkdir(parents=True, exist_ok=True)
    for name, array in zip(HEADS, (W.astype("float16"), b.astype("float32")), strict=True):
        save_array(path, name, array)
    write_meta(path, meta)
