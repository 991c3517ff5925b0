"""Conversations through reading, writing and splitting: turns, times, strategies and their gold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_affect.corpora.base import BadRow, Row, Turn, conversation
from spacy_affect.corpora.gold import Gold, get_gold, gold_tasks, gold_units, set_gold
from spacy_affect.corpora.reader import bare, make_corpus_v1, make_source, read, to_doc
from spacy_affect.corpora.splits import by_labels, split
from spacy_affect.corpora.writing import row_json, write
from spacy_affect.dialogue import TURNS, known, make_doc
from spacy_affect.errors import AffectError

SAMPLES = Path(__file__).parents[3] / "corpora"
ALL = ["esconv", "annomi"]
ASKS = {"support": Gold(labels="question")}
TALK = conversation(
    [
        Turn("Hi.", "usr", 0.0, 1.5),
        Turn("", "usr", 1.5, 2.0),
        Turn("What's wrong?", "sys", 2.0, 3.0, "question", ASKS),
        Turn("It is all\na mess.", gold={"polarity": Gold(-0.75, "negative")}),
    ],
    id="c1",
    group="g1",
    situation="A move.",
    gold={"polarity": Gold(0.0)},
)


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def lines(folder, *rows):
    path = folder / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def kept(row):
    """RETURNS (tuple): What every format keeps of a conversation."""
    turns = [turn for turn in row.turns if turn.text]
    return turns, row.text, row.gold, row.id, row.group, row.situation


def spoken(doc):
    """RETURNS (list[tuple]): Each turn of a Doc with what is known of it."""
    names = ("starts", "ends", "strategies")
    parts = zip(doc.spans[TURNS], *(known(doc, name) for name in names), strict=True)
    return [(turn.label_, turn.text, *about) for turn, *about in parts]


SPOKEN = [
    ("usr", "Hi.", 0.0, 1.5, None),
    ("sys", "What's wrong?", 2.0, 3.0, "question"),
    ("", "It is all\na mess.", None, None, None),
]


# Rows and Docs


def test_a_conversation_has_a_line_for_each_turn():
    assert TALK.text == "Hi.\n\nWhat's wrong?\nIt is all\na mess."
    assert [{*gold} for gold in TALK.golds()] == [
        {"polarity"},
        set(),
        set(),
        {"support"},
        {"polarity"},
    ]


def test_what_is_said_of_a_turn_is_what_is_known():
    assert TALK.turns[2].said() == {
        "speaker": "sys",
        "text": "What's wrong?",
        "start": 2.0,
        "end": 3.0,
        "strategy": "question",
    }
    assert Turn("").said() == {"text": ""}
    assert Turn("a", start=0.0).said() == {"text": "a", "start": 0.0}


def test_to_doc(nlp):
    doc = to_doc(nlp, TALK)
    assert doc.text == TALK.text
    assert spoken(doc) == SPOKEN
    assert doc.spans[TURNS].attrs["situation"] == "A move."
    assert (doc.user_data["affect_id"], doc.user_data["affect_group"]) == ("c1", "g1")
    found = [(span.text, gold) for span, gold in gold_units(doc, "support")]
    assert found == [("What's wrong?", ASKS["support"])]
    assert get_gold(doc, "polarity") == Gold(0.0)
    *_, last = doc.spans[TURNS]
    assert get_gold(doc, "polarity", last) == Gold(-0.75, "negative")


def test_gold_stays_with_its_turn_where_others_are_empty(nlp):
    turns = [Turn(""), Turn("a", gold={"support": Gold(labels="question")}), Turn("")]
    turns.append(Turn("b", gold={"support": Gold(labels="other")}))
    doc = to_doc(nlp, conversation(turns))
    found = [(span.text, gold.labels) for span, gold in gold_units(doc, "support")]
    assert found == [("a", "question"), ("b", "other")]


def test_what_there_is_to_predict_from(nlp):
    reference = to_doc(nlp, TALK)
    other = spacy.blank("en")
    doc = bare(other, reference)
    assert doc.vocab is other.vocab
    assert (doc.text, spoken(doc)) == (reference.text, SPOKEN)
    assert doc.spans[TURNS].attrs["situation"] == "A move."
    assert [token.text for token in doc] == [token.text for token in reference]
    assert (gold_tasks(doc), [*doc.spans]) == ([], [TURNS])
    assert doc.user_data == {}


# Files


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("suffix", [".spacy", ".jsonl"])
def test_every_source_comes_back(nlp, tmp_path, name, suffix):
    rows = list(read(name, SAMPLES / name))
    assert all(row.turns for row in rows)
    target = tmp_path / f"out{suffix}"
    counts = write(rows, target, nlp)
    assert counts[""] == len(rows)
    golds = [turn.gold for row in rows for turn in row.turns]
    assert {task: n for task, n in counts.items() if task} == {
        task: sum(task in gold for gold in golds) for task in make_source(name).tasks
    }
    assert [kept(row) for row in read(None, target)] == [kept(row) for row in rows]


def test_both_formats_give_equal_rows_and_docs(nlp, tmp_path):
    talk = replace(TALK, turns=tuple(turn for turn in TALK.turns if turn.text))  # others get lost
    rows = [talk, *(row for name in ALL for row in read(name, SAMPLES / name))]
    rows = [replace(row, text="\n".join(turn.text for turn in row.turns)) for row in rows]
    found = []
    for suffix in (".spacy", ".jsonl"):
        target = tmp_path / f"out{suffix}"
        write(rows, target, nlp)
        assert [kept(row) for row in read(None, target)] == [kept(row) for row in rows]
        # what is read is written as it was
        write(read(None, target), tmp_path / f"again{suffix}", nlp)
        docs = [example.reference for example in make_corpus_v1(target)(nlp)]
        again = [example.reference for example in make_corpus_v1(tmp_path / f"again{suffix}")(nlp)]
        found += [docs, again]
    described = [[describe(doc) for doc in docs] for docs in found]
    assert described == [described[0]] * 4


def describe(doc):
    golds = {
        task: [(span.text, span.start, gold) for span, gold in gold_units(doc, task)]
        for task in sorted(gold_tasks(doc))
    }
    return spoken(doc), golds, dict(doc.user_data), doc.spans[TURNS].attrs["situation"]


def test_a_conversation_as_json():
    assert row_json(TALK) == {
        "id": "c1",
        "group": "g1",
        "situation": "A move.",
        "turns": [
            {"speaker": "usr", "text": "Hi.", "start": 0.0, "end": 1.5},
            {"speaker": "usr", "text": "", "start": 1.5, "end": 2.0},
            {
                "speaker": "sys",
                "text": "What's wrong?",
                "start": 2.0,
                "end": 3.0,
                "strategy": "question",
                "gold": {"support": {"labels": "question"}},
            },
            {
                "text": "It is all\na mess.",
                "gold": {"polarity": {"value": -0.75, "labels": "negative"}},
            },
        ],
        "gold": {"polarity": {"value": 0.0}},
    }


def test_json_lines_bring_empty_turns_back(tmp_path):
    [row] = read(None, lines(tmp_path, row_json(TALK)))
    assert row.turns == TALK.turns


def test_a_doc_of_one_turn_has_the_gold_of_the_turn(nlp, tmp_path):
    one = conversation([Turn("Why?", "sys", gold=ASKS)])
    write([one], tmp_path / "a.spacy", nlp)
    [row] = read(None, tmp_path / "a.spacy")
    assert (row.turns, row.gold) == (one.turns, {})


def test_docs_with_turns_of_others(nlp, tmp_path):
    """A group "turns" that somebody else wrote has no attrs: nothing more is known."""
    doc = nlp("Hi. Why?")
    doc.spans[TURNS] = [doc[:2], doc[2:]]
    set_gold(doc, "support", labels="question", span=doc[2:])
    DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    [row] = read(None, tmp_path / "a.spacy")
    assert row.turns == (Turn("Hi."), Turn("Why?", gold=ASKS))
    assert row.situation == ""
    [example] = make_corpus_v1(tmp_path / "a.spacy")(nlp)
    assert [turn.text for turn in example.predicted.spans[TURNS]] == ["Hi.", "Why?"]


# Plain tables


def test_turns_of_a_table(tmp_path):
    said = [{"text": "a", "speaker": "x", "start": 1, "mood": "odd", "gold": {"support": "other"}}]
    path = lines(tmp_path, {"turns": said}, {"text": "whole", "turns": said}, {"text": "b"})
    first, second, third = read(None, path)
    assert first.turns == (Turn("a", "x", 1, gold={"support": Gold(labels="other")}),)
    assert (first.text, first.situation) == ("a", "")
    assert (second.text, second.turns) == ("whole", first.turns)
    assert third.turns == ()


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([{"speaker": "a"}], "AF110: turn 1: it has no text"),
        ([{"text": "a"}, "b"], "AF110: turn 2: it has no text"),
        ([{"text": "a", "speaker": 3}], "AF110: turn 1: its speaker is 3, not text"),
        ([{"text": "a", "start": "1"}], "AF110: turn 1: its start is '1', not a number"),
        ([{"text": "a", "start": 2, "end": 1}], "AF110: turn 1: it ends at 1 s, before"),
        ([{"text": "a", "strategy": ["b"]}], "AF110: turn 1: its strategy is ['b'], not text"),
        ([{"text": "a \ud800"}], "AF110: turn 1: its text has half a character"),
        ([{"text": "a", "gold": "question"}], "the field 'gold' is no object of tasks"),
        ([{"text": "a", "gold": {"support": []}}], "AF016: gold for task 'support'"),
        ([], "the field 'text' holds no text"),
        ("a", "the field 'text' holds no text"),
    ],
)
def test_turns_that_are_none(tmp_path, turns, reason):
    path = lines(tmp_path, {"text": "fine"}, {"turns": turns}, {"turns": [{"text": "fine"}]})
    found = list(make_source("table").read(path))
    [bad] = [row for row in found if isinstance(row, BadRow)]
    assert len(found) == 3
    assert (bad.file, bad.line) == (str(path), 2)
    assert bad.reason.startswith(reason)


# Corpus.v1


@pytest.mark.parametrize("how", ["source", ".spacy", ".jsonl"])
def test_predicted_docs_hold_turns_and_strategies_but_no_gold(nlp, tmp_path, how):
    if how == "source":
        corpus = make_corpus_v1(SAMPLES / "esconv", source="esconv")
    else:
        write(read("esconv", SAMPLES / "esconv"), tmp_path / f"a{how}", nlp)
        corpus = make_corpus_v1(tmp_path / f"a{how}")
    examples = list(corpus(nlp))
    assert len(examples) == 2
    for example in examples:
        given, wanted = example.predicted, example.reference
        assert given is not wanted
        assert spoken(given) == spoken(wanted)
        assert known(given, "strategies").count(None) == [
            t.label_ for t in given.spans[TURNS]
        ].count("usr")
        assert given.spans[TURNS].attrs["situation"]
        assert (gold_tasks(given), given.user_data) == ([], {})
        assert gold_tasks(wanted) == ["support", "support_next"]
        # gold of turns falls on whole tokens of the prediction
        assert [token.text for token in given] == [token.text for token in wanted]


def test_limits_and_blank_conversations(nlp, tmp_path):
    rows = [
        conversation([Turn(""), Turn("  ")]),
        conversation([Turn("a")]),
        conversation([Turn("b")]),
    ]
    write(rows, tmp_path / "a.jsonl")
    corpus = make_corpus_v1(tmp_path / "a.jsonl", limit=1)
    assert [example.text for example in corpus(nlp)] == ["a"]


def test_a_conversation_of_a_vocabulary_of_its_own(nlp, tmp_path):
    """Labels are strings of a vocab: they must be known in the pipeline's."""
    write([TALK], tmp_path / "a.spacy", nlp)
    other = spacy.blank("de")
    [example] = make_corpus_v1(tmp_path / "a.spacy")(other)
    assert spoken(example.predicted) == SPOKEN
    assert example.predicted.vocab is other.vocab


# Splits


def test_labels_of_a_conversation_are_those_of_its_turns():
    first, second = read("esconv", SAMPLES / "esconv")
    assert by_labels(second) == {
        f"{task} {label}"
        for task in ("support", "support_next")
        for label in ("affirmation", "information", "other")
    }
    # -0.75 is in the fourth step below neutral, and the whole in the middle one
    assert by_labels(TALK) == {"support question", "polarity negative", "polarity -4", "polarity 0"}
    assert "support question" in by_labels(first)


def test_a_split_holds_each_label_of_turns():
    labels = ("question", "reflection", "other", "information")
    rows = [
        conversation(
            [Turn(f"{i}", "usr"), Turn("Hm.", "sys", gold={"support": Gold(labels=labels[i % 4])})],
            id=f"{i}",
            group=f"{i}",
        )
        for i in range(40)
    ]
    parts = split(rows, {"train": 0.8, "dev": 0.2})
    for name, n in (("train", 8), ("dev", 2)):
        found = [
            turn.gold["support"].labels for row in parts[name] for turn in row.turns if turn.gold
        ]
        assert {label: found.count(label) for label in labels} == dict.fromkeys(labels, n)


def test_a_text_that_is_no_row():
    assert Row("a").turns == ()


def test_half_a_character_stops_before_a_doc_is_made(nlp):
    with pytest.raises(AffectError, match=r"AF110: turn 1"):
        make_doc(nlp, [{"text": "a \ud800"}])
