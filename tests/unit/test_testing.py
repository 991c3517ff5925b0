"""The conformance kit catches offenders: tasks and backbones that are broken on purpose.

They are written as an installed distribution, since the kit checks installed ones, and are tried in
one process of their own.
"""

import json
import os
import subprocess
import sys

import pytest

from spacy_affect import testing
from spacy_affect.testing.asserts import equal

OFFENDERS = """
import itertools, math, multiprocessing, random
import numpy
from spacy.tokens import Doc
from thinc.api import Model
from spacy_affect.api import Cue, Scheme, Scores, Task, hookimpl, rule_backbone
from spacy_affect.types import Head

SCHEME = Scheme("toy", ("low", "high"), "made up")
COUNTER, MADE = itertools.count(), []


class Toy(Task):
    name = "toy"
    scheme = SCHEME

    def describe(self, value, details, cues):
        return ("high", ["high"]) if value >= 0.5 else ("low", ["low"])

class Unpicklable(Toy):
    def __init__(self):
        self.cut = lambda value: value >= 0.5

class Lenient(Toy):
    def decode(self, scores, source):
        numbers = [number for (number,) in scores.values.tolist()]
        return [self.record(None if math.isnan(x) else x, source) for x in numbers]

class Forgetful(Toy):
    def decode(self, scores, source):
        records = super().decode(scores, source)
        return [record | {"rank": rank} for rank, record in enumerate(records)]

class Labelled(Toy):
    def record(self, value, source, details={}, cues=()):
        return super().record(value, source, details, cues) | {"label": "low"}

class Nameless(Toy):
    name = "toy-task"

class Headless(Toy):
    heads = (Head("value", "regression", ("toy",)),)

class Guessing(Toy):
    def head_targets(self, head, gold):
        return [gold.value or 0.0]

class Unscaled(Toy):
    def head_targets(self, head, gold):
        return [math.nan if gold.value is None else 100 * gold.value]

class Overlooked(Toy):
    def read(self, predictions, trained):
        return Scores(2 * predictions["value"])


def rule(score, **settings):
    return rule_backbone(score, columns=["toy"], source="toy", **settings)

def share(unit):
    return unit.text.lower().count("e") / max(len(unit.text), 1)

def honest(): return rule(share)

def too_high(unit): return 2.0
def out_of_range(): return rule(too_high)

def closure(): return rule(lambda unit: 0.5)

def relative(model, units, is_train):
    sizes = numpy.asarray([[len(unit.text)] for unit in units], dtype="float64")
    return Scores(sizes / sizes.max()), lambda d: []
def batch_dependent(): return Model("relative", relative)

def counting(unit): return 1 / (2 + next(COUNTER))
def stateful(): return rule(counting)

def write_extension(unit):
    Doc.set_extension("toy_extra", default=None, force=True)
    unit.doc._.toy_extra = 1
    return 0.5
def undeclared_extension(): return rule(write_extension)

def write_group(unit):
    unit.doc.spans["toy_group"] = []
    return 0.5
def undeclared_group(): return rule(write_group)

def write_cats(unit):
    unit.doc.cats["toy"] = 0.5
    return 0.5
def writes_cats(): return rule(write_cats)

def divide(unit): return share(unit) / (len(unit) - 1)
def raises_on_one_token(): return rule(divide)

def encode(unit): return share(unit) if unit.text.encode("latin1") else None
def raises_on_emoji(): return rule(encode)

def with_array(unit): return share(unit), {"raw": numpy.ones(2)}
def array_in_record(): return rule(with_array)

def silent(unit): return None
def never_scores(): return rule(silent)

def last_made(unit): return 1 / len(MADE)
def process_global():
    MADE.append(1)
    return rule(last_made)

def by_process(unit): return 0.5 if multiprocessing.parent_process() is None else 0.25
def other_process(): return rule(by_process)

def flat(model, units, is_train): return Scores(numpy.ones(3)), lambda d: []
def wrong_shape(): return Model("flat", flat)
def other_column(): return rule_backbone(share, columns=["other"], source="toy")

def cue(model, units, is_train):
    scores = numpy.zeros((len(units), 1))
    return Scores(scores, cues=[[Cue(0, 1, "x")] for _ in units]), lambda d: []
def unannounced_cues(): return Model("cue", cue)


# Backbones to be trained: a weight for the share of "e", and a bias.

def forward(model, units, is_train):
    X = numpy.asarray([[10 * share(unit)] for unit in units], dtype="float32")
    W, b = model.get_param("W"), model.get_param("b")
    def backprop(d):
        model.inc_grad("W", X.T @ d)
        model.inc_grad("b", d.sum(axis=0))
        return []
    return X @ W + b, backprop

def begin(model, X=None, Y=None):
    model.set_param("W", numpy.zeros((1, model.get_dim("nO")), "float32"))
    model.set_param("b", Y[0].copy())

def trainable(forward=forward, init=begin):
    params = {"W": None, "b": None}
    attrs = {"trainable": True}
    return Model("toy", forward, init=init, dims={"nO": None}, params=params, attrs=attrs)

def learner(): return trainable()

def begin_anywhere(model, X=None, Y=None):
    begin(model, X, Y)
    drawn = random.SystemRandom().uniform(0, 1)
    model.set_param("W", numpy.full((1, model.get_dim("nO")), drawn, "float32"))
def unseeded(): return trainable(init=begin_anywhere)

def without_gradient(model, units, is_train):
    return forward(model, units, is_train)[0], lambda d: []
def unmoved(): return trainable(without_gradient)

def centred(model, units, is_train):
    scores, backprop = forward(model, units, is_train)
    return scores - scores.mean(axis=0) + model.get_param("b"), backprop
def learner_by_batch(): return trainable(centred)

def doubled(model, units, is_train):
    scores, backprop = forward(model, units, is_train)
    return numpy.repeat(scores, 2, axis=1), lambda d: backprop(d[:, :1])
def too_wide(): return trainable(doubled)

TASKS = [Unpicklable, Lenient, Forgetful, Labelled, Nameless, Headless, Guessing, Unscaled,
         Overlooked]
BACKBONES = [honest, out_of_range, closure, batch_dependent, stateful, undeclared_extension,
             undeclared_group, writes_cats, raises_on_one_token, raises_on_emoji,
             array_in_record, never_scores, process_global, other_process, wrong_shape,
             other_column, unannounced_cues, learner, unseeded, unmoved, learner_by_batch,
             too_wide]

@hookimpl
def affect_register_tasks(register):
    for task in [Toy, *TASKS]:
        register(task.__name__, task)

@hookimpl
def affect_register_backbones(register):
    for make in BACKBONES:
        register(make.__name__, make)
"""
TRY = """
import json
import offenders
from spacy_affect.testing import check_backbone, check_component, check_task

results = {}
def attempt(name, check, *args):
    try:
        check(*args)
        results[name] = None
    except Exception as error:
        results[name] = [type(error).__name__, str(error)]

attempt("task Toy", check_task, "Toy")
for task in offenders.TASKS:
    attempt(f"task {task.__name__}", check_task, task.__name__)
for make in offenders.BACKBONES:
    block = {"@affect_backbones": make.__name__}
    attempt(f"backbone {make.__name__}", check_backbone, block, "Toy")
    attempt(make.__name__, check_component, "affect", {"task": "Toy", "model": block})
attempt("unknown factory", check_component, "affect_toi")
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offenders")
    (folder / "offenders.py").write_text(OFFENDERS, encoding="utf8")
    info = folder / "offenders-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offenders\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[spacy_affect]\noffenders = offenders\n")
    environment = os.environ | {"PYTHONPATH": str(folder), "SPACY_AFFECT_PLUGINS": "offenders"}
    command = [sys.executable, "-W", "error", "-c", TRY]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "name", ["task Toy", "backbone honest", "honest", "backbone learner", "learner"]
)
def test_what_is_right_passes(results, name):
    assert results[name] is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("task Unpicklable", "a pickled copy that decodes alike"),
        ("task Lenient", "an AffectError for -0.1"),
        ("task Forgetful", "the same alone as in a batch"),
        ("task Labelled", "a record without value and labels"),
        ("task Nameless", "a name for an attribute. Came: 'toy-task'"),
        ("task Headless", "a kind of head of"),
        ("task Guessing", "NaN as target of what is unknown"),
        ("task Unscaled", "targets in [0, 1]"),
        ("task Overlooked", "scores to read from the heads' predictions"),
        ("backbone out_of_range", "numbers in [0.0, 1.0]"),
        ("backbone closure", "copies by pickle and to_bytes"),
        ("backbone batch_dependent", "in batches of"),
        ("backbone stateful", "in batches of"),
        ("backbone undeclared_extension", "no Doc changed by predicting"),
        ("backbone undeclared_group", "no Doc changed by predicting"),
        ("backbone writes_cats", "no Doc changed by predicting"),
        ("backbone wrong_shape", "values of the shape (1, 1)"),
        ("backbone other_column", "the columns ('toy',). Came: ['other']"),
        ("backbone unannounced_cues", 'to hold "cues"'),
        ("backbone unmoved", "weights that a gradient moves"),
        ("backbone learner_by_batch", "in batches of"),
        ("backbone too_wide", "1 outputs per unit"),
        ("out_of_range", "AF008"),
        ("closure", "Pickle, to_bytes and to_disk restore it"),
        ("batch_dependent", "in a batch as alone"),
        ("stateful", "in a batch as alone"),
        ("undeclared_extension", "toy_extra"),
        ("undeclared_group", "toy_group"),
        ("writes_cats", "in all else"),
        ("raises_on_one_token", "Odd texts never raise"),
        ("raises_on_emoji", "Odd texts never raise"),
        ("array_in_record", "plain values in the record"),
        ("never_scores", "a value for some text"),
        ("process_global", "in batches of 1: 0.5. Came: 0.25"),
        ("other_process", "n_process=2"),
        ("wrong_shape", "AF013"),
        ("other_column", "AF027"),
        ("unseeded", "the same weights"),
        ("unmoved", "a loss that falls"),
        ("learner_by_batch", "in a batch as alone"),
        ("unknown factory", "E002"),
    ],
)
def test_offenders_are_caught(results, name, says):
    assert results[name] is not None, f"{name} was not caught"
    kind, message = results[name]
    assert kind in ("AssertionError", "AffectError") or name == "unknown factory"
    assert says in message


def test_what_is_compared_is_named():
    wanted = [{"value": 0.25, "units": [1]}, {"value": None, "units": []}]
    found = [{"value": 0.25, "units": [1]}, {"value": 0.0, "units": []}]
    with pytest.raises(AssertionError, match=r"toy\[1\]\['value'\]: expected: the same: None.*0.0"):
        equal(found, wanted, "toy", "the same")


def test_tolerance_is_for_floats_alone():
    equal({"a": 0.1}, {"a": 0.1000001}, "toy", "the same", 1e-5)
    with pytest.raises(AssertionError):
        equal({"a": 0.1}, {"a": 0.1000001}, "toy", "the same")
    with pytest.raises(AssertionError):
        equal({"a": 1}, {"a": 1.0}, "toy", "the same", 1e-5)


def test_every_check_says_what_it_expects():
    for check in (*testing.CHECKS, *testing.TRAINING_CHECKS):
        assert check.__doc__
        assert check.__doc__.endswith(".")
