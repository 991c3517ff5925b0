"""The affect words that the sparse backbone knows: our own ratings, `affect_words.tsv`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ....errors import AffectError
from ....labels import EC11

EMOTIONS = EC11.labels
#: Positive and negative valence, arousal, and each emotion.
N_LEXICON = 3 + len(EMOTIONS)
MODIFIERS = ("booster", "damper", "negator")
TABLE = "affect_words.tsv"


class Entry(NamedTuple):
    """What is known of a word form.

    scores (tuple[float, ...]): Positive and negative valence and arousal in [0, 1], then how much
        of each emotion of `EMOTIONS` it speaks, in [0, 1].
    modifier (str): booster, damper, negator, or "".
    """

    scores: tuple[float, ...]
    modifier: str = ""


@cache
def load_affect_words() -> dict[str, Entry]:
    """RETURNS (dict[str, Entry]): The shipped table by lower-case form, read once per process."""
    return parse_affect_words(files(__package__).joinpath(TABLE).read_text(encoding="utf8"))


def parse_affect_words(text: str, path: str = TABLE) -> dict[str, Entry]:
    """RETURNS (dict[str, Entry]): By form. RAISES: AF026 for a malformed row."""
    words: dict[str, Entry] = {}
    for line, row in enumerate(text.split("\n"), 1):
        if not row or row == "#" or row.startswith("# "):
            continue
        try:
            forms, entry = _parse(row)
        except ValueError as error:
            raise AffectError("AF026", path=path, line=line, reason=str(error), row=row) from None
        for form in forms:
            if form in words:
                reason = f"{form!r} has a row already"
                raise AffectError("AF026", path=path, line=line, reason=reason, row=row)
            words[form] = entry
    return words


def _parse(row: str) -> tuple[list[str], Entry]:
    cells = row.split("\t")
    if len(cells) != 4:
        raise ValueError(f"{len(cells)} cells in place of 4")
    forms, valence, arousal, rest = cells
    if rest in MODIFIERS:
        return forms.split(), Entry((0.0,) * N_LEXICON, rest)
    v, a = float(valence), float(arousal)
    if not (-1 <= v <= 1 and 0 <= a <= 1):
        raise ValueError("valence must lie in [-1, 1] and arousal in [0, 1]")
    told = dict(_emotions(rest))
    return forms.split(), Entry((max(v, 0.0), max(-v, 0.0), a, *(told.get(e, 0) for e in EMOTIONS)))


def _emotions(cell: str) -> Iterator[tuple[str, float]]:
    for part in filter(None, cell.split(",")):
        name, _, degree = part.partition("=")
        if name not in EMOTIONS or degree not in ("1", "2", "3"):
            raise ValueError(f"{part!r} is no emotion with a degree of 1, 2 or 3")
        yield name, int(degree) / 3
