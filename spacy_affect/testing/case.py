"""A component under test, in pipelines with the weights that it was once given."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Adam, Optimizer, fix_random_seed

from ..corpora.gold import Gold, set_gold
from ..pipeline.trainable import AffectPipe
from ..pipeline.units import task_units
from ..tasks.base import Task
from ..types import Value
from .asserts import equal, snapshot

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
#: How components under test are trained: enough for texts to get different values.
SEED, STEPS, LEARN_RATE = 0, 6, 0.001


@dataclass
class Case:
    """One component under test. A trainable one is trained on made-up gold for its texts."""

    factory: str
    config: dict[str, Any]
    lang: str = "en"
    before: tuple[Any, ...] = ()
    texts: tuple[str, ...] = TEXTS
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        self.nlp = self.blank(self.factory)
        self.task: Task = self.pipe(self.nlp).task
        self.trainable = self.pipe(self.nlp).is_trainable
        if self.trainable:
            self.train(self.nlp)

    def __str__(self) -> str:
        return f"component {self.factory!r} with {self.config}"

    def pipe(self, nlp: Language) -> AffectPipe:
        """RETURNS (AffectPipe): The component in a pipeline where it has the factory's name."""
        found: AffectPipe = nlp.get_pipe(self.factory)
        return found

    def blank(self, *names: str) -> Language:
        """RETURNS (Language): With instances by these names, as they are before training."""
        nlp = spacy.blank(self.lang)
        for pipe in self.before:
            nlp.add_pipe(pipe) if isinstance(pipe, str) else pipe(nlp)
        for name in names:
            nlp.add_pipe(self.factory, name=name, config=self.config)
        return nlp

    def make(self, *names: str) -> Language:
        """RETURNS (Language): With instances by these names, all of the same weights."""
        nlp = self.blank(*names)
        if self.trainable:
            for name, pipe in nlp.pipeline:
                trained = self.nlp.get_pipe(self.factory if name in names else name)
                if hasattr(trained, "to_bytes"):
                    pipe.from_bytes(trained.to_bytes(exclude=["vocab"]), exclude=["vocab"])
        return nlp

    def examples(self, nlp: Language) -> list[Example]:
        """RETURNS (list[Example]): The texts, with made-up gold for every unit."""
        chance, pipe = random.Random(SEED), self.pipe(nlp)
        learning = [name for name, each in nlp.pipeline if getattr(each, "is_trainable", False)]
        found = []
        for text in self.texts:
            reference = nlp(text, disable=learning)
            for unit in task_units(reference, pipe.unit, self.factory, self.task):
                span = None if isinstance(unit, Doc) else unit
                set_gold(reference, pipe.gold, *make_gold(self.task, chance), span=span)
            found.append(Example(nlp.make_doc(text), reference))
        return found

    def train(self, nlp: Language, steps: int = STEPS) -> tuple[Optimizer, list[float]]:
        """RETURNS (tuple[Optimizer, list[float]]): What can go on from there, and the losses."""
        examples, optimizer = self.examples(nlp), Adam(LEARN_RATE)
        fix_random_seed(SEED)
        nlp.initialize(lambda: examples)
        losses = [nlp.update(examples, sgd=optimizer)[self.factory] for _ in range(steps)]
        return optimizer, losses

    @cached_property
    def alone(self) -> list[dict[str, Any]]:
        return self.read([self.nlp(text) for text in self.texts])

    def key(self, name: str) -> str:
        return f"affect_{self.task.name}" if name == "affect" else name

    def read(self, docs: Iterable[Doc], name: str = "") -> list[dict[str, Any]]:
        return [snapshot(doc, self.key(name or self.factory)) for doc in docs]

    def same(self, found: Any, expected: str, wanted: Any = ...) -> None:
        wanted = self.alone if wanted is ... else wanted
        equal(found, wanted, self, f"the same {expected}", self.tolerance)


def make_gold(task: Task, chance: random.Random) -> Gold:
    """RETURNS (Gold): Made up, of all kinds that the task's heads learn from."""
    value: Value | None = None
    labels: Any = None
    for head in task.heads:
        if head.kind in ("signed", "unit"):
            numbers = {label: chance.uniform(task.low, task.high) for label in head.labels}
            value = numbers if task.many else numbers[head.labels[0]]
        elif head.kind == "multilabel":
            labels = {label: chance.randrange(2) for label in head.labels}
        else:
            labels = chance.choice(head.labels)
    return Gold(value, labels)
