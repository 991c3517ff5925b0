"""Equal and near-equal texts are found, and nothing else."""

from __future__ import annotations

import random
import time

import pytest

from spacy_affect.corpora.leakage import Match, near_duplicates, normalise, words

BASE = "we walked along the river for two hours and saw nobody but a heron"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("I DON'T  like\tit!!!", "i dont like it"),
        ("RT @bob: look https://t.co/x www.example.org/a?b now", "rt look now"),
        ("ﬁne ＡＢＣ Straße", "fine abc strasse"),
        ("under_score #tag half-way", "under score tag half way"),
        ("smile 😀 ☕ done…", "smile done"),
        ("हिन्दी में।", "हिन्दी में"),
        ("我爱你", "我 爱 你"),
        ("!!! 😀", "!!! 😀"),
        ("", ""),
    ],
)
def test_normalise(text, normal):
    assert normalise(text) == normal
    assert normalise(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        BASE.upper(),
        f"  {BASE}!!! https://example.org/x",
        f"@someone {BASE.replace(' ', '  ')}.",
        f"“{BASE},” 😀",
    ],
)
def test_equal_texts(text):
    assert list(near_duplicates(["another", BASE], ["no", text])) == [Match(1, 1, 1.0, True, 1)]


@pytest.mark.parametrize(
    ("text", "similarity"),
    [
        (BASE.replace("nobody", "somebody"), 13 / 15),
        (BASE.replace(" but a heron", ""), 11 / 14),
        (f"oh {BASE} yesterday", 14 / 16),
        (" ".join(reversed(BASE.split())), 1.0),
        (BASE.replace("two", "three").replace("river", "lake"), 12 / 16),
        ("we saw a heron", 4 / 14),
    ],
)
def test_near_texts(text, similarity):
    found = list(near_duplicates([BASE], [text]))
    if similarity < 0.8:
        assert found == []
    else:
        assert found == [Match(0, 0, pytest.approx(similarity), False, 1)]


def test_repeated_words_count():
    assert list(near_duplicates(["no no no no no no"], ["no"])) == []
    assert list(near_duplicates(["no"], ["no no"])) == []


def test_the_best_match_is_named_and_all_are_counted():
    a = [f"{BASE} today", BASE, "something else", BASE.upper()]
    assert list(near_duplicates(a, [BASE, BASE])) == [
        Match(1, 0, 1.0, True, 3),
        Match(1, 1, 1.0, True, 3),
    ]


def test_texts_without_a_word_are_compared_as_they_are():
    found = near_duplicates(["😀", "", "!"], ["😀😀", "😀", "!", "", "?"])
    assert [match.b for match in found] == [1, 2, 3]


def test_another_threshold():
    pair = [BASE], [BASE.replace("two", "three").replace("river", "lake")]
    assert len(list(near_duplicates(*pair, threshold=0.75))) == 1


def bag(text):
    found = words(text)
    return {(word, found[:i].count(word)) for i, word in enumerate(found)}


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
def test_it_finds_what_comparing_all_pairs_finds(threshold):
    draw = random.Random(5)
    vocabulary = [f"w{i}" for i in range(30)]
    a, b = (
        [" ".join(draw.choices(vocabulary, k=draw.randint(1, 8))) for _ in range(n)]
        for n in (400, 200)
    )
    b += [f"{text} {draw.choice(vocabulary)}" for text in a[:50]]
    bags = [bag(text) for text in a]
    wanted = {}
    for place, text in enumerate(b):
        mine = bag(text)
        near = [len(mine & other) / len(mine | other) for other in bags]
        if max(near) >= threshold:
            wanted[place] = (max(near), sum(value >= threshold for value in near))
    found = {m.b: (m.similarity, m.matches) for m in near_duplicates(a, b, threshold)}
    assert found == wanted
    assert len(wanted) > 20


def test_planted_texts_are_found_among_many_in_little_time():
    draw = random.Random(1)
    vocabulary = [f"word{i}" for i in range(3000)]
    weights = [1 / (i + 1) for i in range(3000)]
    a = [" ".join(draw.choices(vocabulary, weights, k=20)) for _ in range(20_000)]
    b = [" ".join(draw.choices(vocabulary, weights, k=20)) for _ in range(2000)]
    planted = dict(zip(range(0, 2000, 100), draw.sample(range(20_000), 20), strict=True))
    for place, source in planted.items():
        cells = a[source].split()
        cells[draw.randrange(20)] = "changed"
        b[place] = " ".join(cells).upper() + "!"
    start = time.perf_counter()
    found = {match.b: match.a for match in near_duplicates(a, b)}
    assert time.perf_counter() - start < 60
    assert found == planted
