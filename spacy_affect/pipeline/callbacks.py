"""Callbacks for training configs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch, resolve_dot_names

from .trainable import AffectPipe

#: Examples that go through shared encoders together.
BATCH = 128


def make_fit_thresholds_v1(corpus: str = "corpora.dev") -> Callable[[Language], Language]:
    """Make the callback `spacy_affect.fit_thresholds.v1`, for `[training.before_to_disk]`.

    Before a pipeline is saved, every trained affect component chooses its cut points on a corpus
    that it was not trained on: see `AffectPipe.fit_thresholds`.

    corpus (str): Where the config holds the corpus, as `dev_corpus` says it.
    RETURNS (Callable): Changes the pipeline in place and returns it.
    """

    def fit(nlp: Language) -> Language:
        config = nlp.config.interpolate()
        frozen = config["training"]["frozen_components"]
        [read] = resolve_dot_names(config, [corpus])
        affect = [name for name, pipe in nlp.pipeline if isinstance(pipe, AffectPipe)]
        for name in affect:
            pipe = nlp.get_pipe(name)
            if isinstance(pipe, AffectPipe) and pipe.is_trainable and name not in frozen:
                with nlp.select_pipes(disable=affect):
                    pipe.fit_thresholds(_annotated(nlp, read(nlp)))
        return nlp

    return fit


def _annotated(nlp: Language, examples: Iterable[Example]) -> Iterator[Example]:
    """YIELDS (Example): The same, with what shared encoders leave on the predicted Docs."""
    for batch in minibatch(examples, BATCH):
        list(nlp.pipe([example.predicted for example in batch]))
        yield from batch
