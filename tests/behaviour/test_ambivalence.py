"""What the ambivalence cues find in hand-written sentences: one test a row of the table."""

from pathlib import Path

import pytest
import spacy

from spacy_affect.models.backbones.ambivalence import build_ambivalence_cues_v1

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("ambivalence_cases.tsv").read_text("utf8").split("\n")
    if line and not line.startswith("# ")
]


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.fixture(scope="module")
def model():
    return build_ambivalence_cues_v1()


def test_table_is_well_formed_and_large():
    assert len(ROWS) >= 160
    assert all(len(row) == 4 and row[3] in ("yes", "no") for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("text", "fires", "silent", "ambivalent"), ROWS, ids=[row[0][:60] for row in ROWS]
)
def test_row(nlp, model, text, fires, silent, ambivalent):
    scores = model.predict([nlp(text.replace("\\n", "\n"))])
    found = {cue.label for cue in scores.cues[0]}
    assert set(fires.replace("-", "").split()) <= found
    assert not found & set(silent.split())
    if silent == "*":
        assert not found
    assert (scores.values[0, 0] >= 0.5) == (ambivalent == "yes"), scores.values[0, 0]
