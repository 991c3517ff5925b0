"""The page and the picture: what is drawn, what is told, and that neither does any harm."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import struct
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from spacy_affect.arc import chart, series
from spacy_affect.arc.data import Arc
from spacy_affect.arc.page import NOTICE, page, provenance, summary

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

EVIL = "<script>alert(1)</script> & </script><!-- \u2028 <img src=x onerror=alert(2)>"


def make(n=4, **changes):
    """RETURNS (Arc): Of two speakers, all of it scored."""
    arc = Arc(
        numbers=list(range(1, n + 1)),
        speakers=[("ann", "bob")[i % 2] for i in range(n)],
        starts=[10.0 * i for i in range(n)],
        ends=[10.0 * i + 8 for i in range(n)],
        texts=[f"Text {i}." for i in range(n)],
        polarity=[(-0.5, 0.25, None, 1.0)[i % 4] for i in range(n)],
        emotions={"joy": [0.125] * n, "fear": [0.5] * n, "trust": [0.0] * n},
        ambivalence=[(0.75, 0.0)[i % 2] for i in range(n)],
        cues=[({"contrast": ["but"]}, {})[i % 2] for i in range(n)],
        strategies=[(None, "self_disclosure")[i % 2] for i in range(n)],
        shares=[(None, 0.625)[i % 2] for i in range(n)],
        given=[None] * n,
        sources={task: f"the {task} model" for task in ("polarity", "emotion", "ambivalence")}
        | {"support": "the support model"},
    )
    return dataclasses.replace(arc, **changes)


def without(*tasks, **changes):
    arc = make(**changes)
    sources = {task: source for task, source in arc.sources.items() if task not in tasks}
    emotions = {} if "emotion" in tasks else arc.emotions
    return dataclasses.replace(arc, sources=sources, emotions=emotions)


class Reader(HTMLParser):
    """Collects tags with their attributes, table rows, and what scripts hold."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.scripts = [], [], []
        self._in = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "script":
            self.scripts.append("")
        self._in = tag

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in in ("td", "th"):
            self.rows[-1][-1] += data
        elif self._in == "script":
            self.scripts[-1] += data

    def attrs(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def titles(spec):
    return [panel["title"] for panel in spec["vconcat"]]


def test_the_table_has_the_numbers():
    read = Reader(page(make(), "time", ["joy", "fear"], "A talk"))
    assert read.rows[0] == [
        *("Turn", "Start", "End", "Speaker", "Text", "Polarity", "Joy", "Fear", "Trust"),
        *("Ambivalence", "Cues", "Strategy (scored)", "Its probability"),
    ]
    assert read.rows[1] == [
        *("1", "0:00", "0:08", "ann", "Text 0.", "-0.500", "0.125", "0.500", "0.000"),
        *("0.750", "contrast: but", "–", "–"),
    ]
    assert read.rows[2][5:] == [
        *("+0.250", "0.125", "0.500", "0.000", "0.000", "–", "self disclosure", "0.625")
    ]
    assert read.rows[3][5] == "–"
    assert len(read.rows) == 5
    scopes = [attrs.get("scope") for attrs in read.attrs("th")]
    assert scopes == ["col"] * 13 + ["row"] * 4
    assert len(read.attrs("caption")) == 1
    assert read.attrs("html") == [{"lang": "en"}]


def test_it_loads_nothing():
    html = page(make(), "time", ["joy"], "A talk")
    read = Reader(html)
    for _, attrs in read.tags:
        assert not {"src", "href", "srcset", "data", "action"} & set(attrs)
        assert not any(name.startswith("on") for name in attrs)
    style = re.search(r"<style>(.*?)</style>", html, re.S).group(1)
    assert "url(" not in style
    assert "@import" not in style
    policy = next(attrs["content"] for attrs in read.attrs("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    allowed = re.findall(r"sha256-([^']+)", policy)
    codes = [code.encode() for code in read.scripts[1:]]
    assert allowed == [base64.b64encode(hashlib.sha256(c).digest()).decode() for c in codes]
    spec = json.loads(read.scripts[0])
    assert '"url"' not in json.dumps(spec)
    assert len(html) < 1_500_000


def test_what_was_said_does_no_harm():
    texts = [EVIL, "b"]
    arc = make(
        2, texts=texts, speakers=[EVIL, "</title>"], situation=EVIL, cues=[{EVIL: [EVIL]}, {}]
    )
    arc = dataclasses.replace(arc, emotions={EVIL: [0.5, 0.5]}, strategies=[EVIL, None])
    html = page(arc, "turns", [EVIL], EVIL)
    read = Reader(html)
    assert len(read.scripts) == 3
    assert not read.attrs("img")
    assert "<script>alert" not in html
    assert EVIL in read.rows[1]
    spec = json.loads(read.scripts[0])
    assert "<" not in read.scripts[0]
    assert spec["datasets"]["turns"][0]["said"] == " ".join(EVIL.split())
    assert chart.png(chart.draw(arc, "turns", [EVIL], [EVIL])).startswith(b"\x89PNG")


def test_it_says_what_scored_and_what_is_absent():
    arc = without("emotion", "support")
    assert list(provenance(arc)) == [
        "Polarity: scored by the polarity model.",
        "Emotion: absent; no component affect_emotion ran.",
        "Ambivalence: scored by the ambivalence model.",
        "Support strategies: absent; no component affect_support ran.",
    ]
    html = page(arc, "time", [], "A talk")
    assert "Emotion: absent; no component affect_emotion ran." in html
    assert NOTICE.replace("'", "&#x27;") in html or NOTICE in html
    given = dataclasses.replace(arc, given=["question", None, None, None])
    assert list(provenance(given))[3] == "Support strategies: as given with the turns, not scored."
    assert summary(arc) == "4 turns (ann 2, bob 2), until 0:38."
    assert summary(make(1, speakers=[""], starts=[None], ends=[None])) == "1 turn."


@pytest.mark.parametrize(
    ("absent", "shown"),
    [
        ((), ["Polarity", "Emotion: joy", "Ambivalence", "Support"]),
        (("emotion",), ["Polarity", "Ambivalence", "Support"]),
        (("polarity", "ambivalence", "support"), ["Emotion: joy"]),
        (("emotion", "polarity", "ambivalence"), ["Support"]),
        (("emotion", "polarity", "support"), ["Ambivalence"]),
    ],
)
@pytest.mark.parametrize("by", ["time", "turns"])
def test_any_part_may_be_absent(absent, shown, by):
    arc = without(*absent)
    spec = chart.draw(arc, by, list(arc.emotions)[:1])
    assert [title.split(" (")[0].removesuffix(" strategies") for title in titles(spec)] == shown
    assert spec["datasets"]["turns"][0]["turn"] == 1
    assert chart.png(chart.draw(arc, by, list(arc.emotions)[:1], ["x"])).startswith(b"\x89PNG")


@pytest.mark.parametrize("n", [1, 2, 150])
def test_a_picture_needs_no_browser(n):
    picture = chart.png(chart.draw(make(n), "time", ["joy"], ["A talk", NOTICE]))
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 1800
    assert height > 800


def test_speakers_differ_in_more_than_colour():
    spec = json.dumps(chart.draw(make(), "time", []))
    for look in ('"square"', "[6, 3]", '"#d55e00"'):
        assert look in spec


def test_a_long_arc_has_means_and_a_strip_to_choose_from():
    arc = make(150)
    assert (series.window(make(119)), series.window(arc), series.window(make(1500))) == (1, 5, 25)
    spec = chart.draw(arc, "turns", [])
    assert titles(spec)[0].startswith("Who speaks")
    assert "Lines are means over 5 neighbouring turns" in page(arc, "turns", [], "x")
    assert not titles(chart.draw(arc, "turns", [], ["x"]))[0].startswith("Who speaks")


def test_rows_stand_where_the_turns_do():
    arc = make(3, starts=[0.0, 10.0, 70.0], ends=[8.0, None, None])
    rows = series.rows(arc, "time", ["joy"])
    assert [(row["left"], row["right"]) for row in rows] == [
        (0, 8000),
        (10000, 70000),
        (70000, 72000),
    ]
    assert [(row["reach_from"], row["reach_to"]) for row in rows] == [
        (0, 10000),
        (10000, 70000),
        (70000, 72000),
    ]
    assert rows[0]["said_cues"] == "contrast: but"
    assert rows[1]["said_strategy"] == "self disclosure (0.625)"
    rows = series.rows(arc, "turns", [])
    assert [(row["left"], row["at"], row["right"]) for row in rows][2] == (2.6, 3.0, 3.4)


def test_lines_join_the_turns_of_a_speaker():
    arc = make(150, polarity=[float(i % 2) for i in range(150)])
    rows = series.rows(arc, "turns", [])
    line = series.line(arc, rows, "polarity")
    assert [point["value"] for point in line] == [0.0] * 75 + [1.0] * 75
    assert [point["speaker"] for point in line] == ["ann"] * 75 + ["bob"] * 75
    gaps = make(4)
    points = series.line(gaps, series.rows(gaps, "turns", []), "polarity")
    assert [(point["at"], point["value"]) for point in points] == [(1, -0.5), (2, 0.25), (4, 1.0)]


@pytest.mark.parametrize(
    ("seconds", "step"), [(7.5, 1), (157, 15), (3600, 600), (10905, 1800), (90000, 10800)]
)
def test_times_along_the_axis_are_round(seconds, step):
    found = series.times([{"left": 0.0, "right": seconds * 1000}], 12)
    assert len(found) <= 13
    assert {b - a for a, b in pairwise(found)} == {step * 1000}


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr(chart.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"AF001: .* vl-convert-python.*spacy-affect\[arc\]"):
        chart.need()
