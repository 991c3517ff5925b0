"""What the entry point of the group `spacy_affect` names: the hooks."""

from spacy_affect.api import Register, hookimpl


@hookimpl
def affect_register_backbones(register: Register) -> None:
    from .backbone import build_afinn

    register("afinn", build_afinn)
