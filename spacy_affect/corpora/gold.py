"""Gold annotations on Docs, in one shape for every task and unit.

`doc.spans["affect_gold.<task>"]` holds one span per unit (for the Doc: all of its tokens); its
attrs hold the parallel lists `values` and `labels`. It survives `to_bytes` and every DocBin. Gold
never goes to `doc.cats`: a float there makes spaCy's textcat raise E851.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.tokens import Doc, Span, SpanGroup

from ..errors import AffectError
from ..types import Value, plain

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.training import Example

Labels = str | dict[str, int]


class Gold(NamedTuple):
    """What is known of one unit; None, or a missing key, is unknown, and 0.0 is a value.

    value (float | dict[str, float] | None): The number, or a number per label.
    labels (str | dict[str, int] | None): The class, or 0 or 1 per label.
    """

    value: Value | None = None
    labels: Labels | None = None


def set_gold(
    doc: Doc,
    task: str,
    value: Value | None = None,
    labels: Labels | None = None,
    span: Span | None = None,
) -> None:
    """Write the gold of one unit, in place of any that it has.

    task (str): The task's name, or what a component's `gold` setting names.
    value (float | dict[str, float] | None): In the task's range.
    labels (str | dict[str, int] | None): A class name, or 0 or 1 for each label that is known.
    span (Span | None): The unit; None is the whole Doc.
    RAISES: AF016 for anything else.
    """
    _validate(task, value, labels)
    unit = doc[:] if span is None else span
    gold = Gold(_numbers(value, float), _numbers(labels, int))
    key = _key(task)
    group = _group(doc, task)
    if group is None:
        attrs = {"values": [gold.value], "labels": [gold.labels]}
        doc.spans[key] = SpanGroup(doc, name=key, attrs=attrs, spans=[unit])
        return
    start, end = unit.start_char, unit.end_char
    same = (i for i, s in enumerate(group) if s.start_char == start and s.end_char == end)
    place = next(same, len(group))
    if place == len(group):
        group.append(unit)
    for name, new in (("values", gold.value), ("labels", gold.labels)):
        items = [*group.attrs[name]]  # DocBin makes tuples of lists
        items[place:] = [new, *items[place + 1 :]]
        group.attrs[name] = items


def get_gold(doc: Doc, task: str, span: Span | None = None) -> Gold | None:
    """Read the gold of one unit.

    span (Span | None): The unit; None is the whole Doc.
    RETURNS (Gold | None): None where nothing was written for this unit.
    RAISES: AF015 if the group has lost its attrs.
    """
    unit = doc[:] if span is None else span
    return next((gold for found, gold in gold_units(doc, task) if _same_unit(found, unit)), None)


def gold_units(doc: Doc, task: str) -> Iterator[tuple[Span, Gold]]:
    """YIELDS (tuple[Span, Gold]): Every unit with gold for the task.
    RAISES: AF015 if the group has lost its attrs.
    """
    group = _group(doc, task)
    if group is not None:
        attrs = group.attrs
        for unit, value, label in zip(group, attrs["values"], attrs["labels"], strict=True):
            yield unit, Gold(plain(value), plain(label))


def gold_tasks(doc: Doc) -> list[str]:
    """RETURNS (list[str]): The tasks that any unit of the Doc has gold for."""
    prefix = _key("")
    return [key.removeprefix(prefix) for key in doc.spans if key.startswith(prefix)]


def as_gold(task: str, given: Any) -> Gold:
    """Read gold as people write it.

    given (Any): A number or `{label: number}` (the value), a string (the class), or
        `{"value": ..., "labels": ...}` for both.
    RETURNS (Gold): Checked, with built-in numbers.
    RAISES: AF016 for anything else.
    """
    if isinstance(given, Mapping) and given.keys() <= {"value", "labels"} and given:
        gold = Gold(**given)
    else:
        gold = Gold(labels=given) if isinstance(given, str) else Gold(given)
    _validate(task, *gold)
    return Gold(_numbers(gold.value, float), _numbers(gold.labels, int))


def example(nlp: Language, text: str, gold: Mapping[str, Any]) -> Example:
    """Make a training or test example of a text.

    gold (Mapping): By task: a number or `{label: number}` (the value), a string (the class), or
        `{"value": ..., "labels": ...}` for both.
    RETURNS (Example): The reference carries the gold; the predicted Doc is only tokenised.
    """
    from spacy.training import Example

    reference = nlp.make_doc(text)
    for task, given in gold.items():
        set_gold(reference, task, *as_gold(task, given))
    return Example(nlp.make_doc(text), reference)


def _key(task: str) -> str:
    return f"affect_gold.{task}"


def _group(doc: Doc, task: str) -> SpanGroup | None:
    """RETURNS (SpanGroup | None): With attrs that hold as many values and labels as it has spans.
    RAISES: AF015 if the group has lost its attrs.
    """
    key = _key(task)
    group = doc.spans.get(key)
    if group is not None:
        values, labels = (len(group.attrs.get(name) or ()) for name in ("values", "labels"))
        if (values, labels) != (len(group), len(group)):
            raise AffectError("AF015", key=key, spans=len(group), values=values, labels=labels)
    return group


def _same_unit(a: Span, b: Span) -> bool:
    return (a.start_char, a.end_char) == (b.start_char, b.end_char)


def _numbers(given: Any, kind: type[float] | type[int]) -> Any:
    """RETURNS: Built-in numbers in place of numpy's, which a DocBin would not store."""
    if isinstance(given, Mapping):
        return {label: kind(number) for label, number in given.items()}
    return given if given is None or isinstance(given, str) else kind(given)


def _validate(task: str, value: Any, labels: Any) -> None:
    if value is None and labels is None:
        raise AffectError("AF016", task=task, reason="needs a value or labels", value=None)
    numbers = value.values() if isinstance(value, Mapping) else [] if value is None else [value]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, Real) or not math.isfinite(number):
            reason = "a value must be a finite number, or a dict of such"
            raise AffectError("AF016", task=task, reason=reason, value=value)
    if value == {} or labels == {}:
        reason = "a dict must hold a label"
        raise AffectError("AF016", task=task, reason=reason, value={})
    if isinstance(labels, Mapping):
        for known in labels.values():
            if known not in (0, 1):
                reason = "labels must be 0 or 1 each; leave unknown ones out"
                raise AffectError("AF016", task=task, reason=reason, value=labels)
    elif labels is not None and not isinstance(labels, str):
        reason = "labels must be a class name, or a dict of 0 and 1"
        raise AffectError("AF016", task=task, reason=reason, value=labels)
