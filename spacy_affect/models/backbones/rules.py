"""Backbones that are a plain function of one unit: lexicons and rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy
from thinc.api import Model

from ...types import Scores, Unit

#: Docs per batch of a backbone that gains nothing from long ones: so few stay in the processor's
#: cache between the tokenizer and the rules, which saves a quarter of the time.
RULE_BATCH = 32
#: What a rule may say of a unit: a number, a number per column, either with details, or nothing.
Said = float | Mapping[str, float] | None
Rule = Callable[[Unit], Said | tuple[Said, dict[str, Any]]]


def rule_backbone(
    score: Rule,
    *,
    columns: Sequence[str],
    source: str,
    languages: Sequence[str] = (),
    provides: Sequence[str] = (),
    details: Sequence[str] = (),
) -> Model[list[Unit], Scores]:
    """Make a backbone of a function that scores one unit by rules.

    score (Callable[[Doc | Span], ...]): At the top level of a module (or a `functools.partial` of
        such a function), so that workers can unpickle it. Returns a float for the only column, a
        `{column: float}` dict, or None where it has nothing to say; or a tuple of that and a dict
        of plain values which go into the record.
    columns (Sequence[str]): What the numbers are: the name of the task for a task with one number,
        else labels. A task takes the columns that it knows.
    source (str): Name and version of the rules, for the record.
    languages (Sequence[str]): ISO codes that the rules are made for; empty means any.
    provides (Sequence[str]): What the details are known to hold, for tasks that need it.
    details (Sequence[str]): The names of the details, which are None where there is no value.
    RETURNS (Model[list[Doc | Span], Scores]): Has no weights.
    """
    attrs = {
        "columns": list(columns),
        "source": source,
        "languages": list(languages),
        "provides": list(provides),
        "details": list(details),
        "batch_size": RULE_BATCH,
    }
    return Model(source, partial(_forward, score), attrs=attrs)


def _forward(
    score: Rule, model: Model[list[Unit], Scores], units: list[Unit], is_train: bool
) -> tuple[Scores, Callable[[Any], list[Unit]]]:
    columns, names = model.attrs["columns"], model.attrs["details"]
    rows: list[list[float]] = []
    details: list[dict[str, Any]] = []
    for unit in units:
        said = score(unit)
        said, extra = said if isinstance(said, tuple) else (said, dict.fromkeys(names))
        if isinstance(said, Mapping):
            rows.append([said[column] for column in columns])
        else:
            rows.append([numpy.nan if said is None else said] * len(columns))
        details.append(extra)
    values = numpy.asarray(rows, dtype="float64").reshape(len(units), len(columns))
    return Scores(values, details), _no_backprop


def _no_backprop(d_scores: Any) -> list[Unit]:
    return []
