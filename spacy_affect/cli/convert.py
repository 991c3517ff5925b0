"""`spacy-affect convert`: a corpus in its own format to a file for training, and leakage checks."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..corpora.base import Row
from ..corpora.leakage import Match, near_duplicates
from ..corpora.merging import merge as merge_rows
from ..corpora.reader import locate, make_source, read
from ..corpora.splits import split as split_rows
from ..corpora.writing import SUFFIXES, write

if TYPE_CHECKING:
    from spacy.language import Language

LEAKAGE = 3
#: Pairs that are printed; --json has them all.
SHOWN = 10
#: Characters of a text in a printed pair.
WIDTH = 90


@click.command("convert")
@click.argument("source", required=False)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help=".spacy, or .jsonl, far quicker."
)
@click.option("--split", metavar="NAME", help="The part to read: train or dev. Default: all.")
@click.option("--scheme", metavar="S", help="Map the labels to this scheme: --set scheme=S.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the source; [..] and {..} are JSON, values.joy=C sets an item of values.",
)
@click.option("--limit", type=click.IntRange(0), default=0, help="Stop after this many rows.")
@click.option("--skip-bad", is_flag=True, help="Leave malformed rows out and count them.")
@click.option("--merge", is_flag=True, help="Make one row of all rows with the same text.")
@click.option(
    "--group-split",
    metavar="NAME=SHARE,...",
    help="Write a file per name, such as train=0.8,dev=0.2. Groups (dialogues, videos, documents, "
    "equal texts) stay whole, labels are in proportion.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of --group-split.")
@click.option("--lang", default="en", show_default=True, help="Whose tokens a .spacy file has.")
@click.option(
    "--check-leakage",
    nargs=2,
    metavar="A B",
    help="List the texts of B that are in A too, instead of converting. Each is a file, or "
    "SOURCE:PATH. Exit code 3 if there are any.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result of --check-leakage as JSON."
)
def command(
    source: str | None,
    path: Path | None,
    output: Path | None,
    split: str | None,
    scheme: str | None,
    settings: tuple[str, ...],
    limit: int,
    skip_bad: bool,
    merge: bool,
    group_split: str | None,
    seed: int,
    lang: str,
    check_leakage: tuple[str, str] | None,
    as_json: bool,
) -> int:
    """Convert the corpus at PATH, a folder or a file in the format of SOURCE (see spacy-affect
    corpora), to a file that spacy_affect.Corpus.v1 reads.

    A table (.jsonl, .csv, .tsv) is the source "table": --set text=comment --set task=emotion
    --set labels.joy=is_joy.
    """
    given = _settings(settings, scheme)
    if check_leakage:
        if source or output:
            raise click.UsageError("--check-leakage A B takes neither SOURCE PATH nor -o")
        a, b = (_rows(spec, given, split, limit, skip_bad) for spec in check_leakage)
        return _leakage(check_leakage, a, b, as_json)
    if source is None or path is None or output is None:
        raise click.UsageError("give SOURCE, PATH and -o FILE, or --check-leakage A B")
    if output.suffix not in SUFFIXES:
        raise click.UsageError(f"the output {output} must end in {' or '.join(SUFFIXES)}")
    shares = _shares(group_split) if group_split else None
    found: Iterable[Row] = read(
        make_source(source, path, given), path, split, skip_bad=skip_bad, limit=limit
    )
    if merge:
        found = merge_rows(found)
    parts: Mapping[str, Iterable[Row]] = {"": found}
    if shares:
        parts = split_rows(found, shares, seed=seed)

    nlp = _blank(lang) if output.suffix == ".spacy" else None
    for name, rows in parts.items():
        target = output.with_suffix(f".{name}{output.suffix}") if name else output
        _report(target, write(rows, target, nlp))
    return 0


def _rows(
    spec: str, given: Mapping[str, Any], split: str | None, limit: int, skip_bad: bool
) -> list[Row]:
    name, path = locate(spec)
    source = make_source(name, path, given)
    return list(read(source, path, split, skip_bad=skip_bad, limit=limit))


def _blank(lang: str) -> Language:
    import spacy

    try:
        return spacy.blank(lang)
    except ImportError:
        raise click.UsageError(f"--lang {lang}: spaCy has no such language") from None


def _report(target: Path, counts: Counter[str]) -> None:
    gold = ", ".join(f"{task} {n:,}" for task, n in sorted(counts.items()) if task) or "none"
    click.echo(f"{counts['']:,} rows written: {click.format_filename(target)} (gold: {gold})")


def _settings(given: tuple[str, ...], scheme: str | None) -> dict[str, Any]:
    """RETURNS (dict[str, Any]): What --set and --scheme say, as a config block would."""
    settings: dict[str, Any] = {} if scheme is None else {"scheme": scheme}
    for item in given:
        key, equals, value = item.partition("=")
        if not key or not equals:
            raise click.UsageError(f"--set {item}: write KEY=VALUE")
        name, dot, label = key.partition(".")
        if not dot:
            settings[name] = _value(item, value)
        elif isinstance(settings.setdefault(name, {}), dict):
            settings[name][label] = value
        else:
            raise click.UsageError(f"--set {item}: {name} is set to one value already")
    return settings


def _value(item: str, text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--set {item}: no JSON: {error}") from None


def _shares(text: str) -> dict[str, float]:
    """RETURNS (dict[str, float]): What --group-split says."""
    shares: dict[str, float] = {}
    for item in text.split(","):
        name, _, share = (part.strip() for part in item.partition("="))
        try:
            number = float(share)
        except ValueError:
            number = 0.0
        if not re.fullmatch(r"[\w-]+", name) or name in shares or not 0 < number < inf:
            raise click.UsageError(f"--group-split {text}: write NAME=SHARE,NAME=SHARE")
        shares[name] = number
    return shares


def _leakage(specs: tuple[str, str], a: list[Row], b: list[Row], as_json: bool) -> int:
    """Print the texts of b that are in a too. RETURNS (int): The exit code."""
    matches = list(near_duplicates([row.text for row in a], [row.text for row in b]))
    equal = sum(match.equal for match in matches)
    if as_json:
        report = {
            "a": {"input": specs[0], "rows": len(a)},
            "b": {"input": specs[1], "rows": len(b)},
            "equal": equal,
            "near": len(matches) - equal,
            "pairs": [_pair(match, a, b) for match in matches],
        }
        click.echo(json.dumps(report, indent=2))
        return LEAKAGE if matches else 0
    click.echo(
        f"Of {len(b):,} texts of {specs[1]}, {equal:,} are equal to one of the {len(a):,} of "
        f"{specs[0]}, and {len(matches) - equal:,} nearly so."
    )
    for match in sorted(matches, key=lambda match: not match.equal)[:SHOWN]:
        kind = "equal" if match.equal else f"{match.similarity:.2f}"
        click.echo(f"\n{kind:<5}  {_shown(a[match.a])}\n       {_shown(b[match.b])}")
    if len(matches) > SHOWN:
        click.echo(f"\n... and {len(matches) - SHOWN:,} more; --json lists them all")
    return LEAKAGE if matches else 0


def _pair(match: Match, a: list[Row], b: list[Row]) -> dict[str, Any]:
    rows = {
        name: {"file": row.file, "line": row.line, "id": row.id, "text": row.text}
        for name, row in (("a", a[match.a]), ("b", b[match.b]))
    }
    found = {"similarity": match.similarity, "equal": match.equal, "matches": match.matches}
    return found | rows


def _shown(row: Row) -> str:
    text = " ".join(row.text.split())
    cut = text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."
    return f"{Path(row.file).name}:{row.line}  {cut}"
