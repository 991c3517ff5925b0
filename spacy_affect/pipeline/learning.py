"""What a component learns from: the units of examples with their gold, and how much each counts."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy
from numpy.typing import NDArray
from spacy.tokens import Span
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import Model

from ..corpora.gold import Gold, get_gold, gold_tasks, gold_units
from ..dialogue import TURNS
from ..errors import AffectError, AffectWarning, listing
from ..models.heads import columns, curvatures, loss_and_gradient, n_out, prior
from ..tasks.base import Task
from ..types import Unit
from .matching import begin
from .units import DOC, is_blank

#: Every class counts as much as any other; or half way there, by the root of that.
BALANCED, ROOT = "balanced", "sqrt"
#: Units that are kept of a training corpus to set a model up; enough for document frequencies.
N_SAMPLE = 10_000
#: The text of the one example that `nlp.initialize()` makes up where it is given none.
NO_EXAMPLES = "x y z "

#: Units that are scored together to fit something on gold.
UNITS_AT_ONCE = 128

Floats = NDArray[Any]
#: Units, and what is known of each.
GoldBatch: TypeAlias = tuple[list[Unit], list[Gold]]
#: Units -> raw outputs, and what takes their gradient.
Learner: TypeAlias = Callable[[list[Unit]], tuple[Any, Callable[[Any], Any]]]


class Survey(NamedTuple):
    """What one reading of a training corpus finds.

    n (int): Units with gold for the task. sample (list[Unit]): Some of them, drawn evenly.
    targets (Floats): (n, n_out), NaN where unknown.
    classes (Counter): How often each class name or label is in the gold.
    unknown (Counter): The same of classes that the task does not have, so that they teach nothing.
    """

    n: int
    sample: list[Unit]
    targets: Floats
    classes: Counter[str]
    unknown: Counter[str]


def gold_pairs(examples: Iterable[Example], task: str, unit: str) -> Iterator[tuple[Unit, Gold]]:
    """Find what there is to learn from.

    task (str): Whose gold. unit (str): The component's unit.
    YIELDS (tuple[Unit, Gold]): For the unit doc one per example, with empty gold where it has none;
        else one for each unit with gold that falls on whole tokens of the prediction; for turns
        also the Doc, where it has gold of its own.
    """
    for example in examples:
        if unit == DOC:
            yield example.predicted, get_gold(example.reference, task) or Gold()
            continue
        doc = example.predicted
        for span, gold in gold_units(example.reference, task):
            found = doc.char_span(span.start_char, span.end_char)
            if found is not None:
                yield (doc if unit == TURNS and _is_whole(found) else found), gold


def gold_batches(examples: Iterable[Example], task: str, unit: str) -> Iterator[GoldBatch]:
    """YIELDS (GoldBatch): What `gold_pairs` gives, without blank units."""
    pairs = (pair for pair in gold_pairs(examples, task, unit) if not is_blank(pair[0]))
    for batch in minibatch(pairs, UNITS_AT_ONCE):
        yield [found for found, _ in batch], [gold for _, gold in batch]


def _is_whole(span: Span) -> bool:
    """RETURNS (bool): It is the whole Doc, and no turn of a conversation."""
    turns = span.doc.spans.get(TURNS) or ()
    return len(span) == len(span.doc) and not any(len(turn) == len(span) for turn in turns)


def survey(
    get_examples: Callable[[], Iterable[Example]], task: Task, key: str, unit: str
) -> Survey:
    """Read a training corpus once, keeping little of it."""
    chance = random.Random(0)
    n, sample, rows = 0, [], []  # type: tuple[int, list[Unit], list[list[float]]]
    classes: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for found, gold in gold_pairs(get_examples(), key, unit):
        row = task.targets(gold)
        if all(target != target for target in row) or not len(found):
            if isinstance(gold.labels, str):
                unknown[gold.labels] += 1
            continue
        # reservoir sampling (Vitter 1985)
        if n < N_SAMPLE:
            sample.append(found)
        elif (place := chance.randrange(n + 1)) < N_SAMPLE:
            sample[place] = found
        n += 1
        rows.append(row)
        classes.update(_named(task.view(gold)))
    targets = numpy.asarray(rows, "float32").reshape(n, n_out(task.heads))
    return Survey(n, sample, targets, classes, unknown)


def warn_of(found: Survey, example: Example, task: Task, name: str, gold: str, unit: str) -> None:
    """Warn of gold that teaches nothing.

    example (Example): The first of the corpus. name, gold, unit (str): Of the component.
    """
    if found.unknown:
        given, known = listing(found.unknown), listing(task.scheme.labels)
        message = AffectError("AF107", name=name, given=given, known=known)
    elif example.reference.text != NO_EXAMPLES:
        present = gold_tasks(example.reference)
        code = "AF108" if gold in present else "AF092"
        message = AffectError(code, name=name, gold=gold, known=listing(present), unit=unit)
    else:
        return
    warnings.warn(str(message), AffectWarning, stacklevel=3)


def class_weights(
    task: Task, given: str | Mapping[str, float] | None, classes: Mapping[str, int]
) -> dict[str, float]:
    """Make the weights of a training run.

    given (str | Mapping | None): "balanced", "sqrt", or numbers by class name or label.
    classes (Mapping[str, int]): How often each is in the gold. With "balanced", each counts as much
        as any other, with "sqrt" by the square root of that; a text counts 1 on the mean.
    RAISES: AF094 for anything else.
    """
    if given is None:
        return {}
    if given in (BALANCED, ROOT):
        total = sum(classes.values())
        weights = {name: total / (len(classes) * n) for name, n in classes.items() if n}
        if given == BALANCED:
            return weights
        mean = sum(weights[name] ** 0.5 * classes[name] for name in weights) / max(total, 1)
        return {name: weight**0.5 / mean for name, weight in weights.items()}
    known = {*task.scheme.labels, *task.class_values, task.scheme.absent}
    if isinstance(given, str) or not known.issuperset(given) or min(given.values(), default=0) < 0:
        names = listing(name for name in known if name)
        raise AffectError("AF094", task=task.name, value=given, known=names)
    return dict(given)


def weigh(task: Task, golds: Sequence[Gold], weights: Mapping[str, float]) -> Floats:
    """RETURNS (Floats): (n, n_out): a present label's own weight; where the gold is a class name,
    the weight of the class for all outputs.
    """
    heads = task.heads
    found = numpy.ones((len(golds), sum(head.width for head in heads)))
    for row, gold in enumerate(map(task.view, golds)):
        if isinstance(gold.labels, str):
            found[row] = weights.get(gold.labels, 1.0)
            continue
        for head, part in columns(heads):
            if head.kind == "multilabel" and gold.labels:
                found[row, part] = [
                    weights.get(label, 1.0) if gold.labels.get(label) else 1.0
                    for label in head.labels
                ]
    return found


def set_up(
    model: Model[Any, Any],
    task: Task,
    found: Survey,
    given: str | Mapping[str, float] | None,
) -> None:
    """Make a backbone ready to learn; what was fitted on its former outputs is dropped.

    given (str | Mapping | None): The class weights. RAISES: AF094 for some that name no class.
    """
    heads = task.heads
    model.attrs.update(n_examples=max(1, found.n), curvatures=curvatures(heads))
    model.attrs["trained"] = [0] * n_out(heads)
    for fitted in ("thresholds", "calibration"):
        model.attrs.pop(fitted, None)
    model.attrs["class_weights"] = class_weights(task, given, found.classes)  # to resume with
    model.initialize(X=found.sample, Y=prior(heads, found.targets))
    begin(model, task)


def learn(
    model: Model[Any, Any], task: Task, units: list[Unit], golds: list[Gold], targets: Floats
) -> float:
    """Let a backbone learn from a batch, and keep which outputs have had gold.

    RETURNS (float): The loss.
    """
    loss = 0.0
    apart = learners(model)
    for forward in apart:
        raw, backprop = forward(units)
        found, gradient = loss_of(model, task, raw, golds, targets)
        backprop(gradient)
        loss += found / len(apart)
    seen: Any = (~numpy.isnan(targets)).any(axis=0)
    trained = model.attrs["trained"]
    model.attrs["trained"] = [int(a or b) for a, b in zip(trained, seen, strict=True)]
    return loss


def targets_of(task: Task, golds: Sequence[Gold]) -> Floats:
    """RETURNS (Floats): (n, n_out), NaN where unknown."""
    return numpy.asarray([task.targets(gold) for gold in golds], dtype="float64")


def loss_of(
    model: Model[Any, Any], task: Task, raw: Any, golds: Sequence[Gold], targets: Floats
) -> tuple[float, Any]:
    """RETURNS (tuple[float, Floats2d]): The loss of raw outputs, and its gradient by them."""
    given = model.attrs.get("class_weights")
    weights = weigh(task, golds, given) if given else None
    own = model.ops.to_numpy(raw)
    loss, gradient = loss_and_gradient(task.heads, own, targets, weights)
    return loss, model.ops.asarray2f(gradient)


def is_shared(model: Model[Any, Any]) -> bool:
    """RETURNS (bool): Whether the model reads an encoder that other components share: it must then
    be given whole Docs, and every batch must reach the encoder's backprop.
    """
    # spaCy's listeners are a class; those of spacy-curated-transformers a mark in attrs.
    return any(
        hasattr(node, "verify_inputs") or "_TRANSFORMER_LISTENER" in node.attrs
        for node in model.walk()
    )


def learners(model: Model[Any, Any]) -> list[Learner]:
    """RETURNS (list[Learner]): What learns by its own error: each model of a blend, or the model
    itself. Called with units, it gives raw outputs and their backprop.
    """
    if model.name != "blend":
        return [model.begin_update]
    pairs = zip(model.layers, model.attrs["rates"], strict=True)
    return [partial(_learn, layer, rate) for layer, rate in pairs]


def _learn(
    layer: Model[Any, Any], rate: float, units: list[Unit]
) -> tuple[Any, Callable[[Any], Any]]:
    found, backprop = layer.begin_update(units)
    return rate * found, lambda d_scores: backprop(rate * d_scores)


def _named(gold: Gold) -> Iterable[str]:
    if isinstance(gold.labels, str):
        return [gold.labels]
    return [label for label, there in (gold.labels or {}).items() if there]
