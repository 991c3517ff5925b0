"""What an encoder reads of a unit: its text, or a turn after those before it, as word pieces.

An encoder takes so many pieces at once. Longer texts are cut into windows that overlap, each of
which is read by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc

from ....errors import AffectError
from ....types import Unit
from ..turns.views import conversations
from .plain import plain

#: What the part of a task in `meta.json` may say that it reads.
TEXT, TURNS = "text", "turns"
TOKENIZER = "tokenizer.json"


class Passage(NamedTuple):
    """What is read for a unit.

    before (tuple | None): What was said before a turn, last of all what came last: whether the
        turn's own side said it, and the text; None for a text that is no turn.
    """

    text: str
    before: tuple[tuple[bool, str], ...] | None = None

    @property
    def key(self) -> bytes:
        """RETURNS (bytes): The same for the same passage; as short for a long one."""
        return blake2b(repr(tuple(self)).encode(), digest_size=16).digest()


class Window(NamedTuple):
    """What is read at once: all between the outermost ends, (n,) each.

    ids (NDArray[int64]): Pieces. types (NDArray[int64]): 1 for those of a turn that follow others.
    pool (NDArray[float32]): 1 for those that the vector is the mean of.
    size (int): How many pieces of the passage's own text it holds.
    """

    ids: NDArray[numpy.int64]
    types: NDArray[numpy.int64]
    pool: NDArray[numpy.float32]
    size: int


def passages(units: Sequence[Unit], reads: str) -> list[Passage]:
    """reads (str): "text", the unit alone, or "turns", also what was said before it. A Doc stands
        for a turn only if it has none; it is then read as text, so that all components share it.
    RETURNS (list[Passage]): Of each unit.
    """
    if reads == TEXT:
        return [Passage(unit.text) for unit in units]
    found = []
    for of, unit in zip(conversations(units, ahead=False), units, strict=True):
        if isinstance(unit, Doc):
            found.append(Passage(unit.text))
            continue
        place = of.place(unit)
        said = zip(of.own(unit)[:place], of.turns, strict=False)
        found.append(Passage(unit.text, tuple((own, turn.text) for own, turn in said)))
    return found


class Reader:
    """Makes windows of passages."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """folder (Path): Holds `tokenizer.json`.
        settings (Mapping): `ends`, the pieces that begin and end what is read; `window` and
            `stride`, how many pieces of a text are read at once and how far one window begins after
            the other; `turns`, the same for turns, with `before`, how many pieces are read before
            one, and `speakers`, the pieces that stand for its own side and the other.
        """
        self._path = folder / TOKENIZER
        self._first, self._last = settings["ends"]
        self._settings = settings

    @cached_property
    def _encode(self) -> Callable[[str], list[int]]:
        """RAISES: AF161 if the file is not there, or is none."""
        from tokenizers import Tokenizer  # slow to import

        try:
            tokenizer = Tokenizer.from_file(str(self._path))
        except Exception as error:  # it raises no other kind
            raise unreadable(self._path, error) from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        # one by one: batches would start threads, which processes that fork later stumble over
        return lambda text: tokenizer.encode(whole(plain(text)), add_special_tokens=False).ids

    def windows(self, passage: Passage) -> list[Window]:
        """RETURNS (list[Window]): In order of the text; one without pieces of its own if nothing of
        it is left to read.
        """
        own = self._encode(passage.text)
        if passage.before is None:
            parts = _cut(own, self._settings)
            return [self._window([], part, len(part) + 2) for part in parts]
        settings = self._settings["turns"]
        context = [self._first, *self._before(passage.before), self._last]
        parts = _cut(own, settings)
        return [self._window(context, part, len(part) + 1) for part in parts]

    def _window(self, context: list[int], own: list[int], pooled: int) -> Window:
        ids = numpy.array([*(context or [self._first]), *own, self._last])
        types = numpy.zeros(len(ids), "int64")
        types[len(context) :] = bool(context)
        pool = numpy.zeros(len(ids), "float32")
        pool[len(ids) - pooled :] = 1.0
        return Window(ids, types, pool, len(own))

    def _before(self, said: Sequence[tuple[bool, str]]) -> list[int]:
        """RETURNS (list[int]): The last pieces of what was said, each turn after its speaker's."""
        settings = self._settings["turns"]
        mine, others = settings["speakers"]
        found: list[int] = []
        for own, text in reversed(said):
            pieces = self._encode(text)[: settings["window"]]
            found = [mine if own else others, *pieces, *found]
            if len(found) >= settings["before"]:
                break
        return found[-settings["before"] :]


def whole(text: str) -> str:
    """RETURNS (str): Without halves of characters (lone surrogates), which are no text."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def unreadable(path: Path, error: Exception) -> AffectError:
    """RETURNS (AffectError): What to raise for a file that could not be opened."""
    return AffectError("AF161", path=path, reason=" ".join(str(error).split()))


def _cut(pieces: list[int], settings: Mapping[str, Any]) -> Iterator[list[int]]:
    """YIELDS (list[int]): Stretches that overlap; the last one ends where the text does."""
    size, stride = settings["window"], settings["stride"]
    for start in range(0, max(len(pieces) - size, 0) + stride, stride):
        yield pieces[start : start + size]
