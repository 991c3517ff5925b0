"""Gold: how it is written, kept and scored, for every unit in one shape."""

from __future__ import annotations

import math

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup
from spacy.training import Example

from spacy_affect import AffectError
from spacy_affect.api import Gold, example, get_gold, gold_units, set_gold

TEXT = "New York is great. I hate San Francisco though."


@pytest.fixture(scope="module")
def blank() -> Language:
    return spacy.blank("en")


def scored(**config: object) -> Language:
    """RETURNS (Language): Polarity by VADER."""
    pytest.importorskip("vaderSentiment")
    config = {"model": {"@architectures": "spacy_affect.Vader.v1"}, **config}
    nlp = spacy.blank("en")
    if config.get("unit") == "sents":
        nlp.add_pipe("sentencizer")
    nlp.add_pipe("affect_polarity", config=config)
    return nlp


def test_nothing_until_something_is_set(blank):
    doc = blank(TEXT)
    assert get_gold(doc, "polarity") is None
    assert list(gold_units(doc, "polarity")) == []
    assert dict(doc.spans) == {}


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        (0.5, None),
        (0.0, None),
        (-1, None),
        (None, "positive"),
        (0.5, "positive"),
        ({"joy": 0.0, "anger": 0.9}, None),
        (None, {"joy": 1, "anger": 0}),
        ({"joy": 0.3}, {"joy": 1, "fear": 0}),
    ],
)
def test_what_is_set_is_read(blank, value, labels):
    doc = blank(TEXT)
    set_gold(doc, "emotion", value, labels)
    assert get_gold(doc, "emotion") == Gold(value, labels)
    assert get_gold(doc, "polarity") is None
    assert get_gold(doc, "emotion", span=doc[0:3]) is None


def test_the_stored_shape(blank):
    doc = blank(TEXT)
    set_gold(doc, "polarity", 0.5)
    set_gold(doc, "polarity", labels="negative", span=doc[5:10])
    group = doc.spans["affect_gold.polarity"]
    assert [(span.start, span.end) for span in group] == [(0, len(doc)), (5, 10)]
    assert group.attrs == {"values": [0.5, None], "labels": [None, "negative"]}
    assert doc.cats == {}


def test_setting_again_replaces(blank):
    doc = blank(TEXT)
    set_gold(doc, "polarity", 0.5, "positive")
    set_gold(doc, "polarity", -0.5)
    assert get_gold(doc, "polarity") == Gold(-0.5, None)
    assert len(doc.spans["affect_gold.polarity"]) == 1


def test_setting_again_leaves_the_other_units(blank):
    doc = blank(TEXT)
    for i in range(4):
        set_gold(doc, "polarity", i / 10, span=doc[i : i + 1])
    (doc,) = DocBin(docs=[doc]).get_docs(blank.vocab)  # makes tuples of lists
    set_gold(doc, "polarity", labels="negative", span=doc[1:2])
    set_gold(doc, "polarity", 0.9, span=doc[4:5])
    assert [(span.start, *gold) for span, gold in gold_units(doc, "polarity")] == [
        (0, 0.0, None),
        (1, None, "negative"),
        (2, 0.2, None),
        (3, 0.3, None),
        (4, 0.9, None),
    ]


def test_a_copy_of_a_doc_has_gold_of_its_own(blank):
    doc = blank(TEXT)
    set_gold(doc, "polarity", 0.5)
    twin = doc.copy()
    set_gold(twin, "polarity", -0.5)
    set_gold(twin, "polarity", -0.1, span=twin[0:2])
    assert get_gold(doc, "polarity") == Gold(0.5)
    assert len(doc.spans["affect_gold.polarity"]) == 1


def test_a_span_of_another_doc_changes_nothing(blank):
    doc, other = blank(TEXT), blank(TEXT)
    set_gold(doc, "polarity", 0.5)
    with pytest.raises(ValueError, match="E855"):
        set_gold(doc, "polarity", 0.1, span=other[0:1])
    assert get_gold(doc, "polarity") == Gold(0.5)


def test_a_new_unit_reads_the_gold_of_no_other(blank, monkeypatch):
    doc = blank("word " * 50)
    reads = []
    monkeypatch.setattr("spacy_affect.corpora.gold.plain", reads.append)
    for token in doc:
        set_gold(doc, "polarity", 0.5, span=doc[token.i : token.i + 1])
    assert reads == []


def test_units_are_told_apart(blank):
    doc = blank(TEXT)
    first, second = doc[0:5], doc[5:11]
    set_gold(doc, "polarity", 0.6, span=first)
    set_gold(doc, "polarity", -0.6, span=second)
    set_gold(doc, "polarity", 0.7, span=first)
    set_gold(doc, "arousal", 0.1, span=first)
    assert get_gold(doc, "polarity", first) == Gold(0.7)
    assert get_gold(doc, "polarity", second) == Gold(-0.6)
    assert get_gold(doc, "polarity") is None
    assert {span.text: gold.value for span, gold in gold_units(doc, "polarity")} == {
        first.text: 0.7,
        second.text: -0.6,
    }


def test_an_empty_doc_can_have_gold(blank):
    doc = blank("")
    set_gold(doc, "polarity", 0.0)
    assert get_gold(doc, "polarity") == Gold(0.0)


def test_what_was_given_is_copied(blank):
    doc = blank(TEXT)
    given = {"joy": 0.5}
    set_gold(doc, "emotion", given)
    given["joy"] = 0.9
    assert get_gold(doc, "emotion") == Gold({"joy": 0.5})


@pytest.mark.parametrize("user_data", [True, False])
def test_it_survives_every_docbin(blank, user_data):
    doc = blank(TEXT)
    set_gold(doc, "emotion", {"joy": 0.25}, {"joy": 1})
    set_gold(doc, "emotion", labels={"anger": 0}, span=doc[2:4])
    stored = DocBin(docs=[doc], store_user_data=user_data).to_bytes()
    (again,) = DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)
    for copy in (again, Doc(blank.vocab).from_bytes(doc.to_bytes()), doc.copy()):
        assert get_gold(copy, "emotion") == Gold({"joy": 0.25}, {"joy": 1})
        assert get_gold(copy, "emotion", copy[2:4]) == Gold(None, {"anger": 0})


def test_it_does_not_disturb_textcat(blank):
    # a float among the cats makes spaCy's textcat raise E851
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat")
    made = example(nlp, TEXT, {"polarity": 0.5})
    made.reference.cats = {"A": 1.0, "B": 0.0}
    nlp.initialize(lambda: [made])
    assert nlp.update([made])["textcat"] >= 0


def test_a_group_that_lost_its_attrs_is_an_error(blank):
    doc = blank(TEXT)
    set_gold(doc, "polarity", 0.5)
    doc.spans["affect_gold.polarity"] = SpanGroup(doc, spans=[doc[:]])
    with pytest.raises(AffectError) as caught:
        get_gold(doc, "polarity")
    assert caught.value.code == "AF015"
    assert "holds 1 gold spans but attrs for 0 values and 0 labels" in str(caught.value)
    with pytest.raises(AffectError, match="AF015"):
        set_gold(doc, "polarity", 0.1)


def test_a_group_with_too_few_values_is_an_error(blank):
    doc = blank(TEXT)
    set_gold(doc, "polarity", 0.5)
    doc.spans["affect_gold.polarity"].append(Span(doc, 0, 2))
    with pytest.raises(AffectError, match="AF015"):
        list(gold_units(doc, "polarity"))


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        (None, None),
        ("positive", None),
        (True, None),
        (math.nan, None),
        ([0.5], None),
        ({"joy": "high"}, None),
        ({"joy": None}, None),
        ({"joy": math.nan}, None),
        (None, 1),
        (None, ["joy"]),
        (None, {"joy": 0.5}),
        (None, {"joy": 2}),
        (None, {"joy": "1"}),
        (None, {"joy": None}),
    ],
)
def test_what_is_no_gold(blank, value, labels):
    doc = blank(TEXT)
    with pytest.raises(AffectError) as caught:
        set_gold(doc, "emotion", value, labels)
    assert caught.value.code == "AF016"
    assert dict(doc.spans) == {}


class TestExample:
    def test_a_number_a_class_and_both(self, blank):
        given = {
            "polarity": 0.5,
            "subjectivity": "objective",
            "emotion": {"joy": 0.5},
            "ambivalence": {"value": 0.5, "labels": {"hedge": 1}},
        }
        made = example(blank, TEXT, given)
        assert isinstance(made, Example)
        assert get_gold(made.reference, "polarity") == Gold(0.5)
        assert get_gold(made.reference, "subjectivity") == Gold(None, "objective")
        assert get_gold(made.reference, "emotion") == Gold({"joy": 0.5})
        assert get_gold(made.reference, "ambivalence") == Gold(0.5, {"hedge": 1})

    def test_the_predicted_side_holds_no_gold(self, blank):
        made = example(blank, TEXT, {"polarity": 0.5})
        assert made.predicted.text == made.reference.text == TEXT
        assert dict(made.predicted.spans) == {}

    def test_it_is_checked(self, blank):
        with pytest.raises(AffectError, match="AF016"):
            example(blank, TEXT, {"polarity": math.nan})


TEXTS = {"I love it": 0.5, "I hate it": -0.5, "It is a table": 0.0}


class TestEvaluate:
    def test_numbers_and_classes_are_scored(self):
        nlp = scored()
        gold = {text: {"value": value, "labels": "negative"} for text, value in TEXTS.items()}
        examples = [example(nlp, text, {"polarity": given}) for text, given in gold.items()]
        scores = nlp.evaluate(examples)
        found = {text: nlp(text)._.affect_polarity for text in TEXTS}
        errors = [abs(found[text] - value) for text, value in TEXTS.items()]
        assert scores["affect_polarity_mae"] == pytest.approx(sum(errors) / 3)
        assert scores["affect_polarity_pearson"] > 0.99
        assert scores["affect_polarity_accuracy"] == pytest.approx(1 / 3)
        # "negative" is the only gold class: precision 1, recall 1/3
        assert scores["affect_polarity_macro_f1"] == pytest.approx(0.5)

    def test_only_what_the_gold_allows(self):
        nlp = scored()
        numbers = nlp.evaluate([example(nlp, "I love it", {"polarity": 0.5})])
        ours = {name for name in numbers if name.startswith("affect")}
        of_numbers = ("pearson", "spearman", "mae", "rmse", "ccc", "score")
        assert ours == {f"affect_polarity_{name}" for name in of_numbers}
        classes = nlp.evaluate([example(nlp, "I love it", {"polarity": "positive"})])
        ours = {name for name in classes if name.startswith("affect")}
        of_classes = ("accuracy", "macro_f1", "weighted_f1", "average_recall", "quadratic_kappa")
        assert ours == {f"affect_polarity_{name}" for name in (*of_classes, "score", "per_label")}

    def test_without_gold_there_is_nothing(self):
        nlp = scored()
        scores = nlp.evaluate([example(nlp, "I love it", {"emotion": {"joy": 1}})])
        assert not [name for name in scores if name.startswith("affect")]
        made = example(nlp, "I love it", {})
        assert nlp.get_pipe("affect_polarity").score([made]) == {}
        assert nlp.get_pipe("affect_polarity").score([]) == {}

    def test_a_doc_without_prediction_counts_as_a_wrong_class_only(self):
        nlp = scored()
        given = {"value": 0.1, "labels": "neutral"}
        examples = [example(nlp, text, {"polarity": given}) for text in (" ", "a table")]
        scores = nlp.evaluate(examples)
        assert scores["affect_polarity_mae"] == pytest.approx(0.1)
        assert scores["affect_polarity_accuracy"] == 0.5

    def test_another_gold(self):
        nlp = scored(gold="valence")
        scores = nlp.evaluate([example(nlp, "I love it", {"valence": 0.5, "polarity": -1.0})])
        value = nlp("I love it")._.affect_polarity
        assert scores["affect_polarity_mae"] == pytest.approx(value - 0.5)

    def test_units_are_scored_against_the_gold_of_the_same_place(self):
        nlp = scored(unit="sents")
        made = example(nlp, TEXT, {"polarity": 1.0})
        sents = [made.reference[0:5], made.reference[5:11]]
        for sent, value in zip(sents, (0.5, -0.5), strict=True):
            set_gold(made.reference, "polarity", value, span=sent)
        set_gold(made.reference, "polarity", 0.9, span=made.reference[1:3])
        scores = nlp.evaluate([made])
        values = [sent._.affect_polarity for sent in nlp(TEXT).sents]
        wanted = (abs(values[0] - 0.5) + abs(values[1] + 0.5)) / 2
        assert scores["affect_polarity_mae"] == pytest.approx(wanted)

    def test_no_scorer_no_scores(self):
        nlp = scored(scorer=None)
        scores = nlp.evaluate([example(nlp, "I love it", {"polarity": 0.5})])
        assert not [name for name in scores if name.startswith("affect")]


class TestTraining:
    def test_there_is_nothing_to_learn_and_nothing_is_lost(self):
        nlp = scored()
        before = [nlp(text)._.affect_polarity for text in TEXTS]
        examples = [example(nlp, text, {"polarity": value}) for text, value in TEXTS.items()]
        nlp.initialize(lambda: examples)
        losses = nlp.update(examples)
        assert losses == {"affect_polarity": 0.0}
        assert nlp.update(examples, losses={"affect_polarity": 2.0}) == {"affect_polarity": 2.0}
        assert [nlp(text)._.affect_polarity for text in TEXTS] == before
        assert nlp.get_pipe("affect_polarity").is_trainable is False

    def test_beside_a_component_that_does_learn(self):
        nlp = scored()
        nlp.add_pipe("textcat")
        examples = [example(nlp, text, {"polarity": value}) for text, value in TEXTS.items()]
        for made in examples:
            made.reference.cats = {"A": 1.0, "B": 0.0}
        before = [nlp.get_pipe("affect_polarity")(nlp.make_doc(t))._.affect_polarity for t in TEXTS]
        nlp.initialize(lambda: examples)
        for _ in range(3):
            losses = nlp.update(examples)
        assert losses["affect_polarity"] == 0.0
        assert losses["textcat"] > 0
        assert [nlp(text)._.affect_polarity for text in TEXTS] == before

    def test_no_examples_at_all(self):
        nlp = scored()
        nlp.initialize()
        assert nlp("I love it")._.affect_polarity == pytest.approx(0.6369)
        assert nlp.get_pipe("affect_polarity").update([]) == {"affect_polarity": 0.0}
