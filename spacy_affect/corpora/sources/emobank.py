"""EmoBank: valence, arousal and dominance of English sentences (Buechel and Hahn 2017)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..base import Card, CorpusSource, Row
from ..files import Malformed, csv_cells, number, with_header
from ..gold import Gold

COLUMNS = {"V": "valence", "A": "arousal", "D": "dominance"}
LOW, MIDDLE, HIGH = 1, 3, 5
HEADLINES = "SemEval"


class EmoBank(CorpusSource):
    """id, split, V, A, D, text; CSV with a header. The split is a column.

    Gold: `vad`, each dimension from [1, 5] to [-1, 1], and `polarity`, which is the valence.
    The group is the document that a sentence is from; headlines have none.
    """

    name = "emobank"
    tasks = ("vad", "polarity")
    card = Card(
        licence="CC BY-SA 4.0",
        url="https://github.com/JULIELab/EmoBank",
        citation="Buechel and Hahn 2017, https://aclanthology.org/E17-2092",
        scheme="valence, arousal and dominance in [1, 5]",
        ship="share-alike",
        languages=("eng",),
    )
    patterns = ("*.csv",)
    splits = {"train": "train", "dev": "dev", "test": "test"}

    def wants(self, file: Path, split: str | None) -> bool:
        return True

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        needs = ("id", "split", *COLUMNS, "text")
        for line, record in with_header(file, csv_cells(file), needs):
            if split is None or isinstance(record, Malformed) or record["split"] == split:
                yield line, record

    def parse(self, record: Any) -> Row:
        value = {
            name: (number(record[column], LOW, HIGH, column) - MIDDLE) / (HIGH - MIDDLE)
            for column, name in COLUMNS.items()
        }
        gold = {"vad": Gold(value), "polarity": Gold(value["valence"])}
        document = record["id"].rsplit("_", 2)[0]  # the other two parts are character offsets
        group = "" if document == record["id"] or document == HEADLINES else document
        return Row(record["text"], gold, id=record["id"], group=group)
