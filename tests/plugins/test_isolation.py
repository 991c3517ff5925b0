"""One broken plugin stops nothing but itself: https://github.com/simonw/llm/issues/1280"""

import pytest
import spacy

#: What an app does; nothing of it may notice a broken plugin, but for one warning.
APP = """
import warnings
import spacy

with warnings.catch_warnings(record=True) as early:
    warnings.simplefilter("always")
    spacy.blank("en")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    nlp.add_pipe("affect", config={"task": "subjectivity"})
    value = nlp("I love it")._.affect_polarity
    spacy.blank("en").add_pipe("affect_polarity")

from spacy_affect import plugins
from spacy_affect.registry import REGISTRIES

messages = [str(w.message) for w in caught if w.category.__name__ == "AffectWarning"]
found = {plugin.distribution: plugin for plugin in plugins.load()}
result = {
    "value": value,
    "early": [str(w.message) for w in early if w.category.__name__ == "AffectWarning"],
    "warnings": messages,
    "errors": {name: plugin.error for name, plugin in found.items() if plugin.error},
    "registered": {name: plugin.registered for name, plugin in found.items()},
    "hooks": {name: plugin.hooks for name, plugin in found.items()},
    "tasks": sorted(REGISTRIES["task"].get_all()),
    "backbones": sorted(REGISTRIES["backbone"].get_all()),
}
"""
GOOD = """
from spacy_affect.api import Scheme, Task, hookimpl

class Humor(Task):
    name = "humor"
    scheme = Scheme("humor", ("dull", "funny"), "made up")

@hookimpl
def affect_register_tasks(register):
    register("humor", Humor)
"""
HALFWAY = """
from spacy_affect.api import Scheme, Task, hookimpl, rule_backbone

class Half(Task):
    name = "half"
    scheme = Scheme("half", (), "made up")

def zero(unit): return 0.0
def build(): return rule_backbone(zero, columns=["half"], source="half")

@hookimpl
def affect_register_tasks(register):
    register("half", Half)

@hookimpl
def affect_register_backbones(register):
    register("half", build)
    raise LookupError("no more")
"""
BROKEN = {
    "raises_on_import": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "exits_on_import": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "needs_another": ("import no_such_package", "No module named 'no_such_package'"),
    "no_python": ("def :", "SyntaxError: "),
    "misspelt": (
        GOOD.replace("def affect_register_tasks", "def affect_register_task"),
        'AF022: affect_register_task in misspelt is no hook of spacy_affect. Did you mean "affect_'
        'register_tasks"? Hooks: affect_backbone_presets',
    ),
    "misspelt_unmarked": (
        GOOD.replace("@hookimpl\ndef affect_register_tasks", "def affect_register_taks"),
        "AF022: affect_register_taks in misspelt_unmarked",
    ),
    "unmarked": (
        GOOD.replace("@hookimpl", ""),
        "AF024: affect_register_tasks in unmarked lacks the @hookimpl mark",
    ),
    "wrong_arguments": (
        GOOD.replace("tasks(register)", "tasks(registry)").replace("register(", "registry("),
        "PluginValidationError",
    ),
    "halfway": (HALFWAY, "LookupError: no more"),
    "exits_halfway": (HALFWAY.replace('LookupError("no more")', "SystemExit(1)"), "SystemExit: 1"),
    "takes_our_name": (
        GOOD.replace('register("humor"', 'register("polarity"'),
        "AF021: task 'polarity' of takes_our_name is already registered by spacy-affect",
    ),
    "twice": (
        GOOD + '    register("humor", Humor)\n',
        "AF021: task 'humor' of twice is already registered by twice",
    ),
    "nested": (
        GOOD.replace('"humor", Humor', '"humor", lambda: Humor()'),
        "AF023: register('humor', ...): <function affect_register_tasks.<locals>.<lambda>",
    ),
    "no_weights": (
        GOOD
        + """
@hookimpl
def affect_register_weights(register):
    register("w", "/no/such")
""",
        "AF023: register('w', ...): /no/such is no folder with a meta.json",
    ),
    "odd_name": (
        GOOD.replace('register("humor"', 'register("1 humor"'),
        "AF023: register('1 humor'",
    ),
}


def value():
    """RETURNS (float): What the app gets where no plugin is broken."""
    nlp = spacy.blank("en")
    nlp.add_pipe("affect_polarity")
    return nlp("I love it")._.affect_polarity


APART = ("raises_on_import", "exits_on_import", "misspelt", "unmarked", "halfway")


@pytest.mark.parametrize("name", APART)
def test_a_broken_plugin_stops_nothing_else(site, name):
    source, reason = BROKEN[name]
    site.add(name, source)
    found = site.run(APP, SPACY_AFFECT_PLUGINS=name)
    assert found["value"] == value() > 0.5
    assert found["early"] == [], "no plugin is loaded before something is asked for"
    assert len(found["warnings"]) == 1
    assert name in found["warnings"][0]
    assert reason in found["warnings"][0]
    assert list(found["errors"]) == [name]
    assert not {"humor", "half"} & {*found["tasks"], *found["backbones"]}


@pytest.fixture(scope="module")
def all_broken(shared_site):
    for name, (source, _) in BROKEN.items():
        shared_site.add(name, source)
    shared_site.add("good", GOOD.replace('register("humor"', 'register("wit"'))
    return shared_site.run(APP, SPACY_AFFECT_PLUGINS=",".join([*BROKEN, "good"]))


@pytest.mark.parametrize("name", BROKEN)
def test_it_is_known_why_a_plugin_was_left_out(all_broken, name):
    assert BROKEN[name][1] in all_broken["errors"][name]
    assert all_broken["registered"][name] == {}, "nothing of it is registered"


def test_many_broken_plugins_are_one_warning(all_broken):
    assert sorted(all_broken["errors"]) == sorted(BROKEN)
    assert len(all_broken["warnings"]) == 1
    assert all_broken["warnings"][0].startswith(f"{len(BROKEN)} affect plugin(s) left out (")
    assert all(reason in all_broken["warnings"][0] for _, reason in BROKEN.values())
    assert all_broken["registered"]["good"] == {"task": ["wit"]}
    assert {"polarity", "wit"} <= {*all_broken["tasks"]}
    assert not {"humor", "half"} & {*all_broken["tasks"], *all_broken["backbones"]}
    assert all_broken["value"] == value()


def test_two_plugins_with_one_name(site):
    site.add("alpha", GOOD)
    site.add("beta", GOOD)
    found = site.run(APP, SPACY_AFFECT_PLUGINS="alpha,beta")
    assert found["registered"]["alpha"] == {"task": ["humor"]}
    reason = "AF021: task 'humor' of beta is already registered by alpha. Rename one of them, or"
    assert list(found["errors"]) == ["beta"]
    assert found["errors"]["beta"].startswith(reason)
    assert reason in found["warnings"][0]


WEIGHTS = """
from pathlib import Path
from spacy_affect.api import hookimpl

@hookimpl
def affect_register_weights(register):
    register(name="deep", path=str(Path(__file__).parent / "deep"))
"""


def test_two_plugins_with_weights_of_one_name(site):
    for plugin in ("alpha", "beta"):
        site.add(plugin, WEIGHTS)
    (site.folder / "deep").mkdir()
    (site.folder / "deep" / "meta.json").write_text('{"name": "deep"}')
    found = site.run(APP, SPACY_AFFECT_PLUGINS="alpha,beta")
    assert found["registered"]["alpha"] == {"weights": ["deep"]}
    assert found["errors"]["beta"].startswith(
        "AF021: weights 'deep' of beta is already registered by alpha."
    )


def test_a_sound_plugin_warns_of_nothing(site):
    site.add("good", GOOD)
    found = site.run(APP, SPACY_AFFECT_PLUGINS="good")
    assert found["warnings"] == []
    assert found["errors"] == {}
    assert found["hooks"]["good"] == ["affect_register_tasks"]


@pytest.mark.parametrize(
    ("allowed", "loaded"),
    [("", []), ("alpha", ["alpha"]), ("gamma , alpha", ["alpha", "gamma"]), ("nobody", [])],
)
def test_the_environment_limits_plugins(site, allowed, loaded):
    site.add("alpha", GOOD)
    site.add("beta", "raise RuntimeError('never imported')")
    site.add("gamma", GOOD.replace('register("humor"', 'register("wit"'))
    found = site.run(APP, SPACY_AFFECT_PLUGINS=allowed)
    assert [name for name in found["registered"] if name != "spacy-affect"] == loaded
    assert found["warnings"] == []


def test_a_distribution_may_be_named_instead_of_its_plugin(site):
    site.add("alpha", GOOD, "[spacy_affect]\nfirst = alpha\n")
    assert "humor" in site.run(APP, SPACY_AFFECT_PLUGINS="alpha")["tasks"]


def test_without_limits_all_load(site):
    site.add("alpha", GOOD)
    assert "humor" in site.run(APP)["tasks"]


STRICT = """
import spacy
try:
    spacy.blank("en").add_pipe("affect_polarity")
    result = None
except BaseException as error:
    result = [type(error).__name__, str(error)]
"""


@pytest.mark.parametrize("name", ["exits_on_import", "halfway"])
def test_strict_raises(site, name):
    site.add(name, BROKEN[name][0])
    raised = site.run(STRICT, SPACY_AFFECT_STRICT="1", SPACY_AFFECT_PLUGINS=name)
    assert ": ".join(raised) == BROKEN[name][1]


def test_strict_with_sound_plugins(site):
    site.add("good", GOOD)
    assert site.run(STRICT, SPACY_AFFECT_STRICT="1", SPACY_AFFECT_PLUGINS="good") is None


def test_a_hook_that_raises_later_is_left_out(site):
    source = """
from spacy_affect.api import hookimpl

@hookimpl
def affect_extra_metrics(task, gold, pred):
    raise ZeroDivisionError("of no use")
"""
    script = """
import warnings
import spacy
from spacy_affect.api import example
nlp = spacy.blank("en")
nlp.add_pipe("affect_polarity")
texts = {"I love it": 0.9, "I hate it": -0.9, "It is a table": 0.0}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scores = nlp.evaluate([example(nlp, text, {"polarity": v}) for text, v in texts.items()])
result = [scores["affect_polarity_pearson"], [str(w.message) for w in caught]]
"""
    site.add("useless", source)
    pearson, messages = site.run(script, SPACY_AFFECT_PLUGINS="useless")
    assert pearson > 0.9
    assert len(messages) == 1
    assert "affect_extra_metrics of plugin 'useless:useless' failed" in messages[0]
    assert "ZeroDivisionError: of no use" in messages[0]
