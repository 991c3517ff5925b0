"""What spacy-affect offers to spaCy: every name, and that each loads."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest
from thinc.api import Config

import spacy_affect
from spacy_affect import plugins

PACKAGE = Path(spacy_affect.__file__).parent
VERSIONED = re.compile(r"spacy_affect\.[A-Za-z]\w*\.v[1-9]\d*")

#: All that is registered. A name that has been released stays; a changed signature is a new one.
NAMES = {
    "console_scripts": ["spacy-affect"],
    "spacy_architectures": [
        "spacy_affect.AmbivalenceCues.v1",
        "spacy_affect.Blend.v1",
        "spacy_affect.CuratedEncoder.v1",
        "spacy_affect.Embedded.v1",
        "spacy_affect.Pooled.v1",
        "spacy_affect.SparseNgram.v1",
        "spacy_affect.SparseTurns.v1",
        "spacy_affect.TextBlob.v1",
        "spacy_affect.Vader.v1",
    ],
    "spacy_callbacks": ["spacy_affect.fit_thresholds.v1"],
    "spacy_displacy_colors": ["spacy_affect"],
    "spacy_factories": [
        "affect",
        "affect_ambivalence",
        "affect_emotion",
        "affect_polarity",
        "affect_subjectivity",
        "affect_support",
        "affect_support_next",
        "affect_vad",
    ],
    "spacy_misc": ["spacy_affect.Debias.v1"],
    "spacy_readers": ["spacy_affect.Corpus.v1"],
    "spacy_scorers": ["spacy_affect.affect_scorer.v1"],
    "thinc_model_loaders": ["spacy_affect.SafetensorsLoader.v1"],
}
TASKS = [
    "ambivalence",
    "client_talk",
    "emotion",
    "polarity",
    "subjectivity",
    "support",
    "support_next",
    "therapist_behaviour",
    "vad",
]


def entry_points() -> dict[str, dict[str, str]]:
    """RETURNS (dict): Group -> name -> "module:attribute", of the installed distribution."""
    groups: dict[str, dict[str, str]] = {}
    for point in metadata.distribution("spacy-affect").entry_points:
        groups.setdefault(point.group, {})[point.name] = point.value
    return groups


POINTS = entry_points()
TARGETS = [(group, name, POINTS[group][name]) for group in POINTS for name in POINTS[group]]
FACTORIES = POINTS["spacy_factories"]


def load(target: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


@pytest.mark.skipif("SPACY_AFFECT_INSTALLED" not in os.environ, reason="set by `make test` only")
def test_what_is_tested_is_what_is_installed():
    assert "site-packages" in PACKAGE.parts


def test_all_registered_names():
    assert {group: sorted(names) for group, names in POINTS.items()} == NAMES


def test_all_registered_tasks():
    ours = plugins.load()[0]
    assert (ours.distribution, ours.error) == ("spacy-affect", "")
    assert ours.registered["task"] == TASKS


@pytest.mark.parametrize(("group", "name", "target"), TARGETS)
def test_every_entry_point_loads(group, name, target):
    found = load(target)
    assert isinstance(found, dict) if group == "spacy_displacy_colors" else callable(found)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        (group, name)
        for group, name, _ in TARGETS
        if group not in ("console_scripts", "spacy_factories", "spacy_displacy_colors")
    ],
)
def test_names_carry_a_version(group, name):
    assert VERSIONED.fullmatch(name)


@pytest.mark.parametrize("name", FACTORIES)
def test_factory_names_are_ours(name):
    assert name == "affect" or name.startswith("affect_")


@pytest.mark.parametrize("name", FACTORIES)
def test_defaults_are_the_arguments(name):
    config = Config().from_disk(
        PACKAGE / "pipeline" / "defaults" / f"{name}.cfg", interpolate=False
    )["component"]
    taken = set(inspect.signature(load(FACTORIES[name])).parameters) - {"nlp", "name"}
    assert set(config) <= taken
    assert taken - set(config) <= {"task"}  # the generic factory's task has no default


@pytest.mark.parametrize(
    "module", sorted({t.partition(":")[0] for g, _, t in TARGETS if g.startswith("spacy_")})
)
def test_the_registries_exist_wherever_an_entry_point_loads(module):
    # a config block that names a registry before it exists is spaCy's error E892
    code = (
        f"import {module}\n"
        "from spacy.util import registry\n"
        "names = ('affect_tasks', 'affect_backbones', 'affect_corpora')\n"
        "assert all(hasattr(registry, name) for name in names), 'no registry'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr.splitlines()[-1]
