"""Tables of what components wrote: one row per Doc, one column per number or label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .errors import AffectError
from .extensions import records_of
from .types import Record

if TYPE_CHECKING:
    import pandas
    from spacy.tokens import Doc


def columns(key: str, record: Record) -> dict[str, Any]:
    """Flatten a record: `<key>` and `<key>_label`, or `<key>_<label>` where it holds many numbers.

    RETURNS (dict): Column name -> float, str or None. The names depend on the task alone, except
        that a record without any value has no per-label columns.
    """
    if isinstance(record.value, dict):
        row: dict[str, Any] = {f"{key}_{label}": number for label, number in record.value.items()}
    else:
        row = {key: record.value}
    return row | {f"{key}_label": record.label}


def to_frame(docs: Iterable[Doc]) -> pandas.DataFrame:
    """Put what the components wrote into a table, one row per Doc.

    RETURNS (pandas.DataFrame): The column `text`, then those of each instance; missing is None/NaN.
    RAISES: AF025 if pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise AffectError("AF025") from None
    rows = []
    many = set()
    for doc in docs:
        row: dict[str, Any] = {"text": doc.text}
        for key, record in records_of(doc).items():
            row |= columns(key, record)
            if isinstance(record.value, dict):
                many.add(key)
        rows.append(row)
    frame = pandas.DataFrame(rows or {"text": []})
    # a value per label makes no column of its own: drop the one an unpredicted Doc left behind
    return frame.drop(columns=[*many], errors="ignore")
