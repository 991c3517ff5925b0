"""The arc as one HTML file: chart, numbers, where they come from. It loads nothing from anywhere.

What people said goes into the page in two ways only: escaped as HTML, and as JSON in which no `<`
is left. A browser is told which scripts are ours by their hashes, so that it would run no other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from . import chart, series, words
from .data import TASKS, Arc

NOTICE = (
    "These are scores of texts, with the errors of the methods named above. They are no diagnosis "
    "of anybody's state of mind and no ground for a decision about a person."
)
#: Draws the chart. Expressions are interpreted, not compiled, so that the page needs no eval.
START = """
const spec = JSON.parse(document.getElementById("arc-data").textContent);
const options = {actions: false, ast: true, renderer: "svg", mode: "vega-lite"};
vegaEmbed("#arc", spec, options).catch((error) => {
  document.getElementById("arc").textContent = "The chart cannot be drawn here: " + error;
});
"""
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto;
  max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p, ul { max-width: 56rem; }
.notice { border: 2px solid #222; padding: .5rem .8rem; font-weight: 600; }
.wide { overflow-x: auto; }
ul { padding-left: 1.2rem; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums;
  width: 100%; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { border-bottom: 1px solid #bbb; padding: .3rem .5rem; text-align: left;
  vertical-align: top; }
thead th { border-bottom: 2px solid #222; vertical-align: bottom; }
.n { text-align: right; white-space: nowrap; }
.text { min-width: 16rem; overflow-wrap: anywhere; }
.cues { min-width: 9rem; }
#vg-tooltip-element { max-width: 26rem; font-size: 13px; color: #222; }
#vg-tooltip-element table { width: auto; }
#vg-tooltip-element table tr td { border: 0; }
#vg-tooltip-element table tr td.key { color: #444; max-width: none; }
#vg-tooltip-element table tr td.value { max-width: 20rem; max-height: none;
  overflow-wrap: anywhere; white-space: normal; }
@page { margin: 1.5cm; }
@media print {
  #vg-tooltip-element { display: none; }
  body { margin: 0; max-width: none; font-size: 10pt; }
  .wide { overflow: visible; }
  #arc svg { max-width: 100%; max-height: 17cm; height: auto; }
  table { font-size: 7pt; }
  th, td { padding: .15rem .25rem; }
  tr { break-inside: avoid; }
  .text { min-width: 5.5cm; }
  .cues { min-width: 2.5cm; }
}
"""


def page(arc: Arc, by: str, emotions: Sequence[str], title: str) -> str:
    """Write the page.

    by (str): "time" or "turns". emotions (Sequence[str]): The labels that are drawn.
    title (str): What the conversation is called.
    RETURNS (str): HTML.
    """
    import vl_convert

    spec = chart.draw(arc, by, emotions)
    # Any: the stub asks for code to bundle, without which the bundle is ready and need not be made
    bundle: Any = vl_convert.javascript_bundle
    library = bundle(vl_version=chart.version(spec))
    scripts = [_script(library), _script(START)]
    policy = "; ".join(
        (
            "default-src 'none'",
            "style-src 'unsafe-inline'",  # the library sets styles of what it draws
            f"script-src {' '.join(_hash(code) for code in scripts)}",
        )
    )
    drawn = f"The chart of {len(arc)} turns. Every number in it is in the table below."
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{escape(title)}</h1>",
        *_said(arc),
        f'<p class="notice">{NOTICE}</p>',
        "<h2>Chart</h2>",
        f"<p>{escape(_how_to_read(arc, by))}</p>",
        f'<div class="wide"><div id="arc" role="img" aria-label="{escape(drawn)}"></div></div>',
        "<noscript><p>The chart needs JavaScript; the table does not.</p></noscript>",
        "<h2>Numbers</h2>",
        '<div class="wide">',
        *_table(arc),
        "</div>",
        "</main>",
        f'<script type="application/json" id="arc-data">{_json(spec)}</script>',
        *(f"<script>{code}</script>" for code in scripts),
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def summary(arc: Arc) -> str:
    """RETURNS (str): How many turns, of whom, and how long."""
    counts: dict[str, int] = {}
    for name in arc.speakers:
        counts[words.speaker(name)] = counts.get(words.speaker(name), 0) + 1
    listed = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    who = f" ({listed})" if any(arc.speakers) else ""
    turns = "1 turn" if len(arc) == 1 else f"{len(arc):,} turns"
    ends = [time for time in (*arc.starts, *arc.ends) if time is not None]
    long = f", until {words.clock(max(ends))}" if ends else ""
    return f"{turns}{who}{long}."


def provenance(arc: Arc) -> Iterator[str]:
    """YIELDS (str): A sentence for each thing that an arc can show: what scored it, or that it is
    absent.
    """
    for task, key in TASKS.items():
        name = "Support strategies" if task == "support" else task.capitalize()
        if task in arc.sources:
            yield f"{name}: scored by {arc.sources[task]}."
        elif task == "support" and any(arc.given):
            yield f"{name}: as given with the turns, not scored."
        else:
            yield f"{name}: absent; no component {key} ran."


def _said(arc: Arc) -> Iterator[str]:
    if arc.situation:
        yield f"<p>Situation: {escape(arc.situation)}</p>"
    yield f"<p>{escape(summary(arc))}</p>"
    yield "<ul>"
    yield from (f"<li>{escape(line)}</li>" for line in provenance(arc))
    yield "</ul>"


def _how_to_read(arc: Arc, by: str) -> str:
    """RETURNS (str): What lines, shapes and bars stand for in this arc."""
    along = "from its start to its end" if by == "time" else "over its number"
    said = f"Each turn stands {along}. Point at it for its text, values and cues."
    mean = series.window(arc)
    if mean > 1:
        return f"{said} Lines are means over {mean} neighbouring turns of one speaker."
    return f"{said} Shapes and dashes tell the speakers apart; lines join the turns of one speaker."


def _table(arc: Arc) -> Iterator[str]:
    columns = _columns(arc)
    yield "<table>"
    yield "<caption>All turns. Polarity is in [-1, 1], the other numbers in [0, 1]; "
    yield f"{words.NOTHING} is no value.</caption>"
    heads = (f'<th scope="col"{_class(kind)}>{escape(name)}</th>' for name, kind, _ in columns)
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for i, turn in enumerate(arc.numbers):
        cells = (
            f"<td{_class(kind, arc.language)}>{escape(column[i])}</td>"
            for _, kind, column in columns[1:]
        )
        yield f'<tr><th scope="row" class="n">{turn}</th>{"".join(cells)}</tr>'
    yield "</tbody>"
    yield "</table>"


def _columns(arc: Arc) -> list[tuple[str, str, list[str]]]:
    """RETURNS (list[tuple]): Heading, class and cells of each column that has something in it."""
    found = [
        ("Turn", "n", [str(number) for number in arc.numbers]),
        ("Start", "n", [words.clock(time) for time in arc.starts]),
        ("End", "n", [words.clock(time) for time in arc.ends]),
        ("Speaker", "", [words.speaker(name) for name in arc.speakers]),
        ("Text", "text", arc.texts),
    ]
    if "polarity" in arc.sources:
        found.append(("Polarity", "n", [words.number(x, signed=True) for x in arc.polarity]))
    for label, column in arc.emotions.items():
        found.append((words.label(label).capitalize(), "n", [words.number(x) for x in column]))
    if "ambivalence" in arc.sources:
        found.append(("Ambivalence", "n", [words.number(x) for x in arc.ambivalence]))
        found.append(("Cues", "cues", [words.cues(of_turn) for of_turn in arc.cues]))
    if "support" in arc.sources:
        found.append(("Strategy (scored)", "", [words.label(name) for name in arc.strategies]))
        found.append(("Its probability", "n", [words.number(share) for share in arc.shares]))
    if any(arc.given):
        found.append(("Strategy (given)", "", [words.label(name) for name in arc.given]))
    empty = {"Start": {words.NOTHING}, "End": {words.NOTHING}, "Speaker": {words.speaker("")}}
    return [column for column in found if set(column[2]) != empty.get(column[0])]


def _class(kind: str, language: str = "") -> str:
    """RETURNS (str): Attributes of a cell; texts have a language and a direction of their own."""
    own = f' lang="{escape(language)}" dir="auto"' if kind == "text" and language else ""
    return f' class="{kind}"{own}' if kind else own


def _json(spec: Mapping[str, Any]) -> str:
    """RETURNS (str): JSON that can stand in a script element: no `<` could end it or begin one."""
    text = json.dumps(spec, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _script(code: str) -> str:
    """RETURNS (str): Code that cannot end its own element."""
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(code: str) -> str:
    digest = base64.b64encode(hashlib.sha256(code.encode("utf8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
