"""A card or an audit as one HTML file. It holds its picture, runs no script and loads nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape

from .blocks import Block, Bullets, Cell, Link, Picture, Section, Table, Verbatim
from .content import intro, sections, title
from .installed import Model

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto;
  max-width: 64rem; padding: 0 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p, ul { max-width: 48rem; }
ul { padding-left: 1.2rem; }
a { color: #004b78; }
.notice { border: 2px solid #222; padding: .5rem .8rem; font-weight: 600; }
.wide { overflow-x: auto; margin: 1rem 0; }
img { max-width: 100%; height: auto; }
pre { background: #f3f3f3; padding: .6rem .8rem; white-space: pre-wrap; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #bbb; padding: .3rem .8rem .3rem 0; text-align: left;
  vertical-align: top; }
thead th { border-bottom: 2px solid #222; vertical-align: bottom; }
.n { text-align: right; white-space: nowrap; }
@media print { body { margin: 0; font-size: 10pt; max-width: none; } tr { break-inside: avoid; } }
"""


def page(model: Model, picture: str = "") -> str:
    """Write a card.

    picture (str): The calibration's picture as SVG, or "".
    RETURNS (str): HTML.
    """
    *said, notice = intro(model)
    return document(title(model), said, notice, sections(model), picture)


def document(
    name: str, said: Sequence[str], notice: str, parted: Sequence[Section], picture: str = ""
) -> str:
    """Write a page.

    said (Sequence[str]): Paragraphs before the first heading. notice (str): One that stands out.
    parted (Sequence[Section]): All the rest. picture (str): As SVG, or "".
    RETURNS (str): HTML.
    """
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(name)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(name)}</h1>",
        *(f"<p>{escape(paragraph)}</p>" for paragraph in said),
        f'<p class="notice">{escape(notice)}</p>',
    ]
    for section in parted:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        for block in section.blocks:
            parts.extend(_block(block, picture))
    return "\n".join([*parts, "</main>", "</body>", "</html>"]) + "\n"


def _block(block: Block, picture: str) -> Iterator[str]:
    if isinstance(block, Bullets):
        yield "<ul>"
        for name, said in block.items:
            yield f"<li>{f'<b>{escape(name)}</b>: ' if name else ''}{escape(said)}</li>"
        yield "</ul>"
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Verbatim):
        yield f"<pre>{escape(block.text)}</pre>"
    elif isinstance(block, Picture):
        if picture:  # as an image, in which a browser runs no script
            data = base64.b64encode(picture.encode("utf8")).decode("ascii")
            yield f'<p><img alt="{escape(block.alt)}" src="data:image/svg+xml;base64,{data}"></p>'
    else:
        yield f"<p>{escape(block)}</p>"


def _table(table: Table) -> Iterator[str]:
    texts = len(table.head) - table.numbers
    kinds = [""] * texts + [' class="n"'] * table.numbers
    yield '<div class="wide">'
    yield "<table>"
    heads = zip(kinds, table.head, strict=True)
    cells = "".join(f'<th scope="col"{kind}>{escape(head)}</th>' for kind, head in heads)
    yield f"<thead><tr>{cells}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        pairs = zip(kinds, row, strict=True)
        yield f"<tr>{''.join(f'<td{kind}>{_cell(cell)}</td>' for kind, cell in pairs)}</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.url)}">{escape(cell.text)}</a>'
    return escape(cell)
