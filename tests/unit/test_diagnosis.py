"""`spacy-affect doctor`, on installations that are broken on purpose.

Fake distributions are folders on PYTHONPATH of a fresh process, so that nothing leaks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
from spacy import util

from spacy_affect import diagnosis, errors
from spacy_affect.cli import doctor
from spacy_affect.diagnosis import Finding
from spacy_affect.diagnosis.pipelines import check_pipeline
from spacy_affect.models.backbones import embedded
from spacy_affect.registry import REGISTRIES

DOCTOR = "from spacy_affect.cli.doctor import command; command()"


def fake(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    requires: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
    points: str = "",
    modules: dict[str, str] | None = None,
) -> None:
    """Write a distribution that importlib.metadata finds once the folder is on sys.path."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {line}" for line in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf8")
    if points:
        (info / "entry_points.txt").write_text(points, encoding="utf8")
    for module, source in (modules or {}).items():
        (folder / f"{module}.py").write_text(source, encoding="utf8")


def run(folder: Path, *arguments: str, code: str = DOCTOR) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=folder,  # not the checkout: its own metadata would come first
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def report(folder: Path, *arguments: str) -> dict[str, Any]:
    done = run(folder, "--json", *arguments)
    assert not done.stderr, done.stderr
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["healthy"] else 1)
    return found


def problems(found: dict[str, Any], section: str) -> list[dict[str, str]]:
    return [
        item
        for item in found["findings"]
        if item["status"] == "problem" and item["section"] == section
    ]


def test_a_broken_factory_is_named_with_distribution_and_reason(tmp_path):
    points = "[spacy_factories]\nbroken_pipe = broken_pipe_module:make\n"
    source = "from somewhere_that_does_not_exist import thing\n"
    fake(tmp_path, "broken-pipe", points=points, modules={"broken_pipe_module": source})
    # what the user sees without us: no pipeline at all, and a traceback
    blank = run(tmp_path, code="import spacy; spacy.blank('en')")
    assert blank.returncode == 1
    assert "somewhere_that_does_not_exist" in blank.stderr
    done = run(tmp_path)
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if "broken_pipe" in line)
    assert "PROBLEM" in line
    assert "spacy_factories" in line
    assert "broken_pipe of broken-pipe 1.0 does not load: ModuleNotFoundError" in line
    assert "pip uninstall broken-pipe" in done.stdout


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise RuntimeError('first line\\nsecond line')", "RuntimeError: first line"),
        ("print('noise that would break JSON')\n1 / 0", "ZeroDivisionError: division by zero"),
        ("pass", "AttributeError: module 'odd_module' has no attribute 'make'"),
    ],
)
def test_however_an_entry_point_fails_the_report_is_one_line_of_it(tmp_path, source, wanted):
    points = "[thinc_layers]\nodd = odd_module:make\n"
    fake(tmp_path, "odd-layers", points=points, modules={"odd_module": source})
    (found,) = (
        item for item in problems(report(tmp_path), "entry points") if "odd" in item["text"]
    )
    assert found["subject"] == "thinc_layers"
    assert found["text"] == f"odd of odd-layers 1.0 does not load: {wanted}"


def test_a_clash_names_both_versions_and_the_command(tmp_path):
    fake(tmp_path, "needs-old-spacy", requires=("spacy<3.0", "not a requirement !"))
    fake(tmp_path, "unrelated", requires=("numpy<1",))
    found = problems(report(tmp_path), "requirements")
    (clash,) = (item for item in found if item["subject"] == "needs-old-spacy 1.0")
    assert clash["text"].startswith("needs spacy<3.0, but 3.8")
    assert clash["remedy"] == 'pip install "spacy<3.0"'
    assert not [item for item in found if "unrelated" in item["subject"]]


def test_what_a_neighbour_of_spacy_lacks_is_named(tmp_path):
    fake(tmp_path, "half-installed", requires=("thinc", "surely-not-installed>=2; extra == 'x'"))
    fake(tmp_path, "quarter-installed", requires=("thinc", "surely-not-installed>=2"))
    found = problems(report(tmp_path), "requirements")
    (lack,) = (item for item in found if "installed" in item["subject"])
    assert lack["subject"] == "quarter-installed 1.0"
    assert lack["text"] == "needs surely-not-installed>=2, but it is not installed"


@pytest.mark.parametrize(("version", "trapped"), [("4.49.0", False), ("5.0.0", True)])
def test_spacy_transformers_beside_transformers_5_comes_with_its_remedy(tmp_path, version, trapped):
    fake(tmp_path, "spacy-transformers", "1.4.0", requires=("spacy>=3.5", "transformers>=3.4"))
    fake(tmp_path, "transformers", version)
    found = problems(report(tmp_path), "requirements")
    trap = [item for item in found if "spaCy/issues/13915" in item["text"]]
    assert len(trap) == trapped
    if trapped:
        assert trap[0]["subject"] == "spacy-transformers 1.4.0"
        assert "transformers 5.0.0 is installed" in trap[0]["text"]
        assert 'pip install "transformers<4.53.3"' in trap[0]["remedy"]


# A distribution of our own name, found first: it decides what the extras are.
OWN = {
    "requires": (
        "spacy>=3.8",
        "surely-not-installed; extra == 'gone'",
        "numpy<1; extra == 'unfit'",
        "numpy>=1; extra == 'whole'",
        "spacy-affect[whole,gone]; extra == 'all'",
    ),
    "extras": ("gone", "unfit", "whole", "all"),
}


def test_extras_are_complete_missing_or_unfit(tmp_path):
    fake(tmp_path, "spacy-affect", "9.9", **OWN)
    extras = {
        item["subject"]: item
        for item in report(tmp_path)["findings"]
        if item["section"] == "extras"
    }
    assert extras["gone"]["status"] == "note"
    assert extras["gone"]["text"] == "missing surely-not-installed"
    assert extras["gone"]["remedy"] == 'pip install "spacy-affect[gone]"'
    assert extras["unfit"]["status"] == "problem"
    assert extras["unfit"]["text"].startswith("versions that do not fit: numpy (")
    assert (extras["whole"]["status"], extras["whole"]["text"]) == ("ok", "complete: numpy")
    assert extras["all"]["text"] == "missing surely-not-installed"


def test_extras_for_work_on_the_package_are_not_listed():
    found = {item.subject for item in diagnosis.check_extras()}
    assert {"classic", "parquet"} <= found
    assert found.isdisjoint({"dev", "test"})


def test_a_component_without_its_library_is_named_with_the_command(monkeypatch):
    real = errors.util.find_spec
    monkeypatch.setattr(
        errors.util, "find_spec", lambda name: None if name == "textblob" else real(name)
    )
    read = util.load_config

    def by_textblob(path):
        config = read(path)
        if path.stem == "affect_subjectivity":
            config["component"]["model"] = {"@architectures": "spacy_affect.TextBlob.v1"}
        return config

    monkeypatch.setattr(util, "load_config", by_textblob)
    found = {item.subject: item for item in diagnosis.check_components()}
    named = ["ambivalence", "emotion", "polarity", "subjectivity", "support", "support_next", "vad"]
    assert [*found] == [f"affect_{task}" for task in named]
    assert found["affect_ambivalence"].status == "ok"
    assert found["affect_polarity"].text == "uses the weights general"
    lacking = found["affect_subjectivity"]
    assert (lacking.status, lacking.text) == ("note", "cannot run: textblob is not installed")
    assert lacking.remedy == 'pip install "spacy-affect[classic]"'


def test_a_component_without_its_weights_is_named_with_the_command(monkeypatch):
    ours = {
        k: path
        for k, path in REGISTRIES["weights"].get_all().items()
        if path.parent == embedded.OWN
    }
    monkeypatch.setattr(REGISTRIES["weights"], "get_all", lambda: ours)
    found = {item.subject: item for item in diagnosis.check_components()}
    for task in ("support", "support_next"):
        lacking = found[f"affect_{task}"]
        assert (lacking.status, lacking.text) == ("note", "cannot run: no weights for it")
        assert lacking.remedy == (
            "pip install plugins/en-affect-support (in a clone of spacy-affect; for research only)"
        )
    assert doctor.verdict([lacking]).endswith(
        f"affect_support_next cannot run yet: {lacking.remedy}"
    )
    ready = [found[f"affect_{task}"] for task in ("polarity", "emotion", "vad")]
    assert [item.status for item in ready] == ["ok"] * 3


def test_the_closing_line():
    command = 'pip install "spacy-affect[classic]"'
    idle = [Finding("components", name, "note", "cannot run", command) for name in ("a", "b")]
    other = Finding("extras", "onnx", "note", "missing x", "pip install x")
    fault = Finding("plugins", "c", "problem", "left out")
    assert doctor.verdict([other]) == "No problems found"
    assert (
        doctor.verdict([other, *idle])
        == f"No problems found, but a and b cannot run yet: {command}"
    )
    assert doctor.verdict([fault]) == "1 problem(s) found"
    assert (
        doctor.verdict([idle[0], fault]) == f"1 problem(s) found, and a cannot run yet: {command}"
    )


def test_a_missing_extra_alone_is_healthy():
    found = [Finding("extras", "gone", "note", "missing x", "pip install x")]
    printed = list(doctor.lines(found))
    assert printed[0] == "Extras"
    assert "PROBLEM" not in printed[1]


def test_a_broken_plugin_is_reported_without_a_warning(tmp_path):
    points = "[spacy_affect]\nbad = bad_plugin\n"
    fake(tmp_path, "bad-affect", points=points, modules={"bad_plugin": "raise OSError('no disk')"})
    (found,) = (
        p for p in problems(report(tmp_path), "plugins") if p["subject"] == "bad-affect 1.0"
    )
    assert found["text"] == "left out: OSError: no disk"


WEIGHTS = """
from pathlib import Path
from spacy_affect.api import hookimpl

@hookimpl
def affect_register_weights(register):
    for name in ("whole", "cut", "unread"):
        register(name, Path(__file__).parent / name)
"""


def test_broken_weights_are_named_with_the_file(tmp_path):
    points = "[spacy_affect]\nsome_weights = some_weights\n"
    fake(tmp_path, "some-weights", points=points, modules={"some_weights": WEIGHTS})
    for name in ("whole", "cut", "unread"):
        (tmp_path / name).mkdir()
        meta = '{"name": 1}' if name == "unread" else '{"name": "x", "tasks": {"vad": {}}}'
        (tmp_path / name / "meta.json").write_text(meta)
        numpy.save(tmp_path / name / "vad.npy", numpy.zeros(100))
    cut = tmp_path / "cut" / "vad.npy"
    cut.write_bytes(cut.read_bytes()[:300])
    found = {f["subject"]: f for f in report(tmp_path)["findings"] if f["section"] == "weights"}
    assert (found["whole"]["status"], found["whole"]["text"]) == ("ok", "for vad")
    assert found["cut"]["status"] == found["unread"]["status"] == "problem"
    assert found["cut"]["text"].startswith(f"{cut}: ValueError: ")
    assert found["cut"]["remedy"] == "upgrade or uninstall it: pip uninstall some-weights"
    assert found["unread"]["text"].startswith("AF151: ")


def config(tmp_path: Path, lang: str, *pipes: tuple[str, str]) -> str:
    names = ", ".join(f'"{name}"' for name, _ in pipes)
    text = f'[nlp]\nlang = "{lang}"\npipeline = [{names}]\n\n[components]\n'
    for name, block in pipes:
        text += f"\n[components.{name}]\n{block}\n"
    path = tmp_path / "config.cfg"
    path.write_text(text, encoding="utf8")
    return str(path)


def of_pipeline(pipeline: str) -> list[tuple[str, str]]:
    return [(item.status, item.text) for item in check_pipeline(pipeline)]


AFFECT = 'factory = "affect_polarity"'
SENTS = f'{AFFECT}\nunit = "sents"'
SENTENCIZER = ("sentencizer", 'factory = "sentencizer"')
MERGE = ("merge", 'factory = "merge_entities"')


def test_a_pipeline_in_good_order_is_ok(tmp_path):
    path = config(tmp_path, "en", MERGE, SENTENCIZER, ("feeling", SENTS))
    assert of_pipeline(path) == [("ok", "unit sents")]
    assert of_pipeline(str(tmp_path)) == [("ok", "unit sents")]


def test_missing_or_late_sentence_boundaries_are_found(tmp_path):
    for pipes in ([("feeling", SENTS)], [("feeling", SENTS), SENTENCIZER]):
        ((status, text),) = of_pipeline(config(tmp_path, "en", *pipes))
        assert status == "problem"
        assert "no component before it sets sentence boundaries" in text


def test_a_retokenising_pipe_after_stored_spans_is_found(tmp_path):
    path = config(tmp_path, "en", SENTENCIZER, ("feeling", SENTS), MERGE)
    ((status, text),) = of_pipeline(path)
    assert (status, text) == (
        "problem",
        "writes spans that merge, which comes after it, makes stale",
    )
    # the value of a whole Doc survives it, so there is nothing to say
    assert of_pipeline(config(tmp_path, "en", ("feeling", AFFECT), MERGE)) == [("ok", "unit doc")]


def test_ambivalence_writes_cue_spans_with_any_unit(tmp_path):
    wavers = ("wavers", 'factory = "affect_ambivalence"')
    assert of_pipeline(config(tmp_path, "en", wavers, MERGE))[0][0] == "problem"


@pytest.mark.parametrize(
    ("attrs", "status"),
    [("tensor = null", "ok"), ("_.feeling = null", "problem"), ("user_data = {}", "problem")],
)
def test_a_cleaner_that_clears_our_values_is_found(tmp_path, attrs, status):
    cleaner = ("tidy", f'factory = "doc_cleaner"\n\n[components.tidy.attrs]\n{attrs}')
    assert of_pipeline(config(tmp_path, "en", ("feeling", AFFECT), cleaner))[0][0] == status


@pytest.mark.parametrize(("lang", "status"), [("en", "ok"), ("de", "problem")])
def test_a_backbone_for_another_language_is_found(tmp_path, lang, status):
    pytest.importorskip("vaderSentiment")
    model = '[components.feeling.model]\n@architectures = "spacy_affect.Vader.v1"'
    found = of_pipeline(config(tmp_path, lang, ("feeling", f"{AFFECT}\n\n{model}")))
    assert found[0][0] == status
    if status == "problem":
        assert "made for en; the pipeline's language is de" in found[0][1]


def test_a_model_that_cannot_be_made_is_found(tmp_path):
    model = '[components.feeling.model]\n@architectures = "spacy_affect.NoSuch.v1"'
    ((status, text),) = of_pipeline(config(tmp_path, "en", ("feeling", f"{AFFECT}\n\n{model}")))
    assert status == "problem"
    assert text.startswith("its model cannot be made: ")


def test_other_pipelines_and_none(tmp_path):
    assert of_pipeline(config(tmp_path, "en", SENTENCIZER)) == [("note", "has no affect component")]
    assert of_pipeline("no_such_pipeline_anywhere")[0][0] == "problem"


def test_a_check_that_fails_is_itself_a_problem(monkeypatch):
    def fail() -> list[Finding]:
        raise ValueError("boom")

    monkeypatch.setattr(diagnosis, "check_extras", fail)
    found = [item for item in diagnosis.diagnose() if item.section == "extras"]
    assert found == [Finding("extras", "extras", "problem", "check failed: ValueError: boom")]


def test_lines_are_grouped_and_aligned():
    found = [
        Finding("versions", "python", "ok", "3.12"),
        Finding("versions", "spacy-affect", "problem", "is odd", "mend it"),
        Finding("extras", "onnx", "note", "missing onnxruntime"),
    ]
    assert list(doctor.lines(found)) == [
        "Versions",
        "  ok       python        3.12",
        "  PROBLEM  spacy-affect  is odd",
        "                         -> mend it",
        "\nExtras",
        "  -        onnx  missing onnxruntime",
    ]
