"""Wheels that were built here before, kept for the next run.

A wheel is found again only under everything that made it what it is: the repository and the digest
of its sources, the target, the settings and limits of its build. What was kept is believed only
if it has not changed since. May not know whether today's policy admits it: whoever asks has
checked that of the sources.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from xpip.core.policy import Target

_LAYOUT = "built-1"
_RECEIPT = "receipt.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that makes a built wheel what it is.

    Attributes:
        repository: canonical URL of the group that the sources came from.
        sources: sha256 of the source distribution.
        settings: PEP 517's config settings.
        constraints: limits to what the build needed, as texts.
    """

    repository: str
    sources: str
    target: Target
    settings: Mapping[str, str | list[str]]
    constraints: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A digest of all of it."""
        said = [
            self.repository,
            self.sources,
            str(self.target.python_version),
            self.target.tags,
            sorted(self.settings.items()),
            sorted(self.constraints),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


class BuiltWheels:
    """Keeps wheels below one private directory; with None, keeps nothing."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory / _LAYOUT if directory else None

    def find(self, recipe: Recipe) -> Path | None:
        """The wheel that this recipe gave before; None where there is none, or it is damaged."""
        if self._directory is None:
            return None
        place = self._directory / recipe.key
        try:
            receipt = json.loads((place / _RECEIPT).read_bytes())
            name, digest = str(receipt["name"]), str(receipt["sha256"])
            wheel = place / Path(name).name
            if _is_ours(place) and _sha256(wheel) == digest:
                return wheel
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        # Whatever changed it, it is not what was built.
        shutil.rmtree(place, ignore_errors=True)
        return None

    def keep(self, recipe: Recipe, wheel: Path) -> None:
        """Keep a wheel; a directory that cannot be written keeps nothing, and is no error."""
        if self._directory is None:
            return
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made beside its place and renamed: another run sees all of it, or nothing.
            made = Path(tempfile.mkdtemp(prefix="new-", dir=self._directory))
            try:
                shutil.copy2(wheel, made / wheel.name)
                receipt = {"name": wheel.name, "sha256": _sha256(wheel)}
                (made / _RECEIPT).write_text(json.dumps(receipt), encoding="utf-8")
                os.rename(made, self._directory / recipe.key)
            finally:
                shutil.rmtree(made, ignore_errors=True)


def _is_ours(place: Path) -> bool:
    """Whether nobody else could have put it there."""
    return os.name == "nt" or os.lstat(place).st_uid == os.getuid()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
