"""The arc as a chart: panels for polarity, emotions, ambivalence and strategies over one axis.

Speakers differ in shape and dash as well as in colour, so that a grey print tells them apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import util
from textwrap import wrap
from typing import Any

from ..errors import AffectError, require
from ..labels import ESCONV8
from . import series, words
from .data import Arc

WHAT = "Drawing an arc"
#: What the rows of `series.rows` are called in the chart.
TURNS = "turns"
WIDTH = 860
#: Pixels of the panels, of one strategy's row, and of one speaker's.
HEIGHT, HIGHER, LOW, ROW, STRIP = 200, 110, 80, 20, 14
#: Characters in a line of a picture's title, and of what stands under it.
HEADLINE, LINE = 90, 140
#: Speakers in a row of the legend.
COLUMNS = 5
#: About how many numbers the axis gets; so many turns are all numbered.
TICKS, FEW = 12, 30
#: Room at the left of every panel, so that they stand under one another.
LEFT = 104
#: Okabe and Ito's colours, which colour-blind people tell apart, the dark and legible ones first.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#8a6d00")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4])
INK, FAINT = "#222222", "#cfcfcf"
#: From here on a text counts as ambivalent.
AMBIVALENT = 0.5
#: What Vega-Lite writes along an axis in milliseconds: m:ss, or h:mm:ss from an hour on; nothing
#: between two seconds.
CLOCK = (
    "toNumber(datum.value) % 1000 ? '' :"
    " (toNumber(datum.value) >= 3600000 ? floor(toNumber(datum.value) / 3600000) + ':' : '')"
    " + format(floor(toNumber(datum.value) / 60000) % 60,"
    " toNumber(datum.value) >= 3600000 ? '02d' : 'd')"
    " + ':' + format(floor(toNumber(datum.value) / 1000) % 60, '02d')"
)
#: Between neighbouring turns there is no number.
WHOLE = "datum.value % 1 ? '' : format(datum.value, ',d')"
SIGNED = "datum.value ? format(datum.value, '+.1f') : '0'"
CONFIG = {
    "aria": False,  # the page's table is for those who listen to it
    "background": "white",
    "padding": 8,
    "font": "sans-serif",
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": "#e6e6e6",
        "labelFontSize": 11,
    },
    "view": {"stroke": "#999999"},
    "title": {"anchor": "start", "fontSize": 13, "color": INK, "subtitleColor": INK, "offset": 6},
    "legend": {
        "symbolOpacity": 1,
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "symbolSize": 90,
    },
}
#: Pixels per point of a PNG: sharp on paper at half its size.
SCALE = 2.0


def need() -> None:
    """RAISES: AF001 if the libraries that draw are not installed."""
    if util.find_spec("vl_convert") is None:  # its distribution has another name
        raise AffectError("AF001", what=WHAT, package="vl-convert-python", extra="arc")
    require("altair", what=WHAT, extra="arc")


def draw(
    arc: Arc, by: str, emotions: Sequence[str], title: list[str] | None = None
) -> dict[str, Any]:
    """Draw an arc.

    by (str): "time" or "turns". emotions (Sequence[str]): Which labels get a panel.
    title (list[str] | None): Lines above a chart that stands alone; it reacts to nothing then.
        None draws one for a page, with tooltips.
    RETURNS (dict): Vega-Lite, as plain data.
    """
    import altair as alt

    return _Drawing(alt, arc, by, emotions, interactive=title is None).spec(title)


def png(spec: dict[str, Any]) -> bytes:
    """RETURNS (bytes): The chart as a picture, made without a browser."""
    import vl_convert

    return vl_convert.vegalite_to_png(spec, vl_version=version(spec), scale=SCALE)


def version(spec: dict[str, Any]) -> str:
    """RETURNS (str): The Vega-Lite to draw it with, "6.4": what the chart is written for, or the
    latest there is where the converter is older than Altair.
    """
    import vl_convert

    wanted = ".".join(spec["$schema"].rpartition("/v")[2].split(".")[:2])
    known = vl_convert.get_vegalite_versions()
    return wanted if wanted in known else known[-1]


class _Drawing:
    """What all panels of one chart share."""

    def __init__(
        self, alt: Any, arc: Arc, by: str, emotions: Sequence[str], interactive: bool
    ) -> None:
        self.alt = alt
        self.arc = arc
        self.by = by
        self.emotions = emotions
        self.interactive = interactive
        self.rows = series.rows(arc, by, emotions)
        self.datasets = {TURNS: self.rows}
        self.data = alt.NamedData(TURNS)
        self.many = series.window(arc) > 1
        self.zooms = self.many and interactive
        self.speakers = list(dict.fromkeys(row["speaker"] for row in self.rows))
        self.tooltip = [
            alt.Tooltip(f"{field}:N", title=title) for field, title in series.told(arc).items()
        ]
        self.pointed = alt.selection_point(
            name="pointed", fields=["turn"], on="pointerover", clear="pointerout", empty=False
        )
        self.stretch = alt.selection_interval(
            name="stretch",
            encodings=["x"],
            mark=alt.BrushConfig(fill=COLOURS[1], fillOpacity=0.5, stroke=INK, strokeWidth=2),
        )
        self.last = False

    def spec(self, title: list[str] | None) -> dict[str, Any]:
        parts = self.parts()
        panels = []
        for n, part in enumerate(parts):
            self.last = n == len(parts) - 1
            panels.append(part())
        if self.zooms:
            panels.insert(0, self.overview())
        with warnings.catch_warnings():
            # what is pointed at is one selection in all panels, and is meant to be
            warnings.filterwarnings("ignore", "Automatically deduplicated selection")
            chart = self.alt.vconcat(*panels, spacing=14)
            if not self.zooms:  # else all but the strip follow what is chosen there
                chart = chart.resolve_scale(x="shared")
            if title:
                below = [part for text in title[1:] for part in wrap(text, LINE)]
                top = self.alt.TitleParams(
                    wrap(title[0], HEADLINE), subtitle=below, fontSize=16, offset=12
                )
                chart = chart.properties(title=top)
            found = chart.configure(**CONFIG).to_dict()
        # afterwards: it copies and checks what a chart holds, which takes seconds for many rows
        return {**found, "datasets": {**found.get("datasets", {}), **self.datasets}}

    def parts(self) -> list[Callable[[], Any]]:
        """RETURNS (list[Callable]): What makes each panel, from top to bottom; only of what is
        there.
        """
        arc = self.arc
        found: list[Callable[[], Any]] = [self.polarity] if "polarity" in arc.sources else []
        for n, label in enumerate(self.emotions):
            heading = f"Emotion: {words.label(label)} (0 none to 1 most intense)"
            found.append(partial(self.heights, f"emotion{n}", heading, LOW))
        if "ambivalence" in arc.sources:
            found.append(self.ambivalence)
        return [*found, self.strategies] if any(arc.marks) else found

    def polarity(self) -> Any:
        """RETURNS (LayerChart): A line and a shape per speaker."""
        alt = self.alt
        y = {
            "scale": alt.Scale(domain=[-1, 1], nice=False),
            "axis": self.y_axis(values=[-1, -0.5, 0, 0.5, 1], labelExpr=SIGNED),
        }
        return self.panel(
            "Polarity (-1 most negative to +1 most positive)",
            HEIGHT,
            self.rule(0, [1, 0]),
            self.joined("polarity", y),
            self.marker("polarity", y),
        )

    def ambivalence(self) -> Any:
        heading = f"Ambivalence (0 to 1; ambivalent from {AMBIVALENT}, the dashed line)"
        return self.heights("ambivalence", heading, HIGHER, self.rule(AMBIVALENT, [5, 4]))

    def heights(self, measure: str, heading: str, height: int, *more: Any) -> Any:
        """RETURNS (LayerChart): A bar per turn, as wide as the turn, and its speaker's shape."""
        alt = self.alt
        y = {
            "scale": alt.Scale(domain=[0, 1], nice=False),
            "axis": self.y_axis(values=[0, 0.5, 1], format=".1f"),
        }
        # many thin bars of two colours would blend into a third: they are grey, the lines are not
        look = {"color": FAINT, "stroke": FAINT} if self.many else {"opacity": 0.35}
        bars = self.known(measure).mark_rect(strokeWidth=0.5, clip=self.many, **look)
        bars = bars.encode(
            x=self.x("left"), x2="right", y=alt.Y(f"{measure}:Q", **y), y2=alt.datum(0)
        )
        if not self.many:
            bars = bars.encode(color=self.colour())
        top = self.joined(measure, y) if self.many else self.marker(measure, y)
        return self.panel(heading, height, bars, top, *more)

    def strategies(self) -> Any:
        """RETURNS (LayerChart): A row per strategy, a mark where a turn has it."""
        alt = self.alt
        found = {row["strategy"] for row in self.rows} - {None}
        usual = [words.label(label) for label in ESCONV8.labels]
        order = [name for name in usual if name in found] + sorted(found - set(usual))
        y = alt.Y(
            "strategy:N",
            scale=alt.Scale(domain=order, paddingInner=0.4, paddingOuter=0.2),
            axis=self.y_axis(labelLimit=LEFT, zindex=0),
        )
        marks = self.known("strategy").mark_rect(
            color=INK, stroke=INK, strokeWidth=0.75, clip=self.many
        )
        marks = marks.encode(x=self.x("left"), x2="right", y=y)
        origin = "as scored" if "support" in self.arc.sources else "as given with the turns"
        return self.panel(f"Support strategies ({origin})", ROW * len(order), marks)

    def overview(self) -> Any:
        """RETURNS (Chart): A strip that shows who speaks, to choose a stretch of a long arc in."""
        alt = self.alt
        names = alt.Y(
            "speaker:N",
            scale=alt.Scale(domain=self.speakers, paddingInner=0.2),
            axis=self.y_axis(labelLimit=LEFT, zindex=0),
        )
        strip = (
            alt.Chart(self.data)
            .mark_rect(color=INK)
            .encode(
                x=alt.X(f"reach_from:{self.kind}", scale=self.x_scale(), axis=self.x_axis(True)),
                x2="reach_to",
                y=names,
            )
        )
        return strip.add_params(self.stretch).properties(
            width=WIDTH,
            height=STRIP * len(self.speakers),
            title="Who speaks (drag here to look at a stretch, double-click to see all)",
        )

    def panel(self, heading: str, height: int, *layers: Any) -> Any:
        if self.interactive:
            layers = (*layers, self.reach())  # on top, or marks would hide it from the pointer
        return self.alt.layer(*layers).properties(width=WIDTH, height=height, title=heading)

    def reach(self) -> Any:
        """RETURNS (Chart): A column per turn that shows its tooltip wherever it is pointed at. It
        also lights up in all panels at once, but not where that would draw thousands anew.
        """
        alt = self.alt
        columns = (
            alt.Chart(self.data)
            .mark_rect(color="#888888", clip=True)
            .encode(x=self.x("reach_from"), x2="reach_to", tooltip=self.tooltip)
        )
        if self.many:
            return columns.encode(opacity=alt.value(0))
        shade = alt.condition(self.pointed, alt.value(0.25), alt.value(0))
        return columns.encode(opacity=shade).add_params(self.pointed)

    def joined(self, measure: str, y: dict[str, Any]) -> Any:
        """RETURNS (Chart): The line of each speaker."""
        alt = self.alt
        self.datasets[measure] = series.line(self.arc, self.rows, measure)
        lines = alt.Chart(alt.NamedData(measure)).mark_line(strokeWidth=2, clip=self.many)
        return lines.encode(
            x=self.x("at"),
            y=alt.Y("value:Q", **y),
            color=self.colour(),
            strokeDash=alt.StrokeDash("speaker:N", scale=self.scale(DASHES), legend=self.legend()),
        )

    def marker(self, measure: str, y: dict[str, Any]) -> Any:
        """RETURNS (Chart): The speaker's shape at each value; a dot where they are many."""
        alt = self.alt
        size, opacity = (20, 0.6) if self.many else (60, 1.0)
        points = self.known(measure).mark_point(
            filled=True, size=size, opacity=opacity, clip=self.many
        )
        points = points.encode(x=self.x("at"), y=alt.Y(f"{measure}:Q", **y), color=self.colour())
        if self.many:
            return points
        shape = alt.Shape("speaker:N", scale=self.scale(SHAPES), legend=self.legend())
        return points.encode(shape=shape)

    def known(self, measure: str) -> Any:
        """RETURNS (Chart): Of the turns that have a value."""
        return self.alt.Chart(self.data).transform_filter(f"isValid(datum.{measure})")

    def legend(self) -> Any:
        """RETURNS (Legend | None): The same in all panels, so that it is drawn once. It shows what
        tells speakers apart: dashes where the shapes are tiny.
        """
        if not any(self.arc.speakers):
            return None
        dashes = {"symbolType": "stroke", "symbolSize": 900, "symbolStrokeWidth": 2}
        how = dashes if self.many else {"symbolStrokeWidth": 0}
        return self.alt.Legend(title="Speaker", orient="top", columns=COLUMNS, **how)

    def rule(self, at: float, dash: list[int]) -> Any:
        line = self.alt.Chart().mark_rule(color="#555555", strokeDash=dash)
        return line.encode(y=self.alt.datum(at))

    @property
    def kind(self) -> str:
        """T where Vega chooses the times to write; else Q. None can be listed for a time scale:
        expressions that are interpreted take the milliseconds of a time for a year.
        """
        return "T" if self.by == "time" and self.zooms else "Q"

    def x(self, field: str) -> Any:
        scale = self.x_scale(domain=self.stretch) if self.zooms else self.x_scale()
        return self.alt.X(f"{field}:{self.kind}", scale=scale, axis=self.x_axis(self.last))

    def x_scale(self, **extra: Any) -> Any:
        """RETURNS (Scale): From the first turn to the last."""
        kind = {"type": "utc"} if self.kind == "T" else {"zero": False}
        return self.alt.Scale(nice=False, **kind, **extra)

    def x_axis(self, labelled: bool) -> Any:
        """RETURNS (Axis): Lines in every panel, numbers under the last."""
        if not labelled:
            return self.alt.Axis(title=None, labels=False, ticks=False, **self.ticks())
        if self.by == "time":
            hours = self.rows[-1]["right"] >= series.HOUR * series.MILLISECONDS
            form = "h:mm:ss" if hours else "m:ss"
            how: dict[str, Any] = {"labelExpr": CLOCK, "title": f"Time ({form})"}
        else:
            how = {"labelExpr": WHOLE, "title": "Turn"}
        return self.alt.Axis(labelOverlap="greedy", labelFlush=False, **self.ticks(), **how)

    def ticks(self) -> dict[str, Any]:
        """RETURNS (dict): Where numbers stand. Vega chooses where one can zoom; else every turn if
        they are few, and times that people count in.
        """
        if self.by == "turns" and len(self.rows) <= FEW:
            return {"values": [row["turn"] for row in self.rows]}
        if self.by == "time" and not self.zooms:
            return {"values": series.times(self.rows, TICKS)}
        return {"tickCount": TICKS}

    def y_axis(self, **how: Any) -> Any:
        return self.alt.Axis(title=None, grid=True, minExtent=LEFT, maxExtent=LEFT, **how)

    def scale(self, choices: Sequence[Any]) -> Any:
        """RETURNS (Scale): The n-th speaker gets the n-th choice, over and over."""
        chosen = [choices[n % len(choices)] for n in range(len(self.speakers))]
        return self.alt.Scale(domain=self.speakers, range=chosen)

    def colour(self) -> Any:
        scale = self.scale(COLOURS)
        return self.alt.Color("speaker:N", scale=scale, legend=self.legend())
