"""The one component class: joins a task with a backbone and writes what they say on Docs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import numpy
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch
from spacy.vocab import Vocab
from thinc.api import Model

from .. import extensions
from ..errors import AffectError, AffectWarning
from ..tasks.base import Task
from ..types import Cue, Scores, Unit
from .units import DOC, is_blank, units_in, validate_unit

#: What spaCy calls `[components.x.scorer]`; None leaves the component unscored.
Scorer = Callable[..., dict[str, Any]] | None


class Prediction(NamedTuple):
    """What one Doc gets: a record per unit, and all cues."""

    units: list[Unit]
    records: list[dict[str, Any]]
    cues: list[Cue] | None


class AffectPipe(TrainablePipe):
    """Predict one affect task for the units of a Doc.

    A component whose backbone has no weights, as all have for now, cannot be trained: `initialize`
    and `update` leave it as it is.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Unit], Scores],
        task: Task,
        name: str = "affect",
        *,
        unit: str = DOC,
        gold: str | None = None,
        scorer: Scorer = None,
        set_doc_sentiment: bool = False,
    ) -> None:
        """Join a task with a backbone.

        name (str): The instance, which names the value: `doc._.<name>`.
        unit (str): doc, sents, turns, or spans:<key>.
        gold (str | None): Whose gold to score against, if not the task's own.
        set_doc_sentiment (bool): Also write the Doc's value to spaCy's `doc.sentiment`.
        RAISES: AF002 or AF003 for a name that cannot be written, AF005 for an unknown unit, AF011
            or AF027 if the backbone does not fit the task, AF020 if the value is no single number.
        """
        super().__init__(vocab, model, name)
        self.task = task
        self.unit = validate_unit(unit)
        self.gold = gold or task.name
        self.scorer = scorer
        self.set_doc_sentiment = set_doc_sentiment
        if set_doc_sentiment and task.many:
            raise AffectError("AF020", task=task.name)
        self._columns = _columns(model, task)
        extensions.install(self.key)

    @property
    def key(self) -> str:
        """What values are written under. Read at call time: sourcing a component renames it."""
        return f"affect_{self.task.name}" if self.name == "affect" else self.name

    @property
    def is_trainable(self) -> bool:
        return False

    def __call__(self, doc: Doc) -> Doc:
        extensions.install(self.key)  # a spawned worker has unpickled us, not constructed
        return super().__call__(doc)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        extensions.install(self.key)
        limit = self.model.attrs.get("batch_size") or batch_size
        for docs in minibatch(stream, min(batch_size, limit)):
            yield from self._annotate(docs)

    def predict(self, docs: Iterable[Doc]) -> list[Prediction]:
        """Score the units of Docs without changing them.

        RETURNS (list[Prediction]): One per Doc. Blank units get a record without a value.
        """
        source = self.model.attrs.get("source") or self.model.name
        nothing = dict.fromkeys(self.model.attrs.get("details") or ())
        has_cues = "cues" in (self.model.attrs.get("provides") or [])
        units = [units_in(doc, self.unit, self.name) for doc in docs]
        scored = [unit for of_doc in units for unit in of_doc if not is_blank(unit)]
        records: Iterator[dict[str, Any]] = iter(())
        cues: Iterator[list[Cue]] = iter(())
        if scored:
            scores = self._fit(self.model.predict(scored), len(scored), source)
            records = iter(self.task.decode(scores, source))
            cues = iter(scores.cues or ())
        predictions = []
        for of_doc in units:
            found: list[Cue] = []
            of_units = []
            for unit in of_doc:
                if is_blank(unit):
                    of_units.append(self.task.record(None, source, nothing))
                    continue
                of_units.append(next(records))
                if has_cues:
                    found += next(cues)
            predictions.append(Prediction(of_doc, of_units, found if has_cues else None))
        return predictions

    def set_annotations(self, docs: Iterable[Doc], scores: list[Prediction]) -> None:
        """Write predictions; an earlier run's under the same name are replaced."""
        key = self.key
        for doc, (units, records, cues) in zip(docs, scores, strict=True):
            if self.unit == DOC:
                record = records[0]
                extensions.clear_units(doc, key)
            else:
                record = self._combine(units, records, cues)
                extensions.write_units(doc, key, units, records)
            value = record["value"]
            extensions.write(doc, key, value, record)
            if cues is not None:
                extensions.write_cues(doc, key, cues)
            if self.set_doc_sentiment and value is not None:
                doc.sentiment = value

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """RETURNS (dict): Metrics named `<name>_<metric>`; {} where the examples hold no gold."""
        if self.scorer is None:
            return {}
        return self.scorer(examples, task=self.task, key=self.key, gold=self.gold, unit=self.unit)

    def initialize(self, get_examples: Any, *, nlp: Any = None) -> None:
        """Leave the backbone as it is: it has nothing to learn."""

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """RETURNS (dict): The losses, with 0 for this component: it has nothing to learn."""
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        return losses

    def _annotate(self, docs: list[Doc]) -> Iterable[Doc]:
        """Score a batch; where that fails, Doc by Doc, so that only those at fault go to spaCy's
        error handler.
        """
        with suppress(Exception):
            self.set_annotations(docs, self.predict(docs))
            return docs
        return (doc for doc in docs if TrainablePipe.__call__(self, doc) is not None)

    def _combine(
        self, units: list[Unit], records: list[dict[str, Any]], cues: list[Cue] | None
    ) -> dict[str, Any]:
        source = self.model.attrs.get("source") or self.model.name
        how = f"{source}; {self.task.aggregate} over {len(units)} {self.unit}"
        record = self.task.combine(records, [len(unit) for unit in units], how, cues or ())
        for name in self.model.attrs.get("details") or ():
            record.setdefault(name, None)
        return record

    def _fit(self, scores: Any, n: int, source: str) -> Scores:
        """Check the backbone's output and take the columns that the task reads."""
        width = len(self.task.columns)
        shape = getattr(getattr(scores, "values", None), "shape", None)
        wanted = len(self.model.attrs.get("columns") or self.task.columns)
        if not isinstance(scores, Scores) or shape != (n, wanted):
            got = f"values of the shape {shape}" if shape else type(scores).__name__
            raise AffectError(
                "AF013", source=source, got=got, n=n, task=self.task.name, n_out=width
            )
        if self._columns is None:
            return scores
        values = numpy.asarray(scores.values)[:, self._columns]
        return Scores(values, scores.details, scores.cues)


def warn_language(lang: str, model: Model[Any, Any], name: str) -> None:
    """Warn if a backbone is made for other languages than the pipeline's; it still writes."""
    languages = model.attrs.get("languages") or []
    if languages and lang not in languages:
        message = (
            f"{name!r} uses {model.attrs.get('source')}, made for {', '.join(languages)}; this "
            f"pipeline's language is {lang!r}, so its scores may mean little."
        )
        warnings.warn(message, AffectWarning, stacklevel=3)


def _columns(model: Model[Any, Any], task: Task) -> list[int] | None:
    """RETURNS (list[int] | None): Which columns of the backbone the task reads; None: all."""
    source = model.attrs.get("source") or model.name
    for need in task.needs:
        if need not in (model.attrs.get("provides") or []):
            raise AffectError("AF011", model=source)
    offered = model.attrs.get("columns")
    if not offered or list(offered) == list(task.columns):
        return None
    missing = [column for column in task.columns if column not in offered]
    if missing:
        raise AffectError(
            "AF027",
            source=source,
            offered=", ".join(offered),
            task=task.name,
            missing=", ".join(missing),
        )
    return [offered.index(column) for column in task.columns]
