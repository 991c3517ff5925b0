"""Gold in another scheme's labels: present, absent and unknown are kept apart."""

from __future__ import annotations

import pytest

from spacy_affect.corpora.gold import Gold
from spacy_affect.corpora.relabel import Relabel
from spacy_affect.errors import AffectError


def test_the_same_scheme_changes_nothing():
    labels, values = {"joy": 1, "fear": 0}, {"joy": 0.5, "fear": 0.0}
    found = Relabel("semeval4", "semeval4")(labels, values)
    assert found == {"emotion": Gold(values, labels)}


@pytest.mark.parametrize(
    ("known", "joy"),
    [
        ({"joy": 0, "love": 1}, {"joy": 1}),  # one is enough
        ({"joy": 0, "love": 0, "optimism": 0}, {"joy": 0}),
        ({"joy": 0, "love": 0}, {}),  # optimism would be joy too, and nobody knows
    ],
)
def test_absent_only_where_every_part_is_known(known, joy):
    found = Relabel("ec11", "ekman")(known)
    labels = found["emotion"].labels if found else {}
    assert {label: state for label, state in labels.items() if label == "joy"} == joy


def test_what_nothing_maps_to_is_unknown():
    found = Relabel("semeval4", "ekman")(dict.fromkeys(("anger", "fear", "joy", "sadness"), 0))
    assert set(found["emotion"].labels) == {"anger", "fear", "joy", "sadness"}


def test_of_several_values_the_highest_counts():
    values = {"joy": 0.25, "love": 0.75, "optimism": 0.5}
    assert Relabel("ec11", "ekman")(values=values) == {"emotion": Gold({"joy": 0.75})}


@pytest.mark.parametrize(
    ("present", "polarity"),
    [
        ([], "neutral"),
        (["joy"], "positive"),
        (["joy", "love"], "positive"),
        (["joy", "confusion"], "positive"),
        (["confusion"], None),
        (["joy", "anger"], None),
    ],
)
def test_classes(present, polarity):
    known = {label: int(label in present) for label in ("joy", "love", "anger", "confusion")}
    found = Relabel("goemotions", "polarity")(known)
    assert found == ({"polarity": Gold(labels=polarity)} if polarity else {})


def test_nothing_known_is_no_gold():
    assert Relabel("brighter6", "ekman")({}, {}) == {}


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [("goemotions", "plutchik8", "AF017"), ("goemotions", "nine", "AF018")],
)
def test_no_mapping(source, target, code):
    with pytest.raises(AffectError, match=code):
        Relabel(source, target)
