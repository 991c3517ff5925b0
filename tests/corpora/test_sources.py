"""The sources on the corpora as they are, where they are to be had: `SPACY_AFFECT_DATA`."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from spacy_affect.corpora.leakage import near_duplicates
from spacy_affect.corpora.reader import make_source, read
from spacy_affect.corpora.splits import by_labels, split

DATA = Path(os.environ.get("SPACY_AFFECT_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="corpora not there: SPACY_AFFECT_DATA")

#: (source, split, settings) -> rows, as the data's README has them; SemEval-2017's last line has
#: no newline at its end, and of XED's neutral lines one is empty cells.
ROWS = [
    ("goemotions", "train", {}, 43_363),
    ("goemotions", "dev", {}, 5422),
    ("goemotions", None, {}, 48_785),
    ("semeval2018", "train", {"subtasks": "EI-reg"}, 7102),
    ("semeval2018", "dev", {"subtasks": "EI-reg"}, 1464),
    ("semeval2018", "train", {"subtasks": "EI-oc"}, 7102),
    ("semeval2018", "dev", {"subtasks": "EI-oc"}, 1464),
    ("semeval2018", "train", {"subtasks": "V-reg"}, 1181),
    ("semeval2018", "dev", {"subtasks": "V-oc"}, 449),
    ("semeval2018", "train", {"subtasks": "E-c"}, 6838),
    ("semeval2018", "dev", {"subtasks": "E-c"}, 886),
    ("semeval2017", None, {}, 50_334),
    ("semeval2017", "dev", {}, 5653),
    ("brighter", "train", {"track": "a", "languages": "eng"}, 2764),
    ("brighter", "dev", {"track": "a", "languages": "eng"}, 115),
    ("brighter", "train", {"track": "b", "languages": "eng"}, 2763),
    ("brighter", "dev", {"track": "b", "languages": "eng"}, 115),
    ("brighter", "dev", {"track": "a"}, 8505),
    ("brighter", "dev", {"track": "b"}, 2662),
    ("emobank", "train", {}, 7987),
    ("emobank", "dev", {}, 990),
    ("xed", None, {}, 13_977 + 7817),
    ("sst", "train", {}, 7986),
    ("sst", "dev", {}, 1022),
    ("subj", None, {}, 7251),
]


@pytest.mark.parametrize(("name", "part", "settings", "n"), ROWS)
def test_row_counts(name, part, settings, n):
    rows = list(read(make_source(name, settings=settings), DATA / name, part))
    assert len(rows) == n
    assert all(row.text.strip() for row in rows)
    assert all(row.gold for row in rows)


def test_every_language_of_both_tracks():
    source = make_source("brighter")
    languages = {file.stem for file in source.files(DATA / "brighter", None)}
    assert languages == set(source.card.languages)
    tracks = Counter(bool(row.gold["emotion"].value) for row in source.read(DATA / "brighter"))
    assert tracks == {False: 65_094 + 8505, True: 23_511 + 2662}


def test_classes_of_subj():
    rows = read("subj", DATA / "subj")
    assert Counter(row.gold["subjectivity"].labels for row in rows) == {
        "subjective": 3237,
        "objective": 4014,
    }


def test_a_split_of_subj():
    rows = list(read("subj", DATA / "subj"))
    parts = split(rows, {"train": 0.9, "dev": 0.1})
    assert len(parts["dev"]) == pytest.approx(725, abs=3)
    objective = sum(by_labels(row) >= {"subjectivity objective"} for row in parts["dev"])
    assert objective / len(parts["dev"]) == pytest.approx(4014 / 7251, abs=0.005)
    texts = ([row.text for row in parts[name]] for name in ("train", "dev"))
    assert [match for match in near_duplicates(*texts) if match.equal] == []


def test_documents_of_emobank_stay_whole():
    parts = split(read("emobank", DATA / "emobank"), {"train": 0.8, "dev": 0.2})
    groups = [{row.group for row in part} - {""} for part in parts.values()]
    assert all(groups)
    assert not groups[0] & groups[1]


def test_leakage_between_large_files_takes_little_time():
    parts = (read("goemotions", DATA / "goemotions", part) for part in ("train", "dev"))
    a, b = ([row.text for row in rows] for rows in parts)
    start = time.perf_counter()
    found = list(near_duplicates(a, b))
    assert time.perf_counter() - start < 120
    assert len(found) == 134
    assert sum(match.equal for match in found) == 111
