"""Units: which parts of a Doc get one prediction each, and what they get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from spacy.tokens import Doc

from ..dialogue import TURNS
from ..errors import AffectError, listing
from ..tasks.base import Task
from ..types import Cue, Unit

DOC, SENTS = "doc", "sents"
SPANS = "spans:"


class Predictions(NamedTuple):
    """What a batch of Docs gets: their own records, all their cues, the units below, their records.

    One of it serves all, as the garbage collector follows every container that is made per Doc.
    """

    records: list[dict[str, Any]]
    cues: list[list[Cue]] | None
    units: list[list[Unit]]
    below: list[list[dict[str, Any]]]


def validate_unit(unit: str) -> str:
    """RETURNS (str): The unit as given. RAISES: AF005 if it is none."""
    if unit in (DOC, SENTS, TURNS) or (unit.startswith(SPANS) and len(unit) > len(SPANS)):
        return unit
    raise AffectError("AF005", unit=unit)


def units_in(doc: Doc, unit: str, name: str) -> list[Unit]:
    """Find the units of a Doc.

    name (str): The component, for the error.
    RETURNS (list[Doc | Span]): In order of the text, or of the span group.
    RAISES: AF006 without sentence boundaries, AF007 without the span group.
    """
    if unit == DOC:
        return [doc]
    if not len(doc):
        return []
    if unit == SENTS:
        # one token is one sentence to spaCy, whether or not a component has said so
        if len(doc) > 1 and not doc.has_annotation("SENT_START"):
            raise AffectError("AF006", name=name)
        return list(doc.sents)
    key = TURNS if unit == TURNS else unit.removeprefix(SPANS)
    if key not in doc.spans:
        raise AffectError("AF007", name=name, unit=unit, key=key, present=listing(doc.spans))
    return list(doc.spans[key])


def task_units(doc: Doc, unit: str, name: str, task: Task) -> list[Unit]:
    """Find what a component scores in a Doc: its units, as far as the task is about them.

    RETURNS (list[Unit]): The Doc itself comes last where it has a score of its own.
    RAISES: As `units_in`.
    """
    if unit != TURNS:
        return units_in(doc, unit, name)
    if task.turnless and TURNS not in doc.spans:
        return [doc]
    turns = units_in(doc, unit, name)
    chosen = task.choose([turn.label_ for turn in turns])
    found = [turn for turn, wanted in zip(turns, chosen, strict=True) if wanted]
    return [*found, doc] if task.ahead else found


def batches(docs: Iterable[Doc], size: int, most: int | None) -> Iterator[list[Doc]]:
    """YIELDS (list[Doc]): At most `size` Docs at a time, fewer where they are long: a batch ends
    with the Doc that brings it to `most` tokens.
    """
    batch: list[Doc] = []
    tokens = 0
    for doc in docs:
        batch.append(doc)
        tokens += len(doc)
        if len(batch) >= size or (most and tokens >= most):
            yield batch
            batch, tokens = [], 0
    if batch:
        yield batch


def is_blank(unit: Unit) -> bool:
    """RETURNS (bool): Nothing in it but white space."""
    return all(token.is_space for token in unit)


def blanks(units: Iterable[Unit]) -> dict[int, Unit]:
    """RETURNS (dict[int, Unit]): By place, in order, those that are blank."""
    return {
        i: unit
        for i, unit in enumerate(units)
        # nearly always the first token answers
        if not len(unit) or (unit[0].is_space and is_blank(unit))
    }
