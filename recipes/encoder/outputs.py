"""What the encoder puts out, in groups, and by which loss each group learns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from columns import TEACHER  # of recipes/embedded

from spacy_affect.labels import EC11, EKMAN, ESCONV8

#: Emotions of SemEval-2018's EI-reg.
RANKED = ("anger", "fear", "joy", "sadness")
DIMENSIONS = ("valence", "arousal", "dominance")
#: Steps between SST's five classes.
STEPS = 4

#: All outputs are logistic but vad (numbers) and support (one distribution).
RESEARCH = (
    *TEACHER,
    *(f"ekman.{label}" for label in EKMAN.labels),
    "mixed",
    "both",
    *(f"ec.{label}" for label in EC11.labels),
    *(f"ei.{label}" for label in RANKED),
    "valence",
    "value",
    "subj",
    *(f"sst.{step}" for step in range(STEPS)),
    *(f"vad.{name}" for name in DIMENSIONS),
    *(f"support.{label}" for label in ESCONV8.labels),
)
#: The same, of what may be shipped.
SHIPPED = (*TEACHER, *(f"ekman.{label}" for label in EKMAN.labels), "mixed")

#: By group (what stands before the first dot) how much its loss counts beside others: ranks and
#: numbers are finer than labels.
WEIGHTS: Mapping[str, float] = {
    "ei": 4.0,
    "valence": 4.0,
    "value": 2.0,
    "intense": 2.0,
    "vad": 1.0,
    "support": 2.0,
    "both": 2.0,
    "subj": 3.0,
    "sst": 1.5,
}


def group(output: str) -> str:
    """RETURNS (str): "go" of "go.joy"."""
    return output.partition(".")[0]


def places(outputs: Sequence[str], name: str) -> list[int]:
    """RETURNS (list[int]): Where the outputs of a group stand."""
    return [i for i, output in enumerate(outputs) if group(output) == name]
