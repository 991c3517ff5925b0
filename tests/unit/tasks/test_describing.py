"""What tasks say of all units at once is what they say of each."""

import numpy
import pytest

from spacy_affect.tasks.ambivalence import Ambivalence
from spacy_affect.tasks.base import by_label, names_of
from spacy_affect.tasks.emotion import Emotion
from spacy_affect.tasks.polarity import Polarity
from spacy_affect.tasks.subjectivity import Subjectivity
from spacy_affect.tasks.vad import ValenceArousalDominance
from spacy_affect.types import Cue, Scores

N = 400


def one_by_one(task, scores):
    details = scores.details or [{}] * N
    cues = scores.cues or [[]] * N
    values = task._values(scores.values)
    return [task.describe(*each) for each in zip(values, details, cues, strict=True)]


def emotions(chance, task, unknown):
    """RETURNS (Scores): Coarse numbers, of which many are equal to each other and to the cuts."""
    labels = task.scheme.labels
    values, likely = (chance.integers(0, 5, (N, len(labels))) / 4 for _ in range(2))
    likely = numpy.where(chance.random(likely.shape) < 0.5, values, likely)
    values[:, unknown] = likely[:, unknown] = numpy.nan
    details = [{"presence": row} for row in by_label(labels, likely)]
    return Scores(values, details, probabilities=likely)


@pytest.mark.parametrize("scheme", ["ec11", "ekman"])
@pytest.mark.parametrize("unknown", [[], [1, 4]])
def test_emotions(scheme, unknown):
    task = Emotion(scheme, thresholds={"anger": 0.25, "joy": 0.75})
    scores = emotions(numpy.random.default_rng(0), task, unknown)
    found = task.describe_all(scores)
    assert found == one_by_one(task, scores)
    assert len({label for label, _ in found}) > 3


def test_emotions_without_presence_are_described_one_by_one():
    task = Emotion()
    scores = emotions(numpy.random.default_rng(0), task, [])
    assert task.describe_all(Scores(scores.values, probabilities=scores.probabilities)) is None
    assert task.describe_all(Scores(scores.values, scores.details)) is None


@pytest.mark.parametrize(
    "task",
    [
        Polarity(),
        Polarity(thresholds={"negative": -0.5, "positive": 0.75}),
        Polarity(thresholds={"negative": 0.25, "positive": 0.25}),
        Subjectivity(),
        Subjectivity("opinion", edges=[0.25, 0.75]),
    ],
)
def test_classes(task):
    steps = numpy.random.default_rng(0).integers(0, 9, (N, 1)) / 8
    scores = Scores(task.low + steps * (task.high - task.low))
    assert task.describe_all(scores) == one_by_one(task, scores)


def test_mixed_texts_are_described_one_by_one():
    assert Polarity(mixed_threshold=0.3).describe_all(Scores(numpy.zeros((2, 1)))) is None


def test_cues():
    cues = [[], [Cue(0, 1, "hedge"), Cue(1, 2, "contrast"), Cue(3, 4, "contrast")], []]
    scores = Scores(numpy.zeros((3, 1)), cues=cues)
    said = ("contrast", ["hedge", "contrast"])
    assert Ambivalence().describe_all(scores) == [(None, []), said, (None, [])]


def test_no_labels():
    scores = Scores(numpy.zeros((2, 3)))
    assert ValenceArousalDominance().describe_all(scores) == [(None, [])] * 2


def test_a_description_of_ones_own_goes_before_that_of_all_at_once():
    class Loud(Polarity):
        def describe(self, value, details, cues):
            return "loud", ["loud"]

    class Louder(Loud):
        def describe_all(self, scores):
            return [("louder", ["louder"])] * len(scores.values)

    scores = Scores(numpy.zeros((2, 1)))
    assert [record["label"] for record in Loud().decode(scores, "test")] == ["loud"] * 2
    assert [record["label"] for record in Louder().decode(scores, "test")] == ["louder"] * 2


def test_numbers_by_label():
    nan = numpy.nan
    found = by_label("abc", numpy.array([[1.0, nan, 2.0], [nan, nan, nan], [3.0, nan, 4.0]]))
    assert found == [{"a": 1.0, "c": 2.0}, {}, {"a": 3.0, "c": 4.0}]
    assert by_label("ab", numpy.array([[1.0, nan], [2.0, nan]])) == [{"a": 1.0}, {"a": 2.0}]
    assert by_label("ab", numpy.full((2, 2), nan)) == [{}, {}]
    assert by_label("ab", numpy.empty((0, 2))) == []


def test_names_of_rows():
    held = numpy.array([[True, False], [True, True], [False, False], [True, False]])
    assert names_of(("a", "b"), held) == [["a"], ["a", "b"], [], ["a"]]
