"""A BERT of one component's own: its weights are loaded once, it learns, and it lasts."""

import json
import shutil

import numpy
import pytest
import spacy
from spacy.training import Example
from spacy.util import load_model_from_config, registry
from thinc.api import Adam, fix_random_seed

from spacy_affect.api import AffectError, set_gold
from spacy_affect.corpora.reader import bare
from spacy_affect.dialogue import make_doc
from spacy_affect.pipeline.configs import make_config

torch = pytest.importorskip("torch")
pytest.importorskip("spacy_curated_transformers")
safetensors = pytest.importorskip("safetensors.torch")

pytestmark = pytest.mark.filterwarnings("default")  # torch has warnings of its own

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *".,!?'"]
PIECES += [f"##{letter}" for letter in LETTERS]
WIDTH, INNER = 8, 16
TEXTS = ("Why?", "I see, so that is what he said to you!", "", "Ok.", "You could go and ask them.")
SIZES = {
    "vocab_size": len(PIECES),
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 64,
}


def weights(seed=0):
    """RETURNS (dict): Of a BERT of one layer, as Hugging Face names them."""
    torch.manual_seed(seed)
    found = {
        f"embeddings.{name}_embeddings.weight": torch.randn(n, WIDTH)
        for name, n in (("word", len(PIECES)), ("position", 64), ("token_type", 2))
    }
    found |= norm("embeddings.LayerNorm")
    layer = "encoder.layer.0"
    for name in ("self.query", "self.key", "self.value", "output.dense"):
        found |= dense(f"{layer}.attention.{name}", WIDTH, WIDTH)
    found |= norm(f"{layer}.attention.output.LayerNorm")
    found |= dense(f"{layer}.intermediate.dense", INNER, WIDTH)
    found |= dense(f"{layer}.output.dense", WIDTH, INNER)
    found |= norm(f"{layer}.output.LayerNorm")
    found["pooler.dense.weight"] = torch.zeros(WIDTH, WIDTH)  # no part of the encoder
    return {f"bert.{name}": value for name, value in found.items()}


def dense(name, n_out, n_in):
    return {f"{name}.weight": torch.randn(n_out, n_in) / 2, f"{name}.bias": torch.zeros(n_out)}


def norm(name):
    return {f"{name}.weight": torch.ones(WIDTH), f"{name}.bias": torch.zeros(WIDTH)}


@pytest.fixture
def folder(tmp_path):
    """An encoder as Hugging Face has it."""
    path = tmp_path / "encoder"
    path.mkdir()
    (path / "vocab.txt").write_text("\n".join(PIECES), encoding="utf8")
    (path / "config.json").write_text(json.dumps(SIZES), encoding="utf8")
    safetensors.save_file(weights(), path / "model.safetensors")
    return path


def block(load_from):
    return {
        "@architectures": "spacy_affect.CuratedEncoder.v1",
        "load_from": None if load_from is None else str(load_from),
        "pooling": {"@layers": "reduce_mean.v1"},
        "transformer": {
            "@architectures": "spacy-curated-transformers.BertTransformer.v1",
            "vocab_size": len(PIECES),
            "hidden_width": WIDTH,
            "intermediate_width": INNER,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 64,
            "model_max_length": 64,
            "piece_encoder": {
                "@architectures": "spacy-curated-transformers.BertWordpieceEncoder.v1"
            },
            "with_spans": {
                "@architectures": "spacy-curated-transformers.WithStridedSpans.v1",
                "stride": 24,
                "window": 32,
            },
        },
    }


def encoder(load_from, **settings):
    model = registry.resolve({"model": {**block(load_from), **settings}})["model"]
    model.initialize(X=docs(TEXTS[:1]))
    return model


def docs(texts=TEXTS):
    return [*map(spacy.blank("en"), texts)]


def near(rows):
    return pytest.approx(numpy.asarray(rows), abs=1e-5)


# The layer


def test_weights_are_those_of_the_folder(folder):
    model = encoder(folder)
    state = model.layers[0].get_ref("transformer").shims[0]._model.state_dict()
    [words] = [value for name, value in state.items() if "word_embeddings" in name]
    wanted = weights()["bert.embeddings.word_embeddings.weight"]
    assert torch.equal(words.cpu(), wanted)
    again = encoder(folder)
    assert again.predict(docs())[1] == near(model.predict(docs())[1])


def test_each_token_has_a_vector(folder):
    found = encoder(folder).predict(docs())
    assert [vectors.shape for vectors in found] == [(len(doc), WIDTH) for doc in docs()]


def test_pieces_are_those_of_the_vocabulary(folder):
    model = encoder(folder)
    small, capital = (model.predict(docs([text]))[0] for text in ("ok so", "OK SO"))
    assert capital == near(small)
    cased = encoder(folder, lowercase=False)
    assert cased.predict(docs(["ok so"]))[0] == near(small)
    assert cased.predict(docs(["OK SO"]))[0] != near(small)


def test_texts_come_back_in_order_though_encoded_by_length(folder, monkeypatch):
    from spacy_affect.models.backbones import curated

    model = encoder(folder)
    texts = [text for text in TEXTS if text]
    alone = [model.predict([doc])[0] for doc in docs(texts)]
    for together in (1, 2, 16):
        monkeypatch.setattr(curated, "TOGETHER", together)
        for step in (1, -1):
            found = model.predict(docs(texts[::step]))
            for one, other in zip(found, alone[::step], strict=True):
                assert one == near(other)


def test_gradients_reach_the_texts_that_they_are_of(folder, monkeypatch):
    from spacy_affect.models.backbones import curated

    monkeypatch.setattr(curated, "TOGETHER", 2)
    model = encoder(folder)
    texts = ("aaa", "bbb bbb bbb", "ccc ccc")
    vectors, backprop = model.begin_update(docs(texts))
    chance = numpy.random.RandomState(0)
    wanted = chance.normal(size=vectors[1].shape).astype("float32")
    backprop([wanted if i == 1 else numpy.zeros_like(rows) for i, rows in enumerate(vectors)])
    shim = model.layers[0].get_ref("transformer").shims[0]
    [gradient] = [
        value.grad for name, value in shim._model.named_parameters() if "word_embeddings" in name
    ]
    moved = {PIECES[i] for i in range(len(PIECES)) if gradient[i].abs().max() > 1e-7}
    assert {"b", "##b"} <= moved
    assert moved.isdisjoint({"a", "##a", "c", "##c"})


def test_without_a_folder_it_has_no_vocabulary():
    model = registry.resolve({"model": block(None)})["model"]
    assert model.name == "curated_encoder"


def test_a_file_that_does_not_fit(folder):
    found = weights()
    del found["bert.encoder.layer.0.output.dense.weight"]
    safetensors.save_file(found, folder / "model.safetensors")
    with pytest.raises(AffectError, match=r"AF098: cannot load the encoder .*model\.safetensors"):
        encoder(folder)


# In a component

TALKS = (
    (
        ("I lost my job.", None),
        ("Why is that?", "question"),
        ("So sad.", None),
        ("Try it.", "suggestion"),
    ),
    (
        ("My cat died.", None),
        ("When was it?", "question"),
        ("Now.", None),
        ("Go out.", "suggestion"),
    ),
)


def examples(nlp):
    found = []
    for talk in TALKS:
        turns = [{"text": text, "speaker": "sys" if code else "usr"} for text, code in talk]
        reference = make_doc(nlp, turns)
        for turn, (_, code) in zip(reference.spans["turns"], talk, strict=True):
            if code:
                set_gold(reference, "support", labels=code, span=turn)
        found.append(Example(bare(nlp, reference), reference))
    return found


def values(nlp):
    """RETURNS (list): Of the supporter's turns, by strategy."""
    made = [nlp(example.predicted.copy()) for example in examples(nlp)]
    of_turns = [turn._.affect_support for doc in made for turn in doc.spans["turns"]]
    return [[*value.values()] for value in of_turns if value is not None]


@pytest.fixture
def trained(folder):
    """RETURNS (tuple): A component with turns for units, and its losses."""
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy_affect.Pooled.v1", "tok2vec": block(folder), "before": 4}
    nlp.add_pipe("affect_support", config={"model": model})
    fix_random_seed(0)
    given = examples(nlp)
    nlp.initialize(lambda: given)
    optimizer = Adam(0.02)
    return nlp, [nlp.update(given, sgd=optimizer)["affect_support"] for _ in range(30)]


def test_it_learns_and_lasts(trained, folder, tmp_path):
    nlp, losses = trained
    assert losses[-1] < losses[0] / 4
    found = values(nlp)
    assert len(found) == 4
    shutil.rmtree(folder)  # it is read when training begins, and not after
    nlp.to_disk(tmp_path / "out")
    loaded = spacy.load(tmp_path / "out")
    assert values(loaded) == near(found)
    other = spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert values(other) == near(found)


def test_the_encoder_itself_learns(trained):
    nlp, _ = trained
    model = nlp.get_pipe("affect_support").model
    [node] = [node for node in model.walk() if node.shims]
    state = node.shims[0]._model.state_dict()
    [words] = [value for name, value in state.items() if "word_embeddings" in name]
    assert not torch.equal(words.cpu(), weights()["bert.embeddings.word_embeddings.weight"])


def test_a_turn_is_scored_alone_as_among_others(trained):
    nlp, _ = trained
    alone = values(nlp)
    made = list(nlp.pipe([example.predicted for example in examples(nlp)], batch_size=2))
    of_turns = [turn._.affect_support for doc in made for turn in doc.spans["turns"]]
    assert [[*value.values()] for value in of_turns if value is not None] == near(alone)


def test_a_generated_config_makes_it(folder):
    config = make_config(["support"], "curated", encoder=str(folder))
    nlp = load_model_from_config(config.interpolate(), auto_fill=True, validate=True)
    given = examples(nlp)
    nlp.initialize(lambda: given)
    nlp.update(given, sgd=Adam(0.001))
    assert len(values(nlp)) == 4
