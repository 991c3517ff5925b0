"""Reading the input once before a run: what there is, and what to do with each row of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.language import Language

from .. import __version__
from ..dialogue import TURNS
from ..errors import AffectError, require
from . import pipelines
from .readers import (
    EXTRA,
    LINE,
    RAW,
    TRANSCRIPTS,
    Layout,
    RawRow,
    find_files,
    make_layout,
    parse,
    raw_rows,
    split_suffix,
)
from .shard import Plan
from .state import State
from .writers import (
    ERROR,
    TABLES,
    Input,
    Output,
    affect_columns,
    common_kind,
    free_names,
    kind_of_cell,
)

#: Rows per shard: what a kill can cost, and what one worker holds in memory.
SHARD_ROWS = 1000
#: Conversations that are scored together: one may be of hours.
CONVERSATIONS = 4
#: Rows that are looked at to see whether a field exists at all.
LOOK_AT = 100


@dataclass(frozen=True)
class Settings:
    """What the caller asks for. output (Path | None): None writes to a stream, keeping no state."""

    inputs: tuple[Path, ...]
    output: Path | None
    pipeline: pipelines.PipelineSpec
    text_fields: tuple[str, ...] = ()
    turns_field: str | None = None
    id_field: str | None = None
    columns: tuple[str, ...] = ()
    quoting: str | None = None
    n_process: int = 1
    batch_size: int = 64
    frame_rate: float | None = None
    limit: int | None = None
    restart: bool = False

    @property
    def format(self) -> str:
        return ".jsonl" if self.output is None else split_suffix(self.output)


def make_plan(settings: Settings, nlp: Language) -> tuple[Plan, int]:
    """Read the whole input once.

    RETURNS (tuple[Plan, int]): What to do with each row, and how many there are.
    RAISES: AF030 to AF038 for an input that cannot be read, AF032 for a field that no row has,
        AF042 for settings that do not go together.
    """
    files = _input_files(settings)
    layouts = tuple(make_layout(path, settings.columns, settings.quoting) for path in files)
    _check_settings(settings, layouts)
    total, kinds = _survey(settings, layouts, nlp)
    names = [name for name in kinds if name not in (EXTRA, RAW, LINE)]
    if any(layout.format in TRANSCRIPTS for layout in layouts):
        names.append(TURNS)  # also where none of them can be read
    fields = settings.text_fields
    if not fields and not settings.turns_field:
        fields = (names[0],) if len(names) == 1 else ("text",)
    if names:
        for name in fields:
            _must_have(name, names, "--text-field")
        _must_have(settings.turns_field, names, "--turns-field")
        _must_have(settings.id_field, names, "--id-field")
    output = Output(settings.format)
    if settings.format in TABLES:
        tasks = {pipe.key: pipe.task for _, pipe in pipelines.affect_pipes(nlp)}
        affect = tuple(affect_columns(fields or (settings.turns_field or "",), tasks))
        renamed = free_names(kinds, [*(column.name for column in affect), ERROR])
        inputs = (Input(name, renamed[name], common_kind(kinds[name])) for name in kinds)
        output = Output(settings.format, tuple(inputs), affect)
    plan = Plan(
        layouts,
        output,
        fields,
        settings.turns_field,
        settings.id_field,
        min(settings.batch_size, CONVERSATIONS) if settings.turns_field else settings.batch_size,
        settings.frame_rate,
    )
    return plan, total


def shards(settings: Settings, plan: Plan, nlp: Language) -> Iterator[tuple[int, list[RawRow]]]:
    """Read the input again.

    nlp (Language): Is kept only where a .spacy file needs its vocabulary.
    RETURNS (Iterator[tuple[int, list[RawRow]]]): The number and the rows of each shard, in order.
    """
    has_docs = any(layout.format == ".spacy" for layout in plan.layouts)
    rows = raw_rows(plan.layouts, nlp.vocab if has_docs else None)
    return enumerate(_cut(islice(rows, settings.limit)))


def digests(settings: Settings, plan: Plan, nlp: Language) -> dict[str, str]:
    """RETURNS (dict[str, str]): A digest per part of what changes the output of a run.

    Processes, batch size and verbosity are no part of it: a value does not depend on them.
    """
    parts: dict[str, Any] = {
        "the input": [_digest_of_file(layout.path) for layout in plan.layouts],
        "the pipeline": pipelines.fingerprint(settings.pipeline, nlp),
        "the fields": [plan.text_fields, plan.turns_field, plan.id_field],
        "--frame-rate": settings.frame_rate,
        "--columns or --quoting": [[lay.columns, lay.quoting, lay.format] for lay in plan.layouts],
        "--limit": settings.limit,
        "the version of spacy-affect": [__version__, SHARD_ROWS],
    }
    return {
        part: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        for part, value in parts.items()
    }


def _input_files(settings: Settings) -> list[Path]:
    """RETURNS (list[Path]): The files to read; a folder that holds our own output is read without.
    RAISES: AF042 if the output would overwrite an input.
    """
    files = find_files(settings.inputs)
    if settings.output is None or settings.output.resolve() not in [p.resolve() for p in files]:
        return files
    own = settings.output.resolve()
    if own in [path.resolve() for path in settings.inputs] or not State(settings.output).is_ours:
        raise AffectError("AF042", reason=f"the output {settings.output} is one of the inputs")
    return [path for path in files if path.resolve() != own]


def _check_settings(settings: Settings, layouts: tuple[Layout, ...]) -> None:
    """RAISES: AF001 or AF042 for what would fail only after the work is done."""
    form, reason = settings.format, ""
    if form in (".txt", *TRANSCRIPTS):
        reason = f"a {form} output has no room for values; choose .jsonl or .csv"
    elif form == ".spacy" and len(settings.text_fields) > 1:
        reason = "a .spacy output takes one text field; choose .jsonl for several"
    elif len({*settings.text_fields}) < len(settings.text_fields):
        reason = "a --text-field is given twice"
    elif form == ".parquet" and str(settings.output).lower().endswith(".gz"):
        reason = "a .parquet output is compressed by itself; leave .gz away"
    elif settings.pipeline.unit == "turns" and not (
        settings.turns_field or all(layout.format == ".spacy" for layout in layouts)
    ):
        reason = "--unit turns needs --turns-field, the field that holds the turns"
    elif settings.frame_rate is not None and not settings.turns_field:
        reason = "--frame-rate needs conversations: subtitle files, or --turns-field"
    elif settings.frame_rate is not None and form not in (".jsonl", ".json"):
        reason = f"a {form} output has no room for --frame-rate; choose .jsonl"
    if reason:
        raise AffectError("AF042", reason=reason)
    if form == ".parquet":
        require("pyarrow", what="Writing .parquet", extra="parquet")


def _cut(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    while shard := list(islice(rows, SHARD_ROWS)):
        yield shard


def _survey(
    settings: Settings, layouts: tuple[Layout, ...], nlp: Language
) -> tuple[int, dict[str, set[str]]]:
    """RETURNS (tuple): Rows, and the kinds of cell that each field holds; for outputs that need no
    columns, of the first rows only.
    """
    total = 0
    wanted = {*settings.text_fields, settings.turns_field, settings.id_field} - {None}
    kinds: dict[str, set[str]] = {column: {"text"} for lay in layouts for column in lay.columns}
    is_table = settings.format in TABLES
    for file, line, payload in islice(raw_rows(layouts, nlp.vocab), settings.limit):
        total += 1
        if is_table or total <= LOOK_AT or not wanted <= kinds.keys():
            for name, value in parse(layouts[file], line, payload).fields.items():
                kinds.setdefault(name, set()).add(kind_of_cell(value))
    return total, kinds


def _must_have(name: str | None, known: list[str], option: str) -> None:
    if name is not None and name not in known:
        raise AffectError("AF032", field=name, known=", ".join(known), option=option)


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
