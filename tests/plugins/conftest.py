"""Plugins as distributions that a test writes, and a process of its own to load them in."""

import json
import os
import subprocess
import sys

import pytest


class Site:
    """A folder of distributions, as `pip install` would leave them."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, name, source, entry_points=""):
        """Write a distribution with one module; both have the name."""
        (self.folder / f"{name}.py").write_text(source, encoding="utf8")
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        points = entry_points or f"[spacy_affect]\n{name} = {name}\n"
        (info / "entry_points.txt").write_text(points)

    def run(self, script, *options, **environment):
        """Run a script that sees them. RETURNS: What it calls `result`."""
        env = {key: value for key, value in os.environ.items() if "SPACY_AFFECT" not in key}
        env |= {"PYTHONPATH": str(self.folder), **environment}
        script = f"{script}\nimport json\nprint()\nprint(json.dumps(result, default=str))"
        command = [sys.executable, *options, "-c", script]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("site"))
