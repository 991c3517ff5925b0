"""The one component class: joins a task with a backbone and writes what they say on Docs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer, set_dropout_rate

from .. import extensions
from ..corpora.gold import Gold
from ..errors import AffectError
from ..models.heads import columns, predictions
from ..tasks.base import Task, validate_level
from ..types import Cue, Explanation, Scores, Unit
from . import learning
from .learning import gold_batches, gold_pairs
from .matching import check_scores, columns_of, fit_width, renew
from .units import DOC, Predictions, batches, blanks, task_units, validate_unit

if TYPE_CHECKING:
    from .calibrating import Calibration

#: What spaCy calls `[components.x.scorer]`; None leaves the component unscored.
Scorer = Callable[..., dict[str, Any]] | None
#: The share of texts whose interval or set holds the truth.
LEVEL = 0.9


class AffectPipe(TrainablePipe):
    """Predict one affect task for the units of a Doc.

    A component whose backbone is trainable learns from gold as `set_gold` writes it. One whose
    backbone has no weights is left as it is by `initialize` and `update`.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Unit], Any],
        task: Task,
        name: str = "affect",
        *,
        unit: str = DOC,
        gold: str | None = None,
        scorer: Scorer = None,
        set_doc_sentiment: bool = False,
        class_weights: str | dict[str, float] | None = None,
        cue_model: Model[list[Unit], Scores] | None = None,
        level: float = LEVEL,
    ) -> None:
        """Join a task with a backbone.

        name (str): The instance, which names the value: `doc._.<name>`.
        unit (str): doc, sents, turns, or spans:<key>.
        gold (str | None): Whose gold to learn from and to score against, if not the task's own.
        set_doc_sentiment (bool): Also write the Doc's value to spaCy's `doc.sentiment`.
        class_weights (str | dict | None): How much a text of a class, or a present label, counts in
            training: "balanced", "sqrt", or numbers by name.
        cue_model (Model | None): Finds cues where the backbone gives none.
        level (float): In (0, 1): how often intervals and sets hold the truth, once calibrated.
        RAISES: AF002 or AF003 for a name that cannot be written, AF005 for an unknown unit, AF010
            for a level outside of (0, 1), AF011 or AF027 if the backbone does not fit the task,
            AF020 if the value is no single number, AF091 if a shared encoder would see more than
            the unit.
        """
        super().__init__(vocab, model, name)
        self.task = task
        self._shared = learning.is_shared(model)
        self.unit = unit
        self.gold = gold or task.name
        self.scorer = scorer
        self.set_doc_sentiment = set_doc_sentiment
        if set_doc_sentiment and task.many:
            raise AffectError("AF020", task=task.name)
        self.class_weights = class_weights
        self.cue_model = cue_model
        self._learned = False
        self._calibration: Calibration | None = None
        self._columns = columns_of(model, task)
        if self.is_trainable:
            fit_width(model, task, name)
        self.level = level  # also takes what a backbone brings along
        self._install()

    @property
    def key(self) -> str:
        """What values are written under. Read at call time: sourcing a component renames it."""
        return f"affect_{self.task.name}" if self.name == "affect" else self.name

    @property
    def unit(self) -> str:
        """What gets one prediction: doc, sents, turns, or spans:<key>."""
        return self._unit

    @unit.setter
    def unit(self, unit: str) -> None:
        """RAISES: AF005 for an unknown unit, AF091 if a shared encoder would see more than it."""
        if self._shared and unit != DOC:
            raise AffectError("AF091", name=self.name, unit=unit)
        self._unit = validate_unit(unit)

    @property
    def level(self) -> float:
        """How often intervals and sets hold the truth, of a calibrated component."""
        return self._level

    @level.setter
    def level(self, level: float) -> None:
        """RAISES: AF010 for a level outside of (0, 1)."""
        self._level = validate_level(self.task.name, level)
        self._adopt()

    @property
    def is_trainable(self) -> bool:
        return bool(self.model.attrs.get("trainable"))

    def __call__(self, doc: Doc) -> Doc:
        self._install()
        return super().__call__(doc)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        self._install()
        size = min(batch_size, self.model.attrs.get("batch_size") or batch_size)
        for docs in batches(stream, size, self.model.attrs.get("batch_tokens")):
            yield from self._annotate(docs)
            del docs  # or they would be held until the next ones are there

    def predict(self, docs: Iterable[Doc]) -> Predictions:
        """Score the units of Docs without changing them.

        RETURNS (Predictions): In order of the Docs. Blank units get a record without a value.
        """
        docs = list(docs)
        if self.unit == DOC:
            return Predictions(*self._records(docs), [], [])
        units = [task_units(doc, self.unit, self.name, self.task) for doc in docs]
        records, cues = self._records([*chain(*units)])
        found = Predictions([], None if cues is None else [], units, [])
        end = 0
        for place, (doc, of_doc) in enumerate(zip(docs, units, strict=True)):
            start, end = end, end + len(of_doc)
            told = records[start:end]
            said = [*chain(*cues[start:end])] if cues else []
            if of_doc and of_doc[-1] is doc:  # has a score of its own
                *units[place], _ = of_doc
                *told, record = told
            else:
                record = self._combine(of_doc, told, said)
            found.records.append(record)
            found.below.append(told)
            if found.cues is not None:
                found.cues.append(said)
        return found

    def set_annotations(self, docs: Iterable[Doc], scores: Predictions) -> None:
        """Write predictions; an earlier run's under the same name are replaced."""
        key, docs = self.key, list(docs)
        extensions.write(docs, key, scores.records)
        if self.unit == DOC:
            extensions.clear_units(docs, key)
        for doc, units, records in zip(docs, scores.units, scores.below, strict=False):
            extensions.write_units(doc, key, units, records)
        for doc, cues in zip(docs, scores.cues or (), strict=False):
            extensions.write_cues(doc, key, cues)
        if self.set_doc_sentiment:
            for doc, record in zip(docs, scores.records, strict=True):
                if record["value"] is not None:
                    doc.sentiment = record["value"]

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """RETURNS (dict): Metrics named `<name>_<metric>`; {} where the examples hold no gold."""
        if self.scorer is None:
            return {}
        return self.scorer(examples, task=self.task, key=self.key, gold=self.gold, unit=self.unit)

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None
    ) -> None:
        """Set the model up for training: shapes, the mean of the gold, document frequencies.

        get_examples (Callable): All training examples; they are read once.
        RAISES: AF094 for class weights that name no class.
        """
        if not self.is_trainable:
            return
        validate_get_examples(get_examples, "AffectPipe.initialize")
        found = learning.survey(get_examples, self.task, self.gold, self.unit)
        if found.unknown or not found.n:
            example = next(iter(get_examples()))
            learning.warn_of(found, example, self.task, self.name, self.gold, self.unit)
            if not found.n:
                found = found._replace(sample=[example.predicted])
        learning.set_up(self.model, self.task, found, self.class_weights)
        self._adopt()

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch; one without gold for this task changes nothing.

        RETURNS (dict): The losses, with this component's added under its name.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        if not self.is_trainable:
            return losses
        examples = list(examples)
        validate_examples(examples, "AffectPipe.update")
        pairs = list(gold_pairs(examples, self.gold, self.unit))
        units = [unit for unit, _ in pairs]
        if not any(len(unit) for unit in units):
            return losses
        targets = learning.targets_of(self.task, [gold for _, gold in pairs])
        set_dropout_rate(self.model, drop)
        if numpy.isnan(targets).all():
            if self._shared:  # an encoder waits for every listener before it learns
                vectors, backprop = self.model.get_ref("encoder").begin_update(units)
                backprop([self.model.ops.alloc2f(*v.shape) for v in vectors])
            return losses
        golds = [gold for _, gold in pairs]
        losses[self.name] += learning.learn(self.model, self.task, units, golds, targets)
        self._learned = True
        if sgd is not None:
            self.finish_update(sgd)
        return losses

    def finish_update(self, sgd: Optimizer) -> None:
        """Take the step; none after a batch without gold, as momentum would still move weights."""
        if self._learned:
            super().finish_update(sgd)
        self._learned = False

    def get_loss(self, examples: Iterable[Example], scores: Any) -> tuple[float, Any]:
        """Compare raw outputs with gold.

        scores (Floats2d): (n_units, n_out), for the units of the examples that have gold.
        RETURNS (tuple[float, Floats2d]): The loss, and its gradient by the outputs.
        """
        golds = [gold for _, gold in gold_pairs(examples, self.gold, self.unit)]
        targets = learning.targets_of(self.task, golds)
        return learning.loss_of(self.model, self.task, scores, golds, targets)

    def fit_thresholds(self, examples: Iterable[Example]) -> dict[str, float]:
        """Choose by gold from which score on a label counts, and keep that with the model.

        examples (Iterable[Example]): Not those that the model was trained on.
        RETURNS (dict[str, float]): The new cut points; a `thresholds` setting goes before them.
        """
        golds: list[Gold] = []
        records: list[dict[str, Any]] = []
        for units, of_units in gold_batches(examples, self.gold, self.unit):
            golds += map(self.task.view, of_units)
            records += self.task.decode(self.scores(units), "")
        found = self.task.fit(golds, records)
        self.model.attrs["thresholds"] = {**self.model.attrs.get("thresholds", {}), **found}
        self._adopt()
        return found

    def calibrate(self, examples: Iterable[Example], level: float | None = None) -> dict[str, Any]:
        """Learn by gold how far scores can be trusted, and keep that with the model: then records
        hold calibrated probabilities, intervals and sets; emotions are cut at these probabilities.

        examples (Iterable[Example]): Not those of training, predicted by the components before.
        level (float | None): From now on; None leaves it. A config holds it as `level`.
        RETURNS (dict): What was learned; {} for too little gold, which leaves all as it was.
        """
        from .calibrating import fit

        self.level = self.level if level is None else level
        examples = list(examples)
        before, self._calibration = self._calibration, None
        found = fit(self.task, gold_batches(examples, self.gold, self.unit), self.scores)
        self._calibration = before
        if found:
            self.model.attrs["calibration"] = found
            self._adopt()
        if "presence" in found:
            self.fit_thresholds(examples)
        return found

    def explain(self, unit: Unit, label: str | None = None) -> Explanation:
        """Say what each token of a unit adds to its score: `doc._.affect.explain` leads here."""
        from .explaining import explain  # what it needs is slow to import, and seldom wanted

        return explain(self, unit, label)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> AffectPipe:
        """RETURNS (AffectPipe): Itself, with the weights and cut points of another."""
        super().from_bytes(bytes_data, exclude=tuple(exclude))
        return self._adopt()

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> AffectPipe:
        """RETURNS (AffectPipe): Itself, with the weights and cut points that were saved."""
        super().from_disk(path, exclude=tuple(exclude))
        return self._adopt()

    def _install(self) -> None:
        """Make what we write readable: also in a worker, which has unpickled and not made us."""
        extensions.install(self.key)
        extensions.offer(self.key, self)

    def _annotate(self, docs: list[Doc]) -> Iterable[Doc]:
        """Score a batch; where that fails, Doc by Doc, so that only those at fault go to spaCy's
        error handler.
        """
        with suppress(Exception):
            self.set_annotations(docs, self.predict(docs))
            return docs
        return (doc for doc in docs if TrainablePipe.__call__(self, doc) is not None)

    def _records(self, units: Sequence[Unit]) -> tuple[list[Any], list[list[Cue]] | None]:
        """RETURNS (tuple): A record for each unit, and its cues; None where nothing gives cues."""
        source = self.model.attrs.get("source") or self.model.name
        calibration = self._calibration
        blank = blanks(units)
        scored = [unit for i, unit in enumerate(units) if i not in blank] if blank else [*units]
        records: list[dict[str, Any]] = []
        cues: list[list[Cue]] = []
        if scored:
            scores = self.scores(scored)
            records = self.task.decode(scores, source)
            if calibration:
                calibration.tell(scores, records)
            cues = list(scores.cues or [[]] * len(scored))
        if blank:
            added = calibration.details if calibration else ()
            nothing = dict.fromkeys([*(self.model.attrs.get("details") or ()), *added])
            for i in blank:  # ascending, so that each lands where its unit stands
                records.insert(i, self.task.record(None, source, nothing))
                cues.insert(i, [])
        own = "cues" in (self.model.attrs.get("provides") or [])
        return records, cues if own or self.cue_model or self.task.cue_model else None

    def _combine(
        self, units: list[Unit], records: list[dict[str, Any]], cues: list[Cue]
    ) -> dict[str, Any]:
        source = self.model.attrs.get("source") or self.model.name
        how = f"{source}; {self.task.aggregate} over {len(units)} {self.unit}"
        record = self.task.combine(records, [len(unit) for unit in units], how, cues)
        for name in self.model.attrs.get("details") or ():
            record.setdefault(name, None)
        return self._calibration.pooled(record) if self._calibration else record

    def scores(self, units: list[Unit]) -> Scores:
        """Run the backbone, check what it gives, and read the columns or heads of the task.

        RETURNS (Scores): For units that are not blank.
        RAISES: AF013 for a backbone that gives something else, AF090 for one to be trained first.
        """
        source = self.model.attrs.get("source") or self.model.name
        if "trained" in self.model.attrs:
            scores = self.read(self.model.predict(units))
        elif self.is_trainable:
            raise AffectError("AF090", name=self.name)
        else:
            raw = self.model.predict(units)
            scores = check_scores(raw, len(units), source, self.model, self.task, self._columns)
            scores = self.calibrated(scores)
        if self.cue_model is not None and scores.cues is None:
            scores.cues = self.cue_model.predict(units).cues
        return scores

    def read(self, raw: Any) -> Scores:
        """RETURNS (Scores): What the task makes of a trainable backbone's raw outputs."""
        heads, flags = self.task.heads, self.model.attrs["trained"]
        trained = {head.name: flags[part] for head, part in columns(heads)}
        found = self.task.read(predictions(heads, self.model.ops.to_numpy(raw)), trained)
        return self.calibrated(found)

    def calibrated(self, scores: Scores) -> Scores:
        """RETURNS (Scores): With calibrated probabilities, where there is a calibration."""
        return self._calibration.scores(scores) if self._calibration else scores

    def _adopt(self) -> AffectPipe:
        """Take the cut points and the calibration that the model carries."""
        renew(self.model, self.task, self.name)
        self.task.adopt(self.model.attrs.get("thresholds", {}))
        found = self.model.attrs.get("calibration")
        self._calibration = None
        if found:
            from .calibrating import Calibration  # slow to import, and most models carry none

            self._calibration = Calibration(found, self.task, self.level)
        self.task.calibrated = self._calibration.columns if self._calibration else ()
        return self
