"""Metrics in numpy, and the scorers that spaCy calls."""
