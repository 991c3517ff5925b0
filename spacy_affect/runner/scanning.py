"""Cutting a JSON array that is larger than memory into its values."""

from __future__ import annotations

import json
import re
from typing import IO

DECODER = json.JSONDecoder(parse_constant=lambda name: None)  # NaN and Infinity are no JSON
_SPACE = re.compile(r"\s*")


class ArrayScanner:
    """Cuts JSON values out of a stream one by one, holding little more than one of them."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._buffer = ""
        self._at = 0

    def peek(self) -> str:
        """RETURNS (str): The next character that is no white space, or "" at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._read(1 << 16):
                return ""

    def skip(self, char: str) -> bool:
        found = self.peek() == char
        self._at += found
        return found

    def value(self) -> bytes:
        """RETURNS (bytes): The next value as the file has it; a worker parses it."""
        self.peek()
        size = 1 << 16
        while True:
            try:
                end = DECODER.raw_decode(self._buffer, self._at)[1]
                failure = None
            except ValueError as error:
                failure, end = error, len(self._buffer)
            # at the end of the buffer a number may go on, and anything else may be cut
            if failure is None and end < len(self._buffer):
                begin, self._at = self._at, end
                return self._buffer[begin:end].encode("utf-8", "surrogateescape")
            if not self._read(size):
                if failure is not None:
                    raise failure
                begin, self._at = self._at, end
                return self._buffer[begin:end].encode("utf-8", "surrogateescape")
            size *= 2

    def _read(self, size: int) -> bool:
        more = self._stream.read(size)
        self._buffer, self._at = self._buffer[self._at :] + more, 0
        return bool(more)
