"""Fit heads of the research build anew on the exported encoder, each by itself and with a penalty.

    python recipes/encoder/refit.py DATA EXPORTED

Heads that learn with the encoder fit their training part too closely. Replaces in
EXPORTED/heads.npz the outputs of EI-reg and E-c (logistic regressions on SemEval-2018) and of
EmoBank (ridge regressions).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy
from label import vectors
from loss import Floats
from outputs import RESEARCH, group
from vad import ridge

from corpora import Item, research
from spacy_affect.models.heads import sigmoid

#: Penalties by group, chosen on development parts among a few.
LOGISTIC: Mapping[str, float] = {"ei": 200.0, "ec": 100.0}
RIDGE: Mapping[str, float] = {"vad": 300.0}
SOURCES = ("semeval2018", "emobank")
#: Of Newton's method.
STEPS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("exported", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    args = parser.parse_args()
    items = [item for item in research(args.data, "train") if item.source in SOURCES]
    X = vectors(args.exported, items, args.processes).astype("float64")
    heads = dict(numpy.load(args.exported / "heads.npz"))
    for name, (W, b) in refitted(X, items).items():
        place = RESEARCH.index(name)
        heads["W"][:, place], heads["b"][place] = W, b
    numpy.savez(args.exported / "heads.npz", **heads)


def refitted(X: Floats, items: Sequence[Item]) -> dict[str, tuple[Floats, float]]:
    """RETURNS (dict): Weights and bias by output."""
    found = {}
    for name in RESEARCH:
        kind = group(name)
        if kind in LOGISTIC or kind in RIDGE:
            rows = [i for i, item in enumerate(items) if name in item.gold]
            wanted = numpy.array([items[i].gold[name] for i in rows])
            learn = logistic if kind in LOGISTIC else _ridge
            found[name] = learn(X[rows], wanted, {**LOGISTIC, **RIDGE}[kind])
    return found


def logistic(X: Floats, wanted: Floats, penalty: float) -> tuple[Floats, float]:
    """wanted (Floats1d): In [0, 1].
    RETURNS (tuple[Floats1d, float]): Weights and bias, which is free.
    """
    X = numpy.hstack([X, numpy.ones((len(X), 1))])
    found = numpy.zeros(X.shape[1])
    curb = penalty * numpy.eye(X.shape[1])
    curb[-1, -1] = 0.0
    for _ in range(STEPS):
        p = sigmoid(X @ found)
        slope = X.T @ (p - wanted) + curb @ found
        bend = (X * (p * (1 - p))[:, None]).T @ X + curb
        found -= numpy.linalg.solve(bend, slope)
    return found[:-1], float(found[-1])


def _ridge(X: Floats, wanted: Floats, penalty: float) -> tuple[Floats, float]:
    W, b = ridge(X, wanted[:, None], penalty)
    return W[:, 0], float(b[0])


if __name__ == "__main__":
    main()
