"""The arithmetic of the sparse backbone: sums of weights, per unit in a fixed order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from thinc.api import Model
from thinc.types import Floats2d

from ....types import Unit
from .features import N_DENSE, N_STATES, Batch, Settings, get_space

Floats = NDArray[numpy.float32]
#: A handful of texts is to be learned by heart, not shrunk away: the penalty is that of so many.
FEWEST = 1000
SparseModel: TypeAlias = Model[list[Unit], Floats2d]


class Linear:
    """The forward function of the model, and what it has worked out of the present weights.

    The raw outputs of a unit are `b + X W / |X| + S D / sqrt(n)`: X counts hashed features, each
    times its inverse document frequency; S sums the dense features of n tokens, by state. To
    predict, the parts of X W and of |X| that a form brings are worked out once. Sums run token by
    token, so a unit scores the same in any batch.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._forget()

    def __reduce__(self) -> tuple[Any, ...]:
        return Linear, (self.settings,)

    def __call__(
        self, model: SparseModel, units: list[Unit], is_train: bool
    ) -> tuple[Floats2d, Callable[[Floats2d], list[Unit]]]:
        batch = get_space(self.settings).batch(units)
        if is_train:
            return self._train(model, batch)
        return self._predict(model, batch), _no_backprop

    def frequencies(self, units: list[Unit]) -> Floats:
        """Count in how many units a hashed feature is, a few hundred units at a time.

        RETURNS (Floats): (length,) inverse document frequency, smoothed as if one more unit held
            every feature (Pedregosa et al. 2011), so that none is infinite.
        """
        length = self.settings.length
        found, ones = numpy.zeros(length), numpy.ones(length, "float32")
        for begin in range(0, len(units), 256):
            batch = get_space(self.settings).batch(units[begin : begin + 256])
            X = self._scaled(batch, ones)
            found += numpy.bincount(X.indices, minlength=length)
        idf = numpy.log((1 + len(units)) / (1 + found)) + 1
        return idf.astype("float32")

    def contributions(self, model: SparseModel, unit: Unit) -> Floats:
        """Take a unit's score apart.

        RETURNS (Floats): (n_tokens, nO): what each token adds to the raw outputs; with the bias
            they sum to the score. The weight of a pair is shared by its two words.
        """
        space = get_space(self.settings)
        batch = space.batch([unit])
        words, norms, dense = self._per_form(model)
        W, idf = model.get_param("W"), model.get_param("idf")
        n = len(batch.rows)
        parts = words[batch.rows // N_STATES]
        if len(batch.pairs):
            halves = W[batch.pairs] * idf[batch.pairs, None] / 2
            parts[:-1] += halves
            parts[1:] += halves
        parts = parts * self._scale(batch, norms, idf)
        if len(dense):
            parts += dense[batch.rows] * numpy.float32(1 / numpy.sqrt(max(n, 1)))
        whole = numpy.zeros((len(unit), parts.shape[1]), "float32")
        whole[[i for i, token in enumerate(unit) if not token.is_space]] = parts
        return whole

    def _forget(self) -> None:
        self._weights: Any = None
        self._bias = b""
        self._generation = -1
        self._words: Floats = numpy.zeros((0, 0), "float32")
        self._norms: Floats = numpy.zeros(0, "float32")
        self._dense: Floats = numpy.zeros((0, 0), "float32")

    def _per_form(self, model: SparseModel) -> tuple[Floats, Floats, Floats]:
        """RETURNS (tuple): Per form what it adds to X W and to |X|^2, and per row to S D."""
        space = get_space(self.settings)
        W, D, b, idf = (model.get_param(name) for name in ("W", "D", "b", "idf"))
        # An optimizer writes into W where it is, but never without moving the bias.
        stale = self._weights is not W or self._bias != b.tobytes()
        if stale or self._generation != space.generation:
            self._forget()
            self._weights, self._bias, self._generation = W, b.tobytes(), space.generation
            self._words = self._dense = numpy.zeros((0, W.shape[1]), "float32")
        known = len(self._words)
        if known < space.n_forms:
            buckets, counts = space.hashed(numpy.arange(known, space.n_forms))
            ends = numpy.concatenate([[0], numpy.cumsum(counts)])
            rows = csr_matrix((idf[buckets], buckets, ends), shape=(len(counts), len(W)))
            owner = numpy.repeat(numpy.arange(len(counts)), counts)
            squares = numpy.bincount(owner, idf[buckets] ** 2, len(counts))
            self._words = numpy.concatenate([self._words, rows @ W])
            self._norms = numpy.concatenate([self._norms, squares.astype("float32")])
            if self.settings.lexicon:
                by_state = D.reshape(N_STATES, N_DENSE, -1)
                dense = numpy.einsum("fd,sdo->fso", space.dense[known:], by_state)
                dense = dense.reshape(len(counts) * N_STATES, -1)
                self._dense = numpy.concatenate([self._dense, dense])
        return self._words, self._norms, self._dense

    def _predict(self, model: SparseModel, batch: Batch) -> Floats2d:
        words, norms, dense = self._per_form(model)
        W, b, idf = (model.get_param(name) for name in ("W", "b", "idf"))
        scores = _sum_rows(batch.rows // N_STATES, batch.offsets, words)
        if len(batch.pairs):
            scores += _sum_rows(batch.pairs, batch.pair_offsets, W, idf[batch.pairs])
        scores *= self._scale(batch, norms, idf)
        if len(dense):
            scores += _sum_rows(batch.rows, batch.offsets, dense) * _root(batch)
        return scores + b

    def _train(
        self, model: SparseModel, batch: Batch
    ) -> tuple[Floats2d, Callable[[Floats2d], list[Unit]]]:
        W, D, b, idf = (model.get_param(name) for name in ("W", "D", "b", "idf"))
        X = self._scaled(batch, idf)
        rate = model.attrs["dropout_rate"]
        if rate:
            X.data *= (numpy.random.uniform(size=len(X.data)) >= rate) / numpy.float32(1 - rate)
        scores = X @ W + b
        S = self._sums(batch) if self.settings.lexicon else None
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

    def _scaled(self, batch: Batch, idf: Floats) -> csr_matrix:
        """RETURNS (csr_matrix): (n_units, length): X / |X|, whose norm counts repeated features
        one by one, as a sum over tokens does.
        """
        n, length = len(batch), len(idf)
        buckets, counts = get_space(self.settings).hashed(batch.rows // N_STATES)
        units = numpy.arange(n)
        owner = numpy.repeat(units, numpy.diff(batch.offsets))
        pair_owner = numpy.repeat(units, numpy.diff(batch.pair_offsets))
        places = numpy.concatenate([numpy.repeat(owner, counts), pair_owner])
        found = numpy.concatenate([buckets, batch.pairs])
        norms = numpy.sqrt(numpy.bincount(places, idf[found] ** 2, n))
        values = (idf[found] / norms[places]).astype("float32")
        return csr_matrix((values, (places, found)), shape=(n, length))

    def _scale(self, batch: Batch, norms: Floats, idf: Floats) -> Floats:
        """RETURNS (Floats): (n_units, 1), 1 / |X|."""
        total = _sum_rows(batch.rows // N_STATES, batch.offsets, norms[:, None])
        if len(batch.pairs):
            squares = idf[batch.pairs] ** 2
            owner = numpy.repeat(numpy.arange(len(batch)), numpy.diff(batch.pair_offsets))
            total += numpy.bincount(owner, squares, len(batch)).astype("float32")[:, None]
        return numpy.asarray(1 / numpy.sqrt(numpy.maximum(total, 1e-9)), dtype="float32")

    def _sums(self, batch: Batch) -> Floats:
        """RETURNS (Floats): (n_units, N_STATES * N_DENSE): dense features, summed and scaled."""
        features = get_space(self.settings).dense
        forms, states = numpy.divmod(batch.rows, N_STATES)
        n = len(batch)
        owner = numpy.repeat(numpy.arange(n), numpy.diff(batch.offsets))
        sums = numpy.zeros((n, N_STATES, N_DENSE), "float32")
        numpy.add.at(sums, (owner, states), features[forms])
        return sums.reshape(n, -1) * _root(batch)


def _root(batch: Batch) -> Floats:
    """RETURNS (Floats): (n_units, 1): one over the root of a unit's length, so that length alone
    adds little.
    """
    lengths = numpy.maximum(numpy.diff(batch.offsets), 1)
    return (1.0 / numpy.sqrt(lengths))[:, None].astype("float32")


def _sum_rows(
    rows: NDArray[Any], offsets: NDArray[Any], table: Floats, weights: Floats | None = None
) -> Floats:
    """RETURNS (Floats): Per unit the sum of its rows of a table, in order of the text."""
    if weights is None:
        weights = numpy.ones(len(rows), "float32")
    picks = csr_matrix((weights, rows, offsets), shape=(len(offsets) - 1, len(table)))
    return numpy.asarray(picks @ table)


def _no_backprop(d_scores: Floats2d) -> list[Unit]:
    return []
