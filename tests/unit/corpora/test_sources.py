"""Every corpus on its hand-written sample, with exact gold; and what each refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spacy_affect.corpora.base import BadRow, Row
from spacy_affect.corpora.gold import Gold
from spacy_affect.corpora.reader import make_source
from spacy_affect.corpora.sources import SOURCES
from spacy_affect.errors import AffectError

SAMPLES = Path(__file__).parents[3] / "corpora"
ANNOTATED = [name for name, source in SOURCES.items() if source.card]


def rows(name: str, **settings: object) -> list[Row]:
    found = list(make_source(name, settings=settings).read(SAMPLES / name))
    assert all(isinstance(row, Row) for row in found), found
    return found


def labels(row: Row, task: str = "emotion") -> set[str]:
    known = row.gold[task].labels
    assert isinstance(known, dict)
    return {label for label, state in known.items() if state}


def bad(folder: Path, name: str, file: str, content: bytes | str, **settings: object) -> str:
    """RETURNS (str): Why the only bad row of a file is bad; the others are read."""
    path = folder / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = list(make_source(name, settings=settings).read(path))
    (wrong,) = [row for row in found if isinstance(row, BadRow)]
    assert len(found) > 1
    assert wrong.file == str(path)
    return f"{wrong.line}: {wrong.reason}"


class TestGoEmotions:
    def test_labels(self):
        found = rows("goemotions")
        assert [labels(row) for row in found] == [
            set(),
            {"admiration", "gratitude"},
            {"annoyance", "curiosity"},
            {"surprise"},  # beside neutral
            {"confusion", "curiosity"},
            {"grief", "sadness"},
        ]
        assert {len(row.gold["emotion"].labels) for row in found} == {27}
        assert (found[1].id, found[1].line) == ("sample2", 2)

    def test_quotes_are_text(self):
        assert rows("goemotions")[2].text == '"Why would anyone ""recycle"" a joke that old?"'

    def test_ekman(self):
        found = rows("goemotions", scheme="ekman")
        assert [labels(row) for row in found] == [
            set(),
            {"joy"},
            {"anger", "surprise"},
            {"surprise"},
            {"surprise"},
            {"sadness"},
        ]
        assert list(found[0].gold["emotion"].labels) == [
            "anger",
            "disgust",
            "fear",
            "joy",
            "sadness",
            "surprise",
        ]

    def test_polarity_is_a_class(self):
        golds = [row.gold for row in rows("goemotions", scheme="polarity")]
        assert [gold["polarity"].labels for gold in golds if gold] == [
            "neutral",
            "positive",
            "negative",
            "negative",
        ]
        # only ambiguous emotions: no class, which is not neutral
        assert golds[3] == golds[4] == {}

    def test_a_mapping_that_does_not_exist(self):
        with pytest.raises(AffectError, match=r"AF017.*ekman, goemotions_sentiment, polarity"):
            make_source("goemotions", settings={"scheme": "plutchik8"})

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("no tabs at all", "1 columns where 3 belong"),
            ("a\t1\tid\tmore", "4 columns where 3 belong"),
            ("a\t28\tid", "no label has the index '28'"),
            ("a\t-1\tid", "no label has the index '-1'"),
            ("a\t\tid", "no label has the index ''"),
            ("a\tjoy\tid", "no label has the index 'joy'"),
        ],
    )
    def test_malformed(self, tmp_path, line, reason):
        content = f"fine\t1\tx\n{line}\nfine too\t2\ty\n"
        assert bad(tmp_path, "goemotions", "a.tsv", content).startswith(f"2: {reason}")


class TestSemEval2018:
    def golds(self, subtask: str) -> list[dict[str, Gold]]:
        return [row.gold for row in rows("semeval2018", subtasks=[subtask])]

    def test_emotion_scores(self):
        scores = [{"joy": 0.896}, {"joy": 0.417}, {"joy": 0.0}, {"joy": 0.25}]
        assert self.golds("EI-reg") == [{"emotion": Gold(score)} for score in scores]

    def test_emotion_classes(self):
        assert self.golds("EI-oc") == [
            {"emotion": Gold({"fear": 1.0}, {"fear": 1})},
            {"emotion": Gold({"fear": 1 / 3}, {"fear": 1})},
            {"emotion": Gold({"fear": 0.0}, {"fear": 0})},
            {"emotion": Gold({"fear": 2 / 3}, {"fear": 1})},
        ]

    @pytest.mark.parametrize(
        ("subtask", "values"), [("V-reg", [0.75, 0.0, -0.75, -1.0]), ("V-oc", [1, 0, -1, -1 / 3])]
    )
    def test_valence(self, subtask, values):
        assert self.golds(subtask) == [
            {"polarity": Gold(value), "vad": Gold({"valence": value})} for value in values
        ]

    def test_presence(self):
        found = rows("semeval2018", subtasks=["E-c"])
        assert [labels(row) for row in found] == [
            {"anticipation", "joy", "optimism"},
            {"anger", "disgust"},
            set(),
            {"love", "sadness"},
        ]
        assert {len(row.gold["emotion"].labels) for row in found} == {11}

    def test_all_subtasks_of_a_folder(self):
        assert len(rows("semeval2018")) == 20
        assert len(rows("semeval2018", subtasks="E-c,V-oc")) == 8

    def test_texts_stay_as_they_are(self):
        texts = [row.text for row in rows("semeval2018", subtasks=["EI-reg"])]
        assert texts[1] == "The bus came on time &amp; I got a seat."
        assert texts[2] == r"Another grey day.\nAnother grey lunch."
        assert texts[3] == '"Nice" is what they call it.'

    def test_an_unknown_subtask(self):
        with pytest.raises(AffectError, match=r"AF074: subtasks = 'E-reg'.*EI-reg, EI-oc"):
            make_source("semeval2018", settings={"subtasks": ["E-reg"]})

    @pytest.mark.parametrize("kind", ["Intensity Score", "Intensity Class"])
    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            ("x\ttext\tjoy", "3 columns where the header has 4"),
            ("x\ttext\tjoy\t0\t0", "5 columns where the header has 4"),
            ("x\ttext\thunger\t0", "Affect Dimension is 'hunger', not one of: anger, fear"),
            ("x\ttext\tjoy\tNONE", "{kind} is no number: 'NONE'"),
            ("x\ttext\tjoy\t", "{kind} is no number: ''"),
            ("x\ttext\tjoy\t3.5", "{kind} is 3.5, outside of [0, "),
            ("x\ttext\tjoy\t-1", "{kind} is -1, outside of [0, "),
            ("x\ttext\tjoy\tnan", "{kind} is nan, outside of [0, "),
            ("x\ttext\tvalence\t-4", "{kind} is -4, outside of ["),
        ],
    )
    def test_malformed_scores(self, tmp_path, kind, cells, reason):
        content = f"ID\tTweet\tAffect Dimension\t{kind}\ny\tfine\tjoy\t1\n{cells}\n"
        found = bad(tmp_path, "semeval2018", "a.txt", content)
        assert found.startswith(f"3: {reason.format(kind=kind)}")

    def test_a_class_between_two(self, tmp_path):
        header = "ID\tTweet\tAffect Dimension\tIntensity Class"
        content = f"{header}\ny\tfine\tjoy\t1\nx\ttext\tjoy\t1.5: low\n"
        found = bad(tmp_path, "semeval2018", "a.txt", content)
        assert found == "3: Intensity Class is no whole number: '1.5: low'"

    def test_a_malformed_presence(self, tmp_path):
        header = (SAMPLES / "semeval2018" / "E-c-En-sample.txt").read_text("utf8").split("\n")[0]
        zeros = "\t0" * 10
        content = f"{header}\na\tfine\t1{zeros}\na\tb\t2{zeros}\n"
        found = bad(tmp_path, "semeval2018", "a.txt", content)
        assert found == "3: anger is '2', not one of: 0, 1"

    @pytest.mark.parametrize(
        ("header", "missing"),
        [
            ("ID\tText\tAffect Dimension\tIntensity Score", "Tweet"),
            ("ID\tTweet\tScore", "Affect Dimension"),
            ("ID\tTweet\tanger\tjoy", "anticipation"),
        ],
    )
    def test_another_header(self, tmp_path, header, missing):
        (tmp_path / "a.txt").write_text(f"{header}\n1\t2\t3\t4\n")
        with pytest.raises(AffectError, match=f"AF073: .*no column '{missing}'"):
            list(make_source("semeval2018").read(tmp_path / "a.txt"))


class TestSemEval2017:
    def test_classes(self):
        found = rows("semeval2017")
        golds = ["positive", "neutral", "negative", "neutral", "positive"]
        assert [row.gold for row in found] == [{"polarity": Gold(labels=gold)} for gold in golds]
        assert found[0].text == r"Finally got tickets for the museum night\u002c so happy :)"
        assert found[3].text == "Bakery on Main St opens at 7 tomorrow"
        assert found[4].text == '"He said ""well done"" and meant it"'

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("1\tpositive", "2 columns where 3 to 4 belong"),
            ("1\tpositive\ta\tb\tc", "5 columns where 3 to 4 belong"),
            ("1\tgood\ta", "the class is 'good', not one of: negative, neutral, positive"),
        ],
    )
    def test_malformed(self, tmp_path, line, reason):
        found = bad(tmp_path, "semeval2017", "a-A.tsv", f"{line}\n2\tneutral\tfine\n")
        assert found == f"1: {reason}"


class TestBrighter:
    def test_track_a(self):
        english = rows("brighter", track="a", languages=["eng"])
        assert [labels(row) for row in english] == [
            {"fear", "surprise"},
            {"joy"},
            {"anger", "sadness"},
            set(),
        ]
        # English was not annotated for disgust
        assert "disgust" not in english[0].gold["emotion"].labels
        assert english[0].gold["emotion"].value is None
        german = rows("brighter", track="a", languages="deu")
        assert labels(german[0]) == {"anger", "disgust"}
        assert german[2].text == "Der Zug fährt\nvon Gleis drei."
        assert german[2].line == 4

    def test_track_b(self):
        found = rows("brighter", track="b")
        assert found[0].gold["emotion"] == Gold(
            {"anger": 0.0, "fear": 1.0, "joy": 0.0, "sadness": 0.0, "surprise": 1 / 3},
            {"anger": 0, "fear": 1, "joy": 0, "sadness": 0, "surprise": 1},
        )
        # an empty cell is unknown
        assert "surprise" not in found[2].gold["emotion"].labels
        assert "surprise" not in found[2].gold["emotion"].value

    def test_both_tracks(self):
        assert len(rows("brighter")) == 11
        assert len(rows("brighter", languages=["eng"])) == 8

    def test_ekman_leaves_what_is_unknown_unknown(self):
        english, german = (
            rows("brighter", track="a", languages=[language], scheme="ekman")[0]
            for language in ("eng", "deu")
        )
        assert "disgust" not in english.gold["emotion"].labels
        assert german.gold["emotion"].labels["disgust"] == 1

    def test_the_track_of_a_file_alone(self, tmp_path):
        header = "id,text,anger,fear\n"
        for name, content in (("x", "1,a,0,2\n"), ("y", "1,a,0,1\n"), ("z", "1_track_b_1,a,0,1\n")):
            (tmp_path / f"{name}.csv").write_text(header + content)
        values = {
            name: next(make_source("brighter").read(tmp_path / f"{name}.csv")).gold["emotion"].value
            for name in "xyz"
        }
        assert values == {
            "x": {"anger": 0.0, "fear": 2 / 3},
            "y": None,
            "z": {"anger": 0.0, "fear": 1 / 3},
        }

    def test_a_file_of_something_else(self, tmp_path):
        (tmp_path / "eng.csv").write_text("id,text,mood\n1,a,2\n")
        (wrong,) = make_source("brighter").read(tmp_path / "eng.csv")
        assert wrong.reason.startswith("no column of: anger, disgust")

    def test_a_text_of_which_nothing_is_known(self, tmp_path):
        (tmp_path / "eng.csv").write_text("id,text,anger,fear\n1,a,,\n")
        (row,) = make_source("brighter").read(tmp_path / "eng.csv")
        assert row.gold == {}

    @pytest.mark.parametrize(
        ("track", "line", "reason"),
        [
            ("a", "x,text", "2 columns where the header has 4"),
            ("a", "x,text,0,2", "fear is '2', in track a one of: 0, 1"),
            ("b", "x,text,0,4", "fear is '4', in track b one of: 0, 1, 2, 3"),
            ("b", "x,text,0,1.5", "fear is '1.5', in track b one of: 0, 1, 2, 3"),
            ("a", 'x,a "quoted"text",0,no', "fear is 'no', in track a one of: 0, 1"),
            ("a", 'x,"quoted"text,0,1', "not RFC 4180: ',' expected after '\"'"),
        ],
    )
    def test_malformed(self, tmp_path, track, line, reason):
        content = f"id,text,anger,fear\n{line}\neng_track_{track}_1,fine,0,1\n"
        assert bad(tmp_path, "brighter", "eng.csv", content) == f"2: {reason}"

    @pytest.mark.parametrize(
        ("setting", "value"), [("track", "c"), ("languages", ["english"]), ("languages", "en")]
    )
    def test_unknown_settings(self, setting, value):
        with pytest.raises(AffectError, match=f"AF074: {setting} = '"):
            make_source("brighter", settings={setting: value})


class TestEmoBank:
    def test_dimensions(self):
        found = rows("emobank")
        assert found[0].gold == {
            "vad": Gold({"valence": 0.75, "arousal": 0.5, "dominance": 0.25}),
            "polarity": Gold(0.75),
        }
        assert [row.gold["polarity"].value for row in found] == [0.75, 0.0, -0.75, 0.125, -0.125]
        assert found[3].text == '"Tie it down," she said.'

    def test_the_group_is_the_document(self):
        letters, harbour = "sample_letters", "sample_harbour"
        groups = [row.group for row in rows("emobank")]
        assert groups == [letters, letters, harbour, harbour, ""]

    def test_the_split_is_a_column(self):
        source = make_source("emobank")
        lines = {
            split: [row.line for row in source.read(SAMPLES / "emobank", split)]
            for split in ("train", "dev", "test")
        }
        assert lines == {"train": [2, 3, 4], "dev": [5, 6], "test": []}

    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            ("x,train,3,3,text", "5 columns where the header has 6"),
            ("x,train,three,3,3,text", "V is no number: 'three'"),
            ("x,train,3,,3,text", "A is no number: ''"),
            ("x,train,3,3,5.5,text", "D is 5.5, outside of [1, 5]"),
            ("x,train,0,3,3,text", "V is 0, outside of [1, 5]"),
        ],
    )
    def test_malformed(self, tmp_path, cells, reason):
        content = f"id,split,V,A,D,text\ny,dev,3,3,3,fine\n{cells}\n"
        assert bad(tmp_path, "emobank", "a.csv", content) == f"3: {reason}"


class TestXED:
    def test_labels(self):
        found = rows("xed")
        neutral, annotated = found[:3], found[3:]
        assert [labels(row) for row in annotated] == [
            {"anger", "fear"},
            {"joy"},
            {"anticipation", "trust"},
            {"disgust", "surprise"},
            {"sadness"},
        ]
        assert [labels(row) for row in neutral] == [set()] * 3
        assert [row.text for row in neutral][1] == "Room twelve."
        assert {len(row.gold["emotion"].labels) for row in found} == {8}

    def test_ekman(self):
        found = rows("xed", scheme="ekman")
        assert labels(found[5]) == set()  # anticipation and trust have no counterpart
        assert labels(found[6]) == {"disgust", "surprise"}

    @pytest.mark.parametrize(
        ("file", "line", "reason"),
        [
            ("a-annotated.tsv", "text", "1 columns where 2 belong"),
            ("a-annotated.tsv", "text\t9", "a label is '9', not one of: 1, 2, 3"),
            ("a-annotated.tsv", "text\t1,,2", "a label is '', not one of"),
            ("a-annotated.tsv", "text\t1\t2", "3 columns where 2 belong"),
            ("neu_a.txt", "9", "1 columns where 2 belong"),
            ("neu_a.txt", "1\ttext", "the label is '1', in a file of neutral lines always 9"),
            ("neu_a.txt", "9\ttext\tmore", "3 columns where 2 belong"),
        ],
    )
    def test_malformed(self, tmp_path, file, line, reason):
        fine = "9\tfine" if file.startswith("neu") else "fine\t1"
        assert bad(tmp_path, "xed", file, f"{fine}\n{line}\n").startswith(f"2: {reason}")


class TestSST:
    def test_values_and_classes(self):
        found = rows("sst")
        assert [row.gold["polarity"] for row in found] == [
            Gold(1.0, "positive"),
            Gold(0.5, "positive"),
            Gold(0.0, "neutral"),
            Gold(-0.5, "negative"),
            Gold(-1.0, "negative"),
        ]
        assert [2 * row.gold["polarity"].value + 2 for row in found] == [4, 3, 2, 1, 0]
        assert found[4].text == "an ugly , endless mess ."

    @pytest.mark.parametrize("line", ["5 text", "-1 text", "text", " 3 text"])
    def test_malformed(self, tmp_path, line):
        found = bad(tmp_path, "sst", "a", f"2 fine\n{line}\n")
        assert found.startswith("2: the class is ")


class TestSubj:
    def test_one_means_objective(self):
        found = rows("subj")
        assert [row.gold["subjectivity"] for row in found] == [
            Gold(1.0, "subjective"),
            Gold(0.0, "objective"),
        ] * 2
        assert found[1].text.startswith("a fisherman finds a letter")

    @pytest.mark.parametrize("line", ["2 text", "subjective text", "text"])
    def test_malformed(self, tmp_path, line):
        assert bad(tmp_path, "subj", "a", f"1 fine\n{line}\n").startswith("2: the label is ")

    def test_it_has_no_splits(self):
        with pytest.raises(AffectError, match=r"AF071: the corpus 'subj' has no split 'dev'.*none"):
            list(make_source("subj").read(SAMPLES / "subj", "dev"))


def esconv(*turns, **known):
    """RETURNS (str): A line of ESConv, after one that is in order."""
    fine = {"dialog": [{"speaker": "usr", "text": "Hi."}]}
    return "".join(json.dumps(row) + "\n" for row in (fine, {"dialog": [*turns], **known}))


class TestESConv:
    def test_turns(self):
        first, second = rows("esconv")
        assert [(turn.speaker, turn.strategy) for turn in second.turns] == [
            ("usr", None),
            ("sys", "affirmation"),
            ("usr", None),
            ("sys", "information"),
            ("usr", None),
            ("sys", "other"),
        ]
        assert [turn.strategy for turn in first.turns if turn.speaker == "sys"] == [
            *("question", "restatement", "reflection", "self_disclosure", "suggestion")
        ]
        assert first.turns[0].text == "Hello, how are you doing tonight?"
        assert first.text.split("\n") == [turn.text for turn in first.turns]

    def test_gold_is_the_strategy_of_each_supporters_turn(self):
        for row in rows("esconv"):
            assert row.gold == {}
            for turn in row.turns:
                wanted = Gold(labels=turn.strategy)
                both = {"support": wanted, "support_next": wanted}
                assert turn.gold == (both if turn.speaker == "sys" else {})

    def test_a_conversation_is_its_own_group(self):
        first, second = rows("esconv")
        assert (first.id, first.group, first.line) == ("sample-1", "sample-1", 1)
        assert (second.id, second.group, second.line) == ("sample-2", "sample-2", 2)
        assert first.situation == "My team is being cut in half next month."

    def test_neighbouring_turns_of_one_speaker_may_be_joined(self):
        first, _ = rows("esconv", merge=True)
        assert [(turn.speaker, turn.strategy) for turn in first.turns] == [
            ("sys", "question"),
            ("usr", None),
            ("sys", "restatement"),  # and a reflection, which is left out
            ("usr", None),
            ("sys", "self_disclosure"),
            ("usr", None),
        ]
        assert first.turns[2].text == (
            "So nobody has told you yet who stays. That sounds really frightening."
        )
        assert first.turns[2].gold["support"] == Gold(labels="restatement")

    def test_a_situation_may_be_missing(self, tmp_path):
        path = tmp_path / "a.jsonl"
        path.write_text(esconv({"speaker": "usr", "text": " Hi. "}, situation=" Alone. "))
        found = list(make_source("esconv").read(path))
        assert [row.situation for row in found] == ["", "Alone."]
        assert found[1].turns[0].text == "Hi."

    @pytest.mark.parametrize(
        ("turn", "reason"),
        [
            ({"speaker": "sys"}, "turn 2 has no text"),
            ({"speaker": "sys", "text": None}, "turn 2 has no text"),
            ("Hello.", "turn 2 has no text"),
            ({"text": "a"}, "the speaker of turn 2 is None, not usr or sys"),
            ({"speaker": "supporter", "text": "a"}, "the speaker of turn 2 is 'supporter'"),
            ({"speaker": "sys", "text": "a"}, "the strategy of turn 2 is '', not one of: Question"),
            (
                {"speaker": "sys", "text": "a", "strategy": "question"},
                "the strategy of turn 2 is 'question', not one of: Question",
            ),
            (
                {"speaker": "sys", "text": "a", "strategy": ["Question"]},
                "the strategy of turn 2 is ['Question'], not one of: Question",
            ),
            ({"speaker": "usr", "text": "a \ud83d"}, "turn 2: its text has half a character"),
        ],
    )
    def test_what_is_no_turn(self, tmp_path, turn, reason):
        content = esconv({"speaker": "usr", "text": "Hello?"}, turn)
        found = bad(tmp_path, "esconv", "a.jsonl", content)
        assert found.startswith("2: ")
        assert reason in found

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("{}", "it has no list 'dialog' of turns"),
            ('{"dialog": []}', "it has no list 'dialog' of turns"),
            ('{"dialog": {"text": "a"}}', "it has no list 'dialog' of turns"),
            ("[1]", "the line is no JSON object"),
            ('{"dialog": ', "no JSON: "),
            (
                '{"dialog": [{"speaker": "usr", "text": "a"}], "situation": ["b"]}',
                "its situation is ['b'], not text",
            ),
        ],
    )
    def test_what_is_no_conversation(self, tmp_path, line, reason):
        content = esconv({"speaker": "usr", "text": "a"}) + line + "\n"
        assert f"3: {reason}" in bad(tmp_path, "esconv", "a.jsonl", content)

    def test_valid_is_a_name_of_dev(self, tmp_path):
        for name in ("train.jsonl", "valid.jsonl", "test.jsonl"):
            (tmp_path / name).write_text("")
        assert [path.name for path in make_source("esconv").files(tmp_path, "dev")] == [
            "valid.jsonl"
        ]


ANNOMI = "transcript_id,video_url,interlocutor,timestamp,utterance_text,"
ANNOMI += "main_therapist_behaviour,client_talk_type\n"


class TestAnnoMI:
    def test_turns(self):
        first, second = rows("annomi")
        known = [(turn.speaker, turn.start, turn.gold) for turn in second.turns]
        assert known == [
            ("therapist", 2.0, {"therapist_behaviour": Gold(labels="therapist_input")}),
            ("client", 6.0, {"client_talk": Gold(labels="neutral")}),
        ]
        assert [gold.labels for turn in first.turns for gold in turn.gold.values()] == [
            *("question", "sustain", "reflection", "change", "other")
        ]
        assert first.turns[-1].text == "Okay."
        assert (
            {turn.end for turn in first.turns} == {turn.strategy for turn in first.turns} == {None}
        )
        assert first.gold == {}

    def test_the_video_is_the_group(self):
        first, second = rows("annomi")
        assert (first.id, first.group, first.line) == ("1", "https://example.org/one", 2)
        assert (second.id, second.group, second.line) == ("2", "https://example.org/two", 7)

    def test_without_a_video_the_transcript_is(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text(ANNOMI + "7,,client,01:02:03,Hm.,n/a,neutral\n")
        [row] = make_source("annomi").read(path)
        assert (row.id, row.group) == ("7", "7")
        # 3600 + 2 * 60 + 3
        assert row.turns[0].start == 3723.0

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("2,v,host,00:00:01,a,n/a,n/a", "the interlocutor in line 5 is 'host', not one of"),
            ("2,v,client,00:00:01,a,n/a,n/a", "client_talk_type in line 5 is 'n/a', not one of"),
            ("2,v,client,00:00:01,a,n/a,Change", "client_talk_type in line 5 is 'Change'"),
            (
                "2,v,therapist,00:00:01,a,change,change",
                "main_therapist_behaviour in line 5 is 'change', not one of: question, reflection",
            ),
            ("2,v,client,12.5,a,n/a,change", "the timestamp in line 5 is '12.5', not hh:mm:ss"),
            ("2,v,client,,a,n/a,change", "the timestamp in line 5 is '', not hh:mm:ss"),
            ("2,v,client,0:-1:01,a,n/a,change", "the timestamp in line 5 is '0:-1:01'"),
            ("2,v,client,00:00:0²,a,n/a,change", "the timestamp in line 5 is '00:00:0²'"),
        ],
    )
    def test_a_bad_turn_makes_a_bad_conversation(self, tmp_path, line, reason):
        content = ANNOMI + "1,v,client,00:00:01,a,n/a,change\n" * 2
        content += f"2,v,client,00:00:01,a,n/a,change\n{line}\n"
        found = bad(tmp_path, "annomi", "a.csv", content)
        assert found.startswith(f"4: {reason}")

    def test_a_row_that_cannot_be_cut(self, tmp_path):
        """It spoils the transcript that it stands in, and no other."""
        good = "{0},v,client,00:00:01,a,n/a,change\n"
        content = ANNOMI + good.format(1) + "1,v,client\n" + good.format(1) + good.format(2)
        path = tmp_path / "a.csv"
        path.write_text(content)
        broken, whole = make_source("annomi").read(path)
        assert (broken.line, broken.reason) == (3, "3 columns where the header has 7")
        assert (whole.id, len(whole.turns)) == ("2", 1)

    @pytest.mark.parametrize("column", ["transcript_id", "timestamp", "client_talk_type"])
    def test_a_column_that_is_missing(self, tmp_path, column):
        path = tmp_path / "a.csv"
        path.write_text(ANNOMI.replace(column, "else"))
        with pytest.raises(AffectError, match=f"AF073: .* has no column '{column}'"):
            list(make_source("annomi").read(path))


class TestEverySource:
    @pytest.mark.parametrize("name", ANNOTATED)
    def test_gold_is_for_its_tasks(self, name):
        source = SOURCES[name]
        tasks = {task for row in rows(name) for gold in row.golds() for task in gold}
        assert tasks
        assert tasks <= set(source.tasks)
        assert source.name == name

    @pytest.mark.parametrize("name", ANNOTATED)
    @pytest.mark.parametrize("change", ["bom", "crlf", "both"])
    def test_byte_order_marks_and_windows_lines_change_nothing(self, name, change, tmp_path):
        for file in (SAMPLES / name).rglob("*"):
            if file.is_file() and file.suffix != ".toml":
                target = tmp_path / file.relative_to(SAMPLES / name)
                target.parent.mkdir(parents=True, exist_ok=True)
                content = file.read_bytes()
                if change != "bom":
                    content = content.replace(b"\n", b"\r\n")
                if change != "crlf":
                    content = b"\xef\xbb\xbf" + content
                target.write_bytes(content)
        found = [
            (row.text.replace("\r\n", "\n"), row.gold, row.id, row.group)
            for row in make_source(name).read(tmp_path)
        ]
        assert found == [(row.text, row.gold, row.id, row.group) for row in rows(name)]

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_an_empty_file_is_no_rows(self, name, tmp_path):
        (tmp_path / "a").write_bytes(b"")
        assert list(make_source(name).read(tmp_path / "a")) == []

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_a_path_that_is_not_there(self, name, tmp_path):
        with pytest.raises(AffectError, match=r"AF030"):
            list(make_source(name).read(tmp_path / "none"))

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_a_folder_of_something_else(self, name, tmp_path):
        (tmp_path / "readme.md").write_text("nothing")
        with pytest.raises(AffectError, match=f"AF072: .*no file of the corpus '{name}'"):
            list(make_source(name).read(tmp_path))

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_an_unknown_split(self, name):
        with pytest.raises(AffectError, match=r"AF071: .*has no split 'half'"):
            list(make_source(name).read(SAMPLES / name, "half"))

    @pytest.mark.parametrize("name", ANNOTATED)
    def test_a_setting_that_it_lacks(self, name):
        with pytest.raises(AffectError, match=r"AF074: (foo) = 1 .* no such setting"):
            make_source(name, settings={"foo": 1})


@pytest.mark.parametrize(
    ("name", "files", "chosen"),
    [
        ("goemotions", ["train.tsv", "dev.tsv"], ["train.tsv"]),
        ("sst", ["stsa.fine.train", "stsa.fine.dev", "stsa.binary.train"], ["stsa.fine.train"]),
        ("semeval2018", ["E-c-En-train.txt", "2018-E-c-En-dev.txt"], ["E-c-En-train.txt"]),
        (
            "semeval2017",
            ["twitter-2013train-A.tsv", "twitter-2016devtest-A.tsv", "twitter-2016test-A.tsv"],
            ["twitter-2013train-A.tsv", "twitter-2016test-A.tsv"],
        ),
        ("brighter", ["track_a/train/eng.csv", "track_a/dev/eng.csv"], ["track_a/train/eng.csv"]),
    ],
)
def test_the_split_chooses_files(name, files, chosen, tmp_path):
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(b"")
    found = make_source(name).files(tmp_path, "train")
    assert [path.relative_to(tmp_path).as_posix() for path in found] == chosen
    assert make_source(name).files(tmp_path / chosen[0], "train") == [tmp_path / chosen[0]]
    with pytest.raises(AffectError, match=r"AF072: .* for the split 'dev'"):
        make_source(name).files(tmp_path / chosen[0], "dev")
