"""The group of all commands: one that is not there, and which was meant."""

from __future__ import annotations

import pytest

from spacy_affect.cli import main


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
