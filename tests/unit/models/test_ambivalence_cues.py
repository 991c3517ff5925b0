"""The ambivalence backbone: scores, cues, weights, and the tables behind them."""

import gc
import pickle
import random
import time
import weakref

import numpy
import pytest
import spacy
import srsly
from spacy.tokens import Doc

from spacy_affect.errors import AffectError
from spacy_affect.models.backbones import ambivalence
from spacy_affect.models.backbones.ambivalence import build_ambivalence_cues_v1
from spacy_affect.models.backbones.ambivalence.codes import Codes
from spacy_affect.models.backbones.ambivalence.lexicon import compile_lexicon, load_lexicon
from spacy_affect.models.backbones.ambivalence.scoring import DEFAULT_WEIGHTS
from spacy_affect.models.backbones.ambivalence.screening import load_screen
from spacy_affect.models.backbones.ambivalence.tables import CUE_TYPES
from spacy_affect.models.backbones.ambivalence.text import Source

EXAMPLE = "I love the plan, but honestly I'm not sure I can... um, keep it up."
WORDS = "I want to but can't - um I-I the, i really not sure maybe happy sad ."
VALENCE = "good\t1\tpraise\nbad\t-1\ttrouble\n"


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.fixture(scope="module")
def model():
    return build_ambivalence_cues_v1()


def score(model, unit):
    return float(model.predict([unit]).values[0, 0])


def labels(model, unit):
    return [cue.label for cue in model.predict([unit]).cues[0]]


def test_scores_have_one_float_a_unit_and_cues_point_into_the_doc(nlp, model):
    doc = nlp(EXAMPLE)
    scores = model.predict([doc, nlp("The train leaves at nine.")])
    assert scores.values.shape == (2, 1)
    assert scores.values.dtype == numpy.float64
    assert scores.values[0, 0] >= 0.5
    assert scores.values[1, 0] == 0.0
    assert [(cue.label, doc[cue.start : cue.end].text) for cue in scores.cues[0]] == [
        ("positive_stance", "I love the plan"),
        ("contrast", "but"),
        ("hedge", "I'm not sure I can"),
        ("filler_sound", "um"),
    ]
    assert scores.cues[1] == []


def test_nothing_to_score(model):
    scores = model.predict([])
    assert scores.values.shape == (0, 1)
    assert scores.cues == []


def test_there_is_no_gradient(nlp, model):
    _, backprop = model([nlp(EXAMPLE)], is_train=True)
    assert backprop(None) == []


def test_contrast_says_what_it_joins(nlp, model):
    doc = nlp("Oh. I want to quit, but I don't want to lose my friends.")
    contrast = next(c for c in model.predict([doc]).cues[0] if c.label == "contrast")
    sides = {side: doc.text[start:end] for side, (start, end) in contrast.details.items()}
    assert sides == {"left": "I want to quit", "right": "I don't want to lose my friends"}


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("Although I want to, I can't.", "I want to", "I can't"),
        ("But I can't.", "", "I can't"),
        ("I can't, though", "I can't", ""),
        ("One, but two, yet it is three.", "One", "two"),
    ],
)
def test_clauses_at_the_edges(nlp, model, text, left, right):
    doc = nlp(text)
    details = next(c.details for c in model.predict([doc]).cues[0] if c.label == "contrast")
    assert text[slice(*details["left"])] == left
    assert text[slice(*details["right"])] == right


def test_both_poles_of_mixed_affect_are_kept(nlp, model):
    doc = nlp("I am happy but also scared.")
    mixed = [cue for cue in model.predict([doc]).cues[0] if cue.label == "mixed_affect"]
    assert [(doc[cue.start].text, cue.details["pole"]) for cue in mixed] == [
        ("happy", "positive"),
        ("scared", "negative"),
    ]


def test_a_value_does_not_depend_on_its_batch(nlp, model):
    docs = list(nlp.pipe([EXAMPLE, "Maybe.", "The end.", "I want to, but I can't."] * 3))
    together = model.predict(docs).values[:, 0].tolist()
    assert together == [score(model, doc) for doc in docs]


def test_spans_score_as_texts_do_and_report_doc_positions(nlp, model):
    doc = nlp("The end. " + EXAMPLE)
    span = doc[3:]
    scores = model.predict([doc[:3], span])
    assert scores.values[:, 0].tolist() == [0.0, score(model, nlp(EXAMPLE))]
    assert doc[scores.cues[1][1].start].text == "but"
    contrast = scores.cues[1][1].details["left"]
    assert doc.text[slice(*contrast)] == "I love the plan"


def test_length_alone_adds_nothing(nlp, model):
    one = score(model, nlp("Maybe we walk."))
    assert one == score(model, nlp("Maybe we walk. " * 50))
    run = "maybe we walk and then um we see the town and it is like , far so " * 20
    assert score(model, nlp(run)) < 0.7


def test_no_single_cue_type_is_ambivalent():
    for cue_type in CUE_TYPES:
        assert 1 - (1 - DEFAULT_WEIGHTS[cue_type]) ** 2 < 0.5


def test_weights_of_the_documented_example(nlp, model):
    # desire .12, unable .20, contrast .15, opposition .45
    expected = 1 - 0.88 * 0.80 * 0.85 * 0.55
    assert score(model, nlp("I want to, but I can't.")) == pytest.approx(expected)


def test_sentence_boundaries_of_the_pipeline_are_kept(model):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    split = "I want to. But I can't."
    assert score(model, nlp(split)) < 0.5
    assert score(model, spacy.blank("en")(split)) >= 0.5
    sents = list(nlp(split + " " + EXAMPLE).sents)
    assert max(model.predict(sents).values[:, 0]) == score(model, nlp(split + " " + EXAMPLE))


@pytest.mark.parametrize(
    "text",
    [
        "I can... um, keep it up and I can't",
        "I can, said Mr. Smith, and I can't",
        "I can. but I can't",
    ],
)
def test_what_ends_no_sentence(nlp, model, text):
    assert score(model, nlp(text)) >= 0.5


@pytest.mark.parametrize(
    "words",
    [
        ["maybe", "perhaps"] * 16_000 + ["he", "said"],
        ["he", "said"] + ["maybe", "perhaps"] * 16_000,
    ],
    ids=["said at the end", "said at the start"],
)
def test_reported_speech_takes_linear_time(nlp, model, words):
    doc = Doc(nlp.vocab, words=words)
    start = time.process_time()
    model.predict([doc])
    # Looking back from each match took 27 s, one pass takes 0.2 s.
    assert time.process_time() - start < 5.0


def test_reported_speech_ends_at_punctuation_and_connectives(nlp, model):
    assert labels(model, nlp("He said, maybe, perhaps")) == ["hedge"]
    assert labels(model, nlp("He said maybe perhaps possibly")) == []
    assert labels(model, nlp("He said maybe and perhaps")) == ["hedge"]
    assert labels(model, nlp("He said maybe. Perhaps.")) == ["hedge"]


def test_spans_of_a_doc_share_what_is_asked_of_the_doc(nlp, model, monkeypatch):
    sources = []

    def counted(doc):
        sources.append(Source(doc))
        return sources[-1]

    monkeypatch.setattr(ambivalence, "Source", counted)
    doc = nlp("I want to, but I can't. " * 20)
    spans = [doc[at : at + 9] for at in range(0, len(doc), 9)]
    assert all(value >= 0.5 for value in model.predict(spans).values[:, 0])
    assert len(sources) == 1
    assert vars(sources[0])["has_sentences"] is False


@pytest.mark.parametrize("text", ["The train leaves at nine.", "Maybe on Friday."])
def test_sentence_boundaries_are_asked_for_only_where_they_matter(nlp, model, monkeypatch, text):
    def asked(source):
        raise AssertionError("nothing here depends on sentences")

    monkeypatch.setattr(Source, "has_sentences", property(asked))
    model.predict([nlp(text)])


def test_every_text_of_a_batch_is_screened_as_if_alone(nlp):
    chance = random.Random(3)
    words = WORDS.split()
    texts = [" ".join(chance.choices(words, k=chance.randint(0, 9))) for _ in range(300)]
    keys = [nlp(text).to_array("LOWER") for text in texts]
    screen = load_screen()
    lengths = [*map(len, keys)]
    alone = [
        (k, found) for k in range(300) for _, found in screen.suspects(keys[k], lengths[k : k + 1])
    ]
    assert list(screen.suspects(numpy.concatenate(keys), lengths)) == alone
    assert 50 < len(alone) < 300


@pytest.mark.parametrize("n", [0, 1, 2, 3000])
def test_codes_number_their_keys_and_nothing_else(n):
    chance = random.Random(n)
    keys = [chance.getrandbits(64) for _ in range(n)]
    codes = Codes(keys)
    assert codes.look_up(numpy.array(keys, dtype="uint64")).tolist() == list(range(1, n + 1))
    others = [chance.getrandbits(64) for _ in range(5000)] + [0]
    assert not codes.look_up(numpy.array(others, dtype="uint64")).any()


def test_what_is_said_outright_outranks_a_pro_and_a_con(nlp, model):
    outright = score(model, nlp("I have mixed feelings about it"))
    assert outright > score(model, nlp("Great phone but the battery is bad")) >= 0.5


def test_two_models_do_not_disturb_each_other(nlp, model):
    doc = nlp("Maybe.")
    before = score(model, doc)
    other = build_ambivalence_cues_v1(weights={"hedge": 0.9})
    assert score(other, doc) == pytest.approx(0.9)
    assert score(model, doc) == before == pytest.approx(DEFAULT_WEIGHTS["hedge"])


def test_pickle_bytes_and_attrs(nlp):
    model = build_ambivalence_cues_v1(weights={"hedge": 0.4})
    doc = nlp("Maybe.")
    srsly.msgpack_dumps(model.attrs)
    assert model.attrs["languages"] == ["en"]
    assert model.attrs["source"].startswith("spacy_affect.AmbivalenceCues.v1 (spacy-affect ")
    assert score(pickle.loads(pickle.dumps(model)), doc) == pytest.approx(0.4)
    restored = build_ambivalence_cues_v1().from_bytes(model.to_bytes())
    assert score(restored, doc) == pytest.approx(0.4)


def test_unknown_weight_is_named():
    with pytest.raises(AffectError, match=r'AF018.*"hedge"') as error:
        build_ambivalence_cues_v1(weights={"hegde": 0.1})
    assert error.value.code == "AF018"


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_weight_out_of_range(value):
    with pytest.raises(AffectError, match=r"AF010.*\[0, 1\]"):
        build_ambivalence_cues_v1(weights={"hedge": value})


def test_nothing_is_kept_of_a_document(model):
    nlp = spacy.blank("en")
    doc = nlp(EXAMPLE)
    strings = len(nlp.vocab.strings)
    scores = model.predict([doc])
    assert len(nlp.vocab.strings) == strings
    alive = weakref.ref(doc)
    del doc
    gc.collect()
    assert alive() is None
    assert scores.cues[0]


def test_works_with_another_vocab_and_with_unsplit_contractions(model):
    words = ["I", "WANT", "TO", ",", "BUT", "I", "CAN'T"]
    doc = Doc(spacy.blank("de").vocab, words=words)
    assert score(model, doc) >= 0.5


@pytest.mark.parametrize(
    "text", ["but", ",", "-", "- -", "...", "\n\n", "I -", "um", "but but but"]
)
def test_short_odd_texts(nlp, model, text):
    assert 0.0 <= score(model, nlp(text)) < 0.5


def test_shipped_tables_load_once_and_use_every_type():
    lexicon = load_lexicon()
    assert lexicon is load_lexicon()
    assert set(DEFAULT_WEIGHTS) - set(CUE_TYPES) == {"opposition", "explicit"}
    assert set(CUE_TYPES) <= set(DEFAULT_WEIGHTS)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("maybe\thedge\t", "3 columns where 4 are needed"),
        ("\thedge\t\town", "first column empty"),
        ("maybe\thegde\t\town", "unknown cue type 'hegde'"),
        ("maybe\thedge\tsometimes\town", "unknown condition 'sometimes'"),
        ("maybe\thedge\tnot_before=\town", "unknown condition 'not_before='"),
        ("<nobody> may\thedge\t\town", "unknown set '<nobody>'"),
        ("may||might\thedge\t\town", "empty alternative"),
        ("may [be] so\thedge\t\town", "one unbroken stretch"),
        ("[may]\thedge\t\town", "one unbroken stretch"),
    ],
)
def test_a_malformed_cue_row_is_an_error(row, reason):
    with pytest.raises(AffectError) as error:
        compile_lexicon(f"# head\n\n{row}\n", VALENCE, paths=("my.tsv", "words.tsv"))
    assert error.value.code == "AF026"
    assert error.value.values["path"] == "my.tsv"
    assert error.value.values["line"] == 3
    assert reason in str(error.value)


def test_an_adverb_in_a_row_that_skips_adverbs_is_an_error():
    table = "really\tset:adverb\t\town\ni really want\tdesire\tadverbs\town\n"
    with pytest.raises(AffectError, match=r"AF026: cues, line 2: skips adverbs.*really"):
        compile_lexicon(table, VALENCE)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("good\t2\tpraise", "neither 1 nor -1"),
        ("good\t1", "2 columns where 3 are needed"),
        ("Good\t1\tpraise", "not one lower-case word"),
        ("bad\t-1\ta\nbad\t-1\tb", "appears twice"),
    ],
)
def test_a_malformed_valence_row_is_an_error(row, reason):
    with pytest.raises(AffectError, match="AF026") as error:
        compile_lexicon("maybe\thedge\t\town\n", row, paths=("my.tsv", "words.tsv"))
    assert reason in str(error.value)
    assert error.value.values["path"] == "words.tsv"
