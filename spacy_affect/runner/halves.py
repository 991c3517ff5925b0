"""Calibrating a pipeline on one half of some texts, and seeing on the other what it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

from ..corpora.base import Row
from ..corpora.gold import gold_tasks
from ..corpora.reader import to_doc
from ..corpora.splits import split
from ..errors import AffectError, listing
from ..pipeline.trainable import AffectPipe
from ..pipeline.units import DOC, SENTS
from ..scoring.bootstrap import estimate
from ..scoring.evaluation import Corpus, Options, gold_for, unlabelled
from ..scoring.outcomes import collect
from ..scoring.scorers import iter_pairs
from .pipelines import affect_pipes

FIT, CHECK = "fit", "check"
#: Texts that go through the pipeline together.
BATCH = 128


@dataclass
class Checked:
    """A calibrated component.

    fitted, checked (int): Texts of either half that have gold for it.
    before, after (dict[str, float]): What the half that nothing was fitted on says, by metric.
    """

    fitted: int
    checked: int
    before: dict[str, float]
    after: dict[str, float]


@dataclass
class Report:
    """components (dict): By key. notes (list): What was left alone, and what else to know."""

    components: dict[str, Checked] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def calibrate(
    nlp: Language, sources: Sequence[str], part: str | None, level: float, seed: int
) -> Report:
    """Calibrate every component that the sources have gold for, in place.

    sources (Sequence[str]): "SOURCE:PATH", or the path of a .spacy, .jsonl, .csv or .tsv file.
    part (str | None): The split to read of each; None is all that is there.
    seed (int): Of the halves, which keep equal texts and groups together.
    RAISES: AF030, AF070 to AF076 and AF082 for what cannot be read, AF131 if nothing is calibrated.
    """
    report = Report()
    corpora = [Corpus(given, Options(part)) for given in sources]
    halves = _halves(corpora, seed)
    stored = [list(corpus.references(nlp)) if corpus.docs else None for corpus in corpora]
    for corpus, given in zip(corpora, sources, strict=True):
        report.notes.extend(f"{given}: {message}" for message in corpus.warned)
        if corpus.mixed:
            what = f"{given}: all of {corpus.mixed} was read"
            report.notes.append(f"{what}; leave out what the model was trained on: --split dev")
    pipes = affect_pipes(nlp)
    references = {}
    for name, pipe in pipes:
        made: list[Doc] = []
        for corpus, docs, given in zip(corpora, stored, sources, strict=True):
            rows = [] if docs is not None else gold_for(pipe, corpus, report.notes, given)
            made += docs if docs is not None else [to_doc(nlp, row) for row in rows]
        with_gold = [i for i, doc in enumerate(made) if pipe.gold in gold_tasks(doc)]
        references[name] = {
            half: [made[i] for i in with_gold if halves[i] == half] for half in (FIT, CHECK)
        }
    for name, pipe in pipes:
        own = references[name]
        if not own[FIT]:
            report.notes.append(f"{pipe.key}: no gold for it, left as it is")
            continue
        before = _measured(nlp, pipe, own[CHECK])
        if not pipe.calibrate(_examples(nlp, pipe, own[FIT]), level):
            n = len(own[FIT])
            report.notes.append(f"{pipe.key}: too little gold in {n:,} texts, left as it is")
            continue
        nlp.get_pipe_config(name)["level"] = level
        after = _measured(nlp, pipe, own[CHECK])
        report.components[pipe.key] = Checked(len(own[FIT]), len(own[CHECK]), before, after)
    if not report.components:
        there = {task for corpus in corpora for row in corpus.rows for task in _tasks(row)}
        keys, known = listing(pipe.key for _, pipe in pipes), listing(there)
        raise AffectError("AF131", keys=keys, known=known)
    return report


def _halves(corpora: Sequence[Corpus], seed: int) -> list[str]:
    """RETURNS (list[str]): Of each row of all corpora, in order, its half."""
    rows = [row for corpus in corpora for row in corpus.rows]
    parts = split(rows, {FIT: 1, CHECK: 1}, seed=seed)
    to_fit = {id(row) for row in parts[FIT]}
    return [FIT if id(row) in to_fit else CHECK for row in rows]


def _tasks(row: Row) -> Iterator[str]:
    for golds in row.golds():
        yield from golds


def _given(nlp: Language, pipe: AffectPipe, references: Iterable[Doc]) -> list[Doc]:
    groups = {pipe.unit.removeprefix("spans:")} - {DOC, SENTS}
    return [unlabelled(nlp, doc, groups) for doc in references]


def _examples(nlp: Language, pipe: AffectPipe, references: Sequence[Doc]) -> Iterator[Example]:
    """YIELDS (Example): With what other components, shared encoders too, write before ours."""
    affect = [name for name, _ in affect_pipes(nlp)]
    given = _given(nlp, pipe, references)
    for pairs in minibatch(zip(given, references, strict=True), BATCH):
        with nlp.select_pipes(disable=affect):
            list(nlp.pipe([doc for doc, _ in pairs], batch_size=BATCH))
        yield from (Example(doc, reference) for doc, reference in pairs)


def _measured(nlp: Language, pipe: AffectPipe, references: Sequence[Doc]) -> dict[str, float]:
    """RETURNS (dict[str, float]): By metric; {} where no unit of the texts could be compared."""
    others = [name for name, other in affect_pipes(nlp) if other is not pipe]
    with nlp.select_pipes(disable=others):
        predicted = list(nlp.pipe(_given(nlp, pipe, references), batch_size=BATCH))
    pairs = iter_pairs(zip(references, predicted, strict=True), pipe.key, pipe.gold, pipe.unit)
    found = estimate(collect(pairs, pipe.task), len(references), n_boot=0, seed=0)
    return {metric: number.value for metric, number in found.items()}
