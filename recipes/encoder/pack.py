"""Write a package's folders of weights, and its pipeline.

    python recipes/encoder/pack.py recipes/encoder/md.toml EXPORTED PACKAGE

Reads what `export.py` wrote to EXPORTED, and what the TOML file says of each folder of weights: its
card, and of which outputs the columns of each task are made. Writes PACKAGE/weights/<name>, and,
with the package installed (`pip install --no-deps -e`), the pipeline, as `spacy package` lays it
out: PACKAGE/meta.json and PACKAGE/<lang>_<name>-<version>. PACKAGE is the import package's folder.

A column is the name of an output, a list of names, whose mean it is, or a table of factors by name,
in which `bias` is added; those of all labels of a scheme may be given as what the names of their
outputs begin with. Thresholds and calibration belong to weights: they are fitted after this step,
which writes none. Give --pipeline then, to write the pipeline alone again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
import spacy
from numpy.typing import NDArray

from spacy_affect.api import get_scheme
from spacy_affect.models.backbones.embedded.encoder import ENCODER, save_heads
from spacy_affect.models.backbones.embedded.weights import META
from spacy_affect.models.backbones.embedded.windows import TOKENIZER

Floats = NDArray[Any]
EMBEDDED = "spacy_affect.Embedded.v1"
#: What a pipeline's card takes over from those of its weights.
LISTS = ("data", "limits", "not_for")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", type=Path)
    parser.add_argument("exported", type=Path)
    parser.add_argument("package", type=Path)
    parser.add_argument("--pipeline", action="store_true", help="write the pipeline alone")
    args = parser.parse_args()
    spec = tomllib.loads(args.spec.read_text(encoding="utf8"))
    version = import_module(args.package.name).__version__
    if not args.pipeline:
        for name, card in spec["weights"].items():
            pack(name, {"version": version, **card}, args.exported, args.package / "weights" / name)
    write_pipeline(spec, version, args.package)


def pack(name: str, card: dict[str, Any], exported: Path, folder: Path) -> None:
    """Write one folder of weights.

    card (dict): What the TOML file says of them: `heads` names a file of EXPORTED, `of` the folder
        whose encoder they are on, `outputs` the columns by task and scheme; the rest is the card.
    """
    heads = numpy.load(exported / card.pop("heads", "heads.npz"))
    place = {str(output): i for i, output in enumerate(heads["outputs"])}
    made: list[tuple[Floats, float]] = []
    known: dict[str, int] = {}

    def column(given: Any) -> int:
        """RETURNS (int): Where the column is; the same one is made once."""
        key = json.dumps(given)
        if key not in known:
            known[key] = len(made)
            made.append(mixed(given, heads["W"], heads["b"], place))
        return known[key]

    tasks: dict[str, dict[str, Any]] = card.pop("outputs")
    for scheme, part in (item for of_task in tasks.values() for item in of_task.items()):
        for kind in ("columns", "presence"):
            given = part.get(kind, {})
            if isinstance(given, str):
                given = {label: given + label for label in get_scheme(scheme).labels}
            if given:
                part[kind] = {label: column(of_label) for label, of_label in given.items()}
    folder.mkdir(parents=True, exist_ok=True)
    of = card.pop("of", None)
    if of is None:
        for file in (ENCODER, TOKENIZER):
            # replaced as a whole, as those who have the old one open go on with it
            shutil.copyfile(exported / file, folder / f".{file}")
            (folder / f".{file}").replace(folder / file)
    reading = json.loads((exported / "encoder.json").read_text(encoding="utf8"))
    model = {"encoder": reading if of is None else {"of": of}, "tasks": tasks}
    W, b = (numpy.stack(part, axis=-1) for part in zip(*made, strict=True))
    save_heads(folder, {"name": name, "languages": ["en"], **card, "model": model}, W, b)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {len(made)} outputs, {size / 1e6:.2f} MB")


def mixed(given: Any, W: Floats, b: Floats, place: Mapping[str, int]) -> tuple[Floats, float]:
    """RETURNS (tuple[Floats, float]): Weights and bias of one column."""
    if isinstance(given, str):
        given = [given]
    factors = dict.fromkeys(given, 1 / len(given)) if isinstance(given, list) else dict(given)
    bias = factors.pop("bias", 0.0)
    unknown = [name for name in factors if name not in place]
    if unknown:
        raise SystemExit(f"no output {', '.join(unknown)}; there are: {', '.join(place)}")
    rows, shares = [place[name] for name in factors], numpy.array([*factors.values()])
    return W[:, rows] @ shares, float(b[rows] @ shares + bias)


def write_pipeline(spec: Mapping[str, Any], version: str, package: Path) -> None:
    """Write the pipeline of a package, whose weights stay where they are."""
    nlp = spacy.blank("en")
    for name, settings in spec["components"].items():
        config = dict(settings)
        model = {"@architectures": EMBEDDED, "weights": config.pop("weights")}
        factory = config.pop("factory", name)
        nlp.add_pipe(factory, name=name, config={"model": model, **config})
    cards = [
        json.loads((package / "weights" / name / META).read_text(encoding="utf8"))
        for name in spec["weights"]
    ]
    about = dict(spec["pipeline"])
    card = about.pop("affect")
    for key in LISTS:
        card[key] = _once([item for one in cards for item in one.get(key, [])])
    card["tasks"] = {task: of for one in cards for task, of in one.get("tasks", {}).items()}
    nlp.meta.update({**about, "version": version, "affect": card})
    folder = package / f"{nlp.meta['lang']}_{nlp.meta['name']}-{version}"
    for old in package.glob(f"{nlp.meta['lang']}_{nlp.meta['name']}-*"):
        shutil.rmtree(old)
    nlp.to_disk(folder, exclude=["vocab"])
    shutil.copyfile(folder / META, package / META)
    print(f"{folder}: {', '.join(nlp.pipe_names)}")


def _once(items: list[Any]) -> list[Any]:
    return [item for i, item in enumerate(items) if item not in items[:i]]


if __name__ == "__main__":
    main()
