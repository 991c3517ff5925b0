"""A fairness audit in words, on a page, and as a picture."""

from __future__ import annotations

import re

import pytest

from spacy_affect.cardpage import gaps
from spacy_affect.cardpage.fairness import signed, verdict
from spacy_affect.cardpage.fairness_page import NOTICE, page
from spacy_affect.cards import Audit, Gap
from spacy_affect.scoring.audit import Difference, Report

SMALL = Gap(
    *("affect_polarity", "women – men (words)", 0.0012),
    low=0.001, high=0.0014, largest=0.05, n=1632, situation="joy", in_situation=0.003,
)  # fmt: skip
LARGE = Gap("affect_emotion", "Arabic – European American", -0.031, "anger", largest=0.2, n=10)
INSIDE = Gap(
    *("affect_emotion", "women – men (names)", 0.001, "joy"),
    situation="fear",
    in_situation=0.04,
)
TEXTS = ("<b>She</b> was glad.", "He was glad.")


def report(*found):
    differences = [Difference(gap, {}, TEXTS) for gap in found]
    return Report(0.02, 12, differences, ["a note"])


class TestVerdict:
    def test_nothing_exceeds_the_limit(self):
        said = verdict(Audit(0.02, 12, 322, 0, 0.316, (SMALL,)))
        assert said == (
            "Of 322 mean differences between groups none exceeds 0.02 of the value's scale. "
            "Single pairs differ by up to 0.316."
        )

    def test_one_does(self):
        said = verdict(Audit(0.02, 12, 322, 1, None, (SMALL, LARGE)))
        assert said == (
            "Of 322 mean differences between groups 1 exceeds 0.02 of the value's scale: "
            "affect_emotion anger, Arabic – European American (-0.0310)."
        )

    def test_in_a_situation_alone(self):
        said = verdict(Audit(0.02, gaps=(INSIDE, LARGE)))
        assert "2 exceed 0.02 of the value's scale: affect_emotion joy, women" in said
        assert "women – men (names) in fear (+0.0400); affect_emotion anger" in said

    def test_many_are_not_all_named(self):
        said = verdict(Audit(0.02, values=30, over=20, gaps=(LARGE,) * 20))
        assert said.count("affect_emotion anger") == 6
        assert said.endswith("(-0.0310); and 14 more.")

    @pytest.mark.parametrize(
        ("number", "written"),
        [(None, "–"), (0.0, "0.0000"), (-0.00001, "0.0000"), (0.01234, "+0.0123"), (-1, "-1.0000")],
    )
    def test_signs(self, number, written):
        assert signed(number) == written


class TestPage:
    def test_all_of_it(self):
        html = page("Fairness audit of <x>", report(SMALL, LARGE, INSIDE), "<svg/>")
        assert "<title>Fairness audit of &lt;x&gt;</title>" in html
        for said in (
            NOTICE,
            "a note",
            "2 exceed 0.02",
            "in fear: +0.0400",
            "&lt;b&gt;She&lt;/b&gt;",
        ):
            assert said in html
        assert html.count("women – men (words)") == 1
        assert "data:image/svg+xml;base64," in html
        assert "<script" not in html

    def test_without_intervals(self):
        assert "95 % interval" not in page("x", report(LARGE))


class TestChart:
    @pytest.fixture(autouse=True)
    def libraries(self):
        pytest.importorskip("altair")
        pytest.importorskip("vl_convert")

    def spec(self, *found, limit=0.02):
        return gaps.draw("An audit", found, limit)

    def rows(self, panel):
        return [
            row
            for layer in panel["layer"]
            for row in layer["data"]["values"]
            if layer["mark"]["type"] == "point"
        ]

    def test_a_panel_for_each_contrast(self):
        spec = self.spec(SMALL, LARGE, INSIDE)
        titles = [panel["title"]["text"] for panel in spec["concat"]]
        assert titles == [SMALL.contrast, LARGE.contrast, INSIDE.contrast]
        [row] = self.rows(spec["concat"][0])
        wanted = {"value": "polarity", "mean": 0.0012, "low": 0.001, "high": 0.0014}
        assert row == {**wanted, "kind": "within"}

    def test_what_is_over_looks_different(self):
        kinds = [self.rows(panel)[0]["kind"] for panel in self.spec(SMALL, LARGE, INSIDE)["concat"]]
        assert kinds == ["within", "over", "in a situation"]

    def test_without_an_interval_it_is_the_mean(self):
        [row] = self.rows(self.spec(LARGE)["concat"][0])
        assert row["low"] == row["high"] == row["mean"]

    def test_all_panels_have_one_axis_that_shows_the_limit(self):
        def domains(spec):
            text = str(spec)
            return set(re.findall(r"'domain': \[(-?[\d.]+), ([\d.]+)\]", text))

        [(low, high)] = domains(self.spec(SMALL, INSIDE))
        assert float(high) == -float(low) >= 0.02
        [(_, high)] = domains(self.spec(LARGE))
        assert float(high) > 0.031

    def test_pictures(self):
        spec = self.spec(SMALL, LARGE, INSIDE)
        assert gaps.png(spec).startswith(b"\x89PNG")
        svg = gaps.svg(spec)
        assert "emotion: anger" in svg
        colours = re.findall(r"#[0-9a-f]{6}", svg)
        assert all(len({c[1:3], c[3:5], c[5:7]}) == 1 for c in colours)


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr(gaps.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"AF001: Drawing an audit needs .*spacy-affect\[arc\]"):
        gaps.need()
