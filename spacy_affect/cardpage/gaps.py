"""A fairness audit as a picture: for each contrast, how far every value moves, and its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import util
from typing import Any

from ..arc.chart import CONFIG, INK
from ..cards import Gap
from ..errors import AffectError, require
from .chart import png, svg

__all__ = ["draw", "need", "png", "svg"]
WHAT = "Drawing an audit"
#: Pixels of a panel's width, of a value's row, and of the room for names; panels in a row.
WIDTH, ROW, LEFT, COLUMNS = 300, 15, 180, 3
#: How much wider than what it shows the axis is.
ROOM = 1.08
HOW_TO_READ = (
    "Mean difference within pairs of sentences that differ in the person alone: group minus",
    "reference, as a share of the value's scale. Lines are intervals of 95 %. Dashed: the limit.",
    "Square: over the limit in all pairs; diamond: in those of one situation.",
)
SIGNED = "datum.value ? format(datum.value, '+.3~f') : '0'"
SHAPES = {"within": "circle", "over": "square", "in a situation": "diamond"}
FILLS = {"within": "#ffffff", "over": INK, "in a situation": INK}


def need() -> None:
    """RAISES: AF001 if the libraries that draw are not installed."""
    if util.find_spec("vl_convert") is None:  # its distribution has another name
        raise AffectError("AF001", what=WHAT, package="vl-convert-python", extra="arc")
    require("altair", what=WHAT, extra="arc")


def draw(name: str, gaps: Sequence[Gap], limit: float) -> dict[str, Any]:
    """RETURNS (dict): Vega-Lite, as plain data; a panel for each contrast."""
    import altair as alt

    contrasts = list(dict.fromkeys(gap.contrast for gap in gaps))
    ends = [abs(end) for gap in gaps for end in (gap.mean, gap.low, gap.high) if end is not None]
    reach = ROOM * max([limit, *ends])
    order = list(dict.fromkeys(_value(gap) for gap in gaps))
    panels = [
        _panel(
            alt,
            contrast,
            list(_rows(gaps, contrast, limit)),
            order if i % COLUMNS == 0 else None,
            order,
            reach,
            limit,
        )
        for i, contrast in enumerate(contrasts)
    ]
    title = alt.TitleParams(name, subtitle=list(HOW_TO_READ), fontSize=16, offset=14)
    chart = alt.concat(*panels, columns=COLUMNS, spacing=20).properties(title=title)
    config: dict[str, Any] = CONFIG
    return chart.configure(**config).to_dict()


def _panel(
    alt: Any,
    contrast: str,
    rows: list[dict[str, Any]],
    named: list[str] | None,
    order: list[str],
    reach: float,
    limit: float,
) -> Any:
    labels = {"minExtent": LEFT, "labelLimit": LEFT} if named else {"labels": False, "ticks": False}
    rows_of = alt.Scale(domain=order)  # the same in all panels
    y = alt.Y("value:N", scale=rows_of, axis=alt.Axis(title=None, grid=True, **labels))
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    axis = alt.Axis(title="Share of the scale", labelExpr=SIGNED, tickCount=5)
    base = alt.Chart(alt.Data(values=rows))
    spans = base.mark_rule(color=INK, strokeWidth=1.5).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=y
    )
    kinds = list(SHAPES)
    points = base.mark_point(color=INK, size=38, strokeWidth=1.3, opacity=1, fillOpacity=1)
    points = points.encode(
        x=alt.X("mean:Q", scale=scale, axis=axis),
        y=y,
        shape=alt.Shape(
            "kind:N", scale=alt.Scale(domain=kinds, range=list(SHAPES.values())), legend=None
        ),
        fill=alt.Fill(
            "kind:N", scale=alt.Scale(domain=kinds, range=list(FILLS.values())), legend=None
        ),
    )
    lines = alt.Chart(alt.Data(values=[{"at": at} for at in (-limit, 0.0, limit)]))
    dashed = lines.transform_filter("datum.at != 0").mark_rule(color="#555555", strokeDash=[5, 4])
    zero = lines.transform_filter("datum.at == 0").mark_rule(color="#999999")
    layers = [
        zero.encode(x=alt.X("at:Q", scale=scale, axis=axis)),
        dashed.encode(x=alt.X("at:Q", scale=scale, axis=axis)),
        spans,
        points,
    ]
    title = alt.TitleParams(contrast, limit=WIDTH + LEFT)
    return alt.layer(*layers).properties(width=WIDTH, height=ROW * len(order), title=title)


def _rows(gaps: Sequence[Gap], contrast: str, limit: float) -> Iterator[dict[str, Any]]:
    """YIELDS (dict): What a panel shows of each value; without an interval, that is the mean."""
    for gap in gaps:
        if gap.contrast == contrast:
            where = gap.over(limit)
            yield {
                "value": _value(gap),
                "mean": gap.mean,
                "low": gap.mean if gap.low is None else gap.low,
                "high": gap.mean if gap.high is None else gap.high,
                "kind": "over" if where == "all" else "in a situation" if where else "within",
            }


def _value(gap: Gap) -> str:
    name = gap.component.removeprefix("affect_")
    return f"{name}: {gap.label}" if gap.label else name
