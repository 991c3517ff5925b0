"""The fairness audit: does a value move when only the person that a sentence is about changes?

After the Equity Evaluation Corpus (Kiritchenko and Mohammad 2018): the same sentence about a woman
and about a man, or about people whose names signal another origin. Sentences, situations and names
are this project's own, in `pairs.toml`.
"""

from .measuring import LIMIT, Difference, Report, audit, worst
from .pairs import Contrast, Frame, Person, Suite, load_suite, parse_suite

__all__ = [
    "LIMIT",
    "Contrast",
    "Difference",
    "Frame",
    "Person",
    "Report",
    "Suite",
    "audit",
    "load_suite",
    "parse_suite",
    "worst",
]
