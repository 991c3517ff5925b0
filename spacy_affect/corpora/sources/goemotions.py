"""GoEmotions: English Reddit comments with 27 emotions (Demszky et al. 2020)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...labels import GOEMOTIONS
from ..base import BY_WORD, Card, CorpusSource, Row
from ..files import Malformed, cells_of, tsv_cells
from ..relabel import Relabel

#: The indices of the files count the 27 labels and then neutral.
LABELS = (*GOEMOTIONS.labels, "neutral")
INDICES = {str(i): label for i, label in enumerate(LABELS)}


class GoEmotions(CorpusSource):
    """text, comma-separated label indices, id; separated by tabs, without a header.

    Gold: `emotion` labels, 0 or 1 for each; a neutral comment has none. Where `scheme` is
    "polarity", the class of `polarity`, left out where the emotions disagree.
    """

    name = "goemotions"
    tasks = ("emotion", "polarity")
    card = Card(
        licence="Apache-2.0",
        url="https://github.com/google-research/google-research/tree/master/goemotions",
        citation="Demszky et al. 2020, doi:10.18653/v1/2020.acl-main.372",
        scheme="27 emotions and neutral, several at once",
        ship="yes",
        languages=("eng",),
    )
    patterns = ("*.tsv",)
    splits = BY_WORD

    def __init__(self, scheme: str = GOEMOTIONS.name) -> None:
        """scheme (str): What the labels are mapped to, such as "ekman" or "polarity".

        RAISES: AF017 where nothing published maps GoEmotions to it.
        """
        self._relabel = Relabel(GOEMOTIONS.name, scheme)

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        return tsv_cells(file)

    def parse(self, record: Any) -> Row:
        text, indices, identifier = cells_of(record, 3)
        present = set()
        for index in indices.split(","):
            if index.strip() not in INDICES:
                raise Malformed(f"no label has the index {index!r}; they go from 0 to 27")
            present.add(INDICES[index.strip()])
        labels = {label: int(label in present) for label in GOEMOTIONS.labels}
        return Row(text, self._relabel(labels), id=identifier)
