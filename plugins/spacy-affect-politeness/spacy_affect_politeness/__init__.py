"""Politeness for spacy-affect: `nlp.add_pipe("affect", config={"task": "politeness"})`."""

__version__ = "0.1.0"
