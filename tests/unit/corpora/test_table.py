"""Plain tables: our own JSON lines without settings, anything else by a column map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spacy_affect.corpora.base import BadRow
from spacy_affect.corpora.gold import Gold
from spacy_affect.corpora.sources.table import Table
from spacy_affect.errors import AffectError

SAMPLES = Path(__file__).parents[3] / "corpora" / "table"


@pytest.fixture
def read(tmp_path):
    def read_table(content, name="a.csv", **settings):
        path = tmp_path / name
        path.write_text(content, encoding="utf8", newline="")
        return list(Table(**settings).read(path))

    return read_table


def reasons(found):
    return [row.reason for row in found if isinstance(row, BadRow)]


def test_json_lines_without_settings():
    first, second, third, fourth = Table().read(SAMPLES / "sample.jsonl")
    assert (first.id, first.group, first.line) == ("t1", "talk-1", 1)
    assert first.gold == {
        "emotion": Gold({"joy": 0.8}, {"joy": 1, "fear": 0}),
        "polarity": Gold(0.75),
    }
    assert second.gold == {
        "polarity": Gold(labels="neutral"),
        "subjectivity": Gold(0.0, "objective"),
    }
    assert third.gold["vad"] == Gold({"valence": -0.5, "arousal": 0.25})
    assert fourth.gold == {}


def test_a_column_per_label():
    source = Table(
        text="comment",
        group="author",
        task="emotion",
        labels={"joy": "joy", "anger": "anger"},
        values={"joy": "joy_level"},
    )
    first, _, third = source.read(SAMPLES / "sample.csv")
    assert first.text == "Great, just what we needed!"
    assert first.group == "ann"
    assert first.gold == {"emotion": Gold({"joy": 0.9}, {"joy": 1, "anger": 0})}
    # an empty cell is unknown
    assert third.gold == {"emotion": Gold(None, {"joy": 0, "anger": 1})}
    assert third.text == 'They "fixed" it again.'


def test_a_column_with_the_class():
    found = Table(text="comment", task="polarity", label="stance").read(SAMPLES / "sample.csv")
    assert [row.gold["polarity"] for row in found] == [
        Gold(labels="positive"),
        Gold(labels="neutral"),
        Gold(labels="negative"),
    ]


def test_a_column_with_the_number(read):
    found = read("text,score\na,0.5\nb,\nc,x\n", task="polarity", value="score")
    assert [row.gold for row in found[:2]] == [{"polarity": Gold(0.5)}, {}]
    assert reasons(found) == ["score is no number: 'x'"]


def test_a_tsv_without_a_header(read):
    found = read(
        '1\t"a\tjoy\n2\tb\n', "a.tsv", columns=["id", "text", "what"], task="mood", label="what"
    )
    assert found[0].gold == {"mood": Gold(labels="joy")}
    assert (found[0].id, found[0].text) == ("1", '"a')
    assert reasons(found) == ["2 columns where the header has 3"]


@pytest.mark.parametrize("flag", ["0", "1", "0.0", "1.0", "true", "False"])
def test_flags(read, flag):
    (row,) = read(f"text,x\na,{flag}\n", task="emotion", labels={"joy": "x"})
    assert row.gold["emotion"].labels == {"joy": int(flag in ("1", "1.0", "true"))}


@pytest.mark.parametrize("flag", ["2", "yes", "0.5"])
def test_no_flags(read, flag):
    found = read(f"text,x\na,{flag}\n", task="emotion", labels={"joy": "x"})
    assert reasons(found) == [f"x is {flag!r}, not 0 or 1"]


def test_null_is_unknown(read):
    gold = {"polarity": None, "vad": {"valence": None}}
    gold["emotion"] = {"labels": {"joy": 1, "fear": None}, "value": None}
    [row] = read(json.dumps({"text": "a", "gold": gold}), "a.jsonl")
    assert row.gold == {"emotion": Gold(labels={"joy": 1})}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "the field 'text' holds no text"),
        ({"text": None}, "the field 'text' holds no text"),
        ({"text": "a\ud800"}, "the field 'text' holds lone surrogates, which are no text"),
        ({"text": 1}, "the field 'text' holds no text"),
        ({"text": "a", "gold": 1}, "the field 'gold' is no object of tasks"),
        ({"text": "a", "gold": {"emotion": [1]}}, "AF016: gold for task 'emotion'"),
        ({"text": "a", "gold": {"emotion": {"labels": {"joy": 2}}}}, "AF016: gold for task"),
        ({"text": "a", "gold": {"emotion": True}}, "AF016: gold for task"),
    ],
)
def test_malformed_json(read, fields, reason):
    found = read(f'{{"text": "fine"}}\n{json.dumps(fields)}\n', "a.jsonl")
    assert len(found) == 2
    assert reasons(found)[0].startswith(reason)


class TestCats:
    def rows(self, read, *all_cats):
        lines = [json.dumps({"text": "a", "cats": cats}) for cats in all_cats]
        return [row.gold for row in read("\n".join(lines), "a.jsonl", cats_as="emotion")]

    def test_exclusive_ones_are_classes(self, read):
        found = self.rows(read, {"joy": 1, "fear": 0}, {"joy": 0.0, "fear": 1.0})
        assert found == [{"emotion": Gold(labels="joy")}, {"emotion": Gold(labels="fear")}]

    def test_one_text_with_two_makes_them_labels(self, read):
        found = self.rows(read, {"joy": 1, "fear": 0}, {"joy": 1, "fear": 1})
        assert found[0] == {"emotion": Gold(labels={"joy": 1, "fear": 0})}

    def test_fractions_are_values(self, read):
        assert self.rows(read, {"joy": 0.5}) == [{"emotion": Gold({"joy": 0.5})}]

    def test_a_text_without_any_has_no_gold(self, read):
        found = self.rows(read, {}, None, {"joy": 1, "fear": 0})
        assert found == [{}, {}, {"emotion": Gold(labels="joy")}]

    @pytest.mark.parametrize(
        ("cats", "reason"),
        [
            ('{"joy": "yes"}', "the category 'joy' is no number: 'yes'"),
            ('{"joy": true}', "the category 'joy' is no number: True"),
            ('{"joy": null}', "the category 'joy' is no number: None"),
            ('["joy"]', "the field 'cats' is no object of numbers"),
        ],
    )
    def test_malformed(self, read, cats, reason):
        (found,) = read(f'{{"text": "a", "cats": {cats}}}', "a.jsonl", cats_as="emotion")
        assert found.reason == reason


@pytest.mark.parametrize(
    "settings",
    [
        {"task": "emotion"},
        {"value": "x"},
        {"labels": {"joy": "x"}},
        {"task": "emotion", "value": "x", "values": {"joy": "x"}},
        {"task": "emotion", "label": "x", "labels": {"joy": "x"}},
    ],
)
def test_settings_that_contradict_each_other(settings):
    with pytest.raises(AffectError, match=r"AF074"):
        Table(**settings)


@pytest.mark.parametrize("settings", [{"text": "x"}, {"id": "x"}, {"task": "a", "label": "x"}])
def test_columns_that_are_not_there(read, settings):
    with pytest.raises(AffectError, match=r"AF073: .*no column 'x'"):
        read("text,y\na,b\n", **settings)
    with pytest.raises(AffectError, match=r"AF073: .*no column 'x'"):
        read("a,b\n", columns=["text", "y"], **settings)


def test_another_suffix(read):
    with pytest.raises(AffectError, match=r"AF076: .*\.jsonl, \.csv, \.tsv"):
        read("text\na\n", "a.xlsx")
