"""Say what each token of a unit adds to its score.

The contributions sum to the score minus the baseline, which is what the model gives to no text at
all. The raw numbers of a linear model over tokens, or over their vectors, are taken apart exactly;
what becomes of them, a sigmoid of one or a difference of several, by integrated gradients
(Sundararajan et al. 2017). Any other backbone is asked to score the beginnings and the ends of the
unit; what a token adds to either, on the mean, is its contribution: a Shapley value from two orders
(Castro et al. 2009). An encoder of ready-made weights makes raw numbers of each word alone and of
the unit without it: the mean of what the word adds to nothing and to all others, which is its
Shapley value where words act alone or in pairs. What cues add beyond that, their tokens share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc

from ..errors import AffectError, listing
from ..models.backbones import pooled, sparse, turns
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
#: Steps between no text and the unit. Any number of them sums to the score; more tell apart better
#: which of several raw numbers moved it.
STEPS = 20
#: A sum or a difference that is rounding.
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
    value = float(pipe.scores([unit]).values[0, place])
    method, told = EXACT, numpy.zeros(len(tokens))
    if pipe.model.name == EMBEDDED and not pipe.model._func.in_turns:
        if pipe.model._func.encoded:
            method = WORD_BY_WORD
            split, empty = _word_by_word(pipe, unit)
        else:
            split, empty = pipe.model._func.contributions(unit)
        idle = numpy.delete(numpy.arange(len(empty)), pipe.model._func.used)
        split[:, idle] = 0.0
        baseline, parts = _through(partial(_decoded, pipe, place), split, empty)
        told = _of_cues(pipe, unit)
    elif pipe.model.name == EMBEDDED or (pipe.is_trainable and pipe.model.name in LINEAR):
        if pipe.model.name == EMBEDDED:
            split = pipe.model._func.turn_contributions(unit)
        else:
            take_apart, method = LINEAR[pipe.model.name]
            split = take_apart(pipe.model, unit)
        empty = pipe.model.ops.to_numpy(pipe.model.predict([unit]))[0] - split.sum(axis=0)
        baseline, parts = _through(lambda raw: pipe.read(raw).values[:, place], split, empty)
    else:
        method = OCCLUSION
        baseline, parts = _occlusion(pipe, unit, place)
    if value != value:  # a label that ready-made weights do not know
        return Explanation(label, None, None, tokens, [0.0] * len(tokens), "")
    parts = parts + _rest(parts, value - baseline, told)
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


def _decoded(pipe: AffectPipe, place: int, raw: Floats) -> Floats:
    """raw (Floats): (n, all that ready-made weights give).
    RETURNS (Floats): (n,), one label's values, without what cues add.
    """
    forward = pipe.model._func
    if forward.raw:
        return pipe.read(forward.chosen(raw)).values[:, place]
    return pipe.calibrated(forward.decode(raw)).values[:, place]


def _through(
    value_of: Callable[[Floats], Floats], parts: Floats, empty: Floats
) -> tuple[float, Floats]:
    """Take a value apart that is made of raw numbers, of which tokens each add a part.

    value_of (Callable): Raw numbers (n, k) -> values (n,). parts (Floats): (n_tokens, k).
    empty (Floats): (k,) the raw numbers of no text at all.
    RETURNS (tuple[float, Floats]): The value of no text, and what each token adds (n_tokens,).
    """
    parts, empty = parts.astype("float64"), empty.astype("float64")
    moved = numpy.flatnonzero(numpy.abs(parts).max(axis=0) > NOTHING)
    whole = parts.sum(axis=0)
    path = empty + numpy.linspace(0, 1, STEPS + 1)[:, None] * whole
    baseline, *_ = value_of(path[:1])
    slopes = numpy.zeros(len(empty))
    # from step to step one raw number after the other, in either order: so all of it is told
    for order in (moved, moved[::-1]):
        rows = numpy.repeat(path[:-1], len(order) + 1, axis=0).reshape(STEPS, -1, len(empty))
        for i, column in enumerate(order):
            rows[:, i + 1 :, column] = path[1:, None, column]
        values = value_of(rows.reshape(-1, len(empty))).reshape(STEPS, -1)
        slopes[order] += numpy.diff(values, axis=1).sum(axis=0) / 2
    there = numpy.abs(whole) > NOTHING
    slopes = numpy.divide(slopes, whole, out=numpy.zeros(len(empty)), where=there)
    return float(baseline), parts @ slopes


def _word_by_word(pipe: AffectPipe, unit: Unit) -> tuple[Floats, Floats]:
    """RETURNS (tuple[Floats, Floats]): (n_tokens, k) what each token adds to the raw numbers, and
    (k,) those of no text.
    """
    forward = pipe.model._func
    steps = _steps(len(unit))
    words = [token.text_with_ws for token in unit]
    parts = ["".join(words[start:end]) for start, end in pairwise(steps)]
    found = forward.encoder.occluded(unit, parts, forward.reads).astype("float64")
    all_of, none, without, alone = found[0], found[1], *numpy.split(found[2:], 2)
    added = (all_of - without + alone - none) / 2
    sizes = numpy.abs(added)
    total = sizes.sum(axis=0)
    # what more than two words do together goes to those that do most
    shares = numpy.divide(sizes, total, out=numpy.zeros_like(sizes), where=total > NOTHING)
    added += (all_of - none - added.sum(axis=0)) * shares
    tokens = numpy.diff(steps)
    return numpy.repeat(added / tokens[:, None], tokens, axis=0), none


def _of_cues(pipe: AffectPipe, unit: Unit) -> Floats:
    """RETURNS (Floats): (n_tokens,) 1 for tokens of the unit's cues, else 0."""
    [cues] = pipe.scores([unit]).cues or [[]]
    first = 0 if isinstance(unit, Doc) else unit.start
    told = numpy.zeros(len(unit))
    for cue in cues:
        told[cue.start - first : cue.end - first] = 1.0
    return told


def _rest(parts: Floats, whole: float, told: Floats) -> Floats:
    """RETURNS (Floats): (n_tokens,) what parts lack of the whole, shared by the tokens told; where
    there are none it is rounding, and goes where the parts are.
    """
    if not told.any():
        told = numpy.abs(parts)
    return told * ((whole - parts.sum()) / max(told.sum(), NOTHING))


def _occlusion(pipe: AffectPipe, unit: Unit, place: int) -> tuple[float, Floats]:
    """RETURNS (tuple[float, Floats]): As `_through`."""
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
    return nothing, numpy.repeat(added / sizes, sizes)


def _steps(n: int) -> NDArray[numpy.int_]:
    """RETURNS (NDArray): The tokens where parts of a unit begin, and its end."""
    return numpy.linspace(0, n, min(n, MOST_STEPS) + 1).astype(int)
