"""SemEval-2017 task 4 A: polarity of tweets (Rosenthal et al. 2017)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...labels import POLARITY
from ..base import Card, CorpusSource, Row
from ..files import cells_of, choice, tsv_cells
from ..gold import Gold

CLASSES = {label: label for label in POLARITY.labels}


class SemEval2017(CorpusSource):
    """id, class, text and sometimes a date, separated by tabs, without a header.

    Gold: the class of `polarity`. The files are the years 2013 to 2016, all of which, their test
    parts too, were training material of 2017: "dev" is the files named so, "train" the others.
    Texts are as in the files, in which some stand in quotes and escapes such as \\u2019 stay.
    """

    name = "semeval2017"
    tasks = ("polarity",)
    card = Card(
        licence="tweets; research",
        url="https://alt.qcri.org/semeval2017/task4/",
        citation="Rosenthal et al. 2017, doi:10.18653/v1/S17-2088",
        scheme="negative, neutral, positive",
        ship="research",
        languages=("eng",),
    )
    patterns = ("*-A.tsv", "*-A.txt")
    splits = {"train": "^(?!.*dev)", "dev": "dev"}

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        return tsv_cells(file)

    def parse(self, record: Any) -> Row:
        identifier, label, text = cells_of(record, 3, 4)[:3]
        return Row(text, {"polarity": Gold(labels=choice(label, CLASSES, "the class"))}, identifier)
