"""`spacy-affect doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

import click

from ..diagnosis import Finding, diagnose

MARKS = {"ok": "ok", "note": "-", "problem": "PROBLEM"}
WIDTH = max(map(len, MARKS.values()))


@click.command("doctor")
@click.option("--pipeline", metavar="NAME|PATH", help="Check this pipeline's config too.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(ctx: click.Context, pipeline: str | None, as_json: bool) -> None:
    """Look for what stops spaCy or spacy-affect here: broken entry points, versions that clash,
    extras and plugins that are missing or broken. Exit code 1 if there are problems.
    """
    findings = diagnose(pipeline)
    problems = sum(finding.status == "problem" for finding in findings)
    if as_json:
        report = {
            "healthy": not problems,
            "problems": problems,
            "findings": [asdict(finding) for finding in findings],
        }
        click.echo(json.dumps(report, indent=2))
    else:
        for line in lines(findings):
            click.echo(line)
        click.echo("\n" + verdict(findings))
    ctx.exit(1 if problems else 0)


def verdict(findings: Sequence[Finding]) -> str:
    """RETURNS (str): The closing line: how many problems, and which components cannot run."""
    problems = sum(finding.status == "problem" for finding in findings)
    idle = [f for f in findings if (f.section, f.status) == ("components", "note")]
    text = f"{problems} problem(s) found" if problems else "No problems found"
    if idle:
        names = " and ".join(finding.subject for finding in idle)
        remedies = " and ".join(dict.fromkeys(finding.remedy for finding in idle))
        text += f"{', and' if problems else ', but'} {names} cannot run yet: {remedies}"
    return text


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """YIELDS (str): The findings by section, aligned, with the remedy under what needs one."""
    for place, (section, group) in enumerate(groupby(findings, lambda finding: finding.section)):
        members = list(group)
        yield ("\n" if place else "") + section[0].upper() + section[1:]
        width = max(len(finding.subject) for finding in members)
        for finding in members:
            mark = MARKS[finding.status]
            yield f"  {mark:<{WIDTH}}  {finding.subject:<{width}}  {finding.text}"
            if finding.remedy:
                yield f"  {'':<{WIDTH}}  {'':<{width}}  -> {finding.remedy}"
