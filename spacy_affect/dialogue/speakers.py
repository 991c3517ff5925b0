"""Who speaks in a cue: the ways in which captions say it.

`<v Name>text` is WebVTT's own. `NAME: text` and `>> text` mark a change of speaker only, so that
the cues after it are the same speaker's. `- text` on two or more lines are two or more speakers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .cues import Cue
from .markup import plain

_VOICE = re.compile(r"<v(?:\.[^\s<>.]+)*(?:\s+([^<>]*))?>|(</v>)", re.IGNORECASE)
_ARROWS = re.compile(r"(?:[-–—]\s*)?>{2,3}\s*")
#: Within a line only after the end of a sentence: "cin >> x" is no change of speaker.
_INNER_ARROWS = re.compile(r"(?<=\S[.?!…\"”’)\]\-—])\s+(?=>{2,3}\s*[^\s>])")
_DASH = re.compile(r"[-‐–—](?![-‐–—])\s*(?=\S)")
#: Before a voice, for two speakers are often told apart twice.
_LAST_DASH = re.compile(r"(?:^|\n)[ \t]*[-–—][ \t]*$")
_SENTENCE_END = re.compile(r"[.?!…][\"”’)\]]*$")
#: A name, or one in brackets, perhaps a stage direction, a colon, and what is said.
_TAG = re.compile(
    r"(?:\[([^\[\]:：]{1,60})\]|\(([^():：]{1,60})\)|([^\[\]():：]{1,60}?))"
    r"(?:\s*([\[(][^\[\]():：]{1,40}[\])]))?\s*([:：])(.*)"
)
_WORD = re.compile(r"[^\W\d_][\w'’.\-/]*")
_COUNT = re.compile(r"#?\d{1,3}|&")
_NUMBERED = re.compile(r"(?:speaker|spk)[ _-]?\d{1,3}", re.IGNORECASE)
_PARTICLE = re.compile("al|and|bin|da|de|del|der|di|du|la|le|of|the|van|von|y")
#: What else stands before a colon at the beginning of a caption.
_OTHERS = """
act, also, and, anyway, breaking news, but, caption, captions, caution, chapter, conclusion, day,
disclaimer, episode, example, fact, finally, first, for example, he, hello, here, hint, how, i, if,
important, it, lesson, listen, look, meanwhile, next, no, note, now, ok, okay, or, part, plus,
previously, problem, ps, p.s., re, reason, remember, result, results, rule, scene, second, see, she,
so, solution, source, step, subject, subtitle, subtitles, subtitles by, summary, that, then, they,
third, this, time, tip, today, tomorrow, tonight, transcript, translation, update, warning, we,
well, what, when, where, who, why, yes, yesterday, you
"""
_NO_NAMES = frozenset(name.strip() for name in _OTHERS.split(","))


class Part(NamedTuple):
    """What one speaker says in a cue. speaker (str | None): None where it is not known."""

    speaker: str | None
    text: str


class _Tag(NamedTuple):
    """`name` says `rest`; `sure` unless it is in title case, as many a sentence begins too."""

    name: str
    rest: str
    sure: bool


class _Style(NamedTuple):
    """What the tags of a file look like. titles: Names in title case that count as speakers."""

    titles: frozenset[str]
    arrows: bool


def split_speakers(cues: Sequence[Cue]) -> list[list[Part]]:
    """RETURNS (list[list[Part]]): For each cue what each of its speakers says, without markup."""
    joined = ["\n".join(cue.lines) for cue in cues]
    texts = [[text for line in cue.lines if (text := plain(line))] for cue in cues]
    voiced = [_VOICE.search(raw) is not None for raw in joined]
    style = _find_style([lines for lines, voice in zip(texts, voiced, strict=True) if not voice])
    carries = not any(voiced)  # where voices are named, a cue without one is nobody's
    parts = []
    current: str | None = None
    for raw, lines, voice in zip(joined, texts, voiced, strict=True):
        if voice:
            parts.append(_split_voices(raw))
        else:
            found, current = _split_lines(lines, style, current if carries else None)
            parts.append(found)
    return parts


def _split_voices(raw: str) -> list[Part]:
    parts: list[Part] = []
    pieces = _VOICE.split(raw)
    names = [None, *pieces[1::3]]
    for name, piece in zip(names, pieces[::3], strict=True):
        text = plain(_LAST_DASH.sub("", piece))
        if not text:
            continue
        speaker = plain(name or "") or None
        if parts and parts[-1].speaker == speaker:
            parts[-1] = Part(speaker, f"{parts[-1].text} {text}")
        else:
            parts.append(Part(speaker, text))
    return parts


def _find_style(texts: Sequence[Sequence[str]]) -> _Style:
    arrows = any(_ARROWS.match(line) for lines in texts for line in lines)
    tags = [_find_tag(lines[0].lstrip("->–— ")) for lines in texts if lines]
    titles = Counter(tag.name for tag in tags if tag and not tag.sure)
    sure = arrows or any(tag and tag.sure for tag in tags)
    # one "Remember: ..." in the midst of a film would be the speaker of all that follows
    if titles.total() == 1 and not sure and not tags[0]:
        titles.clear()
    return _Style(frozenset(titles), arrows)


def _split_lines(
    lines: Sequence[str], style: _Style, current: str | None
) -> tuple[list[Part], str | None]:
    """RETURNS (tuple): The parts of a cue without voices, and who speaks at its end.
    current (str | None): Who spoke before it.
    """
    parts: list[tuple[str | None, list[str]]] = []
    dashed = sum(_DASH.match(line) is not None for line in lines) > 1
    before = ""
    for line in lines:
        for piece in _INNER_ARROWS.split(line) if style.arrows else [line]:
            mark = _ARROWS.match(piece) or (_DASH.match(piece) if dashed else None)
            rest = piece[mark.end() :] if mark else piece
            changes = mark is not None
            tag = _find_tag(rest)
            ended = bool(style.titles) and _SENTENCE_END.search(before) is not None
            if tag and (mark or tag.sure or tag.name in style.titles or ended):
                current, rest, changes = tag.name, tag.rest, True
            elif mark:
                current = None
            if changes or not parts:
                parts.append((current, []))
            parts[-1][1].append(rest)
            before = rest
    said = [Part(speaker, " ".join(filter(None, texts))) for speaker, texts in parts]
    return [part for part in said if part.text], current


def _find_tag(text: str) -> _Tag | None:
    """RETURNS (_Tag | None): The speaker that a line begins with."""
    found = _TAG.match(text)
    if not found:
        return None
    squared, rounded, bare, direction, colon, rest = found.groups()
    name = (squared or rounded or bare).strip()
    words = name.split()
    if not 0 < len(words) < 5 or name.casefold().rstrip(" #0123456789") in _NO_NAMES:
        return None
    numbered = _NUMBERED.fullmatch(name) is not None
    if not numbered and not _is_name(words):
        return None
    sure = numbered or not bare or name == name.upper()
    if rest and colon == ":" and not rest[0].isspace():
        # "NASA:s" is a word of Swedish, "http://" an address, "10:30" a time
        glued = rest[0].isupper() or rest[0] in "[(\"“'‘¿¡♪"
        if not (sure and glued):
            return None
    return _Tag(name, " ".join(filter(None, (direction, rest.strip()))), sure)


def _is_name(words: Sequence[str]) -> bool:
    """RETURNS (bool): Every word begins with a capital, save for counts and particles within."""
    last = len(words) - 1
    for place, word in enumerate(words):
        if _WORD.fullmatch(word) and word[0].isupper():
            continue
        if not place or not (_COUNT.fullmatch(word) or _PARTICLE.fullmatch(word)):
            return False
        if place == last and (word == "&" or _PARTICLE.fullmatch(word)):
            return False
    return True
