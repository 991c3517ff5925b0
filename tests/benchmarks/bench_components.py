"""How fast components are, beside the libraries they use and beside their peers.

    python tests/benchmarks/bench_components.py [--texts FILE.tsv --column 3] [--rounds 5]

Everything runs over the same texts in one process, interleaved over several rounds, and is measured
in CPU time, so that a busy machine disturbs little. Each way reads its score from every text: some
peers compute nothing before. Peers that are not installed are listed as missing.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import util
from pathlib import Path
from statistics import median
from typing import Any

import spacy

Way = Callable[[Sequence[str]], None]

#: Words of generated texts by kind, each kind as often as its weight says.
WORDS = {
    "plain": (
        "the a of to in and that it with for on as was at by we they he she my your plan week "
        "table road train doctor school phone summer market report water village morning music "
        "number window paper garden letter company question answer coffee winter team game city"
    ),
    "affect": (
        "love hate great awful happy sad terrible wonderful good bad nice horrible enjoy angry "
        "afraid proud bored excited disgusting beautiful worst best hope fear lonely grateful"
    ),
    "hedge": (
        "maybe perhaps probably honestly sort kind guess suppose might could but although however "
        "um uh well actually really very not never can't don't won't I'm isn't whether still"
    ),
}
WEIGHTS = {"plain": 12, "affect": 3, "hedge": 4}
ENDS = (".", ".", ".", "!", "?", "...", " :)", "!!", ", um,", " -")
TOKENS = 20


def generated(n: int, seed: int = 20) -> list[str]:
    """RETURNS (list[str]): Texts of about 20 tokens. The same seed gives the same texts."""
    chance = random.Random(seed)
    pools = {kind: words.split() for kind, words in WORDS.items()}
    # A vocabulary grows with a corpus, so every text holds a word of its own now and then.
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    texts = []
    for i in range(n):
        words = [
            chance.choice(pools[kind]) for kind in chance.choices(kinds, weights, k=TOKENS - 2)
        ]
        if i % 3 == 0:
            words[chance.randrange(len(words))] = f"{chance.choice(words)}{chance.randrange(10**6)}"
        words[len(words) // 2] += chance.choice(ENDS)
        texts.append(" ".join(words).capitalize() + chance.choice(ENDS))
    return texts


def from_table(path: Path, column: int, n: int) -> list[str]:
    """RETURNS (list[str]): The texts of a column (1 is the first) of tab-separated values."""
    texts = []
    with path.open(encoding="utf8", newline="\n") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) >= column and len(texts) < n:
                texts.append(cells[column - 1])
    return texts


# ---- The ways ----


def run_pipeline(nlp: Any, read: Callable[[Any], Any], texts: Sequence[str]) -> None:
    for doc in nlp.pipe(texts):
        read(doc)


def run_function(score: Callable[[str], Any], texts: Sequence[str]) -> None:
    for text in texts:
        score(text)


def pipeline(read: Callable[[Any], Any], *pipes: str, **config: Any) -> Way:
    nlp = spacy.blank("en")
    for pipe in pipes:
        nlp.add_pipe(pipe, config=config if pipe == pipes[-1] else {})
    return partial(run_pipeline, nlp, read)


def make_vader() -> Way:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return partial(run_function, SentimentIntensityAnalyzer().polarity_scores)


def make_textblob() -> Way:
    from textblob import TextBlob

    return partial(run_function, lambda text: TextBlob(text).sentiment)


def make_spacytextblob() -> Way:
    import spacytextblob.spacytextblob  # noqa: F401 registers its factory

    return pipeline(lambda doc: doc._.blob.polarity, "spacytextblob")


def make_asent() -> Way:
    import asent  # noqa: F401 registers its factories

    return pipeline(lambda doc: doc._.polarity.compound, "sentencizer", "asent_en_v1")


BLANK, VADER = "blank spaCy", "raw VADER"
POLARITY, AMBIVALENCE = "affect_polarity (VADER)", "affect_ambivalence"
#: The components with ready-made weights, one after the other in one pipeline.
FIVE = ("polarity", "emotion", "vad", "subjectivity", "ambivalence")
ALL_FIVE = "all five with ready-made weights"
TEXTBLOB_MODEL = {"@architectures": "spacy_affect.TextBlob.v1"}
MAKERS: dict[str, Callable[[], Way]] = {
    BLANK: lambda: pipeline(len),
    VADER: make_vader,
    "raw TextBlob": make_textblob,
    "spacytextblob": make_spacytextblob,
    "asent": make_asent,
    POLARITY: lambda: pipeline(lambda doc: doc._.affect_polarity, "affect_polarity"),
    "affect_polarity (TextBlob)": lambda: pipeline(
        lambda doc: doc._.affect_polarity, "affect_polarity", model=TEXTBLOB_MODEL
    ),
    "affect_subjectivity": lambda: pipeline(
        lambda doc: doc._.affect_subjectivity, "affect_subjectivity"
    ),
    AMBIVALENCE: lambda: pipeline(lambda doc: doc._.affect_ambivalence, "affect_ambivalence"),
    ALL_FIVE: lambda: pipeline(
        lambda doc: doc._.affect_ambivalence, *(f"affect_{task}" for task in FIVE)
    ),
}
NEEDS = {
    VADER: "vaderSentiment",
    "raw TextBlob": "textblob",
    "spacytextblob": "spacytextblob",
    "asent": "asent",
    POLARITY: "vaderSentiment",
    "affect_polarity (TextBlob)": "textblob",
    "affect_subjectivity": "textblob",
}


def measure(ways: dict[str, Way], texts: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """RETURNS (dict[str, list[float]]): Way -> CPU seconds per round."""
    for way in ways.values():
        way(texts[:50])  # lexicons are read at the first text
    gc.collect()
    gc.freeze()  # what one way has loaded must not slow another's collections
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    for place in range(rounds):
        turn = place % len(order)
        for name in order[turn:] + order[:turn]:
            gc.collect()
            start = time.process_time()
            ways[name](texts)
            seconds[name].append(time.process_time() - start)
    return seconds


def report(seconds: dict[str, list[float]], missing: Sequence[str], n: int) -> None:
    """Print the table, and how our own cost stands to what it is built on."""
    width = max(map(len, [*seconds, *missing]))
    print(f"\n{'':<{width}}  {'docs/s':>9}  {'time / blank':>12}")
    for name, spent in seconds.items():
        ratio = median(a / b for a, b in zip(spent, seconds[BLANK], strict=True))
        print(f"{name:<{width}}  {n / median(spent):>9,.0f}  {ratio:>12.2f}")
    for name in missing:
        print(f"{name:<{width}}  {'missing':>9}")
    print()
    if {POLARITY, VADER} <= seconds.keys():
        rows = zip(seconds[POLARITY], seconds[BLANK], seconds[VADER], strict=True)
        ratio = median(ours / (blank + raw) for ours, blank, raw in rows)
        print(f"{POLARITY} / ({BLANK} + {VADER}): {ratio:.3f}")
    if ALL_FIVE in seconds:
        rows = zip(seconds[BLANK], seconds[ALL_FIVE], strict=True)
        print(f"{ALL_FIVE}: {median(a / b for a, b in rows):.2f} of the speed of {BLANK}")
    if AMBIVALENCE in seconds:
        rows = zip(seconds[AMBIVALENCE], seconds[BLANK], strict=True)
        own = median((ours - blank) / blank for ours, blank in rows)
        print(f"{AMBIVALENCE} alone / {BLANK}: {own:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Docs per CPU second, beside blank spaCy and peers."
    )
    parser.add_argument("--texts", type=Path, help="tab-separated values; default: generated texts")
    parser.add_argument("--column", type=int, default=3, help="the column of the texts, from 1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--n", type=int, default=5000, help="how many texts")
    parser.add_argument("--only", nargs="*", help="parts of names; blank spaCy always runs")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    texts = (
        generated(given.n)
        if given.texts is None
        else from_table(given.texts, given.column, given.n)
    )
    ways, missing = {}, []
    for name, make in MAKERS.items():
        if given.only and name != BLANK and not any(part in name for part in given.only):
            continue
        if name in NEEDS and util.find_spec(NEEDS[name]) is None:
            missing.append(name)
        else:
            ways[name] = make()
    tokens = sum(map(len, spacy.blank("en").pipe(texts)))
    print(f"{len(texts):,} texts of {tokens / len(texts):.1f} tokens, {given.rounds} rounds")
    report(measure(ways, texts, given.rounds), missing, len(texts))


if __name__ == "__main__":
    main()
