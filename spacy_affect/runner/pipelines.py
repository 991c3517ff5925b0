"""Making the pipeline of a run; every worker makes its own from the same plain settings."""

from __future__ import annotations

import gc
import hashlib
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy import util
from spacy.language import Language

from ..errors import AffectError, listing
from ..pipeline.trainable import AffectPipe
from ..registry import REGISTRIES
from .presets import DEFAULT, get_preset

#: How many words a vocabulary may meet before it is replaced: some MB of hash tables.
MET_WORDS = 90_000
#: What share of the time may go into making pipelines anew.
REMAKING = 0.03


@dataclass(frozen=True)
class PipelineSpec:
    """Which components score the texts.

    name (str | None): An installed pipeline, a folder, or a .cfg file; None is blank English.
    tasks (tuple[str, ...]): Which tasks run; empty takes the preset's or all of the pipeline's.
    unit (str | None): The unit of every component; None leaves it as the pipeline has it.
    """

    name: str | None = None
    preset: str | None = None
    tasks: tuple[str, ...] = ()
    unit: str | None = None


class Supply:
    """The pipeline of one process, made anew when its vocabulary has met very many words.

    A memory zone forgets its words, but spaCy's hash tables keep the slot of each and double when
    they are full, so that memory would grow with the corpus.
    """

    def __init__(self, spec: PipelineSpec) -> None:
        """RAISES: What `build` does."""
        self._spec = spec
        self._make()

    def take(self) -> Language:
        """RETURNS (Language): For one shard. Who keeps it for longer keeps its memory."""
        # the length counts also what was forgotten
        grown = len(self._nlp.vocab) - self._met > MET_WORDS
        if grown and time.monotonic() - self._made > self._cost / REMAKING:
            del self._nlp
            gc.collect()  # before the next one is made: components refer to each other in circles
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what there is to say was said the first time
                self._make()
        return self._nlp

    def _make(self) -> None:
        begin = time.monotonic()
        self._nlp = build(self._spec)
        self._met = len(self._nlp.vocab)
        self._made = time.monotonic()
        self._cost = self._made - begin


def build(spec: PipelineSpec) -> Language:
    """Make the pipeline.

    RAISES: AF014 or AF018 for unknown tasks or presets, AF039 if it cannot be loaded, AF040 if it
        holds nothing to run.
    """
    nlp = spacy.blank("en") if spec.name is None else _load(spec.name)
    if spec.preset:
        for factory, config in get_preset(spec.preset).components.items():
            _add(nlp, factory, {"config": config})
    if spec.tasks:
        for task in spec.tasks:
            if any(pipe.task.name == task for _, pipe in affect_pipes(nlp)):
                continue
            own = [name for name, pipe in _all(nlp) if pipe.task.name == task]
            for name in own:  # which are disabled
                nlp.enable_pipe(name)
            if not own:
                _add(nlp, f"affect_{task}", {"name": f"affect_{task}"})
        for name, pipe in affect_pipes(nlp):
            if pipe.task.name not in spec.tasks:
                nlp.disable_pipe(name)
    elif spec.name is None and not spec.preset:
        for factory, config in DEFAULT.components.items():
            _add(nlp, factory, {"config": config})
    if not affect_pipes(nlp):
        raise AffectError("AF040", name=spec.name, known=listing(nlp.pipe_names))
    if spec.unit:
        for _, pipe in affect_pipes(nlp):
            pipe.unit = spec.unit
        if spec.unit == "sents" and not _sets_sentences(nlp):
            nlp.add_pipe("sentencizer", first=True)
    return nlp


def affect_pipes(nlp: Language) -> list[tuple[str, AffectPipe]]:
    """RETURNS (list): Name and component of every affect component that runs."""
    return [(name, pipe) for name, pipe in _all(nlp) if name in nlp.pipe_names]


def chosen(nlp: Language, name: str, tasks: Sequence[str]) -> list[AffectPipe]:
    """name (str): Of the pipeline. tasks (Sequence[str]): Tasks or components; empty takes all.
    RETURNS (list[AffectPipe]): The affect components that are meant.
    RAISES: AF083 if the pipeline has no component of one of the tasks.
    """
    pipes = [pipe for _, pipe in affect_pipes(nlp)]
    for task in tasks:
        if not any(task in (pipe.task.name, pipe.key) for pipe in pipes):
            known = listing({pipe.task.name for pipe in pipes})
            raise AffectError("AF083", name=name, task=task, known=known)
    return [pipe for pipe in pipes if not tasks or {pipe.task.name, pipe.key} & {*tasks}]


def fingerprint(spec: PipelineSpec, nlp: Language) -> dict[str, Any]:
    """RETURNS (dict): Plain values that change whenever the pipeline's output may."""
    sources = {pipe.key: pipe.model.attrs.get("source") for _, pipe in affect_pipes(nlp)}
    units = sorted({pipe.unit for _, pipe in affect_pipes(nlp)})
    weights = hashlib.sha256(nlp.to_bytes(exclude=["vocab"]))
    weights.update(nlp.vocab.vectors.to_bytes())
    meta = {key: nlp.meta.get(key) for key in ("lang", "name", "version")}
    return {
        "config": nlp.config.to_str(),
        "enabled": nlp.pipe_names,
        "sources": sources,
        "units": units,
        "weights": weights.hexdigest(),
        "meta": meta,
        "spacy": spacy.__version__,
    }


def _load(name: str) -> Language:
    try:
        if name.endswith(".cfg"):
            return util.load_model_from_config(util.load_config(Path(name)), auto_fill=True)
        return spacy.load(name)
    except AffectError:
        raise
    except Exception as error:  # a broken config, a missing package: all say what is wrong
        reason = _missing(name) or " ".join(str(error).split())
        raise AffectError("AF039", name=name, reason=reason) from error


def _missing(name: str) -> str:
    """RETURNS (str): That there is no such pipeline, or "" if there is one. spaCy says it with all
    that a name might have been (E050).
    """
    path = Path(name)
    if path.exists() or util.is_package(name) or name.startswith("blank:"):
        return ""
    if name.endswith(".cfg"):
        return "there is no such file."
    if path.name != name:
        return "there is no such folder."
    return (
        "no package of that name is installed, and there is no such folder. spacy-affect models "
        "lists the pipelines that are installed."
    )


def _all(nlp: Language) -> list[tuple[str, AffectPipe]]:
    return [(name, pipe) for name, pipe in nlp.components if isinstance(pipe, AffectPipe)]


def _add(nlp: Language, factory: str, settings: dict[str, Any]) -> None:
    """Add a component by its factory, or for a plugin's task by the generic one."""
    if factory in nlp.component_names:
        reason = f"the pipeline has a component {factory!r} already; leave --preset or --pipeline"
        raise AffectError("AF042", reason=reason)
    if nlp.has_factory(factory):
        nlp.add_pipe(factory, **settings)
    else:
        task = factory.removeprefix("affect_")
        REGISTRIES["task"].get(task)  # AF014 lists what there is
        nlp.add_pipe("affect", name=factory, config={"task": task, **settings.get("config", {})})


def _sets_sentences(nlp: Language) -> bool:
    return any(
        attr in ("token.is_sent_start", "doc.sents")
        for name in nlp.pipe_names
        for attr in nlp.get_pipe_meta(name).assigns
    )
