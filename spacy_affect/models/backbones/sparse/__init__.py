"""A linear model over hashed n-grams and affect words: fast, small, and it can say why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray
from thinc.api import Model
from thinc.types import Floats2d

from .... import __version__
from ....errors import AffectError
from ....types import Unit
from ..words import BATCH
from .features import N_DENSE, N_STATES, Settings
from .linear import Linear

SOURCE = f"spacy_affect.SparseNgram.v1 (spacy-affect {__version__})"
MOST_BUCKETS = 2**24
#: What `init_from` says for ready-made weights, which the component hands over: it knows the task.
EMBEDDED = "embedded"
#: What `init_from` takes beside the weights.
LEARNED = ("trained", "thresholds")


def build_sparse_ngram_v1(
    length: int = 2**17,
    shortest: int = 2,
    longest: int = 5,
    pairs: bool = True,
    lexicon: bool = True,
    l2: float = 0.4,
    init_from: str | None = None,
    nO: int | None = None,
) -> Model[list[Unit], Floats2d]:
    """Make the backbone `spacy_affect.SparseNgram.v1`, to be trained, for any task and language.

    A unit's score is a sum over its tokens: of weights for the word, for its character n-grams and
    for each pair of neighbours, all hashed into buckets (Weinberger et al. 2009) and weighted by
    inverse document frequency, and for what the shipped list of English affect words says of it. A
    word of that list has other weights when negated or intensified.

    length (int): Buckets for hashed features, a power of two.
    shortest, longest (int): Character n-grams inside of a word, boundaries included; longest=0 for
        none.
    pairs (bool): Use pairs of neighbouring words.
    lexicon (bool): Use the affect words and marks of style (capitals, "!", emoji).
    l2 (float): The penalty on squared weights as ridge regression has it, against a sum over all
        training units (for logistic outputs a quarter of it); leave the optimizer's own L2 at 0.
    init_from (str | None): What to begin from in place of zeros: "embedded", the ready-made weights
        that know the task; or a file, the `model` of a component with the same settings and outputs
        in a saved pipeline.
    RETURNS (Model): (n_units, nO) raw outputs.
    RAISES: AF095 for settings that make no model.
    """
    if not 2 <= length <= MOST_BUCKETS or length & (length - 1):
        reason = f"must be a power of two, up to {MOST_BUCKETS}"
        raise AffectError("AF095", setting="length", value=length, reason=reason)
    if longest and not 2 <= shortest <= longest:
        reason = f"must lie between 2 and longest = {longest}"
        raise AffectError("AF095", setting="shortest", value=shortest, reason=reason)
    settings = Settings(length, shortest, longest, pairs, lexicon)
    return Model(
        "sparse_ngram",
        Linear(settings),
        init=_init,
        dims={"nO": nO},
        params={"W": None, "D": None, "b": None, "idf": None},
        attrs={
            "source": SOURCE,
            "trainable": True,
            "settings": list(settings),
            "l2": l2,
            "n_examples": 0,
            "curvatures": [],
            "init_from": init_from,
            "dropout_rate": 0.0,
            **BATCH,
        },
    )


def _init(model: Model[list[Unit], Floats2d], X: Any = None, Y: Any = None) -> None:
    """Begin at zero, or where `init_from` says.

    X (list[Unit] | None): A sample of the training units, for the inverse document frequencies.
    Y (Floats2d | None): (1, nO): raw outputs to begin with; they become the bias.
    """
    path, own = model.attrs["init_from"], {**model.attrs}
    if path is not None and path != EMBEDDED:
        try:
            model.from_bytes(Path(path).read_bytes())
        except (OSError, ValueError, AttributeError, KeyError) as error:
            raise AffectError("AF096", path=path, reason=error) from error
        settings = model.attrs.get("settings")
        if settings != own["settings"]:
            reason = f"its settings are {settings}, not {own['settings']}"
            raise AffectError("AF096", path=path, reason=reason)
        model.attrs.update({name: own[name] for name in own if name not in LEARNED})
        return
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    width, length = model.get_dim("nO"), model._func.settings.length
    model.set_param("W", numpy.zeros((length, width), "float32"))
    model.set_param("D", numpy.zeros((N_STATES * N_DENSE, width), "float32"))
    model.set_param("b", numpy.zeros(width, "float32") if Y is None else Y[0].astype("float32"))
    model.set_param("idf", model._func.frequencies(X or []))


def contributions(model: Model[list[Unit], Floats2d], unit: Unit) -> NDArray[numpy.float32]:
    """RETURNS (Floats): (n_tokens, nO): what each token adds to the raw outputs; with the bias they
    sum to the score. The weight of a pair is shared by its two words.
    """
    forward: Linear = model._func
    return forward.sums(model).contributions(unit)
