"""Two pipelines over one input: differences worked out by hand, and what is kept of the rows."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
import spacy

from spacy_affect import AffectError
from spacy_affect.runner.comparing import (
    OVERALL,
    Comparison,
    Item,
    Part,
    Twin,
    compare,
    find_twins,
)
from spacy_affect.runner.comparing.exports import (
    csv_lines,
    interface,
    json_lines,
    label_studio,
    prodigy_lines,
    said,
)
from spacy_affect.runner.comparing.measuring import difference
from spacy_affect.runner.pipelines import PipelineSpec
from spacy_affect.runner.planning import Settings
from spacy_affect.tasks.ambivalence import Ambivalence
from spacy_affect.tasks.emotion import Emotion
from spacy_affect.tasks.polarity import Polarity
from spacy_affect.tasks.subjectivity import Subjectivity
from spacy_affect.tasks.support import Support
from spacy_affect.tasks.vad import ValenceArousalDominance

VAD = ValenceArousalDominance()
CONFIG = '[nlp]\nlang = "en"\npipeline = {names}\n[components]\n{blocks}'


def config(path, **models):
    """Write the config of a pipeline. models: Component -> its backbone, or "" for the default."""
    blocks = ""
    for name, backbone in models.items():
        blocks += f'[components.{name}]\nfactory = "{name}"\n'
        if backbone:
            blocks += f'[components.{name}.model]\n@architectures = "spacy_affect.{backbone}.v1"\n'
    path.write_text(CONFIG.format(names=json.dumps([*models]), blocks=blocks), encoding="utf8")
    return str(path)


def test_options_hold_mixed_where_a_pipeline_can_say_it():
    plain, mixed = Polarity(), Polarity(mixed_threshold=0.3)
    assert Twin("polarity", "polarity", plain, plain).options == [*plain.classes]
    assert Twin("polarity", "polarity", plain, mixed).options == [*plain.classes, "mixed"]


class TestDifference:
    @pytest.mark.parametrize(
        ("task", "a", "b", "wanted"),
        [
            (Polarity(), 0.5, -0.5, (0.5, "")),
            (Polarity(), 1.0, -1.0, (1.0, "")),
            (Subjectivity(), 0.25, 0.75, (0.5, "")),
            (Polarity(), None, 0.5, None),
            (Polarity(), None, None, None),
            (VAD, {"valence": 0.5, "arousal": 0}, {"valence": 0, "arousal": 1}, (0.5, "arousal")),
            (Emotion(), {"joy": 0.75, "fear": 0.5}, {"joy": 0.5, "anger": 1.0}, (0.25, "joy")),
            (Emotion(), {"joy": 0.75}, {"anger": 1.0}, None),
            (Emotion(), {"joy": 0.75}, None, None),
        ],
    )  # fmt: skip
    def test_by_hand(self, task, a, b, wanted):
        assert difference(task, a, b) == wanted


class TestTwins:
    def nlp(self, *factories, **names):
        nlp = spacy.blank("en")
        for factory in factories:
            nlp.add_pipe(factory)
        for name, factory in names.items():
            nlp.add_pipe(factory, name=name)
        return nlp

    def test_same_names_or_the_only_ones_of_a_task(self):
        this = self.nlp("affect_polarity", "affect_emotion", affect_fine="affect_emotion")
        other = self.nlp("affect_emotion", my_polarity="affect_polarity")
        twins, notes = find_twins(this, other, ("a", "b"))
        assert [(twin.name, twin.other) for twin in twins] == [
            ("polarity", "my_polarity"),
            ("emotion", "emotion"),
        ]
        assert notes == ["nothing in b to compare affect_fine with"]

    def test_another_scheme_is_told(self):
        this, other = self.nlp("affect_emotion"), spacy.blank("en")
        other.add_pipe("affect_emotion", config={"scheme": "ekman"})
        _, [note] = find_twins(this, other, ("a", "b"))
        assert "the scheme ec11 in a and ekman in b" in note

    def test_nothing_in_common(self):
        this, other = self.nlp("affect_polarity"), self.nlp("affect_vad")
        with pytest.raises(AffectError, match=r"AF175: 'a' and 'b' .*scores polarity, .* vad"):
            find_twins(this, other, ("a", "b"))

    def test_a_task_that_one_lacks(self):
        this, other = self.nlp("affect_polarity", "affect_vad"), self.nlp("affect_polarity")
        assert len(find_twins(this, other, ("a", "b"), ["polarity"])[0]) == 1
        with pytest.raises(AffectError, match=r"AF083: the pipeline 'b' has no .* 'vad'"):
            find_twins(this, other, ("a", "b"), ["vad"])

    @pytest.mark.parametrize(
        ("task", "some", "several"),
        [
            (Polarity(), ["negative", "neutral", "positive"], False),
            (Subjectivity(), ["objective", "subjective"], False),
            (Ambivalence(), ["not ambivalent", "ambivalent"], False),
            (Emotion("ekman"), ["anger", "neutral"], True),
            (Support(), ["question"], False),
            (ValenceArousalDominance(), [], False),
        ],
    )
    def test_what_people_choose_from(self, task, some, several):
        twin = Twin("x", "x", task, task)
        assert set(some) <= set(twin.options)
        assert bool(twin.options) == bool(some)
        assert twin.several is several


class TestRanking:
    @pytest.fixture
    def pair(self, tmp_path):
        pytest.importorskip("vaderSentiment")
        mine = config(tmp_path / "mine.cfg", affect_polarity="", affect_subjectivity="")
        theirs = config(tmp_path / "theirs.cfg", affect_polarity="Vader", affect_subjectivity="")
        return PipelineSpec(mine), PipelineSpec(theirs)

    def write(self, path, rows):
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf8")
        return (path,)

    ROWS = (
        {"text": "The plan was not good at all.", "id": "x1"},
        {"text": "What a lovely day!", "id": "x2"},
        {"text": "The form is on page three.", "id": "x3"},
        {"text": "I used to hate it, but now I love it.", "id": "x4"},
    )

    def test_the_rows_that_differ_most_come_first(self, pair, tmp_path):
        inputs = self.write(tmp_path / "t.jsonl", self.ROWS)
        found = compare(Settings(inputs, None, pair[0]), pair[1], top=10)
        values = []
        for backbone in ("Embedded", "Vader"):
            nlp = spacy.blank("en")
            model = {"@architectures": f"spacy_affect.{backbone}.v1"}
            nlp.add_pipe("affect_polarity", config={"model": model})
            values.append([nlp(row["text"])._.affect_polarity for row in self.ROWS])
        gaps = [abs(a - b) / 2 for a, b in zip(*values, strict=True)]
        # subjectivity is the same, so that the mean over both tasks is half of it
        got = {item.row: item.disagreement for item in found.items}
        assert got == {i: pytest.approx(gap / 2) for i, gap in enumerate(gaps, 1) if gap}
        order = [item.disagreement for item in found.items]
        assert order == sorted(order, reverse=True)
        assert found.items[0].worst == "polarity"
        tally = found.tallies["polarity"]
        assert (tally.n, tally.mean) == (4, pytest.approx(sum(gaps) / 4))
        assert found.tallies["subjectivity"].total == 0
        assert (found.rows, found.errors, found.unscored) == (4, 0, 0)

    def test_only_so_many_are_kept(self, pair, tmp_path):
        inputs = self.write(tmp_path / "t.jsonl", self.ROWS * 600)  # more than a shard
        settings = Settings(inputs, None, pair[0])
        found = compare(settings, pair[1], top=3)
        assert found.rows == 2400
        assert len(found.items) == 3
        # of equal rows the first ones
        first = found.items[0].row
        assert [item.row for item in found.items] == [first, first + 4, first + 8]

    def test_each_task_by_itself(self, pair, tmp_path):
        inputs = self.write(tmp_path / "t.jsonl", self.ROWS)
        found = compare(Settings(inputs, None, pair[0]), pair[1], top=2, per_task=True)
        # what is the same is no disagreement
        assert [(item.by, item.worst) for item in found.items] == [("polarity", "polarity")] * 2
        assert found.items[0].disagreement == found.items[0].parts["polarity"].difference

    def test_chosen_tasks(self, pair, tmp_path):
        inputs = self.write(tmp_path / "t.jsonl", self.ROWS)
        specs = [PipelineSpec(spec.name, None, ("subjectivity",)) for spec in pair]
        found = compare(Settings(inputs, None, specs[0]), specs[1], top=2)
        assert ([*found.tallies], found.items) == (["subjectivity"], [])
        specs = [PipelineSpec(spec.name, None, ("vad",)) for spec in pair]
        with pytest.raises(AffectError, match="AF083"):  # and is not added to them
            compare(Settings(inputs, None, specs[0]), specs[1], top=2)

    def test_rows_that_cannot_be_scored_are_counted(self, pair, tmp_path):
        path = tmp_path / "t.jsonl"
        lines = ["no json", '{"text": 7}', '{"text": ""}', '{"text": "I hate it!"}', '{"x": 1}']
        path.write_text("\n".join(lines) + "\n", encoding="utf8")
        found = compare(Settings((path,), None, pair[0]), pair[1], top=9)
        assert (found.rows, found.errors, found.unscored) == (5, 3, 4)
        assert {code: times for code, (_, times) in found.reasons.items()} == {
            "AF050": 1,
            "AF053": 1,
            "AF052": 1,
        }
        assert [item.row for item in found.items] == [4]

    def test_several_fields(self, pair, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("title,body\nNot bad,I love it\n,Awful!\n", encoding="utf8")
        settings = Settings((path,), None, pair[0], text_fields=("title", "body"))
        found = compare(settings, pair[1], top=9)
        places = {(item.row, item.field): item.text for item in found.items}
        assert (
            places.items()
            <= {
                (1, "title"): "Not bad",
                (1, "body"): "I love it",
                (2, "body"): "Awful!",
            }.items()
        )
        assert (found.errors, found.unscored) == (0, 1)

    def test_a_conversation(self, pair, tmp_path):
        turns = [{"speaker": "a", "text": "I am not happy."}, {"text": "Oh no, how sad."}]
        inputs = self.write(tmp_path / "t.jsonl", [{"turns": turns}])
        specs = [PipelineSpec(spec.name, unit="turns") for spec in pair]
        settings = Settings(inputs, None, specs[0], turns_field="turns")
        [item] = compare(settings, specs[1], top=9).items
        assert item.text == "a: I am not happy.\nOh no, how sad."


def record(value, label, *labels):
    return {"value": value, "label": label, "labels": list(labels)}


POLAR = Part(0.75, "", record(0.5, "positive"), record(-1.0, "negative"))
FEELINGS = Part(
    0.5,
    "joy",
    record({"joy": 0.75, "fear": 0.0}, "joy", "joy"),
    record({"joy": 0.25, "fear": 0.0}, "neutral"),
)
PLACE = Part(
    0.25,
    "arousal",
    record({"valence": 0.0, "arousal": 0.5, "dominance": 0.0}, None),
    record({"valence": 0.0, "arousal": 0.0, "dominance": 0.0}, None),
)


class TestOtherLabel:
    @pytest.mark.parametrize(
        ("task", "a", "b", "wanted"),
        [
            (Polarity(), record(0.1, "positive", "positive"), record(-0.9, "negative"), True),
            (Polarity(), record(0.1, "neutral", "neutral"), record(0.2, "neutral"), False),
            (Emotion(), ({"joy": 0.5}, "joy", "joy", "love"), ({"joy": 0.5}, "joy", "joy"), True),
            # the same are there, and another one is the best
            (
                Emotion(),
                ({"joy": 0.5}, "joy", "joy", "love"),
                ({"joy": 0.4}, "love", "love", "joy"),
                False,
            ),
            (Emotion("ekman"), ({"joy": 0.1}, "neutral"), ({"joy": 0.2}, "neutral"), False),
            (Emotion("ekman"), ({"joy": 0.1}, "neutral"), ({"joy": 0.8}, "joy", "joy"), True),
            (
                Support(),
                ({"question": 0.9}, "question", "question"),
                ({"question": 0.1}, "other", "other"),
                True,
            ),
            (VAD, ({"valence": 0.5}, None), ({"valence": -0.5}, None), False),
        ],
    )  # fmt: skip
    def test_another_class_or_another_set(self, task, a, b, wanted):
        a, b = (one if isinstance(one, dict) else record(*one) for one in (a, b))
        part = Twin("x", "x", task, task).part(a, b)
        assert part.other_label is wanted


@pytest.fixture
def found():
    tasks = {
        "polarity": Polarity(),
        "emotion": Emotion("ekman"),
        "vad": ValenceArousalDominance(),
    }
    twins = [Twin(name, name, task, task) for name, task in tasks.items()]
    parts = {"polarity": POLAR, "emotion": FEELINGS, "vad": PLACE}
    row = {"id": "x7", "text": 'Well, "fine",\nthen', "compare": 1}
    whole = Item(7, row, "text", row["text"], OVERALL, 0.5, parts)
    rest = {"id": "x9", "text": "Hm."}
    part = Item(9, rest, "text", "Hm.", OVERALL, 0.25, {"vad": PLACE})
    return Comparison(("mine", "theirs"), twins, [], rows=9, items=[whole, part])


class TestExports:
    def test_rows_of_json(self, found):
        first, second = (json.loads(line) for line in json_lines(found))
        assert first["compare"]["tasks"]["emotion"] == {
            "difference": 0.5,
            "on": "joy",
            "a": FEELINGS.a,
            "b": FEELINGS.b,
        }
        assert (first["_compare"], first["id"], first["compare"]["row"]) == (1, "x7", 7)
        assert list(second["compare"]["tasks"]) == ["vad"]

    def test_a_table(self, found):
        first, second = csv.DictReader(io.StringIO("".join(csv_lines(found, "id")), newline=""))
        assert first["text"] == 'Well, "fine",\nthen'
        assert (first["row"], first["id"], first["disagreement"]) == ("7", "x7", "0.5")
        assert (first["polarity_a"], first["polarity_label_b"]) == ("0.5", "negative")
        assert (first["emotion_on"], first["emotion_b"]) == ("joy", "0.25")
        assert second["polarity_difference"] == ""
        assert "id" not in next(csv_lines(found)).split(",")

    def test_prodigy(self, found):
        first, second = (json.loads(line) for line in prodigy_lines(found))
        assert set(first) == {"text", "options", "accept", "meta"}
        assert [option["id"] for option in first["options"]] == ["negative", "neutral", "positive"]
        assert all(set(option) == {"id", "text"} for option in first["options"])
        assert first["accept"] == []
        assert first["meta"] == {
            "row": 7,
            "field": "text",
            "task": "polarity",
            "disagreement": 0.5,
            "a": "mine: positive 0.5",
            "b": "theirs: negative -1",
        }
        # a value without classes: which is right?
        assert [option["id"] for option in second["options"]] == ["a", "b", "neither"]
        assert second["options"][0]["text"] == "valence 0, arousal 0.5, dominance 0"

    def test_label_studio(self, found):
        tasks = json.loads(label_studio(found))
        assert [task["data"]["row"] for task in tasks] == [7, 9]
        ours, theirs = tasks[0]["predictions"]
        assert (ours["model_version"], theirs["model_version"]) == ("mine", "theirs")
        assert ours["score"] == theirs["score"] == 0.5
        values = {one["from_name"]: one["value"] for one in theirs["result"]}
        assert values == {
            "polarity": {"choices": ["negative"]},
            "polarity_value": {"number": -1.0},
            "emotion": {"choices": ["neutral"]},
            **{f"vad_{name}": {"number": 0.0} for name in ("valence", "arousal", "dominance")},
        }
        every = [one for t in tasks for p in t["predictions"] for one in p["result"]]
        assert len({one["id"] for one in every}) == len(every)
        assert {one["to_name"] for one in every} == {"text"}
        assert all(one["type"] in one["value"] for one in every)

    def test_the_interface_has_what_predictions_name(self, found):
        view = ET.fromstring(interface(found))
        controls = {one.get("name"): one for one in view if one.tag in ("Choices", "Number")}
        results = [
            one
            for task in json.loads(label_studio(found))
            for prediction in task["predictions"]
            for one in prediction["result"]
        ]
        for one in results:
            control = controls[one["from_name"]]
            assert control.tag.lower() == one["type"]
            assert control.get("toName") == "text"
            choices = {choice.get("value") for choice in control}
            assert set(one["value"].get("choices", ())) <= choices
        assert controls["emotion"].get("choice") == "multiple"
        assert controls["polarity"].get("choice") == "single"
        assert (controls["polarity_value"].get("min"), view[0].get("value")) == ("-1", "$text")

    def test_two_pipelines_of_one_name_are_told_apart(self, found):
        found.names = ("x", "x")
        [task, _] = json.loads(label_studio(found))
        assert [p["model_version"] for p in task["predictions"]] == ["x (a)", "x (b)"]

    @pytest.mark.parametrize(
        ("told", "on", "written"),
        [
            (record(0.12345, "positive"), "", "positive 0.123"),
            (record(-0.00001, None), "", "0"),
            (record({"joy": 0.5, "fear": 0.1}, "joy", "joy"), "fear", "joy (fear 0.1)"),
            (record({"valence": 1.0}, None), "", "valence 1"),
        ],
    )  # fmt: skip
    def test_in_brief(self, told, on, written):
        assert said(told, on) == written
