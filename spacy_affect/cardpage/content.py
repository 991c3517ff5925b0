"""What a card says, as headings, sentences, lists and tables: the same in every format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..cards import ModelCard
from . import fairness
from .blocks import NOTHING, Block, Bullets, Link, Picture, Section, Table, Verbatim, count, filled
from .installed import Model

NOTICE = (
    "What the model writes are scores of texts, with the errors shown here. They are no diagnosis "
    "of anybody's state of mind and no ground for a decision about a person."
)
PICTURE = (
    "For each component, how often predictions of a confidence were right; every number is in the "
    "table of ranges."
)
#: Stands where a card says nothing.
UNSAID = "not stated"
USES = {
    "commercial": "any use, commercial too",
    "research": "research only",
    "": UNSAID,
}
UNITS = ("bytes", "kB", "MB", "GB")


def title(model: Model) -> str:
    """RETURNS (str): Name and version."""
    return f"{model.name} {_card(model).version}".strip()


def intro(model: Model) -> list[str]:
    """RETURNS (list[str]): The paragraphs before the first heading."""
    return [*filter(None, [_card(model).description]), NOTICE]


def sections(model: Model) -> list[Section]:
    """RETURNS (list[Section]): All that a card says. What every card should say, and this one does
    not, is said to be missing.
    """
    card = _card(model)
    found: dict[str, list[Block]] = {
        "Use": [Bullets(_use(model, card)), *_lines(card.licence_notice)],
        "What it predicts": [_predicts(card)] if card.tasks else [],
        "Data": [_data(card)] if card.data else [],
        "Metrics": [_metrics(card)] if card.metrics else [],
        "Calibration": list(_calibration(card)) if card.calibration else [],
        "Behaviour": [_behaviour(card)] if card.behaviour else [],
        "Fairness": list(fairness.blocks(card.audit)) if card.audit else [],
        "Known failures": [_failures(card)] if card.failures else [],
        "Limits": [Bullets([("", limit) for limit in card.limits])] if card.limits else [],
        "How it was made": list(_lines(card.recipe)),
    }
    unsaid: list[Block] = [f"{UNSAID.capitalize()}."]
    return [Section(heading, blocks or unsaid) for heading, blocks in found.items()]


def amount(size: float) -> str:
    """RETURNS (str): Of bytes: "4.1 MB"."""
    power = 0
    while size >= 999.5 and power < len(UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.1f} {UNITS[power]}" if power and size < 99.95 else f"{size:.0f} {UNITS[power]}"


def _card(model: Model) -> ModelCard:
    assert model.card is not None  # `find` raises why there is none
    return model.card


def _use(model: Model, card: ModelCard) -> list[tuple[str, str]]:
    speed = card.speed
    pace = f"{speed.docs_per_second:,.0f} texts per second" if speed else UNSAID
    conditions = f" ({speed.conditions})" if speed and speed.conditions else ""
    items = [
        ("Terms of use", USES[card.use]),
        ("May be used for", card.uses),
        ("Not for", ", ".join(card.not_for)),
        ("Licence", card.licence or UNSAID),
        ("Languages", ", ".join(card.languages) or UNSAID),
        ("Size", amount(model.size)),
        ("Speed", f"{pace}{conditions}"),
        ("Comes with", model.distribution),
    ]
    return [(name, text) for name, text in items if text]


def _predicts(card: ModelCard) -> Table:
    rows = []
    for task, one in card.tasks.items():
        reason = f" ({one.absent_reason})" if one.absent_reason else ""
        absent = f"{', '.join(one.absent)}{reason}" if one.absent else NOTHING
        rows.append((task, one.scheme or NOTHING, ", ".join(one.labels) or NOTHING, absent))
    return filled(Table(("task", "scheme", "labels", "labels it does not know"), rows))


def _data(card: ModelCard) -> Table:
    rows = []
    for one in card.data:
        web = one.url.startswith(("https://", "http://"))
        name = Link(one.name, one.url) if web else one.name
        said = (one.role, one.licence, one.citation)
        rows.append((name, *(text or UNSAID for text in said)))
    return Table(("data", "role", "licence", "citation"), rows)


def _metrics(card: ModelCard) -> Table:
    rows = []
    for one in card.metrics:
        interval = f"{_number(one.low)} to {_number(one.high)}"
        unknown = one.low is None and one.high is None
        texts = (one.source, one.component, one.metric, one.note)
        numbers = (_number(one.value), NOTHING if unknown else interval, count(one.n))
        rows.append((*(text or NOTHING for text in texts), *numbers))
    head = ("measured on", "component", "metric", "note", "value", "95 % interval", "texts")
    return filled(Table(head, rows, numbers=3))


def _calibration(card: ModelCard) -> Iterator[Block]:
    head = ("component", "calibration error (ECE)", "level", "coverage", "mean size of the set")
    rows = [
        (name, *(_number(x) for x in (one.ece, one.level, one.coverage, one.set_size)))
        for name, one in card.calibration.items()
    ]
    yield filled(Table(head, rows, numbers=4))
    if any(one.level is not None for one in card.calibration.values()):
        yield (
            "Coverage is how often the set of labels, or the interval, that is given at a level "
            "holds the truth: it should reach the level."
        )
    bins = [
        (name, _number(one.confidence), _number(one.observed), count(one.n))
        for name, calibration in card.calibration.items()
        for one in calibration.bins
    ]
    if bins:
        yield Picture(PICTURE)
        yield Table(("component", "mean confidence", "observed frequency", "predictions"), bins, 3)


def _behaviour(card: ModelCard) -> Table:
    rows = [
        (capability, one.kind or NOTHING, f"{100 * one.failure:.1f} %", count(one.n))
        for capability, one in card.behaviour.items()
    ]
    return filled(Table(("capability", "kind of test", "failed", "of"), rows, numbers=2))


def _failures(card: ModelCard) -> Table:
    rows = [
        (one.text, one.component or NOTHING, _shown(one.got), _shown(one.expected))
        for one in card.failures
    ]
    return filled(Table(("text", "component", "got", "expected"), rows))


def _lines(text: str) -> Iterator[Block]:
    """YIELDS (Block): One, if there is a text: as it is where it has lines."""
    stripped = text.strip()
    if stripped:
        yield Verbatim(stripped) if "\n" in stripped else stripped


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{round(value, 3) + 0.0:.3f}"


def _shown(value: Any) -> str:
    """RETURNS (str): What a model said of a text: a number, a label, or a number per label."""
    if value is None:
        return NOTHING
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, float):
        return _number(value)
    return value if isinstance(value, str) else json.dumps(value)
