"""Splits: groups stay whole, labels keep their shares, and it is the same every time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter

import pytest

from spacy_affect.corpora.base import Row
from spacy_affect.corpora.gold import Gold
from spacy_affect.corpora.splits import by_group, by_labels, split
from spacy_affect.errors import AffectError

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


def make(n: int = 1000, groups: int = 0) -> list[Row]:
    """RETURNS (list[Row]): Rows with common and rare labels, several at once."""
    draw = random.Random(3)
    rows = []
    for i in range(n):
        labels = {"joy": draw.random() < 0.4, "fear": draw.random() < 0.1, "grief": i % 50 == 0}
        gold = {"emotion": Gold(labels={label: int(state) for label, state in labels.items()})}
        group = f"dialogue {draw.randrange(groups)}" if groups else ""
        rows.append(Row(f"number {i}", gold, id=str(i), group=group))
    return rows


def ids(parts):
    return {name: [row.id for row in rows] for name, rows in parts.items()}


def test_every_row_is_in_one_part_in_order():
    rows = make()
    parts = split(rows, SHARES)
    assert list(parts) == list(SHARES)
    assert sorted(int(row.id) for part in parts.values() for row in part) == list(range(1000))
    assert all(found == sorted(found, key=int) for found in ids(parts).values())


def test_sizes_and_labels_have_their_shares():
    rows = make()
    total = Counter(label for row in rows for label in by_labels(row))
    for name, part in split(rows, SHARES).items():
        assert len(part) == pytest.approx(1000 * SHARES[name], abs=5)
        found = Counter(label for row in part for label in by_labels(row))
        for label, number in total.items():
            assert found[label] == pytest.approx(number * SHARES[name], abs=2), (name, label)


@pytest.mark.parametrize("groups", [30, 300])
def test_groups_stay_whole(groups):
    rows = make(groups=groups)
    parts = split(rows, SHARES)
    members = [{row.group for row in part} for part in parts.values()]
    assert sum(map(len, members)) == len({row.group for row in rows})
    for name, part in parts.items():
        assert len(part) == pytest.approx(1000 * SHARES[name], abs=40)


def test_equal_texts_stay_together_unless_they_have_groups():
    alone = [Row(f"Thanks, @user{i}!", id=str(i)) for i in range(20)]
    parts = split(alone, {"a": 1, "b": 1})
    assert sorted(map(len, parts.values())) == [0, 20]
    grouped = [Row("yeah", group=f"dialogue {i}", id=str(i)) for i in range(20)]
    parts = split(grouped, {"a": 1, "b": 1})
    assert sorted(map(len, parts.values())) == [10, 10]


def test_the_order_of_the_rows_does_not_matter():
    rows = make(groups=200)
    wanted = {name: set(found) for name, found in ids(split(rows, SHARES)).items()}
    random.Random(0).shuffle(rows)
    assert {name: set(found) for name, found in ids(split(rows, SHARES)).items()} == wanted


def test_another_seed_is_another_split():
    rows = make()
    first, second = (ids(split(rows, SHARES, seed=seed))["dev"] for seed in (0, 1))
    assert len(set(first) & set(second)) < 50


def test_another_process_splits_alike():
    # the order of sets of strings differs from process to process
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_splits import SHARES, ids, make\n"
        "from spacy_affect.corpora.splits import split\n"
        "print(json.dumps(ids(split(make(300, 50), SHARES, seed=7))))"
    )
    folder = __file__.rpartition("test_splits.py")[0]
    command = [sys.executable, "-c", code, folder]
    found = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    ]
    assert found[0] == found[1] == ids(split(make(300, 50), SHARES, seed=7))


def test_a_known_split():
    # a change of this one changes everybody's splits: it needs a new name, not a new list
    assert ids(split(make(60, 12), {"train": 3, "dev": 1}, seed=1))["dev"] == (
        ["1", "3", "6", "7", "16", "17", "21", "25", "27", "29", "30", "38", "39", "40", "53", "54"]
    )


def test_without_groups_or_labels():
    rows = [Row("same", group="one", id=str(i)) for i in range(100)]
    parts = split(rows, {"a": 3, "b": 1}, group=None, stratify=None)
    assert [len(part) for part in parts.values()] == [75, 25]


def last(row: Row) -> str:
    return row.id[-1]


def test_keys_of_ones_own():
    rows = [Row(f"text {i}", id=str(i)) for i in range(100)]
    parts = split(rows, {"a": 1, "b": 1}, group=last, stratify=last)
    ends = [{row.id[-1] for row in part} for part in parts.values()]
    assert not ends[0] & ends[1]
    assert [len(part) for part in parts.values()] == [50, 50]


def test_no_rows():
    assert split([], SHARES) == {"train": [], "dev": [], "test": []}


@pytest.mark.parametrize(
    ("gold", "labels"),
    [
        ({}, {""}),
        ({"polarity": Gold(labels="positive")}, {"polarity positive"}),
        ({"polarity": Gold(0.5)}, {"polarity 2"}),
        ({"emotion": Gold(labels={"joy": 1, "fear": 0})}, {"emotion joy"}),
        ({"emotion": Gold(labels={"joy": 0})}, {"emotion none"}),
        ({"emotion": Gold({"joy": 0.8}, {"joy": 1})}, {"emotion joy", "emotion joy 4"}),
    ],
)
def test_what_is_stratified(gold, labels):
    assert by_labels(Row("a", gold)) == labels


def test_what_is_a_group():
    assert by_group(Row("Hello, you!", group="g")) == "group g"
    assert by_group(Row("Hello, you!")) == by_group(Row("hello  YOU")) == "text hello you"


@pytest.mark.parametrize(
    "shares", [{}, {"a": 0.0}, {"a": 1, "b": -1}, {"a": float("nan")}, {"a": float("inf")}]
)
def test_shares_that_are_none(shares):
    with pytest.raises(AffectError, match=r"AF077"):
        split(make(10), shares)
