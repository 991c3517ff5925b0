"""How the recipe of the encoder packs heads: columns of outputs, folders of weights."""

import importlib.util
import json
import shutil
from pathlib import Path

import numpy
import pytest

from spacy_affect.models.backbones.embedded.encoder import EncodedWeights
from spacy_affect.models.backbones.embedded.weights import META, open_weights

ROOT = Path(__file__).parents[3]
TINY = ROOT / "tests" / "unit" / "models" / "tiny_encoder"
READING = {"width": 16, "ends": [2, 3], "window": 8, "stride": 6, "turns": {}}
OUTPUTS = ("pos", "neg", "vad.valence", "vad.arousal", "vad.dominance")


@pytest.fixture(scope="module")
def recipe():
    spec = importlib.util.spec_from_file_location("pack", ROOT / "recipes" / "encoder" / "pack.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def exported(tmp_path):
    folder = shutil.copytree(TINY, tmp_path / "exported")
    W = numpy.arange(80, dtype="float32").reshape(16, 5) / 80
    b = numpy.array([1, 2, 3, 4, 5], "float32")
    numpy.savez(folder / "heads.npz", W=W, b=b, outputs=numpy.array(OUTPUTS))
    (folder / "encoder.json").write_text(json.dumps(READING), encoding="utf8")
    return folder


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("neg", {"neg": 1}),
        (["pos", "neg"], {"pos": 0.5, "neg": 0.5}),
        ({"pos": 2.0, "neg": -1.0}, {"pos": 2, "neg": -1}),
    ],
)
def test_columns_are_mixed_of_outputs(recipe, exported, given, wanted):
    heads = numpy.load(exported / "heads.npz")
    place = {name: i for i, name in enumerate(OUTPUTS)}
    W, b = recipe.mixed(given, heads["W"], heads["b"], place)
    assert (
        pytest.approx(sum(share * heads["W"][:, place[name]] for name, share in wanted.items()))
        == W
    )
    assert b == pytest.approx(sum(share * heads["b"][place[n]] for n, share in wanted.items()))


def test_a_column_has_a_bias_of_its_own(recipe, exported):
    heads = numpy.load(exported / "heads.npz")
    _, b = recipe.mixed({"pos": 0.5, "bias": 0.25}, heads["W"], heads["b"], {"pos": 0})
    assert b == pytest.approx(0.75)
    with pytest.raises(SystemExit, match="no output joy; there are: pos"):
        recipe.mixed("joy", heads["W"], heads["b"], {"pos": 0})


def test_folders(recipe, exported, tmp_path):
    poles = {"kind": "poles", "columns": {"pos": "pos", "neg": "neg"}}
    card = {"version": "1.0", "outputs": {"polarity": {"polarity": poles}}}
    recipe.pack("one", card, exported, tmp_path / "one")
    vad = {"kind": "signed", "columns": "vad."}
    card = {"version": "1.0", "of": "../one", "outputs": {"vad": {"vad": vad}}}
    recipe.pack("two", card, exported, tmp_path / "two")
    assert {path.name for path in (tmp_path / "two").iterdir()} == {
        META,
        "heads.W.npy",
        "heads.b.npy",
    }
    one, two = (open_weights(tmp_path / name) for name in ("one", "two"))
    assert isinstance(one, EncodedWeights)
    assert two.encoder is one.encoder
    assert one.model["tasks"]["polarity"]["polarity"]["columns"] == {"pos": 0, "neg": 1}
    columns = two.model["tasks"]["vad"]["vad"]["columns"]
    assert columns == {"valence": 0, "arousal": 1, "dominance": 2}
    assert numpy.load(tmp_path / "two" / "heads.b.npy").tolist() == [3, 4, 5]
    about = json.loads((tmp_path / "one" / META).read_text(encoding="utf8"))
    assert (about["name"], about["languages"]) == ("one", ["en"])
    assert about["model"]["encoder"] == READING
