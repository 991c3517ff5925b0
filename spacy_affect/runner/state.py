"""What a run leaves on disk while it is unfinished, so that a killed one goes on where it was.

`OUTPUT.affect/` holds the manifest, a lock, and per finished shard its bytes and its counts. All of
them appear by atomic rename; the counts come last and mean that the shard is whole. A shard that is
being scored has an empty file, which tells the next run that this one has ended there.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from ..errors import AffectError
from .shard import Stats

try:
    import fcntl
except ImportError:  # Windows: two runs at once on one output are not noticed there
    fcntl = None  # type: ignore[assignment]


class State:
    """The folder beside one output."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.folder = output.with_name(output.name + ".affect")
        self._lock: IO[bytes] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether a run of ours, finished or not, has begun this output."""
        return self._read_manifest() is not None

    def open(self, fingerprint: dict[str, str], restart: bool) -> dict[str, Any] | None:
        """Take possession of the folder.

        fingerprint (dict[str, str]): A digest per part of what changes the output.
        RETURNS (dict | None): What `finish` stored, if the same run has finished already.
        RAISES: AF033 for an output that is not ours, AF034 if it was begun with other settings,
            AF035 if another run is at it.
        """
        if not self.is_ours and self.output.exists() and not restart:
            raise AffectError("AF033", path=self.output)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        begun = self._read_manifest()
        if begun and not restart:
            changed = [p for p in fingerprint if begun["fingerprint"].get(p) != fingerprint[p]]
            if changed:
                state = "was begun" if begun.get("done") is None else "is the result of a run"
                raise AffectError(
                    "AF034", path=self.output, state=state, changed=", ".join(changed)
                )
            done = begun.get("done")
            if done is None:
                return None
            if self.output.exists():
                if self.output.stat().st_size != done["size"]:
                    raise AffectError("AF033", path=self.output)
                self._clear()  # shards that a kill right after the end has left
                return done["summary"]
        self._clear()
        self._write(self._manifest, json.dumps({"fingerprint": fingerprint}).encode())
        return None

    def close(self) -> None:
        """Let another run have the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def begin(self, index: int) -> bool:
        """Note that a shard is being scored.

        RETURNS (bool): An earlier run has begun it too, and not come to its end.
        """
        begun = self._begun(index).exists()
        self._begun(index).touch()
        return begun

    def save(self, index: int, data: bytes, stats: Stats) -> None:
        """Keep a finished shard."""
        self._write(self.shard(index), data)
        self._write(self._stats(index), json.dumps(asdict(stats)).encode())
        self._begun(index).unlink(missing_ok=True)

    def has(self, index: int) -> bool:
        return self._stats(index).exists() and self.shard(index).exists()

    def stats(self, index: int) -> Stats:
        """RETURNS (Stats): The counts of a finished shard."""
        return Stats(**json.loads(self._stats(index).read_text()))

    def shard(self, index: int) -> Path:
        return self.folder / f"{index:08d}.part"

    def scratch(self, name: str) -> Path:
        """RETURNS (Path): A place for a temporary file on the same file system."""
        return self.folder / name

    def finish(self, assembled: Path, summary: dict[str, Any]) -> None:
        """Put the output in its place, note that it is whole, and drop the shards."""
        begun = json.loads(self._manifest.read_text())
        begun["done"] = {"summary": summary, "size": assembled.stat().st_size}
        os.replace(assembled, self.output)
        self._write(self._manifest, json.dumps(begun).encode())
        self._clear()

    def _read_manifest(self) -> dict[str, Any] | None:
        """RETURNS (dict | None): None if there is none of ours."""
        try:
            begun = json.loads(self._manifest.read_text())
        except (OSError, ValueError):
            return None
        return begun if isinstance(begun, dict) and "fingerprint" in begun else None

    @property
    def _manifest(self) -> Path:
        return self.folder / "manifest.json"

    def _begun(self, index: int) -> Path:
        return self.folder / f"{index:08d}.begun"

    def _stats(self, index: int) -> Path:
        return self.folder / f"{index:08d}.json"

    def _write(self, path: Path, data: bytes) -> None:
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a rename must never outlive the bytes that it names
        os.replace(temporary, path)

    def _clear(self) -> None:
        # counts (.json) before shards (.part): a shard is whole only with its counts
        for path in sorted(self.folder.iterdir(), key=lambda path: path.suffix):
            if path.name not in ("manifest.json", "lock"):
                path.unlink()

    def _take_lock(self) -> None:
        self._lock = (self.folder / "lock").open("wb")
        if fcntl is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.close()
                raise AffectError("AF035", path=self.output) from None
