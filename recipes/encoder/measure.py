"""Development figures of raw outputs, while training and after quantisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from columns import BRIGHTER, GO  # of recipes/embedded
from numpy.typing import NDArray
from outputs import DIMENSIONS, RANKED, places

from corpora import Item
from spacy_affect.labels import EC11, EKMAN

Floats = NDArray[Any]
#: Where labels are cut before cut points have been chosen.
CUT = 1 / 3
#: Where E-c's are: its annotators named more.
EC_CUT = 0.4


def measure(raw: Floats, items: Sequence[Item], outputs: Sequence[str]) -> dict[str, float]:
    """raw (Floats): (n, outputs).
    RETURNS (dict[str, float]): What the outputs reach on items that have gold for them.
    """
    place = {name: i for i, name in enumerate(outputs)}
    p = 1 / (1 + numpy.exp(-raw.astype("float64")))

    def column(name: str) -> tuple[Floats, Floats]:
        rows = [i for i, item in enumerate(items) if name in item.gold]
        return p[rows, place[name]], numpy.array([items[i].gold[name] for i in rows])

    def mean_r(names: Sequence[str]) -> float:
        return float(numpy.mean([pearson(*column(name)) for name in names]))

    def macro(names: Sequence[str]) -> float:
        return float(numpy.mean([f1(*column(name), CUT) for name in names]))

    found = {
        "go": macro([f"go.{label}" for label in GO]),
        "ekman": macro([f"ekman.{label}" for label in EKMAN.labels]),
        "present": macro([f"present.{label}" for label in BRIGHTER]),
        "intense": mean_r([f"intense.{label}" for label in BRIGHTER]),
    }
    if "valence" in place:
        found["ei"] = mean_r([f"ei.{label}" for label in RANKED])
        found["v"] = mean_r(["valence"])
        found |= _labels(*_block(p, items, [f"ec.{label}" for label in EC11.labels], place))
        found["mixed"] = average_precision(*column("both"))
        found["subj"] = float(((column("subj")[0] > 0.5) == column("subj")[1]).mean())
        found |= {name: pearson(*column(f"vad.{name}")) for name in DIMENSIONS}
        steps, truth = _block(p, items, [f"sst.{i}" for i in range(4)], place)
        found["sst"] = float(((steps > 0.5).sum(1) == truth.sum(1)).mean())
        support = [outputs[i] for i in places(outputs, "support")]
        said, truth = _block(raw, items, support, place)
        best, right = said.argmax(1), truth.argmax(1)
        found["support"] = float(
            numpy.mean([f1(best == k, right == k, 0.5) for k in range(len(support))])
        )
        found["support_accuracy"] = float((best == right).mean())
    return {name: round(number, 4) for name, number in found.items()}


def _block(
    p: Floats, items: Sequence[Item], names: Sequence[str], place: dict[str, int]
) -> tuple[Floats, Floats]:
    rows = [i for i, item in enumerate(items) if names[0] in item.gold]
    gold = numpy.array([[items[i].gold[name] for name in names] for i in rows])
    return p[rows][:, [place[name] for name in names]], gold


def _labels(p: Floats, gold: Floats) -> dict[str, float]:
    there, known = p > EC_CUT, gold > 0.5
    both, either = (there & known).sum(1), (there | known).sum(1)
    micro = 2 * both.sum() / (there.sum() + known.sum())
    macro = numpy.mean([f1(p[:, k], gold[:, k], EC_CUT) for k in range(p.shape[1])])
    jaccard = numpy.where(either == 0, 1.0, both / numpy.maximum(either, 1)).mean()
    return {"ec_jaccard": float(jaccard), "ec_micro": float(micro), "ec_macro": float(macro)}


def pearson(found: Floats, gold: Floats) -> float:
    return float(numpy.corrcoef(found, gold)[0, 1])


def f1(found: Floats, gold: Floats, cut: float) -> float:
    hits, truth = found > cut, gold > 0.5
    return float(2 * (hits & truth).sum() / max(hits.sum() + truth.sum(), 1))


def average_precision(found: Floats, gold: Floats) -> float:
    order = numpy.argsort(-found, kind="stable")
    hits = gold[order] > 0.5
    return float((hits.cumsum() / numpy.arange(1, len(hits) + 1))[hits].mean())
