"""Writing the rows at the top: as they are, and for the annotation tools Prodigy and Label Studio.

Prodigy reads tasks as JSON lines; its interface `choice` shows `text` and `options`, each with an
`id` and a `text`, and keeps the ids that are chosen in `accept`. Label Studio imports a JSON list
of tasks with `data` and `predictions`; what a prediction says is a list of results, each of which
names a control of the labelling interface (`from_name`) and what it is about (`to_name`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from ..writers import free_names, table_line
from .measuring import Part, Twin
from .ranking import Comparison, Item

#: The name that Label Studio's controls refer to, and the key of the text in `data`.
TEXT = "text"
#: The key of what was said in rows of JSON.
COMPARE = "compare"
#: Digits of numbers that people read.
DIGITS = 3
_SIDES = ("a", "b")


def plain(item: Item, id_field: str | None = None) -> dict[str, Any]:
    """RETURNS (dict): What the .jsonl output says beside the input row."""
    named = {"id": item.fields.get(id_field)} if id_field else {}
    return {
        "row": item.row,
        **named,
        "field": item.field,
        "by": item.by,
        "disagreement": item.disagreement,
        "tasks": {
            name: {"difference": part.difference, "on": part.on or None, "a": part.a, "b": part.b}
            for name, part in item.parts.items()
        },
    }


def json_lines(found: Comparison) -> Iterator[str]:
    """YIELDS (str): A line for each row: the row itself, and what was said under `compare`."""
    for item in found.items:
        names = free_names(item.fields, [COMPARE])
        row = {names[name]: value for name, value in item.fields.items()}
        yield json.dumps({**row, COMPARE: plain(item)}) + "\n"


def csv_lines(found: Comparison, id_field: str | None = None) -> Iterator[str]:
    """YIELDS (str): A header, and a line for each row. Of a value of many numbers, the ones of the
    label that differs most.
    """
    parts = ("difference", "on", *_SIDES, *(f"label_{side}" for side in _SIDES))
    columns = [f"{twin.name}_{part}" for twin in found.twins for part in parts]
    own = ["id"] if id_field else []
    yield table_line(".csv", ["row", *own, "field", "by", "disagreement", *columns, "text"])
    for item in found.items:
        cells: list[Any] = [item.row, *(item.fields.get(id_field or "") for _ in own)]
        cells += [item.field, item.by, item.disagreement]
        for twin in found.twins:
            part = item.parts.get(twin.name)
            if part is None:
                cells += [None] * len(parts)
                continue
            numbers = [_number(said["value"], part.on) for said in (part.a, part.b)]
            cells += [part.difference, part.on, *numbers, part.a["label"], part.b["label"]]
        yield table_line(".csv", [_cell(cell) for cell in (*cells, item.text)])


def prodigy_lines(found: Comparison) -> Iterator[str]:
    """YIELDS (str): A task for each row, about the component that differs most. Where its value has
    no classes, the question is which pipeline is right.
    """
    twins = {twin.name: twin for twin in found.twins}
    for item in found.items:
        part = item.parts[item.worst]
        options = [{"id": name, "text": name} for name in twins[item.worst].options]
        if not options:
            options = [
                {"id": side, "text": said(record)}
                for side, record in zip(_SIDES, (part.a, part.b), strict=True)
            ]
            options.append({"id": "neither", "text": "neither"})
        meta = {"row": item.row, "field": item.field, "task": item.worst}
        meta["disagreement"] = round(item.disagreement, DIGITS)
        for side, name, record in zip(_SIDES, found.names, (part.a, part.b), strict=True):
            meta[side] = f"{name}: {said(record, part.on)}"
        task = {"text": item.text, "options": options, "accept": [], "meta": meta}
        yield json.dumps(task) + "\n"


def label_studio(found: Comparison) -> str:
    """RETURNS (str): A JSON list of tasks, each with what either pipeline predicts. The score of a
    prediction is how far they agree, so that the lowest come first where tasks are sorted by it.
    """
    tasks = []
    for item in found.items:
        data = {TEXT: item.text, "row": item.row, "field": item.field}
        data |= {"by": item.by, "disagreement": item.disagreement}
        predictions = [
            {
                "model_version": _version(found, place),
                "score": 1.0 - item.disagreement,
                "result": list(_results(found, item, place)),
            }
            for place in range(len(_SIDES))
        ]
        tasks.append({"data": data, "predictions": predictions})
    return json.dumps(tasks, indent=1) + "\n"


def interface(found: Comparison) -> str:
    """RETURNS (str): The labelling interface that Label Studio needs to show these tasks."""
    lines = ["<View>", f'  <Text name="{TEXT}" value="${TEXT}"/>']
    for twin in found.twins:
        lines.append(f"  <Header value={quoteattr(twin.name)}/>")
        options = twin.options
        if options:
            how = "multiple" if twin.several else "single"
            name = quoteattr(twin.name)
            lines.append(f'  <Choices name={name} toName="{TEXT}" choice="{how}">')
            lines.extend(f"    <Choice value={quoteattr(option)}/>" for option in options)
            lines.append("  </Choices>")
        ends = f'min="{twin.task.low:g}" max="{twin.task.high:g}" step="0.01"'
        for control in _controls(twin):
            lines.append(f'  <Number name={quoteattr(control)} toName="{TEXT}" {ends}/>')
    return "\n".join([*lines, "</View>"]) + "\n"


def said(record: dict[str, Any], on: str = "") -> str:
    """RETURNS (str): What a pipeline said, in brief: "positive 0.912", "joy, love (joy 0.7)"."""
    labels = ", ".join(record["labels"]) or record["label"] or ""
    value = record["value"]
    if not isinstance(value, dict):
        return f"{labels} {round(value, DIGITS) + 0.0:g}".strip()
    shown = [on] if on else list(value)
    numbers = ", ".join(f"{label} {round(value[label], DIGITS) + 0.0:g}" for label in shown)
    return f"{labels} ({numbers})" if labels else numbers


def _controls(twin: Twin) -> list[str]:
    """RETURNS (list[str]): The names of the numbers to give; none for a value by label, of which
    people say what is there.
    """
    if not twin.task.many:
        return [f"{twin.name}_value"]
    return [] if twin.options else [f"{twin.name}_{label}" for label in twin.task.scheme.labels]


def _results(found: Comparison, item: Item, place: int) -> Iterator[dict[str, Any]]:
    for twin in found.twins:
        part = item.parts.get(twin.name)
        if part is None:
            continue
        record = (part.a, part.b)[place]
        chosen = _chosen(twin, part, place)
        if chosen:
            yield _result(item, place, twin.name, "choices", {"choices": chosen})
        value = record["value"]
        numbers = value if isinstance(value, dict) else {"value": value}
        for control in _controls(twin):
            label = control.removeprefix(f"{twin.name}_")
            if label in numbers:
                yield _result(item, place, control, "number", {"number": numbers[label]})


def _chosen(twin: Twin, part: Part, place: int) -> list[str]:
    record = (part.a, part.b)[place]
    labels = record["labels"] if twin.several else []
    return [name for name in labels or [record["label"]] if name in twin.options]


def _result(
    item: Item, place: int, control: str, kind: str, value: dict[str, Any]
) -> dict[str, Any]:
    # ids differ in the whole file, as Label Studio asks for
    name = "-".join((str(item.row), item.field, item.by, _SIDES[place], control))
    return {"id": name, "from_name": control, "to_name": TEXT, "type": kind, "value": value}


def _version(found: Comparison, place: int) -> str:
    a, b = found.names
    return found.names[place] if a != b else f"{a} ({_SIDES[place]})"


def _number(value: Any, on: str) -> Any:
    return value[on] if isinstance(value, dict) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
