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


FACTORIES = (
    *("affect_polarity", "affect_subjectivity", "affect_ambivalence"),
    *("affect_emotion", "affect_vad"),
)
RULES = [
    ("affect_polarity", "Vader", "vaderSentiment"),
    ("affect_subjectivity", "TextBlob", "textblob"),
    ("affect_ambivalence", "AmbivalenceCues", "spacy"),
]
#: Packages that are optional, and that nothing needs by default.
OPTIONAL = {*BANNED, "vaderSentiment", "textblob"}


@pytest.mark.parametrize("factory", FACTORIES)
def test_adding_a_component_loads_nothing_heavy(factory):
    assert loaded(f"nlp.add_pipe('{factory}')").isdisjoint(OPTIONAL)


def test_scoring_a_text_loads_nothing_heavy():
    code = [f"nlp.add_pipe('{factory}')" for factory in FACTORIES]
    found = loaded("\n".join([*code, "assert len(nlp('I love it')._.affect) == 5"]))
    assert found.isdisjoint(OPTIONAL)


@pytest.mark.parametrize(("factory", "model", "package"), RULES)
def test_adding_rules_loads_nothing_heavy(factory, model, package):
    need(package)
    block = {"@architectures": f"spacy_affect.{model}.v1"}
    assert loaded(f"nlp.add_pipe('{factory}', config={{'model': {block}}})").isdisjoint(BANNED)


@pytest.mark.parametrize(("factory", "model", "package"), [RULES[0], RULES[2]])
def test_scoring_a_text_by_rules_loads_nothing_heavy(factory, model, package):
    need(package)
    block = {"@architectures": f"spacy_affect.{model}.v1"}
    code = f"nlp.add_pipe('{factory}', config={{'model': {block}}})"
    assert loaded(f"{code}\nassert nlp('I love it')._.affect").isdisjoint(BANNED)


def test_our_own_weights_are_found_without_those_of_plugins():
    code = [
        "from spacy_affect.registry import REGISTRIES",
        "def refuse(*args): raise AssertionError('plugins were asked for weights')",
        "REGISTRIES['weights'].get = REGISTRIES['weights'].get_all = refuse",
        *(f"nlp.add_pipe('{factory}')" for factory in FACTORIES),
        "assert nlp('I love it')._.affect_polarity > 0",
    ]
    loaded("\n".join(code))


def test_the_package_itself_loads_not_even_spacy():
    done = subprocess.run(
        [sys.executable, "-c", f"import json, sys, spacy_affect\n{REPORT}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"spacy", "thinc", "numpy"}.isdisjoint(json.loads(done.stdout))
