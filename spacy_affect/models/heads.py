"""What trainable backbones put out: from raw numbers to predictions, and from gold to gradients.

A backbone gives (n_units, n_out) raw numbers; each head reads some of the columns. Targets have the
same shape, with NaN where the gold says nothing: such a cell has no loss and no gradient, so
corpora with different labels train one model together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy
from numpy.typing import NDArray

from ..types import Head

Floats = NDArray[Any]

#: Where the loss turns from squared to linear (Huber 1964): as far as from neutral to an extreme.
HUBER_DELTA = 1.0


class Kind(NamedTuple):
    """A kind of head.

    predict (Callable): (n, width) raw numbers -> (n, width) predictions.
    raw (Callable): Predictions -> raw numbers that give them.
    losses (dict): By name what it can learn by, the default first: raw numbers and targets ->
        losses and their derivatives by the raw numbers, cell by cell.
    """

    predict: Callable[[Floats], Floats]
    raw: Callable[[Floats], Floats]
    losses: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]]


def sigmoid(raw: Floats) -> Floats:
    """RETURNS (Floats): Probabilities; the two halves keep exp from overflowing."""
    positive = raw >= 0
    small = numpy.exp(numpy.where(positive, -raw, raw))
    return numpy.where(positive, 1.0, small) / (1.0 + small)


def softmax(raw: Floats) -> Floats:
    """RETURNS (Floats): Rows that sum to 1."""
    powers = numpy.exp(raw - raw.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _logit(p: Floats) -> Floats:
    p = numpy.clip(p, 0.01, 0.99)
    return numpy.log(p / (1 - p))


def _cumulative(raw: Floats) -> Floats:
    """RETURNS (Floats): P(class > k); never more for a higher class than for a lower one."""
    return numpy.minimum.accumulate(sigmoid(raw), axis=1)


def _huber(raw: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    error = raw - wanted
    size = numpy.abs(error)
    linear = HUBER_DELTA * (size - HUBER_DELTA / 2)
    losses = numpy.where(size <= HUBER_DELTA, error**2 / 2, linear)
    return losses, numpy.clip(error, -HUBER_DELTA, HUBER_DELTA)


def _unit_huber(raw: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    p = sigmoid(raw)
    losses, slopes = _huber(p, wanted)
    return losses, slopes * p * (1 - p)


def _bce(raw: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Binary cross-entropy; a soft target is least where the prediction equals it."""
    losses = numpy.logaddexp(0.0, raw) - wanted * raw
    return losses, sigmoid(raw) - wanted


def _cross_entropy(raw: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    p = softmax(raw)
    losses = -wanted * numpy.log(numpy.maximum(p, 1e-30))
    return losses, p - wanted


KINDS = {
    "signed": Kind(lambda raw: numpy.clip(raw, -1.0, 1.0), lambda p: p, {"huber": _huber}),
    "unit": Kind(sigmoid, _logit, {"bce": _bce, "huber": _unit_huber}),
    "ordinal": Kind(_cumulative, _logit, {"cumulative": _bce}),
    "multilabel": Kind(sigmoid, _logit, {"bce": _bce}),
    "softmax": Kind(
        softmax, lambda p: numpy.log(numpy.clip(p, 0.01, 1.0)), {"cross_entropy": _cross_entropy}
    ),
}


def n_out(heads: Sequence[Head]) -> int:
    """RETURNS (int): How many outputs a backbone needs for these heads."""
    return sum(head.width for head in heads)


def columns(heads: Sequence[Head]) -> Iterator[tuple[Head, slice]]:
    """YIELDS (tuple[Head, slice]): Each head with its columns."""
    start = 0
    for head in heads:
        yield head, slice(start, start + head.width)
        start += head.width


def predictions(heads: Sequence[Head], raw: Floats) -> dict[str, Floats]:
    """raw (Floats): (n_units, n_out).
    RETURNS (dict[str, Floats]): By head, (n_units, width) predictions in float64.
    """
    raw = raw.astype("float64")
    return {head.name: KINDS[head.kind].predict(raw[:, part]) for head, part in columns(heads)}


def curvatures(heads: Sequence[Head]) -> list[float]:
    """RETURNS (list[float]): Per output the most that its loss curves: 1 for squared loss, 1/4 for
    logistic loss. A penalty on weights must be that much smaller to weigh as much.
    """
    return [1.0 if head.kind == "signed" else 0.25 for head in heads for _ in range(head.width)]


def prior(heads: Sequence[Head], targets: Floats) -> Floats:
    """RETURNS (Floats): (1, n_out) raw numbers that predict the mean of the targets. A column of
    which nothing is known predicts the least there is: neutral, calm, absent.
    """
    known = ~numpy.isnan(targets)
    counts = known.sum(axis=0)
    means = numpy.where(known, targets, 0.0).sum(axis=0) / numpy.maximum(counts, 1)
    found = numpy.zeros((1, targets.shape[1]), "float32")
    for head, part in columns(heads):
        found[0, part] = KINDS[head.kind].raw(means[None, part])[0]
    return found


def loss_and_gradient(
    heads: Sequence[Head], raw: Floats, targets: Floats, weights: Floats | None = None
) -> tuple[float, Floats]:
    """Compare raw outputs with targets.

    raw (Floats): (n_units, n_out). targets (Floats): The same, NaN where unknown; for a softmax
        head a row of probabilities or of NaN.
    weights (Floats | None): (n_units, n_out), how much each cell counts.
    RETURNS (tuple[float, Floats]): The loss, summed over outputs and averaged over units, and its
        gradient by `raw`.
    """
    known = ~numpy.isnan(targets)
    wanted = numpy.where(known, targets, 0.0)
    weight = known.astype("float64") if weights is None else known * weights
    raw = raw.astype("float64")
    loss, gradient = 0.0, numpy.zeros_like(raw)
    for head, part in columns(heads):
        known_losses = KINDS[head.kind].losses
        learn = known_losses[head.loss or next(iter(known_losses))]
        goal = wanted[:, part]
        if head.smoothing:  # Szegedy et al. 2016
            goal = (1 - head.smoothing) * goal + head.smoothing / head.width
        losses, slopes = learn(raw[:, part], goal)
        counts = head.weight * weight[:, part]
        loss += float((losses * counts).sum())
        gradient[:, part] = slopes * counts
    n = max(1, len(raw))
    return loss / n, (gradient / n).astype("float32")
