"""Real corpora as they are, where they are to be had: `SPACY_AFFECT_DATA` says where.

`SPACY_AFFECT_TEXTS=20000 pytest tests/corpora -k values` compares as many texts.
"""

import csv
import json
import os
from itertools import islice
from pathlib import Path

import pytest
import spacy

from spacy_affect.cli import main

DATA = Path(os.environ.get("SPACY_AFFECT_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="corpora not there: SPACY_AFFECT_DATA")
pytest.importorskip("vaderSentiment")
pytest.importorskip("textblob")
LIMIT = 300  # rows per file that the suite scores
N_TEXTS = int(os.environ.get("SPACY_AFFECT_TEXTS", "1000"))


def count(path: Path, header: bool) -> int:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as file:
            return sum(1 for cells in csv.reader(file) if cells) - header
    return path.read_bytes().rstrip(b"\n").count(b"\n") + 1 - header


def cases():
    yield from ((path, ["id", "label", "text"]) for path in DATA.glob("semeval2017/*.tsv"))
    yield from ((path, None) for path in DATA.glob("brighter/track_a/train/*.csv"))
    yield DATA / "emobank" / "emobank.csv", None
    yield DATA / "xed" / "en-annotated.tsv", ["text", "labels"]


@pytest.mark.parametrize(("path", "columns"), [pytest.param(*c, id=c[0].name) for c in cases()])
def test_row_counts_are_equal_and_values_are_there(tmp_path, path, columns):
    out = tmp_path / "out.jsonl"
    args = ["annotate", str(path), "-o", str(out), "--tasks", "polarity", "--limit", str(LIMIT)]
    with pytest.raises(SystemExit) as stop:
        main([*args, "--quiet", *(["--columns", ",".join(columns)] if columns else [])])
    assert stop.value.code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == min(LIMIT, count(path, header=not columns))
    for row in rows:
        assert row["affect_error"] is None
        value = row["affect"]["polarity"]["value"]
        assert value is None or -1 <= value <= 1
        assert isinstance(row["text"], str)


def texts():
    for path in sorted(DATA.glob("semeval2017/*.tsv")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            yield from line.split("\t")[2:3]


def vader(texts):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return [analyzer.polarity_scores(text)["compound"] for text in texts]


def textblob(texts):
    from textblob import TextBlob

    return [TextBlob(text).sentiment.subjectivity for text in texts]


@pytest.mark.parametrize(
    ("factory", "backbone", "library"),
    [
        ("affect_polarity", "spacy_affect.Vader.v1", vader),
        ("affect_subjectivity", "spacy_affect.TextBlob.v1", textblob),
    ],
)
def test_values_equal_the_librarys(factory, backbone, library):
    chosen = list(islice((text for text in texts() if text.strip()), N_TEXTS))
    nlp = spacy.blank("en")
    nlp.add_pipe(factory, config={"model": {"@architectures": backbone}})
    wanted = pytest.approx(library(chosen), abs=1e-9)
    assert [nlp(text)._.get(factory) for text in chosen] == wanted
    assert [doc._.get(factory) for doc in nlp.pipe(chosen)] == wanted
    assert [doc._.get(factory) for doc in nlp.pipe(chosen, n_process=2)] == wanted
