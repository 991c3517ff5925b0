"""Reading transcripts: every way in which files are written, and no cue lost without a word."""

from __future__ import annotations

import codecs
import json
import re

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_affect.dialogue import make_doc
from spacy_affect.dialogue.clock import parse_clock, parse_time
from spacy_affect.dialogue.cues import read_cues
from spacy_affect.dialogue.markup import plain
from spacy_affect.dialogue.transcripts import (
    SUFFIXES,
    Transcript,
    conversation,
    parse_transcript,
    read_transcript,
)
from spacy_affect.errors import AffectError

NLP = spacy.blank("en")


def read(text: str, suffix: str = ".vtt") -> Transcript:
    return parse_transcript(text.encode(), suffix, f"talk{suffix}")


def vtt(*cues: str) -> Transcript:
    """RETURNS (Transcript): Of cues of one second each, one after the other."""
    timed = [f"00:{i:02}.000 --> 00:{i + 1:02}.000\n{cue}\n" for i, cue in enumerate(cues)]
    return read("WEBVTT\n\n" + "\n".join(timed))


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(turn["speaker"], turn["text"]) for turn in transcript.turns]


def texts(transcript: Transcript) -> list[str]:
    return [turn["text"] for turn in transcript.turns]


def times(transcript: Transcript) -> list[tuple[float | None, float | None]]:
    return [(turn["start"], turn["end"]) for turn in transcript.turns]


def fails(data: bytes | str, suffix: str) -> str:
    data = data if isinstance(data, bytes) else data.encode()
    with pytest.raises(AffectError) as caught:
        parse_transcript(data, suffix, f"talk{suffix}")
    assert caught.value.code == "AF111"
    return str(caught.value)


# The two formats


def test_a_vtt_file_with_all_that_it_may_have():
    transcript = read(
        """\
WEBVTT - Talk of the day
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000
Kind: captions

STYLE
::cue(b) {
  color: red;
}

REGION
id:fred
width:40%

NOTE one line

NOTE
two
lines

intro
00:01.000 --> 00:02.500 align:start position:0% line:10%,start
First <i>line</i>
second line

NOTE in between

101:00:03.250 --> 101:00:04.000
Hours &amp; hours
"""
    )
    assert transcript == Transcript(
        [
            {"text": "First line second line", "speaker": None, "start": 1.0, "end": 2.5},
            {"text": "Hours & hours", "speaker": None, "start": 363603.25, "end": 363604.0},
        ],
        [],
    )


def test_an_srt_file_with_all_that_it_may_have():
    transcript = read(
        """\
1
00:00:01,000 --> 00:00:02,500 X1:100 X2:200 Y1:50 Y2:60
{\\an8}First <font color="#fff">line</font>
second line

1
00:00:03.5 --> 00:00:04.000
<b>A point, and a number twice</b>

00:00:05,000 --> 00:00:06,000
No number

17
00:00:07 --> 00:00:08
42
""",
        ".srt",
    )
    assert transcript.problems == []
    assert times(transcript) == [(1.0, 2.5), (3.5, 4.0), (5.0, 6.0), (7.0, 8.0)]
    assert texts(transcript) == [
        "First line second line",
        "A point, and a number twice",
        "No number",
        "42",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "cut"])
@pytest.mark.parametrize("suffix", [".vtt", ".srt"])
def test_line_ends(suffix, end, last):
    lines = ["1", "00:00:01,000 --> 00:00:02,000", "Hi", "you", ""]
    lines += ["2", "00:00:03,000 --> 00:00:04,000", "Bye"]
    head = ["WEBVTT", ""] if suffix == ".vtt" else []
    transcript = read(end.join(head + lines) + end * last, suffix)
    assert (texts(transcript), transcript.problems) == (["Hi you", "Bye"], [])


def test_only_line_ends_end_lines():
    assert texts(vtt("a\u2028b\x0bc\x85d\x1ce")) == ["a b c d e"]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF8 * 2, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@pytest.mark.parametrize("suffix", [".vtt", ".srt", ".json", ".jsonl"])
def test_encodings_that_can_be_known(suffix, mark, encoding):
    text = {
        ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nÀ bientôt 😀",
        ".srt": "1\n00:00:01,000 --> 00:00:02,000\nÀ bientôt 😀",
    }.get(suffix, '["À bientôt 😀"]')
    transcript = parse_transcript(mark + text.encode(encoding), suffix)
    assert texts(transcript) == ["À bientôt 😀"]


@pytest.mark.parametrize(
    ("data", "suffix", "where", "reason"),
    [
        (b"", ".vtt", "line 1", "it is empty"),
        (b"", ".srt", "line 1", "it is empty"),
        (b"\n \n", ".json", "line 1", "it is empty"),
        (b"\xef\xbb\xbf", ".jsonl", "line 1", "it is empty"),
        (b"WEBVTT\n\ncaf\xe9", ".vtt", "line 3", "byte 0xE9 is no UTF-8"),
        (b"1\r\r2\r\n\x93Hi\x94", ".srt", "line 4", "save it as UTF-8"),
        ('["\xe4"]'.encode("latin-1"), ".json", "line 1", "Windows-1252"),
        ("WEBVTT".encode("utf-16-le"), ".vtt", "line 1", "UTF-16 without a byte order mark"),
        ("1\n00".encode("utf-16-be"), ".srt", "line 1", "UTF-16 without a byte order mark"),
        (codecs.BOM_UTF16_LE + b"a\0\n\0\0", ".vtt", "line 2", "no UTF-16-LE"),
        (b"\x89PNG\r\n\x1a\n\0\0", ".srt", "line 1", "byte 0x89"),
        (b"MZ\n\0\x01", ".srt", "line 2", "NUL byte"),
        (b"Hello.\n", ".vtt", "line 1", "begins with WEBVTT, not with 'Hello.'"),
        (b"WEBVTTX\n", ".vtt", "line 1", "begins with WEBVTT"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHi", ".vtt", "line 1", "name SubRip .srt"),
        (b"Hello.\n\nYou.\n", ".srt", "line 1", "no line has the times of a cue"),
        (b'[{"text": "a"},\n}]', ".json", "line 2", "no JSON"),
        (b"[" * 100_000, ".json", "", "nested too deeply"),
        (b"[" + b"1" * 5000 + b"]", ".json", "", "no JSON"),
        (b'["a"]\n["b"]\n', ".jsonl", "", "it has 2 rows"),
        (b"WEBVTT", ".docx", "", "its suffix is '.docx'"),
    ],
)
def test_files_that_are_no_transcript(data, suffix, where, reason):
    message = fails(data, suffix)
    assert message.startswith(f"AF111: talk{suffix}{', ' if where else ''}{where}: ")
    assert reason in message


def test_files(tmp_path):
    path = tmp_path / "a.VTT"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHi", encoding="utf8")
    assert texts(read_transcript(path)) == ["Hi"]
    for missing in (tmp_path / "b.vtt", tmp_path):
        with pytest.raises(AffectError, match=r"AF111: .*: this cannot be read"):
            read_transcript(missing)
    assert SUFFIXES == (".vtt", ".srt", ".json", ".jsonl")


def test_webvtt_under_another_name_is_read_as_what_it_is():
    transcript = read("\nWEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\nNOTE no\n", ".srt")
    assert texts(transcript) == ["Hi"]
    assert transcript.problems == [
        "line 1: this is WebVTT, whatever the suffix says",
        "line 2: WEBVTT stands here, not on the first line",
    ]


def test_a_file_without_cues():
    assert read("WEBVTT\n") == Transcript([], ["line 1: no cue after the header"])


@pytest.mark.parametrize("header", ["WEBVTT", "WEBVTT\tx", "WEBVTT FILE", "WEBVTT\nKind: captions"])
def test_headers(header):
    for gap in ("\n", "\n\n", "\n\n\n"):
        transcript = read(f"{header}{gap}00:01.000 --> 00:02.000\nHi")
        assert (texts(transcript), times(transcript)) == (["Hi"], [(1.0, 2.0)])


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("00:00:01,500 --> 00:00:02,000", 1.5, 2.0),
        ("00:01.500 --> 00:02.000", 1.5, 2.0),
        ("1:2:3,4 --> 1:2:3,45", 3723.4, 3723.45),
        ("00:00:01 --> 00:00:02", 1.0, 2.0),
        ("00:00:01:500 --> 00:00:02:000", 1.5, 2.0),
        ("75:00.000 --> 75:01.000", 4500.0, 4501.0),
        ("00:00:01.000-->00:00:02.000", 1.0, 2.0),
        ("  00:00:01.000\t-->\t00:00:02.000  ", 1.0, 2.0),
        ("00:00:01,000 -> 00:00:02,000", 1.0, 2.0),
        ("00: 00: 01, 000 - -> 00: 00: 02, 000", 1.0, 2.0),
        ("00：00：01，000 --> 00：00：02，000", 1.0, 2.0),
        ("00:00:01,000 —> 00:00:02,000", 1.0, 2.0),
        ("3 00:00:01,000 --> 00:00:02,000", 1.0, 2.0),
        ("00:00:01,000 --> 00:00:02,0001", 1.0, 2.0001),
        ("00:00:01,000 --> 00:00:02,000 align:start line:-1 position:50%,line-left", 1.0, 2.0),
        ("9999:00:00,000 --> 9999:00:01,000", 35996400.0, 35996401.0),
    ],
)
@pytest.mark.parametrize("suffix", [".vtt", ".srt"])
def test_lines_of_times(suffix, line, start, end):
    transcript = read("WEBVTT\n\n" * (suffix == ".vtt") + f"{line}\nHi\n", suffix)
    assert (texts(transcript), times(transcript)) == (["Hi"], [(start, end)])
    assert transcript.problems == []


@pytest.mark.parametrize(
    ("line", "start", "end", "text", "problem"),
    [
        ("00:0x.000 --> 00:02.000", None, 2.0, "Hi", "cannot be read as times"),
        ("00:01.000 --> soon", 1.0, None, "Hi", "cannot be read as times"),
        ("00:01.000 -->", 1.0, None, "Hi", "cannot be read as times"),
        ("--> 00:02.000", None, 2.0, "Hi", "cannot be read as times"),
        ("-00:00:01,000 --> 00:00:02,000", None, 2.0, "Hi", "cannot be read as times"),
        ("00:00:01:12 --> 00:00:02:05", None, None, "Hi", "cannot be read as times"),
        ("12345:00:01.0 --> 1.", None, None, "Hi", "cannot be read as times"),
        ("00:00:61,000 --> 00:00:62,000", 61.0, 62.0, "Hi", "more than 59"),
        ("00:61:00,000 --> 00:62:00,000", 3660.0, 3720.0, "Hi", "more than 59"),
        ("00:01.000 --> 00:02.000 Oh, well:", 1.0, 2.0, "Oh, well: Hi", "is no setting"),
        ("00:02.000 --> 00:01.000", 2.0, None, "Hi", "ends at 1 s, before it starts"),
    ],
)
def test_odd_times_are_said(line, start, end, text, problem):
    for head, suffix in (("WEBVTT\n\n", ".vtt"), ("1\n", ".srt")):
        transcript = read(f"{head}{line}\nHi\n", suffix)
        assert (texts(transcript), times(transcript)) == ([text], [(start, end)])
        (odd,) = transcript.problems
        assert odd.startswith(f"line {1 + head.count(chr(10))}: ")
        assert problem in odd


def test_overlaps_and_backward_times_are_said_once_for_a_cue():
    transcript = read(
        """\
WEBVTT

00:10.000 --> 00:12.000
<v A>one <v B>two

00:11.000 --> 00:13.000
<v A>early <v B>too

00:12.960 --> 00:13.000
<v A>rounded

00:01.000 --> 00:02.000
<v A>backward

00:03.000 --> 00:02.000
<v A>end first

00:02.500 --> 00:04.000
<v A>again backward
"""
    )
    assert transcript.problems == [
        "line 6: the cue begins at 11 s, before the cue of line 3 ended",
        "line 12: the cue begins at 1 s, before the cue of line 9 began",
        "line 15: the cue ends at 2 s, before it starts; its end is left unknown",
        "line 18: the cue begins at 2.5 s, before the cue of line 15 began",
    ]
    assert len(transcript.turns) == 8


@pytest.mark.parametrize("cue", ["", "<i></i>", "&nbsp;", "\u200b\u200e", "{\\an8}", "ANNA:", ">>"])
def test_cues_without_text_are_left_out_and_said(cue):
    transcript = vtt("ANNA: Hi.", cue, "ANNA: Bye.")
    assert texts(transcript) == ["Hi.", "Bye."]
    assert transcript.problems == ["line 6: the cue has no text and is left out"]


# Blocks and blank lines


def test_blank_lines_inside_a_cue():
    body = "00:00:01,000 --> 00:00:02,000\nHi\n\nyou\n\n\n\nthere\n\n"
    body += "2\n00:00:03,000 --> 00:00:04,000\nBye"
    for text, suffix, first in ((f"1\n{body}", ".srt", 2), (f"WEBVTT\n\n1\n{body}", ".vtt", 4)):
        transcript = read(text, suffix)
        assert texts(transcript) == ["Hi you there", "Bye"]
        assert transcript.problems == [
            f"line {first + gap}: text after a blank line, taken as part of the cue of line {first}"
            for gap in (3, 7)
        ]


def test_srt_with_every_line_end_doubled():
    text = "1\n\n00:00:01,000 --> 00:00:02,000\n\nHi\n\n2\n\n00:00:03,000 --> 00:00:04,000\n\n5\n"
    assert texts(read(text, ".srt")) == ["Hi", "5"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        # the number that follows is a number, whatever is missing
        ("1\n{0}\nHi\n2\n{1}\nBye", ["Hi", "Bye"]),
        ("1\n{0}\n2\n{1}\nBye", ["Bye"]),
        # so is another one at the end of a text, in a file with numbers
        ("1\n{0}\nHi\n9\n{1}\nBye", ["Hi", "Bye"]),
        # without numbers in the file, or as all that is said, it is text
        ("{0}\nHi\n9\n{1}\nBye", ["Hi 9", "Bye"]),
        ("1\n{0}\n42\n{1}\nBye", ["42", "Bye"]),
        ("1\n{0}\n42\n\n{1}\nBye", ["42", "Bye"]),
        ("1\n{0}\nI have\n\n42\n\n2\n{1}\nBye", ["I have 42", "Bye"]),
        ("\ufeff1\n{0}\nHi\n\n\ufeff2\n{1}\nBye", ["Hi", "Bye"]),
    ],
)
def test_numbers_of_srt(body, found):
    text = body.format("00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000")
    assert texts(read(text, ".srt")) == found


def test_missing_blank_lines_are_said_once():
    lines = [f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\nHi" for i in range(1, 5)]
    transcript = read("\n".join(lines), ".srt")
    assert texts(transcript) == ["Hi"] * 4
    assert transcript.problems == ["line 5: no blank line before this cue, and 2 more like it"]


def test_text_outside_of_cues_is_said():
    srt = read("Advert\n\nof ours\n\n1\n00:00:01,000 --> 00:00:02,000\nHi", ".srt")
    assert srt.problems == [
        "line 1: 'Advert' is in no cue and is left out",
        "line 3: 'of ours' is in no cue and is left out",
    ]
    web = read("WEBVTT\n\nlost\n\n00:01.000 --> 00:02.000\nHi\n\nNOTE x\n\nlost too\n")
    assert texts(web) == ["Hi"]
    assert web.problems == [
        "line 3: 'lost' is in no cue and is left out",
        "line 10: 'lost too' is in no cue and is left out",
    ]


def test_a_cue_in_a_note_is_shown_by_players_and_said():
    transcript = read("WEBVTT\n\nNOTE\n00:01.000 --> 00:02.000\nHi")
    assert texts(transcript) == ["Hi"]
    assert transcript.problems == [
        "line 4: a cue inside of a NOTE, which players show all the same"
    ]
    deeper = read("WEBVTT\n\nNOTE\nold:\n00:01.000 --> 00:02.000\nHi")
    assert (texts(deeper), deeper.problems) == (
        ["Hi"],
        ["line 5: no blank line before this cue"],
    )


def test_a_cue_may_begin_like_a_note():
    assert texts(vtt("NOTE to self", "STYLE", "REGION")) == ["NOTE to self", "STYLE", "REGION"]


def test_files_that_were_joined():
    cue = "00:01.000 --> 00:02.000\nHi\n"
    transcript = read(f"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:0,MPEGTS:0\n\n{cue}\nWEBVTT\n\n{cue}")
    assert texts(transcript) == ["Hi", "Hi"]
    assert transcript.problems == [
        "line 7: another WEBVTT header, so times may begin anew",
        "line 9: the cue begins at 1 s, before the cue of line 4 ended",
    ]


def test_arrows_in_a_text_are_kept_and_said():
    transcript = read("1\n00:00:01,000 --> 00:00:02,000\nlook --> there", ".srt")
    assert texts(transcript) == ["look --> there"]
    assert transcript.problems == [
        "line 3: 'look --> there' has an arrow but no times; taken as text"
    ]


# Markup


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<i>a</i> <b>b</b> <u>c</u> <s>d</s>", "a b c d"),
        ("<c.yellow.bg_blue>a</c> <c>b</c>", "a b"),
        ('<font color="#ff0000" size=3>a</font>', "a"),
        ("<I>a</I><br/>b<br>c", "a b c"),
        ("<lang en-GB>a</lang> <ruby>b<rt>c</rt></ruby>", "a bc"),
        ("{\\an8}a {\\i1}b{\\i0} {\\pos(1,2)}c", "a b c"),
        ("a<00:00:01.000><c> b</c><01:02.500>", "a b"),
        ("&lt;i&gt; &amp;amp; &quot;a&quot;&nbsp;&#39;b&#x27; &eacute;", "<i> &amp; \"a\" 'b' é"),
        ("AT&T &c; R&D &#99999999; &unknown; & so", "AT&T &c; R&D � &unknown; & so"),
        ("I <3 you, a < b > c, <laughs> <bold>", "I <3 you, a < b > c, <laughs> <bold>"),
        ("{curly} [music] (laughs) ♪ la ♪", "{curly} [music] (laughs) ♪ la ♪"),
        ("  a \t  b\xa0c ", "a b c"),
        ("&#" + "0" * 5000 + "65;", "&#" + "0" * 5000 + "65;"),
    ],
)
def test_markup(raw, text):
    assert plain(raw) == text
    assert texts(vtt(raw)) == [text]


def test_a_tag_that_never_closes_is_kept_and_said():
    transcript = vtt("<v Roger Hello", "<b>fine</b>")
    assert texts(transcript)[0] == "<v Roger Hello"
    assert transcript.problems == ["line 3: a tag without its closing > is kept as text"]


# Speakers


@pytest.mark.parametrize(
    ("cue", "parts"),
    [
        ("<v Roger Bingham>Hi</v>", [("Roger Bingham", "Hi")]),
        ("<v.loud.first Roger>Hi", [("Roger", "Hi")]),
        ("<v Tom &amp; Jerry>Hi", [("Tom & Jerry", "Hi")]),
        ("<v>Hi", [(None, "Hi")]),
        ("<v A>Hi</v>\n<v B>Ho</v>", [("A", "Hi"), ("B", "Ho")]),
        ("<v A>Hi <v B><i>Ho</i>", [("A", "Hi"), ("B", "Ho")]),
        ("- <v A>Hi\n- <v B>Ho", [("A", "Hi"), ("B", "Ho")]),
        ("<v A>Hi</v>\n<v A>you</v>", [("A", "Hi you")]),
        ("<v A>Hi</v> all", [("A", "Hi"), (None, "all")]),
        ("<v A>BOB: Hi", [("A", "BOB: Hi")]),
        ("ANNA: Hi", [("ANNA", "Hi")]),
        ("Anna: Hi", [("Anna", "Hi")]),
        ("ANNA:Hi", [("ANNA", "Hi")]),
        ("ANNA：Hi", [("ANNA", "Hi")]),
        ("<b>ANNA:</b> Hi", [("ANNA", "Hi")]),
        ("ANNA:\nHi", [("ANNA", "Hi")]),
        ("DR. SMITH: Hi", [("DR. SMITH", "Hi")]),
        ("Dr. Smith: Hi", [("Dr. Smith", "Hi")]),
        ("Speaker 1: Hi", [("Speaker 1", "Hi")]),
        ("speaker 12: hi", [("speaker 12", "hi")]),
        ("SPEAKER_00: Hi", [("SPEAKER_00", "Hi")]),
        ("MAN #2: Hi", [("MAN #2", "Hi")]),
        ("Q: Hi?\nA: Ho.", [("Q", "Hi?"), ("A", "Ho.")]),
        ("Jean-Luc O’Brien: Hi", [("Jean-Luc O’Brien", "Hi")]),
        ("Ludwig van Beethoven: Hi", [("Ludwig van Beethoven", "Hi")]),
        ("ANNA & BOB: Hi", [("ANNA & BOB", "Hi")]),
        ("ÉLODIE: Salut", [("ÉLODIE", "Salut")]),
        ("ANNA (V.O.): Hi", [("ANNA", "(V.O.) Hi")]),
        ("[Anna]: Hi", [("Anna", "Hi")]),
        ("(ANNA): Hi", [("ANNA", "Hi")]),
        ("ANNA: Hi.\nBOB: Ho.\nyou", [("ANNA", "Hi."), ("BOB", "Ho. you")]),
        ("Anna: Hi.\nBob: Ho.", [("Anna", "Hi."), ("Bob", "Ho.")]),
        (">> Hi", [(None, "Hi")]),
        (">>> Hi", [(None, "Hi")]),
        ("&gt;&gt; Hi", [(None, "Hi")]),
        ("- >> Hi", [(None, "Hi")]),
        (">> ANNA: Hi\n>> Ho", [("ANNA", "Hi"), (None, "Ho")]),
        (">> Anna: Hi. >> Ho.", [("Anna", "Hi."), (None, "Ho.")]),
        ("- Hi\n- Ho", [(None, "Hi"), (None, "Ho")]),
        ("-Hi\n–Ho", [(None, "Hi"), (None, "Ho")]),
        ("- Hi\nyou\n- Ho", [(None, "Hi you"), (None, "Ho")]),
        ("- Anna: Hi\n- Bob: Ho", [("Anna", "Hi"), ("Bob", "Ho")]),
        # and what is none
        ("- Hi", [(None, "- Hi")]),
        ("--Hi\n--ho", [(None, "--Hi --ho")]),
        ("http://a.b: Hi", [(None, "http://a.b: Hi")]),
        ("HTTP://A.B", [(None, "HTTP://A.B")]),
        ("10:30 is late", [(None, "10:30 is late")]),
        ("Psalm 23:1 says", [(None, "Psalm 23:1 says")]),
        ("NASA:s plan", [(None, "NASA:s plan")]),
        ("anna: Hi", [(None, "anna: Hi")]),
        ("Note: be quick", [(None, "Note: be quick")]),
        ("CHAPTER 3: The end", [(None, "CHAPTER 3: The end")]),
        ("I said to Anna: go", [(None, "I said to Anna: go")]),
        ("Hear this.\nNote: go", [(None, "Hear this. Note: go")]),
        ("I tell you\nAnna: go", [(None, "I tell you Anna: go")]),
        ("One Two Three Four Five: go", [(None, "One Two Three Four Five: go")]),
        ("[music] (laughs)", [(None, "[music] (laughs)")]),
        ("[Anna] Hi", [(None, "[Anna] Hi")]),
        ("(Anna) Hi", [(None, "(Anna) Hi")]),
        ("cin >> x; a >> b", [(None, "cin >> x; a >> b")]),
        ("♪ La: la ♪", [(None, "♪ La: la ♪")]),
    ],
)
def test_speakers_of_a_cue(cue, parts):
    transcript = vtt(cue)
    assert said(transcript) == parts
    assert times(transcript) == [(0.0, 1.0)] * len(parts)


def test_a_name_holds_until_the_next_one():
    transcript = vtt("[music]", "ANNA: One", "two", "three\nBOB: four", "five", ">> six", "seven")
    assert said(transcript) == [
        (None, "[music]"),
        ("ANNA", "One"),
        ("ANNA", "two"),
        ("ANNA", "three"),
        ("BOB", "four"),
        ("BOB", "five"),
        (None, "six"),
        (None, "seven"),
    ]
    assert transcript.problems == [
        f"line {line}: no speaker, though others have one" for line in (3, 19, 22)
    ]


def test_a_name_alone_in_a_cue_speaks_in_the_next():
    transcript = vtt("ANNA:", "Hi")
    assert said(transcript) == [("ANNA", "Hi")]
    assert transcript.problems == ["line 3: the cue has no text and is left out"]


def test_two_dashes_end_what_a_name_holds_for():
    assert said(vtt("ANNA: One", "- two\n- three", "four"))[1:] == [
        (None, "two"),
        (None, "three"),
        (None, "four"),
    ]


def test_a_voice_does_not_hold():
    transcript = vtt("<v Anna>One", "two", "BOB: three", "four")
    assert said(transcript) == [("Anna", "One"), (None, "two"), ("BOB", "three"), (None, "four")]
    assert transcript.problems == [
        f"line {line}: no speaker, though others have one" for line in (6, 12)
    ]


def test_one_title_in_the_midst_of_a_file_is_no_speaker():
    assert said(vtt("Hi", "Liberty: a word", "Bye"))[1:] == [
        (None, "Liberty: a word"),
        (None, "Bye"),
    ]
    assert said(vtt("Hi", "Anna: a", "Bob: b"))[1:] == [("Anna", "a"), ("Bob", "b")]


def test_neighbouring_cues_of_one_sentence_stay_apart():
    assert said(vtt("ANNA: I would", "go home.")) == [("ANNA", "I would"), ("ANNA", "go home.")]


# Rolling captions

ROLLING = """\
WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.310 align:start position:0%
\x20
hello<00:00:00.400><c> everyone</c>

00:00:02.310 --> 00:00:02.320 align:start position:0%
hello everyone
\x20

00:00:02.320 --> 00:00:04.500 align:start position:0%
hello everyone
no<00:00:02.600><c> no</c>

00:00:04.500 --> 00:00:04.510 align:start position:0%
no no
\x20

00:00:04.510 --> 00:00:06.000 align:start position:0%
no no
no<00:00:05.000><c> no</c>
"""


def test_rolling_captions_are_said_once():
    transcript = read(ROLLING)
    assert texts(transcript) == ["hello everyone", "no no", "no no"]
    assert transcript.problems == [
        "line 9: this cue only repeats the one before it and is left out, and 1 more like it"
    ]


def test_repeated_lines_without_inline_times_are_kept():
    assert texts(vtt("no", "no", "no\nyes")) == ["no", "no", "no yes"]


# JSON


@pytest.mark.parametrize(
    "name",
    ["dialog", "dialogue", "turns", "segments", "utterances", "chunks", "conversation", "messages"],
)
def test_objects_with_turns(name):
    assert said(conversation({name: [{"text": "Hi", "speaker": "A"}]})) == [("A", "Hi")]


def test_turns_as_they_are_named():
    for text in ("text", "content", "utterance", "utterance_text"):
        for speaker in ("speaker", "role", "interlocutor", "user"):
            assert said(conversation([{text: " Hi\n", speaker: "A"}])) == [("A", "Hi")]
    assert said(conversation(["Hi", "Ho"])) == [(None, "Hi"), (None, "Ho")]
    assert said(conversation([{"text": "Hi", "speaker": 0}])) == [("0", "Hi")]
    assert said(conversation([{"dialog": [{"content": "Hi"}]}])) == [(None, "Hi")]


def test_esconv():
    value = {
        "emotion_type": "anxiety",
        "situation": "I may lose my job.",
        "dialog": [
            {"speaker": "seeker", "annotation": {}, "content": "Hello\n"},
            {"speaker": "supporter", "annotation": {"strategy": "Question"}, "content": "Why?"},
        ],
    }
    transcript = conversation(value)
    assert transcript.situation == "I may lose my job."
    assert transcript.problems == []
    assert "strategy" not in transcript.turns[0]
    assert transcript.turns[1]["strategy"] == "Question"
    doc = make_doc(NLP, transcript.turns, transcript.situation)
    assert doc.spans["turns"].attrs["strategies"] == [None, "Question"]


def test_whisper_and_whisperx():
    value = {
        "text": " Hi. Ho.",
        "language": "en",
        "segments": [
            {"id": 0, "start": 0.0, "end": 1, "text": " Hi.", "speaker": "SPEAKER_00", "words": []},
            {"id": 1, "start": 1.0, "end": 2.5, "text": " Ho.", "speaker": "SPEAKER_01"},
            {"id": 2, "start": 2.5, "end": 3.0, "text": " Hm."},
        ],
    }
    transcript = read(json.dumps(value), ".json")
    assert said(transcript) == [("SPEAKER_00", "Hi."), ("SPEAKER_01", "Ho."), (None, "Hm.")]
    assert times(transcript) == [(0.0, 1.0), (1.0, 2.5), (2.5, 3.0)]
    assert transcript.problems == ["turn 3 has no speaker"]


def test_chunks_of_a_recognition_pipeline():
    value = {"text": "Hi Ho", "chunks": [{"timestamp": [0.0, 3.2], "text": " Hi"}]}
    value["chunks"].append({"timestamp": (3.2, None), "text": " Ho"})
    transcript = conversation(value)
    assert (times(transcript), transcript.problems) == ([(0.0, 3.2), (3.2, None)], [])


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (0, 0.0),
        (1.5, 1.5),
        ("12.5", 12.5),
        ("00:00:05", 5.0),
        ("00:01:02,500", 62.5),
        ("1:02", 62.0),
        (" 01:02.25 ", 62.25),
    ],
)
def test_times_of_turns(given, seconds):
    for name in ("start", "start_time", "timestamp"):
        assert times(conversation([{"text": "Hi", name: given}])) == [(seconds, None)]
    for name in ("end", "end_time"):
        assert times(conversation([{"text": "Hi", name: given}])) == [(None, seconds)]


@pytest.mark.parametrize(
    "given",
    [
        -1,
        True,
        float("nan"),
        float("inf"),
        10**400,
        10**5000,
        "soon",
        "2024-05-01T10:00:00Z",
        [1],
        {},
    ],
    ids=lambda given: str(given)[:9] if not isinstance(given, int) else "integer",
)
def test_times_that_are_none_are_said(given):
    transcript = conversation([{"text": "Hi", "start": given}])
    assert times(transcript) == [(None, None)]
    assert transcript.problems[0].startswith("turn 1 has the start ")
    assert transcript.problems[0].endswith("which is no time; left unknown")


def test_what_is_odd_about_turns():
    transcript = conversation(
        {
            "situation": 3,
            "turns": [
                {"text": "a", "speaker": "A", "start": 1, "end": 5},
                {"text": " ", "speaker": ["B"], "start": 4, "end": 3},
                {"text": "\ud83d c", "speaker": "A", "strategy": 2, "start": 2},
            ],
        }
    )
    assert transcript.problems == [
        "turn 2 ends at 3 s, before it starts at 4 s; end left unknown",
        "turn 2 has the speaker ['B'], not a name; left unknown",
        "turn 2 has no words",
        "turn 3 has half a character in its text, replaced",
        "turn 3 has the strategy 2, not text, which is left out",
        "the situation is 3, not text, and is left out",
        "turn 2 begins at 4 s, before turn 1 ended",
        "turn 2 has no speaker",
        "turn 3 begins at 2 s, before turn 2 began",
    ]
    # the turn without words stays, so that numbers are those of the input
    assert texts(transcript) == ["a", "", "\ufffd c"]
    assert transcript.situation is None
    assert list(make_doc(NLP, transcript.turns).spans["turns"].attrs["numbers"]) == [0, 2]


def test_halves_of_characters_are_replaced_wherever_they_are():
    turn = {"text": "Hi", "speaker": "A\udc00", "strategy": "Q\ud800"}
    transcript = conversation({"turns": [turn], "situation": "\udfff!"})
    assert len(transcript.problems) == 3
    assert transcript.situation == "\ufffd!"
    make_doc(NLP, transcript.turns, transcript.situation).to_bytes()


def test_a_conversation_without_turns():
    assert conversation([]) == conversation({"turns": []}) == Transcript([], ["there is no turn"])


def test_messages_in_parts_and_without_content():
    value = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image"}]},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "assistant", "content": "A cat."},
        ]
    }
    found = conversation(value)
    assert [turn["text"] for turn in found.turns] == ["Look:", "", "A cat."]
    assert found.problems == ["turn 2 has no words"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "it is null, not a list of turns"),
        (3, "it is a number"),
        ("Hi", "it is text"),
        ({}, "no list of turns under any of dialog, .*; it has nothing"),
        ({"text": "Hi"}, "it has 'text'"),
        ({"turns": {"text": "Hi"}}, "it has 'turns'"),
        ([{"dialog": []}, {"dialog": []}], "it holds 2 conversations"),
        ([3], "turn 1: .* no text under any of text, .*, but a number"),
        (["Hi", None], "turn 2: .* but null"),
        ([{"txt": "Hi"}], r"turn 1: .* but \['txt'\]"),
        ([{"text": ["Hi"]}], "turn 1: .* its text is a list"),
        ([[["Hi"]]], "turn 1: .* but a list"),
    ],
)
def test_what_is_no_conversation(value, reason):
    with pytest.raises(AffectError, match=f"AF111: the conversation.*{reason}"):
        conversation(value)


def test_deeply_nested_values_fail_in_our_words():
    value: object = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(AffectError, match="AF111"):
        conversation(value)
    wrapped: object = {"turns": []}
    for _ in range(3):
        wrapped = [wrapped]
    with pytest.raises(AffectError, match="AF111"):
        conversation(wrapped)


def test_jsonl_of_one_row():
    assert texts(read('\n{"turns": ["Hi"]}\n\n', ".jsonl")) == ["Hi"]


# Whatever comes

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
PIECES = st.sampled_from(
    [
        "WEBVTT",
        "NOTE",
        "STYLE",
        "00:00:01.000 --> 00:00:02,000",
        "1:2 -> 3:4.5 align:start",
        "00:00:0x --> 1",
        "-->",
        "1",
        "2",
        "",
        " ",
        "hello",
        "ANNA: hi.",
        "Bob: hi",
        ">> yes. >> no",
        "- a",
        "<v A>b <v B>c",
        "<v A",
        "<00:00:01.000><c> d</c>",
        "{\\an8}",
        "&nbsp;&#55296;",
        "\ufeff",
    ]
)
LINES = st.lists(PIECES | TEXT, max_size=30).map("\n".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "content", "speaker", "start", "end", "timestamp", "turns"])
            | st.sampled_from(["situation", "strategy", "annotation", "segments"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
TIMES = re.compile(r"^[ \t]*\d\d:\d\d:\d\d[.,]\d\d\d --> \d\d:\d\d:\d\d[.,]\d\d\d$")


def is_sound(data: bytes, suffix: str) -> None:
    try:
        transcript = parse_transcript(data, suffix)
    except AffectError as error:
        if error.code != "AF111":
            raise
        return
    doc = make_doc(NLP, transcript.turns, transcript.situation)
    assert len(doc.spans["turns"]) == sum(bool(turn["text"]) for turn in transcript.turns)
    assert suffix.startswith(".json") or all(turn["text"].strip() for turn in transcript.turns)
    doc.to_bytes()


@given(st.binary(max_size=80), st.sampled_from(SUFFIXES))
def test_any_bytes(data, suffix):
    is_sound(data, suffix)


@settings(max_examples=300, deadline=None)
@given(LINES, st.sampled_from([".vtt", ".srt"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_lines(text, suffix, end):
    head = "WEBVTT\n\n" if suffix == ".vtt" else ""
    is_sound((head + text).replace("\n", end).encode(), suffix)


@settings(deadline=None)
@given(VALUES)
def test_any_json(value):
    is_sound(json.dumps(value).encode(), ".json")


@settings(max_examples=300, deadline=None)
@given(LINES, st.sampled_from([".vtt", ".srt"]))
def test_no_cue_is_lost(text, suffix):
    """Each line of times is the cue of a turn, or a problem names its line."""
    text = "WEBVTT\n\n" * (suffix == ".vtt") + "00:00:00,000 --> 00:00:00,001\nfirst\n\n" + text
    lines = [at for at, line in enumerate(re.split(r"\r?\n|\r", text), 1) if TIMES.match(line)]
    cues, _ = read_cues(text, "talk", suffix == ".vtt")
    assert set(lines) <= {cue.line for cue in cues}
    transcript = read(text, suffix)
    left_out = sum("left out" in problem for problem in transcript.problems)
    if "<" not in text:  # no rolling captions, whose repeats are said together
        assert len(cues) <= len(transcript.turns) + left_out


WORDS = st.lists(st.from_regex(r"[a-zé]{1,5}", fullmatch=True), max_size=5)


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n", "\n\n"])), min_size=1, max_size=6))
def test_no_word_is_lost(cues):
    body = "".join(
        f"{i}\n00:00:0{i}.000 --> 00:00:0{i}.900\n{between.join(words)}\n\n"
        for i, (words, between) in enumerate(cues)
    )
    for head, suffix in (("WEBVTT\n\n", ".vtt"), ("", ".srt")):
        transcript = read(head + body, suffix)
        assert texts(transcript) == [" ".join(words) for words, _ in cues if words]
        empty = [problem for problem in transcript.problems if "no text" in problem]
        assert len(empty) == sum(not words for words, _ in cues)


@given(st.integers(0, 359999), st.integers(0, 999))
def test_clock(whole, thousandths):
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"
    assert parse_clock(text) == pytest.approx(whole + thousandths / 1000, abs=1e-9)
    assert parse_time(text) == parse_clock(text.replace(".", ","))
    assert parse_clock(f"{text}x") is None
