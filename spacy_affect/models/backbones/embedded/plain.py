"""Texts as an encoder of English words reads them: emoji by name, no handles, no links, and of
nobody the gender, orientation, religion or origin.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from ..sparse.unsaid import IDENTITIES

#: What stands for a handle and for a link; names of people in them must not count.
HANDLE, LINK = "@user", "http"
#: What stands for words that say what people are, one or several in a row.
ANYBODY = "person"
_WHO = "|".join(
    (r"non[\s-]binary", *map(re.escape, sorted(IDENTITIES, key=lambda word: (-len(word), word))))
)
_IDENTITIES = re.compile(
    rf"\b(?:{_WHO})(?:[\s-]+(?:{_WHO}|{ANYBODY}|people)\b)*(?![\w+])", re.IGNORECASE
)
#: More of one character in a row say no more.
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_LINKS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLES = re.compile(r"(?<![\w@])@\w+")
_SYMBOLS = re.compile(
    "[\u200d\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0e\ufe0f\U0001f000-\U0001faff]"
)
#: Joiners, variation selectors and skin tones: how an emoji looks, not what it says.
_LOOKS = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


def plain(text: str) -> str:
    """RETURNS (str): The text with emoji and other symbols spelled out (Unicode's names in lower
    case), straight apostrophes, handles, links and words for who people are masked, and characters
    repeated at most three times.
    """
    text = _IDENTITIES.sub(ANYBODY, _HANDLES.sub(HANDLE, _LINKS.sub(LINK, text)))
    if not text.isascii():
        text = _SYMBOLS.sub(lambda found: _spell(found[0]), text.replace("’", "'"))
    return _RUN.sub(r"\1\1\1", text)


@cache  # of a few thousand symbols
def _spell(symbol: str) -> str:
    if _LOOKS.match(symbol):
        return ""
    name = unicodedata.name(symbol, "").lower().replace("-", " ")
    return f" {name} " if name else " "
