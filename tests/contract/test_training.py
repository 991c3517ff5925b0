"""Affect components learn as any spaCy component does: from gold alone, and the same every time."""

import warnings

import numpy
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from spacy_affect.api import AffectError, AffectWarning, example, set_gold
from spacy_affect.models.backbones.sparse import features

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
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}
SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}
POOLED = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": CNN}
SHARED = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": LISTENER}
BACKBONES = pytest.mark.parametrize("model", [SPARSE, POOLED, SHARED], ids=["s", "own", "shared"])

#: Eight texts, with how much joy, anger and sadness each holds.
EIGHT = {
    "I am so happy today!": (0.9, 0.0, 0.1),
    "What a lovely surprise, thank you": (0.8, 0.1, 0.1),
    "They cheated us and I am furious": (0.0, 0.9, 0.2),
    "How dare you say that to my face?": (0.1, 0.8, 0.3),
    "She cried all night after the funeral": (0.0, 0.1, 0.9),
    "I miss him and nothing helps": (0.1, 0.2, 0.8),
    "The bus leaves at nine.": (0.4, 0.1, 0.1),
    "We meet in the second room": (0.5, 0.0, 0.0),
}
EMOTIONS = ("joy", "anger", "sadness")


def golds():
    """YIELDS (tuple[str, dict]): Each text with gold for every task."""
    for text, scores in EIGHT.items():
        joy, anger, sadness = scores
        value = dict(zip(EMOTIONS, scores, strict=True))
        labels = {label: int(score > 0.5) for label, score in value.items()}
        polar = round(joy - max(anger, sadness), 2)
        yield (
            text,
            {
                "emotion": {"value": value, "labels": labels},
                "vad": {"valence": polar, "arousal": anger, "dominance": -sadness},
                "polarity": polar,
                "subjectivity": "objective" if max(scores) <= 0.5 else "subjective",
                "ambivalence": min(1.0, 2 * min(joy, anger + sadness)),
            },
        )


def examples(nlp, *tasks):
    return [
        example(nlp, text, {task: gold[task] for task in tasks or gold}) for text, gold in golds()
    ]


def pipeline(model=SPARSE, *names, **config):
    """RETURNS (Language): With components by these names, after the encoder if it is shared."""
    nlp = spacy.blank("en")
    if model is SHARED:
        nlp.add_pipe("tok2vec", config={"model": CNN})
    for name in names or ("affect_emotion",):
        nlp.add_pipe(name, config={"model": model, **config})
    return nlp


def train(nlp, found, steps=30, rate=0.01, **kwargs):
    """RETURNS (list[dict]): The losses of each step."""
    fix_random_seed(0)
    nlp.initialize(lambda: found)
    optimizer = Adam(rate, L2=0.0)
    return [{**nlp.update(found, sgd=optimizer, **kwargs)} for _ in range(steps)]


def weights(nlp, name="affect_emotion"):
    return nlp.get_pipe(name).model.to_bytes()


def code_of(call, *args, **kwargs):
    with pytest.raises(AffectError) as caught:
        call(*args, **kwargs)
    return caught.value.code


TASKS = ("affect_emotion", "affect_vad", "affect_polarity", "affect_subjectivity")


@BACKBONES
def test_every_backbone_learns_eight_texts_by_heart(model, tmp_path):
    nlp = pipeline(model, *TASKS)
    losses = train(nlp, examples(nlp), steps=120, rate=0.02 if model is SPARSE else 0.005)
    for name in TASKS:
        assert losses[-1][name] < losses[0][name]
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    for text, gold in golds():
        doc = nlp(text)
        wanted, emotion = gold["emotion"], doc._.affect.emotion
        near = {label: pytest.approx(score, abs=0.2) for label, score in wanted["value"].items()}
        assert {label: emotion.value[label] for label in EMOTIONS} == near
        there = {label for label, present in wanted["labels"].items() if present}
        assert {*emotion.labels} & {*EMOTIONS} == there
        assert doc._.affect_vad == pytest.approx(gold["vad"], abs=0.2)
        assert doc._.affect_polarity == pytest.approx(gold["polarity"], abs=0.2)
        assert doc._.affect.subjectivity.label == gold["subjectivity"]
        assert loaded(text)._.affect.to_dict() == doc._.affect.to_dict()
    scores = nlp.evaluate(examples(nlp))
    assert scores["affect_emotion_score"] > 0.9
    assert scores["affect_vad_pearson"] > 0.9
    assert scores["affect_subjectivity_accuracy"] == 1.0


def test_ordinary_floats_are_stored():
    nlp = pipeline(POOLED, *TASKS)
    train(nlp, examples(nlp), steps=2)
    doc = nlp("I am so happy today!")
    assert type(doc._.affect_polarity) is float
    assert {type(number) for number in doc._.affect_emotion.values()} == {float}
    assert {type(number) for number in doc._.affect.emotion.presence.values()} == {float}


def test_before_any_step_the_mean_of_the_gold_is_predicted():
    for model in (SPARSE, POOLED, SHARED):
        nlp = pipeline(model, "affect_polarity")
        found = examples(nlp, "polarity")
        nlp.initialize(lambda found=found: found)
        mean = numpy.mean([gold["polarity"] for _, gold in golds()])
        assert nlp("Anything at all")._.affect_polarity == pytest.approx(mean, abs=1e-6)


def test_labels_without_intensities_get_their_probability():
    nlp = pipeline()
    found = [
        example(nlp, text, {"emotion": {"labels": gold["emotion"]["labels"]}})
        for text, gold in golds()
    ]
    train(nlp, found, steps=60)
    record = nlp("I am so happy today!")._.affect.emotion
    assert record.value == record.presence
    assert record.value["joy"] > 0.8


# What changes nothing


def test_a_plain_gradient_step_is_seen_although_the_bias_stays():
    # The mean of the gold is 0, and so is the bias: the table of what forms add must go stale.
    nlp = pipeline(SPARSE, "affect_polarity")
    texts = {"I love it": 1.0, "I hate this": -1.0}
    found = [example(nlp, text, {"polarity": value}) for text, value in texts.items()]
    nlp.initialize(lambda: found)
    assert nlp("I love it")._.affect_polarity == 0.0
    nlp.update(found, sgd=Adam(0.5, beta1=0.0, beta2=0.0, L2=0.0))
    assert nlp("I love it")._.affect_polarity > 0


@pytest.mark.parametrize("model", [SPARSE, POOLED], ids=["s", "own"])
def test_momentum_moves_nothing_on_batches_without_gold(model):
    nlp = pipeline(model)
    found, optimizer = examples(nlp, "emotion"), Adam(0.01)
    nlp.initialize(lambda: found)
    for _ in range(3):
        nlp.update(found, sgd=optimizer)
    before = weights(nlp)
    losses = nlp.update(examples(nlp, "vad"), sgd=optimizer)
    assert losses == {"affect_emotion": 0.0}
    assert weights(nlp) == before
    nlp.update(found, sgd=optimizer)
    assert weights(nlp) != before


def test_rules_are_left_alone_by_training():
    nlp = pipeline(SPARSE, "affect_emotion")
    nlp.add_pipe("affect_polarity", config={"model": {"@architectures": "spacy_affect.Vader.v1"}})
    assert not nlp.get_pipe("affect_polarity").is_trainable
    losses = train(nlp, examples(nlp), steps=1)
    assert losses[0]["affect_polarity"] == 0.0
    assert nlp("I love it")._.affect_polarity == pytest.approx(0.6369)


def test_ready_made_weights_are_left_alone_by_training():
    nlp = pipeline(SPARSE, "affect_emotion")
    pipe = nlp.add_pipe("affect_polarity")
    before = pipe.model.to_bytes()
    wanted = pipe(nlp.make_doc("I love it"))._.affect_polarity
    assert not pipe.is_trainable
    losses = train(nlp, examples(nlp), steps=1)
    assert losses[0]["affect_polarity"] == 0.0
    assert pipe.model.to_bytes() == before
    assert nlp("I love it")._.affect_polarity == wanted > 0.5


def test_averages_are_used_and_given_back():
    nlp = pipeline()
    found, optimizer = examples(nlp, "emotion"), Adam(0.05, use_averages=True, L2=0.0)
    nlp.initialize(lambda: found)
    for _ in range(10):
        nlp.update(found, sgd=optimizer)
    last = nlp("I am so happy today!")._.affect_emotion
    with nlp.use_params(optimizer.averages):
        averaged = nlp("I am so happy today!")._.affect_emotion
    assert averaged["joy"] < last["joy"]
    assert nlp("I am so happy today!")._.affect_emotion == last


def test_gradients_gather_over_batches():
    """`accumulate_gradient`: two half batches make the step of a whole one."""
    steps = []
    for halves in (1, 2):
        nlp = pipeline(SPARSE, "affect_vad", gold="vad")
        nlp.get_pipe("affect_vad").model.attrs["l2"] = 0.0
        found = examples(nlp, "vad")
        nlp.initialize(lambda found=found: found)
        size = len(found) // halves
        for start in range(0, len(found), size):
            nlp.update(found[start : start + size], sgd=False)
        nlp.get_pipe("affect_vad").finish_update(Adam(0.1 / halves, beta1=0.0, beta2=0.0, L2=0.0))
        steps.append(nlp.get_pipe("affect_vad").model.get_param("W"))
    assert numpy.allclose(steps[0], steps[1], atol=1e-6)
    assert steps[0].any()


# Gold


def test_corpora_with_different_labels_train_one_component():
    nlp = pipeline(SPARSE, "affect_emotion")
    first = {"I am so happy today!": {"joy": 0.9, "anger": 0.0}, "I am furious": {"anger": 0.9}}
    second = {"She is scared of it": {"fear": 1, "sadness": 0}, "He cried": {"sadness": 1}}
    found = [example(nlp, text, {"emotion": value}) for text, value in first.items()]
    found += [
        example(nlp, text, {"emotion": {"labels": dict(labels)}}) for text, labels in second.items()
    ]
    train(nlp, found, steps=60)
    heads = nlp.get_pipe("affect_emotion").task.heads
    flags = iter(nlp.get_pipe("affect_emotion").model.attrs["trained"])
    trained = {head.name: {label for label in head.labels if next(flags)} for head in heads}
    assert trained == {"value": {"anger", "joy"}, "presence": {"fear", "sadness"}}
    assert nlp("I am so happy today!")._.affect_emotion["joy"] > 0.7
    scared = nlp("She is scared of it")._.affect.emotion
    assert "fear" in scared.labels
    assert "sadness" not in scared.labels
    assert scared.value["fear"] == scared.presence["fear"] > 0.7
    # of what no corpus tells, the least there is
    assert scared.value["trust"] < 0.02


def test_gold_may_be_another_tasks():
    nlp = pipeline(SPARSE, "affect_ambivalence", gold="emotion")
    texts = {
        "I love it, but I am not sure that I can keep it up": {"joy": 1, "fear": 1},
        "I love it and I will keep it up": {"joy": 1, "fear": 0},
        "I am afraid of all of it": {"joy": 0, "fear": 1},
    }
    found = [example(nlp, text, {"emotion": {"labels": labels}}) for text, labels in texts.items()]
    train(nlp, found, steps=60)
    both, one, other = map(nlp, texts)
    assert both._.affect_ambivalence > 0.8
    assert max(one._.affect_ambivalence, other._.affect_ambivalence) < 0.2
    assert both._.affect.ambivalence.ambivalent is True


def test_cues_are_found_by_rules_where_the_score_is_learned():
    rules = spacy.blank("en")
    rules.add_pipe("affect_ambivalence")
    nlp = pipeline(SPARSE, "affect_ambivalence")
    train(nlp, examples(nlp, "ambivalence"), steps=2)
    text = "I love the plan, but honestly I'm not sure I can... um, keep it up."
    wanted, doc = rules(text), nlp(text)
    cues = [(span.start, span.end, span.label_) for span in doc.spans["affect_ambivalence"]]
    assert cues == [(s.start, s.end, s.label_) for s in wanted.spans["affect_ambivalence"]]
    assert len(cues) >= 3
    assert doc.spans["affect_ambivalence"].attrs["details"]
    assert doc._.affect.ambivalence.labels == wanted._.affect.ambivalence.labels
    assert [*nlp("").spans["affect_ambivalence"]] == []
    generic = spacy.blank("en")
    pipe = generic.add_pipe("affect", config={"task": "ambivalence", "model": SPARSE})
    assert pipe.cue_model is not None
    german = spacy.blank("de")
    german.add_pipe("affect_ambivalence", config={"model": SPARSE})
    assert german.get_pipe("affect_ambivalence").cue_model is None
    train(german, examples(german, "ambivalence"), steps=2)
    assert [*german("Ja, aber nein.").spans["affect_ambivalence"]] == []


def sentences(nlp, *parts):
    """RETURNS (Example): A text of sentences, each with gold of its own."""
    reference = nlp.make_doc(" ".join(text for text, _ in parts))
    start = 0
    for text, value in parts:
        span = reference.char_span(start, start + len(text))
        set_gold(reference, "polarity", value, span=span)
        start += len(text) + 1
    return Example(nlp.make_doc(reference.text), reference)


@pytest.mark.parametrize("model", [SPARSE, POOLED], ids=["s", "own"])
def test_units_are_learned_one_by_one(model):
    nlp = pipeline(model, "affect_polarity", unit="sents")
    nlp.add_pipe("sentencizer", first=True)
    found = [
        sentences(nlp, ("I love the soup.", 1.0), ("The rest is awful.", -1.0)),
        sentences(nlp, ("The rest was late.", -0.5), ("I love the tea.", 0.9)),
    ]
    train(nlp, found, steps=80)
    doc = nlp("The rest is awful. I love the soup.")
    assert [sent._.affect_polarity for sent in doc.sents] == pytest.approx([-1.0, 1.0], abs=0.2)
    scores = nlp.evaluate(found)
    assert scores["affect_polarity_pearson"] > 0.95


def test_gold_of_another_unit_is_no_gold():
    nlp = pipeline(SPARSE, "affect_polarity")
    found = [sentences(nlp, ("I love the soup.", 1.0), ("The rest is awful.", -1.0))]
    with pytest.warns(AffectWarning, match="AF108"):
        nlp.initialize(lambda: found)
    assert nlp.update(found) == {"affect_polarity": 0.0}


def test_gold_of_classes_that_there_are_not():
    nlp = pipeline(SPARSE, "affect_subjectivity")
    found = [example(nlp, "I love it.", {"subjectivity": name}) for name in ("subjektive", "odd")]
    with pytest.warns(AffectWarning, match="AF107.*odd, subjektive.*objective, subjective"):
        nlp.initialize(lambda: found)


def test_gold_that_falls_on_no_token_of_the_prediction_is_left_out():
    nlp = pipeline(SPARSE, "affect_polarity", unit="spans:parts")
    reference = nlp.make_doc("I can't stand it")
    set_gold(reference, "polarity", -1.0, span=reference[1:3])
    set_gold(reference, "polarity", 0.5, span=reference[0:1])
    predicted = spacy.tokens.Doc(nlp.vocab, words=["I", "can't", "stand", "it"])
    found = [Example(predicted, reference)]
    nlp.initialize(lambda: found)
    pipe = nlp.get_pipe("affect_polarity")
    assert pipe.model.attrs["n_examples"] == 2
    _, gradient = pipe.get_loss(found, numpy.zeros((2, 1), "float32"))
    assert gradient.tolist() == [[0.5], [-0.25]]


def test_blank_texts_teach_nothing_and_break_nothing():
    for model in (SPARSE, POOLED):
        nlp = pipeline(model, "affect_polarity")
        found = [example(nlp, text, {"polarity": -1.0}) for text in ("", " \n ")]
        found.append(example(nlp, "I love it", {"polarity": 1.0}))
        train(nlp, found, steps=3)
        assert nlp("I love it")._.affect_polarity > 0
        assert nlp.update(found[:1]) == {"affect_polarity": 0.0}


# Several components


def test_a_batch_without_gold_does_not_hold_up_a_shared_encoder():
    nlp = pipeline(SHARED, "affect_emotion", "affect_vad")
    every = examples(nlp)
    fix_random_seed(0)
    nlp.initialize(lambda: every)
    optimizer = Adam(0.01)
    for task, still in (("emotion", "affect_vad"), ("vad", "affect_emotion")):
        part = examples(nlp, task)
        before = {name: weights(nlp, name) for name in ("tok2vec", "affect_emotion", "affect_vad")}
        # Output layers begin at zero, so the encoder has a gradient from the second step on, which
        # spaCy applies in the third: listeners come after the encoder's own turn.
        for _ in range(3):
            losses = nlp.update(part, sgd=optimizer)
        moved = {name for name in before if weights(nlp, name) != before[name]}
        assert moved == {*before} - {still}
        assert losses[still] == 0.0
        assert losses[f"affect_{task}"] > 0


def test_components_with_one_encoder_learn_together():
    nlp = pipeline(SHARED, "affect_emotion", "affect_vad", "affect_polarity")
    losses = train(nlp, examples(nlp), steps=60)
    assert all(losses[-1][name] < losses[0][name] for name in losses[0] if name != "tok2vec")


def test_a_frozen_component_may_be_sourced_and_goes_on_scoring(tmp_path):
    first = pipeline(SPARSE, "affect_vad")
    train(first, examples(first))
    first.to_disk(tmp_path / "first")
    source = spacy.load(tmp_path / "first")
    wanted = source("I am so happy today!")._.affect_vad
    nlp = pipeline(SPARSE, "affect_emotion")
    nlp.add_pipe("affect_vad", source=source, name="affect_vad_frozen")
    found = examples(nlp)
    with nlp.select_pipes(disable=["affect_vad_frozen"]):
        nlp.initialize(lambda: found)
    before = weights(nlp)
    losses = nlp.update(found, exclude=["affect_vad_frozen"], annotates=["affect_vad_frozen"])
    assert {*losses} == {"affect_emotion"}
    assert weights(nlp) != before
    nlp.to_disk(tmp_path / "second")
    loaded = spacy.load(tmp_path / "second")
    assert loaded("I am so happy today!")._.affect_vad_frozen == wanted
    assert "affect_emotion" in loaded.pipe_names


def test_a_disabled_component_writes_nothing():
    nlp = pipeline(SPARSE, "affect_emotion", "affect_vad")
    train(nlp, examples(nlp), steps=1)
    nlp.disable_pipe("affect_vad")
    doc = nlp("I am so happy today!")
    assert doc._.affect_vad is None
    assert [*doc._.affect] == ["emotion"]


def test_resumed_training_goes_on(tmp_path):
    nlp = pipeline(SPARSE, "affect_emotion", class_weights={"joy": 3.0})
    found = examples(nlp, "emotion")
    losses = train(nlp, found, steps=10)
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    loaded.resume_training()
    loss = loaded.update(examples(loaded, "emotion"))["affect_emotion"]
    assert loss < losses[-1]["affect_emotion"]
    assert loss == pytest.approx(nlp.update(found)["affect_emotion"])  # weighted as before


# Class weights and cut points


def test_class_weights_multiply_losses():
    def gradient(task, gold, **config):
        nlp = pipeline(SPARSE, f"affect_{task}", **config)
        found = [example(nlp, "I love it", {task: gold}), example(nlp, "Hm", {task: gold})]
        nlp.initialize(lambda: found)
        pipe = nlp.get_pipe(f"affect_{task}")
        zeros = numpy.zeros((2, pipe.model.get_dim("nO")), "float32")
        return pipe.get_loss(found, zeros)[1]

    plain = gradient("polarity", "positive")
    assert gradient("polarity", "positive", class_weights={"positive": 3.0}) == approx(3 * plain)
    assert gradient("polarity", "positive", class_weights={"negative": 3.0}) == approx(plain)
    gold = {"labels": {"joy": 1, "fear": 0}}
    plain = gradient("emotion", gold)
    weighted = gradient("emotion", gold, class_weights={"joy": 2.0, "fear": 5.0})
    labels = pipeline().get_pipe("affect_emotion").task.scheme.labels
    joy, fear = (len(labels) + labels.index(label) for label in ("joy", "fear"))
    assert weighted[:, joy] == approx(2 * plain[:, joy])
    assert weighted[:, fear] == approx(plain[:, fear])  # absent: as much as ever


def approx(numbers):
    return pytest.approx(numbers, abs=1e-6)


def test_balanced_weights_make_classes_count_alike():
    nlp = pipeline(SPARSE, "affect_polarity", class_weights="balanced")
    names = ["positive"] * 6 + ["negative"] * 2
    found = [example(nlp, f"text {i}", {"polarity": name}) for i, name in enumerate(names)]
    nlp.initialize(lambda: found)
    pipe = nlp.get_pipe("affect_polarity")
    _, gradient = pipe.get_loss(found, numpy.zeros((8, 1), "float32"))
    assert gradient[:6].sum() == pytest.approx(-gradient[6:].sum())
    assert pipe.model.attrs["class_weights"] == {"positive": 8 / 12, "negative": 2.0}


def presence_examples(nlp, n=24):
    """RETURNS (list[Example]): Half of them joyful."""
    words = ("sunny", "table")
    return [
        example(nlp, f"{words[i % 2]} number {i}", {"emotion": {"labels": {"joy": (i + 1) % 2}}})
        for i in range(n)
    ]


def test_cut_points_are_chosen_on_gold_and_kept_with_the_model(tmp_path):
    nlp = pipeline()
    found = presence_examples(nlp)
    train(nlp, found, steps=2, rate=0.001)  # too few steps for the probability to reach 0.5
    pipe = nlp.get_pipe("affect_emotion")
    assert pipe.task.thresholds["joy"] == 0.5
    cuts = pipe.fit_thresholds(found)
    assert [*cuts] == ["joy"]  # of the others there is no gold
    assert pipe.task.thresholds["joy"] == cuts["joy"] != 0.5
    labels = [nlp(each.text)._.affect.emotion.labels for each in found]
    assert labels == [["joy"], []] * 12
    nlp.to_disk(tmp_path)
    for copy in (spacy.load(tmp_path), pipeline().from_bytes(nlp.to_bytes())):
        assert copy.get_pipe("affect_emotion").task.thresholds["joy"] == cuts["joy"]
        assert [copy(each.text)._.affect.emotion.labels for each in found] == labels
    config = (
        (tmp_path / "config.cfg")
        .read_text()
        .replace("thresholds = null", 'thresholds = {"joy":0.9}')
    )
    (tmp_path / "config.cfg").write_text(config)
    given = spacy.load(tmp_path)
    assert given.get_pipe("affect_emotion").task.thresholds["joy"] == 0.9
    assert given(found[0].text)._.affect.emotion.labels == []


def test_given_cut_points_go_before_fitted_ones():
    nlp = pipeline(thresholds={"joy": 0.2})
    found = presence_examples(nlp)
    train(nlp, found, steps=10)
    pipe = nlp.get_pipe("affect_emotion")
    assert pipe.fit_thresholds(found)["joy"] != 0.2
    assert pipe.task.thresholds["joy"] == 0.2


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("polarity", ["negative", "neutral", "positive"]),
        ("subjectivity", ["objective", "subjective"]),
        ("ambivalence", ["not ambivalent", "ambivalent"]),
    ],
)
def test_cut_points_between_classes(task, names):
    nlp = pipeline(SPARSE, f"affect_{task}")
    words = ["dull", "table", "sunny"][: len(names)]
    found = [
        example(nlp, f"{words[i % len(names)]} {i}", {task: names[i % len(names)]})
        for i in range(14 * len(names))
    ]
    train(nlp, found, steps=60)
    pipe = nlp.get_pipe(f"affect_{task}")
    cuts = pipe.fit_thresholds(found)
    assert {*cuts} == {*pipe.task.thresholds}
    assert nlp.evaluate(found).get(f"affect_{task}_accuracy", 1.0) == 1.0
    few = examples(nlp, "emotion")
    assert pipe.fit_thresholds(few) == {}, "too little gold leaves them as they are"
    assert pipe.task.thresholds == cuts


# Beginning from saved weights


def test_init_from_saved_weights(tmp_path):
    first = pipeline(SPARSE, "affect_vad")
    train(first, examples(first))
    first.to_disk(tmp_path)
    path = str(tmp_path / "affect_vad" / "model")
    nlp = pipeline({**SPARSE, "init_from": path, "l2": 3.0}, "affect_vad")
    found = examples(nlp, "vad")
    nlp.initialize(lambda: found)
    text = "I am so happy today!"
    assert nlp(text)._.affect_vad == first(text)._.affect_vad
    assert nlp.get_pipe("affect_vad").model.attrs["l2"] == 3.0
    before = weights(nlp, "affect_vad")
    nlp.update(found)
    assert weights(nlp, "affect_vad") != before


@pytest.mark.parametrize("other", [{"length": 2048}, {"longest": 3}, {"pairs": False}])
def test_weights_of_another_model_are_refused(other, tmp_path):
    first = pipeline({**SPARSE, **other}, "affect_vad")
    train(first, examples(first), steps=1)
    (tmp_path / "model").write_bytes(weights(first, "affect_vad"))
    nlp = pipeline({**SPARSE, "init_from": str(tmp_path / "model")}, "affect_vad")
    found = examples(nlp, "vad")
    assert code_of(nlp.initialize, lambda: found) == "AF096"


# Errors


def unfitting(nlp, **config):
    return code_of(nlp.add_pipe, "affect_emotion", config={"model": SPARSE, **config})


def test_an_untrained_component_says_so():
    nlp = pipeline()
    with pytest.raises(AffectError, match="AF090: 'affect_emotion' has learned nothing yet"):
        nlp("I love it")
    assert nlp("")._.affect_emotion is None
    assert code_of(list, nlp.pipe(["I love it"])) == "AF090"


def test_what_a_component_refuses():
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": CNN})
    assert unfitting(nlp, model=SHARED, unit="sents") == "AF091"
    assert unfitting(nlp, model={**SPARSE, "nO": 3}) == "AF093"
    for setting in ({"length": 1000}, {"length": 1}, {"length": 2**25}, {"shortest": 6}):
        assert unfitting(nlp, model={**SPARSE, **setting}) == "AF095"
    assert nlp.pipe_names == ["tok2vec"]


@pytest.mark.parametrize("wrong", [{"happiness": 2.0}, {"joy": -1.0}, "balance"])
def test_what_class_weights_may_be(wrong):
    nlp = pipeline(class_weights=wrong)
    found = examples(nlp, "emotion")
    assert code_of(nlp.initialize, lambda: found) == "AF094"


def test_gold_that_is_not_there_is_a_warning_that_names_what_is():
    nlp = pipeline()
    found = examples(nlp, "vad", "polarity")
    with pytest.warns(AffectWarning, match=r"AF092.*gold for: polarity, vad"):
        nlp.initialize(lambda: found)


def test_initialize_without_examples_warns_of_nothing():
    nlp = pipeline()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.initialize()
    assert nlp("I love it")._.affect_emotion is not None


@pytest.mark.parametrize("path", ["nowhere/model", __file__])
def test_a_file_without_weights_is_refused(path):
    nlp = pipeline({**SPARSE, "init_from": path}, "affect_vad")
    found = examples(nlp, "vad")
    assert code_of(nlp.initialize, lambda: found) == "AF096"


# Values


@pytest.fixture(scope="module", params=[SPARSE, POOLED], ids=["s", "own"])
def trained(request):
    nlp = pipeline(request.param, "affect_emotion", "affect_vad")
    train(nlp, examples(nlp), steps=10)
    return nlp


def numbers(doc):
    return [*doc._.affect_emotion.values(), *doc._.affect_vad.values()]


WORDS = st.sampled_from(
    ["I", "love", "hate", "not", "never", "very", ".", "!", "but", "é", "😡", "#sad", "SOOO", "\n"]
)
WRITING = st.lists(WORDS, min_size=1, max_size=12).map(" ".join).filter(str.strip)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(WRITING, min_size=1, max_size=9), size=st.integers(1, 4))
def test_values_are_the_same_alone_and_in_any_batch(trained, texts, size):
    near = 0.0 if "sparse" in trained.get_pipe("affect_vad").model.name else 1e-5
    together = trained.pipe(texts, batch_size=size)
    for text, doc in zip(texts, together, strict=True):
        assert numbers(trained(text)) == pytest.approx(numbers(doc), abs=near, rel=0)


def test_long_documents_are_read_to_the_end(trained):
    filler = "The bus leaves at nine . " * 1000
    texts = [f"{filler}{end}" for end in ("I am furious", "I am so happy")]
    angry, happy = map(numbers, trained.pipe(texts))
    assert angry != happy
    assert all(-1 <= number <= 1 for number in [*angry, *happy])


def test_a_text_says_no_more_by_being_repeated():
    # https://github.com/cjhutto/vaderSentiment/issues/151: scores grew with length
    nlp = pipeline(SPARSE, "affect_polarity")
    train(nlp, examples(nlp, "polarity"), steps=100, rate=0.02)
    once, often = (nlp("I am so happy today! " * n)._.affect_polarity for n in (1, 50))
    assert abs(often - once) < 0.5


def test_a_bounded_table_of_forms_changes_no_value(monkeypatch):
    nlp = pipeline(SPARSE, "affect_emotion", "affect_vad")
    train(nlp, examples(nlp), steps=10)
    texts = [*EIGHT, "An entirely new and unseen sentence about llamas", *EIGHT]
    wanted = [numbers(nlp(text)) for text in texts]
    monkeypatch.setattr(features, "MOST_FORMS", 12)
    space = features.get_space(nlp.get_pipe("affect_vad").model._func.settings)
    space._clear()
    generation = space.generation
    assert [numbers(nlp(text)) for text in texts] == wanted
    assert space.generation > generation + 2
    assert space.n_forms <= 12
    assert [numbers(doc) for doc in nlp.pipe(texts, batch_size=4)] == wanted
