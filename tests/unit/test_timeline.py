"""Segments and frames of scores over time."""

from __future__ import annotations

import json
import math

import numpy
import pytest
import spacy
from spacy.tokens import Doc, Span, SpanGroup

import spacy_affect
from spacy_affect import AffectError, Segment, doc_timeline, frames
from spacy_affect.dialogue import make_doc
from spacy_affect.extensions import write_cues, write_units
from spacy_affect.timeline import Settings, timeline
from spacy_affect.types import Cue

KEY = "affect_ambivalence"
#: Ten units of one second each.
SECONDS = [(i, i + 1) for i in range(10)]


def bounds(segments):
    return [(segment.start, segment.end) for segment in segments]


class TestTimeline:
    def test_hysteresis(self):
        # opens at 0.5, stays open at 0.35, and 0.4 alone opens nothing
        scores = [0.4, 0.5, 0.35, 0.9, 0.4, 0.34, 0.4, 0.1, 0.49, 0.0]
        assert timeline(SECONDS, scores) == [Segment(1.0, 5.0, 0.9, [])]

    def test_the_score_is_the_highest(self):
        assert timeline([(0, 9), (9, 10)], [0.6, 0.7])[0].score == 0.7

    def test_cues_come_once_and_in_order(self):
        cues = [["hedge"], ["contrast", "hedge"], [], ["contrast"], ["desire"]]
        [found] = timeline(SECONDS[:5], [0.1, 0.8, 0.8, 0.4, 0.6], cues)
        assert found.cues == ["contrast", "hedge", "desire"]

    def test_plain_values(self):
        [found] = timeline([(0, 2)], [numpy.float64(0.75)], [("hedge",)])
        wanted = {"start": 0.0, "end": 2.0, "score": 0.75, "cues": ["hedge"]}
        assert found.to_dict() == wanted
        assert json.loads(json.dumps(found.to_dict())) == wanted

    def test_segments_that_are_near_are_one(self):
        times = [(0, 2), (3, 5), (6.5, 8)]
        assert bounds(timeline(times, [0.9] * 3)) == [(0, 5), (6.5, 8)]
        assert bounds(timeline(times, [0.9] * 3, gap=0.5)) == [(0, 2), (3, 5), (6.5, 8)]
        assert bounds(timeline(times, [0.9] * 3, gap=1.5)) == [(0, 8)]
        # a low unit of one second parts nothing, one of two seconds does
        assert bounds(timeline(SECONDS[:3], [0.9, 0.0, 0.9])) == [(0, 3)]
        assert bounds(timeline(SECONDS[:4], [0.9, 0.0, 0.0, 0.9])) == [(0, 1), (3, 4)]

    def test_units_that_touch_are_near_without_any_gap(self):
        assert bounds(timeline(SECONDS[:3], [0.9, 0.4, 0.4], gap=0)) == [(0, 3)]

    def test_a_long_pause_ends_a_segment(self):
        # 0.4 keeps a segment open, but opens none a minute later
        assert bounds(timeline([(0, 2), (60, 62)], [0.9, 0.4])) == [(0, 2)]

    def test_short_segments_are_dropped(self):
        times = [(0, 0.5), (5, 6), (9, 9.4), (9.6, 10.2)]
        assert bounds(timeline(times, [0.9] * 4)) == [(5, 6), (9, 10.2)]
        assert len(timeline(times, [0.9] * 4, min_length=0)) == 3
        assert bounds(timeline(times, [0.9] * 4, min_length=1.1)) == [(9, 10.2)]

    def test_an_unknown_score_ends_a_segment(self):
        scores = [0.9, None, 0.4, 0.9]
        assert bounds(timeline(SECONDS[:4], scores, gap=0)) == [(0, 1), (3, 4)]
        assert timeline(SECONDS[:2], [None, math.nan]) == []

    def test_units_in_any_order_that_overlap(self):
        found = timeline([(5, 7), (0, 6), (1, 2)], [0.4, 0.9, 0.6], [["b"], ["a"], ["c"]])
        assert found == [Segment(0.0, 7.0, 0.9, ["a", "c", "b"])]

    def test_nothing(self):
        assert timeline([], []) == []
        assert timeline(SECONDS, [0.0] * 10) == []

    def test_other_ranges(self):
        # how negative: turned around, and around zero
        [found] = timeline(SECONDS[:3], [-0.9, -0.2, 0.1], on=0.0, off=-0.3)
        assert (found.start, found.end, found.score) == (2, 3, 0.1)

    @pytest.mark.parametrize(
        ("times", "scores", "cues"),
        [
            ([(0, 1)], [], ()),
            ([], [0.5], ()),
            ([(0, 1)], [0.5], [[], []]),
        ],
    )
    def test_what_is_not_parallel(self, times, scores, cues):
        with pytest.raises(AffectError, match="AF115"):
            timeline(times, scores, cues)

    @pytest.mark.parametrize(
        "wrong", [(1, 0), (0, math.nan), (0, math.inf), (None, 1), (0, "1"), (0, None)]
    )
    def test_what_is_no_time(self, wrong):
        with pytest.raises(AffectError, match=r"AF117: unit 2 "):
            timeline([(0, 1), wrong], [0.5, 0.5])
        with pytest.raises(AffectError, match=r"AF117: unit 2 "):
            frames([(0, 1, 0.5), (*wrong, 0.5)], 10)

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"on": 0.3}, "off = 0.35 must not be above on = 0.3"),
            ({"off": math.nan}, "off = nan"),
            ({"min_length": -1}, "min_length = -1"),
            ({"gap": -0.1}, "gap = -0.1"),
            ({"gap": math.nan}, "gap = nan"),
        ],
    )
    def test_settings(self, settings, said):
        with pytest.raises(AffectError, match=f"AF116: {said}"):
            timeline([], [], **settings)
        with pytest.raises(AffectError, match=f"AF116: {said}"):
            Settings(**settings)
        with pytest.raises(AffectError, match=f"AF116: {said}"):
            doc_timeline(spacy.blank("en")(""), **settings)

    def test_equal_thresholds_are_one(self):
        assert bounds(timeline(SECONDS[:3], [0.5, 0.49, 0.5], on=0.5, off=0.5, gap=0)) == [
            (0, 1),
            (2, 3),
        ]


class TestFrames:
    def test_a_frame_is_at_its_time(self):
        # at 2 per second frames are at 0, .5, 1 ...: the second of them opens, the end is out
        found = frames([Segment(0.5, 1.5, 0.8, [])], rate=2, duration=3)
        assert found.tolist() == [0.0, 0.8, 0.8, 0.0, 0.0, 0.0]
        assert found.dtype == numpy.float64

    def test_between_frames(self):
        assert frames([(0.6, 0.9, 0.8)], rate=2, duration=2).tolist() == [0.0] * 4
        assert frames([(0.4, 0.6, 0.8)], rate=2, duration=2).tolist() == [0.0, 0.8, 0.0, 0.0]

    def test_the_length(self):
        assert len(frames([(0, 1.2, 0.5)], rate=10)) == 12
        assert len(frames([(0, 1.25, 0.5)], rate=10)) == 13
        assert len(frames([], rate=25, duration=4)) == 100
        assert len(frames([], rate=25)) == 0
        # 0.1 * 30 is a little more than 3
        assert len(frames([], rate=30, duration=0.1)) == 3

    def test_the_highest_counts_where_units_overlap(self):
        units = [(0, 3, 0.6), (1, 2, 0.9), (2, 3, 0.1), (0, 1, None)]
        assert frames(units, rate=1, duration=4).tolist() == [0.6, 0.9, 0.6, 0.0]
        assert frames([(0, 2, -0.5)], rate=1, duration=3).tolist() == [-0.5, -0.5, 0.0]

    def test_a_video_that_is_shorter(self):
        assert frames([(1, 9, 0.6), (-2, 0.5, 0.7)], rate=1, duration=2).tolist() == [0.7, 0.6]

    @pytest.mark.parametrize("rate", [0, -25, math.nan, math.inf])
    def test_rates(self, rate):
        with pytest.raises(AffectError, match=f"AF116: rate = {rate}"):
            frames([], rate)

    @pytest.mark.parametrize("duration", [-1, math.nan, math.inf])
    def test_durations(self, duration):
        with pytest.raises(AffectError, match=f"AF116: duration = {duration}"):
            frames([], 25, duration)


TURNS = [
    {"speaker": "a", "text": "Do you smoke?", "start": 0.0, "end": 2.0},
    {"speaker": "b", "text": "I want to stop. But it is hard. Today is fine.", "start": 2.5},
    {"speaker": "a", "text": "I see.", "start": 12.5, "end": 13.0},
    {"speaker": "b", "text": "Perhaps never."},
]


def scored(turns, scores, unit="turns", cues=()):
    """RETURNS (Doc): With a record of each turn or sentence, and cues at the words given."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    doc = make_doc(nlp, turns)
    doc = nlp(doc)
    spans = list(doc.spans["turns"]) if unit == "turns" else list(doc.sents)
    spans = [span for span in spans if span.text.strip()]
    records = [
        {"value": score, "label": None, "labels": []}
        for _, score in zip(spans, scores, strict=True)
    ]
    write_units(doc, KEY, spans, records)
    words = {token.text: token.i for token in doc}
    write_cues(doc, KEY, [Cue(words[word], words[word] + 1, label) for word, label in cues])
    return doc


class TestDoc:
    def test_turns(self):
        doc = scored(TURNS, [0.0, 0.8, 0.1, 0.9], cues=[("But", "contrast"), ("see", "hedge")])
        # the second lasts until the third starts, the last has no time
        assert doc_timeline(doc) == [Segment(2.5, 12.5, 0.8, ["contrast"])]

    def test_settings_are_handed_on(self):
        doc = scored(TURNS, [0.0, 0.8, 0.1, 0.9])
        assert doc_timeline(doc, on=0.9) == []
        assert doc_timeline(doc, min_length=11) == []
        assert bounds(doc_timeline(doc, on=0.1, off=0.1)) == [(2.5, 13.0)]

    def test_sentences_share_the_time_of_their_turn(self):
        text = TURNS[1]["text"]
        doc = scored(TURNS[:3], [0.0, 0.1, 0.8, 0.1, 0.0], "sents", [("But", "contrast")])
        [found] = doc_timeline(doc, gap=0)
        # a sentence begins where it does and lasts, white space included, to the next
        at = [2.5 + 10 * text.index(word) / len(text) for word in ("But", "Today")]
        assert (found.start, found.end) == pytest.approx(tuple(at))
        assert found.cues == ["contrast"]

    def test_neighbouring_sentences_touch(self):
        turn = {"text": "No. Yes.", "start": 0, "end": 80}
        assert bounds(doc_timeline(scored([turn], [0.5, 0.5], "sents"), gap=0)) == [(0, 80)]

    def test_a_unit_over_two_turns(self):
        turns = [
            {"text": "I would like", "start": 0, "end": 2},
            {"text": "to go. Bye.", "start": 3, "end": 14},
        ]
        doc = make_doc(spacy.blank("en"), turns)
        spans = [doc[:7], doc[7:]]
        assert [span.text for span in spans] == ["I would like\nto go.", "Bye."]
        records = [{"value": score, "label": None, "labels": []} for score in (0.9, 0.0)]
        write_units(doc, KEY, spans, records)
        [found] = doc_timeline(doc)
        assert (found.start, found.end) == pytest.approx((0, 3 + 11 * len("to go. ") / 11))

    def test_a_turn_without_a_start(self):
        turns = [
            {"text": "one", "end": 2.0},
            {"text": "two", "start": 2.0, "end": 3.0},
            {"text": "three", "end": 5.0},
            {"text": "four"},
            {"text": "five", "start": 6.0},
            {"text": "six"},
        ]
        doc = scored(turns, [0.9, 0.0, 0.9, 0.9, 0.9, 0.9])
        # nothing is known of when the first began, the fourth, or how long the fifth is
        assert bounds(doc_timeline(doc, gap=0)) == [(3.0, 5.0)]
        assert bounds(doc_timeline(doc, gap=0, min_length=0)) == [
            (2.0, 2.0),
            (3.0, 5.0),
            (6.0, 6.0),
        ]

    def test_without_times(self):
        turns = [{"text": turn["text"]} for turn in TURNS]
        assert doc_timeline(scored(turns, [0.9] * 4)) == []
        assert doc_timeline(spacy.blank("en")("no turns")) == []
        assert doc_timeline(make_doc(spacy.blank("en"), [])) == []

    def test_a_text_without_a_score(self):
        assert doc_timeline(scored(TURNS, [None] * 4)) == []

    def test_units_that_were_not_scored(self):
        doc = make_doc(spacy.blank("en"), TURNS)
        with pytest.raises(AffectError, match="AF118: 'affect_ambivalence' scored no turns"):
            doc_timeline(doc)

    def test_one_label_of_many(self):
        doc = scored(TURNS[:2], [{"joy": 0.9, "fear": 0.1}, {"joy": 0.1, "fear": 0.8}])
        assert doc_timeline(doc, label="joy") == [Segment(0.0, 2.0, 0.9, [])]
        for label in (None, "awe"):
            with pytest.raises(AffectError, match=f"AF119.*not {label!r}.*joy, fear"):
                doc_timeline(doc, label=label)

    def test_times_that_are_none(self):
        doc = scored(TURNS[:1], [0.9])
        turns = doc.spans["turns"]
        attrs = {"starts": [2.0], "ends": [1.0]}
        doc.spans["turns"] = SpanGroup(doc, name="turns", attrs=attrs, spans=list(turns))
        with pytest.raises(AffectError, match=r"AF117: a turn goes from 2\.0 to 1\.0"):
            doc_timeline(doc)

    def test_a_doc_that_was_stored(self):
        doc = scored(TURNS, [0.0, 0.8, 0.1, 0.9], cues=[("But", "contrast")])
        again = Doc(doc.vocab).from_bytes(doc.to_bytes())
        assert doc_timeline(again) == doc_timeline(doc)

    def test_a_component(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("affect_ambivalence", config={"unit": "turns"})
        turns = [
            {"text": "It rains.", "start": 0, "end": 3},
            {"text": "I want to quit, but um I am not sure I can.", "start": 3, "end": 9},
        ]
        [found] = doc_timeline(nlp(make_doc(nlp, turns)))
        assert (found.start, found.end) == (3.0, 9.0)
        assert found.score >= 0.5
        assert "contrast" in found.cues


def test_long_conversations():
    turns = [
        {"text": "I want it. But it is hard. Or no.", "start": 4 * i, "end": 4 * i + 3}
        for i in range(1700)
    ]
    doc = scored(turns, [0.1, 0.9, 0.4] * 1700, "sents")
    doc.spans[KEY] = [Span(doc, span.start, span.start + 1, "hedge") for span in doc.sents]
    found = doc_timeline(doc)
    there = frames(found, rate=30)
    assert len(found) == 1700
    assert len(there) == 30 * (4 * 1699 + 3)


def test_public_names():
    assert {"Segment", "doc_timeline", "frames"} <= set(dir(spacy_affect))
