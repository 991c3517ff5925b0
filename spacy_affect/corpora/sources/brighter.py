"""BRIGHTER: emotions of texts in 28 languages, SemEval-2025 task 11 (Muhammad et al. 2025)."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...labels import BRIGHTER6
from ..base import BY_WORD, Card, CorpusSource, Row, check_setting, names
from ..files import Malformed, csv_cells, with_header
from ..relabel import Relabel

TRACKS = ("a", "b")
TRACK = re.compile("track_([ab])")
HIGHEST = {"a": 1, "b": 3}
LANGUAGES = (
    "afr amh arq ary chn deu eng esp hau hin ibo kin mar orm pcm ptbr ptmz ron rus som sun swa swe "
    "tat tir ukr vmw yor"
)


class Brighter(CorpusSource):
    """id, text and a column per emotion that the language has; CSV, one file per language.

    Gold: track A `emotion` labels; track B the intensity / 3 and whether it is above 0. What a
    language lacks (disgust in English), or an empty cell, is unknown.
    """

    name = "brighter"
    tasks = ("emotion",)
    card = Card(
        licence="CC BY 4.0",
        url="https://github.com/emotion-analysis-project/SemEval2025-Task11",
        citation="Muhammad et al. 2025, doi:10.18653/v1/2025.acl-long.436",
        scheme="6 emotions, 5 in some languages: presence (track A) or intensity 0 to 3 (B)",
        ship="yes",
        languages=tuple(LANGUAGES.split()),
    )
    patterns = ("*.csv",)
    splits = BY_WORD

    def __init__(
        self,
        track: str | None = None,
        languages: Sequence[str] = (),
        scheme: str = BRIGHTER6.name,
    ) -> None:
        """track (str | None): "a" or "b"; None reads both, each file by what it holds.

        languages (Sequence[str]): Names of files, such as "eng"; empty is all.
        scheme (str): What the labels are mapped to: "ekman" has the same six.
        RAISES: AF017 where nothing published maps them.
        """
        if track is not None:
            check_setting(self.name, "track", track, TRACKS)
        self._track = track
        self._languages = names(languages)
        for language in self._languages:
            check_setting(self.name, "languages", language, self.card.languages)
        self._relabel = Relabel(BRIGHTER6.name, scheme)

    def wants(self, file: Path, split: str | None) -> bool:
        language = file.stem.partition("_")[0]
        return (
            super().wants(Path(" ".join(file.absolute().parts[-2:])), split)  # train/eng.csv
            and (not self._languages or language in self._languages)
            and (self._track is None or self._track == track_of(file))
        )

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        track = track_of(file)
        for line, record in with_header(file, csv_cells(file), ("id", "text")):
            yield line, record if isinstance(record, Malformed) else (track, record)

    def parse(self, record: Any) -> Row:
        track, cells = record
        if cells.keys().isdisjoint(BRIGHTER6.labels):
            raise Malformed(f"no column of: {', '.join(BRIGHTER6.labels)}")
        levels = {
            label: _level(cells[label].strip(), track, label)
            for label in BRIGHTER6.labels
            if cells.get(label, "").strip()
        }
        labels = {label: int(level > 0) for label, level in levels.items()}
        values = {label: level / HIGHEST["b"] for label, level in levels.items()}
        gold = self._relabel(labels, values if track == "b" else None)
        return Row(cells["text"], gold, id=cells["id"])


def track_of(file: Path) -> str:
    """RETURNS (str): "a" or "b", as ids or the path say; else "b" if there is a 2 or 3."""
    highest = "a"
    for _, record in with_header(file, csv_cells(file), ("id", "text")):
        if isinstance(record, Malformed):
            continue
        told = TRACK.search(record["id"]) or TRACK.search(str(file.absolute()))
        if told:
            return told[1]
        if any(record.get(label) in ("2", "3") for label in BRIGHTER6.labels):
            highest = "b"
    return highest


def _level(cell: str, track: str, label: str) -> int:
    known = [str(level) for level in range(HIGHEST[track] + 1)]
    if cell not in known:
        raise Malformed(f"{label} is {cell!r}, in track {track} one of: {', '.join(known)}")
    return int(cell)
