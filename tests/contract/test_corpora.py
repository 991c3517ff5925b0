"""Corpora as users meet them: cards, `spacy-affect corpora` and `spacy-affect convert`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import spacy

from spacy_affect.cli import main
from spacy_affect.corpora.base import CorpusSource
from spacy_affect.corpora.gold import Gold, get_gold
from spacy_affect.corpora.reader import make_corpus_v1, read
from spacy_affect.corpora.sources import SOURCES
from spacy_affect.registry import REGISTRIES

CORPORA = Path(__file__).parents[2] / "corpora"
FILES = sorted(CORPORA.glob("*/card.toml"))
CARDS = {path.parent.name: tomllib.loads(path.read_text("utf8")) for path in FILES}
ANNOTATED = [name for name, source in SOURCES.items() if source.card]


@pytest.fixture
def run(capsys):
    """RETURNS: A function that runs a command and gives exit code, stdout and stderr."""

    def run_command(*args):
        with pytest.raises(SystemExit) as stop:
            main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return run_command


class TestCards:
    def test_every_corpus_has_one(self):
        assert set(ANNOTATED) <= set(CARDS)

    @pytest.mark.parametrize("name", CARDS)
    def test_it_says_what_one_has_to_know(self, name):
        card = CARDS[name]
        assert card["name"] == name
        for key in ("title", "description", "licence", "source", "citation", "scheme", "notes"):
            assert card[key].strip(), key
        assert card["ship"] in ("yes", "share-alike", "research")

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_the_code_says_the_same(self, name):
        card, source = CARDS[name], SOURCES[name]
        assert source.card is not None
        assert card["tasks"] == list(source.tasks)
        assert card["languages"] == list(source.card.languages)
        assert [card[key] for key in ("licence", "source", "scheme", "ship")] == [
            source.card.licence,
            source.card.url,
            source.card.scheme,
            source.card.ship,
        ]
        place = source.card.citation.rpartition(" ")[2]
        assert place in card["citation"]

    @pytest.mark.parametrize("name", [*ANNOTATED, "table"])
    def test_its_sample_is_there(self, name):
        named = set(CARDS[name]["sample"])
        files = {p.relative_to(CORPORA / name).as_posix() for p in (CORPORA / name).rglob("*.*")}
        assert files - {"card.toml"} == named

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_weights_that_may_be_shipped_need_a_licence_that_allows_it(self, name):
        card = CARDS[name]
        free = card["licence"] in ("Apache-2.0", "CC BY 4.0")
        assert (card["ship"] == "yes") is free


def test_sources_come_through_the_hook():
    assert {name: REGISTRIES["corpus"].get(name) for name in SOURCES} == SOURCES
    assert all(issubclass(source, CorpusSource) for source in SOURCES.values())


class TestCorporaCommand:
    def test_table(self, run):
        code, out, _ = run("corpora")
        assert code == 0
        assert all(name in out for name in SOURCES)
        assert "CC BY-SA 4.0" in out

    def test_json(self, run):
        rows = {row["corpus"]: row for row in json.loads(run("corpora", "--json")[1])}
        assert rows["emobank"] == {
            "corpus": "emobank",
            "tasks": ["vad", "polarity"],
            "scheme": "valence, arousal and dominance in [1, 5]",
            "languages": ["eng"],
            "licence": "CC BY-SA 4.0",
            "ship": "share-alike",
            "distribution": "spacy-affect",
        }
        assert len(rows["brighter"]["languages"]) == 28


class TestConvert:
    @pytest.mark.parametrize("name", ANNOTATED)
    @pytest.mark.parametrize("suffix", [".spacy", ".jsonl"])
    def test_every_source_comes_back(self, run, tmp_path, name, suffix):
        target = tmp_path / f"out{suffix}"
        code, out, _ = run("convert", name, CORPORA / name, "-o", target)
        rows = list(read(name, CORPORA / name))
        assert code == 0
        assert out.startswith(f"{len(rows)} rows written: {target} (gold: ")
        examples = list(make_corpus_v1(target)(spacy.blank("en")))
        assert [example.text for example in examples] == [row.text for row in rows]
        for example, row in zip(examples, rows, strict=True):
            assert {task: get_gold(example.reference, task) for task in row.gold} == row.gold

    def test_scheme_split_and_limit(self, run, tmp_path):
        target = tmp_path / "out.jsonl"
        args = ["--scheme", "polarity", "--limit", 2]
        assert run("convert", "goemotions", CORPORA / "goemotions", "-o", target, *args)[0] == 0
        lines = [json.loads(line) for line in target.read_text().splitlines()]
        assert [line["gold"] for line in lines] == [
            {"polarity": {"labels": "neutral"}},
            {"polarity": {"labels": "positive"}},
        ]
        run("convert", "emobank", CORPORA / "emobank", "-o", target, "--split", "dev")
        assert len(target.read_text().splitlines()) == 2

    def test_settings(self, run, tmp_path):
        target = tmp_path / "out.jsonl"
        options = ["text=comment", "group=author", "task=emotion", "labels.joy=joy"]
        sets = [part for option in options for part in ("--set", option)]
        sample = CORPORA / "table" / "sample.csv"
        assert run("convert", "table", sample, "-o", target, *sets)[0] == 0
        assert json.loads(target.read_text().splitlines()[2]) == {
            "group": "ben",
            "text": 'They "fixed" it again.',
            "gold": {"emotion": {"labels": {"joy": 0}}},
        }
        sets = ["--set", 'languages=["deu"]', "--set", "track=a"]
        run("convert", "brighter", CORPORA / "brighter", "-o", target, *sets)
        assert len(target.read_text().splitlines()) == 3

    @pytest.mark.filterwarnings("default::spacy_affect.errors.AffectWarning")
    def test_bad_rows(self, run, tmp_path):
        source, target = tmp_path / "bad.tsv", tmp_path / "out.jsonl"
        source.write_text("fine\t1\tx\nno tabs\n")
        code, _, err = run("convert", "goemotions", source, "-o", target)
        assert (code, err.count("\n")) == (1, 1)
        assert "bad.tsv, line 2: 1 columns where 3 belong" in err
        assert not target.exists()
        code, out, err = run("convert", "goemotions", source, "-o", target, "--skip-bad")
        assert (code, out.startswith("1 rows written")) == (0, True)
        assert "1 malformed rows left out" in err

    def test_group_split(self, run, tmp_path):
        source = tmp_path / "all.jsonl"
        rows = [{"text": f"text {i}", "group": f"video {i % 20}"} for i in range(200)]
        source.write_text("\n".join(map(json.dumps, rows)))
        for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
            (tmp_path / folder).mkdir()
            target = tmp_path / folder / "out.jsonl"
            split = ["--group-split", "train=0.8,dev=0.1,test=0.1", "--seed", seed]
            code, out, _ = run("convert", "table", source, "-o", target, *split)
            assert code == 0
            assert out.count("rows written") == 3
        contents = {
            folder: {p.name: p.read_text() for p in (tmp_path / folder).iterdir()}
            for folder in "abc"
        }
        assert contents["a"] == contents["b"] != contents["c"]
        assert sorted(contents["a"]) == ["out.dev.jsonl", "out.test.jsonl", "out.train.jsonl"]
        groups = [
            {json.loads(line)["group"] for line in content.splitlines()}
            for content in contents["a"].values()
        ]
        assert sorted(map(len, groups)) == [2, 2, 16]
        assert len(set.union(*groups)) == 20
        parts = list(read(None, tmp_path / "a", "dev"))
        assert len(parts) == 20

    @pytest.mark.parametrize(
        ("args", "reason"),
        [
            (["sst"], "give SOURCE, PATH and -o FILE"),
            (["sst", CORPORA / "sst"], "give SOURCE, PATH and -o FILE"),
            (["sst", CORPORA / "sst", "-o", "out.csv"], "must end in .spacy or .jsonl"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--set", "a"], "write KEY=VALUE"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--set", "a=1"], "AF074"),
            (["table", "x", "-o", "x.jsonl", "--set", "values=[1"], "no JSON"),
            (["table", "x", "-o", "x.jsonl", "--set", "id=a", "--set", "id.b=c"], "one value"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--split", "half"], "AF071"),
            (["sts", CORPORA / "sst", "-o", "x.jsonl"], "AF014"),
            (["goemotions", ".", "-o", "x.jsonl", "--scheme", "ec11"], "AF017"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--group-split", "a"], "NAME=SHARE"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--group-split", "a=1,a=2"], "NAME=SHARE"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--group-split", "a/b=1"], "NAME=SHARE"),
            (["sst", CORPORA / "sst", "-o", "x.jsonl", "--group-split", "a=nan"], "NAME=SHARE"),
            (["sst", CORPORA / "sst", "-o", "no/folder/x.jsonl"], "no/folder"),
            (["sst", CORPORA / "sst", "-o", "x.spacy", "--lang", "tlh"], "no such language"),
            (["sst", "--check-leakage", "a", "b"], "takes neither"),
        ],
    )
    def test_mistakes_are_one_line(self, run, tmp_path, monkeypatch, args, reason):
        monkeypatch.chdir(tmp_path)
        code, _, err = run("convert", *args)
        assert code == 1
        assert err.count("\n") == 1
        assert reason in err
        assert list(tmp_path.iterdir()) == []


class TestLeakage:
    @pytest.fixture
    def files(self, tmp_path):
        a, b = tmp_path / "a.tsv", tmp_path / "b.csv"
        a.write_text("We saw a heron by the river on Sunday, it was great\t1\tx\nSomething\t2\ty\n")
        b.write_text(
            "text\nNothing of the sort\n"
            '"WE SAW A HERON by the river on sunday, it was great!!! https://example.org"\n'
            '"We saw a heron by the lake on Sunday, it was great"\n'
        )
        return f"goemotions:{a}", str(b)

    def test_found(self, run, files):
        code, out, _ = run("convert", "--check-leakage", *files)
        assert code == 3
        head = f"Of 3 texts of {files[1]}, 1 are equal to one of the 2 of {files[0]}, and 1 nearly"
        assert out.startswith(head)
        assert "equal  a.tsv:1  We saw a heron" in out
        assert "0.85   a.tsv:1" in out

    def test_json(self, run, files):
        code, out, _ = run("convert", "--check-leakage", *files, "--json")
        found = json.loads(out)
        assert code == 3
        assert (found["equal"], found["near"]) == (1, 1)
        assert (found["a"]["rows"], found["b"]["rows"]) == (2, 3)
        first, second = found["pairs"]
        assert first["equal"] is True
        assert second["similarity"] == pytest.approx(11 / 13)
        assert (first["a"]["id"], first["a"]["line"], first["b"]["line"]) == ("x", 1, 3)

    def test_not_found(self, run, tmp_path):
        a, b = CORPORA / "table" / "sample.jsonl", tmp_path / "out.spacy"
        run("convert", "sst", CORPORA / "sst", "-o", b)
        code, out, _ = run("convert", "--check-leakage", a, b)
        assert code == 0
        assert "0 are equal" in out
        assert run("convert", "--check-leakage", b, b)[0] == 3

    def test_a_file_that_is_not_there(self, run):
        code, _, err = run("convert", "--check-leakage", "none.jsonl", "none.csv")
        assert code == 1
        assert "AF030" in err


def test_gold_of_a_plain_table_reaches_training(tmp_path):
    source = CORPORA / "table" / "sample.jsonl"
    examples = list(make_corpus_v1(source)(spacy.blank("en")))
    assert get_gold(examples[1].reference, "subjectivity") == Gold(0.0, "objective")
