"""The one reader: sources by name, made, or by suffix; bad rows; and what Corpus.v1 gives."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import spacy
from spacy import registry, util
from spacy.tokens import DocBin
from spacy.training import Example
from thinc.api import Config

from spacy_affect.corpora.base import Row
from spacy_affect.corpora.gold import Gold, get_gold, gold_units, set_gold
from spacy_affect.corpora.reader import locate, make_corpus_v1, make_source, read, to_doc
from spacy_affect.corpora.sources.goemotions import GoEmotions
from spacy_affect.corpora.writing import row_json, write
from spacy_affect.errors import AffectError, AffectWarning

SAMPLES = Path(__file__).parents[3] / "corpora"
ALL = ["brighter", "emobank", "goemotions", "semeval2017", "semeval2018", "sst", "subj", "xed"]
BAD = "fine\t1\tx\nno tabs\nfine\t99\ty\nfine too\t2\tz\n"


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.fixture
def bad_file(tmp_path):
    path = tmp_path / "bad.tsv"
    path.write_text(BAD)
    return path


class TestRead:
    def test_by_name_or_made(self):
        by_name = list(read("goemotions", SAMPLES / "goemotions"))
        assert by_name == list(read(GoEmotions(), str(SAMPLES / "goemotions")))
        assert len(by_name) == 6

    def test_limit(self):
        assert len(list(read("goemotions", SAMPLES / "goemotions", limit=2))) == 2

    def test_an_unknown_name(self):
        with pytest.raises(AffectError, match=r'AF014: no corpus "goemotion".*"goemotions"'):
            list(read("goemotion", SAMPLES))

    def test_a_bad_row_stops(self, bad_file):
        rows = read("goemotions", bad_file)
        assert next(rows).text == "fine"
        with pytest.raises(AffectError, match=r"AF070: .*bad\.tsv, line 2: 1 columns.*skip_bad"):
            next(rows)

    def test_bad_rows_are_counted(self, bad_file):
        with pytest.warns(AffectWarning) as caught:
            rows = list(read("goemotions", bad_file, skip_bad=True))
        assert [row.text for row in rows] == ["fine", "fine too"]
        (warning,) = caught
        assert str(warning.message) == (
            f"2 malformed rows left out, the first: {bad_file}, line 2: 1 columns where 3 belong"
        )

    def test_without_bad_rows_nothing_is_said(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            list(read("goemotions", SAMPLES / "goemotions", skip_bad=True))

    @pytest.mark.parametrize("name", ["a.txt", "a.json", "folder"])
    def test_a_path_that_tells_no_format(self, tmp_path, name):
        (tmp_path / "folder").mkdir()
        (tmp_path / "a.txt").touch()
        (tmp_path / "a.json").touch()
        with pytest.raises(AffectError, match=r"AF076"):
            list(read(None, tmp_path / name))

    def test_a_path_that_is_not_there(self, tmp_path):
        with pytest.raises(AffectError, match=r"AF030"):
            list(read(None, tmp_path / "a.jsonl"))


@pytest.mark.parametrize(
    ("spec", "name", "path"),
    [
        ("goemotions:data/dev.tsv", "goemotions", "data/dev.tsv"),
        ("data/dev.jsonl", None, "data/dev.jsonl"),
        ("goemotions", None, "goemotions"),
        ("n:data", None, "n:data"),
        ("C:/data/dev.tsv", None, "C:/data/dev.tsv"),
        ("a b:data", None, "a b:data"),
        ("sst:C:/data", "sst", "C:/data"),
    ],
)
def test_locate(spec, name, path):
    assert locate(spec) == (name, Path(path))


def test_a_typo_in_the_name_of_a_corpus():
    wanted = r'AF014: no corpus "goemotion"\. .*goemotions.*\. Did you mean "goemotions"\?'
    with pytest.raises(AffectError, match=wanted):
        locate("goemotion:data/dev.tsv")
    with pytest.raises(AffectError, match='AF014: no corpus "nothing"'):
        locate("nothing:")


def test_a_file_with_a_colon_is_no_corpus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("take:one.jsonl").touch()
    assert locate("take:one.jsonl") == (None, Path("take:one.jsonl"))


def test_to_doc(nlp):
    gold = {"polarity": Gold(0.5, "positive"), "emotion": Gold({"joy": 0.5})}
    doc = to_doc(nlp, Row("I like it.", gold, id="x1", group="g1"))
    assert doc.text == "I like it."
    assert {task: get_gold(doc, task) for task in gold} == gold
    assert doc.user_data == {"affect_id": "x1", "affect_group": "g1"}
    bare = to_doc(nlp, Row("a", {"polarity": Gold()}))
    assert (bare.user_data, dict(bare.spans)) == ({}, {})


class TestRoundTrip:
    @pytest.mark.parametrize("name", ALL)
    @pytest.mark.parametrize("suffix", [".spacy", ".jsonl"])
    def test_every_source(self, nlp, tmp_path, name, suffix):
        rows = list(read(name, SAMPLES / name))
        target = tmp_path / f"out{suffix}"
        counts = write(rows, target, nlp)
        assert counts[""] == len(rows)
        kept = [(row.text, row.gold, row.id, row.group) for row in rows]
        again = list(read(None, target))
        assert [(row.text, row.gold, row.id, row.group) for row in again] == kept
        examples = list(make_corpus_v1(target)(nlp))
        direct = list(make_corpus_v1(SAMPLES / name, source=name)(nlp))
        for found, wanted, row in zip(examples, direct, rows, strict=True):
            assert found.text == wanted.text == row.text
            golds = {task: get_gold(found.reference, task) for task in row.gold}
            assert golds == row.gold
            assert golds == {task: get_gold(wanted.reference, task) for task in row.gold}

    def test_a_row_as_json(self):
        gold = {"polarity": Gold(0.0), "emotion": Gold(labels={"joy": 0}), "vad": Gold()}
        assert row_json(Row("", gold, id="1", file="a", line=3)) == {
            "id": "1",
            "text": "",
            "gold": {"polarity": {"value": 0.0}, "emotion": {"labels": {"joy": 0}}},
        }

    def test_the_same_bytes_again(self, nlp, tmp_path):
        for name in ("a.spacy", "b.spacy", "a.jsonl", "b.jsonl"):
            write(read("xed", SAMPLES / "xed"), tmp_path / name, nlp)
        for suffix in (".spacy", ".jsonl"):
            a, b = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
            assert a == b

    def test_a_failure_keeps_the_old_file(self, nlp, tmp_path, bad_file):
        target = tmp_path / "out.jsonl"
        target.write_text("old")
        with pytest.raises(AffectError, match=r"AF070"):
            write(read("goemotions", bad_file), target, nlp)
        assert target.read_text() == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tsv", "out.jsonl"]


class TestCorpusV1:
    def test_it_is_registered(self):
        assert registry.readers.get("spacy_affect.Corpus.v1") is make_corpus_v1

    def test_examples(self, nlp):
        examples = list(make_corpus_v1(SAMPLES / "sst", source="sst")(nlp))
        assert all(isinstance(example, Example) for example in examples)
        assert get_gold(examples[0].reference, "polarity") == Gold(1.0, "positive")
        assert dict(examples[0].predicted.spans) == {}
        assert examples[0].predicted.text == examples[0].reference.text

    def test_in_a_config(self, nlp):
        config = f"""
        [corpora]
        [corpora.train]
        @readers = "spacy_affect.Corpus.v1"
        path = "{(SAMPLES / "goemotions").as_posix()}"
        limit = 2
        [corpora.train.source]
        @affect_corpora = "goemotions"
        scheme = "ekman"
        """
        corpus = util.registry.resolve(Config().from_str(config))["corpora"]["train"]
        examples = list(corpus(nlp))
        assert len(examples) == 2
        assert len(get_gold(examples[0].reference, "emotion").labels) == 6

    def test_a_table_with_a_map_in_a_config(self, nlp):
        config = f"""
        [corpora]
        [corpora.dev]
        @readers = "spacy_affect.Corpus.v1"
        path = "{(SAMPLES / "table" / "sample.csv").as_posix()}"
        [corpora.dev.source]
        @affect_corpora = "table"
        text = "comment"
        task = "emotion"
        labels = {{"joy": "joy", "anger": "anger"}}
        """
        corpus = util.registry.resolve(Config().from_str(config))["corpora"]["dev"]
        golds = [get_gold(example.reference, "emotion") for example in corpus(nlp)]
        assert golds[0] == Gold(None, {"joy": 1, "anger": 0})

    def test_it_reads_again_each_time(self, nlp):
        corpus = make_corpus_v1(SAMPLES / "sst", source="sst", limit=3)
        assert [len(list(corpus(nlp))) for _ in range(2)] == [3, 3]

    def test_blank_texts_are_skipped(self, nlp, tmp_path):
        path = tmp_path / "a.jsonl"
        path.write_text('{"text": " "}\n{"text": "a"}\n{"text": ""}\n{"text": "b"}\n')
        texts = [example.text for example in make_corpus_v1(path, limit=2)(nlp)]
        assert texts == ["a", "b"]

    def test_a_folder_of_docbins_with_splits(self, nlp, tmp_path):
        rows = list(read("sst", SAMPLES / "sst"))
        write(rows[:3], tmp_path / "x.train.spacy", nlp)
        write(rows[3:], tmp_path / "x.dev.spacy", nlp)
        sizes = {
            split: len(list(make_corpus_v1(tmp_path, split=split)(nlp)))
            for split in (None, "train", "dev")
        }
        assert sizes == {None: 5, "train": 3, "dev": 2}

    def test_docs_keep_what_no_row_holds(self, nlp, tmp_path):
        doc = nlp("I like it. You hate it.")
        set_gold(doc, "polarity", 0.5, span=doc[:4])
        set_gold(doc, "polarity", -0.5, span=doc[4:])
        DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
        (example,) = make_corpus_v1(tmp_path / "a.spacy")(nlp)
        units = gold_units(example.reference, "polarity")
        wanted = [("I like it.", 0.5), ("You hate it.", -0.5)]
        assert [(span.text, gold.value) for span, gold in units] == wanted
        (row,) = read(None, tmp_path / "a.spacy")
        assert row.gold == {}

    def test_cats_of_docs(self, nlp, tmp_path):
        docs = [nlp("a"), nlp("b"), nlp("c")]
        docs[0].cats = {"positive": 1.0, "negative": 0.0}
        docs[1].cats = {"positive": 0.0, "negative": 1.0}
        DocBin(docs=docs).to_disk(tmp_path / "a.spacy")
        corpus = make_corpus_v1(tmp_path / "a.spacy", cats_as="polarity")
        golds = [get_gold(example.reference, "polarity") for example in corpus(nlp)]
        assert golds == [Gold(labels="positive"), Gold(labels="negative"), None]
        untold = make_corpus_v1(tmp_path / "a.spacy")(nlp)
        assert [dict(example.reference.spans) for example in untold] == [{}, {}, {}]

    def test_cats_of_json_lines(self, nlp, tmp_path):
        path = tmp_path / "a.jsonl"
        path.write_text('{"text": "a", "cats": {"joy": 1, "fear": 1}}\n')
        (example,) = make_corpus_v1(path, cats_as="emotion")(nlp)
        assert get_gold(example.reference, "emotion") == Gold(labels={"joy": 1, "fear": 1})

    def test_bad_rows(self, nlp, bad_file):
        with pytest.raises(AffectError, match=r"AF070"):
            list(make_corpus_v1(bad_file, source="goemotions")(nlp))
        with pytest.warns(AffectWarning, match="2 malformed rows"):
            assert len(list(make_corpus_v1(bad_file, source="goemotions", skip_bad=True)(nlp))) == 2

    def test_no_path(self):
        with pytest.raises(AffectError, match=r"AF075"):
            make_corpus_v1(None)

    def test_cats_beside_a_source_of_its_own(self):
        with pytest.raises(AffectError, match=r"AF074: cats_as"):
            make_corpus_v1("a", source=make_source("table"), cats_as="emotion")
        with pytest.raises(AffectError, match=r"AF074: cats_as = 'emotion' .*no such setting"):
            make_corpus_v1("a", source="goemotions", cats_as="emotion")

    @pytest.mark.parametrize("content", [b"", b"no DocBin", b"\x78\x9c\x03\x00"])
    def test_a_file_that_is_no_docbin(self, nlp, tmp_path, content):
        (tmp_path / "a.spacy").write_bytes(content)
        with pytest.raises(AffectError, match=r"AF030: .*no DocBin"):
            list(make_corpus_v1(tmp_path / "a.spacy")(nlp))
