"""Plain tables, JSON lines, CSV and TSV, whose columns the config names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...dialogue import TURNS, check_turn
from ...errors import AffectError
from ..base import BY_WORD, CorpusSource, Row, Turn, names
from ..cats import cats_gold, exclusive
from ..files import (
    Malformed,
    check_columns,
    csv_cells,
    json_objects,
    named,
    number,
    tsv_cells,
    with_header,
)
from ..gold import Gold, as_gold

SUFFIXES = (".jsonl", ".csv", ".tsv")
INFINITE = float("inf")
SURROGATES = re.compile("[\ud800-\udfff]")
FLAGS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}


class Table(CorpusSource):
    """A file of any columns. What `spacy-affect convert` writes is read without settings.

    Gold: the field `gold` of JSON lines, `{task: number | {label: number} | class name |
    {"value": ..., "labels": ...}}`; or the columns that the settings name. An empty cell, null or
    a missing field is unknown. A conversation has a field `turns` in place of a text, a list of
    `{speaker, text, start?, end?, strategy?, gold?}`, and may have a `situation`.
    """

    name = "table"
    patterns = tuple(f"*{suffix}{gz}" for suffix in SUFFIXES for gz in ("", ".gz"))
    splits = BY_WORD

    def __init__(
        self,
        text: str = "text",
        id: str = "id",
        group: str = "group",
        task: str | None = None,
        value: str | None = None,
        label: str | None = None,
        values: Mapping[str, str] = {},
        labels: Mapping[str, str] = {},
        cats_as: str | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        """text, id, group (str): Columns; the last two may be missing.

        task (str | None): The task whose gold the next four hold.
        value (str | None): A column with its number.
        label (str | None): A column with its class.
        values (Mapping[str, str]): label -> column with a number.
        labels (Mapping[str, str]): label -> column with 0 or 1.
        cats_as (str | None): The task whose gold the field `cats` of JSON lines holds.
        columns (Sequence[str]): The columns of a .csv or .tsv without a header.
        RAISES: AF074 for settings that contradict each other.
        """
        self._text, self._id, self._group = text, id, group
        self._task, self._value, self._label = task, value, label
        self._values, self._labels = dict(values), dict(labels)
        self._cats_as = cats_as
        self._columns = names(columns)
        gold = (value, label, self._values, self._labels)
        if bool(task) != any(gold):
            reason = "it goes with value, label, values or labels, and each of these needs it"
            raise AffectError("AF074", source=self.name, setting="task", value=task, reason=reason)
        if (value and values) or (label and labels):
            reason = "give one column, or one per label, not both"
            setting = "value" if value and values else "label"
            raise AffectError(
                "AF074", source=self.name, setting=setting, value=value or label, reason=reason
            )
        mapped = [value, label, *self._values.values(), *self._labels.values()]
        optional = [given for given, usual in ((id, "id"), (group, "group")) if given != usual]
        self._needs = [column for column in (text, *optional, *mapped) if column]

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        whole = self._cats_as and exclusive(
            record["cats"] for _, record in self._fields(file) if _has_cats(record)
        )
        for line, record in self._fields(file):
            yield line, record if isinstance(record, Malformed) else (record, whole)

    def parse(self, record: Any) -> Row:
        fields, whole = record
        turns = _turns(fields[TURNS]) if isinstance(fields.get(TURNS), list) else ()
        text = fields.get(self._text)
        if turns and text is None:
            text = "\n".join(turn.text for turn in turns)
        _check_text(self._text, text)
        gold = {} if self._task and not isinstance(fields.get("gold"), dict) else _golds(fields)
        if self._task and (found := self._from_columns(fields)) != Gold():
            gold[self._task] = found
        if self._cats_as and fields.get("cats"):
            if not _has_cats(fields):
                raise Malformed("the field 'cats' is no object of numbers")
            gold[self._cats_as] = cats_gold(fields["cats"], bool(whole))
        name, group = (_name(fields.get(column)) for column in (self._id, self._group))
        situation = _name(fields.get("situation"))
        return Row(text, gold, id=name, group=group, turns=turns, situation=situation)

    def _fields(self, file: Path) -> Iterator[tuple[int, Any]]:
        """YIELDS (tuple[int, dict | Malformed]): The fields of each record by column."""
        kind = Path(file.name.removesuffix(".gz")).suffix.lower()
        if kind not in SUFFIXES:
            raise AffectError("AF076", path=file, known=", ".join(SUFFIXES))
        if kind == ".jsonl":
            yield from json_objects(file)
            return
        cells = tsv_cells(file) if kind == ".tsv" else csv_cells(file)
        if not self._columns:
            yield from with_header(file, cells, self._needs)
            return
        check_columns(file, self._columns, self._needs)
        for line, record in cells:
            yield line, named(self._columns, record)

    def _from_columns(self, fields: Mapping[str, Any]) -> Gold:
        """RETURNS (Gold): What the columns named by the settings hold."""
        value: Any = {label: _number(fields, at) for label, at in self._values.items()}
        labels: Any = {label: _flag(fields, at) for label, at in self._labels.items()}
        value = _known(value) or (_number(fields, self._value) if self._value else None)
        labels = _known(labels) or (_name(fields.get(self._label)) if self._label else None)
        return Gold(value, labels or None)


def _turns(given: Sequence[Any]) -> tuple[Turn, ...]:
    """RETURNS (tuple[Turn, ...]): As `convert` writes them. RAISES: Malformed."""
    turns = []
    for place, turn in enumerate(given):
        try:
            check_turn(place, turn)
        except AffectError as error:
            raise Malformed(str(error)) from None
        _check_text(f"text of turn {place + 1}", turn["text"])
        said = {name: turn.get(name) for name in ("start", "end", "strategy")}
        turns.append(Turn(turn["text"], turn.get("speaker") or "", **said, gold=_golds(turn)))
    return tuple(turns)


def _check_text(name: str, text: Any) -> None:
    if not isinstance(text, str):
        raise Malformed(f"the field {name!r} holds no text")
    if not text.isascii() and SURROGATES.search(text):
        raise Malformed(f"the field {name!r} holds lone surrogates, which are no text")


def _golds(fields: Mapping[str, Any]) -> dict[str, Gold]:
    """RETURNS (dict[str, Gold]): What the field "gold" holds."""
    given = fields.get("gold")
    if isinstance(given, dict):
        return {task: _as_gold(task, known) for task, known in _stated(given).items()}
    if given not in (None, ""):
        raise Malformed("the field 'gold' is no object of tasks")
    return {}


def _stated(given: Any) -> Any:
    """RETURNS (Any): The same without what is null, at any depth, and what then is empty."""
    if not isinstance(given, dict):
        return given
    items = ((key, _stated(item)) for key, item in given.items())
    return {key: item for key, item in items if item is not None and item != {}}


def _known(cells: Mapping[str, Any]) -> dict[str, Any] | None:
    return {label: cell for label, cell in cells.items() if cell is not None} or None


def _number(fields: Mapping[str, Any], column: str) -> float | None:
    cell = fields.get(column)
    if isinstance(cell, bool):
        raise Malformed(f"{column} is no number: {cell!r}")
    return None if cell in (None, "") else number(cell, -INFINITE, INFINITE, column)


def _flag(fields: Mapping[str, Any], column: str) -> int | None:
    cell = fields.get(column)
    text = "" if cell is None else str(cell).strip().lower()
    if text and text not in FLAGS:
        raise Malformed(f"{column} is {cell!r}, not 0 or 1")
    return FLAGS[text] if text else None


def _name(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _has_cats(fields: Any) -> bool:
    return isinstance(fields, dict) and isinstance(fields.get("cats"), dict)


def _as_gold(task: str, given: Any) -> Gold:
    try:
        return as_gold(task, given)
    except AffectError as error:
        raise Malformed(str(error)) from None
