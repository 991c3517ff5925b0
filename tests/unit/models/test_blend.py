"""Blend.v1: the mean of backbones, each of which learns by its own error."""

import numpy
import pytest
import spacy
from spacy.util import registry
from thinc.api import Adam, fix_random_seed

from spacy_affect.api import AffectError, example
from spacy_affect.pipeline.learning import learners

RULES = {"@architectures": "spacy_affect.AmbivalenceCues.v1"}
AHEAD = {"@architectures": "spacy_affect.SparseTurns.v1", "views": ["own"]}
SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}
CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 16,
    "depth": 1,
    "embed_size": 200,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
    "pretrained_vectors": None,
}
POOLED = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": CNN}
BLEND = {
    "@architectures": "spacy_affect.Blend.v1",
    "*": {"encoder": POOLED, "words": SPARSE},
    "rates": [1.0, 4.0],
}
GOLD = {"What a lovely day!": 0.9, "I hate this awful place.": -0.9, "It opens at nine.": 0.0}


def trained(model, steps=40, **config):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity", config={"model": model, **config})
    found = [example(nlp, text, {"polarity": value}) for text, value in GOLD.items()]
    nlp.initialize(lambda: found)
    sgd = Adam(0.005, L2=0.0)
    losses = [nlp.update(found, sgd=sgd)["affect_polarity"] for _ in range(steps)]
    return nlp, losses


def test_it_learns_and_is_saved(tmp_path):
    nlp, losses = trained(BLEND)
    assert losses[-1] < losses[0] / 4
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    for text, value in GOLD.items():
        doc = nlp(text)
        assert doc._.affect_polarity == pytest.approx(value, abs=0.4)
        assert again(text)._.affect_polarity == doc._.affect_polarity
        assert doc._.affect.polarity.source.startswith("spacy_affect.Blend.v1")


def test_shares_weigh_the_mean():
    nlp, _ = trained({**BLEND, "shares": [3.0, 1.0]}, steps=5)
    model = nlp.get_pipe("affect_polarity").model
    docs = [nlp.make_doc(text) for text in GOLD]
    encoder, words = (layer.predict(docs) for layer in model.layers)
    assert model.predict(docs) == pytest.approx(0.75 * encoder + 0.25 * 4 * words, abs=1e-6)


def test_outputs_are_the_mean_of_the_models():
    nlp, _ = trained(BLEND, steps=5)
    model = nlp.get_pipe("affect_polarity").model
    docs = [nlp.make_doc(text) for text in GOLD]
    encoder, words = (layer.predict(docs) for layer in model.layers)
    wanted = (encoder + 4 * words) / 2
    assert model.predict(docs) == pytest.approx(numpy.asarray(wanted), abs=1e-6)


def test_each_model_learns_as_if_it_were_alone():
    both, _ = trained({**BLEND, "*": {"one": SPARSE, "other": SPARSE}, "rates": [1.0, 1.0]})
    alone, _ = trained(SPARSE)
    for text in GOLD:
        assert both(text)._.affect_polarity == pytest.approx(
            alone(text)._.affect_polarity, abs=1e-6
        )


def test_a_faster_model_shrinks_as_much():
    model = registry.resolve({"model": {**BLEND, "rates": [1.0, 10.0]}})["model"]
    assert model.layers[1].attrs["l2"] == pytest.approx(0.4 * 100)


def test_a_model_learns_from_what_its_rate_makes_of_its_outputs():
    nlp, _ = trained(BLEND, steps=5)
    model = nlp.get_pipe("affect_polarity").model
    docs = [nlp.make_doc(text) for text in GOLD]
    words = model.layers[1]
    raw, backprop = learners(model)[1](docs)
    assert raw == pytest.approx(4 * words.predict(docs), abs=1e-6)
    assert _moved(words, backprop, raw) == pytest.approx(
        4 * _moved(words, words.begin_update(docs)[1], raw), abs=1e-5
    )


def _moved(layer, backprop, raw):
    """RETURNS (Floats): What a gradient of ones by the outputs makes of the bias's gradient."""
    layer.set_grad("b", numpy.zeros_like(layer.get_param("b")))
    backprop(numpy.ones_like(raw))
    return layer.get_grad("b").copy()


def test_what_learns_by_its_own_error():
    sparse = registry.resolve({"model": SPARSE})["model"]
    assert len(learners(sparse)) == 1
    assert len(learners(registry.resolve({"model": BLEND})["model"])) == 2


@pytest.mark.parametrize(
    ("models", "rates", "said"),
    [
        ({"one": SPARSE}, None, "1 models are none to blend"),
        (
            {"one": SPARSE, "two": RULES},
            None,
            "learns",
        ),
        ({"one": SPARSE, "two": SPARSE}, [1.0], "rates"),
        ({"one": SPARSE, "two": SPARSE}, [1.0, 0.0], "rates"),
        (
            {
                "one": SPARSE,
                "two": {"@architectures": "spacy_affect.SparseTurns.v1", "views": ["own"]},
            },
            None,
            "ahead",
        ),
    ],
)
def test_what_makes_no_blend(models, rates, said):
    block = {"@architectures": "spacy_affect.Blend.v1", "*": models, "rates": rates}
    with pytest.raises(AffectError, match=f"AF106.*{said}"):
        registry.resolve({"model": block})
