"""The default pipelines: ready-made weights that need no training, no download and no extra.

No test here knows the exact numbers of the shipped weights: only clear cases, orders, and what
holds of any weights.
"""

import json
import math
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_affect import AffectError
from spacy_affect.api import attach, example, get_scheme
from spacy_affect.models.backbones import embedded
from spacy_affect.models.backbones.ambivalence import build_ambivalence_cues_v1
from spacy_affect.models.backbones.embedded.weights import open_weights
from spacy_affect.models.backbones.sparse import features
from spacy_affect.registry import REGISTRIES
from spacy_affect.testing import ODD, TEXTS, snapshot

EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
#: The largest that the shipped weights may be, in bytes: they come with every installation.
LARGEST = 12_000_000
NAMES = ("affect_polarity", "affect_emotion", "affect_subjectivity", "affect_ambivalence")
NAMES = (*NAMES, "affect_vad")
#: No corpus that may be shipped knows it.
ABSENT = {"pessimism"}
MORE = (
    *TEXTS,
    *(
        "I am so happy today, this is wonderful!",
        "Not good.",
        "ok",
        "she",
        "",
        " \n",
        "😡👎🏽 love",
    ),
    "I used to love it, but now it is terrible. " * 20,
)


def pipeline(*names, **config):
    nlp = spacy.blank("en")
    for name in names or NAMES:
        nlp.add_pipe(name, config=config)
    return nlp


@pytest.fixture(scope="module")
def nlp():
    return pipeline()


def of(doc):
    return [snapshot(doc, name) for name in NAMES]


def values(doc):
    return [doc._.get(name) for name in NAMES]


# Ready to use


@pytest.mark.parametrize("name", NAMES)
def test_every_default_factory_works_untrained(name):
    doc = pipeline(name)("I love the new house.")
    record = doc._.affect[name]
    assert record.value is not None
    assert doc._.get(name) == record.value
    assert record.source.startswith("spacy_affect.Embedded.v1 (")


@pytest.mark.parametrize("name", NAMES)
def test_the_generic_factory_gives_the_same(name, nlp):
    other = spacy.blank("en")
    other.add_pipe("affect", config={"task": name.removeprefix("affect_")})
    for text in MORE:
        assert snapshot(other(text), name) == snapshot(nlp(text), name)


def test_records_say_how_sure_they_are(nlp):
    affect = nlp("I love the new house, it is great!")._.affect
    for record in (affect.polarity, affect.subjectivity, affect.ambivalence):
        assert 0 < record.confidence <= 1
        assert {record.abstain} <= {True, False}
    assert affect.polarity.label in affect.polarity.set
    assert affect.subjectivity.label in affect.subjectivity.set
    assert {*affect.emotion.labels} <= {*affect.emotion.set}
    assert [*affect.vad.interval] == [*affect.vad.value]
    for label, (low, high) in affect.vad.interval.items():
        assert -1 <= low <= affect.vad.value[label] <= high <= 1


@pytest.mark.parametrize("name", ["affect_vad", "affect_polarity"])
def test_the_level_widens_intervals(name):
    spans = []
    for level in (0.5, 0.9, 0.99):
        found = pipeline(name, level=level)("The new house is nice.")._.affect[name].interval
        ends = [*found.values()] if isinstance(found, dict) else [found]
        spans.append(sum(high - low for low, high in ends))
    assert spans[0] < spans[1] < spans[2]


def test_the_level_widens_sets():
    sizes = []
    for level in (0.5, 0.8, 0.99):
        docs = pipeline(level=level).pipe(text for text in MORE if text.strip())
        records = [
            record for doc in docs for record in (doc._.affect.polarity, doc._.affect.emotion)
        ]
        sizes.append(sum(len(record.set) for record in records))
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize(
    "scheme", ["ec11", "semeval4", "plutchik8", "brighter6", "ekman", "goemotions"]
)
def test_schemes_of_emotions(scheme):
    nlp = pipeline("affect_emotion", scheme=scheme)
    labels = [label for label in get_scheme(scheme).labels if label not in ABSENT]
    record = nlp("I am so happy today, this is wonderful!")._.affect.emotion
    assert [*record.value] == [*record.presence] == labels
    assert all(0 <= p <= 1 for p in (*record.value.values(), *record.presence.values()))
    assert "joy" in record.labels
    negative = {"anger", "disgust", "fear", "sadness", "grief", "annoyance"}
    assert negative.isdisjoint(record.labels)
    angry = nlp("I am furious, this makes me so angry!")._.affect.emotion
    assert "anger" in angry.labels
    assert "joy" not in angry.labels
    assert angry.value["anger"] > record.value["anger"]


def test_labels_of_a_part_of_a_scheme_are_scored_alike():
    whole, part = (pipeline("affect_emotion", scheme=name) for name in ("ec11", "semeval4"))
    for text in TEXTS:
        value = whole(text)._.affect_emotion
        assert part(text)._.affect_emotion == {k: value[k] for k in get_scheme("semeval4").labels}


def test_a_scheme_that_no_weights_know():
    with pytest.raises(AffectError, match=r"AF125.*'empathetic32'.*init-config --task emotion"):
        pipeline("affect_emotion", scheme="empathetic32")


@pytest.mark.parametrize("task", ["support", "support_next"])
def test_weights_that_are_elsewhere_are_named(task, monkeypatch):
    every = REGISTRIES["weights"].get_all()
    ours = {name: path for name, path in every.items() if path.parent == embedded.OWN}
    monkeypatch.setattr(REGISTRIES["weights"], "get_all", lambda: ours)
    with pytest.raises(AffectError, match=r"AF125.*pip install plugins/en-affect-support \(in a"):
        pipeline(f"affect_{task}")
    # what is ours still works
    assert pipeline("affect_polarity")("I love it")._.affect_polarity > 0


def test_weights_that_do_not_know_the_task_and_those_that_do():
    model = {"@architectures": "spacy_affect.Embedded.v1", "weights": "general"}
    with pytest.raises(AffectError) as caught:
        pipeline("affect_vad", model=model)
    said = "AF125: the weights 'general' do not know the task 'vad' in the scheme 'vad': set "
    assert str(caught.value).startswith(said)
    [known] = re.findall(r"some that do: ([\w, ]+)\.$", str(caught.value))
    assert "vad" in known.split(", ")
    assert "general" not in known.split(", ")
    # and where none do, how to get some
    with pytest.raises(AffectError, match=r"AF125: no ready-made weights know .*init-config"):
        pipeline("affect_emotion", model=model, scheme="empathetic32")


def test_mixed_polarity():
    mixed = pipeline("affect_polarity", mixed_threshold=0.2)
    both = mixed("I love the food, but I hate the awful service.")._.affect.polarity
    assert (both.label, both.labels) == ("mixed", ["mixed"])
    assert min(both.pos, both.neg) >= 0.2
    assert both.value == pytest.approx(both.pos - both.neg)
    one = mixed("I love it, it is wonderful!")._.affect.polarity
    assert one.label == "positive"
    assert one.pos > 0.8 > 0.2 > one.neg
    above = math.nextafter(min(both.pos, both.neg), 1)
    nlp = pipeline("affect_polarity", mixed_threshold=above)
    assert nlp("I love the food, but I hate the awful service.")._.affect.polarity.label != "mixed"


def test_they_are_small_and_ours_alone():
    files = [path for path in embedded.OWN.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST
    assert {path.suffix for path in files} == {".npy", ".json"}
    assert {path.parent.name for path in files} == {"general", "vad"}
    for folder in {path.parent for path in files}:
        card = open_weights(folder).meta
        assert card["use"] == "commercial"
        assert card["licence"] in ("MIT", "CC BY 4.0", "CC BY-SA 4.0")


# The same everywhere


def test_a_batch_changes_nothing(nlp):
    alone = [of(nlp(text)) for text in MORE]
    for size in (1, 3, 100):
        assert [of(doc) for doc in nlp.pipe(MORE, batch_size=size)] == alone
    assert [of(doc) for doc in nlp.pipe(reversed(MORE))] == alone[::-1]
    # one component after the other, on the same Docs
    docs = [nlp.make_doc(text) for text in MORE]
    for name in NAMES:
        docs = [nlp.get_pipe(name)(doc) for doc in docs]
    assert [of(doc) for doc in docs] == alone


def test_threads_that_share_a_pipeline_change_nothing(nlp, monkeypatch):
    monkeypatch.setattr(features, "MOST_FORMS", 500)  # so that the table begins anew now and then
    texts = [f"I love my {'ab'[i % 2] * (i % 30)}plan{i}, but not all of it{i}" for i in range(400)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda text: of(nlp(text)), texts))
    assert found == [of(nlp(text)) for text in texts]


def test_copies_are_the_same(nlp, tmp_path):
    wanted = [of(nlp(text)) for text in MORE]
    nlp.to_disk(tmp_path / "saved")
    copies = [
        spacy.load(tmp_path / "saved"),
        pickle.loads(pickle.dumps(nlp)),
        pipeline().from_bytes(nlp.to_bytes()),
    ]
    for copy in copies:
        assert [of(copy(text)) for text in MORE] == wanted
    # the weights stay in the package
    size = sum(path.stat().st_size for path in (tmp_path / "saved").rglob("*/model"))
    assert size < 200_000


def test_stored_docs_are_the_same(nlp):
    docs = [nlp(text) for text in MORE]
    stored = DocBin(docs=docs, store_user_data=True).to_bytes()
    again = DocBin().from_bytes(stored).get_docs(spacy.blank("en").vocab)
    assert [of(attach(doc)) for doc in again] == [of(doc) for doc in docs]


def test_spawned_processes_are_the_same(nlp, tmp_path):
    script = f"""
import json, multiprocessing, spacy
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    nlp = spacy.blank("en")
    for name in {NAMES!r}:
        nlp.add_pipe(name)
    docs = nlp.pipe({MORE!r}, n_process=2, batch_size=3)
    print(json.dumps([[doc._.get(name) for name in {NAMES!r}] for doc in docs]))
"""
    (tmp_path / "run.py").write_text(script, encoding="utf8")
    command = [sys.executable, tmp_path / "run.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [values(nlp(text)) for text in MORE]


def test_training_leaves_them_alone(nlp):
    other = pipeline()
    assert not any(pipe.is_trainable for _, pipe in other.pipeline)
    gold = {"polarity": -1.0, "emotion": {"joy": 0.0}, "subjectivity": 0.0, "ambivalence": 1.0}
    gold["vad"] = {"valence": -1.0}
    examples = [example(other, "I love it", gold)]
    other.initialize(lambda: examples)
    assert other.update(examples) == dict.fromkeys(NAMES, 0.0)
    assert [of(other(text)) for text in MORE] == [of(nlp(text)) for text in MORE]


# Any text


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0"])
def test_no_text_has_no_value(nlp, text):
    assert values(nlp(text)) == [None] * len(NAMES)


@pytest.mark.parametrize(
    "text",
    [
        *(text for text in ODD.values() if text.strip()),
        "😡",
        "👩‍👩‍👧‍👦",
        "\x00\x01\xff\ufffe\u0000",
        "\u202e\u200b",
        "a" * 100_000,
        "!" * 1000,
        "I like it, but well . " * 16_667,  # 100,000 tokens
        "@somebody",
        "https://example.com/?q=1",
        "she",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_any_other_text_has_one_in_the_range(nlp, text):
    nlp.max_length = 10**6
    doc = nlp(text)
    assert -1 <= doc._.affect_polarity <= 1
    assert 0 <= doc._.affect_subjectivity <= 1
    assert 0 <= doc._.affect_ambivalence <= 1
    assert all(0 <= number <= 1 for number in doc._.affect_emotion.values())
    assert all(-1 <= number <= 1 for number in doc._.affect_vad.values())


#: Pairs of one token each that only say who somebody is, or where something lies.
WHO = (
    *("Muslim", "Jewish", "Christian", "atheist", "gay", "lesbian", "straight", "transgender"),
    *("black", "white", "Asian", "German", "Nigerian", "Mexican", "woman", "man", "girl", "boy"),
    *("immigrant", "refugee", "she", "him", "@somebody", "@another_one42"),
    *("https://t.co/abc", "http://www.example.com/?q=1", "www.example.org"),
)


@pytest.mark.parametrize(
    "sentence",
    [
        "My neighbour is {} and I love the new house.",
        "I hate it, {} said.",
        "This is not what {} wanted, I am so sad.",
        "{} people live here",
        "{}",
    ],
)
def test_who_is_spoken_of_moves_nothing(nlp, sentence):
    wanted = values(nlp(sentence.format(WHO[0])))
    assert None not in wanted
    for word in WHO[1:]:
        assert values(nlp(sentence.format(word))) == wanted, word
        assert values(nlp(sentence.format(word.lower()))) == wanted, word


# Clear cases


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this film, it is wonderful!", "positive"),
        ("Thank you so much for your help!", "positive"),
        ("This is the best day of my life.", "positive"),
        ("😀 ❤️", "positive"),
        ("I hate this, it is terrible.", "negative"),
        ("This is the worst service ever.", "negative"),
        ("😡😡😡", "negative"),
        # negated
        ("This is not good.", "negative"),
        ("I don't think that it was good.", "negative"),
        ("It isn't bad at all.", "positive"),
        # after the fact
        ("I expected it to be good, but it wasn't.", "negative"),
        ("Was it good? No.", "negative"),
        # what used to be, and what others say
        ("I used to love it, but now it is terrible.", "negative"),
        ("I thought it would be terrible, but it is great.", "positive"),
        # nothing of the sort
        ("The meeting is at nine o'clock.", "neutral"),
        ("Water boils at 100 degrees.", "neutral"),
    ],
)
def test_polarity(nlp, text, label):
    assert nlp(text)._.affect.polarity.label == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am so happy today, this is wonderful!", "joy"),
        ("I am furious, this makes me so angry!", "anger"),
        ("I am terrified, I'm so scared of the dark.", "fear"),
        ("I cried all night, I feel so sad and lonely.", "sadness"),
        ("Ew, that is disgusting.", "disgust"),
        ("Wow, I did not expect that, what a surprise!", "surprise"),
    ],
)
@pytest.mark.parametrize("scheme", ["ec11", "ekman"])
def test_emotion(text, label, scheme):
    record = pipeline("affect_emotion", scheme=scheme)(text)._.affect.emotion
    assert record.label == label
    assert label in record.labels


def test_facts_have_no_emotion(nlp):
    for text in ("The meeting is at nine o'clock.", "The report has 12 pages."):
        record = nlp(text)._.affect.emotion
        assert (record.label, record.labels) == (None, [])


def test_a_negated_emotion_is_weaker(nlp):
    plain, negated = (nlp(text)._.affect_emotion for text in ("I am happy.", "I am not happy."))
    assert negated["joy"] < plain["joy"]
    assert negated["sadness"] > plain["sadness"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I think this is the most beautiful song ever!", "subjective"),
        ("I hate it, it is awful.", "subjective"),
        ("Water boils at 100 degrees.", "objective"),
        ("The meeting is at nine o'clock.", "objective"),
    ],
)
def test_subjectivity(nlp, text, label):
    assert nlp(text)._.affect.subjectivity.label == label


def test_valence_and_arousal(nlp):
    glad, sad = (nlp(text)._.affect_vad for text in ("I love it!", "I am so sad and lonely."))
    furious, calm = (
        nlp(text)._.affect_vad
        for text in ("I am furious, I HATE you!!!", "We sat quietly by the calm lake.")
    )
    assert glad["valence"] > 0 > sad["valence"]
    assert furious["arousal"] > calm["arousal"]
    assert furious["valence"] < calm["valence"]


WAVERING = (
    "I love it, but I hate it.",
    "I want to stop smoking, but I'm not sure I can.",
    "I used to love it, but now it is terrible.",
    "Um, maybe... I don't know, I want to, but I can't.",
    "I love him and I hate him at the same time.",
)


@pytest.mark.parametrize("text", [*WAVERING, *TEXTS, "The meeting is at nine o'clock."])
def test_ambivalence_holds_what_the_rules_say(nlp, text):
    doc = nlp(text)
    rules = build_ambivalence_cues_v1().predict([nlp.make_doc(text)])
    found = [(span.start, span.end, span.label_) for span in doc.spans["affect_ambivalence"]]
    assert found == [(cue.start, cue.end, cue.label) for cue in rules.cues[0]]
    told = float(rules.values[0, 0])
    if told >= 0.5:
        assert doc._.affect_ambivalence >= told
        assert doc._.affect.ambivalence.ambivalent is True


def test_ambivalence_of_clear_cases(nlp):
    for text in WAVERING:
        assert nlp(text)._.affect.ambivalence.ambivalent is True, text
    for text in ("I love it, it is wonderful!", "The meeting is at nine.", "I hate it so much."):
        assert nlp(text)._.affect.ambivalence.ambivalent is False, text


# Why


@pytest.mark.parametrize("text", [*TEXTS, "ok", "😡👎🏽 love", "she @me"])
def test_explanations_sum_up(nlp, text):
    doc = nlp(text)
    for name in NAMES:
        value = doc._.get(name)
        for label in value if isinstance(value, dict) else [None]:
            why = doc._.affect.explain(name, label=label)
            assert why.method == "exact sum over tokens"
            assert why.value == (value if label is None else value[label])
            assert why.tokens == [token.text for token in doc]
            total = math.fsum(why.contributions)
            assert total == pytest.approx(why.value - why.baseline, abs=1e-9)


def test_words_that_say_it_count_most(nlp):
    for text, task, label, word in (
        ("We went there and it was wonderful .", "polarity", None, "wonderful"),
        ("She said that he is disgusting .", "emotion", "disgust", "disgusting"),
        ("I am terrified of the new dog .", "emotion", "fear", "terrified"),
    ):
        doc = nlp(text)
        why = doc._.affect.explain(task, label=label)
        assert why.tokens[max(range(len(doc)), key=why.contributions.__getitem__)] == word


def test_cues_are_credited_with_what_they_say(nlp):
    why = nlp("I am of two minds about item 4 of the schedule.")._.affect.explain("ambivalence")
    added = dict(zip(why.tokens, why.contributions, strict=True))
    assert why.value > 0.5 > why.baseline
    assert min(added["two"], added["minds"]) > 0.05
    assert math.fsum(map(abs, why.contributions)) < 2


def test_both_poles_speak_for_ambivalence(nlp):
    why = nlp("I love the food, but the waiters were rude.")._.affect.explain("ambivalence")
    added = dict(zip(why.tokens, why.contributions, strict=True))
    assert min(added["love"], added["rude"]) > 0.1


def test_words_that_take_from_both_poles_keep_their_signs(nlp):
    """Where the poles fall together, the value hardly moves, whatever their difference does."""
    why = nlp("Biscuits at Handover, ep. 52: My last shift")._.affect.explain("polarity")
    assert math.fsum(map(abs, why.contributions)) < 0.3


@pytest.mark.parametrize(
    "text", ["I love it, but I am so sad!", "We shall see.", *TEXTS]
)  # fmt: skip
def test_without_a_label_the_one_of_the_record_is_explained(nlp, text):
    affect = nlp(text)._.affect
    emotion = affect.emotion
    if emotion.value is not None:
        best = emotion.label or max(emotion.value, key=emotion.value.get)
        assert affect.explain("emotion").label == best
        # it has no labels: the first of the scheme, whichever number is highest
        assert affect.explain("vad").label == "valence"
    assert affect.explain("polarity").label is None


# To begin from


def begun(name, gold, **settings):
    model = {"@architectures": "spacy_affect.SparseNgram.v1", "init_from": "embedded", **settings}
    nlp = pipeline(name, model=model)
    examples = [example(nlp, "I like it", gold), example(nlp, "The train leaves", gold)]
    nlp.initialize(lambda: examples)
    return nlp, examples


SAID = (*TEXTS, *WAVERING, "I love it!", "I hate it.", "Not good.", "Great!", "So sad", "The bus")


def test_emotions_begin_where_the_weights_are(nlp):
    other, examples = begun("affect_emotion", {"emotion": {"value": {"joy": 0.0}}})
    for text in SAID:
        ready, found = nlp(text)._.affect_emotion, other(text)._.affect_emotion
        assert {*found} - {*ready} == ABSENT
        # the states of words count a little otherwise
        assert {k: found[k] for k in ready} == pytest.approx(ready, abs=0.3)
    glad = other("I love it!")._.affect.emotion
    assert "joy" in glad.labels
    assert ABSENT.isdisjoint(glad.labels)
    before = glad.value["joy"]
    for _ in range(3):
        losses = other.update(examples)
    assert losses["affect_emotion"] > 0
    assert other("I love it!")._.affect_emotion["joy"] < before
    assert nlp("I love it!")._.affect_emotion["joy"] > 0.5


def test_polarity_begins_close_to_the_weights(nlp):
    other, _ = begun("affect_polarity", {"polarity": 0.0})
    pairs = [(nlp(text)._.affect_polarity, other(text)._.affect_polarity) for text in SAID]
    clear = [(ready, found) for ready, found in pairs if abs(ready) > 0.6]
    assert len(clear) > 4
    assert all(ready * found > 0 for ready, found in clear)
    ordered = [
        (a[0] - b[0]) * (a[1] - b[1]) >= 0 for a in pairs for b in pairs if abs(a[0] - b[0]) > 0.5
    ]
    assert sum(ordered) / len(ordered) > 0.9


def test_other_settings_cannot_begin_there():
    with pytest.raises(AffectError, match="AF096"):
        begun("affect_polarity", {"polarity": 0.0}, length=1024)
