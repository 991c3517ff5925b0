"""Training texts from templates: what they say, and that none is the behaviour suite's."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from spacy_affect.scoring import behaviour

PATH = Path(__file__).parents[3] / "recipes" / "embedded" / "templates.py"
#: The plainest affect words are in both, or there would be nothing to say.
PLAIN = {
    "good",
    "great",
    "nice",
    "bad",
    "terrible",
    "love",
    "loved",
    "like",
    "liked",
    "hate",
    "hated",
}
IDENTITY = ("gender", "orientation", "religion", "origin")
#: Slots of the suite whose words carry the meaning that is tested, or what it is about.
OWN = ("visit", "spot", "show", "item", "person", "place", "name", "trade", "room", "crowd", "gap")


@pytest.fixture(scope="module")
def templates():
    spec = importlib.util.spec_from_file_location("recipe_templates", PATH)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # for dataclasses
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def rows(templates):
    return templates.generate(12_000, seed=7)


def bare(text):
    """RETURNS (str): What stands between the slots."""
    return re.sub(r"[^a-z' _]", "", re.sub(r"\{\w+\}", "_", text).lower()).strip()


def test_many_of_many_kinds(templates, rows):
    assert len(templates.load().templates) >= 120
    assert len(rows) == len({row["text"] for row in rows}) == 12_000
    assert {row["kind"] for row in rows} == {t.kind for t in templates.load().templates}
    assert sum(len(words) for words in templates.load().words.values()) > 300


def test_rows_are_what_training_reads(templates):
    for row in templates.rows(500, seed=1):
        assert [*row] == ["text", "polarity", "subjective"]
        assert -1.0 <= row["polarity"] <= 1.0
        assert row["subjective"] in (0, 1, None)
        assert not re.search(r"[{}|]", row["text"])


def test_the_seed_decides(templates):
    assert templates.generate(200, seed=3) == templates.generate(200, seed=3)
    assert templates.generate(200, seed=3) != templates.generate(200, seed=4)
    assert templates.generate(50, seed=3) == templates.generate(200, seed=3)[:50]


def test_some_kinds_alone(templates):
    assert {row["kind"] for row in templates.generate(50, 0, ("temporal",))} == {"temporal"}
    with pytest.raises(ValueError, match="no template of"):
        templates.generate(5, 0, ("humour",))


@pytest.mark.parametrize(
    ("kind", "text", "sign", "low", "high"),
    [
        ("plain", "{adj} {thing}, {adj2} {part}", 1, 0.1, 1.0),
        ("plain", "{adj} {thing}, {adj2} {part}", -1, -1.0, -0.1),
        ("negation", "{subject} is not {adj}.", 1, -0.8, -0.05),
        ("negation", "{subject} is not {adj}.", -1, 0.05, 0.5),
        ("temporal", "What was {opp} {once} has become {adj}.", -1, -1.0, -0.1),
        ("author", "{other} may call it {opp}; I {verb} it.", 1, 0.1, 1.0),
        ("question_no", "Did we {verb} the {thing}? No.", 1, -0.8, -0.05),
        ("question_yes", "Did we {verb} the {thing}? Yes, we did.", -1, -1.0, -0.1),
    ],
)
def test_who_decides_the_value(templates, kind, text, sign, low, high):
    table = templates.load()
    (template,) = (t for t in table.templates if (t.kind, t.text) == (kind, text))
    fixed = templates.Template(
        template.kind, text, template.gain, template.value, sign, template.subjective, 1.0
    )
    for seed in range(60):
        row = templates.make(fixed, table, Random(seed))
        assert low <= row["polarity"] <= high, row


def test_facts_are_neutral_and_opinions_subjective(rows):
    found = defaultdict(set)
    for row in rows:
        found[row["kind"]].add((row["polarity"], row["subjective"]))
    for kind, values in found.items():
        if kind.startswith("fact_") or kind == "identity_fact":
            assert values <= {(0.0, 0), (0.0, None)}, kind
    assert found["subjective_neutral"] == found["subjective_composed"] == {(0.0, 1)}


def test_no_template_is_the_suites(templates):
    ours = {bare(t.text) for t in templates.load().templates}
    suite = behaviour.load_suite().capabilities.values()
    theirs = {bare(text) for c in suite for t in c.templates for text in t.texts}
    assert {text for text in ours & theirs if re.search("[a-z]", text)} == set()


def test_no_text_is_the_suites(rows):
    cases = behaviour.generate(500, seed=0)
    texts = {text.lower() for of in cases.values() for case in of for text in case.texts}
    assert {row["text"].lower() for row in rows} & texts == set()
    trained = " \n ".join(row["text"].lower() for row in rows)
    assert [text for text in texts if text in trained] == []  # nor with a neighbour or a link


def test_few_words_are_the_suites(templates):
    table, fill = templates.load(), behaviour.load_suite().fill
    felt = {word for words in table.words.values() for word in words}
    felt |= {word for d in table.domains for key in ("adj_pos", "adj_neg") for word in d[key]}
    slots = [slot for slot in fill if slot in ("mild", "strong", "pos", "weak", "neg")]
    slots += [slot for slot in fill if slot.startswith("verb")]
    assert felt & {word for slot in slots for word in fill[slot]} <= PLAIN
    other = {word for d in table.domains for key in ("thing", "part") for word in d[key]}
    other |= {word for words in table.fill.values() for word in words}
    assert other & {word for slot in OWN for word in fill[slot]} == set()


def test_some_identities_are_held_out(templates):
    trained = {word.lower() for word in templates.load().fill["group"]}
    for slot in IDENTITY:
        assert {word.lower() for word in behaviour.load_suite().fill[slot]} - trained, slot
