"""Fit heads of the research build anew on the exported encoder, each by itself and with a penalty.

    python recipes/encoder/refit.py DATA EXPORTED

Heads that learn with the encoder fit their training part too closely. Replaces in
EXPORTED/heads.npz the outputs of EI-reg and E-c (logistic regressions on SemEval-2018) and of
EmoBank (ridge regressions), and "value", polarity, by the mean, weighted by `SHARE`, of V-reg's
output and a logistic regression on V-reg, SST and templates: V-reg alone knows no plain facts.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy
from label import vectors
from loss import Floats
from outputs import RESEARCH, group
from vad import ridge

from corpora import Item, made_up, research
from spacy_affect.models.heads import sigmoid

#: Penalties by group, chosen on development parts among a few.
LOGISTIC: Mapping[str, float] = {"ei": 200.0, "ec": 100.0}
RIDGE: Mapping[str, float] = {"vad": 300.0}
#: Of the regression in polarity. More of it knows facts and negation better, and V-reg's ranks less
#: well.
SHARE = 0.4
#: How much a text of each corpus counts there, and the penalty.
WEIGHTS = {"semeval2018": 3.0, "sst": 0.3, "templates": 1.0}
PENALTY = 30.0
N_TEMPLATES, SEED = 5000, 5
#: Of Newton's method.
STEPS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("exported", type=Path)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    args = parser.parse_args()
    wanted = {"semeval2018", "sst", "emobank"}
    items = [item for item in research(args.data, "train") if item.source in wanted]
    items += made_up(N_TEMPLATES, SEED)
    X = vectors(args.exported, items, args.processes).astype("float64")
    heads = dict(numpy.load(args.exported / "heads.npz"))
    for name, (W, b) in refitted(X, items, heads["W"], heads["b"]).items():
        place = RESEARCH.index(name)
        heads["W"][:, place], heads["b"][place] = W, b
    numpy.savez(args.exported / "heads.npz", **heads)


def refitted(
    X: Floats, items: Sequence[Item], W: Floats, b: Floats
) -> dict[str, tuple[Floats, float]]:
    """RETURNS (dict): Weights and bias by output."""

    def fit(name: str, learn: Callable[..., tuple[Floats, float]], **settings) -> None:
        rows = [i for i, item in enumerate(items) if name in item.gold]
        found[name] = learn(X[rows], numpy.array([items[i].gold[name] for i in rows]), **settings)

    found: dict[str, tuple[Floats, float]] = {}
    for name in RESEARCH:
        if group(name) in LOGISTIC:
            fit(name, logistic, penalty=LOGISTIC[group(name)])
        elif group(name) in RIDGE:
            fit(name, _ridge, penalty=RIDGE[group(name)])
    weights = [WEIGHTS[item.source] for item in items if "value" in item.gold]
    fit("value", logistic, penalty=PENALTY, weights=numpy.array(weights))
    own, bias = found["value"]
    place = RESEARCH.index("valence")
    found["value"] = (
        SHARE * own + (1 - SHARE) * W[:, place],
        SHARE * bias + (1 - SHARE) * float(b[place]),
    )
    return found


def logistic(
    X: Floats, wanted: Floats, penalty: float, weights: Floats | None = None
) -> tuple[Floats, float]:
    """wanted (Floats1d): In [0, 1]. weights (Floats1d | None): How much each row counts.
    RETURNS (tuple[Floats1d, float]): Weights and bias, which is free.
    """
    weights = numpy.ones(len(X)) if weights is None else weights
    X = numpy.hstack([X, numpy.ones((len(X), 1))])
    found = numpy.zeros(X.shape[1])
    curb = penalty * numpy.eye(X.shape[1])
    curb[-1, -1] = 0.0
    for _ in range(STEPS):
        p = sigmoid(X @ found)
        slope = X.T @ (weights * (p - wanted)) + curb @ found
        bend = (X * (weights * p * (1 - p))[:, None]).T @ X + curb
        found -= numpy.linalg.solve(bend, slope)
    return found[:-1], float(found[-1])


def _ridge(X: Floats, wanted: Floats, penalty: float) -> tuple[Floats, float]:
    W, b = ridge(X, wanted[:, None], penalty)
    return W[:, 0], float(b[0])


if __name__ == "__main__":
    main()
