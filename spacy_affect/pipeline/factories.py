"""The factories behind `nlp.add_pipe("affect_...")`, found by spaCy through entry points.

Every `Language()` imports this module, so it stays light: no backbone and no plugin is loaded
before a component is made. spaCy reads the annotations of these functions at run time.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.util import registry
from thinc.api import Config, Model

from ..errors import AffectError, listing
from ..extensions import PREFIX, RECORDS, VIEW, install
from ..registry import REGISTRIES
from ..tasks.base import Task
from .matching import EMBEDDED, warn_language
from .trainable import AffectPipe

DEFAULTS = Path(__file__).parent / "defaults"
#: What a component writes; `<factory>` stands for the name of the instance.
WRITES = ["doc._.{factory}", f"doc._.{RECORDS}"]


def _factory(name: str, func: Callable[..., AffectPipe], *, cues: bool = False) -> None:
    assigns = [attr.format(factory=name) for attr in WRITES] + ["doc.spans"] * cues
    config = Config().from_disk(DEFAULTS / f"{name}.cfg", interpolate=False)["component"]
    weights = {f"{name}_score": 1.0} if "task" not in config else {}  # it knows its own name alone
    Language.factory(
        name, default_config=config, assigns=assigns, default_score_weights=weights, func=func
    )
    # The name may be taken, or be the generic factory's: add_pipe says so, where it matters.
    with suppress(AffectError):
        install(name)


def make_affect(
    nlp: Language,
    name: str,
    task: Any,
    model: Model | None,
    scheme: str | None,
    unit: str | None,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    thresholds: dict[str, float] | None,
    edges: list[float] | None,
) -> AffectPipe:
    """Make a component for any registered task.

    task (str | Task): A registered name, or a block `{"@affect_tasks": name, ...}`. `scheme`,
        `thresholds` and `edges` are for a task given by name; a block holds them itself.
    model (Model | None): None takes the task's default backbone.
    """
    given = {"scheme": scheme, "thresholds": thresholds, "edges": edges}
    settings = {key: value for key, value in given.items() if value is not None}
    if isinstance(task, str):
        task = make_task(task, **settings)
    elif settings:
        setting, value = next(iter(settings.items()))
        reason = "put it into the task's own block"
        raise AffectError("AF010", setting=setting, value=value, task=task.name, reason=reason)
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_polarity(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    thresholds: dict[str, float] | None,
    mixed_threshold: float | None,
) -> AffectPipe:
    """Make a component for sentiment polarity: see `tasks/polarity.py`."""
    task = make_task(
        "polarity", scheme=scheme, thresholds=thresholds, mixed_threshold=mixed_threshold
    )
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_subjectivity(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    thresholds: dict[str, float] | None,
    edges: list[float] | None,
) -> AffectPipe:
    """Make a component for subjectivity: see `tasks/subjectivity.py`."""
    task = make_task("subjectivity", scheme=scheme, thresholds=thresholds, edges=edges)
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_ambivalence(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    thresholds: dict[str, float] | None,
) -> AffectPipe:
    """Make a component for ambivalence and hesitancy: see `tasks/ambivalence.py`."""
    task = make_task("ambivalence", scheme=scheme, thresholds=thresholds)
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_emotion(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    thresholds: dict[str, float] | None,
    intensity_weight: float,
    cuts_for: str,
) -> AffectPipe:
    """Make a component for emotions: see `tasks/emotion.py`."""
    task = make_task(
        "emotion",
        scheme=scheme,
        thresholds=thresholds,
        intensity_weight=intensity_weight,
        cuts_for=cuts_for,
    )
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_vad(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
) -> AffectPipe:
    """Make a component for valence, arousal, dominance: see `tasks/vad.py`."""
    task = make_task("vad", scheme=scheme)
    return _make(nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, None)


def make_support(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    speakers: list[str] | None,
    decoder: Callable | None,
    label_smoothing: float,
) -> AffectPipe:
    """Make a component for support strategies: see `tasks/support.py`."""
    task = make_task(
        "support",
        scheme=scheme,
        speakers=speakers,
        decoder=decoder,
        label_smoothing=label_smoothing,
    )
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_support_next(
    nlp: Language,
    name: str,
    model: Model,
    scheme: str,
    unit: str,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
    speakers: list[str] | None,
    decoder: Callable | None,
    label_smoothing: float,
) -> AffectPipe:
    """Make a component for the strategy that should come next: see `tasks/support.py`."""
    task = make_task(
        "support_next",
        scheme=scheme,
        speakers=speakers,
        decoder=decoder,
        label_smoothing=label_smoothing,
    )
    return _make(
        nlp, name, task, model, unit, gold, scorer, set_doc_sentiment, level, class_weights
    )


def make_task(name: str, **settings: Any) -> Task:
    """RETURNS (Task): A registered task. RAISES: AF014 for an unknown one, AF010 for a setting
    that the task does not have.
    """
    make = REGISTRIES["task"].get(name)
    try:
        return make(**settings)
    except TypeError as error:
        reason = f"the task does not take it ({error})"
        raise AffectError(
            "AF010", setting=listing(settings), value=settings, task=name, reason=reason
        ) from None


def _make(
    nlp: Language,
    name: str,
    task: Task,
    model: Model | None,
    unit: str | None,
    gold: str | None,
    scorer: Callable | None,
    set_doc_sentiment: bool,
    level: float,
    class_weights: str | dict[str, float] | None,
) -> AffectPipe:
    if model is None:
        if task.default_model is None:
            raise AffectError(
                "AF012", task=task.name, known=listing(REGISTRIES["backbone"].get_all())
            )
        model = registry.resolve({"model": dict(task.default_model)})["model"]
    pipe = AffectPipe(
        nlp.vocab,
        model,
        task,
        name,
        unit=task.default_unit if unit is None else unit,
        gold=gold,
        scorer=scorer,
        set_doc_sentiment=set_doc_sentiment,
        level=level,
        class_weights=class_weights,
        cue_model=_cue_model(nlp, task, model),
    )
    short = pipe.key.removeprefix(PREFIX)
    for other_name, other in nlp.pipeline:
        if isinstance(other, AffectPipe) and other.key.removeprefix(PREFIX) == short:
            key = pipe.key if other.key == pipe.key else f"{VIEW}.{short}"
            raise AffectError("AF004", name=name, key=key, other=other_name)
    warn_language(nlp.lang, model, name)
    return pipe


def _cue_model(nlp: Language, task: Task, model: Model) -> Model | None:
    """RETURNS (Model | None): What shows a score that a backbone without cues gives, if anything in
    this language does.
    """
    given = model.name == EMBEDDED or "cues" in (model.attrs.get("provides") or [])
    if task.cue_model is None or given:
        return None
    found = registry.resolve({"model": dict(task.cue_model)})["model"]
    return found if nlp.lang in found.attrs["languages"] else None


_factory("affect", make_affect, cues=True)
_factory("affect_polarity", make_polarity)
_factory("affect_subjectivity", make_subjectivity)
_factory("affect_ambivalence", make_ambivalence, cues=True)
_factory("affect_emotion", make_emotion)
_factory("affect_vad", make_vad)
_factory("affect_support", make_support)
_factory("affect_support_next", make_support_next)
