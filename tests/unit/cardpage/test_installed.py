"""Which models are found, and what is read of them."""

from __future__ import annotations

import pytest

from spacy_affect.cardpage.installed import find, installed
from spacy_affect.errors import AffectError

from .conftest import CARD


def test_weights_by_name(weights):
    weights("small", {"name": "anything"})
    folder = weights("general", CARD)
    models = [model for model in installed() if model.kind == "weights"]
    assert [model.name for model in models] == ["general", "small"]
    assert (models[0].folder, models[0].size) == (folder, 4_120_000)
    assert models[0].card.licence == "MIT"
    assert models[1].size == len('{"name": "anything"}'), "what the files take"


def test_broken_weights_are_listed_with_the_reason(weights):
    weights("broken", '{"name": 1}')
    weights("general", CARD)
    broken, whole = (model for model in installed() if model.kind == "weights")
    assert (broken.name, broken.card, broken.failure.code) == ("broken", None, "AF151")
    assert whole.card is not None
    with pytest.raises(AffectError) as caught:
        find("broken")
    assert caught.value is not None
    assert "broken" in str(caught.value)


def test_packages_with_affect_components_are_read_without_an_import(weights, package):
    package(
        "mood",
        "affect_ambivalence",
        "affect_vad",
        description="Moods.",
        performance={"affect_vad_pearson": 0.5, "affect_vad_sources": {}, "speed": 9.0},
        sources=[{"name": "Corpus", "license": "CC BY 4.0", "url": "https://example.org"}],
    )
    package("plain", "sentencizer")
    model = find("en_mood")
    assert (model.kind, model.distribution) == ("pipeline", "en-mood")
    card = model.card
    assert (card.name, card.version, card.licence) == ("en_mood", "1.2", "MIT")
    assert (card.description, card.languages, card.use) == ("Moods.", ("en",), "")
    assert set(card.tasks) == {"ambivalence", "vad"}
    assert [(m.component, m.metric, m.value) for m in card.metrics] == [
        ("affect_vad", "pearson", 0.5)
    ]
    assert [(data.name, data.licence) for data in card.data] == [("Corpus", "CC BY 4.0")]
    assert "en_plain" not in [model.name for model in installed()]


def test_components_whose_names_begin_alike(package):
    pytest.importorskip("en_affect_support")
    package(
        "two",
        "affect_support",
        "affect_support_next",
        performance={"affect_support_f": 0.5, "affect_support_next_f": 0.2},
    )
    card = find("en_two").card
    assert [(m.component, m.metric, m.value) for m in card.metrics] == [
        ("affect_support", "f", 0.5),
        ("affect_support_next", "f", 0.2),
    ]


def test_what_a_package_says_under_affect_goes_first(weights, package):
    package("own", "affect_vad", affect={"use": "research", "licence": "CC BY-NC 4.0"})
    package("other", affect={"name": "other", "tasks": {"humor": {}}})
    package("wrong", "affect_vad", affect=["no"])
    card = find("en_own").card
    assert (card.use, card.licence, card.version) == ("research", "CC BY-NC 4.0", "1.2")
    assert list(find("en_other").card.tasks) == ["humor"]
    with pytest.raises(AffectError, match=r"AF151: .*all of it must be an object, got \[\"no\"\]"):
        find("en_wrong")


def test_a_package_that_is_no_package_concerns_nobody(weights, package):
    folder = package("odd", "affect_vad")
    (folder / "config.cfg").write_text("[", encoding="utf8")
    (package("empty", "affect_vad") / "meta.json").unlink()
    assert installed() == []


def test_a_task_of_a_generic_component_is_named(weights, package):
    folder = package("generic")
    text = (folder / "config.cfg").read_text(encoding="utf8")
    text = text.replace("pipeline = []", 'pipeline = ["a", "b"]') + (
        '\n[components.a]\nfactory = "affect"\ntask = "humor"\n'
        '\n[components.b]\nfactory = "affect"\n[components.b.task]\n@affect_tasks = "politeness"\n'
    )
    (folder / "config.cfg").write_text(text, encoding="utf8")
    assert list(find("en_generic").card.tasks) == ["humor", "politeness"]


def test_a_folder_may_be_named_by_its_path(weights, package, tmp_path):
    folder = weights("general", CARD)
    assert find(str(folder)).kind == "weights"
    assert find(str(package("mood", "affect_vad"))).card.version == "1.2"


def test_an_unknown_name_says_what_there_is(weights):
    weights("general", CARD)
    with pytest.raises(AffectError) as caught:
        find("generl")
    assert caught.value.code == "AF152"
    assert 'There are: general. Did you mean "general"?' in str(caught.value)
