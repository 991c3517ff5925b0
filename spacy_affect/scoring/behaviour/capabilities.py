"""What the suite tests: capabilities with their templates, read from `suite.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...errors import AffectError
from ...labels import POLARITY

TABLE = "suite.toml"
KINDS = ("MFT", "INV", "DIR")
LABELS = POLARITY.labels
SLOT = re.compile(r"\{(\w+)\}")
#: `{pos_again}` is the word that `{pos}` got.
AGAIN = "_again"
#: How an invariance test makes its second text; or swap:SLOT.
CHANGES = ("typo", "tag")
SWAP = "swap:"
DIRECTIONS = {"up": 1, "down": -1}


@dataclass(frozen=True)
class Template:
    """A text with slots, or two of a DIR test.

    expect (frozenset): The labels of which the answer must be one; all of them where only the
        movement counts. direction (int): Where the second value may go: 1 up, -1 down, 0 nowhere.
    """

    texts: tuple[str, ...]
    expect: frozenset[str]
    direction: int = 0


@dataclass(frozen=True)
class Capability:
    """Something that a component should be able to do.

    kind (str): MFT, INV or DIR. about (str): What it is, in a line.
    change (str): How an INV test makes its second text: typo, tag, or swap:SLOT; else "".
    tolerance (float | None): How far the value may move (INV), or move the wrong way (DIR), on the
        scale from -1 to 1. CheckList takes 0.1 of a probability, a tenth of its scale: here that is
        0.2, for what garbles a text. Where another name stands, 0.1; another identity, 0.05.
    """

    name: str
    kind: str
    about: str
    templates: tuple[Template, ...]
    change: str = ""
    tolerance: float | None = None


@dataclass(frozen=True)
class Suite:
    """capabilities (dict): By name, in the order of the table. fill (dict): Words by slot."""

    capabilities: Mapping[str, Capability]
    fill: Mapping[str, tuple[str, ...]]


@cache
def load_suite() -> Suite:
    """RETURNS (Suite): The shipped one, read once per process."""
    return parse_suite(files(__package__).joinpath(TABLE).read_text(encoding="utf8"))


def parse_suite(text: str, path: str = TABLE) -> Suite:
    """RETURNS (Suite): Of a TOML text such as `suite.toml`. RAISES: AF142 if it is malformed."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AffectError("AF142", path=path, reason=f"no TOML ({error})") from None
    fill = {slot: tuple(cell.split("|")) for slot, cell in data.get("fill", {}).items()}
    found = {}
    for name, cells in data.get("capability", {}).items():
        fill.update({slot: tuple(cell.split("|")) for slot, cell in _own_words(cells)})
        try:
            found[name] = _capability(name, cells)
            _check_slots(found[name], fill)
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise AffectError("AF142", path=path, reason=f"{name}: {reason}") from None
    return Suite(found, fill)


def _own_words(cells: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """YIELDS (tuple): Slot and words that only one capability has."""
    known = ("kind", "about", "change")
    yield from ((k, cell) for k, cell in cells.items() if isinstance(cell, str) and k not in known)


def _capability(name: str, cells: Mapping[str, Any]) -> Capability:
    kind, change, tolerance = cells["kind"], cells.get("change", ""), cells.get("tolerance")
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, not one of: {', '.join(KINDS)}")
    if (kind == "INV") != bool(change) or (kind == "MFT") != (tolerance is None):
        raise ValueError("INV needs change and tolerance, DIR tolerance, MFT neither")
    if change and change not in CHANGES and not change.startswith(SWAP):
        raise ValueError(f"change is {change!r}, not one of: {', '.join((*CHANGES, SWAP))}SLOT")
    templates = tuple(found for group in cells["group"] for found in _templates(kind, group))
    if not templates:
        raise ValueError("no template")
    return Capability(name, kind, cells["about"], templates, change, tolerance)


def _templates(kind: str, group: Mapping[str, Any]) -> Iterator[Template]:
    given = group["expect"] if kind == "MFT" else group.get("expect", list(LABELS))
    expect = frozenset([given] if isinstance(given, str) else given)
    if not expect or not expect <= {*LABELS}:
        raise ValueError(f"expect is {given!r}, not among: {', '.join(LABELS)}")
    if kind != "DIR":
        yield from (Template((text,), expect) for text in group["texts"])
        return
    if group["to"] not in DIRECTIONS:
        raise ValueError(f"to is {group['to']!r}, not one of: {', '.join(DIRECTIONS)}")
    for first, second in group["pairs"]:
        yield Template((first, second), expect, DIRECTIONS[group["to"]])


def _check_slots(capability: Capability, fill: Mapping[str, tuple[str, ...]]) -> None:
    swapped = capability.change.removeprefix(SWAP) if capability.change not in CHANGES else ""
    for template in capability.templates:
        slots = [slot for text in template.texts for slot in SLOT.findall(text)]
        unknown = {slot for slot in slots if slot.removesuffix(AGAIN) not in fill}
        if unknown:
            raise ValueError(f"no words for the slot {min(unknown)!r}")
        if swapped and slots.count(swapped) != 1:
            raise ValueError(f"{template.texts[0]!r} must have {swapped!r} once")
