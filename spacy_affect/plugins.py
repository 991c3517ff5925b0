"""The plugin host: loads what other distributions add, and keeps one from harming another."""

from __future__ import annotations

import difflib
import inspect
import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pluggy

from . import builtin, hookspecs
from .cards import META
from .errors import AffectError, AffectWarning, hint, listing
from .registry import REGISTRIES

#: Registering hooks, with the kind of thing that each registers.
REGISTERING = {
    "affect_register_tasks": "task",
    "affect_register_backbones": "backbone",
    "affect_register_corpora": "corpus",
    "affect_register_weights": "weights",
}
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("affect_"))


@dataclass
class Plugin:
    """What became of one plugin.

    registered (dict): kind -> names, of what it added. error (str): Why it was left out, or "".
    """

    name: str
    distribution: str
    version: str
    hooks: list[str] = field(default_factory=list)
    registered: dict[str, list[str]] = field(default_factory=dict)
    error: str = ""
    failure: BaseException | None = field(default=None, repr=False)


@dataclass
class _Staged:
    """What one plugin registers, held back until all of its hooks have succeeded."""

    kind: str
    owner: str
    things: dict[str, Any] = field(default_factory=dict)

    def register(self, name: str, make: Callable[..., Any]) -> None:
        self._check(name)
        if not _at_top_level(make):
            reason = f"{make!r} is not a function or class at the top level of a module"
            raise AffectError("AF023", name=name, reason=reason)
        self.things[name] = make

    def register_folder(self, name: str, path: str | Path) -> None:
        self._check(name)
        folder = Path(path).absolute()
        if not (folder / META).is_file():
            raise AffectError("AF023", name=name, reason=f"{folder} is no folder with a {META}")
        self.things[name] = folder

    def _check(self, name: str) -> None:
        if not re.fullmatch(r"[A-Za-z][\w.-]*", str(name)):
            reason = "the name must start with a letter and hold letters, digits, '_', '-', '.'"
            raise AffectError("AF023", name=name, reason=reason)
        old = self.owner if name in self.things else _OWNERS.get((self.kind, name))
        if old:
            raise AffectError("AF021", kind=self.kind, name=name, new=self.owner, old=old)


_LOCK = threading.RLock()
_MANAGER: pluggy.PluginManager | None = None
_PLUGINS: list[Plugin] = []
_OWNERS: dict[tuple[str, str], str] = {}


def load() -> list[Plugin]:
    """Load built-ins and installed plugins, once in a process; later calls are free.

    `SPACY_AFFECT_PLUGINS` holds the names (of plugins or distributions, comma-separated) that may
    load; empty means none. With `SPACY_AFFECT_STRICT=1` a broken plugin raises, else it is left
    out with one warning.

    RETURNS (list[Plugin]): Our built-ins first, then plugins by name, broken ones included.
    """
    global _MANAGER
    with _LOCK:
        if _MANAGER is None:
            _MANAGER = pluggy.PluginManager(hookspecs.PROJECT)
            _MANAGER.add_hookspecs(hookspecs)
            _add(_MANAGER, _built_in(), lambda: builtin)
            for plugin, import_it in _installed():
                _add(_MANAGER, plugin, import_it)
            _report([plugin for plugin in _PLUGINS if plugin.error])
        if _strict():
            for plugin in _PLUGINS:
                if plugin.failure is not None:
                    raise plugin.failure
        return list(_PLUGINS)


def owner(kind: str, name: str) -> str:
    """RETURNS (str): The distribution that registered a name, or "" if none did."""
    load()
    return _OWNERS.get((kind, name), "")


def call(hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
    """Call a hook plugin by plugin; one that raises is left out with a warning.

    YIELDS (tuple[str, Any]): The plugin's name and what it returned, None included.
    """
    load()
    assert _MANAGER is not None
    for impl in getattr(_MANAGER.hook, hook).get_hookimpls():
        try:
            result = _call(impl, arguments)
        except Exception as error:
            if _strict():
                raise
            message = f"{hook} of plugin {impl.plugin_name!r} failed: {_reason(error)}"
            warnings.warn(message, AffectWarning, stacklevel=2)
        else:
            yield impl.plugin_name, result


def _add(manager: pluggy.PluginManager, plugin: Plugin, import_it: Callable[[], Any]) -> None:
    """Import, check, register and commit one plugin: all of it, or nothing and a reason."""
    _PLUGINS.append(plugin)
    module = None
    try:
        module = import_it()
        _check_names(module)
        manager.register(module, name=f"{plugin.distribution}:{plugin.name}")
        plugin.hooks = sorted(caller.name for caller in manager.get_hookcallers(module) or [])
        for staged in _stage(manager, module, plugin):
            for name, thing in staged.things.items():
                REGISTRIES[staged.kind].register(name, func=thing)
                _OWNERS[staged.kind, name] = plugin.distribution
            plugin.registered[staged.kind] = sorted(staged.things)
    except (Exception, SystemExit) as error:  # a stranger's code must not stop the user's app
        if module is not None and manager.is_registered(module):
            manager.unregister(module)
        plugin.error = _reason(error)
        plugin.failure = error


def _stage(manager: pluggy.PluginManager, module: Any, plugin: Plugin) -> list[_Staged]:
    # Hookimpls are called one by one: pluggy stops a whole call at the first that raises.
    all_staged = []
    for hook, kind in REGISTERING.items():
        staged = _Staged(kind, plugin.distribution)
        register = staged.register_folder if kind == "weights" else staged.register
        for impl in getattr(manager.hook, hook).get_hookimpls():
            if impl.plugin is module:
                _call(impl, {"register": register})
        if staged.things:
            all_staged.append(staged)
    return all_staged


def _call(impl: pluggy.HookImpl, arguments: dict[str, Any]) -> Any:
    return impl.function(*(arguments[name] for name in impl.argnames))


def _check_names(module: Any) -> None:
    """Find hooks that would never run: misspelt ones, and ones without the mark."""
    where = getattr(module, "__name__", type(module).__name__)
    for name, function in inspect.getmembers(module, callable):
        if not name.startswith("affect_"):
            continue
        mark = getattr(function, f"{hookspecs.PROJECT}_impl", None)
        hook = (mark or {}).get("specname") or name
        if mark is None and hook in HOOKS:
            raise AffectError("AF024", function=name, module=where)
        close = difflib.get_close_matches(hook, HOOKS, n=1, cutoff=0.8)
        if hook not in HOOKS and (mark is not None or close):
            raise AffectError(
                "AF022", function=hook, module=where, known=listing(HOOKS), hint=hint(hook, HOOKS)
            )


def _at_top_level(make: Any) -> bool:
    module = sys.modules.get(getattr(make, "__module__", None) or "")
    return callable(make) and getattr(module, getattr(make, "__qualname__", ""), None) is make


def _built_in() -> Plugin:
    from . import __version__

    return Plugin("spacy_affect", "spacy-affect", __version__)


def _installed() -> Iterator[tuple[Plugin, Callable[[], Any]]]:
    allowed = os.environ.get("SPACY_AFFECT_PLUGINS")
    names = None if allowed is None else {name.strip() for name in allowed.split(",")}
    points = metadata.entry_points(group=hookspecs.PROJECT)
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        distribution = point.dist.name if point.dist else point.value
        version = point.dist.version if point.dist else ""
        if names is None or point.name in names or distribution in names:
            yield Plugin(point.name, distribution, version), point.load


def _report(broken: list[Plugin]) -> None:
    if broken and not _strict():
        reasons = "; ".join(f"{plugin.distribution}: {plugin.error}" for plugin in broken)
        message = f"{len(broken)} affect plugin(s) left out ({reasons}). See: spacy-affect plugins"
        warnings.warn(message, AffectWarning, stacklevel=4)


def _reason(error: BaseException) -> str:
    text = str(error)
    return text if isinstance(error, AffectError) else f"{type(error).__name__}: {text}"


def _strict() -> bool:
    return os.environ.get("SPACY_AFFECT_STRICT") == "1"
