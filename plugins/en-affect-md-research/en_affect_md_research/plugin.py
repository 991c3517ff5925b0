"""What the entry point of the group `spacy_affect` names: the hooks."""

from pathlib import Path

from spacy_affect.api import RegisterFolder, hookimpl

WEIGHTS = Path(__file__).parent / "weights"


@hookimpl
def affect_register_weights(register: RegisterFolder) -> None:
    register("en_affect_md_research", WEIGHTS / "en_affect_md_research")
