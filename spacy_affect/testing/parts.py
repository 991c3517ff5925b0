"""Tasks and backbones by themselves, without a pipeline."""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy
import spacy
from spacy.util import registry
from thinc.api import Adam, Model, fix_random_seed

from ..corpora.gold import Gold
from ..errors import AffectError
from ..models.heads import KINDS, columns, n_out, predictions
from ..pipeline.factories import make_task
from ..pipeline.matching import columns_of
from ..tasks.base import Task
from ..types import Scores
from .asserts import batches, check, check_record, equal, telling, traces
from .case import LEARN_RATE, ODD, SEED, STEPS, TEXTS, make_gold


def check_task(task_or_name: Task | str, **settings: Any) -> None:
    """Check a task by itself: declarations, pickling, how it turns scores into records, and what it
    gives a trainable backbone to learn.

    task_or_name (Task | str): A task, or the name of a registered one, made with `settings`.
    """
    task = task_or_name if isinstance(task_or_name, Task) else make_task(task_or_name, **settings)
    who, n = f"task {task.name!r}", len(task.columns)
    check(f"affect_{task.name}".isidentifier(), who, "a name for an attribute", task.name)
    check(len({*task.columns}) == n, who, "no label twice", task.columns)
    check(task.low < task.high, who, "low < high", (task.low, task.high))
    rows = [[number] * n for number in numpy.linspace(task.low, task.high, 11).tolist()]

    def decode(task: Task, *rows: list[float]) -> list[dict[str, Any]]:
        return task.decode(Scores(numpy.asarray(rows)), "kit")

    records, [nothing] = decode(task, *rows), decode(task, [math.nan] * n)
    for record in records:
        check_record(record, task, who)
    equal([decode(task, row)[0] for row in rows], records, who, "the same alone as in a batch")
    with telling(who, "a pickled copy that decodes alike"):
        equal(decode(pickle.loads(pickle.dumps(task)), *rows), records, who, "the same if pickled")
    for number in (task.low - 0.1, task.high + 0.1, math.inf):
        with suppress(AffectError):
            check(False, who, f"an AffectError for {number}", decode(task, [number] * n))
    for record in (nothing, task.combine([nothing] * 2, [3, 4], "kit")):
        check_record(record, task, f"{who}, given NaN", nothing=True)
    check_record(task.combine([records[2], nothing], [1, 5], "kit"), task, f"{who}, combined")
    _check_heads(task, who)


def _check_heads(task: Task, who: str) -> None:
    """The heads take gold in, and give scores out."""
    for head in task.heads:
        check(head.kind in KINDS, who, f"a kind of head of {[*KINDS]}", head)
        losses = KINDS[head.kind].losses
        check(head.loss in ("", *losses), who, f"a loss of {head.kind} heads, {[*losses]}", head)
    width = n_out(task.heads)
    unknown = task.targets(Gold())
    check(len(unknown) == width, who, f"{width} targets, one per output of the heads", unknown)
    check(all(map(math.isnan, unknown)), who, "NaN as target of what is unknown", unknown)
    chance = random.Random(SEED)
    for gold in (make_gold(task, chance) for _ in range(20)):
        targets = task.targets(gold)
        for head, part in columns(task.heads):
            low = -1 if head.kind == "signed" else 0
            fits = all(low <= target <= 1 for target in targets[part])
            check(fits, who, f"targets in [{low}, 1] for {gold}", targets[part])
    raw = numpy.random.RandomState(SEED).normal(0, 3, (20, width))
    for flag in (0, 1):
        trained = {head.name: [flag] * head.width for head in task.heads}
        with telling(who, "scores to read from the heads' predictions"):
            for record in task.decode(task.read(predictions(task.heads, raw), trained), "kit"):
                check_record(record, task, f"{who}, read from heads")


def check_backbone(
    model_or_block: Model[Any, Any] | Mapping[str, Any],
    task: Task | str,
    *,
    lang: str = "en",
    texts: Sequence[str] = TEXTS,
    tolerance: float = 0.0,
) -> None:
    """Check a backbone by itself: shapes, range, copies, and no influence between neighbours.

    One to be trained, with `attrs["trainable"]`, takes a few steps along made-up gradients first;
    one that listens to a shared encoder cannot be checked without it: use `check_component`.

    model_or_block (Model | dict): A thinc model, or the config block that makes one. One of
        ready-made weights takes those for the task.
    task (Task | str): A task that it serves.
    tolerance (float): How far a number may differ in a batch; 1e-5 is fair for neural backbones.
    """
    task, model = task if isinstance(task, Task) else make_task(task), model_or_block
    if not isinstance(model, Model):
        model = registry.resolve({"model": dict(model)})["model"]
    who = f"backbone {model.name!r} on task {task.name!r}"
    chosen = [*texts, *(text for text in ODD.values() if 0 < len(text.strip()) < 1000)]
    docs = [*map(spacy.blank(lang), chosen)]
    units = [*docs, *(doc[1 : len(doc) - 1] for doc in docs if len(doc) > 3)]
    before = [traces(doc) for doc in docs]
    if model.attrs.get("trainable"):
        _train(model, task, units, who)
        scores = _raw
    else:
        offered = model.attrs.get("columns") or task.columns
        check({*task.columns} <= {*offered}, who, f"the columns {task.columns}", offered)
        columns_of(model, task)
        scores = _raw if "trained" in model.attrs else _scored

    def score(units: list[Any], model: Model[Any, Any] = model) -> list[Any]:
        return scores(model, units, task, who)

    alone = [score([unit])[0] for unit in units]
    equal([traces(doc) for doc in docs], before, who, "no Doc changed by predicting")
    told = "cues" in (model.attrs.get("provides") or []) or not any(cues for *_, cues in alone)
    check(told, who, 'attrs["provides"] to hold "cues", since there are some', dict(model.attrs))
    for order, size in batches(len(units)):
        parts = [[units[i] for i in order[k : k + size]] for k in range(0, len(order), size)]
        found = [row for part in parts for row in score(part)]
        equal(found, [alone[i] for i in order], who, f"the same in batches of {size}", tolerance)
    with telling(who, "copies by pickle and to_bytes that score alike"):
        for copy in (pickle.loads(pickle.dumps(model)), model.copy().from_bytes(model.to_bytes())):
            found = [score([unit], copy)[0] for unit in units]
            equal(found, alone, who, "the same of a copy", tolerance)


def _scored(model: Model[Any, Any], units: list[Any], task: Task, who: str) -> list[Any]:
    """RETURNS (list[tuple]): Per unit its row of scores, details and cues."""
    offered = model.attrs.get("columns") or task.columns
    scores, n = model.predict(units), len(units)
    check(isinstance(scores, Scores), who, "Scores", scores)
    shape, parts = scores.values.shape, [scores.details or [None] * n, scores.cues or [None] * n]
    check(shape == (n, len(offered)), who, f"values of the shape {(n, len(offered))}", shape)
    check([*map(len, parts)] == [n, n], who, f"details and cues per unit, of {n}", parts)
    rows = [[None if math.isnan(x) else x for x in row] for row in scores.values.tolist()]
    for row in rows:
        read = [x for name, x in zip(offered, row, strict=True) if name in task.columns]
        fits = all(x is None or task.low <= x <= task.high for x in read)
        check(fits, who, f"numbers in [{task.low}, {task.high}]", row)
    return list(zip(rows, *parts, strict=True))


def _raw(model: Model[Any, Any], units: list[Any], task: Task, who: str) -> list[Any]:
    """RETURNS (list[tuple]): The same of a trained backbone, whose rows are raw outputs."""
    found = model.ops.to_numpy(model.predict(units))
    wanted = (len(units), n_out(task.heads))
    check(found.shape == wanted, who, f"outputs of the shape {wanted}", found.shape)
    check(bool(numpy.isfinite(found).all()), who, "finite outputs", found.tolist())
    return [(row, None, None) for row in found.tolist()]


def _train(model: Model[Any, Any], task: Task, units: list[Any], who: str) -> None:
    width = n_out(task.heads)
    if model.has_dim("nO") is None:
        model.set_dim("nO", width)
    fix_random_seed(SEED)
    model.initialize(X=units, Y=numpy.zeros((1, width), "float32"))
    before, optimizer, chance = model.to_bytes(), Adam(LEARN_RATE), numpy.random.RandomState(SEED)
    for _ in range(STEPS):
        raw, backprop = model.begin_update(units)
        check(raw.shape == (len(units), width), who, f"{width} outputs per unit", raw.shape)
        backprop(model.ops.asarray2f(chance.normal(size=raw.shape)))
        model.finish_update(optimizer)
    check(model.to_bytes() != before, who, "weights that a gradient moves", "the same weights")
