"""Fit the students, sparse linear models, to gold and to what the teacher says of all texts.

    python recipes/embedded/students.py DATA OUT

Reads OUT/soft.npz and OUT/texts.json, and EmoBank for valence, arousal and dominance. Writes
OUT/general.npz and OUT/vad.npz, which `ship.py` measures and packs.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy
import spacy
from columns import STUDENT, S, soft
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from texts import Text, labelled, templates

from spacy_affect.corpora.reader import read
from spacy_affect.models.backbones.sparse.features import Settings, get_space
from spacy_affect.models.backbones.sparse.scope import FACTORS
from spacy_affect.models.backbones.sparse.sums import dense_sums, hashed_shares

SETTINGS = Settings(length=2**17, shortest=2, longest=5, pairs=True, lexicon=True)
DIMENSIONS = ("valence", "arousal", "dominance")
#: By how a word stands: a judgement is turned round by "not", set aside where it is another's, and
#: less where it is conceded. Emotion words name their emotion also where they are negated.
JUDGED = numpy.array([1.0, 0.2, 1.0, 0.7, -1.0, -0.1], "float32")
FELT = FACTORS
#: Outputs that are fitted alike: their factors, the penalty on squared weights, and how much a text
#: of a template counts.
GROUPS: dict[str, tuple[tuple[str, ...], NDArray[numpy.float32], float, float]] = {
    "judged": (("pos", "neg"), JUDGED, 0.5, 6.0),
    "felt": (tuple(name for name in STUDENT if name.startswith("emotion.")), FELT, 1.0, 2.0),
    "named": (
        tuple(name for name in STUDENT if name.startswith(("ekman.", "fine."))),
        FELT,
        0.4,
        1.0,
    ),
    "stated": (("subjective",), FELT, 0.5, 2.0),
}
#: How much gold counts where the teacher has spoken too; of templates it is all that counts.
GOLD_SHARE = 0.5
BATCH = 512
PROCESSES = 2

Floats = NDArray[numpy.floating]
nlp = spacy.blank("en")


class Fit(NamedTuple):
    """Weights of hashed features, of dense ones, and biases."""

    W: Floats
    D: Floats
    b: Floats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--templates", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--only", nargs="*", help="Fit these groups anew and keep the others.")
    args = parser.parse_args()

    texts = json.loads((args.out / "texts.json").read_text(encoding="utf8"))
    known = [*labelled(args.data, "train"), *templates(args.templates, args.seed)]
    assert [text.text for text in known] == texts[: len(known)], "labelled from other texts"
    targets, written = goal(known, numpy.load(args.out / "soft.npz")["P"].astype("float32"))
    idf = frequencies(texts)
    arrays = {"idf": idf, "factors": numpy.zeros((len(FACTORS), len(STUDENT)), "float32")}
    parts: dict[int, Fit] = {}
    if args.only:
        before = dict(numpy.load(args.out / "general.npz"))
        arrays["factors"][:] = before["factors"]
        parts = {i: Fit(*(before[name][..., i] for name in Fit._fields)) for i in S.values()}
    for name, (outputs, factors, l2, weight) in GROUPS.items():
        if args.only and name not in args.only:
            continue
        weights = numpy.where(written, weight, 1.0).astype("float32")
        X, D = features(texts, idf, factors)
        places = [S[output] for output in outputs]
        arrays["factors"][:, places] = factors[:, None]
        found = fit(X, D, targets[:, places], weights, l2, args.steps)
        print(f"{name}: fitted", flush=True)
        for i, place in enumerate(places):
            parts[place] = Fit(found.W[:, i], found.D[:, i], found.b[i])
    save(args.out / "general.npz", [parts[place] for place in range(len(STUDENT))], arrays)

    rows = list(read("emobank", args.data / "emobank", "train"))
    X, D = features([row.text for row in rows], idf, FELT)
    vad = numpy.array([[row.gold["vad"].value[name] for name in DIMENSIONS] for row in rows])
    found = fit(X, D, vad, numpy.ones(len(rows)), 2.0, args.steps, squared=True)
    columns = [Fit(found.W[:, i], found.D[:, i], found.b[i]) for i in range(len(DIMENSIONS))]
    factors = numpy.repeat(FELT[:, None], len(DIMENSIONS), axis=1)
    save(args.out / "vad.npz", columns, {"idf": idf, "factors": factors})


def goal(known: Sequence[Text], P: Floats) -> tuple[Floats, NDArray[numpy.bool_]]:
    """known (Sequence[Text]): Those of the texts that have gold, which come first.
    P (Floats): The teacher's probabilities for all texts.
    RETURNS (tuple): (n, outputs) targets, and which texts were written by templates.
    """
    targets = soft(P)
    written = numpy.zeros(len(P), bool)
    for i, text in enumerate(known):
        written[i] = text.source == "templates"
        share = 1.0 if written[i] else GOLD_SHARE
        for name, number in text.gold.items():
            if name in S and (written[i] or name != "subjective"):
                targets[i, S[name]] = share * number + (1 - share) * targets[i, S[name]]
    return targets, written


def batches(texts: Sequence[str]):
    """YIELDS (Batch): Features of a few hundred texts each."""
    for start in range(0, len(texts), BATCH):
        docs = [nlp.make_doc(text) for text in texts[start : start + BATCH]]
        yield get_space(SETTINGS).batch(docs)


def frequencies(texts: Sequence[str]) -> Floats:
    """RETURNS (Floats): (length,) inverse document frequencies, as `SparseNgram.v1` has them."""
    found, ones = numpy.zeros(SETTINGS.length), numpy.ones(SETTINGS.length, "float32")
    for batch in batches(texts):
        shares = hashed_shares(SETTINGS, batch, ones)
        found += numpy.bincount(shares.indices, minlength=SETTINGS.length)
    idf = numpy.log((1 + len(texts)) / (1 + found)) + 1
    return idf.astype("float16").astype("float32")  # as it is kept


def features(texts: Sequence[str], idf: Floats, factors: Floats) -> tuple[csr_matrix, Floats]:
    """RETURNS (tuple): (n, length) and (n, dense features)."""
    pairs = [
        (hashed_shares(SETTINGS, batch, idf, factors), dense_sums(SETTINGS, batch))
        for batch in batches(texts)
    ]
    X = vstack([x for x, _ in pairs], format="csr")
    X.sum_duplicates()
    return X, numpy.concatenate([dense for _, dense in pairs])


def fit(
    X: csr_matrix,
    D: Floats,
    targets: Floats,
    weights: Floats,
    l2: float,
    steps: int,
    squared: bool = False,
) -> Fit:
    """Fit outputs one by one, by L-BFGS (Liu and Nocedal 1989): together they would share a
    curvature, and converge several times slower.

    targets (Floats): (n, k), NaN where unknown; for logistic outputs in [0, 1].
    weights (Floats): (n,). l2 (float): As `SparseNgram.v1` has it. squared (bool): Squared loss.
    RETURNS (Fit): (length, k), (dense features, k) and (k,).
    """
    began = time.monotonic()
    problem = Problem(X, X.T.tocsr(), D, numpy.ascontiguousarray(D.T), l2, steps, squared)
    _SHARED.append(problem)  # forked processes have it without a copy
    columns = []
    with get_context("fork").Pool(PROCESSES) as pool:
        work = [(column, weights) for column in targets.T]
        for fitted in pool.imap(_fit_one, work):
            columns.append(fitted)
            print(f"  {len(columns)}/{len(work)} {time.monotonic() - began:.0f} s", flush=True)
    _SHARED.pop()
    return Fit(*(numpy.stack(parts, axis=-1) for parts in zip(*columns, strict=True)))


class Problem(NamedTuple):
    """What the outputs of a group share: features, also turned round, and settings."""

    X: csr_matrix
    back: csr_matrix
    D: Floats
    dense_back: Floats
    l2: float
    steps: int
    squared: bool


_SHARED: list[Problem] = []


def _fit_one(column: tuple[Floats, Floats]) -> Fit:
    """column (tuple): Targets of one output, NaN where unknown, and weights of texts."""
    X, back, D, dense_back, l2, steps, squared = _SHARED[-1]
    targets, weights = column
    count = numpy.where(numpy.isnan(targets), 0.0, weights).astype("float32")
    wanted = numpy.nan_to_num(targets).astype("float32")
    mean = float(wanted @ count / max(count.sum(), 1))
    share = min(max(mean, 1e-3), 1 - 1e-3)
    n_hashed = X.shape[1]

    def loss(flat: Floats) -> tuple[float, Floats]:
        flat = flat.astype("float32")
        W, V, b = flat[:n_hashed], flat[n_hashed:-1], flat[-1]
        raw = X @ W + D @ V + b
        if squared:
            slopes = raw - wanted
            losses = slopes**2 / 2
        else:
            small = numpy.exp(-numpy.abs(raw))
            losses = numpy.maximum(raw, 0) - raw * wanted + numpy.log1p(small)
            slopes = numpy.where(raw >= 0, 1 / (1 + small), small / (1 + small)) - wanted
        slopes = slopes * count
        total = float(losses.astype("float64") @ count) + l2 / 2 * float(W @ W + V @ V)
        parts = (back @ slopes + l2 * W, dense_back @ slopes + l2 * V, [slopes.sum()])
        return total, numpy.concatenate(parts).astype("float64")

    start = numpy.zeros(n_hashed + D.shape[1] + 1)
    start[-1] = mean if squared else numpy.log(share / (1 - share))
    options = {"maxiter": steps, "maxfun": 2 * steps, "maxcor": 8}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    found = found.astype("float32")
    return Fit(found[:n_hashed], found[n_hashed:-1], found[-1])


def save(path: Path, columns: Sequence[Fit], arrays: dict[str, Floats]) -> None:
    stacked = {
        name: numpy.stack([getattr(column, name) for column in columns], axis=-1)
        for name in Fit._fields
    }
    numpy.savez(path, **stacked, **arrays)
    print(f"written: {path}", flush=True)


if __name__ == "__main__":
    main()
