"""What may be wrong with a pipeline: the checks behind `spacy-affect doctor --pipeline`.

Only its config is read, so that a pipeline which does not load can be looked at too.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import Any

from . import OURS, Finding, installed, reason

#: Pipes that change the tokens of a Doc: spans that were stored before them become stale.
RETOKENISERS = ("merge_entities", "merge_noun_chunks", "merge_subtokens", "token_splitter")
#: Pipes that set sentence boundaries; others are recognised by what they declare to assign.
SENTENCE_PIPES = ("parser", "senter", "sentencizer")
#: What `doc_cleaner` may be told to clear that affect components write.
OUR_ATTRS = ("user_data", "spans", "_.affect_records")


def check_pipeline(pipeline: str) -> Iterator[Finding]:
    """Check the config of a pipeline without loading it.

    pipeline (str): The name of an installed package, a pipeline's folder, or a .cfg file.
    YIELDS (Finding): Per affect component: what is wrong with its place, language or backbone.
    """
    from spacy.util import load_config

    path = _config_path(pipeline)
    if path is None:
        text = "is neither an installed pipeline package nor a folder or file with a config"
        yield Finding("pipeline", pipeline, "problem", text)
        return
    config = load_config(path, interpolate=True)
    settings = config.get("nlp", {})
    names = [n for n in settings.get("pipeline", []) if n not in settings.get("disabled", [])]
    components = config.get("components", {})
    pipes = [(name, components.get(name, {})) for name in names]
    ours = installed(OURS)
    points = ours.entry_points.select(group="spacy_factories") if ours else []
    affect = {point.name for point in points}
    for place, (name, block) in enumerate(pipes):
        if block.get("factory") not in affect:
            continue
        faults = [
            *_sentence_faults(block, pipes[:place]),
            *_token_faults(name, block, pipes[place + 1 :]),
            *_backbone_faults(block, settings.get("lang", "")),
        ]
        for text, remedy in faults:
            yield Finding("pipeline", name, "problem", text, remedy)
        if not faults:
            yield Finding("pipeline", name, "ok", f"unit {block.get('unit', 'doc')}")
    if affect.isdisjoint(block.get("factory") for _, block in pipes):
        yield Finding("pipeline", pipeline, "note", "has no affect component")


Block = dict[str, Any]
Pipes = Sequence[tuple[str, Block]]


def _sentence_faults(block: Block, before: Pipes) -> Iterator[tuple[str, str]]:
    if block.get("unit") == "sents" and not any(_sets_sentences(other) for _, other in before):
        text = "has unit sents, but no component before it sets sentence boundaries"
        yield text, 'nlp.add_pipe("sentencizer", first=True)'


def _token_faults(name: str, block: Block, after: Pipes) -> Iterator[tuple[str, str]]:
    for other_name, other in after:
        factory = other.get("factory")
        cleared = {*OUR_ATTRS, f"_.{name}"} & {*(other.get("attrs") or {})}
        if factory in RETOKENISERS and _writes_spans(block):
            text = f"writes spans that {other_name}, which comes after it, makes stale"
            yield text, f'nlp.add_pipe("{block["factory"]}", after="{other_name}")'
        elif factory == "doc_cleaner" and cleared:
            text = f"writes what {other_name}, which comes after it, clears again"
            yield text, f"take {', '.join(sorted(cleared))} out of the attrs of {other_name}"


def _backbone_faults(block: Block, lang: str) -> Iterator[tuple[str, str]]:
    from spacy.util import registry

    if not block.get("model"):
        return
    try:
        model = registry.resolve({"model": block["model"]})["model"]
    except (Exception, SystemExit) as error:
        yield f"its model cannot be made: {reason(error)}", ""
        return
    languages = model.attrs.get("languages") or []
    if languages and lang not in languages:
        source = model.attrs.get("source") or model.name
        text = f"uses {source}, made for {', '.join(languages)}; the pipeline's language is {lang}"
        yield text, "choose a backbone for this language: spacy-affect backbones"


def _writes_spans(block: Block) -> bool:
    """RETURNS (bool): The component stores spans: units below the Doc, or cues."""
    named = (block.get("factory"), block.get("task"), block.get("model"))
    return block.get("unit", "doc") != "doc" or any("ambivalence" in str(n).lower() for n in named)


def _sets_sentences(block: Block) -> bool:
    from spacy.language import Language

    factory, assigned = block.get("factory", ""), set()
    with contextlib.suppress(Exception):  # not registered in this process, or sourced
        assigned.update(Language.get_factory_meta(factory).assigns)
    return factory in SENTENCE_PIPES or bool(assigned & {"doc.sents", "token.is_sent_start"})


def package_folder(name: str) -> Path | None:
    """RETURNS (Path | None): Where an installed pipeline package, which is not imported for that,
    keeps its config: a folder named by version.
    """
    spec = util.find_spec(name) if name.isidentifier() else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        about = Path(place) / "meta.json"
        if about.is_file():
            meta = json.loads(about.read_text(encoding="utf8"))
            return Path(place) / f"{meta['lang']}_{meta['name']}-{meta['version']}"
    return None


def _config_path(pipeline: str) -> Path | None:
    given = Path(pipeline)
    if given.is_file():
        return given
    folders = filter(None, (given, package_folder(pipeline)))
    return next((f / "config.cfg" for f in folders if (f / "config.cfg").is_file()), None)
