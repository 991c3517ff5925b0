"""What may be wrong with an installation: the checks behind `spacy-affect doctor`.

`spacy.blank` loads every `spacy_*` entry point unguarded, so one broken package stops all of spaCy
(https://github.com/explosion/spaCy/issues/13915). Nothing here makes a `Language`, and whatever
may fail is imported inside the check that needs it.
"""

from __future__ import annotations

import contextlib
import io
import platform
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ..errors import AffectError

OURS = "spacy-affect"
#: The entry-point group of our own plugins, which `plugins.load` reads.
PLUGIN_GROUP = "spacy_affect"

Status = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    status (str): "problem" is broken; "note" is worth knowing, for example an extra that is not
        installed. remedy (str): A command or a change that mends it, or "".
    """

    section: str
    subject: str
    status: Status
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Trap:
    """Two distributions that break each other although their metadata allow it."""

    name: str
    beside: str
    versions: str
    text: str
    remedy: str


TRAPS = (
    Trap(
        name="spacy-transformers",
        beside="transformers",
        versions=">=5",
        text="its entry points cannot load beside transformers 5, and then no pipeline at all can "
        "be made, not even spacy.blank (https://github.com/explosion/spaCy/issues/13915)",
        remedy='pip install "transformers<4.53.3", or pip uninstall spacy-transformers',
    ),
)

#: Extras for work on this package itself.
OWN_EXTRAS = ("dev", "test")


def diagnose(pipeline: str | None = None) -> list[Finding]:
    """Check the installation.

    pipeline (str | None): A package or a path; its config is checked too.
    RETURNS (list[Finding]): Section by section. A check that fails itself is a problem.
    """
    checks: dict[str, Callable[[], Iterable[Finding]]] = {
        "versions": check_versions,
        "entry points": check_entry_points,
        "requirements": check_requirements,
        "extras": check_extras,
        "components": check_components,
        "plugins": check_plugins,
        "weights": check_weights,
    }
    if pipeline is not None:
        from .pipelines import check_pipeline

        checks["pipeline"] = lambda: check_pipeline(pipeline)
    findings: list[Finding] = []
    for section, check in checks.items():
        try:
            with _quiet():
                findings.extend(check())
        except (Exception, SystemExit) as error:  # the doctor must always report
            findings.append(Finding(section, section, "problem", f"check failed: {reason(error)}"))
    return findings


def reason(error: BaseException) -> str:
    """RETURNS (str): The exception in one line."""
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text if len(text) <= 300 else f"{text[:297]}..."


def check_versions() -> Iterator[Finding]:
    """YIELDS (Finding): Python against the range that is supported, and the packages' versions."""
    ours = installed(OURS)
    if ours is None:
        text = "is not installed, so spaCy finds none of its factories"
        yield Finding("versions", OURS, "problem", text, f"pip install {OURS}")
    supported = (ours.metadata["Requires-Python"] if ours else None) or ""
    python = platform.python_version()
    fits = SpecifierSet(supported).contains(python, prereleases=True)
    if fits:
        yield Finding("versions", "python", "ok", f"{python} (supported: {supported or 'any'})")
    else:
        text = f"{python} is outside of {supported}"
        yield Finding("versions", "python", "problem", text, f"use a Python {supported}")
    for name in ("spacy", "thinc", OURS):
        found = installed(name)
        if found:
            yield Finding("versions", name, "ok", found.version)
        elif name != OURS:
            yield Finding("versions", name, "problem", "is not installed", f"pip install {OURS}")


def check_entry_points() -> Iterator[Finding]:
    """YIELDS (Finding): Every entry point of spaCy or thinc that does not load, or one that all do.

    Our own plugins are not among them: they cannot stop spaCy.
    """
    points = _spacy_entry_points()
    broken = 0
    for point in points:
        try:
            point.load()
        except (Exception, SystemExit) as error:
            broken += 1
            assert point.dist is not None  # entry_points() always sets it
            whose = f"{point.dist.name} {point.dist.version}"
            text = f"{point.name} of {whose} does not load: {reason(error)}"
            yield Finding("entry points", point.group, "problem", text, _mend(point.dist.name))
    if not broken:
        yield Finding("entry points", "spacy_*, thinc_*", "ok", f"all {len(points)} load")


def _spacy_entry_points() -> list[metadata.EntryPoint]:
    groups = [g for g in metadata.entry_points().groups if g.startswith(("spacy_", "thinc_"))]
    points = [p for g in groups if g != PLUGIN_GROUP for p in metadata.entry_points(group=g)]
    return sorted(points, key=lambda point: (point.group, point.name, point.value))


def check_requirements() -> Iterator[Finding]:
    """YIELDS (Finding): Requirements that installed versions do not satisfy, and known traps.

    Looked at are spacy-affect, what its extras install, and whatever depends on spaCy or thinc.
    """
    clashes = 0
    for trap in TRAPS:
        one, other = installed(trap.name), installed(trap.beside)
        if one and other and SpecifierSet(trap.versions).contains(other.version, prereleases=True):
            clashes += 1
            subject = f"{one.name} {one.version}"
            text = f"{trap.text}; {other.name} {other.version} is installed"
            yield Finding("requirements", subject, "problem", text, trap.remedy)
    examined = _relevant()
    for found in examined:
        for requirement in _requirements(found):
            fault = _fault(requirement)
            if fault:
                clashes += 1
                bare = str(requirement).partition(";")[0]
                subject = f"{found.name} {found.version}"
                text = f"needs {bare}, but {fault}"
                yield Finding("requirements", subject, "problem", text, f'pip install "{bare}"')
    if not clashes:
        text = f"{len(examined)} distributions have what they require"
        yield Finding("requirements", "versions", "ok", text)


def _relevant() -> list[metadata.Distribution]:
    """RETURNS (list): spacy-affect, its extras' packages, and what depends on spaCy or thinc."""
    ours = installed(OURS)
    extras = _extras(ours) if ours else {}
    wanted = {OURS, "spacy", "thinc"}
    wanted |= {canonicalize_name(req.name) for reqs in extras.values() for req in reqs}
    chosen: dict[str, metadata.Distribution] = {}
    for found in metadata.distributions():
        name = canonicalize_name(found.metadata["Name"] or "")
        if not name or name in chosen:  # of two on the path, the first is imported
            continue
        needs = {canonicalize_name(requirement.name) for requirement in _requirements(found)}
        if name in wanted or needs & {"spacy", "thinc"}:
            chosen[name] = found
    return [chosen[name] for name in sorted(chosen)]


def _requirements(found: metadata.Distribution, extra: str = "") -> list[Requirement]:
    """RETURNS (list): What holds here; with an extra, only what the extra adds."""
    parsed = []
    for line in found.requires or []:
        with contextlib.suppress(InvalidRequirement):  # old distributions hold some
            parsed.append(Requirement(line))

    def holds(requirement: Requirement, extra: str) -> bool:
        return requirement.marker is None or requirement.marker.evaluate({"extra": extra})

    return [r for r in parsed if holds(r, extra) and not (extra and holds(r, ""))]


def _fault(requirement: Requirement) -> str:
    """RETURNS (str): Why a requirement is not met, or ""."""
    found = installed(requirement.name)
    if found is None:
        return "it is not installed"
    if not requirement.specifier.contains(found.version, prereleases=True):
        return f"{found.version} is installed"
    return ""


def check_extras() -> Iterator[Finding]:
    """YIELDS (Finding): Each extra: complete, or what it lacks and how to get it.

    An extra that is not there is no problem; one that is there in versions that do not fit is.
    """
    ours = installed(OURS)
    for extra, requirements in (_extras(ours) if ours else {}).items():
        if extra in OWN_EXTRAS:
            continue
        faults = {requirement.name: _fault(requirement) for requirement in requirements}
        missing = [name for name, fault in faults.items() if fault == "it is not installed"]
        unfit = [
            f"{name} ({fault})" for name, fault in faults.items() if fault and name not in missing
        ]
        remedy = f'pip install "{OURS}[{extra}]"'
        if missing:
            yield Finding("extras", extra, "note", f"missing {', '.join(missing + unfit)}", remedy)
        elif unfit:
            text = f"versions that do not fit: {', '.join(unfit)}"
            yield Finding("extras", extra, "problem", text, remedy)
        else:
            yield Finding("extras", extra, "ok", f"complete: {', '.join(faults)}")


def _extras(ours: metadata.Distribution) -> dict[str, list[Requirement]]:
    """RETURNS (dict): Extra -> its requirements, extras of ours within it resolved."""
    names = ours.metadata.get_all("Provides-Extra") or []
    direct = {name: _requirements(ours, name) for name in names}

    def resolve(name: str, seen: tuple[str, ...] = ()) -> Iterator[Requirement]:
        for requirement in direct.get(name, []):
            if canonicalize_name(requirement.name) != OURS:
                yield requirement
            else:
                for inner in sorted(requirement.extras - {name, *seen}):
                    yield from resolve(inner, (*seen, name))

    return {name: list(resolve(name)) for name in names}


def check_components() -> Iterator[Finding]:
    """YIELDS (Finding): Each component: its default backbone, or which package that lacks."""
    from spacy.util import load_config, registry

    from ..cards import ELSEWHERE

    for path in sorted((Path(__file__).parents[1] / "pipeline" / "defaults").glob("*.cfg")):
        block = load_config(path)["component"].get("model")
        if not block:
            continue
        try:
            model = registry.resolve({"model": block})["model"]
        except AffectError as error:
            if error.code != "AF001":
                raise
            text = f"cannot run: {error.values['package']} is not installed"
            remedy = f'pip install "{OURS}[{error.values["extra"]}]"'
            yield Finding("components", path.stem, "note", text, remedy)
            continue
        task, source = path.stem.removeprefix("affect_"), model.attrs["source"]
        if model.name == "embedded" and (name := _weights_for(task)) is None:
            text = "cannot run: no weights for it"
            yield Finding("components", path.stem, "note", text, ELSEWHERE.get(task, ""))
        else:
            text = f"the weights {name}" if model.name == "embedded" else source
            yield Finding("components", path.stem, "ok", f"uses {text}")


def _weights_for(task: str) -> str | None:
    """RETURNS (str | None): The weights that are taken for a task, in any scheme."""
    from .. import plugins
    from ..cards import load_card, read_meta
    from ..registry import REGISTRIES

    found = []
    for name, folder in REGISTRIES["weights"].get_all().items():
        with contextlib.suppress(Exception):  # check_weights tells what is broken
            if task in load_card(folder).tasks:
                encoded = "encoder" in read_meta(folder).get("model", {})
                found.append((plugins.owner("weights", name) != OURS, encoded, name))
    return min(found)[-1] if found else None


def check_plugins() -> Iterator[Finding]:
    """YIELDS (Finding): Each plugin: what it registered, or why it was left out."""
    from .. import plugins

    for plugin in plugins.load():
        subject = f"{plugin.distribution} {plugin.version}".strip()
        if plugin.error:
            text, remedy = f"left out: {plugin.error}", _mend(plugin.distribution)
            yield Finding("plugins", subject, "problem", text, remedy)
        else:
            parts = [f"{kind} {', '.join(names)}" for kind, names in plugin.registered.items()]
            yield Finding("plugins", subject, "ok", "; ".join(parts) or "registers nothing")


def check_weights() -> Iterator[Finding]:
    """YIELDS (Finding): Each set of registered weights: what it predicts, or which of its files is
    broken. A packaging that leaves files out, or a download that broke off, shows here.
    """
    import numpy

    from .. import plugins
    from ..cards import load_card
    from ..registry import REGISTRIES

    for name, folder in sorted(REGISTRIES["weights"].get_all().items()):
        file = folder
        try:
            card = load_card(folder)
            for file in sorted(folder.rglob("*.npy")):
                numpy.load(file, mmap_mode="r", allow_pickle=False)
        except (Exception, SystemExit) as error:
            text = str(error) if isinstance(error, AffectError) else f"{file}: {reason(error)}"
            remedy = _mend(plugins.owner("weights", name))
            yield Finding("weights", name, "problem", text, remedy)
        else:
            said = f"{card.version} for {', '.join(card.tasks) or 'no task that it names'}"
            yield Finding("weights", name, "ok", said.strip())


def installed(name: str) -> metadata.Distribution | None:
    """RETURNS (Distribution | None): The first of this name on the path."""
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _mend(name: str) -> str:
    if canonicalize_name(name) == OURS:
        return f"pip install --force-reinstall --no-deps {OURS}"
    return f"upgrade or uninstall it: pip uninstall {name}"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # Strangers' modules warn and print as they load; the report is what counts, and may be JSON.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
