"""Metrics over parallel sequences of gold and predicted values; numpy only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy


def pearson(gold: Sequence[float], pred: Sequence[float]) -> float:
    """RETURNS (float): Pearson's r in [-1, 1]; 0.0 where one side does not vary."""
    a = numpy.asarray(gold, dtype="float64")
    b = numpy.asarray(pred, dtype="float64")
    if a.min() == a.max() or b.min() == b.max():  # the mean of equal numbers need not equal them
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    scale = float(numpy.sqrt((a @ a) * (b @ b)))
    return max(-1.0, min(1.0, float(a @ b) / scale)) if scale else 0.0


def mean_absolute_error(gold: Sequence[float], pred: Sequence[float]) -> float:
    """RETURNS (float): The mean distance, in the unit of the values."""
    return math.fsum(abs(g - p) for g, p in zip(gold, pred, strict=True)) / len(gold)


def accuracy(gold: Sequence[str], pred: Sequence[str | None]) -> float:
    """RETURNS (float): The share of equal classes, in [0, 1]."""
    return sum(g == p for g, p in zip(gold, pred, strict=True)) / len(gold)


def macro_f1(gold: Sequence[str], pred: Sequence[str | None]) -> float:
    """RETURNS (float): The mean F1 over the classes that the gold holds, in [0, 1]."""
    scores = []
    for label in dict.fromkeys(gold):
        hits = sum(g == p == label for g, p in zip(gold, pred, strict=True))
        scores.append(2 * hits / (gold.count(label) + list(pred).count(label)))
    return sum(scores) / len(scores)
