"""The behaviour suite: what is generated, how it is judged, and the rates that come of it."""

from __future__ import annotations

import re
from math import isnan
from random import Random

import pytest
import spacy
from spacy.language import Language

from spacy_affect import AffectError
from spacy_affect.api import Task, get_scheme
from spacy_affect.extensions import install, write
from spacy_affect.scoring import behaviour
from spacy_affect.scoring.behaviour import Case, failed, generate, load_suite, parse_suite
from spacy_affect.scoring.behaviour.cases import tag, typo
from spacy_affect.scoring.behaviour.judging import wilson
from spacy_affect.scoring.evaluation import Options, Side
from spacy_affect.types import Record

OPTIONS = Options(limit=40, n_boot=50)
ANY = frozenset({"negative", "neutral", "positive"})
TINY = """
[fill]
word = "one|two|three"
[capability.{name}]
kind = "{kind}"
about = "..."
{more}
[[capability.{name}.group]]
{group}
"""


def tiny(kind="MFT", more="", group='expect = "neutral"\ntexts = ["{word}"]', name="tiny"):
    text = TINY.replace("{name}", name).replace("{kind}", kind)
    return text.replace("{more}", more).replace("{group}", group)


class Polarity(Task):
    name = "polarity"
    low = -1.0
    scheme = get_scheme("polarity")


class Subjectivity(Task):
    name = "subjectivity"
    scheme = get_scheme("subjectivity")


def label_of(value):
    return "positive" if value > 0.05 else "negative" if value < -0.05 else "neutral"


#: How a made-up component scores a text.
SCORES = {
    "mute": lambda text: None,
    "blank": lambda text: 0.0,
    "glad": lambda text: 0.9,
    "erratic": lambda text: (hash_of(text) % 201 - 100) / 100,
    "biased": lambda text: 0.5 if re.search(r"\b(gay|queer)\b", text) else 0.0,
}


def hash_of(text):
    return sum(ord(letter) * place for place, letter in enumerate(text, 1))


@Language.factory("behaviour_test_scorer", default_config={"how": "blank"})
def make_scorer(nlp, name, how):
    def score(doc):
        install(name)
        value = SCORES[how](doc.text)
        record = Record() if value is None else Record(value, label_of(value), [label_of(value)])
        write([doc], name, [record.to_dict()])
        return doc

    return score


class Component:
    unit = "doc"

    def __init__(self, key, task=None):
        self.key, self.task = key, task or Polarity()
        self.gold = self.task.name


def side(*hows, others=()):
    nlp = spacy.blank("en")
    for how in hows:
        nlp.add_pipe("behaviour_test_scorer", name=f"affect_{how}", config={"how": how})
    return Side(nlp, [*(Component(f"affect_{how}") for how in hows), *others])


def rates(report, how):
    metrics = report.scores["behaviour"][f"affect_{how}"].metrics
    return {name.removeprefix("failure_"): found.value for name, found in metrics.items()}


class TestCases:
    def test_enough_of_each_and_none_twice(self):
        suite = generate()
        assert len(suite) >= 20
        for name, cases in suite.items():
            assert len(cases) == behaviour.CASES >= 200, name
            assert len({case.texts for case in cases}) == len(cases), name

    def test_the_seed_decides(self):
        assert generate(30, seed=3) == generate(30, seed=3)
        assert generate(30, seed=3) != generate(30, seed=4)

    def test_fewer_are_the_first_of_more(self):
        few, many = generate(20), generate(50)
        assert all(many[name][:20] == cases for name, cases in few.items())

    def test_some_capabilities_alone_are_the_same(self):
        names = ["facts", "typos"]
        every = generate(10)
        assert generate(10, names=names) == {name: every[name] for name in names}

    def test_each_template_is_used(self):
        for name, capability in load_suite().capabilities.items():
            n = len(capability.templates)
            assert len(generate(n, names=[name])[name]) == n

    def test_texts_are_whole(self):
        for name, cases in generate(100).items():
            kind = load_suite().capabilities[name].kind
            for case in cases:
                assert len(case.texts) == (1 if kind == "MFT" else 2)
                assert len({*case.texts}) == len(case.texts)
                for text in case.texts:
                    assert not re.search(r"[{}|]|  |\ba [aeio]\w", text), text
                    assert text[0].isupper() or text[0] in "@0123456789", text

    def test_a_swap_changes_one_thing(self):
        suite = load_suite()
        swapping = {n: c for n, c in suite.capabilities.items() if c.change.startswith("swap:")}
        assert {*swapping} == {
            *("names", "places", "numbers", "identity_gender"),
            *("identity_orientation", "identity_religion", "identity_origin"),
        }
        for name, capability in swapping.items():
            words = sorted(suite.fill[capability.change.removeprefix("swap:")], key=len)
            either = re.compile(rf"\b(An? )?({'|'.join(reversed(words))})\b", re.IGNORECASE)
            for case in generate(60, names=[name])[name]:
                first, second = (either.sub("_", text) for text in case.texts)
                assert first == second, case.texts

    def test_a_typo_is_one_letter_in_a_long_word(self):
        chance = Random(0)
        for _ in range(50):
            text = typo("It was a wonderful idea, wasn't it", chance)
            assert text != "It was a wonderful idea, wasn't it"
            assert text.startswith("It was a ")
            assert text.endswith(" idea, wasn't it")
        assert typo("not so bad", chance) == "not so bad"

    def test_a_tag_leaves_the_text(self):
        chance = Random(0)
        tagged = {tag("So good", chance) for _ in range(50)}
        assert all(re.search(r"^@\w+ So good$|^So good (@\w+|https://\S+)$", t) for t in tagged)

    def test_unknown_capability(self):
        with pytest.raises(AffectError, match=r'AF141: .*"?humour"?.*There are: answered_no'):
            generate(5, names=["humour"])
        with pytest.raises(AffectError, match='Did you mean "negation"'):
            generate(5, names=["negatoin"])


class TestTable:
    def test_the_kinds_in_full(self):
        kinds = {capability.kind for capability in load_suite().capabilities.values()}
        assert kinds == {"MFT", "INV", "DIR"}
        for name, capability in load_suite().capabilities.items():
            assert capability.about, name
            wanted = 0.05 if name.startswith("identity_") else None
            assert wanted is None or capability.tolerance == wanted

    def test_a_table_of_ones_own(self):
        suite = parse_suite(tiny(group='expect = "neutral"\ntexts = ["{word} and {word_again}"]'))
        (cases,) = generate(9, suite=suite).values()
        found = {case.texts[0] for case in cases}
        assert found == {"One and one", "Two and two", "Three and three"}  # no more there are

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("[fill", "no TOML"),
            (tiny(kind="ABC"), "tiny: kind is 'ABC', not one of: MFT, INV, DIR"),
            (tiny(kind="INV"), "INV needs change and tolerance"),
            (tiny(more="tolerance = 0.1"), "MFT neither"),
            (tiny("INV", 'change = "shout"\ntolerance = 0.1'), "change is 'shout'"),
            (tiny("DIR", "tolerance = 0.1", "pairs = []"), "'to' is missing|no template"),
            (tiny("DIR", "tolerance = 0.1", 'to = "left"\npairs = []'), "to is 'left'"),
            (tiny(group='texts = ["a"]'), "'expect' is missing"),
            (tiny(group='expect = "glad"\ntexts = ["a"]'), "expect is 'glad'"),
            (tiny(group='expect = "neutral"\ntexts = ["{who}"]'), "no words for the slot 'who'"),
            (
                tiny("INV", 'change = "swap:word"\ntolerance = 0.1', 'texts = ["{word} {word}"]'),
                "must have 'word' once",
            ),
        ],
    )
    def test_malformed(self, text, reason):
        with pytest.raises(AffectError, match=reason) as found:
            parse_suite(text, "mine.toml")
        assert str(found.value).startswith("AF142: mine.toml is no behaviour suite")


class TestJudging:
    @pytest.mark.parametrize(
        ("expect", "tolerance", "direction", "values", "reason"),
        [
            ({"negative"}, None, 0, [-0.3], ""),
            ({"negative"}, None, 0, [0.0], "neutral, not negative"),
            ({"neutral", "positive"}, None, 0, [-0.3], "negative, not neutral or positive"),
            ({"neutral", "positive"}, None, 0, [0.3], ""),
            (ANY, 0.1, 0, [0.3, 0.2], ""),
            (ANY, 0.1, 0, [0.3, 0.19], "moved by -0.11"),
            (ANY, 0.2, 0, [-0.06, 0.06], "from pole to pole"),
            (ANY, 0.2, 0, [-0.06, 0.04], ""),
            ({"neutral", "positive"}, 0.05, 0, [0.0, -0.06], "negative, not neutral or positive"),
            (ANY, 0.05, 1, [0.3, 0.9], ""),
            (ANY, 0.05, 1, [0.3, 0.25], ""),
            (ANY, 0.05, 1, [0.3, 0.2], "moved by -0.10"),
            (ANY, 0.05, -1, [-0.3, -0.9], ""),
            (ANY, 0.05, -1, [-0.3, -0.2], "moved by +0.10"),
            (ANY, 0.05, 0, [None, None], "no value"),
            ({"neutral"}, None, 0, [None], "no value"),
        ],
    )
    def test_one_case(self, expect, tolerance, direction, values, reason):
        case = Case(tuple("ab"[: len(values)]), frozenset(expect), tolerance, direction)
        records = [Record() if v is None else Record(v, label_of(v)) for v in values]
        assert failed(case, records) == reason

    def test_wilson(self):
        # 81 of 263: Newcombe 1998, Statistics in Medicine 17, table I
        assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
        assert wilson(0, 300)[0] == 0.0
        assert wilson(300, 300)[1] == 1.0


class TestReport:
    def test_components_that_know_nothing(self):
        report = behaviour.evaluate(side("mute", "blank", "glad"), OPTIONS)
        assert {*rates(report, "mute").values()} == {1.0}
        blank, glad = rates(report, "blank"), rates(report, "glad")
        for name in ("facts", "typos", "tags", "identity_origin", "identity", "negated_neutral"):
            assert blank[name] == 0.0
        assert blank["vocabulary"] == blank["temporal"] == glad["facts"] == 1.0
        assert glad["negated_negative"] == glad["identity"] == 0.0
        assert 0.3 < glad["temporal"] < 0.7

    def test_means_are_of_the_capabilities(self):
        found = rates(behaviour.evaluate(side("erratic"), OPTIONS), "erratic")
        each = {name: rate for name, rate in found.items() if name not in ("mean", "identity")}
        assert found["mean"] == pytest.approx(sum(each.values()) / len(each))
        of = [rate for name, rate in each.items() if name.startswith("identity_")]
        assert len(of) == 4
        assert found["identity"] == pytest.approx(sum(of) / 4)

    def test_failures_are_kept(self):
        report = behaviour.evaluate(side("biased"), OPTIONS)
        tallies = {t.capability.name: t for t in report.tallies["affect_biased"]}
        bad = tallies["identity_orientation"]
        assert (
            0
            < bad.rate
            == len(bad.failures) / bad.n
            == rates(report, "biased")[bad.capability.name]
        )
        for failure in bad.failures:
            assert re.search(r"\b(gay|queer)\b", " ".join(failure.case.texts))
            assert failure.reason in ("moved by +0.50", "moved by -0.50")
            assert {record.value for record in failure.records} == {0.0, 0.5}
        assert tallies["identity_religion"].failures == []

    def test_intervals(self):
        report = behaviour.evaluate(side("erratic"), OPTIONS)
        for estimate in report.scores["behaviour"]["affect_erratic"].metrics.values():
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
            assert estimate.samples.shape == (50,)
        plain = behaviour.evaluate(side("erratic"), Options(limit=40, n_boot=0))
        metrics = plain.scores["behaviour"]["affect_erratic"].metrics
        assert metrics["failure_mean"].low is None
        assert metrics["failure_typos"].low is not None  # Wilson's needs no resamples
        assert not isnan(metrics["failure_mean"].value)

    def test_compared(self):
        report = behaviour.evaluate(side("glad"), OPTIONS, side("blank"), names=["facts", "typos"])
        compared = report.scores["behaviour"]["affect_glad"].compared
        assert {*compared} == {"failure_facts", "failure_typos", "failure_mean"}
        assert compared["failure_facts"].difference == -1.0
        assert compared["failure_facts"].better == 1.0  # the other one fails less
        assert compared["failure_typos"].better == 0.0

    def test_who_takes_part(self):
        other = Component("affect_subjectivity", Subjectivity())
        report = behaviour.evaluate(side("blank", others=[other]), OPTIONS, names=["facts"])
        assert [*report.scores["behaviour"]] == ["affect_blank"]
        assert report.notes == [
            "behaviour: affect_subjectivity takes no part, the suite is about polarity"
        ]
        with pytest.raises(AffectError, match=r"AF140: .*It has: affect_subjectivity"):
            behaviour.evaluate(Side(spacy.blank("en"), [other]), OPTIONS)
