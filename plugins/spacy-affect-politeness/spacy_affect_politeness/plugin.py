"""What the entry point of the group `spacy_affect` names: the hooks."""

from spacy_affect.api import Register, hookimpl


@hookimpl
def affect_register_tasks(register: Register) -> None:
    from .task import Politeness

    register("politeness", Politeness)


@hookimpl
def affect_register_backbones(register: Register) -> None:
    from .rules import build_politeness_rules

    register("politeness", build_politeness_rules)
