"""Sums of weights, per unit and in a fixed order, so that a unit scores the same in any batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ....types import Unit
from .features import LOCK, N_DENSE, Batch, Settings, Space, get_space
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
        idf = self._idf.take(batch.pairs)
        scores = self._by_state(batch.forms, batch.states, batch.offsets, words)
        if len(batch.pairs):
            taken = self._take(batch.pairs)
            scores += self._by_state(None, batch.pair_states, batch.pair_offsets, taken, idf)
        scores *= self._scale(batch, norms, idf)
        if self._settings.lexicon:
            # a product of dense matrices would round by the size of the batch
            scores += dense_shares(self._settings, batch) @ self._dense
        return scores + self._bias

    def contributions(self, unit: Unit) -> Floats:
        """RETURNS (Floats): (n_tokens, n_out): what each token adds to the raw outputs; with the
        bias they sum to the score. The weight of a pair is shared by its two words.
        """
        with LOCK:
            return self._contributions(unit)

    def _contributions(self, unit: Unit) -> Floats:
        space = get_space(self._settings)
        batch = space.batch([unit])
        words, norms = self._per_form()
        idf = self._idf.take(batch.pairs)
        parts = words[batch.forms] * self._factors[batch.states]
        if len(batch.pairs):
            weights = self._take(batch.pairs) * self._factors[batch.pair_states]
            halves = weights * idf[:, None] / 2
            parts[:-1] += halves
            parts[1:] += halves
        parts = parts * self._scale(batch, norms, idf)
        if self._settings.lexicon and len(parts):
            by_state = self._dense.reshape(N_STATES, N_DENSE, -1)[batch.states]
            parts += numpy.einsum("td,tdo->to", space.dense[batch.forms], by_state) * root(batch)
        whole = numpy.zeros((len(unit), parts.shape[1]), "float32")
        whole[batch.places] = parts
        return whole

    def _by_state(
        self, rows: Any, states: Any, offsets: Any, table: Floats, weights: Any = 1.0
    ) -> Floats:
        """RETURNS (Floats): Per unit the sum of its rows of a table, each times its factor."""
        first, *others = self._kinds
        found = sum_rows(rows, offsets, table, first.take(states) * weights)
        for kind, columns in zip(others, self._columns, strict=True):
            summed = sum_rows(rows, offsets, table, kind.take(states) * weights)
            found[:, columns] = summed[:, columns]
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

    def _scale(self, batch: Batch, norms: Floats, idf: Floats) -> Floats:
        """idf (Floats): Of the pairs. RETURNS (Floats): (n_units, 1), 1 / |X|."""
        total = sum_rows(batch.forms, batch.offsets, norms[:, None])
        if len(batch.pairs):
            total += sum_rows(None, batch.pair_offsets, idf[:, None] ** 2)
        return numpy.asarray(1 / numpy.sqrt(numpy.maximum(total, 1e-9)), dtype="float32")


def hashed_shares(
    settings: Settings, batch: Batch, idf: Floats, factors: Floats = FACTORS
) -> csr_matrix:
    """factors (Floats): (N_STATES,), how much a word counts by how it stands.
    RETURNS (csr_matrix): (n_units, length): X / |X|, whose norm counts repeated features one by
        one, as a sum over tokens does, and each in full.
    """
    n, length = len(batch), len(idf)
    buckets, counts = get_space(settings).hashed(batch.forms)
    units = numpy.arange(n)
    owner = numpy.repeat(units, numpy.diff(batch.offsets))
    pair_owner = numpy.repeat(units, numpy.diff(batch.pair_offsets))
    places = numpy.concatenate([numpy.repeat(owner, counts), pair_owner])
    found = numpy.concatenate([buckets, batch.pairs])
    norms = numpy.sqrt(numpy.bincount(places, idf[found] ** 2, n))
    states = numpy.concatenate([numpy.repeat(batch.states, counts), batch.pair_states])
    values = (idf[found] / norms[places] * factors[states]).astype("float32")
    return csr_matrix((values, (places, found)), shape=(n, length))


def dense_shares(settings: Settings, batch: Batch) -> csr_matrix:
    """RETURNS (csr_matrix): (n_units, N_STATES * N_DENSE): dense features, summed by how their
    words stand, and scaled. They are worked out once per batch.
    """
    if batch.dense is not None:
        return batch.dense
    n, space = len(batch), get_space(settings)
    told = numpy.flatnonzero(space.telling[batch.forms])  # most words say nothing
    owner = numpy.repeat(numpy.arange(n), numpy.diff(batch.offsets))[told]
    # all words of a unit that stand alike make one block of its row
    blocks, block_of = numpy.unique(owner * N_STATES + batch.states[told], return_inverse=True)
    units, states = numpy.divmod(blocks, N_STATES)
    ones = numpy.ones(len(told), "float32")
    picks = csr_matrix((ones, (block_of, numpy.arange(len(told)))), (len(blocks), len(told)))
    found = picks @ space.dense[batch.forms[told]] * root(batch)[units]
    columns = states[:, None] * N_DENSE + numpy.arange(N_DENSE)
    ends = N_DENSE * numpy.searchsorted(units, numpy.arange(n + 1))
    shape = (n, N_STATES * N_DENSE)
    batch.dense = csr_matrix((found.ravel(), columns.ravel(), ends), shape)
    return batch.dense


def dense_sums(settings: Settings, batch: Batch) -> Floats:
    """RETURNS (Floats): The same, (n_units, N_STATES * N_DENSE)."""
    return numpy.asarray(dense_shares(settings, batch).toarray())


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
