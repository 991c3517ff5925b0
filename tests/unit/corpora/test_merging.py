from spacy_affect.corpora.base import Row
from spacy_affect.corpora.gold import Gold
from spacy_affect.corpora.merging import merge


def test_rows_of_one_text_become_one():
    rows = [
        Row("so happy", {"emotion": Gold({"joy": 0.9})}, id="a", line=1),
        Row("other", {"polarity": Gold(labels="neutral")}),
        Row(
            "so happy", {"emotion": Gold({"fear": 0.1}, {"joy": 1}), "polarity": Gold(0.7)}, id="b"
        ),
    ]
    merged = merge(rows)
    assert [row.text for row in merged] == ["so happy", "other"]
    assert merged[0].gold == {
        "emotion": Gold({"joy": 0.9, "fear": 0.1}, {"joy": 1}),
        "polarity": Gold(0.7),
    }
    assert (merged[0].id, merged[0].line) == ("a", 1)
    assert merged[1] == rows[1]


def test_the_first_row_is_right():
    one, other = Gold({"joy": 0.9}, "joy"), Gold({"joy": 0.1}, "anger")
    assert merge([Row("x", {"emotion": one}), Row("x", {"emotion": other})]) == [
        Row("x", {"emotion": one})
    ]
