"""The price of less preference bias: Q and B of a trained pipeline at several strengths of Debias.

    python tests/benchmarks/bench_debias.py PIPELINE SOURCE[:PATH] [--component NAME]

Offsets are fitted on one half of the conversations and used on the other, and the other way round,
so that no conversation is decided by offsets that it helped to choose.
"""

from __future__ import annotations

import argparse

import numpy
import spacy

from spacy_affect.corpora.gold import gold_units
from spacy_affect.corpora.reader import bare, locate, read, to_doc
from spacy_affect.extensions import units_of
from spacy_affect.models.debias import Debias
from spacy_affect.scoring.metrics import preference_bias

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline")
    parser.add_argument("source")
    parser.add_argument("--component", default="affect_support_next")
    given = parser.parse_args()
    nlp = spacy.load(given.pipeline)
    pipe = nlp.get_pipe(given.component)
    labels = pipe.task.scheme.labels
    found, wanted, halves = [], [], []
    for place, row in enumerate(read(*locate(given.source))):
        reference = to_doc(nlp, row)
        doc = nlp(bare(nlp, reference))
        records = {(start, end): record for start, end, record in units_of(doc, pipe.key)}
        for span, gold in gold_units(reference, pipe.gold):
            record = records[span.start_char, span.end_char]
            probabilities = record.details.get("probabilities") or record.value
            found.append([probabilities[label] for label in labels])
            wanted.append(gold.labels)
            halves.append(place % 2)
    p, half = numpy.array(found), numpy.array(halves)
    gold = numpy.array([[float(label == name) for label in labels] for name in wanted])
    offsets = [Debias().fit(p[half != k], gold[half != k]) for k in (0, 1)]
    print(f"{'strength':>8} {'Q':>7} {'B':>7} {'weighted F1':>12}")
    for strength in STRENGTHS:
        decided = [Debias(strength)(p, each).argmax(axis=1) for each in offsets]
        chosen = numpy.where(half == 0, decided[0], decided[1])
        scored = preference_bias(wanted, [labels[i] for i in chosen], labels)
        print(
            f"{strength:8.2f} {scored.macro_f1:7.3f} {scored.bias:7.3f} {scored.weighted_f1:12.3f}"
        )


if __name__ == "__main__":
    main()
