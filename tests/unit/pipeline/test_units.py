"""How a stream of Docs is cut into batches, and which units are blank."""

import pytest
import spacy

from spacy_affect.pipeline.units import batches, blanks


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.mark.parametrize(
    ("lengths", "size", "most", "wanted"),
    [
        ([], 3, 10, []),
        ([1] * 7, 3, None, [3, 3, 1]),
        ([1] * 7, 3, 100, [3, 3, 1]),
        ([1, 9, 50, 1, 1, 1, 1], 3, 10, [2, 1, 3, 1]),
        ([50, 50], 3, 10, [1, 1]),
        ([0, 0, 0], 2, 10, [2, 1]),
    ],
)
def test_batches_of_few_docs_and_few_tokens(nlp, lengths, size, most, wanted):
    docs = [nlp("a " * n) for n in lengths]
    found = [*batches(iter(docs), size, most)]
    assert [*map(len, found)] == wanted
    assert [doc for batch in found for doc in batch] == docs


def test_blank_units_by_place(nlp):
    docs = [nlp(text) for text in ("a", "", " \n", "\n b", "\u2003")]
    assert blanks(docs) == {1: docs[1], 2: docs[2], 4: docs[4]}
    assert [*blanks([docs[3][0:1], docs[3][1:2]])] == [0]
