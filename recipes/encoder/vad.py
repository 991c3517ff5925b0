"""Fit valence, arousal and dominance on an exported encoder that has not seen EmoBank.

    python recipes/encoder/vad.py DATA EXPORTED

EmoBank is share-alike, so what learns from it must not be the encoder. Writes EXPORTED/vad.npz: a
linear head by ridge regression, its penalty chosen by five-fold cross-validation.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from spacy_affect.corpora.reader import read
from spacy_affect.models.backbones.embedded.encoder import Encoder
from spacy_affect.models.backbones.embedded.windows import Passage

DIMENSIONS = ("valence", "arousal", "dominance")
PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0)
FOLDS = 5

Floats = NDArray[Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("exported", type=Path)
    args = parser.parse_args()
    settings = json.loads((args.exported / "encoder.json").read_text(encoding="utf8"))
    encoder = Encoder(args.exported, settings)
    X, Y = _read(encoder, args.data, "train")
    best = max(PENALTIES, key=lambda penalty: _cross_validated(X, Y, penalty))
    W, b = ridge(X, Y, best)
    found, gold = _read(encoder, args.data, "dev")
    r = [float(numpy.corrcoef((found @ W + b)[:, k], gold[:, k])[0, 1]) for k in range(3)]
    print(f"penalty {best:g}; Pearson on dev: " + ", ".join(f"{number:.3f}" for number in r))
    names = numpy.array([f"vad.{name}" for name in DIMENSIONS])
    numpy.savez(args.exported / "vad.npz", W=W, b=b, outputs=names)


def ridge(X: Floats, Y: Floats, penalty: float) -> tuple[Floats, Floats]:
    """RETURNS (tuple[Floats, Floats]): (width, n) weights and (n,) biases, which are free."""
    mean, level = X.mean(axis=0), Y.mean(axis=0)
    centred = X - mean
    W = numpy.linalg.solve(
        centred.T @ centred + penalty * numpy.eye(X.shape[1]), centred.T @ (Y - level)
    )
    return W, level - mean @ W


def _cross_validated(X: Floats, Y: Floats, penalty: float) -> float:
    """RETURNS (float): The mean Pearson of what each fold is predicted by the others."""
    fold = numpy.arange(len(X)) % FOLDS
    found = numpy.zeros_like(Y)
    for k in range(FOLDS):
        W, b = ridge(X[fold != k], Y[fold != k], penalty)
        found[fold == k] = X[fold == k] @ W + b
    return float(numpy.mean([numpy.corrcoef(found[:, k], Y[:, k])[0, 1] for k in range(3)]))


def _read(encoder: Encoder, data: Path, split: str) -> tuple[Floats, Floats]:
    rows = [row for row in read("emobank", data / "emobank", split) if row.text.strip()]
    X = numpy.stack([encoder.vector(Passage(row.text)) for row in rows]).astype("float64")
    Y = [[row.gold["vad"].value[name] for name in DIMENSIONS] for row in rows]  # type: ignore[index]
    return X, numpy.array(Y)


if __name__ == "__main__":
    main()
