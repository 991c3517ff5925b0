"""Average the weights of trainings that began with each other (Wortsman et al. 2022).

python recipes/encoder/mean.py OUT/mean.pt OUT/research.pt OUT/polish.pt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("trained", type=Path, nargs="+")
    args = parser.parse_args()
    states = [torch.load(path, weights_only=True) for path in args.trained]
    found = {
        name: torch.stack([state[name] for state in states]).mean(dim=0)
        if array.is_floating_point()
        else array
        for name, array in states[0].items()
    }
    torch.save(found, args.out)


if __name__ == "__main__":
    main()
