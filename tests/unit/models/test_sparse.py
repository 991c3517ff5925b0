"""The sparse backbone: hashes that stay what they are, negation, affect words, shared features."""

import copy
import gc
import pickle
from itertools import pairwise

import numpy
import pytest
import spacy
from spacy.tokens import Doc
from thinc.api import Adam

from spacy_affect.api import AffectError
from spacy_affect.labels import EC11
from spacy_affect.models.backbones import sparse
from spacy_affect.models.backbones.sparse import features, lexicon
from spacy_affect.models.backbones.sparse.features import N_STATES, Settings, get_space
from spacy_affect.models.backbones.sparse.lexicon import load_affect_words, parse_affect_words
from spacy_affect.models.backbones.sparse.scope import NEGATED, PLAIN

SMALL = Settings(1024, 2, 5, True, True)


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.fixture(autouse=True)
def new_spaces():
    """No test sees what another one left in the tables."""
    get_space.cache_clear()
    yield
    get_space.cache_clear()


def trained(*units, settings=SMALL, width=2, seed=0):
    """RETURNS (Model): With random weights in place of learned ones."""
    model = sparse.build_sparse_ngram_v1(*settings, nO=width)
    model.initialize(X=list(units), Y=numpy.zeros((1, width), "float32"))
    chance = numpy.random.RandomState(seed)
    for name in ("W", "D", "b"):
        shape = model.get_param(name).shape
        model.set_param(name, chance.normal(0, 0.1, shape).astype("float32"))
    return model


def hashed(space, batch):
    """RETURNS (list[list[int]]): Per token its buckets."""
    return [space.hashed(numpy.array([row // N_STATES]))[0].tolist() for row in batch.rows]


# Hashing


def test_hashes_are_those_of_saved_weights(nlp):
    """These numbers must never change: every model that was ever saved depends on them."""
    space = get_space(Settings(2**17, 2, 3, True, False))
    batch = space.batch([nlp("joy 😡é")])
    joy, emoji, letter = hashed(space, batch)
    assert joy == [39191, 73018, 117342, 33861, 130510, 70222, 27164, 79076]
    assert emoji == [41996, 27254, 47301, 64105]
    assert letter == [103988, 39163, 21118, 119151]
    assert batch.pairs.tolist() == [85746, 37595]
    longer = get_space(Settings(2**17, 2, 5, True, True))
    not_, fear = hashed(longer, longer.batch([nlp("not fear")]))
    assert not_[:6] == [18809, 97852, 66369, 103319, 13090, 106181]
    assert fear[-4:] == [83937, 113465, 62939, 58637]


def test_capitals_hash_alike_and_are_a_feature_of_their_own(nlp):
    space = get_space(SMALL)
    low, high = space.batch([nlp("joy joy JOY")]).rows[[0, 2]] // N_STATES
    assert low != high
    assert (
        space.hashed(numpy.array([low]))[0].tolist()
        == space.hashed(numpy.array([high]))[0].tolist()
    )
    capitals = lexicon.N_LEXICON
    assert space.dense[[low, high], capitals].tolist() == [0.0, 1.0]


def test_buckets_stay_within_the_length_and_spread(nlp):
    space = get_space(Settings(64, 2, 5, True, False))
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [f"{a}{b}x{b}{a}" for a in letters[:18] for b in letters[:18]]
    batch = space.batch([nlp(" ".join(words))])
    buckets = numpy.concatenate([*map(numpy.array, hashed(space, batch)), batch.pairs])
    counts = numpy.bincount(buckets, minlength=64)
    assert len(counts) == 64
    assert counts.min() > 0
    assert counts.max() < 6 * counts.mean()


@pytest.mark.parametrize(
    ("settings", "n_buckets", "n_pairs"),
    [
        # "joy" within its bounds: the word, 4 bigrams, 3 trigrams, 2 and 1 longer ones
        (Settings(1024, 2, 5, True, True), 11, 1),
        (Settings(1024, 3, 3, True, True), 4, 1),
        (Settings(1024, 2, 0, True, True), 1, 1),
        (Settings(1024, 2, 5, False, True), 11, 0),
    ],
)
def test_settings_choose_features(nlp, settings, n_buckets, n_pairs):
    space = get_space(settings)
    batch = space.batch([nlp("joy now")])
    assert len(hashed(space, batch)[0]) == n_buckets
    assert len(batch.pairs) == n_pairs


def test_endless_words_are_cut(nlp):
    space = get_space(SMALL)
    [[*long]] = hashed(space, space.batch([nlp("a" * 5000)]))
    size = features.LONGEST_WORD + 2
    assert len(long) == 1 + sum(size + 1 - n for n in range(2, 6))


def test_white_space_is_no_token_and_no_neighbour(nlp):
    space = get_space(SMALL)
    plain, spaced = space.batch([nlp("so good")]), space.batch([nlp(" so \n\n good ")])
    assert spaced.rows.tolist() == plain.rows.tolist()
    assert spaced.pairs.tolist() == plain.pairs.tolist()


def test_pairs_never_join_two_units(nlp):
    space = get_space(SMALL)
    alone = [space.batch([nlp(text)]).pairs.tolist() for text in ("a b c", "d", "", "e f")]
    batch = space.batch([nlp(text) for text in ("a b c", "d", "", "e f")])
    ends = batch.pair_offsets.tolist()
    assert [batch.pairs[a:b].tolist() for a, b in pairwise(ends)] == alone


def test_no_units_at_all():
    assert len(get_space(SMALL).batch([])) == 0


# How words stand: see test_scope.py


def test_negation_crosses_lines_but_no_units(nlp):
    rows = get_space(SMALL).batch([nlp("not\nhappy")]).rows
    assert rows[-1] % N_STATES == NEGATED
    batch = get_space(SMALL).batch([nlp("I do not"), nlp("happy")])
    assert batch.rows[-1] % N_STATES == PLAIN
    doc = nlp("It was not. Happy now")
    spans = [doc[0:3], doc[4:6]]
    assert (get_space(SMALL).batch(spans).rows % N_STATES).tolist() == [PLAIN] * 5


def test_a_negated_word_has_weights_of_its_own(nlp):
    texts = {"I am happy": 1.0, "I am not happy": -1.0, "I am sad": -1.0, "I am not sad": 1.0}
    docs = [nlp(text) for text in texts]
    model = sparse.build_sparse_ngram_v1(64, 2, 0, False, True, nO=1)
    model.initialize(X=docs, Y=numpy.zeros((1, 1), "float32"))
    optimizer, wanted = Adam(0.05, L2=0.0), numpy.array([*texts.values()], "float32")[:, None]
    for _ in range(200):
        raw, backprop = model.begin_update(docs)
        backprop((raw - wanted) / len(docs))
        model.finish_update(optimizer)
    # no sum over words alone can tell these four apart
    assert numpy.sign(model.predict(docs)).tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("GREAT", "capitals"),
        ("!", "exclamation"),
        ("?", "question"),
        ("sooo", "elongated"),
        ("42", "digits"),
        ("😡", "emoji"),
        ("great", ""),
        ("A", ""),
        ("...", ""),
        ("für", ""),
    ],
)
def test_marks_of_style(nlp, text, flags):
    space = get_space(SMALL)
    [row] = space.batch([nlp(text)]).rows // N_STATES
    found = space.dense[row, lexicon.N_LEXICON :]
    names = [name for name, on in zip(features._FLAGS, found, strict=True) if on]
    assert names == ([flags] if flags else [])


# Affect words


def test_the_shipped_table():
    words = load_affect_words()  # parsing it refuses duplicates
    assert len(words) > 5000
    assert all(form == form.lower() and form.strip() == form for form in words)
    assert {entry.modifier for entry in words.values()} == {"", *lexicon.MODIFIERS}
    numbers = numpy.array([entry.scores for entry in words.values()])
    assert numbers.shape[1] == lexicon.N_LEXICON == 3 + len(EC11.labels)
    assert numbers.min() == 0.0
    assert numbers.max() <= 1.0
    for label in EC11.labels:
        column = 3 + EC11.labels.index(label)
        assert (numbers[:, column] == 1).sum() >= 5, f"few words name {label}"


def test_what_a_row_says():
    words = parse_affect_words(
        "# a comment\n\nglad gladly\t0.70\t0.50\tjoy=3,love=1\nnot\t\t\tnegator\n"
    )
    assert [*words] == ["glad", "gladly", "not"]
    assert words["glad"] is words["gladly"]
    positive, negative, arousal, *emotions = words["glad"].scores
    assert (positive, negative, arousal) == (0.7, 0.0, 0.5)
    assert dict(zip(EC11.labels, emotions, strict=True))["joy"] == 1.0
    assert dict(zip(EC11.labels, emotions, strict=True))["love"] == pytest.approx(1 / 3)
    assert words["not"].modifier == "negator"
    assert not any(words["not"].scores)
    assert parse_affect_words("sad\t-0.60\t0.30\tsadness=3")["sad"].scores[:2] == (0.0, 0.6)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("glad\t0.7\t0.5", "3 cells in place of 4"),
        ("glad\t0.7\t0.5\tjoy=3\tmore", "5 cells in place of 4"),
        ("glad\tmuch\t0.5\tjoy=3", "could not convert string to float"),
        ("glad\t1.7\t0.5\tjoy=3", "valence must lie in"),
        ("glad\t0.7\t-0.5\tjoy=3", "arousal in"),
        ("glad\tnan\t0.5\tjoy=3", "valence must lie in"),
        ("glad\t0.7\t0.5\tjoyy=3", "'joyy=3' is no emotion"),
        ("glad\t0.7\t0.5\tjoy=4", "'joy=4' is no emotion"),
        ("glad\t0.7\t0.5\tboosterr", "'boosterr' is no emotion"),
        ("first\t0.1\t0.1\t", "'first' has a row already"),
        ("one one\t0.1\t0.1\t", "'one' has a row already"),
    ],
)
def test_a_malformed_row_is_named(row, reason):
    with pytest.raises(AffectError) as caught:
        parse_affect_words(f"# head\nfirst\t0.1\t0.1\t\n{row}", "my.tsv")
    assert caught.value.code == "AF026"
    assert "my.tsv, line 3" in str(caught.value)
    assert reason in str(caught.value)


# Scores

TEXTS = (
    "I love the plan, but I am not sure",
    "The WORST service ever!!!",
    "ok",
    "not at all bad , not at all",
)


@pytest.mark.parametrize(
    "settings",
    [SMALL, Settings(1024, 2, 0, True, True), Settings(1024, 2, 5, False, False)],
)
def test_learning_sees_what_predicting_sees(nlp, settings):
    docs = [nlp(text) for text in TEXTS]
    model = trained(*docs, settings=settings)
    raw, _ = model.begin_update(docs)
    assert model.predict(docs) == pytest.approx(raw, abs=1e-5)


@pytest.mark.parametrize("settings", [SMALL, Settings(1024, 2, 5, False, False)])
def test_contributions_of_tokens_sum_to_the_score(nlp, settings):
    model = trained(*map(nlp, TEXTS), settings=settings)
    for text in (*TEXTS, " with \n spaces  in it", "🙂"):
        doc = nlp(text)
        parts = sparse.contributions(model, doc)
        assert parts.shape == (len(doc), 2)
        whole = parts.sum(axis=0) + model.get_param("b")
        assert whole == pytest.approx(model.predict([doc])[0], abs=1e-5)
        spaces = [i for i, token in enumerate(doc) if token.is_space]
        assert not parts[spaces].any()


def test_gradients_are_those_of_the_scores(nlp):
    docs = [nlp(text) for text in TEXTS]
    model = trained(*docs)
    model.attrs["l2"] = 0.0
    raw, backprop = model.begin_update(docs)
    slopes = numpy.random.RandomState(1).normal(size=raw.shape).astype("float32")
    backprop(slopes)
    for name in ("W", "D", "b"):
        weights, gradient = model.get_param(name), model.get_grad(name)
        largest = numpy.argsort(numpy.abs(gradient), axis=None)[-5:]
        for place in zip(*numpy.unravel_index(largest, gradient.shape), strict=True):
            sides = []
            for step in (0.01, -0.02):
                weights[place] += step
                sides.append((model.begin_update(docs)[0].astype("float64") * slopes).sum())
            weights[place] += 0.01
            assert gradient[place] == pytest.approx((sides[0] - sides[1]) / 0.02, abs=5e-3)


def test_penalties_pull_weights_to_zero(nlp):
    docs = [nlp(text) for text in TEXTS]
    model = trained(*docs)
    model.attrs.update(l2=3.0, n_examples=6000)
    raw, backprop = model.begin_update(docs)
    backprop(numpy.zeros_like(raw))
    for name in ("W", "D"):
        assert model.get_grad(name) == pytest.approx(model.get_param(name) * 3.0 / 6000, rel=1e-4)
    assert not model.get_grad("b").any()


def test_rare_features_weigh_more(nlp):
    docs = [nlp(text) for text in ("a b", "a c", "a d", "a")]
    model = sparse.build_sparse_ngram_v1(2**14, 2, 0, False, False, nO=1)
    model.initialize(X=docs, Y=numpy.zeros((1, 1), "float32"))
    space = get_space(model._func.settings)
    idf = model.get_param("idf")
    a, b = (idf[bucket] for [bucket] in hashed(space, space.batch([docs[0]])))
    assert a == pytest.approx(numpy.log(5 / 5) + 1)
    assert b == pytest.approx(numpy.log(5 / 2) + 1)
    assert idf.max() == pytest.approx(numpy.log(5) + 1)  # of what no text holds


def test_copies_forget_nothing_and_share_nothing(nlp):
    docs = [nlp(text) for text in TEXTS]
    model = trained(*docs)
    wanted = model.predict(docs)
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), model.copy()):
        assert (other.predict(docs) == wanted).all()
        other.set_param("b", other.get_param("b") + 1)
        assert (other.predict(docs) != wanted).all()
        assert (model.predict(docs) == wanted).all()


# Shared features


def test_models_share_what_they_see_of_the_same_docs(nlp, monkeypatch):
    docs = [nlp(text) for text in TEXTS]
    first, second = trained(*docs), trained(*docs, width=5, seed=1)
    get_space.cache_clear()
    calls = []
    join = features.Space._join
    monkeypatch.setattr(features.Space, "_join", lambda *args: calls.append(args) or join(*args))
    first.predict(docs)
    second.predict(docs)
    assert len(calls) == 1
    second.predict(docs[1:])
    assert len(calls) == 2


def test_features_vanish_with_their_docs(nlp):
    docs = [nlp(text) for text in TEXTS]
    model = trained()
    model.predict(docs)
    seen = get_space(SMALL)._seen
    assert len(seen) == 1
    assert all(doc.user_data == {} for doc in docs)
    assert [*docs[0].spans] == []
    del docs
    gc.collect()
    assert len(seen) == 0


def test_a_retokenised_doc_is_read_anew(nlp):
    doc = nlp("I do not like New York at all")
    model = trained(doc)
    before = model.predict([doc])
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[4:6])
    after = model.predict([doc])
    same = Doc(nlp.vocab, words=["I", "do", "not", "like", "New York", "at", "all"])
    assert (after == model.predict([same])).all()
    assert (after != before).any()


def test_an_equal_number_of_other_tokens_is_no_excuse(nlp):
    """The first Doc is the same, those after it are not."""
    first, second, third = nlp("I love it"), nlp("You hate me"), nlp("We eat soup")
    model = trained(first)
    wanted = [model.predict([doc])[0].tolist() for doc in (first, third)]
    model.predict([first, second])
    assert model.predict([first, third]).tolist() == wanted


@pytest.mark.parametrize("most", [1, 5, 12])
def test_a_full_table_begins_anew(nlp, monkeypatch, most):
    texts = [*TEXTS, "An unseen sentence about llamas", *TEXTS]
    model = trained(*map(nlp, texts))
    wanted = [model.predict([nlp(text)])[0].tolist() for text in texts]
    monkeypatch.setattr(features, "MOST_FORMS", most)
    space = get_space(SMALL)
    space._clear()
    assert [model.predict([nlp(text)])[0].tolist() for text in texts] == wanted
    assert space.generation > 3
    together = model.predict([nlp(text) for text in texts])  # more than the table should hold
    assert together.tolist() == wanted


def test_one_table_serves_pipelines_with_other_string_stores():
    one, other = spacy.blank("en"), spacy.blank("de")
    docs = [one("Grüße from afar"), other("Grüße from afar")]
    model = trained(docs[0])
    assert model.predict([docs[0]]).tolist() == model.predict([docs[1]]).tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 1000},
        {"length": 0},
        {"length": 2**25},
        {"shortest": 1},
        {"shortest": 4, "longest": 3},
    ],
)
def test_settings_that_make_no_model(wrong):
    with pytest.raises(AffectError) as caught:
        sparse.build_sparse_ngram_v1(**wrong)
    assert caught.value.code == "AF095"


def test_a_new_table_is_not_taken_for_the_old_one(nlp):
    model = trained(nlp("I love it"))
    wanted = model.predict([nlp("I love it")]).tolist()
    get_space.cache_clear()  # as large as before, but with other forms in its rows
    model.predict([nlp("You hate soup")])
    assert model.predict([nlp("I love it")]).tolist() == wanted
