"""The pipeline and the weights of en-affect-md: what they say, the same wherever they say it."""

import json
import math
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import en_affect_md
import pytest
import spacy
from en_affect_md.plugin import WEIGHTS
from spacy.tokens import DocBin

from spacy_affect.api import AffectWarning, ModelCard, attach
from spacy_affect.testing import check_component, snapshot

PACKAGE = Path(en_affect_md.__file__).parent
NAMES = (
    *("affect_polarity", "affect_emotion", "affect_emotion_fine", "affect_vad"),
    *("affect_subjectivity", "affect_ambivalence"),
)
HOMES = {name: "en_affect_md_vad" if name == "affect_vad" else "en_affect_md" for name in NAMES}
#: The most that the package may weigh, in bytes.
LARGEST = 30_000_000
TEXTS = (
    "I love the plan, but honestly I'm not sure I can... um, keep it up.",
    "This is the worst, most disgusting service I have ever seen!",
    "The train leaves at nine.",
    "Was it good? No. I used to love it.",
    "ok",
    "😡👎🏽",
    "\x00\x01\x02",
    "Well. " * 60,
)


def embedded(name):
    return {"@architectures": "spacy_affect.Embedded.v1", "weights": HOMES[name]}


@pytest.fixture(scope="module")
def nlp():
    return spacy.load("en_affect_md")


def of(doc):
    return [snapshot(doc, name) for name in NAMES]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "affect_emotion_fine"])
def test_conformance(name):
    check_component(name, {"model": embedded(name)})


# What they say


def test_the_pipeline(nlp):
    assert tuple(nlp.pipe_names) == NAMES
    assert nlp.meta["version"] == en_affect_md.__version__
    assert nlp.get_pipe("affect_emotion_fine").task.scheme.name == "goemotions"
    doc = nlp(TEXTS[0])
    for name in NAMES:
        record = doc._.affect[name.removeprefix("affect_")]
        assert record.source == f"spacy_affect.Embedded.v1 ({HOMES[name]} {nlp.meta['version']})"
    assert nlp("")._.affect_polarity is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this song, it is wonderful!", "positive"),
        ("What a great day, thank you so much.", "positive"),
        ("This is the worst service I have ever seen.", "negative"),
        ("I hate it, it makes me sick.", "negative"),
        ("It is not good at all.", "negative"),
        ("The train leaves at nine.", "neutral"),
    ],
)
def test_polarity(nlp, text, label):
    assert nlp(text)._.affect.polarity.label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am so angry at them, I am furious!", "anger"),
        ("I am so scared of the dark, it terrifies me.", "fear"),
        ("I am so happy today!", "joy"),
        ("She died last night, I can't stop crying.", "sadness"),
    ],
)
def test_emotions(nlp, text, label):
    doc = nlp(text)
    assert label in doc._.affect.emotion.labels
    assert max(doc._.affect_emotion_fine.values()) > 0.3
    assert "pessimism" not in doc._.affect_emotion


def test_word_order_counts(nlp):
    assert nlp("It is good, not bad.")._.affect.polarity.label == "positive"
    assert nlp("It is bad, not good.")._.affect.polarity.label == "negative"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "I love it. " * 3000,
        "😡" * 5000,
        "".join(map(chr, range(256))) * 20,
        "\u200b",
    ],
    ids=["one word", "long", "emoji", "binary", "nothing to read"],
)
def test_any_text(nlp, text):
    for name in NAMES:
        value = nlp(text)._.get(name)
        numbers = value.values() if isinstance(value, dict) else [value]
        assert all(math.isfinite(number) for number in numbers)


# Why they say it


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("I love this wonderful song", {"love": 1, "wonderful": 1}),
        ("This is a terrible and disgusting place", {"terrible": -1, "disgusting": -1}),
        ("The film is good", {"good": 1}),
        ("The film is not good", {"not": -1}),
        ("I hate waiting", {"hate": -1}),
        ("Great music, awful acting", {"Great": 1, "awful": -1}),
    ],
)
def test_explanations_agree_with_those_of_the_sparse_weights(nlp, text, signs):
    sparse = spacy.blank("en")
    sparse.add_pipe("affect_polarity")
    for pipeline in (nlp, sparse):
        why = pipeline(text)._.affect.explain("polarity")
        found = dict(zip(why.tokens, why.contributions, strict=True))
        assert {word: math.copysign(1, found[word]) for word in signs} == signs, why.method


@pytest.mark.parametrize("name", NAMES)
def test_contributions_sum(nlp, name):
    doc = nlp(TEXTS[0])
    why = doc._.affect.explain(name.removeprefix("affect_"))
    assert why.method == "occlusion, word by word"
    assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)


# The same everywhere


def test_a_batch_changes_nothing(nlp):
    alone = [of(spacy.load("en_affect_md")(text)) for text in TEXTS[:3]]
    alone += [of(nlp(text)) for text in TEXTS[3:]]
    for size in (1, 3, 64):
        docs = nlp.pipe([*TEXTS[::-1], *TEXTS], batch_size=size)
        assert [of(doc) for doc in docs] == [*alone[::-1], *alone]


def test_saved_pipelines_are_the_same(nlp, tmp_path):
    wanted = [of(nlp(text)) for text in TEXTS]
    nlp.to_disk(tmp_path / "saved")
    copies = [
        spacy.load(tmp_path / "saved"),
        pickle.loads(pickle.dumps(nlp)),
        spacy.load("en_affect_md", exclude=["vocab"]).from_bytes(nlp.to_bytes()),
    ]
    for copy in copies:
        assert [of(copy(text)) for text in TEXTS] == wanted
    # the weights stay in the package
    assert sum(path.stat().st_size for path in (tmp_path / "saved").rglob("*/model")) < 1_000_000


def test_a_docbin_keeps_it(nlp):
    doc = nlp(TEXTS[0])
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    [again] = DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)
    assert of(attach(again)) == of(doc)


def test_annotate_in_two_processes(nlp, tmp_path):
    path = tmp_path / "in.jsonl"
    texts = [text for text in TEXTS if text.strip("\x00\x01\x02")]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf8")
    command = ["annotate", str(path), "-o", str(tmp_path / "out.jsonl"), "--quiet"]
    command += ["--pipeline", "en_affect_md", "--n-process", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "spacy_affect", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf8").splitlines()
    found = [json.loads(line)["affect"]["polarity"]["value"] for line in lines]
    assert found == [nlp(text)._.affect_polarity for text in texts]


def test_units_below_the_doc(nlp):
    text = "I love it. The train leaves at nine. This is awful!"
    other = spacy.blank("en")
    other.add_pipe("sentencizer")
    other.add_pipe(
        "affect_polarity", config={"model": embedded("affect_polarity"), "unit": "sents"}
    )
    doc = other(text)
    found = [sentence._.affect_polarity for sentence in doc.sents]
    assert found == [nlp(sentence.text)._.affect_polarity for sentence in doc.sents]


def test_training_leaves_them_alone():
    nlp = spacy.load("en_affect_md")
    wanted = of(nlp(TEXTS[0]))
    nlp.initialize()
    assert of(nlp(TEXTS[0])) == wanted
    assert not any(pipe.is_trainable for _, pipe in nlp.pipeline)


# What they need and say of themselves


def test_by_name(nlp):
    other = spacy.blank("en")
    other.add_pipe("affect_emotion", config={"model": embedded("affect_emotion")})
    assert other(TEXTS[0])._.affect_emotion == nlp(TEXTS[0])._.affect_emotion
    assert other.get_pipe("affect_emotion").task.thresholds == (
        nlp.get_pipe("affect_emotion").task.thresholds
    )


def test_the_pipeline_was_saved_with_these_weights(nlp):
    """What it keeps of them is what they say now: `pack.py --pipeline` writes it again."""
    for name in NAMES:
        pipe = nlp.get_pipe(name)
        fresh = spacy.blank("en")
        config = {"model": embedded(name), "scheme": pipe.task.scheme.name}
        fresh.add_pipe(name.removesuffix("_fine"), config=config)
        attrs = fresh.get_pipe(name.removesuffix("_fine")).model.attrs
        for key in ("thresholds", "calibration", "source"):
            assert pipe.model.attrs.get(key) == attrs.get(key)


def test_they_are_taken_only_where_they_are_named():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    nlp.add_pipe("affect_vad")
    for pipe in (nlp.get_pipe("affect_polarity"), nlp.get_pipe("affect_vad")):
        assert "en_affect_md" not in pipe.model.attrs["source"]


def test_another_language_warns():
    model = embedded("affect_polarity")
    with pytest.warns(AffectWarning, match="made for en"):
        spacy.blank("de").add_pipe("affect_polarity", config={"model": model})


def test_nothing_heavy_is_loaded():
    script = """
import sys, spacy
nlp = spacy.load("en_affect_md")
assert not {"onnxruntime", "tokenizers"} & {*sys.modules}
assert nlp("I love it")._.affect_polarity > 0
assert not {"torch", "transformers", "sklearn", "pandas"} & {*sys.modules}
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_models_lists_them():
    command = [sys.executable, "-m", "spacy_affect", "models", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [row for row in json.loads(done.stdout) if row["distribution"] == "en-affect-md"]
    assert [row["name"] for row in rows] == ["en_affect_md", "en_affect_md_vad", "en_affect_md"]
    for row in rows:
        assert row["error"] == ""
        assert row["use"] == "commercial"
        assert row["data"]
    assert {*rows[2]["tasks"]} == {"polarity", "emotion", "vad", "subjectivity", "ambivalence"}


def test_the_licences():
    cards = {
        path.parent.name: json.loads(path.read_text(encoding="utf8"))
        for path in WEIGHTS.glob("*/meta.json")
    }
    for card in cards.values():
        assert {*card} - {"model"} <= {*ModelCard.__dataclass_fields__}
        assert card["limits"]
    assert cards["en_affect_md_vad"]["licence"] == "CC BY-SA 4.0"
    assert "shared alike" in cards["en_affect_md_vad"]["licence_notice"]
    notice = (Path(__file__).parents[1] / "LICENSE").read_text(encoding="utf8")
    for card in cards.values():
        for data in card["data"]:
            assert re.search(re.escape(data["name"].partition(",")[0]), notice), data["name"]


def test_it_is_small():
    files = [path for path in PACKAGE.rglob("*") if path.is_file()]
    assert sum(os.path.getsize(path) for path in files) < LARGEST
