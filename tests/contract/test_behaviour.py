"""`evaluate --suite behaviour`, and the suite over every backbone that scores polarity."""

from __future__ import annotations

import json
import re
from importlib import metadata

import pytest
import spacy

from spacy_affect import AffectError
from spacy_affect.api import example
from spacy_affect.cli import main
from spacy_affect.registry import REGISTRIES
from spacy_affect.runner.pipelines import affect_pipes
from spacy_affect.scoring import behaviour
from spacy_affect.scoring.evaluation import Options, Side

pytest.importorskip("vaderSentiment")

CONFIG = """
[nlp]
lang = "en"
pipeline = {pipes}
[components]
[components.affect_polarity]
factory = "affect_polarity"
[components.affect_polarity.model]
@architectures = "spacy_affect.{backbone}.v1"
[components.affect_ambivalence]
factory = "affect_ambivalence"
"""
HEAD = ("component", "capability", "kind", "n", "fails", "95 % interval", "of")
CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "width": 16,
    "depth": 1,
    "embed_size": 100,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
    "pretrained_vectors": None,
}
SPARSE = {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}
POOLED = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": CNN}
BLEND = {"@architectures": "spacy_affect.Blend.v1", "*": {"encoder": POOLED, "words": SPARSE}}
ARCHITECTURES = {point.name for point in metadata.entry_points(group="spacy_architectures")}
NAMED = ("spacy_affect.Vader.v1", "spacy_affect.TextBlob.v1", "spacy_affect.Embedded.v1")
BACKBONES = [{"@architectures": name} for name in NAMED if name in ARCHITECTURES]
BACKBONES += [{"@affect_backbones": name} for name in sorted(REGISTRIES["backbone"].get_all())]
BACKBONES += [SPARSE, POOLED, BLEND]
#: An extra that is not installed, a backbone for another task, no weights for polarity.
ELSEWHERE = ("AF001", "AF027", "AF125")
GOLD = {"What a lovely day": 0.8, "An awful, rude man": -0.8, "It is on the left": 0.0}


def polarity(block):
    """RETURNS (Language): With one component, trained on next to nothing where it must be."""
    nlp = spacy.blank("en")
    try:
        pipe = nlp.add_pipe("affect_polarity", config={"model": block})
    except AffectError as error:
        if error.code not in ELSEWHERE:
            raise
        pytest.skip(f"does not score polarity here: {error}")
    if pipe.is_trainable:
        rows = [example(nlp, text, {"polarity": value}) for text, value in GOLD.items()]
        nlp.initialize(lambda: rows)
        nlp.update(rows)
    return nlp


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command in tmp_path. RETURNS: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name, backbone in (("vader.cfg", "Vader"), ("textblob.cfg", "TextBlob")):
        pipes = '["affect_polarity", "affect_ambivalence"]'
        (tmp_path / name).write_text(CONFIG.format(backbone=backbone, pipes=pipes))

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(["evaluate", *map(str, args)])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.mark.parametrize("block", BACKBONES, ids=lambda block: str(next(iter(block.values()))))
def test_every_backbone_takes_part(block):
    nlp = polarity(block)
    side = Side(nlp, [pipe for _, pipe in affect_pipes(nlp)])
    report = behaviour.evaluate(side, Options(limit=12, n_boot=20))
    metrics = report.scores["behaviour"]["affect_polarity"].metrics
    names = [f"failure_{name}" for name in behaviour.load_suite().capabilities]
    assert [*metrics] == [*names, "failure_identity", "failure_mean"]
    assert all(0 <= found.low <= found.value <= found.high <= 1 for found in metrics.values())
    (tallies,) = report.tallies.values()
    assert not any(failure.reason == "no value" for t in tallies for failure in t.failures)


def test_json(run):
    code, out, err = run("vader.cfg", "--suite", "behaviour", "--limit", 10, "--json")
    assert code == 0
    found = json.loads(out)
    assert [*found] == ["behaviour"]
    assert [*found["behaviour"]] == ["affect_polarity"]
    metrics = found["behaviour"]["affect_polarity"]
    assert {"failure_facts", "failure_identity_gender", "failure_mean"} <= {*metrics}
    assert all({*cells} == {"value", "low", "high"} for cells in metrics.values())
    assert "affect_ambivalence takes no part" in err


def test_the_table_and_failures(run):
    args = ("vader.cfg", "--suite", "behaviour", "--limit", 30)
    code, out, err = run(*args, "--failures", 2)
    assert (code, err) == (0, "")
    head, *rows = out.split("\n\n")[0].splitlines()
    assert re.split("  +", head) == [*HEAD]
    assert len(rows) == len(behaviour.load_suite().capabilities) + 2
    assert rows[0].startswith("affect_polarity  vocabulary            MFT   30")
    assert rows[-1].split()[1:3] == ["mean", "mean"]
    shown = out.split("\n\n")[1].splitlines()
    far = [line for line in shown if line.startswith("affect_polarity negation_far: ")]
    assert len(far) == 2
    assert run(*args)[1].split("\n\n")[1].startswith("Note: ")


def test_the_seed_decides(run):
    first, again, other = (
        run("vader.cfg", "--suite", "behaviour", "--limit", 20, "--json", "--seed", seed)[1]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_two_pipelines(run):
    args = ("vader.cfg", "textblob.cfg", "--suite", "behaviour", "--limit", 30)
    code, out, _ = run(*args, "--json")
    assert code == 0
    found = json.loads(out)["behaviour"]["affect_polarity"]["failure_negation"]
    assert found["difference"] > 0.2  # VADER reads "not good", TextBlob halves it
    assert found["better"] == 0.0
    assert "better in" in run(*args)[1].splitlines()[0]


def test_without_polarity(run, tmp_path):
    code, out, err = run("vader.cfg", "--suite", "behaviour", "--task", "ambivalence")
    assert (code, out) == (1, "")
    assert err.startswith("Error: AF140")
