"""What a card says of how far a component can be trusted."""

from __future__ import annotations

from typing import Any

import numpy
from spacy.language import Language

CERTAINTY = ("ece", "coverage", "set_size", "interval_coverage")
LEVEL = 0.9


def reliability(nlp: Language, component: str, rows: list[tuple[str, Any]]) -> list[list[float]]:
    """RETURNS (list): Of ten equal steps of confidence: its mean, how often it was right, of how
    many predictions.
    """
    said: list[tuple[float, float]] = []
    docs = nlp.pipe(text for text, _ in rows)
    for doc, (_, known) in zip(docs, rows, strict=True):
        record = doc._.affect[component.removeprefix("affect_")]
        if "presence" in record.details:
            labels = known.get("labels", {})
            said += [(record.presence[k], labels[k]) for k in record.presence if k in labels]
        elif isinstance(known, str) and record.details.get("confidence") is not None:
            named = record.label
            if "ambivalent" in record.details:
                named = "ambivalent" if record.ambivalent else "not ambivalent"
            said.append((record.confidence, float(named == known)))
    if not said:
        return []
    p, right = numpy.array(said).T
    place = numpy.minimum((p * 10).astype(int), 9)
    return [
        [float(p[place == k].mean()), float(right[place == k].mean()), int((place == k).sum())]
        for k in numpy.unique(place)
    ]


def certainty(metrics: dict[str, float]) -> dict[str, Any]:
    """RETURNS (dict): What a card says of how far a component can be trusted."""
    found: dict[str, Any] = {name: metrics[name] for name in CERTAINTY if name in metrics}
    return {"level": LEVEL, **found}
