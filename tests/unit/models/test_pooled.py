"""The pooled backbone: shapes, where it begins, and that nothing outside of a unit has a say."""

import numpy
import pytest
import spacy
from spacy.util import registry

from spacy_affect.models.backbones import pooled
from spacy_affect.pipeline.learning import is_shared

CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 16,
    "depth": 2,
    "embed_size": 100,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
    "pretrained_vectors": None,
}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}
TEXTS = ("I love the plan , but I am not sure", "The WORST service ever !", "ok")


def build(tok2vec=CNN, width=3):
    block = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": tok2vec, "nO": width}
    return registry.resolve({"model": block})["model"]


@pytest.fixture
def docs():
    return [*map(spacy.blank("en"), TEXTS)]


@pytest.fixture
def model(docs):
    """With random weights in place of learned ones."""
    model = build()
    model.initialize(X=docs, Y=numpy.zeros((1, 3), "float32"))
    output = model.get_ref("output")
    chance = numpy.random.RandomState(0)
    output.set_param("W", chance.normal(size=(3, 16)).astype("float32"))
    return model


def near(rows):
    return pytest.approx(numpy.asarray(rows), abs=1e-5)


def test_it_begins_with_what_it_is_given(docs):
    model = build()
    begin = numpy.array([[0.5, -1.0, 0.25]], "float32")
    model.initialize(X=docs, Y=begin)
    assert model.predict(docs).tolist() == numpy.repeat(begin, 3, axis=0).tolist()


def test_a_score_is_linear_in_the_mean_of_token_vectors(model, docs):
    vectors = model.get_ref("encoder").predict(docs)
    output = model.get_ref("output")
    means = numpy.stack([rows.mean(axis=0) for rows in vectors])
    wanted = means @ output.get_param("W").T + output.get_param("b")
    assert model.predict(docs) == near(wanted)


def test_contributions_of_tokens_sum_to_the_score(model, docs):
    for doc in docs:
        parts = pooled.contributions(model, doc)
        assert parts.shape == (len(doc), 3)
        whole = parts.sum(axis=0) + model.get_ref("output").get_param("b")
        assert whole == near(model.predict([doc])[0])


def test_a_part_is_read_as_if_it_stood_alone(model, docs):
    doc = docs[0]
    span = doc[2:5]
    alone = spacy.tokens.Doc(doc.vocab, words=[token.text for token in span])
    assert model.predict([span]) == near(model.predict([alone]))
    # its neighbours are within the windows of the encoder, which would read them
    inside = model.get_ref("encoder").predict([doc])[0][2:5].mean(axis=0)
    assert model.get_ref("encoder").predict([span])[0].mean(axis=0) != near(inside)


def test_neighbours_in_a_batch_have_no_say(model, docs):
    together = model.predict(docs)
    assert together == near([model.predict([doc])[0] for doc in docs])


def test_units_without_tokens_do_no_harm(model, docs):
    empty = spacy.blank("en")("")
    found = model.predict([docs[0], empty, docs[1]])
    assert found[[0, 2]] == near(model.predict(docs[:2]))


def test_gradients_reach_the_encoder(model, docs):
    raw, backprop = model.begin_update(docs)
    backprop(numpy.ones_like(raw))
    assert model.get_ref("output").get_grad("b").tolist() == [3.0] * 3
    learned = [node for node in model.get_ref("encoder").walk() if node.has_param("W")]
    assert any(node.get_grad("W").any() for node in learned if node.has_grad("W"))


def test_who_shares_an_encoder():
    assert not is_shared(build())
    assert is_shared(build(LISTENER))


def test_attributes(model):
    assert model.name == "pooled"
    assert model.attrs["trainable"]
    assert model.attrs["source"].startswith("spacy_affect.Pooled.v1 (spacy-affect ")
    assert not model.attrs.get("languages")
