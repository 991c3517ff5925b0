"""How sure a score is: percentile bootstrap over texts, and paired comparison of two pipelines.

A resample is a row of weights that says how often each text counts (Efron and Tibshirani 1993). It
depends on the seed and the number of texts alone, so two pipelines over the same texts meet the
same resamples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy

from .outcomes import ERRORS, Measured, Outcome, is_neutral
from .weighted import Floats

#: Of the interval, in percent.
LEVEL = 95.0
#: Weights that are held at once: what fits a processor's cache is two to four times as fast.
CHUNK = 160_000


@dataclass
class Estimate:
    """A metric and its interval.

    low, high (float | None): None where it was not resampled.
    samples (Floats): One number per resample; NaN where a resample lacks what the metric needs.
    """

    value: float
    low: float | None
    high: float | None
    samples: Floats = field(repr=False)


@dataclass
class Comparison:
    """Another pipeline minus this one, over the same texts.

    better (float | None): The share of resamples in which the other is strictly the better one;
        for errors, such as mae and ece, that is the lower one. None for preferences and coverage,
        of which neither is better, and where it was not resampled.
    """

    difference: float
    low: float | None
    high: float | None
    better: float | None


def estimate(
    outcomes: Sequence[Outcome], n_texts: int, n_boot: int, seed: int
) -> dict[str, Estimate]:
    """Measure outcomes once plainly, and on resamples.

    n_boot (int): How many resamples; 0 gives no intervals.
    RETURNS (dict[str, Estimate]): By metric, of all outcomes.
    """
    plain = _measure(outcomes, numpy.ones((1, n_texts)))
    drawn = [_measure(outcomes, weights) for weights in resamples(n_texts, n_boot, seed)]
    found = {}
    for name, numbers in plain.items():
        samples = numpy.concatenate([part[name] for part in drawn]) if drawn else numpy.empty(0)
        found[name] = Estimate(float(numbers[0]), *interval(samples), samples)
    return found


def compare(this: dict[str, Estimate], other: dict[str, Estimate]) -> dict[str, Comparison]:
    """Compare two estimates made over the same texts with the same seed and number of resamples.

    RETURNS (dict[str, Comparison]): By metric that both have.
    """
    found = {}
    for name in this.keys() & other.keys():
        gaps = other[name].samples - this[name].samples
        gaps = gaps[~numpy.isnan(gaps)]
        wins = gaps < 0 if name in ERRORS else gaps > 0
        better = float(wins.mean()) if len(gaps) and not is_neutral(name) else None
        difference = other[name].value - this[name].value
        found[name] = Comparison(difference, *interval(gaps), better)
    return found


def resamples(n_texts: int, n_boot: int, seed: int) -> Iterator[Floats]:
    """YIELDS (Floats): (m, n_texts) weights, in all `n_boot` rows."""
    random = numpy.random.default_rng(seed)
    size = max(1, CHUNK // max(1, n_texts))
    for begin in range(0, n_boot if n_texts else 0, size):
        m = min(size, n_boot - begin)
        drawn = random.integers(n_texts, size=(m, n_texts))
        drawn += numpy.arange(m)[:, None] * n_texts  # counted row by row
        counted = numpy.bincount(drawn.ravel(), minlength=m * n_texts)
        yield counted.reshape(m, n_texts).astype("float64")


def interval(samples: Floats) -> tuple[float | None, float | None]:
    """RETURNS (tuple): The percentiles that leave out as much below as above; None of nothing."""
    known = samples[~numpy.isnan(samples)]
    if not len(known):
        return None, None
    tail = (100.0 - LEVEL) / 2
    low, high = numpy.percentile(known, [tail, 100.0 - tail])
    return float(low), float(high)


def _measure(outcomes: Sequence[Outcome], weights: Floats) -> Measured:
    found: Measured = {}
    for outcome in outcomes:
        found.update(outcome.measure(weights))
    return found
