"""Ready-made weights of support strategies for spacy-affect, which `Embedded.v1` finds."""

__version__ = "0.1.0"
