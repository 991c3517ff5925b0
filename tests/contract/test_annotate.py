"""`spacy-affect annotate`: every row comes back once, in order, whatever is wrong with it."""

import csv
import io
import json
import random
import subprocess
import sys
from contextlib import redirect_stdout

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_affect.cli import main
from spacy_affect.labels import EKMAN
from spacy_affect.runner.pipelines import PipelineSpec, affect_pipes, build

pytest.importorskip("vaderSentiment")
SHARD = 1000


@pytest.fixture
def run(capsysbinary, tmp_path, monkeypatch):
    """Run the command in tmp_path. RETURNS: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main(["annotate", *map(str, args)])
        out, err = capsysbinary.readouterr()
        return stop.value.code, out.decode(), err.decode()

    return call


def jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_row_comes_back_with_its_records(run, tmp_path):
    jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "I love it."}, {"id": 2, "text": ""}])
    code, out, _ = run("in.jsonl", "-o", "out.jsonl", "--tasks", "polarity")
    assert code == 0
    assert "2 rows, 0 with an error" in out
    assert "out.jsonl" in out
    first, blank = read(tmp_path / "out.jsonl")
    doc = make_doc("I love it.")
    assert (first["id"], first["text"], first["affect_error"]) == (1, "I love it.", None)
    assert first["affect"]["polarity"]["value"] == doc._.affect_polarity
    assert first["affect"]["polarity"]["label"] == "positive"
    assert first["affect"]["polarity"]["source"] == doc._.affect.polarity.source
    assert blank["affect"]["polarity"]["value"] is None
    assert blank["affect_error"] is None


def make_doc(text):
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    return nlp(text)


def test_several_fields_and_the_preset(run, tmp_path):
    pytest.importorskip("textblob")
    with (tmp_path / "videos.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["url", "title", "description"])
        table.writerow(["u1", "I love this!", "A terrible, terrible day."])
        table.writerow(["u2", "The train leaves at nine.", ""])
    fields = ("--text-field", "title", "--text-field", "description")
    code, out, _ = run("videos.csv", *fields, "--preset", "video-survey")
    assert code == 0
    assert "highly_opinionated" in out
    with (tmp_path / "videos.affect.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["url"] for row in rows] == ["u1", "u2"]
    assert rows[0]["title_affect_polarity_label"] == "positive"
    assert rows[0]["description_affect_polarity_label"] == "negative"
    assert rows[0]["description_affect_subjectivity_label"] == "highly_opinionated"
    assert rows[1]["title_affect_subjectivity_label"] == "least_opinionated"
    assert rows[0]["title_affect_emotion_label"] == "joy"
    assert rows[1]["title_affect_emotion_label"] in (*EKMAN.labels, EKMAN.absent)
    assert rows[1]["description_affect_ambivalence"] == ""
    assert list(rows[0])[-1] == "affect_error"


def test_the_preset_scores_as_the_survey_did():
    pytest.importorskip("textblob")
    nlp = build(PipelineSpec(preset="video-survey"))
    sources = {pipe.key: pipe.model.attrs["source"] for _, pipe in affect_pipes(nlp)}
    assert sources["affect_polarity"].startswith("spacy_affect.Vader.v1")
    assert sources["affect_subjectivity"].startswith("spacy_affect.TextBlob.v1")
    assert sources["affect_emotion"].startswith("spacy_affect.Embedded.v1")
    assert nlp.get_pipe("affect_emotion").task.scheme is EKMAN
    assert "affect_ambivalence" in sources


BAD = {
    "null": ('{"id": 1, "text": null}', "AF053"),
    "number": ('{"id": 1, "text": 3}', "AF053"),
    "list": ('{"id": 1, "text": ["a"]}', "AF053"),
    "missing": ('{"id": 1}', "AF052"),
    "malformed": ('{"id": 1, "text": "a"', "AF050"),
    "no object": ("17", "AF050"),
    "surrogate": ('{"id": 1, "text": "a \\ud800"}', "AF055"),
    "too long": ('{"id": 1, "text": "' + "a " * 600_000 + '"}', "AF054"),
    "no id": ('{"text": "fine"}', "AF056"),
    "latin-1": ('{"id": 1, "text": "caf\udce9"}', "AF051"),
}


@pytest.mark.parametrize("n_process", [1, 2])
def test_bad_rows_are_marked_and_the_rest_is_scored(run, tmp_path, n_process):
    lines = []
    for line, _ in BAD.values():
        lines += ['{"id": 0, "text": "I love it."}', line]
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    (tmp_path / "in.jsonl").write_bytes(content)
    options = ("--tasks", "polarity", "--id-field", "id", "--n-process", n_process)
    code, out, _ = run("in.jsonl", "-o", "out.jsonl", *options)
    rows = read(tmp_path / "out.jsonl")
    assert code == 0
    assert f"{len(BAD)} with an error" in out
    assert len(rows) == len(lines)
    assert all(row["affect"]["polarity"]["value"] > 0 for row in rows[::2])
    found = {name: row["affect_error"] for name, row in zip(BAD, rows[1::2], strict=True)}
    assert {name: error[:5] for name, error in found.items()} == {n: c for n, (_, c) in BAD.items()}
    assert rows[1::2][list(BAD).index("no id")]["affect"]["polarity"]["value"] is not None
    assert run("in.jsonl", "-o", "o2.jsonl", *options, "--strict", "--quiet") == (3, "", "")


def test_a_component_that_raises_costs_its_row_only(run, tmp_path):
    jsonl(tmp_path / "in.jsonl", [{"text": "a. b."}, {"text": "c"}, {"text": "d. e."}])
    # the unit needs boundaries, which this pipeline does not set: texts of one token have them
    config = spacy.blank("en")
    config.add_pipe("affect_polarity", config={"unit": "sents"})
    config.to_disk(tmp_path / "pipeline")
    code, _, _ = run("in.jsonl", "-o", "out.jsonl", "--pipeline", "pipeline", "--limit", "3")
    assert code == 0
    errors = [row["affect_error"] for row in read(tmp_path / "out.jsonl")]
    assert errors[1] is None
    assert all(errors[i].startswith("AF006: ") for i in (0, 2))


def test_units_and_turns(run, tmp_path):
    dialog = [{"speaker": "sys", "text": "I hate it."}, {"speaker": "usr", "text": "I love it!"}]
    jsonl(tmp_path / "in.jsonl", [{"text": "I love it. I hate it.", "dialog": dialog}])
    run("in.jsonl", "-o", "s.jsonl", "--tasks", "polarity", "--unit", "sents")
    units = read(tmp_path / "s.jsonl")[0]["affect"]["polarity"]["units"]
    assert [(u["start"], u["end"], u["label"]) for u in units] == [
        (0, 10, "positive"),
        (11, 21, "negative"),
    ]
    run("in.jsonl", "-o", "t.jsonl", "--tasks", "polarity", "--turns-field", "dialog")
    units = read(tmp_path / "t.jsonl")[0]["affect"]["polarity"]["units"]
    assert [(u["speaker"], u["label"]) for u in units] == [("sys", "negative"), ("usr", "positive")]
    bad = [{"dialog": "text"}, {"dialog": [{"speaker": "a"}]}, {"dialog": [3]}, {"dialog": []}]
    jsonl(tmp_path / "bad.jsonl", [{"dialog": dialog}, *bad])
    run("bad.jsonl", "-o", "b.jsonl", "--tasks", "polarity", "--turns-field", "dialog")
    errors = [row["affect_error"] for row in read(tmp_path / "b.jsonl")]
    assert [error and error[:5] for error in errors] == [None, *["AF057"] * 3, "AF112"]
    assert "turn 1" in errors[2]
    assert "there is no turn" in errors[4]


def test_every_format_goes_in_and_out(run, tmp_path):
    pytest.importorskip("pyarrow")
    jsonl(tmp_path / "0.jsonl", [{"text": f"I love number {i}."} for i in range(7)])
    wanted = None
    forms = ["jsonl", "json", "csv", "tsv", "parquet", "spacy", "txt", "csv.gz", "jsonl.gz"]
    for number, form in enumerate(forms):
        if form == "txt":
            (tmp_path / "in.txt").write_text("".join(f"I love number {i}.\n" for i in range(7)))
        else:
            code, _, err = run("0.jsonl", "-o", f"in.{form}", "--tasks", "polarity", "--restart")
            assert code == 0, err
        code, _, err = run(f"in.{form}", "-o", f"out{number}.jsonl", "--tasks", "polarity")
        assert code == 0, err
        rows = read(tmp_path / f"out{number}.jsonl")
        found = [(row["text"], row["affect"]["polarity"]["value"]) for row in rows]
        wanted = wanted or found
        assert found == wanted
        assert len(found) == 7


def test_spacy_output_holds_docs_with_values_and_rows(run, tmp_path):
    jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "I love it."}, {"id": 2, "text": None}])
    run("in.jsonl", "-o", "out.spacy", "--tasks", "polarity")
    nlp = spacy.blank("en")
    docs = list(DocBin().from_disk(tmp_path / "out.spacy").get_docs(nlp.vocab))
    assert docs[0]._.affect_polarity == make_doc("I love it.")._.affect_polarity
    assert docs[0].user_data["affect_row"]["id"] == 1
    assert docs[1].user_data["affect_error"].startswith("AF053")
    assert docs[1].user_data["affect_row"] == {"id": 2, "text": None}


def test_a_file_is_written_where_stdout_takes_no_bytes(tmp_path):
    rows = jsonl(tmp_path / "in.jsonl", [{"text": "I love it."}])
    with redirect_stdout(io.StringIO()) as told, pytest.raises(SystemExit) as stop:
        main(["annotate", str(rows), "-o", str(tmp_path / "out.jsonl")])
    assert (stop.value.code, len(read(tmp_path / "out.jsonl"))) == (0, 1)
    assert "1 row" in told.getvalue()


def test_pipe_from_stdin_to_stdout(tmp_path):
    command = [sys.executable, "-m", "spacy_affect", "annotate", "-", "-o", "-", "--tasks"]
    lines = '{"text": "I love it."}\nbad\n'
    done = subprocess.run(
        [*command, "polarity"], input=lines, capture_output=True, text=True, cwd=tmp_path
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert rows[0]["affect"]["polarity"]["label"] == "positive"
    assert rows[1]["affect_error"].startswith("AF050")
    assert "2 rows, 1 with an error" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nothing.csv", "-o", "o.csv"], "AF030"),
        (["in.csv", "-o", "o.xlsx"], "AF031"),
        (["in.csv", "-o", "o.csv", "--text-field", "titel"], "it has: id, text"),
        (["in.csv", "-o", "o.csv", "--id-field", "key"], "--id-field"),
        (["in.csv", "-o", "o.csv", "--tasks", "polarty"], 'Did you mean "polarity"?'),
        (["in.csv", "-o", "o.csv", "--preset", "video"], "AF018"),
        (["in.csv", "-o", "o.csv", "--pipeline", "no_such_pipeline"], "AF039"),
        (["in.csv", "-o", "in.csv"], "one of the inputs"),
        (["in.csv", "in.csv"], "-o FILE"),
        (["in.csv", "-o", "o.csv", "--n-process", "0"], "--n-process"),
        (["in.csv", "-o", "taken.csv"], "AF033"),
        (["in.csv", "-o", "o.txt"], "no room for values"),
        (["in.csv", "-o", "o.parquet.gz"], "AF030"),
        (["in.csv", "-o", "o.jsonl", "--unit", "turns"], "--turns-field"),
        (["in.csv", "-o", "o.jsonl", "--text-field", "id", "--text-field", "id"], "twice"),
        (["in.csv", "-o", "in.csv/o.csv"], "in.csv"),
        (["in.csv", "-o", "o.csv", "--nonsense"], "--nonsense"),
        (["in.csv", "-o", "o.csv", "--turns-field", "text", "--text-field", "id"], "--turns-field"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_1(run, tmp_path, args, said):
    (tmp_path / "in.csv").write_text("id,text\n1,hello\n")
    (tmp_path / "taken.csv").write_text("somebody's")
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert said in err
    assert (tmp_path / "taken.csv").read_text() == "somebody's"


def test_finished_runs_and_changed_ones(run, tmp_path):
    rows = [{"id": i % 3, "text": "I love it."} for i in range(5)]
    jsonl(tmp_path / "in.jsonl", rows)
    command = ("in.jsonl", "-o", "out.jsonl", "--tasks", "polarity", "--id-field", "id")
    code, out, _ = run(*command)
    assert (code, "2 with an id seen before" in out) == (0, True)
    before = (tmp_path / "out.jsonl").read_bytes()
    for extra in ((), ("--n-process", "2"), ("--batch-size", "1")):
        code, out, _ = run(*command, *extra)
        assert (code, "already done: out.jsonl" in out) == (0, True)
    jsonl(tmp_path / "in.jsonl", [*rows, {"id": 9, "text": "new"}])
    code, _, err = run(*command)
    assert (code, "AF034" in err, "the input" in err) == (1, True, True)
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert run(*command, "--restart", "--quiet") == (0, "", "")
    assert len(read(tmp_path / "out.jsonl")) == 6
    (tmp_path / "out.jsonl").unlink()
    assert run(*command, "--quiet") == (0, "", "")
    assert len(read(tmp_path / "out.jsonl")) == 6


KILLED = """
import sys
from contextlib import redirect_stdout
from spacy_affect.runner import state
saved = 0
save = state.State.save
def die_later(self, *args):
    global saved
    save(self, *args)
    saved += 1
    if saved == {after}:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
state.State.save = die_later
from spacy_affect.cli import main
from spacy_affect.labels import EKMAN
from spacy_affect.runner.pipelines import PipelineSpec, affect_pipes, build
if __name__ == "__main__":
    main(sys.argv[1:])
"""


@pytest.mark.parametrize("n_process", [1, 2])
def test_a_killed_run_goes_on_and_gives_the_same_bytes(run, tmp_path, n_process):
    picked = random.Random(0)
    lines = []
    for i in range(5 * SHARD + 321):
        words = picked.choices(["love", "hate", "um", "but", "maybe", "train"], k=5)
        lines.append(json.dumps({"id": i, "text": " ".join(words)}))
    for i in picked.sample(range(len(lines)), 50):
        lines[i] = lines[i][:9]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    options = ("--tasks", "polarity", "--id-field", "id")
    run("in.jsonl", "-o", "whole.jsonl", *options)
    again = ("annotate", "in.jsonl", "-o", "out.jsonl", *options, "--n-process", str(n_process))
    for after in (1, 2):
        script = tmp_path / "killed.py"
        script.write_text(KILLED.format(after=after))
        done = subprocess.run([sys.executable, str(script), *again], capture_output=True)
        assert done.returncode == -9
        assert not (tmp_path / "out.jsonl").exists()
    code, out, _ = run(*again[1:])
    assert code == 0
    assert "50 with an error" in out
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    left = {path.name for path in (tmp_path / "out.jsonl.affect").iterdir()}
    assert left == {"manifest.json", "lock"}


def test_two_runs_do_not_write_one_output_at_once(run, tmp_path):
    pytest.importorskip("fcntl")
    from contextlib import closing

    from spacy_affect.runner.state import State

    jsonl(tmp_path / "in.jsonl", [{"text": "a"}])
    with closing(State(tmp_path / "out.jsonl")) as state:
        state.open({}, restart=False)
        code, _, err = run("in.jsonl", "-o", "out.jsonl", "--tasks", "polarity", "--restart")
    assert (code, "AF035" in err) == (1, True)


def test_the_default_output_lies_beside_the_input(run, tmp_path):
    (tmp_path / "my.data.v2.csv").write_text("text\nhello\n")
    (tmp_path / "lines.txt").write_text("I love it.\n")
    assert "written: my.data.v2.affect.csv" in run("my.data.v2.csv", "--tasks", "polarity")[1]
    assert "written: lines.affect.jsonl" in run("lines.txt", "--tasks", "polarity")[1]
    assert read(tmp_path / "lines.affect.jsonl")[0]["affect"]["polarity"]["value"] > 0


def test_an_output_among_the_inputs_is_no_input(run, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    jsonl(folder / "a.jsonl", [{"text": "I love it."}])
    command = ("folder", "-o", "folder/out.jsonl", "--tasks", "polarity")
    assert run(*command)[0] == 0
    assert "already done" in run(*command)[1]
    code, _, err = run("folder", "-o", "folder/a.jsonl", "--tasks", "polarity", "--restart")
    assert (code, "one of the inputs" in err) == (1, True)
    assert len(read(folder / "a.jsonl")) == 1


def test_a_changed_tokenizer_is_another_pipeline(run, tmp_path):
    jsonl(tmp_path / "in.jsonl", [{"text": "maybe I go"}])
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_ambivalence")
    nlp.to_disk(tmp_path / "pipeline")
    command = ("in.jsonl", "-o", "out.jsonl", "--pipeline", "pipeline")
    assert run(*command)[0] == 0
    nlp.tokenizer.add_special_case("maybe", [{"ORTH": "may"}, {"ORTH": "be"}])
    nlp.to_disk(tmp_path / "pipeline")
    code, _, err = run(*command)
    assert (code, "AF034" in err, "the pipeline" in err) == (1, True, True)


STRANGE = """
import sys
from contextlib import redirect_stdout
from spacy.language import Language
from spacy.tokens import Doc

@Language.component("strange")
def strange(doc):
    if "none" in doc.text:
        return None
    if "new" in doc.text:
        return Doc(doc.vocab, words=["new"])
    if "exit" in doc.text:
        sys.exit(7)
    return doc

from spacy_affect.cli import main
from spacy_affect.labels import EKMAN
from spacy_affect.runner.pipelines import PipelineSpec, affect_pipes, build
if __name__ == "__main__":
    main(sys.argv[1:])
"""


def test_components_that_misbehave_cost_their_rows_only(tmp_path):
    words = ["fine", "none", "good", "new", "great", "exit", "love"]
    jsonl(tmp_path / "in.jsonl", [{"text": word} for word in words])
    (tmp_path / "run.py").write_text(STRANGE)
    config = '[nlp]\nlang = "en"\npipeline = ["affect_polarity", "strange"]\n[components]\n'
    config += '[components.affect_polarity]\nfactory = "affect_polarity"\n'
    config += '[components.strange]\nfactory = "strange"\n'
    (tmp_path / "strange.cfg").write_text(config)
    command = [sys.executable, "run.py", "annotate", "in.jsonl", "-o", "out.jsonl"]
    done = subprocess.run(
        [*command, "--pipeline", "strange.cfg"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = read(tmp_path / "out.jsonl")
    assert [row["text"] for row in rows if row["affect_error"]] == ["none", "new", "exit"]
    assert all(row["affect"]["polarity"]["value"] > 0 for row in rows if not row["affect_error"])


def test_values_without_labels_are_summed_up_by_their_means(run, tmp_path):
    rows = [{"a": "I love it!", "b": ""}, {"a": "I hate it."}, {"a": "", "b": "The bus is late."}]
    jsonl(tmp_path / "in.jsonl", rows * (SHARD // 2))  # more than a shard
    fields = ("--text-field", "a", "--text-field", "b")
    code, out, _ = run("in.jsonl", "-o", "out.jsonl", *fields, "--tasks", "vad,polarity")
    assert code == 0
    vad = out.split("vad, mean")[1].split("\n\n")[0].splitlines()
    told = {line.split()[0]: line.split()[1:] for line in vad[1:]}
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_vad")
    love, hate, bus = (
        nlp(text)._.affect_vad for text in ("I love it!", "I hate it.", rows[2]["b"])
    )
    for name in ("valence", "arousal", "dominance"):
        wanted = [(love[name] + hate[name]) / 2, bus[name]]
        assert [float(number) for number in told[name]] == pytest.approx(wanted, abs=6e-4)
    assert " ".join(vad[-1].split()) == "(no value) 500 (33 %) 500 (50 %)"
    assert "(no label)" not in out
    assert "positive" in out
    again = run("in.jsonl", "-o", "out.jsonl", *fields, "--tasks", "vad,polarity")[1]
    assert "already done" in again
    assert "\n".join(vad) in again


def test_the_summary_says_why_rows_failed(run, tmp_path):
    jsonl(tmp_path / "in.jsonl", [{"text": None}, {"text": None}, {"text": "a"}, {"text": 3}])
    _, out, _ = run("in.jsonl", "-o", "out.jsonl", "--tasks", "polarity")
    assert "3 times like: AF053: the field 'text' holds null, not text" in out
