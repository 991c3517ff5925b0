"""spaCy's own format: .spacy files, whose Docs hold gold already."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ...dialogue import TURNS, known
from ...errors import AffectError
from ..base import BY_WORD, BadRow, CorpusSource, Row, Turn
from ..cats import cats_gold, exclusive
from ..files import Malformed
from ..gold import Gold, gold_tasks, gold_units, set_gold

#: Where a Doc's user data keep what a row knows beside text and gold.
ID, GROUP = "affect_id", "affect_group"


class DocBins(CorpusSource):
    """Docs with gold in the groups `affect_gold.<task>`, or with textcat's cats."""

    name = "docbin"
    patterns = ("*.spacy",)
    splits = BY_WORD

    def __init__(self, cats_as: str | None = None) -> None:
        """cats_as (str | None): The task whose gold `doc.cats` holds."""
        self._cats_as = cats_as

    def read(self, path: Path, split: str | None = None) -> Iterator[Row | BadRow]:
        """YIELDS (Row | BadRow): The texts with the gold of the whole Doc, conversations with that
        of their turns too; `docs` keeps all.
        """
        for file in self.files(Path(path), split):
            for number, doc in enumerate(self._docs(file, Vocab()), start=1):
                try:
                    gold = _golds(doc)
                except AffectError as error:
                    yield BadRow(str(file), number, str(error))
                    continue
                name, group = (str(doc.user_data.get(key, "")) for key in (ID, GROUP))
                turns = tuple(_turns(doc, gold))
                own = {} if turns and len(turns[0].text) == len(doc.text) else gold
                row = Row(doc.text, own.get((0, len(doc)), {}), name, group, str(file), number)
                yield replace(row, turns=turns, situation=_situation(doc)) if turns else row

    def docs(self, path: Path, split: str | None, vocab: Vocab) -> Iterator[Doc]:
        """YIELDS (Doc): As they were stored, `cats_as` aside."""
        for file in self.files(Path(path), split):
            yield from self._docs(file, vocab)

    def _docs(self, file: Path, vocab: Vocab) -> Iterator[Doc]:
        try:
            stored = DocBin().from_disk(file)
            docs = list(stored.get_docs(vocab))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AffectError("AF030", path=file, reason=f"no DocBin: {error}") from None
        if self._cats_as:
            whole = exclusive(doc.cats for doc in docs if doc.cats)
            for doc in docs:
                _set_cats(doc, self._cats_as, whole, file)
        yield from docs


def _golds(doc: Doc) -> dict[tuple[int, int], dict[str, Gold]]:
    """RETURNS (dict): By place in tokens and task. RAISES: AF015 for a group without its attrs."""
    found: dict[tuple[int, int], dict[str, Gold]] = {}
    for task in gold_tasks(doc):
        for span, gold in gold_units(doc, task):
            found.setdefault((span.start, span.end), {})[task] = gold
    return found


def _turns(doc: Doc, gold: Mapping[tuple[int, int], dict[str, Gold]]) -> Iterator[Turn]:
    if TURNS not in doc.spans:
        return
    names = ("starts", "ends", "strategies")
    times = zip(doc.spans[TURNS], *(known(doc, name) for name in names), strict=True)
    for span, start, end, strategy in times:
        own = gold.get((span.start, span.end), {})
        yield Turn(span.text, span.label_, start, end, strategy, own)


def _situation(doc: Doc) -> str:
    return doc.spans[TURNS].attrs.get("situation") or ""


def _set_cats(doc: Doc, task: str, whole: bool, file: Path) -> None:
    try:
        gold = cats_gold(doc.cats, whole)
    except Malformed as error:
        raise AffectError("AF030", path=file, reason=str(error)) from None
    if gold != Gold():
        set_gold(doc, task, *gold)
