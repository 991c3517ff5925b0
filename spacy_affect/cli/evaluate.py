"""`spacy-affect evaluate`: how good a pipeline is on corpora, how sure that is, and which of two
is better.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from spacy.util import is_package

from ..runner.pipelines import PipelineSpec, build, chosen
from ..scoring import aeb, behaviour
from ..scoring.bootstrap import Comparison, Estimate
from ..scoring.evaluation import Options, Report, Scored, Side, evaluate
from ..scoring.outcomes import PREFERENCE, is_preference
from ..types import Record
from .bars import bars, mark
from .listing import as_json, show

#: Benchmarks, and whether each reads a folder.
SUITES = {"aeb": True, "behaviour": False}


@click.command("evaluate")
@click.argument("pipeline", metavar="PIPELINE")
@click.argument("sources", metavar="[PIPELINE2] SOURCE[:PATH]...", nargs=-1)
@click.option("--compare", metavar="PIPELINE2", help="Compare this one with PIPELINE.")
@click.option("--suite", type=click.Choice([*SUITES]), help="Run a benchmark; aeb needs --data.")
@click.option("--data", metavar="FOLDER", type=click.Path(path_type=Path), help="Of the suite.")
@click.option("--failures", type=click.IntRange(0), default=0, help="Examples, of behaviour.")
@click.option("--split", metavar="NAME", help="train or dev. Default: all that is there.")
@click.option("--task", "tasks", multiple=True, metavar="T", help="Score this task only.")
@click.option("--n-boot", type=click.IntRange(0), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--limit", type=click.IntRange(0), default=0, help="Texts per source; 0: all.")
@click.option("--batch-size", type=click.IntRange(1), default=128, show_default=True)
@click.option("--skip-bad", is_flag=True, help="Leave malformed rows out and count them.")
@as_json
def command(
    pipeline: str,
    sources: tuple[str, ...],
    compare: str | None,
    suite: str | None,
    data: Path | None,
    failures: int,
    split: str | None,
    tasks: tuple[str, ...],
    n_boot: int,
    seed: int,
    limit: int,
    batch_size: int,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Score PIPELINE (an installed one, a folder, or a .cfg file) on one or many corpora.

    A SOURCE is a registered corpus with the path of its folder or file, goemotions:FOLDER, or the
    path of a .spacy, .jsonl, .csv or .tsv file. Each metric comes with its 95 % interval, from
    resampling the texts. With a second pipeline also: its difference to the first on the same
    resamples, and in which share of them it is the better one. Of support strategies a chart shows
    how far each is preferred by PIPELINE.

    The suite "behaviour" tests components for polarity with made-up sentences, 300 for each of its
    capabilities or --limit: how often is negation, or what was and is no more, read wrongly, and
    how often does a typo, a name or somebody's identity move the value? Failure rates, so lower is
    better; --failures shows some.
    """
    if compare is None and sources and _is_pipeline(sources[0]):
        compare, sources = sources[0], sources[1:]
    _check_what(sources, suite, data, failures)
    options = Options(split, limit, n_boot, seed, batch_size, skip_bad)
    this = _side(pipeline, tasks)
    other = None if compare is None else _side(compare, tasks)
    report: Report
    if data is not None:
        report = aeb.evaluate(this, data, options, other)
    elif suite is not None:
        report = behaviour.evaluate(this, options, other)
    else:
        report = evaluate(this, sources, options, other)
    if as_json:
        click.echo(json.dumps(_plain(report), indent=2))
    elif isinstance(report, behaviour.BehaviourReport):
        show(list(_capabilities(report, other is not None)), as_json=False)
        click.echo("")
    else:
        show(list(_rows(report, other is not None)), as_json=False)
        click.echo("")
        block = mark(sys.stdout.encoding)
        for line in _preferences(report, block):
            click.echo(line)
    if isinstance(report, behaviour.BehaviourReport):
        for line in _failures(report, failures):
            click.echo(line, err=as_json)
    for note in report.notes:
        click.echo(f"Note: {note}", err=as_json)


def _check_what(
    sources: tuple[str, ...], suite: str | None, data: Path | None, failures: int
) -> None:
    """RAISES: a usage error unless there is one thing to score on, with what belongs to it."""
    if bool(sources) == bool(suite):
        raise click.UsageError("give either sources or --suite")
    if suite is None and data is not None:
        raise click.UsageError("--data goes with --suite")
    if suite is not None and SUITES[suite] != (data is not None):
        verb = "needs" if SUITES[suite] else "takes no"
        raise click.UsageError(f"--suite {suite} {verb} --data")
    if failures and suite != behaviour.SOURCE:
        raise click.UsageError(f"--failures goes with --suite {behaviour.SOURCE}")


def _side(name: str, tasks: tuple[str, ...]) -> Side:
    """RAISES: AF083 if the pipeline has no component of one of the tasks."""
    nlp = build(PipelineSpec(name))
    return Side(nlp, chosen(nlp, name, tasks))


def _is_pipeline(given: str) -> bool:
    path = Path(given)
    return path.suffix == ".cfg" or (path / "config.cfg").is_file() or is_package(given)


def _plain(report: Report) -> dict[str, Any]:
    """RETURNS (dict): source -> component -> metric -> value, low, high."""
    return {
        source: {component: _metrics(scored) for component, scored in of_source.items()}
        for source, of_source in report.scores.items()
    }


def _metrics(scored: Scored) -> dict[str, dict[str, float | None]]:
    found = {}
    for name, estimate in scored.metrics.items():
        cells = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
        if scored.compared and name in scored.compared:
            other = scored.compared[name]
            cells["difference"] = other.difference
            cells["difference_low"], cells["difference_high"] = other.low, other.high
            cells["better"] = other.better
        found[name] = {key: _known(number) for key, number in cells.items()}
    return found


def _known(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else number


def _rows(report: Report, comparing: bool) -> Any:
    """YIELDS (dict): The rows of the table."""
    for source, of_source in report.scores.items():
        for component, scored in of_source.items():
            for metric, estimate in scored.metrics.items():
                if is_preference(metric):  # these are drawn
                    continue
                row = {"source": source, "component": component, "texts": f"{scored.n_texts:,}"}
                row |= {"metric": metric, "value": _number(estimate.value)}
                row["95 % interval"] = _interval(estimate)
                if comparing:
                    row |= _compared((scored.compared or {}).get(metric))
                yield row


def _capabilities(report: behaviour.BehaviourReport, comparing: bool) -> Iterator[dict[str, str]]:
    """YIELDS (dict): The rows of the table of failures."""
    for component, scored in report.scores[behaviour.SOURCE].items():
        tallies = {f"{behaviour.FAILURE}{t.capability.name}": t for t in report.tallies[component]}
        for metric, estimate in scored.metrics.items():
            tally = tallies.get(metric)
            row = {
                "component": component,
                "capability": metric.removeprefix(behaviour.FAILURE),
                "kind": tally.capability.kind if tally else "mean",
                "n": f"{tally.n:,}" if tally else "",
                "fails": _number(estimate.value),
                "95 % interval": _interval(estimate),
            }
            if comparing:
                row |= _compared((scored.compared or {}).get(metric))
            yield row | {"of": tally.capability.about if tally else ""}


def _failures(report: behaviour.BehaviourReport, most: int) -> Iterator[str]:
    """YIELDS (str): So many failures of each capability, evenly from all that there are."""
    for component, tallies in report.tallies.items():
        for tally in tallies if most else ():
            step = max(1, len(tally.failures) // most)
            for failure in tally.failures[::step][:most]:
                said = ", ".join(_said(record) for record in failure.records)
                texts = " / ".join(failure.case.texts)
                yield f"{component} {tally.capability.name}: {failure.reason} ({said}): {texts}"


def _said(record: Record) -> str:
    value = f"{record.value:+.2f}" if isinstance(record.value, float) else "no value"
    return f"{value} {record.label}" if record.label else value


def _preferences(report: Report, block: str) -> Iterator[str]:
    """YIELDS (str): The lines of a chart for each component that chooses strategies."""
    for source, of_source in report.scores.items():
        for component, scored in of_source.items():
            found = scored.metrics
            each = {
                name.removeprefix(PREFERENCE): estimate.value
                for name, estimate in found.items()
                if is_preference(name)
            }
            if not each:
                continue
            quality, bias = (_number(found[name].value) for name in ("macro_f1", "preference_bias"))
            yield f"{source}, {component}: Q (macro_f1) {quality}, B (preference_bias) {bias}"
            yield "Preference of each strategy; 1 is neither too often nor too rarely:"
            yield from (f"  {line}" for line in bars(each, block))
            yield ""


def _compared(other: Comparison | None) -> dict[str, str]:
    if other is None:
        return dict.fromkeys(("difference", "difference 95 %", "better in"), "-")
    better = "-" if other.better is None else f"{100 * other.better:.1f} %"
    return {
        "difference": f"{other.difference:+.3f}",
        "difference 95 %": _interval(other),
        "better in": better,
    }


def _interval(found: Estimate | Comparison) -> str:
    if found.low is None or found.high is None:
        return "-"
    return f"{_number(found.low)} to {_number(found.high)}"


def _number(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.3f}"
