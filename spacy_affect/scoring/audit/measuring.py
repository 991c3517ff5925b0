"""How far values move between the sentences of a pair, with intervals from resampling the pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy
from spacy.language import Language

from ...cards import Audit, Gap
from ...errors import AffectError, listing
from ...tasks.base import Task
from ..bootstrap import interval, resamples
from ..weighted import Floats
from .pairs import Contrast, Suite, load_suite

#: Up to which share of its scale the mean may move: between two groups nothing should, and of 1 %
#: or 2 % no use of a score can depend.
LIMIT = 0.02
N_BOOT = 1000
#: Digits that a card keeps.
DIGITS = 4
#: The number of a value of one.
ALONE = ""


class Component(Protocol):
    """What the audit needs to know of an affect component."""

    key: str
    task: Task


@dataclass(frozen=True)
class Difference:
    """What was found of one number and one contrast.

    gap (Gap): Its mean over all pairs, and where it is largest.
    situations (dict[str, float]): Its mean by situation.
    texts (tuple[str, str]): The pair that differs most, the group's first.
    """

    gap: Gap
    situations: dict[str, float]
    texts: tuple[str, str]


@dataclass
class Report:
    """What the audit found.

    limit (float): Share of a value's scale. n_texts (int): Sentences scored.
    differences (list[Difference]): By component, label and contrast.
    notes (list[str]): What one has to know of these numbers.
    """

    limit: float
    n_texts: int
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def over(self) -> list[Difference]:
        """RETURNS (list[Difference]): Those above the limit, over all pairs or in a situation."""
        return [found for found in self.differences if found.gap.over(self.limit)]

    @property
    def audit(self) -> Audit:
        """RETURNS (Audit): The same as a model card holds it, in brief."""
        gaps = [found.gap for found in self.differences]
        largest = max((gap.largest or 0.0 for gap in gaps), default=0.0)
        found = (self.n_texts, len(gaps), len(self.over), largest)
        return Audit(self.limit, *found, tuple(worst(gaps, self.limit)))

    def card(self) -> dict[str, Any]:
        """RETURNS (dict): `audit` as plain data for a `meta.json`, with rounded numbers."""
        brief = asdict(self.audit)
        brief["gaps"] = [{k: _rounded(v) for k, v in gap.items()} for gap in brief["gaps"]]
        return {key: _rounded(value) for key, value in brief.items()}


def audit(
    nlp: Language,
    components: Sequence[Component] | None = None,
    limit: float = LIMIT,
    n_boot: int = N_BOOT,
    seed: int = 0,
    batch_size: int = 128,
    suite: Suite | None = None,
) -> Report:
    """Score sentences that differ in their person alone, and compare their values.

    components (Sequence[Component] | None): None takes all of the pipeline that score affect.
    limit (float): From which share of its scale on a mean difference is told to be too large.
    n_boot (int): Resamples of the pairs; 0 gives no intervals. seed (int): Of these.
    suite (Suite | None): None is the shipped one.
    RETURNS (Report): Every number of every value, for every contrast.
    RAISES: AF171 if no component scores affect.
    """
    suite = suite or load_suite()
    parts = components_of(nlp) if components is None else components
    if not parts:
        raise AffectError("AF171", known=listing(nlp.pipe_names))
    asked = [_Asked(contrast, suite) for contrast in suite.contrasts]
    places: dict[str, int] = {}
    for one in asked:
        for text in (*one.texts, *one.others):
            places.setdefault(text, len(places))
    values = _values(nlp, parts, list(places), batch_size)
    report = Report(limit, len(places))
    measured = [_measure(one, places, parts, values, n_boot, seed) for one in asked]
    # by component and label, as a reader looks for them
    for part in parts:
        if not values[part.key]:
            report.notes.append(f"{part.key} gave no values")
        for label in values[part.key]:
            found = [of[part.key, label] for of in measured]
            report.differences.extend(one for one in found if one.gap.n)
            missing = sum(len(one.texts) for one in asked) - sum(one.gap.n or 0 for one in found)
            if missing:
                name = f"{part.key} {label}".rstrip()
                report.notes.append(f"{name}: {missing:,} pairs without two values left out")
    return report


def components_of(nlp: Language) -> list[Component]:
    """RETURNS (list[Component]): The components of a pipeline that score affect and run."""
    return [pipe for _, pipe in nlp.pipeline if isinstance(getattr(pipe, "task", None), Task)]


def worst(gaps: Sequence[Gap], limit: float) -> Iterator[Gap]:
    """YIELDS (Gap): Those above the limit, and the largest of each component and contrast."""
    largest: dict[tuple[str, str], Gap] = {}
    for gap in gaps:
        before = largest.setdefault((gap.component, gap.contrast), gap)
        if abs(gap.mean) > abs(before.mean):
            largest[gap.component, gap.contrast] = gap
    for gap in gaps:
        if gap.over(limit) or largest[gap.component, gap.contrast] is gap:
            yield gap


class _Asked:
    """The pairs of sentences of one contrast: parallel texts, and the situation of each."""

    def __init__(self, contrast: Contrast, suite: Suite) -> None:
        self.name = contrast.name
        pairs = [(frame, *pair) for frame in suite.frames for pair in contrast.pairs]
        self.texts = [frame.about(person) for frame, person, _ in pairs]
        self.others = [frame.about(person) for frame, _, person in pairs]
        self.situations = numpy.array([frame.situation for frame, *_ in pairs])


def _values(
    nlp: Language, parts: Sequence[Component], texts: Sequence[str], batch_size: int
) -> dict[str, dict[str, Floats]]:
    """RETURNS (dict): Component -> label -> (n_texts,) shares of the scale; NaN is no value."""
    found: dict[str, dict[str, Floats]] = {part.key: {} for part in parts}
    docs = nlp.pipe(texts, batch_size=batch_size)
    for place, (_, doc) in enumerate(zip(texts, docs, strict=True)):
        for part in parts:
            value = doc._.get(part.key)
            columns = found[part.key]
            scale = part.task.high - part.task.low
            numbers: Mapping[str, float | None]
            numbers = value if isinstance(value, dict) else {ALONE: value}
            for label, number in numbers.items():
                if number is not None:
                    column = columns.setdefault(label, numpy.full(len(texts), math.nan))
                    column[place] = number / scale
    return found


def _measure(
    asked: _Asked,
    places: Mapping[str, int],
    parts: Sequence[Component],
    values: Mapping[str, Mapping[str, Floats]],
    n_boot: int,
    seed: int,
) -> dict[tuple[str, str], Difference]:
    """RETURNS (dict): By component and label; all of them meet the same resamples."""
    ours = numpy.array([places[text] for text in asked.texts])
    theirs = numpy.array([places[text] for text in asked.others])
    keys = [(part.key, label) for part in parts for label in values[part.key]]
    if not keys:
        return {}
    moved = numpy.stack([values[key][label] for key, label in keys], axis=1)
    moved = moved[ours] - moved[theirs]  # (n_pairs, n_keys)
    known = ~numpy.isnan(moved)
    filled = numpy.where(known, moved, 0.0)
    drawn = [
        _ratio(weights @ filled, weights @ known) for weights in resamples(len(moved), n_boot, seed)
    ]
    samples = numpy.concatenate(drawn) if drawn else numpy.empty((0, len(keys)))
    means = _ratio(filled.sum(axis=0), known.sum(axis=0))
    by_situation = {
        name: _ratio(filled[rows].sum(axis=0), known[rows].sum(axis=0))
        for name in dict.fromkeys(asked.situations.tolist())
        for rows in [asked.situations == name]
    }
    found = {}
    for i, (key, label) in enumerate(keys):
        situations = {
            name: float(of[i]) for name, of in by_situation.items() if not math.isnan(of[i])
        }
        place = int(numpy.abs(filled[:, i]).argmax())
        situation = max(situations, key=lambda name: abs(situations[name]), default="")
        low, high = interval(samples[:, i])
        gap = Gap(
            component=key,
            contrast=asked.name,
            mean=float(means[i]),
            label=label,
            low=low,
            high=high,
            largest=float(abs(filled[place, i])),
            n=int(known[:, i].sum()),
            situation=situation,
            in_situation=situations.get(situation),
        )
        texts = (asked.texts[place], asked.others[place])
        found[key, label] = Difference(gap, situations, texts)
    return found


def _ratio(sums: Floats, counts: Floats) -> Floats:
    """RETURNS (Floats): Means; NaN of nothing."""
    return numpy.where(counts > 0, sums / numpy.maximum(counts, 1.0), math.nan)


def _rounded(value: Any) -> Any:
    return round(value, DIGITS) + 0.0 if isinstance(value, float) else value
