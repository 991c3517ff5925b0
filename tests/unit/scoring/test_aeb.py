"""The affective evaluation benchmark: names, gold and rules of its fourteen tasks."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import spacy
from spacy.language import Language

from spacy_affect import AffectError
from spacy_affect.api import Task, get_scheme
from spacy_affect.extensions import install, write
from spacy_affect.scoring import aeb, metrics
from spacy_affect.scoring.aeb_rows import TASKS, read_rows, task_of
from spacy_affect.scoring.evaluation import Options, Side
from spacy_affect.types import Record

OPTIONS = Options(n_boot=20)


class Emotion(Task):
    name = "emotion"
    many = True

    def __init__(self, scheme):
        self.scheme = get_scheme(scheme)


class Polarity(Task):
    name = "polarity"
    low = -1.0
    scheme = get_scheme("polarity")


class Vad(Task):
    name = "vad"
    low = -1.0
    many = True
    scheme = get_scheme("vad")


@Language.component("aeb_test_speaker")
def speaker(doc):
    """Texts of these tests are what is predicted: {component: record}."""
    for key, found in json.loads(doc.text).items():
        install(key)
        record = Record(found.get("value"), found.get("label"), found.get("labels", []))
        write([doc], key, [record.to_dict()])
    return doc


def side(*tasks):
    nlp = spacy.blank("en")
    nlp.add_pipe("aeb_test_speaker")
    components = [
        SimpleNamespace(key=f"affect_{task.name}", task=task, gold=task.name, unit="doc")
        for task in tasks
    ]
    return Side(nlp, components)


def emotion(labels=(), **intensities):
    return json.dumps({"affect_emotion": {"value": intensities, "labels": list(labels)}})


def polarity(value, label=None):
    return json.dumps({"affect_polarity": {"value": value, "label": label}})


@pytest.fixture
def folder(tmp_path):
    def write_rows(*rows):
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n")
        return tmp_path

    return write_rows


def test_there_are_fourteen():
    assert len(TASKS) == len(aeb.TESTS) == 14
    assert tuple(aeb.TESTS) == TASKS


@pytest.mark.parametrize(
    ("task", "source", "name"),
    [
        ("EI-reg", "", "EI-reg"),
        ("ei_oc", "", "EI-oc"),
        ("EI-reg-anger", "", "EI-reg"),
        ("EI-oc En joy", "", "EI-oc"),
        ("Valence regression", "", "V-reg"),
        ("VOC", "", "V-oc"),
        ("E-c", "", "E-c"),
        ("Amazon", "", "product"),
        ("product snippets", "", "product"),
        ("movie reviews", "", "film"),
        ("film", "", "film"),
        ("NYT editorials", "", "news"),
        ("valence of news snippets", "", "news"),
        ("tweets", "", "tweet"),
        ("snippets", "movie", "film"),
        ("Valence", "amazon reviews", "product"),
        ("vader", "nyt_editorials", "news"),
        ("snippets", "", None),
        ("snippets", "emails", None),
        ("EmoBank", "", "EmoBank"),
        ("emobank-V", "", "EmoBank"),
        ("SST", "", "SST"),
        ("SST real-valued", "", "SST"),
        ("sst5", "", "SST-5"),
        ("SST 5-class", "", "SST-5"),
        ("TDT", "", "TDT"),
        ("3-class entity tweets", "", "TDT"),
        ("entity tweets", "twitter", "TDT"),
        ("GoEmotions", "", "GoEmotions"),
        ("goemotions_ekman", "", "GoEmotions"),
        ("humour", "", None),
        ("", "", None),
        (None, "movie", None),
        (7, "", None),
    ],
)
def test_names(task, source, name):
    assert task_of({"task": task, "source": source}) == name


class TestRows:
    @pytest.mark.parametrize(
        ("row", "gold"),
        [
            ({"task": "EI-reg", "gold": 0.25, "emotion": "Joy"}, 0.25),
            ({"task": "EI-oc-fear", "gold": "2: moderate amount of fear can be inferred"}, 2.0),
            ({"task": "V-oc", "gold": -3}, -3.0),
            ({"task": "V-oc", "gold": "-1: slightly negative"}, -1.0),
            ({"task": "E-c", "gold": ["joy", "love"]}, {"joy", "love"}),
            ({"task": "E-c", "gold": "anger, disgust"}, {"anger", "disgust"}),
            ({"task": "E-c", "gold": {"anger": 1, "joy": 0}}, {"anger"}),
            ({"task": "E-c", "gold": [1, *[0] * 9, 1]}, {"anger", "trust"}),
            ({"task": "E-c", "gold": "neutral or no emotion"}, set()),
            ({"task": "E-c", "gold": []}, set()),
            ({"task": "tweet", "gold": "-2.5"}, -2.5),
            ({"task": "EmoBank", "gold": 3.1, "dimension": "V"}, {"valence": 3.1}),
            ({"task": "EmoBank arousal", "gold": 3.1}, {"arousal": 3.1}),
            ({"task": "EmoBank", "gold": {"V": 1, "dom": 2}}, {"valence": 1.0, "dominance": 2.0}),
            ({"task": "SST-5", "gold": "very positive"}, "4"),
            ({"task": "SST-5", "gold": 1}, "1"),
            ({"task": "TDT", "gold": -1}, "negative"),
            ({"task": "TDT", "gold": "Neutral"}, "neutral"),
            ({"task": "GoEmotions", "gold": "joy"}, {"joy"}),
            ({"task": "GoEmotions", "gold": ["neutral"]}, {"neutral"}),
            ({"task": "GoEmotions", "gold": []}, {"neutral"}),
        ],
    )
    def test_gold(self, folder, row, gold):
        [found] = read_rows(folder({"text": "a", **row}), False, [])
        assert found.gold == gold

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("{", "no JSON"),
            ("[1]", "no JSON object"),
            ({"task": "V-reg", "gold": 1}, "'text' is missing"),
            ({"task": "V-reg", "text": "a"}, "'gold' is missing"),
            ({"text": "a", "gold": 1}, "'task' is missing"),
            ({"task": "V-reg", "text": None, "gold": 1}, "no text"),
            ({"task": "V-reg", "text": "a", "gold": 1.5}, r"no number in \[0, 1\]"),
            ({"task": "V-reg", "text": "a", "gold": True}, "no number"),
            ({"task": "V-reg", "text": "a", "gold": None}, "no number"),
            ({"task": "V-oc", "text": "a", "gold": 0.5}, "no whole number"),
            ({"task": "tweet", "text": "a", "gold": 5}, r"no number in \[-4, 4\]"),
            ({"task": "SST", "text": "a", "gold": "nan"}, "no number"),
            ({"task": "EI-reg", "text": "a", "gold": 0.5}, "emotion is None"),
            ({"task": "EI-reg", "text": "a", "gold": 0.5, "emotion": "awe"}, "emotion is 'awe'"),
            ({"task": "EmoBank", "text": "a", "gold": 3}, "dimension is ''"),
            ({"task": "EmoBank", "text": "a", "gold": {}}, "no dimension"),
            ({"task": "E-c", "text": "a", "gold": ["awe"]}, "names 'awe'"),
            ({"task": "E-c", "text": "a", "gold": 1}, "no list of labels"),
            ({"task": "SST-5", "text": "a", "gold": 5}, "no number"),
            ({"task": "TDT", "text": "a", "gold": "mixed"}, "gold is 'mixed'"),
        ],
    )
    def test_malformed(self, folder, row, reason):
        good = {"task": "V-reg", "text": "a", "gold": 0.5}
        path = folder(good, row)
        with pytest.raises(AffectError, match=rf"AF085.*rows\.jsonl, line 2: .*{reason}"):
            read_rows(path, False, [])
        notes = []
        assert len(read_rows(path, True, notes)) == 1
        assert "1 malformed rows left out" in notes[0]

    def test_unknown_tasks_are_listed(self, folder):
        odd = {"task": "humour", "text": "a", "gold": 1}
        notes = []
        read_rows(folder({"task": "V-reg", "text": "a", "gold": 0.5}, odd, odd), False, notes)
        assert notes == ["rows of no task of the benchmark were left out: 'humour' (2)"]

    def test_no_rows_and_no_folder(self, folder, tmp_path):
        with pytest.raises(AffectError, match=r"AF084.*EI-reg"):
            read_rows(folder({"task": "humour", "text": "a", "gold": 1}), False, [])
        with pytest.raises(AffectError, match="AF030"):
            read_rows(tmp_path / "none", False, [])


class TestRules:
    @pytest.mark.parametrize(
        ("number", "step"),
        [(-1, -3), (-0.5, -1), (-0.2, -1), (-0.16, 0), (0.17, 1), (0.5, 2), (1, 3)],
    )
    def test_rounded(self, number, step):
        assert aeb.rounded(number) == step

    @pytest.mark.parametrize(
        ("number", "five"), [(-1, "0"), (-0.61, "0"), (-0.6, "1"), (0, "2"), (0.2, "3"), (1, "4")]
    )
    def test_fifth(self, number, five):
        assert aeb.fifth(number) == five

    def test_three_way(self):
        assert aeb.three_way(Record(0.9, "negative")) == "negative"
        values = (-0.34, -0.33, 0.33, 0.34)
        found = [aeb.three_way(Record({"valence": value})) for value in values]
        assert found == ["negative", "neutral", "neutral", "positive"]
        assert aeb.three_way(Record(0.5, "mixed")) == "positive"
        assert aeb.three_way(Record()) == "neutral"


def scored(report, name):
    """RETURNS: component -> metric -> value."""
    return {
        key: {metric: found.value for metric, found in scored.metrics.items()}
        for key, scored in report.scores[name].items()
    }


class TestJudging:
    def test_intensity_is_the_mean_of_the_emotions(self, folder):
        gold = {"joy": [0.1, 0.6, 0.9], "fear": [0.2, 0.3, 0.8]}
        said = {"joy": [0.2, 0.5, 0.6], "fear": [0.9, 0.3, 0.1]}
        rows = [
            {"task": "EI-reg", "emotion": name, "gold": g, "text": emotion(**{name: p})}
            for name in gold
            for g, p in zip(gold[name], said[name], strict=True)
        ]
        report = aeb.evaluate(side(Emotion("ec11")), folder(*rows), OPTIONS)
        found = scored(report, "EI-reg")["affect_emotion"]
        each = {name: metrics.pearson(gold[name], said[name]) for name in gold}
        assert found["pearson_joy"] == pytest.approx(each["joy"])
        assert found["pearson_fear"] == pytest.approx(each["fear"])
        assert found["pearson"] == pytest.approx(sum(each.values()) / 2)

    def test_ordinal_classes(self, folder):
        rows = [
            {"task": "EI-oc", "emotion": "joy", "gold": g, "text": emotion(joy=p)}
            for g, p in [(0, 0.1), (1, 0.5), (2, 0.6), (3, 0.9)]
        ]
        rows += [
            {"task": "V-oc", "gold": g, "text": polarity(p)}
            for g, p in [(-3, -0.9), (0, 0.2), (2, 0.7)]
        ]
        report = aeb.evaluate(side(Emotion("semeval4"), Polarity()), folder(*rows), OPTIONS)
        found = scored(report, "EI-oc")["affect_emotion"]
        assert found["pearson"] == pytest.approx(metrics.pearson([0, 1, 2, 3], [0, 2, 2, 3]))
        kappa = metrics.quadratic_kappa([0, 1, 2, 3], [0, 2, 2, 3])
        assert found["quadratic_kappa"] == pytest.approx(kappa)
        found = scored(report, "V-oc")["affect_polarity"]
        assert found["quadratic_kappa"] == pytest.approx(
            metrics.quadratic_kappa([-3, 0, 2], [-3, 1, 2])
        )

    def test_labels(self, folder):
        rows = [
            {"task": "E-c", "gold": ["joy", "love"], "text": emotion(["joy"])},
            {"task": "E-c", "gold": [], "text": emotion([])},
        ]
        report = aeb.evaluate(side(Emotion("ec11")), folder(*rows), OPTIONS)
        found = scored(report, "E-c")["affect_emotion"]
        assert found == pytest.approx({"jaccard": 0.75, "micro_f1": 2 / 3, "macro_f1": 1 / 11})
        report = aeb.evaluate(side(Emotion("ekman")), folder(*rows), OPTIONS)
        assert report.scores["E-c"] == {}
        assert "E-c: missing, it needs affect_emotion with the scheme ec11" in report.notes

    def test_emotions_are_mapped_to_ekmans(self, folder):
        rows = [
            {"task": "GoEmotions", "gold": ["joy"], "text": emotion(["amusement", "love"], x=1)},
            {"task": "GoEmotions", "gold": ["neutral"], "text": emotion([], x=2)},
            {"task": "GoEmotions", "gold": ["anger"], "text": emotion([], x=3)},
        ]
        report = aeb.evaluate(side(Emotion("goemotions")), folder(*rows), OPTIONS)
        found = scored(report, "GoEmotions")["affect_emotion"]
        assert found["jaccard"] == pytest.approx(2 / 3)
        assert found["macro_f1"] == pytest.approx((1 + 0 + 2 / 3) / 7)  # six and neutral
        assert "GoEmotions: missing" not in " ".join(report.notes)

    def test_without_neutral_in_the_gold_there_are_six(self, folder):
        rows = [{"task": "GoEmotions", "gold": ["joy"], "text": emotion(["joy"])}]
        report = aeb.evaluate(side(Emotion("ekman")), folder(*rows), OPTIONS)
        assert scored(report, "GoEmotions")["affect_emotion"]["macro_f1"] == pytest.approx(1 / 6)

    def test_dimensions(self, folder):
        said = [(0.1, 0.9), (0.2, 0.5), (0.7, 0.4)]
        rows = []
        for i, (v, a) in enumerate(said):
            value = {"valence": v, "arousal": a, "dominance": 0.0}
            text = json.dumps({"affect_vad": {"value": value}, "affect_polarity": {"value": v}})
            rows += [
                {"task": "EmoBank", "dimension": "V", "gold": 1 + v, "text": text},
                {"task": "EmoBank", "dimension": "arousal", "gold": i + 1, "text": text},
            ]
        report = aeb.evaluate(side(Vad(), Polarity()), folder(*rows), OPTIONS)
        found = scored(report, "EmoBank")
        arousal = metrics.pearson([1, 2, 3], [0.9, 0.5, 0.4])
        assert found["affect_vad"] == pytest.approx(
            {"pearson": (1 + arousal) / 2, "pearson_valence": 1, "pearson_arousal": arousal}
        )
        assert found["affect_polarity"] == pytest.approx({"pearson": 1, "pearson_valence": 1})
        assert report.scores["EmoBank"]["affect_vad"].n_texts == 3

    def test_classes_and_numbers_of_valence(self, folder):
        rows = [
            {"task": "SST-5", "gold": 4, "text": polarity(0.9)},
            {"task": "SST-5", "gold": 0, "text": polarity(-0.1)},
            {"task": "TDT", "gold": "positive", "text": polarity(0.0, "positive")},
            {"task": "TDT", "gold": "negative", "text": polarity(-0.9, "neutral")},
            *({"task": "tweet", "gold": g, "text": polarity(g / 4)} for g in (-4, 1, 2)),
            *({"task": "V-reg", "gold": g, "text": polarity(2 * g - 1)} for g in (0, 0.5, 1)),
            *({"task": "SST", "gold": g, "text": polarity(g)} for g in (0.1, 0.5, 0.7)),
        ]
        report = aeb.evaluate(side(Polarity()), folder(*rows), OPTIONS)
        key = "affect_polarity"
        assert scored(report, "SST-5")[key] == {"macro_f1": 0.5, "accuracy": 0.5}
        assert scored(report, "TDT")[key]["average_recall"] == 0.5
        assert scored(report, "tweet")[key] == {"pearson": pytest.approx(1.0)}
        assert scored(report, "V-reg")[key] == pytest.approx({"pearson": 1.0, "pearson_high": 1.0})
        assert scored(report, "SST")[key] == {"pearson": pytest.approx(1.0)}
        missing = [note.split(":")[0] for note in report.notes if "holds no row of it" in note]
        assert missing == [
            "EI-reg",
            "EI-oc",
            "V-oc",
            "E-c",
            "product",
            "film",
            "news",
            "EmoBank",
            "GoEmotions",
        ]
        assert list(report.scores) == list(TASKS)

    def test_compared_and_limited(self, folder):
        rows = [
            {"task": "tweet", "gold": g, "text": polarity(g / 4 + d)}
            for g, d in [(-4, 0.0), (-1, 0.2), (1, -0.3), (3, 0.1)]
        ]
        this = side(Polarity())
        report = aeb.evaluate(this, folder(*rows), OPTIONS, side(Polarity()))
        found = report.scores["tweet"]["affect_polarity"].compared["pearson"]
        assert (found.difference, found.low, found.high, found.better) == (0, 0, 0, 0)
        report = aeb.evaluate(this, folder(*rows), Options(limit=2, n_boot=0))
        assert report.scores["tweet"]["affect_polarity"].n_texts == 2
