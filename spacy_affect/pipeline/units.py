"""Units: which parts of a Doc get one prediction each."""

from __future__ import annotations

from spacy.tokens import Doc

from ..errors import AffectError, listing
from ..types import Unit

DOC, SENTS, TURNS = "doc", "sents", "turns"
SPANS = "spans:"


def validate_unit(unit: str) -> str:
    """RETURNS (str): The unit as given. RAISES: AF005 if it is none."""
    if unit in (DOC, SENTS, TURNS) or (unit.startswith(SPANS) and len(unit) > len(SPANS)):
        return unit
    raise AffectError("AF005", unit=unit)


def units_in(doc: Doc, unit: str, name: str) -> list[Unit]:
    """Find the units of a Doc.

    name (str): The component, for the error.
    RETURNS (list[Doc | Span]): In order of the text, or of the span group.
    RAISES: AF006 without sentence boundaries, AF007 without the span group.
    """
    if unit == DOC:
        return [doc]
    if not len(doc):
        return []
    if unit == SENTS:
        # one token is one sentence to spaCy, whether or not a component has said so
        if len(doc) > 1 and not doc.has_annotation("SENT_START"):
            raise AffectError("AF006", name=name)
        return list(doc.sents)
    key = TURNS if unit == TURNS else unit.removeprefix(SPANS)
    if key not in doc.spans:
        raise AffectError("AF007", name=name, unit=unit, key=key, present=listing(doc.spans))
    return list(doc.spans[key])


def is_blank(unit: Unit) -> bool:
    """RETURNS (bool): Nothing in it but white space."""
    # nearly always the first token answers; a generator over all would cost a µs per text
    return not len(unit) or (unit[0].is_space and all(token.is_space for token in unit))
