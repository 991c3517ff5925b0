"""SemEval-2018 task 1: affect in tweets, five subtasks (Mohammad et al. 2018)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...labels import EC11, SEMEVAL4
from ..base import BY_WORD, Card, CorpusSource, Row, check_setting, names
from ..files import Malformed, choice, number, text_lines, tsv_cells, with_header
from ..gold import Gold

SUBTASKS = ("EI-reg", "EI-oc", "V-reg", "V-oc", "E-c")
HIGHEST = 3  # of the ordinal classes: 0 to 3 for emotions, -3 to 3 for valence
SCORE, CLASS, DIMENSION = "Intensity Score", "Intensity Class", "Affect Dimension"
VALENCE = "valence"
FLAGS = {"0": 0, "1": 1}
KINDS = {SCORE: "reg", CLASS: "oc"}
#: The columns beside ID and Tweet that the rows of a subtask are read from.
NEEDS: dict[str | None, tuple[str, ...]] = {
    "E-c": EC11.labels,
    "EI-reg": (DIMENSION, SCORE),
    "V-reg": (DIMENSION, SCORE),
    "EI-oc": (DIMENSION, CLASS),
    "V-oc": (DIMENSION, CLASS),
}


class SemEval2018(CorpusSource):
    """ID, Tweet and gold, separated by tabs, with a header that tells the subtasks apart.

    Gold: EI-reg the value of one `emotion`, EI-oc its class / 3 and whether it is above 0;
    V-reg and V-oc `polarity`, from [0, 1] and [-3, 3] to [-1, 1], and the same as the valence of
    `vad`; E-c the 11 `emotion` labels. Scores are ranks within one emotion, not probabilities.
    """

    name = "semeval2018"
    tasks = ("emotion", "polarity", "vad")
    card = Card(
        licence="tweets; data terms: research",
        url="https://competitions.codalab.org/competitions/17751",
        citation="Mohammad et al. 2018, doi:10.18653/v1/S18-1001",
        scheme="intensity and presence of 4 emotions, valence, presence of 11 emotions",
        ship="research",
        languages=("eng",),
    )
    patterns = ("*.txt",)
    splits = BY_WORD

    def __init__(self, subtasks: Sequence[str] = SUBTASKS) -> None:
        """subtasks (Sequence[str]): Those to read; the rows of others are passed over."""
        self._subtasks = names(subtasks)
        for subtask in self._subtasks:
            check_setting(self.name, "subtasks", subtask, SUBTASKS)

    def wants(self, file: Path, split: str | None) -> bool:
        return super().wants(file, split) and _subtask_of(file) in (None, *self._subtasks)

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        needs = ("ID", "Tweet", *NEEDS.get(_subtask_of(file), (DIMENSION,)))
        return with_header(file, tsv_cells(file), needs)

    def parse(self, record: Any) -> Row:
        gold = _presence(record) if DIMENSION not in record else _intensity(record)
        return Row(record["Tweet"], gold, id=record["ID"])


def _subtask_of(file: Path) -> str | None:
    """RETURNS (str | None): The subtask that a file's header and first row tell, if any."""
    lines = (line.split("\t") for _, line in text_lines(file) if isinstance(line, str))
    header, first = next(lines, []), next(lines, [])
    if DIMENSION not in header:
        return "E-c" if EC11.labels[0] in header else None
    kind = next((name for column, name in KINDS.items() if column in header), None)
    return kind and f"{'V' if VALENCE in first else 'EI'}-{kind}"


def _presence(record: dict[str, str]) -> dict[str, Gold]:
    """RETURNS (dict[str, Gold]): Of a record of E-c."""
    labels = {label: choice(record[label], FLAGS, label) for label in EC11.labels}
    return {"emotion": Gold(labels=labels)}


def _intensity(record: dict[str, str]) -> dict[str, Gold]:
    """RETURNS (dict[str, Gold]): Of a record of the other four."""
    dimension = record[DIMENSION]
    if dimension != VALENCE and dimension not in SEMEVAL4.labels:
        known = ", ".join((*SEMEVAL4.labels, VALENCE))
        raise Malformed(f"{DIMENSION} is {dimension!r}, not one of: {known}")
    if SCORE in record:
        score = number(record[SCORE], 0, 1, SCORE)
        return _valence(2 * score - 1) if dimension == VALENCE else _emotion({dimension: score})
    lowest = -HIGHEST if dimension == VALENCE else 0
    found = number(record[CLASS].partition(":")[0], lowest, HIGHEST, CLASS)
    if not found.is_integer():
        raise Malformed(f"{CLASS} is no whole number: {record[CLASS]!r}")
    if dimension == VALENCE:
        return _valence(found / HIGHEST)
    return _emotion({dimension: found / HIGHEST}, {dimension: int(found > 0)})


def _emotion(value: dict[str, float], labels: dict[str, int] | None = None) -> dict[str, Gold]:
    return {"emotion": Gold(value, labels)}


def _valence(value: float) -> dict[str, Gold]:
    return {"polarity": Gold(value), "vad": Gold({VALENCE: value})}
