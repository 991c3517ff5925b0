"""The conformance kit over every factory, task and backbone, ours and those of installed plugins.

What is checked is discovered, so that nothing new escapes: factories by their entry points, tasks
and backbones by the registries that plugins fill.
"""

import json
import subprocess
import sys
from importlib import metadata

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import registry

from spacy_affect import AffectError
from spacy_affect.pipeline.factories import make_task
from spacy_affect.registry import REGISTRIES
from spacy_affect.testing import (
    TEXTS,
    check_backbone,
    check_component,
    check_task,
    snapshot,
)


def ours(group):
    points = metadata.entry_points(group=group)
    return sorted({point.name for point in points if point.value.startswith("spacy_affect.")})


def make(block):
    """RETURNS (Model | None): None if it needs an extra that is not installed."""
    try:
        return registry.resolve({"model": dict(block)})["model"]
    except AffectError as error:
        if error.code != "AF001":
            raise
        return None


def language(block):
    """RETURNS (str): One that the backbone is made for, English if it is."""
    languages = make(block).attrs.get("languages") or ["en"]
    return "en" if "en" in languages else languages[0]


def serves(block, task):
    offered = make(block).attrs.get("columns")
    return not offered or set(make_task(task).columns) <= set(offered)


def groups(nlp, key="wishes"):
    """Add a pipe that writes a span group, with spans that overlap or share their offsets."""
    words = ("love", "not sure", "disgusting service", "please", "fear", "thank", "the plan", "I")
    patterns = [{"label": "CUE", "pattern": word} for word in words]
    patterns.append({"label": "ALSO", "pattern": "please"})
    nlp.add_pipe("span_ruler", config={"spans_key": key}).add_patterns(patterns)
    nlp.config["initialize"]["components"]["span_ruler"] = {"patterns": patterns}


def turns(nlp):
    """Add a pipe that writes the group "turns", as a reader of dialogues would."""
    groups(nlp, "turns")


FACTORIES = ours("spacy_factories")
TASKS = sorted(REGISTRIES["task"].get_all())
GENERIC = [task for task in TASKS if make_task(task).default_model is not None]
BLOCKS = [{"@architectures": name} for name in ours("spacy_architectures")]
BLOCKS += [{"@affect_backbones": name} for name in sorted(REGISTRIES["backbone"].get_all())]
BLOCKS = [block for block in BLOCKS if make(block) is not None]
PAIRS = [(block, task) for block in BLOCKS for task in TASKS if serves(block, task)]
PLUGINS = [(b, t) for b, t in PAIRS if "@affect_backbones" in b and b != make_task(t).default_model]
NAMED = [f for f in FACTORIES if f != "affect"]


def test_nothing_is_missing():
    assert {"affect", "affect_polarity", "affect_subjectivity", "affect_ambivalence"} <= {
        *FACTORIES
    }
    assert {"polarity", "subjectivity", "ambivalence"} <= {*GENERIC}
    served = [block for block, _ in PAIRS]
    assert all(block in served for block in BLOCKS), "a backbone that serves no task"


@pytest.mark.parametrize("task", TASKS)
def test_task(task):
    check_task(task)


@pytest.mark.parametrize(("block", "task"), PAIRS, ids=str)
def test_backbone(block, task):
    check_backbone(block, task, lang=language(block))


@pytest.mark.parametrize("factory", NAMED)
def test_factory(factory):
    check_component(factory)


@pytest.mark.parametrize("task", GENERIC)
def test_generic_factory(task):
    check_component("affect", {"task": task})


@pytest.mark.parametrize(("block", "task"), PLUGINS, ids=str)
def test_generic_factory_with_a_plugins_backbone(block, task):
    check_component("affect", {"task": task, "model": block}, lang=language(block))


@pytest.mark.parametrize("factory", NAMED)
def test_sentences(factory):
    check_component(factory, {"unit": "sents"}, before=["sentencizer"])


@pytest.mark.parametrize("factory", NAMED)
def test_span_group(factory):
    check_component(factory, {"unit": "spans:wishes"}, before=[groups])


def test_turns():
    check_component("affect", {"unit": "turns", "task": "polarity"}, before=[turns])


@pytest.mark.parametrize(("block", "task"), PAIRS, ids=str)
def test_a_span_is_scored_by_its_own_words(block, task):
    # https://github.com/KennethEnevoldsen/asent/issues/58: words outside the span counted
    model = make(block)
    doc = spacy.blank(language(block))(" ".join(TEXTS))
    spans = [doc[3:9], doc[10:20], doc[21 : len(doc)]]
    inside = model.predict(spans).values.tolist()
    assert inside == model.predict([span.as_doc() for span in spans]).values.tolist()


def test_stored_values_are_readable_without_attach(tmp_path):
    """The instance names of the built-in factories need no more than any pipeline."""
    nlp = spacy.blank("en")
    for factory in NAMED:
        nlp.add_pipe(factory)
    docs = [nlp(text) for text in TEXTS]
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "docs.spacy")
    script = """
import json, sys, spacy
from spacy.tokens import DocBin
docs = DocBin().from_disk("docs.spacy").get_docs(spacy.blank("en").vocab)
print(json.dumps([{key: getattr(doc._, key) for key in sys.argv[1:]} for doc in docs]))
"""
    command = [sys.executable, "-W", "error", "-c", script, *NAMED]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    wanted = [{key: snapshot(doc, key)["value"] for key in NAMED} for doc in docs]
    assert json.loads(run.stdout) == wanted
