"""How far two pipelines are apart on a text: which components go together, and one number for each.

The difference of a component lies in [0, 1]. Of a value of one number it is |a - b| by the length
of the value's range; of a value of many, the largest of these over the labels that both give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language

from ...errors import AffectError, listing
from ...extensions import PREFIX
from ...pipeline.trainable import AffectPipe
from ...tasks.base import Task
from ...tasks.polarity import MIXED
from ..pipelines import affect_pipes

#: Heads of tasks whose labels say what is there, not what is measured.
OF_LABELS = ("multilabel", "softmax")


@dataclass(frozen=True)
class Twin:
    """A component of each pipeline that score the same task.

    name (str): What the first one's record is called. other (str): The second one's.
    """

    name: str
    other: str
    task: Task
    other_task: Task

    @property
    def options(self) -> list[str]:
        """RETURNS (list[str]): What a person can choose from; empty where a value has no classes,
        as that of vad.
        """
        found: dict[str, None] = {}
        for task in (self.task, self.other_task):
            if task.classes:
                found |= dict.fromkeys(task.classes)
                if getattr(task, "mixed_threshold", None) is not None:
                    found[MIXED] = None
            elif any(head.kind in OF_LABELS for head in task.heads):
                absent = [task.scheme.absent] if task.scheme.absent else []
                found |= dict.fromkeys([*task.scheme.labels, *absent])
        return list(found)

    @property
    def several(self) -> bool:
        """RETURNS (bool): A text may have several of the options."""
        return any(head.kind == "multilabel" for head in self.task.heads)

    def part(self, a: Mapping[str, Any], b: Mapping[str, Any]) -> Part | None:
        """a, b (Mapping): The records of either pipeline.
        RETURNS (Part | None): None where one of them has no value, or no label that both know.
        """
        found = difference(self.task, a["value"], b["value"])
        if found is None:
            return None
        told = (_said(self.task, a), _said(self.other_task, b))
        return Part(*found, *told, in_sets=not self.task.classes)


@dataclass(frozen=True)
class Part:
    """What a component of each pipeline says of a text.

    difference (float): In [0, 1]. on (str): The label that differs most, "" of a value of one.
    a, b (dict): `value`, `label` and `labels`.
    in_sets (bool): What counts is which labels are there, not which of them is the best one.
    """

    difference: float
    on: str
    a: dict[str, Any]
    b: dict[str, Any]
    in_sets: bool = False

    @property
    def other_label(self) -> bool:
        """RETURNS (bool): They name another class, or another set of labels."""
        if self.in_sets:
            return {*self.a["labels"]} != {*self.b["labels"]}
        return self.a["label"] != self.b["label"]


def difference(task: Task, a: Any, b: Any) -> tuple[float, str] | None:
    """RETURNS (tuple[float, str] | None): How far two values are apart, in [0, 1], and on which
    label; None if they cannot be compared.
    """
    scale = task.high - task.low
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        gaps = {label: abs(a[label] - b[label]) / scale for label in a if label in b}
        on = max(gaps, key=gaps.__getitem__, default=None)
        return None if on is None else (gaps[on], on)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) / scale, ""
    return None


def find_twins(
    nlp: Language, other: Language, names: Sequence[str], tasks: Sequence[str] = ()
) -> tuple[list[Twin], list[str]]:
    """Find the components to compare: those of one name, or else the only two of one task.

    names (Sequence[str]): What the two pipelines are called. tasks (Sequence[str]): Of these only.
    RETURNS (tuple[list[Twin], list[str]]): And notes on components that have no counterpart.
    RAISES: AF083 if a pipeline has none of these tasks, AF175 if there is nothing to compare.
    """
    ours, theirs = ([pipe for _, pipe in affect_pipes(one)] for one in (nlp, other))
    for name, pipes in zip(names, (ours, theirs), strict=True):
        for task in tasks:
            if task not in {pipe.task.name for pipe in pipes}:
                raise AffectError("AF083", name=name, task=task, known=_tasks(pipes))
    twins, notes = [], []
    for pipe in ours:
        if tasks and pipe.task.name not in tasks:
            continue
        twin = _counterpart(pipe, ours, theirs)
        if twin is None:
            notes.append(f"nothing in {names[1]} to compare {pipe.key} with")
            continue
        name = pipe.key.removeprefix(PREFIX)
        twins.append(Twin(name, twin.key.removeprefix(PREFIX), pipe.task, twin.task))
        ours_in, theirs_in = pipe.task.scheme.name, twin.task.scheme.name
        if ours_in != theirs_in:
            notes.append(
                f"{name} has the scheme {ours_in} in {names[0]} and {theirs_in} in {names[1]}: "
                "the difference is that of the labels in both"
            )
    if not twins:
        a, b = names
        raise AffectError("AF175", a=a, b=b, ours=_tasks(ours), theirs=_tasks(theirs))
    return twins, notes


def _counterpart(
    pipe: AffectPipe, ours: Sequence[AffectPipe], theirs: Sequence[AffectPipe]
) -> AffectPipe | None:
    same = [one for one in theirs if one.task.name == pipe.task.name]
    named = [one for one in same if one.key == pipe.key]
    alone = len(same) == 1 and sum(one.task.name == pipe.task.name for one in ours) == 1
    return named[0] if named else same[0] if alone else None


def _tasks(pipes: Sequence[AffectPipe]) -> str:
    return listing({pipe.task.name for pipe in pipes})


def _said(task: Task, record: Mapping[str, Any]) -> dict[str, Any]:
    """RETURNS (dict): Of labels those that say what is there: not the cues of ambivalence."""
    labels = [] if task.classes else list(record["labels"])
    return {"value": record["value"], "label": task.category(record), "labels": labels}
