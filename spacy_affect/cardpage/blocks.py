"""What pages are made of, whatever the format: headings, sentences, lists and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Stands in a table where there is nothing to say.
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere."""

    text: str
    url: str


Cell = str | Link


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of names with what they are; a name may be ""."""

    items: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table. numbers (int): So many columns at the end hold numbers."""

    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text whose lines stay as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Where the page's picture stands. alt (str): What it says to those who do not see it."""

    alt: str


Block = str | Bullets | Table | Verbatim | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading."""

    title: str
    blocks: list[Block]


def filled(table: Table) -> Table:
    """RETURNS (Table): Without the columns that have nothing in them."""
    kept = [i for i in range(len(table.head)) if any(row[i] != NOTHING for row in table.rows)]
    rows = [tuple(row[i] for i in kept) for row in table.rows]
    numbers = sum(i >= len(table.head) - table.numbers for i in kept)
    return Table(tuple(table.head[i] for i in kept), rows, numbers)


def count(value: int | None) -> str:
    """RETURNS (str): "1,234"."""
    return NOTHING if value is None else f"{value:,}"
