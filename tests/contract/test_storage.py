"""What a Doc stores: plain values that survive every way of keeping or copying a Doc."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, Token
from spacy.util import registry

import spacy_affect
from spacy_affect import AffectError
from spacy_affect.api import units_of
from spacy_affect.extensions import RESERVED

pytest.importorskip("vaderSentiment")
pytest.importorskip("textblob")

TEXT = "New York is great. I hate San Francisco though. The table has legs."
PLAIN = (str, int, float, bool, type(None))


VADER = {"@architectures": "spacy_affect.Vader.v1"}
EMBEDDED = {"@architectures": "spacy_affect.Embedded.v1"}


def pipeline(
    *, unit: str = "sents", name: str = "affect_polarity", model: dict[str, str] = EMBEDDED
) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("affect_polarity", name=name, config={"unit": unit, "model": model})
    nlp.add_pipe("affect_subjectivity")
    return nlp


@pytest.fixture
def extension():
    """Set extensions that are gone after the test."""
    added: list[tuple[Any, str]] = []

    def add(kind: Any, name: str, **settings: Any) -> None:
        kind.set_extension(name, **settings)
        added.append((kind, name))

    yield add
    for kind, name in added:
        if kind.has_extension(name):
            kind.remove_extension(name)


def impure(value: Any, path: str = "") -> list[str]:
    """RETURNS (list[str]): Where a value is anything but dict, list, str, number or None."""
    if type(value) is dict:
        wrong = [f"{path}: key {key!r}" for key in value if type(key) is not str]
        return wrong + [w for key, item in value.items() for w in impure(item, f"{path}.{key}")]
    if type(value) is list:
        return [w for i, item in enumerate(value) for w in impure(item, f"{path}[{i}]")]
    return [] if type(value) in PLAIN else [f"{path}: {type(value).__name__}"]


def everything(doc: Doc) -> dict[str, Any]:
    """RETURNS (dict): All that is readable of a Doc's affect."""
    return {
        "values": [doc._.affect_polarity, doc._.affect_subjectivity],
        "records": doc._.affect.to_dict(),
        "units": [
            (start, end, record.to_dict())
            for start, end, record in units_of(doc, "affect_polarity")
        ],
        "sents": [(s._.affect_polarity, s._.affect.to_dict()) for s in doc.sents],
    }


def test_only_plain_values_reach_a_doc():
    doc = pipeline()(TEXT)
    for key, value in doc.user_data.items():
        assert key[0] == "._."
        assert impure(value, str(key[1])) == []
    for key in doc.spans:
        assert impure(dict(doc.spans[key].attrs), key) == []
    json.dumps(everything(doc), allow_nan=False)


def test_the_stored_shape():
    doc = pipeline()(TEXT)
    record = doc.user_data["._.", "affect_records", None, None]["affect_polarity"]
    assert [*record][:6] == ["value", "label", "labels", "interval", "abstain", "source"]
    attrs = doc.spans["affect_polarity.units"].attrs
    assert {*attrs} == {"values", "records", "starts", "ends"}
    assert {len(items) for items in attrs.values()} == {3}
    assert attrs["starts"] == sorted(attrs["starts"])


@pytest.mark.parametrize("way", ["bytes", "disk", "docbin", "docbin_bytes", "pickle", "copy"])
def test_a_round_trip_changes_nothing(way, tmp_path):
    nlp = pipeline()
    for text in (TEXT, "", " ", "I love it."):
        doc = nlp(text)
        if way == "bytes":
            again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
        elif way == "disk":
            doc.to_disk(tmp_path / "doc")
            again = Doc(nlp.vocab).from_disk(tmp_path / "doc")
        elif way == "pickle":
            again = pickle.loads(pickle.dumps(doc))
        elif way == "copy":
            again = doc.copy()
        else:
            docs = DocBin(docs=[doc], store_user_data=True)
            docs = docs if way == "docbin" else DocBin().from_bytes(docs.to_bytes())
            (again,) = docs.get_docs(nlp.vocab)
        assert everything(again) == everything(doc)
        assert impure(again._.affect.to_dict()) == []
        assert impure([s._.affect.to_dict() for s in again.sents]) == []


def test_docbin_makes_tuples_and_the_views_lists_again():
    nlp = pipeline()
    (again,) = DocBin(docs=[nlp(TEXT)], store_user_data=True).get_docs(nlp.vocab)
    stored = again.user_data["._.", "affect_records", None, None]["affect_polarity"]
    assert type(stored["labels"]) in (list, tuple)
    assert again._.affect.polarity.labels == list(stored["labels"]) == [stored["label"]]
    assert type(again._.affect.polarity.labels) is list
    (sent, *_) = again.sents
    assert type(sent._.affect.polarity.labels) is list


READ = """
import sys, spacy, spacy_affect
from spacy.tokens import Doc, DocBin
nlp = spacy.blank("en")
assert Doc.has_extension("affect_polarity")  # built-in names are readable at once
(doc,) = DocBin().from_disk(sys.argv[1]).get_docs(nlp.vocab)
print(doc._.affect_subjectivity)
assert not Doc.has_extension("mood")
assert spacy_affect.attach(doc) is doc
print(doc._.mood)
print([sent._.mood for sent in doc.sents])
print(doc._.affect.mood.label)
"""


def test_a_fresh_process_reads_custom_names_after_attach(tmp_path):
    doc = pipeline(name="mood")(TEXT)
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "docs.spacy")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, str(tmp_path / "docs.spacy")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        repr(doc._.affect_subjectivity),
        repr(doc._.mood),
        repr([sent._.mood for sent in doc.sents]),
        doc._.affect.mood.label,
    ]


def test_attach_leaves_somebody_elses_group_alone():
    doc = spacy.blank("en")(TEXT)
    doc.spans["my chunks.units"] = [doc[0:2]]
    assert spacy_affect.attach(doc) is doc


def test_attach_refuses_a_name_that_is_taken(extension):
    doc = pipeline(name="temper")(TEXT)
    for kind in (Doc, Span):
        kind.remove_extension("temper")
    extension(Doc, "temper", default="mine")
    with pytest.raises(AffectError, match="AF003"):
        spacy_affect.attach(doc)
    assert doc._.temper is not None


def test_a_copy_is_independent():
    nlp = pipeline()
    doc = nlp(TEXT)
    before = json.dumps(everything(doc))
    twin = doc.copy()
    other = spacy.blank("en")
    other.add_pipe("sentencizer")
    other.add_pipe(
        "affect_polarity", config={"unit": "sents", "thresholds": {"negative": -1, "positive": 1}}
    )
    other.add_pipe("affect_polarity", name="extra")
    for _, pipe in other.pipeline:
        twin = pipe(twin)
    assert {*twin._.affect} == {"polarity", "subjectivity", "extra"}
    assert twin._.affect.polarity.label == "neutral"
    assert json.dumps(everything(doc)) == before
    assert doc._.extra is None
    # and what a view gives out is a copy too
    doc._.affect.polarity.labels.append("spoilt")
    next(iter(doc.sents))._.affect.polarity.details.clear()
    assert json.dumps(everything(doc)) == before


def test_a_second_run_replaces_the_first():
    nlp = pipeline()
    doc = nlp(TEXT)
    once = (json.dumps(everything(doc)), [*doc.spans], len(doc.user_data))
    for _, pipe in nlp.pipeline:
        doc = pipe(doc)
    assert (json.dumps(everything(doc)), [*doc.spans], len(doc.user_data)) == once


def test_a_read_doc_can_be_scored_again():
    nlp = pipeline()
    doc = Doc(nlp.vocab).from_bytes(nlp(TEXT).to_bytes())
    wanted = everything(doc)
    for _, pipe in nlp.pipeline:
        doc = pipe(doc)
    assert everything(doc) == wanted


SOMEBODY_ELSES = {
    "default": {"default": 3},
    "getter": {"getter": len},
    "method": {"method": len},
}


@pytest.mark.parametrize("kind", [Doc, Span])
@pytest.mark.parametrize("how", SOMEBODY_ELSES)
def test_somebody_elses_extension_is_never_overwritten(extension, kind, how):
    name = f"verve_{kind.__name__}_{how}".lower()
    extension(kind, name, **SOMEBODY_ELSES[how])
    before = kind.get_extension(name)
    with pytest.raises(AffectError) as caught:
        pipeline(name=name)
    assert caught.value.code == "AF003"
    assert name in str(caught.value)
    assert kind.get_extension(name) == before


@pytest.mark.parametrize("kind", [Doc, Span])
def test_a_refused_name_leaves_nothing_behind(extension, kind):
    name = f"refused_{kind.__name__}".lower()
    extension(kind, name, default="mine")
    with pytest.raises(AffectError, match="AF003"):
        pipeline(name=name)
    other = Span if kind is Doc else Doc
    assert not other.has_extension(name)


def test_a_token_extension_of_the_same_name_is_no_clash(extension):
    extension(Token, "vigour", default=0)
    assert pipeline(name="vigour")(TEXT)._.vigour is not None


NO_NAMES = ["affect-polarity", "2nd", "my mood", "class", "None", "a.b", "_", "__len__", "_mood"]
NO_NAMES += ["affect_", "affect__mood", "affect_affect"]


@pytest.mark.parametrize("name", [*NO_NAMES, *RESERVED, *(f"affect_{name}" for name in RESERVED)])
def test_names_that_cannot_be_attributes(name):
    with pytest.raises(AffectError) as caught:
        pipeline(name=name)
    assert caught.value.code == "AF002"
    assert repr(name) in str(caught.value)


def test_an_instance_named_affect_is_no_mistake():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity", name="affect")
    assert nlp(TEXT)._.affect.polarity.value == nlp(TEXT)._.affect_polarity


@pytest.mark.parametrize("names", [("polarity", "affect_polarity"), ("affect_mood", "mood")])
def test_names_that_the_view_does_not_tell_apart(names):
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity", name=names[0])
    with pytest.raises(AffectError) as caught:
        nlp.add_pipe("affect_polarity", name=names[1])
    assert caught.value.code == "AF004"
    short = names[0].removeprefix("affect_")
    wanted = f"{names[1]!r} would write doc._.affect.{short}, which {names[0]!r} in this pipeline"
    assert wanted in str(caught.value)
    assert nlp.pipe_names == [names[0]]


def test_the_generic_factory_named_affect_writes_under_the_task():
    nlp = spacy.blank("en")
    nlp.add_pipe("affect", config={"task": "subjectivity"})
    assert nlp(TEXT)._.affect_subjectivity is not None
    with pytest.raises(AffectError, match="AF002"):
        pipeline(name="affect_records")


def test_one_name_twice_in_a_pipeline():
    nlp = pipeline()
    with pytest.raises(AffectError) as caught:
        nlp.add_pipe("affect", config={"task": "polarity"})
    assert caught.value.code == "AF004"
    assert "'affect' would write doc._.affect_polarity, which 'affect_polarity'" in str(
        caught.value
    )
    assert nlp.pipe_names == ["sentencizer", "affect_polarity", "affect_subjectivity"]


def test_renamed_and_sourced_components_write_under_their_new_name():
    nlp = pipeline()
    nlp.rename_pipe("affect_polarity", "humour_of_the_day")
    doc = nlp(TEXT)
    assert doc._.humour_of_the_day is not None
    assert doc._.affect_polarity is None
    target = spacy.blank("en", vocab=nlp.vocab)
    target.add_pipe("affect_subjectivity", source=nlp, name="borrowed")
    assert target(TEXT)._.borrowed == doc._.affect_subjectivity


def test_rename_pipe_renames_what_is_written_at_once():
    nlp = pipeline()
    wanted = everything(nlp(TEXT))["units"]
    nlp.rename_pipe("affect_polarity", "wit")
    for doc in (nlp(TEXT), *nlp.pipe([TEXT])):
        assert list(units_of(doc, "affect_polarity")) == []
        assert [(a, b, r.to_dict()) for a, b, r in units_of(doc, "wit")] == wanted
        assert {*doc._.affect} == {"wit", "subjectivity"}
    nlp.rename_pipe("wit", "keys")
    with pytest.raises(AffectError, match="AF002"):
        nlp(TEXT)


def test_a_view_is_a_mapping():
    doc = pipeline()(TEXT)
    names = ["polarity", "subjectivity"]
    for view, present in ((doc._.affect, names), (next(iter(doc.sents))._.affect, names[:1])):
        assert isinstance(view, Mapping)
        assert dict(view) == {name: getattr(view, name) for name in present}
        assert view["polarity"] == view["affect_polarity"] == view.polarity
        assert [*view.keys()] == [*view] == present
        assert [*view.values()] == [getattr(view, name) for name in present]
        assert "polarity" in view
        assert "humour" not in view
        assert 3 not in view
        assert view.get("humour") is None
        with pytest.raises(KeyError, match=r"AF019.*present: polarity"):
            view["humour"]


def test_views_and_records_copy_and_pickle():
    doc = pipeline()(TEXT)
    for thing in (doc._.affect, next(iter(doc.sents))._.affect, doc._.affect.polarity):
        for again in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
            assert type(again) is type(thing)
            assert again == thing
            assert again.to_dict() == thing.to_dict()


@pytest.mark.parametrize(
    ("model", "own"),
    [(VADER, ("neg", "neu", "pos")), (EMBEDDED, ("neg", "pos", "confidence", "set"))],
    ids=["rules", "weights"],
)
@pytest.mark.parametrize("unit", ["doc", "sents"])
def test_a_record_without_a_value_has_every_detail(unit, model, own):
    nlp = pipeline(unit=unit, model=model)
    nlp.add_pipe("affect_ambivalence", config={"unit": unit})
    nlp.add_pipe("affect_emotion", config={"unit": unit})
    nlp.add_pipe("affect_vad", config={"unit": unit})
    whole = nlp("I love it, but I hate it.")._.affect.to_dict()
    for text in ("", " ", "\n\n"):
        affect = nlp(text)._.affect
        assert [getattr(affect.polarity, name) for name in own] == [None] * len(own)
        assert affect.emotion.presence is None
        assert affect.subjectivity.opinion is None
        assert affect.ambivalence.ambivalent is None
        records = affect.to_dict()
        assert {k: {*record} for k, record in records.items()} == {
            k: {*record} for k, record in whole.items()
        }


def test_views():
    doc = pipeline()(TEXT)
    assert {*doc._.affect} == {"polarity", "subjectivity"}
    assert len(doc._.affect) == 2
    assert "polarity" in dir(doc._.affect)
    assert repr(doc._.affect) == "<affect: polarity, subjectivity>"
    assert doc._.affect.affect_polarity == doc._.affect.polarity
    assert not hasattr(doc._.affect, "humour")
    with pytest.raises(AttributeError, match=r"AF019.*polarity, subjectivity"):
        _ = doc._.affect.humour
    with pytest.raises(AttributeError, match="no 'joyfulness' in this record"):
        _ = doc._.affect.polarity.joyfulness
    assert list(spacy.blank("en")(TEXT)._.affect) == []


def test_components_pickle():
    nlp = pipeline(name="pickled_mood")
    pipe = pickle.loads(pickle.dumps(nlp.get_pipe("pickled_mood")))
    doc = next(iter(pipe.pipe([nlp.get_pipe("sentencizer")(nlp.make_doc(TEXT))])))
    assert doc._.pickled_mood == nlp(TEXT)._.pickled_mood


@pytest.mark.parametrize("model", [VADER, EMBEDDED], ids=["rules", "weights"])
def test_a_config_round_trip_names_only_registered_things(model):
    nlp = pipeline(model=model)
    config = nlp.config.to_str()
    assert f'@architectures = "{model["@architectures"]}"' in config
    again = spacy.util.load_model_from_config(registry_config(config))
    assert again(TEXT)._.affect_polarity == nlp(TEXT)._.affect_polarity


def registry_config(text: str) -> Any:
    from thinc.api import Config

    assert registry.has("scorers", "spacy_affect.affect_scorer.v1")
    return Config().from_str(text)
