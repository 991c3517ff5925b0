"""What `nlp.evaluate` says of each kind of gold, and that a bootstrap is the same arithmetic."""

from __future__ import annotations

import math

import numpy
import pytest
import spacy
from spacy.training import Example

from spacy_affect.api import Scheme, Task, set_gold
from spacy_affect.corpora.gold import Gold
from spacy_affect.extensions import install, write
from spacy_affect.labels import EKMAN, ESCONV, ESCONV8, POLARITY
from spacy_affect.scoring import metrics, weighted
from spacy_affect.scoring.bootstrap import compare, estimate, interval, resamples
from spacy_affect.scoring.outcomes import ERRORS, Classes, collect, is_preference
from spacy_affect.scoring.scorers import affect_score
from spacy_affect.types import Record

KEY = "affect_trial"


class Trial(Task):
    """A task of any shape, without a component."""

    name = "trial"

    def __init__(self, scheme: Scheme = EKMAN, many: bool = True, low: float = 0.0) -> None:
        self.scheme, self.many, self.low = scheme, many, low  # type: ignore[misc]


def examples(rows):
    """rows: (gold value, gold labels, record) of each text."""
    nlp = spacy.blank("en")
    install(KEY)
    made = []
    for value, labels, record in rows:
        reference, predicted = nlp.make_doc("a text"), nlp.make_doc("a text")
        if (value, labels) != (None, None):
            set_gold(reference, "trial", value, labels)
        if record is not None:
            write([predicted], KEY, [record.to_dict()])
        made.append(Example(predicted, reference))
    return made


def score(rows, task):
    found = affect_score(examples(rows), task=task, key=KEY, gold="trial", unit="doc")
    assert all(name.startswith(f"{KEY}_") for name in found)
    return {name.removeprefix(f"{KEY}_"): value for name, value in found.items()}


class TestNumbers:
    GOLD = [0.1, 0.4, 0.6, 0.9]
    PRED = [0.2, 0.3, 0.8, 0.7]

    def test_one_number(self):
        rows = [(g, None, Record(p)) for g, p in zip(self.GOLD, self.PRED, strict=True)]
        found = score(rows, Trial(many=False))
        assert found == pytest.approx(
            {
                "pearson": metrics.pearson(self.GOLD, self.PRED),
                "spearman": 0.8,
                "mae": 0.15,
                "rmse": math.sqrt(0.025),
                "ccc": metrics.ccc(self.GOLD, self.PRED),
                "pearson_high": -1.0,
                "score": metrics.pearson(self.GOLD, self.PRED),
            }
        )

    def test_high_gold_only_means_something_in_zero_to_one(self):
        rows = [(g, None, Record(p)) for g, p in zip(self.GOLD, self.PRED, strict=True)]
        assert "pearson_high" not in score(rows, Trial(many=False, low=-1.0))

    def test_a_number_per_label(self):
        rows = [
            ({"joy": g}, None, Record({"joy": p, "fear": 0.5}))
            for g, p in zip(self.GOLD, self.PRED, strict=True)
        ]
        rows += [
            ({"fear": g, "awe": 0.3}, None, Record({"joy": 0.0, "fear": g})) for g in self.GOLD
        ]
        found = score(rows, Trial())
        joy = metrics.pearson(self.GOLD, self.PRED)
        assert found["pearson"] == pytest.approx((joy + 1) / 2)
        assert found["mae"] == pytest.approx(0.075)
        assert set(found["per_label"]) == {"joy", "fear"}
        assert found["per_label"]["joy"]["pearson"] == pytest.approx(joy)
        assert found["per_label"]["fear"]["mae"] == pytest.approx(0.0)

    def test_what_has_no_number_is_left_out(self):
        rows = [(0.5, None, Record()), (0.1, None, Record(0.2)), (0.2, None, Record(0.3))]
        assert score(rows, Trial(many=False))["mae"] == pytest.approx(0.1)
        assert score(rows[:1], Trial(many=False)) == {}
        assert score([({"joy": 0.5}, None, Record(0.5))], Trial(many=False)) == {}


class TestLabelSets:
    def rows(self):
        return [
            (None, {"joy": 1, "fear": 0}, Record({"joy": 0.9, "fear": 0.2}, "joy", ["joy"])),
            (
                None,
                {"joy": 0, "fear": 1},
                Record({"joy": 0.8, "fear": 0.6}, "joy", ["joy", "fear"]),
            ),
            (None, {"joy": 1, "awe": 1}, Record({"joy": 0.1, "fear": 0.7}, "fear", ["fear"])),
            (None, {"joy": 0, "fear": 0}, Record()),
        ]

    def test_golden(self):
        found = score(self.rows(), Trial())
        # fear is unknown in the third text, awe is no label of the scheme
        assert found["jaccard"] == pytest.approx((1 + 1 / 2 + 0 + 1) / 4)
        assert found["micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
        assert found["macro_f1"] == pytest.approx((0.5 + 1.0) / 2)
        assert found["weighted_f1"] == pytest.approx((2 * 0.5 + 1.0) / 3)
        # joy: 0.9 is right, 0.8 wrong, 0.1 right, and the last has none: 1/2 + 1/2 * 2/3
        assert found["ap"] == pytest.approx((5 / 6 + 1.0) / 2)
        joy = metrics.brier([1, 0, 1, 0], [0.9, 0.8, 0.1, 0.0])
        fear = metrics.brier([0, 1, 0], [0.2, 0.6, 0.0])
        assert found["brier"] == pytest.approx((joy + fear) / 2)
        assert found["score"] == found["ap"]
        assert found["per_label"]["joy"]["f1"] == 0.5
        assert found["per_label"]["fear"]["ap"] == 1.0

    def test_presence_goes_before_intensity(self):
        rows = [
            (value, labels, Record(r.value, r.label, r.labels, details={"presence": {"joy": 0.3}}))
            for value, labels, r in self.rows()
        ]
        found = score(rows, Trial())
        assert found["per_label"]["joy"]["brier"] == pytest.approx(
            metrics.brier([1, 0, 1, 0], [0.3] * 4)
        )
        assert set(found["per_label"]["fear"]) == {"f1"}

    def test_without_probabilities(self):
        rows = [(None, {"joy": 1}, Record(0.5, "joy", ["joy"]))]
        found = score(rows, Trial(many=False, low=-1.0))
        assert set(found) == {
            *("jaccard", "micro_f1", "macro_f1", "weighted_f1", "score", "per_label")
        }
        assert found["score"] == found["macro_f1"] == 1.0

    def test_ap_is_of_the_labels_that_the_gold_holds(self):
        rows = [
            (None, {"joy": 1, "fear": 0}, Record({"joy": 0.9, "fear": 0.2}, "joy", ["joy"])),
            (None, {"joy": 0, "fear": 0}, Record({"joy": 0.1, "fear": 0.9}, "joy", ["joy"])),
        ]
        found = score(rows, Trial())
        assert found["ap"] == 1.0
        assert found["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)

    def test_the_absent_class(self):
        rows = [
            (None, {"neutral": 1, "joy": 0}, Record({"joy": 0.1}, "neutral", [])),
            (None, {"neutral": 0, "joy": 1}, Record({"joy": 0.9}, "joy", ["joy"])),
            (None, {"neutral": 1, "joy": 0}, Record({"joy": 0.9}, "joy", ["joy"])),
        ]
        assert score(rows, Trial())["per_label"]["neutral"]["f1"] == pytest.approx(2 / 3)

    def test_nothing_in_common(self):
        assert score([(None, {"awe": 1}, Record({"joy": 0.1}))], Trial()) == {}


class TestClasses:
    def test_ordered(self):
        gold = ["negative", "neutral", "positive", "positive"]
        pred = ["negative", "positive", "positive", None]
        rows = [(None, g, Record(0.0, p)) for g, p in zip(gold, pred, strict=True)]
        found = score(rows, Trial(POLARITY, many=False, low=-1.0))
        assert found["accuracy"] == 0.5
        assert found["macro_f1"] == pytest.approx((1 + 0 + 0.5) / 3)
        assert found["average_recall"] == pytest.approx((1 + 0 + 0.5) / 3)
        assert found["weighted_f1"] == pytest.approx((1 + 0 + 2 * 0.5) / 4)
        assert found["quadratic_kappa"] == pytest.approx(
            metrics.quadratic_kappa(gold, pred, POLARITY.labels)
        )
        assert "ece" not in found
        assert found["score"] == found["macro_f1"]
        assert found["per_label"]["positive"] == {"f1": 0.5}

    def test_a_class_that_cannot_be_given_is_never_right(self):
        rows = [(None, "joy", Record({}, "joy")), (None, "awe", Record({}, "joy"))]
        found = score(rows, Trial())
        assert found["accuracy"] == 0.5
        assert found["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
        assert "quadratic_kappa" not in found

    def test_probabilities_of_classes(self):
        even = dict.fromkeys(ESCONV8.labels, 0.1)
        rows = [
            (None, "question", Record(even | {"question": 0.3}, "question")),
            (None, "other", Record(even | {"question": 0.3}, "question")),
        ]
        found = score(rows, Trial(ESCONV8))
        assert found["ece"] == pytest.approx(0.2)
        mixed = [*rows, (None, "other", Record(dict(even), "question"))]  # they sum to 0.8
        assert "ece" not in score(mixed, Trial(ESCONV8))

    def test_strategies(self):
        gold = ["question", "question", "information", "other", "other"]
        pred = ["information", "question", "question", "question", "silence"]
        rows = [(None, g, Record({}, p)) for g, p in zip(gold, pred, strict=True)]
        found = score(rows, Trial(ESCONV8))
        wanted = metrics.preference_bias(gold, pred, ESCONV8.labels)
        assert found["preference_bias"] == wanted.bias
        assert found["macro_f1"] == pytest.approx(wanted.macro_f1)
        # question 1 of 2 and 2 wrong; other, as which silence counts, 1 of 2; by all eight
        assert wanted.macro_f1 == pytest.approx((2 / 5 + 2 / 3) / 8)
        each = {name: found[f"preference_{name}"] for name in ESCONV8.labels}
        assert each == wanted.preference
        assert found["per_label"]["other"] == {"f1": pytest.approx(2 / 3)}

    def test_strategies_under_their_long_names(self):
        gold, pred = ["Question", "Others", "Information"], ["Others", "what?", "Question"]
        rows = [(None, g, Record({}, p)) for g, p in zip(gold, pred, strict=True)]
        found = score(rows, Trial(ESCONV))
        wanted = metrics.preference_bias(gold, pred, ESCONV.labels, other="Others")
        assert found["preference_bias"] == wanted.bias
        assert found["preference_Question"] == wanted.preference["Question"]

    def test_other_classes_are_not_preferred(self):
        rows = [(None, "joy", Record({}, "fear")), (None, "fear", Record({}, "joy"))]
        assert not [name for name in score(rows, Trial()) if "preference" in name]

    def test_probabilities_in_a_detail(self):
        likely = {"negative": 0.6, "neutral": 0.4, "positive": 0.0}
        rows = [(None, "neutral", Record(0.0, "negative", details={"probabilities": likely}))]
        assert "ece" not in score(rows, Trial(POLARITY, many=False, low=-1.0))
        assert score(rows, Trial(POLARITY, many=False))["ece"] == pytest.approx(0.6)


def test_several_kinds_of_gold_at_once():
    rows = [
        ({"joy": 0.1}, {"joy": 0}, Record({"joy": 0.2}, None, [])),
        ({"joy": 0.9}, {"joy": 1}, Record({"joy": 0.8}, "joy", ["joy"])),
        (None, {"joy": 1}, Record({"joy": 0.1}, None, [])),
    ]
    found = score(rows, Trial())
    assert found["pearson"] == pytest.approx(1.0)
    # 0.8 is right, then 0.2 wrong, then 0.1 right
    assert found["ap"] == pytest.approx(5 / 6)
    assert found["score"] == pytest.approx((1 + 5 / 6) / 2)
    assert {"pearson", "ap", "f1"} <= set(found["per_label"]["joy"])


def test_without_gold_or_without_records():
    assert score([(None, None, Record({"joy": 0.1}))], Trial()) == {}
    assert score([({"joy": 0.5}, None, None)], Trial()) == {}
    assert score([], Trial()) == {}


# ---- Resampling ----

NAMES = ("pearson", "spearman", "mae", "rmse", "ccc")


@pytest.fixture(scope="module")
def numbers():
    random = numpy.random.default_rng(7)
    gold = random.normal(size=60).round(1)
    return gold, (gold + random.normal(size=60)).round(1)


class TestWeights:
    """A text of weight 2 is the same as the text twice."""

    WEIGHTS = numpy.random.default_rng(1).integers(0, 4, size=(9, 60)).astype(float)

    def repeated(self, *sides):
        for row in self.WEIGHTS:
            places = numpy.repeat(numpy.arange(60), row.astype(int))
            yield [side[places] for side in sides]

    @pytest.mark.parametrize("name", NAMES)
    def test_numbers(self, name, numbers):
        found = getattr(weighted, name)(*numbers)(self.WEIGHTS)
        plain = getattr(metrics, {"mae": "mean_absolute_error"}.get(name, name))
        wanted = [plain(*sides) for sides in self.repeated(*numbers)]
        assert found == pytest.approx(numpy.array(wanted))

    @pytest.mark.parametrize("name", ["average_precision", "brier", "ece"])
    def test_probabilities(self, name, numbers):
        present = (numbers[0] > 0.5).astype(float)
        likely = numpy.clip(numbers[1], 0, 1)
        extra = (metrics.N_BINS,) if name == "ece" else ()
        found = getattr(weighted, name)(present, likely, *extra)(self.WEIGHTS)
        wanted = [getattr(metrics, name)(*sides) for sides in self.repeated(present, likely)]
        assert found == pytest.approx(numpy.array(wanted))

    def test_sets_and_classes(self, numbers):
        gold, pred = (numpy.stack([side > 0, side > 1], axis=1).astype(float) for side in numbers)
        counts = weighted.counts(gold, pred)(self.WEIGHTS)
        for name in ("macro_f1", "micro_f1", "weighted_f1"):
            wanted = [getattr(metrics, name)(*sides) for sides in self.repeated(gold, pred)]
            assert getattr(weighted, name)(counts) == pytest.approx(numpy.array(wanted))
        wanted = [metrics.jaccard(*sides) for sides in self.repeated(gold, pred)]
        assert weighted.jaccard(gold, pred)(self.WEIGHTS) == pytest.approx(numpy.array(wanted))

    def test_preferences(self):
        chance = numpy.random.default_rng(2)
        gold, pred = chance.choice(ESCONV8.labels, size=(2, 60))
        rows = numpy.arange(60)
        outcome = Classes(rows, gold.tolist(), pred.tolist(), choices=ESCONV8.labels)
        found = outcome.measure(self.WEIGHTS)
        for i, sides in enumerate(self.repeated(gold, pred)):
            wanted = metrics.preference_bias(*(side.tolist() for side in sides), ESCONV8.labels)
            assert found["preference_bias"][i] == pytest.approx(wanted.bias)
            assert found["macro_f1"][i] == pytest.approx(wanted.macro_f1)
            each = {name: found[f"preference_{name}"][i] for name in ESCONV8.labels}
            assert each == pytest.approx(wanted.preference)

    def test_a_resample_without_variance(self):
        weights = numpy.array([[2.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
        sides = numpy.array([0.1, 0.2, 0.3]), numpy.array([0.3, 0.1, 0.2])
        for name in ("pearson", "spearman", "ccc"):
            assert getattr(weighted, name)(*sides)(weights)[0] == 0.0

    def test_a_resample_without_a_positive_is_unknown(self):
        metric = weighted.average_precision(numpy.array([1.0, 0.0]), numpy.array([0.5, 0.5]))
        assert numpy.isnan(metric(numpy.array([[0.0, 2.0]]))).all()


def trial(shift=0.0, n=200):
    random = numpy.random.default_rng(3)
    gold = random.uniform(size=n)
    pred = numpy.clip(gold + random.normal(scale=0.2 + shift, size=n), 0, 1)
    return collect(
        (
            (i, Gold(g), Record(p))
            for i, (g, p) in enumerate(zip(gold.tolist(), pred.tolist(), strict=True))
        ),
        Trial(many=False),
    )


class TestBootstrap:
    def test_the_seed_decides(self):
        first, again = (estimate(trial(), 200, 50, seed=1) for _ in range(2))
        other = estimate(trial(), 200, 50, seed=2)
        assert {name: (e.value, e.low, e.high) for name, e in first.items()} == {
            name: (e.value, e.low, e.high) for name, e in again.items()
        }
        assert first["pearson"].value == other["pearson"].value
        assert first["pearson"].low != other["pearson"].low

    def test_weights_count_texts(self):
        drawn = numpy.concatenate(list(resamples(7, 1000, 0)))
        assert drawn.shape == (1000, 7)
        assert (drawn.sum(axis=1) == 7).all()
        assert drawn.mean(axis=0) == pytest.approx(numpy.ones(7), abs=0.15)
        assert list(resamples(0, 10, 0)) == []

    def test_the_interval_is_as_theory_has_it(self):
        # Fisher's z of Pearson's r has the standard error 1 / sqrt(n - 3)
        found = estimate(trial(), 200, 1000, seed=0)["pearson"]
        z, error = math.atanh(found.value), 1.96 / math.sqrt(197)
        assert found.low < found.value < found.high
        assert found.low == pytest.approx(math.tanh(z - error), abs=0.02)
        assert found.high == pytest.approx(math.tanh(z + error), abs=0.02)

    def test_without_resamples(self):
        found = estimate(trial(), 200, 0, seed=0)["mae"]
        assert (found.low, found.high) == (None, None)
        assert interval(numpy.array([math.nan])) == (None, None)
        assert interval(numpy.array([math.nan, 1.0])) == (1.0, 1.0)

    def test_a_pipeline_is_not_better_than_itself(self):
        this = estimate(trial(), 200, 100, seed=0)
        for found in compare(this, this).values():
            assert (found.difference, found.low, found.high, found.better) == (0.0, 0.0, 0.0, 0.0)

    def test_better_is_lower_for_errors(self):
        good, bad = (estimate(trial(shift), 200, 100, seed=0) for shift in (0.0, 0.6))
        found = compare(bad, good)
        assert "mae" in ERRORS
        assert found["mae"].difference < 0 < found["pearson"].difference
        assert found["mae"].better == found["pearson"].better == 1.0
        assert compare(good, bad)["mae"].better == 0.0

    def test_no_preference_is_better(self):
        chance = numpy.random.default_rng(4)
        gold, pred, other = chance.choice(ESCONV8.labels, size=(3, 80)).tolist()
        rows = numpy.arange(80)
        this, that = (
            estimate([Classes(rows, gold, side, choices=ESCONV8.labels)], 80, 50, seed=0)
            for side in (pred, other)
        )
        found = compare(this, that)
        assert sum(map(is_preference, found)) == 8
        for name, comparison in found.items():
            assert (comparison.better is None) == is_preference(name)
        assert not is_preference("preference_bias")

    def test_gold_of_few_texts(self):
        pairs = [(0, Gold({"joy": 0.2}, "joy"), Record({"joy": 0.1}, "joy"))]
        pairs += [(i, Gold({"fear": i / 9}), Record({"fear": i / 9})) for i in range(1, 9)]
        found = estimate(collect(pairs, Trial()), 9, 200, seed=0)
        # resamples without the first text say nothing about its class
        assert (found["accuracy"].low, found["accuracy"].high) == (1.0, 1.0)
        assert numpy.isnan(found["accuracy"].samples).any()
