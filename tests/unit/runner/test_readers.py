"""Cutting files into rows: nothing is lost, and what is wrong is said in the row."""

import gzip
import json
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"a": 1}', b'[{"a": 1} {"a": 2}]', b'[{"a": ]'])
def test_json_that_is_no_array_is_one_error(tmp_path, content):
    with pytest.raises(AffectError, match="AF038"):
        read(tmp_path / "a.json", content)


def test_gzip_and_byte_order_mark(tmp_path):
    content = gzip.compress(b"\xef\xbb\xbftext\nhello\n")
    assert [r.fields for r in read(tmp_path / "a.csv.gz", content)] == [{"text": "hello"}]
    with pytest.raises(AffectError, match="AF030"):
        read(tmp_path / "b.csv.gz", content[:-12])


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "AF036"),
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
