"""`spacy-affect annotate` on subtitles and conversations: who says what when, and how they feel."""

import csv
import gzip
import json

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_affect.api import Task
from spacy_affect.cli import main
from spacy_affect.dialogue import make_doc
from spacy_affect.timeline import doc_timeline

pytest.importorskip("vaderSentiment")

#: Two sentences of Ben's are in one cue; the second is ambivalent.
VTT = """WEBVTT

00:01.000 --> 00:04.000
<v Ann>I love the plan.

00:05.000 --> 00:09.000
<v Ben>Awful. I want to go, but um, maybe I'm not sure I can.
"""
SRT = """1
00:00:01,000 --> 00:00:02,500
ANN: I hate it.

2
00:00:03,000 --> 00:00:04,000
BEN: The table stands by the door.
"""
BACKWARDS = """WEBVTT

00:05.000 --> 00:06.000
I love it.

00:01.000 --> 00:02.000
I hate it.
"""
BOTH = ("--tasks", "polarity,ambivalence")
POLARITY = ("--tasks", "polarity")


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


@pytest.fixture
def annotate(run, tmp_path):
    """Run the command. RETURNS: The rows that it writes."""

    def call(*args):
        code, _, err = run(*args, "-o", "out.jsonl", "--restart")
        assert (code, err) == (0, "")
        return read(tmp_path / "out.jsonl")

    return call


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def jsonl(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def about(row, task="polarity"):
    """RETURNS (list[tuple]): Speaker, times and label of each unit."""
    names = ("speaker", "start_time", "end_time", "label")
    return [tuple(unit.get(name) for name in names) for unit in row["affect"][task]["units"]]


SPOKEN = [("Ann", 1.0, 4.0, "positive"), ("Ben", 5.0, 9.0, "negative")]


# Subtitles


def test_a_subtitle_file_is_a_row(annotate, tmp_path):
    (tmp_path / "talk.vtt").write_text(VTT)
    [row] = annotate("talk.vtt", *BOTH)
    assert (row["file"], row["affect_error"]) == ("talk.vtt", None)
    assert [turn["speaker"] for turn in row["turns"]] == ["Ann", "Ben"]
    assert row["turns"][0] == {
        "text": "I love the plan.",
        "speaker": "Ann",
        "start": 1.0,
        "end": 4.0,
    }
    assert about(row) == SPOKEN
    whole = "\n".join(turn["text"] for turn in row["turns"])
    for turn, unit in zip(row["turns"], row["affect"]["polarity"]["units"], strict=True):
        assert whole[unit["start"] : unit["end"]] == turn["text"]


def test_the_values_are_those_of_a_pipeline(annotate, tmp_path):
    (tmp_path / "talk.vtt").write_text(VTT)
    [row] = annotate("talk.vtt", *BOTH)
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_ambivalence", config={"unit": "turns"})
    doc = nlp(make_doc(nlp, row["turns"]))
    assert row["affect"]["ambivalence"]["value"] == doc._.affect_ambivalence
    assert [unit["value"] for unit in row["affect"]["ambivalence"]["units"]] == [
        turn._.affect_ambivalence for turn in doc.spans["turns"]
    ]
    [segment] = row["affect_timeline"]
    assert segment == doc_timeline(doc)[0].to_dict()
    assert (segment["start"], segment["end"]) == (5.0, 9.0)
    assert segment["score"] >= 0.5


def test_a_folder_of_subtitles(annotate, tmp_path):
    folder = tmp_path / "talks"
    folder.mkdir()
    (folder / "b.vtt").write_text(VTT)
    (folder / "a.srt").write_text(SRT)
    with gzip.open(folder / "c.vtt.gz", "wb") as file:
        file.write(VTT.encode())
    (folder / "d.vtt").write_bytes(VTT.encode("utf-16"))
    (folder / "notes.md").write_text("no subtitles")
    rows = annotate("talks", *POLARITY)
    assert [row["file"] for row in rows] == ["a.srt", "b.vtt", "c.vtt.gz", "d.vtt"]
    assert about(rows[0]) == [("ANN", 1.0, 2.5, "negative"), ("BEN", 3.0, 4.0, "neutral")]
    assert [about(row) for row in rows[1:]] == [SPOKEN] * 3
    assert "affect_timeline" not in rows[0]  # nobody asked for ambivalence


def test_a_broken_file_is_marked_and_the_run_goes_on(run, tmp_path):
    (tmp_path / "a.vtt").write_text("nothing of the sort\n")
    (tmp_path / "b.vtt").write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\ncaf\xe9\n")
    (tmp_path / "c.vtt").write_text(VTT)
    code, out, _ = run("a.vtt", "b.vtt", "c.vtt", "-o", "out.jsonl", *POLARITY)
    assert (code, "3 rows, 2 with an error" in out) == (0, True)
    first, second, third = read(tmp_path / "out.jsonl")
    assert (first["file"], first["_raw"], first["_line"]) == ("a.vtt", "nothing of the sort\n", 1)
    assert (second["file"], second["affect"]) == ("b.vtt", None)
    assert second["_raw"].endswith("caf\\xe9\n")
    assert first["affect_error"].startswith("AF111: a.vtt, line 1: ")
    assert second["affect_error"].startswith("AF111: b.vtt, line 4: ")
    assert (about(third), third["affect_error"]) == (SPOKEN, None)
    strict = ("-o", "again.jsonl", *POLARITY, "--strict", "--quiet")
    assert run("a.vtt", "b.vtt", "c.vtt", *strict) == (3, "", "")


def test_odd_times_mark_a_row_that_is_scored(annotate, tmp_path):
    (tmp_path / "back.vtt").write_text(BACKWARDS)
    [row] = annotate("back.vtt", *POLARITY)
    assert about(row) == [("", 5.0, 6.0, "positive"), ("", 1.0, 2.0, "negative")]
    assert row["affect_error"] == (
        "AF112: the conversation is scored, but line 6: the cue begins at 1 s, before the cue of "
        "line 3 began."
    )


def test_of_many_odd_things_the_first_are_told(annotate, tmp_path):
    turns = [{"text": "Hm.", "start": 20 - i, "end": 20 - i} for i in range(10)]
    jsonl(tmp_path / "in.jsonl", {"turns": turns})
    [row] = annotate("in.jsonl", "--turns-field", "turns", *POLARITY)
    assert row["affect_error"].count(" begins at ") == 5
    assert row["affect_error"].endswith("; and 4 more.")


def test_sentences_of_subtitles(annotate, tmp_path):
    """Within a turn, time goes by characters; a turn ends a sentence."""
    (tmp_path / "talk.vtt").write_text(VTT)
    [row] = annotate("talk.vtt", *BOTH, "--unit", "sents")
    units = row["affect"]["ambivalence"]["units"]
    text = "\n".join(turn["text"] for turn in row["turns"])
    assert [text[unit["start"] : unit["end"]].strip() for unit in units] == [
        "I love the plan.",
        "Awful.",
        "I want to go, but um, maybe I'm not sure I can.",
    ]
    assert [unit["turn"] for unit in units] == [0, 1, 1]
    assert [unit["start_time"] for unit in units[1:]] == [5.0, pytest.approx(5 + 4 * 7 / 54)]
    [segment] = row["affect_timeline"]
    # "Awful. " is 7 of the 54 characters that the 4 seconds from 5 to 9 are for
    assert len(row["turns"][1]["text"]) == 54
    assert segment["start"] == pytest.approx(5 + 4 * 7 / 54)
    assert segment["end"] == 9.0


def test_frames(annotate, tmp_path):
    (tmp_path / "talk.vtt").write_text(VTT)
    [row] = annotate("talk.vtt", *BOTH, "--frame-rate", "2")
    first, second = (unit["value"] for unit in row["affect"]["ambivalence"]["units"])
    assert row["affect_frames"]["rate"] == 2.0
    # 9 seconds of two frames each: from 1 to 4 the first turn, from 5 to 9 the second
    wanted = [0.0] * 2 + [first] * 6 + [0.0] * 2 + [second] * 8
    assert row["affect_frames"]["scores"] == wanted
    [row] = annotate("talk.vtt", *POLARITY, "--frame-rate", "2")
    assert "affect_frames" not in row


def test_too_many_frames_cost_their_row_only(annotate, tmp_path):
    ends = (2.0, 1e12, 3.0)
    rows = [{"turns": [{"text": "Maybe, um.", "start": 1.0, "end": end}]} for end in ends]
    jsonl(tmp_path / "in.jsonl", *rows)
    found = annotate("in.jsonl", "--turns-field", "turns", *BOTH, "--frame-rate", "25")
    assert [len(row.get("affect_frames", {}).get("scores", ())) for row in found] == [50, 0, 75]
    assert [row["affect"] is None for row in found] == [False] * 3
    assert found[1]["affect_error"].startswith("AF112: ")
    assert "affect_timeline" in found[1]


# JSON


WHISPER = {
    "text": "I love it. I hate it.",
    "segments": [
        {"id": 0, "start": 0.0, "end": 1.5, "text": " I love it.", "no_speech_prob": 0.1},
        {"id": 1, "start": 1.5, "end": 3.0, "text": " I hate it."},
    ],
    "language": "en",
}


def test_what_a_recogniser_of_speech_writes(annotate, tmp_path):
    (tmp_path / "talk.json").write_text(json.dumps(WHISPER, indent=2))
    [row] = annotate("talk.json", "--turns-field", "segments", *POLARITY)
    assert {key: row[key] for key in WHISPER} == WHISPER
    assert about(row) == [("", 0.0, 1.5, "positive"), ("", 1.5, 3.0, "negative")]
    assert row["affect_error"] is None


def test_an_object_with_something_after_it_is_no_file(run, tmp_path):
    (tmp_path / "talk.json").write_text(json.dumps(WHISPER) * 2)
    code, _, err = run("talk.json", "-o", "out.jsonl", "--turns-field", "segments")
    assert (code, "AF038" in err, "after its closing }" in err) == (1, True, True)


def test_turns_without_times_or_speakers(annotate, tmp_path):
    given = ["I love it.", {"role": "user", "content": "I hate it."}]
    jsonl(tmp_path / "in.jsonl", {"messages": given})
    [row] = annotate("in.jsonl", "--turns-field", "messages", *BOTH)
    assert [{*unit} for unit in row["affect"]["polarity"]["units"]] == [
        {"start", "end", "label", "value", "turn", "speaker"}
    ] * 2
    assert about(row) == [("", None, None, "positive"), ("user", None, None, "negative")]
    assert row["affect_timeline"] == []
    assert row["affect_error"].startswith("AF112: ")  # one has no speaker


def test_fields_of_the_same_names_are_kept(annotate, tmp_path):
    given = {"turns": [{"text": "I love it.", "start": 0, "end": 1}], "affect": 1}
    given |= {"affect_timeline": "mine", "affect_frames": 2, "_affect": 3, "affect_error": "old"}
    jsonl(tmp_path / "in.jsonl", given)
    [row] = annotate("in.jsonl", "--turns-field", "turns", *BOTH, "--frame-rate", "1")
    assert row["affect_timeline"] == []
    assert len(row["affect_frames"]["scores"]) == 1
    assert row["affect_error"] is None
    assert (row["_affect_timeline"], row["_affect_frames"]) == ("mine", 2)
    assert (row["__affect"], row["_affect"], row["_affect_error"]) == (1, 3, "old")


@pytest.mark.parametrize("name", ["affect_timeline", "affect_frames"])
def test_one_field_of_the_same_name_is_kept(annotate, tmp_path, name):
    jsonl(tmp_path / "in.jsonl", {"turns": [{"text": "Hm.", "start": 0, "end": 1}], name: "mine"})
    [row] = annotate("in.jsonl", "--turns-field", "turns", *BOTH, "--frame-rate", "1")
    assert row[f"_{name}"] == "mine"
    assert row[name] != "mine"


# Other outputs


def test_a_table_has_what_there_is_of_the_whole(run, tmp_path):
    (tmp_path / "a.vtt").write_text(VTT)
    (tmp_path / "b.vtt").write_text("broken")
    code, _, err = run("a.vtt", "b.vtt", "-o", "out.csv", *BOTH)
    assert (code, err) == (0, "")
    with (tmp_path / "out.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    certain = ("_low", "_high", "_abstain")  # of what is calibrated
    assert [name for name in first if not name.endswith(certain)] == [
        *("file", "turns", "_raw", "_line", "affect_polarity", "affect_polarity_label"),
        *("affect_ambivalence", "affect_ambivalence_label", "affect_ambivalence_ambivalent"),
        "affect_error",
    ]
    assert json.loads(first["turns"])[1]["speaker"] == "Ben"
    assert float(first["affect_ambivalence"]) >= 0.5
    assert (first["affect_ambivalence_ambivalent"], first["affect_error"]) == ("true", "")
    assert (second["file"], second["affect_polarity"], second["_raw"]) == ("b.vtt", "", "broken")
    assert second["affect_error"].startswith("AF111")


def test_parquet(run, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "a.vtt").write_text(VTT)
    (tmp_path / "b.srt").write_text(SRT)
    code, _, err = run("a.vtt", "b.srt", "-o", "out.parquet", *BOTH)
    assert (code, err) == (0, "")
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["file"] for row in rows] == ["a.vtt", "b.srt"]
    assert rows[0]["affect_ambivalence"] >= 0.5
    assert [row["affect_ambivalence_ambivalent"] for row in rows] == ["true", "false"]
    assert [len(json.loads(row["turns"])) for row in rows] == [2, 2]


def test_docs(run, tmp_path):
    (tmp_path / "a.vtt").write_text(VTT)
    run("a.vtt", "-o", "out.spacy", *POLARITY)
    [doc] = DocBin().from_disk(tmp_path / "out.spacy").get_docs(spacy.blank("en").vocab)
    turns = doc.spans["turns"]
    assert [(turn.label_, turn._.affect_polarity > 0) for turn in turns] == [
        ("Ann", True),
        ("Ben", False),
    ]
    assert list(turns.attrs["starts"]) == [1.0, 5.0]
    assert doc.user_data["affect_row"]["file"] == "a.vtt"


def test_a_detail_that_a_task_tells_has_a_column():
    from spacy_affect.runner.writers import affect_columns

    class Told(Task):
        name = "told"
        told = ("sure",)

    names = [column.name for column in affect_columns(("turns",), {"affect_told": Told()})]
    assert names == ["affect_told", "affect_told_label", "affect_told_sure"]


def test_by_default_json_lines_lie_beside_the_file(run, tmp_path):
    (tmp_path / "talk.vtt").write_text(VTT)
    assert "written: talk.affect.jsonl" in run("talk.vtt", *POLARITY)[1]
    assert about(read(tmp_path / "talk.affect.jsonl")[0]) == SPOKEN
    with gzip.open(tmp_path / "zip.srt.gz", "wb") as file:
        file.write(SRT.encode())
    assert "written: zip.affect.jsonl.gz" in run("zip.srt.gz", *POLARITY)[1]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["a.vtt", "-o", "o.vtt"], "a .vtt output has no room for values"),
        (["a.vtt", "-o", "o.srt"], "a .srt output has no room for values"),
        (["a.vtt", "-o", "o.jsonl", "--frame-rate", "0"], "--frame-rate"),
        (["in.jsonl", "-o", "o.jsonl", "--frame-rate", "5"], "--frame-rate needs conversations"),
        (["a.vtt", "-o", "o.jsonl", "--turns-field", "dialog"], "it has: file, turns"),
        (["a.vtt", "-o", "o.jsonl", "--text-field", "words"], "it has: file, turns"),
        (
            ["in.jsonl", "-o", "o.jsonl", "--turns-field", "text", "--unit", "doc"],
            "--turns-field goes with neither",
        ),
    ],
)
def test_wrong_usage(run, tmp_path, args, said):
    (tmp_path / "a.vtt").write_text(VTT)
    jsonl(tmp_path / "in.jsonl", {"text": "a"})
    code, out, err = run(*args)
    assert (code, out) == (1, "")
    assert (err.startswith("Error: "), err.count("\n"), said in err) == (True, 1, True), err


# Going on


def test_a_finished_run_is_not_done_with_other_settings(run, tmp_path):
    (tmp_path / "a.vtt").write_text(VTT)
    command = ("a.vtt", "-o", "out.jsonl", *BOTH)
    assert run(*command)[0] == 0
    assert "already done: out.jsonl" in run(*command)[1]
    before = (tmp_path / "out.jsonl").read_bytes()
    for extra, changed in ((("--frame-rate", "5"), "--frame-rate"), (("--unit", "sents"), "")):
        code, _, err = run(*command, *extra)
        assert (code, "AF034" in err, changed in err) == (1, True, True)
    (tmp_path / "a.vtt").write_text(VTT.replace("love", "like"))
    code, _, err = run(*command)
    assert (code, "AF034" in err, "the input" in err) == (1, True, True)
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_processes_change_nothing(run, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.vtt").write_text([VTT, "broken", BACKWARDS][number])
    files = ("0.vtt", "1.vtt", "2.vtt")
    for n_process in (1, 2):
        run(
            *files, "-o", f"{n_process}.jsonl", *BOTH, "--frame-rate", "5", "--n-process", n_process
        )
    one, two = ((tmp_path / f"{n}.jsonl").read_bytes() for n in (1, 2))
    assert one == two
    assert one.count(b"\n") == 3


def test_times_of_stored_docs_that_are_none_cost_their_row_only(run, tmp_path):
    nlp = spacy.blank("en")
    docs = [make_doc(nlp, [{"text": "Maybe, um.", "start": 1.0, "end": 2.0}]) for _ in range(3)]
    docs[1].spans["turns"].attrs["ends"] = [0.5]
    DocBin(docs=docs).to_disk(tmp_path / "in.spacy")
    run("in.spacy", "-o", "out.jsonl", "--turns-field", "text", *BOTH)
    errors = [row["affect_error"] for row in read(tmp_path / "out.jsonl")]
    assert (errors[0], errors[2]) == (None, None)
    assert errors[1].startswith("AF117: ")
