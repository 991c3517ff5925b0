"""The conformance kit: what tasks, backbones and components must keep, ours and yours alike.

    def test_conformance():
        check_task("politeness")
        check_backbone({"@affect_backbones": "politeness"}, "politeness")
        check_component("affect", {"task": "politeness"})

It needs no test framework: the first broken expectation raises an AssertionError that says what
was checked, what was expected and what came. Most of them are complaints about other libraries.
"""

from __future__ import annotations

import json
import math
import pickle
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.util import load_model_from_config, registry
from thinc.api import Model

from .errors import AffectError
from .extensions import UNITS, records_of, units_of
from .pipeline.factories import make_task
from .tasks.base import Task
from .types import RECORD_FIELDS, Scores

TEXTS = (
    "I love the plan, but honestly I'm not sure I can... um, keep it up.",
    "This is the worst, most disgusting service I have ever seen!",
    "Could you please send me the report? Thank you so much.",
    "She laughed, then cried. Was it joy or fear? Maybe both!",
)
ODD = {
    "empty": "",
    "blank": " \n\t  \n",
    "one-token": "good",
    "emoji": "😡👎🏽 love 👩‍👩‍👧‍👦❤️ :-) \U0001f680",
    "right-to-left": "أحب الخطة، لكنني خائف. אני אוהב את זה! \u202elove\u202c",
    "control-character": "good\x00\x1b[31m bad\ufeff\u200b.",
    "5,000-token": "I like it, but well . " * 714 + "the end",
}


def check_task(task_or_name: Task | str, **settings: Any) -> None:
    """Check a task by itself: declarations, pickling, and how it turns scores into records.

    task_or_name (Task | str): A task, or the name of a registered one, made with `settings`.
    """
    task = task_or_name if isinstance(task_or_name, Task) else make_task(task_or_name, **settings)
    who, n = f"task {task.name!r}", len(task.columns)
    _check(f"affect_{task.name}".isidentifier(), who, "a name for an attribute", task.name)
    _check(len({*task.columns}) == n, who, "no label twice", task.columns)
    _check(task.low < task.high, who, "low < high", (task.low, task.high))
    rows = [[number] * n for number in numpy.linspace(task.low, task.high, 11).tolist()]

    def decode(task: Task, *rows: list[float]) -> list[dict[str, Any]]:
        return task.decode(Scores(numpy.asarray(rows)), "kit")

    records, [nothing] = decode(task, *rows), decode(task, [math.nan] * n)
    for record in records:
        _check_record(record, task, who)
    _equal([decode(task, row)[0] for row in rows], records, who, "the same alone as in a batch")
    with _telling(who, "a pickled copy that decodes alike"):
        _equal(decode(pickle.loads(pickle.dumps(task)), *rows), records, who, "the same if pickled")
    for number in (task.low - 0.1, task.high + 0.1, math.inf):
        with suppress(AffectError):
            _check(False, who, f"an AffectError for {number}", decode(task, [number] * n))
    for record in (nothing, task.combine([nothing] * 2, [3, 4], "kit")):
        _check_record(record, task, f"{who}, given NaN", nothing=True)
    _check_record(task.combine([records[2], nothing], [1, 5], "kit"), task, f"{who}, combined")


def check_backbone(
    model_or_block: Model[Any, Scores] | Mapping[str, Any],
    task: Task | str,
    *,
    lang: str = "en",
    texts: Sequence[str] = TEXTS,
    tolerance: float = 0.0,
) -> None:
    """Check a backbone by itself: shapes, range, copies, and no influence between neighbours.

    model_or_block (Model | dict): A thinc model, or the config block that makes one.
    task (Task | str): A task that it serves.
    tolerance (float): How far a number may differ in a batch; 1e-5 is fair for neural backbones.
    """
    task, model = task if isinstance(task, Task) else make_task(task), model_or_block
    if not isinstance(model, Model):
        model = registry.resolve({"model": dict(model)})["model"]
    who = f"backbone {model.name!r} on task {task.name!r}"
    offered = model.attrs.get("columns") or task.columns
    _check({*task.columns} <= {*offered}, who, f"the columns {task.columns}", offered)
    chosen = [*texts, *(text for text in ODD.values() if 0 < len(text.strip()) < 1000)]
    docs = [spacy.blank(lang)(text) for text in chosen]
    units = [*docs, *(doc[1 : len(doc) - 1] for doc in docs if len(doc) > 3)]
    before = [_traces(doc) for doc in docs]
    alone = [_scored(model, [unit], offered, who)[0] for unit in units]
    _equal([_traces(doc) for doc in docs], before, who, "no Doc changed by predicting")
    for row, _, _ in alone:
        read = [x for name, x in zip(offered, row, strict=True) if name in task.columns]
        fits = all(x is None or task.low <= x <= task.high for x in read)
        _check(fits, who, f"numbers in [{task.low}, {task.high}]", row)
    told = "cues" in (model.attrs.get("provides") or []) or not any(cues for *_, cues in alone)
    _check(told, who, 'attrs["provides"] to hold "cues", since there are some', dict(model.attrs))
    for order, size in _batches(len(units)):
        batches = [[units[i] for i in order[k : k + size]] for k in range(0, len(order), size)]
        found = [row for batch in batches for row in _scored(model, batch, offered, who)]
        _equal(found, [alone[i] for i in order], who, f"the same in batches of {size}", tolerance)
    with _telling(who, "copies by pickle and to_bytes that score alike"):
        for copy in (pickle.loads(pickle.dumps(model)), model.copy().from_bytes(model.to_bytes())):
            found = [_scored(copy, [unit], offered, who)[0] for unit in units]
            _equal(found, alone, who, "the same of a copy", tolerance)


def check_component(
    factory: str,
    config: Mapping[str, Any] | None = None,
    *,
    lang: str = "en",
    before: Sequence[str | Callable[[Language], Any]] = (),
    texts: Sequence[str] = TEXTS,
    tolerance: float = 0.0,
) -> None:
    """Check a component in pipelines: all of `CHECKS`, the last one in a fresh process (seconds),
    for which the distribution must be installed, `pip install -e .` for instance.

    factory (str): What `nlp.add_pipe` takes. config (Mapping | None): Its config, as JSON has it.
    before (Sequence): Pipes to add first: names, or functions that take the pipeline and add some.
    texts (Sequence[str]): What to score; at least one must get a value.
    """
    case = Case(factory, dict(config or {}), lang, tuple(before), tuple(texts), tolerance)
    for check in CHECKS:
        with _telling(case, check.__doc__):
            check(case)


@dataclass
class Case:
    """One component under test."""

    factory: str
    config: dict[str, Any]
    lang: str = "en"
    before: tuple[Any, ...] = ()
    texts: tuple[str, ...] = TEXTS
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        self.nlp = self.make(self.factory)
        self.task: Task = self.nlp.get_pipe(self.factory).task

    def __str__(self) -> str:
        return f"component {self.factory!r} with {self.config}"

    def make(self, *names: str) -> Language:
        nlp = spacy.blank(self.lang)
        for pipe in self.before:
            nlp.add_pipe(pipe) if isinstance(pipe, str) else pipe(nlp)
        for name in names:
            nlp.add_pipe(self.factory, name=name, config=self.config)
        return nlp

    @cached_property
    def alone(self) -> list[dict[str, Any]]:
        return self.read([self.nlp(text) for text in self.texts])

    def key(self, name: str) -> str:
        return f"affect_{self.task.name}" if name == "affect" else name

    def read(self, docs: Iterable[Doc], name: str = "") -> list[dict[str, Any]]:
        return [snapshot(doc, self.key(name or self.factory)) for doc in docs]

    def same(self, found: Any, expected: str, wanted: Any = ...) -> None:
        wanted = self.alone if wanted is ... else wanted
        _equal(found, wanted, self, f"the same {expected}", self.tolerance)


def snapshot(doc: Doc, key: str) -> dict[str, Any]:
    """RETURNS (dict): All that an instance wrote on a Doc, as plain values that compare."""
    record, cues = records_of(doc).get(key), doc.spans.get(key, [])
    return {
        "value": doc._.get(key),
        "record": record and record.to_dict(),
        "units": [[start, end, unit.to_dict()] for start, end, unit in units_of(doc, key)],
        "unit values": [span._.get(key) for span in doc.spans.get(key + UNITS, [])],
        "cues": [[span.start, span.end, span.label_] for span in cues],
        "details": cues.attrs.get("details") if cues else [],
    }


def keeps_its_range(case: Case) -> None:
    """Values lie in the task's range, records are whole and plain; some text gets a value."""
    for result in case.alone:
        records = [record for *_, record in result["units"]]
        case.same([r["value"] for r in records], "on span._ of each unit", result["unit values"])
        case.same(result["record"]["value"], "on doc._ and in the record", result["value"])
        for record in [result["record"], *records]:
            _check_record(record, case.task, case)
    _check(any(r["value"] is not None for r in case.alone), case, "a value for some text", None)


def takes_any_text(case: Case) -> None:
    """Odd texts never raise; empty and blank ones get None, in a batch as alone."""
    found = case.read(case.nlp.pipe(ODD.values()))
    for (what, text), result in zip(ODD.items(), found, strict=True):
        _check_record(result["record"], case.task, f"{case}, {what}", nothing=not text.strip())
        case.same(result["value"], "on doc._ and in the record", result["record"]["value"])
    case.same(found, "in a batch as alone", case.read(map(case.nlp, ODD.values())))


def writes_what_it_declares(case: Case) -> None:
    """It writes the extensions of its `assigns`, under the instance's name, and nothing else."""
    names = [case.factory, f"{case.factory}_second"]
    nlp = case.make(*names)
    for name in names:
        key, declared = case.key(name), nlp.get_pipe_meta(name).assigns
        attrs = [attr[6:] for attr in declared if attr.startswith("doc._.")]
        wanted = {key if attr == case.factory else attr for attr in attrs}
        groups = {key + UNITS, key} if "doc.spans" in declared else {key + UNITS}
        for text in case.texts:
            doc = nlp(text, disable=names)
            old, new = _traces(doc), _traces(nlp.get_pipe(name)(doc))
            found = new.pop("extensions") - old.pop("extensions")
            _check(found == wanted, case, f"the declared extensions {wanted}", found)
            found = new.pop("spans") - old.pop("spans") - groups
            _check(not found, case, f"no undeclared span group (assigns={declared})", found)
            case.same(new, "Doc in all else", old)


def never_depends_on_its_batch(case: Case) -> None:
    """A text gets the same alone, in nlp.pipe with any neighbours, and when scored again."""
    for order, size in _batches(len(case.texts)):
        docs = case.nlp.pipe([case.texts[i] for i in order], batch_size=size)
        case.same(case.read(docs), f"in batches of {size}", [case.alone[i] for i in order])
    docs = [case.nlp.get_pipe(case.factory)(case.nlp(text)) for text in case.texts]
    case.same(case.read(docs), "when a Doc is scored twice")


def shares_a_process(case: Case) -> None:
    """Two instances do not disturb each other, and a second pipeline no earlier Doc."""
    second = f"{case.factory}_second"
    docs = [case.make(case.factory, second)(text) for text in case.texts[:3]]
    docs += [case.nlp(text) for text in case.texts[3:]]
    list(case.make(second).pipe(reversed(case.texts)))
    case.same(case.read(docs), "beside another instance, and after another pipeline ran")
    case.same(case.read(docs[:3], second), "of a second instance", case.alone[:3])


def takes_a_new_name(case: Case) -> None:
    """Sourced into another pipeline under a new name, it writes under that name alone."""
    name, nlp = f"{case.factory}_sourced", case.make()
    nlp.add_pipe(case.factory, source=case.make(case.factory), name=name)
    docs = [nlp(text) for text in case.texts]
    found = {key for doc in docs for key in _traces(doc)["extensions"]}
    _check(case.key(case.factory) not in found, case, f"only {name!r} written", found)
    case.same(case.read(docs, name), "under the new name")


def fills_its_config(case: Case) -> None:
    """A pipeline made of the filled config is the same pipeline."""
    copy = load_model_from_config(case.nlp.config, auto_fill=True)
    case.same(dict(copy.config), "config when filled again", dict(case.nlp.config))
    # What comes before may hold more than its config says; the component itself may not.
    copy.from_bytes(case.nlp.to_bytes(exclude=[case.factory]), exclude=[case.factory])
    case.same(case.read(map(copy, case.texts)), "of Language.from_config")


def is_serialisable(case: Case) -> None:
    """Pickle, to_bytes and to_disk restore it and its Docs, before and after nlp.initialize()."""
    nlp = case.make(case.factory)
    for when in ("before", "after"):
        wanted = case.read(map(nlp, case.texts))
        docs = (Doc(nlp.vocab).from_bytes(nlp(text).to_bytes()) for text in case.texts)
        case.same(case.read(docs), "from Doc.to_bytes", wanted)
        copies = {"pickle": pickle.loads(pickle.dumps(nlp))}
        copies["to_bytes"] = load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())
        with TemporaryDirectory() as folder:
            nlp.to_disk(folder)
            copies["to_disk"] = spacy.load(folder)
        for how, copy in copies.items():
            case.same(case.read(map(copy, case.texts)), f"after {how} {when} initialize", wanted)
        nlp.initialize()


def works_in_a_fresh_process(case: Case) -> None:
    """Only spaCy need be imported; a stored DocBin and nlp.pipe(n_process=2) give the same."""
    spec = {"key": case.key(case.factory), "before": bool(case.before)}
    spec |= {name: getattr(case, name) for name in ("lang", "factory", "config", "texts")}
    with TemporaryDirectory() as folder:
        Path(folder, "spec.json").write_text(json.dumps(spec), encoding="utf8")
        DocBin(docs=map(case.nlp, case.texts), store_user_data=True).to_disk(f"{folder}/docs")
        case.make().to_disk(f"{folder}/base")
        # In an empty folder, so that it finds nothing but what is installed.
        command = [sys.executable, "-c", FRESH]
        run = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    _check(run.returncode == 0, case, "to work in a fresh process", run.stderr.decode("utf8"))
    found = json.loads(run.stdout.splitlines()[-1])
    case.same(found["alone"], "if only spaCy is imported", [r["value"] for r in case.alone])
    case.same(found["stored"], "from a DocBin in a fresh process")
    case.same(found["processes"], "with n_process=2, spawned")


#: The cheap ones first.
CHECKS: tuple[Callable[[Case], None], ...] = (
    *(keeps_its_range, takes_any_text, writes_what_it_declares, never_depends_on_its_batch),
    *(shares_a_process, takes_a_new_name, fills_its_config, is_serialisable),
    works_in_a_fresh_process,
)

#: What the fresh process runs; it imports our package only to compare what it has.
FRESH = """
import json, multiprocessing, pathlib, spacy
multiprocessing.set_start_method("spawn")
spec = json.loads(pathlib.Path("spec.json").read_text(encoding="utf8"))
nlp = spacy.load("base") if spec["before"] else spacy.blank(spec["lang"])
nlp.add_pipe(spec["factory"], config=spec["config"])
alone = [nlp(text)._.get(spec["key"]) for text in spec["texts"]]
from spacy_affect import attach, testing
docs = spacy.tokens.DocBin().from_disk("docs").get_docs(spacy.blank(spec["lang"]).vocab)
stored = [testing.snapshot(attach(doc), spec["key"]) for doc in docs]
docs = nlp.pipe(spec["texts"], n_process=2, batch_size=2)
processes = [testing.snapshot(doc, spec["key"]) for doc in docs]
print("\\n" + json.dumps({"alone": alone, "stored": stored, "processes": processes}))
"""


def _batches(n: int) -> list[tuple[list[int], int]]:
    return [(random.Random(size).sample(range(n), n), size) for size in (1, 2, 3, n)]


def _scored(model: Model, units: list[Any], offered: Sequence[str], who: str) -> list[Any]:
    scores, n = model.predict(units), len(units)
    _check(isinstance(scores, Scores), who, "Scores", scores)
    shape, parts = scores.values.shape, [scores.details or [None] * n, scores.cues or [None] * n]
    _check(shape == (n, len(offered)), who, f"values of the shape {(n, len(offered))}", shape)
    _check([*map(len, parts)] == [n, n], who, f"details and cues per unit, of {n}", parts)
    rows = [[None if math.isnan(x) else x for x in row] for row in scores.values.tolist()]
    return list(zip(rows, *parts, strict=True))


def _traces(doc: Doc) -> dict[str, Any]:
    keys = {key[1] if isinstance(key, tuple) and key[0] == "._." else key for key in doc.user_data}
    return {"extensions": keys, "spans": {*doc.spans}, "cats": {**doc.cats}, "ents": str(doc.ents)}


def _check_record(record: Any, task: Task, who: object, *, nothing: bool = False) -> None:
    fields = isinstance(record, dict) and [name for name in RECORD_FIELDS if name in record]
    _check(fields == [*RECORD_FIELDS], who, f"a record with {RECORD_FIELDS}", record)
    _equal(record, json.loads(json.dumps(record, default=repr)), who, "plain values in the record")
    found = value, _, _ = record["value"], record["label"], record["labels"]
    if nothing or value is None:
        _check(found == (None, None, []), who, "a record without value and labels", found)
        return
    numbers = value if isinstance(value, dict) else {task.name: value}
    _check((*numbers,) == (*task.columns,), who, f"a number for each of {task.columns}", value)
    for number in numbers.values():
        fits = type(number) is float and task.low <= number <= task.high
        _check(fits, who, f"a float in [{task.low}, {task.high}]", number)


def _equal(found: Any, wanted: Any, who: object, expected: str, tolerance: float = 0.0) -> None:
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        found, wanted = dict(enumerate(found)), dict(enumerate(wanted))
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        for key in found:
            _equal(found[key], wanted[key], f"{who}[{key!r}]", expected, tolerance)
    else:
        near = type(found) is type(wanted) is float and abs(found - wanted) <= tolerance
        same = near or (type(found) is type(wanted) and found == wanted)
        _check(same, who, f"{expected}: {wanted!r}", found)


@contextmanager
def _telling(who: object, expected: str | None) -> Iterator[None]:
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"{who}: expected: {expected} Came: {error!r}") from error


def _check(holds: bool, who: object, expected: str, came: object) -> None:
    if not holds:  # raised rather than asserted: `python -O` drops asserts
        raise AssertionError(f"{who}: expected: {expected}. Came: {came!r}")
