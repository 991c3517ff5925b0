"""Every code block of the README and of docs/ does what it shows.

The blocks of a document run in order in one folder. A word after the language is a file to write:
```jsonl moods.jsonl; a Python block that begins with `# name.py` is the module of a plugin.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from spacy.util import registry
from thinc.api import Config

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    *(
        f"docs/{name}.md"
        for name in (
            *("training", "corpora", "conversations", "calibration", "models"),
            *("audit", "compare"),
        )
    ),
)
BLOCK = re.compile(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
MODULE = re.compile(r"# (\w+)\.py\n")
#: What a shown command begins with, and what runs in its place.
COMMANDS = {
    "spacy-affect": f"{sys.executable} -P -m spacy_affect",
    "spacy": f"{sys.executable} -P -m spacy",
}
#: Numbers that are shown may be off by so much: what a handful of texts teaches moves with every
#: small change to a model.
SLACK = 0.1


class Block(NamedTuple):
    kind: str
    file: str
    text: str


def blocks(document):
    found = BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))
    return [Block(*block) for block in found]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_is_of_a_kind_that_is_tested(document):
    kinds = {block.kind for block in blocks(document)}
    assert kinds <= {*RUN, "sh", "toml"}
    text = (ROOT / document).read_text(encoding="utf-8")
    assert text.count("\n```") == 2 * len(blocks(document))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_blocks_do_what_they_show(document, tmp_path, monkeypatch):
    for package in ("vaderSentiment", "textblob", "pandas", "altair", "en_affect_support"):
        pytest.importorskip(package)
    (tmp_path / "corpora").symlink_to(ROOT / "corpora")
    monkeypatch.chdir(tmp_path)
    scope = {"__name__": "readme"}
    for block in blocks(document):
        if block.kind in RUN:
            RUN[block.kind](block, tmp_path, scope)


def test_the_plugin_works_as_shown(tmp_path):
    [block] = [block for block in blocks("README.md") if MODULE.match(block.text)]
    [project] = [block.text for block in blocks("README.md") if block.kind == "toml"]
    run_python(block, tmp_path, {})
    assert (tmp_path / "polite_words.py").is_file()
    [entry] = re.findall(r"entry-points\.spacy_affect\]\n(.*)\n", project)
    installed = (tmp_path / "polite_words-1.0.dist-info" / "entry_points.txt").read_text()
    assert installed == f"[spacy_affect]\n{entry.replace(chr(34), '')}\n"
    use = "import spacy; nlp = spacy.blank('en'); nlp.add_pipe('affect', config={'task': "
    use += "'courtesy'}); print(nlp('Thank you, please come in.')._.affect_courtesy)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", use], cwd=tmp_path, capture_output=True, text=True,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert done.stderr == ""
    assert float(done.stdout) > 0
    assert len(block.text.splitlines()) <= 30


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_and_extras_exist(document):
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    for line in "".join(b.text for b in blocks(document) if b.kind == "sh").splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "make":
            subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, check=True, capture_output=True)
        for extras in re.findall(r"\.\[([\w,]+)\]", line):
            for extra in extras.split(","):
                assert f"\n{extra} =\n" in setup


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
            slugs = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in headings]
            assert anchor in slugs, target


def run_python(block, folder, scope):
    module = MODULE.match(block.text)
    if module is None:
        exec(compile(block.text, "a block", "exec"), scope)
        return
    name = module[1]
    (folder / f"{name}.py").write_text(block.text)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    distribution = name.replace("_", "-")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[spacy_affect]\n{name} = {name}\n")


def run_console(block, folder, scope):
    """`...` stands for anything in its line, or for any lines; times differ from run to run."""
    env = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "ANSI_COLORS_DISABLED": "1"}
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = command[:-1] + more
        executable = re.sub(
            r"(?<![\w/.])(spacy-affect|spacy)(?= )", lambda found: COMMANDS[found[1]], command
        )
        done = subprocess.run(
            executable, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=120
        )
        printed = squeezed(done.stdout + done.stderr)
        pattern, numbers = expected(shown)
        match = re.fullmatch(pattern, printed, re.S)
        assert match, f"$ {command}\n{printed}"
        for wanted, found in zip(numbers, match.groups(), strict=True):
            slack = SLACK * max(1.0, abs(wanted))
            assert abs(float(found) - wanted) <= slack, f"$ {command}\n{printed}"


def expected(shown):
    """RETURNS: A pattern for what is printed, and the numbers that its groups should find."""
    number = re.compile(r"(?<![\d.])[-+]?\d+\.\d+(?![\d.])")
    numbers = []
    pattern = ""
    rest = squeezed(shown)
    rest = re.sub(r"[\d,]+\.\d s \(\S+ rows/s\)", "...", rest)
    while match := number.search(rest):
        pattern += re.escape(rest[: match.start()]) + r"([-+]?\d+\.\d+)"
        numbers.append(float(match[0]))
        rest = rest[match.end() :]
    pattern += re.escape(rest)
    pattern = re.sub(r"(?m)^\\.\\.\\.(?=\\?$)", ".*", pattern)
    return pattern.replace(r"\.\.\.", r"[^\n]*"), numbers


def squeezed(text):
    lines = (re.sub(" +", " ", line).rstrip() for line in text.strip().splitlines())
    return "\n".join(lines)


def write_file(block, folder, scope):
    assert block.file, "a file needs a name"
    (folder / block.file).write_text(block.text, encoding="utf-8")


def resolve(block, folder, scope):
    """What a config block names exists and takes these settings."""
    registry.resolve(Config().from_str(block.text))


RUN = {
    "python": run_python,
    "console": run_console,
    "jsonl": write_file,
    "csv": write_file,
    "vtt": write_file,
    "cfg": resolve,
}
