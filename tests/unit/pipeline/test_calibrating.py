"""Calibrated components: what they learn of gold, write on Docs, and keep when they are stored.

The backbone here reads its scores from the text: "0.3 0.9" scores 0.3 and 0.9.
"""

import json
import math
import pickle

import numpy
import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.util import load_model_from_config, registry

from spacy_affect.api import AffectError, example, rule_backbone
from spacy_affect.pipeline.factories import DEFAULTS, make_task
from spacy_affect.pipeline.trainable import AffectPipe
from spacy_affect.types import Scores

EMOTIONS = ("anger", "fear", "joy", "sadness")
TALK = ("change", "neutral", "sustain")
LEVEL = 0.9


def read_one(unit):
    return float(unit[0].text)


def read_emotions(unit):
    """The value is how intense, its square how likely; of sadness the value is how likely."""
    numbers = [float(token.text) for token in unit]
    values = dict(zip(EMOTIONS, numbers, strict=True))
    presence = {label: number**2 for label, number in values.items()}
    return values | {"sadness": presence["sadness"]}, {"presence": presence}


def read_shares(unit):
    numbers = [float(token.text) for token in unit]
    return {label: number / sum(numbers) for label, number in zip(TALK, numbers, strict=True)}


READERS = {
    "polarity": (read_one, ("polarity",)),
    "ambivalence": (read_one, ("ambivalence",)),
    "emotion": (read_emotions, EMOTIONS),
    "client_talk": (read_shares, TALK),
}


@registry.architectures("spacy_affect_tests.Numbers.v1")
def make_numbers(task):
    read, columns = READERS[task]
    return rule_backbone(read, columns=columns, source="numbers", provides=["cues"])


def model(task):
    return {"@architectures": "spacy_affect_tests.Numbers.v1", "task": task}


def pipeline(task="polarity", **config):
    nlp = spacy.blank("en")
    settings = {"model": model(task), **config}
    if task == "emotion":
        settings["scheme"] = "semeval4"
    if task == "client_talk":
        nlp.add_pipe("affect", name="affect_client_talk", config={"task": task, **settings})
    else:
        nlp.add_pipe(f"affect_{task}", config=settings)
    return nlp


def shown(number):
    return f"{number:.4f}"


def polar(n=400, seed=0):
    """RETURNS: Texts with a value and a class that is right the more often the further from 0."""
    chance = numpy.random.default_rng(seed)
    scores = chance.uniform(-1, 1, n)
    truth = numpy.clip(scores + chance.normal(0, 0.3, n), -1, 1)
    classes = numpy.array(["negative", "neutral", "positive"])[numpy.digitize(truth, [-0.3, 0.3])]
    return [
        (shown(s), {"polarity": {"value": float(t), "labels": str(c)}})
        for s, t, c in zip(scores, truth, classes, strict=True)
    ]


def emotional(n=400, seed=0):
    """RETURNS: Texts in which an emotion is there about as often as its score says."""
    chance = numpy.random.default_rng(seed)
    scores = chance.random((n, 4))
    there = chance.random((n, 4)) < scores
    return [
        (
            " ".join(map(shown, row)),
            {
                "emotion": {
                    "value": {"joy": float(numpy.clip(row[2] + chance.normal(0, 0.1), 0, 1))},
                    "labels": {e: int(t) for e, t in zip(EMOTIONS, present, strict=True)},
                }
            },
        )
        for row, present in zip(scores, there, strict=True)
    ]


def talking(n=400, seed=0):
    chance = numpy.random.default_rng(seed)
    shares = chance.dirichlet([1, 1, 1], n)
    # sharper than what is right: the truth is drawn of the roots
    roots = numpy.sqrt(shares) / numpy.sqrt(shares).sum(axis=1, keepdims=True)
    truth = [str(chance.choice(TALK, p=p)) for p in roots]
    return [
        (" ".join(map(shown, numpy.maximum(row, 1e-3))), {"client_talk": label})
        for row, label in zip(shares, truth, strict=True)
    ]


GOLD = {"polarity": polar, "emotion": emotional, "client_talk": talking}


def examples(nlp, rows):
    return [example(nlp, text, gold) for text, gold in rows]


def calibrated(task="polarity", **config):
    nlp = pipeline(task, **config)
    pipe = nlp.get_pipe(f"affect_{task}")
    found = pipe.calibrate(examples(nlp, GOLD[task]()))
    assert found
    return nlp


def record(nlp, text, task="polarity"):
    return nlp(text)._.affect[task]


class TestOneNumber:
    def test_what_a_record_holds(self):
        nlp = calibrated()
        found = record(nlp, "0.9000")
        low, high = found.interval
        assert low < 0.9 < high == 1.0
        assert 0.9 - low == pytest.approx(record(nlp, "-0.9000").interval[1] + 0.9)
        assert (found.label, found.abstain, found.set) == ("positive", False, ["positive"])
        assert found.confidence > 0.8
        unsure = record(nlp, "0.0000")
        assert unsure.label == "neutral"
        assert unsure.confidence < 0.9
        assert "neutral" in unsure.set
        # the value is what it was
        assert (found.value, unsure.value) == (0.9, 0.0)

    def test_it_abstains_where_opposites_are_possible(self):
        nlp = calibrated(level=0.995)
        found = record(nlp, "0.0000")
        assert found.set == ["negative", "neutral", "positive"]
        assert found.abstain
        assert found.label == "neutral"  # its best guess stays
        assert not record(nlp, "0.9500").abstain

    @pytest.mark.parametrize("level", [0.8, 0.9])
    def test_new_texts_are_covered(self, level):
        nlp = calibrated(level=level, thresholds={"negative": -0.3, "positive": 0.3})
        rows = polar(2000, seed=1)
        docs = nlp.pipe([text for text, _ in rows])
        found = [
            (doc._.affect.polarity, gold["polarity"])
            for doc, (_, gold) in zip(docs, rows, strict=True)
        ]
        inside = [r.interval[0] <= gold["value"] <= r.interval[1] for r, gold in found]
        held = [gold["labels"] in r.set for r, gold in found]
        assert numpy.mean(inside) == pytest.approx(level, abs=0.04)
        # the class given, and the likeliest, are always held: by so much they are more
        assert level - 0.03 < numpy.mean(held) < level + 0.06
        scores = nlp.evaluate(examples(nlp, rows))
        assert scores["affect_polarity_interval_coverage"] == pytest.approx(numpy.mean(inside))
        assert scores["affect_polarity_coverage"] == pytest.approx(numpy.mean(held))
        assert scores["affect_polarity_ece"] < 0.06

    def test_confidence_is_how_often_the_class_given_is_right(self):
        def rows(seed):  # half of the texts are certain to about the same degree
            chance = numpy.random.default_rng(seed)
            scores = numpy.clip(chance.normal(0, 0.3, 3000), -1, 1)
            neutral = chance.random(3000) < numpy.where(abs(scores) < 0.1, 0.9, 0.2)
            classes = numpy.where(neutral, "neutral", "positive")
            classes[~neutral & (scores < 0)] = "negative"
            return [(shown(s), {"polarity": str(c)}) for s, c in zip(scores, classes, strict=True)]

        nlp = pipeline(thresholds={"negative": -0.1, "positive": 0.1})
        nlp.get_pipe("affect_polarity").calibrate(examples(nlp, rows(0)))
        scores = nlp.evaluate(examples(nlp, rows(1)))
        assert scores["affect_polarity_ece"] < 0.03

    def test_without_numbers_there_is_no_interval(self):
        nlp = pipeline()
        rows = [(text, {"polarity": gold["polarity"]["labels"]}) for text, gold in polar()]
        assert {*nlp.get_pipe("affect_polarity").calibrate(examples(nlp, rows))} == {"classes"}
        found = record(nlp, "0.9000")
        assert (found.interval, found.set) == (None, ["positive"])

    def test_classes_written_as_numbers_are_no_numbers(self):
        nlp = pipeline()
        rows = [(text, {"polarity": round(gold["polarity"]["value"])}) for text, gold in polar()]
        assert nlp.get_pipe("affect_polarity").calibrate(examples(nlp, rows)) == {}

    def test_without_classes_there_is_no_set(self):
        nlp = pipeline()
        rows = [(text, {"polarity": gold["polarity"]["value"]}) for text, gold in polar()]
        assert {*nlp.get_pipe("affect_polarity").calibrate(examples(nlp, rows))} == {"margins"}
        found = record(nlp, "0.9000")
        assert found.interval
        assert (found.abstain, "set" in found.details) == (False, False)

    def test_the_label_given_is_in_the_set(self):
        nlp = calibrated(thresholds={"positive": -0.9, "negative": -0.95}, level=0.5)
        found = record(nlp, "-0.8000")
        assert found.label == "positive"
        assert {"positive", "negative"} <= {*found.set}
        assert found.abstain
        assert found.confidence < 0.1

    def test_too_little_gold_changes_nothing(self):
        nlp = pipeline()
        pipe = nlp.get_pipe("affect_polarity")
        assert pipe.calibrate(examples(nlp, polar(9))) == {}
        assert pipe.calibrate([]) == {}
        assert "calibration" not in pipe.model.attrs
        assert "set" not in record(nlp, "0.9000").details

    def test_ambivalence_has_the_set_of_its_classes(self):
        nlp = pipeline("ambivalence")
        chance = numpy.random.default_rng(0)
        rows = [
            (shown(s), {"ambivalence": "ambivalent" if chance.random() < s else "not ambivalent"})
            for s in chance.random(300)
        ]
        nlp.get_pipe("affect_ambivalence").calibrate(examples(nlp, rows))
        assert record(nlp, "0.9900", "ambivalence").set == ["ambivalent"]
        unsure = record(nlp, "0.5000", "ambivalence")
        assert (unsure.set, unsure.abstain) == (["not ambivalent", "ambivalent"], True)


class TestEmotion:
    def test_presence_says_how_often(self):
        nlp = calibrated("emotion")
        before = record(pipeline("emotion"), "0.1000 0.1000 0.8000 0.4000", "emotion")
        found = record(nlp, "0.1000 0.1000 0.8000 0.4000", "emotion")
        assert before.presence["joy"] == pytest.approx(0.64)
        assert found.presence["joy"] == pytest.approx(0.8, abs=0.1)
        assert found.presence["anger"] == pytest.approx(0.1, abs=0.1)
        assert found.value["joy"] == before.value["joy"] == 0.8
        # where the value is the presence, it stays so
        assert found.value["sadness"] == found.presence["sadness"] > before.value["sadness"]

    def test_cut_points_are_of_what_presence_says_now(self):
        nlp = calibrated("emotion")
        cuts = nlp.get_pipe("affect_emotion").task.thresholds
        text = "0.1000 0.1000 0.8000 0.4000"
        found = record(nlp, text, "emotion")
        assert found.labels == [e for e in EMOTIONS if found.presence[e] >= cuts[e]]
        assert nlp.get_pipe("affect_emotion").model.attrs["thresholds"] == cuts
        assert {*found.labels} <= {*found.set}

    def test_intervals_by_label_share_one_margin(self):
        nlp = calibrated("emotion")
        docs = list(nlp.pipe(["0.1000 0.1000 0.8000 0.4000", "0.9000 0.1000 0.0500 0.4000"]))
        stored = [
            doc.user_data["._.", "affect_records", None, None]["affect_emotion"] for doc in docs
        ]
        assert stored[0]["margin"] is stored[1]["margin"]
        assert stored[0]["interval"] is None
        first, second = (doc._.affect.emotion for doc in docs)
        assert [*first.interval] == ["joy"]  # only joy had numbers in the gold
        low, high = first.interval["joy"]
        assert (low + high) / 2 == pytest.approx(0.8)
        assert 0.1 < (high - low) / 2 < 0.25
        assert second.interval["joy"][0] == 0.0
        assert "margin" not in first.to_dict()
        assert first.to_dict()["interval"] == first.interval

    def test_sets_hold_what_is_there(self):
        nlp = calibrated("emotion")
        rows = emotional(1000, seed=1)
        scores = nlp.evaluate(examples(nlp, rows))
        assert scores["affect_emotion_coverage"] == pytest.approx(LEVEL, abs=0.03)
        assert scores["affect_emotion_interval_coverage"] == pytest.approx(LEVEL, abs=0.04)
        before = pipeline("emotion")
        assert (
            scores["affect_emotion_ece"]
            < before.evaluate(examples(before, rows))["affect_emotion_ece"]
        )
        assert record(nlp, "0.0010 0.0010 0.0010 0.0010", "emotion").set == []

    def test_it_abstains_where_it_names_none_of_two_sides(self):
        high = dict.fromkeys(EMOTIONS, 0.99)
        nlp = calibrated("emotion", thresholds=high)
        unsure = record(nlp, "0.7000 0.1000 0.7000 0.1000", "emotion")
        assert (unsure.labels, unsure.abstain) == ([], True)
        assert not record(nlp, "0.7000 0.7000 0.0500 0.1000", "emotion").abstain
        assert not record(nlp, "0.1000 0.1000 0.1500 0.1000", "emotion").abstain  # likely none

    def test_what_a_backbone_does_not_know_stays_unknown(self):
        pipe = calibrated("emotion").get_pipe("affect_emotion")
        values = numpy.array([[0.2, math.nan, 0.8, 0.4]])
        known = {"anger": 0.2, "fear": math.nan, "joy": 0.8, "sadness": 0.4}
        scores = pipe._calibration.scores(Scores(values, [{"presence": known}]))
        assert [*scores.details[0]["presence"]] == ["anger", "joy", "sadness"]
        records = [{"value": {"joy": 0.8}, "labels": []}]
        pipe._calibration.tell(scores, records)
        assert "fear" not in records[0]["set"]


class TestDistribution:
    def test_what_was_too_sharp_is_flatter(self):
        before = record(pipeline("client_talk"), "0.8000 0.1000 0.1000", "client_talk")
        nlp = calibrated("client_talk")
        found = record(nlp, "0.8000 0.1000 0.1000", "client_talk")
        temperature = nlp.get_pipe("affect_client_talk").model.attrs["calibration"]["distribution"]
        assert temperature["temperature"] == pytest.approx(2.0, abs=0.4)
        assert before.label == found.label == "change"
        assert found.value["change"] < before.value["change"]
        assert sum(found.value.values()) == pytest.approx(1.0)
        assert 0.4 < found.confidence < 0.9
        assert "change" in found.set

    def test_change_and_sustain_are_opposites(self):
        nlp = calibrated("client_talk")
        found = record(nlp, "0.4800 0.0400 0.4800", "client_talk")
        assert {"change", "sustain"} <= {*found.set}
        assert found.abstain
        assert not record(nlp, "0.9980 0.0010 0.0010", "client_talk").abstain

    def test_sets_hold_what_is_there(self):
        nlp = calibrated("client_talk")
        scores = nlp.evaluate(examples(nlp, talking(2000, seed=1)))
        assert scores["affect_client_talk_coverage"] == pytest.approx(LEVEL, abs=0.04)
        assert scores["affect_client_talk_ece"] < 0.08


@pytest.mark.parametrize("task", GOLD)
class TestKeeping:
    def texts(self, task):
        return [text for text, _ in GOLD[task](60, seed=2)] + ["", " \n"]

    def records(self, nlp, task, docs):
        return [doc._.affect[task].to_dict() for doc in docs]

    def test_alone_and_in_any_batch(self, task):
        nlp = calibrated(task)
        texts = self.texts(task)
        alone = self.records(nlp, task, map(nlp, texts))
        for size in (1, 7, 128):
            assert self.records(nlp, task, nlp.pipe(texts, batch_size=size)) == alone
        assert len({*alone[-1]} & {"set", "interval", "abstain"}) == 3
        assert (alone[-1]["set"], alone[-1]["interval"], alone[-1]["value"]) == (None, None, None)
        assert {*alone[0]} == {*alone[-1]}
        json.dumps(alone, allow_nan=False)

    def test_stored_and_loaded(self, task, tmp_path):
        nlp = calibrated(task)
        texts = self.texts(task)
        wanted = self.records(nlp, task, map(nlp, texts))
        nlp.to_disk(tmp_path)
        copies = {
            "disk": spacy.load(tmp_path),
            "bytes": load_model_from_config(nlp.config).from_bytes(nlp.to_bytes()),
            "pickle": pickle.loads(pickle.dumps(nlp)),
        }
        for way, copy in copies.items():
            assert self.records(copy, task, map(copy, texts)) == wanted, way

    def test_docs_are_stored(self, task):
        nlp = calibrated(task)
        docs = [nlp(text) for text in self.texts(task)]
        wanted = self.records(nlp, task, docs)
        stored = DocBin(docs=docs, store_user_data=True).to_bytes()
        assert self.records(nlp, task, DocBin().from_bytes(stored).get_docs(nlp.vocab)) == wanted
        again = [Doc(nlp.vocab).from_bytes(doc.to_bytes()) for doc in docs]
        assert self.records(nlp, task, again) == wanted

    def test_what_a_model_brings_along_is_adopted(self, task):
        nlp = calibrated(task)
        pipe = nlp.get_pipe(f"affect_{task}")
        again = AffectPipe(
            nlp.vocab,
            pipe.model,
            make_task(task, **{"scheme": "semeval4"} if task == "emotion" else {}),
        )
        assert again.task.calibrated == pipe.task.calibrated != ()
        assert [*again.task.thresholds.items()] == [*pipe.task.thresholds.items()]

    def test_calibrating_again_is_not_on_top(self, task):
        nlp = calibrated(task)
        pipe = nlp.get_pipe(f"affect_{task}")
        before = dict(pipe.model.attrs["calibration"])
        assert pipe.calibrate(examples(nlp, GOLD[task]())) == before


class TestSettings:
    def test_level_is_a_setting_and_not_what_was_fitted(self):
        nlp = calibrated()
        pipe = nlp.get_pipe("affect_polarity")
        low = record(nlp, "0.0000").interval[0]
        pipe.level = 0.5
        assert low < record(nlp, "0.0000").interval[0] < 0
        pipe.calibrate(examples(nlp, polar()), level=0.9)
        assert pipe.level == 0.9
        assert record(nlp, "0.0000").interval[0] == low

    @pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 90.0])
    def test_a_level_must_lie_between_0_and_1(self, level):
        with pytest.raises(AffectError, match="AF010: level"):
            pipeline(level=level)

    def test_every_factory_has_it(self):
        nlp = spacy.blank("en")
        names = [path.stem for path in DEFAULTS.glob("*.cfg")]
        assert len(names) == 8
        for name in names:
            assert nlp.get_factory_meta(name).default_config["level"] == LEVEL

    def test_a_level_beyond_what_the_texts_tell_excludes_nothing(self):
        nlp = pipeline(level=0.99)
        nlp.get_pipe("affect_polarity").calibrate(examples(nlp, polar(80)))
        found = record(nlp, "0.9000")
        assert found.interval == [-1.0, 1.0]
        assert found.set == ["negative", "neutral", "positive"]


class TestUnits:
    def test_units_are_calibrated_and_what_they_make_together_is_not(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("sentencizer")
        nlp.add_pipe("affect_polarity", config={"model": model("polarity"), "unit": "sents"})
        pipe = nlp.get_pipe("affect_polarity")
        plain = spacy.blank("en")
        rows = polar()
        found = []
        for text, gold in rows:
            made = example(plain, f"{text} .", gold)
            nlp.get_pipe("sentencizer")(made.predicted)
            found.append(made)
        assert pipe.calibrate(found)
        doc = nlp("0.9000 . 0.1000 .")
        first, second = (sent._.affect.polarity for sent in doc.sents)
        assert first.interval
        assert first.set == ["positive"]
        assert second.confidence < first.confidence
        whole = doc._.affect.polarity
        assert (whole.interval, whole.set, whole.confidence) == (None, None, None)
        assert whole.abstain is False


class TestTraining:
    SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}

    def trained(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("affect_emotion", config={"model": self.SPARSE, "scheme": "semeval4"})
        words = ("sunny", "table")
        found = [
            example(nlp, f"{words[i % 2]} {i % 7}", {"emotion": {"labels": {"joy": (i + 1) % 2}}})
            for i in range(60)
        ]
        nlp.initialize(lambda: found)
        for _ in range(3):
            nlp.update(found)
        return nlp, found

    def test_training_anew_drops_it(self):
        nlp, found = self.trained()
        pipe = nlp.get_pipe("affect_emotion")
        assert [*pipe.calibrate(found)["presence"]["maps"]] == ["joy"]
        assert record(nlp, "sunny", "emotion").set == ["joy"]
        nlp.initialize(lambda: found)
        assert "calibration" not in pipe.model.attrs
        assert "set" not in record(nlp, "sunny", "emotion").details

    def test_explanations_still_sum(self):
        nlp, found = self.trained()
        nlp.get_pipe("affect_emotion").calibrate(found)
        doc = nlp("sunny 3")
        why = doc._.affect.explain("emotion", label="joy")
        assert why.value == doc._.affect_emotion["joy"]
        assert sum(why.contributions) == pytest.approx(why.value - why.baseline)
