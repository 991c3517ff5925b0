"""Polarity by the AFINN word lists (Nielsen 2011), from the afinn library."""

from __future__ import annotations

import math
import warnings
from functools import cache, partial
from importlib import metadata
from typing import Any

from spacy_affect.api import Unit, rule_backbone

#: VADER's normalisation of a sum of word valences (Hutto & Gilbert 2014; `normalize`, alpha = 15
#: "approximates the max expected value"), so that the two backbones share a scale.
ALPHA = 15.0


def build_afinn(language: str = "en", emoticons: bool = True) -> Any:
    """Make the backbone `afinn`: a sum of word valences from -5 to 5, no training.

    The value is s / sqrt(s² + 15), where s is exactly `Afinn.score`. The record also holds s as
    `afinn`, and as `words` what it is the sum of, in order.

    language (str): A word list that the installed afinn carries: en or da in version 0.1.
    emoticons (bool): Also score emoticons such as ":)".
    RETURNS (Model[list[Doc | Span], Scores]): One column, `polarity`, in (-1, 1).
    RAISES (ValueError): If there is no such word list.
    """
    known = languages()
    if language not in known:
        raise ValueError(f"afinn has no word list {language!r}; it has: {', '.join(known)}")
    return rule_backbone(
        partial(score_afinn, language=language, emoticons=emoticons),
        columns=["polarity"],
        source=f"spacy-affect-afinn 0.1.0 (afinn {metadata.version('afinn')}, {language})",
        languages=[language],
    )


def score_afinn(unit: Unit, language: str, emoticons: bool) -> tuple[float, dict[str, Any]]:
    """RETURNS (tuple): The normalised score of a Doc or Span, and what it is made of."""
    afinn = _afinn(language, emoticons)
    words = afinn.find_all(unit.text)
    total = float(afinn.score(unit.text))
    return total / math.sqrt(total * total + ALPHA), {"afinn": total, "words": words}


def languages() -> list[str]:
    """RETURNS (list[str]): The word lists of the installed afinn, emoticons aside."""
    return sorted(_library().LANGUAGE_TO_FILENAME.keys() - {"emoticons"})


@cache
def _afinn(language: str, emoticons: bool) -> Any:
    # One per process and setting: reading a list and compiling its pattern takes a moment.
    with _quiet():
        return _library().Afinn(language=language, emoticons=emoticons)


@cache
def _library() -> Any:
    with _quiet():
        from afinn import afinn
    return afinn


def _quiet() -> Any:
    # afinn 0.1 holds an invalid escape and calls codecs.open: new Pythons warn of both.
    return warnings.catch_warnings(action="ignore")
