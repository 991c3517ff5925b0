"""The loss of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from outputs import WEIGHTS, group, places
from torch import Tensor, nn

#: Strategies of support: the share of a target that all divide; rarer ones weigh by the square root
#: of how rare they are.
SMOOTHING = 0.1
#: Of gold in a target that is soft too, and how much a target that is soft alone weighs.
GOLD, SOFT_ALONE = 0.5, 0.5

Floats = NDArray[Any]


class Loss:
    """The loss of some texts: each group of outputs by its kind, weighted."""

    def __init__(self, outputs: Sequence[str], gold: Floats, soft: Floats | None) -> None:
        """gold, soft (Floats): (n, outputs), of all texts, NaN where nothing is known."""
        self.weights = torch.tensor([WEIGHTS.get(group(name), 1.0) for name in outputs])
        self.support, self.vad = places(outputs, "support"), places(outputs, "vad")
        for apart in (*self.support, *self.vad):
            self.weights[apart] = 0.0
        if self.support:
            counts = numpy.nansum(gold[:, self.support], axis=0)
            rare = (counts.mean() / counts) ** 0.5
            self.rare = torch.from_numpy(rare.astype("float32"))
        self._certain = ~numpy.isnan(gold)
        self._goal = gold
        if soft is not None:
            both = self._certain & ~numpy.isnan(soft)
            self._goal = numpy.where(self._certain, gold, soft)
            self._goal[both] = GOLD * gold[both] + (1 - GOLD) * soft[both]

    def __call__(self, raw: Tensor, rows: Sequence[int]) -> Tensor:
        """raw (Tensor): (n, outputs), of the texts at these rows."""
        goal = torch.from_numpy(self._goal[rows])
        known = (~goal.isnan()).float()
        known[torch.from_numpy(~self._certain[rows])] *= SOFT_ALONE
        goal = goal.nan_to_num()
        # numbers stand for probabilities only where the weight is not 0
        losses = nn.functional.binary_cross_entropy_with_logits(
            raw, goal.clamp(0.0, 1.0), reduction="none"
        )
        loss = (losses * known * self.weights).sum()
        if self.vad:
            error = (raw - goal)[:, self.vad] ** 2 * known[:, self.vad]
            loss = loss + WEIGHTS["vad"] * error.sum()
        turns = known[:, self.support].any(dim=1) if self.support else known.new_zeros(1)
        if turns.any():
            loss = loss + WEIGHTS["support"] * nn.functional.cross_entropy(
                raw[turns][:, self.support],
                goal[turns][:, self.support],
                weight=self.rare,
                label_smoothing=SMOOTHING,
                reduction="sum",
            )
        return loss / len(raw)
