"""Our own tasks, corpora and weights, registered through the hooks that any plugin uses."""

from __future__ import annotations

from pathlib import Path

from .cards import META
from .hookspecs import Register, RegisterFolder, hookimpl

#: A folder for each set of weights that comes with us.
WEIGHTS = Path(__file__).parent / "models" / "weights"


@hookimpl
def affect_register_tasks(register: Register) -> None:
    from .tasks.ambivalence import Ambivalence
    from .tasks.counselling import ClientTalk, TherapistBehaviour
    from .tasks.emotion import Emotion
    from .tasks.polarity import Polarity
    from .tasks.subjectivity import Subjectivity
    from .tasks.support import Support, SupportNext
    from .tasks.vad import ValenceArousalDominance

    register("polarity", Polarity)
    register("subjectivity", Subjectivity)
    register("ambivalence", Ambivalence)
    register("emotion", Emotion)
    register("vad", ValenceArousalDominance)
    register("support", Support)
    register("support_next", SupportNext)
    register("client_talk", ClientTalk)
    register("therapist_behaviour", TherapistBehaviour)


@hookimpl
def affect_register_corpora(register: Register) -> None:
    from .corpora.sources import SOURCES

    for name, source in SOURCES.items():
        register(name, source)


@hookimpl
def affect_register_weights(register: RegisterFolder) -> None:
    for card in sorted(WEIGHTS.glob(f"*/{META}")):
        register(card.parent.name, card.parent)
