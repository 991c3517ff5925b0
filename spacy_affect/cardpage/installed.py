"""The models that are installed: registered weights, and spaCy packages with affect components.

Nothing is loaded and no package is imported: their `meta.json` and `config.cfg` are read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import plugins
from ..cards import META, ModelCard, load_card, parse_card, read_meta
from ..diagnosis.pipelines import package_folder
from ..errors import AffectError, hint, listing
from ..registry import REGISTRIES

CONFIG = "config.cfg"
#: What spaCy writes as the performance of a pipeline comes from there.
REPORTED = "development part, as training reported"


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its card, or with why it has none.

    name (str): By which it is used. kind (str): "weights" or "pipeline".
    distribution (str): The package that brings it, or "".
    """

    name: str
    kind: str
    folder: Path
    distribution: str
    card: ModelCard | None = None
    failure: AffectError | None = None

    @property
    def size(self) -> int:
        """RETURNS (int): In bytes: as the card says, else what the files take."""
        if self.card is not None and self.card.size_bytes is not None:
            return self.card.size_bytes
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def installed() -> list[Model]:
    """RETURNS (list[Model]): Weights by name, then packages by name, broken ones included."""
    weights = [
        _model(name, "weights", folder, plugins.owner("weights", name))
        for name, folder in sorted(REGISTRIES["weights"].get_all().items())
    ]
    return [*weights, *sorted(_packages(), key=lambda model: model.name)]


def find(name: str) -> Model:
    """name (str): Of an installed model, or the path of a folder of weights or of a pipeline.
    RETURNS (Model): With its card.
    RAISES: AF152 if there is none, AF150 or AF151 if its card is broken.
    """
    models = {model.name: model for model in reversed(installed())}  # weights go before packages
    if name in models:
        model = models[name]
    elif (Path(name) / META).is_file():
        kind = "pipeline" if (Path(name) / CONFIG).is_file() else "weights"
        model = _model(Path(name).resolve().name, kind, Path(name), "")
    else:
        raise AffectError("AF152", name=name, known=listing(models), hint=hint(name, models))
    if model.failure is not None:
        raise model.failure
    return model


def _packages() -> Iterator[Model]:
    # what spacy.util.get_installed_models lists, which imports them all and so fails with any
    for point in metadata.entry_points(group="spacy_models"):
        with contextlib.suppress(OSError, ValueError, KeyError, ImportError):  # no concern of ours
            folder = package_folder(point.module)
            if folder is not None and ("affect" in read_meta(folder) or _affect_pipes(folder)):
                distribution = point.dist.name if point.dist else ""
                yield _model(point.name, "pipeline", folder, distribution)


def _model(name: str, kind: str, folder: Path, distribution: str) -> Model:
    read = load_card if kind == "weights" else _pipeline_card
    try:
        return Model(name, kind, folder, distribution, card=read(folder))
    except AffectError as error:
        return Model(name, kind, folder, distribution, failure=error)


def _pipeline_card(folder: Path) -> ModelCard:
    """RETURNS (ModelCard): What spaCy's own keys say, and over it what stands under `affect`."""
    meta = read_meta(folder)
    known = {key: value for key, value in _known(meta, _affect_pipes(folder)).items() if value}
    own = meta.get("affect", {})
    return parse_card(known | own if isinstance(own, dict) else own, folder / META)


def _known(meta: dict[str, Any], pipes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    labels = meta.get("labels") or {}
    performance = meta.get("performance") or {}
    of_task = [*map(_task, pipes.values())]
    return {
        "name": "_".join(filter(None, (meta.get("lang"), meta.get("name")))) or "pipeline",
        "version": meta.get("version"),
        "description": meta.get("description"),
        "languages": [meta["lang"]] if meta.get("lang") else [],
        "licence": meta.get("license"),
        "tasks": {
            name if of_task.count(task) > 1 else task: {
                "scheme": pipe.get("scheme"),
                "labels": labels.get(name),
            }
            for (name, pipe), task in zip(pipes.items(), of_task, strict=True)
        },
        "data": [
            {"name": source["name"], "url": source.get("url"), "licence": source.get("license")}
            for source in meta.get("sources") or []
        ],
        "metrics": [
            {"source": REPORTED, "component": name, "metric": key[len(name) + 1 :], "value": value}
            for key, value in performance.items()
            if (name := _component(key, pipes)) and isinstance(value, (int, float))
        ],
    }


def _component(key: str, pipes: Iterable[str]) -> str:
    """key (str): Of a pipeline's performance: "affect_emotion_fine_macro_f1".
    RETURNS (str): The component whose it is, with the longest name that fits; "" for none.
    """
    return max((name for name in pipes if key.startswith(f"{name}_")), key=len, default="")


def _affect_pipes(folder: Path) -> dict[str, dict[str, Any]]:
    """RETURNS (dict): The config blocks of a pipeline's affect components, by name."""
    from spacy.util import load_config

    config = load_config(folder / CONFIG)
    blocks = {name: config["components"][name] for name in config["nlp"]["pipeline"]}
    return {name: block for name, block in blocks.items() if _task(block)}


def _task(block: dict[str, Any]) -> str:
    """RETURNS (str): Of a component's config block, or "" if it is none of affect."""
    factory = str(block.get("factory", ""))
    if factory != "affect":
        return factory.removeprefix("affect_") if factory.startswith("affect_") else ""
    task = block.get("task")
    return str(task.get("@affect_tasks", factory) if isinstance(task, dict) else task)
