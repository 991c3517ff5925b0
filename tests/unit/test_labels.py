"""Schemes and mappings against the publications, written out here a second time."""

import json
from pathlib import Path

import pytest

from spacy_affect import labels
from spacy_affect.errors import AffectError
from spacy_affect.labels import SCHEMES, get_mapping, get_scheme, map_label, mappings

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

COUNTS = {
    "ekman": 6,
    "plutchik8": 8,
    "ec11": 11,
    "semeval4": 4,
    "goemotions": 27,
    "goemotions_sentiment": 3,
    "brighter6": 6,
    "empathetic32": 32,
    "polarity": 3,
    "subjectivity": 2,
    "opinion": 3,
    "vad": 3,
    "esconv": 8,
    "esconv8": 8,
    "client_talk": 3,
    "therapist_behaviour": 4,
    "ambivalence_cues": 19,
}

# Demszky et al. 2020: label, its Ekman group, its sentiment group; in the published order.
GOEMOTIONS = """
admiration      joy       positive
amusement       joy       positive
anger           anger     negative
annoyance       anger     negative
approval        joy       positive
caring          joy       positive
confusion       surprise  ambiguous
curiosity       surprise  ambiguous
desire          joy       positive
disappointment  sadness   negative
disapproval     anger     negative
disgust         disgust   negative
embarrassment   sadness   negative
excitement      joy       positive
fear            fear      negative
gratitude       joy       positive
grief           sadness   negative
joy             joy       positive
love            joy       positive
nervousness     fear      negative
optimism        joy       positive
pride           joy       positive
realization     surprise  ambiguous
relief          joy       positive
remorse         sadness   negative
sadness         sadness   negative
surprise        surprise  ambiguous
"""
GOEMOTIONS_ROWS = [tuple(line.split()) for line in GOEMOTIONS.strip().splitlines()]

# SemEval-2018 E-c: label, Plutchik's primaries, Ekman's six, the four of EI-reg.
EC11 = [
    ("anger", "anger", "anger", "anger"),
    ("anticipation", "anticipation", "", ""),
    ("disgust", "disgust", "disgust", ""),
    ("fear", "fear", "fear", "fear"),
    ("joy", "joy", "joy", "joy"),
    ("love", "joy trust", "joy", "joy"),
    ("optimism", "anticipation joy", "joy", "joy"),
    ("pessimism", "anticipation sadness", "sadness", "sadness"),
    ("sadness", "sadness", "sadness", "sadness"),
    ("surprise", "surprise", "surprise", ""),
    ("trust", "trust", "", ""),
]

ESCONV = [
    ("Question", "question"),
    ("Restatement or Paraphrasing", "restatement"),
    ("Reflection of feelings", "reflection"),
    ("Self-disclosure", "self_disclosure"),
    ("Affirmation and Reassurance", "affirmation"),
    ("Providing Suggestions", "suggestion"),
    ("Information", "information"),
    ("Others", "other"),
]


def known(name):
    scheme = get_scheme(name)
    return scheme.labels if scheme.absent is None else (*scheme.labels, scheme.absent)


# ---- Schemes ----


def test_the_schemes_and_their_sizes():
    assert {name: len(scheme.labels) for name, scheme in SCHEMES.items()} == COUNTS


@pytest.mark.parametrize("name", COUNTS)
def test_scheme_is_sound(name):
    scheme = get_scheme(name)
    assert scheme.name == name
    assert isinstance(scheme.labels, tuple)
    assert len(set(scheme.labels)) == len(scheme.labels)
    assert all(label and label == label.strip() for label in scheme.labels)
    assert scheme.absent not in scheme.labels
    assert any(str(year) in scheme.source for year in range(1977, 2026))


@pytest.mark.parametrize("name", [name for name in COUNTS if name != "esconv"])
def test_labels_can_be_column_names(name):
    assert all(label.isidentifier() and label.islower() for label in get_scheme(name).labels)


def test_absent_classes():
    absent = {name: scheme.absent for name, scheme in SCHEMES.items() if scheme.absent}
    assert absent == {
        "ekman": "neutral",
        "goemotions": "neutral",
        "goemotions_sentiment": "neutral",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ekman", "anger disgust fear joy sadness surprise"),
        ("plutchik8", "anger anticipation disgust fear joy sadness surprise trust"),
        ("semeval4", "anger fear joy sadness"),
        ("brighter6", "anger disgust fear joy sadness surprise"),
        ("polarity", "negative neutral positive"),
        ("subjectivity", "objective subjective"),
        ("opinion", "least_opinionated neutral_opinionated highly_opinionated"),
        ("vad", "valence arousal dominance"),
        ("goemotions_sentiment", "positive negative ambiguous"),
        (
            "ec11",
            "anger anticipation disgust fear joy love optimism pessimism sadness surprise trust",
        ),
        (
            "esconv8",
            "question restatement reflection self_disclosure affirmation suggestion information "
            "other",
        ),
        (
            "ambivalence_cues",
            "filler_sound filler_word hedge repetition correction stutter contrast "
            "negative_stance positive_stance mixed_affect desire no_desire able unable "
            "opportunity no_opportunity success failure excuse",
        ),
    ],
)
def test_labels_in_order(name, expected):
    assert list(get_scheme(name).labels) == expected.split()


def test_goemotions_has_the_published_order():
    assert list(get_scheme("goemotions").labels) == [label for label, _, _ in GOEMOTIONS_ROWS]


def test_empathetic32_is_in_alphabetical_order_and_has_the_rare_ones():
    found = get_scheme("empathetic32").labels
    assert list(found) == sorted(found)
    assert (found[0], found[15], found[-1]) == ("afraid", "faithful", "trusting")
    assert {"apprehensive", "devastated", "prepared", "nostalgic", "sentimental"} < set(found)


def test_unknown_scheme_is_named_with_a_hint():
    with pytest.raises(AffectError) as caught:
        get_scheme("goemotion")
    assert caught.value.code == "AF018"
    assert 'Did you mean "goemotions"?' in str(caught.value)
    assert "plutchik8" in str(caught.value)


# ---- Mappings ----


def test_the_mappings_there_are():
    assert sorted(mappings()) == [
        ("brighter6", "ekman"),
        ("ec11", "ekman"),
        ("ec11", "plutchik8"),
        ("ec11", "semeval4"),
        ("ekman", "brighter6"),
        ("ekman", "goemotions_sentiment"),
        ("ekman", "polarity"),
        ("ekman", "semeval4"),
        ("esconv", "esconv8"),
        ("goemotions", "ekman"),
        ("goemotions", "goemotions_sentiment"),
        ("goemotions", "polarity"),
        ("goemotions_sentiment", "polarity"),
        ("plutchik8", "ekman"),
        ("semeval4", "ekman"),
    ]


@pytest.mark.parametrize(("source", "target"), mappings())
def test_mapping_is_total_and_lands_in_its_target(source, target):
    mapping = get_mapping(source, target)
    assert (mapping.source, mapping.target) == (source, target)
    assert mapping.reference
    assert set(mapping.table) == set(known(source))
    order = known(target)
    for label in known(source):
        found = map_label(source, target, label)
        assert isinstance(found, tuple)
        assert set(found) <= set(order)
        assert list(found) == sorted(set(found), key=order.index)


@pytest.mark.parametrize(("label", "ekman", "sentiment"), GOEMOTIONS_ROWS)
def test_goemotions_has_the_published_groups(label, ekman, sentiment):
    assert map_label("goemotions", "ekman", label) == (ekman,)
    assert map_label("goemotions", "goemotions_sentiment", label) == (sentiment,)
    polarity = () if sentiment == "ambiguous" else (sentiment,)
    assert map_label("goemotions", "polarity", label) == polarity


@pytest.mark.parametrize("label", [label for label, _, _ in GOEMOTIONS_ROWS])
@pytest.mark.parametrize("target", ["goemotions_sentiment", "polarity"])
def test_the_two_goemotions_tables_agree(label, target):
    """By way of the Ekman group or straight: the sentiment is the same."""
    (ekman,) = map_label("goemotions", "ekman", label)
    assert map_label("ekman", target, ekman) == map_label("goemotions", target, label)


@pytest.mark.parametrize(
    ("label", "sentiment", "polarity"),
    [
        ("anger", "negative", ("negative",)),
        ("disgust", "negative", ("negative",)),
        ("fear", "negative", ("negative",)),
        ("joy", "positive", ("positive",)),
        ("sadness", "negative", ("negative",)),
        ("surprise", "ambiguous", ()),
    ],
)
def test_ekman_to_sentiment_and_polarity(label, sentiment, polarity):
    assert map_label("ekman", "goemotions_sentiment", label) == (sentiment,)
    assert map_label("ekman", "polarity", label) == polarity


@pytest.mark.parametrize(("label", "plutchik8", "ekman", "semeval4"), EC11)
def test_ec11_by_dyads(label, plutchik8, ekman, semeval4):
    assert map_label("ec11", "plutchik8", label) == tuple(plutchik8.split())
    assert map_label("ec11", "ekman", label) == tuple(ekman.split())
    assert map_label("ec11", "semeval4", label) == tuple(semeval4.split())


def test_plutchik8_to_ekman_drops_two():
    for label in get_scheme("plutchik8").labels:
        expected = () if label in {"anticipation", "trust"} else (label,)
        assert map_label("plutchik8", "ekman", label) == expected


@pytest.mark.parametrize(
    ("source", "target"),
    [("brighter6", "ekman"), ("ekman", "brighter6"), ("semeval4", "ekman")],
)
def test_same_names_map_to_themselves(source, target):
    for label in get_scheme(source).labels:
        assert map_label(source, target, label) == (label,)


def test_ekman_to_semeval4_drops_two():
    for label in get_scheme("ekman").labels:
        expected = () if label in {"disgust", "surprise"} else (label,)
        assert map_label("ekman", "semeval4", label) == expected


@pytest.mark.parametrize(("name", "short"), ESCONV)
def test_esconv_names(name, short):
    assert map_label("esconv", "esconv8", name) == (short,)
    assert labels.ESCONV_NAMES[name] == short


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("goemotions", "ekman", ("neutral",)),
        ("goemotions", "goemotions_sentiment", ("neutral",)),
        ("goemotions", "polarity", ("neutral",)),
        ("goemotions_sentiment", "polarity", ("neutral",)),
        ("ekman", "goemotions_sentiment", ("neutral",)),
        ("ekman", "polarity", ("neutral",)),
        ("ekman", "brighter6", ()),
        ("ekman", "semeval4", ()),
    ],
)
def test_absent_class_maps_to_the_absent_class(source, target, expected):
    assert map_label(source, target, "neutral") == expected


def test_no_counterpart_is_not_neutral():
    assert map_label("ekman", "polarity", "surprise") == ()
    assert map_label("plutchik8", "ekman", "trust") == ()


@pytest.mark.parametrize("name", COUNTS)
def test_same_scheme_is_identity(name):
    for label in known(name):
        assert map_label(name, name, label) == (label,)


# ---- Errors ----


def test_no_published_mapping_names_those_there_are():
    with pytest.raises(AffectError) as caught:
        map_label("goemotions", "vad", "joy")
    assert caught.value.code == "AF017"
    assert "there are: ekman, goemotions_sentiment, polarity." in str(caught.value)


def test_empathetic32_maps_nowhere():
    with pytest.raises(AffectError) as caught:
        map_label("empathetic32", "ekman", "angry")
    assert caught.value.code == "AF017"
    assert "there are: none." in str(caught.value)


@pytest.mark.parametrize("pair", [("ekmann", "polarity"), ("polarity", "ekmann")])
def test_mapping_of_an_unknown_scheme(pair):
    with pytest.raises(AffectError) as caught:
        map_label(*pair, "joy")
    assert caught.value.code == "AF018"
    assert 'Did you mean "ekman"?' in str(caught.value)


@pytest.mark.parametrize("target", ["ekman", "polarity"])
def test_unknown_label(target):
    """Of the same scheme too: identity is no reason to let a misspelt label through."""
    with pytest.raises(AffectError) as caught:
        map_label("ekman", target, "sadnes")
    assert caught.value.code == "AF018"
    assert "no label of scheme ekman 'sadnes'" in str(caught.value)
    assert 'Did you mean "sadness"?' in str(caught.value)
    assert "neutral" in str(caught.value)


def test_neutral_is_no_label_where_a_scheme_names_no_absence():
    with pytest.raises(AffectError) as caught:
        map_label("plutchik8", "ekman", "neutral")
    assert caught.value.code == "AF018"


# ---- Against the corpora ----


def test_goemotions_order_is_that_of_the_corpus():
    path = DATA / "goemotions" / "labels.txt"
    if not path.exists():
        pytest.skip("the GoEmotions corpus is not here")
    scheme = get_scheme("goemotions")
    assert path.read_text("utf8").split() == [*scheme.labels, scheme.absent]


def test_esconv_names_are_those_of_the_corpus():
    path = DATA / "esconv" / "valid.jsonl"
    if not path.exists():
        pytest.skip("the ESConv corpus is not here")
    with path.open(encoding="utf8") as lines:
        turns = [turn for line in lines for turn in json.loads(line)["dialog"]]
    assert {turn["strategy"] for turn in turns if "strategy" in turn} == set(
        get_scheme("esconv").labels
    )


@pytest.mark.parametrize(
    ("file", "separator", "name"),
    [
        ("semeval2018/E-c/E-c-En-dev.txt", "\t", "ec11"),
        ("brighter/track_a/dev/deu.csv", ",", "brighter6"),
    ],
)
def test_labels_are_the_columns_of_the_corpus(file, separator, name):
    path = DATA / file
    if not path.exists():
        pytest.skip(f"{file} is not here")
    with path.open(encoding="utf8") as lines:
        columns = next(lines).strip().split(separator)
    assert columns[2:] == list(get_scheme(name).labels)  # after the id and the text
