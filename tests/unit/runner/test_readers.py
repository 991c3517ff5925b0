"""Cutting files into rows: nothing is lost, and what is wrong is said in the row."""

import datetime
import decimal
import gzip
import json
import pickle
import random
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin

from spacy_affect.errors import AffectError
from spacy_affect.runner.readers import find_files, make_layout, parse, raw_rows


def read(path: Path, content: bytes, columns=(), quoting=None):
    path.write_bytes(content)
    layout = make_layout(path, columns, quoting)
    return [parse(layout, line, payload) for _, line, payload in raw_rows([layout])]


def test_tsv_splits_at_newlines_and_tabs_only(tmp_path):
    # quotes that open and never close swallow lines in a csv reader; U+2028 and a lone \r in
    # str.splitlines
    content = '1\t"open quote\n2\tline\u2028separator\n3\ta\rb\r\n'.encode()
    rows = read(tmp_path / "a.tsv", content, columns=("id", "text"))
    assert [row.fields["text"] for row in rows] == ['"open quote', "line\u2028separator", "a\rb"]


def test_csv_follows_rfc_4180(tmp_path):
    content = b'id,text\n1,"a ""quoted"" word"\n2,"two\nlines"\n\n3,plain\n'
    rows = read(tmp_path / "a.csv", content)
    assert [row.fields["text"] for row in rows] == ['a "quoted" word', "two\nlines", "plain"]


def test_quoting_overrides_the_suffix(tmp_path):
    content = b'id\ttext\n1\t"a ""b"""\n'
    assert read(tmp_path / "a.tsv", content, quoting="csv")[0].fields["text"] == 'a "b"'
    assert read(tmp_path / "b.tsv", content)[0].fields["text"] == '"a ""b"""'


def test_cells_beyond_the_columns_are_kept_and_missing_ones_are_missing(tmp_path):
    rows = read(tmp_path / "a.csv", b"id,text\n1,x,y,z\n2\n")
    assert rows[0].fields == {"id": "1", "text": "x", "_extra": ["y", "z"]}
    assert rows[1].fields == {"id": "2"}


def test_bytes_that_are_no_utf8_mark_their_row_alone(tmp_path):
    rows = read(tmp_path / "a.csv", b"id,text\n1,caf\xe9\n2,caf\xc3\xa9\n")
    assert rows[0].error.startswith("AF051")
    assert rows[0].fields == {"id": "1", "text": "caf\\xe9"}
    assert (rows[1].fields["text"], rows[1].error) == ("café", "")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{bad", "AF050"),
        (b"", "AF050"),
        (b"null", "AF050"),
        (b"[1, 2]", "AF050"),
        (b'"text"', "AF050"),
        (b"[" * 100_000, "AF050"),
        (b'{"text": "\xff"}', "AF051"),
    ],
)
def test_lines_that_are_no_json_object_are_kept_raw(tmp_path, line, code):
    rows = read(tmp_path / "a.jsonl", b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    assert [row.fields.get("text") for row in rows] == ["a", None, "b"]
    assert rows[1].error.startswith(code)
    assert rows[1].fields == {"_raw": line.decode("utf-8", "backslashreplace"), "_line": 2}


def test_blank_lines_at_the_end_of_json_lines_are_no_rows(tmp_path):
    assert len(read(tmp_path / "a.jsonl", b'{"text": "a"}\n\n\n')) == 1


def test_nan_becomes_null(tmp_path):
    rows = read(tmp_path / "a.jsonl", b'{"text": "a", "x": NaN, "y": -Infinity}\n')
    assert rows[0].fields == {"text": "a", "x": None, "y": None}


def test_txt_is_a_row_per_line_blank_ones_too(tmp_path):
    rows = read(tmp_path / "a.txt", b"\xef\xbb\xbffirst\r\n\nthird")
    assert [row.fields for row in rows] == [{"text": "first"}, {"text": ""}, {"text": "third"}]


@pytest.mark.parametrize("size", [1, 50_000, 200_000])
def test_json_array_of_any_length_is_read_in_pieces(tmp_path, size):
    wanted = [{"text": "x" * size, "n": 1.5}, {"text": "é", "deep": [{"a": []}]}, {"text": "end"}]
    for indent in (None, 2):
        content = json.dumps(wanted, indent=indent).encode()
        assert [row.fields for row in read(tmp_path / "a.json", content)] == wanted


def test_json_array_may_be_empty_and_mark_other_things(tmp_path):
    assert read(tmp_path / "a.json", b" [ ] ") == []
    rows = read(tmp_path / "b.json", b'[12, {"text": "a"}, null]')
    assert [row.error[:5] for row in rows] == ["AF050", "", "AF050"]
    assert rows[0].fields["_raw"] == "12"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"a": 1',
        b'{"a": 1} {"a": 2}',
        b'[{"a": 1}',
        b'[{"a": 1} {"a": 2}]',
        b'[{"a": ]',
        b'[{"a": 1}] [{"a": 2}]',
        b"[] x",
        b"[]]",
    ],
)
def test_json_that_is_no_array_is_one_error(tmp_path, content):
    with pytest.raises(AffectError, match="AF038"):
        read(tmp_path / "a.json", content)


def test_json_of_one_object_is_one_row(tmp_path):
    for content in (b'{"segments": [1]}', b' {"segments": [1]}\n'):
        assert [row.fields for row in read(tmp_path / "a.json", content)] == [{"segments": [1]}]


def test_gzip_and_byte_order_mark(tmp_path):
    content = gzip.compress(b"\xef\xbb\xbftext\nhello\n")
    assert [r.fields for r in read(tmp_path / "a.csv.gz", content)] == [{"text": "hello"}]
    with pytest.raises(AffectError, match="AF030"):
        read(tmp_path / "b.csv.gz", content[:-12])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.tsv", b"\nx\ty\n", "AF036"),
        ("a.csv", b"a,b,a\n1,2,3\n", "AF037"),
        ("a.xlsx", b"", "AF031"),
        ("a.csv", "text\nhé\n".encode("utf-16"), "AF030"),
        ("a.parquet", b"no parquet", "AF030"),
        ("a.spacy", b"no DocBin", "AF030"),
    ],
)
def test_files_that_cannot_be_rows_are_one_error(tmp_path, name, content, code):
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    with pytest.raises(AffectError, match=code):
        read(tmp_path / name, content)


def test_a_folder_is_its_files_in_order_of_name(tmp_path):
    for name in ("b.csv", "a.csv", "notes.md", ".hidden.csv"):
        (tmp_path / name).write_text("text\n")
    assert [path.name for path in find_files([tmp_path])] == ["a.csv", "b.csv"]
    (tmp_path / "empty").mkdir()
    for missing in (tmp_path / "empty", tmp_path / "nothing.csv"):
        with pytest.raises(AffectError, match="AF030"):
            find_files([missing])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'id,text\n1,"open\n2,b\n', 2),
        (b'id,text\r\n1,"a\r\nb"\r\n2,"c\r\nd","open\r\n3,e', 5),
        (b'id,"text\n1,a\n', 1),
        (b'id,text\n1,a\n2,"', 3),
    ],
)
def test_a_quoted_cell_that_never_closes_is_one_error(tmp_path, content, line):
    with pytest.raises(AffectError, match=f"AF030.*a.csv: .* in line {line} and never closes"):
        read(tmp_path / "a.csv", content)
    read(tmp_path / "b.csv", content, quoting="none")


def test_quotes_that_close_are_no_error_at_the_end_of_a_file(tmp_path):
    for last in (b'"b"', b'"b"\n', b'b"', b'"b"c', b'"b\n"', b'""'):
        assert len(read(tmp_path / "a.csv", b"id,text\n1,a\n2," + last)) == 2


def test_json_array_rows_that_are_no_utf8_are_marked(tmp_path):
    content = b'[{"text": "a", "by": "caf\xe9"}, {"text": "caf\xc3\xa9"}]'
    rows = read(tmp_path / "a.json", content)
    assert [row.error[:5] for row in rows] == ["AF051", ""]
    assert rows[0].fields == {"_raw": '{"text": "a", "by": "caf\\xe9"}', "_line": 1}
    assert rows[1].fields == {"text": "café"}


def test_json_array_rows_travel_as_bytes_however_deep(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"text": "a", "deep": ' + b"[" * 500 + b"]" * 500 + b'}, {"x": NaN}]')
    layout = make_layout(path, (), None)
    raw = pickle.loads(pickle.dumps(list(raw_rows([layout]))))
    rows = [parse(layout, line, payload) for _, line, payload in raw]
    assert [row.error for row in rows] == ["", ""]
    assert rows[1].fields == {"x": None}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.jsonl", "a.json", "a.spacy"])
def test_damaged_gzip_is_one_error(tmp_path, name):
    text = "".join(random.Random(1).choices("abcdefgh \n", k=200_000))
    content = bytearray(gzip.compress(f'[{{"text": "{text}'.encode()))
    start = bytearray(content)
    start[10:40] = b"\xff" * 30
    middle = bytearray(content)
    middle[50_000:50_040] = b"\xff" * 40
    for damaged in (start, middle, content[:50_000], b"no gzip"):
        with pytest.raises(AffectError, match="AF030"):
            read(tmp_path / f"{name}.gz", bytes(damaged), columns=("text",))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.jsonl", "a.csv.gz"])
def test_empty_files_are_no_rows(tmp_path, name):
    assert read(tmp_path / name, gzip.compress(b"") if name.endswith("gz") else b"") == []
    assert read(tmp_path / name, b"") == []


@pytest.mark.parametrize(("header", "sign"), [(b"id;text", ";"), (b"id\ttext", r"\\t")])
def test_csv_with_another_separator_is_one_error(tmp_path, header, sign):
    with pytest.raises(AffectError, match=f"AF030.*separated by '{sign}', not by ','"):
        read(tmp_path / "a.csv", header + b"\n1;x\n")
    for fine in (b"id,a;b", b"text", b"a;b,c\td"):
        assert len(read(tmp_path / "a.csv", fine + b"\n1;x\n")) == 1
    assert len(read(tmp_path / "a.tsv", b"id;text\n1;x\n")) == 1


def test_names_of_columns_are_always_text(tmp_path):
    for name, separator in (("a.csv", b","), ("a.tsv", b"\t")):
        rows = read(tmp_path / name, b"text" + separator + b"caf\xe9\nhello" + separator + b"x\n")
        assert rows[0].fields == {"text": "hello", "caf\\xe9": "x"}
        assert rows[0].error == ""
    with pytest.raises(AffectError, match="AF037"):
        read(tmp_path / "b.csv", b"caf\xe9,caf\\xe9\n1,2\n")


def read_table(path, table):
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(table, path)
    layout = make_layout(path, (), None)
    raw = pickle.loads(pickle.dumps(list(raw_rows([layout]))))
    return [parse(layout, line, payload) for _, line, payload in raw]


def test_parquet_cells_become_what_json_lines_hold(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    day = datetime.datetime(2020, 2, 29, 1, 2, 3)
    table = pyarrow.table(
        {
            "x": [float("nan"), 1.5],
            "bytes": [b"caf\xe9", None],
            "when": [day.date(), None],
            "at": [day, None],
            "price": [decimal.Decimal("1.50"), None],
            "deep": [{"a": [float("nan"), 2.0], "b": b"b"}, None],
            "map": pyarrow.array([[("k", 1)], None], pyarrow.map_("string", "int64")),
            "yes": [True, None],
        }
    )
    rows = read_table(tmp_path / "a.parquet", table)
    assert [row.error for row in rows] == ["", ""]
    assert rows[0].fields == {
        "x": None,
        "bytes": "caf\\xe9",
        "when": "2020-02-29",
        "at": "2020-02-29 01:02:03",
        "price": "1.50",
        "deep": {"a": [None, 2.0], "b": "b"},
        "map": [["k", 1]],
        "yes": True,
    }
    assert rows[0].fields["yes"] is True
    assert {value for name, value in rows[1].fields.items() if name != "x"} == {None}
    json.dumps([row.fields for row in rows], allow_nan=False)


def test_parquet_values_beyond_python_mark_their_row_alone(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    offsets = pyarrow.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 1, 3, 4)))
    bad = pyarrow.Array.from_buffers(
        pyarrow.utf8(), 3, [None, offsets, pyarrow.py_buffer(b"ab\xe9c")]
    )
    days = pyarrow.array([0, 1, 4_000_000], pyarrow.date32())
    rows = read_table(tmp_path / "a.parquet", pyarrow.table({"text": bad, "day": days}))
    assert [row.error[:5] for row in rows] == ["", "AF051", "AF060"]
    assert "'text'" in rows[1].error
    assert "'day'" in rows[2].error
    assert [row.fields["text"] for row in rows] == ["a", "b\\xe9", "c"]
    assert [row.fields["day"] for row in rows] == ["1970-01-01", "1970-01-02", "12921-08-18"]
    nested = pyarrow.array([[1], [4_000_000]], pyarrow.list_(pyarrow.date32()))
    rows = read_table(tmp_path / "b.parquet", pyarrow.table({"days": nested}))
    assert [row.error[:5] for row in rows] == ["", "AF060"]


def test_parquet_columns_of_one_name_are_one_error(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], ["a", "a"])
    with pytest.raises(AffectError, match="AF037"):
        read_table(tmp_path / "a.parquet", table)


def test_parquet_is_not_zipped_again(tmp_path):
    with pytest.raises(AffectError, match=r"AF030.*compressed by itself"):
        read(tmp_path / "a.parquet.gz", b"")


def test_docs_of_an_earlier_run_come_back_with_their_rows(tmp_path):
    nlp = spacy.blank("en")
    scored, failed, plain = nlp("I love it."), Doc(nlp.vocab), nlp("Hello")
    scored.user_data["affect_row"] = {"id": 1, "text": "I love it.", "tags": ["x", {"y": [2]}]}
    scored.user_data["affect_error"] = None
    failed.user_data["affect_row"] = {"id": 2, "text": 12}
    failed.user_data["affect_error"] = "AF053: no text"
    content = DocBin(docs=[scored, failed, plain], store_user_data=True).to_bytes()
    rows = read(tmp_path / "a.spacy", content)
    assert [row.fields for row in rows] == [
        {"id": 1, "text": "I love it.", "tags": ["x", {"y": [2]}], "affect_error": None},
        {"id": 2, "text": 12, "affect_error": "AF053: no text"},
        {"text": "Hello"},
    ]
    assert all(row.doc and not row.error for row in rows)
