"""Choose cut points by what they do on gold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy
from numpy.typing import NDArray

from ..corpora.gold import Gold

#: A cut needs so many texts on both sides of it; with fewer, chance would choose it.
FEWEST = 10
#: Quantiles of the scores that may become a cut.
N_CANDIDATES = 100
#: How much scores count beside gold. Of the embedded default, halves of development parts, twenty
#: times drawn anew, chose cuts for the other halves: macro-F1 of GoEmotions' 27 labels .471 (gold
#: alone .469), of Ekman's six .596 (.594), of E-c .488 (.485), with standard errors of .002, .002
#: and .001; 0.25 and 0.75 differ from 0.5 by less.
TRUST = 0.5
EPSILON = 1e-9
#: What cuts of several labels together may be: coarse, to fit the labels and not the texts.
STEPS = numpy.linspace(0.05, 0.95, 19)

Floats = NDArray[Any]


def presence_cut(
    scores: Sequence[float], present: Sequence[bool], trust: float = TRUST
) -> float | None:
    """Choose from where on a label counts as present.

    scores, present (Sequence): Per text, how likely the label is, and whether it is there.
    trust (float): In [0, 1], how much of what is there is the scores' say; the rest is gold's.
    RETURNS (float | None): The cut with the highest F1, where both are asked, as a rare label's
        gold alone is fitted with its noise; None on too few texts.
    """
    p, truth = numpy.asarray(scores), numpy.asarray(present, dtype=bool)
    if min(truth.sum(), (~truth).sum()) < FEWEST:
        return None
    share = truth.mean() / max(p.mean(), EPSILON)  # scores may say too much or too little
    there = (1 - trust) * truth + trust * share * p
    candidates = _candidates(p[p >= p[truth].min()])
    found = [(p >= cut) for cut in candidates]
    f1 = [2 * there[hit].sum() / (hit.sum() + there.sum()) for hit in found]
    return candidates[int(numpy.argmax(f1))]


def label_cuts(scores: Floats, present: Floats, trust: float = TRUST) -> list[float | None]:
    """RETURNS (list[float | None]): The `presence_cut` of each column; present as `joint_cuts`."""
    cuts = []
    for column, truth in zip(scores.T, present.T, strict=True):
        known = ~numpy.isnan(truth)
        cuts.append(presence_cut(column[known], truth[known] > 0, trust))
    return cuts


def joint_cuts(scores: Floats, present: Floats, criterion: str) -> list[float | None]:
    """Choose from where on each of several labels counts as present, so that all decisions together
    are best.

    scores (Floats): (n, labels), how likely each label is. present (Floats): The same, 1 where it
        is there, 0 where not, NaN where unknown.
    criterion (str): jaccard, the mean over texts, or micro_f1.
    RETURNS (list[float | None]): The best common cut, then moved label by label while that helps
        by coordinate ascent; for a label on too few texts it stays, and all are None on too few.
    """
    known = ~numpy.isnan(present)
    truth = numpy.where(known, present, 0.0) > 0
    measure = JOINT[criterion]

    def reached(cuts: Floats) -> float:
        return measure((scores >= cuts) & known, truth)

    n = scores.shape[1]
    counts = numpy.stack([truth.sum(axis=0), (known & ~truth).sum(axis=0)]).min(axis=0)
    if not len(scores) or counts.max() < FEWEST:
        return [None] * n
    cuts = numpy.full(n, max(STEPS, key=lambda cut: reached(numpy.full(n, cut))))
    best, before = reached(cuts), -1.0
    while best > before:
        before = best
        for label in numpy.flatnonzero(counts >= FEWEST):
            for cut in STEPS:
                other = numpy.where(numpy.arange(n) == label, cut, cuts)
                if (found := reached(other)) > best:
                    best, cuts = found, other
    return [float(cut) for cut in cuts]


def _jaccard(hits: Floats, truth: Floats) -> float:
    either = (hits | truth).sum(axis=1)
    return float(
        numpy.where(either, (hits & truth).sum(axis=1) / numpy.maximum(either, 1), 1).mean()
    )


def _micro_f1(hits: Floats, truth: Floats) -> float:
    return float(2 * (hits & truth).sum() / max(hits.sum() + truth.sum(), 1))


#: What cuts can be chosen for together.
JOINT: dict[str, Callable[[Floats, Floats], float]] = {"jaccard": _jaccard, "micro_f1": _micro_f1}


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
