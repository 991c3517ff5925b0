"""What the teacher and the students put out, and how gold and soft labels become their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy
from numpy.typing import NDArray

from spacy_affect.labels import BRIGHTER6, EC11, EKMAN, GOEMOTIONS, PLUTCHIK8, POLARITY, map_label

Floats = NDArray[numpy.floating]


class Known(Protocol):
    """What has gold, by the names of outputs."""

    @property
    def gold(self) -> Mapping[str, float]: ...


GO = (*GOEMOTIONS.labels, "neutral")
#: English BRIGHTER has no disgust.
BRIGHTER = tuple(label for label in BRIGHTER6.labels if label != "disgust")
#: No corpus that may be shipped has it.
ABSENT = ("pessimism",)
EC = tuple(label for label in EC11.labels if label not in ABSENT)

#: The teacher's outputs, all logistic: labels of GoEmotions, of XED, of BRIGHTER's tracks A
#: (presence) and B (intensity), and what templates and all corpora tell together.
TEACHER = (
    *(f"go.{label}" for label in GO),
    *(f"xed.{label}" for label in PLUTCHIK8.labels),
    *(f"present.{label}" for label in BRIGHTER),
    *(f"intense.{label}" for label in BRIGHTER),
    "pos",
    "neg",
    "subjective",
)
T = {name: i for i, name in enumerate(TEACHER)}

#: The students' outputs. Polarity is pos minus neg, and mixed feelings are where there is both.
STUDENT = (
    "pos",
    "neg",
    "subjective",
    *(f"emotion.{label}" for label in EC),
    *(f"ekman.{label}" for label in EKMAN.labels),
    *(f"fine.{label}" for label in GOEMOTIONS.labels),
)
S = {name: i for i, name in enumerate(STUDENT)}

POSITIVE, NEGATIVE = (
    frozenset(
        label
        for label in GOEMOTIONS.labels
        if map_label(GOEMOTIONS.name, POLARITY.name, label) == (pole,)
    )
    for pole in ("positive", "negative")
)
#: Of Plutchik's eight, those that name a pole; anticipation and surprise do not.
GOOD, BAD = {"joy", "trust"}, {"anger", "disgust", "fear", "sadness"}

#: An emotion of E-c is the mean of the log odds of these, alone or together, and of the pole that
#: it lies at, as often as the number says. Chosen by how they rank the development part of
#: SemEval-2018, which is seen nowhere else.
EMOTIONS: Mapping[str, tuple[tuple[tuple[str, ...], ...], float]] = {
    "anger": (
        (("go.anger", "go.annoyance"), ("xed.anger",), ("present.anger",), ("intense.anger",)),
        -1,
    ),
    "anticipation": ((("xed.anticipation",), ("go.curiosity", "go.excitement", "go.desire")), 0),
    "disgust": ((("go.disgust", "go.annoyance"), ("xed.disgust",)), -0.5),
    "fear": (
        (("go.fear", "go.nervousness"), ("xed.fear",), ("present.fear",), ("intense.fear",)),
        -1,
    ),
    "joy": (
        (
            ("go.joy", "go.amusement", "go.excitement", "go.gratitude", "go.admiration", "go.love"),
            ("xed.joy",),
            ("present.joy",),
            ("intense.joy",),
        ),
        1,
    ),
    "love": ((("go.love",), ("go.love", "go.caring")), 0.5),
    "optimism": ((("go.optimism", "go.excitement", "go.desire"), ("xed.joy",)), 1),
    "sadness": (
        (
            ("go.sadness", "go.grief", "go.disappointment", "go.remorse"),
            ("xed.sadness",),
            ("present.sadness",),
            ("intense.sadness",),
        ),
        -1,
    ),
    "surprise": ((("go.surprise",), ("xed.surprise",), ("present.surprise",)), 0),
    "trust": ((("xed.trust",), ("go.admiration", "go.approval", "go.caring")), 0.5),
}
#: A text that judges is subjective; one that tells of fear and grief may be a story. Chosen by how
#: they rank SUBJ, which is seen nowhere else.
JUDGEMENTS = (
    "go.admiration",
    "go.approval",
    "go.disapproval",
    "go.annoyance",
    "go.disappointment",
    "go.amusement",
)
TOLD = ("xed.fear", "go.sadness")
#: By how much the log odds of an emotion are divided: so its values spread over [0, 1] as ranked
#: intensities do, and not at its ends as probabilities do.
SPREAD = 2.0


def targets(items: Sequence[Known], outputs: Sequence[str]) -> Floats:
    """RETURNS (Floats): (n, outputs), NaN where nothing is known."""
    place = {name: i for i, name in enumerate(outputs)}
    rows = numpy.full((len(items), len(outputs)), numpy.nan, "float32")
    for row, item in zip(rows, items, strict=True):
        for name, number in item.gold.items():
            if name in place:
                row[place[name]] = number
    return rows


def soft(P: Floats) -> Floats:
    """P (Floats): (n, teacher's outputs), probabilities.
    RETURNS (Floats): (n, students' outputs), their targets.
    """
    found = numpy.full((len(P), len(STUDENT)), numpy.nan, "float32")
    pos, neg = P[:, T["pos"]], P[:, T["neg"]]
    for name in ("pos", "neg"):
        found[:, S[name]] = P[:, T[name]]
    odds = log_odds(_any(P, JUDGEMENTS)) + log_odds(P[:, T["subjective"]]) / 2
    odds -= sum(log_odds(P[:, T[name]]) for name in TOLD) / 4
    found[:, S["subjective"]] = 1 / (1 + numpy.exp(-odds))
    pole = log_odds(pos) - log_odds(neg)
    for label, (parts, side) in EMOTIONS.items():
        odds = [log_odds(_any(P, names)) for names in parts]
        z = numpy.mean(odds, axis=0) + side * pole / 4
        found[:, S[f"emotion.{label}"]] = 1 / (1 + numpy.exp(-z / SPREAD))
    for label in GOEMOTIONS.labels:
        found[:, S[f"fine.{label}"]] = P[:, T[f"go.{label}"]]
    for label in EKMAN.labels:
        names = [f"go.{name}" for name in GOEMOTIONS.labels if label in ekman(name)]
        found[:, S[f"ekman.{label}"]] = _any(P, tuple(names))
    return found


def log_odds(p: Floats) -> Floats:
    """RETURNS (Floats): Of probabilities that are kept off 0 and 1."""
    p = numpy.clip(p, 1e-3, 1 - 1e-3)
    return numpy.log(p / (1 - p))


def ekman(label: str) -> tuple[str, ...]:
    """RETURNS (tuple[str, ...]): What a label of GoEmotions is among Ekman's six."""
    return map_label(GOEMOTIONS.name, EKMAN.name, label)


def _any(P: Floats, names: tuple[str, ...]) -> Floats:
    """RETURNS (Floats): The probability that at least one is there, were they independent."""
    return 1 - numpy.prod([1 - P[:, T[name]] for name in names], axis=0)
