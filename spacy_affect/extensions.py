"""How values live on Docs: the extensions, the stored shapes, and the views that read them.

A value is `doc.user_data[("._.", <key>, None, None)]`, records are one dict
`{key: record dict}`, and units below the Doc are the span group `<key>.units`, whose attrs hold
the parallel lists `values`, `records`, `starts`, `ends` (character offsets, sorted). All of it is
plain data, so it survives pickle, `to_bytes` and DocBin.
"""

from __future__ import annotations

import keyword
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from weakref import WeakValueDictionary

from spacy.tokens import Doc, Span, SpanGroup
from spacy.vocab import Vocab

from .errors import AffectAttributeError, AffectError, listing
from .types import Cue, Explanation, Record, Value, plain

VIEW = "affect"
RECORDS = "affect_records"
PREFIX = "affect_"
UNITS = ".units"
#: Where spaCy keeps what `doc._.affect_records` gives.
_RECORDS_AT = ("._.", RECORDS, None, None)
#: What spaCy has on `doc._`, the view has on itself and `to_frame` has as a column; such a value
#: could be written but not read.
RESERVED = ("get", "has", "set", "items", "keys", "values", "to_dict", "explain", "text", "records")


def install(key: str) -> None:
    """Make `doc._.<key>`, `span._.<key>`, `doc._.affect` and `span._.affect` readable.

    key (str): The name that a component writes under.
    RAISES: AF002 if it cannot be an attribute, AF003 if somebody else's extension has the name.
    """
    short = key.removeprefix(PREFIX)
    plain_name = key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("_")
    if not plain_name or short in ("", VIEW, *RESERVED) or short.startswith("_"):
        raise AffectError("AF002", name=key, reserved=listing(RESERVED))
    _install(
        [
            (Doc, VIEW, {"getter": _doc_view}),
            (Span, VIEW, {"getter": _span_view}),
            (Doc, RECORDS, {"default": None}),
            (Doc, key, {"default": None}),
            (Span, key, {"getter": partial(unit_value, key=key)}),
        ]
    )


def attach(doc: Doc) -> Doc:
    """Make the values that are stored in a Doc readable, also those of custom instance names.

    Needed only for a Doc read from disk in a process that never made its pipeline; the built-in
    instance names are readable as soon as a pipeline of any kind exists.

    RETURNS (Doc): The same Doc.
    RAISES: AF003 if an extension that is not ours has one of the names.
    """
    in_groups = {
        key.removesuffix(UNITS)
        for key, group in doc.spans.items()
        if key.endswith(UNITS) and "records" in group.attrs
    }
    for key in _stored(doc).keys() | in_groups:
        install(key)
    return doc


def write(docs: Iterable[Doc], key: str, records: Iterable[dict[str, Any]]) -> None:
    """Store each Doc's own record and its value, replacing an earlier run's."""
    value_at = ("._.", key, None, None)
    for doc, record in zip(docs, records, strict=True):
        data = doc.user_data
        data[value_at] = record["value"]
        # A new dict: Doc.copy() shares the values of user_data with the copy.
        earlier = data.get(_RECORDS_AT)
        data[_RECORDS_AT] = {**earlier, key: record} if earlier else {key: record}


def write_units(
    doc: Doc, key: str, units: Sequence[Span], records: Sequence[dict[str, Any]]
) -> None:
    """Store one record per unit. units (Sequence[Span]): In the order of `records`."""
    order = sorted(range(len(units)), key=lambda i: (units[i].start_char, units[i].end_char))
    spans = [units[i] for i in order]
    attrs = {
        "values": [records[i]["value"] for i in order],
        "records": [records[i] for i in order],
        "starts": [span.start_char for span in spans],
        "ends": [span.end_char for span in spans],
    }
    doc.spans[key + UNITS] = SpanGroup(doc, name=key + UNITS, attrs=attrs, spans=spans)


def clear_units(docs: Iterable[Doc], key: str) -> None:
    """Drop what a run with another unit left."""
    group = key + UNITS
    for doc in docs:
        if group in doc.spans.data:  # asking the mapping itself costs ten times as much
            del doc.spans[group]


def write_cues(doc: Doc, key: str, cues: Sequence[Cue]) -> None:
    """Store cues as the span group `<key>`: labels are cue types, attrs["details"] is parallel."""
    if not cues:  # as most texts are
        doc.spans[key] = SpanGroup(doc, name=key, attrs={"details": []})
        return
    spans = [Span(doc, cue.start, cue.end, label=cue.label) for cue in cues]
    attrs = {"details": [cue.details for cue in cues]}
    doc.spans[key] = SpanGroup(doc, name=key, attrs=attrs, spans=spans)


def units_of(doc: Doc, key: str) -> Iterator[tuple[int, int, Record]]:
    """YIELDS (tuple): Start and end character and record of each unit that `key` scored."""
    attrs = _unit_attrs(doc, key)
    parts = (attrs.get(name) or () for name in ("starts", "ends", "records"))
    for start, end, record in zip(*parts, strict=False):
        yield start, end, Record.from_dict(record)


def unit_value(span: Span, key: str) -> Value | None:
    """RETURNS (Value | None): What `key` gave this very span, None for any other span."""
    return plain(_unit_item(span, key, "values"))


def records_of(doc: Doc) -> dict[str, Record]:
    """RETURNS (dict[str, Record]): By component instance, what was written on the Doc."""
    return {key: Record.from_dict(stored) for key, stored in _stored(doc).items()}


class Explainer(Protocol):
    """A component as `explain` needs it; it is forgotten when nothing else holds it."""

    vocab: Vocab

    def explain(self, unit: Any, label: str | None = None) -> Explanation: ...


#: By vocab and key, the component that last wrote there.
_EXPLAINERS: WeakValueDictionary[tuple[int, str], Explainer] = WeakValueDictionary()


def offer(key: str, component: Explainer) -> None:
    """Let `explain` find the component that writes a key on the Docs of its vocab."""
    _EXPLAINERS[id(component.vocab), key] = component


class AffectView(Mapping[str, Record]):
    """`doc._.affect` and `span._.affect`: records by name, a leading `affect_` dropped.

    A mapping whose items are attributes too. A name that is not there raises a KeyError, as an
    attribute an AttributeError (AF019), that lists those that are.
    """

    __slots__ = ("_records", "_unit")

    def __init__(self, records: dict[str, dict[str, Any]], unit: Doc | Span | None) -> None:
        self._records = records
        self._unit = unit

    def __reduce__(self) -> tuple[Any, ...]:
        return AffectView, (self._records, None)  # a Span cannot be pickled

    def __getitem__(self, name: str) -> Record:
        return Record.from_dict(self._records[self._key(name)])

    def __getattr__(self, name: str) -> Record:
        if name.startswith("_"):  # copy and pickle ask an object that has no records yet
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AffectAttributeError("AF019", name=name, present=listing(self)) from None

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(PREFIX) for key in self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        return f"<affect: {listing(self)}>"

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """RETURNS (dict): Every record as plain values, by name."""
        return {name: record.to_dict() for name, record in self.items()}

    def explain(self, name: str, label: str | None = None) -> Explanation:
        """Say what each token adds to a score; see `spacy_affect.pipeline.explaining`.

        name (str): The record. label (str | None): Which number of a value of many; None takes the
            record's label, as the best emotion; where none is present, the highest; and of a value
            without labels the first, of vad valence.
        RETURNS (Explanation): Contributions that sum to the score minus the baseline.
        RAISES: KeyError for an unknown record; AF100 if the component that wrote it is gone, AF101
            for an unknown label, AF102 for a Doc of which parts were scored.
        """
        key = self._key(name)
        vocab = (
            None if self._unit is None else self._unit.vocab
        )  # a copy of a view has no unit any more
        component = _EXPLAINERS.get((id(vocab), key))
        if component is None or component.vocab is not vocab:
            raise AffectError("AF100", name=name)
        return component.explain(self._unit, label)

    def _key(self, name: str) -> str:
        for key in (f"{PREFIX}{name}", name):
            if key in self._records:
                return key
        raise KeyError(str(AffectError("AF019", name=name, present=listing(self))))


def _doc_view(doc: Doc) -> AffectView:
    return AffectView(_stored(doc), doc)


def _span_view(span: Span) -> AffectView:
    keys = [name.removesuffix(UNITS) for name in span.doc.spans if name.endswith(UNITS)]
    found = {key: _unit_item(span, key, "records") for key in keys}
    return AffectView({key: record for key, record in found.items() if record is not None}, span)


def _stored(doc: Doc) -> dict[str, dict[str, Any]]:
    return doc.user_data.get(_RECORDS_AT) or {}


def _unit_attrs(doc: Doc, key: str) -> dict[str, Any]:
    # Only attrs: iterating a group raises E035 once a retokenisation has made its spans stale.
    group = doc.spans.get(key + UNITS)
    return {} if group is None else group.attrs


def _unit_item(span: Span, key: str, name: str) -> Any:
    attrs = _unit_attrs(span.doc, key)
    starts, ends, items = (attrs.get(part) or () for part in ("starts", "ends", name))
    start, end = span.start_char, span.end_char
    for i in range(bisect_left(starts, start), min(len(starts), len(ends), len(items))):
        if starts[i] != start:
            break
        if ends[i] == end:
            return items[i]
    return None


def _install(extensions: list[tuple[Any, str, dict[str, Any]]]) -> None:
    """Set all of them, or none: RAISES AF003 before anything is set."""
    missing = []
    for kind, name, wanted in extensions:
        if not kind.has_extension(name):
            missing.append((kind, name, wanted))
        elif not _same(kind.get_extension(name), wanted):
            raise AffectError("AF003", name=name)
    for kind, name, wanted in missing:
        kind.set_extension(name, **wanted)


def _same(found: tuple[Any, ...], wanted: dict[str, Any]) -> bool:
    default, method, getter, setter = found
    if method is not None or setter is not None or default != wanted.get("default"):
        return False
    ours = wanted.get("getter")
    # partials never compare equal; their parts do, also after a spawned worker unpickled them
    return getter == ours or (
        isinstance(getter, partial)
        and isinstance(ours, partial)
        and (getter.func, getter.keywords) == (ours.func, ours.keywords)
    )
