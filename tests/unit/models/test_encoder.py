"""Ready-made weights with an encoder: how texts and turns are read, what is shared, what is said.

The encoder here is tiny and of random weights, made by `tiny_encoder/make.py`; those that are
shipped are tried in the plugins that bring them.
"""

import json
import math
import pickle
import shutil
from importlib import util
from pathlib import Path
from string import ascii_lowercase

import numpy
import pytest
import spacy

from spacy_affect.api import AffectError, example, get_scheme, make_doc
from spacy_affect.models.backbones import embedded
from spacy_affect.models.backbones.embedded.encoder import (
    ENCODER,
    EncodedWeights,
    Encoder,
    save_heads,
)
from spacy_affect.models.backbones.embedded.weights import open_weights, write_meta
from spacy_affect.models.backbones.embedded.windows import TOKENIZER, Passage, Reader, whole
from spacy_affect.pipeline.explaining import MOST_STEPS
from spacy_affect.registry import REGISTRIES
from spacy_affect.testing import snapshot

for package in ("onnxruntime", "tokenizers"):
    if util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed", allow_module_level=True)

TINY = Path(__file__).parent / "tiny_encoder"
WIDTH = 16
#: What the pieces of the tiny tokenizer are.
PIECES = json.loads((TINY / TOKENIZER).read_text(encoding="utf8"))["model"]["vocab"]
FIRST, LAST, OWN, OTHER = (PIECES[name] for name in ("[CLS]", "[SEP]", "[OWN]", "[OTHER]"))
READING = {
    "width": WIDTH,
    "ends": [FIRST, LAST],
    "window": 8,
    "stride": 6,
    "turns": {"window": 6, "stride": 4, "before": 5, "speakers": [OWN, OTHER]},
}
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
EMOTIONS = get_scheme("semeval4").labels
STRATEGIES = get_scheme("esconv8").labels
#: By task, scheme and kind: what made-up heads say of their outputs.
TASKS = {
    "polarity": {
        "polarity": {"kind": "poles", "columns": {"pos": 0, "neg": 1, "value": 2}},
    },
    "emotion": {
        "semeval4": {
            "kind": "unit",
            "columns": {"anger": 3, "joy": 4},
            "presence": {label: 5 + i for i, label in enumerate(EMOTIONS)},
        }
    },
    "subjectivity": {"subjectivity": {"kind": "unit", "columns": {"subjectivity": 9}}},
    "ambivalence": {"ambivalence_cues": {"kind": "mixed", "columns": {"both": 10}, "cut": 0.4}},
    "support": {
        "esconv8": {
            "kind": "softmax",
            "reads": "turns",
            "columns": {label: 11 + i for i, label in enumerate(STRATEGIES)},
        }
    },
}
VAD = {"vad": {"vad": {"kind": "signed", "columns": {"valence": 0, "arousal": 1, "dominance": 2}}}}
N_OUT = 19
NAMES = [f"affect_{task}" for task in (*TASKS, *VAD)]
CONFIGS = {"affect_emotion": {"scheme": "semeval4"}, "affect_support": {"decoder": None}}
TEXTS = (
    "I love the plan, but not really.",
    "you hate the bad plan!",
    "ok",
    "I really, really, really love the good plan and you do not, do you? You hate it.",
    "😡👎🏽",
    "\x00\x01\x02",
    "@someone: see https://example.com/a?b=c",
)
SAID = (
    ("seeker", "I hate the plan."),
    ("supporter", "You really hate it?"),
    ("seeker", "Not the good plan. The bad one, really."),
    ("supporter", "I love it."),
)


def save(folder, tasks=TASKS, n=N_OUT, version="1.0", encoder=READING, seed=0):
    """Write a folder of made-up heads, and the encoder if they are on their own."""
    chance = numpy.random.default_rng(seed)
    meta = {"name": folder.name, "version": version, "languages": ["en"]}
    meta["model"] = {"encoder": encoder, "tasks": tasks}
    save_heads(folder, meta, chance.normal(0, 0.6, (WIDTH, n)), chance.normal(0, 0.3, n))
    if "of" not in encoder:
        for name in (ENCODER, TOKENIZER):
            shutil.copyfile(TINY / name, folder / name)
    return folder


@pytest.fixture
def own(tmp_path, monkeypatch):
    """RETURNS (Path): A folder in which weights are found as if they came with us."""
    monkeypatch.setattr(embedded, "OWN", tmp_path)
    return tmp_path


@pytest.fixture
def made_up(own):
    """RETURNS (Path): Of made-up weights for every task, vad in a folder of its own."""
    save(own / "made_up_vad", VAD, 3, encoder={"of": "../made_up"}, seed=1)
    return save(own / "made_up")


@pytest.fixture
def reads(monkeypatch):
    """RETURNS (list[str]): The texts that encoders have read."""
    found = []
    real = Encoder.vector

    def vector(self, passage):
        found.append(passage.text)
        return real(self, passage)

    monkeypatch.setattr(Encoder, "vector", vector)
    return found


def pipeline(*names, **config):
    nlp = spacy.blank("en")
    for name in names or NAMES:
        nlp.add_pipe(name, config={"model": EMBEDDED, **CONFIGS.get(name, {}), **config})
    return nlp


def of(doc):
    return [snapshot(doc, name) for name in NAMES if doc.has_extension(name)]


def converse(nlp, said=SAID):
    return make_doc(nlp, [{"speaker": speaker, "text": text} for speaker, text in said])


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


# Reading


def pieces(text):
    return [PIECES[word] for word in text.split()]


@pytest.fixture(scope="module")
def reader():
    return Reader(TINY, READING)


def test_a_text_is_one_window_between_the_ends(reader):
    [window] = reader.windows(Passage("I love the plan"))
    assert window.ids.tolist() == [FIRST, *pieces("i love the plan"), LAST]
    assert window.types.tolist() == [0] * 6
    assert window.pool.tolist() == [1] * 6
    assert window.size == 4


@pytest.mark.parametrize(
    ("n", "sizes"), [(8, [8]), (9, [8, 3]), (14, [8, 8]), (15, [8, 8, 3]), (21, [8, 8, 8, 3])]
)
def test_long_texts_are_read_in_windows_that_overlap(reader, n, sizes):
    windows = reader.windows(Passage(" ".join(ascii_lowercase[:n])))
    assert [window.size for window in windows] == sizes
    found = [window.ids[1:-1].tolist() for window in windows]
    wanted = [PIECES[letter] for letter in ascii_lowercase[:n]]
    assert found[0] + [piece for part in found[1:] for piece in part[2:]] == wanted
    assert all({window.ids[0], window.ids[-1]} == {FIRST, LAST} for window in windows)


@pytest.mark.parametrize("text", ["", " \n", "\x00\x01", "\u200b"])
def test_of_no_text_the_ends_are_left(reader, text):
    [window] = reader.windows(Passage(text))
    assert window.ids.tolist() == [FIRST, LAST]


def test_a_text_cannot_spell_the_ends(reader):
    [window] = reader.windows(Passage("[SEP]"))
    assert LAST not in window.ids[1:-1]


def test_a_turn_is_read_after_those_before_it(reader):
    before = ((False, "the bad plan"), (True, "you"), (False, "really bad"))
    [window] = reader.windows(Passage("not good", before))
    # of what was said before the last five pieces
    context = [OWN, *pieces("you"), OTHER, *pieces("really bad")]
    assert window.ids.tolist() == [FIRST, *context, LAST, *pieces("not good"), LAST]
    assert window.types.tolist() == [0] * 7 + [1] * 3
    assert window.pool.tolist() == [0] * 7 + [1] * 3
    assert window.size == 2


def test_the_first_turn_is_told_from_a_text(reader):
    [window] = reader.windows(Passage("good", ()))
    assert window.ids.tolist() == [FIRST, LAST, *pieces("good"), LAST]
    assert window.types.tolist() == [0, 0, 1, 1]


def test_long_turns_have_windows_with_the_same_context(reader):
    windows = reader.windows(Passage(" ".join("abcdefghijk"), ((True, "you"),)))
    assert [window.size for window in windows] == [6, 6, 3]
    for window in windows:
        assert window.ids[:4].tolist() == [FIRST, OWN, *pieces("you"), LAST]
        assert window.pool.sum() == window.size + 1


def test_sides_of_a_conversation(made_up, monkeypatch):
    seen = []
    real = Encoder.vectors

    def vectors(self, found):
        seen.extend(found)
        return real(self, found)

    monkeypatch.setattr(Encoder, "vectors", vectors)
    nlp = pipeline("affect_support")
    nlp(converse(nlp))
    assert [passage.text for passage in seen] == [SAID[1][1], SAID[3][1]]
    assert seen[0].before == ((False, SAID[0][1]),)
    assert [own for own, _ in seen[1].before] == [False, True, False]


def test_half_characters_are_replaced():
    assert whole("a\ud800b") == "a\ufffdb"
    assert whole("\ud83d\ude21") == "\U0001f621"
    assert whole("naïve 😡") == "naïve 😡"


# Vectors


@pytest.fixture
def encoder():
    return Encoder(TINY, READING)


def test_a_long_text_has_the_mean_of_its_windows(encoder, reader):
    text = " ".join("abcdefghijk")
    parts = [encoder.vector(Passage(part)) for part in ("a b c d e f g h", "g h i j k")]
    wanted = (8 * parts[0] + 5 * parts[1]) / 13
    assert encoder.vector(Passage(text)) == pytest.approx(wanted, abs=1e-6)


def test_the_order_of_words_and_what_was_said_before_count(encoder):
    def apart(*passages):
        one, other = map(encoder.vector, passages)
        return numpy.abs(one - other).max()

    assert apart(Passage("you love the plan"), Passage("the plan love you")) > 0.01
    assert apart(Passage("good", ((True, "bad"),)), Passage("good", ((False, "bad"),))) > 0.01
    assert apart(Passage("good", ()), Passage("good")) > 0.01


def test_reading_takes_linear_time(reader):
    sizes = [len(reader.windows(Passage("a " * n))) for n in (1000, 2000, 4000)]
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.01)
    assert sizes[2] == pytest.approx(4 * sizes[0], rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "a b " * 25_000,
        "😡" * 5000,
        "\ud800" * 100,
        bytes(range(256)).decode("latin1"),
    ],
    ids=["one word", "words", "emoji", "halves", "binary"],
)
def test_any_text_has_a_vector(encoder, text):
    vector = encoder.vector(Passage(text))
    assert vector.shape == (WIDTH,)
    assert numpy.isfinite(vector).all()


def test_what_is_kept_is_bounded(encoder, reads, monkeypatch):
    monkeypatch.setattr("spacy_affect.models.backbones.embedded.encoder.MOST_KEPT", 10)
    texts = [Passage(f"{a}{b}") for a in "abcdef" for b in "abcdef"]
    for i in range(0, len(texts), 4):
        encoder.vectors(texts[i : i + 4])
    assert len(encoder._kept) == 10
    reads.clear()
    # a batch is kept as a whole, also a larger one
    wanted = encoder.vectors(texts)
    assert len(encoder._kept) == len(texts)
    read = len(reads)
    assert (encoder.vectors(texts) == wanted).all()
    assert len(reads) == read < len(texts)
    encoder.vectors(texts[:2])
    assert len(encoder._kept) == 10


# The same everywhere


def test_a_batch_changes_nothing(made_up):
    nlp = pipeline()
    alone = [of(nlp(text)) for text in TEXTS]
    again = [of(pipeline()(text)) for text in TEXTS]
    assert alone == again
    for size in (1, 3, 64):
        open_weights(made_up).__dict__.pop("encoder", None)
        open_weights(made_up.parent / "made_up_vad").__dict__.pop("encoder", None)
        texts = [*TEXTS[::-1], *TEXTS]
        found = [of(doc) for doc in nlp.pipe(texts, batch_size=size)]
        assert found == [*alone[::-1], *alone]


def test_components_share_one_pass(made_up, reads):
    names = [name for name in NAMES if name != "affect_support"]
    nlp = pipeline(*names)
    list(nlp.pipe(TEXTS))
    assert reads == [*TEXTS]
    assert open_weights(made_up.parent / "made_up_vad").encoder is open_weights(made_up).encoder
    # whatever their units
    reads.clear()
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    for i, unit in enumerate(("sents", "doc", "sents", "doc")):
        nlp.add_pipe("affect_polarity", name=f"affect_{i}", config={"unit": unit})
    docs = list(nlp.pipe(["You do. I do not.", "No. Yes. No."]))
    assert len(reads) == 2 + 2 + 2  # a sentence that is there twice is read once
    assert docs[0]._.affect_0 == docs[0]._.affect_2


def test_saved_pipelines_are_the_same(made_up, tmp_path):
    nlp = pipeline()
    wanted = [of(nlp(text)) for text in TEXTS]
    nlp.to_disk(tmp_path / "saved")
    copies = [
        spacy.load(tmp_path / "saved"),
        pickle.loads(pickle.dumps(nlp)),
        pipeline().from_bytes(nlp.to_bytes()),
    ]
    for copy in copies:
        assert [of(copy(text)) for text in TEXTS] == wanted
    # the weights stay in the package
    for path in (tmp_path / "saved").rglob("*/model"):
        assert path.stat().st_size < 5000
    nlp.initialize()
    assert [of(nlp(text)) for text in TEXTS] == wanted


# What they give


def raw_of(folder, text):
    weights = open_weights(folder)
    W, b = (numpy.load(folder / f"heads.{name}.npy").astype("float64") for name in "Wb")
    return weights.encoder.vector(Passage(text)).astype("float64") @ W + b


@pytest.mark.parametrize("text", TEXTS[:4])
def test_each_kind_of_value(made_up, text):
    doc = pipeline()(text)
    raw = raw_of(made_up, text)
    p = sigmoid(raw)
    polarity = doc._.affect.polarity
    either = 1 - (1 - p[0]) * (1 - p[1])  # without a pole a text is neutral
    assert polarity.value == pytest.approx((2 * p[2] - 1) * math.sqrt(either), abs=1e-5)
    assert (polarity.pos, polarity.neg) == pytest.approx((p[0], p[1]), abs=1e-5)
    emotion = doc._.affect.emotion
    # labels without an intensity have how likely they are there
    wanted = {"anger": p[3], "fear": p[6], "joy": p[4], "sadness": p[8]}
    assert emotion.value == pytest.approx(wanted, abs=1e-5)
    likely = dict(zip(EMOTIONS, p[5:9], strict=True))
    assert emotion.presence == pytest.approx(likely, abs=1e-5)
    assert emotion.labels == [label for label in EMOTIONS if likely[label] >= 0.5]
    assert doc._.affect_subjectivity == pytest.approx(p[9], abs=1e-5)
    told = p[10] * 0.5 / 0.4 if p[10] < 0.4 else 0.5 + (p[10] - 0.4) * 0.5 / 0.6
    assert doc._.affect_ambivalence >= told - 1e-5
    if not doc.spans["affect_ambivalence"]:
        assert doc._.affect_ambivalence == pytest.approx(told, abs=1e-5)
    vad = raw_of(made_up.parent / "made_up_vad", text)
    assert [*doc._.affect_vad.values()] == pytest.approx(numpy.clip(vad, -1, 1), abs=1e-5)
    assert sum(doc._.affect_support.values()) == pytest.approx(1)


def test_support_is_a_distribution_over_turns(made_up):
    nlp = pipeline("affect_support")
    doc = nlp(converse(nlp))
    weights = open_weights(made_up)
    W, b = (numpy.load(made_up / f"heads.{name}.npy").astype("float64") for name in "Wb")
    turn = doc.spans["turns"][1]
    vector = weights.encoder.vector(Passage(turn.text, ((False, SAID[0][1]),)))
    raw = (vector.astype("float64") @ W + b)[11:]
    powers = numpy.exp(raw - raw.max())
    wanted = dict(zip(STRATEGIES, powers / powers.sum(), strict=True))
    assert turn._.affect_support == pytest.approx(wanted, abs=1e-5)
    assert doc.spans["turns"][0]._.affect_support is None
    wanted = turn._.affect_support
    decoder = {"@misc": "spacy_affect.Debias.v1", "strength": 1.0}
    other = pipeline("affect_support", decoder=decoder)
    doc = other(converse(other))
    likely = doc.spans["turns"][1]._.affect.support.probabilities
    assert likely == wanted


def test_cut_points_and_calibration_come_with_the_weights(own):
    part = {**TASKS["emotion"]["semeval4"], "thresholds": dict.fromkeys(EMOTIONS, 0.01)}
    save(own / "made_up", {"emotion": {"semeval4": part}})
    assert pipeline("affect_emotion")(TEXTS[0])._.affect.emotion.labels == [*EMOTIONS]


def test_a_scheme_of_fewer_labels(own):
    part = {
        "kind": "unit",
        "columns": {},
        "presence": {label: i for i, label in enumerate(EMOTIONS)},
    }
    part["presence"]["love"] = 4
    save(own / "made_up", {"emotion": {"other": part}})
    doc = pipeline("affect_emotion")(TEXTS[0])
    assert [*doc._.affect_emotion] == [*EMOTIONS]


# Why they say it


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", TEXTS[:4])
def test_explanations_sum_up(made_up, name, text):
    nlp = pipeline(name)
    doc = nlp(text + " \n")
    task = name.removeprefix("affect_")
    labels = nlp.get_pipe(name).task.columns if isinstance(doc._.get(name), dict) else [None]
    for label in labels:
        why = doc._.affect.explain(task, label=label)
        assert why.method == "occlusion, word by word"
        assert why.value == (doc._.get(name) if label is None else doc._.get(name)[label])
        assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)
        assert why.contributions[-1] == 0.0


def test_a_turn_is_explained_without_what_was_said_before(made_up):
    nlp = pipeline("affect_support")
    doc = nlp(converse(nlp))
    turn = doc.spans["turns"][3]
    why = turn._.affect.explain("support")
    assert why.tokens == ["I", "love", "it", "."]
    assert why.value == max(turn._.affect_support.values())
    assert math.fsum(why.contributions) == pytest.approx(why.value - why.baseline, abs=1e-9)


def test_a_word_that_acts_alone_has_what_it_adds(made_up):
    """A text of one word: the word adds all."""
    nlp = pipeline("affect_vad")  # a pipeline that is gone explains nothing
    doc = nlp("love")
    why = doc._.affect.explain("vad", label="valence")
    assert why.contributions == pytest.approx([why.value - why.baseline])


def test_explaining_reads_each_word_twice_at_most(made_up, reads):
    nlp = pipeline("affect_subjectivity")
    for n in (5, 40, 2 * MOST_STEPS + 7):
        doc = nlp("plan " * n)
        reads.clear()
        why = doc._.affect.explain("subjectivity")
        assert len(why.contributions) == n
        assert len(reads) <= 2 * min(n, MOST_STEPS) + 2


# What they need


def test_without_the_extra_the_error_names_it(made_up, monkeypatch):
    real = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name: None if name == "tokenizers" else real(name)
    )
    with pytest.raises(AffectError, match=r'AF001.*pip install "spacy-affect\[onnx\]"'):
        pipeline("affect_polarity")


def test_nothing_is_opened_before_the_first_text(made_up):
    for path in made_up.iterdir():
        if path.suffix != ".json" or path.name == TOKENIZER:
            path.unlink()
    nlp = pipeline()
    nlp.to_bytes()
    assert nlp(" ")._.affect_polarity is None


def test_threads_are_a_setting(encoder, monkeypatch):
    assert encoder._session.get_session_options().intra_op_num_threads == 1
    monkeypatch.setenv("SPACY_AFFECT_THREADS", "2")
    assert Encoder(TINY, READING)._session.get_session_options().intra_op_num_threads == 2


@pytest.mark.parametrize("name", [ENCODER, TOKENIZER])
@pytest.mark.parametrize("content", [None, b"", b"no such thing"])
def test_files_that_are_broken_or_not_there(made_up, name, content):
    (made_up / name).unlink()
    if content is not None:
        (made_up / name).write_bytes(content)
    nlp = pipeline("affect_polarity")
    with pytest.raises(AffectError, match=f"AF161.*{name}"):
        nlp(TEXTS[0])


def test_heads_of_no_encoder(own):
    (own / "sparse").mkdir()
    meta = {"name": "sparse", "version": "1", "languages": ["en"], "model": {"settings": []}}
    write_meta(own / "sparse", meta)
    for of in ("../none", "../sparse"):
        folder = save(own / "heads", VAD, 3, encoder={"of": of})
        open_weights.cache_clear()
        nlp = pipeline("affect_vad")
        with pytest.raises(AffectError, match=f"AF160.*{of}"):
            nlp(TEXTS[0])
        assert isinstance(open_weights(folder), EncodedWeights)


def test_heads_on_the_encoder_of_registered_weights(own, tmp_path_factory, monkeypatch):
    base = save(tmp_path_factory.mktemp("elsewhere") / "base", TASKS)
    registered = {"base": base}
    monkeypatch.setattr(REGISTRIES["weights"], "get", registered.__getitem__)
    save(own / "heads", VAD, 3, encoder={"of": "base"})
    assert pipeline("affect_vad")(TEXTS[0])._.affect_vad
    assert open_weights(own / "heads").encoder is open_weights(base).encoder


def test_a_default_is_without_an_encoder_where_there_is_a_choice(own, tmp_path, monkeypatch):
    folders = {"a": save(tmp_path / "plugins" / "a"), "b": tmp_path / "plugins" / "b"}
    tasks = {"subjectivity": {"subjectivity": {"kind": "unit", "columns": {"subjectivity": 0}}}}
    (tmp_path / "plugins" / "b").mkdir()
    meta = {"name": "b", "version": "1.0", "languages": ["en"]}
    write_meta(folders["b"], {**meta, "model": {"settings": [], "tasks": tasks}})
    monkeypatch.setattr(REGISTRIES["weights"], "get_all", lambda: folders)

    def chosen(name):
        return pipeline(name).get_pipe(name).model.attrs["source"]

    assert chosen("affect_subjectivity") == "spacy_affect.Embedded.v1 (b 1.0)"
    assert chosen("affect_polarity") == "spacy_affect.Embedded.v1 (a 1.0)"


def test_they_are_not_to_begin_from(made_up):
    model = {"@architectures": "spacy_affect.SparseNgram.v1", "init_from": "embedded"}
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe("affect_subjectivity", config={"model": model})
    examples = [example(nlp, "I love it", {"subjectivity": 1.0})]
    with pytest.raises(AffectError, match=r"AF096.*heads of an encoder"):
        pipe.initialize(lambda: examples)
