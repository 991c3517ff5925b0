"""`spacy-affect models`."""

from __future__ import annotations

import json

import pytest

from spacy_affect.cardpage import chart
from spacy_affect.cli import main

from .conftest import CARD


@pytest.fixture
def run(capsys, weights):
    weights("general", CARD)

    def run(*args):
        with pytest.raises(SystemExit) as stop:
            main(["models", *map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return run


def test_the_list(run, weights, package):
    weights("broken", "{")
    package("mood", "affect_vad", affect={"use": "research", "uses": "long " * 40})
    code, out, err = run()
    assert (code, err) == (0, "")
    head, broken, general, mood = out.splitlines()
    assert head.split()[:3] == ["model", "kind", "version"]
    assert [row.split()[1] for row in (broken, general, mood)] == ["weights"] * 2 + ["pipeline"]
    assert "may be used for" in head
    assert "BROKEN: AF150" in broken
    assert "emotion, polarity  MIT" in general
    assert "any use, commercial too: comments and messages" in general
    assert "4.1 MB" in general
    assert "research only: long" in mood
    assert " …  " in mood
    assert mood.endswith("en-mood")


def test_the_list_as_json(run, weights):
    weights("broken", "{")
    broken, general = json.loads(run("--json")[1])
    assert (broken["name"], broken["error"][:5]) == ("broken", "AF150")
    assert (general["kind"], general["use"], general["error"]) == ("weights", "commercial", "")
    assert general["size_bytes"] == 4_120_000
    assert general["path"].endswith("general")
    assert json.loads(run("--card", "general", "--json")[1]) == general
    assert general["calibration"]["affect_emotion"]["bins"][0] == [0.9, 0.8, 10]


def test_nothing_installed(run, weights, monkeypatch):
    from spacy_affect.registry import REGISTRIES

    monkeypatch.setattr(REGISTRIES["weights"], "get_all", dict)
    assert run()[1] == "none\n"
    assert run("--json")[1] == "[]\n"


def test_a_card_on_stdout_needs_no_library_that_draws(run, monkeypatch):
    monkeypatch.setattr(chart.util, "find_spec", lambda name: None)
    code, out, _ = run("--card", "general")
    assert code == 0
    assert out.startswith("# general 0.5.0\n")
    assert "| affect_emotion | 0.900 | 0.800 | 10 |" in out
    assert "![" not in out


@pytest.mark.parametrize("name", ["card.md", "card.html"])
def test_without_what_draws_a_card_is_written_without_its_picture(run, tmp_path, monkeypatch, name):
    monkeypatch.setattr(chart.util, "find_spec", lambda name: None)
    code, out, err = run("--card", "general", "-o", tmp_path / name)
    assert (code, out) == (0, f"written: {tmp_path / name}\n")
    assert err.startswith("Warning: the card is written without its picture. AF001: Drawing the")
    assert 'pip install "spacy-affect[arc]"' in err
    assert len(err.splitlines()) == 1
    card = (tmp_path / name).read_text(encoding="utf8")
    assert "mean confidence" in card
    assert "![" not in card
    assert "<img" not in card
    assert [path.name for path in tmp_path.glob("card*")] == [name]


def test_files(run, tmp_path):
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    page, card = tmp_path / "card.html", tmp_path / "my.card.md"
    code, out, err = run("--card", "general", "-o", card, "-o", page)
    picture = tmp_path / "my.card.calibration.svg"
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"written: {path}" for path in (card, picture, page)]
    assert "](<my.card.calibration.svg>)" in card.read_text(encoding="utf8")
    assert picture.read_text(encoding="utf8").startswith("<svg")
    assert "data:image/svg+xml;base64," in page.read_text(encoding="utf8")


def test_a_card_without_bins_needs_no_picture(run, weights, tmp_path, monkeypatch):
    weights("bare", {"name": "bare"})
    monkeypatch.setattr(chart.util, "find_spec", lambda name: None)
    code, out, _ = run("--card", "bare", "-o", tmp_path / "card.md")
    assert (code, out) == (0, f"written: {tmp_path / 'card.md'}\n")


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["--card", "generl"], 'AF152: no model \'generl\'. There are: general. Did you mean "gen'),
        (["--card", "general", "-o", "card.pdf"], "AF153: cannot write card.pdf: a card is"),
        (["-o", "card.md"], "-o needs --card NAME"),
        (["--card", "general", "--json", "-o", "card.md"], "--json goes to stdout"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line(run, args, wanted):
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert wanted in err
    assert len(err.splitlines()) == 1
