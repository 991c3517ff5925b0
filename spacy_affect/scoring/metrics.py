"""Metrics over parallel sequences of gold and predictions; numpy only.

Numbers are sequences of floats. Classes are sequences of names (None: no prediction), label sets
are sequences of collections of names, or (n, labels) arrays of 0 and 1 in which NaN in the gold is
unknown and left out. Every metric of no texts at all is NaN; what a metric gives where one side
does not vary, or a class is missing, is said with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy

from ..errors import AffectError
from . import weighted
from .weighted import Floats

#: A class, the labels of one text, or a row of 0 and 1.
Labels = Hashable | Collection[Any] | None
#: From here on a gold intensity is high (SemEval-2018 task 1, secondary metric of EI-reg, V-reg).
HIGH = 0.5
#: Bins of the calibration error in Guo et al. 2017.
N_BINS = 15
#: Of the average precision in González-González et al. 2025, as its code counts them.
THRESHOLDS = numpy.arange(1000) * 0.001


def pearson(gold: Sequence[float], pred: Sequence[float]) -> float:
    """Pearson's correlation (Pearson 1895).

    RETURNS (float): In [-1, 1]; 0.0 where one side does not vary.
    """
    return _plain(weighted.pearson, *_numbers(gold, pred))


def pearson_high(gold: Sequence[float], pred: Sequence[float]) -> float:
    """Pearson's correlation over the texts whose gold is 0.5 or more, for gold in [0, 1]
    (Mohammad et al. 2018, SemEval-2018 task 1).

    RETURNS (float): In [-1, 1]; 0.0 where one side does not vary, NaN without such texts.
    """
    a, b = _numbers(gold, pred)
    return _plain(weighted.pearson, a[a >= HIGH], b[a >= HIGH])


def spearman(gold: Sequence[float], pred: Sequence[float]) -> float:
    """Spearman's rank correlation, equal numbers sharing the mean of their ranks (Spearman 1904).

    RETURNS (float): In [-1, 1]; 0.0 where one side does not vary.
    """
    return _plain(weighted.spearman, *_numbers(gold, pred))


def mean_absolute_error(gold: Sequence[float], pred: Sequence[float]) -> float:
    """RETURNS (float): The mean distance, at least 0, in the unit of the values."""
    return _plain(weighted.mae, *_numbers(gold, pred))


def rmse(gold: Sequence[float], pred: Sequence[float]) -> float:
    """RETURNS (float): The root of the mean squared distance, in the unit of the values."""
    return _plain(weighted.rmse, *_numbers(gold, pred))


def ccc(gold: Sequence[float], pred: Sequence[float]) -> float:
    """Concordance: correlation that a shift or another scale lowers (Lin 1989, with variances
    divided by n).

    RETURNS (float): In [-1, 1]; 0.0 where one side does not vary.
    """
    return _plain(weighted.ccc, *_numbers(gold, pred))


def accuracy(gold: Sequence[Hashable], pred: Sequence[Hashable]) -> float:
    """RETURNS (float): The share of equal classes, in [0, 1]."""
    _same_length(gold, pred)
    same = numpy.array([g == p for g, p in zip(gold, pred, strict=True)], dtype="float64")
    return _plain(weighted.mean, same)


def micro_f1(
    gold: Sequence[Labels], pred: Sequence[Labels], labels: Iterable[Hashable] | None = None
) -> float:
    """F1 of all decisions over all labels taken together (van Rijsbergen 1979).

    labels (Iterable | None): Which count; None: for classes those that the gold holds, else all.
    RETURNS (float): In [0, 1]; 0.0 where neither side holds any.
    """
    return _f1(weighted.micro_f1, gold, pred, labels)


def macro_f1(
    gold: Sequence[Labels], pred: Sequence[Labels], labels: Iterable[Hashable] | None = None
) -> float:
    """The mean of the labels' F1; one that neither side holds has F1 0.0, as in scikit-learn.

    labels (Iterable | None): Which are averaged; None: for classes those that the gold holds (a
        class that is only predicted costs the others their recall), for label sets all that either
        side holds, for arrays all columns.
    RETURNS (float): In [0, 1].
    """
    return _f1(weighted.macro_f1, gold, pred, labels)


def average_f1(gold: Sequence[int], pred: Sequence[int]) -> float:
    """AVGF1, the mean of the F1 of presence (1) and absence (0), for ambivalence in frames and
    videos (González-González et al. 2025, arXiv:2505.19328; `MACRO_F1` in its code).

    RETURNS (float): In [0, 1]; a class that neither side holds has F1 0.0.
    """
    return macro_f1(gold, pred, (0, 1))


def weighted_f1(
    gold: Sequence[Labels], pred: Sequence[Labels], labels: Iterable[Hashable] | None = None
) -> float:
    """The mean of the labels' F1, each weighted by how many texts of the gold hold it.

    labels (Iterable | None): As for `macro_f1`.
    RETURNS (float): In [0, 1]; 0.0 where the gold holds none.
    """
    return _f1(weighted.weighted_f1, gold, pred, labels)


def average_recall(gold: Sequence[Hashable], pred: Sequence[Hashable]) -> float:
    """The mean recall over the classes that the gold holds; with negative, neutral and positive
    the main metric of SemEval-2017 task 4 A (Rosenthal et al. 2017).

    RETURNS (float): In [0, 1]; chance and any constant prediction are at 1 / classes.
    """
    return _f1(weighted.average_recall, gold, pred, None)


def jaccard(gold: Sequence[Labels], pred: Sequence[Labels]) -> float:
    """Multi-label accuracy: the mean over texts of the labels that both hold by those that either
    holds; 1 for a text where neither holds any. The main metric of SemEval-2018 E-c.

    RETURNS (float): In [0, 1].
    """
    return _plain(weighted.jaccard, *_indicators(gold, pred, None))


def quadratic_kappa(
    gold: Sequence[Any], pred: Sequence[Any], order: Sequence[Hashable] | None = None
) -> float:
    """Agreement beyond chance that punishes the squared distance of ordered classes (Cohen 1968),
    as for EI-oc and V-oc of SemEval-2018.

    order (Sequence | None): The classes from lowest to highest; None: the classes are numbers. A
        prediction that is none of them counts as the class farthest from the gold.
    RETURNS (float): In [-1, 1]; 0.0 where one side does not vary.
    RAISES: AF081 for a gold class that is not in the order.
    """
    # With squared distances of places it is the concordance of the places (Fleiss and Cohen 1973).
    return _plain(weighted.ccc, *_numbers(*places(gold, pred, order)))


def average_precision(gold: Sequence[int], scores: Sequence[float]) -> float:
    """The mean precision at each gain in recall, texts of equal score entering together (as
    scikit-learn has it: no interpolation).

    gold (Sequence[int]): 1 where the label is present, else 0.
    RETURNS (float): In [0, 1]; 0.0 where no text has the label.
    """
    area = _plain(weighted.average_precision, *_numbers(gold, scores))
    return 0.0 if len(gold) and numpy.isnan(area) else area


def threshold_ap(gold: Sequence[int], scores: Sequence[float]) -> float:
    """The average precision of frames and videos with ambivalence (González-González et al. 2025,
    arXiv:2505.19328, `average_precision` of its code): the area under precision by recall at the
    thresholds 0, 0.001 ... 0.999, by trapezoids.

    A text is positive from the threshold on (score >= threshold), and precision is 0 where none is,
    both as in that code, so that figures can be compared. What lies left of the smallest recall
    that a threshold gives is not counted: right scores that are all 1.0 have no area. To compare
    models by something sounder there is `average_precision`.

    gold (Sequence[int]): 1 where the label is present, else 0.
    scores (Sequence[float]): In [0, 1].
    RETURNS (float): In [0, 1]; 0.0 where no text has the label.
    """
    wanted, given = _numbers(gold, scores)
    if not len(wanted):
        return numpy.nan
    found, hits = (
        len(side) - numpy.searchsorted(numpy.sort(side), THRESHOLDS)
        for side in (given, given[wanted == 1])
    )
    precision = hits / numpy.maximum(found, 1)
    recall = hits / max((wanted == 1).sum(), 1)
    return float(((recall[:-1] - recall[1:]) * (precision[:-1] + precision[1:]) / 2).sum())


def ece(gold: Sequence[int], probabilities: Sequence[float], n_bins: int = N_BINS) -> float:
    """Expected calibration error: the mean distance of probability and frequency in bins of equal
    width (Naeini et al. 2015; Guo et al. 2017).

    gold (Sequence[int]): 1 where the label is present, or the named class right; else 0.
    RETURNS (float): In [0, 1]; 0.0 is best.
    """
    return _plain(partial(weighted.ece, n_bins=n_bins), *_numbers(gold, probabilities))


def brier(gold: Sequence[int], probabilities: Sequence[float]) -> float:
    """The mean squared distance of probability and outcome (Brier 1950, for one event).

    RETURNS (float): In [0, 1]; 0.0 is best.
    """
    return _plain(weighted.brier, *_numbers(gold, probabilities))


class PreferenceBias(NamedTuple):
    """How well strategies are chosen, and how unequally.

    macro_f1, weighted_f1 (float): In [0, 1]; macro-F1 over all labels is the published Q.
    preference (dict[str, float]): By label, in their order, with mean 1: more than 1 is chosen too
        often, less too rarely.
    bias (float): The standard deviation of the preferences, the published B; 0.0 is best.
    """

    macro_f1: float
    weighted_f1: float
    preference: dict[str, float]
    bias: float


def preference_bias(
    gold: Sequence[str | None],
    pred: Sequence[str | None],
    labels: Iterable[str],
    other: str = "other",
) -> PreferenceBias:
    """Proficiency and preference bias of emotional-support strategies (Kang et al. 2024,
    doi:10.18653/v1/2024.acl-long.813).

    A prediction in the place of another label has been preferred to it; from how often that occurs
    comes a Bradley-Terry model of all labels. Right predictions change nothing. A label has the
    preference 0.0 if it never stands in another's place; takes all if no other ever stands in its
    place; and has 1.0, neither preferred nor avoided, if it is in no such pair at all.

    labels (Iterable[str]): All there are to choose between.
    other (str): The label that a prediction outside of the labels counts as. If it is none of them,
        such a prediction is wrong and prefers nothing, as is None (no prediction).
    RETURNS (PreferenceBias): NaN throughout, and no preferences, of no texts.
    """
    _same_length(gold, pred)
    names = list(dict.fromkeys(labels))
    if not len(gold):
        return PreferenceBias(numpy.nan, numpy.nan, {}, numpy.nan)
    pred = within(pred, names, other)
    measure = weighted.preference(indicators(gold, names), indicators(pred, names))
    vector = measure(numpy.ones((1, len(gold))))[0]
    return PreferenceBias(
        macro_f1(gold, pred, names),
        weighted_f1(gold, pred, names),
        dict(zip(names, vector.tolist(), strict=True)),
        float(vector.std()),
    )


def within(pred: Sequence[str | None], labels: Collection[str], other: str) -> list[str | None]:
    """RETURNS (list): The predictions, those outside of the labels as `other` if that is one."""
    if other not in labels:
        return list(pred)
    return [name if name is None or name in labels else other for name in pred]


def places(
    gold: Sequence[Any], pred: Sequence[Any], order: Sequence[Hashable] | None
) -> tuple[Sequence[float], Sequence[float]]:
    """RETURNS (tuple): Both sides as places in the order. RAISES: AF081 for an unknown gold."""
    if order is None:
        return gold, pred
    _same_length(gold, pred)
    place = {name: i for i, name in enumerate(order)}
    unknown = next((name for name in gold if name not in place), None)
    if unknown is not None:
        raise AffectError("AF081", name=unknown, order=", ".join(map(str, order)))
    wanted = [place[name] for name in gold]
    last = len(place) - 1
    found = [place.get(p, last if 2 * g < last else 0) for g, p in zip(wanted, pred, strict=True)]
    return wanted, found


def indicators(items: Sequence[Labels], labels: Sequence[Hashable]) -> Floats:
    """RETURNS (Floats): (n, labels) of 0 and 1: which of the labels each item is or holds."""
    column = {label: i for i, label in enumerate(labels)}
    table = numpy.zeros((len(items), len(column)))
    for row, item in enumerate(items):
        for label in _names(item):
            if label in column:
                table[row, column[label]] = 1.0
    return table


def _f1(
    measure: Callable[[weighted.Counts], Floats],
    gold: Sequence[Labels],
    pred: Sequence[Labels],
    labels: Iterable[Hashable] | None,
) -> float:
    sides = _indicators(gold, pred, None if labels is None else list(dict.fromkeys(labels)))

    def make(gold: Floats, pred: Floats) -> weighted.Metric:
        count = weighted.counts(gold, pred)
        return lambda weights: measure(count(weights))

    return _plain(make, *sides)


def _indicators(
    gold: Sequence[Labels], pred: Sequence[Labels], labels: Sequence[Hashable] | None
) -> tuple[Floats, Floats]:
    _same_length(gold, pred)
    if _is_table(gold):
        a, b = (numpy.asarray(side, dtype="float64") for side in (gold, pred))
        if a.shape != b.shape:
            raise AffectError("AF080", gold=a.shape, pred=b.shape)
        columns: Any = list(range(a.shape[1]) if labels is None else labels)
        return a[:, columns], b[:, columns]
    if labels is None:
        sets = any(_is_set(item) for side in (gold, pred) for item in side)
        sides = (gold, pred) if sets else (gold,)
        labels = list(
            dict.fromkeys(name for side in sides for item in side for name in _names(item))
        )
    return indicators(gold, labels), indicators(pred, labels)


def _is_set(item: Any) -> bool:
    return isinstance(item, Collection) and not isinstance(item, str)


def _is_table(gold: Sequence[Any]) -> bool:
    first = next((row for row in gold if _is_set(row) and len(row)), ())
    return any(not isinstance(cell, str) for cell in first)


def _names(item: Any) -> Collection[Any]:
    if item is None:
        return ()
    return item if _is_set(item) else (item,)


def _numbers(gold: Sequence[float], pred: Sequence[float]) -> tuple[Floats, Floats]:
    _same_length(gold, pred)
    return numpy.asarray(gold, dtype="float64"), numpy.asarray(pred, dtype="float64")


def _same_length(gold: Sequence[Any], pred: Sequence[Any]) -> None:
    if len(gold) != len(pred):
        raise AffectError("AF080", gold=len(gold), pred=len(pred))


def _plain(make: Callable[..., weighted.Metric], *sides: Floats) -> float:
    """RETURNS (float): The metric with every text counted once; NaN of no texts."""
    n = len(sides[0])
    return float(make(*sides)(numpy.ones((1, n)))[0]) if n else numpy.nan
