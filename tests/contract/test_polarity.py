"""`affect_polarity` by rules: the numbers are the libraries' own, the classes are configurable."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
import spacy
from spacy.language import Language

from spacy_affect import AffectError, AffectWarning

pytest.importorskip("vaderSentiment")
pytest.importorskip("textblob")

WORDS = (
    "I you the a plan idea film day weather it is was not never very really so LOVE love hate "
    "great awful good bad fine terrible wonderful happy sad hope fear best worst but and or "
    ":) :( ! !! ? ... 😀 😡 lol meh kinda don't can't isn't naïve été 100% don\u2019t (sigh) "
)
#: What VADER looks for around the words that it scores.
MODIFIERS = (
    "never so this without doubt not NOT no least at very kind of sort the shit bomb kiss death to "
    "die for hand yeah right bad ass bus stop broken heart but or nor good GREAT awful isn't ISN'T "
    "extremely VERY just enough Kind :) x love only Least barely İYİ ΣΑΣ"
)
VADER = {"@architectures": "spacy_affect.Vader.v1"}
TEXTBLOB = {"@architectures": "spacy_affect.TextBlob.v1"}


def generated(n: int, seed: int = 20170) -> list[str]:
    """RETURNS (list[str]): Texts of 0 to 25 words, some of white space, some with odd spacing."""
    chance = random.Random(seed)
    texts = ["", " ", "\n\t ", "I love it", "not the worst", "no problem", "!!!", "😀"]
    while len(texts) < n:
        glue = chance.choice([" ", " ", " ", "  ", "\n"])
        texts.append(glue.join(chance.choices(WORDS.split(), k=chance.randint(0, 25))))
    return texts


TEXTS = generated(300)


def pipeline(lang: str = "en", name: str = "affect_polarity", **config: Any) -> Language:
    """RETURNS (Language): By VADER, where the config names no other model."""
    nlp = spacy.blank(lang)
    nlp.add_pipe("affect_polarity", name=name, config={"model": VADER, **config})
    return nlp


def vader(text: str) -> dict[str, float] | None:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    if not hasattr(vader, "analyzer"):
        vader.analyzer = SentimentIntensityAnalyzer()
    return vader.analyzer.polarity_scores(text) if text.strip() else None


def textblob(text: str) -> float | None:
    from textblob.en.sentiments import PatternAnalyzer

    if not hasattr(textblob, "analyzer"):
        textblob.analyzer = PatternAnalyzer()
    if not text.strip():
        return None
    return min(max(textblob.analyzer.analyze(text).polarity, -1.0), 1.0)


EXPECTED = {
    "vader": lambda text: (vader(text) or {}).get("compound"),
    "textblob": textblob,
}
MODELS: dict[str, dict[str, Any]] = {"vader": {}, "textblob": {"model": TEXTBLOB}}


@pytest.mark.parametrize("library", MODELS)
class TestNumbers:
    def test_equal_the_library_alone_in_batches_and_in_processes(self, library):
        nlp = pipeline(**MODELS[library])
        wanted = [EXPECTED[library](text) for text in TEXTS]
        assert [nlp(text)._.affect_polarity for text in TEXTS] == wanted
        for settings in ({"batch_size": 1}, {"batch_size": 7}, {"batch_size": 1000}):
            found = [doc._.affect_polarity for doc in nlp.pipe(TEXTS, **settings)]
            assert found == wanted, settings

    def test_equal_the_library_in_two_processes(self, library):
        nlp = pipeline(**MODELS[library])
        found = [doc._.affect_polarity for doc in nlp.pipe(TEXTS, n_process=2, batch_size=50)]
        assert found == [EXPECTED[library](text) for text in TEXTS]

    def test_lie_in_the_range_however_extreme_the_text(self, library):
        nlp = pipeline(**MODELS[library])
        for text in ("very " * 200 + "great", "awful " * 200, "GREAT!!! " * 100, "not " * 99):
            assert -1.0 <= nlp(text)._.affect_polarity <= 1.0

    def test_the_record_agrees(self, library):
        nlp = pipeline(**MODELS[library])
        for doc in nlp.pipe(TEXTS[:50]):
            record = doc._.affect.polarity
            assert record.value == doc._.affect_polarity
            assert record.labels == ([] if record.value is None else [record.label])
            assert record.interval is None
            assert record.abstain is False
            assert library in record.source.lower()


def test_vader_weighs_what_stands_around_but_as_the_library_does():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    from spacy_affect.models.backbones.vader import _analyzer

    chance = random.Random(71)
    # few values, and values that halving and raising by half turn into each other
    values = [0, 0.0, -0.0, 0.5, 0.75, 1.0, 1.125, 1.5, 2.25, 3.0, -0.5, -1.5, -3.0, 1.9]
    for _ in range(5000):
        n = chance.randint(0, 12)
        words = chance.choices(["a", "b", "but", "BUT"], (9, 9, 2, 1), k=n)
        valences = chance.choices(values[: chance.randint(1, len(values))], k=n)
        wanted = SentimentIntensityAnalyzer._but_check(words, list(valences))
        assert repr(_analyzer()._but_check(words, list(valences))) == repr(wanted)


def test_vader_leaves_out_no_step_that_matters():
    words = MODIFIERS.split()
    chance = random.Random(72)
    nlp = pipeline()
    texts = [" ".join(chance.choices(words, k=chance.randint(1, 14))) for _ in range(3000)]
    for doc in nlp.pipe(text + chance.choice(["", "!", "?", "???", "?????!"]) for text in texts):
        wanted = vader(doc.text)
        assert doc._.affect.polarity.details == {k: wanted[k] for k in ("neg", "neu", "pos")}
        assert doc._.affect_polarity == wanted["compound"], doc.text


def test_vader_takes_long_texts_that_hold_but():
    text = "good " * 1000 + "but " + "bad " * 1000
    assert pipeline()(text)._.affect_polarity == EXPECTED["vader"](text)
    begin = time.perf_counter()
    assert pipeline()(text * 20)._.affect_polarity is not None
    assert time.perf_counter() - begin < 20  # the library alone takes some two minutes


def test_vader_records_hold_the_shares():
    nlp = pipeline()
    for text in TEXTS:
        wanted = vader(text)
        record = nlp(text)._.affect.polarity
        if wanted is None:
            assert record.details == {"neg": None, "neu": None, "pos": None}
        else:
            wanted.pop("compound")
            assert record.details == wanted
            assert (record.pos, record.neu, record.neg) == (
                wanted["pos"],
                wanted["neu"],
                wanted["neg"],
            )


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \u00a0"])
def test_nothing_is_predicted_for_nothing(text):
    doc = pipeline()(text)
    assert doc._.affect_polarity is None
    record = doc._.affect.polarity
    assert (record.value, record.label, record.labels) == (None, None, [])


def test_zero_is_a_value():
    doc = pipeline()("The table has four legs")
    assert doc._.affect_polarity == 0.0
    assert doc._.affect.polarity.label == "neutral"


def label_at(value: float, **config: Any) -> str | None:
    """RETURNS (str | None): The class that a component gives to a number."""
    task = pipeline(**config).get_pipe("affect_polarity").task
    return task.record(value, "test")["label"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (-1.0, "negative"),
        (-0.05, "negative"),
        (-0.0499, "neutral"),
        (0.0, "neutral"),
        (0.0499, "neutral"),
        (0.05, "positive"),
        (1.0, "positive"),
    ],
)
def test_classes_are_cut_where_vader_cuts_them(value, label):
    assert label_at(value) == label


def test_thresholds_are_configurable_one_by_one():
    assert label_at(0.4, thresholds={"positive": 0.5}) == "neutral"
    assert label_at(-0.06, thresholds={"positive": 0.5}) == "negative"
    assert label_at(-0.06, thresholds={"negative": -0.2}) == "neutral"
    assert label_at(0.0, thresholds={"negative": 0.0, "positive": 0.0}) == "positive"


def test_a_threshold_beyond_the_other_takes_it_along():
    assert label_at(-0.06, thresholds={"positive": -0.1}) == "positive"
    assert label_at(-0.11, thresholds={"positive": -0.1}) == "negative"
    assert label_at(0.2, thresholds={"negative": 0.2}) == "positive"
    assert label_at(0.19, thresholds={"negative": 0.2}) == "negative"


@pytest.mark.parametrize(
    ("config", "code", "part"),
    [
        ({"thresholds": {"positif": 0.1}}, "AF009", "negative, positive"),
        ({"thresholds": {"negative": 0.5, "positive": 0.1}}, "AF010", "must not lie above"),
        ({"mixed_threshold": 0.2, "model": TEXTBLOB}, "AF011", "TextBlob"),
        ({"scheme": "polarities"}, "AF018", 'Did you mean "polarity"?'),
    ],
)
def test_settings_that_cannot_be(config, code, part):
    with pytest.raises(AffectError, match=code) as caught:
        pipeline(**config)
    assert caught.value.code == code
    assert part in str(caught.value)


TWO_MINDS = "I love the food, but I hate the awful service"


def test_mixed_only_where_its_threshold_is_set():
    assert pipeline()(TWO_MINDS)._.affect.polarity.label == "negative"
    shares = vader(TWO_MINDS)
    assert shares is not None
    least = min(shares["pos"], shares["neg"])
    record = pipeline(mixed_threshold=least)(TWO_MINDS)._.affect.polarity
    assert (record.label, record.labels) == ("mixed", ["mixed"])
    assert record.value == shares["compound"]
    above = pipeline(mixed_threshold=least + 0.001)(TWO_MINDS)._.affect.polarity
    assert above.label == "negative"


def test_one_pole_is_not_mixed():
    assert pipeline(mixed_threshold=0.1)("I love it")._.affect.polarity.label == "positive"


def test_doc_sentiment_is_written_on_request_only():
    text = "I love it"
    assert pipeline()(text).sentiment == 0.0
    doc = pipeline(set_doc_sentiment=True)(text)
    assert doc.sentiment == pytest.approx(doc._.affect_polarity)  # spaCy keeps 32 bits
    assert pipeline(set_doc_sentiment=True)("").sentiment == 0.0


def test_another_language_warns_once_and_still_writes():
    with pytest.warns(AffectWarning, match="made for en") as caught:
        nlp = pipeline("de")
    assert len(caught) == 1
    assert nlp("super great")._.affect_polarity == EXPECTED["vader"]("super great")


def test_two_instances_do_not_clobber_each_other():
    nlp = pipeline()
    nlp.add_pipe("affect_polarity", name="affect_polarity_tb", config={"model": TEXTBLOB})
    for doc in nlp.pipe(TEXTS[:40]):
        assert doc._.affect_polarity == EXPECTED["vader"](doc.text)
        assert doc._.affect_polarity_tb == EXPECTED["textblob"](doc.text)
        assert {*doc._.affect} == {"polarity", "polarity_tb"}


def test_the_generic_factory_writes_the_same():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect", config={"task": "polarity", "model": VADER})
    assert [nlp(text)._.affect_polarity for text in TEXTS[:20]] == [
        EXPECTED["vader"](text) for text in TEXTS[:20]
    ]


def test_settings_survive_to_disk(tmp_path):
    pipeline(mixed_threshold=0.1, thresholds={"positive": 0.9}).to_disk(tmp_path / "model")
    nlp = spacy.load(tmp_path / "model")
    assert nlp(TWO_MINDS)._.affect.polarity.label == "mixed"
    assert nlp("I love it")._.affect.polarity.label == "neutral"
