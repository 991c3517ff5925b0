"""AFINN for spacy-affect: a polarity backbone, `{"@affect_backbones": "afinn"}`."""

__version__ = "0.1.0"
