"""What a pipeline does not load: nothing heavy before the first text.

Each check runs in a fresh process that sees the entry points of spaCy and of spacy-affect alone:
other packages may load what they like.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import util

import pytest

BANNED = (
    "torch",
    "transformers",
    "onnxruntime",
    "sklearn",
    "pandas",
    "nltk",
    "pyarrow",
    "altair",
    "vl_convert",
)

ALONE = """
import json, sys
from importlib import metadata

KEPT = ("spacy", "spacy-affect", "spacy-legacy", "spacy-loggers", "thinc")
every = metadata.distributions
metadata.distributions = lambda **kw: (
    found for found in every(**kw) if (found.metadata["Name"] or "").lower() in KEPT
)
import spacy
nlp = spacy.blank("en")
"""
REPORT = "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def loaded(code: str = "") -> set[str]:
    """RETURNS (set[str]): The packages that a process has imported in the end."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{ALONE}\n{code}\n{REPORT}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def need(*packages: str) -> None:
    for package in packages:
        if util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


def test_a_blank_pipeline_loads_nothing_heavy_and_no_plugin():
    found = loaded("assert nlp.has_factory('affect_polarity')")
    assert found.isdisjoint({*BANNED, "textblob", "vaderSentiment"})
    assert "spacy_affect" in found


def test_a_blank_pipeline_loads_no_model_code():
    # models.heads is arithmetic in numpy, which components need to learn
    code = (
        "banned = ('', 'models', 'runner', 'cli', 'plugins', 'api', 'scoring')\n"
        "wrong = [name for name in sys.modules if name.startswith(('spacy_affect.', 'scipy')) and"
        " (name + '.').split('.')[1] in banned"
        " and name not in ('spacy_affect.models', 'spacy_affect.models.heads')]\n"
        "assert not wrong, wrong"
    )
    loaded(code)


@pytest.mark.parametrize(
    ("factory", "package"),
    [
        ("affect_polarity", "vaderSentiment"),
        ("affect_subjectivity", "textblob"),
        ("affect_ambivalence", "spacy"),
        ("affect_emotion", "spacy"),
        ("affect_vad", "spacy"),
    ],
)
def test_adding_a_component_loads_nothing_heavy(factory, package):
    need(package)
    assert loaded(f"nlp.add_pipe('{factory}')").isdisjoint(BANNED)


@pytest.mark.parametrize(
    ("factory", "package"), [("affect_polarity", "vaderSentiment"), ("affect_ambivalence", "spacy")]
)
def test_scoring_a_text_by_rules_loads_nothing_heavy(factory, package):
    need(package)
    found = loaded(f"nlp.add_pipe('{factory}')\nassert nlp('I love it')._.affect")
    assert found.isdisjoint(BANNED)


def test_the_package_itself_loads_not_even_spacy():
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys, spacy_affect\n{REPORT}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"spacy", "thinc", "numpy"}.isdisjoint(json.loads(done.stdout))
