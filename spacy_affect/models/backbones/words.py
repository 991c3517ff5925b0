"""What backbones read of units: the hashes of their words, read once for all components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import call, is_
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy
from numpy.typing import NDArray
from spacy.attrs import LOWER, ORTH
from spacy.tokens import Doc

from ...types import Unit

Hashes = NDArray[numpy.uint64]

#: For `model.attrs`: the most Docs of a batch, and about how many tokens. Numpy, and what it reads,
#: has to come into the processor's cache again after each batch has been tokenised; long texts
#: still have to fit into memory.
BATCH = {"batch_size": 384, "batch_tokens": 16_000}


@dataclass(slots=True, weakref_slot=True, eq=False)
class Words:
    """The words of a batch of units, one unit after the other.

    orths, lowers (Hashes): Per token the hash of its form, and of that in lower case.
    lengths (list[int]): How many tokens each unit has.
    docs (tuple[ref, ...]): The Docs that were read, if it was whole Docs.
    """

    orths: Hashes
    lowers: Hashes
    lengths: list[int]
    docs: tuple[Any, ...]

    def of(self, units: Sequence[Unit]) -> bool:
        """RETURNS (bool): Whether it is just these Docs that were read. One that was merged or
        split since has another length; looking at all its tokens again would cost as much as the
        rest of a component.
        """
        return self.lengths == [*map(len, units)] and all(map(is_, map(call, self.docs), units))


#: By the first of its Docs, what was read last.
_READ: WeakKeyDictionary[Doc, Words] = WeakKeyDictionary()


def read(units: Sequence[Unit]) -> Words:
    """RETURNS (Words): Several components that see the same Docs one after the other share it: it
    is held as long as the first of the Docs lives.
    """
    whole = bool(units) and all(isinstance(unit, Doc) for unit in units)
    known = _READ.get(units[0]) if whole else None
    if known is not None and known.of(units):
        return known
    arrays = []
    doc: Doc | None = None
    for unit in units:
        if isinstance(unit, Doc):
            arrays.append(unit.to_array([ORTH, LOWER]))
            continue
        if unit.doc is not doc:  # spans of a Doc follow each other, and share its array
            doc = unit.doc
            of_doc = doc.to_array([ORTH, LOWER])
        arrays.append(of_doc[unit.start : unit.end])
    words = numpy.concatenate(arrays) if arrays else numpy.empty((0, 2), "uint64")
    orths, lowers = numpy.ascontiguousarray(words.T)
    found = Words(orths, lowers, [*map(len, arrays)], tuple(map(ref, units)) if whole else ())
    if whole:
        _READ[units[0]] = found
    return found
