"""Heads: predictions in range, losses by hand, and gradients against numerical differences."""

import math

import numpy
import pytest

from spacy_affect.models.heads import (
    KINDS,
    columns,
    curvatures,
    loss_and_gradient,
    n_out,
    predictions,
    prior,
    sigmoid,
    softmax,
)
from spacy_affect.types import Head

LABELS = ("a", "b", "c")
EACH = [(kind, loss) for kind in KINDS for loss in KINDS[kind].losses]
NAN = math.nan
LN2 = math.log(2)


def head(kind, loss=""):
    return Head("value", kind, LABELS, loss)


def made_up(kind, n=6):
    """RETURNS (tuple): Raw outputs and targets, some of them unknown."""
    chance = numpy.random.RandomState(1)
    width = head(kind).width
    raw, targets = chance.normal(0, 2, (n, width)), chance.uniform(0, 1, (n, width))
    if kind == "signed":
        targets = targets * 2 - 1
    if kind == "softmax":
        targets /= targets.sum(axis=1, keepdims=True)
        targets[2] = NAN
    else:
        targets[2, 0] = targets[4] = NAN
    return raw, targets


@pytest.mark.parametrize(("kind", "loss"), EACH)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_those_of_the_loss(kind, loss, weighted):
    heads = (head(kind, loss),)
    raw, targets = made_up(kind)
    weights = numpy.random.RandomState(2).uniform(0, 3, raw.shape) if weighted else None
    if weighted and kind == "softmax":  # a row has one weight: that of its class
        weights[:] = weights[:, :1]
    _, gradient = loss_and_gradient(heads, raw, targets, weights)
    step = 1e-5
    for place in numpy.ndindex(*raw.shape):
        sides = []
        for sign in (1, -1):
            moved = raw.copy()
            moved[place] += sign * step
            sides.append(loss_and_gradient(heads, moved, targets, weights)[0])
        slope = (sides[0] - sides[1]) / (2 * step)
        assert gradient[place] == pytest.approx(slope, abs=1e-5), place


@pytest.mark.parametrize(("kind", "loss"), EACH)
def test_what_is_unknown_has_neither_loss_nor_gradient(kind, loss):
    heads = (head(kind, loss),)
    raw, targets = made_up(kind)
    unknown = numpy.isnan(targets)
    found, gradient = loss_and_gradient(heads, raw, targets)
    assert unknown.any()
    assert not gradient[unknown].any()
    assert gradient[~unknown].all()
    assert gradient.dtype == "float32"
    other = numpy.where(unknown, raw + 5, raw) if kind != "softmax" else raw
    assert loss_and_gradient(heads, other, targets)[0] == found
    nothing = loss_and_gradient(heads, raw, numpy.full_like(raw, NAN))
    assert nothing[0] == 0.0
    assert not nothing[1].any()


@pytest.mark.parametrize(("kind", "loss"), EACH)
def test_the_loss_is_least_where_the_prediction_is_the_target(kind, loss):
    _, targets = made_up(kind)
    targets = numpy.clip(targets[[0, 1]], -0.95, 0.95)
    if kind != "signed":
        targets = numpy.clip(targets, 0.05, 0.95)
    if kind == "softmax":
        targets /= targets.sum(axis=1, keepdims=True)
    raw = KINDS[kind].raw(targets)
    _, gradient = loss_and_gradient((head(kind, loss),), raw, targets)
    assert numpy.abs(gradient).max() < 1e-6


@pytest.mark.parametrize(
    ("kind", "loss", "raw", "target", "expected", "slope"),
    [
        # Huber (1964) with delta 1: squared near the target, linear beyond
        ("signed", "huber", 0.5, 0.0, 0.125, 0.5),
        ("signed", "huber", 3.0, 0.0, 2.5, 1.0),
        ("signed", "huber", -3.0, 1.0, 3.5, -1.0),
        # binary cross-entropy; a soft target of 0.5 at p = 0.5 costs ln 2 and pulls nowhere
        ("unit", "bce", 0.0, 1.0, LN2, -0.5),
        ("unit", "bce", 0.0, 0.5, LN2, 0.0),
        ("unit", "bce", math.log(3), 0.0, math.log(4), 0.75),
        ("multilabel", "bce", 0.0, 0.0, LN2, 0.5),
        # (0.75 - 0.25)^2 / 2, times p (1 - p)
        ("unit", "huber", math.log(3), 0.25, 0.125, 0.5 * 0.1875),
        ("ordinal", "cumulative", 0.0, 1.0, LN2, -0.5),
    ],
)
def test_losses_by_hand(kind, loss, raw, target, expected, slope):
    one = Head("value", kind, ("a", "b") if kind == "ordinal" else ("a",), loss)
    found, gradient = loss_and_gradient((one,), numpy.array([[raw]]), numpy.array([[target]]))
    assert found == pytest.approx(expected)
    assert gradient.tolist() == [[pytest.approx(slope)]]


def test_cross_entropy_by_hand():
    raw = numpy.log([[1.0, 2.0, 1.0]])
    found, gradient = loss_and_gradient((head("softmax"),), raw, numpy.array([[0.0, 1.0, 0.0]]))
    assert found == pytest.approx(LN2)
    assert gradient.tolist() == [pytest.approx([0.25, -0.5, 0.25])]


def test_smoothing_by_hand():
    smooth = Head("value", "softmax", ("a", "b"), smoothing=0.2)
    raw, gold = numpy.log([[3.0, 1.0]]), numpy.array([[1.0, 0.0]])
    found, gradient = loss_and_gradient((smooth,), raw, gold)
    # the target is 0.9 and 0.1, the prediction 3/4 and 1/4
    assert found == pytest.approx(-0.9 * numpy.log(0.75) - 0.1 * numpy.log(0.25))
    assert gradient.tolist() == [pytest.approx([-0.15, 0.15])]
    unknown = numpy.full((1, 2), NAN)
    found, gradient = loss_and_gradient((smooth,), raw, unknown)
    assert found == 0
    assert not gradient.any()


def test_the_loss_is_a_sum_over_outputs_and_a_mean_over_units():
    heads = (Head("value", "signed", ("a", "b")),)
    raw = numpy.array([[0.5, 0.5], [0.5, 0.5]])
    targets = numpy.array([[0.0, 0.0], [NAN, 0.0]])
    found, gradient = loss_and_gradient(heads, raw, targets)
    assert found == pytest.approx(3 * 0.125 / 2)
    assert gradient.tolist() == [[0.25, 0.25], [0.0, 0.25]]
    weights = numpy.array([[2.0, 0.0], [9.0, 1.0]])
    found, gradient = loss_and_gradient(heads, raw, targets, weights)
    assert found == pytest.approx((2 + 0 + 1) * 0.125 / 2)
    assert gradient.tolist() == [[0.5, 0.0], [0.0, 0.25]]
    assert loss_and_gradient(heads, raw[:0], targets[:0])[0] == 0.0


def test_heads_read_their_own_columns():
    heads = (
        Head("value", "signed", ("a", "b")),
        Head("level", "ordinal", ("low", "mid", "high")),
        Head("presence", "multilabel", ("a",)),
    )
    assert n_out(heads) == 5
    assert [(each.name, part.start, part.stop) for each, part in columns(heads)] == [
        ("value", 0, 2),
        ("level", 2, 4),
        ("presence", 4, 5),
    ]
    found = predictions(heads, numpy.array([[-3.0, 0.25, 0.0, 9.0, 0.0]], "float32"))
    assert found["value"].tolist() == [[-1.0, 0.25]]
    assert found["level"].tolist() == [[0.5, 0.5]]
    assert found["presence"].tolist() == [[0.5]]
    assert {rows.dtype.name for rows in found.values()} == {"float64"}
    targets = numpy.full((1, 5), NAN)
    targets[0, 4] = 1.0
    _, gradient = loss_and_gradient(heads, numpy.zeros((1, 5)), targets)
    assert gradient.tolist() == [[0.0, 0.0, 0.0, 0.0, -0.5]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0.0, 1.0, 30.0, 1e4])
def test_predictions_lie_in_range_however_large_the_outputs(kind, size):
    raw = numpy.random.RandomState(3).normal(0, 1, (20, head(kind).width)) * size
    found = predictions((head(kind),), raw)["value"]
    low = -1.0 if kind == "signed" else 0.0
    assert numpy.isfinite(found).all()
    assert found.min() >= low
    assert found.max() <= 1.0
    if kind == "softmax":
        assert found.sum(axis=1) == pytest.approx(numpy.ones(20))
    if kind == "ordinal":  # a higher class is never likelier to be passed than a lower one
        assert (numpy.diff(found, axis=1) <= 0).all()


def test_large_numbers_neither_overflow_nor_warn():
    large = numpy.array([[-1e4, 0.0, 1e4]])
    assert sigmoid(large).tolist() == [[0.0, 0.5, 1.0]]
    assert softmax(large).tolist() == [[0.0, 0.0, 1.0]]
    for kind, loss in EACH:
        raw = large[:, : head(kind).width]
        found, gradient = loss_and_gradient((head(kind, loss),), raw, numpy.ones_like(raw) / 3)
        assert math.isfinite(found)
        assert numpy.isfinite(gradient).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_prior_predicts_the_mean_of_what_is_known(kind):
    _, targets = made_up(kind, n=12)
    heads = (head(kind),)
    found = prior(heads, targets)
    assert found.shape == (1, n_out(heads))
    assert found.dtype == "float32"
    means = numpy.nanmean(targets, axis=0)
    if kind == "ordinal":
        means = numpy.minimum.accumulate(means)
    assert predictions(heads, found)["value"][0] == pytest.approx(means, abs=1e-5)


def test_the_prior_of_what_nothing_is_known_of_is_the_least_there_is():
    heads = (Head("value", "signed", ("a",)), Head("presence", "multilabel", ("a",)))
    found = predictions(heads, prior(heads, numpy.full((3, 2), NAN)))
    assert found["value"].tolist() == [[0.0]]
    assert found["presence"][0, 0] == pytest.approx(0.01)
    assert prior(heads, numpy.zeros((0, 2))).shape == (1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_curvatures_bound_how_much_a_loss_bends(kind):
    found = curvatures((head(kind),))
    assert len(found) == head(kind).width
    learn = next(iter(KINDS[kind].losses.values()))
    raw = numpy.linspace(-6, 6, 121)
    wide = numpy.zeros((121, head(kind).width))
    wide[:, 0] = raw
    _, slopes = learn(wide, numpy.full_like(wide, 0.0))
    bends = numpy.diff(slopes[:, 0]) / numpy.diff(raw)
    assert found[0] * 0.9 < bends.max() <= found[0] + 1e-3


# Heads beside each other


def test_a_weight_is_how_much_a_head_counts():
    raw, targets = (
        numpy.concatenate([made_up(kind)[i] for kind in ("unit", "multilabel")], 1) for i in (0, 1)
    )
    parts = []
    for weight in (0.0, 1.0, 3.0):
        heads = (
            Head("value", "unit", LABELS, weight=weight),
            Head("presence", "multilabel", LABELS),
        )
        parts.append(loss_and_gradient(heads, raw, targets))
    (none, only), (one, both), (three, more) = parts
    assert three - none == pytest.approx(3 * (one - none))
    assert more[:, :3] == pytest.approx(3 * both[:, :3])
    assert not only[:, :3].any()
    for gradient in (only, more):
        assert gradient[:, 3:].tolist() == both[:, 3:].tolist()


def test_weights_of_heads_and_of_cells_multiply():
    # one cell of cross-entropy at an even chance: ln 2, counted 3 times 5 times
    heads = (Head("presence", "multilabel", ("a",), weight=3.0),)
    raw, target, weight = numpy.array([[0.0]]), numpy.array([[1.0]]), numpy.array([[5.0]])
    loss, gradient = loss_and_gradient(heads, raw, target, weight)
    assert loss == pytest.approx(15 * LN2)
    assert gradient == pytest.approx(numpy.array([[-7.5]]))


def test_a_weight_changes_no_prediction():
    raw, targets = made_up("unit")
    plain, heavy = ((Head("value", "unit", LABELS, weight=weight),) for weight in (1.0, 9.0))
    assert predictions(plain, raw)["value"].tolist() == predictions(heavy, raw)["value"].tolist()
    assert prior(plain, targets).tolist() == prior(heavy, targets).tolist()
    assert curvatures(plain) == curvatures(heavy)
