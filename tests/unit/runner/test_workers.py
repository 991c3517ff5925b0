"""Rows that kill the process which scores them cost themselves and nothing else."""

import json
import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("vaderSentiment")

#: A component that dies in ways that no exception handler sees, and the command around it.
SCRIPT = """
import ctypes
import os
import signal
import sys

from spacy.language import Language

from spacy_affect.runner import processes

processes.FATAL_IN_A_ROW = 4
DEATHS = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit 0": lambda: os._exit(0),
    "exit 3": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
}


@Language.factory("deadly")
class Deadly:
    def __init__(self, nlp, name):
        if os.environ.get("DEADLY") == "load" and __name__ != "__main__":
            os._exit(5)

    def __call__(self, doc):
        for word, die in DEATHS.items():
            if word in doc.text and os.environ.get("DEADLY"):
                die()
        return doc

    def pipe(self, docs, batch_size):
        docs = list(docs)
        if len(docs) > 1 and os.environ.get("DEADLY") == "batch":
            os._exit(6)
        yield from map(self, docs)


from spacy_affect.cli import main

if __name__ == "__main__":
    main(sys.argv[1:])
"""
CONFIG = """
[nlp]
lang = "en"
pipeline = ["affect_polarity", "deadly"]
[components]
[components.affect_polarity]
factory = "affect_polarity"
[components.deadly]
factory = "deadly"
"""
FATAL = {
    5: ("killed", "exit code -9, SIGKILL"),
    6: ("exit 3", "exit code 3"),
    999: ("exit 0", "exit code 0"),
    1700: ("segfault", "exit code -11, SIGSEGV"),
}


pytestmark = pytest.mark.skipif(os.name == "nt", reason="exit codes of signals are POSIX")


def annotate(folder, texts, *options, deadly=""):
    """Annotate texts into out.jsonl. RETURNS: exit code, stdout, stderr."""
    (folder / "script.py").write_text(SCRIPT)
    (folder / "deadly.cfg").write_text(CONFIG)
    rows = [json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts)]
    (folder / "in.jsonl").write_text("".join(rows))
    command = [sys.executable, "script.py", "annotate", "in.jsonl", "-o", "out.jsonl", *options]
    command += ["--pipeline", "deadly.cfg", "--id-field", "id"]
    environment = {**os.environ, "DEADLY": deadly}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def texts():
    every = [f"I love number {i}." for i in range(2100)]
    for i, (word, _) in FATAL.items():
        every[i] = f"This one is bad: {word}."
    return every


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory, texts):
    """The lines of a run on the same texts that nothing kills."""
    folder = tmp_path_factory.mktemp("unharmed")
    assert annotate(folder, texts)[0] == 0
    return (folder / "out.jsonl").read_bytes().splitlines()


def check(output, unharmed):
    """All rows but the fatal ones are byte for byte those of a run that nothing killed."""
    found = output.read_bytes().splitlines()
    assert len(found) == len(unharmed)
    assert {i for i, line in enumerate(found) if line != unharmed[i]} == FATAL.keys()
    for i, (_, how) in FATAL.items():
        row, wanted = json.loads(found[i]), json.loads(unharmed[i])
        assert row["affect_error"] == f"AF061: the process that scored this row died ({how})"
        assert row == {**wanted, "affect": None, "affect_error": row["affect_error"]}


def test_fatal_rows_are_marked_in_worker_processes(tmp_path, texts, unharmed):
    code, out, err = annotate(tmp_path, texts, "--n-process", "2", deadly="yes")
    assert (code, err) == (0, "")
    assert "2,100 rows, 4 with an error; 2,100 in" in out
    assert "4 times like: AF061" in out
    check(tmp_path / "out.jsonl", unharmed)


def test_one_process_dies_and_the_next_run_marks_the_row(tmp_path, texts, unharmed):
    # each shard with fatal rows ends one run
    codes = [annotate(tmp_path, texts, deadly="yes")[0] for _ in range(3)]
    assert codes == [-signal.SIGKILL, -signal.SIGSEGV, 0]
    check(tmp_path / "out.jsonl", unharmed)
    left = {path.name for path in (tmp_path / "out.jsonl.affect").iterdir()}
    assert left == {"manifest.json", "lock"}


def test_what_kills_whole_batches_only_loses_no_row(tmp_path, texts, unharmed):
    code, out, _ = annotate(tmp_path, texts[:5], "--n-process", "2", deadly="batch")
    assert (code, "5 rows, 0 with an error" in out) == (0, True)
    assert (tmp_path / "out.jsonl").read_bytes().splitlines() == unharmed[:5]


@pytest.mark.parametrize(("deadly", "how"), [("load", "exit code 5"), ("yes", "exit code 3")])
def test_a_pipeline_that_always_dies_stops_the_run(tmp_path, deadly, how):
    texts = ["fine"] + ["exit 3"] * 10
    code, out, err = annotate(tmp_path, texts, "--n-process", "2", deadly=deadly)
    assert (code, out) == (1, "")
    assert err.startswith("Error: AF041")
    assert how in err
    assert err.count("\n") == 1
    assert annotate(tmp_path, texts)[0] == 0  # once it is mended, the same command goes on
