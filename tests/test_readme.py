"""Every code block of the README does what it shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
PLUGIN = "# polite_words.py"


def blocks(kind):
    return [text for found, text in BLOCKS if found == kind]


def test_every_block_is_of_a_kind_that_is_tested():
    assert {kind for kind, _ in BLOCKS} <= {"python", "console", "sh", "toml", "cfg"}


def test_python_blocks_run_in_order(tmp_path, monkeypatch):
    pytest.importorskip("vaderSentiment")
    pytest.importorskip("textblob")
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    scope = {"__name__": "readme"}
    for block in blocks("python"):
        if not block.startswith(PLUGIN):
            exec(compile(block, "README.md", "exec"), scope)


def test_the_plugin_works_as_shown(tmp_path):
    (code,) = [block for block in blocks("python") if block.startswith(PLUGIN)]
    (project,) = blocks("toml")
    (tmp_path / "polite_words.py").write_text(code)
    info = tmp_path / "polite_words-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: polite-words\nVersion: 1.0\n")
    (entry,) = re.findall(r"entry-points\.spacy_affect\]\n(.*)\n", project)
    (info / "entry_points.txt").write_text(f"[spacy_affect]\n{entry.replace(chr(34), '')}\n")
    use = "import spacy; nlp = spacy.blank('en'); nlp.add_pipe('affect', config={'task': "
    use += "'courtesy'}); print(nlp('Thank you, please come in.')._.affect_courtesy)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", use], cwd=tmp_path, capture_output=True, text=True,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert done.stderr == ""
    assert float(done.stdout) > 0
    assert len(code.splitlines()) <= 30


def test_make_targets_exist():
    for line in "".join(blocks("sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "make":
            subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("block", blocks("console"))
def test_console_blocks_print_what_is_shown(block, tmp_path):
    """`...` stands for anything; times and rates differ from run to run."""
    pytest.importorskip("textblob")
    (tmp_path / "corpora").symlink_to(ROOT / "corpora")
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = command[:-1] + more
        executable = command.replace("spacy-affect", f"{sys.executable} -P -m spacy_affect", 1)
        done = subprocess.run(
            executable, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        printed = re.sub(" +", " ", done.stdout + done.stderr)
        pattern = re.escape(re.sub(" +", " ", shown.rstrip())).replace(r"\.\.\.", ".*")
        pattern = re.sub(r"[\d,]+\\\.\d\\ s\\ \\\(\S+?\\ rows/s\\\)", r".*", pattern)
        assert re.fullmatch(pattern, printed.rstrip(), re.S), f"$ {command}\n{printed}"
