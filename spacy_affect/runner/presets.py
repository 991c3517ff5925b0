"""Presets: pipelines for known kinds of study, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import AffectError, hint, listing


@dataclass(frozen=True)
class Preset:
    """What a study measures.

    components (Mapping): Factory -> settings, in order.
    source (str): The study.
    """

    components: Mapping[str, Mapping[str, Any]]
    source: str = field(default="")


#: What runs when neither a pipeline nor tasks nor a preset is named.
DEFAULT = Preset({"affect_polarity": {}, "affect_subjectivity": {}, "affect_ambivalence": {}})

PRESETS = {
    "video-survey": Preset(
        {
            "affect_polarity": {"model": {"@architectures": "spacy_affect.Vader.v1"}},
            "affect_subjectivity": {
                "model": {"@architectures": "spacy_affect.TextBlob.v1"},
                "scheme": "opinion",
            },
            "affect_emotion": {"scheme": "ekman"},
            "affect_ambivalence": {},
        },
        "Titles and descriptions of outbreak videos, after the survey of Thakur et al. 2024 (arXiv "
        "2406.07693): sentiment class by VADER and opinion class by TextBlob, as there; one of "
        "Ekman's six or neutral, there by a fine-tuned DistilRoBERTa, here by the ready-made "
        "weights. Ambivalence is our addition.",
    )
}


def get_preset(name: str) -> Preset:
    """RETURNS (Preset): By name. RAISES: AF018 for an unknown one."""
    if name not in PRESETS:
        raise AffectError(
            "AF018", kind="preset", name=name, known=listing(PRESETS), hint=hint(name, PRESETS)
        )
    return PRESETS[name]
