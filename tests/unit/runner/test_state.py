"""What a run leaves on disk: a shard is whole or it is not there."""

import json
from contextlib import closing

import pytest

from spacy_affect.errors import AffectError
from spacy_affect.runner.shard import Stats
from spacy_affect.runner.state import State

MARK = {"the input": "a"}


@pytest.fixture
def state(tmp_path):
    with closing(State(tmp_path / "out.jsonl")) as state:
        assert state.open(MARK, restart=False) is None
        yield state


def test_a_shard_needs_its_bytes_and_its_counts(state):
    state.save(0, b"row\n", Stats(rows=1, ids=[-5], reasons={"AF053": ("AF053: ...", 1)}))
    assert state.has(0)
    assert state.stats(0).rows == 1
    assert state.shard(0).read_bytes() == b"row\n"
    state.shard(0).unlink()
    assert not state.has(0)


def test_a_kill_while_clearing_leaves_no_counts_without_bytes(state, monkeypatch):
    for index in range(3):
        state.save(index, b"row\n", Stats(rows=1))
    removed = []
    monkeypatch.setattr("pathlib.Path.unlink", lambda path: removed.append(path.suffix))
    state.close()
    state.open(MARK, restart=True)
    assert removed == [".json"] * 3 + [".part"] * 3


def test_another_fingerprint_is_refused_and_a_restart_is_not(state):
    state.close()
    with pytest.raises(AffectError, match=r"AF034.*the input changed"):
        state.open({"the input": "b"}, restart=False)
    state.close()
    assert state.open({"the input": "b"}, restart=True) is None


def test_a_finished_output_that_was_changed_is_not_ours(state, tmp_path):
    assembled = state.scratch("assembled")
    assembled.write_bytes(b"row\n")
    state.finish(assembled, {"rows": 1})
    state.close()
    assert state.open(MARK, restart=False) == {"rows": 1}
    state.close()
    (tmp_path / "out.jsonl").write_bytes(b"other rows\n")
    with pytest.raises(AffectError, match="AF033"):
        state.open(MARK, restart=False)


@pytest.mark.parametrize("content", ["", "no json", json.dumps([1])])
def test_a_damaged_manifest_is_nobodys(state, content):
    next(state.folder.glob("manifest.json")).write_text(content)
    assert not state.is_ours


def test_a_shard_that_was_begun_and_not_kept_is_known(state):
    assert [state.begin(0), state.begin(1)] == [False, False]
    state.save(0, b"row\n", Stats(rows=1))
    state.close()
    state.open(MARK, restart=False)
    assert [state.begin(0), state.begin(1), state.begin(2)] == [False, True, False]
    state.close()
    state.open(MARK, restart=True)
    assert state.begin(1) is False
