"""Take the preference for a few classes out of a distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
from scipy.optimize import minimize

from ..errors import AffectError
from .heads import softmax

if TYPE_CHECKING:
    from thinc.types import Floats1d, Floats2d

#: Below this a probability says no more than "never".
LEAST = 1e-6
#: How soft the choice of a class is while offsets are looked for, from one that has no flat places
#: to one that is nearly the choice itself.
TEMPERATURES = (1.0, 0.3, 0.1, 0.03, 0.01)


class Debias:
    """Adds an offset to the log-probability of each class, as logit adjustment does (Menon et al.
    2021). At full strength the offsets make the model choose each class as often as the gold holds
    it, at which the preference bias of Kang et al. 2024 is 0.
    """

    def __init__(self, strength: float = 1.0) -> None:
        """strength (float): In [0, 1]: what share of the offsets is added. RAISES: AF103."""
        if not 0 <= strength <= 1:
            raise AffectError("AF103", strength=strength)
        self.strength = strength

    def fit(self, probabilities: Floats2d, gold: Floats2d) -> Floats1d:
        """Find the offsets at full strength.

        probabilities (Floats2d): (n, classes), what the model says of texts it was not trained on.
        gold (Floats2d): (n, classes), a distribution per text.
        RETURNS (Floats1d): (classes,) offsets with mean 0.
        """
        logs = _logs(probabilities)
        wanted = (gold.sum(axis=0) + 1) / (len(gold) + gold.shape[1])  # no class is never wanted
        offsets = numpy.zeros(gold.shape[1])
        # The offsets at which the highest scores fall on each class as often as wanted are the
        # minimum of a convex function: the dual of the optimal transport of texts to classes.
        for heat in TEMPERATURES:

            def dual(offsets: Floats1d, heat: float = heat) -> tuple[float, Floats1d]:
                scores = (logs + offsets) / heat
                top = scores.max(axis=1, keepdims=True)
                total = heat * (numpy.log(numpy.exp(scores - top).sum(axis=1)) + top[:, 0]).mean()
                return total - wanted @ offsets, softmax(scores).mean(axis=0) - wanted

            offsets = minimize(dual, offsets, jac=True, method="L-BFGS-B").x
        centred: Floats1d = offsets - offsets.mean()
        return centred

    def __call__(self, probabilities: Floats2d, offsets: Floats1d) -> Floats2d:
        """RETURNS (Floats2d): Distributions that the offsets have changed."""
        found: Floats2d = softmax(_logs(probabilities) + self.strength * offsets)
        return found


def make_debias_v1(strength: float = 1.0) -> Debias:
    """Make the decoder `spacy_affect.Debias.v1`, for the `decoder` of tasks that choose a class.

    Its offsets are chosen on the development corpus before a pipeline is saved, as thresholds are
    (`spacy_affect.fit_thresholds.v1`), and kept with the model; until then it changes nothing.

    strength (float): From 0, the model's own choice, to 1, each class as often as in the gold.
    RETURNS (Debias): The decoder.
    RAISES: AF103 for a strength outside of [0, 1].
    """
    return Debias(strength)


def _logs(probabilities: Floats2d) -> Floats2d:
    found: Floats2d = numpy.log(numpy.maximum(probabilities, LEAST))
    return found
