"""The registries `@affect_tasks`, `@affect_backbones` and `@affect_corpora` of spaCy configs, and
the one of ready-made weights, which configs name in a setting.

Every module behind one of our entry points imports this one first: a config that names a registry
before it exists is spaCy's error E892. The registries fill themselves from the plugin hooks when
they are first read, so importing spaCy loads no plugin.
"""

from __future__ import annotations

from typing import Any

import catalogue
from spacy.util import registry

from .errors import AffectError, hint, listing


class HookRegistry(catalogue.Registry):
    """A catalogue registry whose entries come from a plugin hook."""

    def __init__(self, kind: str, namespace: str) -> None:
        super().__init__(("spacy_affect", namespace))
        self.kind = kind

    def __contains__(self, name: str) -> bool:
        return name in self.get_all()

    def get(self, name: str) -> Any:
        """name (str): The registered name.
        RETURNS (Callable | Path): The function that makes it, whose arguments are config keys; of
            weights the folder.
        RAISES: AF014 if nothing is registered under the name.
        """
        known = self.get_all()
        if name not in known:
            raise AffectError(
                "AF014",
                kind=self.kind,
                plural=self.namespace[-1].removeprefix("affect_"),
                name=name,
                known=listing(known),
                hint=hint(str(name), known),
            )
        return known[name]

    def get_all(self) -> dict[str, Any]:
        """RETURNS (dict): Every name with its function or folder, plugins' included."""
        from . import plugins  # loads third-party code, so only once something is asked for

        plugins.load()
        return super().get_all()


#: By the kind of thing that is registered.
REGISTRIES = {
    "task": HookRegistry("task", "affect_tasks"),
    "backbone": HookRegistry("backbone", "affect_backbones"),
    "corpus": HookRegistry("corpus", "affect_corpora"),
    "weights": HookRegistry("weights", "affect_weights"),
}
#: What a config block can make; on spaCy's registry each has its config name.
MADE = ("task", "backbone", "corpus")
for _kind in MADE:
    setattr(registry, REGISTRIES[_kind].namespace[-1], REGISTRIES[_kind])
