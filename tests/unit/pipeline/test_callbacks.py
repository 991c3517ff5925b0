"""The callback that fits cut points before a pipeline is saved."""

import pytest
import spacy
from spacy.training import Example
from spacy.util import registry

from spacy_affect.api import example
from spacy_affect.pipeline.callbacks import make_fit_thresholds_v1

SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}
SHARED = {
    "@architectures": "spacy_affect.Pooled.v1",
    "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"},
}


def texts(nlp, n=24):
    words = ("sunny", "table")
    return [
        example(nlp, f"{words[i % 2]} {i}", {"emotion": {"labels": {"joy": (i + 1) % 2}}})
        for i in range(n)
    ]


@registry.readers("spacy_affect_tests.joy.v1")
def make_reader():
    return texts


def pipeline(model, frozen=()):
    nlp = spacy.blank("en")
    if model is SHARED:
        nlp.add_pipe("tok2vec")
    nlp.add_pipe("affect_emotion", config={"model": model})
    nlp.add_pipe("affect_polarity")
    found = texts(nlp)
    nlp.initialize(lambda: found)
    for _ in range(3):
        nlp.update(found)
    nlp.config["corpora"] = {"dev": {"@readers": "spacy_affect_tests.joy.v1"}}
    nlp.config["training"]["frozen_components"] = list(frozen)
    return nlp


@pytest.mark.parametrize("model", [SPARSE, SHARED], ids=["sparse", "shared"])
def test_cut_points_are_fitted_in_place(model):
    nlp = pipeline(model)
    untrained = nlp.get_pipe("affect_polarity").model
    before = {**untrained.attrs["thresholds"]}
    fitted = make_fit_thresholds_v1("corpora.dev")(nlp)
    assert fitted is nlp
    pipe = nlp.get_pipe("affect_emotion")
    assert [*pipe.model.attrs["thresholds"]] == ["joy"]
    assert pipe.task.thresholds["joy"] == pipe.model.attrs["thresholds"]["joy"] != 0.5
    assert untrained.attrs["thresholds"] == before
    present = ["joy" in nlp(found.text)._.affect.emotion.labels for found in texts(nlp)]
    assert sum(a == b for a, b in zip(present, [True, False] * 12, strict=True)) > 12


def test_a_frozen_component_keeps_its_cut_points():
    nlp = pipeline(SPARSE, frozen=["affect_emotion"])
    make_fit_thresholds_v1()(nlp)
    assert "thresholds" not in nlp.get_pipe("affect_emotion").model.attrs


def test_blank_texts_and_those_without_gold_are_left_out():
    nlp = pipeline(SPARSE)
    pipe = nlp.get_pipe("affect_emotion")
    wanted = pipe.fit_thresholds(texts(nlp))
    more = [example(nlp, text, {"emotion": {"labels": {"joy": 1}}}) for text in ("", " \n")]
    more.append(Example(nlp.make_doc("sunny"), nlp.make_doc("sunny")))
    assert pipe.fit_thresholds([*texts(nlp), *more]) == wanted
    assert pipe.fit_thresholds([]) == {}
