"""Say what each token of a unit adds to its score.

The contributions sum to the score minus the baseline, which is what the model gives to no text at
all. Scores of a linear model over tokens, or over their vectors, are taken apart exactly up to the
last step, a sigmoid or the like; that step shares its outcome out in proportion, which for such a
model is what integrated gradients give (Sundararajan et al. 2017). Any other backbone is asked to
score the beginnings and the ends of the unit; what a token adds to either, on the mean, is its
contribution: a Shapley value from two orders (Castro et al. 2009). An encoder of ready-made weights
scores each word alone and the unit without it: the mean of what the word adds to nothing and to all
others, which is its Shapley value where words act alone or in pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc

from ..errors import AffectError, listing
from ..models.backbones import pooled, sparse, turns
from ..models.heads import columns
from ..types import Explanation, Unit
from .matching import EMBEDDED
from .units import is_blank, task_units

if TYPE_CHECKING:
    from .trainable import AffectPipe

Floats = NDArray[Any]

EXACT = "exact sum over tokens"
#: By the name of the model: how it is taken apart, and what that is called.
LINEAR: Mapping[str, tuple[Callable[[Any, Unit], Floats], str]] = {
    "sparse_ngram": (sparse.contributions, EXACT),
    "sparse_turns": (turns.contributions, EXACT),
    "pooled": (pooled.contributions, "integrated gradients over token vectors"),
}
OCCLUSION = "occlusion from both ends"
WORD_BY_WORD = "occlusion, word by word"
#: Longer units are occluded in so many steps, whose tokens share alike.
MOST_STEPS = 200
#: A sum of contributions that is rounding, and cannot be shared out in proportion.
NOTHING = 1e-9


def explain(pipe: AffectPipe, unit: Unit, label: str | None = None) -> Explanation:
    """Explain the score of one unit.

    pipe (AffectPipe): The component that scored it.
    unit (Doc | Span): What it scored.
    label (str | None): For a value of many numbers: which; None takes the record's label, as the
        best emotion; where no label is present, the highest; and of a value without labels, as
        that of vad, the first of the scheme, valence.
    RETURNS (Explanation): One contribution per token, zero for white space, and for all of them
        where there is no value.
    RAISES: AF101 for an unknown label, AF102 for a Doc whose units were scored.
    """
    if isinstance(unit, Doc) and unit not in task_units(unit, pipe.unit, pipe.name, pipe.task):
        raise AffectError("AF102", name=pipe.name, unit=pipe.unit)
    labels = pipe.task.scheme.labels if pipe.task.many else ()
    if label is not None and label not in labels:
        raise AffectError("AF101", label=label, task=pipe.task.name, known=listing(labels))
    tokens = [token.text for token in unit]
    if is_blank(unit):
        return Explanation(label, None, None, tokens, [0.0] * len(tokens), "")
    if pipe.task.many and label is None:
        label = _chosen(pipe, unit)
    place = labels.index(label) if label is not None else 0
    if pipe.model.name == EMBEDDED:
        method = EXACT
        if pipe.model._func.in_turns:
            split = pipe.model._func.turn_contributions(unit)
            value, baseline, parts = _linear(pipe, unit, place, split)
        elif pipe.model._func.encoded:
            method = WORD_BY_WORD
            value, baseline, parts = _word_by_word(pipe, unit, place)
        else:
            value, baseline, parts = _embedded(pipe, unit, place)
    elif pipe.is_trainable and pipe.model.name in LINEAR:
        take_apart, method = LINEAR[pipe.model.name]
        value, baseline, parts = _linear(pipe, unit, place, take_apart(pipe.model, unit))
    else:
        method = OCCLUSION
        value, baseline, parts = _occlusion(pipe, unit, place)
    if value != value:  # a label that ready-made weights do not know
        return Explanation(label, None, None, tokens, [0.0] * len(tokens), "")
    return Explanation(label, value, baseline, tokens, parts.tolist(), method)


def _chosen(pipe: AffectPipe, unit: Unit) -> str:
    """RETURNS (str): The label to explain where none is asked for."""
    scores = pipe.scores([unit])
    [record] = pipe.task.decode(scores, "")
    labels, row = pipe.task.scheme.labels, scores.values[0]
    if record["label"] in labels:
        return record["label"]
    known = ~numpy.isnan(row)
    if not pipe.task.labelled:
        return labels[int(known.argmax())]
    return labels[int(numpy.where(known, row, -numpy.inf).argmax())]


def _linear(pipe: AffectPipe, unit: Unit, place: int, parts: Floats) -> tuple[float, float, Floats]:
    value = float(pipe.scores([unit]).values[0, place])
    bias = pipe.model.ops.to_numpy(pipe.model.predict([unit]))[0] - parts.sum(axis=0)
    baseline = float(pipe.read(bias[None]).values[0, place])
    heads = pipe.task.heads
    trained = pipe.model.attrs["trained"]
    slopes = numpy.zeros(parts.shape[1])
    by_name = {head.name: (head, part) for head, part in columns(heads)}
    head, part = by_name["value"]
    other, other_part = by_name.get("presence", (head, part))
    if trained[other_part][place] and not trained[part][place]:
        head, part = other, other_part
    # the raw number that decides: one column, the levels of an ordinal head, or how far a class
    # of a distribution is above the others
    if head.kind == "ordinal":
        slopes[part] = 1 / head.width
    else:
        slopes[part.start + place] = 1.0
        if head.kind == "softmax":
            slopes[part] -= 1 / head.width
    return value, baseline, _shared(parts.astype("float64") @ slopes, value - baseline)


def _embedded(pipe: AffectPipe, unit: Unit, place: int) -> tuple[float, float, Floats]:
    value = float(pipe.scores([unit]).values[0, place])
    parts, nothing = pipe.model._func.contributions(unit, place)
    baseline = float(pipe.calibrated(nothing).values[0, place])
    return value, baseline, _shared(parts, value - baseline)


def _word_by_word(pipe: AffectPipe, unit: Unit, place: int) -> tuple[float, float, Floats]:
    forward = pipe.model._func
    value = float(pipe.scores([unit]).values[0, place])
    steps = _steps(len(unit))
    words = [token.text_with_ws for token in unit]
    parts = ["".join(words[start:end]) for start, end in pairwise(steps)]
    raw = forward.encoder.occluded(unit, parts, forward.reads)
    empty = raw[1:2]
    nothing = pipe.read(forward.chosen(empty)) if forward.raw else forward.decode(empty)
    baseline = float((nothing if forward.raw else pipe.calibrated(nothing)).values[0, place])
    found = forward.deciding(raw, place)
    all_of, none, without, alone = found[0], found[1], *numpy.split(found[2:], 2)
    added = (all_of - without + alone - none) / 2
    sizes = numpy.abs(added)
    if sizes.sum() > NOTHING:  # what more than two words do together goes to those that do most
        added += (all_of - none - added.sum()) * sizes / sizes.sum()
    tokens = numpy.diff(steps)
    return value, baseline, _shared(numpy.repeat(added / tokens, tokens), value - baseline)


def _shared(parts: Floats, whole: float) -> Floats:
    """RETURNS (Floats): The whole, shared out in proportion to the parts."""
    total = parts.sum()
    if abs(total) > NOTHING:
        return parts * (whole / total)
    return numpy.full(len(parts), whole / len(parts))


def _occlusion(pipe: AffectPipe, unit: Unit, place: int) -> tuple[float, float, Floats]:
    n = len(unit)
    steps = _steps(n)
    words = [token.text for token in unit]
    spaces = [bool(token.whitespace_) for token in unit]

    def score(start: int, end: int) -> float:
        part = Doc(unit.vocab, words=words[start:end], spaces=spaces[start:end])
        if is_blank(part):
            return nothing
        found = float(pipe.scores([part]).values[0, place])
        return nothing if numpy.isnan(found) else found

    nothing = min(max(0.0, pipe.task.low), pipe.task.high)
    heads = numpy.array([score(0, end) for end in steps])
    tails = numpy.array([score(start, n) for start in steps])
    added = (numpy.diff(heads) - numpy.diff(tails)) / 2
    sizes = numpy.diff(steps)
    return float(heads[-1]), nothing, numpy.repeat(added / sizes, sizes)


def _steps(n: int) -> NDArray[numpy.int_]:
    """RETURNS (NDArray): The tokens where parts of a unit begin, and its end."""
    return numpy.linspace(0, n, min(n, MOST_STEPS) + 1).astype(int)
