"""Our own tasks, registered through the hooks that any plugin uses."""

from __future__ import annotations

from .hookspecs import Register, hookimpl


@hookimpl
def affect_register_tasks(register: Register) -> None:
    from .tasks.ambivalence import Ambivalence
    from .tasks.polarity import Polarity
    from .tasks.subjectivity import Subjectivity

    register("polarity", Polarity)
    register("subjectivity", Subjectivity)
    register("ambivalence", Ambivalence)
