"""Which module may import which: the layers of the package, read from its source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import spacy_affect

ROOT = Path(spacy_affect.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
#: A module imports its own layer and those before it.
LAYERS = (
    ("types", "errors", "labels", "cards"),
    ("extensions", "registry", "hookspecs", "builtin"),
    ("plugins", "colors", "frame", "dialogue", "timeline", "diagnosis"),
    ("corpora",),
    ("tasks", "scoring"),
    ("models",),
    ("pipeline", "api"),
    ("runner", "testing", "arc", "cardpage"),
    ("cli", "__main__"),
)
RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}
#: Imports against the direction, each inside a function and for a reason.
LAZY = {
    ("registry", "plugins"): "the registries fill themselves when they are first read",
    ("builtin", "tasks"): "our own tasks come through the hook that strangers use",
    ("builtin", "corpora"): "and so do our own corpora",
}
#: Never at the top of a module: slow, large, or not a dependency.
HEAVY = (
    "altair",
    "asent",
    "nltk",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "sklearn",
    "spacy_transformers",
    "textblob",
    "tokenizers",
    "torch",
    "transformers",
    "vaderSentiment",
    "vl_convert",
)
#: Soft: split what outgrows it.
CEILING = 400


class Import(NamedTuple):
    """`module` imports `name` (absolute, dotted); `lazy`: inside a function."""

    module: str
    name: str
    lazy: bool

    @property
    def part(self) -> str:
        """The part of ours that is imported, or "" for anything else, the version included."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == ROOT.name and len(parts) > 1 and parts[1] in RANK else ""


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> Iterator[Import]:
    module = dotted(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]

    def walk(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(module, alias.name, lazy)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    above = package.split(".")[: len(package.split(".")) - child.level + 1]
                    base = ".".join([*above, *([base] if base else [])])
                for alias in child.names:
                    yield Import(module, f"{base}.{alias.name}", lazy)
            yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text(encoding="utf8")), False)


ALL = [found for path in SOURCES for found in imports(path)]


def test_every_part_has_its_layer():
    parts = {part_of(dotted(path)) for path in SOURCES} - {""}
    assert parts <= set(RANK), "give the new part a place in LAYERS"


def test_imports_point_one_way():
    wrong = []
    for found in ALL:
        mine, theirs = part_of(found.module), found.part
        against = bool(mine and theirs) and RANK[theirs] > RANK[mine]
        if against and not (found.lazy and (mine, theirs) in LAZY):
            wrong.append(f"{found.module} imports {found.name}")
    assert wrong == []


def test_no_exception_is_stale():
    used = {(part_of(found.module), found.part) for found in ALL if found.lazy}
    assert set(LAZY) <= used


def test_models_know_no_tasks():
    wrong = [found for found in ALL if part_of(found.module) == "models" and found.part == "tasks"]
    assert wrong == []


def test_the_package_itself_imports_nothing_at_the_top():
    assert [found for found in ALL if found.module == ROOT.name and found.part] == []


def test_the_public_module_is_for_plugins_alone():
    assert [found for found in ALL if found.part == "api"] == []


@pytest.mark.parametrize("part", LAYERS[0])
def test_the_first_layer_needs_the_standard_library_alone(part):
    names = {found.name for found in ALL if found.module == f"{ROOT.name}.{part}"}
    tops = {name.split(".")[0] for name in names}
    assert tops <= {*sys.stdlib_module_names, ROOT.name}


def test_nothing_heavy_at_the_top_of_a_module():
    wrong = [f for f in ALL if not f.lazy and f.name.split(".")[0] in HEAVY]
    assert wrong == []


def test_only_one_module_sets_extensions():
    callers = [
        path.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Attribute) and node.attr == "set_extension"
    ]
    assert set(callers) == {"extensions.py"}
    source = (ROOT / "extensions.py").read_text(encoding="utf8")
    assert "force=True" not in source


def test_modules_stay_short():
    sizes = {dotted(path): len(path.read_text(encoding="utf8").splitlines()) for path in SOURCES}
    assert {module: size for module, size in sizes.items() if size > CEILING} == {}


def test_every_module_says_what_it_is_for():
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf8"))
        assert ast.get_docstring(tree), f"{path.name} has no docstring"
