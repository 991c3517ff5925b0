"""What backbones read of units: once for all components, and nothing but these units."""

import gc

import numpy
import pytest
import spacy
from spacy.attrs import LOWER, ORTH

from spacy_affect.models.backbones import words
from spacy_affect.models.backbones.words import read

TEXTS = ("I love It", "", "Don't go  to New York", "ok")


@pytest.fixture
def docs():
    return [*map(spacy.blank("en"), TEXTS)]


def test_units_one_after_the_other(docs):
    found = read(docs)
    assert found.lengths == [*map(len, docs)]
    for array, attr in ((found.orths, ORTH), (found.lowers, LOWER)):
        assert array.tolist() == [key for doc in docs for key in doc.to_array([attr]).flat]


def test_spans_are_read_as_their_part_of_a_doc(docs):
    first, _, other, _ = docs
    found = read([other[1:3], other[4:6], first[0:2], other[2:2]])
    assert found.lengths == [2, 2, 2, 0]
    wanted = [t.lower for part in (other[1:3], other[4:6], first[0:2]) for t in part]
    assert found.lowers.tolist() == wanted
    assert found.docs == ()


@pytest.mark.parametrize("units", [[], ["empty"]])
def test_nothing_to_read(docs, units):
    found = read([docs[1] for _ in units])
    assert (len(found.orths), found.lengths) == (0, [0] * len(units))
    assert found.orths.dtype == numpy.uint64


def test_the_same_docs_are_read_once(docs):
    assert read(docs) is read([*docs])
    assert read(docs) is not read(docs[:2])
    assert read([docs[0], docs[3]]) is not read([docs[0], docs[2]])


def test_merged_tokens_are_read_anew(docs):
    before = read(docs)
    with docs[2].retokenize() as retokenizer:
        retokenizer.merge(docs[2][5:7])
    assert read(docs) is not before
    assert read(docs).lengths[2] == before.lengths[2] - 1


def test_what_was_read_vanishes_with_its_docs(docs):
    kept = len(words._READ)
    read(docs)
    assert len(words._READ) == kept + 1
    docs.clear()
    gc.collect()
    assert len(words._READ) == kept
