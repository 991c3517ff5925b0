"""Sums of weights, per unit and in a fixed order, so that a unit scores the same in any batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ....types import Unit
from .features import N_DENSE, Batch, Settings, Space, get_space
from .scope import FACTORS, N_STATES

Floats = NDArray[numpy.float32]
#: Buckets -> (n, n_out) weights. So a model may keep its weights in whatever form it likes.
Take = Callable[[NDArray[Any]], Floats]


class Sums:
    """What one state of the weights of a linear model gives.

    The raw outputs of a unit are `b + X W / |X| + S D / sqrt(n)`: X counts hashed features, each
    times its inverse document frequency and, but not in |X|, the factor of how its word stands; S
    sums the dense features of n tokens, by how they stand. What a form brings of X W and of |X| is
    worked out once.
    """

    def __init__(
        self, settings: Settings, take: Take, D: Floats, b: Floats, idf: Floats, factors: Floats
    ) -> None:
        """factors (Floats): (N_STATES, 1), or (N_STATES, n_out) for factors by output."""
        self._factors = factors
        kinds, kind = numpy.unique(factors, axis=1, return_inverse=True)
        self._kinds = [*numpy.ascontiguousarray(kinds.T)]
        #: Of each kind of factors but the first, whose outputs they are.
        self._columns = [numpy.flatnonzero(kind.ravel() == k) for k in range(1, len(self._kinds))]
        self._settings = settings
        self._take, self._dense, self._bias, self._idf = take, D, b, idf
        self._table: tuple[Space | None, int] = (None, 0)
        self._words: Floats = numpy.zeros((0, len(b)), "float32")
        self._norms: Floats = numpy.zeros(0, "float32")

    @property
    def bias(self) -> Floats:
        """RETURNS (Floats): (n_out,) what no text at all gives."""
        return self._bias

    def raw(self, batch: Batch) -> Floats:
        """RETURNS (Floats): (n_units, n_out) raw outputs."""
        words, norms = self._per_form()
        scores = self._by_state(batch.rows // N_STATES, batch.rows % N_STATES, batch.offsets, words)
        if len(batch.pairs):
            taken, idf = self._take(batch.pairs), self._idf[batch.pairs]
            scores += self._by_state(None, batch.pair_states, batch.pair_offsets, taken, idf)
        scores *= self._scale(batch, norms)
        if self._settings.lexicon:
            # a dense product would round by the size of the batch
            scores += csr_matrix(dense_sums(self._settings, batch)) @ self._dense
        return scores + self._bias

    def contributions(self, unit: Unit) -> Floats:
        """RETURNS (Floats): (n_tokens, n_out): what each token adds to the raw outputs; with the
        bias they sum to the score. The weight of a pair is shared by its two words.
        """
        space = get_space(self._settings)
        batch = space.batch([unit])
        words, norms = self._per_form()
        parts = words[batch.rows // N_STATES] * self._factors[batch.rows % N_STATES]
        if len(batch.pairs):
            weights = self._take(batch.pairs) * self._factors[batch.pair_states]
            halves = weights * self._idf[batch.pairs, None] / 2
            parts[:-1] += halves
            parts[1:] += halves
        parts = parts * self._scale(batch, norms)
        if self._settings.lexicon and len(parts):
            forms, states = numpy.divmod(batch.rows, N_STATES)
            by_state = self._dense.reshape(N_STATES, N_DENSE, -1)
            parts += numpy.einsum("td,tdo->to", space.dense[forms], by_state[states]) * root(batch)
        whole = numpy.zeros((len(unit), parts.shape[1]), "float32")
        whole[batch.places] = parts
        return whole

    def _by_state(
        self, rows: Any, states: Any, offsets: Any, table: Floats, weights: Any = 1.0
    ) -> Floats:
        """RETURNS (Floats): Per unit the sum of its rows of a table, each times its factor."""
        first, *others = self._kinds
        found = sum_rows(rows, offsets, table, first[states] * weights)
        for kind, columns in zip(others, self._columns, strict=True):
            found[:, columns] = sum_rows(rows, offsets, table, kind[states] * weights)[:, columns]
        return found

    def _per_form(self) -> tuple[Floats, Floats]:
        """RETURNS (tuple): Per form what it adds to X W and to |X|^2."""
        space = get_space(self._settings)
        table = (space, space.generation)
        if self._table != table:
            self._table = table
            self._words, self._norms = self._words[:0], self._norms[:0]
        known = len(self._words)
        if known < space.n_forms:
            buckets, counts = space.hashed(numpy.arange(known, space.n_forms))
            ends = numpy.concatenate([[0], numpy.cumsum(counts)])
            values = self._idf[buckets]
            owner = numpy.repeat(numpy.arange(len(counts)), counts)
            squares = numpy.bincount(owner, values.astype("float64") ** 2, len(counts))
            added = sum_rows(None, ends, self._take(buckets), values)
            self._words = numpy.concatenate([self._words, added])
            self._norms = numpy.concatenate([self._norms, squares.astype("float32")])
        return self._words, self._norms

    def _scale(self, batch: Batch, norms: Floats) -> Floats:
        """RETURNS (Floats): (n_units, 1), 1 / |X|."""
        total = sum_rows(batch.rows // N_STATES, batch.offsets, norms[:, None])
        if len(batch.pairs):
            squares = self._idf[batch.pairs] ** 2
            total += sum_rows(None, batch.pair_offsets, squares[:, None])
        return numpy.asarray(1 / numpy.sqrt(numpy.maximum(total, 1e-9)), dtype="float32")


def hashed_shares(
    settings: Settings, batch: Batch, idf: Floats, factors: Floats = FACTORS
) -> csr_matrix:
    """factors (Floats): (N_STATES,), how much a word counts by how it stands.
    RETURNS (csr_matrix): (n_units, length): X / |X|, whose norm counts repeated features one by
        one, as a sum over tokens does, and each in full.
    """
    n, length = len(batch), len(idf)
    buckets, counts = get_space(settings).hashed(batch.rows // N_STATES)
    units = numpy.arange(n)
    owner = numpy.repeat(units, numpy.diff(batch.offsets))
    pair_owner = numpy.repeat(units, numpy.diff(batch.pair_offsets))
    places = numpy.concatenate([numpy.repeat(owner, counts), pair_owner])
    found = numpy.concatenate([buckets, batch.pairs])
    norms = numpy.sqrt(numpy.bincount(places, idf[found] ** 2, n))
    states = numpy.concatenate([numpy.repeat(batch.rows % N_STATES, counts), batch.pair_states])
    values = (idf[found] / norms[places] * factors[states]).astype("float32")
    return csr_matrix((values, (places, found)), shape=(n, length))


def dense_sums(settings: Settings, batch: Batch) -> Floats:
    """RETURNS (Floats): (n_units, N_STATES * N_DENSE): dense features, summed by how their words
    stand, and scaled.
    """
    n, width = len(batch), N_STATES * N_DENSE
    forms, states = numpy.divmod(batch.rows, N_STATES)
    owner = numpy.repeat(numpy.arange(n), numpy.diff(batch.offsets))
    features = get_space(settings).dense
    shape = (n * N_STATES, len(forms))
    ones = numpy.ones(len(forms), "float32")
    picks = csr_matrix((ones, (owner * N_STATES + states, numpy.arange(len(forms)))), shape=shape)
    return numpy.asarray(picks @ features[forms]).reshape(n, width) * root(batch)


def root(batch: Batch) -> Floats:
    """RETURNS (Floats): (n_units, 1): one over the root of a unit's length, so that length alone
    adds little.
    """
    lengths = numpy.maximum(numpy.diff(batch.offsets), 1)
    return (1.0 / numpy.sqrt(lengths))[:, None].astype("float32")


def sum_rows(
    rows: NDArray[Any] | None,
    offsets: NDArray[Any],
    table: Floats,
    weights: Floats | None = None,
) -> Floats:
    """rows (Ints | None): Which rows of the table the units have; None: all, in order.
    RETURNS (Floats): Per unit the sum of its rows, in order of the text.
    """
    if rows is None:
        rows = numpy.arange(len(table))
    if weights is None:
        weights = numpy.ones(len(rows), "float32")
    picks = csr_matrix((weights, rows, offsets), shape=(len(offsets) - 1, len(table)))
    return numpy.asarray(picks @ table)
