"""Tasks of turns: whose turns they are about, distributions, decoders, and ambivalence."""

import numpy
import pytest
import spacy

from spacy_affect.corpora.gold import Gold
from spacy_affect.dialogue import make_doc
from spacy_affect.errors import AffectError
from spacy_affect.models.debias import Debias
from spacy_affect.pipeline.factories import make_task
from spacy_affect.pipeline.units import task_units
from spacy_affect.types import Scores

HELPING, HELPED = ("support", "support_next", "therapist_behaviour"), ("client_talk",)
TASKS = HELPING + HELPED


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def conversation(nlp, *turns):
    """RETURNS (Doc): Of "speaker: text"; nothing before the colon is no speaker."""
    given = [turn.partition(": ")[::2] for turn in turns]
    return make_doc(nlp, [{"speaker": speaker, "text": text} for speaker, text in given])


def units(doc, task):
    return task_units(doc, "turns", "affect", task)


def texts(doc, task):
    return [unit.text for unit in units(doc, task) if unit is not doc]


# Which turns


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("helper", "client"),
    [("sys", "usr"), ("Supporter", "Seeker"), ("THERAPIST", "CLIENT"), ("counsellor", "patient")],
)
def test_usual_names_tell_the_sides_apart(nlp, task, helper, client):
    doc = conversation(nlp, f"{client}: a", f"{helper}: b", f"{client}: c")
    assert texts(doc, make_task(task)) == (["b"] if task in HELPING else ["a", "c"])


@pytest.mark.parametrize("task", TASKS)
def test_one_known_name_is_enough(nlp, task):
    doc = conversation(nlp, "Ann: a", "therapist: b", "Ann: c")
    assert texts(doc, make_task(task)) == (["b"] if task in HELPING else ["a", "c"])
    doc = conversation(nlp, "client: a", "Ben: b", "client: c")
    assert texts(doc, make_task(task)) == (["b"] if task in HELPING else ["a", "c"])


@pytest.mark.parametrize("task", TASKS)
def test_with_unknown_names_all_turns_are_chosen(nlp, task):
    doc = conversation(nlp, "Ann: a", "Ben: b", ": c")
    assert texts(doc, make_task(task)) == ["a", "b", "c"]


@pytest.mark.parametrize("task", TASKS)
def test_a_turn_of_nobody_may_be_of_either_side(nlp, task):
    doc = conversation(nlp, "usr: a", ": b", "sys: c")
    assert texts(doc, make_task(task)) == (["b", "c"] if task in HELPING else ["a", "b"])


@pytest.mark.parametrize("task", TASKS)
def test_given_speakers_go_before_the_usual_names(nlp, task):
    doc = conversation(nlp, "Ann: a", "sys: b", "BEN: c", "usr: d", "Cy: e")
    chosen = make_task(task, speakers=["ben", "ANN"])
    assert texts(doc, chosen) == ["a", "c"]
    assert texts(conversation(nlp, "ann: a", "ben: b"), chosen) == ["a", "b"]


@pytest.mark.parametrize("task", TASKS)
def test_a_doc_without_turns_is_one_turn(nlp, task):
    doc = nlp.make_doc("I am sorry to hear that.")
    assert units(doc, make_task(task)) == [doc]


def test_what_comes_next_is_asked_of_the_doc_too(nlp):
    doc = conversation(nlp, "usr: a", "sys: b")
    assert units(doc, make_task("support_next")) == [doc.spans["turns"][1], doc]
    assert units(doc, make_task("support")) == [doc.spans["turns"][1]]
    only = conversation(nlp, "usr: a")
    assert units(only, make_task("support_next")) == [only]
    assert units(only, make_task("support")) == []


def test_another_unit_is_not_chosen_from(nlp):
    doc = conversation(nlp, "usr: a", "sys: b")
    assert task_units(doc, "doc", "affect", make_task("support")) == [doc]
    assert [unit.text for unit in task_units(doc, "sents", "affect", make_task("support"))] == [
        "a\n",
        "b",
    ]


# Values


def distribution(task, **shares):
    """RETURNS (list[float]): What the labels that are not named have is shared evenly."""
    labels = task.scheme.labels
    rest = (1 - sum(shares.values())) / (len(labels) - len(shares))
    return [shares.get(label, rest) for label in labels]


def read(task, *rows):
    """RETURNS (list[dict]): Records of what a model says."""
    return task.decode(task.read({"value": numpy.array(rows)}, {}), "test")


@pytest.mark.parametrize("task", TASKS)
def test_a_value_is_a_distribution_and_its_label_the_likeliest(task):
    task = make_task(task)
    best = task.scheme.labels[2]
    [found] = read(task, distribution(task, **{best: 0.6}))
    assert sum(found["value"].values()) == pytest.approx(1.0)
    assert (found["label"], found["labels"]) == (best, [best])
    assert "probabilities" not in found


@pytest.mark.parametrize("task", TASKS)
def test_a_class_is_what_it_learns(task):
    task = make_task(task)
    first, *others = task.scheme.labels
    assert task.targets(Gold(labels=first)) == [1.0, *[0.0] * len(others)]
    assert all(number != number for number in task.targets(Gold(labels="singing")))


def test_a_conversation_has_the_mean_of_its_turns_by_tokens():
    task = make_task("client_talk")
    records = read(task, [0.8, 0.1, 0.1], [0.2, 0.2, 0.6])
    found = task.combine(records, [1, 3], "test")
    # (0.8 + 3 * 0.2) / 4, (0.1 + 3 * 0.2) / 4, (0.1 + 3 * 0.6) / 4
    assert found["value"] == pytest.approx({"change": 0.35, "neutral": 0.175, "sustain": 0.475})
    assert sum(found["value"].values()) == pytest.approx(1.0)
    assert found["label"] == "sustain"
    blank = task.record(None, "test")
    assert task.combine([*records, blank], [1, 3, 9], "test")["value"] == found["value"]
    assert task.combine([], [], "test")["value"] is None


# Decoders


class Reversed:
    """A decoder that turns the order of the classes around, and learns how often each is."""

    def fit(self, probabilities, gold):
        return gold.mean(axis=0)

    def __call__(self, probabilities, offsets):
        return probabilities[:, ::-1]


def test_with_a_decoder_the_record_keeps_what_the_model_said():
    task = make_task("client_talk", decoder=Reversed())
    task.adopt(dict.fromkeys(task.scheme.labels, 0.0))
    [found] = read(task, [0.7, 0.2, 0.1])
    assert found["value"] == {"change": 0.1, "neutral": 0.2, "sustain": 0.7}
    assert found["probabilities"] == {"change": 0.7, "neutral": 0.2, "sustain": 0.1}
    assert found["label"] == "sustain"
    whole = task.combine([found, found], [1, 2], "test")
    assert whole["probabilities"] == pytest.approx(found["probabilities"])
    assert whole["value"] == pytest.approx(found["value"])


def test_a_decoder_that_has_learned_nothing_changes_nothing():
    task = make_task("client_talk", decoder=Reversed())
    [found] = read(task, [0.7, 0.2, 0.1])
    assert found["value"] == found["probabilities"]
    assert found["label"] == "change"


def test_nothing_is_said_of_a_blank_turn():
    decoded = make_task("client_talk", decoder=Reversed())
    assert decoded.record(None, "test")["probabilities"] is None
    assert "probabilities" not in make_task("client_talk").record(None, "test")


def fitted(task, n, unknown=0):
    """RETURNS (dict): The offsets of n turns with gold, half of them change, half sustain."""
    records = read(task, *[[0.6, 0.3, 0.1]] * (n + unknown))
    golds = [Gold(labels=("change", "sustain")[i % 2]) for i in range(n)]
    return task.fit([*golds, *[Gold()] * unknown], records)


def test_a_decoder_learns_from_gold_as_a_distribution_per_turn():
    task = make_task("client_talk", decoder=Reversed())
    assert fitted(task, 30) == {"change": 0.5, "neutral": 0.0, "sustain": 0.5}


def test_turns_without_gold_are_left_out():
    task = make_task("client_talk", decoder=Reversed())
    assert fitted(task, 30, unknown=30) == fitted(task, 30)
    # ten turns per class, or nothing
    assert fitted(task, 28, unknown=30) == {}


def test_without_a_decoder_there_is_nothing_to_fit():
    assert fitted(make_task("client_talk"), 60) == {}


def test_what_is_fitted_is_adopted_and_undoes_a_preference():
    task = make_task("client_talk", decoder=Debias())
    chance = numpy.random.RandomState(0)
    golds = chance.randint(3, size=300)
    raw = numpy.eye(3)[golds] * 1.5 + chance.normal(size=(300, 3)) + [2.0, 0.0, -1.0]
    rows = numpy.exp(raw) / numpy.exp(raw).sum(axis=1, keepdims=True)
    before = read(task, *rows)
    labels = task.scheme.labels
    task.adopt(task.fit([Gold(labels=labels[i]) for i in golds], before))
    after = read(task, *rows)
    wanted = numpy.bincount(golds, minlength=3)
    assert counts(before, labels)[0] > wanted[0] + 50
    assert counts(after, labels) == pytest.approx(wanted, abs=3)
    assert [record["probabilities"] for record in after] == [r["probabilities"] for r in before]


def counts(records, labels):
    return [sum(record["label"] == label for record in records) for label in labels]


def test_fitting_again_does_not_add_up():
    """It learns from what the model says, and not from what the decoder has made of it."""
    task = make_task("client_talk", decoder=Debias())
    first = fitted(task, 60)
    task.adopt(first)
    assert fitted(task, 60) == first


def test_a_scheme_that_there_is_not():
    with pytest.raises(AffectError, match=r"AF018: .*esconv8"):
        make_task("support", scheme="esconv")


# Talk for and against a change


def talk(*labels):
    """RETURNS (dict): Of a conversation whose client's turns are so; None is a blank one."""
    task = make_task("client_talk")
    records = [
        task.record(None, "test")
        if label is None
        else task.decode(Scores(numpy.array([distribution(task, **{label: 0.9})])), "test")[0]
        for label in labels
    ]
    return task.combine(records, [1] * len(labels), "test")


@pytest.mark.parametrize(
    ("labels", "places"),
    [
        (["change", "sustain"], [0, 1]),
        (["sustain", "neutral", "change"], [0, 2]),
        (["neutral", "change", "neutral", "sustain", "neutral"], [1, 3]),
        (["change", None, "sustain"], [0, 2]),
        # the first is far from the only other talk; so is the last
        (["change", "neutral", "change", "sustain", "neutral", "neutral", "sustain"], [2, 3]),
        (["change", "change", "sustain"], [0, 1, 2]),
    ],
)
def test_change_and_sustain_within_three_turns_are_ambivalent(labels, places):
    found = talk(*labels)
    assert found["ambivalent"] is True
    assert found["ambivalent_turns"] == places


@pytest.mark.parametrize(
    "labels",
    [
        ["change", "neutral", "neutral", "sustain"],
        ["change", "neutral", None, "sustain"],
        ["change", "change", "change"],
        ["sustain", "neutral"],
        ["neutral"],
    ],
)
def test_further_apart_or_on_one_side_they_are_not(labels):
    found = talk(*labels)
    assert found["ambivalent"] is False
    assert found["ambivalent_turns"] == []


@pytest.mark.parametrize("labels", [[], [None], [None, None]])
def test_of_nothing_nobody_knows(labels):
    found = talk(*labels)
    assert found["value"] is found["ambivalent"] is found["ambivalent_turns"] is None


def test_only_the_client_has_talk_of_change():
    assert make_task("client_talk").told == ("ambivalent",)
    task = make_task("therapist_behaviour")
    assert "ambivalent" not in task.combine(read(task, [0.25] * 4), [1], "test")


def test_a_name_may_have_the_role_as_one_of_its_words():
    task = make_task("client_talk")
    assert task.choose(["Counsellor Dana", "Mr Okafor"]) == [False, True]
    assert make_task("support").choose(["Counsellor Dana", "Mr Okafor"]) == [True, False]
    assert task.choose(["clientele", "Mr Okafor"]) == [True, True]  # no word of a role


# What training aims at


@pytest.mark.parametrize("task", TASKS)
def test_label_smoothing_is_told_to_the_head(task):
    assert make_task(task).heads[0].smoothing == 0.0
    assert make_task(task, label_smoothing=0.1).heads[0].smoothing == 0.1


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_label_smoothing_out_of_range_is_an_error(share):
    with pytest.raises(AffectError, match=r"AF010.*label_smoothing.*must be in \[0, 1\)"):
        make_task("support", label_smoothing=share)
