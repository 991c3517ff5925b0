"""Colours of cue types for `displacy.render(doc, style="span")`: one hue per family."""

from . import registry  # noqa: F401 the registries must exist wherever an entry point loads

_FAMILIES = {
    "#f4c9a0": ("filler_sound", "filler_word", "repetition", "stutter", "correction"),
    "#f7e08b": ("hedge",),
    "#c5b3e6": ("contrast", "mixed_affect"),
    "#a8dcb5": ("positive_stance", "desire", "able", "opportunity", "success"),
    "#f2a6a6": ("negative_stance", "no_desire", "unable", "no_opportunity", "failure", "excuse"),
}
CUE_COLORS = {cue: colour for colour, cues in _FAMILIES.items() for cue in cues}
