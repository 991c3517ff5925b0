"""How each word of a text stands: said plainly, negated, intensified, or not the last word of it.

Bags of words are wrong where a word is not meant as it stands: "not good", "I don't think that it
was good", "I expected it to be good, but it wasn't", "Was it good? No.", "I used to love it, but
now ...", "They say it is good, but I ...", "It would have been good". The rules below find such
stretches for a whole batch of texts at once. They know English only; texts of other languages hold
none of their words.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

Ints = NDArray[Any]

#: The states, in the order in which a later one overrides an earlier one.
PLAIN, CONCEDED, BOOSTED, DAMPED, NEGATED, ASIDE = range(6)
N_STATES = 6
#: How much a word's own weights count in each state, where a model says nothing else; what a state
#: is beyond that, the weights of affect words by state learn. Emotion words speak of their emotion
#: also where they are negated: on GoEmotions, F1 of positive and negative texts falls by one point
#: if they are turned round.
FACTORS = numpy.array([1.0, 0.8, 1.0, 0.8, 0.5, 0.3], "float32")

#: How many words after a negation it reaches; Das and Chen (2007) run to the next punctuation mark,
#: which on tweets without punctuation is the whole text.
NEGATION_REACH = 4
#: A verb of saying within so many words of a negation carries it to the end: "No one I met there
#: would say that ...".
RAISING_REACH = 8
#: How far ahead of "never" a "so" may be, of "wish" the "were", and of "would" the "have".
SO_REACH = numpy.arange(1, 4)
UNREAL_REACH = numpy.arange(2, 5)
HAVE_REACH = numpy.arange(1, 3)

# What a form can be to its neighbours: bits.
NEGATOR, BOOSTER, DAMPER, COMMA, END, QUESTION = (1 << bit for bit in range(6))
BUT, THOUGH, FILLER, RAISER, ANYTHING, NO = (1 << bit for bit in range(6, 12))
PAST, NOW, OWN, OPINION, EXPECTED, USED = (1 << bit for bit in range(12, 18))
TO, FAR, FROM, ONLY, EVEN, IF, FRONTED = (1 << bit for bit in range(18, 25))
SO, WISH, UNREAL, MODAL, HAVE, PERFECT = (1 << bit for bit in range(25, 31))

_WORDS: dict[int, str] = {
    COMMA: ', ; : ( ) — – -- "',
    END: ". ! ? … ... ;",
    QUESTION: "?",
    BUT: "but however yet nevertheless nonetheless except",
    THOUGH: "although though despite albeit notwithstanding while whereas",
    FILLER: (
        "it that this they he she there we i you one is was were are be been being am 's 're 'm "
        "did do does has have had could would should will can ca really actually certainly "
        "definitely personally at all so anymore any longer now even quite , but however yet and "
        "in the end fact of course sadly unfortunately luckily turned out to case bit remotely "
        "true simply just still today then though although not n't nothing like sort kind none my "
        "book view opinion slightest least get got happen happened one"
    ),
    RAISER: (
        "think thinks thought say says saying said believe believed feel felt suppose supposed "
        "claim claiming call calling called describe consider imagine guess agree expect pretend "
        "argue recommend find found sure convinced certain case true"
    ),
    ANYTHING: "anything",
    NO: "no nope nah not never hardly none nothing neither nobody",
    PAST: (
        "formerly previously once originally initially before back ago earlier past last old "
        "beginning first gone behind former until"
    ),
    NOW: (
        "now nowadays today currently anymore lately recently these presently since finally new "
        "become became becomes turned meanwhile"
    ),
    OWN: "i me mine own myself personally imo imho i'm i've we",
    OPINION: (
        "think thinks thought say says said saying claim claims claimed believe believes believed "
        "told tell tells telling find finds found call calls called swear swears swore insist "
        "insists insisted rave raves raved complain complains complained hate hates hated love "
        "loves loved like likes liked argue argues argued feel feels felt promise promises "
        "promised praise praised describe described consider considers considered rate rated "
        "recommended recommend mention mentions maintain maintains verdict opinion unlike "
        "according allegedly who whose"
    ),
    EXPECTED: (
        "thought think expected expecting hoped hoping would 'd should supposed promised said "
        "believed assumed imagined figured feared worried claimed wanted guessed predicted meant "
        "says claims thinks insists wonder found finds fearing expecting dreaded hoping"
    ),
    USED: "used",
    TO: "to",
    ONLY: "only",
    EVEN: "even",
    IF: "if",
    FRONTED: "never nowhere hardly rarely seldom scarcely",
    SO: "so such more",
    WISH: "wish wishes wished wishing",
    UNREAL: "were was had could would did 'd",
    MODAL: "could would should 'd",
    HAVE: "have 've",
    PERFECT: "been done gone loved liked enjoyed preferred appreciated wanted worked helped",
    FAR: "far",
    FROM: "from",
    NEGATOR: "ceased ceases cease stopped stops fails failed fail",
}


def _bits() -> dict[str, int]:
    found: dict[str, int] = {}
    for bit, words in _WORDS.items():
        for word in words.split(" "):
            found[word] = found.get(word, 0) | bit
    return found


BITS = _bits()


def word_kind(lower: str, modifier: str) -> int:
    """lower (str): The form. modifier (str): negator, booster, damper, or "".
    RETURNS (int): What the form can be, as bits.
    """
    kind = BITS.get(lower, 0)
    if lower and not lower.strip(".!?…"):
        kind |= END | (QUESTION if "?" in lower else 0)
    if modifier == "negator":
        kind |= NEGATOR | FILLER
    elif modifier == "booster":
        kind |= BOOSTER
    elif modifier == "damper":
        kind |= DAMPER
    return kind


def states(kinds: Ints, owner: Ints) -> Ints:
    """Find how each token stands.

    kinds (Ints): Per token what `word_kind` says. owner (Ints): Per token its text, ascending.
    RETURNS (Ints): Per token one of the states. It depends on the token's own text alone.
    """
    n = len(kinds)
    found = numpy.zeros(n, "int32")
    if not n:
        return found
    place = numpy.arange(n)
    fresh = numpy.ones(n, bool)
    fresh[1:] = owner[1:] != owner[:-1]
    kinds = _by_neighbour(kinds, owner)
    is_end = _has(kinds, END)
    sentence = fresh.copy()
    sentence[1:] |= is_end[:-1] & ~is_end[1:]
    breaks = _has(kinds, BUT | THOUGH)
    clause = sentence | breaks
    clause[1:] |= _has(kinds[:-1], COMMA)
    # "I have never been so happy" denies nothing, "I never liked such ..." does
    never = _followed(kinds, FRONTED, SO, SO_REACH, numpy.cumsum(clause))
    never = never[~_has(kinds[never + 1], OPINION)]
    kinds[never] &= ~NEGATOR
    sentences, clauses = _Runs(sentence, kinds), _Runs(clause, kinds)

    but = _has(kinds, BUT)
    conceded = _before(but, sentences) & ~but
    conceded |= _has(clauses.any_of, THOUGH)[clauses.of]
    conceded &= ~_has(kinds, THOUGH)
    conceded[_wishes(kinds, clauses)] = True
    found[conceded] = CONCEDED
    _after(found, _has(kinds, BOOSTER), fresh, BOOSTED)
    _after(found, _has(kinds, DAMPER), fresh, DAMPED)
    negated = _negated(kinds, place, sentences, clauses)
    negated ^= _missed(kinds, place, clauses)
    found[negated ^ _taken_back(kinds, owner, sentences, clauses)] = NEGATED
    found[_aside(kinds, owner, clauses, sentences)] = ASIDE
    return found


def _by_neighbour(kinds: Ints, owner: Ints) -> Ints:
    """RETURNS (Ints): The kinds of words that mean something else beside another one."""
    kinds = kinds.copy()
    here, following = kinds[:-1], numpy.where(owner[1:] == owner[:-1], kinds[1:], 0)
    only = _has(here, NEGATOR) & _has(following, ONLY)
    far = _has(here, FAR) & _has(following, FROM)
    even = _has(here, EVEN) & _has(following, IF)
    anything = _has(here, ANYTHING) & _has(following, BUT)
    here[only] ^= NEGATOR
    here[far | anything] |= NEGATOR
    kinds[1:][anything] &= ~BUT
    here[even] |= THOUGH
    return kinds


class _Runs:
    """Stretches of tokens: where each starts, which one a token is in, and what its words are."""

    def __init__(self, starts: NDArray[numpy.bool_], kinds: Ints) -> None:
        self.starts = numpy.flatnonzero(starts)
        self.of = numpy.cumsum(starts) - 1
        self.any_of = numpy.bitwise_or.reduceat(kinds, self.starts)
        self.last = numpy.append(self.starts[1:], len(kinds)) - 1

    @property
    def start(self) -> Ints:
        """Per token, where its stretch starts."""
        return self.starts.take(self.of)


def _has(kinds: Ints, bits: int) -> NDArray[numpy.bool_]:
    return (kinds & bits) != 0


def _after(found: Ints, trigger: Any, fresh: Any, state: int) -> None:
    """Give the word after a trigger a state."""
    found[1:][trigger[:-1] & ~fresh[1:]] = state


def _followed(kinds: Ints, bits: int, by: int, reach: Ints, stretch: Ints) -> Ints:
    """RETURNS (Ints): Where words are that have such another one so far ahead in their stretch."""
    at = numpy.flatnonzero(_has(kinds, bits))
    ahead = at[:, None] + reach
    inside = ahead < len(kinds)
    ahead = numpy.minimum(ahead, len(kinds) - 1)
    inside &= stretch[ahead] == stretch[at][:, None]
    return at[(inside & _has(kinds[ahead], by)).any(axis=1)]


def _before(trigger: Any, runs: _Runs) -> Any:
    """RETURNS (NDArray): Tokens with a trigger later in the same stretch."""
    total = numpy.cumsum(trigger)
    return total.take(runs.last).take(runs.of) > total


def _negated(kinds: Ints, place: Ints, sentences: _Runs, clauses: _Runs) -> Any:
    """RETURNS (NDArray): Tokens that an odd number of negations before them reach: each a few words
    inside of its clause; to the end of the sentence, or a "but", where a verb of saying follows
    ("I don't think ...") or a remark put in between ("it isn't, whatever they say, ...").
    """
    n = len(kinds)
    negator = _has(kinds, NEGATOR)
    count = numpy.concatenate([[0], numpy.cumsum(negator)])
    first = numpy.maximum(clauses.start, place - NEGATION_REACH)
    near = count[:-1] - count.take(first)
    far = numpy.zeros(n, bool)
    # how many verbs of saying there are before a place; so far ahead, or to the end of the clause
    raisers = numpy.concatenate([[0], numpy.cumsum(_has(kinds, RAISER))])
    at = numpy.flatnonzero(negator)
    ahead = numpy.minimum(at + RAISING_REACH, clauses.last[clauses.of[at]])
    far[at] = raisers[ahead + 1] > raisers[at + 1]
    if n > 1:
        comma = _has(kinds[1:], COMMA) & (sentences.of[1:] == sentences.of[:-1])
        fronted = sentences.start == place
        far[:-1] |= negator[:-1] & comma & ~fronted[:-1]
        far[:-1] |= _has(kinds[:-1], FRONTED) & fronted[:-1] & ~comma
    far &= negator
    if not far.any():
        return near % 2 == 1
    stop = numpy.maximum.accumulate(numpy.where(_has(kinds, BUT | THOUGH), place, -1))
    latest = numpy.maximum.accumulate(numpy.where(far, place, -1))
    before = numpy.concatenate([[-1], latest[:-1]])
    reached = (before >= sentences.start) & (before > stop)
    return (near + (reached & (before < first))) % 2 == 1


def _taken_back(kinds: Ints, owner: Ints, sentences: _Runs, clauses: _Runs) -> Any:
    """RETURNS (NDArray): Tokens of what a bare negation afterwards denies: "..., but it wasn't",
    "Was it good? No."
    """
    n = len(kinds)
    back = numpy.zeros(n, bool)
    content = ~_has(kinds, FILLER | END | COMMA | BUT | THOUGH | NEGATOR)
    said = numpy.logical_or.reduceat(content, clauses.starts)
    denies = (~said & _has(clauses.any_of, NEGATOR))[clauses.of]
    if denies.any():
        expected = _has(sentences.any_of, EXPECTED | PAST | USED)[sentences.of]
        back |= _before(denies, sentences) & ~denies & expected
    # the sentence before: a question that is answered, or an expectation that is denied
    if len(sentences.starts) > 1:
        first = kinds[sentences.starts]
        same = owner[sentences.starts[1:]] == owner[sentences.starts[:-1]]
        answered = same & _has(sentences.any_of[:-1], QUESTION) & _has(first[1:], NO)
        whole = numpy.logical_or.reduceat(content, sentences.starts)
        denied = (
            same
            & ~whole[1:]
            & _has(sentences.any_of[1:], NEGATOR)
            & _has(sentences.any_of[:-1], EXPECTED | QUESTION)
        )
        back |= numpy.append(answered | denied, False)[sentences.of]
    return back


def _aside(kinds: Ints, owner: Ints, clauses: _Runs, sentences: _Runs) -> Any:
    """RETURNS (NDArray): Tokens of clauses that are not what the author means now: what used to be,
    where a clause says what is; what others think, where the author says what he thinks.
    """
    used = numpy.zeros(len(kinds), bool)
    used[:-1] = _has(kinds[:-1], USED) & _has(kinds[1:], TO) & (owner[1:] == owner[:-1])
    of_clause = clauses.any_of
    sentence_of = sentences.of[clauses.starts]
    past = numpy.logical_or.reduceat(used, clauses.starts) | _has(of_clause, PAST)
    now = _has(of_clause, NOW | BUT) & ~past
    own = _has(of_clause, OWN)
    others = _has(of_clause, OPINION) & ~own
    text_of = owner[clauses.starts]
    near = _shares(past, now, sentence_of, text_of) | _shares(others, own, sentence_of, text_of)
    return near.take(clauses.of)


def _missed(kinds: Ints, place: Ints, clauses: _Runs) -> Any:
    """RETURNS (NDArray): Tokens that tell what was not so: "It would (have been nice)"."""
    modal = _followed(kinds, MODAL, HAVE, HAVE_REACH, clauses.of)
    perfect = _followed(kinds, MODAL, PERFECT, HAVE_REACH + 1, clauses.of)
    at = numpy.intersect1d(modal, perfect)
    latest = numpy.full(len(place), -1)
    latest[at] = at
    latest = numpy.maximum.accumulate(latest)
    return (latest >= clauses.start) & (latest < place)


def _wishes(kinds: Ints, clauses: _Runs) -> Ints:
    """RETURNS (Ints): Where what is not is wished for: "I wish it was", not "I wish you luck"."""
    at = _followed(kinds, WISH, UNREAL, UNREAL_REACH, clauses.of)
    return at[~_has(kinds[at + 1], TO | UNREAL)]


def _shares(flagged: Any, other: Any, sentence_of: Ints, text_of: Ints) -> Any:
    """RETURNS (NDArray): Flagged clauses beside which, in the same sentence or in one next to it in
    the same text, there is one of the other kind.
    """
    n = int(sentence_of[-1]) + 1
    holds = numpy.zeros(n + 2, bool)
    holds[sentence_of[other] + 1] = True
    text = numpy.full(n + 2, -1)
    text[sentence_of + 1] = text_of
    here = sentence_of + 1
    beside = holds[here]
    for step in (-1, 1):
        beside = beside | (holds[here + step] & (text[here + step] == text_of))
    return flagged & beside
