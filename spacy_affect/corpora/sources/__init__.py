"""The corpora that are read in their original formats, one file each, and plain files."""

from __future__ import annotations

from ..base import CorpusSource
from .annomi import AnnoMI
from .brighter import Brighter
from .docbin import DocBins
from .emobank import EmoBank
from .esconv import ESConv
from .goemotions import GoEmotions
from .semeval2017 import SemEval2017
from .semeval2018 import SemEval2018
from .sst import SST
from .subj import Subj
from .table import Table
from .xed import XED

#: By the name under which configs and the command line know them.
SOURCES: dict[str, type[CorpusSource]] = {
    source.name: source
    for source in (
        AnnoMI,
        Brighter,
        DocBins,
        EmoBank,
        ESConv,
        GoEmotions,
        SemEval2017,
        SemEval2018,
        SST,
        Subj,
        Table,
        XED,
    )
}
