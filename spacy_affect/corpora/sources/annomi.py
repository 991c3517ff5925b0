"""AnnoMI: transcripts of motivational interviewing with expert annotations (Wu et al. 2022)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...labels import CLIENT_TALK, THERAPIST_BEHAVIOUR
from ..base import Card, CorpusSource, Row, Turn, conversation
from ..files import Malformed, choice, csv_cells, with_header
from ..gold import Gold

CLIENT, THERAPIST = "client", "therapist"
#: By speaker: the column that says what a turn does, the task, and its classes.
GOLD = {
    CLIENT: ("client_talk_type", "client_talk", CLIENT_TALK.labels),
    THERAPIST: ("main_therapist_behaviour", "therapist_behaviour", THERAPIST_BEHAVIOUR.labels),
}
NEEDS = ("transcript_id", "video_url", "interlocutor", "timestamp", "utterance_text")


class AnnoMI(CorpusSource):
    """CSV with a header, a row for each utterance; `AnnoMI-simple.csv`, one annotation each.

    Gold: `client_talk` of the client's turns (change, neutral, sustain) and `therapist_behaviour`
    of the therapist's (question, reflection, input, other). Turns know when they start. The group
    is the video: several transcripts may be of one.
    """

    name = "annomi"
    tasks = ("client_talk", "therapist_behaviour")
    card = Card(
        licence="not stated",
        url="https://github.com/uccollab/AnnoMI",
        citation="Wu et al. 2022, doi:10.1109/ICASSP43922.2022.9746035",
        scheme="3 types of client talk, 4 of therapist behaviour",
        ship="research",
        languages=("eng",),
    )
    patterns = ("*.csv",)

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        """YIELDS (tuple[int, Any]): The first line of each transcript, and its rows."""
        needs = (*NEEDS, *(column for column, _, _ in GOLD.values()))
        rows = with_header(file, csv_cells(file), needs)
        name = ""
        transcripts: dict[str, list[tuple[int, Any]]] = {}
        for line, row in rows:  # a malformed row spoils the transcript that it stands in
            name = name if isinstance(row, Malformed) else row["transcript_id"]
            transcripts.setdefault(name, []).append((line, row))
        for found in transcripts.values():
            bad = next((item for item in found if isinstance(item[1], Malformed)), None)
            yield bad or (found[0][0], found)

    def parse(self, record: Any) -> Row:
        turns = [_turn(line, row) for line, row in record]
        first = record[0][1]
        name, video = first["transcript_id"], first["video_url"]
        return conversation(turns, id=name, group=video or name)


def _turn(line: int, row: dict[str, str]) -> Turn:
    """RETURNS (Turn): Of one row. RAISES: Malformed with the row's line."""
    where = f" in line {line}"
    speaker = row["interlocutor"]
    column, task, classes = choice(speaker, GOLD, f"the interlocutor{where}")
    label = row[column].strip().replace(" ", "_")
    choice(label, dict.fromkeys(classes), f"{column}{where}")
    start = _seconds(row["timestamp"], f"the timestamp{where}")
    text = row["utterance_text"].strip()
    return Turn(text, speaker, start=start, gold={task: Gold(labels=label)})


def _seconds(text: str, what: str) -> float:
    """RETURNS (float): Of "hh:mm:ss"."""
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise Malformed(f"{what} is {text!r}, not hh:mm:ss")
    hours, minutes, seconds = map(int, parts)
    return 3600.0 * hours + 60.0 * minutes + seconds
