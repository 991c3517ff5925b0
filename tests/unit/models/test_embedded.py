"""Ready-made weights: packed, mapped into memory, shared, chosen by task, and begun from.

The weights here are made up; those that are shipped are tried in `tests/contract`.
"""

import math
import pickle

import numpy
import pytest
import spacy

from spacy_affect.api import AffectError, AffectWarning, example, get_scheme
from spacy_affect.models.backbones import embedded
from spacy_affect.models.backbones.embedded.weights import (
    META,
    load_array,
    open_weights,
    pack,
    save_weights,
    unpack,
)
from spacy_affect.models.backbones.sparse.features import N_DENSE, N_STATES
from spacy_affect.models.backbones.sparse.sums import Sums

LENGTH = 1024
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": LENGTH}
EMOTIONS = get_scheme("semeval4").labels
DIMENSIONS = get_scheme("vad").labels
POLES = {"pos": 0, "neg": 1}
#: By task, scheme and kind: what made-up weights say of their ten outputs.
TASKS = {
    "polarity": {"polarity": {"kind": "poles", "columns": POLES}},
    "emotion": {
        "semeval4": {
            "kind": "unit",
            "columns": {label: 2 + i for i, label in enumerate(EMOTIONS)},
            "spread": 2.0,
        }
    },
    "vad": {
        "vad": {"kind": "signed", "columns": {name: 6 + i for i, name in enumerate(DIMENSIONS)}}
    },
    "subjectivity": {"subjectivity": {"kind": "unit", "columns": {"subjectivity": 9}}},
    "ambivalence": {"ambivalence_cues": {"kind": "mixed", "columns": POLES, "cut": 0.4}},
}
N_OUT = 10
NAMES = [f"affect_{task}" for task in TASKS]
TEXTS = (
    "I love the plan, but honestly I'm not sure I can keep it up.",
    "This is the worst, most disgusting service I have ever seen!",
    "Was it good? No. I used to love it.",
    "ok",
    " \n",
    "😡👎🏽 love",
)


def meta(name, tasks=TASKS, version="1.0", **model):
    model = {"settings": [LENGTH, 2, 4, True, True], "tasks": tasks, **model}
    return {"name": name, "version": version, "languages": ["en"], "model": model}


def arrays(seed=0):
    """RETURNS (dict): Of ten outputs; how a word stands counts otherwise for each."""
    chance = numpy.random.default_rng(seed)
    shapes = {"W": (LENGTH, N_OUT), "D": (N_STATES * N_DENSE, N_OUT), "b": (N_OUT,)}
    found = {name: chance.normal(0, 0.7, shape) for name, shape in shapes.items()}
    found["idf"] = chance.uniform(1, 5, LENGTH)
    found["factors"] = chance.uniform(-1, 1, (N_STATES, N_OUT))
    return {name: array.astype("float32") for name, array in found.items()}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """RETURNS (Path): A folder in which weights are found as if they came with us."""
    monkeypatch.setattr(embedded, "OWN", tmp_path)
    return tmp_path


@pytest.fixture
def made_up(own):
    """RETURNS (Path): Of made-up weights for every task."""
    save_weights(own / "made_up", meta("made_up"), arrays())
    return own / "made_up"


def pipeline(*names, **config):
    nlp = spacy.blank("en")
    for name in names or NAMES:
        nlp.add_pipe(name, config={**SCHEMES.get(name, {}), **config})
    return nlp


SCHEMES = {"affect_emotion": {"scheme": "semeval4"}}


def values(doc):
    return [doc._.get(name) for name in NAMES if doc.has_extension(name)]


# Packing


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
def test_packing_keeps_most_of_the_digits(spread):
    """A step of the root of a weight is a 127th, so the error is at most root(w) of one."""
    chance = numpy.random.default_rng(1)
    W = (chance.standard_t(2, (4000, 3)) * spread).astype("float32")
    packed, scale = pack(W)
    assert packed.dtype == "int8"
    assert scale == pytest.approx(numpy.abs(W).max(axis=0))
    shares = numpy.abs(W) / scale
    errors = numpy.abs(unpack(packed, scale) - W) / scale
    # |r^2 - s| for a root r within half a step of the root of s
    half = 0.5 / 127
    assert (errors <= 2 * half * numpy.sqrt(shares) + half**2 + 1e-6).all()
    assert errors.max() < 1 / 127
    # the largest is kept as it is
    for column, row in enumerate(numpy.abs(W).argmax(axis=0)):
        assert unpack(packed, scale)[row, column] == pytest.approx(W[row, column])


def test_packing_nothing():
    packed, scale = pack(numpy.zeros((5, 2), "float32"))
    assert not packed.any()
    assert not unpack(packed, scale).any()
    assert (scale > 0).all()


def test_what_is_saved_is_read(made_up):
    wanted, found = arrays(), open_weights(made_up).arrays()
    assert {*found} == {"W", "D", "b", "idf"}
    assert {array.dtype.name for array in found.values()} == {"float32"}
    for name in ("D", "b", "idf"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-3)
    assert numpy.abs(found["W"] - wanted["W"]).max() < numpy.abs(wanted["W"]).max() / 127
    assert {path.name for path in made_up.iterdir()} == {
        *(f"{name}.npy" for name in ("W", "scale", "D", "b", "idf", "factors")),
        META,
    }


def test_new_weights_do_not_pull_the_old_ones_away(made_up):
    """Written over, a mapped file would end the processes that use it by SIGBUS."""
    mapped = load_array(made_up, "W")
    before = numpy.array(mapped)
    save_weights(made_up, meta("made_up"), arrays(seed=1))
    assert (mapped == before).all()
    assert (load_array(made_up, "W") != before).any()


# When and how arrays are read


def test_arrays_are_mapped_and_opened_at_the_first_text(made_up, monkeypatch):
    opened = []

    def load(path, name):
        opened.append(name)
        return load_array(path, name)

    monkeypatch.setattr(embedded.weights, "load_array", load)
    nlp = pipeline()
    nlp.initialize()
    pickle.dumps(nlp)
    nlp("")
    assert opened == []
    nlp("I love it")
    assert sorted(opened) == ["D", "W", "b", "factors", "idf", "scale"]
    weights = open_weights(made_up)
    [mapped, _] = weights.sums._take.args
    assert isinstance(mapped.base, numpy.memmap)
    assert mapped.dtype == "int8"
    assert not mapped.flags.writeable
    list(nlp.pipe(TEXTS))
    pipeline()("I hate it")
    assert len(opened) == 6  # once per process


def test_components_share_one_pass(made_up, monkeypatch):
    calls = []
    real = Sums.raw

    def raw(self, batch):
        calls.append(len(batch))
        return real(self, batch)

    monkeypatch.setattr(Sums, "raw", raw)
    nlp = pipeline()
    texts = [text for text in TEXTS if text.strip()]
    wanted = [values(doc) for doc in map(nlp, texts)]
    assert calls == [1] * len(texts)
    calls.clear()
    found = [values(doc) for doc in nlp.pipe(texts)]
    assert calls == [len(texts)]
    assert found == wanted
    calls.clear()
    # another pipeline sees other Docs
    pipeline("affect_polarity")(texts[0])
    assert calls == [1]


def test_a_pass_is_not_shared_by_other_tokens(made_up):
    """The features of a Doc whose tokens were merged are others."""
    nlp = pipeline("affect_polarity", "affect_subjectivity")
    doc = nlp("not good at all")
    before = doc._.affect_polarity
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:2])
    pipe = nlp.get_pipe("affect_polarity")
    assert pipe(doc)._.affect_polarity != before
    assert nlp("not good at all")._.affect_polarity == before


def test_what_nobody_asks_for_is_left_out(made_up):
    """And what is asked for is the same number, however much else is."""
    alone = pipeline("affect_vad")
    doc = alone("I love it")
    before = raw_of(doc)
    assert numpy.flatnonzero(~numpy.isnan(before)).tolist() == [6, 7, 8]
    more = pipeline("affect_polarity")
    after = raw_of(more("I love it"))
    assert numpy.flatnonzero(~numpy.isnan(after)).tolist() == [0, 1, 6, 7, 8]
    assert after[6:9].tolist() == before[6:9].tolist()
    assert alone("I love it")._.affect_vad == doc._.affect_vad


# What they give


def raw_of(doc):
    return open_weights(embedded.OWN / "made_up").raw([doc])[0].astype("float64")


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


@pytest.mark.parametrize("text", TEXTS[:4])
def test_each_kind_of_value(made_up, text):
    doc = pipeline()(text)
    raw = raw_of(doc)
    polarity = doc._.affect.polarity
    assert polarity.value == pytest.approx(sigmoid(raw[0]) - sigmoid(raw[1]))
    assert (polarity.pos, polarity.neg) == pytest.approx((sigmoid(raw[0]), sigmoid(raw[1])))
    emotion = doc._.affect_emotion
    assert [*emotion.values()] == pytest.approx(sigmoid(raw[2:6]))
    assert [*doc._.affect_vad.values()] == pytest.approx(numpy.clip(raw[6:9], -1, 1))
    assert doc._.affect_subjectivity == pytest.approx(sigmoid(raw[9]))
    both = math.sqrt(sigmoid(raw[0]) * sigmoid(raw[1]))
    # 0.4 is where one half was, and what cues say comes on top
    told = both * 0.5 / 0.4 if both < 0.4 else 0.5 + (both - 0.4) * 0.5 / 0.6
    assert doc._.affect_ambivalence >= told - 1e-6
    if not doc.spans["affect_ambivalence"]:
        assert doc._.affect_ambivalence == pytest.approx(told)


def test_both_poles_are_there_as_far_as_the_highest_of_each(made_up):
    forward = embedded.Embedded()
    columns = {"pos.joy": 0, "pos.love": 1, "neg.fear": 2, "neg.anger": 3}
    part = {"kind": "mixed", "columns": columns, "cut": 0.5}
    forward.take(open_weights(made_up), part, ("ambivalence",))
    logits = {0.1: -numpy.log(9), 0.5: 0.0, 0.9: numpy.log(9), 0.8: numpy.log(4)}
    raw = numpy.array([[logits[p] for p in row] for row in ((0.1, 0.9, 0.5, 0.1), (0.8,) * 4)])
    assert forward.decode(raw).values[:, 0] == pytest.approx([(0.9 * 0.5) ** 0.5, 0.8])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", TEXTS[:4])
def test_explanations_sum_up(made_up, name, text):
    nlp = pipeline(name)
    doc = nlp(text)
    task = name.removeprefix("affect_")
    labels = nlp.get_pipe(name).task.columns if isinstance(doc._.get(name), dict) else [None]
    for label in labels:
        why = doc._.affect.explain(task, label=label)
        assert why.method == "exact sum over tokens"
        assert why.value == (doc._.get(name) if label is None else doc._.get(name)[label])
        assert len(why.contributions) == len(doc)
        assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)


def test_contributions_are_those_of_the_raw_numbers(made_up):
    """Before the last step they sum to what the weights give, less the bias."""
    nlp = pipeline("affect_vad")
    doc = nlp(TEXTS[0])
    parts, nothing = nlp.get_pipe("affect_vad").model._func.contributions(doc)
    assert nothing == pytest.approx(open_weights(made_up).sums.bias)
    asked = ~numpy.isnan(raw_of(doc))
    assert (parts.sum(axis=0) + nothing)[asked] == pytest.approx(raw_of(doc)[asked], abs=1e-4)
    assert asked.sum() == 3


def test_labels_that_the_weights_do_not_know_are_absent(made_up):
    columns = {label: 2 + i for i, label in enumerate(("anger", "fear"))}
    tasks = {"emotion": {"semeval4": {"kind": "unit", "columns": columns}}}
    save_weights(made_up, meta("made_up", tasks), arrays())
    open_weights.cache_clear()
    nlp = pipeline("affect_emotion")
    doc = nlp(TEXTS[0])
    assert [*doc._.affect_emotion] == ["anger", "fear"]
    raw = raw_of(doc)
    assert [*doc._.affect_emotion.values()] == pytest.approx(sigmoid(raw[2:4]))
    with pytest.raises(AffectError, match="AF101"):
        doc._.affect.explain("emotion", label="love")
    why = doc._.affect.explain("emotion")
    assert why.label == max(doc._.affect_emotion, key=doc._.affect_emotion.get)


def test_a_label_without_a_value_is_explained_by_nothing(made_up):
    columns = {label: 2 + i for i, label in enumerate(("anger", "fear"))}
    tasks = {"emotion": {"semeval4": {"kind": "unit", "columns": columns}}}
    save_weights(made_up, meta("made_up", tasks), arrays())
    open_weights.cache_clear()
    nlp = pipeline("affect_emotion")
    doc = nlp(TEXTS[0])
    why = doc._.affect.explain("emotion", label="joy")
    assert (why.value, why.baseline) == (None, None)
    assert {*why.contributions} == {0.0}


# Which weights


def test_weights_know_a_part_of_a_schemes_labels(made_up):
    """Weights for eleven emotions serve a scheme of four of them."""
    labels = get_scheme("ec11").labels
    columns = {label: i % N_OUT for i, label in enumerate(labels)}
    part = {"kind": "unit", "columns": columns, "thresholds": dict.fromkeys(labels, 0.3)}
    save_weights(made_up, meta("made_up", {"emotion": {"ec11": part}}), arrays())
    open_weights.cache_clear()
    nlp = pipeline("affect_emotion")
    pipe = nlp.get_pipe("affect_emotion")
    assert {*pipe.model.attrs["thresholds"]} == {*EMOTIONS}
    raw = raw_of(nlp.make_doc(TEXTS[0]))
    found = nlp(TEXTS[0])._.affect_emotion
    assert found == pytest.approx({label: sigmoid(raw[columns[label]]) for label in EMOTIONS})


def test_what_no_weights_know(made_up):
    with pytest.raises(AffectError, match=r"AF125: no ready-made weights know the task 'emotion'"):
        spacy.blank("en").add_pipe("affect_emotion", config={"scheme": "empathetic32"})


def test_weights_by_name():
    nlp = spacy.blank("en")
    named = {**EMBEDDED, "weights": "general"}
    pipe = nlp.add_pipe("affect_polarity", config={"model": named})
    assert pipe.model.attrs["source"].startswith("spacy_affect.Embedded.v1 (general ")
    with pytest.raises(AffectError, match=r'AF014: no weights "generale".*Did you mean "general"'):
        spacy.blank("en").add_pipe(
            "affect_polarity", config={"model": {**EMBEDDED, "weights": "generale"}}
        )
    with pytest.raises(AffectError, match=r"AF125.*'polarity'"):
        spacy.blank("en").add_pipe(
            "affect_polarity", config={"model": {**EMBEDDED, "weights": "vad"}}
        )


def test_other_weights_than_a_pipeline_was_saved_with(made_up, tmp_path):
    """Cut points and calibration of the one are wrong for the other."""

    def save(version, cut):
        polarity = {**TASKS["polarity"]["polarity"], "thresholds": {"positive": cut}}
        tasks = {**TASKS, "polarity": {"polarity": polarity}}
        save_weights(made_up, meta("made_up", tasks, version), arrays())
        open_weights.cache_clear()

    save("1.0", 0.3)
    nlp = pipeline("affect_polarity")
    nlp.to_disk(tmp_path / "saved")
    same = spacy.load(tmp_path / "saved")  # and no warning
    same.get_pipe("affect_polarity").model.attrs["thresholds"] = {"positive": 0.5}
    same.to_disk(tmp_path / "fitted")
    fitted = spacy.load(tmp_path / "fitted").get_pipe("affect_polarity")
    assert fitted.task.thresholds["positive"] == 0.5
    save("1.1", 0.4)
    with pytest.warns(AffectWarning, match=r"saved with .*made_up 1\.0.*now uses .*made_up 1\.1"):
        found = spacy.load(tmp_path / "fitted").get_pipe("affect_polarity")
    assert found.task.thresholds["positive"] == 0.4
    assert found.model.attrs["source"].endswith("(made_up 1.1)")


def test_nothing_is_learned(made_up):
    nlp = pipeline()
    found = [example(nlp, text, {"polarity": 0.5, "subjectivity": 1.0}) for text in TEXTS[:3]]
    before = [nlp.get_pipe(name).model.to_bytes() for name in NAMES]
    wanted = [values(nlp(text)) for text in TEXTS]
    nlp.initialize(lambda: found)
    assert nlp.update(found) == dict.fromkeys(NAMES, 0.0)
    assert [nlp.get_pipe(name).model.to_bytes() for name in NAMES] == before
    assert [values(nlp(text)) for text in TEXTS] == wanted
    assert not any(nlp.get_pipe(name).is_trainable for name in NAMES)


# To begin from


def begun(name, gold, **settings):
    nlp = spacy.blank("en")
    model = {**SPARSE, "shortest": 2, "longest": 4, "init_from": "embedded", **settings}
    nlp.add_pipe(name, config={"model": model, **SCHEMES.get(name, {})})
    examples = [example(nlp, text, gold) for text in TEXTS[:2]]
    nlp.initialize(lambda: examples)
    return nlp, examples


def plain(made_up, **model):
    """Save weights for which words count as they do in the backbone that is trained."""
    from spacy_affect.models.backbones.sparse.scope import FACTORS

    factors = numpy.repeat(FACTORS[:, None], N_OUT, axis=1)
    save_weights(made_up, meta("made_up", **model), {**arrays(), "factors": factors})
    open_weights.cache_clear()


def test_training_begins_where_the_weights_are(made_up):
    plain(made_up)
    nlp, examples = begun("affect_emotion", {"emotion": {"joy": 0.1}})
    ready = pipeline("affect_emotion")
    for text in TEXTS[:4]:
        wanted = ready(text)._.affect_emotion
        record = nlp(text)._.affect.emotion
        assert record.value == pytest.approx(wanted, abs=1e-5)
        # presence is a logit that was divided by the spread
        odds = {label: 2.0 * math.log(p / (1 - p)) for label, p in wanted.items()}
        likely = {label: sigmoid(odd) for label, odd in odds.items()}
        assert record.presence == pytest.approx(likely, abs=1e-5)
    before = nlp(TEXTS[0])._.affect_emotion["joy"]
    for _ in range(5):
        losses = nlp.update(examples)
    assert losses["affect_emotion"] > 0
    assert nlp(TEXTS[0])._.affect_emotion["joy"] < before
    assert ready(TEXTS[0])._.affect_emotion["joy"] == pytest.approx(before, abs=1e-5)


def test_polarity_begins_with_the_difference_of_the_poles(made_up):
    plain(made_up)
    nlp, _ = begun("affect_polarity", {"polarity": 0.5})
    for text in TEXTS[:4]:
        pos, neg = raw_of(nlp.make_doc(text))[:2]
        wanted = numpy.clip((pos - neg) / 4, -1, 1)
        assert nlp(text)._.affect_polarity == pytest.approx(wanted, abs=1e-5)


def test_labels_that_the_weights_do_not_know_begin_absent(made_up):
    columns = {label: 2 + i for i, label in enumerate(("anger", "fear"))}
    plain(made_up, tasks={"emotion": {"semeval4": {"kind": "unit", "columns": columns}}})
    nlp, _ = begun("affect_emotion", {"emotion": {"anger": 0.1}})
    record = nlp(TEXTS[0])._.affect.emotion
    for label in ("joy", "sadness"):
        assert record.value[label] == record.presence[label] < 0.05
    assert {*record.labels} <= {"anger", "fear"}


@pytest.mark.parametrize(
    "settings", [{"length": 2048}, {"longest": 5}, {"pairs": False}, {"lexicon": False}]
)
def test_other_settings_cannot_begin_there(made_up, settings):
    with pytest.raises(AffectError, match=r"AF096: .*their settings are \[1024, 2, 4, True, True"):
        begun("affect_polarity", {"polarity": 0.5}, **settings)


def test_ambivalence_cannot_begin_there(made_up):
    """It is made of both poles and of rules, which is no single output."""
    with pytest.raises(AffectError, match=r"AF096: .*nothing that its outputs could begin with"):
        begun("affect_ambivalence", {"ambivalence": 0.5})


@pytest.mark.parametrize(
    "text", ["I'm not happy.", "It wasn't good.", "Don't worry, I can't lose!"]
)
def test_apostrophes_of_phones_count_as_others(text):
    nlp = spacy.blank("en")
    for task in ("polarity", "emotion", "subjectivity", "ambivalence"):
        nlp.add_pipe(f"affect_{task}")
    found, wanted = nlp(text.replace("'", "’")), nlp(text)
    assert {k: v.value for k, v in found._.affect.items()} == {
        k: v.value for k, v in wanted._.affect.items()
    }
