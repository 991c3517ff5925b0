"""Pack the students, calibrate them on half of the development data, measure them, write the cards.

    python recipes/embedded/ship.py DATA OUT DEST

Reads OUT/general.npz and OUT/vad.npz; writes the folders DEST/general and DEST/vad. DEST is
`spacy_affect/models/weights` of the package that is imported, where `Embedded.v1` finds them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
import spacy
from certainty import LEVEL, certainty, reliability
from columns import ABSENT, BAD, EC, GOOD, JUDGEMENTS, SPREAD, S
from spacy.language import Language
from students import DIMENSIONS, SETTINGS
from texts import Text, labelled, templates

import spacy_affect
from spacy_affect.corpora.reader import make_corpus_v1, read
from spacy_affect.labels import EKMAN, GOEMOTIONS, get_scheme
from spacy_affect.models.backbones.embedded.weights import (
    META,
    open_weights,
    save_weights,
    write_meta,
)
from spacy_affect.runner.pipelines import affect_pipes
from spacy_affect.scoring import behaviour
from spacy_affect.scoring.audit import audit
from spacy_affect.scoring.calibration import apply
from spacy_affect.scoring.evaluation import Options, Side, evaluate
from spacy_affect.tasks.poles import poles

#: From names of components to a pipeline of weights as they now lie on disk.
Make = Callable[[Iterable[str]], Language]
#: Source, where it lies, the part to read, components, metrics.
Measured = tuple[str, str, str | None, tuple[str, ...], tuple[str, ...]]
HERE = Path(__file__).parent
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}
#: Component -> its settings, and where the card keeps what it learns.
COMPONENTS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "affect_polarity": ({}, ("polarity", "polarity")),
    "affect_emotion": ({}, ("emotion", "ec11")),
    "affect_emotion_ekman": ({"scheme": "ekman"}, ("emotion", "ekman")),
    "affect_emotion_fine": ({"scheme": "goemotions"}, ("emotion", "goemotions")),
    "affect_subjectivity": ({}, ("subjectivity", "subjectivity")),
    "affect_ambivalence": ({}, ("ambivalence", "ambivalence_cues")),
    "affect_vad": ({}, ("vad", "vad")),
}
LABELS = ("jaccard", "micro_f1", "macro_f1")
#: What is measured: the source, where it lies, the part to read, components and metrics. Nothing
#: learns from these; SUBJ has no parts.
MEASURED: tuple[Measured, ...] = (
    ("semeval2018", "semeval2018/EI-reg", "dev", ("affect_emotion",), ("pearson",)),
    ("semeval2018", "semeval2018/V-reg", "dev", ("affect_polarity",), ("pearson",)),
    ("semeval2018", "semeval2018/E-c", "dev", ("affect_emotion",), LABELS),
    ("semeval2018", "semeval2018/E-c", "dev", ("affect_ambivalence",), ("ap", "macro_f1")),
    ("goemotions", "goemotions", "dev", ("affect_emotion_ekman", "affect_emotion_fine"), LABELS),
    ("goemotions", "goemotions", "dev", ("affect_polarity",), ("macro_f1",)),
    ("brighter", "brighter/track_a/dev/eng.csv", None, ("affect_emotion",), LABELS),
    ("brighter", "brighter/track_b/dev/eng.csv", None, ("affect_emotion",), ("pearson",)),
    ("emobank", "emobank", "dev", ("affect_vad",), ("pearson",)),
    ("subj", "subj", None, ("affect_subjectivity",), ("accuracy", "macro_f1")),
)
#: Of E-c's labels GoEmotions tells only what no other corpus has. Its annotators named one emotion
#: or two, so that a comment which they call glad may be hopeful too; those of XED and BRIGHTER went
#: through all of them, as E-c's did.
ONLY = ("love", "optimism")
#: Fear is in more than half of BRIGHTER's texts, so one in so many of its training part is enough.
BRIGHTER_SHARE = 3
#: A weak label's F1 is highest where it is named of nearly every text; it is named from where it is
#: there at least so often.
RARE = 0.2
#: How much scores count beside gold in the cuts of E-c's labels. What gold there is names one or
#: two emotions of a text, and scores that learned from it make cuts higher still: with 0.5 E-c's
#: Jaccard is .396 and BRIGHTER's macro-F1 .568, with 0 .400 and .586.
TRUST = 0.0
#: Tasks whose class begins at one half whatever the weights: values are moved so that it does.
AT_HALF = {"subjectivity": "subjective", "ambivalence": "ambivalent"}
#: A template as mild as that may be read as neutral or not.
UNCLEAR = 0.15
N_TEMPLATES, SEED = 2000, 1001
#: How many texts speed is measured on, and how many failed cases the card shows.
N_TIMED, N_FAILURES = 5000, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("dest", type=Path)
    args = parser.parse_args()
    folders = {name: args.dest / name for name in ("general", "vad")}
    for name, folder in folders.items():
        save_weights(folder, card(name), dict(numpy.load(args.out / f"{name}.npz")))
    for component in COMPONENTS:
        task, scheme = COMPONENTS[component][1]
        rows = [{"text": t, "gold": {task: g}} for t, g in gold(task, scheme, args.data)]
        calibrate(component, (task, scheme), folders[_home(component)], rows)
    for name, folder in folders.items():
        measure([c for c in COMPONENTS if _home(c) == name], folder, args.data)


def card(name: str) -> dict[str, Any]:
    """RETURNS (dict): What `cards.toml` says, and where each output stands."""
    meta = tomllib.loads((HERE / "cards.toml").read_text(encoding="utf8"))[name]
    meta = {"name": name, "version": spacy_affect.__version__, "languages": ["en"], **meta}
    tasks: dict[str, dict[str, Any]]
    if name == "vad":
        columns = dict(zip(DIMENSIONS, range(len(DIMENSIONS)), strict=True))
        tasks = {"vad": {"vad": {"kind": "signed", "columns": columns}}}
    else:
        emotion, six, fine = (
            {label: S[f"{kind}.{label}"] for label in labels}
            for kind, labels in (
                ("emotion", EC),
                ("ekman", EKMAN.labels),
                ("fine", GOEMOTIONS.labels),
            )
        )
        poles_of = {"pos": poles()["positive"], "neg": poles()["negative"]}
        mixed = {
            f"{side}.{label}": emotion[label]
            for side, labels in poles_of.items()
            for label in EC
            if label in labels
        }
        tasks = {
            "polarity": {
                "polarity": {"kind": "poles", "columns": {"pos": S["pos"], "neg": S["neg"]}}
            },
            "emotion": {
                "ec11": {"kind": "unit", "columns": emotion, "spread": SPREAD},
                "ekman": {"kind": "unit", "columns": six},
                "goemotions": {"kind": "unit", "columns": fine},
            },
            "subjectivity": {
                "subjectivity": {"kind": "unit", "columns": {"subjectivity": S["subjective"]}}
            },
            "ambivalence": {
                "ambivalence_cues": {
                    "kind": "mixed",
                    "columns": mixed,
                    "cut": 0.5,
                }
            },
        }
    meta["tasks"] = {}
    for task, schemes in tasks.items():
        known = get_scheme(next(iter(schemes))).labels
        told = {"scheme": ", ".join(schemes), "labels": [*known] if task != "emotion" else EC}
        if task == "emotion":
            told |= {"absent": ABSENT, "absent_reason": "no corpus that may be shipped has it"}
        meta["tasks"][task] = told
    return {**meta, "model": {"settings": list(SETTINGS), "tasks": tasks}}


def calibrate(
    component: str,
    place: tuple[str, str],
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    make: Make | None = None,
    cut: float | None = None,
    *,
    uncalibrated: bool = False,
) -> None:
    """Choose cut points and calibrate on one half of the rows; check on the other.

    place (tuple[str, str]): Task and scheme, where the card keeps what is learned.
    rows (Sequence[Mapping]): Texts or conversations with gold, as JSON lines have them.
    cut (float | None): Of all labels of E-c, in place of those chosen.
    uncalibrated (bool): That cut is of scores as they were before calibration.
    """
    make = make or pipeline
    task, scheme = place
    # as packed, whatever was fitted before
    _change(folder, task, scheme, thresholds={}, calibration={}, **_uncut(task))
    nlp = make([component])
    pipe: Any = nlp.get_pipe(component)
    if scheme == "ec11":
        pipe.task.trust = TRUST
    with tempfile.TemporaryDirectory() as temporary:
        halves = [Path(temporary) / f"{name}.jsonl" for name in ("fit", "check")]
        for i, path in enumerate(halves):
            lines = map(json.dumps, rows[i::2])
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
        learned = list(make_corpus_v1(path=halves[0])(nlp))
        pipe.fit_thresholds(learned)
        if AT_HALF.get(task) in pipe.model.attrs["thresholds"]:  # not on too few texts
            cut = pipe.model.attrs["thresholds"][AT_HALF[task]]
            _change(folder, task, scheme, cut=cut, thresholds={AT_HALF[task]: 0.5})
            nlp = make([component])
            pipe = nlp.get_pipe(component)
            learned = list(make_corpus_v1(path=halves[0])(nlp))
        pipe.calibrate(learned, LEVEL)
        report = evaluate(Side(nlp, [pipe]), [str(halves[1])], Options(n_boot=0))
        texts = [(row["text"], row["gold"][task]) for row in rows[1::2] if "text" in row]
        bins = reliability(nlp, component, texts)
    [found] = report.scores.values()
    metrics = {name: one.value for name, one in found[component].metrics.items()}
    cuts = dict(pipe.model.attrs["thresholds"])
    learned_too = pipe.model.attrs["calibration"]
    if scheme == "ec11":
        cuts = {name: max(number, RARE) if cut is None else cut for name, number in cuts.items()}
    if scheme == "ec11" and uncalibrated:
        for name, learned in learned_too["presence"]["maps"].items():
            cuts[name] = float(apply(learned, cuts[name]))
    meta = _change(folder, task, scheme, thresholds=cuts, calibration=learned_too)
    meta.setdefault("calibration", {})[component] = {**certainty(metrics), "bins": bins}
    write_meta(folder, meta)
    print(component, len(rows), {name: round(number, 3) for name, number in metrics.items()})


def gold(task: str, scheme: str, data: Path) -> Iterator[tuple[str, Any]]:
    """YIELDS (tuple[str, Any]): Texts of the development parts, with gold as JSON lines have it."""
    if task == "vad":
        for row in read("emobank", data / "emobank", "dev"):
            yield row.text, row.gold["vad"].value
        return
    texts = list(labelled(data, "dev"))
    if scheme in ("ec11", "ambivalence_cues"):  # BRIGHTER's development part is too small
        more = [text for text in labelled(data, "train") if text.source == "brighter"]
        texts += more[::BRIGHTER_SHARE]
    for text in texts:
        found = emotions(text, scheme) if task == "emotion" else judgement(text, task)
        if found is not None:
            yield text.text, found
    if task in ("polarity", "subjectivity"):
        for text in templates(N_TEMPLATES, SEED):
            found = judgement(text, task)
            if found is not None:
                yield text.text, found


def emotions(text: Text, scheme: str) -> dict[str, Any] | None:
    """RETURNS (dict | None): Labels and intensities of a text that are known in a scheme."""
    known = text.gold
    if scheme != "ec11":
        kind = "fine" if scheme == "goemotions" else "ekman"
        labels = {
            name.partition(".")[2]: number
            for name, number in known.items()
            if name.startswith(f"{kind}.")
        }
        return {"labels": labels} if labels else None
    intense = _named(known, "intense.")
    if text.source == "goemotions":
        glad = bool(known["pos"])
        labels = {name: known[f"go.{name}"] for name in ONLY if known[f"go.{name}"] or not glad}
    else:
        labels = {**_named(known, "present."), **_named(known, "xed.")}
    found = {"labels": labels, "value": intense}
    return {name: part for name, part in found.items() if part} or None


def judgement(text: Text, task: str) -> Any:
    """RETURNS (Any): The class or the number of a text, None where nothing is known."""
    known = text.gold
    if task == "subjectivity":
        judged = any(known.get(name) for name in JUDGEMENTS)
        if text.source != "templates" and not judged and known.get("subjective"):
            return None  # an emotion that is told may be a fact
        return {1.0: "subjective", 0.0: "objective"}.get(known.get("subjective", 0.5))
    if task == "ambivalence":
        mixed = known.get("mixed") if text.source == "brighter" else None
        return None if mixed is None else "ambivalent" if mixed else "not ambivalent"
    intense = _named(known, "intense.")
    if intense:  # the only numbers that people gave
        good = max(intense[label] for label in GOOD & intense.keys())
        return {"value": good - max(intense[label] for label in BAD & intense.keys())}
    if "pos" not in known or (known["pos"] and known["neg"]):
        return None
    if text.source == "templates":
        size = abs(known["polarity"])
        if 0 < size < UNCLEAR:
            return None
    return "positive" if known["pos"] else "negative" if known["neg"] else "neutral"


def measure(
    components: list[str],
    folder: Path,
    data: Path,
    measured: Iterable[Measured] = MEASURED,
    make: Make | None = None,
) -> None:
    """Fill the card with figures."""
    nlp = (make or pipeline)(components)
    pipes = affect_pipes(nlp)
    side = Side(nlp, [pipe for _, pipe in pipes])
    meta = json.loads((folder / META).read_text(encoding="utf8"))
    meta["metrics"] = []
    for source, place, split, scored_by, metrics in measured:
        own = Side(nlp, [pipe for name, pipe in pipes if name in scored_by])
        if not own.components:
            continue
        for pipe in own.components:  # E-c's emotions say whether a text has both poles
            pipe.gold = "emotion" if pipe.task.name == "ambivalence" else pipe.task.name
        report = evaluate(own, [f"{source}:{data / place}"], Options(split, n_boot=500))
        [scores] = report.scores.values()
        for component, scored in scores.items():
            for metric, one in scored.metrics.items():
                if metric not in metrics or one.value != one.value:
                    continue
                row = {"source": place, "component": component, "metric": metric}
                row |= {"value": round(one.value, 4), "n": scored.n_texts}
                if one.low is not None and one.high is not None:
                    row |= {"low": round(one.low, 4), "high": round(one.high, 4)}
                meta["metrics"].append(row)
                print(place, component, metric, row["value"], flush=True)
    if "affect_polarity" in components:
        meta |= behaves(side)
    meta["audit"] = audit(nlp).card()
    arrays = (path for path in folder.iterdir() if path.name != META)
    meta["size_bytes"] = sum(path.stat().st_size for path in arrays)
    texts = [row.text for row in templates(N_TIMED, SEED)]
    list(nlp.pipe(texts[:500]))
    began = time.process_time()
    list(nlp.pipe(texts))
    rate = N_TIMED / (time.process_time() - began)
    words = sum(len(text.split()) for text in texts) / len(texts)
    many = "component" if len(components) == 1 else "components"
    what = f"{len(components)} {many}, {words:.0f} words a text, one thread, CPU time"
    meta["speed"] = {"docs_per_second": round(rate), "conditions": what}
    write_meta(folder, meta)


def behaves(side: Side) -> dict[str, Any]:
    """RETURNS (dict): The card's parts on behaviour, and known failures."""
    report = behaviour.evaluate(side, Options(n_boot=0))
    tallies = report.tallies["affect_polarity"]
    worst = sorted(tallies, key=lambda tally: -tally.rate)
    failures = [
        {
            "text": " / ".join(failure.case.texts),
            "component": "affect_polarity",
            "got": "; ".join(f"{r.value:+.2f} {r.label}" for r in failure.records),
            "expected": failure.reason,
        }
        for tally in worst[:N_FAILURES]
        for failure in tally.failures[:1]
    ]
    found = {
        tally.capability.name: {"failure": tally.rate, "n": tally.n, "kind": tally.capability.kind}
        for tally in tallies
    }
    return {"behaviour": found, "failures": failures}


def pipeline(components: Iterable[str]) -> Language:
    """RETURNS (Language): With these, each of ready-made weights as they now lie on disk."""
    open_weights.cache_clear()
    nlp = spacy.blank("en")
    for name in components:
        settings, (task, _) = COMPONENTS[name]
        nlp.add_pipe(f"affect_{task}", name=name, config={"model": EMBEDDED, **settings})
    return nlp


def _change(folder: Path, task: str, scheme: str, **parts: Any) -> dict[str, Any]:
    """RETURNS (dict): The card, with parts of what it says of a task replaced."""
    meta = json.loads((folder / META).read_text(encoding="utf8"))
    meta["model"]["tasks"][task][scheme].update(parts)
    write_meta(folder, meta)
    return meta  # type: ignore[no-any-return]


def _uncut(task: str) -> dict[str, float]:
    return {"cut": 0.5} if task in AT_HALF else {}


def _home(component: str) -> str:
    return "vad" if component == "affect_vad" else "general"


def _named(known: Any, prefix: str) -> dict[str, float]:
    return {k.removeprefix(prefix): v for k, v in known.items() if k.startswith(prefix)}


if __name__ == "__main__":
    main()
