"""Writing rows: every format holds what came in and what was scored, and no row is refused."""

import csv
import gzip
import io
import json

import pytest

from spacy_affect.api import Scheme, Task
from spacy_affect.runner.writers import (
    Input,
    Output,
    Writer,
    affect_columns,
    assemble,
    common_kind,
    free_names,
    kind_of_cell,
)
from spacy_affect.tasks.polarity import Polarity


class Mood(Task):
    name = "mood"
    scheme = Scheme("mood", ("joy", "fear"), "a test")
    many = True


TASKS = {"affect_polarity": Polarity(), "affect_mood": Mood()}
COLUMNS = tuple(affect_columns(("text",), TASKS))
INPUTS = (Input("id", "id", "int"), Input("text", "text", "text"), Input("tags", "tags", "json"))
AFFECT = {
    "polarity": {"value": 0.1 + 0.2, "label": "positive"},
    "mood": {"value": {"joy": 1.0, "fear": 0.0}, "label": "joy"},
}
ROW = {"id": 7, "text": 'a "b",\tc\nd', "tags": ["x", None]}


def write(tmp_path, form, rows, name="out", zipped=False):
    output = Output(form, INPUTS, COLUMNS) if form in (".csv", ".tsv", ".parquet") else Output(form)
    parts = []
    for i, shard in enumerate(rows):
        writer = Writer(output)
        for row in shard:
            writer.add(*row, None)
        parts.append(tmp_path / f"{i}.part")
        parts[-1].write_bytes(writer.close())
    target = tmp_path / name
    assemble(output, parts, target, zipped)
    return target


def test_columns_are_named_after_component_label_and_field():
    names = ["affect_polarity", "affect_polarity_label"]
    names += ["affect_mood_joy", "affect_mood_fear", "affect_mood_label"]
    assert [column.name for column in affect_columns(("text",), TASKS)] == names
    two = affect_columns(("title", "body"), TASKS)
    assert [c.name for c in two] == [f"{f}_{n}" for f in ("title", "body") for n in names]


def test_csv_reads_back(tmp_path):
    path = write(tmp_path, ".csv", [[(ROW, AFFECT, None)], [({"id": 8}, None, "AF050: bad")]])
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    assert (rows[0]["id"], rows[0]["text"], rows[0]["tags"]) == ("7", ROW["text"], '["x", null]')
    assert float(rows[0]["affect_polarity"]) == 0.1 + 0.2
    assert (rows[0]["affect_mood_joy"], rows[0]["affect_mood_label"]) == ("1.0", "joy")
    assert (rows[1]["affect_polarity"], rows[1]["affect_error"]) == ("", "AF050: bad")


def test_tsv_keeps_one_line_per_row(tmp_path):
    path = write(tmp_path, ".tsv", [[(ROW, AFFECT, None)]])
    header, line, end = path.read_text().split("\n")
    assert dict(zip(header.split("\t"), line.split("\t"), strict=True))["text"] == 'a "b",\\tc\\nd'
    assert end == ""


def test_json_forms_read_back(tmp_path):
    rows = [[(ROW, AFFECT, None)], [({"id": 8}, None, "AF050: bad")]]
    wanted = [
        {**ROW, "affect": AFFECT, "affect_error": None},
        {"id": 8, "affect": None, "affect_error": "AF050: bad"},
    ]
    assert json.loads(write(tmp_path, ".json", rows).read_text()) == wanted
    assert json.loads(write(tmp_path, ".json", []).read_text()) == []
    lines = write(tmp_path, ".jsonl", rows).read_text().splitlines()
    assert [json.loads(line) for line in lines] == wanted


def test_gzip_output_is_the_same_each_time(tmp_path):
    first = write(tmp_path, ".jsonl", [[(ROW, AFFECT, None)]], "one.gz", zipped=True).read_bytes()
    second = write(tmp_path, ".jsonl", [[(ROW, AFFECT, None)]], "two.gz", zipped=True).read_bytes()
    assert first == second
    assert json.loads(gzip.decompress(first))["id"] == 7


def test_parquet_reads_back_with_types(tmp_path):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = write(tmp_path, ".parquet", [[(ROW, AFFECT, None)], [({"id": 8}, None, "AF050: bad")]])
    table = parquet.read_table(path).to_pylist()
    assert (table[0]["id"], table[0]["tags"]) == (7, '["x", null]')
    assert table[0]["affect_polarity"] == 0.1 + 0.2
    assert (table[1]["text"], table[1]["affect_error"]) == (None, "AF050: bad")


@pytest.mark.parametrize("form", [".jsonl", ".csv", ".tsv"])
def test_lone_surrogates_leave_as_text(tmp_path, form):
    row = {"id": 1, "text": "\ud800 and \U0001f600", "tags": []}
    content = write(tmp_path, form, [[(row, None, "AF055: ...")]]).read_bytes().decode("utf-8")
    text = json.loads(content)["text"] if form == ".jsonl" else content
    assert "\\ud800 and \U0001f600" in text


def test_what_json_cannot_hold_marks_the_row_and_loses_nothing(tmp_path):
    path = write(tmp_path, ".jsonl", [[({"id": float("inf"), "text": "a"}, AFFECT, None)]])
    row = json.loads(path.read_text())
    assert (row["id"], row["text"], row["affect"]) == ("inf", "a", AFFECT)
    assert row["affect_error"].startswith("AF058")


def test_an_earlier_runs_output_is_kept_under_another_name(tmp_path):
    row = {"text": "a", "affect": {"old": 1}, "affect_error": "old"}
    path = write(tmp_path, ".jsonl", [[(row, AFFECT, None)]])
    assert json.loads(path.read_text())["_affect"] == {"old": 1}
    assert json.loads(path.read_text())["_affect_error"] == "old"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["a", None], "text"),
        ([1, 2], "int"),
        ([1, 2.5, None], "float"),
        ([True, False], "bool"),
        ([True, 1], "json"),
        ([1, 2**60], "long"),
        ([0.5, 2**60], "json"),
        ([2**63], "json"),
        ([[1]], "json"),
        ([None], "text"),
    ],
)
def test_column_kinds(cells, kind):
    assert common_kind({kind_of_cell(cell) for cell in cells}) == kind


def test_new_names_differ_from_all_others():
    taken = ["affect", "affect_error"]
    assert free_names(["text", "affect"], taken) == {"text": "text", "affect": "_affect"}
    renamed = free_names(["affect", "_affect", "__affect", "affect_error", "caf\udce9"], taken)
    assert len({*renamed.values(), *taken}) == 7
    assert renamed["_affect"] == "_affect"
    assert renamed["caf\udce9"] == "caf\\udce9"


@pytest.mark.parametrize("text", ["good\rbad", "\r", "a\r\nb", '"', ",", "\n"])
def test_any_cell_comes_back_from_csv(tmp_path, text):
    path = write(tmp_path, ".csv", [[({"id": 1, "text": text}, None, None)]])
    with path.open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == [text]


def test_a_literal_escape_before_a_lone_surrogate(tmp_path):
    path = write(tmp_path, ".jsonl", [[({"text": "\\ud800\udc00"}, None, "AF055: ...")]])
    json.loads(path.read_text())["text"].encode("utf-8")


@pytest.mark.parametrize("form", [".jsonl", ".csv", ".spacy"])
def test_nesting_and_numbers_beyond_bounds_mark_the_row(tmp_path, form):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    writer = Writer(Output(form, INPUTS, COLUMNS) if form == ".csv" else Output(form))
    marked = writer.add({"id": 10**30, "text": "a \ud800", "tags": deep}, AFFECT, None, None)
    assert marked or form == ".spacy"  # a row on a Doc is always made plain
    assert writer.close()
