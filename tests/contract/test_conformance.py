"""The conformance kit over every factory, task and backbone, ours and those of installed plugins.

What is checked is discovered, so that nothing new escapes: factories by their entry points, tasks
and backbones by the registries that plugins fill.
"""

import json
import subprocess
import sys
from importlib import metadata

import numpy
import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import registry

from spacy_affect import AffectError
from spacy_affect.pipeline.factories import make_task
from spacy_affect.pipeline.matching import columns_of
from spacy_affect.registry import REGISTRIES
from spacy_affect.testing import (
    TEXTS,
    Case,
    check_backbone,
    check_component,
    check_task,
    check_training,
    snapshot,
)

#: What an architecture needs that has arguments without defaults, small enough for tests.
CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 16,
    "depth": 1,
    "embed_size": 100,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
    "pretrained_vectors": None,
}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}
SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}
POOLED = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": CNN}
SHARED = {**POOLED, "tok2vec": LISTENER}
TURNS = {"@architectures": "spacy_affect.SparseTurns.v1", "length": 1024}
AHEAD = {**TURNS, "views": ["other", "own"]}
VADER = {"@architectures": "spacy_affect.Vader.v1"}
TEXTBLOB = {"@architectures": "spacy_affect.TextBlob.v1"}
CUES = {"@architectures": "spacy_affect.AmbivalenceCues.v1"}
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
BLEND = {"@architectures": "spacy_affect.Blend.v1", "*": {"encoder": POOLED, "words": SPARSE}}
SMALL = {block["@architectures"]: block for block in (BLEND, SPARSE, POOLED, TURNS)}
#: Not backbones, but layers for one.
LAYERS = {"spacy_affect.CuratedEncoder.v1"}
#: Neural backbones pad their batches.
NEAR = 1e-5
PADDED = (POOLED, BLEND)


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


def is_trainable(block):
    return bool(make(block).attrs.get("trainable"))


def serves(block, task):
    try:
        columns_of(make(block), make_task(task))
    except AffectError:
        return False
    return True


def groups(nlp, key="wishes"):
    """Add a pipe that writes a span group, with spans that overlap or share their offsets."""
    words = ("love", "not sure", "disgusting service", "please", "fear", "thank", "the plan", "I")
    patterns = [{"label": "CUE", "pattern": word} for word in words]
    patterns.append({"label": "ALSO", "pattern": "please"})
    nlp.add_pipe("span_ruler", config={"spans_key": key}).add_patterns(patterns)
    nlp.config["initialize"]["components"]["span_ruler"] = {"patterns": patterns}


def tok2vec(nlp):
    """Add a small shared encoder."""
    nlp.add_pipe("tok2vec", config={"model": CNN})


def turns(nlp):
    """Add a pipe that writes the group "turns", as a reader of dialogues would."""
    groups(nlp, "turns")


FACTORIES = ours("spacy_factories")
TASKS = sorted(REGISTRIES["task"].get_all())
GENERIC = [task for task in TASKS if make_task(task).default_model is not None]
ARCHITECTURES = [name for name in ours("spacy_architectures") if name not in LAYERS]
BLOCKS = [SMALL.get(name, {"@architectures": name}) for name in ARCHITECTURES] + [AHEAD]
BLOCKS += [{"@affect_backbones": name} for name in sorted(REGISTRIES["backbone"].get_all())]
BLOCKS = [block for block in BLOCKS if make(block) is not None]
PAIRS = [(block, task) for block in BLOCKS for task in TASKS if serves(block, task)]
#: These differ from the pairs that are left by the names of their labels, or by the sum of outputs.
ALIKE = {"therapist_behaviour", "client_talk"}
PAIRS = [(b, t) for b, t in PAIRS if t not in ALIKE and (b != BLEND or t in ("emotion", "support"))]
PLUGINS = [(b, t) for b, t in PAIRS if "@affect_backbones" in b and b != make_task(t).default_model]
NAMED = [f for f in FACTORIES if f != "affect"]
LEARNING = [block for block in BLOCKS if is_trainable(block)]
#: Those whose value is of turns of conversations.
OF_TURNS = ("affect_support", "affect_support_next")
WHOLE = [f for f in NAMED if f not in OF_TURNS]
RULES = [
    *(("affect_polarity", VADER), ("affect_subjectivity", TEXTBLOB), ("affect_ambivalence", CUES))
]


def test_nothing_is_missing():
    assert {"affect_polarity", "affect_subjectivity", "affect_ambivalence"} <= {*WHOLE}
    assert {"affect_emotion", "affect_vad", *OF_TURNS} <= {*NAMED}
    assert [(EMBEDDED, f.removeprefix("affect_")) in PAIRS for f in NAMED] == [True] * len(NAMED)
    assert {"polarity", "subjectivity", "ambivalence", "emotion", "vad"} <= {*GENERIC}
    assert LEARNING == [BLEND, POOLED, SPARSE, TURNS, AHEAD]
    served = [block for block, _ in PAIRS]
    assert all(block in served for block in BLOCKS), "a backbone that serves no task"


@pytest.mark.parametrize("task", TASKS)
def test_task(task):
    check_task(task)


@pytest.mark.parametrize(("block", "task"), PAIRS, ids=str)
def test_backbone(block, task):
    check_backbone(block, task, lang=language(block), tolerance=NEAR * (block in PADDED))


def learner(task):
    """RETURNS (dict): A small model of a kind that the task can learn with."""
    task = make_task(task)
    kinds = [block or {} for block in (task.sparse_model, task.default_model)]
    found = [SMALL[kind["@architectures"]] for kind in kinds if kind.get("@architectures") in SMALL]
    return AHEAD if task.ahead else [*found, SPARSE][0]


def small(task):
    """RETURNS (dict | None): A small model of the kind that the task takes by default, if it
    learns.
    """
    return learner(task) if is_trainable(make_task(task).default_model) else None


@pytest.mark.parametrize("factory", NAMED)
def test_factory(factory):
    # those that are left differ from others by their task alone
    check_component(factory, fresh=factory not in ("affect_vad", "affect_support_next"))


@pytest.mark.parametrize("factory", NAMED)
def test_nothing_is_to_be_trained_by_default(factory):
    assert spacy.blank("en").get_factory_meta(factory).default_config["model"] == EMBEDDED


@pytest.mark.parametrize(("factory", "model"), RULES, ids=str)
def test_rules(factory, model):
    if make(model) is None:
        pytest.skip("needs an extra")
    check_component(factory, {"model": model})
    check_component(factory, {"model": model, "unit": "sents"}, before=["sentencizer"], fresh=False)
    check_component(factory, {"model": model, "unit": "turns"}, before=[turns], fresh=False)


@pytest.mark.parametrize("task", GENERIC)
def test_generic_factory(task):
    model = small(task)
    check_component("affect", {"task": task, "model": model}, fresh=model is None)


@pytest.mark.parametrize(("block", "task"), PLUGINS, ids=str)
def test_generic_factory_with_a_plugins_backbone(block, task):
    check_component("affect", {"task": task, "model": block}, lang=language(block))


@pytest.mark.parametrize("task", [task for task in TASKS if f"affect_{task}" in NAMED])
def test_learning_in_place_of_what_is_ready(task):
    fresh = task in ("emotion", "support")
    check_component(f"affect_{task}", {"model": learner(task)}, fresh=fresh)


@pytest.mark.parametrize("task", [task for task in TASKS if f"affect_{task}" not in NAMED])
def test_learning_any_other_task(task):
    check_training("affect", {"task": task, "model": SPARSE})


@pytest.mark.parametrize("task", [task for task in TASKS if make_task(task).turnless])
def test_turns_of_conversations(task):
    check_component("affect", {"task": task, "model": learner(task)}, before=[turns], fresh=False)


@pytest.mark.parametrize("factory", OF_TURNS)
def test_ready_made_turns_of_conversations(factory):
    check_component(factory, before=[turns], fresh=False)


@pytest.mark.parametrize(
    ("factory", "fresh"), [("affect_emotion", True), ("affect_polarity", False)]
)
def test_an_encoder_of_its_own(factory, fresh):
    check_component(factory, {"model": POOLED}, tolerance=NEAR, fresh=fresh)


def test_a_shared_encoder():
    # A listener predicts what the encoder of its own pipeline says, so every pipeline of the kit
    # has that encoder; `stands_alone` tries what sourcing it without one needs.
    check_component("affect_vad", {"model": SHARED}, before=[tok2vec], tolerance=NEAR)


@pytest.mark.parametrize("factory", WHOLE)
def test_sentences(factory):
    fresh = factory in ("affect_polarity", "affect_emotion", "affect_ambivalence")
    check_component(factory, {"unit": "sents"}, before=["sentencizer"], fresh=fresh)


@pytest.mark.parametrize("factory", WHOLE)
def test_span_group(factory):
    fresh = factory in ("affect_polarity", "affect_emotion", "affect_ambivalence")
    check_component(factory, {"unit": "spans:wishes"}, before=[groups], fresh=fresh)


@pytest.mark.parametrize(
    ("unit", "before"), [("sents", "sentencizer"), ("spans:wishes", groups)], ids=["sents", "spans"]
)
def test_learning_by_unit(unit, before):
    check_component("affect_emotion", {"unit": unit, "model": SPARSE}, before=[before], fresh=False)


@pytest.mark.parametrize("model", [None, SPARSE], ids=["ready", "sparse"])
def test_turns(model):
    config = {"unit": "turns", "task": "polarity", "model": model}
    check_component("affect", config, before=[turns], fresh=model is None)


@pytest.mark.parametrize(
    ("block", "task"), [(b, t) for b, t in PAIRS if not make_task(t).ahead], ids=str
)
def test_a_span_is_scored_by_its_own_words(block, task):
    # https://github.com/KennethEnevoldsen/asent/issues/58: words outside the span counted
    if block in LEARNING or block == EMBEDDED:
        config = {"task": task, "model": block, "unit": "sents"}
        pipe = Case("affect", config, before=("sentencizer",)).nlp.get_pipe("affect")
        predict = pipe.scores
    else:
        predict = make(block).predict
    doc = spacy.blank(language(block))(" ".join(TEXTS))
    spans = [doc[3:9], doc[10:20], doc[21 : len(doc)]]
    inside = predict(spans).values
    alone = predict([span.as_doc() for span in spans]).values
    # ready-made weights may not know every label: NaN
    numpy.testing.assert_allclose(inside, alone, rtol=0, atol=NEAR * (block in PADDED))


def test_training_is_for_what_learns():
    with pytest.raises(AssertionError, match="a trainable backbone"):
        check_training("affect_polarity")


def test_stored_values_are_readable_without_attach(tmp_path):
    """The instance names of the built-in factories need no more than any pipeline."""
    nlp = spacy.blank("en")
    for factory in NAMED:
        model = small(factory.removeprefix("affect_"))
        nlp.add_pipe(factory, config={"model": model} if model else {})
    nlp.initialize()
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
