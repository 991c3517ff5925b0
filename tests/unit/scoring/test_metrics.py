"""Metrics against values worked out by hand."""

from __future__ import annotations

import math
import random

import numpy
import pytest

from spacy_affect.scoring.metrics import accuracy, macro_f1, mean_absolute_error, pearson


class TestPearson:
    @pytest.mark.parametrize(
        ("gold", "pred", "r"),
        [
            ([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 1.0),
            ([1.0, 2.0, 3.0], [-1.0, -2.0, -3.0], -1.0),
            # deviations -1 0 1 and -4/3 -1/3 5/3: 3 / sqrt(2 * 42/9)
            ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], 3 / math.sqrt(2 * 42 / 9)),
            # deviations -1.5 -.5 .5 1.5 and .5 -.5 .5 -.5: -1 / sqrt(5 * 1)
            ([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 1.0, 0.0], -1 / math.sqrt(5)),
            ([-1.0, 1.0, -1.0, 1.0], [1.0, 1.0, -1.0, -1.0], 0.0),
        ],
    )
    def test_golden(self, gold, pred, r):
        assert pearson(gold, pred) == pytest.approx(r, abs=1e-12)
        assert pearson(pred, gold) == pytest.approx(r, abs=1e-12)

    # 0.1 is not a binary fraction: the mean of three of them is not 0.1
    @pytest.mark.parametrize("constant", [0.0, 0.5, 0.1, -0.3, 1e-9])
    @pytest.mark.parametrize("n", [1, 3, 7])
    def test_a_side_that_does_not_vary_gives_zero(self, constant, n):
        rising = [i / 10 for i in range(n)]
        assert pearson([constant] * n, rising) == 0.0
        assert pearson(rising, [constant] * n) == 0.0
        assert pearson([constant] * n, [constant] * n) == 0.0

    def test_stays_in_its_range(self):
        chance = random.Random(0)
        for _ in range(500):
            gold = [chance.random() for _ in range(chance.randint(2, 9))]
            assert abs(pearson(gold, [3 * number + 1 for number in gold])) <= 1.0

    def test_does_not_depend_on_scale_or_shift(self):
        gold, pred = [0.1, 0.4, 0.2, 0.9], [0.3, 0.2, 0.1, 0.8]
        moved = [100 * number - 7 for number in pred]
        assert pearson(gold, moved) == pytest.approx(pearson(gold, pred))

    def test_takes_tuples_integers_and_arrays(self):
        assert pearson((1, 2, 3), numpy.array([1, 2, 3], dtype="float32")) == pytest.approx(1.0)
        assert type(pearson((1, 2), (1, 3))) is float


class TestMeanAbsoluteError:
    @pytest.mark.parametrize(
        ("gold", "pred", "error"),
        [
            ([1.0], [1.0], 0.0),
            ([0.0, 0.5, -1.0], [0.5, 0.5, 1.0], 2.5 / 3),
            ([-1, 1], [1, -1], 2.0),
        ],
    )
    def test_golden(self, gold, pred, error):
        assert mean_absolute_error(gold, pred) == pytest.approx(error)
        assert type(mean_absolute_error(gold, pred)) is float

    @pytest.mark.parametrize("pred", [[1.0], [1.0, 2.0, 3.0]])
    def test_sides_of_other_lengths_are_no_broadcast(self, pred):
        with pytest.raises(ValueError, match=r"shape|length|size|zip"):
            mean_absolute_error([1.0, 2.0], pred)


class TestAccuracy:
    @pytest.mark.parametrize(
        ("gold", "pred", "share"),
        [
            (["a"], ["a"], 1.0),
            (["a", "b"], ["b", "a"], 0.0),
            (["a", "b", "c"], ["a", None, "b"], 1 / 3),
            (("a", "b", "b", "a"), ("a", "b", "a", "a"), 0.75),
        ],
    )
    def test_golden(self, gold, pred, share):
        assert accuracy(gold, pred) == pytest.approx(share)

    def test_sides_of_other_lengths(self):
        with pytest.raises(ValueError, match="zip"):
            accuracy(["a"], ["a", "b"])


class TestMacroF1:
    @pytest.mark.parametrize(
        ("gold", "pred", "f1"),
        [
            (["a", "b"], ["a", "b"], 1.0),
            (["a", "b"], ["b", "a"], 0.0),
            (["a", "b"], [None, None], 0.0),
            # a: 2 of 3 found, 1 wrong: 2*2/(3+3); b: 1 of 1 found, 1 wrong: 2*1/(1+2)
            (["a", "a", "a", "b"], ["a", "a", "b", "b"], (2 * 2 / (3 + 2) + 2 * 1 / (1 + 2)) / 2),
            # c is predicted but no gold class, so it costs a its recall and counts no class
            (["a", "a", "b"], ["a", "c", "b"], (2 * 1 / (2 + 1) + 1.0) / 2),
            # the only class: precision 1, recall 1/3
            (["n", "n", "n"], ["n", "p", None], 0.5),
        ],
    )
    def test_golden(self, gold, pred, f1):
        assert macro_f1(gold, pred) == pytest.approx(f1)
        assert macro_f1(tuple(gold), tuple(pred)) == pytest.approx(f1)

    def test_rare_classes_weigh_as_much_as_frequent_ones(self):
        gold = ["a"] * 99 + ["b"]
        assert macro_f1(gold, ["a"] * 100) == pytest.approx((2 * 99 / 199) / 2)
        assert accuracy(gold, ["a"] * 100) == pytest.approx(0.99)

    def test_sides_of_other_lengths(self):
        with pytest.raises(ValueError, match="zip"):
            macro_f1(["a"], ["a", "b"])
