"""Conversations as Docs: what is known of the turns, and that it lasts."""

from __future__ import annotations

import pytest
import spacy
from spacy.tokens import Doc, DocBin, SpanGroup

from spacy_affect.dialogue import (
    TOLERANCE,
    TURNS,
    copy_turns,
    known,
    make_doc,
    merge_turns,
    problems,
    token_turns,
    turn_of,
)
from spacy_affect.errors import AffectError

NLP = spacy.blank("en")
TALK = [
    {"text": "Hello there.", "speaker": "Anna", "start": 0, "end": 1.5},
    {"text": "", "speaker": "Bob", "start": 1.5, "end": 2},
    {"text": "I'm  late, aren't I?", "speaker": "Bob", "start": 2, "strategy": "Question"},
    {"text": "😀 yes", "mood": "left alone"},
]


def listed(doc: Doc) -> dict[str, list]:
    names = ("starts", "ends", "strategies", "numbers")
    return {name: known(doc, name) for name in names}


def test_turns_are_spans_on_lines_of_their_own():
    doc = make_doc(NLP, TALK, "A meeting.")
    assert doc.text == "Hello there.\n\nI'm  late, aren't I?\n😀 yes"
    turns = doc.spans[TURNS]
    assert [turn.text for turn in turns] == ["Hello there.", "I'm  late, aren't I?", "😀 yes"]
    assert [turn.label_ for turn in turns] == ["Anna", "Bob", ""]
    assert turns.attrs["situation"] == "A meeting."


def test_what_is_known_is_parallel_to_the_turns():
    doc = make_doc(NLP, TALK)
    assert listed(doc) == {
        "starts": [0.0, 2.0, None],
        "ends": [1.5, None, None],
        "strategies": [None, "Question", None],
        "numbers": [0, 2, 3],
    }
    assert all(type(time) is float for time in known(doc, "starts")[:2])
    assert doc.spans[TURNS].attrs["situation"] is None


def test_turns_are_tokenised_as_they_would_be_alone():
    doc = make_doc(NLP, TALK)
    for turn, span in zip((TALK[0], TALK[2], TALK[3]), doc.spans[TURNS], strict=True):
        assert [token.text for token in span] == [
            token.text for token in NLP.make_doc(turn["text"])
        ]


@pytest.mark.parametrize("turns", [[], [{"text": ""}], [{"text": ""}, {"text": ""}]])
def test_conversations_without_words_have_no_turns(turns):
    doc = make_doc(NLP, turns)
    assert len(doc.spans[TURNS]) == 0
    assert listed(doc) == {"starts": [], "ends": [], "strategies": [], "numbers": []}
    assert set(token_turns(doc)) <= {None}


def test_turns_of_spaces_have_a_span():
    doc = make_doc(NLP, [{"text": " \n "}])
    assert [turn.text.isspace() for turn in doc.spans[TURNS]] == [True]


def by_bytes(doc: Doc) -> Doc:
    return Doc(spacy.blank("en").vocab).from_bytes(doc.to_bytes())


def by_docbin(doc: Doc) -> Doc:
    stored = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    return next(DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab))


@pytest.mark.parametrize("store", [by_bytes, by_docbin])
def test_what_is_known_survives_storage(store):
    doc = make_doc(NLP, TALK, "A meeting.")
    again = store(doc)
    assert again.text == doc.text
    assert [(turn.text, turn.label_) for turn in again.spans[TURNS]] == [
        (turn.text, turn.label_) for turn in doc.spans[TURNS]
    ]
    assert listed(again) == listed(doc)
    assert again.spans[TURNS].attrs["situation"] == "A meeting."
    assert token_turns(again) == token_turns(doc)


def by_character(text: str) -> Doc:
    return Doc(NLP.vocab, words=list(text), spaces=[False] * len(text))


def test_copied_turns_are_those_of_the_source():
    source = make_doc(NLP, TALK, "A meeting.")
    source.user_data["note"] = "more"
    target = copy_turns(source, spacy.blank("en").vocab)
    assert [(turn.text, turn.label_) for turn in target.spans[TURNS]] == [
        (turn.text, turn.label_) for turn in source.spans[TURNS]
    ]
    assert target.text == source.text
    assert target.user_data == {}
    assert listed(target) == listed(source)
    target.spans[TURNS].attrs["situation"] = "another"
    assert source.spans[TURNS].attrs["situation"] == "A meeting."


def test_groups_of_others_know_nothing():
    doc = NLP("Hello there.")
    doc.spans[TURNS] = [doc[:1], doc[1:]]
    assert all(values == [None, None] for values in listed(doc).values())
    doc.spans[TURNS] = SpanGroup(doc, spans=[doc[:1]], attrs={"starts": [0.0, 1.0], "ends": None})
    assert (known(doc, "starts"), known(doc, "ends")) == ([None], [None])


def test_tokens_know_their_turn():
    doc = make_doc(NLP, [{"text": "Hello there."}, {"text": ""}, {"text": "Bye."}])
    assert token_turns(doc) == [0, 0, 0, None, None, 1, 1]
    turns = list(doc.spans[TURNS])
    for token, place in zip(doc, token_turns(doc), strict=True):
        assert turn_of(token) == (None if place is None else turns[place])
    assert turn_of(NLP("Hello")[0]) is None


def test_neighbouring_turns_of_a_speaker_are_joined():
    given = [
        {"text": "a", "speaker": "A", "start": 0, "end": 1},
        {"text": "b", "speaker": "A", "start": 1, "end": 2, "strategy": "Question"},
        {"text": "", "speaker": "A"},
        {"text": "c", "speaker": "B", "strategy": "Others", "mood": 1},
        {"text": "d", "speaker": "B", "strategy": "Question"},
        {"text": "e", "speaker": "A"},
        {"text": "f"},
        {"text": "g", "speaker": ""},
    ]
    before = [dict(turn) for turn in given]
    assert merge_turns(iter(given)) == [
        {"text": "a b", "speaker": "A", "start": 0, "end": 2, "strategy": "Question"},
        {"text": "c d", "speaker": "B", "strategy": "Others", "mood": 1, "end": None},
        {"text": "e", "speaker": "A"},
        {"text": "f"},
        {"text": "g", "speaker": ""},
    ]
    assert given == before
    assert merge_turns([]) == []


def test_problems_name_the_turn():
    turns = [
        {"text": "a", "speaker": "A", "start": 10, "end": 12},
        {"text": "b", "speaker": "A", "start": 11.5, "end": 13},
        {"text": "c", "speaker": None, "start": 13 - TOLERANCE, "end": 14},
        {"text": "d", "speaker": "A", "start": 2},
        {"text": "e", "speaker": "A"},
        {"text": "f", "speaker": "A", "start": 1},
    ]
    assert problems(turns) == [
        "turn 2 begins at 11.5 s, before turn 1 ended",
        "turn 3 has no speaker",
        "turn 4 begins at 2 s, before turn 3 began",
    ]
    assert problems([{"text": "a"}, {"text": "b"}]) == []
    assert problems([]) == []


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ("Hello", "it has no text"),
        (None, "it has no text"),
        ({}, "it has no text"),
        ({"text": None}, "it has no text"),
        ({"text": b"Hello"}, "it has no text"),
        ({"text": "a", "speaker": 1}, "its speaker is 1, not text"),
        ({"text": "a", "speaker": ["A"]}, "its speaker is ['A'], not text"),
        ({"text": "a", "strategy": {"Question": 1}}, "its strategy is {'Question': 1}, not text"),
        ({"text": "a", "start": "0"}, "its start is '0', not a number of seconds from 0"),
        ({"text": "a", "start": -0.5}, "its start is -0.5, not a number"),
        ({"text": "a", "start": True}, "its start is True, not a number"),
        ({"text": "a", "end": float("nan")}, "its end is nan, not a number"),
        ({"text": "a", "end": float("inf")}, "its end is inf, not a number"),
        ({"text": "a", "start": 2, "end": 1.5}, "it ends at 1.5 s, before it starts at 2 s"),
    ],
)
def test_what_is_no_turn(turn, reason):
    with pytest.raises(AffectError) as caught:
        make_doc(NLP, [{"text": "fine"}, turn])
    assert caught.value.code == "AF110"
    assert str(caught.value).startswith(f"AF110: turn 2: {reason}")
    assert "times in seconds" in str(caught.value)
