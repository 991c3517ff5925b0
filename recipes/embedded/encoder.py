"""A small BERT with one logistic head: how it reads, learns from partial gold, and predicts."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy
import torch
from curated_transformers.models.bert import BertConfig, BertEncoder
from curated_transformers.models.curated_transformer import CuratedTransformer
from curated_transformers.models.hf_util import convert_pretrained_model_for_encoder
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

#: all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020).
SHAPE = {
    "embedding_width": 384,
    "hidden_width": 384,
    "intermediate_width": 1536,
    "num_attention_heads": 12,
    "num_hidden_layers": 6,
    "vocab_size": 30522,
}
LONGEST = 96
FIRST, LAST = 101, 102
#: Texts whose lengths are sorted together, so that little of a batch is padding.
BATCHES_SORTED = 16
#: The share of the steps in which the rate rises; then it falls to nothing.
WARM_UP = 0.06
#: The head begins at nothing and learns faster.
HEAD_RATE = 10.0

Floats = NDArray[numpy.floating]


class Encoder(nn.Module):
    """Mean of the last layer's pieces, then one logistic output each."""

    def __init__(self, folder: Path, n_out: int) -> None:
        """folder (Path): Holds `model.safetensors` and `tokenizer.json`."""
        super().__init__()
        self.bert = CuratedTransformer(BertEncoder(BertConfig(**SHAPE)))
        params = {
            name: value.float()
            for name, value in load_file(folder / "model.safetensors").items()
            if not name.endswith("position_ids") and "pooler." not in name
        }
        self.bert.load_state_dict(convert_pretrained_model_for_encoder(self.bert, params))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(SHAPE["hidden_width"], n_out)
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, -2.5)

    def forward(self, pieces: Sequence[list[int]]) -> Tensor:
        """pieces (Sequence[list[int]]): Per text. RETURNS (Tensor): (n, n_out) log odds."""
        longest = max(map(len, pieces))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in pieces])
        vectors = self.bert(ids).last_hidden_layer_states
        there = ids.ne(0)[:, :, None].to(vectors.dtype)
        mean = (vectors * there).sum(1) / there.sum(1)
        return self.head(self.drop(mean)).float()


def make_reader(folder: Path) -> Callable[[str], list[int]]:
    """RETURNS (Callable): Text -> pieces, at most `LONGEST` and the two at the ends."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def read(text: str) -> list[int]:
        found = tokenizer.encode(text, add_special_tokens=False).ids[:LONGEST]
        return [FIRST, *found, LAST]

    return read


def quickly() -> torch.autocast:
    """RETURNS (torch.autocast): To multiply in bfloat16, where the processor has it; what emulates
    it takes fifteen times as long as float32.
    """
    there = any(able for name, able in torch.cpu.get_capabilities().items() if "bf16" in name)
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=there)


def train(
    model: Encoder,
    pieces: Sequence[list[int]],
    targets: Floats,
    *,
    epochs: int,
    rate: float,
    size: int,
    seed: int,
    after_epoch: Callable[[int], None],
) -> None:
    """Learn by binary cross-entropy; cells that are NaN teach nothing.

    targets (Floats): (n, n_out), in [0, 1]. size (int): Texts in a batch.
    """
    chance = random.Random(seed)
    flat = [p for p in model.bert.parameters() if p.ndim < 2]
    deep = [p for p in model.bert.parameters() if p.ndim > 1]
    groups = [
        {"params": deep, "weight_decay": 0.01, "lr": rate},
        {"params": flat, "weight_decay": 0.0, "lr": rate},
        {"params": model.head.parameters(), "weight_decay": 0.0, "lr": HEAD_RATE * rate},
    ]
    optimizer = torch.optim.AdamW(groups, fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    total = epochs * math.ceil(len(pieces) / size)
    step, began = 0, time.monotonic()
    for epoch in range(1, epochs + 1):
        for batch in _batches(pieces, size, chance):
            share = min(step / (WARM_UP * total), (total - step) / total)
            for group, full in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = full * max(share, 0.01)
            with quickly():
                odds = model([pieces[i] for i in batch])
            wanted = torch.from_numpy(targets[batch])
            known = ~wanted.isnan()
            losses = nn.functional.binary_cross_entropy_with_logits(
                odds, wanted.nan_to_num(), reduction="none"
            )
            loss = (losses * known).sum() / len(batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            if step % 200 == 0:
                passed = time.monotonic() - began
                print(f"{step}/{total} loss {loss.item():.3f} {passed:.0f} s", flush=True)
        after_epoch(epoch)


def predict(model: Encoder, pieces: Sequence[list[int]], size: int = 64) -> Floats:
    """RETURNS (Floats): (n, n_out) probabilities."""
    model.eval()
    found = numpy.zeros((len(pieces), model.head.out_features), "float32")
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i]))
    with torch.inference_mode(), quickly():
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            found[batch] = model([pieces[i] for i in batch]).sigmoid().numpy()
    model.train()
    return found


def _batches(pieces: Sequence[list[int]], size: int, chance: random.Random) -> Iterator[list[int]]:
    """YIELDS (list[int]): Places of texts of like length, in random order."""
    order = list(range(len(pieces)))
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), size * BATCHES_SORTED):
        some = sorted(order[start : start + size * BATCHES_SORTED], key=lambda i: len(pieces[i]))
        batches += [some[i : i + size] for i in range(0, len(some), size)]
    chance.shuffle(batches)
    return iter(batches)
