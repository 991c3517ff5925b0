"""Writing rows: a shard becomes bytes in the output's own format, and shards become one file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import AffectError, require
from ..types import Value

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin

    from ..tasks.base import Task

AFFECT, ERROR = "affect", "affect_error"
TIMELINE, FRAMES = "affect_timeline", "affect_frames"
#: Levels of nesting that are kept in a row that cannot be written as it is.
DEEPEST = 50
TABLES = (".csv", ".tsv", ".parquet")
_ENCODER = json.JSONEncoder(check_circular=False, allow_nan=False, default=str)
_UNESCAPED = json.JSONEncoder(ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Column:
    """A column of affect values.

    path (tuple[str | int, ...]): Where its value lies in a row's `affect`.
    """

    name: str
    path: tuple[str | int, ...]
    number: bool


@dataclass(frozen=True)
class Input:
    """A column of the input: its name there, its name in the output, and its kind of cell."""

    source: str
    name: str
    kind: str


@dataclass(frozen=True)
class Output:
    """How rows leave. inputs, affect: The columns of a table; empty for other formats."""

    format: str
    inputs: tuple[Input, ...] = ()
    affect: tuple[Column, ...] = ()


class Writer:
    """Collects the rows of one shard."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._rows: list[str] = []
        self._table: list[dict[str, Any]] = []
        self._docs: DocBin | None = None

    def add(
        self,
        row: Mapping[str, Any],
        affect: Any,
        error: str | None,
        doc: Doc | None,
        over_time: Mapping[str, Any] = {},
    ) -> bool:
        """Add one row.

        over_time (Mapping): What JSON rows say beside `affect` of a conversation with times.
        RETURNS (bool): Whether it carries an error, its own or a new one.
        """
        try:
            self._add(row, affect, error, doc, over_time)
        except (ValueError, TypeError, OverflowError, RecursionError) as failure:
            # numbers and nesting beyond JSON's, or a plugin's value that is no plain data
            reason = " ".join(str(failure).split())
            error = "; ".join(filter(None, [error, str(AffectError("AF058", reason=reason))]))
            self._add(_tame(dict(row)), _tame(affect), error, None)
        return error is not None

    def close(self) -> bytes:
        """RETURNS (bytes): The shard."""
        if self._output.format == ".parquet":
            return _parquet_bytes(self._output, self._table)
        if self._output.format == ".spacy":
            return (self._docs or _doc_bin()).to_bytes()
        return "".join(self._rows).encode("utf-8", "backslashreplace")

    def _add(
        self,
        row: Mapping[str, Any],
        affect: Any,
        error: str | None,
        doc: Doc | None,
        over_time: Mapping[str, Any] = {},
    ) -> None:
        form = self._output.format
        if form in (".jsonl", ".json"):
            found = {AFFECT: affect, **over_time, ERROR: error}
            if not found.keys().isdisjoint(row):
                row = {new: row[old] for old, new in free_names(row, found).items()}
            line = _ENCODER.encode({**row, **found})
            if "\\ud" in line and _has_lone_surrogate(row):
                line = _ENCODER.encode({**_tame(dict(row)), **found})
            self._rows.append(line + "\n")
        elif form == ".spacy":
            self._docs = self._docs or _doc_bin()
            self._docs.add(_row_doc(row, error, doc))
        else:
            cells = {column.name: row.get(column.source) for column in self._output.inputs}
            for column in self._output.affect:
                cells[column.name] = _find(affect, column.path)
            cells[ERROR] = error
            if form == ".parquet":
                self._table.append(cells)
            else:
                self._rows.append(table_line(form, [_cell(value) for value in cells.values()]))


def affect_columns(fields: tuple[str, ...], tasks: Mapping[str, Task]) -> list[Column]:
    """Name the columns of a table.

    fields (tuple[str, ...]): The text fields; several prefix the columns.
    tasks (Mapping[str, Task]): By what its values are written under.
    """
    found = []
    for name in fields:
        prefix, inside = (f"{name}_", (name,)) if len(fields) > 1 else ("", ())
        for key, task in tasks.items():
            base = (*inside, key.removeprefix("affect_"))
            for label in task.scheme.labels if task.many else ():
                found.append(Column(f"{prefix}{key}_{label}", (*base, "value", label), True))
            if not task.many:
                found.append(Column(f"{prefix}{key}", (*base, "value"), True))
            if "interval" in task.calibrated:  # by label they would double the table
                for i, end in enumerate(("low", "high")):
                    found.append(Column(f"{prefix}{key}_{end}", (*base, "interval", i), True))
            abstain = ("abstain",) if "abstain" in task.calibrated else ()
            for detail in ("label", *abstain, *task.told):
                found.append(Column(f"{prefix}{key}_{detail}", (*base, detail), False))
    return found


def free_names(names: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Rename fields that have one of our names, as an earlier run's output has.

    RETURNS (dict[str, str]): Old name -> new one, with as many `_` before it as it takes to differ
        from all others.
    """
    old = list(names)
    used = {*old, *taken}
    renamed = {}
    for name in old:
        new = name.encode("utf-8", "backslashreplace").decode()
        while new in taken or (new != name and new in used):
            new = "_" + new
        used.add(new)
        renamed[name] = new
    return renamed


def header(output: Output) -> bytes:
    """RETURNS (bytes): What stands before the first shard."""
    if output.format not in (".csv", ".tsv"):
        return b""
    names = [column.name for column in output.inputs] + [c.name for c in output.affect]
    return table_line(output.format, [_cell(name) for name in [*names, ERROR]]).encode()


def assemble(output: Output, shards: Iterable[Path], target: Path, zipped: bool) -> None:
    """Make one file of all shards. A .spacy output is merged in memory, all others streamed."""
    with target.open("wb") as file:
        stream: IO[bytes] = file
        if zipped:  # without name and time, so that equal rows make equal files
            stream = gzip.GzipFile("", "wb", 6, file, mtime=0)  # type: ignore[assignment]
        if output.format == ".parquet":
            _merge_parquet(output, shards, stream)
        elif output.format == ".spacy":
            _merge_docs(shards, stream)
        elif output.format == ".json":
            _merge_array(shards, stream)
        else:
            stream.write(header(output))
            for shard in shards:
                with shard.open("rb") as part:
                    shutil.copyfileobj(part, stream)
        if stream is not file:
            stream.close()


def kind_of_cell(value: Any) -> str:
    """RETURNS (str): "null", "text", "bool", "int", "long" (no float is as exact), "float", or
    "json" for anything else.
    """
    if isinstance(value, int) and abs(value) > 2**53:
        return "long" if -(2**63) <= value < 2**63 else "json"
    kinds = {type(None): "null", str: "text", bool: "bool", int: "int", float: "float"}
    return kinds.get(type(value), "json")


def common_kind(kinds: set[str]) -> str:
    """RETURNS (str): The narrowest kind of column that holds cells of all these kinds."""
    kinds = kinds - {"null"}
    if kinds == {"int", "float"}:
        return "float"
    if kinds == {"int", "long"}:
        return "long"
    return "text" if not kinds else kinds.pop() if len(kinds) == 1 else "json"


def _find(affect: Any, path: tuple[str | int, ...]) -> Value | str | None:
    for key in path:
        if isinstance(key, int):
            affect = affect[key] if isinstance(affect, list | tuple) else None
        else:
            affect = affect.get(key) if isinstance(affect, dict) else None
    return affect


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return repr(value) if type(value) is float else _ENCODER.encode(value)


def table_line(form: str, cells: list[str]) -> str:
    """RETURNS (str): A line of a .csv or .tsv file."""
    if form == ".tsv":  # without quotes a tab or a line break inside of a cell needs another sign
        marks = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})
        return "\t".join(cell.translate(marks) for cell in cells) + "\n"
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)  # only with its default line end does it quote a lone "\r"
    return line.getvalue().removesuffix("\r\n") + "\n"


def _has_lone_surrogate(row: Mapping[str, Any]) -> bool:
    try:
        _UNESCAPED.encode(row).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _tame(value: Any, depth: int = 0) -> Any:
    """RETURNS: A copy that JSON, msgpack and strict parsers take; what they refuse is text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, dict | list | tuple) and depth >= DEEPEST:
        return "nested too deeply"
    if isinstance(value, dict):
        return {_tame(str(key)): _tame(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tame(item, depth + 1) for item in value]
    return value


def _doc_bin() -> DocBin:
    from spacy.tokens import DocBin

    return DocBin(store_user_data=True)


def _row_doc(row: Mapping[str, Any], error: str | None, doc: Doc | None) -> Doc:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    doc = Doc(Vocab()) if doc is None else doc
    doc.user_data["affect_row"] = _tame(dict(row))
    doc.user_data[ERROR] = error
    doc.to_bytes()  # raises here, where it marks one row, what DocBin would not take
    return doc


def _merge_array(shards: Iterable[Path], stream: IO[bytes]) -> None:
    mark = b"[\n"
    for shard in shards:
        with shard.open("rb") as part:
            for line in part:
                stream.write(mark + line.rstrip(b"\n"))
                mark = b",\n"
    stream.write(b"[]\n" if mark == b"[\n" else b"\n]\n")


def _merge_docs(shards: Iterable[Path], stream: IO[bytes]) -> None:
    whole = _doc_bin()
    for shard in shards:
        whole.merge(_doc_bin().from_bytes(shard.read_bytes()))
    stream.write(whole.to_bytes())


def _schema(output: Output) -> Any:
    require("pyarrow", what="Writing .parquet", extra="parquet")
    import pyarrow

    types = {
        "int": pyarrow.int64(),
        "long": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
    }
    fields = [(column.name, types.get(column.kind, pyarrow.string())) for column in output.inputs]
    for column in output.affect:
        fields.append((column.name, pyarrow.float64() if column.number else pyarrow.string()))
    return pyarrow.schema([*fields, (ERROR, pyarrow.string())])


def _parquet_bytes(output: Output, rows: list[dict[str, Any]]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    schema = _schema(output)
    texts = {column.name for column in output.inputs if column.kind in ("text", "json")}
    for row in rows:
        for name in texts:
            if row[name] is not None:
                row[name] = _cell(row[name]).encode("utf-8", "backslashreplace").decode()
        for column in output.affect:
            if not column.number and row[column.name] is not None:
                row[column.name] = _cell(row[column.name])
    table = pyarrow.Table.from_pylist(rows, schema=schema)
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def _merge_parquet(output: Output, shards: Iterable[Path], stream: IO[bytes]) -> None:
    from pyarrow import parquet

    schema = _schema(output)
    with parquet.ParquetWriter(stream, schema) as writer:
        for shard in shards:
            writer.write_table(parquet.read_table(shard, schema=schema))
