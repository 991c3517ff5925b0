"""Reading corpora: rows of any source, and `spacy_affect.Corpus.v1` for `spacy train`.

spaCy reads the annotations of `make_corpus_v1` at run time.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from ..dialogue import TURNS, copy_turns, known, make_doc
from ..errors import AffectError, AffectWarning, listing
from ..registry import REGISTRIES
from .base import BadRow, CorpusSource, Row
from .gold import Gold, set_gold
from .sources.docbin import GROUP, ID, DocBins
from .sources.table import SUFFIXES, Table

DOCBIN = ".spacy"
#: What a corpus may be called; of one letter alone it would be a drive of Windows.
NAME = re.compile(r"[\w-]{2,}")


def make_source(
    source: str | CorpusSource | None, path: Path | None = None, settings: Mapping[str, Any] = {}
) -> CorpusSource:
    """Make a source by its name, or by what is to be read.

    source (str | CorpusSource | None): None goes by the suffix of the path, or in a folder by
        those of its files: .spacy, or .jsonl, .csv, .tsv. One that is made is returned as it is.
    settings (Mapping): The source's config keys.
    RAISES: AF014 for an unknown name, AF076 for an unknown suffix, AF074 for an unknown setting.
    """
    if source is not None and not isinstance(source, str):
        return source
    make = _by_suffix(Path(path or "")) if source is None else REGISTRIES["corpus"].get(source)
    known = list(inspect.signature(make).parameters)
    for setting, value in settings.items():
        if setting not in known:
            name = source or getattr(make, "name", "")
            reason = f"there is no such setting; there are: {listing(known)}"
            raise AffectError("AF074", source=name, setting=setting, value=value, reason=reason)
    return make(**settings)


def locate(spec: str) -> tuple[str | None, Path]:
    """Read "SOURCE:PATH", or a path alone.

    RETURNS (tuple[str | None, Path]): For `read`.
    RAISES: AF014 for a SOURCE that is unknown, unless there is a file of that whole name.
    """
    name, colon, path = spec.partition(":")
    corpora = REGISTRIES["corpus"]
    if colon and path and name in corpora:
        return name, Path(path)
    if colon and NAME.fullmatch(name) and not Path(spec).exists():
        corpora.get(name)
    return None, Path(spec)


def read(
    source: str | CorpusSource | None,
    path: str | Path,
    split: str | None = None,
    *,
    skip_bad: bool = False,
    limit: int = 0,
) -> Iterator[Row]:
    """Read the rows of a corpus.

    source (str | CorpusSource | None): A name, a source, or None: see `make_source`.
    path (str | Path): The corpus's folder, or a file.
    split (str | None): The part to read; None is all that is there.
    skip_bad (bool): Leave malformed rows out; a warning at the end counts them.
    limit (int): Stop after this many rows; 0 is no limit.
    YIELDS (Row): In the order of the files.
    RAISES: AF070 for a malformed row, and what `CorpusSource.read` raises.
    """
    path = Path(path)
    bad: list[BadRow] = []
    found = make_source(source, path).read(path, split)
    yield from islice(_good(found, bad, skip_bad), limit or None)
    if bad:
        message = f"{len(bad):,} malformed rows left out, the first: {_place(bad[0])}"
        warnings.warn(message, AffectWarning, stacklevel=2)


def to_doc(nlp: Language, row: Row) -> Doc:
    """RETURNS (Doc): The row's text, tokenised, with its gold; id and group are user data. A
    conversation has its turns in `doc.spans["turns"]`, each with its own gold.
    """
    if row.turns:
        doc = make_doc(nlp, [turn.said() for turn in row.turns], row.situation or None)
        for span, number in zip(doc.spans[TURNS], known(doc, "numbers"), strict=True):
            for task, gold in row.turns[number].gold.items():
                set_gold(doc, task, gold.value, gold.labels, span)
    else:
        doc = nlp.make_doc(row.text)
    for task, gold in row.gold.items():
        if gold != Gold():
            set_gold(doc, task, *gold)
    for key, name in ((ID, row.id), (GROUP, row.group)):
        if name:
            doc.user_data[key] = name
    return doc


def bare(nlp: Language, reference: Doc) -> Doc:
    """RETURNS (Doc): What there is to predict from: the text, tokenised, and the turns of a
    conversation, but no gold.
    """
    if TURNS not in reference.spans:
        return nlp.make_doc(reference.text)
    return copy_turns(reference, nlp.vocab)


def make_corpus_v1(
    path: str | Path | None,
    source: Any = None,
    split: str | None = None,
    limit: int = 0,
    skip_bad: bool = False,
    cats_as: str | None = None,
) -> Callable[[Language], Iterator[Example]]:
    """Make the reader `spacy_affect.Corpus.v1`, for the `[corpora]` of a config.

    path (Path): A file, or a folder.
    source (str | CorpusSource | None): A registered name, a block `{"@affect_corpora": name, ...}`,
        or null: by suffix, .spacy, or .jsonl, .csv and .tsv as `spacy-affect convert` writes.
    split (str | None): The part to read, such as "train" or "dev"; null is all that is there.
    limit (int): Stop after this many texts; 0 is no limit.
    skip_bad (bool): Leave malformed rows out and count them in a warning.
    cats_as (str | None): The task whose gold textcat's cats are, in .spacy and .jsonl.
    RETURNS (Callable[[Language], Iterator[Example]]): Gives the examples, blank texts left out.
    RAISES: AF075 without a path.
    """
    if path is None:
        raise AffectError("AF075")
    settings = {} if cats_as is None else {"cats_as": cats_as}
    if source is not None and not isinstance(source, str) and settings:
        reason = "set it in the source's own block"
        raise AffectError(
            "AF074", source=source.name, setting="cats_as", value=cats_as, reason=reason
        )
    return Corpus(Path(path), make_source(source, Path(path), settings), split, limit, skip_bad)


class Corpus:
    """What `spacy_affect.Corpus.v1` makes: called with an nlp object, it gives its examples."""

    def __init__(
        self, path: Path, source: CorpusSource, split: str | None, limit: int, skip_bad: bool
    ) -> None:
        self.path = path
        self.source = source
        self.split = split
        self.limit = limit
        self.skip_bad = skip_bad

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """YIELDS (Example): The reference holds the gold, the prediction is only tokenised."""
        filled = (doc for doc in self._references(nlp) if doc.text.strip())
        for reference in islice(filled, self.limit or None):
            yield Example(bare(nlp, reference), reference)

    def _references(self, nlp: Language) -> Iterator[Doc]:
        if isinstance(self.source, DocBins):  # Docs may hold more than a row: units, tags
            yield from self.source.docs(self.path, self.split, nlp.vocab)
            return
        for row in read(self.source, self.path, self.split, skip_bad=self.skip_bad):
            yield to_doc(nlp, row)


def _good(found: Iterator[Row | BadRow], bad: list[BadRow], skip_bad: bool) -> Iterator[Row]:
    for row in found:
        if isinstance(row, Row):
            yield row
        elif skip_bad:
            bad.append(row)
        else:
            raise AffectError("AF070", file=row.file, line=row.line, reason=row.reason)


def _place(row: BadRow) -> str:
    return f"{row.file}, line {row.line}: {row.reason}"


def _by_suffix(path: Path) -> Callable[..., CorpusSource]:
    if not path.exists():
        raise AffectError("AF030", path=path, reason="no such file or folder")
    inside = sorted(file.name for file in path.rglob("*")) if path.is_dir() else [path.name]
    names = [name.lower().removesuffix(".gz") for name in inside]
    if any(name.endswith(DOCBIN) for name in names):
        return DocBins
    if any(name.endswith(SUFFIXES) for name in names):
        return Table
    known = ", ".join((DOCBIN, *SUFFIXES))
    raise AffectError("AF076", path=path, known=known)
