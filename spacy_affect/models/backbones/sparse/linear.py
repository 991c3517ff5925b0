"""The sparse backbone at work: how it predicts and how it learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy
from thinc.api import Model
from thinc.types import Floats2d

from ....types import Unit
from .features import LOCK, Batch, Settings, get_space
from .scope import FACTORS
from .sums import Floats, Sums, dense_sums, hashed_shares

#: A handful of texts is to be learned by heart, not shrunk away: the penalty is that of so many.
FEWEST = 1000
SparseModel: TypeAlias = Model[list[Unit], Floats2d]


class Linear:
    """The forward function of the model: `Sums` of its weights, and how they learn."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._sums: Sums | None = None
        self._weights: Any = None
        self._bias = b""

    def __reduce__(self) -> tuple[Any, ...]:
        return Linear, (self.settings,)

    def __call__(
        self, model: SparseModel, units: list[Unit], is_train: bool
    ) -> tuple[Floats2d, Callable[[Floats2d], list[Unit]]]:
        with LOCK:
            batch = get_space(self.settings).batch(units)
            if is_train:
                return self._train(model, batch)
            return self.sums(model).raw(batch), _no_backprop

    def frequencies(self, units: list[Unit]) -> Floats:
        """Count in how many units a hashed feature is, a few hundred units at a time.

        RETURNS (Floats): (length,) inverse document frequency, smoothed as if one more unit held
            every feature (Pedregosa et al. 2011), so that none is infinite.
        """
        length = self.settings.length
        found, ones = numpy.zeros(length), numpy.ones(length, "float32")
        for begin in range(0, len(units), 256):
            with LOCK:
                batch = get_space(self.settings).batch(units[begin : begin + 256])
                shares = hashed_shares(self.settings, batch, ones)
            found += numpy.bincount(shares.indices, minlength=length)
        idf = numpy.log((1 + len(units)) / (1 + found)) + 1
        return idf.astype("float32")

    def sums(self, model: SparseModel) -> Sums:
        """RETURNS (Sums): Of the present weights."""
        W, D, b, idf = (model.get_param(name) for name in ("W", "D", "b", "idf"))
        # An optimizer writes into W where it is, but never without moving the bias.
        if self._sums is None or self._weights is not W or self._bias != b.tobytes():
            self._sums = Sums(self.settings, W.__getitem__, D, b, idf, FACTORS[:, None])
            self._weights, self._bias = W, b.tobytes()
        return self._sums

    def _forget(self) -> None:
        self._sums = self._weights = None

    def _train(
        self, model: SparseModel, batch: Batch
    ) -> tuple[Floats2d, Callable[[Floats2d], list[Unit]]]:
        W, D, b, idf = (model.get_param(name) for name in ("W", "D", "b", "idf"))
        X = hashed_shares(self.settings, batch, idf)
        rate = model.attrs["dropout_rate"]
        if rate:
            X.data *= (numpy.random.uniform(size=len(X.data)) >= rate) / numpy.float32(1 - rate)
        scores = X @ W + b
        S = dense_sums(self.settings, batch) if self.settings.lexicon else None
        if S is not None:
            scores += S @ D
        curvatures = numpy.asarray(model.attrs["curvatures"] or [1.0], "float32")
        shrink = curvatures * numpy.float32(
            model.attrs["l2"] / max(FEWEST, model.attrs["n_examples"])
        )

        def backprop(d_scores: Floats2d) -> list[Unit]:
            self._forget()
            model.inc_grad("W", X.T @ d_scores + shrink * W)
            if S is not None:
                model.inc_grad("D", S.T @ d_scores + shrink * D)
            model.inc_grad("b", d_scores.sum(axis=0))
            return []

        return scores, backprop


def _no_backprop(d_scores: Floats2d) -> list[Unit]:
    return []
