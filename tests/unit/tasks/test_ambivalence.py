"""The cut point of ambivalence."""

from __future__ import annotations

from spacy_affect.corpora.gold import Gold
from spacy_affect.tasks.ambivalence import AMBIVALENT, NOT_AMBIVALENT, Ambivalence


def fitted(scores):
    """scores (dict): (score, is it ambivalent) -> how many texts."""
    golds, records = [], []
    for (score, mixed), n in scores.items():
        golds += [Gold(labels=AMBIVALENT if mixed else NOT_AMBIVALENT)] * n
        records += [{"value": score}] * n
    return Ambivalence().fit(golds, records)


def test_the_cut_is_where_ambivalent_texts_are_found_best():
    """F1 of these: 0.75 from 0.9 on, 0.752 from 0.4 on; the mean with that of all others, which are
    nine in ten, is 0.864 and 0.857.
    """
    few = {(0.9, True): 60, (0.4, True): 40, (0.4, False): 66, (0.1, False): 834}
    assert 0.1 < fitted(few)[AMBIVALENT] <= 0.4


def test_too_few_texts_choose_nothing():
    assert fitted({(0.9, True): 9, (0.1, False): 900}) == {}
