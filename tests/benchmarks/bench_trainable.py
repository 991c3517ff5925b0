"""How fast trainable components on the sparse backbone are, beside blank spaCy.

    python tests/benchmarks/bench_trainable.py [--texts FILE.tsv --column 3] [--rounds 5]

Weights are random: speed does not depend on what they say. Everything runs over the same texts in
one process, by turns, in CPU time; each text is cut to about 20 tokens. The first round also shows
what words cost that the pipeline has never met.
"""

from __future__ import annotations

import argparse
import gc
import time
from pathlib import Path
from statistics import median

import numpy
import spacy
from bench_components import from_table, generated
from spacy.language import Language

SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1"}
PIPELINES = {
    "blank spaCy": [],
    "emotion": ["emotion"],
    "polarity": ["polarity"],
    "four": ["emotion", "polarity", "vad", "subjectivity"],
}
WORDS = 17  # about 20 tokens


def pipeline(tasks: list[str]) -> Language:
    nlp = spacy.blank("en")
    for task in tasks:
        nlp.add_pipe(f"affect_{task}", config={"model": SPARSE})
    nlp.initialize()
    chance = numpy.random.default_rng(0)
    for name in nlp.pipe_names:
        model = nlp.get_pipe(name).model
        for param in ("W", "D"):
            shape = model.get_param(param).shape
            model.set_param(param, chance.normal(scale=0.1, size=shape).astype("float32"))
    return nlp


def main() -> None:
    parser = argparse.ArgumentParser(description="Docs per CPU second of sparse components.")
    parser.add_argument("--texts", type=Path, help="tab-separated values; default: generated texts")
    parser.add_argument("--column", type=int, default=3, help="the column of the texts, from 1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--n", type=int, default=4000, help="how many texts")
    given = parser.parse_args()
    texts = (
        generated(given.n)
        if given.texts is None
        else from_table(given.texts, given.column, given.n)
    )
    texts = [" ".join(text.split()[:WORDS]) for text in texts]
    pipelines = {name: pipeline(tasks) for name, tasks in PIPELINES.items()}
    gc.collect()
    gc.freeze()
    seconds: dict[str, list[float]] = {name: [] for name in pipelines}
    for _ in range(given.rounds + 1):
        for name, nlp in pipelines.items():
            start = time.process_time()
            tokens = sum(map(len, nlp.pipe(texts)))
            seconds[name].append(time.process_time() - start)
    print(f"{len(texts):,} texts of {tokens / len(texts):.1f} tokens, {given.rounds} rounds")
    print(f"{'':<12}  {'docs/s':>8}  {'best':>8}  {'first':>8}  {'added, in blank spaCy':>22}")
    blank = seconds["blank spaCy"]
    for name, spent in seconds.items():
        added = median((a - b) / b for a, b in zip(spent[1:], blank[1:], strict=True))
        rates = (len(texts) / s for s in (median(spent[1:]), min(spent[1:]), spent[0]))
        print(f"{name:<12}  " + "  ".join(f"{rate:>8,.0f}" for rate in rates), f"{added:>22.2f}")


if __name__ == "__main__":
    main()
