"""`spacy-affect calibrate`: fitted on one half, checked on the other; and what users then see."""

from __future__ import annotations

import csv
import json

import numpy
import pytest
import spacy

from spacy_affect.api import example, rule_backbone
from spacy_affect.cli import main
from spacy_affect.pipeline.trainable import AffectPipe

pytest.importorskip("vaderSentiment")

CONFIG = """
[nlp]
lang = "en"
pipeline = ["affect_polarity","affect_ambivalence"]

[components]

[components.affect_polarity]
factory = "affect_polarity"

[components.affect_polarity.model]
@architectures = "spacy_affect.Vader.v1"

[components.affect_ambivalence]
factory = "affect_ambivalence"

[components.affect_ambivalence.model]
@architectures = "spacy_affect.AmbivalenceCues.v1"
"""
WORDS = {"positive": "good great lovely fine", "negative": "bad awful sad poor", "neutral": "table"}


def reviews(n, seed=0):
    """YIELDS (dict): Rows whose words tell the class most of the time, and how strongly."""
    chance = numpy.random.default_rng(seed)
    for i in range(n):
        said = str(chance.choice([*WORDS]))
        meant = said if chance.random() < 0.8 else str(chance.choice([*WORDS]))
        words = chance.choice(WORDS[said].split(), 1 + i % 3)
        value = {"positive": 0.6, "negative": -0.6, "neutral": 0.0}[meant]
        value += float(chance.uniform(-0.3, 0.3))
        gold = {"polarity": {"value": round(value, 3), "labels": meant}}
        yield {"id": str(i), "text": f"The {' '.join(words)} number {i}", "gold": gold}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "reviews.jsonl", reviews(600))
    write(tmp_path / "more.jsonl", reviews(600, seed=1))
    (tmp_path / "vader.cfg").write_text(CONFIG)
    return tmp_path


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def run(capsys):
    """RETURNS: exit code, stdout, stderr."""

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main([*map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture
def calibrated(run, folder):
    code, _, err = run("calibrate", "vader.cfg", "reviews.jsonl", "-o", "sure")
    assert (code, err) == (0, "")
    return "sure"


def test_a_table_of_the_half_that_was_not_fitted(run):
    code, out, err = run("calibrate", "vader.cfg", "reviews.jsonl", "-o", "sure")
    assert (code, err) == (0, "")
    head, row, blank, note, written = out.splitlines()
    names = ["component", "fitted", "checked", "ece before", "ece", "coverage", "set size"]
    assert head.split("  ")[0] == "component"
    assert [name for name in names if name in head] == names
    assert row.split()[:4] == ["affect_polarity", "300", "300", "-"]
    assert blank == ""
    assert note == "Note: affect_ambivalence: no gold for it, left as it is"
    assert written == "written: sure"
    assert isinstance(spacy.load("sure").get_pipe("affect_polarity"), AffectPipe)


def test_json(run):
    code, out, err = run("calibrate", "vader.cfg", "reviews.jsonl", "-o", "sure", "--json")
    assert code == 0
    assert err.splitlines()[-1] == "written: sure"
    found = json.loads(out)["affect_polarity"]
    assert found["fitted"] + found["checked"] == 600
    assert "ece" not in found["before"]
    after = found["after"]
    assert after["ece"] < 0.1
    assert after["coverage"] == pytest.approx(0.9, abs=0.06)
    assert after["interval_coverage"] == pytest.approx(0.9, abs=0.06)
    assert 1.0 <= after["set_size"] <= 3.0
    assert 0.0 < after["interval_width"] <= 2.0
    # the scores are what they were
    assert after["pearson"] == found["before"]["pearson"]
    assert after["accuracy"] == found["before"]["accuracy"]


def test_the_seed_draws_the_halves_and_equal_texts_stay_together(run, folder):
    rows = [*reviews(300)]
    write(folder / "twice.jsonl", [*rows, *rows])
    found = {}
    for seed in (0, 0, 1):
        args = ("twice.jsonl", "-o", f"sure{seed}", "--seed", seed, "--json", "--force")
        code, out, _ = run("calibrate", "vader.cfg", *args)
        assert code == 0
        assert found.setdefault(seed, out) == out
    assert found[0] != found[1]
    halves = json.loads(found[0])["affect_polarity"]
    assert halves["fitted"] % 2 == halves["checked"] % 2 == 0


def test_an_output_is_overwritten_by_force_alone(run, folder):
    (folder / "file").write_text("mine")
    code, _, err = run("calibrate", "vader.cfg", "reviews.jsonl", "-o", "file", "--force")
    assert (code, (folder / "file").read_text()) == (1, "mine")
    assert "is a file" in err
    (folder / "sure").mkdir()
    code, _, err = run("calibrate", "vader.cfg", "reviews.jsonl", "-o", "sure")
    assert code == 1
    assert err.startswith("Error: AF130: sure exists already.")
    assert [*(folder / "sure").iterdir()] == []
    assert run("calibrate", "vader.cfg", "reviews.jsonl", "-o", "sure", "--force")[0] == 0


def test_nothing_to_calibrate_on(run, folder):
    write(folder / "few.jsonl", reviews(12))
    code, _, err = run("calibrate", "vader.cfg", "few.jsonl", "-o", "sure")
    assert code == 1
    assert "AF131" in err
    assert "gold for: polarity" in err
    assert not (folder / "sure").exists()


@pytest.mark.parametrize("level", ["0", "1", "90"])
def test_a_level_outside_of_its_range(run, level):
    args = ("vader.cfg", "reviews.jsonl", "-o", "sure", "--level", level)
    code, _, err = run("calibrate", *args)
    assert code == 1
    assert "0<x<1" in err.replace(" ", "")


def test_the_level_is_kept(run):
    args = ("vader.cfg", "reviews.jsonl", "-o", "sure", "--level", "0.6", "--json")
    _, out, _ = run("calibrate", *args)
    nlp = spacy.load("sure")
    assert nlp.get_pipe("affect_polarity").level == 0.6
    found = json.loads(out)["affect_polarity"]["after"]
    assert found["interval_coverage"] == pytest.approx(0.6, abs=0.08)


def test_several_sources(run):
    args = ("vader.cfg", "reviews.jsonl", "more.jsonl", "-o", "sure", "--json")
    _, out, _ = run("calibrate", *args)
    found = json.loads(out)["affect_polarity"]
    assert found["fitted"] + found["checked"] == 1200


def test_gold_in_docs(run, folder):
    run("convert", "table", "reviews.jsonl", "-o", "reviews.spacy")
    code, out, _ = run("calibrate", "vader.cfg", "reviews.spacy", "-o", "sure", "--json")
    assert code == 0
    assert json.loads(out)["affect_polarity"]["fitted"] == 300


def test_evaluate_says_how_sure(run, calibrated):
    _, out, _ = run("evaluate", calibrated, "more.jsonl", "--json", "--n-boot", 50)
    found = json.loads(out)["more.jsonl"]["affect_polarity"]
    for name in ("ece", "coverage", "set_size", "interval_coverage", "interval_width"):
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]
    assert found["coverage"]["value"] == pytest.approx(0.9, abs=0.06)
    _, out, _ = run("evaluate", "vader.cfg", "more.jsonl", "--json", "--n-boot", 0)
    before = json.loads(out)["more.jsonl"]["affect_polarity"]
    assert {*found} - {*before} == {
        *("ece", "coverage", "set_size", "interval_coverage", "interval_width")
    }
    assert {name: cells["value"] for name, cells in before.items()} == {
        name: found[name]["value"] for name in before
    }


class TestAnnotate:
    def rows(self, folder, run, pipeline, suffix, *options):
        write(folder / "rows.jsonl", [{"text": "Good, great."}, {"text": "Table."}, {"text": ""}])
        args = ("rows.jsonl", "-o", f"out{suffix}", "--pipeline", pipeline, "--quiet", "--restart")
        assert run("annotate", *args, *options)[0] == 0
        return folder / f"out{suffix}"

    def test_json(self, folder, run, calibrated):
        lines = self.rows(folder, run, calibrated, ".jsonl").read_text().splitlines()
        good, table, nothing = (json.loads(line)["affect"]["polarity"] for line in lines)
        doc = spacy.load(calibrated)("Good, great.")
        record = doc._.affect.polarity
        assert good["interval"] == record.interval
        assert (good["set"], good["confidence"]) == (record.set, record.confidence)
        assert good["abstain"] is False
        assert table["interval"][0] < 0 < table["interval"][1]
        assert "interval" not in nothing
        assert "abstain" not in nothing
        assert nothing["set"] is None

    @pytest.mark.parametrize("suffix", [".csv", ".tsv"])
    def test_tables(self, folder, run, calibrated, suffix):
        path = self.rows(folder, run, calibrated, suffix)
        with path.open(newline="") as file:
            rows = [*csv.DictReader(file, delimiter="," if suffix == ".csv" else "\t")]
        names = [name for name in rows[0] if name.startswith("affect_polarity")]
        ends = ["low", "high", "label", "abstain"]
        assert names == ["affect_polarity", *(f"affect_polarity_{end}" for end in ends)]
        good, _, nothing = rows
        low, value, high = (
            float(good[name]) for name in ("affect_polarity_low", names[0], "affect_polarity_high")
        )
        assert low < value < high
        assert good["affect_polarity_abstain"] == "false"
        assert {nothing[name] for name in names} == {""}
        assert "affect_ambivalence_abstain" not in rows[0]

    def test_parquet(self, folder, run, calibrated):
        parquet = pytest.importorskip("pyarrow.parquet")
        table = parquet.read_table(self.rows(folder, run, calibrated, ".parquet")).to_pylist()
        assert table[0]["affect_polarity_low"] < table[0]["affect_polarity_high"]
        assert table[0]["affect_polarity_abstain"] == "false"
        assert table[2]["affect_polarity_low"] is None

    def test_several_fields(self, folder, run, calibrated):
        write(folder / "two.jsonl", [{"title": "Good.", "body": "Bad."}])
        args = ("--text-field", "title", "--text-field", "body", "-o", "two.csv", "--quiet")
        assert run("annotate", "two.jsonl", *args, "--pipeline", calibrated)[0] == 0
        head = (folder / "two.csv").read_text().splitlines()[0].split(",")
        assert {"title_affect_polarity_low", "body_affect_polarity_high"} <= {*head}

    def test_what_is_not_calibrated_is_as_ever(self, folder, run):
        lines = self.rows(folder, run, "vader.cfg", ".jsonl").read_text().splitlines()
        keys = [*json.loads(lines[0])["affect"]["polarity"]]
        assert keys == ["value", "label", "labels", "source", "neg", "neu", "pos"]
        head = self.rows(folder, run, "vader.cfg", ".csv").read_text().splitlines()[0]
        assert "_low" not in head
        assert "abstain" not in head

    def test_units_together_have_no_interval(self, folder, run, calibrated):
        path = self.rows(folder, run, calibrated, ".csv", "--unit", "sents")
        with path.open(newline="") as file:
            first = next(csv.DictReader(file))
        assert first["affect_polarity"]
        assert first["affect_polarity_low"] == first["affect_polarity_abstain"] == ""


def read_moods(unit):
    joy, anger = (float(token.text) for token in unit)
    return {"joy": joy, "anger": anger, "fear": 0.1, "sadness": 0.1}


@spacy.registry.architectures("spacy_affect_tests.Moods.v1")
def make_moods():
    return rule_backbone(
        read_moods, columns=("anger", "fear", "joy", "sadness"), source="moods", provides=()
    )


def test_intervals_by_label_are_for_json_alone(run, folder):
    nlp = spacy.blank("en")
    settings = {"model": {"@architectures": "spacy_affect_tests.Moods.v1"}, "scheme": "semeval4"}
    nlp.add_pipe("affect_emotion", config=settings)
    nlp.to_disk(folder / "moods")
    chance = numpy.random.default_rng(0)
    rows = [
        {"text": f"{joy:.3f} {1 - joy:.3f}", "gold": {"emotion": {"value": {"joy": round(joy, 2)}}}}
        for joy in chance.random(100)
    ]
    write(folder / "moods.jsonl", rows)
    code, out, _ = run("calibrate", "moods", "moods.jsonl", "-o", "sure", "--json")
    assert code == 0
    assert json.loads(out)["affect_emotion"]["after"]["interval_width"] < 0.05
    args = ("--pipeline", "sure", "--quiet")
    assert run("annotate", "moods.jsonl", "-o", "out.jsonl", *args)[0] == 0
    entry = json.loads((folder / "out.jsonl").read_text().splitlines()[0])["affect"]["emotion"]
    assert [*entry["interval"]] == ["joy"]
    assert "margin" not in entry
    assert run("annotate", "moods.jsonl", "-o", "out.csv", *args)[0] == 0
    head = (folder / "out.csv").read_text().splitlines()[0]
    assert "_low" not in head


def test_what_a_shared_encoder_gives_is_there_while_it_is_fitted(run, folder):
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    shared = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": listener}
    nlp.add_pipe("affect_polarity", config={"model": shared})
    nlp.initialize(lambda: [example(nlp, row["text"], row["gold"]) for row in reviews(40)])
    nlp.to_disk(folder / "shared")
    code, out, _ = run("calibrate", "shared", "reviews.jsonl", "-o", "sure", "--json")
    assert code == 0
    assert json.loads(out)["affect_polarity"]["fitted"] == 300
    assert spacy.load("sure")("The good number 7")._.affect.polarity.set


@pytest.mark.parametrize(
    ("task", "labels"),
    [
        ("ambivalence", ("ambivalent", "not ambivalent")),
        ("subjectivity", ("subjective", "objective")),
    ],
)
def test_classes_with_too_little_gold(run, folder, task, labels):
    nlp = spacy.blank("en")
    nlp.add_pipe(f"affect_{task}")
    nlp.to_disk(folder / task)
    rows = [{"text": f"I love day {i}.", "gold": {task: labels[i > 2]}} for i in range(8)]
    write(folder / "few.jsonl", rows)
    code, _, err = run("calibrate", task, "few.jsonl", "-o", "sure")
    assert code == 1
    assert err.startswith("Error: AF131")
