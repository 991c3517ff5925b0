"""ESConv: emotional-support conversations with the supporter's strategies (Liu et al. 2021)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...dialogue import check_turn, merge_turns
from ...errors import AffectError
from ...labels import ESCONV_NAMES
from ..base import BY_WORD, Card, CorpusSource, Row, Turn, conversation
from ..files import Malformed, choice, json_objects
from ..gold import Gold

SEEKER, SUPPORTER = "usr", "sys"
#: The tasks of which a supporter's strategy is the gold.
TASKS = ("support", "support_next")


class ESConv(CorpusSource):
    """JSON lines, a conversation each: `situation`, and `dialog`, a list of `{speaker, text}` with
    a `strategy` where the speaker is "sys".

    Gold: the strategy of each supporter's turn, as a class of `support` (what the turn does) and of
    `support_next` (what was to come after the turns before it). Turns know their strategies, since
    those that come after may go by them. A conversation is its own group.
    """

    name = "esconv"
    tasks = TASKS
    card = Card(
        licence="CC BY-NC 4.0",
        url="https://github.com/thu-coai/Emotional-Support-Conversation",
        citation="Liu et al. 2021, doi:10.18653/v1/2021.acl-long.269",
        scheme="8 support strategies of the supporter's turns",
        ship="research",
        languages=("eng",),
    )
    patterns = ("*.jsonl",)
    splits = {**BY_WORD, "dev": r"(?i)(?<![a-z])(dev|valid)(?![a-z])"}

    def __init__(self, merge: bool = False) -> None:
        """merge (bool): Join neighbouring turns of one speaker; the first strategy is kept."""
        self._merge = merge

    def records(self, file: Path, split: str | None) -> Iterator[tuple[int, Any]]:
        for line, record in json_objects(file):
            if isinstance(record, Malformed):
                yield line, record
            else:
                yield line, {**record, "name": f"{file.stem}-{line}"}

    def parse(self, record: Any) -> Row:
        dialog = record.get("dialog")
        if not isinstance(dialog, list) or not dialog:
            raise Malformed("it has no list 'dialog' of turns")
        said = [_said(number, turn) for number, turn in enumerate(dialog, start=1)]
        turns = [_turn(turn) for turn in (merge_turns(said) if self._merge else said)]
        situation = record.get("situation") or ""
        if not isinstance(situation, str):
            raise Malformed(f"its situation is {situation!r}, not text")
        name = record["name"]
        return conversation(turns, id=name, group=name, situation=situation.strip())


def _said(number: int, turn: Any) -> dict[str, Any]:
    """RETURNS (dict): A turn as `make_doc` takes it. RAISES: Malformed with the turn's number."""
    if not isinstance(turn, Mapping) or not isinstance(turn.get("text"), str):
        raise Malformed(f"turn {number} has no text")
    speaker = turn.get("speaker")
    if speaker not in (SEEKER, SUPPORTER):
        raise Malformed(f"the speaker of turn {number} is {speaker!r}, not {SEEKER} or {SUPPORTER}")
    found = {"speaker": speaker, "text": turn["text"].strip()}
    if speaker == SUPPORTER:
        strategy = choice(
            turn.get("strategy") or "", ESCONV_NAMES, f"the strategy of turn {number}"
        )
        found["strategy"] = strategy
    try:
        check_turn(number - 1, found)
    except AffectError as error:
        raise Malformed(str(error)) from None
    return found


def _turn(said: Mapping[str, Any]) -> Turn:
    strategy = said.get("strategy")
    gold = {task: Gold(labels=strategy) for task in TASKS} if strategy else {}
    return Turn(said["text"], said["speaker"], strategy=strategy, gold=gold)
