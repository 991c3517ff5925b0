"""A card as Markdown, in which no text of the card can be taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .blocks import Block, Bullets, Cell, Link, Picture, Table, Verbatim
from .content import intro, sections, title
from .installed import Model

#: What is markup anywhere; an underscore within a word is none.
MARKUP = re.compile(r"[\\`*\[\]<>|~&$]|(?<!\w)_|_(?!\w)")
#: What is markup where a line begins.
FIRST = re.compile(r"^(?:#|[+-](?=\s|$)|[=-]+$|\d+(?=[.)](?:\s|$)))")
FENCE = re.compile(r"^`{3,}", re.MULTILINE)


def markdown(model: Model, picture: str = "") -> str:
    """Write a card.

    picture (str): The file of the calibration's picture, as seen from the card's; "" leaves it out.
    RETURNS (str): Markdown with tables, as GitHub and GitLab read it.
    """
    parts = [f"# {text(title(model))}", *(text(paragraph) for paragraph in intro(model))]
    for section in sections(model):
        parts.append(f"## {section.title}")
        parts.extend(filter(None, (_block(block, picture) for block in section.blocks)))
    return "\n\n".join(parts) + "\n"


def text(said: str) -> str:
    """RETURNS (str): On one line, with markup escaped."""
    line = MARKUP.sub(r"\\\g<0>", " ".join(said.split()))
    begun = FIRST.match(line)
    if begun is None:
        return line
    cut = begun.end() if begun[0].isdigit() else 0  # "1\." and "\#"
    return f"{line[:cut]}\\{line[cut:]}"


def _block(block: Block, picture: str) -> str:
    if isinstance(block, Bullets):
        return "\n".join(
            f"- **{name}**: {text(said)}" if name else f"- {text(said)}"
            for name, said in block.items
        )
    if isinstance(block, Table):
        return "\n".join(_table(block))
    if isinstance(block, Verbatim):
        fence = "`" * max([3, *(len(found) + 1 for found in FENCE.findall(block.text))])
        return f"{fence}\n{block.text}\n{fence}"
    if isinstance(block, Picture):
        return f"![{block.alt}](<{picture}>)" if picture else ""
    return text(block)


def _table(table: Table) -> Iterator[str]:
    texts = len(table.head) - table.numbers
    yield _row(table.head)
    yield _row(["---"] * texts + ["---:"] * table.numbers, raw=True)
    for row in table.rows:
        yield _row(row)


def _row(cells: tuple[Cell, ...] | list[str], raw: bool = False) -> str:
    return f"| {' | '.join(str(cell) if raw else _cell(cell) for cell in cells)} |"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        url = re.sub(r"[<>|\s\\]", lambda found: f"%{ord(found[0]):02X}", cell.url)
        return f"[{_cell(cell.text)}](<{url}>)"
    return MARKUP.sub(r"\\\g<0>", " ".join(cell.split()))
