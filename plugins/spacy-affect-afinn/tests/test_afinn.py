"""AFINN as a backbone: the library's own numbers, on a documented scale, in both languages."""

import math

import pytest
import spacy
from afinn import Afinn
from spacy_affect_afinn.backbone import languages, score_afinn

from spacy_affect.api import AffectWarning
from spacy_affect.testing import check_backbone, check_component

AFINN = {"@affect_backbones": "afinn"}
DANISH = AFINN | {"language": "da"}
DANISH_TEXTS = (
    "Hvis ikke det er det mest afskyelige flueknepperi...",
    "Det er bare vidunderligt!",
    "Mødet begynder klokken ni.",
    "Jeg er glad, men også bange :)",
)


def pipeline(lang="en", **model):
    nlp = spacy.blank(lang)
    nlp.add_pipe("affect_polarity", config={"model": AFINN | model})
    return nlp


def test_conformance():
    check_backbone(AFINN, "polarity")
    check_component("affect_polarity", {"model": AFINN})


def test_conformance_in_danish():
    check_backbone(DANISH, "polarity", lang="da", texts=DANISH_TEXTS)
    check_component("affect_polarity", {"model": DANISH}, lang="da", texts=DANISH_TEXTS)


@pytest.mark.parametrize(
    ("text", "score", "words", "label"),
    [
        ("This is utterly excellent!", 3.0, ["excellent"], "positive"),
        ("This is utterly excellent :)", 5.0, ["excellent", ":)"], "positive"),
        ("Good and bad", 0.0, ["good", "bad"], "neutral"),
        ("some kind of idiot", -3.0, ["some kind", "idiot"], "negative"),
        ("It's not good. I can't stand it!", -5.0, ["not good", "can't stand"], "negative"),
        ("The meeting starts at nine.", 0.0, [], "neutral"),
    ],
)
def test_english(text, score, words, label):
    record = pipeline()(text)._.affect.polarity
    assert record.afinn == score == Afinn(emoticons=True).score(text)
    assert record.words == words
    assert record.label == label
    assert record.value == score / math.sqrt(score**2 + 15)


@pytest.mark.parametrize(
    ("text", "sign"),
    [(DANISH_TEXTS[0], -1), (DANISH_TEXTS[1], 1), (DANISH_TEXTS[2], 0)],
)
def test_danish(text, sign):
    record = pipeline("da", language="da")(text)._.affect.polarity
    assert record.afinn == Afinn(language="da", emoticons=True).score(text)
    assert math.copysign(1, record.value) == sign if sign else record.value == 0.0


def test_a_danish_pipeline_does_not_touch_an_english_doc():
    # https://github.com/KennethEnevoldsen/asent had process-global getters
    doc = pipeline()("This is bad :(")
    before = doc._.affect_polarity
    pipeline("da", language="da")("Det er dårligt")
    assert doc._.affect_polarity == before < 0


def test_golden_value():
    # 3 / sqrt(9 + 15)
    assert pipeline()("excellent")._.affect_polarity == pytest.approx(0.612372, abs=1e-6)


def test_stays_in_range_however_long():
    value = pipeline()("superb excellent " * 2000)._.affect_polarity
    assert 0.99 < value <= 1.0


def test_emoticons_can_be_left_out():
    nlp = pipeline(emoticons=False)
    assert nlp("I saw that yesterday :)")._.affect.polarity.words == []
    assert pipeline()("I saw that yesterday :)")._.affect.polarity.words == [":)"]


def test_a_span_uses_only_its_own_words():
    doc = spacy.blank("en")("good bad")
    assert score_afinn(doc[1:2], "en", True)[1]["words"] == ["bad"]


def test_source_names_library_and_list():
    source = pipeline()("fine")._.affect.polarity.source
    assert "afinn" in source
    assert source.endswith("en)")


def test_another_language_warns():
    with pytest.warns(AffectWarning, match="'da'"):
        pipeline("da")
    with pytest.warns(AffectWarning, match="made for da"):
        pipeline("en", language="da")


def test_unknown_language_is_an_error_that_lists_the_known():
    assert languages()[:2] == ["da", "en"]
    with pytest.raises(ValueError, match="'xx'; it has: da, en"):
        pipeline("en", language="xx")
