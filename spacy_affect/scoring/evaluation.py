"""Scoring a pipeline on corpora: which gold is for which component, and what was left out."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora.base import CorpusSource, Row
from ..corpora.gold import Gold
from ..corpora.reader import bare, locate, make_source, read, to_doc
from ..corpora.sources.docbin import DocBins
from ..errors import AffectError, AffectWarning
from ..extensions import records_of
from ..registry import REGISTRIES
from ..tasks.base import Task
from ..types import Record
from .bootstrap import Comparison, Estimate, compare, estimate
from .outcomes import Classes, LabelSets, Outcome, collect
from .scorers import iter_pairs

#: No published mapping, or a scheme or class that the source does not know.
_NOT_MAPPED = ("AF017", "AF018", "AF074")
#: How many labels a note names.
NAMED = 8

Pair = tuple[int, Gold, Record]


class Component(Protocol):
    """What evaluation needs to know of an affect component."""

    key: str
    task: Task
    gold: str
    unit: str


@dataclass(frozen=True)
class Options:
    """How to evaluate.

    split (str | None): The part of each corpus; None is all that is there.
    limit (int): Texts per corpus; 0 is no limit.
    n_boot (int): Resamples; 0 gives no intervals. seed (int): Of the resamples.
    skip_bad (bool): Leave malformed rows out, and count them in a note.
    """

    split: str | None = None
    limit: int = 0
    n_boot: int = 1000
    seed: int = 0
    batch_size: int = 128
    skip_bad: bool = False


@dataclass
class Scored:
    """A component on a corpus. compared (dict | None): Another pipeline's, by metric."""

    metrics: dict[str, Estimate]
    n_texts: int
    compared: dict[str, Comparison] | None = None


@dataclass
class Report:
    """scores (dict): Source -> component -> what it scored; empty where nothing could be.

    notes (list): What one has to know of these numbers.
    """

    scores: dict[str, dict[str, Scored]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Side:
    """A pipeline and those of its components that are scored."""

    nlp: Language
    components: Sequence[Component]


def evaluate(
    side: Side, sources: Sequence[str], options: Options, other: Side | None = None
) -> Report:
    """Score a pipeline on corpora, and compare another one with it over the same texts.

    sources (Sequence[str]): "SOURCE:PATH", or the path of a .spacy, .jsonl, .csv or .tsv file.
    RAISES: AF030, AF070 to AF076 for what cannot be read, AF082 for a source without a path.
    """
    report = Report()
    for name, given in zip(_short(sources), sources, strict=True):
        corpus = Corpus(given, options)
        found = _score(side, corpus, options, report.notes, name)
        report.scores[name] = found
        report.notes.extend(f"{name}: {message}" for message in corpus.warned)
        if corpus.mixed:
            report.notes.append(f"{name}: all of {corpus.mixed} was read; --split reads one part")
        if other is not None:
            match = _score(other, corpus, options, [], name)
            add_comparison(found, match, side, other, report.notes, name)
    return report


class Corpus:
    """The rows of one source, read once for each scheme that is asked for."""

    def __init__(self, given: str, options: Options) -> None:
        self._options = options
        self._name, self._path = _place(given)
        self._read: dict[str | None, list[Row]] = {}
        #: What reading warned of, in order and once, though each scheme is read by itself.
        self.warned: dict[str, None] = {}
        source = self._make(None)
        parts = list(source.splits) if self._path.is_dir() and options.split is None else []
        self.mixed = ", ".join(parts)
        self.rows = self._rows(None, source)
        #: Gold may be of parts of the texts.
        self.docs = isinstance(source, DocBins) or any(row.turns for row in self.rows)

    @property
    def own_scheme(self) -> str | None:
        """RETURNS (str | None): The scheme that the source has if not asked for another."""
        if self._name is None:
            return None
        parameters = inspect.signature(REGISTRIES["corpus"].get(self._name)).parameters
        return parameters["scheme"].default if "scheme" in parameters else None

    def rows_in(self, scheme: str) -> list[Row] | None:
        """RETURNS (list[Row] | None): In another scheme; None where nothing published maps it."""
        try:
            return self._rows(scheme, self._make(scheme))
        except AffectError as error:
            if error.code in _NOT_MAPPED:
                return None
            raise

    def references(self, nlp: Language) -> Iterator[Doc]:
        """YIELDS (Doc): With whatever units have gold; those of a .spacy file as they are."""
        source = self._make(None)
        if isinstance(source, DocBins):
            docs = source.docs(self._path, self._options.split, nlp.vocab)
            yield from islice(docs, self._options.limit or None)
        else:
            yield from (to_doc(nlp, row) for row in self.rows)

    def _make(self, scheme: str | None) -> CorpusSource:
        settings = {} if scheme is None else {"scheme": scheme}
        return make_source(self._name, self._path, settings)

    def _rows(self, scheme: str | None, source: CorpusSource) -> list[Row]:
        if scheme not in self._read:
            options = self._options
            rows = read(
                source, self._path, options.split, skip_bad=options.skip_bad, limit=options.limit
            )
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", AffectWarning)
                self._read[scheme] = list(rows)
            self.warned.update((str(warning.message), None) for warning in caught)
        return self._read[scheme]


def add_comparison(
    found: dict[str, Scored],
    match: dict[str, Scored],
    side: Side,
    other: Side,
    notes: list[str],
    name: str,
) -> None:
    """Compare components of the same name, or else the only two of the same task."""
    for component in side.components:
        twin = _twin(component, side, other)
        scored = found.get(component.key)
        theirs = None if twin is None else match.get(twin.key)
        if scored is None:
            continue
        if twin is None or theirs is None:
            notes.append(f"{name}: nothing to compare {component.key} with")
        elif twin.task.scheme.name != component.task.scheme.name:
            notes.append(f"{name}: {component.key} has another scheme there; not compared")
        else:
            scored.compared = compare(scored.metrics, theirs.metrics)


def _score(
    side: Side, corpus: Corpus, options: Options, notes: list[str], name: str
) -> dict[str, Scored]:
    pairs = _pairs_of_docs if corpus.docs else _pairs_of_rows
    scored = {}
    found = pairs(side, corpus, options, notes, name)
    for component in side.components:
        sorted_out = collect(_numbered(found[component.key]), component.task)
        outcomes = list(_usable(sorted_out, component, notes, name))
        if not outcomes:
            known = sorted({task for row in corpus.rows for gold in row.golds() for task in gold})
            has = f"it has: {', '.join(known)}" if known else "it has none"
            notes.append(f"{name}: no gold that {component.key} can be scored on; {has}")
            continue
        n_texts = len({text for text, *_ in found[component.key]})
        metrics = estimate(outcomes, n_texts, options.n_boot, options.seed)
        scored[component.key] = Scored(metrics, n_texts)
    return scored


def _numbered(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """YIELDS (Pair): With the texts counted from 0, those left out that have no gold: they are
    no part of what is resampled.
    """
    place: dict[int, int] = {}
    for text, gold, record in pairs:
        yield place.setdefault(text, len(place)), gold, record


def _usable(
    outcomes: Iterable[Outcome], component: Component, notes: list[str], name: str
) -> Iterator[Outcome]:
    """YIELDS (Outcome): Those with anything in common; says what is left out."""
    for outcome in outcomes:
        if isinstance(outcome, LabelSets) and outcome.left_out:
            kept, lost = _listed(outcome.labels), _listed(outcome.left_out)
            notes.append(f"{name}: {component.key} is scored on {kept}; it does not have {lost}")
        if isinstance(outcome, Classes) and outcome.unknown:
            if set(outcome.unknown) == set(outcome.labels):
                notes.append(f"{name}: {component.key} has none of {_listed(outcome.unknown)}")
                continue
            lost = _listed(outcome.unknown)
            notes.append(f"{name}: {component.key} cannot say {lost}, which counts as wrong")
        yield outcome


def _pairs_of_rows(
    side: Side, corpus: Corpus, options: Options, notes: list[str], name: str
) -> dict[str, list[Pair]]:
    """RETURNS (dict): Component -> its record of each row that has gold for it. The gold of a row
    is the whole text's, so it is compared with the Doc's value whatever the unit.
    """
    gold = {c.key: gold_for(c, corpus, notes, name) for c in side.components}
    pairs: dict[str, list[Pair]] = {c.key: [] for c in side.components}
    docs = side.nlp.pipe((row.text for row in corpus.rows), batch_size=options.batch_size)
    for i, doc in enumerate(docs):
        records = records_of(doc)
        for component in side.components:
            wanted = gold[component.key][i].gold.get(component.gold)
            if wanted is not None and component.key in records:
                pairs[component.key].append((i, wanted, records[component.key]))
    return pairs


def _pairs_of_docs(
    side: Side, corpus: Corpus, options: Options, notes: list[str], name: str
) -> dict[str, list[Pair]]:
    """RETURNS (dict): Component -> its records of the units that have gold for it."""
    nlp = side.nlp
    references = list(corpus.references(nlp))
    groups = {c.unit.removeprefix("spans:") for c in side.components} - {"doc", "sents"}
    given = [unlabelled(nlp, doc, groups) for doc in references]
    predicted = list(nlp.pipe(given, batch_size=options.batch_size))
    both = list(zip(references, predicted, strict=True))
    return {c.key: list(iter_pairs(both, c.key, c.gold, c.unit)) for c in side.components}


def unlabelled(nlp: Language, reference: Doc, groups: Iterable[str]) -> Doc:
    """RETURNS (Doc): The text alone, with the span groups that are units."""
    doc = bare(nlp, reference)
    for key in {*groups} & reference.spans.keys() - doc.spans.keys():
        spans = (
            doc.char_span(span.start_char, span.end_char, span.label, alignment_mode="expand")
            for span in reference.spans[key]
        )
        doc.spans[key] = [span for span in spans if span is not None]
    return doc


def gold_for(component: Component, corpus: Corpus, notes: list[str], name: str) -> list[Row]:
    """RETURNS (list[Row]): In the component's scheme where the source can be mapped to it."""
    wanted, own = component.task.scheme.name, corpus.own_scheme
    if own is None or own == wanted:
        return corpus.rows
    mapped = corpus.rows_in(wanted)
    if mapped is None or not any(component.gold in row.gold for row in mapped):
        return corpus.rows
    notes.append(f"{name}: the gold of {component.key} is mapped from {own} to {wanted}")
    return mapped


def _twin(component: Component, side: Side, other: Side) -> Component | None:
    same = [c for c in other.components if c.key == component.key]
    if not same:
        alike = [
            [c for c in s.components if c.task.name == component.task.name] for s in (side, other)
        ]
        same = alike[1] if len(alike[0]) == len(alike[1]) == 1 else []
    return same[0] if same else None


def _place(given: str) -> tuple[str | None, Path]:
    name, path = locate(given)
    bare = given.partition(":")[0]
    if name is None and bare in REGISTRIES["corpus"] and not path.exists():
        raise AffectError("AF082", name=bare)
    return name, path


def _short(sources: Sequence[str]) -> list[str]:
    """RETURNS (list[str]): A registered name where it names one of them only, else as given."""
    named: list[Any] = [locate(given)[0] for given in sources]
    return [
        name if name is not None and named.count(name) == 1 else given
        for name, given in zip(named, sources, strict=True)
    ]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
