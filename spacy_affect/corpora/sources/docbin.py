"""spaCy's own format: .spacy files, whose Docs hold gold already."""

from collections.abc import Iterator
from pathlib import Path

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ...errors import AffectError
from ..base import BY_WORD, BadRow, CorpusSource, Row
from ..cats import cats_gold, exclusive
from ..files import Malformed
from ..gold import Gold, get_gold, gold_tasks, set_gold

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
        """YIELDS (Row | BadRow): The texts with the gold of the whole Doc; `docs` keeps all."""
        for file in self.files(Path(path), split):
            for number, doc in enumerate(self._docs(file, Vocab()), start=1):
                try:
                    gold = {task: get_gold(doc, task) for task in gold_tasks(doc)}
                except AffectError as error:
                    yield BadRow(str(file), number, str(error))
                    continue
                known = {task: found for task, found in gold.items() if found is not None}
                name, group = (str(doc.user_data.get(key, "")) for key in (ID, GROUP))
                yield Row(doc.text, known, name, group, str(file), number)

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


def _set_cats(doc: Doc, task: str, whole: bool, file: Path) -> None:
    try:
        gold = cats_gold(doc.cats, whole)
    except Malformed as error:
        raise AffectError("AF030", path=file, reason=str(error)) from None
    if gold != Gold():
        set_gold(doc, task, *gold)
