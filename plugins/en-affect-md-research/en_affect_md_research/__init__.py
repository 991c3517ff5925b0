"""Affect in English by a small encoder: a spaCy pipeline, for research only.

nlp = spacy.load("en_affect_md_research")
"""

from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.util import load_model_from_init_py

__version__ = "0.1.0"


def load(**overrides: Any) -> Language:
    """RETURNS (Language): The pipeline. overrides: As `spacy.load` takes them."""
    return load_model_from_init_py(Path(__file__), **overrides)
