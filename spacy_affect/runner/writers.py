"""Writing rows: a shard becomes bytes in the output's own format, and shards become one file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import AffectError, require
from ..types import Value

if TYPE_CHECKING:
    from spacy.tokens import Doc

AFFECT, ERROR = "affect", "affect_error"
TABLES = (".csv", ".tsv", ".parquet")
#: In ASCII JSON; also matches an escaped backslash before "ud8..", which does no harm.
_LONE_SURROGATE = re.compile(
    r"\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f]"
)
_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, default=str)


@dataclass(frozen=True)
class Column:
    """A column of affect values.

    path (tuple[str, ...]): Where its value lies in a row's `affect`.
    """

    name: str
    path: tuple[str, ...]
    number: bool


@dataclass(frozen=True)
class Output:
    """How rows leave.

    inputs (tuple[tuple[str, str], ...]): For tables, the columns of the input with their types:
        "text", "int", "float", "bool", or "json" for anything else.
    """

    format: str
    inputs: tuple[tuple[str, str], ...] = ()
    affect: tuple[Column, ...] = ()


class Writer:
    """Collects the rows of one shard."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._rows: list[str] = []
        self._docs: list[Doc] = []
        self._table: list[dict[str, Any]] = []

    def add(self, row: Mapping[str, Any], affect: Any, error: str | None, doc: Doc | None) -> bool:
        """Add one row. RETURNS (bool): Whether it carries an error, its own or a new one."""
        fields = {free_name(self._output.affect, key): value for key, value in row.items()}
        try:
            self._add(fields, affect, error, doc)
        except (ValueError, TypeError) as failure:
            # a number beyond JSON's, or a plugin's value that is no plain data
            error = str(AffectError("AF058", reason=failure))
            self._add(_finite(fields), _finite(affect), error, None)
        return error is not None

    def close(self) -> bytes:
        """RETURNS (bytes): The shard."""
        if self._output.format == ".parquet":
            return _parquet_bytes(self._output, self._table)
        if self._output.format == ".spacy":
            from spacy.tokens import DocBin

            return DocBin(docs=self._docs, store_user_data=True).to_bytes()
        return "".join(self._rows).encode("utf-8", "backslashreplace")

    def _add(self, row: dict[str, Any], affect: Any, error: str | None, doc: Doc | None) -> None:
        form = self._output.format
        if form in (".jsonl", ".json"):
            line = _ENCODER.encode({**row, AFFECT: affect, ERROR: error})
            if "\\ud" in line and _LONE_SURROGATE.search(line):
                line = _ENCODER.encode(_without_surrogates(json.loads(line)))
            self._rows.append(line + "\n")
        elif form == ".spacy":
            self._docs.append(_row_doc(row, error, doc))
        else:
            cells = {name: row.get(name) for name, _ in self._output.inputs}
            for column in self._output.affect:
                cells[column.name] = _find(affect, column.path)
            cells[ERROR] = error
            if form == ".parquet":
                self._table.append(cells)
            else:
                self._rows.append(_table_line(form, [_cell(value) for value in cells.values()]))


def affect_columns(fields: tuple[str, ...], keys: Mapping[str, tuple[str, ...]]) -> list[Column]:
    """Name the columns of a table.

    fields (tuple[str, ...]): The text fields; several prefix the columns.
    keys (Mapping): Component -> the labels of its value; empty for one number.
    """
    found = []
    for name in fields:
        prefix, inside = (f"{name}_", (name,)) if len(fields) > 1 else ("", ())
        for key, labels in keys.items():
            base = (*inside, key.removeprefix("affect_"))
            for label in labels:
                found.append(Column(f"{prefix}{key}_{label}", (*base, "value", label), True))
            if not labels:
                found.append(Column(f"{prefix}{key}", (*base, "value"), True))
            found.append(Column(f"{prefix}{key}_label", (*base, "label"), False))
    return found


def free_name(affect: Iterable[Column], name: str) -> str:
    """RETURNS (str): The name under which an input's field leaves: `_<name>` if it is one of ours,
    as the fields of an earlier run's output are.
    """
    taken = {column.name for column in affect} or {AFFECT}
    return f"_{name}" if name == ERROR or name in taken else name


def header(output: Output) -> bytes:
    """RETURNS (bytes): What stands before the first shard."""
    if output.format not in (".csv", ".tsv"):
        return b""
    names = [name for name, _ in output.inputs] + [column.name for column in output.affect]
    return _table_line(output.format, [_cell(name) for name in [*names, ERROR]]).encode()


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
    """RETURNS (str): "null", "text", "bool", "int", "float", or "json" for anything else."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "json"
    kinds = {type(None): "null", str: "text", bool: "bool", int: "int", float: "float"}
    return kinds.get(type(value), "json")


def common_kind(kinds: set[str]) -> str:
    """RETURNS (str): The narrowest kind of column that holds cells of all these kinds."""
    kinds = kinds - {"null"}
    if kinds == {"int", "float"}:
        return "float"
    return "text" if not kinds else kinds.pop() if len(kinds) == 1 else "json"


def _find(affect: Any, path: tuple[str, ...]) -> Value | str | None:
    for key in path:
        affect = affect.get(key) if isinstance(affect, dict) else None
    return affect


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return repr(value) if type(value) is float else _ENCODER.encode(value)


def _table_line(form: str, cells: list[str]) -> str:
    if form == ".tsv":  # without quotes a tab or a line break inside of a cell needs another sign
        marks = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})
        return "\t".join(cell.translate(marks) for cell in cells) + "\n"
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _without_surrogates(value: Any) -> Any:
    """Write lone surrogates as text: strict parsers refuse a JSON file that escapes them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(v) for key, v in value.items()}
    return [_without_surrogates(item) for item in value] if isinstance(value, list) else value


def _finite(value: Any) -> Any:
    """Write numbers that JSON does not have as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _row_doc(row: dict[str, Any], error: str | None, doc: Doc | None) -> Doc:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    doc = Doc(Vocab()) if doc is None else doc
    doc.user_data["affect_row"] = json.loads(_ENCODER.encode(row))
    doc.user_data[ERROR] = error
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
    from spacy.tokens import DocBin

    whole = DocBin(store_user_data=True)
    for shard in shards:
        whole.merge(DocBin(store_user_data=True).from_bytes(shard.read_bytes()))
    stream.write(whole.to_bytes())


def _schema(output: Output) -> Any:
    require("pyarrow", what="Writing .parquet", extra="parquet")
    import pyarrow

    types = {
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
    }
    fields = [(name, types.get(kind, pyarrow.string())) for name, kind in output.inputs]
    for column in output.affect:
        fields.append((column.name, pyarrow.float64() if column.number else pyarrow.string()))
    return pyarrow.schema([*fields, (ERROR, pyarrow.string())])


def _parquet_bytes(output: Output, rows: list[dict[str, Any]]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    schema = _schema(output)
    texts = {name for name, kind in output.inputs if kind in ("text", "json")}
    for row in rows:
        for name in texts:
            if row[name] is not None:
                row[name] = _cell(row[name]).encode("utf-8", "backslashreplace").decode()
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
