"""Comparisons that say what was checked, what was expected and what came."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from spacy.tokens import Doc

from ..extensions import UNITS, records_of, units_of
from ..tasks.base import Task
from ..types import RECORD_FIELDS


def check(holds: bool, who: object, expected: str, came: object) -> None:
    """RAISES: AssertionError unless it holds."""
    if not holds:  # raised rather than asserted: `python -O` drops asserts
        raise AssertionError(f"{who}: expected: {expected}. Came: {came!r}")


def equal(found: Any, wanted: Any, who: object, expected: str, tolerance: float = 0.0) -> None:
    """RAISES: AssertionError at the first part that differs; only floats may, by `tolerance`."""
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        found, wanted = dict(enumerate(found)), dict(enumerate(wanted))
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        for key in found:
            equal(found[key], wanted[key], f"{who}[{key!r}]", expected, tolerance)
    else:
        near = type(found) is type(wanted) is float and abs(found - wanted) <= tolerance
        same = near or (type(found) is type(wanted) and found == wanted)
        check(same, who, f"{expected}: {wanted!r}", found)


@contextmanager
def telling(who: object, expected: str | None) -> Iterator[None]:
    """Make an AssertionError, with what was expected, of any other exception."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"{who}: expected: {expected} Came: {error!r}") from error


def check_record(
    record: Any, task: Task, who: object, *, nothing: bool = False, some: bool = False
) -> None:
    """RAISES: AssertionError unless a stored record is whole, plain and in the task's range, or,
    with `nothing`, without a value. With `some` it may lack labels that a backbone does not know.
    """
    fields = isinstance(record, dict) and [name for name in RECORD_FIELDS if name in record]
    check(fields == [*RECORD_FIELDS], who, f"a record with {RECORD_FIELDS}", record)
    equal(record, json.loads(json.dumps(record, default=repr)), who, "plain values in the record")
    found = value, _, _ = record["value"], record["label"], record["labels"]
    if nothing or value is None:
        check(found == (None, None, []), who, "a record without value and labels", found)
        return
    numbers = value if isinstance(value, dict) else {task.name: value}
    wanted = tuple(name for name in task.columns if name in numbers or not some)
    check((*numbers,) == wanted != (), who, f"a number for each of {task.columns}", value)
    for number in numbers.values():
        fits = type(number) is float and task.low <= number <= task.high
        check(fits, who, f"a float in [{task.low}, {task.high}]", number)


def snapshot(doc: Doc, key: str) -> dict[str, Any]:
    """RETURNS (dict): All that an instance wrote on a Doc, as plain values that compare."""
    record, cues = records_of(doc).get(key), doc.spans.get(key, [])
    return {
        "value": doc._.get(key),
        "record": record and record.to_dict(),
        "units": [[start, end, unit.to_dict()] for start, end, unit in units_of(doc, key)],
        "unit values": [span._.get(key) for span in doc.spans.get(key + UNITS, [])],
        "cues": [[span.start, span.end, span.label_] for span in cues],
        "details": cues.attrs.get("details") if cues else [],
    }


def traces(doc: Doc) -> dict[str, Any]:
    """RETURNS (dict): Where anything is written on a Doc."""
    keys = {key[1] if isinstance(key, tuple) and key[0] == "._." else key for key in doc.user_data}
    return {"extensions": keys, "spans": {*doc.spans}, "cats": {**doc.cats}, "ents": str(doc.ents)}


def batches(n: int) -> list[tuple[list[int], int]]:
    """RETURNS (list[tuple[list[int], int]]): Orders of n texts, with sizes to batch them by."""
    return [(random.Random(size).sample(range(n), n), size) for size in (1, 2, 3, n)]
