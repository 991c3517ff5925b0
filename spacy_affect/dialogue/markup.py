"""The markup inside of cues: tags, codes and entities, of WebVTT and SubRip alike."""

from __future__ import annotations

import html
import re

_NAMES = "b|big|br|c|div|em|font|i|lang|p|rp|rt|ruby|s|small|span|strong|u|v"
#: Only tags that exist: "<3" and "<laughs>" are text, which a browser would swallow.
_TAG = re.compile(rf"</?(?:{_NAMES})(?:[.\s/][^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
#: The time at which the next word of a rolling caption appears.
STAMP = re.compile(r"<\d{1,4}(?::\d{1,2}){1,2}[.,]\d{1,3}>")
#: Codes of SubStation that SubRip files are left with: {\an8}, {\i1}, {\pos(1,2)}.
_CODE = re.compile(r"\{\\[^{}]*\}")
_ENTITY = re.compile(r"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_UNCLOSED = re.compile(rf"</?(?:{_NAMES})(?:[.\s][^<>]*)?$", re.IGNORECASE)
#: Marks of direction and width, which show nothing by themselves.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c"))


def plain(text: str) -> str:
    """RETURNS (str): The text without its markup, on one line; "" if nothing would show."""
    if "<" in text:
        text = _TAG.sub("", STAMP.sub("", _BREAK.sub(" ", text)))
    if "{" in text:
        text = _CODE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text = " ".join(text.split())
    return text if text.translate(_INVISIBLE).strip() else ""


def is_unclosed(text: str) -> bool:
    """RETURNS (bool): The text ends in a tag without its ">"."""
    return "<" in text and bool(_UNCLOSED.search(_TAG.sub("", text)))
