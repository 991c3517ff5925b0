"""Metrics that are of some of the texts, measured for weightings of all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray

from . import weighted
from .weighted import Floats

#: Places of texts among all texts.
Rows: TypeAlias = NDArray[numpy.intp]
#: Label -> metric -> the texts that it is of, and itself.
Prepared: TypeAlias = dict[str, dict[str, tuple[Rows, weighted.Metric]]]
#: Metric -> one number per resample.
Measured: TypeAlias = dict[str, Floats]


def own_weights(weights: Floats, rows: Rows) -> Floats:
    """RETURNS (Floats): The weights of those texts; not copied if these are all."""
    n = weights.shape[1]
    whole = len(rows) == n and bool((rows == numpy.arange(n)).all())
    return weights if whole else weights[:, rows]


def call(prepared: Prepared, weights: Floats) -> dict[str, Measured]:
    return {
        label: {name: _one(*parts, weights) for name, parts in found.items()}
        for label, found in prepared.items()
    }


def _one(rows: Rows, metric: weighted.Metric, weights: Floats) -> Floats:
    own = own_weights(weights, rows)
    return metric(own) if own is weights else known_in(metric(own), own)


def known_in(numbers: Floats, own: Floats) -> Floats:
    """RETURNS (Floats): NaN for a resample without any of the texts."""
    return numpy.where(own.any(axis=1), numbers, numpy.nan)


def means(of_labels: Iterable[Measured]) -> Measured:
    """RETURNS (Measured): Each metric's mean over the labels that have it, in a resample too."""
    columns: dict[str, list[Any]] = defaultdict(list)
    for found in of_labels:
        for name, numbers in found.items():
            columns[name].append(numbers)
    return {name: _nanmean(numpy.stack(parts)) for name, parts in columns.items()}


def _nanmean(parts: Floats) -> Floats:
    known = ~numpy.isnan(parts)
    total, n = numpy.where(known, parts, 0.0).sum(axis=0), known.sum(axis=0)
    return numpy.divide(total, n, out=numpy.full(total.shape, numpy.nan), where=n > 0)
