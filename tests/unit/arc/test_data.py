"""What an arc takes from a Doc: columns of the turns, whatever of them was scored."""

from __future__ import annotations

import pytest
import spacy

from spacy_affect import AffectError
from spacy_affect.arc import words
from spacy_affect.arc.data import TASKS, read
from spacy_affect.dialogue import make_doc
from spacy_affect.extensions import write_units
from spacy_affect.types import Record

RULES = {"@architectures": "spacy_affect.AmbivalenceCues.v1"}
TURNS = [
    {"speaker": "seeker", "text": "I love it, but um, I hate it.", "start": 0, "end": 4.5},
    {"speaker": "supporter", "text": "", "start": 5, "end": 5},
    {
        "speaker": "supporter",
        "text": "What are you afraid of?",
        "start": 6,
        "end": 8,
        "strategy": "question",
    },
    {"text": "Failing.", "start": 9},
]


def scored(turns=TURNS, factories=("affect_ambivalence",), **values):
    """RETURNS (Doc): Scored by rules, and for other tasks with these values, one per turn."""
    nlp = spacy.blank("en")
    for factory in factories:
        nlp.add_pipe(factory, config={"unit": "turns", "model": RULES})
    doc = nlp(make_doc(nlp, turns, "A new job"))
    for task, given in values.items():
        records = [Record(value, source=f"a {task} model").to_dict() for value in given]
        write_units(doc, TASKS[task], list(doc.spans["turns"]), records)
    return doc


def test_columns_are_parallel_and_turns_keep_their_numbers():
    arc = read(scored())
    assert len(arc) == 3
    assert arc.numbers == [1, 3, 4]
    assert arc.speakers == ["seeker", "supporter", ""]
    assert (arc.starts, arc.ends) == ([0, 6, 9], [4.5, 8, None])
    assert arc.texts[0] == TURNS[0]["text"]
    assert (arc.situation, arc.language) == ("A new job", "en")
    assert arc.given == [None, "question", None]


def test_scores_are_those_of_the_turns():
    doc = scored()
    arc = read(doc)
    assert arc.ambivalence == [turn._.affect_ambivalence for turn in doc.spans["turns"]]
    assert arc.ambivalence[0] > 0.5
    assert arc.cues[0]["contrast"] == ["but"]
    assert arc.cues[0]["filler_sound"] == ["um"]
    assert arc.cues[1:] == [{}, {}]
    assert list(arc.sources) == ["ambivalence"]
    assert arc.sources["ambivalence"].startswith("spacy_affect.AmbivalenceCues.v1")
    assert arc.polarity == [None] * 3
    assert arc.emotions == {}


def test_emotions_come_with_the_highest_maximum_first():
    values = [{"joy": 0.1, "fear": 0.4, "anger": 0.4}, None, {"joy": 0.9, "fear": 0, "anger": 0.1}]
    arc = read(scored(emotion=values))
    assert list(arc.emotions) == ["joy", "fear", "anger"]
    assert arc.emotions["joy"] == [0.1, None, 0.9]
    assert arc.sources["emotion"] == "a emotion model"


def test_scored_strategies_go_before_known_ones():
    shares = [None, {"question": 0.2, "other": 0.8}, None]
    arc = read(scored(support=shares))
    assert arc.strategies == arc.marks == [None, "other", None]
    assert arc.shares == [None, 0.8, None]
    assert arc.given == [None, "question", None]
    assert read(scored()).marks == [None, "question", None]


def test_other_instances_can_be_read():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_ambivalence", name="wavering", config={"unit": "turns"})
    arc = read(nlp(make_doc(nlp, TURNS)), {"ambivalence": "wavering"})
    assert arc.ambivalence[0] > 0.5
    assert "contrast" in arc.cues[0]


def test_nothing_to_draw_is_an_error():
    nlp = spacy.blank("en")
    with pytest.raises(AffectError, match="AF122: nothing to draw"):
        read(make_doc(nlp, [{"text": "Hello."}]))


def test_the_axis_is_time_where_every_turn_has_one():
    arc = read(scored())
    assert arc.axis(None) == arc.axis("time") == "time"
    assert arc.axis("turns") == "turns"
    arc = read(scored([*TURNS, {"text": "When?"}]))
    assert arc.axis(None) == "turns"
    with pytest.raises(AffectError, match="AF123: turn 5 has no start"):
        arc.axis("time")


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (None, False, "–"),
        (0.63694, True, "+0.637"),
        (-0.2, True, "-0.200"),
        (-0.0001, True, "0.000"),
        (1, False, "1.000"),
    ],
)
def test_numbers(value, signed, text):
    assert words.number(value, signed) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "0:00"), (9.99, "0:09"), (75, "1:15"), (3599, "59:59"), (3725.5, "1:02:05")],
)
def test_clock(seconds, text):
    assert words.clock(seconds) == text


def test_words():
    assert words.stretch(1, None) == "0:01"
    assert words.stretch(1, 62) == "0:01 to 1:02"
    assert words.cues({"filler_sound": ["um", "uh"], "contrast": ["but"]}) == (
        "filler sound: um, uh; contrast: but"
    )
    assert words.cues({}) == words.label(None) == "–"
    assert words.excerpt("a\n b") == "a b"
    assert words.excerpt("word " * 100) == "word " * 40 + "…"
    assert words.excerpt("x" * 300) == "x" * 200 + " …"
