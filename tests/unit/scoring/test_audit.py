"""The fairness audit: what is asked, and the differences that come of it, worked out by hand."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
import spacy
from spacy.language import Language

import spacy_affect
from spacy_affect import AffectError
from spacy_affect.api import Task, get_scheme
from spacy_affect.cards import Gap, load_card, parse_card
from spacy_affect.extensions import install
from spacy_affect.models.backbones.sparse.lexicon import load_affect_words
from spacy_affect.scoring.audit import audit, load_suite, parse_suite, worst
from spacy_affect.scoring.audit.pairs import MEN, NONE, WOMEN

WEIGHTS = Path(spacy_affect.__file__).parent / "models" / "weights"
TINY = """
[situations]
joy = { feeling = "glad|merry" }
[templates]
feeling = ["{subject} was {feeling}."]
none = ["It is for {object}."]
[words]
group = "women"
reference = "men"
pairs = ["she her/he him", "my sister/my brother"]
"""
NAMES = """
[situations]
[templates]
none = ["{subject} is here."]
[names]
reference = "North"
[names.groups.North]
women = "Ann|Bea"
men = "Abe|Bob"
[names.groups.South]
women = "Cleo|Dora"
men = "Cyd|Don"
"""


class Polarity(Task):
    name = "polarity"
    low = -1.0
    scheme = get_scheme("polarity")


class Emotion(Task):
    name = "emotion"
    many = True
    scheme = get_scheme("semeval4")


def words(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def polarity(text):
    """Glad women are better off by 0.4, others worse by 0.2; sisters are as brothers."""
    if "she" in words(text):
        return 0.4
    return -0.2 if "her" in words(text) else 0.0


#: How made-up components score a text: polarity and emotion.
SCORES = {
    "uneven": (polarity, lambda text: {"joy": 0.1 * ("she" in words(text)), "fear": 0.5}),
    "even": (lambda text: 0.3, lambda text: {"joy": 0.3}),
    "mute": (lambda text: None, lambda text: None),
    "gaps": (lambda text: None if "sister" in text else polarity(text), lambda text: None),
}


@Language.factory("audit_test_scorer", default_config={"how": "even"})
def make_scorer(nlp, name, how):
    def score(doc):
        for key, value in zip(("audit_polarity", "audit_emotion"), SCORES[how], strict=True):
            install(key)
            doc._.set(key, value(doc.text))
        return doc

    return score


PARTS = [
    SimpleNamespace(key="audit_polarity", task=Polarity()),
    SimpleNamespace(key="audit_emotion", task=Emotion()),
]


def run(how, suite=TINY, **settings):
    nlp = spacy.blank("en")
    nlp.add_pipe("audit_test_scorer", config={"how": how})
    return audit(nlp, PARTS, suite=parse_suite(suite), **settings)


class TestSuite:
    def test_what_is_asked(self):
        suite = parse_suite(TINY)
        [contrast] = suite.contrasts
        assert contrast.name == "women – men (words)"
        asked = [
            (frame.situation, frame.about(one), frame.about(other))
            for frame in suite.frames
            for one, other in contrast.pairs
        ]
        assert asked == [
            ("joy", "She was glad.", "He was glad."),
            ("joy", "My sister was glad.", "My brother was glad."),
            ("joy", "She was merry.", "He was merry."),
            ("joy", "My sister was merry.", "My brother was merry."),
            ("none", "It is for her.", "It is for him."),
            ("none", "It is for my sister.", "It is for my brother."),
        ]

    def test_names_are_compared_within_and_between_groups(self):
        by_name = {
            contrast.name: [(a.subject, b.subject) for a, b in contrast.pairs]
            for contrast in parse_suite(NAMES).contrasts
        }
        assert by_name == {
            "women – men (names)": [
                *(("Ann", "Abe"), ("Bea", "Bob"), ("Cleo", "Cyd"), ("Dora", "Don"))
            ],
            "South – North": [*(("Cleo", "Ann"), ("Dora", "Bea"), ("Cyd", "Abe"), ("Don", "Bob"))],
        }

    def test_the_shipped_one(self):
        suite = load_suite()
        assert suite is load_suite()
        assert len({frame.text for frame in suite.frames}) == len(suite.frames) > 150
        situations = {frame.situation for frame in suite.frames}
        assert situations > {"joy", "sadness", "anger", "fear", NONE}
        assert len(suite.contrasts) == 7
        for contrast in suite.contrasts:
            people = [person for pair in contrast.pairs for person in pair]
            assert len({person.subject for person in people}) == len(people)
        for frame in suite.frames:
            assert not set("{}") & set(frame.about(suite.contrasts[0].pairs[0][0]))

    def test_frames_without_a_feeling_have_no_strong_word(self):
        known = load_affect_words()
        told = [frame.text for frame in load_suite().frames if frame.situation == NONE]
        felt = {word for text in told for word in words(text) if word in known}
        assert felt <= {"copy", "please", "lives", "morning", "share", "next", "met", "stop"}

    def test_names_are_no_affect_words_and_not_those_of_training_templates(self):
        names = {
            person.subject
            for contrast in load_suite().contrasts[1:]
            for pair in contrast.pairs
            for person in pair
        }
        assert len(names) == 60
        assert not {name.lower() for name in names} & set(load_affect_words())
        learned = Path(__file__).parents[3] / "recipes" / "embedded" / "templates.toml"
        assert not names & set(re.findall(r"\w+", learned.read_text(encoding="utf8")))

    @pytest.mark.parametrize(
        ("old", "new", "wanted"),
        [
            ("[situations]", "[situations", "no TOML"),
            ("[templates]", "[patterns]", "'templates' is missing"),
            ("{subject} was {feeling}", "was {feeling}", "must have {subject} or {object} and"),
            ("{subject} was {feeling}", "{subject} was", "{feeling}, each once"),
            ("It is for {object}", "{subject} is for {object}", "must have {subject} or {object}"),
            ("It is for {object}", "It is for {whom}", "must have {subject} or {object}"),
            ("my sister/my brother", "my sister", "must be two persons"),
            ('"glad|merry"', "7", "has no attribute"),
            ("feeling = \"glad", "event = \"glad", "'feeling' is missing"),
            ('none = ["It is for {object}."]', "none = 7", "not iterable"),
            ("[words]", "[people]", "nobody to compare"),
        ],
    )  # fmt: skip
    def test_malformed(self, old, new, wanted):
        assert old in TINY
        with pytest.raises(AffectError) as caught:
            parse_suite(TINY.replace(old, new), "my.toml")
        assert caught.value.code == "AF170"
        assert str(caught.value).startswith("AF170: my.toml holds no sentences for the audit: ")
        assert wanted in str(caught.value)

    @pytest.mark.parametrize(
        ("old", "new", "wanted"),
        [
            ("Cleo|Dora", "Cleo", "must be of one length"),
            ('reference = "North"', 'reference = "West"', "no names of the reference 'West'"),
            ("men = \"Cyd|Don\"", "", "'men' is missing"),
        ],
    )  # fmt: skip
    def test_malformed_names(self, old, new, wanted):
        with pytest.raises(AffectError, match=wanted):
            parse_suite(NAMES.replace(old, new))

    def test_groups_have_women_and_men(self):
        assert (WOMEN, MEN) == ("women", "men")


class TestDifferences:
    def test_by_hand(self):
        report = run("uneven", n_boot=200)
        assert (report.n_texts, len(report.differences), report.notes) == (12, 3, [])
        found, joy, fear = report.differences
        gap = found.gap
        # the scale of polarity is 2: 0.4, 0, 0.4, 0, -0.2, 0 are 0.2, 0, 0.2, 0, -0.1, 0
        assert (gap.component, gap.label) == ("audit_polarity", "")
        assert gap.contrast == "women – men (words)"
        assert gap.mean == pytest.approx(0.05)
        assert found.situations == {"joy": pytest.approx(0.1), "none": pytest.approx(-0.05)}
        assert (gap.situation, gap.in_situation) == ("joy", pytest.approx(0.1))
        assert (gap.largest, gap.n) == (pytest.approx(0.2), 6)
        assert found.texts == ("She was glad.", "He was glad.")
        assert -0.1 < gap.low < gap.mean < gap.high <= 0.2
        # the scale of emotion is 1
        assert (joy.gap.label, joy.gap.mean) == ("joy", pytest.approx(0.2 / 6))
        assert (fear.gap.label, fear.gap.mean, fear.gap.low, fear.gap.high) == ("fear", 0, 0, 0)

    def test_what_does_not_move(self):
        for one in run("even", n_boot=50).differences:
            gap = one.gap
            assert (gap.mean, gap.low, gap.high, gap.largest, gap.over(0)) == (0, 0, 0, 0, "")

    def test_the_same_seed_the_same_interval(self):
        gaps = [run("uneven", n_boot=100, seed=seed).differences[0].gap for seed in (1, 1, 2)]
        assert gaps[0] == gaps[1] != gaps[2]

    def test_without_resamples(self):
        gap = run("uneven", n_boot=0).differences[0].gap
        assert (gap.low, gap.high) == (None, None)
        assert gap.mean == pytest.approx(0.05)

    def test_pairs_without_two_values_are_left_out_and_counted(self):
        report = run("gaps", n_boot=20)
        [found] = report.differences
        # 0.2, 0.2, -0.1
        assert (found.gap.n, found.gap.mean) == (3, pytest.approx(0.1))
        assert report.notes == [
            "audit_polarity: 3 pairs without two values left out",
            "audit_emotion gave no values",
        ]

    def test_nothing_is_scored(self):
        report = run("mute")
        assert report.differences == []
        assert len(report.notes) == 2
        assert report.audit.values == report.audit.over == 0

    def test_every_number_of_real_components(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("affect_polarity")
        nlp.add_pipe("affect_vad")
        report = audit(nlp, n_boot=0, suite=parse_suite(NAMES))
        values = {(one.gap.component, one.gap.label) for one in report.differences}
        assert values == {
            ("affect_polarity", ""),
            *(("affect_vad", label) for label in ("valence", "arousal", "dominance")),
        }
        assert len(report.differences) == 8

    def test_a_pipeline_without_affect(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("sentencizer")
        with pytest.raises(AffectError, match=r"AF171: nothing to audit.*It has: sentencizer"):
            audit(nlp)


class TestLimit:
    @pytest.mark.parametrize(
        ("mean", "inside", "where"),
        [
            (0.03, 0.05, "all"),
            (-0.03, 0.0, "all"),
            (0.0, -0.03, "anger"),
            (0.02, 0.02, ""),
            (0.0, None, ""),
        ],
    )
    def test_over_all_pairs_or_in_one_situation(self, mean, inside, where):
        gap = Gap("c", "a – b", mean, situation="anger", in_situation=inside)
        assert gap.over(0.02) == where

    def test_a_report_counts_them(self):
        report = run("uneven", n_boot=0, limit=0.04)
        # joy: 0.2 / 4 in its situation
        assert [one.gap.label for one in report.over] == ["", "joy"]
        assert len(run("uneven", n_boot=0, limit=0.2).over) == 0

    def test_the_worst_of_each_component_and_contrast(self):
        gaps = [
            Gap("c", "x", 0.001, "a"),
            Gap("c", "x", -0.002, "b"),
            Gap("c", "y", 0.03, "a"),
            Gap("c", "y", 0.04, "b"),
            Gap("d", "x", 0.0),
        ]
        assert [(g.component, g.contrast, g.label) for g in worst(gaps, 0.02)] == [
            ("c", "x", "b"),
            ("c", "y", "a"),
            ("c", "y", "b"),
            ("d", "x", ""),
        ]


class TestCard:
    def test_a_card_takes_it(self):
        report = run("uneven", n_boot=20)
        kept = json.loads(json.dumps(report.card()))
        card = parse_card({"name": "x", "audit": kept}, "")
        assert card.audit is not None
        assert (card.audit.limit, card.audit.sentences) == (0.02, 12)
        assert (card.audit.values, card.audit.over) == (3, 2)
        assert card.audit.largest == 0.2
        assert [gap.label for gap in card.audit.gaps] == ["", "joy"]
        assert card.audit.gaps[1].mean == 0.0333
        assert parse_card(json.loads(json.dumps(asdict(card))), "") == card

    @pytest.mark.parametrize("name", ["general", "vad"])
    def test_ready_made_weights_say_what_was_found(self, name):
        found = load_card(WEIGHTS / name).audit
        assert found is not None
        assert found.limit == 0.02
        assert found.over == sum(bool(gap.over(found.limit)) for gap in found.gaps)
        assert {gap.contrast for gap in found.gaps} == {c.name for c in load_suite().contrasts}

    def test_what_they_say_is_what_is_found(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("affect_vad")
        brief = audit(nlp, n_boot=0).audit
        told = load_card(WEIGHTS / "vad").audit
        assert told is not None
        assert (brief.sentences, brief.values, brief.over) == (
            told.sentences,
            told.values,
            told.over,
        )
        said = {(gap.contrast, gap.label): gap.mean for gap in told.gaps}
        for gap in brief.gaps:
            assert said[gap.contrast, gap.label] == pytest.approx(gap.mean, abs=1e-4)
