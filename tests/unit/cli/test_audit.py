"""`spacy-affect audit`: a table, JSON, a page and pictures, or an error in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spacy_affect.cardpage import gaps
from spacy_affect.cli import audit, main
from spacy_affect.scoring.audit import measuring, parse_suite

TINY = """
[situations]
joy = { feeling = "glad|happy" }
[templates]
feeling = ["{subject} was {feeling}."]
none = ["The parcel is for {object}."]
[words]
group = "women"
reference = "men"
pairs = ["she her/he him", "the waitress/the waiter"]
"""
CONFIG = """
[nlp]
lang = "en"
pipeline = ["affect_polarity"]
[components]
[components.affect_polarity]
factory = "affect_polarity"
"""


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """RETURNS: A function that runs the command in tmp_path: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measuring, "load_suite", lambda: parse_suite(TINY))
    Path("polarity.cfg").write_text(CONFIG, encoding="utf8")

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(["audit", *map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


def test_the_default_pipeline(run):
    code, out, err = run("--n-boot", 20)
    assert (code, err) == (0, "")
    head, *rows = out.split("\n\n")[0].splitlines()
    assert (
        " ".join(head.split()) == "component label contrast mean 95 % interval largest pairs over"
    )
    components = [row.split()[0] for row in rows]
    assert components == ["affect_polarity", "affect_subjectivity", "affect_ambivalence"]
    assert all("women – men (words)" in row for row in rows)
    assert "Of 3 mean differences between groups" in out


def test_a_pipeline_of_ones_own_and_its_numbers(run):
    code, out, _ = run("polarity.cfg", "--json", "--n-boot", 20)
    assert code == 0
    found = json.loads(out)
    assert (found["limit"], found["sentences"], found["notes"]) == (0.02, 12, [])
    [one] = found["differences"]
    assert (one["component"], one["label"], one["n"]) == ("affect_polarity", "", 6)
    assert set(one["situations"]) == {"joy", "none"}
    assert one["low"] <= one["mean"] <= one["high"]
    assert abs(one["mean"]) <= one["largest"]
    assert len(one["texts"]) == 2


def test_only_the_tasks_asked_for(run):
    Path("two.cfg").write_text(
        CONFIG.replace('["affect_polarity"]', '["affect_polarity","affect_vad"]')
        + '[components.affect_vad]\nfactory = "affect_vad"\n',
        encoding="utf8",
    )
    code, out, _ = run("two.cfg", "--tasks", "polarity", "--json", "--n-boot", 0, "-o", "n/a.html")
    assert (code, Path("n/a.html").is_file()) == (0, True)
    assert {one["component"] for one in json.loads(out)["differences"]} == {"affect_polarity"}


def test_smaller_differences_are_shown_when_asked_for(run):
    _, brief, _ = run("--tasks", "vad", "--n-boot", 0)
    _, every, _ = run("--tasks", "vad", "--n-boot", 0, "--all")
    assert "Of 2 smaller ones --all shows the numbers." in brief
    assert (brief.count("affect_vad"), every.count("affect_vad")) == (1, 3)


def test_strict_says_that_a_limit_is_exceeded(run):
    assert run("polarity.cfg", "--n-boot", 0, "--strict", "--limit", 1)[0] == 0
    code, out, _ = run("polarity.cfg", "--n-boot", 0, "--strict", "--limit", 0)
    assert code == 3
    assert "1 exceeds 0 of the value's scale: affect_polarity, women – men (words)" in out
    assert run("polarity.cfg", "--n-boot", 0, "--limit", 0)[0] == 0


def test_a_page_and_pictures(run):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    code, out, err = run("polarity.cfg", "-o", "a.html", "-o", "a.PNG", "-o", "a.svg")
    assert (code, err) == (0, "")
    assert out.endswith("written: a.html\nwritten: a.PNG\nwritten: a.svg\n")
    html = Path("a.html").read_text(encoding="utf8")
    assert "<title>Fairness audit of polarity.cfg</title>" in html
    assert Path("a.PNG").read_bytes().startswith(b"\x89PNG")
    assert Path("a.svg").read_text(encoding="utf8").startswith("<svg")


def test_without_what_draws_a_page_is_written_without_its_picture(run, monkeypatch):
    monkeypatch.setattr(gaps.util, "find_spec", lambda name: None)
    code, out, err = run("polarity.cfg", "-o", "a.html", "--n-boot", 0)
    assert code == 0
    assert out.endswith("written: a.html\n")
    assert err.startswith("Warning: the page is written without its picture. AF001: Drawing an")
    assert 'pip install "spacy-affect[arc]"' in err
    html = Path("a.html").read_text(encoding="utf8")
    assert "<h2>All differences</h2>" in html
    assert "<h2>Chart</h2>" not in html
    assert "<img" not in html


def test_without_what_draws_a_picture_is_refused_at_once(run, monkeypatch):
    monkeypatch.setattr(gaps.util, "find_spec", lambda name: None)
    monkeypatch.setattr(audit, "build", lambda spec: pytest.fail("computed in vain"))
    code, out, err = run("polarity.cfg", "-o", "a.html", "-o", "a.png")
    assert (code, out) == (1, "")
    assert err.startswith("Error: AF001: Drawing an audit needs the package vl-convert-python")
    assert not Path("a.html").exists()


def test_json_stays_alone_on_stdout(run):
    pytest.importorskip("altair")
    _, out, err = run("polarity.cfg", "--json", "-o", "a.svg", "--n-boot", 0)
    assert json.loads(out)["sentences"] == 12
    assert err == "written: a.svg\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-o", "a.pdf"], "AF172: cannot draw a.pdf: an audit is written as .html, .png or .svg"),
        (["--tasks", "nonesuch"], "AF014: no task"),
        (["polarity.cfg", "--tasks", "vad"], "AF083: the pipeline 'polarity.cfg' has no component"),
        (["no/such"], "AF039: cannot load the pipeline 'no/such'"),
        (["--limit", "2"], "Invalid value for '--limit'"),
    ],
)
def test_errors_are_one_line(run, args, message):
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert err.startswith(f"Error: {message}")
    assert len(err.splitlines()) == 1
