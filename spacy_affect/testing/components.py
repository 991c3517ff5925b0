"""What every component keeps, trained or not: most of it are complaints about other libraries."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.util import load_model_from_config

from ..extensions import UNITS
from .asserts import batches, check, check_record, traces
from .case import ODD, Case


def keeps_its_range(case: Case) -> None:
    """Values lie in the task's range, records are whole and plain; some text gets a value."""
    for result in case.alone:
        records = [record for *_, record in result["units"]]
        case.same([r["value"] for r in records], "on span._ of each unit", result["unit values"])
        case.same(result["record"]["value"], "on doc._ and in the record", result["value"])
        for record in [result["record"], *records]:
            check_record(record, case.task, case, some=not case.trainable)
    check(any(r["value"] is not None for r in case.alone), case, "a value for some text", None)


def takes_any_text(case: Case) -> None:
    """Odd texts never raise; empty and blank ones get None, in a batch as alone."""
    found = case.read(case.nlp.pipe(ODD.values()))
    for (what, text), result in zip(ODD.items(), found, strict=True):
        nothing, some = not text.strip(), not case.trainable
        check_record(result["record"], case.task, f"{case}, {what}", nothing=nothing, some=some)
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
            old, new = traces(doc), traces(nlp.get_pipe(name)(doc))
            found = new.pop("extensions") - old.pop("extensions")
            check(found == wanted, case, f"the declared extensions {wanted}", found)
            found = new.pop("spans") - old.pop("spans") - groups
            check(not found, case, f"no undeclared span group (assigns={declared})", found)
            case.same(new, "Doc in all else", old)


def never_depends_on_its_batch(case: Case) -> None:
    """A text gets the same alone, in nlp.pipe with any neighbours, and when scored again."""
    for order, size in batches(len(case.texts)):
        docs = case.nlp.pipe([case.texts[i] for i in order], batch_size=size)
        case.same(case.read(docs), f"in batches of {size}", [case.alone[i] for i in order])
    docs = [case.pipe(case.nlp)(case.nlp(text)) for text in case.texts]
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
    # A listener finds the encoder that it was trained with there: the pipes of `before` are part
    # of every pipeline of the case. Without one it could not be sourced; see `stands_alone`.
    name, nlp = f"{case.factory}_sourced", case.make()
    nlp.add_pipe(case.factory, source=case.make(case.factory), name=name)
    docs = [nlp(text) for text in case.texts]
    found = {key for doc in docs for key in traces(doc)["extensions"]}
    check(case.key(case.factory) not in found, case, f"only {name!r} written", found)
    case.same(case.read(docs, name), "under the new name")


def fills_its_config(case: Case) -> None:
    """A pipeline made of the filled config is the same pipeline."""
    copy = load_model_from_config(case.nlp.config, auto_fill=True)
    case.same(dict(copy.config), "config when filled again", dict(case.nlp.config))
    # What comes before may hold more than its config says; the component itself only its weights.
    learned = [] if case.trainable else [case.factory]
    copy.from_bytes(case.nlp.to_bytes(exclude=learned), exclude=learned)
    case.same(case.read(map(copy, case.texts)), "of Language.from_config")


def is_serialisable(case: Case) -> None:
    """Pickle, to_bytes and to_disk restore it and its Docs, before and after nlp.initialize()."""
    nlp = case.make(case.factory)
    for when in ("before", "after"):
        wanted = case.read(map(nlp, case.texts))
        docs = (Doc(nlp.vocab).from_bytes(nlp(text).to_bytes()) for text in case.texts)
        case.same(case.read(docs), "from Doc.to_bytes", wanted)
        for how, copy in copies(nlp):
            case.same(case.read(map(copy, case.texts)), f"after {how} {when} initialize", wanted)
        nlp.initialize()


def copies(nlp: Language) -> Iterator[tuple[str, Language]]:
    """YIELDS (tuple[str, Language]): A copy by each way to save a pipeline, and how it was made."""
    yield "pickle", pickle.loads(pickle.dumps(nlp))
    yield "to_bytes", load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())
    with TemporaryDirectory() as folder:
        nlp.to_disk(folder)
        yield "to_disk", spacy.load(folder)


def works_in_a_fresh_process(case: Case) -> None:
    """Only spaCy need be imported; a stored DocBin and nlp.pipe(n_process=2) give the same."""
    saved = case.trainable or bool(case.before)
    spec = {"key": case.key(case.factory), "saved": saved}
    spec |= {name: getattr(case, name) for name in ("lang", "factory", "config", "texts")}
    with TemporaryDirectory() as folder:
        Path(folder, "spec.json").write_text(json.dumps(spec), encoding="utf8")
        DocBin(docs=map(case.nlp, case.texts), store_user_data=True).to_disk(f"{folder}/docs")
        (case.nlp if case.trainable else case.make()).to_disk(f"{folder}/base")
        # In an empty folder, so that it finds nothing but what is installed.
        command = [sys.executable, "-c", FRESH]
        run = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
    check(run.returncode == 0, case, "to work in a fresh process", run.stderr.decode("utf8"))
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
nlp = spacy.load("base") if spec["saved"] else spacy.blank(spec["lang"])
if spec["factory"] not in nlp.pipe_names:
    nlp.add_pipe(spec["factory"], config=spec["config"])
alone = [nlp(text)._.get(spec["key"]) for text in spec["texts"]]
from spacy_affect import attach, testing
docs = spacy.tokens.DocBin().from_disk("docs").get_docs(spacy.blank(spec["lang"]).vocab)
stored = [testing.snapshot(attach(doc), spec["key"]) for doc in docs]
docs = nlp.pipe(spec["texts"], n_process=2, batch_size=2)
processes = [testing.snapshot(doc, spec["key"]) for doc in docs]
print("\\n" + json.dumps({"alone": alone, "stored": stored, "processes": processes}))
"""
