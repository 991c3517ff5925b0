"""Fine-tune one encoder on all tasks together; what gold does not say teaches nothing.

    python recipes/encoder/train.py DATA OUT/shipped.pt --build shipped --init OUT/teach.pt
    python recipes/encoder/train.py DATA OUT/first.pt --build teacher --seed 10
    python recipes/encoder/train.py DATA OUT/student.pt --build student --init OUT/second.pt \\
        --soft OUT/soft.npy

Writes the weights and, every so many steps, a checkpoint beside them: the same command goes on from
there. What `label.py` writes, soft labels of all texts in all outputs, teaches beside gold, and
alone where there is none.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import nn

sys.path.append(str(Path(__file__).parents[1] / "embedded"))

from columns import targets
from encoder import HEAD_RATE, WARM_UP, quickly
from loss import Loss
from measure import measure
from model import MultiTask, Pieces, Reader, pretrained
from outputs import RESEARCH, SHIPPED

from corpora import Item, parts

#: By stage and corpus, how often each text is read; a share below 1 draws so many of them anew.
STAGES: dict[str, list[dict[str, float]]] = {
    "shipped": [{"goemotions": 0.5, "xed": 0.5, "brighter": 3, "templates": 0.17}],
    "shipped-student": [
        {
            "goemotions": 0.8, "xed": 0.5, "brighter": 4, "templates": 0.17,
            "semeval2017": 0.8, "semeval2018": 2, "sst": 0.5, "emobank": 0.5, "esconv": 0.3,
        },
    ],
    "teacher": [
        {
            "semeval2017": 0.5, "goemotions": 0.6, "xed": 0.4, "sst": 1, "subj": 0.7,
            "emobank": 1.5, "semeval2018": 1, "brighter": 2, "esconv": 0.6, "templates": 0.08,
        },
        {
            "semeval2018": 4, "brighter": 4, "emobank": 2, "sst": 1.5, "subj": 1, "esconv": 1,
            "goemotions": 0.45, "xed": 0.1, "semeval2017": 0.1, "templates": 0.05,
        },
    ],
    "student": [
        {
            "semeval2017": 0.35, "semeval2018": 2.5, "goemotions": 0.3, "brighter": 2.5,
            "emobank": 1, "sst": 1, "subj": 1, "esconv": 0.6, "templates": 0.33,
        },
    ],
    "again": [
        {
            "semeval2018": 2, "brighter": 2, "emobank": 1, "sst": 0.5, "subj": 0.5, "esconv": 0.5,
            "goemotions": 0.3, "semeval2017": 0.1, "templates": 0.4,
        },
    ],
}  # fmt: skip
SIZE = 48
#: Batches whose texts are sorted by length together, so that little is padding.
SORTED = 16
SAVE_EVERY = 500
#: A student's word vectors stay as its teacher left them: they would cost a tenth of the time.
FROZEN = "embeddings.word_embeddings"

Floats = NDArray[Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path, help="the file of weights to write")
    parser.add_argument("--build", choices=STAGES, required=True)
    parser.add_argument("--init", type=Path, help="weights to begin with; without, the pretrained")
    parser.add_argument("--soft", type=Path, help="soft labels, of label.py")
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.set_float32_matmul_precision("medium")
    torch.manual_seed(args.seed)

    outputs = outputs_of_build(args.build)
    train, dev = parts(args.data, outputs)
    gold = targets(train, outputs)
    soft = None if args.soft is None else numpy.load(args.soft).astype("float32")
    folder = pretrained()
    model = MultiTask(folder, len(outputs))
    if args.init:
        model.begin_with(args.init, outputs)
    else:
        model.begin_at(numpy.nanmean(gold, axis=0), outputs)
    for name, array in model.named_parameters():
        array.requires_grad_(soft is None or FROZEN not in name)
    read = Reader(folder)
    pieces = [*map(read, train)]
    lengths = [len(one.ids) for one in pieces]
    plan = schedule(train, STAGES[args.build], args.seed)
    print(f"{len(train):,} texts, {sum(map(len, plan)):,} readings", flush=True)
    steps = [
        (stage, batch)
        for stage, order in enumerate(plan)
        for batch in batches(order, lengths, args.seed)
    ]
    report = partial(_report, dev=dev, pieces=[*map(read, dev)], outputs=outputs)
    learn(model, pieces, Loss(outputs, gold, soft), steps, args, report)
    torch.save(model.state_dict(), args.out)


def outputs_of_build(build: str) -> tuple[str, ...]:
    """RETURNS (tuple[str, ...]): Their names."""
    return SHIPPED if build.startswith("shipped") else RESEARCH


def schedule(
    items: Sequence[Item], stages: Sequence[dict[str, float]], seed: int
) -> list[list[int]]:
    """RETURNS (list[list[int]]): By stage, which texts are read, in random order."""
    chance = random.Random(seed)
    plan = []
    for shares in stages:
        order = []
        for i, item in enumerate(items):
            share = shares.get(item.source, 0)
            order += [i] * (int(share) + (chance.random() < share % 1))
        chance.shuffle(order)
        plan.append(order)
    return plan


def learn(
    model: MultiTask,
    pieces: Sequence[Pieces],
    loss_of: Loss,
    steps: Sequence[tuple[int, list[int]]],
    args: argparse.Namespace,
    after_stage: Callable[[MultiTask, int], None],
) -> None:
    """Take the steps, each a stage and the texts to read; begin after the last checkpoint, if
    there is one.
    """
    learned = [p for p in model.bert.parameters() if p.requires_grad]
    deep = [p for p in learned if p.ndim > 1]
    flat = [p for p in learned if p.ndim < 2]
    groups = [
        {"params": deep, "weight_decay": 0.01, "lr": args.rate},
        {"params": flat, "weight_decay": 0.0, "lr": args.rate},
        {"params": model.head.parameters(), "weight_decay": 0.0, "lr": HEAD_RATE * args.rate},
    ]
    optimizer = torch.optim.AdamW(groups, fused=True)
    rates = [group["lr"] for group in groups]
    path = args.out.with_suffix(".checkpoint")
    done = 0
    if path.exists():
        saved = torch.load(path, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done = saved["done"]
    began, total, mean = time.monotonic(), len(steps), 0.0
    for step in range(done, total):
        stage, batch = steps[step]
        share = min((step + 1) / (WARM_UP * total), (total - step) / total)
        for group_, full in zip(optimizer.param_groups, rates, strict=True):
            group_["lr"] = full * max(share, 0.01)
        with quickly():
            raw = model([pieces[i] for i in batch])
        loss = loss_of(raw, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        mean += (loss.item() - mean) / min(step - done + 1, 200)
        if (step + 1) % 100 == 0:
            passed = time.monotonic() - began
            print(f"{step + 1}/{total} loss {mean:.3f} {passed:.0f} s", flush=True)
        last = step + 1 == total or steps[step + 1][0] != stage
        if (step + 1) % SAVE_EVERY == 0 or last:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save({**state, "done": step + 1}, path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)
        if last:
            after_stage(model, stage)


def batches(order: Sequence[int], lengths: Sequence[int], seed: int) -> list[list[int]]:
    """RETURNS (list[list[int]]): Texts of like length together, in random order."""
    found = []
    for start in range(0, len(order), SIZE * SORTED):
        some = sorted(order[start : start + SIZE * SORTED], key=lambda i: lengths[i])
        found += [some[i : i + SIZE] for i in range(0, len(some), SIZE)]
    random.Random(seed).shuffle(found)
    return found


def _report(
    model: MultiTask,
    stage: int,
    *,
    dev: Sequence[Item],
    pieces: Sequence[Pieces],
    outputs: Sequence[str],
) -> None:
    reached = measure(predict(model, pieces), dev, outputs)
    print(f"stage {stage}", json.dumps(reached), flush=True)


def predict(model: MultiTask, pieces: Sequence[Pieces], size: int = 64) -> Floats:
    """RETURNS (Floats): (n, n_out) raw outputs."""
    model.eval()
    found = numpy.zeros((len(pieces), model.head.out_features), "float32")
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i].ids))
    with torch.inference_mode(), quickly():
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            found[batch] = model([pieces[i] for i in batch]).numpy()
    model.train()
    return found


if __name__ == "__main__":
    main()
