"""The card as Markdown and HTML, and its picture."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spacy_affect.cardpage import chart
from spacy_affect.cardpage.content import NOTICE, amount
from spacy_affect.cardpage.installed import Model
from spacy_affect.cardpage.markdown import markdown, text
from spacy_affect.cardpage.page import page
from spacy_affect.cards import Bin, Calibration, ModelCard, parse_card

from .conftest import CARD

HEADINGS = [
    "Use",
    "What it predicts",
    "Data",
    "Metrics",
    "Calibration",
    "Behaviour",
    "Fairness",
    "Known failures",
    "Limits",
    "How it was made",
]
EVIL = "<script>alert(1)</script>\" onload='x' | [a](javascript:b) ``` # -"


def model(card=CARD, name="general"):
    read = card if isinstance(card, ModelCard) else parse_card(card, "")
    return Model(name, "weights", Path("/no/such"), "some-weights", card=read)


def evil(value):
    """RETURNS: The card with nothing but evil texts, in names too."""
    if isinstance(value, str):
        return value if value in ("commercial", "javascript:alert(1)") else EVIL
    if isinstance(value, list):
        return [evil(one) for one in value]
    if isinstance(value, dict):
        free = {"emotion", "polarity", "affect_emotion", "affect_polarity", "negation", "joy"}
        return {(EVIL + k if k in free else k): evil(one) for k, one in value.items()}
    return value


class Reader(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


class TestMarkdown:
    def test_all_of_it(self):
        lines = markdown(model()).splitlines()
        assert lines[0] == "# general 0.5.0"
        assert NOTICE in lines
        assert [line[3:] for line in lines if line.startswith("## ")] == HEADINGS
        for line in (
            "- **Terms of use**: any use, commercial too",
            "- **May be used for**: comments and messages",
            "- **Size**: 4.1 MB",
            "- **Speed**: 12,346 texts per second (one core)",
            "- **Comes with**: some-weights",
            "| emotion | ec11 | joy, fear | trust |",
            "| [GoEmotions](<https://example.org/a%20b%3Ec>) | trained on | Apache-2.0 | a paper |",
            "| Odd | weak labels | not stated | not stated |",
            "| measured on | component | metric | value | 95 % interval | texts |",
            "| semeval2018 dev | affect_emotion | pearson | 0.600 | 0.580 to 0.620 | 1,234 |",
            "| affect_emotion | 0.021 | 0.900 | 0.900 |",
            "| affect_emotion | 0.100 | 0.200 | 30 |",
            "| negation | MFT | 5.0 % | 300 |",
            "| women – men (words) | affect_emotion | joy | yes "
            "| +0.0310 | +0.0200 to +0.0400 | 0.2000 | 6 |",
            r"| Not \*bad\* \| \<b\>film\</b\> | affect_polarity | -0.512 | joy 0.500, fear 0 |",
            r"- \# Sarcasm.",
            "spacy train",
        ):  # fmt: skip
            assert line in lines
        assert "```\nOne line\nand `another`.\n```" in "\n".join(lines)
        assert not [line for line in lines if line.startswith("![")]

    def test_the_picture_is_linked_where_there_is_one(self):
        assert "](<a b.calibration.svg>)\n" in markdown(model(), "a b.calibration.svg")
        assert "![" not in markdown(model(CARD | {"calibration": {}}), "a.svg")

    def test_what_is_not_there_is_said_to_be_missing(self):
        found = markdown(model({"name": "x", "size_bytes": 0}, "bare"))
        assert found.startswith(f"# bare\n\n{NOTICE}\n\n## Use\n\n- **Terms of use**: not stated\n")
        assert [line[3:] for line in found.splitlines() if line.startswith("## ")] == HEADINGS
        assert found.count("\nNot stated.\n") == len(HEADINGS) - 1

    def test_texts_are_no_markup(self):
        found = markdown(model(evil(CARD)))
        assert not re.search(r"(?<!\\)<(?!https?:)(?!/no)[a-z/]", found.replace("](<", ""))
        assert "[a](javascript" not in found
        rows = [line for line in found.splitlines() if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= set(range(3, 10))

    def test_a_fence_is_longer_than_those_within(self):
        found = markdown(model(CARD | {"recipe": "a\n````\nb"}))
        assert found.endswith("\n`````\na\n````\nb\n`````\n")

    @pytest.mark.parametrize(
        ("said", "written"),
        [
            ("affect_emotion", "affect_emotion"),
            ("_so_ it", r"\_so\_ it"),
            ("1. one", r"1\. one"),
            ("2.3 kB", "2.3 kB"),
            ("- a", r"\- a"),
            ("-0.5", "-0.5"),
            ("a\n b ", "a b"),
            ("R&D", r"R\&D"),
        ],
    )
    def test_what_is_escaped(self, said, written):
        assert text(said) == written


class TestPage:
    def test_all_of_it(self):
        found = Reader(page(model(), "<svg/>"))
        assert [tag for tag, _ in found.tags].count("h2") == len(HEADINGS)
        for said in (
            *HEADINGS,
            NOTICE,
            "4.1 MB",
            "0.580 to 0.620",
            "Not *bad* | <b>film</b>",
        ):
            assert said in found.text
        [image] = [attrs for tag, attrs in found.tags if tag == "img"]
        kind, _, data = image["src"].partition(",")
        assert (kind, base64.b64decode(data)) == ("data:image/svg+xml;base64", b"<svg/>")
        assert "table of ranges" in image["alt"]
        assert [attrs["href"] for tag, attrs in found.tags if tag == "a"] == [
            "https://example.org/a b>c"
        ]

    def test_it_loads_nothing_and_runs_nothing(self):
        found = Reader(page(model(evil(CARD)), "<svg/>"))
        names = [tag for tag, _ in found.tags]
        assert {"script", "link", "iframe"}.isdisjoint(names)
        [policy] = [a["content"] for tag, a in found.tags if tag == "meta" and "content" in a][:1]
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        assert not [
            attrs for _, attrs in found.tags if any(name.startswith("on") for name in attrs)
        ]

    def test_without_a_picture(self):
        assert "<img" not in page(model())


class TestChart:
    @pytest.fixture(autouse=True)
    def libraries(self):
        pytest.importorskip("altair")
        pytest.importorskip("vl_convert")

    def spec(self):
        return chart.draw("general", parse_card(CARD, "").calibration)

    def test_a_panel_for_each_component_with_bins(self):
        [panel] = self.spec()["concat"]
        assert panel["title"]["text"] == "affect_emotion"
        assert panel["title"]["subtitle"] == "ECE 0.021, 40 predictions"

    def test_bins_from_unsure_to_sure_without_empty_ones(self):
        rows = [
            layer["data"]["values"]
            for layer in self.spec()["concat"][0]["layer"]
            if "n" in layer["data"]["values"][0]
        ]
        assert rows[0] == [
            {"confidence": 0.1, "observed": 0.2, "n": 30, "share": 0.75},
            {"confidence": 0.9, "observed": 0.8, "n": 10, "share": 0.25},
        ]

    def test_it_is_drawn_in_greys(self):
        svg = chart.svg(self.spec())
        colours = set(re.findall(r"#[0-9a-f]{6}", svg))
        assert colours
        assert all(len({c[1:3], c[3:5], c[5:7]}) == 1 for c in colours)
        for word in ("Mean confidence", "Observed frequency", "Share of predictions"):
            assert word in svg

    def test_evil_names_are_texts(self):
        found = chart.svg(chart.draw(EVIL, {EVIL: Calibration(bins=(Bin(0.5, 0.5, 1),))}))
        assert "<script" not in found

    def test_pixels(self):
        assert chart.png(self.spec()).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_400, "999 kB"),
        (999_600, "1.0 MB"),
        (23_456_789, "23.5 MB"),
        (5e12, "5000 GB"),
    ],
)
def test_amounts(size, written):
    assert amount(size) == written
