"""Choose cut points by what they do on gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy

from ..corpora.gold import Gold

#: A cut needs so many texts on both sides of it; with fewer, chance would choose it.
FEWEST = 10
#: Quantiles of the scores that may become a cut.
N_CANDIDATES = 100


def presence_cut(scores: Sequence[float], present: Sequence[bool]) -> float | None:
    """Choose from where on a label counts as present.

    scores, present (Sequence): Per text, how likely the label is, and whether it is there.
    RETURNS (float | None): The cut with the highest F1; None on too few texts.
    """
    p, truth = numpy.asarray(scores), numpy.asarray(present, dtype=bool)
    if min(truth.sum(), (~truth).sum()) < FEWEST:
        return None
    candidates = _candidates(p[p >= p[truth].min()])
    found = [(p >= cut) for cut in candidates]
    f1 = [2 * (hit & truth).sum() / (hit.sum() + truth.sum()) for hit in found]
    return candidates[int(numpy.argmax(f1))]


def class_cuts(
    scores: Sequence[float], classes: Sequence[str], order: Sequence[str]
) -> list[float] | None:
    """Choose where one ordered class ends and the next begins.

    scores, classes (Sequence): Per text, the score and the gold class.
    order (Sequence[str]): The classes from the lowest score to the highest.
    RETURNS (list[float] | None): One cut fewer than classes, those with the highest macro-F1; a
        score that equals a cut is of the higher class. None on too few texts.
    """
    s = numpy.asarray(scores)
    truth = numpy.asarray([order.index(name) if name in order else -1 for name in classes])
    totals = numpy.asarray([(truth == k).sum() for k in range(len(order))])
    if totals.min() < FEWEST:
        return None
    candidates = _candidates(s)
    # below[k, c]: texts of class k whose score is under candidate c
    below = numpy.asarray(
        [numpy.searchsorted(numpy.sort(s[truth == k]), candidates) for k in range(len(order))]
    )
    edges = numpy.concatenate([numpy.zeros((len(order), 1), int), below, totals[:, None]], axis=1)
    last = edges.shape[1] - 1
    best, chosen = -1.0, None
    for places in combinations_with_replacement(range(1, last), len(order) - 1):
        bounds = [0, *places, last]
        inside = edges[:, bounds[1:]] - edges[:, bounds[:-1]]
        f1 = 2 * numpy.diag(inside) / (inside.sum(axis=0) + totals)
        if f1.mean() > best:
            best, chosen = float(f1.mean()), places
    assert chosen is not None
    return [candidates[place - 1] for place in chosen]


def scored_classes(
    golds: Sequence[Gold], records: Sequence[Mapping[str, Any]]
) -> tuple[list[float], list[str]]:
    """RETURNS (tuple[list[float], list[str]]): Scores and gold classes of the units with both."""
    pairs = [
        (record["value"], gold.labels)
        for gold, record in zip(golds, records, strict=True)
        if isinstance(gold.labels, str) and record["value"] is not None
    ]
    return [score for score, _ in pairs], [name for _, name in pairs]


def _candidates(scores: numpy.ndarray) -> list[float]:
    shares = numpy.linspace(0, 1, N_CANDIDATES)
    return [float(cut) for cut in numpy.unique(numpy.quantile(scores, shares))]
