"""Label the texts that a student will read, in all outputs, by the mean of its teachers.

    python recipes/encoder/label.py DATA OUT/soft.npy OUT/first OUT/second --build student

A teacher is a folder that `export.py` wrote: in eight bits it labels three times as many texts a
second. Writes (n_texts, outputs) in half precision, NaN for texts that the build does not read, for
what a template says of itself, and where an output is not of a text's kind: strategies of support
are of turns, all others of texts.
Prints what each teacher and the mean of them reach on development parts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy

sys.path.append(str(Path(__file__).parents[1] / "embedded"))

from columns import Floats, targets
from export import passage
from measure import measure
from outputs import places
from train import STAGES, outputs_of_build, schedule

from corpora import Item, parts
from spacy_affect.models.backbones.embedded.encoder import Encoder

#: Texts that a process labels at a time.
SIZE = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("teachers", type=Path, nargs="+")
    parser.add_argument("--build", choices=STAGES, required=True)
    parser.add_argument("--seed", type=int, default=0, help="as the student's")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    args = parser.parse_args()
    outputs = outputs_of_build(args.build)
    train, dev = parts(args.data, outputs)
    read = sorted({i for order in schedule(train, STAGES[args.build], args.seed) for i in order})
    items = [train[i] for i in read]
    soft = numpy.full((len(train), len(outputs)), numpy.nan, "float32")
    labels, known = [], []
    for folder in args.teachers:
        known.append(label(folder, dev, args.processes))
        print(folder.name, json.dumps(measure(known[-1], dev, outputs)), flush=True)
        labels.append(likely(label(folder, items, args.processes), outputs))
    if len(known) > 1:
        print("mean", json.dumps(measure(numpy.mean(known, axis=0), dev, outputs)), flush=True)
    soft[read] = of_kind(numpy.mean(labels, axis=0), items, outputs)
    made = [i for i in read if train[i].source == "templates"]
    soft[made] = numpy.where(numpy.isnan(targets(train, outputs)[made]), soft[made], numpy.nan)
    numpy.save(args.out, soft.astype("float16"))


def label(folder: Path, items: Sequence[Item], processes: int) -> Floats:
    """RETURNS (Floats): (n, outputs) raw outputs."""
    heads = numpy.load(folder / "heads.npz")
    return vectors(folder, items, processes) @ heads["W"] + heads["b"]


def vectors(folder: Path, items: Sequence[Item], processes: int) -> Floats:
    """RETURNS (Floats): (n, width), of an exported encoder."""
    some = [items[start : start + SIZE] for start in range(0, len(items), SIZE)]
    with ProcessPoolExecutor(processes, initializer=_open, initargs=(folder,)) as pool:
        return numpy.concatenate([*pool.map(_vectors, some)])


def likely(raw: Floats, outputs: Sequence[str]) -> Floats:
    """RETURNS (Floats): Probabilities; numbers of vad as they are."""
    found = 1 / (1 + numpy.exp(-raw))
    support, vad = places(outputs, "support"), places(outputs, "vad")
    found[:, vad] = raw[:, vad]
    if support:
        odds = numpy.exp(raw[:, support] - raw[:, support].max(axis=1, keepdims=True))
        found[:, support] = odds / odds.sum(axis=1, keepdims=True)
    return found


def of_kind(soft: Floats, items: Sequence[Item], outputs: Sequence[str]) -> Floats:
    """RETURNS (Floats): NaN in the outputs that a turn, or a text that is none, does not have."""
    turns = numpy.array([item.before is not None for item in items])
    of_turns = numpy.zeros(soft.shape[1], bool)
    of_turns[places(outputs, "support")] = True
    return numpy.where(turns[:, None] == of_turns, soft, numpy.nan)


def _open(folder: Path) -> None:
    global _ENCODER
    settings = json.loads((folder / "encoder.json").read_text(encoding="utf8"))
    _ENCODER = Encoder(folder, settings)


def _vectors(items: Sequence[Item]) -> Floats:
    return numpy.stack([_ENCODER.vector(passage(item)) for item in items])


if __name__ == "__main__":
    main()
