"""The mean of several backbones that see different things in a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from thinc.api import Model
from thinc.types import Floats2d

from ... import __version__
from ...errors import AffectError
from ...types import Unit

BlendModel: TypeAlias = Model[list[Unit], Floats2d]

SOURCE = f"spacy_affect.Blend.v1 (spacy-affect {__version__})"


def build_blend_v1(
    *models: BlendModel,
    rates: Sequence[float] | None = None,
    shares: Sequence[float] | None = None,
    nO: int | None = None,
) -> BlendModel:
    """Make the backbone `spacy_affect.Blend.v1`, to be trained, for any task.

    A unit's raw outputs are the weighted mean of those of the models. Each learns by its own error,
    as if it were alone: what they then get wrong differs, and their mean is better than the best of
    them.

    models (Model): Backbones to be trained, such as `SparseNgram.v1` and `Pooled.v1`.
    rates (Sequence[float] | None): How many times faster than the optimizer's rate each learns,
        since a linear model needs a higher rate than an encoder; None is 1 for each.
    shares (Sequence[float] | None): How much each counts in the mean, in any unit; None is the same
        for each.
    RETURNS (Model): (n_units, nO) raw outputs.
    RAISES: AF106 for fewer than two models, models that do not learn, or rates or shares that do
        not fit.
    """
    rates = [1.0] * len(models) if rates is None else list(rates)
    shares = [1.0] * len(models) if shares is None else list(shares)
    reason = ""
    if len(models) < 2:
        reason = f"{len(models)} models are none to blend"
    elif not all(model.attrs.get("trainable") for model in models):
        reason = "every model must be one that learns"
    elif len({bool(model.attrs.get("ahead")) for model in models}) > 1:
        reason = "either all models look ahead or none"
    for setting, given in (("rates", rates), ("shares", shares)):
        if not reason and (len(given) != len(models) or not all(number > 0 for number in given)):
            reason = (
                f"{setting} = {given} must be a number above 0 for each of {len(models)} models"
            )
    if reason:
        raise AffectError("AF106", reason=reason)
    blend: BlendModel = Model(
        "blend",
        _forward,
        init=_init,
        layers=models,
        dims={"nO": nO},
        attrs={
            "source": SOURCE,
            "trainable": True,
            "ahead": bool(models[0].attrs.get("ahead")),
            "rates": rates,
            "shares": [share / sum(shares) for share in shares],
        },
    )
    encoders = [model.get_ref("encoder") for model in models if model.has_ref("encoder")]
    if encoders:
        blend.set_ref("encoder", encoders[0])
    for model, rate in zip(models, rates, strict=True):
        if "l2" in model.attrs:  # weights are as many times smaller as the model learns faster
            model.attrs["l2"] *= rate**2
    return blend


def _init(model: BlendModel, X: Any = None, Y: Any = None) -> None:
    """Y (Floats2d | None): (1, nO): raw outputs that each of the models begins with."""
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.shape[1])
    known = {
        name: model.attrs[name] for name in ("n_examples", "curvatures") if name in model.attrs
    }
    for layer, rate in zip(model.layers, model.attrs["rates"], strict=True):
        if layer.has_dim("nO") is None:
            layer.set_dim("nO", model.get_dim("nO"))
        layer.attrs.update(known)
        layer.initialize(X=X, Y=None if Y is None else Y / rate)


def _forward(
    model: BlendModel, units: list[Unit], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Any]]:
    scores = model.ops.alloc2f(len(units), model.get_dim("nO"))
    backprops = []
    parts = zip(model.layers, model.attrs["rates"], model.attrs["shares"], strict=True)
    for layer, rate, share in parts:
        found, backprop = layer(units, is_train)
        scores += share * rate * found
        backprops.append((share * rate, backprop))

    def back(d_scores: Floats2d) -> list[Unit]:
        for factor, backprop in backprops:
            backprop(factor * d_scores)
        return []

    return scores, back
