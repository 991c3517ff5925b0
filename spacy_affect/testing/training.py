"""What a trainable component keeps beside: how it learns, and what leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy
from spacy.language import Language
from spacy.training import Example

from ..corpora.gold import Gold, set_gold
from ..errors import AffectError
from ..pipeline.learning import gold_pairs, is_shared
from .asserts import check
from .case import SEED, Case
from .components import copies


def learns(case: Case) -> None:
    """Its loss falls while it learns, and what it says then differs from text to text."""
    nlp = case.blank(case.factory)
    _, losses = case.train(nlp)
    check(min(losses) < losses[0], case, "a loss that falls", losses)
    values = [result["value"] for result in case.alone]
    check(any(value != values[0] for value in values), case, "values that differ", values)


def waits_for_training(case: Case) -> None:
    """Before training it can be saved and loaded, and to predict is the error AF090."""
    nlp = case.blank(case.factory)
    for how, copy in [("nothing", nlp), *copies(nlp)]:
        learning = [name for name, pipe in copy.pipeline if getattr(pipe, "is_trainable", False)]
        doc = copy(case.texts[0], disable=learning)
        try:
            came: Any = case.pipe(copy)(doc)
        except AffectError as error:
            came = error.code
        check(came == "AF090", case, f"AF090 when untrained, after {how}", came)


def is_reproducible(case: Case) -> None:
    """The same seed and examples give the same weights, bit for bit."""
    nlp = case.blank(case.factory)
    case.train(nlp)
    check(_weights(case, nlp) == _weights(case, case.nlp), case, "the same weights", "others")


def ignores_what_has_no_gold(case: Case) -> None:
    """A batch without gold gives the loss 0 and leaves the weights bit-equal."""
    nlp = case.blank(case.factory)
    optimizer, _ = case.train(nlp)
    before = _weights(case, nlp)
    loss = nlp.update([_without_gold(nlp, text) for text in case.texts], sgd=optimizer)
    check(loss.get(case.factory) == 0.0, case, "a loss of 0.0 without gold", loss)
    check(_weights(case, nlp) == before, case, "the same weights after it", "others")


def masks_what_is_unknown(case: Case) -> None:
    """What the gold does not say gives no gradient; what it says does."""
    pipe, examples = case.pipe(case.nlp), [*_partial(case)]
    golds = [gold for _, gold in gold_pairs(examples, pipe.gold, pipe.unit)]
    known = ~numpy.isnan(numpy.asarray([case.task.targets(gold) for gold in golds]))
    raw = numpy.random.RandomState(SEED).normal(size=known.shape).astype("float32")
    loss, gradient = pipe.get_loss(examples, pipe.model.ops.asarray2f(raw))
    gradient = pipe.model.ops.to_numpy(gradient)
    check(gradient.shape == known.shape, case, f"a gradient of {known.shape}", gradient.shape)
    check(loss > 0, case, "a loss for what is known", loss)
    check(not gradient[~known].any(), case, "no gradient where the gold is silent", gradient)
    check(bool(gradient[known].any()), case, "a gradient where it is not", gradient)


def stays_frozen(case: Case) -> None:
    """Left out of an update, or disabled, it keeps its weights, also through nlp.initialize()."""
    nlp = case.make(case.factory)
    before, examples = _weights(case, nlp), case.examples(nlp)
    nlp.update(examples, exclude=[case.factory])
    check(_weights(case, nlp) == before, case, "the same weights if excluded", "others")
    with nlp.select_pipes(disable=[case.factory]):
        nlp.initialize(lambda: examples)
        nlp.update(examples)
    check(_weights(case, nlp) == before, case, "the same weights if disabled", "others")


def resumes(case: Case) -> None:
    """Loaded into a new pipeline it scores alike, and goes on to learn."""
    nlp = case.make(case.factory)
    before, examples = _weights(case, nlp), case.examples(nlp)
    check(before == _weights(case, case.nlp), case, "the same weights when loaded", "others")
    optimizer = nlp.resume_training()
    losses = nlp.update(examples, sgd=optimizer)
    check(losses[case.factory] > 0, case, "a loss from nlp.resume_training() on", losses)
    check(_weights(case, nlp) != before, case, "weights that move", "the same")
    found = case.read(map(nlp, case.texts))
    check(found != case.alone, case, "other values after an update", found)


def scores_by_gold(case: Case) -> None:
    """`score` is {} without gold; with gold, and a scorer, it holds `<name>_score`."""
    pipe, examples = case.pipe(case.nlp), case.examples(case.nlp)
    for example in examples:
        example.predicted = case.nlp(example.reference.text)
    found = pipe.score([_without_gold(case.nlp, text) for text in case.texts])
    check(found == {}, case, "{} as scores without gold", found)
    if pipe.scorer is not None:
        found = pipe.score(examples)
        wanted = f"{case.key(case.factory)}_score"
        check(wanted in found, case, f"{wanted!r} among the scores", found)


def stands_alone(case: Case) -> None:
    """With a copy of the encoder in place of its listener, it gives the same."""
    if not is_shared(case.pipe(case.nlp).model):
        return
    nlp = case.make(case.factory)
    for path, upstream in _listeners(nlp.config["components"][case.factory]):
        nlp.replace_listeners(upstream, case.factory, [path])
    for name in [name for name in nlp.pipe_names if name != case.factory]:
        if getattr(nlp.get_pipe(name), "is_trainable", False):
            nlp.remove_pipe(name)
    case.same(case.read(map(nlp, case.texts)), "with listeners replaced")


TRAINING_CHECKS: tuple[Callable[[Case], None], ...] = (
    *(learns, waits_for_training, is_reproducible, ignores_what_has_no_gold),
    *(masks_what_is_unknown, stays_frozen, resumes, scores_by_gold, stands_alone),
)


def _weights(case: Case, nlp: Language) -> bytes:
    found: bytes = case.pipe(nlp).model.to_bytes()
    return found


def _without_gold(nlp: Language, text: str) -> Example:
    return Example(nlp.make_doc(text), nlp.make_doc(text))


def _partial(case: Case) -> Iterator[Example]:
    """YIELDS (Example): With gold for one label; of a single number or a class, every other one."""
    pipe = case.pipe(case.nlp)
    for place, example in enumerate(case.examples(case.nlp)):
        pairs = list(gold_pairs([Example(example.reference, example.reference)], *_of(case)))
        predicted = example.predicted
        reference = case.nlp.make_doc(predicted.text)
        for unit, gold in pairs:
            kept = Gold(*(_first(part) for part in gold)) if _divides(gold) else gold
            if _divides(gold) or place % 2:
                span = reference.char_span(unit[0].idx, unit[-1].idx + len(unit[-1]))
                set_gold(reference, pipe.gold, *kept, span=span)
        yield Example(predicted, reference)


def _of(case: Case) -> tuple[str, str]:
    pipe = case.pipe(case.nlp)
    return pipe.gold, pipe.unit


def _divides(gold: Gold) -> bool:
    return any(isinstance(part, Mapping) for part in gold)


def _first(part: Any) -> Any:
    return dict([next(iter(part.items()))]) if isinstance(part, Mapping) else None


def _listeners(block: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """YIELDS (tuple[str, str]): Where a component's config has a listener, and what it is to."""
    for key, inner in block.items():
        if isinstance(inner, Mapping):
            here = f"{path}.{key}" if path else key
            if "upstream" in inner:
                yield here, inner["upstream"]
            yield from _listeners(inner, here)
