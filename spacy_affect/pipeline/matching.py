"""Whether a backbone fits the task and the language that it is used for."""

from __future__ import annotations

import warnings
from typing import Any

import numpy
from thinc.api import Model

from ..errors import AffectError, AffectWarning
from ..models.heads import n_out
from ..tasks.base import Task
from ..types import Scores

#: The name of models of ready-made weights, which are told what task they are for.
EMBEDDED = "embedded"


def warn_language(lang: str, model: Model[Any, Any], name: str) -> None:
    """Warn if a backbone is made for other languages than the pipeline's; it still writes."""
    languages = model.attrs.get("languages") or []
    if languages and lang not in languages:
        message = (
            f"{name!r} uses {model.attrs.get('source')}, made for {', '.join(languages)}; this "
            f"pipeline's language is {lang!r}, so its scores may mean little."
        )
        warnings.warn(message, AffectWarning, stacklevel=3)


def columns_of(model: Model[Any, Any], task: Task) -> list[int] | None:
    """RETURNS (list[int] | None): Which columns of the backbone the task reads; None: all.
    RAISES: AF011, AF027 or AF105 if the backbone does not fit the task, AF125 if no ready-made
        weights know it.
    """
    if model.name == EMBEDDED:
        from ..models.backbones.embedded import bind  # every Language() imports this module

        bind(model, task.name, task.scheme.name, task.columns)
    source = model.attrs.get("source") or model.name
    ahead = bool(model.attrs.get("ahead"))
    if ahead != task.ahead and model.attrs.get("trainable"):
        raise AffectError("AF105", task=task.name, source=source)
    for need in task.needs:
        if need not in (model.attrs.get("provides") or []):
            raise AffectError("AF011", model=source)
    offered = model.attrs.get("columns")  # a trainable backbone gives what the task asks for
    if not offered or list(offered) == list(task.columns):
        return None
    missing = [column for column in task.columns if column not in offered]
    if missing:
        raise AffectError(
            "AF027",
            source=source,
            offered=", ".join(offered),
            task=task.name,
            missing=", ".join(missing),
        )
    return [offered.index(column) for column in task.columns]


def renew(model: Model[Any, Any], task: Task, name: str) -> None:
    """Give a loaded model of ready-made weights what belongs to those that are installed, and warn,
    if it was saved with others: cut points and calibration of the one are wrong for the other.
    """
    if model.name != EMBEDDED or model.attrs["source"] == model._func.source:
        return
    saved = model.attrs["source"]
    for fitted in ("thresholds", "calibration"):
        model.attrs.pop(fitted, None)
    columns_of(model, task)
    message = (
        f"{name!r} was saved with {saved}, and now uses {model.attrs['source']}, with the cut "
        "points and the calibration of these."
    )
    warnings.warn(message, AffectWarning, stacklevel=4)


def fit_width(model: Model[Any, Any], task: Task, name: str) -> None:
    """Give a trainable backbone as many outputs as the heads of the task need.

    RAISES: AF093 for one that has another number of them.
    """
    wanted = n_out(task.heads)
    if model.has_dim("nO") is None:
        model.set_dim("nO", wanted)
    if (width := model.get_dim("nO")) != wanted:
        raise AffectError("AF093", name=name, task=task.name, n=width, n_out=wanted)


def check_scores(
    scores: Any, n: int, source: str, model: Model[Any, Any], task: Task, read: list[int] | None
) -> Scores:
    """Check what a backbone gives for n units.

    read (list[int] | None): The columns that the task reads; None: all.
    RETURNS (Scores): These columns.
    RAISES: AF013 for anything else than scores of the right shape.
    """
    width = len(task.columns)
    shape = getattr(getattr(scores, "values", None), "shape", None)
    wanted = len(model.attrs.get("columns") or task.columns)
    if not isinstance(scores, Scores) or shape != (n, wanted):
        got = f"values of the shape {shape}" if shape else type(scores).__name__
        raise AffectError("AF013", source=source, got=got, n=n, task=task.name, n_out=width)
    if read is None:
        return scores
    return Scores(numpy.asarray(scores.values)[:, read], scores.details, scores.cues)


def begin(model: Model[Any, Any], task: Task) -> None:
    """Set the weights of a model with `init_from = "embedded"` to ready-made ones.

    RAISES: AF125 if no such weights know the task, AF096 if their features are not the model's.
    """
    if model.attrs.get("init_from") != EMBEDDED:
        return
    from ..models.backbones.embedded import bind, build_embedded_v1

    ready = build_embedded_v1()
    bind(ready, task.name, task.scheme.name, task.columns)
    ready._func.hand_over(model, [(head.name, head.kind, head.labels) for head in task.heads])
