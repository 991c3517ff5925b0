"""The fourteen tasks of the affective evaluation benchmark (Liu et al. 2024, EmoLLMs,
arXiv:2401.08508): five of SemEval-2018 task 1, and nine that no component was trained for.

Components give values, not the tasks' own classes; each is turned into these by a plain rule that
was fixed beforehand: valence in [-1, 1] is cut into equal steps or rounded, intensity in [0, 1] is
rounded. A text without a prediction counts as 0.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy

from ..errors import AffectError
from ..extensions import records_of
from ..labels import EC11, EKMAN, SEMEVAL4, map_label
from ..types import Record
from .aeb_rows import EMOBANK, SENTIMENT, TASKS, SuiteRow, read_rows
from .bootstrap import estimate
from .evaluation import Component, Options, Report, Scored, Side, add_comparison
from .metrics import indicators
from .outcomes import Classes, LabelSets, Measured, Numbers, Outcome, Rows
from .weighted import Floats

#: Valence from -1/3 to 1/3 is neutral where a component names no class: equal thirds.
THIRD = 1 / 3
#: EI-oc has the classes 0 to 3, V-oc -3 to 3.
STEPS = 3
_REGRESSION = {"pearson": "pearson", "pearson_high": "pearson_high"}
# With squared distances between numbers, kappa is the concordance (Fleiss and Cohen 1973).
_ORDINAL = {"pearson": "pearson", "quadratic_kappa": "ccc"}


@dataclass
class Chosen:
    """Those metrics of an outcome that a task is measured by.

    names (Mapping[str, str]): Our name -> the outcome's. each (bool): The first of them also per
        label, as `<metric>_<label>`.
    """

    outcome: Outcome
    names: Mapping[str, str]
    each: bool = False

    @property
    def main(self) -> str:
        return next(iter(self.names))

    def measure(self, weights: Floats) -> Measured:
        found = self.outcome.measure(weights)
        chosen = {name: found[theirs] for name, theirs in self.names.items() if theirs in found}
        if self.each:
            for label, measured in self.per_label(weights).items():
                chosen[f"{self.main}_{label}"] = measured[self.names[self.main]]
        return chosen

    def per_label(self, weights: Floats) -> dict[str, Measured]:
        return self.outcome.per_label(weights)


class Answer(NamedTuple):
    """A row, what a component says of its text, and the text's place among those of the task."""

    row: SuiteRow
    record: Record
    place: int


@dataclass(frozen=True)
class SuiteTask:
    """How a task of the benchmark is scored.

    needs (str): What a component must be, in words.
    fits (Callable): component -> can it take part?
    judge (Callable): answers, component -> what is measured; None if none has gold that the
        component can be scored on.
    """

    needs: str
    fits: Callable[[Component], bool]
    judge: Callable[[Sequence[Answer], Component], Chosen | None]


def evaluate(side: Side, folder: Path, options: Options, other: Side | None = None) -> Report:
    """Run the benchmark.

    folder (Path): Holds .jsonl files of rows {task, text, gold, emotion?, dimension?, source?}.
    RETURNS (Report): Task -> component -> metrics, {} for a task without input or component;
        notes say which these are, and which rows have no task of the benchmark.
    RAISES: AF030 for a folder that cannot be read, AF084 for one without rows, AF085 for a
        malformed row unless `skip_bad`.
    """
    report = Report()
    rows = read_rows(folder, options.skip_bad, report.notes)
    if options.limit:
        rows = _first(rows, options.limit)
    by_task: dict[str, list[SuiteRow]] = defaultdict(list)
    for row in rows:
        by_task[row.task].append(row)
    sides = [side] if other is None else [side, other]
    records = [_predict(each, rows, options.batch_size) for each in sides]
    for name in TASKS:
        report.scores[name] = found = {}
        if not by_task[name]:
            report.notes.append(f"{name}: missing, {folder} holds no row of it")
            continue
        scored = [
            _score(name, by_task[name], each, said, options)
            for each, said in zip(sides, records, strict=True)
        ]
        found.update(scored[0])
        if not found:
            report.notes.append(f"{name}: missing, it needs {TESTS[name].needs}")
        elif other is not None:
            add_comparison(found, scored[1], side, other, report.notes, name)
    return report


def _first(rows: Sequence[SuiteRow], limit: int) -> list[SuiteRow]:
    """RETURNS (list[SuiteRow]): The first so many of each task."""
    met: Counter[str] = Counter()
    kept = []
    for row in rows:
        met[row.task] += 1
        if met[row.task] <= limit:
            kept.append(row)
    return kept


def _predict(side: Side, rows: Sequence[SuiteRow], batch_size: int) -> dict[str, dict[str, Record]]:
    """RETURNS (dict): Text -> component -> record. Equal texts are scored once."""
    texts = list(dict.fromkeys(row.text for row in rows))
    docs = side.nlp.pipe(texts, batch_size=batch_size)
    return {text: records_of(doc) for text, doc in zip(texts, docs, strict=True)}


def _score(
    name: str,
    rows: Sequence[SuiteRow],
    side: Side,
    said: Mapping[str, Mapping[str, Record]],
    options: Options,
) -> dict[str, Scored]:
    test = TESTS[name]
    places = {text: i for i, text in enumerate(dict.fromkeys(row.text for row in rows))}
    found = {}
    for component in side.components:
        if not test.fits(component):
            continue
        answers = [
            Answer(row, said[row.text].get(component.key, Record()), places[row.text])
            for row in rows
        ]
        chosen = test.judge(answers, component)
        if chosen is not None:
            metrics = estimate([chosen], len(places), options.n_boot, options.seed)
            found[component.key] = Scored(metrics, len(places))
    return found


# ---- What components say ----


def valence(record: Record) -> float:
    """RETURNS (float): In [-1, 1]: the value of polarity, or the valence among several."""
    value = record.value
    if isinstance(value, dict):
        return float(value.get("valence", 0.0))
    return 0.0 if value is None else float(value)


def intensity(record: Record, emotion: str) -> float:
    """RETURNS (float): In [0, 1]."""
    return float(record.value.get(emotion, 0.0)) if isinstance(record.value, dict) else 0.0


def rounded(number: float) -> float:
    """RETURNS (float): The nearest of the steps -3 to 3 (0 to 3 for an intensity); halves go up."""
    return float(math.floor(STEPS * number + 0.5))


def fifth(number: float) -> str:
    """RETURNS (str): 0 to 4, equal fifths of [-1, 1], each from its lower edge on."""
    return str(min(4, math.floor((number + 1.0) / 2.0 * 5.0)))


def three_way(record: Record) -> str:
    """RETURNS (str): The class that polarity names; of a valence alone the third it lies in."""
    if record.label in SENTIMENT:
        return record.label
    number = valence(record)
    return SENTIMENT[0 if number < -THIRD else 2 if number > THIRD else 1]


# ---- Which component a task needs ----


def _has_valence(component: Component) -> bool:
    task = component.task
    return task.name == "polarity" or (task.name == "vad" and "valence" in task.scheme.labels)


def _has_emotions(component: Component) -> bool:
    return component.task.name == "emotion" and set(SEMEVAL4.labels) <= {
        *component.task.scheme.labels
    }


def _has_ec11(component: Component) -> bool:
    return component.task.name == "emotion" and {*component.task.scheme.labels} >= {*EC11.labels}


def _maps_to_ekman(component: Component) -> bool:
    if component.task.name != "emotion":
        return False
    try:
        map_label(component.task.scheme.name, EKMAN.name, component.task.scheme.labels[0])
    except AffectError:
        return False
    return True


# ---- Judging ----


def _by_emotion(answers: Sequence[Answer], said: Callable[[float], float], high: bool) -> Numbers:
    columns = defaultdict(list)
    for row, record, place in answers:
        columns[row.part].append((place, row.gold, said(intensity(record, row.part))))
    return _numbers(columns, high)


def _by_valence(
    answers: Sequence[Answer], said: Callable[[float], float] = float, high: bool = False
) -> Numbers:
    column = [(place, row.gold, said(valence(record))) for row, record, place in answers]
    return _numbers({"": column}, high)


def _numbers(columns: Mapping[str, list[tuple[int, float, float]]], high: bool) -> Numbers:
    arrays = {label: numpy.array(rows, dtype="float64").T for label, rows in columns.items()}
    return Numbers({label: (a[0].astype(int), a[1], a[2]) for label, a in arrays.items()}, high)


def _ei_reg(answers: Sequence[Answer], _: Component) -> Chosen:
    return Chosen(_by_emotion(answers, float, high=True), _REGRESSION, each=True)


def _ei_oc(answers: Sequence[Answer], _: Component) -> Chosen:
    return Chosen(_by_emotion(answers, rounded, high=False), _ORDINAL, each=True)


def _v_reg(answers: Sequence[Answer], _: Component) -> Chosen:
    return Chosen(_by_valence(answers, high=True), _REGRESSION)


def _v_oc(answers: Sequence[Answer], _: Component) -> Chosen:
    return Chosen(_by_valence(answers, rounded), _ORDINAL)


def _correlation(answers: Sequence[Answer], _: Component) -> Chosen:
    return Chosen(_by_valence(answers), {"pearson": "pearson"})


def _emobank(answers: Sequence[Answer], component: Component) -> Chosen | None:
    columns = defaultdict(list)
    given = component.task.scheme.labels if component.task.many else ("valence",)
    for row, record, place in answers:
        for dimension, number in row.gold.items():
            if dimension in given:
                value = valence(record) if dimension == "valence" else intensity(record, dimension)
                columns[dimension].append((place, number, value))
    ordered = {name: columns[name] for name in EMOBANK if columns[name]}
    return Chosen(_numbers(ordered, False), {"pearson": "pearson"}, each=True) if ordered else None


def _sst5(answers: Sequence[Answer], _: Component) -> Chosen:
    pred = [fifth(valence(answer.record)) for answer in answers]
    return _classes(answers, pred, ("macro_f1", "accuracy"))


def _tdt(answers: Sequence[Answer], _: Component) -> Chosen:
    pred = [three_way(answer.record) for answer in answers]
    return _classes(answers, pred, ("macro_f1", "average_recall", "accuracy"))


def _classes(answers: Sequence[Answer], pred: Sequence[str], names: Sequence[str]) -> Chosen:
    gold = [answer.row.gold for answer in answers]
    return Chosen(Classes(_places(answers), gold, pred), {name: name for name in names})


def _e_c(answers: Sequence[Answer], _: Component) -> Chosen:
    pred = [{*answer.record.labels} for answer in answers]
    return _sets(answers, pred, EC11.labels, ("jaccard", "micro_f1", "macro_f1"))


def _goemotions(answers: Sequence[Answer], component: Component) -> Chosen:
    """Neutral, where the gold names it, is a class like the others: no emotion is present."""
    scheme, neutral = component.task.scheme, EKMAN.absent or ""
    table = {label: map_label(scheme.name, EKMAN.name, label) for label in scheme.labels}
    pred = []
    for answer in answers:
        found = {new for label in answer.record.labels for new in table.get(label, ())}
        pred.append(found or {neutral})
    named = any(neutral in answer.row.gold for answer in answers)
    labels = (*EKMAN.labels, neutral) if named else EKMAN.labels
    return _sets(answers, pred, labels, ("macro_f1", "micro_f1", "jaccard"))


def _sets(
    answers: Sequence[Answer],
    pred: Sequence[set[str]],
    labels: Sequence[str],
    names: Sequence[str],
) -> Chosen:
    gold = indicators([answer.row.gold for answer in answers], labels)
    unknown = numpy.full(gold.shape, numpy.nan)
    sets = LabelSets(_places(answers), tuple(labels), gold, indicators(pred, labels), unknown)
    return Chosen(sets, {name: name for name in names})


def _places(answers: Sequence[Answer]) -> Rows:
    return numpy.array([answer.place for answer in answers])


_VALENCE = "affect_polarity, or affect_vad for its valence"
_SNIPPETS = SuiteTask(_VALENCE, _has_valence, _correlation)
TESTS: dict[str, SuiteTask] = {
    "EI-reg": SuiteTask("affect_emotion with anger, fear, joy, sadness", _has_emotions, _ei_reg),
    "EI-oc": SuiteTask("affect_emotion with anger, fear, joy, sadness", _has_emotions, _ei_oc),
    "V-reg": SuiteTask(_VALENCE, _has_valence, _v_reg),
    "V-oc": SuiteTask(_VALENCE, _has_valence, _v_oc),
    "E-c": SuiteTask("affect_emotion with the scheme ec11", _has_ec11, _e_c),
    "product": _SNIPPETS,
    "film": _SNIPPETS,
    "news": _SNIPPETS,
    "tweet": _SNIPPETS,
    "EmoBank": SuiteTask(
        "affect_vad, or affect_polarity for valence alone", _has_valence, _emobank
    ),
    "SST": _SNIPPETS,
    "SST-5": SuiteTask(_VALENCE, _has_valence, _sst5),
    "TDT": SuiteTask(_VALENCE, _has_valence, _tdt),
    "GoEmotions": SuiteTask(
        "affect_emotion in a scheme mapped to ekman", _maps_to_ekman, _goemotions
    ),
}
