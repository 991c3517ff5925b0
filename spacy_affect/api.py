"""The one module that plugins import.

A plugin is a package with an entry point of the group `spacy_affect` that names a module in which
functions marked `@hookimpl` register tasks, backbones, corpora, weights or commands:

    @hookimpl
    def affect_register_tasks(register):
        register("politeness", Politeness)
"""

from __future__ import annotations

from . import labels, plugins
from .cards import ModelCard
from .corpora.base import BadRow, Card, CorpusSource, Row, Turn, conversation
from .corpora.files import Malformed
from .corpora.gold import Gold, example, get_gold, gold_units, set_gold
from .dialogue import make_doc
from .errors import AffectError, AffectWarning
from .extensions import attach, units_of
from .frame import to_frame
from .hookspecs import Register, RegisterFolder, hookimpl
from .models.backbones.rules import rule_backbone
from .tasks.base import Task, merge_thresholds
from .types import Cue, Explanation, Head, Record, Scheme, Scores, Unit, Value

__all__ = [
    "AffectError",
    "AffectWarning",
    "BadRow",
    "Card",
    "CorpusSource",
    "Cue",
    "Explanation",
    "Gold",
    "Head",
    "Malformed",
    "ModelCard",
    "Record",
    "Register",
    "RegisterFolder",
    "Row",
    "Scheme",
    "Scores",
    "Task",
    "Turn",
    "Unit",
    "Value",
    "attach",
    "conversation",
    "example",
    "get_gold",
    "get_scheme",
    "gold_units",
    "hookimpl",
    "make_doc",
    "map_label",
    "merge_thresholds",
    "rule_backbone",
    "set_gold",
    "to_frame",
    "units_of",
]

get_scheme = labels.get_scheme


def map_label(source: str, target: str, label: str) -> tuple[str, ...]:
    """Map a label between schemes, ours or plugins': by a published table, else by the first plugin
    that knows.

    RETURNS (tuple[str, ...]): The labels of the target scheme; empty where it has no counterpart.
    RAISES: AF017 where neither a table nor a plugin maps these schemes, AF018 for names that are
        neither ours nor a plugin's.
    """
    try:
        return labels.map_label(source, target, label)
    except AffectError as error:
        if error.code not in ("AF017", "AF018"):
            raise
        for _, mapped in plugins.call(
            "affect_map_label", source=source, target=target, label=label
        ):
            if mapped is not None:
                return tuple(mapped)
        raise
