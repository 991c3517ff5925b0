"""`spacy-affect evaluate`: scores, intervals and comparisons, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from thinc.api import Adam, fix_random_seed

from spacy_affect.api import Task, get_scheme, set_gold
from spacy_affect.cli import main
from spacy_affect.corpora.reader import bare, make_corpus_v1
from spacy_affect.corpora.reader import read as read_rows
from spacy_affect.corpora.writing import write as write_rows
from spacy_affect.dialogue import make_doc
from spacy_affect.extensions import install, write
from spacy_affect.scoring.evaluation import Options, Side, evaluate
from spacy_affect.scoring.metrics import mean_absolute_error, pearson
from spacy_affect.scoring.scorers import iter_pairs

pytest.importorskip("vaderSentiment")

TEXTS = {
    "I love it": 0.9,
    "I hate it": -0.8,
    "It is a table": 0.1,
    "great and wonderful": 0.7,
    "so sad and bad": -0.6,
    "The train leaves": 0.0,
}
CONFIG = """
[nlp]
lang = "en"
pipeline = {pipes}

[components]
"""


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command in tmp_path. RETURNS: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(["evaluate", *map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


def by_vader():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity", config={"model": {"@architectures": "spacy_affect.Vader.v1"}})
    return nlp


@pytest.fixture
def vader(tmp_path):
    by_vader().to_disk(tmp_path / "vader")
    return "vader"


@pytest.fixture
def afinn(tmp_path):
    pytest.importorskip("spacy_affect_afinn")
    path = tmp_path / "afinn.cfg"
    path.write_text(
        CONFIG.format(pipes='["affect_polarity"]')
        + '[components.affect_polarity]\nfactory = "affect_polarity"\n'
        + '[components.affect_polarity.model]\n@affect_backbones = "afinn"\n'
    )
    return path.name


@pytest.fixture
def rows(tmp_path):
    """Three copies of the texts, so that no resample is likely to lack one side."""
    path = tmp_path / "rows.jsonl"
    lines = [
        {"text": f"{text} {i}", "gold": {"polarity": {"value": value, "labels": sign(value)}}}
        for i in range(3)
        for text, value in TEXTS.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path.name


def sign(value):
    return "positive" if value > 0.3 else "negative" if value < -0.3 else "neutral"


def report(out):
    return json.loads(out)


def test_json_holds_value_low_and_high(run, vader, rows):
    code, out, err = run(vader, rows, "--json", "--n-boot", 100)
    assert (code, err) == (0, "")
    found = report(out)
    assert list(found) == [rows]
    assert list(found[rows]) == ["affect_polarity"]
    measured = found[rows]["affect_polarity"]
    assert set(measured) == {
        *("pearson", "spearman", "mae", "rmse", "ccc"),
        *("accuracy", "macro_f1", "weighted_f1", "average_recall", "quadratic_kappa"),
    }
    nlp = by_vader()
    gold = [value for _ in range(3) for value in TEXTS.values()]
    pred = [nlp(f"{text} {i}")._.affect_polarity for i in range(3) for text in TEXTS]
    assert measured["pearson"]["value"] == pytest.approx(pearson(gold, pred))
    assert measured["mae"]["value"] == pytest.approx(mean_absolute_error(gold, pred))
    for cells in measured.values():
        assert set(cells) == {"value", "low", "high"}
        assert cells["low"] <= cells["value"] <= cells["high"]


def test_the_same_as_nlp_evaluate(run, vader, rows, tmp_path):
    _, out, _ = run(vader, rows, "--json", "--n-boot", 0)
    nlp = spacy.load(tmp_path / vader)
    examples = []
    for line in (tmp_path / rows).read_text().splitlines():
        row = json.loads(line)
        doc = nlp.make_doc(row["text"])
        set_gold(doc, "polarity", **row["gold"]["polarity"])
        examples.append(spacy.training.Example(nlp.make_doc(row["text"]), doc))
    scores = nlp.evaluate(examples)
    for name, cells in report(out)[rows]["affect_polarity"].items():
        assert cells["value"] == pytest.approx(scores[f"affect_polarity_{name}"])
        assert (cells["low"], cells["high"]) == (None, None)


def test_the_seed_decides(run, vader, rows):
    first, again, other = (
        run(vader, rows, "--json", "--n-boot", 50, "--seed", seed)[1] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_the_table(run, vader, rows):
    code, out, _ = run(vader, rows, "--n-boot", 50)
    assert code == 0
    head, *lines = out.splitlines()
    assert head.split("  ")[0] == "source"
    assert "95 % interval" in head
    [line] = [line for line in lines if " pearson " in line]
    cells = line.split()
    assert cells[:4] == [rows, "affect_polarity", "18", "pearson"]
    assert cells[6] == "to"


def test_several_sources_and_one_without_gold(run, vader, rows, tmp_path):
    other = {"text": "I love it", "gold": {"emotion": {"joy": 0.5}}}
    (tmp_path / "other.jsonl").write_text(json.dumps(other) + "\n")
    code, out, err = run(vader, rows, "other.jsonl", "--json", "--n-boot", 20)
    assert code == 0
    found = report(out)
    assert list(found) == [rows, "other.jsonl"]
    assert found["other.jsonl"] == {}
    assert "other.jsonl: no gold that affect_polarity can be scored on; it has: emotion" in err
    _, out, _ = run(vader, rows, "other.jsonl", "--n-boot", 20)
    assert "Note: other.jsonl: no gold" in out


def test_docs_with_gold_of_their_sentences(run, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("affect_polarity", config={"unit": "sents"})
    nlp.to_disk(tmp_path / "sents")
    doc = nlp.make_doc("I love it. I hate it. It is a table.")
    for start, value in ((0, 0.5), (4, -0.5), (8, 0.0)):
        set_gold(doc, "polarity", value, span=doc[start : start + 4 + (start == 8)])
    DocBin(docs=[doc]).to_disk(tmp_path / "docs.spacy")
    _, out, _ = run("sents", "docs.spacy", "--json", "--n-boot", 20)
    measured = report(out)["docs.spacy"]["affect_polarity"]
    assert measured["pearson"]["value"] > 0.99
    # all three are of one text, which every resample holds
    assert measured["pearson"]["low"] == pytest.approx(measured["pearson"]["high"])


def test_registered_sources_by_name(run, vader, tmp_path):
    folder = tmp_path / "sst"
    folder.mkdir()
    lines = ["4 a great film", "0 an awful film", "2 a film", "3 a good film"]
    (folder / "stsa.fine.dev").write_text("\n".join(lines) + "\n")
    (folder / "stsa.fine.train").write_text("1 a bad film\n")
    _, out, err = run(vader, f"sst:{folder}", "--json", "--split", "dev", "--n-boot", 20)
    assert list(report(out)) == ["sst"]
    assert err == ""
    _, out, _ = run(vader, f"sst:{folder}", "--split", "dev", "--n-boot", 20)
    assert " 4 " in next(line for line in out.splitlines() if " pearson " in line)
    _, out, err = run(vader, f"sst:{folder}", f"sst:{folder}/stsa.fine.dev", "--json")
    assert list(report(out)) == [f"sst:{folder}", f"sst:{folder}/stsa.fine.dev"]
    assert "was read; --split" in err


class TestComparison:
    def test_with_itself(self, run, vader, rows):
        _, out, _ = run(vader, rows, "--compare", vader, "--json", "--n-boot", 50)
        for cells in report(out)[rows]["affect_polarity"].values():
            assert cells["difference"] == 0.0
            assert (cells["difference_low"], cells["difference_high"]) == (0.0, 0.0)
            assert cells["better"] == 0.0

    def test_with_another(self, run, vader, afinn, rows):
        _, out, _ = run(vader, rows, "--compare", afinn, "--json", "--n-boot", 50)
        this = report(out)[rows]["affect_polarity"]
        that = report(run(afinn, rows, "--json", "--n-boot", 0)[1])[rows]["affect_polarity"]
        for name, cells in this.items():
            assert cells["difference"] == pytest.approx(that[name]["value"] - cells["value"])
            assert 0.0 <= cells["better"] <= 1.0

    def test_two_pipelines_before_the_source(self, run, vader, afinn, rows):
        args = ("--json", "--n-boot", 20)
        assert run(vader, afinn, rows, *args) == run(vader, rows, "--compare", afinn, *args)
        _, out, _ = run(vader, afinn, rows, "--n-boot", 20)
        assert "better in" in out.splitlines()[0]

    def test_nothing_to_compare(self, run, vader, rows, tmp_path):
        pytest.importorskip("textblob")
        nlp = spacy.blank("en")
        nlp.add_pipe("affect_subjectivity")
        nlp.to_disk(tmp_path / "other")
        code, out, err = run(vader, rows, "--compare", "other", "--json", "--n-boot", 20)
        assert code == 0
        assert "nothing to compare affect_polarity with" in err
        assert "difference" not in out
        _, out, _ = run(vader, rows, "--compare", "other", "--n-boot", 20)
        assert out.splitlines()[1].endswith("-")


def test_one_task_of_several(run, rows, tmp_path):
    pytest.importorskip("textblob")
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_subjectivity")
    nlp.add_pipe("affect_polarity", name="tone")
    nlp.to_disk(tmp_path / "both")
    for name in ("polarity", "tone"):
        code, out, err = run("both", rows, "--task", name, "--json", "--n-boot", 0)
        assert (code, err) == (0, "")
        assert list(report(out)[rows]) == ["tone"]
    code, _, err = run("both", rows, "--task", "emotion")
    assert code == 1
    assert "AF083" in err
    assert "polarity, subjectivity" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("vader",), "give either sources or --suite"),
        (("vader", "rows.jsonl", "--suite", "aeb", "--data", "."), "give either sources"),
        (("vader", "--suite", "aeb"), "--suite aeb needs --data"),
        (("vader", "rows.jsonl", "--data", "."), "--data goes with --suite"),
        (("vader", "--suite", "behaviour", "--data", "."), "--suite behaviour takes no --data"),
        (("vader", "rows.jsonl", "--failures", 3), "--failures goes with --suite behaviour"),
        (("vader", "--suite", "behaviour", "--task", "emotion"), "AF083"),
        (("vader", "none.jsonl"), "AF030"),
        (("vader", "sst"), "AF082"),
        (("vader", "sst:none"), "AF030"),
        (("vader", "ssst:none"), 'AF014: no corpus "ssst"'),
        (("none", "rows.jsonl"), "AF039"),
    ],
)
def test_wrong_usage_is_one_line(run, vader, rows, args, said):
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_malformed_rows(run, vader, rows, tmp_path):
    with (tmp_path / rows).open("a") as file:
        file.write("{\n")
    code, _, err = run(vader, rows)
    assert code == 1
    assert "line 19" in err
    code, out, err = run(vader, rows, "--skip-bad", "--json", "--n-boot", 0)
    assert code == 0
    assert "1 malformed rows left out" in err
    assert "pearson" in report(out)[rows]["affect_polarity"]


def test_the_suite(run, vader, tmp_path):
    folder = tmp_path / "aeb"
    folder.mkdir()
    lines = [
        {"task": "V-reg", "text": text, "gold": (value + 1) / 2} for text, value in TEXTS.items()
    ]
    lines += [{"task": "TDT", "text": text, "gold": sign(value)} for text, value in TEXTS.items()]
    lines += [{"task": "EI-reg", "emotion": "joy", "text": "I love it", "gold": 0.9}]
    (folder / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    suite = ("--suite", "aeb", "--data", folder, "--n-boot", 20)
    code, out, err = run(vader, *suite, "--json")
    assert code == 0
    found = report(out)
    assert len(found) == 14
    assert set(found["V-reg"]["affect_polarity"]) == {"pearson", "pearson_high"}
    assert found["TDT"]["affect_polarity"]["macro_f1"]["value"] > 0.5
    assert found["EI-reg"] == found["SST"] == {}
    assert "EI-reg: missing, it needs affect_emotion" in err
    assert f"SST: missing, {folder} holds no row of it" in err
    code, out, _ = run(vader, *suite, "--compare", vader)
    assert code == 0
    assert "+0.000" in out


# ---- Schemes ----


class Emotion(Task):
    name = "emotion"
    many = True

    def __init__(self, scheme):
        self.scheme = get_scheme(scheme)


@Language.component("evaluate_test_emotion")
def glad(doc):
    install("affect_emotion")
    found = ["joy"] if "glad" in doc.text else []
    known = dict.fromkeys(get_scheme("ec11").labels, 0.0)
    value = {**known, "joy": 0.9 if found else 0.1, "anger": 0.2}
    write([doc], "affect_emotion", [{"value": value, "label": None, "labels": found}])
    return doc


@pytest.fixture
def goemotions(tmp_path):
    # 1 amusement, 2 anger, 27 neutral
    (tmp_path / "dev.tsv").write_text("glad\t1\ta\nI am glad\t1,2\tb\nwell\t27\tc\n")
    return f"goemotions:{tmp_path}"


def emotions(scheme):
    nlp = spacy.blank("en")
    nlp.add_pipe("evaluate_test_emotion")
    component = SimpleNamespace(
        key="affect_emotion", task=Emotion(scheme), gold="emotion", unit="doc"
    )
    return Side(nlp, [component])


def test_gold_is_mapped_into_the_components_scheme(goemotions):
    report = evaluate(emotions("ekman"), [goemotions], Options(split="dev", n_boot=0))
    found = report.scores["goemotions"]["affect_emotion"]
    assert found.n_texts == 3
    assert found.metrics["jaccard"].value == pytest.approx((1 + 1 / 2 + 1) / 3)
    assert report.notes == [
        "goemotions: the gold of affect_emotion is mapped from goemotions to ekman"
    ]


def test_labels_that_are_never_scored_are_left_out(tmp_path):
    """Ready-made weights do not know all labels of their scheme: these are not wrong but absent."""
    row = {"text": "I am so happy!", "gold": {"emotion": {"labels": {"joy": 1, "pessimism": 1}}}}
    (tmp_path / "gold.jsonl").write_text(json.dumps(row) + "\n")
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_emotion")
    side = Side(nlp, [nlp.get_pipe("affect_emotion")])
    report = evaluate(side, [str(tmp_path / "gold.jsonl")], Options(n_boot=0))
    [found] = report.scores.values()
    assert found["affect_emotion"].metrics["jaccard"].value == 1.0
    assert any("it does not have pessimism" in note for note in report.notes)


def test_without_a_mapping_the_labels_in_common_count(goemotions):
    report = evaluate(emotions("ec11"), [goemotions], Options(split="dev", n_boot=0))
    found = report.scores["goemotions"]["affect_emotion"]
    # joy, anger, ... are in both; amusement is not, so joy is never right
    assert found.metrics["jaccard"].value == pytest.approx((0 + 0 + 1) / 3)
    [note] = report.notes
    assert "affect_emotion is scored on anger, disgust, fear, joy, love, optimism" in note
    assert "it does not have admiration, amusement" in note


def test_schemes_that_differ_are_not_compared(goemotions):
    options = Options(split="dev", n_boot=0)
    report = evaluate(emotions("ekman"), [goemotions], options, emotions("ec11"))
    assert "goemotions: affect_emotion has another scheme there; not compared" in report.notes
    assert report.scores["goemotions"]["affect_emotion"].compared is None


def test_classes_that_cannot_be_said(tmp_path, run, vader):
    rows = [{"text": "I love it", "gold": {"polarity": name}} for name in ("great", "positive")]
    path = tmp_path / "odd.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, out, err = run(vader, "odd.jsonl", "--json", "--n-boot", 0)
    assert report(out)["odd.jsonl"]["affect_polarity"]["accuracy"]["value"] == 0.5
    assert "affect_polarity cannot say great, which counts as wrong" in err
    path.write_text(json.dumps(rows[0]) + "\n")
    _, out, err = run(vader, "odd.jsonl", "--json", "--n-boot", 0)
    assert report(out)["odd.jsonl"] == {}
    assert "affect_polarity has none of great" in err


# ---- Conversations ----

SAMPLE = Path(__file__).parents[2] / "corpora" / "esconv" / "sample.jsonl"
TURNS = {"@architectures": "spacy_affect.SparseTurns.v1", "length": 1024}


def supporter(task="support", steps=0, n=2):
    """RETURNS (Language): Trained on the sample; n (int): on so many of its conversations."""
    nlp = spacy.blank("en")
    model = {**TURNS, "views": ["other", "own"]} if task == "support_next" else TURNS
    nlp.add_pipe(f"affect_{task}", config={"model": model})
    examples = list(make_corpus_v1(SAMPLE, source="esconv")(nlp))
    fix_random_seed(0)
    nlp.initialize(lambda: examples)
    optimizer = Adam(0.02)
    for _ in range(steps):
        nlp.update(examples[:n], sgd=optimizer)
    nlp.get_pipe(f"affect_{task}").model.attrs["trained"] = [1] * 8
    return nlp


@pytest.mark.parametrize("task", ["support", "support_next"])
def test_turns_of_conversations_are_scored(run, tmp_path, task):
    supporter(task, steps=30).to_disk(tmp_path / "trained")
    code, out, err = run("trained", f"esconv:{SAMPLE}", "--json", "--n-boot", 20)
    assert (code, err) == (0, "")
    measured = report(out)["esconv"][f"affect_{task}"]
    assert measured["accuracy"]["value"] == 1.0
    # all eight turns are right, each with another strategy; nothing is preferred
    assert measured["macro_f1"]["value"] == 1.0
    assert measured["preference_bias"]["value"] == 0.0
    labels = get_scheme("esconv8").labels
    assert {name for name in measured if name.startswith("preference_")} == {
        "preference_bias",
        *(f"preference_{label}" for label in labels),
    }
    _, out, _ = run("trained", f"esconv:{SAMPLE}", "--n-boot", 0)
    [line] = [line for line in out.splitlines() if " preference_bias " in line]
    assert line.split()[2] == "2"  # texts


def test_a_preference_shows(run, tmp_path):
    """It says "question" of all eight turns, of which one is: that one takes all preference."""
    nlp = supporter()
    model = nlp.get_pipe("affect_support").model
    first = model.layers[0]
    first.set_param("b", numpy.eye(8, dtype="float32")[0])  # the first strategy is "question"
    nlp.to_disk(tmp_path / "asks")
    _, out, _ = run("asks", f"esconv:{SAMPLE}", "--json", "--n-boot", 0)
    measured = report(out)["esconv"]["affect_support"]
    assert measured["accuracy"]["value"] == pytest.approx(1 / 8)
    # F1 of "question": 2 * (1/8 * 1) / (1/8 + 1) = 2/9
    assert measured["macro_f1"]["value"] == pytest.approx(2 / 9 / 8)
    assert measured["preference_question"]["value"] == pytest.approx(8.0)
    # of (8, 0, ..., 0): sqrt((7 ** 2 + 7 * 1) / 8)
    assert measured["preference_bias"]["value"] == pytest.approx(7**0.5)


def test_turns_are_scored_as_nlp_evaluate_does(run, tmp_path):
    nlp = supporter(steps=9, n=1)
    nlp.to_disk(tmp_path / "trained")
    write_rows(read_rows("esconv", SAMPLE), tmp_path / "talks.jsonl")
    write_rows(read_rows("esconv", SAMPLE), tmp_path / "talks.spacy")
    examples = list(make_corpus_v1(SAMPLE, source="esconv")(nlp))
    scores = nlp.evaluate(examples)
    assert 0 < scores["affect_support_macro_f1"] < 1
    for source in (f"esconv:{SAMPLE}", "talks.jsonl", "talks.spacy"):
        _, out, _ = run("trained", source, "--json", "--n-boot", 0)
        [found] = report(out).values()
        for name, cells in found["affect_support"].items():
            assert cells["value"] == pytest.approx(scores[f"affect_support_{name}"]), name


def talks(*golds, whole=None, task="support"):
    """RETURNS (Side, Doc): A conversation of the seeker and the supporter in turn with gold."""
    nlp = supporter(task)
    turns = [{"text": f"So {i}.", "speaker": ("usr", "sys")[i % 2]} for i in range(len(golds))]
    doc = make_doc(nlp, turns)
    for turn, label in zip(doc.spans["turns"], golds, strict=True):
        if label:
            set_gold(doc, task, labels=label, span=turn)
    if whole:
        set_gold(doc, task, labels=whole)
    key = f"affect_{task}"
    pairs = list(iter_pairs([(doc, nlp(bare(nlp, doc)))], key, task, "turns"))
    return [(text, gold.labels, record.value is not None) for text, gold, record in pairs]


def test_gold_of_turns_that_are_not_scored_is_left_out():
    assert talks("question", "other", "question", "information") == [
        (0, "other", True),
        (0, "information", True),
    ]


def test_gold_of_the_whole_is_compared_with_the_docs_value():
    assert talks(None, "other", None, whole="question", task="support_next") == [
        (0, "other", True),
        (0, "question", True),
    ]


def test_gold_of_what_follows_the_only_turn():
    assert talks("question", task="support_next") == [(0, "question", True)]
