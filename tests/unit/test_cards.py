"""Model cards as data: what is read, and what is refused with the key that is wrong."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from spacy_affect.cards import Bin, ModelCard, load_card, parse_card
from spacy_affect.errors import AffectError
from spacy_affect.models.backbones.embedded import OWN

FULL = {
    "name": "general",
    "version": "0.5.0",
    "description": "Scores.",
    "tasks": {"emotion": {"scheme": "ec11", "labels": ["joy"], "absent": ["trust"]}, "vad": {}},
    "languages": ["en"],
    "use": "commercial",
    "data": [{"name": "GoEmotions", "licence": "Apache-2.0", "role": "trained on"}],
    "metrics": [{"source": "dev", "metric": "pearson", "value": 1, "low": 0.5, "n": 12.0}],
    "calibration": {"affect_emotion": {"ece": 0.02, "bins": [[0.1, 0.2, 30], [0.9, 1, 3]]}},
    "behaviour": {"negation": {"failure": 0.05, "n": 300, "kind": "MFT"}},
    "speed": {"docs_per_second": 10},
    "failures": [{"text": "Sure.", "got": {"joy": 0.5}, "expected": "anger"}],
    "limits": ["Sarcasm."],
}


def refused(meta: object) -> str:
    with pytest.raises(AffectError) as caught:
        parse_card(meta, "a/meta.json")
    assert caught.value.code == "AF151"
    return str(caught.value).removeprefix("AF151: a/meta.json: ")


def test_a_card_is_read():
    card = parse_card(FULL, "")
    assert (card.tasks["emotion"].absent, card.tasks["vad"].labels) == (("trust",), ())
    assert card.calibration["affect_emotion"].bins == (Bin(0.1, 0.2, 30), Bin(0.9, 1.0, 3))
    metric = card.metrics[0]
    assert (metric.value, metric.low, metric.high, metric.n) == (1.0, 0.5, None, 12)
    assert isinstance(metric.value, float)
    assert isinstance(metric.n, int)
    assert card.speed is not None
    assert card.failures[0].got == {"joy": 0.5}


def test_a_card_survives_json():
    card = parse_card(FULL, "")
    assert parse_card(json.loads(json.dumps(asdict(card))), "") == card


def test_a_name_is_enough_and_unknown_keys_are_ignored():
    meta = {"name": "x", "later": 1, "version": None, "data": [{"name": "y", "size": 2}]}
    card = parse_card(meta, "")
    assert (card.name, card.version, card.size_bytes) == ("x", "", None)
    assert card.data[0].name == "y"
    assert parse_card({"name": "x"}, "") == ModelCard("x")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"name": None}, "name must be there, got null."),
        ({"name": 1}, "name must be a text, got 1."),
        ({"use": "any"}, 'use must be one of: commercial, research, got "any".'),
        ({"use": []}, "use must be one of: commercial, research, got []."),
        ({"languages": "en"}, 'languages must be a list, got "en".'),
        ({"tasks": ["emotion"]}, 'tasks must be an object, got ["emotion"].'),
        ({"tasks": {"vad": 1}}, "tasks.vad must be an object, got 1."),
        ({"limits": [1]}, "limits[0] must be a text, got 1."),
        ({"size_bytes": 1.5}, "size_bytes must be a whole number from 0, got 1.5."),
        ({"size_bytes": -1}, "size_bytes must be a whole number from 0, got -1."),
        ({"size_bytes": True}, "size_bytes must be a whole number from 0, got true."),
        ({"speed": {"docs_per_second": "5"}}, "speed.docs_per_second must be a number from 0"),
        ({"data": [{"licence": "MIT"}]}, "data[0].name must be there, got null."),
        ({"metrics": [{"metric": "f1"}]}, "metrics[0].value must be there"),
        (
            {"metrics": [{"metric": "f1", "value": float("nan")}]},
            "metrics[0].value must be a number, got NaN.",
        ),
        (
            {"behaviour": {"a.b": {"failure": 5}}},
            "behaviour.a.b.failure must be a number from 0 to 1, got 5.",
        ),
        (
            {"calibration": {"c": {"bins": [[0.5, 0.5, 1], [0.5, 2, 1]]}}},
            "calibration.c.bins[1].observed must be a number from 0 to 1, got 2.",
        ),
        (
            {"calibration": {"c": {"bins": [[0.5, 0.5]]}}},
            "calibration.c.bins[0] must be a list of confidence, observed, n, got [0.5, 0.5].",
        ),
        ({"audit": {"gaps": []}}, "audit.limit must be there, got null."),
        ({"audit": {"limit": 2}}, "audit.limit must be a number from 0 to 1, got 2."),
        (
            {"audit": {"limit": 0.02, "gaps": [{"component": "c", "contrast": "a", "mean": "0"}]}},
            'audit.gaps[0].mean must be a number, got "0".',
        ),
        ({"recipe": ["x" * 100]}, "recipe must be a text, got"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes, wanted):
    message = refused(FULL | changes)
    assert message.startswith(wanted)
    assert len(message) < 140


def test_a_card_that_is_no_object():
    assert refused([1]) == "all of it must be an object, got [1]."


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (None, "No such file or directory"),
        (b"{", "Expecting property name"),
        (b'"\xff"', "can't decode byte 0xff"),
        (b"[]", "it holds no JSON object"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, content, wanted):
    if content is not None:
        (tmp_path / "meta.json").write_bytes(content)
    with pytest.raises(AffectError) as caught:
        load_card(tmp_path)
    assert caught.value.code == "AF150"
    assert str(tmp_path / "meta.json") in str(caught.value)
    assert wanted in str(caught.value)


def test_a_folder_is_read(tmp_path):
    (tmp_path / "meta.json").write_text('{"name": "Mär"}', encoding="utf8")
    assert load_card(tmp_path) == ModelCard("Mär")


def test_the_speed_of_what_we_ship_is_told_in_good_english():
    cards = [load_card(path.parent) for path in OWN.glob("*/meta.json")]
    told = {card.name: card.speed.conditions for card in cards if card.speed}
    assert told["vad"].startswith("1 component, ")
    assert told["general"].startswith("6 components, ")
