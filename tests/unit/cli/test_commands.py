"""The group of all commands: one that is not there, which was meant, and one that is stopped."""

from __future__ import annotations

import pytest

from spacy_affect.cli import annotate, main


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("anotate", "No such command 'anotate'. Did you mean \"annotate\"?"),
        ("init_config", "No such command 'init_config'. Did you mean \"init-config\"?"),
        ("xyzzy", "No such command 'xyzzy'."),
        ("--nonsense", "No such option"),
    ],
)
def test_a_command_that_is_not_there(capsys, name, said):
    with pytest.raises(SystemExit) as stop:
        main([name])
    out, err = capsys.readouterr()
    assert (stop.value.code, out) == (1, "")
    assert err.startswith(f"Error: {said}")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["-o", "out.jsonl"], "Interrupted. The same command goes on from here."),
        (["-o", "-"], "Interrupted."),
    ],
)
def test_what_is_said_when_interrupted(args, said, tmp_path, monkeypatch, capsys):
    """A file of rows goes on; what went to stdout, and what other commands do, begins anew."""

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(annotate, "annotate", stopped)
    (tmp_path / "t.txt").write_text("a")
    with pytest.raises(SystemExit) as stop:
        main(["annotate", "t.txt", *args])
    assert stop.value.code == 130
    assert capsys.readouterr().err.strip() == said
