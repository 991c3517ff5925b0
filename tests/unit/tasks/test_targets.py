"""What each task gives a trainable backbone to learn, and what it reads from it."""

import math

import numpy
import pytest

from spacy_affect.api import Gold, Scheme, Task
from spacy_affect.models.heads import n_out, predictions
from spacy_affect.pipeline.factories import make_task
from spacy_affect.types import Head

NAN = math.nan


def told(task, *gold, **settings):
    """RETURNS (dict): By "head.label" the targets that are known."""
    task = task if isinstance(task, Task) else make_task(task, **settings)
    names = [f"{h.name}.{label}" for h in task.heads for label in h.labels[: h.width]]
    targets = task.targets(Gold(*gold))
    return {
        name: round(target, 4)
        for name, target in zip(names, targets, strict=True)
        if not math.isnan(target)
    }


@pytest.mark.parametrize("task", ["polarity", "subjectivity", "ambivalence", "emotion", "vad"])
def test_nothing_is_known_of_no_gold(task):
    assert told(task) == {}


@pytest.mark.parametrize(
    ("gold", "wanted"),
    [
        ((0.5,), 0.5),
        ((0.0,), 0.0),
        ((None, "positive"), 1.0),
        ((None, "neutral"), 0.0),
        ((None, "negative"), -1.0),
        ((-0.3, "negative"), -0.3),  # the number says more
    ],
)
def test_polarity(gold, wanted):
    assert told("polarity", *gold) == {"value.polarity": wanted}


def test_unknown_classes_are_masked():
    assert told("polarity", None, "mixed") == {}
    assert told("subjectivity", None, "positive") == {}
    assert told("emotion", None, "happiness") == {}


@pytest.mark.parametrize(
    ("gold", "wanted"),
    [
        ((0.25,), 0.25),
        ((None, "subjective"), 1.0),
        ((None, "objective"), 0.0),
        ((None, "neutral_opinionated"), 0.5),
        ((None, "highly_opinionated"), 0.8333),
    ],
)
def test_subjectivity(gold, wanted):
    assert told("subjectivity", *gold) == {"value.subjectivity": wanted}


def test_vad_knows_some_dimensions_and_not_others():
    found = told("vad", {"valence": -1.0, "dominance": 0.0})
    assert found == {"value.valence": -1.0, "value.dominance": 0.0}


def test_emotion_has_intensity_and_presence_apart():
    found = told("emotion", {"joy": 0.75}, {"joy": 1, "fear": 0})
    assert found == {"value.joy": 0.75, "presence.joy": 1.0, "presence.fear": 0.0}


def test_the_name_of_the_only_emotion_says_that_the_others_are_absent():
    found = told("emotion", None, "joy", scheme="ekman")
    assert found["presence.joy"] == 1.0
    assert sum(found.values()) == 1.0
    assert len(found) == 6
    assert set(told("emotion", None, "neutral", scheme="ekman").values()) == {0.0}


@pytest.mark.parametrize(
    ("gold", "wanted"),
    [
        ((0.4,), 0.4),
        ((None, "ambivalent"), 1.0),
        ((None, "not ambivalent"), 0.0),
        ((None, {"joy": 1, "fear": 1}), 1.0),
        ((None, {"joy": 1, "fear": 0}), 0.0),
        ((None, {"sadness": 1, "anger": 1}), 0.0),
        ((None, {"positive": 1, "negative": 1}), 1.0),
        ((None, {"love": 1, "pessimism": 1}), 1.0),  # E-c
        ((None, {"admiration": 1, "annoyance": 1}), 1.0),  # GoEmotions
        # numbers beside labels are intensities of emotions
        (({"joy": 0.9}, {"joy": 1, "fear": 1}), 1.0),
    ],
)
def test_ambivalence_is_both_poles(gold, wanted):
    assert told("ambivalence", *gold) == {"value.ambivalence": wanted}


class Rated(Task):
    """A number from 1 to 5."""

    name = "rated"
    scheme = Scheme("rated", ("low", "mid", "high"), "made up")
    low, high = 1.0, 5.0

    def __init__(self, *heads):
        self._heads = heads

    @property
    def heads(self):
        return self._heads


def rated(kind, *labels):
    return Rated(Head("value", kind, labels or ("rated",)))


@pytest.mark.parametrize(("kind", "wanted"), [("signed", [-1, 0, 1]), ("unit", [0, 0.5, 1])])
def test_numbers_move_to_the_range_of_the_head_and_back(kind, wanted):
    task = rated(kind)
    assert [told(task, number)["value.rated"] for number in (1.0, 3.0, 5.0)] == wanted
    scores = task.read({"value": numpy.array(wanted, "float64")[:, None]}, {"value": [1]})
    assert scores.values[:, 0] == pytest.approx([1.0, 3.0, 5.0])


def test_ordered_classes_are_steps():
    task = rated("ordinal", "low", "mid", "high")
    assert [task.targets(Gold(labels=name)) for name in task.scheme.labels] == [
        [0.0, 0.0],
        [1.0, 0.0],
        [1.0, 1.0],
    ]
    assert told(task, 3.0) == {}
    assert told(task, None, "higher") == {}
    read = task.read({"value": numpy.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])}, {})
    assert read.values[:, 0].tolist() == [1.0, 3.0, 5.0]


def test_a_choice_is_a_distribution():
    task = rated("softmax", "low", "mid", "high")
    assert task.targets(Gold(labels="mid")) == [0.0, 1.0, 0.0]
    assert task.targets(Gold({"low": 1.0, "high": 3.0})) == [0.25, 0.0, 0.75]
    assert task.targets(Gold(labels={"low": 1, "high": 1})) == [0.5, 0.0, 0.5]
    assert all(map(math.isnan, task.targets(Gold(labels="other"))))
    assert all(map(math.isnan, task.targets(Gold({"low": 0.0}))))


def emotion_scores(value, presence, rated=True, known=True):
    task = make_task("emotion", scheme="ekman")
    n = len(task.scheme.labels)
    given = {"value": numpy.full((1, n), value), "presence": numpy.full((1, n), presence)}
    flags = {"value": [int(rated)] * n, "presence": [int(known)] * n}
    scores = task.read(given, flags)
    return scores.values[0, 0], scores.details[0]["presence"]["joy"]


def test_an_emotion_head_that_never_learned_borrows_from_the_other():
    assert emotion_scores(0.2, 0.9) == (0.2, 0.9)
    assert emotion_scores(0.2, 0.9, rated=False) == (0.9, 0.9)
    assert emotion_scores(0.2, 0.9, known=False) == (0.2, 0.2)
    assert emotion_scores(0.2, 0.9, rated=False, known=False) == (0.2, 0.9)


@pytest.mark.parametrize("task", ["polarity", "subjectivity", "ambivalence", "emotion", "vad"])
def test_whatever_heads_predict_is_in_range(task):
    task = make_task(task)
    raw = numpy.random.RandomState(0).normal(0, 50, (40, n_out(task.heads)))
    flags = {head.name: [1] * head.width for head in task.heads}
    scores = task.read(predictions(task.heads, raw), flags)
    assert scores.values.shape == (40, len(task.columns))
    assert scores.values.min() >= task.low
    assert scores.values.max() <= task.high
    assert len(task.decode(scores, "test")) == 40
