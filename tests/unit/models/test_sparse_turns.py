"""The sparse backbone over turns: what it reads of a conversation, and that nothing leaks."""

import pickle
from itertools import pairwise

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from spacy_affect import extensions
from spacy_affect.api import AffectError, set_gold
from spacy_affect.corpora.reader import bare
from spacy_affect.dialogue import make_doc
from spacy_affect.labels import ESCONV8, ESCONV_NAMES
from spacy_affect.models.backbones.sparse.unsaid import is_unsaid
from spacy_affect.models.backbones.turns import build_sparse_turns_v1
from spacy_affect.models.backbones.turns.state import State
from spacy_affect.models.backbones.turns.views import conversations, places
from spacy_affect.pipeline.factories import make_task

pytest.importorskip("vaderSentiment")

SMALL = {"@architectures": "spacy_affect.SparseTurns.v1", "length": 1024, "state": True}
AHEAD = {**SMALL, "views": ["other", "own"]}
#: Speaker, text, and what a supporter did.
SAID = (
    ("usr", "Hi. My boss hates me."),
    ("sys", "What makes you think that?", "question"),
    ("usr", "He shouted at me in front of everybody!"),
    ("sys", "That must have been awful.", "reflection"),
    ("usr", "It was. I feel like quitting."),
    ("sys", "You could look around first.", "suggestion"),
    ("usr", "I love that idea, thank you."),
    ("sys", "Most people wait for an offer.", "information"),
)


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def turns(said=SAID):
    names = ("speaker", "text", "strategy")
    return [dict(zip(names, turn, strict=False)) for turn in said]


def converse(nlp, said=SAID, situation=None):
    return make_doc(nlp, turns(said), situation)


def changed(place, **known):
    """RETURNS (list[dict]): The turns, with one of them changed."""
    given = turns()
    given[place] |= known
    return given


# What is read


def views(doc, unit, ahead=False):
    """RETURNS (dict): By view the text that it reads, None where there is none."""
    found = {}
    for view in ("turn", "previous", "other", "own", "situation"):
        [part] = places(conversations([unit], ahead), [unit], view)
        found[view] = None if part is None else part.text
    return found


def test_a_sentence_is_of_the_side_that_its_turn_is_of(nlp):
    doc = converse(nlp, [("Ann", "Hi. How?"), ("Bob", "Bad."), ("Ann", "Oh no. Go on.")])
    last = doc.spans["turns"][2]
    first, second = doc[last.start : last.start + 3], doc[last.start + 3 : last.end]
    assert (first.text, second.text) == ("Oh no.", "Go on.")
    [of] = conversations([first], False)
    assert of.own(first) == of.own(second) == [True, False, True]


@pytest.mark.parametrize(("helper", "client"), [("sys", "usr"), ("Ben", "Ann")])
def test_what_a_turn_is_read_with(nlp, helper, client):
    said = [(client, "a"), (helper, "b"), (client, "c"), (client, "d"), (helper, "e")]
    doc = converse(nlp, said)
    none = {"situation": None}
    first, second, third, fourth, fifth = (views(doc, turn) for turn in doc.spans["turns"])
    assert first == {"turn": "a", "previous": None, "other": None, "own": None, **none}
    assert second == {"turn": "b", "previous": "a", "other": "a", "own": None, **none}
    assert third == {"turn": "c", "previous": "b", "other": "b", "own": "a", **none}
    assert fourth == {"turn": "d", "previous": "c", "other": "b", "own": "c", **none}
    assert fifth == {"turn": "e", "previous": "d", "other": "d", "own": "b", **none}


@pytest.mark.parametrize(("helper", "client"), [("sys", "usr"), ("Therapist", "Ann")])
def test_whose_turn_comes_next(nlp, helper, client):
    """By usual names it is the helper's, otherwise that of somebody else than spoke last."""
    said = [(client, "a"), (helper, "b"), (client, "c"), (helper, "d")]
    found = views(doc := converse(nlp, said), doc, ahead=True)
    assert (found["previous"], found["other"], found["own"]) == ("d", "c", "d")
    said = [("Ann", "a"), ("Ben", "b"), ("Ann", "c"), ("Ben", "d")]
    found = views(doc := converse(nlp, said), doc, ahead=True)
    assert (found["previous"], found["other"], found["own"]) == ("d", "d", "c")


def test_a_doc_without_turns_is_the_one_turn(nlp):
    doc = nlp.make_doc("I am sorry.")
    nothing = {"previous": None, "other": None, "own": None, "situation": None}
    assert views(doc, doc) == {"turn": "I am sorry.", **nothing}
    # ahead of it, it is what the other said
    found = views(doc, doc, ahead=True)
    assert (found["previous"], found["other"], found["own"]) == (doc.text, doc.text, None)


def test_the_situation_is_read_as_words(nlp):
    doc = converse(nlp, situation="I can't sleep (at all)!")
    [found] = places(conversations([doc], True), [doc], "situation")
    assert [token.text for token in found] == ["I", "can't", "sleep", "(", "at", "all", ")", "!"]
    for nothing in (None, "", "  "):
        doc = converse(nlp, situation=nothing)
        assert views(doc, doc, ahead=True)["situation"] is None


def test_a_part_of_a_turn_comes_after_the_turns_before_it(nlp):
    doc = converse(nlp)
    part = doc[doc.spans["turns"][2].start + 1 : doc.spans["turns"][2].end]
    assert views(doc, part)["previous"] == SAID[1][1]


# Models


def randomise(model, seed=0):
    """Put random weights in place of learned ones, so that whatever is read has a say."""
    chance = numpy.random.RandomState(seed)
    for node in model.walk():
        for name in node.param_names:
            if name != "idf":
                shape = node.get_param(name).shape
                node.set_param(name, chance.normal(0, 0.3, shape).astype("float32"))


def pipeline(task, model=None, polarity=True, seed=0, **config):
    """RETURNS (Language): With random weights, after a component for the polarity of turns."""
    nlp = spacy.blank("en")
    if polarity:
        nlp.add_pipe("affect_polarity", config={"unit": "turns"})
    model = model or (AHEAD if task == "support_next" else SMALL)
    name = f"affect_{task}"
    factory = name if nlp.has_factory(name) else "affect"
    own = {} if factory == name else {"task": task}
    pipe = nlp.add_pipe(
        factory, name=name, config={"model": model, "unit": "turns", **own, **config}
    )
    nlp.initialize(lambda: [Example(converse(nlp), with_gold(nlp, task))])
    pipe.model.attrs["trained"] = [1] * pipe.model.get_dim("nO")
    randomise(pipe.model, seed)
    return nlp


def with_gold(nlp, task, said=SAID):
    doc = converse(nlp, said)
    labels = make_task(task).scheme.labels
    for turn, given in zip(doc.spans["turns"], said, strict=True):
        if len(given) > 2:
            label = given[2] if given[2] in labels else labels[0]
            set_gold(doc, task, labels=label, span=turn)
    return doc


def score(nlp, given, situation=None):
    return nlp(make_doc(nlp, given, situation))


def at(doc, place, key):
    """RETURNS (dict): The value at a turn."""
    value = getattr(doc.spans["turns"][place]._, key)
    assert value is not None
    return value


@pytest.fixture(scope="module")
def ahead():
    return pipeline("support_next")


@pytest.fixture(scope="module")
def reading():
    return pipeline("support")


NEXT, NOW = "affect_support_next", "affect_support"
HERE = 5


# Nothing leaks


def test_what_comes_next_is_not_read(ahead):
    wanted = at(score(ahead, turns()), HERE, NEXT)
    for place in (HERE, HERE + 1, HERE + 2):
        for known in ({"text": "I hate you so much!!!"}, {"text": "?"}, {"strategy": "other"}):
            assert at(score(ahead, changed(place, **known)), HERE, NEXT) == wanted, (place, known)
    assert at(score(ahead, turns()[: HERE + 1]), HERE, NEXT) == wanted
    assert at(score(ahead, turns() * 2), HERE, NEXT) == wanted


@pytest.mark.parametrize("place", range(HERE))
def test_what_came_before_is_read(ahead, place):
    wanted = at(score(ahead, turns()), HERE, NEXT)
    if place in (3, 4):  # the last turn of either side
        found = score(ahead, changed(place, text="One more day."))
        assert at(found, HERE, NEXT) != wanted
    if place % 2:  # what a supporter did
        assert at(score(ahead, changed(place, strategy="other")), HERE, NEXT) != wanted
    else:  # how the seeker felt about it
        found = score(ahead, changed(place, text="A horrible, horrible, sad day!"))
        assert at(found, HERE, NEXT) != wanted
    fewer = turns()
    del fewer[place]
    assert at(score(ahead, fewer), HERE - 1, NEXT) != wanted


def test_the_situation_is_read_where_it_is_a_view(ahead):
    told = pipeline("support_next", {**AHEAD, "views": ["other", "situation"]})
    for nlp, differs in ((ahead, False), (told, True)):
        found = [
            score(nlp, turns(), situation) for situation in ("Lost my job.", "My dog is ill.", None)
        ]
        values = [at(doc, HERE, NEXT) for doc in found]
        assert [one != other for one, other in pairwise(values)] == [differs] * 2


def test_the_views_may_leave_a_side_out():
    nlp = pipeline("support_next", {**AHEAD, "views": ["other"], "state": False}, polarity=False)
    wanted = at(score(nlp, turns()), HERE, NEXT)
    assert at(score(nlp, changed(3, text="Oh.")), HERE, NEXT) == wanted
    assert at(score(nlp, changed(3, strategy="other")), HERE, NEXT) == wanted
    assert at(score(nlp, changed(2, text="Oh.")), HERE, NEXT) == wanted
    assert at(score(nlp, changed(4, text="Oh.")), HERE, NEXT) != wanted


def test_a_turn_that_is_read_itself_does_not_read_later_ones(reading):
    wanted = at(score(reading, turns()), HERE, NOW)
    for place in (HERE + 1, HERE + 2):
        for known in ({"text": "I hate you so much!!!"}, {"strategy": "other"}):
            assert at(score(reading, changed(place, **known)), HERE, NOW) == wanted
    assert at(score(reading, turns()[: HERE + 1]), HERE, NOW) == wanted
    # its own strategy is what is to be found out
    assert at(score(reading, changed(HERE, strategy="other")), HERE, NOW) == wanted
    assert at(score(reading, changed(HERE, text="Oh.")), HERE, NOW) != wanted
    assert at(score(reading, changed(HERE - 1, text="Oh.")), HERE, NOW) != wanted
    assert at(score(reading, changed(HERE - 2, text="Oh.")), HERE, NOW) != wanted
    assert at(score(reading, changed(HERE - 2, strategy="other")), HERE, NOW) != wanted


def test_by_default_earlier_strategies_are_not_read_where_strategies_are_to_be_found():
    nlp = pipeline("support", {**make_task("support").sparse_model, "length": 1024})
    wanted = at(score(nlp, turns()), HERE, NOW)
    for place in range(1, len(SAID), 2):
        assert at(score(nlp, changed(place, strategy="other")), HERE, NOW) == wanted
    assert at(score(nlp, changed(HERE - 1, text="Oh.")), HERE, NOW) != wanted


def test_the_docs_value_is_that_of_the_turn_that_comes_next(ahead):
    whole = score(ahead, turns())
    for place in range(1, len(SAID), 2):
        assert score(ahead, turns()[:place])._.affect_support_next == at(whole, place, NEXT)


def test_so_it_is_with_names_that_say_nothing():
    nlp = pipeline("support_next")
    names = {"usr": "Ann", "sys": "Ben"}
    given = [{**turn, "speaker": names[turn["speaker"]]} for turn in turns()]
    whole = score(nlp, given)
    for place in range(1, len(given)):
        assert score(nlp, given[:place])._.affect_support_next == at(whole, place, NEXT)


def test_a_text_is_a_seekers_turn():
    nlp = pipeline("support_next", polarity=False)
    found = nlp(SAID[0][1])._.affect_support_next
    assert sum(found.values()) == pytest.approx(1.0)
    assert found == score(nlp, turns()[:1])._.affect_support_next


def test_turns_of_the_other_side_have_no_value(ahead, reading):
    for nlp, key in ((ahead, NEXT), (reading, NOW)):
        _, *values = units(score(nlp, turns()), key)
        assert [value is None for value in values] == [True, False] * 4


# Strategies and affect


def rows(doc, **settings):
    """RETURNS (list[list[float]]): What the state says of each turn."""
    settings = {"affect": {"affect_polarity": None}, "strategies_from": NOW, **settings}
    state = State(settings["affect"], settings["strategies_from"])
    units = list(doc.spans["turns"])
    return state.features(conversations(units, False), units).toarray().tolist()


def write_strategies(doc, key=NOW):
    """Write what the supporter did as a component does."""
    task = make_task("support")
    spans = [turn for turn in doc.spans["turns"] if turn.label_ == "sys"]
    codes = [given[2] for given in SAID if len(given) > 2]
    extensions.install(key)
    records = [
        task.record({label: float(label == code) for label in ESCONV8.labels}, "test")
        for code in codes
    ]
    extensions.write_units(doc, key, spans, records)
    return doc


def unknown(nlp):
    return converse(nlp, [turn[:2] for turn in SAID])


def test_strategies_may_come_from_a_component(nlp):
    given, none = rows(converse(nlp)), rows(unknown(nlp))
    assert given != none
    assert rows(write_strategies(unknown(nlp))) == given
    assert rows(write_strategies(unknown(nlp)), strategies_from="affect_other") == none
    other = write_strategies(unknown(nlp), "affect_other")
    assert rows(other, strategies_from="affect_other") == given


def test_what_turns_are_known_to_have_goes_first(nlp):
    doc = converse(nlp, [(*turn[:2], *("other" for _ in turn[2:])) for turn in SAID])
    wanted = rows(doc)
    assert rows(write_strategies(doc)) == wanted != rows(converse(nlp))


def test_names_of_strategies_are_those_of_the_corpus_too(nlp):
    long = {short: name for name, short in ESCONV_NAMES.items()}
    doc = converse(nlp, [(*turn[:2], *(long[code] for code in turn[2:])) for turn in SAID])
    assert rows(doc) == rows(converse(nlp))
    odd = converse(nlp, [(*turn[:2], *("singing" for _ in turn[2:])) for turn in SAID])
    assert rows(odd) == rows(unknown(nlp))


def test_a_component_before_gives_strategies_in_a_pipeline():
    nlp = pipeline("support_next", polarity=False)

    @Language.component("test_strategies")
    def strategies(doc):
        return write_strategies(doc)

    given = score(nlp, turns())
    blank = [{**turn, "strategy": None} for turn in turns()]
    without = score(nlp, blank)
    nlp.add_pipe("test_strategies", before=NEXT)
    found = score(nlp, blank)
    assert at(found, HERE, NEXT) == at(given, HERE, NEXT) != at(without, HERE, NEXT)


def test_the_polarity_of_the_other_side(nlp):
    """The last, and the mean of the last three, of the turns before it."""
    scorer = spacy.blank("en")
    scorer.add_pipe("affect_polarity", config={"unit": "turns"})
    doc = scorer(converse(scorer))
    polarity = [turn._.affect_polarity for turn in doc.spans["turns"]]
    found = rows(doc)
    assert found[0][-3:] == [0.0, 0.0, 0.0]
    assert found[1][-3:] == pytest.approx([1.0, polarity[0], polarity[0]])
    assert found[2][-3:] == pytest.approx([1.0, polarity[1], polarity[1]])
    mean = (polarity[2] + polarity[4] + polarity[6]) / 3
    assert found[7][-3:] == pytest.approx([1.0, polarity[6], mean])
    assert rows(converse(nlp))[7][-3:] == [0.0, 0.0, 0.0]


def test_affect_of_many_numbers(nlp):
    doc = converse(nlp)
    extensions.install("affect_emotion")
    spans = doc.spans["turns"]
    records = [{"value": {"joy": i / 10, "fear": 1.0}} for i in range(len(spans))]
    extensions.write_units(doc, "affect_emotion", list(spans), records)
    found = rows(doc, affect={"affect_emotion": ["joy", "envy"]})
    # turns 0, 2, 4 are the other side's before turn 5: joy is 0.4 at last, 0.2 on the mean
    assert found[5][-5:] == pytest.approx([1.0, 0.4, 0.2, 0.0, 0.0])


@pytest.mark.parametrize(
    "affect", [{}, {"a": None}, {"a": ["joy", "fear"], "b": None}, {"a": [], "b": ["joy"]}]
)
def test_a_row_is_as_long_as_is_said(nlp, affect):
    state = State(affect, NOW)
    many = [("usr", "What?"), ("usr", "Yes " * 60), ("sys", "No", "other")] * 20
    for doc in (converse(nlp, many), converse(nlp), nlp.make_doc("Hm?")):
        units = [*doc.spans.get("turns", ()), doc]
        for is_ahead in (True, False):
            found = state.features(conversations(units, is_ahead), units)
            assert found.shape == (len(units), state.width)


def test_where_a_conversation_stands(nlp):
    """How far, who speaks, and how often the supporter did what, worked out by hand."""
    first, *_, last = rows(converse(nlp))
    # no turn yet: both counts are in their first step, and there is no run
    assert [i for i, number in enumerate(first) if number][:3] == [0, 13, 26]
    # 7 turns are in the step from 7 to 8, its own 3 in that of 3; the last turn is a run of 1
    assert [i for i, number in enumerate(last) if number][:3] == [6, 13 + 3, 26 + 1]
    steps = {"question": 1 / 3, "reflection": 1 / 3, "suggestion": 1 / 3}
    shares = last[-3 - 3 - len(ESCONV8.labels) : -3 - 3]
    assert shares == pytest.approx([steps.get(label, 0.0) for label in ESCONV8.labels])
    # stages: question and reflection explore, reflection comforts, a suggestion is action
    assert last[-6:-3] == pytest.approx([2 / 3, 1 / 3, 1 / 3])


# A model like any other


def test_neighbours_in_a_batch_have_no_say(ahead, reading):
    for nlp in (ahead, reading):
        key = nlp.pipe_names[-1]
        given = [turns()[:stop] for stop in (1, 2, 5, 8)] + [changed(4, text="Oh.")]
        alone = [score(nlp, some) for some in given]
        docs = [make_doc(nlp, some) for some in given]
        together = list(nlp.pipe(docs, batch_size=5))
        assert [units(doc, key) for doc in together] == [units(doc, key) for doc in alone]


def units(doc, key):
    """RETURNS (list): The Doc's value, and those of its turns."""
    return [getattr(doc._, key), *(getattr(turn._, key) for turn in doc.spans["turns"])]


@pytest.mark.parametrize("task", ["support", "support_next"])
def test_a_copy_gives_the_same(task):
    nlp = pipeline(task)
    key = nlp.pipe_names[-1]
    wanted = units(score(nlp, turns()), key)
    other = pipeline(task, seed=1)
    assert units(score(other, turns()), key) != wanted
    other.get_pipe(key).from_bytes(nlp.get_pipe(key).to_bytes())
    assert units(score(other, turns()), key) == wanted
    model = pickle.loads(pickle.dumps(nlp.get_pipe(key).model))
    given = [nlp.get_pipe("affect_polarity")(converse(nlp))]
    parts = list(given[0].spans["turns"])
    assert model.predict(parts).tolist() == nlp.get_pipe(key).model.predict(parts).tolist()


def test_offsets_of_the_decoder_last(tmp_path):
    nlp = pipeline("support_next")
    pipe = nlp.get_pipe(NEXT)
    before = score(nlp, turns())._.affect.support_next
    assert before.value == before.probabilities
    offsets = {label: float(i) for i, label in enumerate(ESCONV8.labels)}
    pipe.model.attrs["thresholds"] = offsets
    nlp.to_disk(tmp_path / "out")
    loaded = spacy.load(tmp_path / "out")
    found = score(loaded, turns())._.affect.support_next
    assert found.probabilities == before.probabilities
    # p times e to the offset, made to sum to 1
    shares = {label: p * numpy.exp(offsets[label]) for label, p in before.value.items()}
    total = sum(shares.values())
    assert found.value == pytest.approx({label: p / total for label, p in shares.items()})
    assert found.label == max(found.value, key=found.value.get)
    other = pipeline("support_next", seed=1)
    other.get_pipe(NEXT).from_bytes(pipe.to_bytes())
    assert score(other, turns())._.affect_support_next == found.value


def test_it_begins_with_what_it_is_given(nlp):
    model = build_sparse_turns_v1(length=1024, nO=2)
    doc = converse(nlp)
    parts = list(doc.spans["turns"])
    model.initialize(X=parts, Y=numpy.array([[0.5, -1.0]], "float32"))
    assert model.predict(parts).tolist() == [[0.5, -1.0]] * len(parts)


def test_gradients_reach_every_view_and_the_state(nlp):
    model = build_sparse_turns_v1(length=1024, nO=2)
    doc = converse(nlp)
    parts = list(doc.spans["turns"])
    model.initialize(X=parts, Y=numpy.zeros((1, 2), "float32"))
    raw, backprop = model.begin_update(parts)
    backprop(numpy.ones_like(raw))
    assert all(layer.get_grad("W").any() for layer in model.layers)
    assert model.get_grad("S").any()


CONVERSATIONS = (
    SAID,
    (
        ("usr", "I failed my exam."),
        ("sys", "Which exam was it?", "question"),
        ("usr", "Maths, again."),
        ("sys", "You must be disappointed.", "reflection"),
        ("usr", "So much."),
        ("sys", "You might find a tutor.", "suggestion"),
    ),
    (
        ("usr", "Nobody talks to me at school."),
        ("sys", "Since when is it like that?", "question"),
        ("usr", "Since we moved here."),
        ("sys", "It sounds lonely.", "reflection"),
        ("usr", "It is, very."),
        ("sys", "Perhaps you could join a club.", "suggestion"),
    ),
)


@pytest.mark.parametrize("task", ["support", "support_next"])
def test_it_learns_a_handful_of_conversations_by_heart(task, tmp_path):
    key = f"affect_{task}"
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity", config={"unit": "turns"})
    nlp.add_pipe(key, config={"model": AHEAD if task == "support_next" else SMALL})
    references = [with_gold(nlp, task, said) for said in CONVERSATIONS]
    examples = [Example(bare(nlp, reference), reference) for reference in references]
    fix_random_seed(0)
    nlp.initialize(lambda: examples)
    optimizer = Adam(0.02)
    losses = [nlp.update(examples, sgd=optimizer)[key] for _ in range(30)]
    assert losses[-1] < losses[0] / 4
    docs = [nlp(make_doc(nlp, turns(said))) for said in CONVERSATIONS]
    for doc, said in zip(docs, CONVERSATIONS, strict=True):
        found = [turn._.affect.get(task) for turn in doc.spans["turns"]]
        assert [record and record.label for record in found] == [
            given[2] if len(given) > 2 else None for given in said
        ]
    nlp.to_disk(tmp_path / "out")
    loaded = spacy.load(tmp_path / "out")
    for doc, said in zip(docs, CONVERSATIONS, strict=True):
        assert units(loaded(make_doc(loaded, turns(said))), key) == units(doc, key)
    scores = nlp.evaluate(examples)
    assert scores[f"{key}_macro_f1"] == pytest.approx(4 / 8)  # of eight strategies four occur
    assert scores[f"{key}_preference_bias"] == 0.0


# Explanations


def adds_up(found):
    assert len(found.contributions) == len(found.tokens)
    assert sum(found.contributions) == pytest.approx(found.value - found.baseline, abs=1e-6)


def test_a_turn_is_explained_by_its_tokens(reading):
    doc = score(reading, turns())
    turn = doc.spans["turns"][HERE]
    for label in ESCONV8.labels:
        found = turn._.affect.explain("support", label)
        assert found.tokens == [token.text for token in turn]
        assert found.value == at(doc, HERE, NOW)[label]
        assert all(found.contributions)
        adds_up(found)


def test_what_comes_next_is_explained_by_the_last_turn_of_each_side(ahead):
    doc = score(ahead, turns())
    found = doc._.affect.explain("support_next")
    adds_up(found)
    *_, seeker, supporter = doc.spans["turns"]
    # words for who people are are left out
    read = {
        token.i for turn in (seeker, supporter) for token in turn if not is_unsaid(token.lower_)
    }
    assert len(read) < len(seeker) + len(supporter)
    assert {i for i, part in enumerate(found.contributions) if part} == read


def test_words_that_are_not_read_explain_nothing(ahead):
    doc = score(ahead, turns())
    found = doc.spans["turns"][HERE]._.affect.explain("support_next", "question")
    assert {*found.contributions} == {0.0}
    assert found.value == found.baseline == at(doc, HERE, NEXT)["question"]


# What does not go together


@pytest.mark.parametrize("views", [[], ["turns"], ["turn", "next"]])
def test_views_that_there_are_not(views):
    with pytest.raises(
        AffectError, match=r"AF104: views = .*other, own, previous, situation, turn"
    ):
        build_sparse_turns_v1(views=views)


@pytest.mark.parametrize(
    ("factory", "model"),
    [
        ("affect_support_next", {**SMALL, "views": ["turn", "other"]}),
        ("affect_support_next", {"@architectures": "spacy_affect.SparseNgram.v1", "length": 1024}),
        ("affect_support", AHEAD),
        ("affect_polarity", AHEAD),
    ],
)
def test_looking_ahead_goes_with_tasks_that_do(factory, model):
    with pytest.raises(AffectError, match=r"AF105: "):
        spacy.blank("en").add_pipe(factory, config={"model": model})


def test_a_setting_of_every_view(nlp):
    with pytest.raises(AffectError, match=r"AF095"):
        build_sparse_turns_v1(length=1000)
