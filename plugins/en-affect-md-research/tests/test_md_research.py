"""The pipeline and the weights of en-affect-md-research: support strategies, and its terms."""

import json
import math
import pickle
import subprocess
import sys
from pathlib import Path

import en_affect_md_research
import pytest
import spacy
from en_affect_md_research.plugin import WEIGHTS

from spacy_affect.api import AffectError, ModelCard, make_doc
from spacy_affect.testing import check_component, snapshot

NAME = "en_affect_md_research"
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1", "weights": NAME}
TASKS = ("polarity", "emotion", "vad", "subjectivity", "ambivalence", "support")
NAMES = tuple(f"affect_{task}" for task in (*TASKS, "emotion_fine"))
SAID = (
    ("seeker", "Hi. They told us that half of my team will go."),
    ("supporter", "I am sorry to hear that. How long have you worked there?"),
    ("seeker", "Nine years. I can't sleep, I feel so useless."),
    ("supporter", "I understand how you feel, I lost my job two years ago too."),
    ("seeker", "Really? What did you do?"),
    ("supporter", "You could try to talk to your manager about it."),
)


@pytest.fixture(scope="module")
def nlp():
    return spacy.load(NAME)


def converse(nlp, said=SAID):
    return make_doc(nlp, [{"speaker": speaker, "text": text} for speaker, text in said])


def of(doc):
    return [snapshot(doc, name) for name in NAMES]


@pytest.mark.parametrize("task", TASKS)
def test_conformance(task):
    check_component(f"affect_{task}", {"model": EMBEDDED})


def test_the_pipeline(nlp):
    assert {*nlp.pipe_names} == {*NAMES}
    doc = nlp("I love this song, it is wonderful!")
    assert doc._.affect.polarity.label == "positive"
    assert "pessimism" in doc._.affect_emotion
    record = doc._.affect.emotion
    # how intense an emotion is, and how likely it is there
    assert {*record.presence} == {*record.value}
    for name in NAMES:
        source = doc._.affect[name.removeprefix("affect_")].source
        assert source.startswith(f"spacy_affect.Embedded.v1 ({NAME} ")


def test_a_conversation(nlp):
    doc = nlp(converse(nlp))
    turns = doc.spans["turns"]
    labels = [turn._.affect.support.label for turn in turns if turn.label_ == "supporter"]
    assert labels[0] == "question"
    assert labels[2] == "suggestion"
    for turn in turns:
        value = turn._.affect_support
        assert (value is None) is (turn.label_ == "seeker")
        assert value is None or sum(value.values()) == pytest.approx(1)


def test_what_was_said_before_counts(nlp):
    def fourth(said):
        doc = nlp(converse(nlp, said))
        return doc.spans["turns"][3]._.affect_support

    value = fourth(SAID)
    said = [SAID[0], SAID[1], ("seeker", "Thanks, good bye, I feel better now."), SAID[3]]
    assert fourth(said) != value
    # and not what comes after it
    assert fourth(SAID[:4]) == value


def test_contributions_sum(nlp):
    doc = nlp(converse(nlp))
    turn = doc.spans["turns"][5]
    why = turn._.affect.explain("support", label="suggestion")
    assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)
    assert max(zip(why.contributions, why.tokens, strict=True))[1] in ("could", "try", "talk")


def test_the_same_in_batches_and_after_saving(nlp, tmp_path):
    said = [SAID, SAID[:2], SAID[1:2], SAID[2:]] * 2
    alone = [of(nlp(converse(nlp, part))) for part in said]
    for size in (1, 3, 64):
        docs = (converse(nlp, part) for part in said)
        assert [of(doc) for doc in nlp.pipe(docs, batch_size=size)] == alone
    nlp.to_disk(tmp_path / "saved")
    for copy in (spacy.load(tmp_path / "saved"), pickle.loads(pickle.dumps(nlp))):
        assert of(copy(converse(copy))) == alone[0]


def test_it_has_no_next_strategy():
    with pytest.raises(AffectError, match="AF125"):
        spacy.blank("en").add_pipe("affect_support_next", config={"model": EMBEDDED})


def test_models_lists_it_as_research():
    command = [sys.executable, "-m", "spacy_affect", "models", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [r for r in json.loads(done.stdout) if r["distribution"] == "en-affect-md-research"]
    assert [row["name"] for row in rows] == [NAME, NAME]
    for row in rows:
        assert (row["error"], row["use"], row["licence"]) == ("", "research", "CC BY-NC 4.0")
        assert "commercial use" in row["not_for"]


def test_the_card_warns():
    card = json.loads((WEIGHTS / NAME / "meta.json").read_text(encoding="utf8"))
    assert {*card} - {"model"} <= {*ModelCard.__dataclass_fields__}
    text = " ".join(card["not_for"])
    for word in ("commercial", "diagnosis", "therapy", "decisions about a person"):
        assert word in text
    notice = (Path(__file__).parents[1] / "LICENSE").read_text(encoding="utf8")
    for data in card["data"]:
        assert data["name"].partition(",")[0].partition(" task")[0] in notice
    assert card["version"] == en_affect_md_research.__version__
