"""The arithmetic of the metrics, for many weightings of the same texts at once.

A metric is made of n texts and then called with weights: (m, n), how often each text counts in
each of m resamples. It gives m numbers. One row of ones is the plain metric, which `metrics.py`
has as a function of two lists. What does not depend on the weights, such as sorting, is done once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[numpy.float64]
Indices: TypeAlias = NDArray[numpy.intp]
#: (m, n) weights -> (m,) or (m, k) numbers.
Metric: TypeAlias = Callable[[Floats], Floats]

#: A variance below this share of the mean square is what rounding leaves of none.
ROUNDING = 1e-13
#: Rounds of the preference iteration (Kang et al. 2024, its code).
ROUNDS = 20
#: How often a pair that never occurs is taken to occur, so that preferences stay finite; one below
#: the second number is due to that alone, and 0.
NEVER, TRACE = 1e-12, 1e-9


class Moments(NamedTuple):
    """Weighted means, variances and covariance, each (m,); variances divide by n (Lin 1989)."""

    mean_a: Floats
    mean_b: Floats
    var_a: Floats
    var_b: Floats
    cov: Floats


def pearson(gold: Floats, pred: Floats) -> Metric:
    """RETURNS (Metric): Pearson's r; 0 where one side does not vary."""
    moments = _moments(gold, pred)
    return lambda weights: _correlation(moments(weights))


def spearman(gold: Floats, pred: Floats) -> Metric:
    """RETURNS (Metric): Pearson's r of the average ranks that a resample gives its texts."""
    ranks_a, ranks_b = _ranks(gold), _ranks(pred)

    def measure(weights: Floats) -> Floats:
        a, b = ranks_a(weights), ranks_b(weights)
        weighted_a, weighted_b = weights * a, weights * b
        sums = (
            numpy.einsum("ij,ij->i", *sides)
            for sides in ((weighted_a, a), (weighted_b, b), (weighted_a, b))
        )
        n = weights.sum(axis=1)
        zero = numpy.zeros_like(n)
        return _correlation(Moments(zero, zero, *(_divide(part, n) for part in sums)))

    return measure


def mae(gold: Floats, pred: Floats) -> Metric:
    """RETURNS (Metric): Mean absolute error."""
    return mean(numpy.abs(gold - pred))


def rmse(gold: Floats, pred: Floats) -> Metric:
    """RETURNS (Metric): Root of the mean squared error."""
    squared = mean((gold - pred) ** 2)
    return lambda weights: numpy.sqrt(squared(weights))


def ccc(gold: Floats, pred: Floats) -> Metric:
    """RETURNS (Metric): Concordance correlation; 0 where one side does not vary."""
    moments = _moments(gold, pred)

    def measure(weights: Floats) -> Floats:
        found = moments(weights)
        apart = found.var_a + found.var_b + (found.mean_a - found.mean_b) ** 2
        return numpy.clip(_divide(2 * found.cov, apart), -1.0, 1.0)

    return measure


def mean(numbers: Floats) -> Metric:
    """numbers (Floats): (n,) or (n, k). RETURNS (Metric): Their mean over texts, (m,) or (m, k)."""
    shape = (-1,) + (1,) * (numbers.ndim - 1)
    return lambda weights: _divide(weights @ numbers, weights.sum(axis=1).reshape(shape))


class Counts(NamedTuple):
    """Per class, (m, k) each: texts of both gold and prediction, of the gold, of the prediction."""

    both: Floats
    gold: Floats
    pred: Floats


def counts(gold: Floats, pred: Floats) -> Callable[[Floats], Counts]:
    """Count classes. gold, pred (Floats): (n, k) of 0 and 1; NaN in the gold is unknown."""
    known = ~numpy.isnan(gold)
    gold = numpy.where(known, gold, 0.0)
    pred = pred * known
    columns = numpy.concatenate([gold * pred, gold, pred], axis=1)

    def count(weights: Floats) -> Counts:
        return Counts(*numpy.split(weights @ columns, 3, axis=1))

    return count


def f1(found: Counts) -> Floats:
    """RETURNS (Floats): (m, k) F1; 0 for a class that neither side holds."""
    return _divide(2 * found.both, found.gold + found.pred)


def micro_f1(found: Counts) -> Floats:
    """RETURNS (Floats): (m,) F1 of all decisions together."""
    both, gold, pred = (part.sum(axis=1) for part in found)
    return _divide(2 * both, gold + pred)


def macro_f1(found: Counts) -> Floats:
    """RETURNS (Floats): (m,) mean F1 over all classes."""
    return f1(found).mean(axis=1)


def held_f1(found: Counts) -> Floats:
    """RETURNS (Floats): (m,) mean F1 over the classes that the gold holds."""
    return _mean_held(f1(found), found)


def weighted_f1(found: Counts) -> Floats:
    """RETURNS (Floats): (m,) mean F1, each class weighted by its texts in the gold."""
    return _divide((f1(found) * found.gold).sum(axis=1), found.gold.sum(axis=1))


def accuracy(found: Counts) -> Floats:
    """RETURNS (Floats): (m,) share of the gold's classes that are met."""
    return _divide(found.both.sum(axis=1), found.gold.sum(axis=1))


def average_recall(found: Counts) -> Floats:
    """RETURNS (Floats): (m,) mean recall over the classes that the gold holds."""
    return _mean_held(_divide(found.both, found.gold), found)


def jaccard(gold: Floats, pred: Floats) -> Metric:
    """RETURNS (Metric): Mean over texts of shared by all labels; 1 for a text with none."""
    known = ~numpy.isnan(gold)
    wanted, found = (gold == 1), (pred == 1) & known
    shared, either = (wanted & found).sum(axis=1), (wanted | found).sum(axis=1)
    return mean(numpy.where(either, _divide(shared, either), 1.0))


def average_precision(gold: Floats, scores: Floats) -> Metric:
    """RETURNS (Metric): Area under precision and recall in steps; NaN without a positive."""
    order = numpy.argsort(-scores, kind="stable")
    positive = gold[order] == 1
    groups = numpy.cumsum(_first(scores[order])) - 1
    # Precision matters only where recall gains: at the end of a group that holds a positive.
    hit_groups, hit_starts = numpy.unique(groups[positive], return_index=True)
    ends = numpy.searchsorted(groups, hit_groups, side="right")
    starts = numpy.concatenate([[0], ends[:-1]]) if len(ends) else ends
    upto = order[: ends[-1]] if len(ends) else order[:0]
    hits = order[positive]

    def measure(weights: Floats) -> Floats:
        if not len(hits):
            return numpy.full(len(weights), numpy.nan)
        seen = numpy.cumsum(numpy.add.reduceat(weights[:, upto], starts, axis=1), axis=1)
        gained = numpy.add.reduceat(weights[:, hits], hit_starts, axis=1)
        found = numpy.cumsum(gained, axis=1)
        area, positives = (gained * _divide(found, seen)).sum(axis=1), found[:, -1]
        return numpy.where(positives > 0, _divide(area, positives), numpy.nan)

    return measure


def ece(gold: Floats, probabilities: Floats, n_bins: int) -> Metric:
    """RETURNS (Metric): Expected calibration error over bins of equal width."""
    # bins are open below and closed above (Guo et al. 2017), but 0 has to go somewhere
    bins = numpy.clip(numpy.ceil(probabilities * n_bins).astype(int) - 1, 0, n_bins - 1)
    order = numpy.argsort(bins, kind="stable")
    gaps = (gold - probabilities)[order]
    starts = numpy.flatnonzero(_first(bins[order]))

    def measure(weights: Floats) -> Floats:
        by_bin = numpy.add.reduceat(weights[:, order] * gaps, starts, axis=1)
        return _divide(numpy.abs(by_bin).sum(axis=1), weights.sum(axis=1))

    return measure


def brier(gold: Floats, probabilities: Floats) -> Metric:
    """RETURNS (Metric): Mean squared distance of probability and outcome."""
    return mean((gold - probabilities) ** 2)


def preference(gold: Floats, pred: Floats) -> Metric:
    """How far each class is preferred to what the gold asks for (Kang et al. 2024,
    doi:10.18653/v1/2024.acl-long.813): Bradley-Terry strengths, in which a prediction beats the
    gold class in whose place it stands.

    gold, pred (Floats): (n, k) of 0 and 1. A row of zeros is in no pair.
    RETURNS (Metric): (m, k) with mean 1. 0 for a class that never stands in another's place; one in
        whose place no other ever stands takes all; one that is in no pair has 1.
    """
    n, k = gold.shape
    pairs = (pred[:, :, None] * gold[:, None, :] * ~numpy.eye(k, dtype=bool)).reshape(n, k * k)
    return lambda weights: _strengths((weights @ pairs).reshape(-1, k, k))


def _strengths(stood: Floats) -> Floats:
    """stood (Floats): (m, k, k), how often the first was predicted where the gold had the second.

    RETURNS (Floats): (m, k), by Newman's iteration (2023, arXiv:2207.00076) as the publication has
        it: in place, and divided by the geometric mean after each round.
    """
    met = (stood.sum(axis=1) + stood.sum(axis=2)) > 0
    together = (met[:, :, None] & met[:, None, :]) | numpy.eye(stood.shape[1], dtype=bool)
    stood = numpy.where(together, numpy.maximum(stood, NEVER), 0.0)
    strength = numpy.ones(met.shape)
    for _ in range(ROUNDS):
        for i in range(stood.shape[1]):
            sums = strength[:, i, None] + strength
            won, lost = stood[:, i, :] * strength / sums, stood[:, :, i] / sums
            strength[:, i] = won.sum(axis=1) / lost.sum(axis=1)
        strength /= numpy.exp(numpy.log(strength).mean(axis=1, keepdims=True))
    mean = _divide((strength * met).sum(axis=1), met.sum(axis=1))[:, None]
    found = numpy.where(met, _divide(strength, mean), 1.0)
    return numpy.where(found < TRACE, 0.0, found)


def _moments(a: Floats, b: Floats) -> Callable[[Floats], Moments]:
    # Moved next to zero by one of their own numbers, equal numbers are all exactly zero.
    near_a, near_b = (side[numpy.abs(side - side.mean()).argmin()] for side in (a, b))
    a, b = a - near_a, b - near_b
    means = mean(numpy.stack([a, b, a * a, b * b, a * b], axis=1))

    def measure(weights: Floats) -> Moments:
        mean_a, mean_b, square_a, square_b, product = means(weights).T
        var_a, var_b = square_a - mean_a**2, square_b - mean_b**2
        var_a = numpy.where(var_a > ROUNDING * square_a, var_a, 0.0)
        var_b = numpy.where(var_b > ROUNDING * square_b, var_b, 0.0)
        cov = numpy.where((var_a > 0) & (var_b > 0), product - mean_a * mean_b, 0.0)
        return Moments(mean_a + near_a, mean_b + near_b, var_a, var_b, cov)

    return measure


def _correlation(found: Moments) -> Floats:
    scale = numpy.sqrt(found.var_a) * numpy.sqrt(found.var_b)  # their product may underflow
    return numpy.clip(_divide(found.cov, scale), -1.0, 1.0)


def _ranks(numbers: Floats) -> Metric:
    """RETURNS (Metric): (m, n) average ranks, their mean taken off; weight 2 is two equal texts."""
    order = numpy.argsort(numbers, kind="stable")
    first = _first(numbers[order])
    starts = numpy.flatnonzero(first)
    group = numpy.empty(len(numbers), dtype=int)
    group[order] = numpy.cumsum(first) - 1

    def measure(weights: Floats) -> Floats:
        sizes = numpy.add.reduceat(weights[:, order], starts, axis=1)
        upto = numpy.cumsum(sizes, axis=1)
        centre = (upto[:, -1:] + 1) / 2  # ranks have the same mean whatever their ties
        return numpy.take(upto - (sizes - 1) / 2 - centre, group, axis=1)

    return measure


def _first(ordered: Floats | Indices) -> NDArray[numpy.bool_]:
    """RETURNS (NDArray): Which numbers differ from the one before."""
    return numpy.concatenate([[True], ordered[1:] != ordered[:-1]])


def _mean_held(scores: Floats, found: Counts) -> Floats:
    held = found.gold > 0
    return _divide((scores * held).sum(axis=1), held.sum(axis=1))


def _divide(a: Floats | Indices, b: Floats | Indices) -> Floats:
    """RETURNS (Floats): a / b, and 0 where b is 0."""
    a, b = numpy.broadcast_arrays(numpy.asarray(a, dtype="float64"), b)
    return numpy.divide(a, b, out=numpy.zeros(a.shape), where=b != 0)
