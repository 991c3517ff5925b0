"""The emotion task: which emotions are present, and which is the best."""

import numpy
import pytest
import spacy

from spacy_affect.api import AffectError, Gold, example
from spacy_affect.labels import get_scheme
from spacy_affect.pipeline.factories import make_task
from spacy_affect.scoring.metrics import jaccard, macro_f1, micro_f1
from spacy_affect.tasks.emotion import SCHEMES
from spacy_affect.types import Scores


def record(presence, scheme="ekman", value=None, **settings):
    """RETURNS (dict): Of a text with these probabilities; labels that are not named have 0.01."""
    task = make_task("emotion", scheme=scheme, **settings)
    labels = task.scheme.labels
    likely = {label: presence.get(label, 0.01) for label in labels}
    values = [(value or likely).get(label, 0.0) for label in labels]
    [found] = task.decode(Scores(numpy.array([values]), [{"presence": likely}]), "test")
    return found


def test_labels_are_those_whose_probability_reaches_their_cut():
    found = record({"joy": 0.8, "surprise": 0.5, "fear": 0.49})
    assert found["labels"] == ["joy", "surprise"]
    assert found["label"] == "joy"


def test_intensity_alone_makes_no_label():
    found = record({"joy": 0.2}, value={"joy": 0.9})
    assert found["value"]["joy"] == 0.9
    assert found["labels"] == []


def test_the_best_label_is_furthest_above_its_own_cut():
    found = record({"joy": 0.8, "fear": 0.4}, thresholds={"joy": 0.7, "fear": 0.1})
    assert found["labels"] == ["fear", "joy"]
    assert found["label"] == "fear"


def test_the_best_label_is_the_most_intense_where_that_is_known():
    likely, cuts = {"joy": 0.8, "fear": 0.4, "anger": 0.05}, {"joy": 0.7, "fear": 0.1}
    value = {"joy": 0.9, "fear": 0.2, "anger": 1.0}
    found = record(likely, value=value, thresholds=cuts)
    assert (found["label"], found["labels"]) == ("joy", ["fear", "joy"])
    # joy has none of its own
    found = record(likely, value={**value, "joy": 0.8}, thresholds=cuts)
    assert found["label"] == "fear"


@pytest.mark.parametrize(("scheme", "absent"), [("ekman", "neutral"), ("ec11", None)])
def test_none_present(scheme, absent):
    found = record({}, scheme)
    assert (found["label"], found["labels"]) == (absent, [])


def test_without_probabilities_values_decide():
    task = make_task("emotion", scheme="ekman")
    values = [0.9 if label == "joy" else 0.1 for label in task.scheme.labels]
    assert task.decode(Scores(numpy.array([values])), "test")[0]["labels"] == ["joy"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme(scheme):
    task = make_task("emotion", scheme=scheme)
    assert task.columns == get_scheme(scheme).labels
    assert [head.name for head in task.heads] == ["value", "presence"]
    assert {*task.thresholds} == {*task.columns}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"scheme": "polarity"}, "AF018"),
        ({"scheme": "ekmann"}, "AF018"),
        ({"thresholds": {"joyy": 0.5}}, "AF009"),
        ({"thresholds": {"joy": 1.5}}, "AF010"),
        ({"thresholds": {"joy": float("nan")}}, "AF010"),
        ({"intensity_weight": -0.5}, "AF010"),
        ({"intensity_weight": float("nan")}, "AF010"),
    ],
)
def test_wrong_settings(settings, code):
    with pytest.raises(AffectError) as caught:
        make_task("emotion", **settings)
    assert caught.value.code == code


def test_records_of_units_combine():
    task = make_task("emotion", scheme="ekman")
    records = [record({"joy": 0.9}), record({"joy": 0.1, "fear": 0.9})]
    found = task.combine(records, [3, 1], "test")
    assert found["value"]["joy"] == pytest.approx(0.7)
    assert found["presence"]["joy"] == pytest.approx(0.7)
    assert found["presence"]["fear"] == pytest.approx((3 * 0.01 + 0.9) / 4)
    assert found["labels"] == ["joy"]


def test_intensities_may_count_more():
    assert [head.weight for head in make_task("emotion").heads] == [1.0, 1.0]
    task = make_task("emotion", intensity_weight=4.0)
    assert [(head.name, head.weight) for head in task.heads] == [("value", 4.0), ("presence", 1.0)]
    assert make_task("emotion", intensity_weight=0).heads[0].weight == 0


def test_a_component_takes_the_weight_of_intensities():
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}
    examples = [
        example(nlp, text, {"emotion": {"value": {"joy": value}, "labels": {"joy": there}}})
        for text, value, there in (("yes", 0.9, 1), ("no", 0.1, 0))
    ]
    losses = []
    for weight in (0.0, 1.0, 2.0):
        pipe = spacy.blank("en").add_pipe(
            "affect_emotion", config={"model": model, "intensity_weight": weight}
        )
        pipe.initialize(lambda: examples)
        losses.append(pipe.update(examples)["affect_emotion"])
    none, once, twice = losses
    assert once > none > 0
    assert twice - none == pytest.approx(2 * (once - none))


def test_by_what_cuts_are_chosen():
    """Cuts for one metric are good ones by it, and macro-F1 wants others than Jaccard."""
    chance = numpy.random.RandomState(0)
    there = chance.uniform(size=(400, 2)) < [0.4, 0.1]  # of the rare one the scores say little
    likely = numpy.clip(chance.normal([0.3, 0.4] + there * [0.3, 0.05], 0.15), 0, 1)
    golds = [Gold(labels={"joy": int(a), "trust": int(b)}) for a, b in there]
    records = [record({"joy": joy, "trust": trust}, "ec11") for joy, trust in likely.tolist()]
    measures = {"macro_f1": macro_f1, "jaccard": jaccard, "micro_f1": micro_f1}
    reached = {}
    for criterion in measures:
        cuts = make_task("emotion", cuts_for=criterion).fit(golds, records)
        assert cuts.keys() >= {"joy", "trust"}
        hits = (likely >= [cuts["joy"], cuts["trust"]]).astype(int)
        reached[criterion] = {
            name: measure(there.astype(int).tolist(), hits.tolist())
            for name, measure in measures.items()
        }
    for name in measures:
        # ascent on a coarse grid may stop a little short of the top
        assert reached[name][name] >= max(found[name] for found in reached.values()) - 0.01
    assert reached["jaccard"]["jaccard"] > reached["macro_f1"]["jaccard"]
    assert make_task("emotion", cuts_for="jaccard").fit([], []) == {}


def test_a_criterion_that_there_is_not():
    with pytest.raises(AffectError, match=r"AF010: cuts_for = 'f2'.*jaccard, macro_f1, micro_f1"):
        make_task("emotion", cuts_for="f2")
