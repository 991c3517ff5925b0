"""The pooled backbone: shapes, where it begins, and that nothing outside of a unit has a say."""

import numpy
import pytest
import spacy
from spacy.util import registry
from thinc.api import Adam, Model, fix_random_seed

from spacy_affect.dialogue import make_doc
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


# What stands before a unit


def reading(before, seed=0):
    """RETURNS (Model): With random weights, that reads so many tokens before a unit."""
    block = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": CNN, "before": before, "nO": 3}
    model = registry.resolve({"model": block})["model"]
    chance = numpy.random.RandomState(seed)
    fix_random_seed(seed)
    model.initialize(X=[*map(spacy.blank("en"), TEXTS)], Y=numpy.zeros((1, 3), "float32"))
    weights = chance.normal(size=(3, 16)).astype("float32")
    model.get_ref("output").set_param("W", weights)
    return model


#: The unit begins at the seventh token, which the windows of the encoder reach from the fifth.
WORDS = ("w0", "w1", "w2", "w3", "w4", "w5", "here", "it", "is", "after")


def unit(**changed):
    """RETURNS (Span): Three tokens, among others of which some are changed: w5="other"."""
    words = [changed.get(f"w{i}", word) for i, word in enumerate(WORDS)]
    doc = spacy.tokens.Doc(spacy.blank("en").vocab, words=words)
    return doc[6:9]


def test_by_default_nothing_before_a_unit_is_read():
    model = reading(0)
    whole, other = unit(), unit(w5="other", w9="else")
    assert model.predict([other]).tolist() == model.predict([whole]).tolist()


@pytest.mark.parametrize("before", [1, 2])
def test_so_many_tokens_before_a_unit_are_read_and_no_more(before):
    model = reading(before)
    wanted = model.predict([unit()]).tolist()
    for place in range(6):
        other = unit(**{f"w{place}": "other"})
        found = model.predict([other]).tolist()
        assert (found != wanted) is (place >= 6 - before), place
    after = unit(w9="other")
    assert model.predict([after]).tolist() == wanted


def test_the_mean_is_over_the_units_own_tokens():
    model = reading(2)
    span = unit()
    [vectors] = model.get_ref("encoder").predict([span])
    inside = model.get_ref("encoder").predict([span.doc[4:9].as_doc()])[0][2:]
    assert len(vectors) == 3
    assert vectors == near(inside)
    parts = pooled.contributions(model, span)
    assert parts.shape == (3, 3)
    assert parts.sum(axis=0) + model.get_ref("output").get_param("b") == near(
        model.predict([span])[0]
    )


def test_the_beginning_of_a_doc_has_less_before_it():
    model = reading(50)
    span = unit()
    first = span.doc[0:3]
    assert model.predict([first]) == near(reading(0).predict([first]))
    assert model.predict([span.doc]) == near(reading(0).predict([span.doc]))
    together = model.predict([first, span, span.doc])
    assert together == near([model.predict([each])[0] for each in (first, span, span.doc)])


def test_gradients_are_those_of_the_units_own_tokens():
    caught = []

    def forward(model, docs, is_train):
        return [numpy.ones((len(doc), 4), "float32") for doc in docs], caught.extend

    model = pooled.build_pooled_v1(Model("caught", forward, dims={"nO": 4}), before=2, nO=1)
    span = unit()
    units = [span, span.doc[1:3], span.doc]
    model.initialize(X=units, Y=numpy.zeros((1, 1), "float32"))
    model.get_ref("output").set_param("W", numpy.array([[1, 2, 3, 4]], "float32"))
    _, backprop = model.begin_update(units)
    backprop(numpy.ones((3, 1), "float32"))
    # a mean hands each of n tokens an n-th; those before the unit get nothing
    assert [part[:, 3].tolist() for part in caught] == [
        pytest.approx([0, 0, 4 / 3, 4 / 3, 4 / 3]),
        pytest.approx([0, 2, 2]),
        pytest.approx([4 / 10] * 10),
    ]


def test_it_learns_through_what_stands_before():
    """Units of the same words, told apart by the word before them alone."""
    docs = [spacy.blank("en")(f"{word} so it is") for word in ("yes", "no")]
    units = [doc[1:] for doc in docs]
    wanted = numpy.array([[1.0, 0, 0], [0, 0, 1.0]], "float32")
    losses = {}
    for before in (0, 1):
        model, optimizer = reading(before), Adam(0.01)
        model.get_ref("output").set_param("W", numpy.zeros((3, 16), "float32"))
        losses[before] = []
        for _ in range(60):
            raw, backprop = model.begin_update(units)
            losses[before].append(float(((raw - wanted) ** 2).sum()))
            backprop(raw - wanted)
            model.finish_update(optimizer)
    assert losses[1][-1] < 0.05 < losses[1][0]
    # the best that one answer to both can do: half off in two outputs of each
    assert losses[0][-1] > 0.95


# Who speaks


def conversation():
    """RETURNS (Doc): Two turns of people who have a label, and one of someone who has none."""
    return make_doc(
        spacy.blank("en"),
        [
            {"speaker": "client", "text": "no idea"},
            {"speaker": "helper", "text": "tell me more"},
            {"text": "it hurts"},
        ],
    )


def read_by(before, *units):
    """RETURNS (list[list[str]]): What the encoder is given to read, word by word."""
    caught = []

    def forward(model, docs, is_train):
        caught.extend([token.text for token in doc] for doc in docs)
        return [numpy.ones((len(doc), 4), "float32") for doc in docs], lambda d: []

    encoder = Model("caught", forward, dims={"nO": 4})
    model = pooled.build_pooled_v1(encoder, before=before, speakers=True, nO=1)
    model.initialize(X=list(units), Y=numpy.zeros((1, 1), "float32"))
    caught.clear()
    assert len(model.get_ref("encoder").predict(list(units))) == len(units)
    return caught


def test_turns_are_read_as_in_a_transcript():
    doc = conversation()
    first, second, third = doc.spans["turns"]
    assert read_by(0, first, second, third, second[1:]) == [
        ["client", ":", "no", "idea"],
        ["helper", ":", "tell", "me", "more"],
        ["it", "hurts"],
        ["helper", ":", "me", "more"],
    ]
    words = "client : idea \n helper : tell me more \n it hurts"
    assert read_by(6, third) == [words.split(" ")]
    words = "client : no idea \n helper : tell me more"
    assert read_by(9, second) == [words.split(" ")]


def test_without_turns_speakers_change_nothing():
    span = unit()
    assert read_by(2, span, span.doc) == [list(WORDS[4:9]), list(WORDS)]


def test_speakers_are_no_part_of_the_mean():
    doc = conversation()
    model = pooled.build_pooled_v1(
        registry.resolve({"model": CNN})["model"], before=9, speakers=True, nO=1
    )
    model.initialize(X=[doc], Y=numpy.zeros((1, 1), "float32"))
    vectors = model.get_ref("encoder").predict(list(doc.spans["turns"]))
    assert [len(found) for found in vectors] == [2, 3, 2]
