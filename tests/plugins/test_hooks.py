"""Every hook is documented, and one plugin that uses all of them sees each of them run."""

import inspect

import pytest

from spacy_affect import hookspecs
from spacy_affect.plugins import HOOKS

PLUGIN = """
from pathlib import Path

import click
from spacy_affect.api import Scheme, Task, hookimpl, rule_backbone

CALLED = {}

class Humor(Task):
    name = "humor"
    scheme = Scheme("humor", ("dull", "funny"), "made up")
    default_model = {"@affect_backbones": "laughs", "word": "ha"}

    def describe(self, value, details, cues):
        label = "funny" if value >= 0.5 else "dull"
        return label, [label]

def count(unit, word="ha"):
    return min(unit.text.lower().count(word) / 3, 1.0)

def build_laughs(word: str = "ha"):
    from functools import partial
    return rule_backbone(partial(count, word=word), columns=["humor"], source="laughs 1.0")

def read_jokes(path: str):
    return [path]

@hookimpl
def affect_register_tasks(register):
    CALLED["affect_register_tasks"] = True
    register("humor", Humor)

@hookimpl
def affect_register_backbones(register):
    CALLED["affect_register_backbones"] = True
    register("laughs", build_laughs)

@hookimpl
def affect_register_corpora(register):
    CALLED["affect_register_corpora"] = True
    register("jokes", read_jokes)

@hookimpl
def affect_register_weights(register):
    CALLED["affect_register_weights"] = True
    register("laughter", Path(__file__).parent / "comedy_weights")

@hookimpl
def affect_backbone_presets():
    CALLED["affect_backbone_presets"] = True
    return {"german-laughs": {"@affect_backbones": "laughs", "word": "hihi"}}

@hookimpl
def affect_register_commands(cli):
    CALLED["affect_register_commands"] = True

    @cli.command()
    def laugh():
        "Laugh out loud."
        click.echo("ha ha")

@hookimpl
def affect_map_label(source, target, label):
    CALLED["affect_map_label"] = True
    if (source, target) == ("esconv8", "ekman"):
        return ["joy"] if label == "affirmation" else []
    if source == "jokes":
        return ["positive"]
    return None

@hookimpl
def affect_extra_metrics(task, gold, pred):
    CALLED["affect_extra_metrics"] = True
    assert len(gold) == len(pred)
    return {"n": len(gold), f"{task.name}_bias": sum(pred) - sum(gold)}
"""
SCRIPT = """
import spacy
from click.testing import CliRunner
from spacy_affect import plugins
from spacy_affect.api import AffectError, example, map_label
from spacy_affect.cli import cli
from spacy_affect.registry import REGISTRIES

nlp = spacy.blank("en")
nlp.add_pipe("affect", config={"task": "humor"})
result = {"value": nlp("Ha ha ha!")._.affect_humor}
result["label"] = nlp("Ha ha ha!")._.affect.humor.label

result["weights"] = [REGISTRIES["weights"].get("laughter"), plugins.owner("weights", "laughter")]
result["models"] = CliRunner().invoke(cli, ["models"]).output

result["corpus"] = REGISTRIES["corpus"].get("jokes")("a.txt")

[(name, presets)] = [item for item in plugins.call("affect_backbone_presets") if item[1]]
german = spacy.blank("de")
german.add_pipe("affect", config={"task": "humor", "model": presets["german-laughs"]})
result["preset"] = [name, german("hihi, hihi!")._.affect_humor]
args = ["init-config", "--task", "humor", "--backbone", "german-laughs"]
result["config"] = CliRunner().invoke(cli, args).output

result["help"] = CliRunner().invoke(cli, ["--help"]).output
result["command"] = CliRunner().invoke(cli, ["laugh"]).output

result["mapped"] = [map_label("esconv8", "ekman", label) for label in ("affirmation", "other")]
result["own"] = map_label("jokes", "polarity", "pun")
result["unmapped"] = []
for source, target in (("esconv8", "plutchik8"), ("puns", "polarity")):
    try:
        map_label(source, target, "other")
    except AffectError as error:
        result["unmapped"].append(error.code)

golds = {"ha ha ha": 1.0, "ha ha ha ha": 0.5, "no": 0.0, "": 0.0}
examples = [example(nlp, text, {"humor": gold}) for text, gold in golds.items()]
examples.append(example(nlp, "ha", {"polarity": 1.0}))
result["scores"] = nlp.evaluate(examples)

import comedy
result["called"] = sorted(comedy.CALLED)
result["hooks"] = [p.hooks for p in plugins.load() if p.distribution == "comedy"][0]
"""


@pytest.fixture(scope="module")
def found(shared_site):
    shared_site.add("comedy", PLUGIN)
    folder = shared_site.folder / "comedy_weights"
    folder.mkdir()
    (folder / "meta.json").write_text('{"name": "laughter", "tasks": {"humor": {}}}')
    return shared_site.run(SCRIPT, "-W", "error", SPACY_AFFECT_PLUGINS="comedy")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook):
    doc = inspect.getdoc(getattr(hookspecs, hook))
    assert doc
    assert "Runs " in doc, "its docstring says when it runs"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_typed(hook):
    signature = inspect.signature(getattr(hookspecs, hook))
    annotations = [p.annotation for p in signature.parameters.values()]
    assert inspect.Signature.empty not in [*annotations, signature.return_annotation]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_runs(found, hook):
    assert hook in found["called"]
    assert hook in found["hooks"]


def test_tasks_and_backbones(found):
    assert found["value"] == 1.0
    assert found["label"] == "funny"


def test_corpora(found):
    assert found["corpus"] == ["a.txt"]


def test_weights_are_found_by_name(found, shared_site):
    assert found["weights"] == [str(shared_site.folder / "comedy_weights"), "comedy"]
    assert "laughter" in found["models"]


def test_presets_are_whole_model_blocks(found):
    assert found["preset"] == ["comedy:comedy", pytest.approx(2 / 3)]
    assert 'word = "hihi"' in found["config"]


def test_commands(found):
    assert "laugh" in found["help"]
    assert "Laugh out loud." in found["help"]
    assert found["command"] == "ha ha\n"


def test_labels_map_by_plugin_where_no_table_does(found):
    assert found["mapped"] == [["joy"], []]
    assert found["own"] == ["positive"]
    assert found["unmapped"] == ["AF017", "AF018"]


def test_extra_metrics_see_only_what_both_sides_have(found):
    # five examples: the empty text has no prediction, the last one no gold for this task
    assert found["scores"]["affect_humor_n"] == 3
    assert found["scores"]["affect_humor_humor_bias"] == pytest.approx(0.5)
