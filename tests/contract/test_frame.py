"""`to_frame`: one row per Doc, columns that depend on the components alone."""

from __future__ import annotations

import builtins

import pytest
import spacy

import spacy_affect
from spacy_affect import AffectError
from spacy_affect.extensions import install, write
from spacy_affect.frame import columns
from spacy_affect.types import Record

TEXTS = ["I love it", "", "I hate it"]


def test_one_row_per_doc_one_column_per_number_or_label():
    pytest.importorskip("pandas")
    pytest.importorskip("vaderSentiment")
    pytest.importorskip("textblob")
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    nlp.add_pipe("affect_subjectivity", name="opinionated")
    frame = spacy_affect.to_frame(nlp.pipe(TEXTS))
    assert list(frame.columns) == [
        "text",
        "affect_polarity",
        "affect_polarity_label",
        "opinionated",
        "opinionated_label",
    ]
    assert list(frame["text"]) == TEXTS
    docs = list(nlp.pipe(TEXTS))
    assert frame["affect_polarity"][0] == docs[0]._.affect_polarity
    assert frame["affect_polarity_label"][2] == "negative"
    assert frame["opinionated"][2] == docs[2]._.opinionated
    assert frame.loc[1, "affect_polarity":].isna().all()


def test_a_value_per_label_is_a_column_per_label():
    pytest.importorskip("pandas")
    nlp = spacy.blank("en")
    install("affect_tone")
    docs = [nlp.make_doc(text) for text in ("one", "two", "three")]
    values = [None, {"joy": 0.5, "fear": 0.0}, {"joy": 0.1, "fear": 1.0}]
    for doc, value in zip(docs, values, strict=True):
        label = max(value, key=value.get) if value else None
        write([doc], "affect_tone", [{"value": value, "label": label, "labels": []}])
    frame = spacy_affect.to_frame(docs)
    assert {*frame.columns} == {
        "text",
        "affect_tone_joy",
        "affect_tone_fear",
        "affect_tone_label",
    }
    assert frame["affect_tone_joy"].isna().tolist() == [True, False, False]
    assert frame["affect_tone_fear"].tolist()[1:] == [0.0, 1.0]
    assert frame["affect_tone_label"].tolist()[1:] == ["joy", "fear"]


def test_docs_without_affect_and_no_docs_at_all():
    pytest.importorskip("pandas")
    assert list(spacy_affect.to_frame([spacy.blank("en")("hello")]).columns) == ["text"]
    assert len(spacy_affect.to_frame([])) == 0
    assert list(spacy_affect.to_frame([]).columns) == ["text"]


def test_columns_do_not_depend_on_names_that_begin_alike():
    pytest.importorskip("pandas")
    pytest.importorskip("vaderSentiment")
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    nlp.add_pipe("affect_polarity", name="affect_polarity_fine")
    wanted = [*spacy_affect.to_frame(nlp.pipe(TEXTS)).columns]
    assert len(wanted) == 5
    assert [*spacy_affect.to_frame(nlp.pipe(["", " "])).columns] == wanted


def test_no_instance_takes_the_place_of_the_text():
    with pytest.raises(AffectError, match="AF002"):
        install("text")


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (Record(0.5, "positive"), {"x": 0.5, "x_label": "positive"}),
        (Record(None), {"x": None, "x_label": None}),
        (Record(0.0), {"x": 0.0, "x_label": None}),
        (Record({"joy": 0.5}, "joy"), {"x_joy": 0.5, "x_label": "joy"}),
    ],
)
def test_columns_of_one_record(record, row):
    assert columns("x", record) == row


def test_without_pandas_the_error_says_what_to_do(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(AffectError, match=r"AF025: to_frame needs pandas.*pip install pandas"):
        spacy_affect.to_frame([])
