"""What `evaluate` says of calibrated components, by hand."""

import numpy
import pytest

from spacy_affect.api import Gold
from spacy_affect.scoring import metrics
from spacy_affect.scoring.bootstrap import compare, estimate
from spacy_affect.scoring.outcomes import collect, is_neutral, is_preference
from spacy_affect.tasks.emotion import Emotion
from spacy_affect.tasks.polarity import Polarity
from spacy_affect.types import Record


def measured(pairs, task):
    pairs = [(i, gold, record) for i, (gold, record) in enumerate(pairs)]
    once = numpy.ones((1, len(pairs)))
    found = {}
    for outcome in collect(pairs, task):
        found |= {name: numbers[0] for name, numbers in outcome.measure(once).items()}
    return found


def polar(value, label, sure, held, interval=None):
    details = {"confidence": sure, "set": held}
    return Record(value, label, [label], interval, details=details)


POLAR = [
    (Gold(0.9, "positive"), polar(0.5, "positive", 0.8, ["positive"], [0.1, 0.9])),
    (Gold(-1.0, "negative"), polar(0.1, "positive", 0.6, ["neutral", "positive"], [-0.3, 0.5])),
    (Gold(0.0, "neutral"), polar(0.0, "neutral", 0.7, ["negative", "neutral"], [-0.4, 0.4])),
    (Gold(0.5, "positive"), Record(details={"confidence": None, "set": None})),
]


def test_classes_and_intervals():
    found = measured(POLAR, Polarity())
    assert found["coverage"] == pytest.approx(2 / 3)
    assert found["set_size"] == pytest.approx(5 / 3)
    assert found["ece"] == pytest.approx(metrics.ece([1, 0, 1], [0.8, 0.6, 0.7]))
    assert found["interval_coverage"] == pytest.approx(2 / 3)
    assert found["interval_width"] == pytest.approx(0.8)
    assert found["accuracy"] == 0.5


def test_labels_and_intervals_by_label():
    task = Emotion("semeval4")
    presence = dict.fromkeys(task.scheme.labels, 0.2)
    interval = {"joy": [0.0, 0.4], "fear": [0.0, 0.2]}
    record = Record(presence, None, [], interval, details={"presence": presence, "set": ["joy"]})
    other = Record(presence, None, [], interval, details={"presence": presence, "set": []})
    rows = [
        (Gold({"joy": 0.3, "fear": 0.5}, {"joy": 1, "fear": 1, "anger": 0}), record),
        (Gold({"joy": 0.5}, {"joy": 1, "fear": 0}), other),
    ]
    found = measured(rows, task)
    assert found["coverage"] == pytest.approx(1 / 3)  # of the three labels that are there
    assert found["set_size"] == pytest.approx(0.5)
    assert found["interval_coverage"] == pytest.approx((1 / 2 + 0) / 2)  # the mean over labels
    assert found["interval_width"] == pytest.approx((0.4 + 0.2) / 2)


def test_without_calibration_there_is_none_of_it():
    rows = [(gold, Record(r.value, r.label, r.labels)) for gold, r in POLAR]
    names = {"ece", "coverage", "set_size", "interval_coverage", "interval_width"}
    assert names.isdisjoint(measured(rows, Polarity()))


def test_more_coverage_is_not_better():
    pairs = [(i, gold, record) for i, (gold, record) in enumerate(POLAR * 5)]
    found = estimate(collect(pairs, Polarity()), len(pairs), 50, 0)
    assert found["coverage"].low <= found["coverage"].value <= found["coverage"].high
    compared = compare(found, found)
    assert compared["coverage"].better is None is compared["interval_width"].better
    assert compared["ece"].better == 0.0
    assert is_neutral("set_size")
    assert not is_preference("set_size")
