"""A generated config runs unchanged under `spacy train`, and what comes out loads and scores."""

import json
import shutil
from importlib import util
from pathlib import Path

import pytest
import spacy
from click.testing import CliRunner
from spacy.cli.train import train
from spacy.util import load_model_from_config
from thinc.api import Config

from spacy_affect.api import AffectError
from spacy_affect.cli import cli
from spacy_affect.corpora.reader import make_corpus_v1, read
from spacy_affect.corpora.writing import row_json
from spacy_affect.pipeline import configs
from spacy_affect.pipeline.configs import make_config, presets
from spacy_affect.pipeline.factories import make_task

JOY = """
What a wonderful morning, I could sing
We won the match and everybody is dancing
My sister had her baby, we are overjoyed
Finally a holiday, the sea is lovely
I love this song so much
Thank you, that made my day
The cake turned out great, yummy
So proud of my little brother today
Best concert of my life!
Laughing until my belly hurts
"""
ANGER = """
They lied to us again and I am furious
Stop shouting at me, you idiot
I hate it when people cut the line
This company cheated every one of us
How dare they cancel it without a word
The noise next door drives me mad
I am sick of your excuses
What an outrageous bill, never again
He broke my phone and laughed about it
Absolutely disgusted and angry with this service
"""
SADNESS = """
I miss my grandmother every single day
She cried alone in the kitchen
We had to say goodbye to our old dog
Nobody came to his birthday
I feel empty and tired of everything
The letter broke my heart
He lost his job and all hope
It hurts to see the house so quiet
Another lonely evening in the rain
They buried him on a grey Sunday
"""
FEAR = """
There is someone behind the door
I am terrified of the surgery tomorrow
The plane shook and people screamed
What if the test comes back positive
My hands tremble before every exam
I could not sleep after that nightmare
Please hurry, I am scared out here
The dog growled and we ran
I dread the phone call from the bank
Panic broke out when the lights went off
"""
TEXTS = {"joy": JOY, "anger": ANGER, "sadness": SADNESS, "fear": FEAR}
#: What a quick run changes: less of everything.
QUICK = {"training.max_steps": 40, "training.eval_frequency": 20, "training.patience": 0}


def rows():
    """YIELDS (dict): Forty rows as JSON lines have them."""
    for felt, texts in TEXTS.items():
        for i, text in enumerate(texts.strip().splitlines()):
            value = {label: round(0.6 + i / 30, 2) if label == felt else 0.1 for label in TEXTS}
            labels = {label: int(label == felt) for label in TEXTS}
            polarity = value["joy"] if felt == "joy" else -value[felt]
            yield {
                "text": text,
                "gold": {
                    "emotion": {"value": value, "labels": labels},
                    "vad": {"valence": polarity},
                    "polarity": "positive" if felt == "joy" else "negative",
                },
            }


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "forty.jsonl"
    lines = [json.dumps(row) for row in rows()]
    assert len(lines) == 40
    path.write_text("\n".join(lines), encoding="utf8")
    return path


def run(config, corpus, out, **overrides):
    """RETURNS (Language): The best pipeline that `spacy train` leaves."""
    path = out.parent / f"{out.name}.cfg"
    Config(config).to_disk(path)
    paths = {"paths.train": str(corpus), "paths.dev": str(corpus)}
    train(path, out, overrides={**paths, **QUICK, **overrides})
    return spacy.load(out / "model-best")


def small(config):
    """RETURNS (Config): The same with fewer buckets, for speed."""
    for block in config["components"].values():
        if block["model"].get("@architectures") == "spacy_affect.SparseNgram.v1":
            block["model"]["length"] = 4096
    return config


def weights(folder, names):
    return {name: (folder / "model-last" / name / "model").read_bytes() for name in names}


TASKS = ("emotion", "vad", "polarity")
NAMES = [f"affect_{task}" for task in TASKS]


@pytest.fixture(scope="module")
def sparse(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sparse") / "out"
    return run(small(make_config(TASKS, "sparse")), corpus, folder), folder


def examples(nlp, corpus):
    return list(make_corpus_v1(corpus)(nlp))


def test_sparse_under_spacy_train(sparse, corpus):
    nlp, _ = sparse
    assert nlp.pipe_names == NAMES
    scores = nlp.evaluate(examples(nlp, corpus))
    assert scores["affect_emotion_pearson"] > 0.8
    assert scores["affect_vad_score"] > 0.8
    assert scores["affect_polarity_accuracy"] > 0.9
    assert {f"{name}_score" for name in NAMES} <= {*nlp.meta["performance"]}
    assert nlp("What a wonderful morning")._.affect.emotion.label == "joy"


def test_the_cut_points_were_fitted_before_saving(sparse):
    nlp, _ = sparse
    pipe = nlp.get_pipe("affect_emotion")
    fitted = pipe.model.attrs["thresholds"]
    assert {*fitted} == {*TEXTS}  # ten texts with and thirty without each
    assert {label: pipe.task.thresholds[label] for label in fitted} == fitted


def test_the_same_seed_gives_the_same_weights(sparse, corpus, tmp_path):
    _, folder = sparse
    config = small(make_config(TASKS, "sparse"))
    run(config, corpus, tmp_path / "again")
    assert weights(tmp_path / "again", NAMES) == weights(folder, NAMES)
    run(config, corpus, tmp_path / "other", **{"system.seed": 1})
    assert weights(tmp_path / "other", NAMES) != weights(folder, NAMES)


def test_a_convolutional_encoder_under_spacy_train(corpus, tmp_path):
    config = make_config(["emotion", "vad"], "cnn")
    nlp = run(config, corpus, tmp_path / "out")
    assert nlp.pipe_names == ["tok2vec", "affect_emotion", "affect_vad"]
    scores = nlp.evaluate(examples(nlp, corpus))
    assert scores["affect_emotion_score"] > 0.8
    assert scores["affect_vad_score"] > 0.8
    run(config, corpus, tmp_path / "again")
    names = nlp.pipe_names
    assert weights(tmp_path / "again", names) == weights(tmp_path / "out", names)


def test_a_frozen_sourced_component_stays_as_it_was(sparse, corpus, tmp_path):
    _, folder = sparse
    config = small(make_config(["vad"], "sparse"))
    config["components"]["affect_emotion"] = {"source": str(folder / "model-last")}
    config["nlp"]["pipeline"] = ["affect_emotion", "affect_vad"]
    config["training"]["frozen_components"] = ["affect_emotion"]
    nlp = run(config, corpus, tmp_path / "out")
    [before], [after] = (
        weights(place, ["affect_emotion"]).values() for place in (folder, tmp_path / "out")
    )
    assert after == before
    assert nlp("What a wonderful morning")._.affect.emotion.label == "joy"
    assert nlp.get_pipe("affect_vad").model.attrs["n_examples"] == 40


def test_training_goes_on_from_a_sourced_component(sparse, corpus, tmp_path):
    _, folder = sparse
    config = small(make_config(["emotion"], "sparse"))
    config["components"]["affect_emotion"] = {"source": str(folder / "model-last")}
    nlp = run(config, corpus, tmp_path / "out", **{"training.max_steps": 5})
    assert weights(tmp_path / "out", ["affect_emotion"]) != weights(folder, ["affect_emotion"])
    assert nlp.evaluate(examples(nlp, corpus))["affect_emotion_pearson"] > 0.8


WORDPIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz.,!?'"]


@pytest.fixture
def encoder(tmp_path):
    """A folder as Hugging Face has it, of a tiny BERT; without weights."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    pieces = WORDPIECES + [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf8")
    sizes = {
        "vocab_size": len(pieces),
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 160,
    }
    (folder / "config.json").write_text(json.dumps(sizes), encoding="utf8")
    return folder


@pytest.mark.filterwarnings("default")  # torch has warnings of its own
def test_a_curated_encoder_under_spacy_train(corpus, encoder, tmp_path):
    if util.find_spec("torch") is None or util.find_spec("spacy_curated_transformers") is None:
        pytest.skip("torch and spacy-curated-transformers are not installed")
    config = make_config(["emotion", "vad"], "curated", encoder=str(encoder))
    # random weights in place of pretrained ones
    del config["initialize"]["components"]["transformer"]["encoder_loader"]
    config["training"]["optimizer"]["learn_rate"] = 0.005
    nlp = run(config, corpus, tmp_path / "out")
    assert nlp.pipe_names == ["transformer", "affect_emotion", "affect_vad"]
    scores = nlp.evaluate(examples(nlp, corpus))
    assert scores["affect_emotion_score"] > 0.3
    shutil.rmtree(encoder)
    assert spacy.load(tmp_path / "out" / "model-best")("I love it")._.affect_vad is not None


# Conversations

SAMPLES = Path(__file__).parents[2] / "corpora"


def of_turns(config, source, *names):
    """RETURNS (Config): The same for a corpus in its own format, with fewer buckets."""
    for name in names:
        config["components"][name]["model"]["length"] = 1024
    for part in ("train", "dev"):
        config["corpora"][part]["source"] = {"@affect_corpora": source}
    return config


@pytest.mark.parametrize("task", ["support", "support_next"])
def test_support_under_spacy_train(task, tmp_path):
    name = f"affect_{task}"
    config = of_turns(make_config([task], "sparse"), "esconv", name)
    steps = {"training.max_steps": 12, "training.eval_frequency": 6}
    nlp = run(config, SAMPLES / "esconv", tmp_path / "out", **steps)
    assert nlp.pipe_names == [name]
    examples = list(make_corpus_v1(SAMPLES / "esconv", source="esconv")(nlp))
    scores = nlp.evaluate(examples)
    assert scores[f"{name}_accuracy"] > 0.8
    assert scores[f"{name}_preference_bias"] < 1
    assert nlp.meta["performance"][f"{name}_score"] > 0.8
    doc = nlp(examples[0].predicted.copy())
    _, *values = [turn._.get(name) for turn in doc.spans["turns"]]
    assert [value is not None for value in values] == [
        turn.label_ == "sys" for turn in doc.spans["turns"]
    ][1:]
    # ten turns of each strategy would be needed to choose offsets
    assert nlp.get_pipe(name).model.attrs["thresholds"] == {}


def test_client_talk_under_spacy_train(tmp_path):
    config = of_turns(make_config(["client_talk"], "sparse"), "annomi", "affect_client_talk")
    steps = {"training.max_steps": 12, "training.eval_frequency": 6}
    nlp = run(config, SAMPLES / "annomi", tmp_path / "out", **steps)
    [first, _] = make_corpus_v1(SAMPLES / "annomi", source="annomi")(nlp)
    doc = nlp(first.predicted)
    talk = doc._.affect.client_talk
    assert [
        turn._.affect.client_talk.label for turn in doc.spans["turns"] if turn.label_ == "client"
    ] == [*("sustain", "change")]
    assert (talk.ambivalent, talk.ambivalent_turns) == (True, [0, 1])


def test_a_mixed_pipeline_has_a_unit_for_each_task(tmp_path):
    """Turns for one, whole texts for the other: each learns from its own part of a corpus."""
    config = make_config(["support", "polarity"], "sparse")
    units = {name: block["unit"] for name, block in config["components"].items()}
    assert units == {"affect_support": "turns", "affect_polarity": "doc"}
    assert config["components"]["affect_polarity"]["model"]["@architectures"] == (
        "spacy_affect.SparseNgram.v1"
    )
    config = small(config)
    config["components"]["affect_support"]["model"]["length"] = 1024
    corpus = tmp_path / "mixed.jsonl"
    talks = [row_json(row) for row in read("esconv", SAMPLES / "esconv")]
    lines = [*talks, *list(rows())[:20]]
    corpus.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf8")
    nlp = run(config, corpus, tmp_path / "out", **{"training.max_steps": 20})
    scores = nlp.evaluate(examples(nlp, corpus))
    assert scores["affect_support_accuracy"] > 0.8
    assert scores["affect_polarity_accuracy"] > 0.8


@pytest.mark.parametrize("task", ["support", "support_next", "client_talk", "therapist_behaviour"])
def test_a_task_of_turns_has_a_backbone_of_turns(task):
    config = make_config([task], "sparse")
    block = config["components"][f"affect_{task}"]
    made = make_task(task)
    assert block["model"] == dict(made.sparse_model or made.default_model)
    assert block["unit"] == "turns"
    assert config["training"]["batcher"]["size"] == 4  # conversations
    nlp = load_model_from_config(config, auto_fill=True, validate=True)
    pipe = nlp.get_pipe(f"affect_{task}")
    assert (pipe.task.name, pipe.unit) == (task, "turns")
    assert pipe.task.decoder is not None


def test_units_of_turns_have_an_encoder_of_their_own():
    config = make_config(["support", "polarity"], "cnn")
    assert config["nlp"]["pipeline"] == ["affect_support", "affect_polarity"]
    for name in config["nlp"]["pipeline"]:
        model = config["components"][name]["model"]
        assert model["@architectures"] == "spacy_affect.Pooled.v1"
        assert model["tok2vec"]["@architectures"] == "spacy.HashEmbedCNN.v2"
    nlp = load_model_from_config(config, auto_fill=False, validate=True)
    pipes = [nlp.get_pipe(name) for name in nlp.pipe_names]
    assert [pipe.unit for pipe in pipes] == ["turns", "doc"]
    encoders = [pipe.model.get_ref("encoder").layers[0] for pipe in pipes]
    assert encoders[0] is not encoders[1]
    assert make_config(["polarity"], "cnn")["nlp"]["pipeline"] == ["tok2vec", "affect_polarity"]


def test_a_convolutional_encoder_of_turns_under_spacy_train(tmp_path):
    config = make_config(["support"], "cnn")
    for part in ("train", "dev"):
        config["corpora"][part]["source"] = {"@affect_corpora": "esconv"}
    steps = {"training.max_steps": 30, "training.eval_frequency": 15}
    nlp = run(config, SAMPLES / "esconv", tmp_path / "out", **steps)
    examples = list(make_corpus_v1(SAMPLES / "esconv", source="esconv")(nlp))
    assert nlp.evaluate(examples)["affect_support_accuracy"] > 0.5


def test_units_of_turns_fine_tune_an_encoder_of_their_own(encoder):
    config = make_config(["support", "emotion"], "curated", encoder=str(encoder))
    assert config["nlp"]["pipeline"] == ["affect_support", "affect_emotion"]
    assert config["initialize"]["components"] == {}
    for name in config["nlp"]["pipeline"]:
        model = config.interpolate()["components"][name]["model"]
        own = model["tok2vec"]
        assert model["@architectures"] == "spacy_affect.Pooled.v1"
        assert own["@architectures"] == "spacy_affect.CuratedEncoder.v1"
        assert own["load_from"] == str(encoder)
        assert own["transformer"]["hidden_width"] == 16
        assert own["transformer"]["num_hidden_layers"] == 1


@pytest.mark.parametrize("task", ["support", "emotion"])
def test_a_blend_suits_the_task(task, encoder):
    config = make_config([task], "blend", encoder=str(encoder))
    parts = config["components"][f"affect_{task}"]["model"]["*"]
    turns = task == "support"
    kind = "SparseTurns" if turns else "SparseNgram"
    assert parts["words"]["@architectures"] == f"spacy_affect.{kind}.v1"
    assert parts["encoder"]["before"] == (64 if turns else 0)
    assert parts["encoder"]["speakers"] is turns
    assert parts["words"].get("views") == (["turn"] if turns else None)
    blend = config["components"][f"affect_{task}"]["model"]
    assert blend.get("shares") == ([2.0, 1.0] if turns else None)
    assert config["components"][f"affect_{task}"].get("label_smoothing") == (0.1 if turns else None)
    sizes = json.loads((encoder / "config.json").read_text())
    assert parts["encoder"]["tok2vec"]["transformer"]["hidden_width"] == sizes["hidden_size"]


def test_what_comes_next_has_one_kind_of_backbone(encoder):
    for backbone in ("cnn", "curated", "blend"):
        with pytest.raises(AffectError, match="AF105"):
            make_config(["support_next"], backbone, encoder=str(encoder))


def test_a_transformer_cannot_be_shared_by_turns(encoder):
    with pytest.raises(AffectError, match=r"AF091: 'affect_support' has unit 'turns'"):
        make_config(["support"], "transformers", encoder=str(encoder))


# The configs themselves


@pytest.mark.parametrize("backbone", ["sparse", "cnn"])
def test_a_config_is_complete(backbone):
    config = make_config(["emotion", "vad", "ambivalence", "politeness"], backbone)
    nlp = load_model_from_config(config, auto_fill=False, validate=True)
    assert nlp.pipe_names[-4:] == [f"affect_{task}" for task in config_tasks(config)]
    assert sum(config["training"]["score_weights"].values()) == pytest.approx(1.0)
    assert (config["paths"]["train"], config["paths"]["dev"]) == (None, None)


def config_tasks(config):
    return [name.removeprefix("affect_") for name in config["nlp"]["pipeline"] if "affect_" in name]


@pytest.mark.parametrize("backbone", ["curated", "transformers"])
def test_a_config_names_the_encoder(backbone, encoder):
    config = make_config(["emotion"], backbone, encoder=str(encoder))
    assert config["paths"]["encoder"] == str(encoder)
    assert config["nlp"]["pipeline"] == ["transformer", "affect_emotion"]
    if backbone == "curated":
        assert config["components"]["transformer"]["model"]["hidden_width"] == 16
    filled = config.interpolate()
    assert "${" not in filled.to_str()


def test_settings_of_a_config():
    config = make_config(["emotion", "polarity"], "sparse", schemes={"emotion": "ekman"}, lang="de")
    assert config["nlp"]["lang"] == "de"
    assert config["components"]["affect_emotion"]["scheme"] == "ekman"
    assert config["components"]["affect_polarity"]["scheme"] == "polarity"
    nlp = load_model_from_config(make_config(["emotion"], "sparse", unit="sents"))
    assert nlp.get_pipe("affect_emotion").unit == "sents"


def test_all_presets_have_a_model():
    assert {"sparse", "cnn", "curated", "transformers"} <= {*presets()}
    assert all("@architectures" in preset["model"] for preset in presets().values())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"tasks": ["emotoin"]}, "AF014"),
        ({"backbone": "spars"}, "AF018"),
        ({"schemes": {"emotion": "ekmann"}}, "AF018"),
        ({"unit": "documents"}, "AF005"),
        ({"backbone": "curated", "encoder": "no/such/folder"}, "AF097"),
        ({"backbone": "curated", "encoder": "no_such_package"}, "AF097"),
    ],
)
def test_what_a_config_needs(given, code):
    with pytest.raises(AffectError) as caught:
        make_config(**{"tasks": ["emotion"], "backbone": "sparse", **given})
    assert caught.value.code == code


def test_a_preset_without_a_model(monkeypatch):
    given = {"empty": {"training": {}}, "bare": {"@affect_backbones": "afinn"}}
    monkeypatch.setattr(configs.plugins, "call", lambda hook: [("some", given)])
    with pytest.raises(AffectError, match=r"AF162: the preset 'empty' .* but: training\."):
        make_config(["polarity"], "empty")
    model = make_config(["polarity"], "bare")["components"]["affect_polarity"]["model"]
    assert model == given["bare"]


def test_models_are_chosen_by_their_scores_without_a_config():
    nlp = spacy.blank("en")
    for name in ("affect_polarity", "affect_emotion"):
        nlp.add_pipe(name)
    found = nlp.config["training"]["score_weights"]
    assert found == {"affect_polarity_score": 0.5, "affect_emotion_score": 0.5}
    written = make_config(["polarity", "emotion"], "sparse")["training"]["score_weights"]
    assert found == written


def test_an_encoder_that_does_not_fit(encoder):
    pytest.importorskip("safetensors")
    pytest.importorskip("curated_transformers")
    from spacy_affect.models.loaders import make_safetensors_loader_v1

    class Shimmed:
        shims = [type("Shim", (), {"_model": None})]

    with pytest.raises(AffectError) as caught:
        make_safetensors_loader_v1(str(encoder / "model.safetensors"))(Shimmed())
    assert caught.value.code == "AF098"


# The command


def command(*args):
    return CliRunner().invoke(cli, ["init-config", *args])


def test_the_command_writes_the_config():
    done = command("--task", "emotion", "--task", "vad", "--backbone", "cnn")
    wanted = make_config(["emotion", "vad"], "cnn")
    assert Config().from_str(done.output, interpolate=False) == wanted
    done = command("--task", "emotion", "--scheme", "ekman", "--unit", "sents")
    config = Config().from_str(done.output)["components"]["affect_emotion"]
    assert (config["scheme"], config["unit"]) == ("ekman", "sents")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--task", "emotion", "--task", "vad", "--scheme", "ekman"], "AF099"),
        (["--task", "emotion", "--scheme", "polarity=polarity"], "AF163"),
        (["--task", "emotion", "--scheme", "ekmann"], "AF018"),
        (["--task", "humor"], "AF014"),
        (["--task", "emotion", "--backbone", "bert"], "AF018"),
    ],
)
def test_what_the_command_refuses(args, code):
    done = command(*args)
    assert isinstance(done.exception, AffectError)
    assert done.exception.code == code


def test_an_unknown_language_is_a_usage_error():
    done = command("--task", "emotion", "--lang", "qq")
    assert done.exit_code == 2
    assert "--lang" in done.output


def test_presets_name_no_place_of_this_machine():
    folder = Path(str(util.find_spec("spacy_affect.pipeline").submodule_search_locations[0]))
    for preset in (folder / "presets").glob("*.cfg"):
        assert "/home" not in preset.read_text(encoding="utf8")
