"""The label schemes, each with its publication, and the published mappings between them.

A mapping is here only if a publication gives it, if the labels carry the same names, or if it is
composed of two that are here. It takes one label to a tuple of labels: two where the target splits
it (Plutchik's dyads), none where the target has no counterpart. No counterpart is not "neutral":
only the absent class of the source becomes the absent class of the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from spacy_affect.errors import AffectError, hint, listing
from spacy_affect.types import Scheme


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# ---- Emotions ----

#: Ekman names six and no absence; "neutral" is what GoEmotions puts beside its Ekman level.
EKMAN = Scheme(
    name="ekman",
    labels=("anger", "disgust", "fear", "joy", "sadness", "surprise"),
    source="Ekman 1992, An argument for basic emotions, Cognition and Emotion 6 (3-4)",
    absent="neutral",
)

#: The text of 1980 says "acceptance" where the wheel of 2001 says "trust"; corpora say "trust".
PLUTCHIK8 = Scheme(
    name="plutchik8",
    labels=("anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust"),
    source="Plutchik 1980, A general psychoevolutionary theory of emotion, in Plutchik and "
    "Kellerman (eds), Emotion: Theory, Research, and Experience 1",
)

EC11 = Scheme(
    name="ec11",
    labels=_words(
        "anger anticipation disgust fear joy love optimism pessimism sadness surprise trust"
    ),
    source="Mohammad et al. 2018, SemEval-2018 Task 1: Affect in Tweets, subtask E-c, "
    "doi:10.18653/v1/S18-1001",
)

SEMEVAL4 = Scheme(
    name="semeval4",
    labels=("anger", "fear", "joy", "sadness"),
    source="Mohammad et al. 2018, SemEval-2018 Task 1: Affect in Tweets, subtasks EI-reg and "
    "EI-oc, doi:10.18653/v1/S18-1001",
)

#: In the order of the published emotions.txt, whose indices the corpus files use.
GOEMOTIONS = Scheme(
    name="goemotions",
    labels=_words(
        "admiration amusement anger annoyance approval caring confusion curiosity desire "
        "disappointment disapproval disgust embarrassment excitement fear gratitude grief joy love "
        "nervousness optimism pride realization relief remorse sadness surprise"
    ),
    source="Demszky et al. 2020, GoEmotions: A Dataset of Fine-Grained Emotions, "
    "doi:10.18653/v1/2020.acl-main.372",
    absent="neutral",
)

GOEMOTIONS_SENTIMENT = Scheme(
    name="goemotions_sentiment",
    labels=("positive", "negative", "ambiguous"),
    source="Demszky et al. 2020, GoEmotions: A Dataset of Fine-Grained Emotions, sentiment level, "
    "doi:10.18653/v1/2020.acl-main.372",
    absent="neutral",
)

BRIGHTER6 = Scheme(
    name="brighter6",
    labels=("anger", "disgust", "fear", "joy", "sadness", "surprise"),
    source="Muhammad et al. 2025, BRIGHTER: BRIdging the Gap in Human-Annotated Textual Emotion "
    "Recognition Datasets for 28 Languages (the data of SemEval-2025 Task 11), "
    "doi:10.18653/v1/2025.acl-long.436",
)

EMPATHETIC32 = Scheme(
    name="empathetic32",
    labels=_words(
        "afraid angry annoyed anticipating anxious apprehensive ashamed caring confident content "
        "devastated disappointed disgusted embarrassed excited faithful furious grateful guilty "
        "hopeful impressed jealous joyful lonely nostalgic prepared proud sad sentimental "
        "surprised terrified trusting"
    ),
    source="Rashkin et al. 2019, Towards Empathetic Open-domain Conversation Models: a New "
    "Benchmark and Dataset (EmpatheticDialogues), doi:10.18653/v1/P19-1534",
)

# ---- Polarity, subjectivity, dimensions ----

POLARITY = Scheme(
    name="polarity",
    labels=("negative", "neutral", "positive"),
    source="Rosenthal et al. 2017, SemEval-2017 Task 4: Sentiment Analysis in Twitter, subtask A, "
    "doi:10.18653/v1/S17-2088",
)

SUBJECTIVITY = Scheme(
    name="subjectivity",
    labels=("objective", "subjective"),
    source="Pang and Lee 2004, A Sentimental Education: Sentiment Analysis Using Subjectivity "
    "Summarization Based on Minimum Cuts, doi:10.3115/1218955.1218990",
)

OPINION = Scheme(
    name="opinion",
    labels=("least_opinionated", "neutral_opinionated", "highly_opinionated"),
    source="Thakur et al. 2024, A Labelled Dataset for Sentiment Analysis of Videos on YouTube, "
    "TikTok, and Other Sources about the 2024 Outbreak of Measles, arXiv:2406.07693",
)

#: The first dimension is "pleasure" in the publication; corpora call it valence.
VAD = Scheme(
    name="vad",
    labels=("valence", "arousal", "dominance"),
    source="Russell and Mehrabian 1977, Evidence for a three-factor theory of emotions, "
    "Journal of Research in Personality 11 (3)",
)

# ---- Dialogue ----

#: The names of the strategies in the corpus files, and ours, which are identifiers.
ESCONV_NAMES = {
    "Question": "question",
    "Restatement or Paraphrasing": "restatement",
    "Reflection of feelings": "reflection",
    "Self-disclosure": "self_disclosure",
    "Affirmation and Reassurance": "affirmation",
    "Providing Suggestions": "suggestion",
    "Information": "information",
    "Others": "other",
}

_ESCONV_SOURCE = (
    "Liu et al. 2021, Towards Emotional Support Dialog Systems (ESConv), "
    "doi:10.18653/v1/2021.acl-long.269"
)

ESCONV = Scheme(name="esconv", labels=tuple(ESCONV_NAMES), source=_ESCONV_SOURCE)

ESCONV8 = Scheme(name="esconv8", labels=tuple(ESCONV_NAMES.values()), source=_ESCONV_SOURCE)

_ANNOMI_SOURCE = (
    "Wu et al. 2022, AnnoMI: a dataset of expert-annotated counselling dialogues, "
    "doi:10.1109/ICASSP43922.2022.9746035"
)

CLIENT_TALK = Scheme(
    name="client_talk", labels=_words("change neutral sustain"), source=_ANNOMI_SOURCE
)

THERAPIST_BEHAVIOUR = Scheme(
    name="therapist_behaviour",
    labels=_words("question reflection therapist_input other"),
    source=_ANNOMI_SOURCE,
)

AMBIVALENCE_CUES = Scheme(
    name="ambivalence_cues",
    labels=_words(
        "filler_sound filler_word hedge repetition correction stutter contrast negative_stance "
        "positive_stance mixed_affect desire no_desire able unable opportunity no_opportunity "
        "success failure excuse"
    ),
    source="after the code-book of González-González et al. 2025, BAH Dataset for "
    "Ambivalence/Hesitancy Recognition in Videos for Digital Behavioural Change, "
    "arXiv:2505.19328",
)

SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        EKMAN,
        PLUTCHIK8,
        EC11,
        SEMEVAL4,
        GOEMOTIONS,
        GOEMOTIONS_SENTIMENT,
        BRIGHTER6,
        EMPATHETIC32,
        POLARITY,
        SUBJECTIVITY,
        OPINION,
        VAD,
        ESCONV,
        ESCONV8,
        CLIENT_TALK,
        THERAPIST_BEHAVIOUR,
        AMBIVALENCE_CUES,
    )
}


def get_scheme(name: str) -> Scheme:
    """Look up a scheme by its name.

    RETURNS (Scheme): The scheme.
    RAISES (AffectError): AF018 where there is none.
    """
    if name not in SCHEMES:
        raise AffectError(
            "AF018", kind="scheme", name=name, known=listing(SCHEMES), hint=hint(name, SCHEMES)
        )
    return SCHEMES[name]


# ---- Mappings ----


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the labels of one scheme are called in another.

    table (dict): Every label of the source, its absent class too, -> labels of the target in the
        target's order, its absent class among them; empty where there is no counterpart.
    reference (str): The publication, or what the table is composed of.
    """

    source: str
    target: str
    table: dict[str, tuple[str, ...]]
    reference: str


#: A published table as far as it goes: label -> labels.
_Rows: TypeAlias = dict[str, tuple[str, ...]]


def _mapping(source: Scheme, target: Scheme, rows: _Rows, reference: str) -> Mapping:
    """RETURNS (Mapping): The rows, made total over the source and put in the target's order."""
    table = {
        label: tuple(found for found in target.labels if found in rows.get(label, ()))
        for label in source.labels
    }
    if source.absent is not None:
        # Polarity has no absent class: there, neutral is one of the three labels.
        neutral = target.absent or ("neutral" if "neutral" in target.labels else None)
        table[source.absent] = (neutral,) if neutral is not None else ()
    return Mapping(source.name, target.name, table, reference)


def _same_names(source: Scheme, target: Scheme, reference: str) -> Mapping:
    return _mapping(source, target, {label: (label,) for label in source.labels}, reference)


def _compose(first: Mapping, second: Mapping) -> Mapping:
    rows = {
        label: tuple(found for middle in middles for found in second.table[middle])
        for label, middles in first.table.items()
    }
    source, target = SCHEMES[first.source], SCHEMES[second.target]
    return _mapping(source, target, rows, f"{first.reference}; then {second.reference}")


def _members(groups: _Rows) -> _Rows:
    return {label: (group,) for group, labels in groups.items() for label in labels}


#: The whole of goemotions/data/ekman_mapping.json in google-research/google-research.
_EKMAN_GROUPS: _Rows = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": _words(
        "admiration amusement approval caring desire excitement gratitude joy love optimism pride "
        "relief"
    ),
    "sadness": ("disappointment", "embarrassment", "grief", "remorse", "sadness"),
    "surprise": ("confusion", "curiosity", "realization", "surprise"),
}

#: The whole of sentiment_dict.json beside it. It merges the groups above but is a table of its own;
#: the tests hold the two against each other.
_SENTIMENT_GROUPS: _Rows = {
    "positive": _words(
        "admiration amusement approval caring desire excitement gratitude joy love optimism pride "
        "relief"
    ),
    "negative": _words(
        "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness "
        "remorse sadness"
    ),
    "ambiguous": ("confusion", "curiosity", "realization", "surprise"),
}

#: Two primary dyads and a tertiary one; the other eight labels of E-c are Plutchik's own.
_DYADS: _Rows = {
    "love": ("joy", "trust"),
    "optimism": ("anticipation", "joy"),
    "pessimism": ("anticipation", "sadness"),
}

_GOEMOTIONS_EKMAN = _mapping(
    GOEMOTIONS, EKMAN, _members(_EKMAN_GROUPS), "Demszky et al. 2020, Ekman grouping"
)
_GOEMOTIONS_SENTIMENT = _mapping(
    GOEMOTIONS,
    GOEMOTIONS_SENTIMENT,
    _members(_SENTIMENT_GROUPS),
    "Demszky et al. 2020, sentiment grouping",
)
# All six of Ekman's are GoEmotions labels too, and each stands in its whole group's sentiment.
_EKMAN_SENTIMENT = _mapping(
    EKMAN,
    GOEMOTIONS_SENTIMENT,
    _GOEMOTIONS_SENTIMENT.table,
    "Demszky et al. 2020, sentiment grouping of the Ekman groups",
)
_SENTIMENT_POLARITY = _same_names(GOEMOTIONS_SENTIMENT, POLARITY, "same names, without ambiguous")
_PLUTCHIK8_EKMAN = _same_names(PLUTCHIK8, EKMAN, "same names, without anticipation and trust")
_EC11_PLUTCHIK8 = _mapping(
    EC11,
    PLUTCHIK8,
    {label: (label,) for label in PLUTCHIK8.labels} | _DYADS,
    "Plutchik's dyads, as in PyPlutchik, Semeraro et al. 2021, doi:10.1371/journal.pone.0256503",
)
_EC11_EKMAN = _compose(_EC11_PLUTCHIK8, _PLUTCHIK8_EKMAN)
_EKMAN_SEMEVAL4 = _same_names(EKMAN, SEMEVAL4, "same names, without disgust and surprise")

_MAPPINGS: dict[tuple[str, str], Mapping] = {
    (mapping.source, mapping.target): mapping
    for mapping in (
        _GOEMOTIONS_EKMAN,
        _GOEMOTIONS_SENTIMENT,
        _EKMAN_SENTIMENT,
        _SENTIMENT_POLARITY,
        _compose(_GOEMOTIONS_SENTIMENT, _SENTIMENT_POLARITY),
        _compose(_EKMAN_SENTIMENT, _SENTIMENT_POLARITY),
        _PLUTCHIK8_EKMAN,
        _EC11_PLUTCHIK8,
        _EC11_EKMAN,
        _EKMAN_SEMEVAL4,
        _compose(_EC11_EKMAN, _EKMAN_SEMEVAL4),
        _same_names(SEMEVAL4, EKMAN, "same names"),
        _same_names(BRIGHTER6, EKMAN, "same names"),
        _same_names(EKMAN, BRIGHTER6, "same names"),
        _mapping(
            ESCONV,
            ESCONV8,
            {name: (short,) for name, short in ESCONV_NAMES.items()},
            "the strategy names of Liu et al. 2021, shortened",
        ),
    )
}


def mappings() -> list[tuple[str, str]]:
    """RETURNS (list[tuple[str, str]]): The (source, target) pairs that map_label knows."""
    return list(_MAPPINGS)


def get_mapping(source: str, target: str) -> Mapping:
    """Look up a mapping by the names of its schemes.

    RETURNS (Mapping): The mapping, with its whole table and its reference.
    RAISES (AffectError): AF018 for an unknown scheme, AF017 where nothing published maps the two.
    """
    get_scheme(source)
    get_scheme(target)
    if (source, target) not in _MAPPINGS:
        known = listing(to for start, to in _MAPPINGS if start == source)
        raise AffectError("AF017", source=source, target=target, known=known)
    return _MAPPINGS[source, target]


def map_label(source: str, target: str, label: str) -> tuple[str, ...]:
    """Say a label of one scheme in the labels of another.

    source (str): The name of the label's scheme.
    target (str): The name of the other scheme; the same one maps every label to itself.
    label (str): A label of the source, or its absent class.
    RETURNS (tuple[str, ...]): Labels of the target in its order; empty without a counterpart.
    RAISES (AffectError): AF018 for an unknown scheme or label, AF017 where nothing published maps
        the two schemes.
    """
    scheme = get_scheme(source)
    table = None if source == target else get_mapping(source, target).table
    known = scheme.labels if scheme.absent is None else (*scheme.labels, scheme.absent)
    if label not in known:
        raise AffectError(
            "AF018",
            kind=f"label of scheme {source}",
            name=label,
            known=listing(known),
            hint=hint(label, known),
        )
    return (label,) if table is None else table[label]
