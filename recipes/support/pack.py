"""Pack what was trained, calibrate it on half of the development data, measure it, write the cards.

    python recipes/support/pack.py DATA OUT [DEST]

Reads OUT/support/model-best and OUT/support_next/model-best; writes DEST/support and
DEST/support_next. DEST is the folder `weights` of the installed en_affect_support, where
`Embedded.v1` finds them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import en_affect_support
import numpy
import spacy
from en_affect_support.plugin import WEIGHTS
from spacy.language import Language
from spacy.util import load_config

from spacy_affect.corpora.base import Row
from spacy_affect.corpora.reader import bare, make_corpus_v1, read, to_doc
from spacy_affect.corpora.writing import write
from spacy_affect.labels import ESCONV8
from spacy_affect.models.backbones.embedded.turns import open_turns, save_turns
from spacy_affect.models.backbones.embedded.weights import META, open_weights, write_meta
from spacy_affect.runner.pipelines import affect_pipes
from spacy_affect.scoring.evaluation import Options, Scored, Side, evaluate
from spacy_affect.types import CONFIDENCE

HERE = Path(__file__).parent
TASKS = ("support", "support_next")
SCHEME = ESCONV8.name
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
KEPT = ("accuracy", "macro_f1", "weighted_f1", "preference_bias")
CERTAINTY = ("ece", "coverage", "set_size")
LEVEL = 0.9
#: How far macro-F1 may move when weights are packed.
TOLERANCE = 0.005
N_BOOT, N_BINS, N_TIMED = 1000, 10, 100
SOURCE = "esconv, development part"
HALF = f"{SOURCE}, the half that no offset was chosen on"
FOUND = "strategies of earlier turns not given: found by affect_support"
UNKNOWN = "strategies of earlier turns not given, and not found as affect_support did not run"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("dest", type=Path, nargs="?", default=WEIGHTS)
    args = parser.parse_args()
    trained = {task: args.out / task / "model-best" for task in TASKS}
    for task, folder in trained.items():  # a plugin whose folders hold no card is broken
        (args.dest / task).mkdir(parents=True, exist_ok=True)
        write_meta(args.dest / task, card(task, folder))
    rows = list(read("esconv", args.data, "dev"))
    with tempfile.TemporaryDirectory() as temporary:
        parts = {
            "all": rows,
            "fit": rows[0::2],
            "check": rows[1::2],
            "unknown": [without_strategies(row) for row in rows[1::2]],
        }
        files = {name: Path(temporary) / f"{name}.jsonl" for name in parts}
        for name, of_part in parts.items():
            write(of_part, files[name])
        for task, folder in trained.items():
            pack(task, folder, args.dest / task, files["all"])
        for task in TASKS:
            calibrate(task, args.dest / task, files)
            measure(task, args.dest / task, files, rows)


def card(task: str, trained: Path) -> dict[str, Any]:
    """RETURNS (dict): What `cards.toml` says, and how the weights are read."""
    texts = tomllib.loads((HERE / "cards.toml").read_text(encoding="utf8"))
    both, own = texts["both"], texts[task]
    own.pop("tried", None)
    lists = {name: both[name] + own.pop(name, []) for name in ("not_for", "limits")}
    settings = dict(load_config(trained / "config.cfg")["components"][f"affect_{task}"]["model"])
    del settings["@architectures"], settings["nO"]
    columns = {label: i for i, label in enumerate(ESCONV8.labels)}
    return {
        "name": task,
        "version": en_affect_support.__version__,
        **both,
        **own,
        **lists,
        "tasks": {task: {"scheme": SCHEME, "labels": list(ESCONV8.labels)}},
        "model": {
            "turns": settings,
            "tasks": {task: {SCHEME: {"kind": "unit", "columns": columns}}},
        },
    }


def without_strategies(row: Row) -> Row:
    """RETURNS (Row): As in a conversation that nobody has annotated; the gold stays."""
    return replace(row, turns=tuple(replace(turn, strategy=None) for turn in row.turns))


def pack(task: str, trained: Path, folder: Path, dev: Path) -> None:
    """Write the weights. RAISES: SystemExit if they say other things than before."""
    component = f"affect_{task}"
    nlp = spacy.load(trained)
    pipe: Any = nlp.get_pipe(component)
    meta = json.loads((folder / META).read_text(encoding="utf8"))
    part = meta["model"]["tasks"][task][SCHEME]
    part["thresholds"] = dict(pipe.model.attrs["thresholds"])
    save_turns(folder, meta, pipe.model)
    before = scored(nlp, component, dev, 0).metrics["macro_f1"].value
    after = scored(pipeline([task]), component, dev, 0).metrics["macro_f1"].value
    print(f"{component}: macro-F1 {before:.4f} as trained, {after:.4f} packed", flush=True)
    if abs(before - after) > TOLERANCE:
        raise SystemExit(f"{component}: packed weights are not as good as those trained")


def calibrate(task: str, folder: Path, files: dict[str, Path]) -> None:
    """Choose offsets and calibrate on one half; check on the other."""
    component = f"affect_{task}"
    nlp = pipeline([task])
    pipe: Any = nlp.get_pipe(component)
    learned = list(make_corpus_v1(path=files["fit"])(nlp))
    pipe.fit_thresholds(learned)
    pipe.calibrate(learned, LEVEL)
    metrics = scored(nlp, component, files["check"], 0).metrics
    meta = json.loads((folder / META).read_text(encoding="utf8"))
    meta["model"]["tasks"][task][SCHEME] |= {
        "thresholds": dict(pipe.model.attrs["thresholds"]),
        "calibration": pipe.model.attrs["calibration"],
    }
    known = {name: round(metrics[name].value, 4) for name in CERTAINTY}
    found = {"level": LEVEL, **known, "bins": bins(nlp, component, files["check"])}
    meta["calibration"] = {component: found}
    write_meta(folder, meta)
    print(component, known, flush=True)


def bins(nlp: Language, component: str, path: Path) -> list[list[float]]:
    """RETURNS (list): Of tenths of the turns, from the least sure to the surest: mean confidence,
    how often the label was right, how many turns.
    """
    pipe: Any = nlp.get_pipe(component)
    found = []
    for example in make_corpus_v1(path=path)(nlp):
        gold = example.reference.spans[f"affect_gold.{pipe.gold}"]
        doc = nlp(bare(nlp, example.reference))
        for span, wanted in zip(gold, gold.attrs["labels"], strict=True):
            record = doc.char_span(span.start_char, span.end_char)._.affect[component]
            found.append((record.details[CONFIDENCE], record.label == wanted))
    rows = numpy.array(sorted(found), dtype="float64")
    return [
        [*(round(float(mean), 4) for mean in part.mean(axis=0)), len(part)]
        for part in numpy.array_split(rows, N_BINS)
    ]


def measure(task: str, folder: Path, files: dict[str, Path], rows: Sequence[Row]) -> None:
    """Fill the card with figures."""
    component = f"affect_{task}"
    nlp = pipeline([task])
    cases = [(nlp, "check", HALF, ""), (nlp, "all", SOURCE, "offsets were chosen on half of it")]
    if task == "support_next":
        cases.append((pipeline(TASKS), "unknown", HALF, FOUND))
        cases.append((nlp, "unknown", HALF, UNKNOWN))
    meta = json.loads((folder / META).read_text(encoding="utf8"))
    meta["metrics"] = []
    for pipes, part, source, note in cases:
        found = scored(pipes, component, files[part], N_BOOT)
        for name in KEPT:
            one = found.metrics[name]
            row = {"source": source, "component": component, "metric": name, "n": found.n_texts}
            row |= {"value": round(one.value, 4), "note": note}
            if one.low is not None and one.high is not None:
                row |= {"low": round(one.low, 4), "high": round(one.high, 4)}
            meta["metrics"].append(row)
            print(component, part, name, row["value"], row.get("low"), row.get("high"), flush=True)
    meta["failures"] = failures(nlp, task)
    meta["size_bytes"] = sum(path.stat().st_size for path in folder.glob("*.npy"))
    docs = [bare(nlp, to_doc(nlp, row)) for row in rows[:N_TIMED]]
    list(nlp.pipe(docs[:10]))
    began = time.process_time()
    list(nlp.pipe(docs))
    rate = len(docs) / (time.process_time() - began)
    turns = sum(len(doc.spans["turns"]) for doc in docs) / len(docs)
    what = f"conversations of {turns:.0f} turns, tokenised, one thread, CPU time"
    meta["speed"] = {"docs_per_second": round(rate), "conditions": what}
    write_meta(folder, meta)
    print(component, meta["size_bytes"], "bytes", meta["speed"], flush=True)


def failures(nlp: Language, task: str) -> list[dict[str, Any]]:
    """RETURNS (list[dict]): Of the turns that `cards.toml` says to try, those not understood."""
    texts = tomllib.loads((HERE / "cards.toml").read_text(encoding="utf8"))
    found = []
    for tried in texts[task].get("tried", ()):
        record = nlp(tried["text"])._.affect[f"affect_{task}"]
        if record.label != tried["expected"]:
            share = f"{record.value[record.label]:.2f}"
            found.append({**tried, "component": f"affect_{task}", "got": f"{record.label} {share}"})
    return found


def scored(nlp: Language, component: str, path: Path, n_boot: int) -> Scored:
    """RETURNS (Scored): A component of a pipeline on a file."""
    pipes = [pipe for name, pipe in affect_pipes(nlp) if name == component]
    [scores] = evaluate(Side(nlp, pipes), [str(path)], Options(n_boot=n_boot)).scores.values()
    return scores[component]


def pipeline(tasks: Sequence[str]) -> Language:
    """RETURNS (Language): With these, of the weights as they now lie on disk."""
    open_weights.cache_clear()
    open_turns.cache_clear()
    nlp = spacy.blank("en")
    for task in tasks:
        nlp.add_pipe(f"affect_{task}", config={"model": EMBEDDED, **settings(task)})
    return nlp


def settings(task: str) -> dict[str, Any]:
    """RETURNS (dict): What the component had in training and has not by default."""
    if task == "support":
        return {"decoder": {"@misc": "spacy_affect.Debias.v1", "strength": 0.5}}
    return {}


if __name__ == "__main__":
    main()
