"""How a model is calibrated, as a picture: a reliability diagram per component."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import util
from typing import Any

from ..arc.chart import CONFIG, INK, png, version
from ..cards import Calibration, ModelCard
from ..errors import AffectError, require

__all__ = ["draw", "has_bins", "need", "png", "svg"]
WHAT = "Drawing the calibration of a model"
#: Pixels of a panel's side, and how many stand in a row.
SIDE, COLUMNS = 230, 3
#: Square pixels of a circle that stands for all predictions of a component, and shares of that
#: for the legend.
LARGEST, SHARES = 1800, (0.02, 0.1, 0.5)
FILL = "#b0b0b0"
TICKS = (0, 0.25, 0.5, 0.75, 1)
HOW_TO_READ = (
    "A circle is a range of confidence, its area the share of predictions in it. On the dashed",
    "line they were right as often as the model said; below, it was too sure, above, not enough.",
)


def need() -> None:
    """RAISES: AF001 if the libraries that draw are not installed."""
    if util.find_spec("vl_convert") is None:  # its distribution has another name
        raise AffectError("AF001", what=WHAT, package="vl-convert-python", extra="arc")
    require("altair", what=WHAT, extra="arc")


def has_bins(card: ModelCard) -> bool:
    """RETURNS (bool): There is something to draw."""
    return any(_rows(calibration) for calibration in card.calibration.values())


def draw(name: str, components: Mapping[str, Calibration]) -> dict[str, Any]:
    """RETURNS (dict): Vega-Lite, as plain data; a panel for each component that has bins."""
    import altair as alt

    panels = [
        _panel(alt, component, calibration)
        for component, calibration in components.items()
        if _rows(calibration)
    ]
    title = alt.TitleParams(
        f"Calibration of {name}", subtitle=list(HOW_TO_READ), fontSize=16, offset=14
    )
    chart = alt.concat(*panels, columns=COLUMNS, spacing=24).properties(title=title)
    config: dict[str, Any] = CONFIG
    return chart.configure(**config).to_dict()


def svg(spec: dict[str, Any]) -> str:
    """RETURNS (str): The chart as a picture, made without a browser."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec, vl_version=version(spec))


def _panel(alt: Any, component: str, calibration: Calibration) -> Any:
    rows = _rows(calibration)
    error = "" if calibration.ece is None else f"ECE {calibration.ece:.3f}, "
    counted = f"{error}{sum(one.n for one in calibration.bins):,} predictions"
    ends = alt.Chart(alt.Data(values=[{"confidence": 0, "observed": 0}, {"confidence": 1}]))
    ideal = ends.mark_line(color="#555555", strokeDash=[5, 4], strokeWidth=1.5).encode(
        x="confidence:Q", y=alt.Y("confidence:Q")
    )
    found = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("confidence:Q", **_axis(alt, "Mean confidence")),
        y=alt.Y("observed:Q", **_axis(alt, "Observed frequency")),
    )
    legend = alt.Legend(
        title="Share of predictions", values=list(SHARES), format=".0%", symbolStrokeWidth=1
    )
    area = alt.Scale(domain=[0, 1], range=[0, LARGEST])
    circles = found.mark_point(shape="circle", fill=FILL, stroke=INK, strokeWidth=1, opacity=0.8)
    circles = circles.encode(size=alt.Size("share:Q", scale=area, legend=legend))
    joined = found.mark_line(color=INK, strokeWidth=1.5)
    centres = found.mark_point(color=INK, filled=True, size=10, opacity=1)
    title = alt.TitleParams(component, subtitle=counted, limit=SIDE + LARGEST**0.5)
    panel = alt.layer(ideal, circles, joined, centres)
    return panel.properties(width=SIDE, height=SIDE, title=title)


def _axis(alt: Any, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "scale": alt.Scale(domain=[0, 1], nice=False),
        "axis": alt.Axis(values=list(TICKS), format=".2~f"),
    }


def _rows(calibration: Calibration) -> list[dict[str, Any]]:
    """RETURNS (list[dict]): The bins with something in them, from unsure to sure."""
    found = [one for one in sorted(calibration.bins) if one.n]
    total = sum(one.n for one in found)
    return [one._asdict() | {"share": one.n / total} for one in found]
