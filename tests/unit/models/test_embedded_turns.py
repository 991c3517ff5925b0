"""Ready-made weights of turns: written, packed and read again."""

import json

import numpy
import pytest
import spacy
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from spacy_affect.api import AffectError, get_scheme, make_doc, set_gold
from spacy_affect.corpora.reader import bare
from spacy_affect.models.backbones import embedded
from spacy_affect.models.backbones.embedded.turns import open_turns, save_turns
from spacy_affect.models.backbones.embedded.weights import META, write_meta

LABELS = get_scheme("esconv8").labels
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
SETTINGS = {
    "support": {"length": 1024, "state": False},
    "support_next": {"length": 1024, "views": ["other", "own"], "state": True},
}
SAID = (
    ("usr", "Hi. My boss hates me."),
    ("sys", "What makes you think that?", "question"),
    ("usr", "He shouted at me in front of everybody!"),
    ("sys", "That must have been awful.", "reflection"),
    ("usr", "It was. I feel like quitting."),
    ("sys", "You could look around first.", "suggestion"),
)


def converse(nlp):
    names = ("speaker", "text", "strategy")
    return make_doc(nlp, [dict(zip(names, turn, strict=False)) for turn in SAID])


def trained(task):
    """RETURNS (Language): With a small model that has learned one conversation."""
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy_affect.SparseTurns.v1", **SETTINGS[task]}
    name = f"affect_{task}"
    pipe = nlp.add_pipe(name, config={"model": model, "decoder": None})
    reference = converse(nlp)
    for turn, (_, _, *strategy) in zip(reference.spans["turns"], SAID, strict=True):
        if strategy:
            set_gold(reference, task, labels=strategy[0], span=turn)
    examples = [Example(bare(nlp, reference), reference)]
    fix_random_seed(0)
    nlp.initialize(lambda: examples)
    optimizer = Adam(0.01)
    for _ in range(15):
        nlp.update(examples, sgd=optimizer)
    return nlp, pipe


@pytest.fixture
def own(tmp_path, monkeypatch):
    """RETURNS (Path): A folder in which weights are found as if they came with us."""
    monkeypatch.setattr(embedded, "OWN", tmp_path)
    return tmp_path


def save(folder, task, model, columns=LABELS, **part):
    part |= {"kind": "unit", "columns": {label: i for i, label in enumerate(columns)}}
    meta = {
        "name": task,
        "version": "1.0",
        "languages": ["en"],
        "model": {"turns": SETTINGS[task], "tasks": {task: {"esconv8": part}}},
    }
    save_turns(folder / task, meta, model)
    return folder / task


def ready(task, **config):
    nlp = spacy.blank("en")
    nlp.add_pipe(f"affect_{task}", config={"model": EMBEDDED, "decoder": None, **config})
    return nlp


def values(nlp, task):
    doc = nlp(converse(nlp))
    found = [turn._.get(f"affect_{task}") for turn in doc.spans["turns"]]
    return numpy.array([[*value.values()] for value in found if value is not None])


@pytest.mark.parametrize("task", ["support", "support_next"])
def test_packed_weights_say_what_was_learned(task, own):
    nlp, pipe = trained(task)
    save(own, task, pipe.model)
    wanted, found = values(nlp, task), values(ready(task), task)
    assert numpy.ptp(wanted, axis=0).max() > 0.3
    assert numpy.abs(found - wanted).max() < 0.01
    assert (found.argmax(axis=1) == wanted.argmax(axis=1)).all()


def test_the_files_are_small_and_read_once(own):
    _, pipe = trained("support")
    folder = save(own, "support", pipe.model)
    views = ("turn", "other", "own")
    arrays = {f"{view}.{name}" for view in views for name in ("W", "scale", "D", "b", "idf")}
    assert {path.stem for path in folder.glob("*.npy")} == arrays | {"state"}
    assert numpy.load(folder / "turn.W.npy").dtype == "int8"
    assert open_turns(folder) is open_turns(folder)
    model = open_turns(folder)
    assert model.get_dim("nO") == len(LABELS)
    assert model.layers[0].get_param("W").shape == (1024, len(LABELS))


def test_columns_go_by_their_labels(own):
    """Weights may hold the labels in another order than the scheme."""
    _, pipe = trained("support")
    save(own, "support", pipe.model)
    before = ready("support")
    doc = before(converse(before))
    shuffled = LABELS[3:] + LABELS[:3]
    meta = json.loads((own / "support" / META).read_text(encoding="utf8"))
    part = meta["model"]["tasks"]["support"]["esconv8"]
    part["columns"] = {label: i for i, label in enumerate(shuffled)}
    (own / "other").mkdir()
    for path in (own / "support").glob("*.npy"):
        (own / "other" / path.name).write_bytes(path.read_bytes())
    write_meta(own / "other", meta)
    (own / "support" / META).unlink()
    again = ready("support")
    other = again(converse(again))
    for place in (1, 3, 5):
        turn, twin = doc.spans["turns"][place], other.spans["turns"][place]
        renamed = {shuffled[LABELS.index(label)]: p for label, p in turn._.affect_support.items()}
        assert twin._.affect_support == pytest.approx(renamed)
        why = turn._.affect.explain("support", label="question")
        twin_why = twin._.affect.explain("support", label=shuffled[0])
        assert twin_why.contributions == pytest.approx(why.contributions, abs=1e-6)


def test_offsets_come_with_the_weights(own):
    _, pipe = trained("support")
    offsets = {label: 9.0 * (label == "other") for label in LABELS}
    save(own, "support", pipe.model, thresholds=offsets)
    decoder = {"@misc": "spacy_affect.Debias.v1", "strength": 1.0}
    nlp = ready("support", decoder=decoder)
    doc = nlp(converse(nlp))
    turn = doc.spans["turns"][1]
    assert turn._.affect.support.label == "other"
    likely = turn._.affect.support.probabilities
    assert max(likely, key=likely.get) == "question"


def test_what_no_weights_know(own):
    _, pipe = trained("support")
    save(own, "support", pipe.model)
    config = {"model": {**EMBEDDED, "weights": "no_such"}}
    with pytest.raises(AffectError, match="AF014"):
        spacy.blank("en").add_pipe("affect_support", config=config)
    weights = embedded.build_embedded_v1()
    with pytest.raises(AffectError, match=r"AF125.*Known: [^A-Z]*support \(esconv8\)"):
        embedded.bind(weights, "client_talk", "client_talk", ("change", "neutral", "sustain"))
