"""Writing rows to files that `spacy_affect.Corpus.v1` reads without settings."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .base import Row
from .gold import Gold
from .reader import to_doc

if TYPE_CHECKING:
    from spacy.language import Language

SUFFIXES = (".spacy", ".jsonl")


def write(rows: Iterable[Row], path: Path, nlp: Language | None = None) -> Counter[str]:
    """Write a file; an old one is replaced once the new one is whole.

    path (Path): Ends in .spacy or .jsonl.
    nlp (Language | None): Tokenises the texts of a .spacy file; None is blank English.
    RETURNS (Counter[str]): How many rows and turns have gold for each task; under "" all rows.
    """
    counts: Counter[str] = Counter({"": 0})
    with _whole(path) as stream:
        if path.suffix == ".jsonl":
            for row in _counted(rows, counts):
                stream.write(json.dumps(row_json(row)).encode() + b"\n")
        else:
            import spacy
            from spacy.tokens import DocBin

            nlp = nlp or spacy.blank("en")
            docs = DocBin(attrs=["ORTH", "SPACY"], store_user_data=True)
            for row in _counted(rows, counts):
                docs.add(to_doc(nlp, row))
            stream.write(docs.to_bytes())
    return counts


def row_json(row: Row) -> dict[str, Any]:
    """RETURNS (dict): A row as a line of JSON, which the source `table` reads back."""
    given: dict[str, Any] = {"id": row.id, "group": row.group, "situation": row.situation}
    if row.turns:
        given["turns"] = [turn.said() | _gold_json(turn.gold) for turn in row.turns]
    else:
        given["text"] = row.text
    given["gold"] = _gold_json(row.gold).get("gold", {})
    return {key: value for key, value in given.items() if value != "" or key == "text"}


def _gold_json(golds: Mapping[str, Gold]) -> dict[str, Any]:
    """RETURNS (dict): Under "gold", or nothing where nothing is known."""
    gold = {
        task: {key: known for key, known in found._asdict().items() if known is not None}
        for task, found in golds.items()
        if found != Gold()
    }
    return {"gold": gold} if gold else {}


def _counted(rows: Iterable[Row], counts: Counter[str]) -> Iterator[Row]:
    for row in rows:
        counts[""] += 1
        for gold in row.golds():
            counts.update(gold.keys())
        yield row


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of the old one if all goes well."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
