"""Cutting files into records: nothing is lost, and a malformed record harms no other."""

from __future__ import annotations

import gzip

import pytest

from spacy_affect.corpora.files import (
    Malformed,
    csv_cells,
    json_objects,
    text_lines,
    tsv_cells,
    with_header,
)
from spacy_affect.errors import AffectError


@pytest.fixture
def file(tmp_path):
    def write(content, name="a.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_lines_end_at_newlines_alone(file):
    path = file('"open\nline\u2028separator\na\rb\r\n\n  \nlast')
    assert list(text_lines(path)) == [
        (1, '"open'),
        (2, "line\u2028separator"),
        (3, "a\rb"),
        (6, "last"),
    ]


def test_quotes_of_a_tsv_are_text(file):
    assert [cells for _, cells in tsv_cells(file('"a\t"b\n""\tc\n'))] == [['"a', '"b'], ['""', "c"]]


def test_a_line_that_is_no_utf8_is_malformed_alone(file):
    (_, first), (number, wrong), (_, last) = text_lines(file(b"a\ncaf\xe9\nb\n"))
    assert (first, number, str(wrong), last) == (
        "a",
        2,
        "byte 4 of the line is not UTF-8",
        "b",
    )
    assert isinstance(wrong, Malformed)


def test_gzip(file):
    assert list(text_lines(file(gzip.compress(b"a\nb\n"), "a.txt.gz"))) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt.gz", b"no gzip", "Not a gzipped file"),
        ("a.txt.gz", gzip.compress(b"a\n" * 99)[:-9], "ended before"),
        ("a.txt", "utf16".encode("utf-16"), "UTF-16"),
    ],
)
def test_files_that_cannot_be_read(file, name, content, reason):
    with pytest.raises(AffectError, match=f"AF030: .*{reason}"):
        list(text_lines(file(content, name)))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(AffectError, match=r"AF030"):
        list(text_lines(tmp_path))


class TestCsv:
    def test_rfc_4180(self, file):
        content = 'id,text\r\n1,"a ""b"", c"\r\n2,"two\nlines"\r\n\r\n3,plain\r\n'
        assert list(csv_cells(file(content))) == [
            (1, ["id", "text"]),
            (2, ["1", 'a "b", c']),
            (3, ["2", "two\nlines"]),
            (6, ["3", "plain"]),
        ]

    def test_a_large_cell(self, file):
        ((_, cells),) = csv_cells(file("x" * 200_000))
        assert len(cells[0]) == 200_000

    def test_a_malformed_record_harms_no_other(self, file):
        found = list(csv_cells(file(b'1,"a"b\n2,caf\xe9\n3,fine\n')))
        assert [number for number, _ in found] == [1, 2, 3]
        assert [isinstance(record, Malformed) for _, record in found] == [True, True, False]

    def test_a_quote_that_never_closes_swallows_nothing_silently(self, file):
        with pytest.raises(AffectError, match=r"AF030: .*line 2 never closes"):
            list(csv_cells(file('1,a\n2,"b\n3,c\n4,d\n')))


class TestHeader:
    def test_names(self, file):
        path = file("id\ttext \n1\ta\n2\n3\tb\tc\n")
        found = [record for _, record in with_header(path, tsv_cells(path), ["text"])]
        assert found[0] == {"id": "1", "text": "a"}
        assert [str(record) for record in found[1:]] == [
            "1 columns where the header has 2",
            "3 columns where the header has 2",
        ]

    def test_a_missing_column(self, file):
        path = file("id\tText\n")
        with pytest.raises(AffectError, match=r"AF073: .* no column 'text'; it has: Text, id"):
            list(with_header(path, tsv_cells(path), ["text"]))

    def test_a_column_twice(self, file):
        path = file("text\ttext\n")
        with pytest.raises(AffectError, match=r"AF037"):
            list(with_header(path, tsv_cells(path), ["text"]))

    def test_a_header_that_is_no_text(self, file):
        path = file(b"t\xe9xt\nfine\n")
        with pytest.raises(AffectError, match=r"AF030: .*its header"):
            list(with_header(path, tsv_cells(path)))

    def test_no_header(self, file):
        path = file("")
        assert list(with_header(path, tsv_cells(path), ["text"])) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON: "),
        ("[1]", "the line is no JSON object"),
        ('"text"', "the line is no JSON object"),
        ('{"a": NaN}', "no JSON: NaN is no JSON number"),
        ("[" * 100_000, "no JSON: "),
    ],
)
def test_lines_that_are_no_json_object(file, line, reason):
    (_, first), (number, wrong) = json_objects(file(f'{{"a": 1}}\n{line}\n'))
    assert first == {"a": 1}
    assert number == 2
    assert str(wrong).startswith(reason)
