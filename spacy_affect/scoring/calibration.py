"""Calibration: from scores to probabilities, from errors to intervals and sets; numpy and scipy.

What is fitted is plain data (dicts, lists, floats), so that a model can carry it. Probabilities
come of maps that never fall (Zadrozny and Elkan 2002) or of a temperature (Guo et al. 2017).
Intervals and sets are split-conformal (Vovk et al. 2005): as wide as it took on texts kept apart to
hold the truth for the share of texts that is asked for. That holds on the mean over texts that are
like those, and not for each kind of text by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[Any]
#: Where the curve bends, and how high it is there; between them it is straight, beyond them level.
Map: TypeAlias = dict[str, list[float]]

#: A map needs so many texts on both sides; with fewer, chance would draw it.
FEWEST = 10
#: Steps in which the levels of a summary lie: 0.005, 0.01 ... 1.
STEPS = 200
#: Bins before the isotonic fit, and the fewest texts of one, which keep it from following each.
#: On held-out halves of SemEval-2017, SemEval-2018 and GoEmotions this is as good as 15 or 50 bins
#: and better than logistic curves (Platt 1999).
N_BINS, IN_A_BIN = 25, 20
#: Of cross-fitting.
N_FOLDS = 5
#: What a probability is at least, so that it has a logarithm.
TINY = 1e-9
#: Temperatures that are looked at, from sharpening to flattening.
COLDEST, HOTTEST = 0.05, 20.0


# ---- Conformal prediction ----


def summarise(scores: Sequence[float] | Floats) -> list[float]:
    """Keep what is needed to know from which strangeness on a share of texts lies above.

    scores (Sequence[float]): Of each text, how far the truth was from what was said.
    RETURNS (list[float]): For the levels k / 200, as far as the texts tell them, the smallest score
        that holds: the ceil((n + 1) * level)-th of n (Vovk et al. 2005; Lei et al. 2018).
    """
    ordered = numpy.sort(numpy.asarray(scores, dtype="float64"))
    n = len(ordered)
    ranks = [_rank(n, k / STEPS) for k in range(1, STEPS + 1)]
    # rounded up, so that a set or an interval never loses by it
    return [math.ceil(float(ordered[rank - 1]) * 1e6) / 1e6 for rank in ranks if rank <= n]


def quantile(summary: Sequence[float], level: float) -> float:
    """RETURNS (float): The score up to which `level` of new texts lie; infinite where the summary
    is of too few texts to say. A level between two steps takes the upper one.
    """
    place = math.ceil(level * STEPS - 1e-9) - 1
    return summary[place] if place < len(summary) else math.inf


def _rank(n: int, level: float) -> int:
    # the share of a level in n + 1 may be whole but for rounding
    return max(1, math.ceil((n + 1) * level - 1e-9))


def sets(probabilities: Floats, cut: float) -> NDArray[numpy.bool_]:
    """The classes that cannot be excluded: least ambiguous sets with bounded error (Sadinle et al.
    2019), marginal: the truth is in them for the share of all texts that is asked for. Such sets
    are the smallest there are; rare classes are missed more often than frequent ones.

    probabilities (Floats): (n, classes). cut (float): The quantile of 1 - probability of the truth.
    RETURNS (NDArray): (n, classes); the likeliest class is always held.
    """
    held = 1.0 - probabilities <= cut
    held[numpy.arange(len(held)), probabilities.argmax(axis=1)] = True
    return held


# ---- Maps from scores to probabilities ----


def fit_map(scores: Floats, truth: Floats) -> tuple[Map, Floats] | None:
    """Fit how likely something is, given a score; more score is never less likely.

    scores (Floats): (n,). truth (Floats): (n,) of 0 and 1.
    RETURNS (tuple[Map, Floats] | None): The map, and what it would say of each text had it been
        fitted without the fifth that this is in (Vovk 2015): else these texts would look less
        strange than new ones. None for fewer than 10 texts on either side.
    """
    scores, truth = (numpy.asarray(side, dtype="float64") for side in (scores, truth))
    n = len(truth)
    if min(truth.sum(), n - truth.sum()) < FEWEST:
        return None
    fold = numpy.random.default_rng(0).permutation(n) % N_FOLDS
    apart = numpy.empty(n)
    for k in range(N_FOLDS):
        out = fold == k
        apart[out] = apply(isotonic(scores[~out], truth[~out]), scores[out])
    return isotonic(scores, truth), apart


def isotonic(scores: Floats, truth: Floats) -> Map:
    """Isotonic regression (Zadrozny and Elkan 2002) of bins that hold equally many texts, read
    between the middles of its steps, so that different scores keep different probabilities.

    RETURNS (Map): In (0, 1): no score has made it certain.
    """
    from scipy.optimize import isotonic_regression  # slow to import, and seldom wanted

    n = len(scores)
    n_bins = max(1, min(N_BINS, n // IN_A_BIN))
    starts = numpy.unique(scores)  # few different scores have a bin each
    if len(starts) > n_bins:
        starts = numpy.unique(numpy.quantile(scores, numpy.linspace(0, 1, n_bins + 1)[:-1]))
    place = numpy.searchsorted(starts[1:], scores, side="right")
    counts = numpy.bincount(place)
    kept = counts > 0
    xs, ys = (numpy.bincount(place, side)[kept] / counts[kept] for side in (scores, truth))
    counts = counts[kept]
    found = isotonic_regression(ys, weights=counts)
    steps = found.blocks[:-1]
    middles = numpy.add.reduceat(xs * counts, steps) / numpy.add.reduceat(counts, steps)
    heights = found.x[steps]
    # half of a step lies beyond the middle of the outermost ones, if any scores do
    halves = numpy.diff(heights) / 2 if len(heights) > 1 else numpy.zeros(1)
    ends = [heights[0] - halves[0], heights[-1] + halves[-1]]
    middles = numpy.concatenate([middles, [scores.min(), scores.max()]])
    heights = numpy.clip(numpy.concatenate([heights, ends]), 1 / (n + 2), 1 - 1 / (n + 2))
    # with nine digits; of an x that comes twice the middle, which stands first
    x, first = numpy.unique([float(f"{x:.9g}") for x in middles], return_index=True)
    return {"x": x.tolist(), "y": [float(f"{y:.9g}") for y in heights[first]]}


def apply(found: Map, scores: Floats) -> Floats:
    """RETURNS (Floats): The probabilities that a map gives, each by its own score alone."""
    return numpy.interp(scores, found["x"], found["y"])


# ---- Classes ----


def fit_classes(scores: Floats, places: Floats, n: int) -> tuple[list[Map], Floats] | None:
    """Fit how likely each of n ordered classes is, given one number.

    places (Floats): (n_texts,) the gold classes, from 0, the one with the lowest numbers.
    RETURNS (tuple[list[Map], Floats] | None): For each class but the first, how likely it or a
        higher one is; and (n_texts, n), each text by maps that were fitted without it. None for too
        few texts.
    """
    maps, apart = [], []
    for k in range(1, n):
        found = fit_map(scores, places >= k)
        if found is None:
            return None
        maps.append(found[0])
        apart.append(found[1])
    return maps, _between(apart)


def class_probabilities(maps: Sequence[Map], scores: Floats) -> Floats:
    """RETURNS (Floats): (n, classes), rows that sum to 1."""
    return _between([apply(found, scores) for found in maps])


def _between(above: Sequence[Floats]) -> Floats:
    """RETURNS (Floats): (n, classes), from how likely each class but the first, or a higher one,
    is.
    """
    ones = numpy.ones(len(above[0]))
    # fitted one by one, the curves may cross by a little
    bounds = numpy.minimum.accumulate(numpy.stack([ones, *above, 0 * ones], axis=1), axis=1)
    return bounds[:, :-1] - bounds[:, 1:]


def fit_temperature(probabilities: Floats, places: Floats) -> float:
    """Fit how much flatter, above 1, or sharper distributions should be (Guo et al. 2017).

    probabilities (Floats): (n, classes). places (Floats): (n,) the gold classes.
    RETURNS (float): The temperature with the least log loss.
    """
    from scipy.optimize import minimize_scalar

    rows = numpy.arange(len(places))

    def loss(log_temperature: float) -> float:
        p = tempered(probabilities, math.exp(log_temperature))[rows, places]
        return float(-numpy.log(numpy.maximum(p, TINY)).mean())

    bounds = (math.log(COLDEST), math.log(HOTTEST))
    return math.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x)


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """RETURNS (Floats): The same, flatter or sharper; what is likelier stays likelier."""
    raw = numpy.log(numpy.maximum(probabilities, TINY)) / temperature
    powers = numpy.exp(raw - raw.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def joined(maps: Mapping[int, Map], n: int) -> tuple[Floats, Floats, Floats]:
    """Lay the maps of several columns side by side, so that one interpolation is enough for all.

    maps (Mapping[int, Map]): By column; one without a map keeps its scores, which lie in [0, 1].
    RETURNS (tuple): What to add to the columns of scores, and the knots of the joined map.
    """
    shifts = 2.0 * numpy.arange(n)
    same: Map = {"x": [0.0, 1.0], "y": [0.0, 1.0]}
    found = [maps.get(k, same) for k in range(n)]
    # each as far as scores go, so that none reaches into its neighbour
    knots = [numpy.unique(numpy.clip([0.0, *one["x"], 1.0], 0.0, 1.0)) for one in found]
    heights = [apply(one, x) for one, x in zip(found, knots, strict=True)]
    xs = [x + shift for x, shift in zip(knots, shifts, strict=True)]
    return shifts, numpy.concatenate(xs), numpy.concatenate(heights)
