"""The pipeline of a run is made anew before its vocabulary fills the memory."""

import json
import weakref

import pytest
import spacy

from spacy_affect.errors import AffectError
from spacy_affect.runner import pipelines, planning
from spacy_affect.runner.pipelines import PipelineSpec, Supply
from spacy_affect.runner.planning import Settings
from spacy_affect.runner.run import annotate

pytest.importorskip("vaderSentiment")
SPEC = PipelineSpec(tasks=("polarity",))


@pytest.fixture
def made(monkeypatch):
    """Few words are many. RETURNS: A list that gets every pipeline that is made, weakly."""
    monkeypatch.setattr(pipelines, "MET_WORDS", 30)
    monkeypatch.setattr(pipelines, "REMAKING", 1e9)
    found = []

    def build(spec, real=pipelines.build):
        nlp = real(spec)
        found.append(weakref.ref(nlp))
        return nlp

    monkeypatch.setattr(pipelines, "build", build)
    return found


def read(supply, begin, end, zone=False):
    """Let the pipeline meet that many words that it has not met."""
    nlp = supply.take()
    texts = [f"word{i}" for i in range(begin, end)]
    if zone:
        with nlp.memory_zone():
            return [doc._.affect_polarity for doc in nlp.pipe(texts)]
    return [doc._.affect_polarity for doc in nlp.pipe(texts)]


def test_words_that_a_zone_has_forgotten_count(made):
    supply = Supply(SPEC)
    read(supply, 0, 20)
    read(supply, 20, 40, zone=True)
    assert len(made) == 1
    read(supply, 40, 41)
    assert len(made) == 2
    assert [old() is not None for old in made] == [False, True]


def test_a_pipeline_that_is_slow_to_make_is_kept_for_longer(made, monkeypatch):
    now = 0.0
    monkeypatch.setattr(pipelines.time, "monotonic", lambda: now)
    monkeypatch.setattr(pipelines, "REMAKING", 0.1)
    supply = Supply(SPEC)
    supply._cost = 2.0
    read(supply, 0, 40)
    now = 19.0
    read(supply, 40, 41)
    assert len(made) == 1
    now = 21.0
    read(supply, 41, 42)
    assert len(made) == 2


def test_a_run_holds_one_pipeline_and_writes_the_same_bytes(made, tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "SHARD_ROWS", 10)
    rows = [{"text": f"I love number{i} but hate word{i}."} for i in range(100)]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    alive = []

    def run(name):
        made.clear()
        settings = Settings((path,), tmp_path / name, SPEC, text_fields=("text",))
        annotate(settings, progress=lambda _: alive.append(sum(one() is not None for one in made)))
        return (tmp_path / name).read_bytes(), len(made)

    often = run("often.jsonl")
    assert set(alive) == {1}
    monkeypatch.setattr(pipelines, "MET_WORDS", 10**9)
    once = run("once.jsonl")
    assert often[0] == once[0]
    assert (often[1] > 3, once[1]) == (True, 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such", "there is no such folder."),
        ("./such", "there is no such folder."),
        ("such.cfg", "there is no such file."),
        ("no/such.cfg", "there is no such file."),
        ("such", "no package of that name is installed, .* spacy-affect models lists"),
        ("blank:xx-nonesuch", r".*E048"),
    ],
)
def test_a_pipeline_that_is_not_there(tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AffectError, match=f"AF039: cannot load the pipeline '{name}': {said}"):
        Supply(PipelineSpec(name))


def test_a_component_that_is_disabled_runs_if_its_task_is_asked_for(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    nlp.add_pipe("affect_vad")
    nlp.disable_pipe("affect_polarity")
    nlp.to_disk(tmp_path)
    names = [
        pipelines.build(PipelineSpec(str(tmp_path), tasks=t)).pipe_names
        for t in ((), ("polarity",))
    ]
    assert names == [["affect_vad"], ["affect_polarity"]]


def test_a_folder_that_is_no_pipeline(tmp_path):
    with pytest.raises(AffectError, match=r"AF039: .*meta\.json"):
        Supply(PipelineSpec(str(tmp_path)))


def test_what_keeps_a_pipeline_from_being_made_is_raised_at_once():
    with pytest.raises(AffectError, match="AF014"):
        Supply(PipelineSpec(tasks=("polarty",)))
