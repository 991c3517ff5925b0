"""Politeness: what is polite, what is not, and what is only quoted, negated or long."""

import pytest
import spacy

from spacy_affect.api import AffectError, AffectWarning
from spacy_affect.testing import check_backbone, check_component, check_task

RULES = {"@affect_backbones": "politeness"}


@pytest.fixture(scope="module")
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect", name="affect_politeness", config={"task": "politeness"})
    return nlp


def test_conformance():
    check_task("politeness")
    check_backbone(RULES, "politeness")
    check_component("affect", {"task": "politeness"})


def test_conformance_per_sentence():
    check_component("affect", {"task": "politeness", "unit": "sents"}, before=["sentencizer"])


@pytest.mark.parametrize(
    ("text", "label", "strategies"),
    [
        ("Thank you for your help.", "polite", ["gratitude"]),
        ("I really appreciate that you've done them.", "polite", ["gratitude"]),
        ("Nice work so far on your rewrite.", "polite", ["deference"]),
        ("Hello, is the page done?", "polite", ["greeting"]),
        ("Sorry to bother you.", "polite", ["apology"]),
        ("Could you send it?", "polite", ["could_you"]),
        ("Would you mind closing the door?", "polite", ["could_you", "hedged_request"]),
        ("Could you please say more?", "polite", ["could_you", "please"]),
        ("I was wondering if the file is ready.", "polite", ["hedged_request"]),
        ("Please do not remove warnings.", "polite", ["please", "please_start"]),
        ("By the way, where did you find it?", "polite", ["by_the_way"]),
        ("Can you send it?", "neutral", ["can_you"]),
        ("Perhaps it rains.", "neutral", ["hedge"]),
        ("The train leaves at nine.", "neutral", []),
        ("You must read the rules.", "impolite", ["you_start"]),
        ("In fact you did link to it.", "impolite", ["factuality"]),
        ("Send me the file now!", "impolite", ["order"]),
        ("Fix this immediately.", "impolite", ["order"]),
        ("You idiot.", "impolite", ["insult"]),
        ("You are a complete moron!", "impolite", ["insult"]),
        ("Shut up.", "impolite", ["insult"]),
        ("Thanks for nothing.", "impolite", ["sarcasm"]),
    ],
)
def test_strategies(nlp, text, label, strategies):
    record = nlp(text)._.affect.politeness
    assert record.strategies == strategies
    assert record.label == label
    assert record.labels == [label]


@pytest.mark.parametrize(
    ("text", "strategies"),
    [
        ("I don't appreciate this.", []),
        ("I will not say thank you.", []),
        ("I'm not sorry.", []),
        ("You are not an idiot.", []),
        ("No thanks.", ["gratitude"]),
        ("No, thank you.", ["gratitude"]),
        ("I can't thank you enough!", ["gratitude"]),
        ("Please don't go.", ["please", "please_start"]),
    ],
)
def test_negation(nlp, text, strategies):
    assert nlp(text)._.affect.politeness.strategies == strategies


@pytest.mark.parametrize(
    "text",
    [
        'He wrote "shut up, you idiot" on the wall.',
        "The sign says “thank you”.",
        "Is «please» a word?",
    ],
)
def test_what_is_quoted_is_not_the_writers_own(nlp, text):
    assert nlp(text)._.affect_politeness == 0.0


def test_an_open_quotation_mark_quotes_nothing(nlp):
    assert nlp('The 5" screen broke, thank you!')._.affect.politeness.strategies == ["gratitude"]


@pytest.mark.parametrize("text", ["I am such an idiot.", "The idiot box is on.", "Send for help."])
def test_insults_and_orders_need_an_addressee(nlp, text):
    assert nlp(text)._.affect.politeness.label == "neutral"


def test_please_softens_an_order(nlp):
    order, request = nlp("Send it now!"), nlp("Send it now please!")
    assert order._.affect_politeness < 0 < request._.affect_politeness


def test_published_order_of_strategies(nlp):
    texts = ["Thank you.", "Good job.", "It is here, please.", "Sorry.", "Maybe.", "Actually no."]
    values = [nlp(text)._.affect_politeness for text in texts]
    assert values == sorted(values, reverse=True)


def test_golden_value(nlp):
    # gratitude alone: 0.87 / sqrt(0.87 ** 2 + 1)
    assert nlp("Thanks!")._.affect_politeness == pytest.approx(0.656365, abs=1e-6)


def test_does_not_grow_with_length(nlp):
    once, often = nlp("Thanks!"), nlp("Thanks! " * 50)
    assert once._.affect_politeness == often._.affect_politeness


def test_case_and_apostrophes_do_not_matter(nlp):
    plain, shouted = nlp("i'm grateful if you don't mind"), nlp("I’M GRATEFUL IF YOU DON’T MIND")
    assert plain._.affect_politeness == shouted._.affect_politeness > 0


def test_per_sentence():
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("affect", name="tone", config={"task": "politeness", "unit": "sents"})
    doc = nlp("Thank you so much. You idiot.")
    first, second = doc.sents
    assert first._.tone > 0 > second._.tone
    assert first._.affect.tone.label == "polite"


def test_thresholds():
    config = {"task": "politeness", "thresholds": {"polite": 0.9}}
    nlp = spacy.blank("en")
    nlp.add_pipe("affect", config=config)
    assert nlp("Thanks!")._.affect.politeness.label == "neutral"
    with pytest.raises(AffectError, match="AF009"):
        spacy.blank("en").add_pipe("affect", config=config | {"thresholds": {"rude": 0.9}})


def test_other_language_warns():
    with pytest.warns(AffectWarning, match="'de'"):
        spacy.blank("de").add_pipe("affect", config={"task": "politeness"})
