"""Bar charts, and the one of strategies that `spacy-affect evaluate` draws."""

from __future__ import annotations

import io
import json
import math
import sys

import numpy
import pytest

from spacy_affect.cli import evaluate as command
from spacy_affect.cli import main
from spacy_affect.cli.bars import BLOCK, PLAIN, bars, mark
from spacy_affect.labels import ESCONV8
from spacy_affect.scoring.bootstrap import compare, estimate
from spacy_affect.scoring.evaluation import Report, Scored
from spacy_affect.scoring.metrics import preference_bias
from spacy_affect.scoring.outcomes import Classes

GOLD, PRED = numpy.random.default_rng(5).choice(ESCONV8.labels, size=(2, 90)).tolist()


class TestBars:
    def test_the_highest_is_the_longest(self):
        found = list(bars({"question": 2.0, "other": 0.5, "information": 0.0}, "#", width=8))
        assert found == [
            "question     2.000  ########",
            "other        0.500  ##",
            "information  0.000",
        ]

    def test_what_has_no_bar(self):
        assert list(bars({"a": math.nan, "b": 1.0, "c": -1.0}, "#", width=2)) == [
            "a      -",
            "b  1.000  ##",
            "c  -1.000",
        ]
        assert list(bars({"a": 0.0}, "#")) == ["a  0.000"]
        assert list(bars({"a": math.nan}, "#")) == ["a      -"]
        assert list(bars({}, "#")) == []

    @pytest.mark.parametrize(
        ("encoding", "block"),
        [
            ("utf-8", BLOCK),
            ("cp437", BLOCK),
            ("ascii", PLAIN),
            ("latin-1", PLAIN),
            ("no such", PLAIN),
            (None, PLAIN),
        ],
    )
    def test_the_mark_is_what_the_terminal_can_write(self, encoding, block):
        assert mark(encoding) == block


class TestEvaluate:
    """Of a report that is already there, so that no model is needed."""

    @pytest.fixture(autouse=True)
    def report(self, monkeypatch):
        outcomes = [Classes(numpy.arange(90), GOLD, PRED, choices=ESCONV8.labels)]
        metrics = estimate(outcomes, 90, 20, seed=0)
        scored = Scored(metrics, 90, compare(metrics, metrics))
        report = Report({"esconv": {"affect_support": scored}}, ["a note"])
        monkeypatch.setattr(command, "_side", lambda *_: None)
        monkeypatch.setattr(command, "evaluate", lambda *_: report)

    def run(self, *args):
        with pytest.raises(SystemExit) as stop:
            main(["evaluate", "pipeline", "esconv:there", *args])
        assert stop.value.code == 0

    def test_the_chart(self, capsys):
        wanted = preference_bias(GOLD, PRED, ESCONV8.labels)
        self.run()
        table, chart, notes = capsys.readouterr().out.split("\n\n")
        assert "macro_f1" in table
        assert "preference_bias" in table
        assert "preference_question" not in table
        head, _, *lines = chart.splitlines()
        assert head == (
            f"esconv, affect_support: Q (macro_f1) {wanted.macro_f1:.3f}, "
            f"B (preference_bias) {wanted.bias:.3f}"
        )
        assert [line.split()[:2] for line in lines] == [
            [name, f"{number:.3f}"] for name, number in wanted.preference.items()
        ]
        assert max(line.count(BLOCK) for line in lines) == 40
        assert notes == "Note: a note\n"

    def test_a_terminal_without_blocks(self, monkeypatch):
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
        self.run()
        sys.stdout.flush()
        assert 40 * PLAIN in written.getvalue().decode("ascii")

    def test_json_holds_each_preference(self, capsys):
        wanted = preference_bias(GOLD, PRED, ESCONV8.labels)
        self.run("--json")
        found = json.loads(capsys.readouterr().out)["esconv"]["affect_support"]
        for name, number in wanted.preference.items():
            cells = found[f"preference_{name}"]
            assert cells["value"] == pytest.approx(number)
            assert cells["low"] <= cells["high"]
            assert cells["better"] is None
        assert found["preference_bias"]["value"] == pytest.approx(wanted.bias)
        assert found["macro_f1"]["value"] == pytest.approx(wanted.macro_f1)
