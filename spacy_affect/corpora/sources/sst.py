"""SST: sentences of film reviews in five classes (Socher et al. 2013)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..base import BY_WORD, Card, CorpusSource, Row
from ..files import choice, text_lines
from ..gold import Gold

#: class -> (value, class of three); 2 * value + 2 gives the class of five back.
CLASSES = {
    "0": (-1.0, "negative"),
    "1": (-0.5, "negative"),
    "2": (0.0, "neutral"),
    "3": (0.5, "positive"),
    "4": (1.0, "positive"),
}


class SST(CorpusSource):
    """Class 0 to 4, a space and the text.

    Gold: the value of `polarity`, the class from [0, 4] to [-1, 1], and the class of three.
    """

    name = "sst"
    tasks = ("polarity",)
    card = Card(
        licence="not stated",
        url="https://nlp.stanford.edu/sentiment/",
        citation="Socher et al. 2013, https://aclanthology.org/D13-1170",
        scheme="very negative, negative, neutral, positive, very positive",
        ship="research",
        languages=("eng",),
    )
    patterns = ("stsa.fine.*",)
    splits = BY_WORD

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        return text_lines(file)

    def parse(self, record: Any) -> Row:
        label, _, text = record.partition(" ")
        value, name = choice(label, CLASSES, "the class")
        return Row(text, {"polarity": Gold(value, name)})
