"""Weights and packages that a test writes."""

from __future__ import annotations

import json
from importlib import metadata

import pytest
import spacy

from spacy_affect.registry import REGISTRIES

CARD = {
    "name": "general",
    "version": "0.5.0",
    "description": "Scores of short texts.",
    "tasks": {
        "emotion": {"scheme": "ec11", "labels": ["joy", "fear"], "absent": ["trust"]},
        "polarity": {},
    },
    "languages": ["en"],
    "licence": "MIT",
    "licence_notice": "One line\nand `another`.",
    "use": "commercial",
    "uses": "comments and messages",
    "not_for": ["diagnosis"],
    "data": [
        {
            "name": "GoEmotions",
            "licence": "Apache-2.0",
            "url": "https://example.org/a b>c",
            "role": "trained on",
            "citation": "a paper",
        },
        {"name": "Odd", "url": "javascript:alert(1)", "role": "weak labels"},
    ],
    "metrics": [
        {
            "source": "semeval2018 dev",
            "component": "affect_emotion",
            "metric": "pearson",
            "value": 0.6,
            "low": 0.58,
            "high": 0.62,
            "n": 1234,
        }
    ],
    "calibration": {
        "affect_emotion": {
            "ece": 0.021,
            "coverage": 0.9,
            "level": 0.9,
            "bins": [[0.9, 0.8, 10], [0.1, 0.2, 30], [0.5, 0.5, 0]],
        },
        "affect_polarity": {"ece": 0.1},
    },
    "behaviour": {"negation": {"failure": 0.05, "n": 300, "kind": "MFT"}},
    "audit": {
        "limit": 0.02,
        "sentences": 12,
        "values": 2,
        "over": 1,
        "largest": 0.2,
        "gaps": [
            {
                "component": "affect_emotion",
                "contrast": "women – men (words)",
                "label": "joy",
                "mean": 0.031,
                "low": 0.02,
                "high": 0.04,
                "largest": 0.2,
                "n": 6,
            }
        ],
    },
    "size_bytes": 4_120_000,
    "speed": {"docs_per_second": 12345.6, "conditions": "one core"},
    "failures": [
        {
            "text": "Not *bad* | <b>film</b>",
            "component": "affect_polarity",
            "got": -0.51234,
            "expected": {"joy": 0.5, "fear": 0},
        }
    ],
    "limits": ["# Sarcasm."],
    "recipe": "spacy train",
}


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """RETURNS (Callable): Registers a folder with a card. RETURNS (Path): The folder."""
    registered = {}
    monkeypatch.setattr(REGISTRIES["weights"], "get_all", lambda: registered)
    points = metadata.entry_points

    def without_ours(**given):
        return [point for point in points(**given) if not point.name.startswith("en_affect_")]

    monkeypatch.setattr(metadata, "entry_points", without_ours)

    def register(name, card):
        folder = tmp_path / "weights" / name
        folder.mkdir(parents=True)
        text = card if isinstance(card, str) else json.dumps(card)
        (folder / "meta.json").write_text(text, encoding="utf8")
        registered[name] = folder
        return folder

    return register


@pytest.fixture
def package(tmp_path, monkeypatch):
    """RETURNS (Callable): Installs a spaCy package that must not be imported."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def install(name, *factories, **meta):
        nlp = spacy.blank("en")
        for factory in factories:
            nlp.add_pipe(factory, name=f"my_{factory}" if factory == "affect_ambivalence" else None)
        nlp.meta.update({"name": name, "version": "1.2", "license": "MIT", **meta})
        top = site / f"en_{name}"
        top.mkdir()
        nlp.to_disk(top / f"en_{name}-1.2")
        (top / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf8")
        about = top / f"en_{name}-1.2" / "meta.json"
        about.write_text(json.dumps(json.loads(about.read_text(encoding="utf8")) | meta))
        (top / "meta.json").write_bytes(about.read_bytes())
        info = site / f"en_{name}-1.2.dist-info"
        info.mkdir()
        lines = f"Metadata-Version: 2.1\nName: en-{name}\nVersion: 1.2\n"
        (info / "METADATA").write_text(lines, encoding="utf8")
        points = f"[spacy_models]\nen_{name} = en_{name}\n"
        (info / "entry_points.txt").write_text(points, encoding="utf8")
        return top / f"en_{name}-1.2"

    return install
