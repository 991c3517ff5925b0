"""Reading rows. The main process only cuts a file into raw rows; workers parse them.

A raw row is `(file number, line number, payload)`; the payload is a line of bytes, a list of cells,
or a `Row` of values as the file's library gives them, as the file's format has it.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from ..dialogue import TURNS
from ..dialogue.transcripts import Transcript, parse_transcript
from ..errors import AffectError, require
from .scanning import DECODER, ArrayScanner

RawRow = tuple[int, int, Any]
#: One conversation each.
TRANSCRIPTS = (".vtt", ".srt")
FORMATS = (".jsonl", ".json", ".csv", ".tsv", ".txt", ".parquet", ".spacy", *TRANSCRIPTS)
#: What a cell beyond the last column, and a line that cannot be parsed, are kept under.
EXTRA, RAW, LINE = "_extra", "_raw", "_line"
#: What the name of a subtitle file is kept under.
FILE = "file"


@dataclass(frozen=True)
class Layout:
    """How to read one file.

    columns (tuple[str, ...]): The names of the cells of a row, for formats with cells.
    quoting (str): "csv" for RFC 4180 quotes, "none" to split at every separator.
    header (bool): The first row names the columns.
    """

    path: Path
    format: str
    columns: tuple[str, ...] = ()
    quoting: str = "csv"
    header: bool = False

    @property
    def separator(self) -> str:
        return "\t" if self.format == ".tsv" else ","


@dataclass
class Row:
    """One parsed row.

    error (str): Why it cannot be scored, or "". transcript (Transcript | None): Of a subtitle file.
    """

    fields: dict[str, Any]
    error: str = ""
    doc: bytes | None = field(default=None, repr=False)
    transcript: Transcript | None = None


def split_suffix(path: Path) -> str:
    """RETURNS (str): The format of a path, `.gz` aside. RAISES: AF030, AF031 for no such one."""
    name = path.name.lower().removesuffix(".gz")
    if path.name.lower().endswith(".parquet.gz"):
        raise AffectError("AF030", path=path, reason="parquet is compressed by itself, unzip it")
    for suffix in FORMATS:
        if name.endswith(suffix):
            return suffix
    raise AffectError(
        "AF031", path=path, suffix=Path(name).suffix or name, known=", ".join(FORMATS)
    )


def find_files(inputs: Iterable[Path]) -> list[Path]:
    """RETURNS (list[Path]): The files, folders replaced by their readable files in order of name.
    RAISES: AF030 for a path that is not there, or a folder without any.
    """
    found = []
    for path in inputs:
        if not path.exists():
            raise AffectError("AF030", path=path, reason="no such file or folder")
        if not path.is_dir():
            found.append(path)
            continue
        inside = [p for p in sorted(path.iterdir()) if p.is_file() and _readable(p)]
        if not inside:
            reason = f"the folder holds no file of the formats {', '.join(FORMATS)}"
            raise AffectError("AF030", path=path, reason=reason)
        found.extend(inside)
    return found


def holds_transcripts(inputs: Iterable[Path]) -> bool:
    """RETURNS (bool): Whether any input, or file in a folder of these, is a subtitle file."""
    inside = (file for path in inputs for file in (path.iterdir() if path.is_dir() else [path]))
    return any(file.name.lower().removesuffix(".gz").endswith(TRANSCRIPTS) for file in inside)


def make_layout(path: Path, columns: tuple[str, ...], quoting: str | None) -> Layout:
    """Look at the start of a file.

    columns (tuple[str, ...]): From --columns; empty reads them from the file's header.
    quoting (str | None): None takes the format's own: "csv" for .csv, "none" for .tsv.
    RAISES: AF030, AF031, AF036 or AF037 for a file that cannot be read as rows.
    """
    suffix = split_suffix(path)
    if suffix == ".txt":
        return Layout(path, suffix, columns or ("text",), "none")
    if suffix not in (".csv", ".tsv"):
        return Layout(path, suffix)
    quoting = quoting or ("csv" if suffix == ".csv" else "none")
    layout = Layout(path, suffix, columns, quoting, header=not columns)
    if layout.header:
        first = next(_cells(layout), None)
        if not first:
            return layout  # an empty file is no rows
        if not first[1]:
            raise AffectError("AF036", path=path)
        columns = tuple(split_cells(layout, first[1]))
        other = next((sign for sign in ";\t" if sign in columns[0]), None)
        if suffix == ".csv" and len(columns) == 1 and other:
            reason = f"its header looks separated by {other!r}, not by ','; save it with commas"
            raise AffectError("AF030", path=path, reason=f"{reason}, or as .tsv with tabs")
    columns = tuple(_show(column) for column in columns)
    _check_columns(path, columns)
    return Layout(path, suffix, columns, quoting, layout.header)


def raw_rows(layouts: Iterable[Layout], vocab: Any = None) -> Iterator[RawRow]:
    """YIELDS (RawRow): Every row of every file, in order; memory does not grow with the files,
    save that a .spacy file is held as the tables that it is stored as.
    """
    for number, layout in enumerate(layouts):
        for line, payload in _READERS[layout.format](layout, vocab):
            yield number, line, payload


def parse(layout: Layout, line: int, payload: Any) -> Row:
    """Turn a raw row into fields. Never raises: what is wrong is said in `Row.error`."""
    if isinstance(payload, Row):
        return Row(_plain(payload.fields), payload.error, payload.doc)
    if layout.format in (".jsonl", ".json"):
        return _parse_json(line, payload)
    if layout.format in TRANSCRIPTS:
        return _parse_transcript(layout, payload)
    error = ""
    cells = payload if isinstance(payload, list) else split_cells(layout, payload)
    if any(not cell.isascii() and _UNDECODED.search(cell) for cell in cells):
        error = str(AffectError("AF051", reason="in a cell"))
        cells = [_show(cell) for cell in cells]
    fields = dict(zip(layout.columns, cells, strict=False))
    if len(cells) > len(layout.columns):
        fields[EXTRA] = cells[len(layout.columns) :]
    return Row(fields, error)


def split_cells(layout: Layout, line: bytes | list[str]) -> list[str]:
    """RETURNS (list[str]): The cells of a line of an unquoted file."""
    if isinstance(line, list):
        return line
    text = line.decode("utf-8", "surrogateescape").removesuffix("\r")
    return [text] if layout.format == ".txt" else text.split(layout.separator)


def _parse_json(line: int, payload: bytes) -> Row:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        code, reason = "AF051", f"byte {error.start + 1} of the row"
    else:
        try:
            fields = DECODER.decode(text)
            if isinstance(fields, dict):
                return Row(fields)
            code, reason = "AF050", f"it is {kind_of(fields)}"
        except (ValueError, RecursionError) as error:
            code, reason = "AF050", str(error)
    raw = payload.decode("utf-8", "backslashreplace").removesuffix("\r")
    return Row({RAW: raw, LINE: line}, str(AffectError(code, reason=reason)))


def _parse_transcript(layout: Layout, payload: bytes) -> Row:
    """RETURNS (Row): The fields `file`, and `turns` as rows of JSON have them."""
    name = layout.path.name
    try:
        found = parse_transcript(payload, layout.format, name)
    except AffectError as error:
        raw = payload.decode("utf-8", "backslashreplace")
        return Row({FILE: name, RAW: raw, LINE: 1}, str(error))
    return Row({FILE: name, TURNS: found.turns}, transcript=found)


def kind_of(value: Any) -> str:
    """RETURNS (str): A JSON value's kind, in words."""
    kinds = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")


def _plain(value: Any) -> Any:
    """RETURNS (Any): A value as JSON lines would have it: no NaN, bytes, tuple or date."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {key if type(key) is str else str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)


def _show(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _check_columns(path: Path, columns: Iterable[str]) -> None:
    if twice := [column for column, times in Counter(columns).items() if times > 1]:
        raise AffectError("AF037", path=path, column=twice[0])


def _readable(path: Path) -> bool:
    return not path.name.startswith(".") and path.name.lower().removesuffix(".gz").endswith(FORMATS)


_UNDECODED = re.compile("[\udc80-\udcff]")


@contextmanager
def _reading(path: Path, *failures: type[Exception]) -> Iterator[IO[bytes]]:
    """Open a file's contents, unzipped, after any byte order mark.

    failures (type[Exception]): What else, raised within, says that the file is damaged.
    RAISES: AF030 if it cannot be read, now or within, or is UTF-16.
    """
    opened: Any = gzip.open if path.suffix.lower() == ".gz" else open
    damaged: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, *failures)
    try:
        with opened(path, "rb") as stream:
            head = stream.read(3)
            if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise OSError("it is UTF-16; convert it to UTF-8 first")
            stream.seek(3 if head == b"\xef\xbb\xbf" else 0)
            yield stream
    except damaged as error:
        raise AffectError("AF030", path=path, reason=str(error)) from None


def _lines(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, bytes]]:
    # Only "\n" ends a line: real tweets hold U+2028 and lone "\r", which str.splitlines cuts at.
    with _reading(layout.path) as stream:
        for number, line in enumerate(stream, start=1):
            yield number, line.removesuffix(b"\n")


def _json_lines(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, bytes]]:
    """Blank lines at the end of a file are no rows; one in between is a malformed row."""
    held = []
    for number, line in _lines(layout):
        held.append((number, line))
        if line.strip():
            yield from held
            held.clear()


def _cells(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, Any]]:
    if layout.quoting == "none":
        yield from _lines(layout)
        return
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses cells of 128 KB
    with _reading(layout.path, csv.Error) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="")
        ended: list[str] = []  # the filter gives no line, but takes note when it is asked for one
        reader = csv.reader(chain(text, filter(ended.append, [""])), delimiter=layout.separator)
        begin = 1
        for cells in reader:
            if ended:  # the reader has asked for more lines to end this row
                at = begin + sum(len(re.findall(r"\r\n?|\n", cell)) for cell in cells[:-1])
                reason = f"a quoted cell opens in line {at} and never closes; --quoting none reads"
                raise AffectError("AF030", path=layout.path, reason=f"{reason} it without quotes")
            begin = reader.line_num + 1
            if cells:
                yield reader.line_num, cells


def _table(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, Any]]:
    return islice(_cells(layout), int(layout.header), None)


def _whole(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, bytes]]:
    """A subtitle file is one row. What is wrong with its text is said in the row."""
    opened: Any = gzip.open if layout.path.suffix.lower() == ".gz" else open
    try:
        with opened(layout.path, "rb") as stream:
            yield 1, stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise AffectError("AF030", path=layout.path, reason=str(error)) from None


def _json_array(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, bytes]]:
    with _reading(layout.path) as stream:
        scanner = ArrayScanner(io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline=""))
        number = 0
        try:
            if scanner.peek() == "{":  # one row, as recognisers of speech write a conversation
                yield 1, scanner.value()
                if scanner.peek():
                    raise ValueError(f"after its closing }} comes {scanner.peek()!r}")
                return
            if not scanner.skip("["):
                raise ValueError("it does not start with [")
            while not scanner.skip("]"):
                row = scanner.value()
                number += 1
                yield number, row
                if not scanner.skip(",") and scanner.peek() != "]":
                    raise ValueError(f"after row {number} comes {scanner.peek()!r}, no comma")
            if scanner.peek():
                raise ValueError(f"after its closing ] comes {scanner.peek()!r}")
        except (ValueError, RecursionError) as error:
            reason = f"{error} (row {number + 1})"
            raise AffectError("AF038", path=layout.path, reason=reason) from None


def _parquet(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, Row]]:
    require("pyarrow", what=f"Reading {layout.path.name}", extra="parquet")
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    with _reading(layout.path, ArrowException, UnicodeDecodeError) as stream:
        file = ParquetFile(stream)
        _check_columns(layout.path, file.schema_arrow.names)
        batches = file.iter_batches(batch_size=1000)
        yield from enumerate(chain.from_iterable(map(_parquet_rows, batches)), start=1)


def _parquet_rows(batch: Any) -> list[Row]:
    try:
        return [Row(fields) for fields in batch.to_pylist()]
    except Exception:  # UTF-8, dates, nanoseconds: each has its own
        return [_parquet_row(batch.schema.names, batch.slice(i, 1)) for i in range(len(batch))]


def _parquet_row(names: list[str], batch: Any) -> Row:
    """RETURNS (Row): A row read cell by cell; what Python cannot hold is text, or else None."""
    row = Row({})
    for name, (cell,) in zip(names, batch.columns, strict=True):
        try:
            row.fields[name] = cell.as_py()
        except Exception as error:
            code = "AF051" if isinstance(error, UnicodeDecodeError) else "AF060"
            row.error = row.error or str(AffectError(code, reason=f"the field {name!r}: {error}"))
            row.fields[name] = None
            with suppress(Exception):
                raw = hasattr(cell, "as_buffer")
                row.fields[name] = bytes(cell.as_buffer()) if raw else cell.cast("string").as_py()
    return row


def _docs(layout: Layout, vocab: Any = None) -> Iterator[tuple[int, Row]]:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    with _reading(layout.path, ValueError, KeyError, TypeError) as stream:
        stored = DocBin().from_bytes(stream.read())
    for number, doc in enumerate(stored.get_docs(vocab or Vocab()), start=1):
        row = doc.user_data.get("affect_row")  # our own output stores what a Doc was made of
        fields = dict(row) if isinstance(row, dict) else {}
        if len(doc) or "text" not in fields:  # a row that could not be scored has an empty Doc
            fields["text"] = doc.text
        if "affect_error" in doc.user_data:
            fields["affect_error"] = doc.user_data["affect_error"]
        yield number, Row(fields, doc=doc.to_bytes())


_READERS = {
    ".jsonl": _json_lines,
    ".json": _json_array,
    ".csv": _table,
    ".tsv": _table,
    ".txt": _lines,
    ".parquet": _parquet,
    ".spacy": _docs,
    **dict.fromkeys(TRANSCRIPTS, _whole),
}
