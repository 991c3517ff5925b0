"""The decoder that takes a preference for a few classes away: counts, strength, and limits."""

import numpy
import pytest
from spacy.util import registry

from spacy_affect.api import AffectError
from spacy_affect.models.debias import Debias, make_debias_v1
from spacy_affect.models.heads import softmax
from spacy_affect.scoring.metrics import preference_bias

N = 400


def made_up(classes=8, seed=0, n=N):
    """RETURNS (tuple): What a model says that has learned something and prefers the first classes,
    and one-hot gold in which the last classes are rare.
    """
    chance = numpy.random.RandomState(seed)
    shares = numpy.linspace(2.0, 0.5, classes)
    gold = numpy.eye(classes)[chance.choice(classes, size=n, p=shares / shares.sum())]
    raw = 1.2 * gold + chance.normal(size=(n, classes)) + numpy.linspace(1.5, -1.5, classes)
    return softmax(raw), gold


def counts(distributions):
    return numpy.bincount(distributions.argmax(axis=1), minlength=distributions.shape[1])


@pytest.mark.parametrize("classes", [2, 3, 8])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_at_full_strength_each_class_is_chosen_as_often_as_in_the_gold(classes, seed):
    probabilities, gold = made_up(classes, seed)
    wanted = counts(gold)
    debias = Debias()
    found = counts(debias(probabilities, debias.fit(probabilities, gold)))
    assert numpy.abs(counts(probabilities) - wanted).max() > N / 20
    # no class is never wanted, which moves at most a text; and the choice is a little soft
    assert numpy.abs(found - wanted).max() <= N / 100


def test_a_shift_of_all_scores_is_found():
    """If each class is the likeliest as often as in the gold and one is then favoured, the offset
    of that one is what it was favoured by, up to rounding.
    """
    chance = numpy.random.RandomState(0)
    fair = softmax(chance.normal(size=(3000, 3)))
    favoured = softmax(numpy.log(fair) + numpy.array([0.9, 0.0, 0.0]))
    gold = numpy.eye(3)[fair.argmax(axis=1)]
    # -0.9 for the first, less the mean of (-0.9, 0, 0)
    assert Debias().fit(favoured, gold) == pytest.approx([-0.6, 0.3, 0.3], abs=0.05)


def test_without_strength_nothing_changes():
    probabilities, gold = made_up()
    debias = Debias(0.0)
    found = debias(probabilities, debias.fit(probabilities, gold))
    assert found == pytest.approx(probabilities, abs=1e-6)
    assert counts(found).tolist() == counts(probabilities).tolist()


def test_strength_moves_step_by_step():
    probabilities, gold = made_up()
    offsets = Debias().fit(probabilities, gold)
    wanted = counts(gold)
    away = []
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        found = counts(Debias(strength)(probabilities, offsets))
        away.append(numpy.abs(found - wanted).sum())
    assert away == sorted(away, reverse=True)
    assert away[0] > away[2] > away[4]


def test_what_is_found_does_not_depend_on_the_strength():
    probabilities, gold = made_up()
    whole, none = (Debias(strength).fit(probabilities, gold) for strength in (1.0, 0.0))
    assert whole.tolist() == none.tolist()


def test_offsets_have_the_mean_0():
    probabilities, gold = made_up()
    offsets = Debias().fit(probabilities, gold)
    assert offsets.shape == (8,)
    assert offsets.mean() == pytest.approx(0.0, abs=1e-9)
    assert offsets.std() > 0.1


def test_distributions_stay_distributions():
    probabilities, gold = made_up()
    debias = Debias()
    found = debias(probabilities, debias.fit(probabilities, gold))
    assert found.shape == probabilities.shape
    assert found.sum(axis=1) == pytest.approx(numpy.ones(N))
    assert (found > 0).all()


def test_a_class_that_the_gold_never_holds_is_hardly_chosen():
    probabilities, gold = made_up(4)
    gold[:, 2] += gold[:, 0]
    gold[:, 0] = 0.0  # and the model likes it best
    debias = Debias()
    offsets = debias.fit(probabilities, gold)
    assert numpy.isfinite(offsets).all()
    assert offsets.argmin() == 0
    found = counts(debias(probabilities, offsets))
    assert counts(probabilities)[0] > N / 3
    assert found[0] <= 3
    assert numpy.abs(found - counts(gold)).max() <= N / 100


def test_a_class_that_the_model_never_gives_is_still_chosen():
    probabilities, gold = made_up(3)
    probabilities[:, 2] = 0.0
    debias = Debias()
    offsets = debias.fit(probabilities, gold)
    found = debias(probabilities, offsets)
    assert numpy.isfinite(found).all()
    assert counts(probabilities)[2] == 0
    # where a class has the same score throughout, the soft choice is far from the choice itself
    assert counts(gold)[2] / 3 < counts(found)[2] <= counts(gold)[2]


def test_gold_may_be_shared_between_classes():
    probabilities, gold = made_up()
    soft = numpy.tile(gold.mean(axis=0), (N, 1))
    assert Debias().fit(probabilities, soft) == pytest.approx(Debias().fit(probabilities, gold))


def test_a_text_is_decoded_alone_as_among_others():
    probabilities, gold = made_up()
    debias = Debias()
    offsets = debias.fit(probabilities, gold)
    together = debias(probabilities, offsets)
    alone = [debias(row[None], offsets)[0].tolist() for row in probabilities[:20]]
    assert together[:20].tolist() == alone


def test_the_order_of_texts_and_repetition_do_not_count():
    probabilities, gold = made_up()
    first = Debias().fit(probabilities, gold)
    assert Debias().fit(probabilities, gold).tolist() == first.tolist()
    order = numpy.random.RandomState(1).permutation(N)
    assert Debias().fit(probabilities[order], gold[order]) == pytest.approx(first, abs=1e-3)


def test_the_preference_bias_falls():
    labels = [*"abcdefgh"]
    probabilities, gold = made_up()
    fresh, truth = made_up(seed=7)  # other texts than those it has learned from
    debias = Debias()
    offsets = debias.fit(probabilities, gold)

    def bias(distributions):
        sides = ([labels[i] for i in d.argmax(axis=1)] for d in (truth, distributions))
        return preference_bias(*sides, labels).bias

    before, after = bias(fresh), bias(debias(fresh, offsets))
    assert before > 0.8
    assert after < before / 2


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_strength_that_is_none(strength):
    with pytest.raises(AffectError, match=r"AF103: strength = .* from 0 to 1") as caught:
        make_debias_v1(strength)
    assert caught.value.code == "AF103"


def test_configs_know_it():
    made = registry.resolve({"d": {"@misc": "spacy_affect.Debias.v1", "strength": 0.5}})["d"]
    assert made.strength == 0.5
    assert registry.resolve({"d": {"@misc": "spacy_affect.Debias.v1"}})["d"].strength == 1.0
