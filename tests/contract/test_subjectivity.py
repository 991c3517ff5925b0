"""`affect_subjectivity` by TextBlob: the library's number, two classes, three bins of opinion."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
import spacy
from spacy.language import Language

from spacy_affect import AffectError

pytest.importorskip("textblob")

WORDS = (
    "I you the a plan idea film day weather it is was not never very really extremely somewhat "
    "great awful good bad fine terrible wonderful happy sad clever dull quick green certain "
    "but and or , . ! ? ... two 2024 report said table possible obvious beautiful été 😀"
)


def generated(n: int, seed: int = 2406) -> list[str]:
    """RETURNS (list[str]): Texts of 0 to 25 words, some of white space alone."""
    chance = random.Random(seed)
    texts = ["", " ", "\n\t ", "The table has four legs.", "What a wonderful idea!"]
    while len(texts) < n:
        texts.append(" ".join(chance.choices(WORDS.split(), k=chance.randint(0, 25))))
    return texts


TEXTS = generated(300)
TEXTBLOB = {"@architectures": "spacy_affect.TextBlob.v1"}


def pipeline(**config: Any) -> Language:
    """RETURNS (Language): By TextBlob."""
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_subjectivity", config={"model": TEXTBLOB, **config})
    return nlp


@cache
def textblob(text: str) -> float | None:
    from textblob import TextBlob

    if not text.strip():
        return None
    return min(max(TextBlob(text).sentiment.subjectivity, 0.0), 1.0)


WANTED = [textblob(text) for text in TEXTS]


def test_numbers_equal_the_library_alone_and_in_batches():
    nlp = pipeline()
    assert [nlp(text)._.affect_subjectivity for text in TEXTS] == WANTED
    for size in (1, 7, 1000):
        found = [doc._.affect_subjectivity for doc in nlp.pipe(TEXTS, batch_size=size)]
        assert found == WANTED, size


def test_numbers_equal_the_library_in_two_processes():
    found = pipeline().pipe(TEXTS, n_process=2, batch_size=50)
    assert [doc._.affect_subjectivity for doc in found] == WANTED


def test_numbers_vary_and_lie_in_the_range():
    numbers = [number for number in WANTED if number is not None]
    assert all(0.0 <= number <= 1.0 for number in numbers)
    assert len(set(numbers)) > 100
    for text in ("very " * 200 + "good", "extremely " * 50 + "awful"):
        assert 0.0 <= pipeline()(text)._.affect_subjectivity <= 1.0


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_predicted_for_nothing(text):
    doc = pipeline()(text)
    assert doc._.affect_subjectivity is None
    record = doc._.affect.subjectivity
    assert (record.value, record.label, record.labels) == (None, None, [])
    assert record.details == {"opinion": None}


def record_at(value: float, **config: Any) -> dict[str, Any]:
    task = pipeline(**config).get_pipe("affect_subjectivity").task
    return task.record(value, "test")


@pytest.mark.parametrize(
    ("value", "label"),
    [(0.0, "objective"), (0.4999, "objective"), (0.5, "subjective"), (1.0, "subjective")],
)
def test_two_classes(value, label):
    assert record_at(value)["label"] == label
    assert record_at(value)["labels"] == [label]


def test_the_threshold_is_configurable():
    assert record_at(0.4, thresholds={"subjective": 0.3})["label"] == "subjective"


@pytest.mark.parametrize(
    ("value", "opinion"),
    [
        (0.0, "least_opinionated"),
        (0.333, "least_opinionated"),
        (1 / 3, "neutral_opinionated"),
        (0.666, "neutral_opinionated"),
        (2 / 3, "highly_opinionated"),
        (1.0, "highly_opinionated"),
    ],
)
def test_three_bins_each_from_its_edge_on(value, opinion):
    record = record_at(value)
    assert record["opinion"] == opinion
    assert record["label"] in ("objective", "subjective")
    assert record_at(value, scheme="opinion")["label"] == opinion


def test_edges_are_configurable():
    assert record_at(0.25, edges=[0.2, 0.3])["opinion"] == "neutral_opinionated"
    assert record_at(0.3, edges=[0.2, 0.3])["opinion"] == "highly_opinionated"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"edges": [0.5]}, "AF010"),
        ({"edges": [0.1, 0.2, 0.3]}, "AF010"),
        ({"edges": [0.6, 0.4]}, "AF010"),
        ({"edges": [0.5, 0.5]}, "AF010"),
        ({"edges": [0.0, 0.5]}, "AF010"),
        ({"edges": [0.5, 1.0]}, "AF010"),
        ({"edges": [-0.5, 1.5]}, "AF010"),
        ({"edges": []}, "AF010"),
        ({"thresholds": {"objective": 0.5}}, "AF009"),
        ({"thresholds": {"subjective": 1.5}}, "AF010"),
        ({"thresholds": {"subjective": -0.1}}, "AF010"),
        ({"scheme": "subjectivities"}, "AF018"),
    ],
)
def test_settings_that_cannot_be(config, code):
    with pytest.raises(AffectError) as caught:
        pipeline(**config)
    assert caught.value.code == code


def test_the_record_names_library_and_bin():
    record = pipeline()("What a wonderful idea!")._.affect.subjectivity
    assert record.value == textblob("What a wonderful idea!")
    assert record.opinion == "highly_opinionated"
    assert "textblob" in record.source


def test_doc_sentiment_on_request():
    doc = pipeline(set_doc_sentiment=True)("What a wonderful idea!")
    assert doc.sentiment == pytest.approx(doc._.affect_subjectivity)


def test_settings_survive_to_disk(tmp_path):
    pipeline(scheme="opinion", edges=[0.1, 0.2]).to_disk(tmp_path / "model")
    nlp = spacy.load(tmp_path / "model")
    assert nlp("What a wonderful idea!")._.affect.subjectivity.label == "highly_opinionated"
    assert nlp.get_pipe("affect_subjectivity").task.edges == [0.1, 0.2]
