"""Gold in the labels of another scheme, by the published mappings."""

from __future__ import annotations

from collections.abc import Mapping

from ..labels import get_mapping, get_scheme, map_label
from .gold import Gold

#: Schemes of which a text gets exactly one class, with the task that they are gold for.
CLASSES = {"polarity": "polarity"}


class Relabel:
    """Turns gold of one scheme into gold of another.

    A label of the target is present if any label that maps to it is, and absent if all of them are
    known to be; else it is unknown, and so is one that nothing maps to.
    """

    def __init__(self, source: str, target: str, task: str = "emotion") -> None:
        """source, target (str): Names of schemes; the same one changes nothing.

        task (str): Whose gold it is, if the target is no set of classes.
        RAISES: AF018 for an unknown scheme, AF017 where nothing published maps the two.
        """
        scheme = get_scheme(target)
        if source != target:
            get_mapping(source, target)
        self.task = CLASSES.get(target, task)
        self._classes = target in CLASSES
        self._absent = get_scheme(source).absent
        self._target = target
        self._source = source
        parts: dict[str, list[str]] = {label: [] for label in scheme.labels}
        for label in get_scheme(source).labels:
            for mapped in map_label(source, target, label):
                parts[mapped].append(label)
        self._parts = {label: found for label, found in parts.items() if found}

    def __call__(
        self,
        labels: Mapping[str, int] | None = None,
        values: Mapping[str, float] | None = None,
    ) -> dict[str, Gold]:
        """labels (Mapping | None): 0 or 1 for each label of the source that is known.

        values (Mapping | None): Likewise; of several that map to one label the highest counts.
        RETURNS (dict[str, Gold]): By task; empty where nothing is known in the target's terms.
        """
        if self._classes:
            found = self._class(labels or {})
            return {} if found is None else {self.task: Gold(labels=found)}
        gold = Gold(self._values(values or {}) or None, self._labels(labels or {}) or None)
        return {} if gold == (None, None) else {self.task: gold}

    def _labels(self, known: Mapping[str, int]) -> dict[str, int]:
        mapped = {}
        for label, parts in self._parts.items():
            states = [known.get(part) for part in parts]
            if 1 in states or None not in states:
                mapped[label] = int(1 in states)
        return mapped

    def _values(self, known: Mapping[str, float]) -> dict[str, float]:
        return {
            label: max(known[part] for part in parts)
            for label, parts in self._parts.items()
            if all(part in known for part in parts)
        }

    def _class(self, known: Mapping[str, int]) -> str | None:
        """RETURNS (str | None): The class; None if labels disagree or have no counterpart."""
        present = [label for label, state in known.items() if state]
        if not present and self._absent is not None:
            present = [self._absent]
        mapped = {new for label in present for new in map_label(self._source, self._target, label)}
        return mapped.pop() if len(mapped) == 1 else None
