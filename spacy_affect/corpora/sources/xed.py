"""XED: English film subtitles with Plutchik's eight emotions (Öhman et al. 2020)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...labels import PLUTCHIK8
from ..base import Card, CorpusSource, Row
from ..files import Malformed, cells_of, choice, tsv_cells
from ..relabel import Relabel

#: The labels of the files count from 1 in alphabetical order; the file of neutral lines says 9.
INDICES = {str(i): label for i, label in enumerate(PLUTCHIK8.labels, start=1)}
NEUTRAL = "9"


class XED(CorpusSource):
    """text and comma-separated labels 1 to 8; or, for neutral lines, 9 and text. Tabs, no header.

    Gold: `emotion` labels, 0 or 1 for each; a neutral line has none.
    """

    name = "xed"
    tasks = ("emotion",)
    card = Card(
        licence="CC BY 4.0",
        url="https://github.com/Helsinki-NLP/XED",
        citation="Öhman et al. 2020, doi:10.18653/v1/2020.coling-main.575",
        scheme="Plutchik's 8 emotions and neutral, several at once",
        ship="yes",
        languages=("eng",),
    )
    patterns = ("*annotated.tsv", "neu*.txt", "neu*.tsv")

    def __init__(self, scheme: str = PLUTCHIK8.name) -> None:
        """scheme (str): What the labels are mapped to, such as "ekman".

        RAISES: AF017 where nothing published maps Plutchik's eight to it.
        """
        self._relabel = Relabel(PLUTCHIK8.name, scheme)

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        neutral = file.name.startswith("neu")
        for line, record in tsv_cells(file):
            yield line, record if isinstance(record, Malformed) else (neutral, record)

    def parse(self, record: Any) -> Row:
        neutral, cells = record
        if neutral:
            text, present = _neutral(cells), []
        else:
            text, indices = cells_of(cells, 2)
            present = [choice(index.strip(), INDICES, "a label") for index in indices.split(",")]
        labels = {label: int(label in present) for label in PLUTCHIK8.labels}
        return Row(text, self._relabel(labels))


def _neutral(cells: list[str]) -> str:
    """RETURNS (str): The text of a neutral line; some end in empty cells."""
    if len(cells) < 2 or any(cells[2:]):
        raise Malformed(f"{len(cells)} columns where 2 belong")
    if cells[0] != NEUTRAL:
        raise Malformed(f"the label is {cells[0]!r}, in a file of neutral lines always 9")
    return cells[1]
