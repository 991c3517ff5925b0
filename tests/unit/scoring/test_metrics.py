"""Metrics against values worked out by hand."""

from __future__ import annotations

import itertools
import json
import math
import random
from pathlib import Path

import numpy
import pytest

from spacy_affect import AffectError
from spacy_affect.labels import ESCONV8, ESCONV_NAMES
from spacy_affect.scoring.metrics import (
    THRESHOLDS,
    accuracy,
    average_f1,
    average_precision,
    average_recall,
    brier,
    ccc,
    ece,
    jaccard,
    macro_f1,
    mean_absolute_error,
    micro_f1,
    pearson,
    pearson_high,
    preference_bias,
    quadratic_kappa,
    rmse,
    spearman,
    threshold_ap,
    weighted_f1,
)

#: 1,611 predictions of the publication's authors with its figures; not part of the repository.
ESC = Path(__file__).parents[4] / "shared" / "goldens" / "esc_preference.json"


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
        with pytest.raises(AffectError, match="AF080"):
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
        with pytest.raises(ValueError, match="AF080"):
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
        with pytest.raises(ValueError, match="AF080"):
            macro_f1(["a"], ["a", "b"])


class TestPearsonHigh:
    def test_only_where_the_gold_is_high(self):
        # 0.5 is high; of the last three: deviations -.2 0 .2 and -1/3 2/3 -1/3
        gold, pred = [0.1, 0.4, 0.5, 0.7, 0.9], [0.9, 0.0, 0.0, 1.0, 0.0]
        assert pearson_high(gold, pred) == pytest.approx(0.0, abs=1e-12)
        assert pearson_high(gold, [0.9, 0.0, 0.5, 0.6, 0.7]) == pytest.approx(1.0)
        assert pearson_high([0.5, 0.6], [1.0, 0.0]) == pytest.approx(-1.0)

    def test_without_high_gold(self):
        assert math.isnan(pearson_high([0.1, 0.2], [0.1, 0.2]))
        assert pearson_high([0.1, 0.6], [0.1, 0.2]) == 0.0


class TestSpearman:
    @pytest.mark.parametrize(
        ("gold", "pred", "rho"),
        [
            ([1, 2, 3], [1, 10, 100], 1.0),
            ([1, 2, 3], [3, 2, 1], -1.0),
            # 1 - 6 * (0 + 1 + 1) / (3 * 8)
            ([1, 2, 3], [1, 3, 2], 0.5),
            # ranks 1.5 1.5 3 and 1 2 3: deviations -.5 -.5 1 and -1 0 1
            ([0, 0, 7], [1, 2, 3], 1.5 / math.sqrt(1.5 * 2)),
            ([1, 1, 1], [1, 2, 3], 0.0),
        ],
    )
    def test_golden(self, gold, pred, rho):
        assert spearman(gold, pred) == pytest.approx(rho)
        assert spearman(pred, gold) == pytest.approx(rho)

    def test_as_scipy_has_it(self):
        stats = pytest.importorskip("scipy.stats")
        chance = numpy.random.default_rng(0)
        gold = chance.normal(size=200).round(1)  # many ties
        pred = (gold + chance.normal(size=200)).round(1)
        assert spearman(gold, pred) == pytest.approx(stats.spearmanr(gold, pred).statistic)


class TestErrorsAndConcordance:
    def test_rmse(self):
        assert rmse([0, 0, 0, 0], [1, -1, 1, -1]) == 1.0
        assert rmse([1, 2, 3], [1, 2, 6]) == pytest.approx(math.sqrt(3))

    @pytest.mark.parametrize(
        ("gold", "pred", "value"),
        [
            ([1, 2, 3], [1, 2, 3], 1.0),
            ([1, 2, 3], [3, 2, 1], -1.0),
            # a shift by 1: 2 * 2/3 / (2/3 + 2/3 + 1)
            ([1, 2, 3], [2, 3, 4], 4 / 7),
            # half the scale around the same mean: 2 * 1/3 / (2/3 + 1/6 + 0)
            ([1, 2, 3], [1.5, 2, 2.5], 0.8),
            ([1, 2, 3], [2, 2, 2], 0.0),
            ([2, 2, 2], [2, 2, 2], 0.0),
        ],
    )
    def test_ccc(self, gold, pred, value):
        assert ccc(gold, pred) == pytest.approx(value)
        assert ccc(pred, gold) == pytest.approx(value)


class TestQuadraticKappa:
    def test_golden(self):
        # observed 1; expected: mean over all pairs of (g - p)^2, 0 1 1 0 4 1 1 4 0 over 9
        assert quadratic_kappa([0, 1, 2], [0, 2, 1]) == pytest.approx(1 - (2 / 3) / (12 / 9))
        assert quadratic_kappa([0, 1, 2], [0, 1, 2]) == pytest.approx(1.0)
        assert quadratic_kappa([1, 1], [1, 1]) == 0.0

    def test_a_table_by_hand(self):
        gold = ["low"] * 5 + ["mid"] * 3 + ["high"] * 2
        pred = ["low"] * 4 + ["mid"] + ["mid"] * 2 + ["high"] + ["low", "high"]
        order = ("low", "mid", "high")
        # squared distances 0 0 0 0 1 0 0 1 4 0; marginals 5 3 2 against 5 3 2
        expected = (
            sum(
                a * b * (i - j) ** 2
                for i, a in enumerate((5, 3, 2))
                for j, b in enumerate((5, 3, 2))
            )
            / 100
        )
        assert quadratic_kappa(gold, pred, order) == pytest.approx(1 - 0.6 / expected)
        assert quadratic_kappa(gold, pred, order) != quadratic_kappa(
            gold, pred, order[1:] + order[:1]
        )

    def test_a_prediction_outside_of_the_order_is_as_wrong_as_can_be(self):
        order = ("negative", "neutral", "positive")
        gold, pred = ["positive", "negative", "neutral"], ["positive", None, "mixed"]
        # the gold neutral is as far from one end as from the other
        at_ends = [["positive", "positive", end] for end in ("negative", "positive")]
        kappa = quadratic_kappa(gold, pred, order)
        assert kappa in [pytest.approx(quadratic_kappa(gold, said, order)) for said in at_ends]

    def test_a_gold_class_outside_of_the_order(self):
        with pytest.raises(AffectError, match=r"AF081.*mixed"):
            quadratic_kappa(["mixed"], ["negative"], ("negative", "positive"))


SETS = [{"joy", "love"}, {"anger"}, set(), {"joy"}]
FOUND = [{"joy"}, {"anger", "fear"}, set(), {"anger"}]


class TestLabelSets:
    def test_jaccard(self):
        assert jaccard(SETS, FOUND) == pytest.approx((1 / 2 + 1 / 2 + 1 + 0) / 4)
        assert jaccard([set()], [{"joy"}]) == 0.0
        assert jaccard([[]], [[]]) == 1.0

    def test_f1(self):
        # joy 1 of 2 and 1; love 0; anger 1 of 1 and 2; fear 0 with one that is wrong
        assert micro_f1(SETS, FOUND) == pytest.approx(2 * 2 / (4 + 4))
        assert macro_f1(SETS, FOUND) == pytest.approx((2 / 3 + 0 + 2 / 3 + 0) / 4)
        assert macro_f1(SETS, FOUND, ["joy", "anger"]) == pytest.approx(2 / 3)
        assert weighted_f1(SETS, FOUND) == pytest.approx((2 * 2 / 3 + 0 + 2 / 3) / 4)

    def test_a_label_that_neither_side_holds_counts_zero(self):
        assert macro_f1([{"joy"}], [{"joy"}], ["joy", "trust"]) == 0.5
        assert micro_f1([set()], [set()], ["joy"]) == 0.0
        assert weighted_f1([set()], [{"joy"}], ["joy"]) == 0.0

    def test_tables_are_the_same(self):
        labels = ["joy", "love", "anger", "fear"]
        gold = numpy.array([[label in found for label in labels] for found in SETS], dtype=float)
        pred = numpy.array([[label in found for label in labels] for found in FOUND], dtype=float)
        assert jaccard(gold, pred) == jaccard(SETS, FOUND)
        assert macro_f1(gold, pred) == macro_f1(SETS, FOUND)
        assert macro_f1(gold.tolist(), pred.tolist(), [0, 2]) == pytest.approx(2 / 3)
        with pytest.raises(AffectError, match="AF080"):
            jaccard(gold, pred[:, :2])

    def test_unknown_gold_is_left_out(self):
        gold = numpy.array([[1, numpy.nan], [0, 1]])
        pred = numpy.array([[1, 1], [0, 0]])
        assert jaccard(gold, pred) == 0.5
        assert macro_f1(gold, pred) == 0.5
        assert micro_f1(gold, pred) == pytest.approx(2 / 3)


class TestClasses:
    def test_micro_and_weighted(self):
        gold, pred = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
        assert micro_f1(gold, pred) == 0.75
        assert weighted_f1(gold, pred) == pytest.approx((3 * 0.8 + 2 / 3) / 4)
        # without a prediction only the recall suffers: 2 * 1 / (2 + 1)
        assert micro_f1(["a", "a"], ["a", None]) == pytest.approx(2 / 3)

    def test_average_recall(self):
        gold = ["negative", "neutral", "neutral", "positive", "positive", "positive"]
        pred = ["negative", "neutral", "positive", "positive", "negative", None]
        assert average_recall(gold, pred) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
        assert average_recall(gold, ["neutral"] * 6) == pytest.approx(1 / 3)


class TestProbabilities:
    @pytest.mark.parametrize(
        ("gold", "scores", "area"),
        [
            ([1, 0], [0.9, 0.1], 1.0),
            ([0, 1], [0.9, 0.1], 0.5),
            # scikit-learn's own example: 1/2 * 1 + 1/2 * 2/3
            ([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 5 / 6),
            # equal scores enter together: recall goes from 0 to 1 at precision 1/2
            ([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.5),
            # 1 at 0.9, then two at 0.5 of which one: 1/2 * 1 + 1/2 * 2/3
            ([1, 1, 0, 0], [0.9, 0.5, 0.5, 0.1], 5 / 6),
            ([0, 0], [0.9, 0.1], 0.0),
            ([1, 1], [0.0, 0.0], 1.0),
        ],
    )
    def test_average_precision(self, gold, scores, area):
        assert average_precision(gold, scores) == pytest.approx(area)

    def test_ece(self):
        # two bins: (0.1 + 0.3 - 0 - 0) and (0.6 + 0.8 - 1 - 0), by 4 texts
        assert ece([0, 0, 1, 0], [0.1, 0.3, 0.6, 0.8], n_bins=2) == pytest.approx(0.8 / 4)
        # one bin: 1.8 of probability against 1
        assert ece([0, 0, 1, 0], [0.1, 0.3, 0.6, 0.8], n_bins=1) == pytest.approx(0.8 / 4)
        # in one bin, errors of both signs cancel; in two they do not
        assert ece([1, 0], [0.4, 0.6], n_bins=1) == 0.0
        assert ece([1, 0], [0.4, 0.6], n_bins=2) == pytest.approx(0.6)

    def test_edges_of_the_bins(self):
        # 1/2 belongs to the lower of two bins, 0 to the lowest
        assert ece([1, 0, 0], [0.5, 0.0, 0.5], n_bins=2) == pytest.approx(0.0, abs=1e-12)
        assert ece([1], [1.0]) == 0.0
        assert ece([1, 1], [0.0, 0.0]) == 1.0

    def test_brier(self):
        assert brier([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
        assert brier([1, 0], [1.0, 0.0]) == 0.0


class TestAverageF1:
    @pytest.mark.parametrize(
        ("gold", "pred", "f1"),
        [
            ([1, 0], [1, 0], 1.0),
            ([1, 0], [0, 1], 0.0),
            # present: 2 of 3 found, 1 wrong, 4/6; absent: 1 of 2 found, 1 wrong, 2/4
            ([1, 1, 1, 0, 0], [1, 1, 0, 1, 0], (4 / 6 + 2 / 4) / 2),
            # a class that neither side holds has F1 0
            ([1, 1], [1, 1], 0.5),
            ([0, 0, 0], [0, 0, 1], (0 + 4 / 5) / 2),
        ],
    )
    def test_golden(self, gold, pred, f1):
        assert average_f1(gold, pred) == pytest.approx(f1)
        assert average_f1(numpy.array(gold), numpy.array(pred) > 0) == pytest.approx(f1)


class TestThresholdAp:
    @pytest.mark.parametrize(
        ("gold", "scores", "area"),
        [
            # From 0.1 on the right one alone: (recall, precision) is (1, 1/2), (1, 1), (0, 0).
            ([1, 0], [0.9, 0.1], 0.5),
            # (1, 1/2) and (0, 0) with the wrong one alone; then (0, 0): half of 1 * 1/2
            ([1, 0], [0.1, 0.9], 0.25),
            # (1, 1/2) for both or (0, 0) for none
            ([1, 0], [0.5, 0.5], 0.25),
            # (1, 2/4), (1, 2/3) from .2, (1/2, 1/2) from .4, (1/2, 1) from .6, (0, 0) from .8:
            # half of 1/2 * (2/3 + 1/2), half of 1/2 * (1 + 0)
            ([0, 1, 0, 1], [0.2, 0.4, 0.6, 0.8], 1 / 4 * (7 / 6) + 1 / 4),
            # a score of a threshold is positive there: at 0.999 (1/2, 1), and nothing left of it
            ([1, 1, 0], [0.999, 0.5, 0.1], 1 / 2 * (1 + 1) / 2),
            ([1, 0], [1.0, 0.0], 0.0),
            ([0, 0], [0.9, 0.1], 0.0),
        ],
    )
    def test_golden(self, gold, scores, area):
        assert threshold_ap(gold, scores) == pytest.approx(area)
        assert threshold_ap(tuple(gold), numpy.array(scores)) == pytest.approx(area)

    def test_threshold_by_threshold(self):
        chance = numpy.random.default_rng(0)
        gold, scores = chance.integers(0, 2, 300), chance.uniform(size=300)
        points = []
        for threshold in THRESHOLDS:
            found = scores >= threshold
            hits = (found & (gold == 1)).sum()
            points.append((hits / gold.sum(), hits / found.sum() if found.any() else 0.0))
        area = sum((a[0] - b[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))
        assert len(points) == 1000
        assert threshold_ap(gold, scores) == pytest.approx(area)
        assert threshold_ap(gold, scores) == pytest.approx(
            average_precision(gold, scores), abs=0.02
        )


def with_short_names(given):
    """RETURNS: gold and predictions of the publication under the names of `ESCONV8`."""
    short = {name.lower(): ours for name, ours in ESCONV_NAMES.items()}
    return ([short[name.lower()] for name in given[side]] for side in ("gold", "pred"))


class TestPreferenceBias:
    def test_two_labels_by_hand(self):
        # b stands where a belongs 4 times, a where b belongs once: b is preferred 4 to 1
        gold = ["a"] * 4 + ["b"] + ["a", "b"]
        pred = ["b"] * 4 + ["a"] + ["a", "b"]
        found = preference_bias(gold, pred, ["a", "b"])
        assert found.preference == pytest.approx({"a": 0.4, "b": 1.6})
        assert found.bias == pytest.approx(0.6)
        # a: 1 of 5 found, 1 wrong; b: 1 of 2 found, 4 wrong
        assert found.macro_f1 == pytest.approx((2 / 7 + 2 / 7) / 2)
        assert found.weighted_f1 == pytest.approx(2 / 7)

    def test_the_order_is_that_of_the_labels(self):
        found = preference_bias(["a", "b"], ["b", "a"], ("c", "b", "a"))
        assert list(found.preference) == ["c", "b", "a"]
        assert all(type(number) is float for number in found.preference.values())
        assert type(found.bias) is float

    def test_no_preference(self):
        right = preference_bias(["a", "b", "c"], ["a", "b", "c"], "abc")
        assert right == (1.0, 1.0, {"a": 1.0, "b": 1.0, "c": 1.0}, 0.0)
        wrong = preference_bias(["a", "b", "c"], ["b", "c", "a"], "abc")
        assert wrong.preference == pytest.approx({"a": 1.0, "b": 1.0, "c": 1.0})
        assert wrong.bias == pytest.approx(0.0, abs=1e-12)

    def test_right_predictions_change_nothing(self):
        gold, pred = list("aabbcca"), list("bcacabb")
        more = preference_bias([*gold, *"aaab"], [*pred, *"aaab"], "abc")
        assert more.preference == preference_bias(gold, pred, "abc").preference

    def test_a_label_that_is_never_predicted_has_none(self):
        # a and b stand for each other as often, and for c
        found = preference_bias(list("abcc"), list("baab"), "abc")
        assert found.preference == pytest.approx({"a": 1.5, "b": 1.5, "c": 0.0})
        assert found.preference["c"] == 0.0
        assert found.bias == pytest.approx(math.sqrt(0.5))

    def test_a_label_that_is_never_replaced_takes_all(self):
        found = preference_bias(list("abcbc"), list("aaacb"), "abc")
        assert found.preference == pytest.approx({"a": 3.0, "b": 0.0, "c": 0.0})
        constant = preference_bias(list("abcdefgh"), ["c"] * 8, "abcdefgh")
        assert constant.preference["c"] == pytest.approx(8.0)
        assert constant.bias == pytest.approx(math.sqrt(7))

    def test_a_label_in_no_pair_is_in_the_middle(self):
        gold = ["a"] * 4 + ["b"] + ["c"]
        pred = ["b"] * 4 + ["a"] + ["c"]
        found = preference_bias(gold, pred, ["a", "b", "c", "d"])  # d does not occur at all
        assert found.preference == pytest.approx({"a": 0.4, "b": 1.6, "c": 1.0, "d": 1.0})
        assert found.bias == pytest.approx(math.sqrt(2 * 0.36 / 4))

    def test_predictions_outside_of_the_labels(self):
        gold, labels = ["a", "b", "other"], ["a", "b", "other"]
        said = preference_bias(gold, ["other", "a", "b"], labels)
        assert preference_bias(gold, ["no idea", "a", "b"], labels) == said
        assert preference_bias(gold, ["", "a", "b"], labels) == said
        assert preference_bias(gold, ["?", "a", "b"], labels, other="a") == preference_bias(
            gold, ["a", "a", "b"], labels
        )

    def test_without_such_a_label_they_are_wrong_and_prefer_nothing(self):
        gold, pred = list("aaaab"), list("bbbba")
        for none in ("no idea", None):
            found = preference_bias([*gold, "a", "b"], [*pred, none, none], "ab")
            assert found.preference == preference_bias(gold, pred, "ab").preference
            assert found.macro_f1 == 0.0
        # nor does a gold outside of the labels
        found = preference_bias([*gold, "z"], [*pred, "a"], "ab")
        assert found.preference == preference_bias(gold, pred, "ab").preference

    def test_degenerate(self):
        nothing = preference_bias([], [], "ab")
        assert nothing.preference == {}
        assert all(math.isnan(x) for x in (nothing.macro_f1, nothing.weighted_f1, nothing.bias))
        assert preference_bias(["a"], ["a"], ["a"]) == (1.0, 1.0, {"a": 1.0}, 0.0)
        assert preference_bias(["a"], [None], "ab").preference == {"a": 1.0, "b": 1.0}
        with pytest.raises(AffectError, match="AF080"):
            preference_bias(["a"], [], "ab")

    @pytest.mark.skipif(not ESC.exists(), reason="needs shared/goldens/esc_preference.json")
    def test_published(self):
        given = json.loads(ESC.read_text())
        gold, pred = with_short_names(given)
        wanted = given["expected"]
        found = preference_bias(gold, pred, ESCONV8.labels)
        assert len(gold) == 1611
        assert found.bias == pytest.approx(wanted["preference_bias"], abs=1e-9)
        assert found.macro_f1 == pytest.approx(wanted["macro_f1"], abs=1e-9)
        assert found.weighted_f1 == pytest.approx(wanted["weighted_f1"], abs=1e-7)
        assert accuracy(gold, pred) == pytest.approx(wanted["accuracy"], abs=1e-6)
        assert sum(found.preference.values()) == pytest.approx(8.0)
        # its names are in the order of ours; of its four digits one is not rounded: 1.9147
        assert list(found.preference.values()) == pytest.approx(
            list(wanted["preference"].values()), abs=1e-4
        )


@pytest.mark.parametrize(
    "metric",
    [
        pearson,
        pearson_high,
        spearman,
        mean_absolute_error,
        rmse,
        ccc,
        accuracy,
        micro_f1,
        macro_f1,
        weighted_f1,
        average_recall,
        jaccard,
        quadratic_kappa,
        average_precision,
        threshold_ap,
        average_f1,
        ece,
        brier,
    ],
)
class TestAll:
    def test_nothing_is_nan(self, metric):
        assert math.isnan(metric([], []))

    def test_sides_of_other_lengths(self, metric):
        with pytest.raises(AffectError, match="AF080"):
            metric([1, 0], [1])
