"""Cutting files into records. A record that is malformed says why and harms no other."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..errors import AffectError, listing

BOM = b"\xef\xbb\xbf"
_UNDECODED = re.compile("[\udc80-\udcff]")


class Malformed(ValueError):
    """Why a record is no row of its corpus."""


def text_lines(path: Path) -> Iterator[tuple[int, str | Malformed]]:
    """YIELDS (tuple[int, str | Malformed]): Line number and line, blank lines left out.

    Only "\\n" ends a line, as tweets hold U+2028 and lone "\\r"; a "\\r" before it goes too.
    RAISES: AF030 if the file cannot be read.
    """
    with _opened(path) as stream:
        for number, raw in enumerate(stream, start=1):
            line = raw.removesuffix(b"\n").removesuffix(b"\r")
            if not line.strip():
                continue
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                yield number, Malformed(f"byte {error.start + 1} of the line is not UTF-8")


def tsv_cells(path: Path) -> Iterator[tuple[int, list[str] | Malformed]]:
    """YIELDS (tuple[int, list[str] | Malformed]): The cells of each line. Quotes are text."""
    for number, line in text_lines(path):
        yield number, line if isinstance(line, Malformed) else line.split("\t")


def csv_cells(path: Path) -> Iterator[tuple[int, list[str] | Malformed]]:
    """YIELDS (tuple[int, list[str] | Malformed]): RFC 4180 records, each with its first line.

    RAISES: AF030 if the file cannot be read, or a quoted cell never closes.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses cells of 128 KB
    with _opened(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="")
        reader = csv.reader(text, strict=True)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end of data" in str(error):
                    reason = f"a quoted cell in the record of line {number} never closes"
                    raise AffectError("AF030", path=path, reason=reason) from None
                yield number, Malformed(f"not RFC 4180: {error}")
                continue
            if any(not cell.isascii() and _UNDECODED.search(cell) for cell in cells):
                yield number, Malformed("a cell is not UTF-8")
            elif any(cells):
                yield number, cells


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | Malformed]]:
    """YIELDS (tuple[int, dict | Malformed]): The object of each line."""
    for number, line in text_lines(path):
        yield number, line if isinstance(line, Malformed) else _json_object(line)


def with_header(
    path: Path,
    cells: Iterator[tuple[int, list[str] | Malformed]],
    needs: Iterable[str] = (),
) -> Iterator[tuple[int, dict[str, str] | Malformed]]:
    """Name the cells of each record by the first one.

    needs (Iterable[str]): The columns that have to be there.
    RAISES: AF073 if one is missing, AF037 if two have the same name.
    """
    _, header = next(cells, (0, None))
    if header is None:
        return  # an empty file is no rows
    if isinstance(header, Malformed):
        raise AffectError("AF030", path=path, reason=f"its header: {header}")
    names = [name.strip() for name in header]
    check_columns(path, names, needs)
    for number, record in cells:
        yield number, named(names, record)


def check_columns(path: Path, names: Sequence[str], needs: Iterable[str]) -> None:
    """RAISES: AF073 if a column is missing, AF037 if two have the same name."""
    for column in needs:
        if column not in names:
            raise AffectError("AF073", path=path, column=column, known=listing(names))
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise AffectError("AF037", path=path, column=twice[0])


def number(text: Any, low: float, high: float, what: str) -> float:
    """RETURNS (float): A cell's number. RAISES: Malformed for no number in [low, high]."""
    try:
        found = float(text)
    except (TypeError, ValueError):
        raise Malformed(f"{what} is no number: {text!r}") from None
    if not low <= found <= high:  # false for NaN too
        raise Malformed(f"{what} is {text}, outside of [{low:g}, {high:g}]")
    return found


def choice(text: str, known: Mapping[str, Any], what: str) -> Any:
    """RETURNS (Any): What a cell stands for. RAISES: Malformed for an unknown one."""
    if not isinstance(text, str) or text not in known:  # JSON may hold a list
        raise Malformed(f"{what} is {text!r}, not one of: {', '.join(known)}")
    return known[text]


def cells_of(record: list[str], least: int, most: int | None = None) -> list[str]:
    """RETURNS (list[str]): The record. RAISES: Malformed if it has too few or too many cells."""
    if not least <= len(record) <= (most or least):
        wanted = f"{least}" if most is None else f"{least} to {most}"
        raise Malformed(f"{len(record)} columns where {wanted} belong")
    return record


def named(names: Sequence[str], cells: list[str] | Malformed) -> dict[str, str] | Malformed:
    """RETURNS (dict[str, str] | Malformed): A record's cells by their columns."""
    if isinstance(cells, Malformed):
        return cells
    if len(cells) != len(names):
        return Malformed(f"{len(cells)} columns where the header has {len(names)}")
    return dict(zip(names, cells, strict=True))


def _json_object(line: str) -> dict[str, Any] | Malformed:
    try:
        found = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return Malformed(f"no JSON: {error}")
    return found if isinstance(found, dict) else Malformed("the line is no JSON object")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file's contents, unzipped, after any byte order mark.

    RAISES: AF030 if it cannot be read, now or within, or is UTF-16.
    """
    opened: Any = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opened(path, "rb") as stream:
            head = stream.read(len(BOM))
            if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise OSError("it is UTF-16; convert it to UTF-8 first")
            stream.seek(len(BOM) if head == BOM else 0)
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AffectError("AF030", path=path, reason=reason) from None
