"""What a corpus source is, and the rows that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from ..errors import AffectError, listing
from .files import Malformed
from .gold import Gold

#: Splits whose names stand in file names as words.
BY_WORD = {name: rf"(?i)(?<![a-z]){name}(?![a-z])" for name in ("train", "dev", "test")}


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a conversation with what is known of it.

    start, end (float | None): Seconds. strategy (str | None): What a supporter did, as the turns
    after it may know it. gold (dict[str, Gold]): By task.
    """

    text: str
    speaker: str = ""
    start: float | None = None
    end: float | None = None
    strategy: str | None = None
    gold: dict[str, Gold] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """RETURNS (dict): All but the gold, as `make_doc` takes it; nothing that is unknown."""
        names = ("speaker", "text", "start", "end", "strategy")
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value not in (None, "")} | {
            "text": self.text
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A text with what is known of it.

    gold (dict[str, Gold]): By task. id (str): As the corpus has it, or "".
    group (str): What must not be split (a dialogue, a video, an author), or "".
    file, line: Where it comes from; for a .spacy file the number of the Doc.
    turns (tuple[Turn, ...]): Of a conversation, whose text has a line for each.
    situation (str): What a conversation is about, or "".
    """

    text: str
    gold: dict[str, Gold] = field(default_factory=dict)
    id: str = ""
    group: str = ""
    file: str = ""
    line: int = 0
    turns: tuple[Turn, ...] = ()
    situation: str = ""

    def golds(self) -> Iterator[dict[str, Gold]]:
        """YIELDS (dict[str, Gold]): The text's own gold, and that of each turn."""
        yield self.gold
        for turn in self.turns:
            yield turn.gold


def conversation(turns: Sequence[Turn], **known: Any) -> Row:
    """RETURNS (Row): Of a conversation. known: The row's other fields."""
    return Row("\n".join(turn.text for turn in turns), turns=tuple(turns), **known)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that is no row of its corpus, and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """What one has to know before using a corpus; `corpora/<name>/card.toml` says more.

    licence (str): As stated by its makers. url (str): Where it comes from.
    citation (str): The publication, in short.
    scheme (str): Its labels in words.
    ship (str): May weights trained on it be shipped under a permissive licence? "yes" with
        attribution, "share-alike", or "research" (or terms that are not stated).
    languages (tuple[str, ...]): As the corpus names them.
    """

    licence: str
    url: str
    citation: str
    scheme: str
    ship: str
    languages: tuple[str, ...]


class CorpusSource:
    """A corpus in its original format. The arguments of `__init__` are config keys.

    A source of your own sets the class attributes and overrides `records` and `parse`, or `read`.

    name (str): As registered.
    tasks (tuple[str, ...]): The tasks that its gold is for.
    card (Card | None): None for formats, which are no corpus.
    patterns (tuple[str, ...]): Which files of a folder belong to it.
    splits (dict[str, str]): By name, a regular expression found in the file names of the split.
    """

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]] = ()
    card: ClassVar[Card | None] = None
    patterns: ClassVar[tuple[str, ...]] = ("*",)
    splits: ClassVar[dict[str, str]] = {}

    def read(self, path: Path, split: str | None = None) -> Iterator[Row | BadRow]:
        """Read a corpus.

        path (Path): Its folder, or one file of it.
        split (str | None): The part to read; None is all of them.
        YIELDS (Row | BadRow): In the order of the files' names.
        RAISES: AF030 for files that cannot be read, AF071 for an unknown split, AF072 where there
            is no file.
        """
        for file in self.files(Path(path), split):
            for line, record in self.records(file, split):
                try:
                    if isinstance(record, Malformed):
                        raise record
                    row = self.parse(record)
                except Malformed as error:
                    yield BadRow(str(file), line, str(error))
                else:
                    yield replace(row, file=str(file), line=line)

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        """YIELDS (tuple[int, Any]): The line of each record, and the record or a Malformed."""
        raise NotImplementedError

    def parse(self, record: Any) -> Row:
        """RETURNS (Row): A record's text and gold. RAISES: Malformed with the reason."""
        raise NotImplementedError

    def files(self, path: Path, split: str | None) -> list[Path]:
        """RETURNS (list[Path]): The files to read, in order."""
        if not path.exists():
            raise AffectError("AF030", path=path, reason="no such file or folder")
        if split is not None and split not in self.splits:
            raise AffectError("AF071", source=self.name, split=split, known=listing(self.splits))
        found = self._in_folder(path) if path.is_dir() else [path]
        chosen = [file for file in found if self.wants(file, split)]
        if not chosen:
            wanted = "" if split is None else f" for the split {split!r}"
            raise AffectError("AF072", path=path, source=self.name, wanted=wanted)
        return chosen

    def wants(self, file: Path, split: str | None) -> bool:
        """RETURNS (bool): The file belongs to the split."""
        return split is None or bool(re.search(self.splits[split], file.name))

    def _in_folder(self, path: Path) -> list[Path]:
        found = {file for pattern in self.patterns for file in path.rglob(pattern)}
        return sorted(file for file in found if file.is_file() and not file.name.startswith("."))


def names(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """RETURNS (tuple[str, ...]): A list of names, which may be given as "a,b"."""
    parts = given.split(",") if isinstance(given, str) else given or ()
    return tuple(part.strip() for part in parts if part.strip())


def check_setting(source: str, setting: str, value: object, known: Sequence[str]) -> None:
    """RAISES: AF074 if the value is none of the known ones."""
    if value not in known:
        reason = f"it must be one of: {', '.join(known)}"
        raise AffectError("AF074", source=source, setting=setting, value=value, reason=reason)
