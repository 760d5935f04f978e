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
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from xpip.core.names import NormalizedName
from xpip.core.policy import Target
from xpip.edge.cache.places import NEW, drawer, is_own, make_room, mark_used

LAYOUT = "built-2"
_RECEIPT = "receipt.json"


class Recipe(Struct, frozen=True, kw_only=True):
    """Everything that makes a built wheel what it is.

    Attributes:
        project: whose wheel it is.
        repository: canonical URL of the group that the sources came from.
        sources: sha256 of the source distribution.
        settings: PEP 517's config settings.
        constraints: limits to what the build needed, as texts.
    """

    project: NormalizedName
    repository: str
    sources: str
    target: Target
    settings: Mapping[str, str | list[str]]
    constraints: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A digest of all of it."""
        said = [
            self.project,
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
        self._directory = directory / LAYOUT if directory else None

    def find(self, recipe: Recipe) -> Path | None:
        """The wheel that this recipe gave before; None where there is none, or it is damaged."""
        if self._directory is None:
            return None
        place = self._place(self._directory, recipe)
        try:
            status = os.lstat(place)
            if stat.S_ISDIR(status.st_mode) and is_own(status):
                wheel = wheel_in(place)
                mark_used(place, status)
                return wheel
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            pass
        # Whatever changed it, it is not what was built.
        shutil.rmtree(place, ignore_errors=True)
        return None

    def keep(self, recipe: Recipe, wheel: Path) -> None:
        """Keep a wheel; a directory that cannot be written keeps nothing, and is no error."""
        if self._directory is None:
            return
        place = self._place(self._directory, recipe)
        with suppress(OSError):
            make_room(place)
            # Made beside its place and renamed: another run sees all of it, or nothing.
            made = Path(tempfile.mkdtemp(prefix=NEW, dir=place.parent))
            try:
                shutil.copy2(wheel, made / wheel.name)
                receipt = {"name": wheel.name, "sha256": _sha256(wheel)}
                (made / _RECEIPT).write_text(json.dumps(receipt), encoding="utf-8")
                os.rename(made, place)
            finally:
                shutil.rmtree(made, ignore_errors=True)

    @staticmethod
    def _place(directory: Path, recipe: Recipe) -> Path:
        return directory / drawer(recipe.project) / recipe.key


def wheel_in(place: Path) -> Path:
    """The wheel that an entry holds.

    Raises:
        ValueError: it is not the one that was built, or nothing says which that is.
        OSError: it cannot be read.
    """
    try:
        receipt = json.loads((place / _RECEIPT).read_bytes())
        name, digest = str(receipt["name"]), str(receipt["sha256"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no receipt") from error
    wheel = place / Path(name).name
    if not stat.S_ISREG(os.lstat(wheel).st_mode) or _sha256(wheel) != digest:
        raise ValueError(f"{name} has changed")
    return wheel


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
