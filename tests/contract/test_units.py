"""Units below the Doc: sentences, turns and span groups."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_affect import AffectError
from spacy_affect.api import units_of

pytest.importorskip("vaderSentiment")

#: Whose numbers the library itself tells, text by text.
VADER = {"@architectures": "spacy_affect.Vader.v1"}
TEXT = "New York is great. I hate San Francisco though. The table has legs."


def pipeline(unit: str, *, factory: str = "affect_polarity", **config: Any) -> Language:
    nlp = spacy.blank("en")
    if unit == "sents":
        nlp.add_pipe("sentencizer")
    nlp.add_pipe(factory, config={"unit": unit, "model": VADER, **config})
    return nlp


def grouped(key: str, *places: tuple[int, int], text: str = TEXT, unit: str = "") -> Doc:
    """RETURNS (Doc): Scored by the units at these token places."""
    nlp = pipeline(unit or f"spans:{key}")
    doc = nlp.make_doc(text)
    doc.spans[key] = [Span(doc, start, end) for start, end in places]
    return nlp(doc)


def compound(text: str) -> float:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer().polarity_scores(text)["compound"]


def test_every_sentence_has_its_own_words_score():
    doc = pipeline("sents")(TEXT)
    sents = list(doc.sents)
    assert len(sents) == 3
    assert [sent._.affect_polarity for sent in sents] == [compound(sent.text) for sent in sents]
    assert [sent._.affect.polarity.label for sent in sents] == ["positive", "negative", "neutral"]
    assert [record.value for _, _, record in units_of(doc, "affect_polarity")] == [
        sent._.affect_polarity for sent in sents
    ]
    assert [(start, end) for start, end, _ in units_of(doc, "affect_polarity")] == [
        (sent.start_char, sent.end_char) for sent in sents
    ]


def test_sentences_are_the_same_alone_in_batches_and_in_processes():
    nlp = pipeline("sents")
    texts = [TEXT, "", "Fine.", "I love it. I hate it.", "  "] * 5
    wanted = [[sent._.affect_polarity for sent in nlp(text).sents] for text in texts]
    for settings in ({"batch_size": 3}, {"batch_size": 4, "n_process": 2}):
        found = nlp.pipe(texts, **settings)
        assert [[sent._.affect_polarity for sent in doc.sents] for doc in found] == wanted


def test_the_doc_is_the_mean_over_tokens():
    doc = pipeline("sents")(TEXT)
    sents = list(doc.sents)
    total = sum(len(sent) * compound(sent.text) for sent in sents)
    record = doc._.affect.polarity
    assert record.value == pytest.approx(total / len(doc))
    assert record.value == doc._.affect_polarity
    assert record.source.endswith("; mean over 3 sents")
    assert record.pos == pytest.approx(
        sum(len(sent) * sent._.affect.polarity.pos for sent in sents) / len(doc)
    )
    one = pipeline("sents")("I love it.")
    assert one._.affect_polarity == compound("I love it.")


def test_max_takes_the_highest_unit():
    from spacy_affect.tasks.ambivalence import Ambivalence

    task = Ambivalence()
    assert task.aggregate == "max"
    records = [task.record(value, "test") for value in (0.2, None, 0.7, 0.1)]
    combined = task.combine(records, [100, 5, 1, 3], "test")
    assert combined["value"] == 0.7
    assert combined["ambivalent"] is True


def test_units_without_a_value_do_not_count():
    from spacy_affect.tasks.polarity import Polarity

    task = Polarity()
    records = [task.record(value, "test") for value in (None, 0.5, None, -0.1)]
    assert task.combine(records, [100, 1, 100, 3], "test")["value"] == pytest.approx(0.05)
    assert task.combine(records[:1], [100], "test")["value"] is None
    assert task.combine([], [], "test")["value"] is None


def test_missing_sentence_boundaries():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity", config={"unit": "sents", "model": VADER})
    with pytest.raises(AffectError) as caught:
        nlp(TEXT)
    assert caught.value.code == "AF006"
    assert "sentencizer" in str(caught.value)
    with pytest.raises(AffectError, match="AF006"):
        list(nlp.pipe([TEXT, TEXT]))
    assert nlp("")._.affect_polarity is None
    assert nlp("Great")._.affect_polarity == compound("Great")


@pytest.mark.parametrize(("unit", "key"), [("turns", "turns"), ("spans:quotes", "quotes")])
def test_a_missing_group(unit, key):
    nlp = pipeline(unit)
    doc = nlp.make_doc(TEXT)
    doc.spans["others"] = [doc[0:1]]
    with pytest.raises(AffectError) as caught:
        nlp(doc)
    assert caught.value.code == "AF007"
    assert f"no '{key}'; it has: others" in str(caught.value)


@pytest.mark.parametrize("unit", ["tokens", "", "spans", "spans:", "DOC", "sentences"])
def test_no_such_unit(unit):
    with pytest.raises(AffectError, match="AF005"):
        pipeline(unit)


def test_turns_are_the_group_of_that_name():
    doc = grouped("turns", (0, 5), (5, 11), unit="turns")
    first, second = doc.spans["turns"]
    assert first._.affect_polarity == compound(first.text)
    assert second._.affect_polarity == compound(second.text)
    assert doc._.affect.polarity.source.endswith("mean over 2 turns")


def test_overlapping_and_nested_spans_keep_their_own():
    places = [(0, 11), (0, 5), (2, 7), (5, 11)]
    doc = grouped("quotes", *places)
    for span in doc.spans["quotes"]:
        assert span._.affect_polarity == compound(span.text)
    weights = [end - start for start, end in places]
    values = [compound(doc[start:end].text) for start, end in places]
    mean = sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
    assert doc._.affect_polarity == pytest.approx(mean)


def test_spans_of_the_same_place_share_one_value_and_any_span_there_reads_it():
    doc = grouped("quotes", (0, 5), (0, 5), (5, 11))
    first, second, _ = doc.spans["quotes"]
    assert first._.affect_polarity == second._.affect_polarity == compound(first.text)
    assert Span(doc, 0, 5, label="OTHER")._.affect_polarity == first._.affect_polarity
    assert len(list(units_of(doc, "affect_polarity"))) == 3


def test_a_group_in_any_order_is_read_by_place():
    doc = grouped("quotes", (11, 16), (5, 11), (0, 5))
    for span in doc.spans["quotes"]:
        assert span._.affect_polarity == compound(span.text)


def test_a_span_that_was_no_unit_has_nothing():
    doc = pipeline("sents")(TEXT)
    for start in range(len(doc)):
        for end in range(start + 1, len(doc) + 1):
            span = doc[start:end]
            if span.text in {sent.text for sent in doc.sents}:
                continue
            assert span._.affect_polarity is None
            assert list(span._.affect) == []
            with pytest.raises(AttributeError, match="AF019"):
                _ = span._.affect.polarity


def test_with_unit_doc_no_span_has_a_value_and_no_group_is_written():
    doc = pipeline("doc")(TEXT)
    assert doc[:]._.affect_polarity is None
    assert dict(doc.spans) == {}


def test_a_span_is_scored_by_its_own_words_only():
    # the words around say the opposite: they must not leak in
    text = "I do not hate this awful horrible film"
    doc = grouped("quotes", (3, 4), text=text)
    assert doc.spans["quotes"][0]._.affect_polarity == compound("hate")
    assert doc._.affect_polarity == compound("hate")


def test_blank_and_empty_units():
    nlp = pipeline("spans:parts")
    doc = nlp.make_doc("I love it \n\n I hate it")
    blanks = [token.i for token in doc if token.is_space]
    doc.spans["parts"] = [doc[0:3], doc[blanks[0] : blanks[0] + 1], Span(doc, 2, 2)]
    doc = nlp(doc)
    loved, blank, empty = doc.spans["parts"]
    assert loved._.affect_polarity == compound("I love it")
    assert blank._.affect_polarity is None
    assert empty._.affect_polarity is None
    assert blank._.affect.polarity.labels == []
    assert doc._.affect_polarity == loved._.affect_polarity


def test_an_empty_group_and_an_empty_doc():
    doc = grouped("quotes")
    assert doc._.affect_polarity is None
    assert doc._.affect.polarity.value is None
    assert list(units_of(doc, "affect_polarity")) == []
    assert pipeline("spans:quotes")("")._.affect_polarity is None


def test_after_a_retokenisation_nothing_raises():
    doc = pipeline("sents")(TEXT)
    wanted = [sent._.affect_polarity for sent in doc.sents]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
        retokenizer.merge(doc[7:9])
    # characters have not moved, so what was a unit still is one
    assert [sent._.affect_polarity for sent in doc.sents] == wanted
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0 : len(doc) - 2])
    for span in (doc[0:1], doc[:], doc[1:3], *doc.sents):
        assert span._.affect_polarity is None
        assert list(span._.affect) == []
    assert len(list(units_of(doc, "affect_polarity"))) == 3


def test_merged_docs_answer_none():
    nlp = pipeline("sents")
    docs = [nlp(TEXT), nlp("I love it. Fine.")]
    with warnings.catch_warnings():
        # spaCy drops every Doc extension there, and says so (W101)
        warnings.filterwarnings("ignore", message=r"\[W101\]")
        merged = Doc.from_docs(docs)
    assert merged._.affect_polarity is None
    assert list(merged._.affect) == []
    for span in (merged[:], *merged.sents):
        assert span._.affect_polarity is None
        assert list(span._.affect) == []
    assert list(units_of(merged, "affect_polarity")) == []


def test_another_unit_replaces_what_was_there():
    doc = pipeline("sents")(TEXT)
    assert "affect_polarity.units" in doc.spans
    doc = pipeline("doc").get_pipe("affect_polarity")(doc)
    assert "affect_polarity.units" not in doc.spans
    assert doc._.affect_polarity == compound(TEXT)
    assert next(iter(doc.sents))._.affect_polarity is None


def test_unit_values_are_looked_up_quickly():
    # 2,000 sentences: a linear scan per look-up would be four million steps
    doc = pipeline("sents")("I love it. " * 2000)
    values = {sent._.affect_polarity for sent in doc.sents}
    assert values == {compound("I love it.")}


@pytest.mark.parametrize(
    ("task", "settings", "reason"),
    [
        ("polarity", {"thresholds": {"positive": 3}}, "must be in [-1.0, 1.0]"),
        ("polarity", {"thresholds": {"negative": -1.01}}, "must be in [-1.0, 1.0]"),
        ("polarity", {"mixed_threshold": 1.5}, "must be in [0.0, 1.0]"),
        ("polarity", {"mixed_threshold": -0.1}, "must be in [0.0, 1.0]"),
        ("ambivalence", {"thresholds": {"ambivalent": 2}}, "must be in [0.0, 1.0]"),
    ],
)
def test_cut_points_lie_in_the_range_of_what_they_cut(task, settings, reason):
    with pytest.raises(AffectError) as caught:
        spacy.blank("en").add_pipe(f"affect_{task}", config=settings)
    assert caught.value.code == "AF010"
    assert reason in str(caught.value)


def test_messages_about_schemes_and_columns_read_well():
    with pytest.raises(AffectError, match=r"AF018: no polarity scheme 'foo'\. There are: polarity"):
        spacy.blank("en").add_pipe("affect_polarity", config={"scheme": "foo"})
    with pytest.raises(AffectError, match=r"AF027: task 'subjectivity' reads subjectivity, but .*"):
        spacy.blank("en").add_pipe("affect_subjectivity", config={"model": VADER})


class TestErrorHandler:
    """Docs without sentence boundaries cannot be scored by sentences; their neighbours can."""

    GOOD, BAD = "It is good.", "no boundaries"

    def scored(self, texts: list[str], failed: list[str] | None = None) -> Iterator[str]:
        """YIELDS (str): The texts of the Docs that come through."""
        nlp = pipeline("sents")
        pipe = nlp.get_pipe("affect_polarity")
        if failed is not None:
            pipe.set_error_handler(lambda name, proc, docs, error: failed.extend(map(str, docs)))
        docs = [nlp.make_doc(text) for text in texts]
        for doc in docs:
            if doc.text != self.BAD:
                nlp.get_pipe("sentencizer")(doc)
        for doc in pipe.pipe(docs):
            assert doc._.affect_polarity == compound(doc.text)
            yield doc.text

    @pytest.mark.parametrize("n", [0, 1, 40])
    def test_only_docs_that_fail_go_to_it(self, n):
        texts = [self.BAD, *[self.GOOD] * n, self.BAD, "I hate it.", *[self.GOOD] * n]
        failed: list[str] = []
        assert list(self.scored(texts, failed)) == [text for text in texts if text != self.BAD]
        assert failed == [self.BAD] * 2

    def test_without_one_the_doc_that_fails_raises(self):
        stream = self.scored([self.GOOD, self.BAD, self.GOOD])
        assert next(stream) == self.GOOD
        with pytest.raises(AffectError, match="AF006") as caught:
            next(stream)
        assert caught.value.__context__ is None
