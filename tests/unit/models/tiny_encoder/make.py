"""Makes the encoder beside it, of random weights: an input of tests, a few kB long.

    python tests/unit/models/tiny_encoder/make.py

Needs the package onnx; what it makes does not.
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path

import numpy

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[3] / "recipes" / "encoder"))

from graph import build  # noqa: E402

WIDTH, INNER, HEADS, LAYERS, LONGEST = 16, 32, 2, 2, 24
#: Ends, speakers, whole words, and letters for all others.
VOCAB = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[OWN]", "[OTHER]"),
    *("you", "love", "hate", "good", "bad", "not", "the", "plan", "really", "user", "http"),
    *(".", ",", "!", "?", "'", "@"),
    *string.ascii_lowercase,
    *(f"##{letter}" for letter in string.ascii_lowercase),
]


def main() -> None:
    chance = numpy.random.default_rng(0)

    def random(*shape: int, spread: float = 1.0) -> numpy.ndarray:
        return chance.normal(0, spread, shape).astype("float32")

    params = {
        "embeddings.word_embeddings.weight": random(len(VOCAB), WIDTH),
        "embeddings.token_type_embeddings.weight": random(2, WIDTH),
        "embeddings.position_embeddings.weight": random(LONGEST, WIDTH, spread=0.5),
    }
    linear = {
        "mha.input": (3 * WIDTH, WIDTH),
        "mha.output": (WIDTH, WIDTH),
        "ffn.intermediate": (INNER, WIDTH),
        "ffn.output": (WIDTH, INNER),
    }
    norms = ["embeddings.layer_norm"]
    for layer in range(LAYERS):
        for name, shape in linear.items():
            params[f"layers.{layer}.{name}.weight"] = random(*shape, spread=0.4)
            params[f"layers.{layer}.{name}.bias"] = random(shape[0], spread=0.1)
        norms += [f"layers.{layer}.{part}_output_layernorm" for part in ("attn", "ffn")]
    for name in norms:
        params[f"{name}.weight"] = 1 + random(WIDTH, spread=0.1)
        params[f"{name}.bias"] = random(WIDTH, spread=0.1)
    (HERE / "encoder.onnx").write_bytes(build(params, HEADS, LONGEST))
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {piece: i for i, piece in enumerate(VOCAB)},
        },
    }
    text = json.dumps(tokenizer, separators=(",", ":"))
    (HERE / "tokenizer.json").write_text(f"{text}\n", encoding="utf8")


if __name__ == "__main__":
    main()
