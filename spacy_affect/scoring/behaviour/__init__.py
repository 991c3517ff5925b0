"""The behaviour suite: what a polarity component does with negation, time, others, typos, identity.

After CheckList (Ribeiro et al. 2020): minimum functionality tests (MFT), whose answer is known;
invariance tests (INV), where a change must not move the value; directional tests (DIR), where it
may move one way only. Capabilities, templates and words are this project's own, in `suite.toml`.
"""

from .capabilities import Capability, load_suite, parse_suite
from .cases import CASES, Case, generate
from .judging import FAILURE, SOURCE, BehaviourReport, Failure, Tally, evaluate, failed

__all__ = [
    "CASES",
    "FAILURE",
    "SOURCE",
    "BehaviourReport",
    "Capability",
    "Case",
    "Failure",
    "Tally",
    "evaluate",
    "failed",
    "generate",
    "load_suite",
    "parse_suite",
]
