"""How words stand: negated, intensified, conceded, or not what the author means now."""

import numpy
import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_affect.models.backbones.sparse.features import N_STATES, Settings, get_space
from spacy_affect.models.backbones.sparse.scope import (
    ASIDE,
    BITS,
    BOOSTED,
    CONCEDED,
    DAMPED,
    FACTORS,
    NEGATED,
    PLAIN,
    states,
    word_kind,
)
from spacy_affect.models.backbones.sparse.unsaid import is_unsaid

SMALL = Settings(1024, 2, 5, True, True)
MARKS = {
    PLAIN: "{}",
    CONCEDED: "~{}~",
    BOOSTED: "+{}+",
    DAMPED: "-{}-",
    NEGATED: "({})",
    ASIDE: "<{}>",
}


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def stands(doc):
    """RETURNS (str): The words that are said, each marked by how it stands."""
    batch = get_space(SMALL).batch([doc])
    found = zip(batch.places.tolist(), (batch.rows % N_STATES).tolist(), strict=True)
    return " ".join(MARKS[state].format(doc[place].text) for place, state in found)


@pytest.mark.parametrize(
    "wanted",
    [
        # a few words after it
        "I am not (happy) (about) (this)",
        "this is n't (good) (.)",
        "nobody (likes) (it)",
        "without (any) (fear)",
        "I was never (there) (at) (any) (time) sad",
        # a stop ends it
        "I am not (happy) (,) I am glad",
        "not (happy) (,) not (sad)",
        # twice is not at all
        "I never (said) (I) (was) (n't) happy",
        # to the end, with a verb of saying, or past a remark put in between
        "I do n't (think) (that) (the) (new) (part) (of) (it) (was) (good)",
        "It is n't (,) (whatever) (you) (read) (,) (a) (nice) (hotel)",
        # negation goes before intensity
        "not (very) (good)",
        "a very +happy+ day",
        "it was slightly -odd- then",
        # afterwards
        "(I) (thought) (it) (would) (be) (great) (,) but it was n't (.)",
        "(I) (expected) (great) (food) (.) It was n't (.)",
        "(Was) (it) (clean) (?) No (.)",
        "Was it clean ? Yes .",
        # conceded
        "~The~ ~room~ ~was~ ~dirty~ ~,~ but I enjoyed it",
        "Although -the- ~room~ ~was~ ~dirty~ ~,~ I enjoyed it",
        # what used to be, and what others think
        "<I> <used> <to> <hate> <it> <,> but now I love it",
        "<My> <friends> <say> <it> <is> <awful> <,> but I think it is great",
        "<They> <loved> <it> <.> I hated it .",
        "Everyone says it is great",
        "I am happy",
        # wished for, and so not there
        "I ~wish~ it had been good , it was n't (good)",
        "We ~wish~ we could -sing-",
        "I wish you luck , you were great",
        "Our wish was that you were there",
        "We wish to know who was there",
        "I wish you all +a+ wonderful time that we never (had)",
        # what was not so
        "It would (have) (been) (nice) (to) (get) (a) (reply)",
        "It could (n't) have been better .",
        "I would -have- to go",
        "It was anything (but) (good)",
        # a comparison with all that was before
        "I have never been so +happy+",
        "I never (liked) (such) (food) (.)",
        "We never (came) (,) so +we+ left",
        "I do not (need) (more) (food)",
    ],
)
def test_states(nlp, wanted):
    words = [word.strip("()[]<>+~") or word for word in wanted.split()]
    words = [word[1:-1] if word[0] == word[-1] == "-" else word for word in words]
    assert stands(Doc(nlp.vocab, words=words)) == wanted


def kinds_of(words):
    negators = {"not", "n't", "never", "no"}
    return [word_kind(word, "negator" if word in negators else "") for word in words]


@given(st.lists(st.lists(st.sampled_from([*BITS, "good", "not", "n't"]), max_size=6), max_size=6))
@settings(max_examples=300, deadline=None)
@example([["expected", "good", ",", "it", "is", "not"], ["only"]])
@example([["now", "it", "is", "clean", ",", "it", "used"], ["to", "be", "bad"]])
def test_a_unit_stands_for_itself(texts):
    alone = [states(numpy.array(kinds_of(text), "int64"), numpy.zeros(len(text))) for text in texts]
    kinds = numpy.array([kind for text in texts for kind in kinds_of(text)], "int64")
    owner = numpy.repeat(numpy.arange(len(texts)), [len(text) for text in texts])
    assert states(kinds, owner).tolist() == [int(state) for found in alone for state in found]


def test_no_tokens_at_all():
    assert states(numpy.empty(0, "int64"), numpy.empty(0, "int64")).tolist() == []


def test_other_languages_have_no_scope(nlp):
    foreign = Settings(1024, 2, 5, True, False)
    batch = get_space(foreign).batch([nlp("not good, but it was")])
    assert set((batch.rows % N_STATES).tolist()) == {PLAIN}


def test_every_state_has_a_factor():
    assert len(FACTORS) == N_STATES
    assert FACTORS[PLAIN] == 1.0


def test_a_kind_may_be_several():
    assert word_kind("not", "negator") != word_kind("not", "")
    assert word_kind("table", "") == 0


@pytest.mark.parametrize(
    "word",
    ["gay", "muslim", "nigerian", "she", "@someone", "https://t.co/x1", "example.com", "www.a.b"],
)
def test_unsaid(word):
    assert is_unsaid(word)


@pytest.mark.parametrize("word", ["happy", "proud", "@", "a.b", "etc.", "3.5", "i.e.", ""])
def test_said(word):
    assert not is_unsaid(word)


def test_a_text_has_the_same_features_whoever_it_is_about(nlp):
    space = get_space(SMALL)
    one, two = (
        space.batch([nlp(f"He is a {term} and I love him. @a see https://t.co/{term}")])
        for term in ("gay man", "straight woman")
    )
    assert one.rows.tolist() == two.rows.tolist()
    assert one.pairs.tolist() == two.pairs.tolist()


def test_one_number_is_like_another(nlp):
    space = get_space(SMALL)
    one, two = (space.batch([nlp(f"It took {n} days.")]) for n in (3, 1250))
    assert [*map(tuple, map(space.hashed, [one.rows // N_STATES]))]
    assert (
        space.hashed(one.rows // N_STATES)[0].tolist()
        == space.hashed(two.rows // N_STATES)[0].tolist()
    )
