"""Whether a backbone fits the task and the language that it is used for."""

from __future__ import annotations

import warnings
from typing import Any

from thinc.api import Model

from ..errors import AffectError, AffectWarning
from ..tasks.base import Task


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
    RAISES: AF011, AF027 or AF105 if the backbone does not fit the task.
    """
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
