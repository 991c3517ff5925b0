"""`spacy-affect compare`: two pipelines and an input in, the rows that differ most out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from spacy_affect.cli import main

pytest.importorskip("vaderSentiment")
CONFIG = """
[nlp]
lang = "en"
pipeline = ["affect_polarity"]
[components]
[components.affect_polarity]
factory = "affect_polarity"
[components.affect_polarity.model]
@architectures = "spacy_affect.{backbone}.v1"
"""
TEXTS = ("The plan was not good at all.", "What a lovely day!", "I used to hate it.", "Fine.")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """RETURNS: A function that runs the command in tmp_path: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name, backbone in (("mine", "Embedded"), ("theirs", "Vader")):
        Path(f"{name}.cfg").write_text(CONFIG.format(backbone=backbone), encoding="utf8")
    rows = [{"id": f"r{i}", "text": text} for i, text in enumerate(TEXTS)]
    rows.append({"id": "r9", "text": None})
    Path("t.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf8")

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(["compare", "mine.cfg", "theirs.cfg", *map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


def test_a_table_and_a_summary(run):
    code, out, err = run("t.jsonl", "--top", 2, "--id-field", "id")
    assert (code, err) == (0, "")
    head, *rows = out.split("\n\n")[0].splitlines()
    assert " ".join(head.split()) == "row id disagreement most on A B text"
    assert len(rows) == 2
    assert "A: mine.cfg, B: theirs.cfg\n5 rows, 1 with an error, 1 texts without two scores" in out
    assert "1 times like: AF053: the field 'text' holds null, not text" in out
    assert "polarity  4 " in out


def test_json(run):
    code, out, err = run("t.jsonl", "--json", "--top", 1)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["a"], found["rows"], found["errors"]) == ("mine.cfg", 5, 1)
    [top] = found["top"]
    assert top["tasks"]["polarity"]["difference"] == top["disagreement"]
    assert top["text"] in TEXTS


def test_files(run):
    code, out, _ = run("t.jsonl", "-o", "out.jsonl", "--quiet")
    assert (code, out) == (0, "written: out.jsonl\n")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert {"id", "text", "compare"} == set(rows[0])
    run("t.jsonl", "-o", "out.csv", "--quiet", "--id-field", "id")
    with open("out.csv", encoding="utf8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [cell["id"] for cell in cells] == [row["id"] for row in rows]


def test_an_input_in_a_folder_is_not_written_over(run):
    Path("in").mkdir()
    Path("in/t.jsonl").write_bytes(Path("t.jsonl").read_bytes())
    code, _, err = run("in", "-o", "in/t.jsonl")
    assert (code, err) == (1, "Error: AF042: the output in/t.jsonl is one of the inputs.\n")
    assert Path("in/t.jsonl").read_bytes() == Path("t.jsonl").read_bytes()


def test_the_folder_of_the_output_is_made(run):
    code, out, _ = run("t.jsonl", "-o", "new/er/out.jsonl", "--quiet")
    assert (code, out) == (0, "written: new/er/out.jsonl\n")


def test_tasks_for_annotation_tools(run):
    code, out, _ = run("t.jsonl", "-o", "q.json", "--export", "label-studio", "--quiet")
    assert (code, out) == (0, "written: q.json\nwritten: q.xml\n")
    [first, *_] = json.loads(Path("q.json").read_text())
    assert [p["model_version"] for p in first["predictions"]] == ["mine.cfg", "theirs.cfg"]
    assert '<Choices name="polarity"' in Path("q.xml").read_text()
    run("t.jsonl", "-o", "q.jsonl", "--export", "prodigy", "--quiet")
    [task, *_] = (json.loads(line) for line in Path("q.jsonl").read_text().splitlines())
    assert (task["accept"], len(task["options"])) == ([], 3)


def test_two_that_say_the_same(run, capsys):
    for args, said in ((["t.jsonl"], "no disagreement"), (["bad.jsonl"], "no text with two")):
        Path("bad.jsonl").write_text('{"text": 7}\n', encoding="utf8")
        with pytest.raises(SystemExit) as stop:
            main(["compare", "mine.cfg", "mine.cfg", *args])
        out, err = capsys.readouterr()
        assert (stop.value.code, err) == (0, "")
        assert out.startswith(said)
        assert "A: mine.cfg, B: mine.cfg" in out


def test_other_formats_are_read(run):
    Path("t.csv").write_text("a,b\nI like it,not bad\n", encoding="utf8")
    code, out, _ = run("t.csv", "--text-field", "b", "--json")
    assert code == 0
    assert [top["text"] for top in json.loads(out)["top"]] == ["not bad"]
    Path("t.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ann>I am not happy.\n", encoding="utf8"
    )
    code, out, _ = run("t.vtt", "--json")
    assert [top["text"] for top in json.loads(out)["top"]] == ["Ann: I am not happy."]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["t.jsonl", "-o", "a.txt"], "AF176: cannot write a.txt: what differs is written as .js"),
        (["t.jsonl", "-o", "a.csv", "--export", "prodigy"], "AF176: cannot write a.csv: tasks for"),
        (
            ["t.jsonl", "-o", "a.csv", "--export", "label-studio"],
            "AF176: cannot write a.csv: tasks for label-studio are written as .json, not '.csv'",
        ),
        (["t.jsonl", "-o", "t.jsonl"], "AF042: the output t.jsonl is one of the inputs"),
        (["t.jsonl", "--export", "prodigy"], "--export needs an output"),
        (["t.jsonl", "-o", "a.csv", "--json"], "--json goes to stdout"),
        (["t.jsonl", "--turns-field", "x", "--text-field", "y"], "--turns-field goes without"),
        (["t.jsonl", "--tasks", "vad"], "AF083: the pipeline 'mine.cfg' has no component of the"),
        (["t.jsonl", "--text-field", "body"], "AF032: the input has no field 'body'"),
        (["no.jsonl"], "AF030: cannot read no.jsonl"),
        ([], "Missing argument 'INPUT...'"),
    ],
)
def test_errors_are_one_line(run, args, message):
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert err.startswith(f"Error: {message}")
    assert len(err.splitlines()) == 1
    assert not Path("a.csv").exists()
