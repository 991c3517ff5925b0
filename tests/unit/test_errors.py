"""Error codes: each is used, each use exists, and each is given what its message names."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import spacy_affect
from spacy_affect.errors import (
    MESSAGES,
    AffectAttributeError,
    AffectError,
    AffectWarning,
    hint,
    listing,
    require,
)

CODE = re.compile(r"AF\d{3}")
SOURCES = sorted(Path(spacy_affect.__file__).parent.rglob("*.py"))
#: Arguments that are passed on as **values.
CATCH_ALL = None


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf8"))


def used_codes() -> set[str]:
    """RETURNS (set[str]): Codes that stand alone as strings, but for the keys of MESSAGES."""
    found: set[str] = set()
    for path, tree in trees():
        keys: set[int] = set()
        for node in ast.walk(tree):
            if path.name == "errors.py" and isinstance(node, ast.Dict):
                keys |= {id(key) for key in node.keys}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in keys:
                found |= {str(node.value)} if CODE.fullmatch(str(node.value)) else set()
    return found


def placeholders(code: str) -> set[str]:
    parts = string.Formatter().parse(MESSAGES[code])
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parts if name}


def raised() -> Iterator[tuple[str, str, set[str | None]]]:
    """YIELDS (tuple): Place, code and keywords of each error that is made with a plain code."""
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in ("AffectError", "AffectAttributeError") and isinstance(first, ast.Constant):
                yield f"{path.name}:{node.lineno}", first.value, {k.arg for k in node.keywords}


def test_every_code_is_used():
    assert sorted(set(MESSAGES) - used_codes()) == []


def test_every_code_that_is_mentioned_exists():
    for path in SOURCES:
        mentioned = set(CODE.findall(path.read_text(encoding="utf8")))
        assert sorted(mentioned - set(MESSAGES)) == [], path.name


def test_every_error_gets_what_its_message_names():
    uses = list(raised())
    assert len(uses) > 20
    for place, code, keywords in uses:
        if CATCH_ALL not in keywords:
            assert keywords == placeholders(code), f"{place}: {code}"


@pytest.mark.parametrize("code", MESSAGES)
def test_messages_read_well(code):
    message = MESSAGES[code]
    assert CODE.fullmatch(code)
    assert message == message.strip()
    assert "  " not in message
    values = dict.fromkeys(placeholders(code), "x")
    assert str(AffectError(code, **values)).startswith(f"{code}: ")


def test_codes_are_unique_in_the_source():
    source = next(path for path in SOURCES if path.name == "errors.py").read_text(encoding="utf8")
    keys = re.findall(r'^    "(AF\d{3})":', source, flags=re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(MESSAGES)


@pytest.mark.parametrize("kind", [AffectError, AffectAttributeError])
def test_errors_pickle_and_copy(kind):
    error = kind("AF019", name="joy", present="polarity")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert (
            str(again)
            == str(error)
            == "AF019: no 'joy' in this Doc's affect records; " + ("present: polarity.")
        )
        assert (again.code, again.values) == ("AF019", {"name": "joy", "present": "polarity"})


def test_kinds():
    assert issubclass(AffectError, ValueError)
    assert issubclass(AffectAttributeError, AttributeError)
    assert issubclass(AffectAttributeError, AffectError)
    assert issubclass(AffectWarning, UserWarning)
    with pytest.raises(KeyError):
        AffectError("AF999")
    with pytest.raises(KeyError):
        AffectError("AF019", name="joy")


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("humor", ["humour", "polarity"], ' Did you mean "humour"?'),
        ("polrity", {"polarity": 1}, ' Did you mean "polarity"?'),
        ("xyz", ["humour", "polarity"], ""),
        ("polarity", [], ""),
    ],
)
def test_hint(name, known, text):
    assert hint(name, known) == text


def test_listing():
    assert listing(["b", "a"]) == "a, b"
    assert listing({"z": 1, "y": 2}) == "y, z"
    assert listing([]) == "none"


def test_require():
    assert re.match(r"\d+\.\d+", require("pluggy", what="a test", extra="classic"))
    with pytest.raises(AffectError) as caught:
        require("surely_not_installed", what="The test", extra="classic")
    assert caught.value.code == "AF001"
    assert "The test needs the package surely_not_installed" in str(caught.value)
    assert 'pip install "spacy-affect[classic]"' in str(caught.value)
    assert 'in a clone of spacy-affect: pip install ".[classic]"' in str(caught.value)
