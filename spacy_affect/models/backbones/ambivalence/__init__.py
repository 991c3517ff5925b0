"""Ambivalence by rules: cues of ambivalence and hesitancy, and a score from what they say together.

The cue types follow the code-book of the BAH data set (González-González et al. 2025: ambivalence
and hesitancy in videos about behaviour change) and the change and sustain talk of motivational
interviewing (Miller & Rollnick 2013). The entries are our own: `cues.tsv`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from spacy.tokens import Doc
from thinc.api import Model

from .... import __version__
from ....errors import AffectError, hint, listing
from ....types import Cue, Scores, Unit
from ..words import BATCH, read
from .lexicon import load_lexicon
from .matching import find
from .scoring import DEFAULT_WEIGHTS, score
from .screening import load_screen
from .text import Source

SOURCE = f"spacy_affect.AmbivalenceCues.v1 (spacy-affect {__version__})"


def build_ambivalence_cues_v1(
    weights: dict[str, float] | None = None,
) -> Model[list[Unit], Scores]:
    """Build the rule-based ambivalence backbone.

    weights (dict | None): Replaces single entries of `DEFAULT_WEIGHTS`.
    RETURNS (Model): Scores with one column in [0, 1], ambivalent from 0.5, and cues per unit.
    RAISES (AffectError): AF018 for an unknown cue type, AF010 for a weight outside [0, 1].
    """
    given = dict(weights or {})
    for name, value in given.items():
        if name not in DEFAULT_WEIGHTS:
            raise AffectError(
                "AF018",
                kind="cue type",
                name=name,
                known=listing(DEFAULT_WEIGHTS),
                hint=hint(name, DEFAULT_WEIGHTS),
            )
        if not 0.0 <= value <= 1.0:
            raise AffectError(
                "AF010",
                setting="weights",
                value={name: value},
                task="ambivalence",
                reason="must be in [0, 1]",
            )
    attrs: dict[str, Any] = {
        "columns": ["ambivalence"],
        "provides": ["cues"],
        "languages": ["en"],
        "source": SOURCE,
        **BATCH,
        "weights": {**DEFAULT_WEIGHTS, **given},
    }
    load_screen()  # a damaged table is reported here, not at the first document
    return Model("ambivalence_cues", forward, attrs=attrs)


def forward(
    model: Model[list[Unit], Scores], units: list[Unit], is_train: bool
) -> tuple[Scores, Callable[[Scores], list[Unit]]]:
    """Score units; the value of a unit depends on nothing else in the batch.

    units (list): Docs or Spans.
    RETURNS (tuple): Scores of shape (n_units, 1) with cues, and a callback that gives [].
    """
    lexicon = load_lexicon()
    weights = model.attrs["weights"]
    values = numpy.zeros((len(units), 1), dtype="float64")
    cues: list[list[Cue]] = [[]] * len(units)
    source: Source | None = None
    words = read(units)
    for row, suspect in load_screen().suspects(words.lowers, words.lengths):
        unit = units[row]
        doc, offset = (unit, 0) if isinstance(unit, Doc) else (unit.doc, unit.start)
        # One source serves all the spans of a Doc that follow each other.
        if source is None or source.doc is not doc:
            source = Source(doc)
        findings = find(lexicon, source, offset, suspect)
        if findings.sentences:
            values[row, 0], cues[row] = score(findings, doc, offset, weights)
    return Scores(values=values, cues=cues), _no_gradient


def _no_gradient(d_scores: Scores) -> list[Unit]:
    return []
