"""`spacy-affect arc`: a conversation in, a page or a picture out, or an error in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from spacy_affect.arc import chart
from spacy_affect.cli import arc, main

pytest.importorskip("altair")
pytest.importorskip("vl_convert")
SAMPLE = Path(__file__).parents[3] / "corpora" / "conversation" / "conversation.json"


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """RETURNS: A function that runs the command in tmp_path: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(["arc", *map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


def write(name, turns):
    Path(name).write_text(json.dumps(turns), encoding="utf8")
    return name


def test_the_sample_becomes_a_page_and_a_picture(run):
    code, out, err = run(SAMPLE, "-o", "arc.html", "-o", "arc.PNG")
    assert (code, err) == (0, "")
    assert out == "written: arc.html\nwritten: arc.PNG\n"
    html = Path("arc.html").read_text(encoding="utf8")
    assert "<title>Emotional arc of conversation.json</title>" in html
    assert "16 turns (seeker 8, supporter 8), until 2:37." in html
    assert "Polarity: scored by spacy_affect.Embedded.v1 (general " in html
    assert len(re.findall('<th scope="row"', html)) == 16
    assert Path("arc.PNG").read_bytes().startswith(b"\x89PNG")


def test_tasks_axis_and_title_can_be_chosen(run):
    code, _, _ = run(
        SAMPLE, "-o", "a.html", "--tasks", "ambivalence", "--by", "turns", "--title", "Me & you"
    )
    assert code == 0
    html = Path("a.html").read_text(encoding="utf8")
    assert "<h1>Me &amp; you</h1>" in html
    assert "Polarity: absent; no component affect_polarity ran." in html
    assert "Each turn stands over its number." in html


def test_problems_of_a_transcript_are_warnings(run):
    turns = [{"speaker": "a", "text": "I want it, but maybe not."}, {"text": "Oh."}]
    code, _, err = run(write("t.json", turns), "-o", "t.html", "--tasks", "ambivalence")
    assert code == 0
    assert err.startswith("Warning: t.json: ")
    assert len(err.splitlines()) == 1


def test_without_what_draws_it_is_refused_at_once(run, monkeypatch):
    monkeypatch.setattr(chart.util, "find_spec", lambda name: None)
    monkeypatch.setattr(arc, "_score", lambda *_: pytest.fail("computed in vain"))
    code, out, err = run(SAMPLE, "-o", "a.html", "-o", "a.png")
    assert (code, out) == (1, "")
    assert err.startswith("Error: AF001: Drawing an arc needs the package vl-convert-python")
    assert 'pip install "spacy-affect[arc]"' in err


@pytest.mark.parametrize(
    ("turns", "options", "message"),
    [
        ([{"text": "Hi."}], ["-o", "a.pdf"], "AF120: cannot draw a.pdf: .*'.pdf'"),
        ([{"text": "Hi."}], ["-o", "a"], "AF120: cannot draw a: "),
        ([{"text": " "}], ["-o", "a.html"], "AF121: t.json has no turn with a text"),
        ([{"text": "Hi."}], ["-o", "a.html", "--tasks", "subjectivity"], "AF122: nothing to draw"),
        ([{"text": "Hi."}], ["-o", "a.png", "--by", "time"], "AF123: turn 1 has no start"),
        ([{"text": "Hi."}], ["-o", "a.html", "--tasks", "nonesuch"], "AF014: no task"),
        ([{"text": "Hi."}], ["-o", "no/a.html", "--tasks", "ambivalence"], "No such file"),
        ([{"text": "Hi."}], [], "Missing option"),
    ],
)
def test_errors_are_one_line(run, turns, options, message):
    if "--tasks" not in options or "subjectivity" in options:
        pytest.importorskip("vaderSentiment")
        pytest.importorskip("textblob")
    code, out, err = run(write("t.json", turns), *options)
    errors = [line for line in err.splitlines() if not line.startswith("Warning: ")]
    assert (code, out) == (1, "")
    assert len(errors) == 1
    assert re.match(f"Error: {message}", errors[0])
    assert not Path("a.html").exists()
