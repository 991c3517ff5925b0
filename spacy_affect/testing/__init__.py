"""The conformance kit: what tasks, backbones and components must keep, ours and yours alike.

    def test_conformance():
        check_task("politeness")
        check_backbone({"@affect_backbones": "politeness"}, "politeness")
        check_component("affect", {"task": "politeness"})

A component whose backbone is trainable is trained first, on gold that is made up to fit the heads
of its task; `check_component` then also runs `check_training`. One with a listener needs the pipe
that it listens to:

        check_component("affect_emotion", {"model": LISTENER}, before=["tok2vec"], tolerance=1e-5)

The kit needs no test framework: the first broken expectation raises an AssertionError that says
what was checked, what was expected and what came. Most of them are complaints about other
libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spacy.language import Language

from .asserts import snapshot, telling
from .case import ODD, TEXTS, Case
from .components import CHECKS
from .parts import check_backbone, check_task
from .training import TRAINING_CHECKS

__all__ = [
    "CHECKS",
    "ODD",
    "TEXTS",
    "TRAINING_CHECKS",
    "Case",
    "check_backbone",
    "check_component",
    "check_task",
    "check_training",
    "snapshot",
]


def check_component(
    factory: str,
    config: Mapping[str, Any] | None = None,
    *,
    lang: str = "en",
    before: Sequence[str | Callable[[Language], Any]] = (),
    texts: Sequence[str] = TEXTS,
    tolerance: float = 0.0,
    fresh: bool = True,
) -> None:
    """Check a component in pipelines: all of `CHECKS`, and if it is trainable `TRAINING_CHECKS`.

    factory (str): What `nlp.add_pipe` takes. config (Mapping | None): Its config, as JSON has it.
    before (Sequence): Pipes to add first: names, or functions that take the pipeline and add some.
        Where one is trainable, as a shared `tok2vec`, it is trained together with the component.
    texts (Sequence[str]): What to score; at least one must get a value.
    tolerance (float): How far a number may differ; 1e-5 is fair for neural backbones.
    fresh (bool): Also check it in a fresh process, which takes seconds, and for which the
        distribution must be installed, `pip install -e .` for instance.
    """
    case = Case(factory, dict(config or {}), lang, tuple(before), tuple(texts), tolerance)
    checks = [*CHECKS[:-1], *(TRAINING_CHECKS if case.trainable else ()), *CHECKS[-1:] * fresh]
    _run(case, checks)


def check_training(
    factory: str,
    config: Mapping[str, Any] | None = None,
    *,
    lang: str = "en",
    before: Sequence[str | Callable[[Language], Any]] = (),
    texts: Sequence[str] = TEXTS,
    tolerance: float = 0.0,
) -> None:
    """Check how a trainable component learns, all of `TRAINING_CHECKS`: from gold alone, masked
    where there is none, reproducibly, not when frozen, and on from where it was saved.

    The arguments are those of `check_component`.
    """
    case = Case(factory, dict(config or {}), lang, tuple(before), tuple(texts), tolerance)
    if not case.trainable:
        raise AssertionError(f"{case}: expected: a trainable backbone. Came: one without weights")
    _run(case, TRAINING_CHECKS)


def _run(case: Case, checks: Sequence[Callable[[Case], None]]) -> None:
    for check in checks:
        with telling(case, check.__doc__):
            check(case)
