"""spaCy components for affect: polarity, emotion, subjectivity, ambivalence, and your own tasks.

Nothing needs to be imported to use them: `nlp.add_pipe("affect_polarity")` is enough.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import AffectError, AffectWarning
    from .extensions import attach
    from .frame import to_frame
    from .timeline import Segment, doc_timeline, frames
    from .types import Record

__version__ = "0.1.0"

_HOMES = {
    "AffectError": "errors",
    "AffectWarning": "errors",
    "Record": "types",
    "Segment": "timeline",
    "attach": "extensions",
    "doc_timeline": "timeline",
    "frames": "timeline",
    "to_frame": "frame",
}
__all__ = [
    "AffectError",
    "AffectWarning",
    "Record",
    "Segment",
    "__version__",
    "attach",
    "doc_timeline",
    "frames",
    "to_frame",
]


def __getattr__(name: str) -> Any:
    # PEP 562: spaCy imports this package at every start, so names resolve on first use.
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
