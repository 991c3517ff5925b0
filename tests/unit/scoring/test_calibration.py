"""Calibration's arithmetic, by hand; what it promises of new texts, by drawing many."""

import math

import numpy
import pytest

from spacy_affect.scoring.calibration import (
    STEPS,
    apply,
    class_probabilities,
    fit_classes,
    fit_map,
    fit_temperature,
    isotonic,
    joined,
    quantile,
    sets,
    summarise,
    tempered,
)


def drawn(n, seed=0):
    """RETURNS: Scores, and how often that much of a score is right: its square."""
    chance = numpy.random.default_rng(seed)
    scores = chance.random(n)
    return scores, (chance.random(n) < scores**2).astype(float)


def halves(numbers):
    return [(row[:200], row[200:]) for row in numbers]


class TestQuantiles:
    @pytest.mark.parametrize(
        ("n", "level", "rank"),
        [
            (9, 0.9, 9),  # of 10 places the ninth
            (19, 0.9, 18),
            (99, 0.9, 90),  # 100 * 0.9 is more than 90 in floats
            (19, 0.5, 10),
            (199, 0.995, 199),
            (1000, 0.95, 951),
        ],
    )
    def test_the_rank_is_of_n_and_one(self, n, level, rank):
        assert quantile(summarise(range(1, n + 1)), level) == rank

    def test_too_few_texts_exclude_nothing(self):
        assert quantile(summarise(range(8)), 0.9) == math.inf
        assert quantile(summarise([]), 0.1) == math.inf

    def test_a_level_between_two_steps_takes_the_upper(self):
        summary = summarise(range(1, 1000))
        assert quantile(summary, 0.9001) == quantile(summary, 0.905) == 905
        assert len(summary) == STEPS - 1  # all but 1.0, which no number of texts can tell

    def test_numbers_are_rounded_up(self):
        assert quantile(summarise([0.12345678] * 50), 0.9) == 0.123457

    @pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
    def test_new_numbers_lie_below_as_often_as_is_asked_for(self, level):
        drawn = numpy.random.default_rng(3).exponential(size=(200, 700))
        found = [new <= quantile(summarise(kept), level) for kept, new in halves(drawn)]
        assert numpy.mean(found) == pytest.approx(level, abs=0.01)


class TestSets:
    P = numpy.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]])

    def test_golden(self):
        assert sets(self.P, 0.7).tolist() == [[True, False, False], [True, True, False]]
        assert sets(self.P, math.inf).all()

    def test_never_empty(self):
        assert sets(self.P, 0.1).tolist() == [[True, False, False], [True, False, False]]


class TestMaps:
    def test_isotonic_golden(self):
        # two bins of 20 texts, 5 and 15 of them right; half a step beyond either middle, clipped
        scores = numpy.repeat([0.0, 0.2, 0.8, 1.0], 10)
        truth = numpy.concatenate([numpy.arange(20) < 5, numpy.arange(20) < 15]).astype(float)
        found = isotonic(scores, truth)
        assert found["x"] == pytest.approx([0.0, 0.1, 0.9, 1.0])
        assert found["y"] == pytest.approx([1 / 42, 0.25, 0.75, 41 / 42])
        assert apply(found, numpy.array([-5.0, 0.05, 0.5, 5.0])) == pytest.approx(
            [1 / 42, (1 / 42 + 0.25) / 2, 0.5, 41 / 42]
        )

    def test_scores_of_few_values_have_their_own_frequencies(self):
        scores = numpy.repeat([-0.5, 0.0, 0.5], 40)
        truth = numpy.concatenate([numpy.arange(40) < k for k in (4, 20, 36)]).astype(float)
        found = isotonic(scores, truth)
        assert found == {"x": [-0.5, 0.0, 0.5], "y": [0.1, 0.5, 0.9]}

    def test_two_scores_keep_two_probabilities(self):
        scores = numpy.repeat([0.0, 1.0], [30, 90])
        truth = numpy.concatenate([numpy.arange(30) < 3, numpy.arange(90) < 81]).astype(float)
        assert isotonic(scores, truth) == {"x": [0.0, 1.0], "y": [0.1, 0.9]}

    def test_what_falls_is_pooled(self):
        scores = numpy.arange(60.0)
        truth = numpy.concatenate([numpy.arange(20) < 10, numpy.arange(20) < 6, [1] * 20])
        found = isotonic(scores, truth.astype(float))
        assert found["x"][1:3] == pytest.approx([19.5, 49.5])
        assert found["y"][1:3] == pytest.approx([0.4, 61 / 62])

    def test_probabilities_are_near_the_truth(self):
        scores, truth = drawn(5000)
        found, apart = fit_map(scores, truth)
        at = numpy.linspace(0.05, 0.95, 10)
        assert apply(found, at) == pytest.approx(at**2, abs=0.06)
        assert apart == pytest.approx(apply(found, scores), abs=0.1)
        assert (apart != apply(found, scores)).any()

    def test_they_never_fall_and_never_reach_certainty(self):
        for seed in range(5):
            found, _ = fit_map(*drawn(100, seed))
            assert (numpy.diff(found["x"]) > 0).all()
            assert (numpy.diff(found["y"]) >= 0).all()
            assert 0 < found["y"][0] < found["y"][-1] < 1

    def test_too_few_on_one_side(self):
        scores = numpy.arange(100.0)
        assert fit_map(scores, scores >= 91) is None
        assert fit_map(scores, scores >= 90) is not None
        assert fit_map(scores[:0], scores[:0]) is None

    def test_equal_scores_have_one_probability(self):
        found, _ = fit_map(numpy.zeros(40), numpy.arange(40) % 2)
        assert found == {"x": [0.0], "y": [0.5]}

    def test_many_maps_at_once_are_each_of_them(self):
        maps = {0: {"x": [0.2, 0.6], "y": [0.1, 0.9]}, 2: {"x": [0.5, 0.5 + 1e-9], "y": [0.3, 0.4]}}
        shifts, xs, ys = joined(maps, 3)
        assert (numpy.diff(xs) > 0).all()
        scores = numpy.array([[0.0, 0.0, 0.0], [0.4, 0.4, 0.4], [1.0, 1.0, 1.0]])
        found = numpy.interp(scores + shifts, xs, ys)
        assert found[:, 1] == pytest.approx(scores[:, 1])
        for k in (0, 2):
            assert found[:, k] == pytest.approx(apply(maps[k], scores[:, k]))


class TestClasses:
    def test_golden(self):
        maps = [{"x": [0.0], "y": [0.8]}, {"x": [0.0], "y": [0.3]}]
        assert class_probabilities(maps, numpy.zeros(1))[0] == pytest.approx([0.2, 0.5, 0.3])

    def test_curves_that_cross(self):
        maps = [{"x": [0.0], "y": [0.3]}, {"x": [0.0], "y": [0.4]}]
        assert class_probabilities(maps, numpy.zeros(1))[0] == pytest.approx([0.7, 0.0, 0.3])

    def test_a_class_that_the_gold_never_has_is_not_likely(self):
        scores, right = drawn(2000)
        maps, apart = fit_classes(scores, 2 * right, 3)
        assert apart.sum(axis=1) == pytest.approx(numpy.ones(2000))
        assert class_probabilities(maps, scores)[:, 1] == pytest.approx(numpy.zeros(2000))

    def test_too_few_of_the_outer_ones(self):
        scores = numpy.arange(100.0)
        assert fit_classes(scores, numpy.where(scores > 95, 2, scores > 50), 3) is None


class TestTemperature:
    def test_golden(self):
        # nine to one should be three to one: the root of the odds
        p = numpy.repeat([[0.9, 0.1]], 100, axis=0)
        temperature = fit_temperature(p, (numpy.arange(100) >= 75).astype(int))
        assert temperature == pytest.approx(2.0, rel=1e-3)
        assert tempered(p[:1], 2.0)[0] == pytest.approx([0.75, 0.25])
        assert tempered(p[:1], 1.0)[0] == pytest.approx([0.9, 0.1])

    def test_certainty_can_be_tempered(self):
        found = tempered(numpy.array([[1.0, 0.0]]), 3.0)
        assert found.sum() == pytest.approx(1.0)
        assert 0.99 < found[0, 0] < 1.0
