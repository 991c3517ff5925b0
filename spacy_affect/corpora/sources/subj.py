"""SUBJ: subjective and objective sentences about films (Pang and Lee 2004)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..base import Card, CorpusSource, Row
from ..files import choice, text_lines
from ..gold import Gold

#: The label 1 of the file means objective, the reverse of what its name suggests.
CLASSES = {"0": (1.0, "subjective"), "1": (0.0, "objective")}


class Subj(CorpusSource):
    """Label 0 (subjective) or 1 (objective), a space and the text.

    Gold: the value of `subjectivity`, 1.0 or 0.0, and the class. There are no splits: make some
    with `spacy_affect.corpora.splits`, or `spacy-affect convert --group-split`.
    """

    name = "subj"
    tasks = ("subjectivity",)
    card = Card(
        licence="not stated",
        url="https://www.cs.cornell.edu/people/pabo/movie-review-data/",
        citation="Pang and Lee 2004, doi:10.3115/1218955.1218990",
        scheme="subjective, objective",
        ship="research",
        languages=("eng",),
    )
    patterns = ("subj*.txt", "subj.all")

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        return text_lines(file)

    def parse(self, record: Any) -> Row:
        label, _, text = record.partition(" ")
        value, name = choice(label, CLASSES, "the label")
        return Row(text, {"subjectivity": Gold(value, name)})
