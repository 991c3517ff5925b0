"""Ready-made weights of support strategies: found by their task, right on plain turns, and the same
alone, in a batch, in another process and after saving.
"""

import json
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from en_affect_support.plugin import WEIGHTS
from spacy.tokens import DocBin

from spacy_affect.api import AffectError, AffectWarning, ModelCard, attach, example, make_doc
from spacy_affect.testing import check_component, snapshot

EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
DEBIAS = {"@misc": "spacy_affect.Debias.v1", "strength": 0.5}
NAMES = ("affect_support", "affect_support_next")
CONFIGS = {
    "affect_support": {"model": EMBEDDED, "decoder": DEBIAS},
    "affect_support_next": {"model": EMBEDDED},
}
#: The most that the plugin may weigh, in bytes.
LARGEST = 6_000_000
DATA = Path(os.environ.get("SPACY_AFFECT_DATA", Path(__file__).parents[4] / "shared" / "data"))
SAID = (
    ("seeker", "Hi. They told us that half of my team will go."),
    ("supporter", "I am sorry to hear that. How long have you worked there?"),
    ("seeker", "Nine years. I can't sleep, I feel so useless."),
    ("supporter", "I understand how you feel, I lost my job two years ago too."),
    ("seeker", "Really? What did you do?"),
    ("supporter", "You could try to talk to your manager about it."),
    ("seeker", "Maybe. Thank you so much."),
)


def pipeline(*names):
    nlp = spacy.blank("en")
    for name in names or NAMES:
        nlp.add_pipe(name, config=CONFIGS[name])
    return nlp


@pytest.fixture(scope="module")
def nlp():
    return pipeline()


def converse(nlp, said=SAID):
    return make_doc(nlp, [{"speaker": speaker, "text": text} for speaker, text in said])


def of(doc):
    return [snapshot(doc, name) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_conformance(name):
    check_component(name, CONFIGS[name])


# What they say


def test_a_conversation(nlp):
    doc = nlp(converse(nlp))
    turns = doc.spans["turns"]
    labels = [turn._.affect.support.label for turn in turns if turn.label_ == "supporter"]
    assert labels == ["question", "self_disclosure", "suggestion"]
    for turn in turns:
        for name in NAMES:
            value = turn._.get(name)
            assert (value is None) is (turn.label_ == "seeker")
            assert value is None or sum(value.values()) == pytest.approx(1)
    record = doc._.affect.support_next
    assert record.value[record.label] == max(record.value.values())
    assert 0 < record.confidence < 1
    assert {record.label} <= set(record.set)
    assert record.source.startswith("spacy_affect.Embedded.v1 (support_next ")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("What happened?", "question"),
        ("You could try to talk to a friend about it.", "suggestion"),
        ("I understand how you feel, I have been through the same.", "self_disclosure"),
        ("So what you are saying is that you feel left out?", "restatement"),
        ("You are welcome, have a good night!", "other"),
    ],
)
def test_a_doc_without_turns_is_a_supporters_turn(nlp, text, label):
    assert nlp(text)._.affect.support.label == label


def test_no_text_has_no_strategy(nlp):
    for text in ("", " \n"):
        assert nlp(text)._.affect_support is None
        assert nlp(text)._.affect_support_next is None


def test_what_comes_next_is_the_same_before_it_was_said(nlp):
    """The Doc of the turns so far says of the next one what its span says afterwards."""
    whole = nlp(converse(nlp))
    for place, turn in enumerate(whole.spans["turns"]):
        if turn.label_ == "supporter":
            before = nlp(converse(nlp, SAID[:place]))
            assert turn._.affect_support_next == before._.affect_support_next


def test_what_is_known_of_earlier_turns_counts(nlp):
    turns = [{"speaker": speaker, "text": text} for speaker, text in SAID]
    found = nlp(make_doc(nlp, turns))._.affect_support_next
    for turn in turns:
        if turn["speaker"] == "supporter":
            turn["strategy"] = "information"
    assert nlp(make_doc(nlp, turns))._.affect_support_next != found


def test_contributions_sum(nlp):
    doc = nlp(converse(nlp))
    turn = doc.spans["turns"][5]
    for label in ("suggestion", "question", None):
        why = turn._.affect.explain("support", label=label)
        assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)
        assert why.value == turn._.affect_support[label or "suggestion"]
        assert why.method == "exact sum over tokens"
    why = turn._.affect.explain("support", label="suggestion")
    assert max(zip(why.contributions, why.tokens, strict=True))[1] in ("could", "try")
    why = doc._.affect.explain("support_next")
    assert len(why.contributions) == len(doc)
    assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)


# The same everywhere


def test_a_batch_changes_nothing(nlp):
    said = [SAID, SAID[:3], SAID[1:2], SAID[2:], SAID[:6]] * 3
    alone = [of(nlp(converse(nlp, part))) for part in said]
    for size in (1, 4, 64):
        docs = (converse(nlp, part) for part in said)
        assert [of(doc) for doc in nlp.pipe(docs, batch_size=size)] == alone


def test_saved_pipelines_are_the_same(nlp, tmp_path):
    wanted = of(nlp(converse(nlp)))
    nlp.to_disk(tmp_path / "saved")
    copies = [
        spacy.load(tmp_path / "saved"),
        pickle.loads(pickle.dumps(nlp)),
        pipeline().from_bytes(nlp.to_bytes()),
    ]
    for copy in copies:
        assert of(copy(converse(copy))) == wanted
    # the weights stay in the package
    size = sum(path.stat().st_size for path in (tmp_path / "saved").rglob("*/model"))
    assert size < 50_000


def test_a_docbin_keeps_it(nlp):
    doc = nlp(converse(nlp))
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    [again] = DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)
    assert of(attach(again)) == of(doc)


def test_spawned_processes(nlp, tmp_path):
    nlp.to_disk(tmp_path / "saved")
    script = f"""
import json, multiprocessing, spacy
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    nlp = spacy.load({str(tmp_path / "saved")!r})
    from spacy_affect.api import make_doc
    turns = [{{"speaker": s, "text": t}} for s, t in {SAID!r}]
    docs = [make_doc(nlp, turns[:n]) for n in (3, 5, 7)]
    found = [doc._.affect_support_next for doc in nlp.pipe(docs, n_process=2, batch_size=1)]
    print(json.dumps(found))
"""
    path = tmp_path / "run.py"
    path.write_text(script, encoding="utf8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [nlp(converse(nlp, SAID[:n]))._.affect_support_next for n in (3, 5, 7)]
    assert json.loads(done.stdout.splitlines()[-1]) == found


def test_training_leaves_them_alone(nlp):
    wanted = of(nlp(converse(nlp)))
    other = pipeline()
    other.initialize()
    assert of(other(converse(other))) == wanted
    assert not any(pipe.is_trainable for _, pipe in other.pipeline)


# What they need and say of themselves


def test_by_name():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_support", config={"model": {**EMBEDDED, "weights": "support"}})
    assert nlp("What happened?")._.affect.support.label == "question"
    with pytest.raises(AffectError, match=r"AF125: the weights 'support_next' do not .* support"):
        nlp.add_pipe(
            "affect_support",
            name="affect_other",
            config={"model": {**EMBEDDED, "weights": "support_next"}},
        )


def test_another_language_warns():
    with pytest.warns(AffectWarning, match="made for en"):
        spacy.blank("de").add_pipe("affect_support", config={"model": EMBEDDED})


def test_without_this_package_the_error_names_it():
    script = f"""
import spacy
try:
    spacy.blank("en").add_pipe("affect_support_next", config={{"model": {EMBEDDED!r}}})
except Exception as error:
    print(error)
"""
    env = {**os.environ, "SPACY_AFFECT_PLUGINS": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("AF125: no ready-made weights know the task 'support_next'")
    assert "pip install plugins/en-affect-support (in a clone of spacy-affect;" in done.stdout
    assert "for research only), or train a model" in done.stdout


def test_they_are_not_to_learn_from():
    model = {"@architectures": "spacy_affect.SparseNgram.v1", "init_from": "embedded"}
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("affect_support", config={"model": model})
    examples = [example(nlp, "What happened?", {"support": "question"})]
    with pytest.raises(AffectError, match=r"AF096.*for spacy_affect\.SparseTurns\.v1"):
        pipe.initialize(lambda: examples)


def test_models_lists_them_as_research():
    command = [sys.executable, "-m", "spacy_affect", "models", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {row["name"]: row for row in json.loads(done.stdout)}
    for name in ("support", "support_next"):
        card = found[name]
        assert (card["distribution"], card["error"]) == ("en-affect-support", "")
        assert (card["use"], card["licence"]) == ("research", "CC BY-NC 4.0")
        assert [*card["tasks"]] == [name]
        assert card["data"][0]["name"] == "ESConv"
        assert card["metrics"]
        assert card["calibration"]
        assert card["speed"]


def test_the_cards_warn(cards):
    for card in cards.values():
        assert "Liu et al. 2021" in card["licence_notice"]
        text = " ".join(card["not_for"])
        for word in ("commercial", "diagnosis", "therapy", "decisions about a person"):
            assert word in text
        assert card["limits"]
        assert {*card} - {"model"} <= {*ModelCard.__dataclass_fields__}


@pytest.fixture(scope="module")
def cards():
    return {
        name: json.loads((WEIGHTS / name / "meta.json").read_text(encoding="utf8"))
        for name in ("support", "support_next")
    }


def test_it_is_small():
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < LARGEST


@pytest.mark.skipif(not (DATA / "esconv").is_dir(), reason="ESConv not there: SPACY_AFFECT_DATA")
@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_the_card(name, cards, tmp_path):
    pipeline(name).to_disk(tmp_path / "pipeline")
    source = f"esconv:{DATA / 'esconv' / 'valid.jsonl'}"
    command = ["evaluate", str(tmp_path / "pipeline"), source, "--n-boot", "0", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "spacy_affect", *command], capture_output=True, text=True, check=True
    )
    [scores] = json.loads(done.stdout).values()
    told = {
        row["metric"]: row["value"]
        for row in cards[name.removeprefix("affect_")]["metrics"]
        if row["source"] == "esconv, development part"
    }
    assert len(told) >= 4
    for metric, value in told.items():
        assert scores[name][metric]["value"] == pytest.approx(value, abs=0.002)
