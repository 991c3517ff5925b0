"""Fit polarity on the exported encoder of the research build: V-reg's output knows no plain facts.

    python recipes/encoder/polarity.py DATA EXPORTED

Adds the output "value" to EXPORTED/heads.npz: the mean, weighted by `SHARE`, of V-reg's output and
of a logistic regression on V-reg, half of SST and templates, all as shares of the scale.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from spacy_affect.corpora.reader import read
from spacy_affect.models.backbones.embedded.encoder import Encoder
from spacy_affect.models.backbones.embedded.windows import Passage
from spacy_affect.models.heads import sigmoid

sys.path.append(str(Path(__file__).parents[1] / "embedded"))

from texts import templates

#: Of the regression. More of it knows facts and negation better, and V-reg's ranks less well.
SHARE = 0.4
#: How much a text of each corpus counts, the penalty, and Newton's steps.
WEIGHTS = {"V-reg": 3.0, "SST": 0.3, "templates": 0.5}
PENALTY, STEPS = 30.0, 8
N_TEMPLATES, SEED = 5000, 5

Floats = NDArray[Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("exported", type=Path)
    args = parser.parse_args()
    settings = json.loads((args.exported / "encoder.json").read_text(encoding="utf8"))
    encoder = Encoder(args.exported, settings)
    rows = list(gold(args.data))
    X = numpy.stack([encoder.vector(Passage(text)) for text, _, _ in rows]).astype("float64")
    X = numpy.hstack([X, numpy.ones((len(X), 1))])
    shares = numpy.array([(value + 1) / 2 for _, value, _ in rows])
    found = regress(X, shares, numpy.array([WEIGHTS[name] for _, _, name in rows]))
    heads = dict(numpy.load(args.exported / "heads.npz"))
    names = [str(name) for name in heads["outputs"]]
    own = names.index("valence")
    W = SHARE * found[:-1] + (1 - SHARE) * heads["W"][:, own]
    b = SHARE * found[-1] + (1 - SHARE) * heads["b"][own]
    kept = [i for i, name in enumerate(names) if name != "value"]
    numpy.savez(
        args.exported / "heads.npz",
        W=numpy.column_stack([heads["W"][:, kept], W]).astype("float32"),
        b=numpy.append(heads["b"][kept], b).astype("float32"),
        outputs=numpy.array([names[i] for i in kept] + ["value"]),
    )


def gold(data: Path) -> Iterator[tuple[str, float, str]]:
    """YIELDS (tuple): A text, its polarity in [-1, 1], and where it is from."""
    for row in read("semeval2018", data / "semeval2018" / "V-reg", "train"):
        yield row.text, float(row.gold["polarity"].value), "V-reg"  # type: ignore[arg-type]
    for row in list(read("sst", data / "sst", "train"))[::2]:
        yield row.text, float(row.gold["polarity"].value), "SST"  # type: ignore[arg-type]
    for text in templates(N_TEMPLATES, SEED):
        yield text.text, text.gold["polarity"], "templates"


def regress(X: Floats, wanted: Floats, weights: Floats) -> Floats:
    """RETURNS (Floats1d): Logistic regression on soft targets; the last column is the bias."""
    found = numpy.zeros(X.shape[1])
    penalty = PENALTY * numpy.eye(X.shape[1])
    penalty[-1, -1] = 0.0
    for _ in range(STEPS):
        p = sigmoid(X @ found)
        slope = X.T @ (weights * (p - wanted)) + penalty @ found
        bend = (X * (weights * p * (1 - p))[:, None]).T @ X + penalty
        found -= numpy.linalg.solve(bend, slope)
    return found


if __name__ == "__main__":
    main()
