"""Which labels are positive and which negative, in any emotion scheme."""

from __future__ import annotations

from functools import cache

from ..labels import EKMAN, GOEMOTIONS, POLARITY, get_scheme, map_label, mappings


@cache
def poles() -> dict[str, frozenset[str]]:
    """RETURNS (dict[str, frozenset[str]]): Which labels are positive and which negative: by the
    published mappings to polarity, or to Ekman's six and from there.
    """
    found: dict[str, set[str]] = {"positive": {"positive"}, "negative": {"negative"}}
    via_ekman = [source for source, target in mappings() if target == EKMAN.name]
    for source in (EKMAN.name, GOEMOTIONS.name, *via_ekman):
        for label in get_scheme(source).labels:
            same = source in (EKMAN.name, GOEMOTIONS.name)
            for name in (label,) if same else map_label(source, EKMAN.name, label):
                for pole in map_label(source if same else EKMAN.name, POLARITY.name, name):
                    found[pole].add(label)
    return {pole: frozenset(labels) for pole, labels in found.items()}
