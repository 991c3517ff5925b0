"""Surveys of a corpus, class weights, and which parts of a text have gold."""

import numpy
import pytest
import spacy
from spacy.training import Example

from spacy_affect.api import AffectError, Gold, example, set_gold
from spacy_affect.corpora.reader import bare
from spacy_affect.dialogue import make_doc
from spacy_affect.pipeline import learning
from spacy_affect.pipeline.factories import make_task
from spacy_affect.pipeline.learning import class_weights, gold_pairs, survey, weigh


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def test_a_survey_counts_what_has_gold(nlp):
    found = [
        example(nlp, "one", {"emotion": {"value": {"joy": 0.5}, "labels": {"joy": 1, "fear": 0}}}),
        example(nlp, "two", {"emotion": {"labels": "anger"}}),
        example(nlp, "three", {"polarity": 0.5}),
        example(nlp, "four", {"emotion": {"labels": {"happiness": 1}}}),  # no label of the scheme
        example(nlp, "", {"emotion": {"joy": 1.0}}),
    ]
    seen = survey(lambda: iter(found), make_task("emotion"), "emotion", "doc")
    assert seen.n == 2
    assert [doc.text for doc in seen.sample] == ["one", "two"]
    assert seen.targets.shape == (2, 22)
    assert seen.classes == {"joy": 1, "anger": 1}


def test_a_survey_of_nothing_has_a_shape():
    seen = survey(list, make_task("vad"), "vad", "doc")
    assert (seen.n, seen.sample, seen.targets.shape) == (0, [], (0, 3))


def test_a_survey_keeps_an_even_sample(nlp, monkeypatch):
    monkeypatch.setattr(learning, "N_SAMPLE", 50)
    found = [example(nlp, f"{i}", {"polarity": 0.1}) for i in range(500)]
    seen = survey(lambda: iter(found), make_task("polarity"), "polarity", "doc")
    places = sorted(int(doc.text) for doc in seen.sample)
    assert (seen.n, len(places), len({*places})) == (500, 50, 50)
    assert 150 < numpy.mean(places) < 350
    again = survey(lambda: iter(found), make_task("polarity"), "polarity", "doc")
    assert [doc.text for doc in again.sample] == [doc.text for doc in seen.sample]


def test_units_with_gold_are_found_in_the_prediction(nlp):
    reference = nlp.make_doc("Bad soup. Good tea.")
    set_gold(reference, "polarity", -1.0, span=reference[0:3])
    set_gold(reference, "polarity", 1.0, span=reference[3:6])
    found = [Example(nlp.make_doc(reference.text), reference)]
    pairs = [(unit.text, gold.value) for unit, gold in gold_pairs(found, "polarity", "sents")]
    assert pairs == [("Bad soup.", -1.0), ("Good tea.", 1.0)]
    [(whole, gold)] = gold_pairs(found, "polarity", "doc")
    assert (whole is found[0].predicted, gold) == (True, Gold())


def test_weights_half_way_to_balanced():
    weights = class_weights(make_task("subjectivity"), "sqrt", {"objective": 90, "subjective": 10})
    # as one to three, the root of one to nine, and 1 on the mean: 90 x + 10 * 3 x = 100
    assert weights == pytest.approx({"objective": 100 / 120, "subjective": 3 * 100 / 120})


def test_balanced_weights():
    task = make_task("polarity")
    found = class_weights(task, "balanced", {"positive": 6, "negative": 2, "neutral": 0})
    assert found == {"positive": 8 / 18, "negative": 8 / 6}
    assert class_weights(task, "balanced", {}) == {}
    assert class_weights(task, None, {"positive": 6}) == {}
    assert class_weights(task, {}, {"positive": 6}) == {}


@pytest.mark.parametrize(
    ("task", "given"),
    [
        ("polarity", {"neutral": 0.0}),
        ("emotion", {"joy": 2, "neutral": 0.5}),  # Ekman's has a class of none
        ("ambivalence", {"ambivalent": 2.0}),
        ("subjectivity", {"objective": 1.5}),
    ],
)
def test_weights_by_name(task, given):
    scheme = {"scheme": "ekman"} if task == "emotion" else {}
    assert class_weights(make_task(task, **scheme), given, {}) == given


@pytest.mark.parametrize("given", ["balance", {"joy": 1.0}, {"positive": -0.1}])
def test_weights_of_nothing(given):
    with pytest.raises(AffectError) as caught:
        class_weights(make_task("polarity"), given, {})
    assert caught.value.code == "AF094"
    assert "negative, neutral, positive" in str(caught.value)


def test_weights_of_cells():
    task = make_task("emotion", scheme="ekman")
    labels = task.scheme.labels
    joy, fear = (len(labels) + labels.index(label) for label in ("joy", "fear"))
    golds = [Gold(labels={"joy": 1, "fear": 0}), Gold(labels="fear"), Gold({"joy": 0.5}), Gold()]
    found = weigh(task, golds, {"joy": 2.0, "fear": 3.0})
    assert found.shape == (4, 2 * len(labels))
    assert found[0, [joy, fear]].tolist() == [2.0, 1.0]
    assert found[0].sum() == 2 * len(labels) + 1
    assert set(found[1]) == {3.0}
    assert set(found[2]) == set(found[3]) == {1.0}


def test_weights_go_by_what_the_task_makes_of_the_gold(nlp):
    """Emotions teach ambivalence: its classes are counted and weighted, not the emotions."""
    task = make_task("ambivalence")
    both, one = {"joy": 1, "fear": 1}, {"joy": 1, "fear": 0}
    found = [example(nlp, "so", {"emotion": {"labels": labels}}) for labels in (both, one, one)]
    seen = survey(lambda: found, task, "emotion", "doc")
    assert seen.classes == {"ambivalent": 1, "not ambivalent": 2}
    weights = weigh(task, [Gold(labels=both), Gold(labels=one)], {"ambivalent": 3.0})
    assert weights.tolist() == [[3.0], [1.0]]


# Conversations


def conversation(nlp, *golds, task="support"):
    """RETURNS (Example): Of a turn "0", "1", ... for each class; None has no gold."""
    turns = [{"text": f"{i} so", "speaker": ("usr", "sys")[i % 2]} for i in range(len(golds))]
    reference = make_doc(nlp, turns)
    for turn, label in zip(reference.spans["turns"], golds, strict=True):
        if label is not None:
            set_gold(reference, task, labels=label, span=turn)
    return Example(bare(nlp, reference), reference)


def test_turns_with_gold_are_found_in_the_prediction(nlp):
    found = conversation(nlp, None, "question", None, "other")
    pairs = list(gold_pairs([found], "support", "turns"))
    assert [(unit.text, gold.labels) for unit, gold in pairs] == [
        ("1 so", "question"),
        ("3 so", "other"),
    ]
    assert all(unit.doc is found.predicted for unit, _ in pairs)


def test_a_conversation_may_have_gold_of_its_own(nlp):
    found = conversation(nlp, None, "question", None)
    set_gold(found.reference, "support", labels="other")
    (turn, _), (whole, gold) = gold_pairs([found], "support", "turns")
    assert turn.text == "1 so"
    assert (whole is found.predicted, gold.labels) == (True, "other")
    # for other units it is a part of the text as any other
    *_, (part, _) = gold_pairs([found], "support", "spans:some")
    assert isinstance(part, spacy.tokens.Span)


def test_a_text_without_turns_is_a_unit_itself(nlp):
    found = example(nlp, "Why is that?", {"support": "question"})
    [(unit, gold)] = gold_pairs([found], "support", "turns")
    assert (unit is found.predicted, gold.labels) == (True, "question")


def test_the_only_turn_of_a_conversation_is_that_turn(nlp):
    found = conversation(nlp, "question")
    [(unit, _)] = gold_pairs([found], "support", "turns")
    assert isinstance(unit, spacy.tokens.Span)
    assert unit.text == "0 so"


def test_a_survey_of_turns(nlp):
    found = [
        conversation(nlp, None, "question", "singing", "other"),
        conversation(nlp, None, "other"),
    ]
    seen = survey(lambda: iter(found), make_task("support"), "support", "turns")
    assert (seen.n, [unit.text for unit in seen.sample]) == (3, ["1 so", "3 so", "1 so"])
    assert seen.targets.shape == (3, 8)
    assert seen.targets.sum(axis=1).tolist() == [1.0] * 3
    assert seen.classes == {"question": 1, "other": 2}
