"""Cut points: those with the best F1 on gold, and none on too little of it."""

import numpy
import pytest

from spacy_affect.api import Gold
from spacy_affect.tasks.cuts import (
    FEWEST,
    class_cuts,
    joint_cuts,
    label_cuts,
    presence_cut,
    scored_classes,
)


def f1(hits, truth):
    return 2 * (hits & truth).sum() / (hits.sum() + truth.sum())


def test_a_cut_between_what_is_there_and_what_is_not():
    scores = [*numpy.linspace(0.0, 0.3, 20), *numpy.linspace(0.35, 0.5, 20)]
    cut = presence_cut(scores, [False] * 20 + [True] * 20)
    assert 0.3 < cut <= 0.35
    assert type(cut) is float


def test_no_other_cut_is_better():
    chance = numpy.random.RandomState(0)
    truth = chance.uniform(size=300) < 0.2
    scores = numpy.clip(chance.normal(0.3 + 0.2 * truth, 0.15), 0, 1)
    cut = presence_cut(scores, truth)
    best = max(f1(scores >= other, truth) for other in numpy.linspace(0, 1, 201))
    assert f1(scores >= cut, truth) >= best - 0.03


def test_scores_have_a_say_where_gold_is_noisy():
    # of odds that are as they say, a cut on few texts is nearer to the best on very many
    chance = numpy.random.RandomState(0)
    scores = chance.beta(0.5, 4.0, size=100_000)
    truth = chance.uniform(size=100_000) < scores
    some = [slice(start, start + 100) for start in range(0, 10_000, 100)]
    reached = [
        f1(scores >= presence_cut(scores[s], truth[s]), truth) for s in some if truth[s].sum() >= 10
    ]
    alone = []
    for s in some:
        if truth[s].sum() >= 10:
            cuts = scores[s][scores[s] >= scores[s][truth[s]].min()]
            best = max(cuts, key=lambda cut: f1(scores[s] >= cut, truth[s]))
            alone.append(f1(scores >= best, truth))
    assert numpy.mean(reached) > numpy.mean(alone) + 0.003


@pytest.mark.parametrize("n", [0, 1, FEWEST - 1])
def test_too_few_on_either_side(n):
    scores = numpy.linspace(0, 1, 40)
    for truth in (numpy.arange(40) < n, numpy.arange(40) >= n):
        assert presence_cut(scores, truth) is None


def test_cuts_between_ordered_classes():
    order = ("low", "mid", "high")
    classes = [name for name in order for _ in range(15)]
    scores = [*numpy.linspace(-1, -0.4, 15), *numpy.linspace(-0.3, 0.3, 15)]
    scores += [*numpy.linspace(0.4, 1, 15)]
    low, high = class_cuts(scores, classes, order)
    assert -0.4 < low <= -0.3
    assert 0.3 < high <= 0.4
    shuffled = numpy.random.RandomState(0).permutation(45)
    again = class_cuts([scores[i] for i in shuffled], [classes[i] for i in shuffled], order)
    assert again == [low, high]


def test_classes_outside_of_the_order_are_left_out():
    order = ("no", "yes")
    scores = [*numpy.linspace(0, 0.4, 12), *numpy.linspace(0.6, 1, 12), *[0.1] * 30]
    classes = ["no"] * 12 + ["yes"] * 12 + ["perhaps"] * 30
    [cut] = class_cuts(scores, classes, order)
    assert 0.4 < cut <= 0.6
    assert class_cuts(scores[:20], classes[:20], order) is None


def test_what_has_both_a_class_and_a_score():
    golds = [Gold(labels="yes"), Gold(0.5), Gold(labels={"a": 1}), Gold(labels="no")]
    records = [{"value": 0.9}, {"value": 0.1}, {"value": 0.2}, {"value": None}]
    assert scored_classes(golds, records) == ([0.9], ["yes"])


def jaccard(hits, truth):
    either = (hits | truth).sum(axis=1)
    both = (hits & truth).sum(axis=1)
    return numpy.where(either, both / numpy.maximum(either, 1), 1.0).mean()


def micro_f1(hits, truth):
    return 2 * (hits & truth).sum() / (hits.sum() + truth.sum())


def three_labels(n=400):
    """RETURNS (tuple): Scores of three labels, the second too high and the third of little use."""
    chance = numpy.random.RandomState(1)
    truth = chance.uniform(size=(n, 3)) < [0.4, 0.4, 0.1]
    scores = chance.normal([0.3, 0.6, 0.4] + truth * [0.3, 0.3, 0.05], 0.15)
    return numpy.clip(scores, 0, 1), truth


@pytest.mark.parametrize(("criterion", "measure"), [("jaccard", jaccard), ("micro_f1", micro_f1)])
def test_cuts_together_are_best_together(criterion, measure):
    scores, truth = three_labels()
    cuts = joint_cuts(scores, truth.astype(float), criterion)
    reached = measure(scores >= cuts, truth)
    assert reached > measure(scores >= label_cuts(scores, truth.astype(float)), truth)
    assert reached >= max(measure(scores >= cut, truth) for cut in numpy.linspace(0.05, 0.95, 19))
    assert cuts[0] < cuts[1], "the second label's scores are higher"
    for label in range(3):
        for step in (-0.05, 0.05):
            moved = numpy.array(cuts)
            moved[label] += step
            assert measure(scores >= moved, truth) <= reached + 1e-12


def test_what_is_unknown_has_no_say_in_cuts():
    scores, truth = three_labels()
    gold = truth.astype(float)
    gold[:, 2] = numpy.nan
    cuts = joint_cuts(scores, gold, "jaccard")
    scores[:, 2] = 1.0
    assert joint_cuts(scores, gold, "jaccard")[:2] == cuts[:2]


def test_cuts_together_on_too_little():
    scores, truth = three_labels(12)
    assert joint_cuts(scores[:5], truth[:5].astype(float), "jaccard") == [None] * 3
