"""Who fails: cases judged on a component's value and label, and failure rates with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy

from ...errors import AffectError, listing
from ...extensions import records_of
from ...labels import POLARITY
from ...types import Record
from ..bootstrap import Estimate, interval, resamples
from ..evaluation import Component, Options, Report, Scored, Side, add_comparison
from ..weighted import Floats
from .capabilities import Capability, load_suite
from .cases import CASES, Case, generate

SOURCE = "behaviour"
#: Metrics are failure_<capability>, failure_identity (the mean of its four) and failure_mean.
FAILURE = "failure_"
IDENTITY = "identity"
MEAN = "mean"
#: Values that differ by less are the same but for rounding.
EPSILON = 1e-9
#: Standard deviations of a normal distribution that 95 % lie within.
Z95 = 1.959964


@dataclass(frozen=True)
class Failure:
    """A case, what a component said of each of its texts, and what is wrong with that."""

    case: Case
    records: tuple[Record, ...]
    reason: str


@dataclass
class Tally:
    """A component on the cases of one capability.

    marks (Floats): (n,) 1 for each case that fails, else 0.
    """

    capability: Capability
    failures: list[Failure]
    marks: Floats

    @property
    def n(self) -> int:
        return len(self.marks)

    @property
    def rate(self) -> float:
        """RETURNS (float): The share that fails; NaN of nothing."""
        return len(self.failures) / self.n if self.n else math.nan


@dataclass
class BehaviourReport(Report):
    """A report with the failures. tallies (dict): Component -> one per capability, in order."""

    tallies: dict[str, list[Tally]] = field(default_factory=dict)


def evaluate(
    side: Side,
    options: Options,
    other: Side | None = None,
    names: Sequence[str] | None = None,
) -> BehaviourReport:
    """Run the suite over the components that score polarity.

    options (Options): `limit` is the number of cases of each capability, 0 for 300; `seed` makes
        the cases as well as the resamples.
    names (Sequence[str] | None): Of these capabilities only.
    RETURNS (BehaviourReport): "behaviour" -> component -> failure_<capability> and their means.
        Intervals are Wilson's for a capability and from resampling its cases for the means.
    RAISES: AF140 if a pipeline has no component for polarity, AF141 for an unknown capability.
    """
    report = BehaviourReport()
    cases = generate(options.limit or CASES, options.seed, names)
    mine, n_texts = _taking_part(side, report.notes), len(_texts(cases))
    report.tallies = _tallies(mine, cases, options.batch_size)
    found = _scored(report.tallies, n_texts, options)
    report.scores[SOURCE] = found
    if other is not None:
        theirs = _taking_part(other, [])
        match = _scored(_tallies(theirs, cases, options.batch_size), n_texts, options)
        add_comparison(found, match, mine, theirs, report.notes, SOURCE)
        for key, scored in found.items():
            _fewer_is_better(scored, match, key)
    return report


def failed(case: Case, records: Sequence[Record]) -> str:
    """RETURNS (str): What is wrong with the answers; "" if nothing is."""
    values = [record.value for record in records if isinstance(record.value, float)]
    if len(values) < len(records):
        return "no value"
    for record in records:
        if record.label not in case.expect and case.expect < {*POLARITY.labels}:
            wanted = " or ".join(label for label in POLARITY.labels if label in case.expect)
            return f"{record.label}, not {wanted}"
    if case.tolerance is None:
        return ""
    moved = values[-1] - values[0]
    if case.direction:
        wrong_way = -case.direction * moved
        return f"moved by {moved:+.2f}" if wrong_way > case.tolerance + EPSILON else ""
    if abs(moved) > case.tolerance + EPSILON:
        return f"moved by {moved:+.2f}"
    poles = {POLARITY.labels[0], POLARITY.labels[-1]}
    return "from pole to pole" if {record.label for record in records} == poles else ""


def wilson(k: int, n: int) -> tuple[float, float]:
    """RETURNS (tuple[float, float]): The 95 % interval of a share of k in n (Wilson 1927)."""
    share, z2 = k / n, Z95 * Z95
    middle = share + z2 / (2 * n)
    width = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low, high = (middle - width) / (1 + z2 / n), (middle + width) / (1 + z2 / n)
    return (0.0 if k == 0 else low), (1.0 if k == n else high)


def _taking_part(side: Side, notes: list[str]) -> Side:
    def fits(component: Component) -> bool:
        task = component.task
        return task.name == POLARITY.name and {*POLARITY.labels} <= {*task.scheme.labels}

    fitting = [component for component in side.components if fits(component)]
    others = [component.key for component in side.components if not fits(component)]
    if not fitting:
        raise AffectError("AF140", known=listing(others))
    notes.extend(f"{SOURCE}: {key} takes no part, the suite is about polarity" for key in others)
    return Side(side.nlp, fitting)


def _texts(cases: Mapping[str, Sequence[Case]]) -> list[str]:
    """RETURNS (list[str]): Each once."""
    return list(dict.fromkeys(text for of in cases.values() for case in of for text in case.texts))


def _tallies(
    side: Side, cases: Mapping[str, Sequence[Case]], batch_size: int
) -> dict[str, list[Tally]]:
    texts = _texts(cases)
    docs = side.nlp.pipe(texts, batch_size=batch_size)
    said = {text: records_of(doc) for text, doc in zip(texts, docs, strict=True)}
    return {
        component.key: [_tally(name, of, said, component.key) for name, of in cases.items()]
        for component in side.components
    }


def _tally(
    name: str, cases: Sequence[Case], said: Mapping[str, Mapping[str, Record]], key: str
) -> Tally:
    failures = []
    marks = numpy.zeros(len(cases))
    for i, case in enumerate(cases):
        records = tuple(said[text].get(key, Record()) for text in case.texts)
        reason = failed(case, records)
        if reason:
            failures.append(Failure(case, records, reason))
            marks[i] = 1.0
    return Tally(load_suite().capabilities[name], failures, marks)


# ---- Rates ----


def _scored(
    tallies: Mapping[str, Sequence[Tally]], n_texts: int, options: Options
) -> dict[str, Scored]:
    return {key: Scored(_rates(of, options), n_texts) for key, of in tallies.items()}


def _rates(tallies: Sequence[Tally], options: Options) -> dict[str, Estimate]:
    """RETURNS (dict[str, Estimate]): Of each capability, of identity, and of all."""
    found = {}
    for place, tally in enumerate(tallies):
        # Seeds of their own: what two capabilities resample has nothing in common.
        weights = list(resamples(tally.n, options.n_boot, options.seed + place))
        drawn = [part @ tally.marks / tally.n for part in weights]
        samples = numpy.concatenate(drawn) if drawn else numpy.empty(0)
        low, high = wilson(len(tally.failures), tally.n)
        found[FAILURE + tally.capability.name] = Estimate(tally.rate, low, high, samples)
    every = list(found.values())
    identity = [e for name, e in found.items() if name.startswith(FAILURE + IDENTITY)]
    for name, among in ((IDENTITY, identity), (MEAN, every)):
        if among:
            samples = numpy.mean([estimate.samples for estimate in among], axis=0)
            value = sum(estimate.value for estimate in among) / len(among)
            found[FAILURE + name] = Estimate(value, *interval(samples), samples)
    return found


def _fewer_is_better(scored: Scored, match: Mapping[str, Scored], key: str) -> None:
    """Set in which share of resamples the other pipeline fails less often."""
    twin = match.get(key) or next(iter(match.values()))  # as add_comparison finds it
    for metric, compared in (scored.compared or {}).items():
        gaps = twin.metrics[metric].samples - scored.metrics[metric].samples
        if scored.compared and len(gaps):
            scored.compared[metric] = replace(compared, better=float((gaps < 0).mean()))
