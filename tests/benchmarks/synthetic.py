"""Made-up worlds of any size, as a static index: pages and metadata, no wheels.

Project number n needs its children 2n + 1 and 2n + 2, as in a tree, in every release; each release
has as many wheels as those of compiled projects often have. The projects are dealt out to the
repositories in turn.

In a hard world there are three: every release of the first needs the same one of the second, which
needs a newer third than is asked for, but for the oldest. It is how boto3 is caught by an old
urllib3, without asking PyPI for two thousand releases to record that.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.benchmarks.mirror import Mirror, write

_PLATFORMS = (
    "py3-none-any", "cp39-cp39-win_amd64", "cp310-cp310-macosx_11_0_arm64",
    "cp311-cp311-musllinux_1_2_x86_64", "cp312-cp312-manylinux_2_17_aarch64",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How large a made-up world is."""

    projects: int = 20
    releases: int = 20
    repositories: int = 1
    hard: bool = False

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Requirements that need all projects."""
        return (_name(0), f"{_name(2)}<0.2") if self.hard else (_name(0),)

    def needs(self, number: int, version: str) -> tuple[str, ...]:
        """What a release of a project needs."""
        if not self.hard:
            children = (2 * number + 1, 2 * number + 2)
            return tuple(f"{_name(each)}>=0.1" for each in children if each < self.projects)
        newer = () if version == "0.1" else (f"{_name(2)}>=0.2",)
        return ((f"{_name(1)}=={version}",), newer, ())[number]


def make(world: World, directory: Path) -> tuple[str, ...]:
    """Write a world's pages; the paths of its repositories' pages below the directory."""
    shutil.rmtree(directory, ignore_errors=True)
    for number in range(world.projects):
        repository = f"r{number % world.repositories}"
        _write_project(Mirror(directory / repository), number, world)
    return tuple(f"r{number}/simple/" for number in range(world.repositories))


def _write_project(mirror: Mirror, number: int, world: World) -> None:
    project = _name(number)
    versions = [f"{release // 100}.{release % 100}" for release in range(1, world.releases + 1)]
    files = []
    for version in versions:
        needs = [f"Requires-Dist: {each}" for each in world.needs(number, version)]
        head = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}"]
        metadata = ("\n".join([*head, *needs]) + "\n\n").encode()
        names = [f"{project}-{version}-{platform}.whl" for platform in _PLATFORMS]
        files += [_listed(name, project, metadata) for name in names]
        if world.hard or version == versions[-1]:  # nothing else makes a resolver look further back
            write(mirror.file(project, names[0] + ".metadata"), metadata)
    page = {
        "meta": {"api-version": "1.1"},
        "name": project,
        "versions": versions,
        "files": files,
    }
    write(mirror.page(project), json.dumps(page).encode())


def _listed(filename: str, project: str, metadata: bytes) -> dict[str, object]:
    return {
        "filename": filename,
        "url": f"../../files/{project}/{filename}",
        "hashes": {"sha256": sha256(filename.encode()).hexdigest()},
        "core-metadata": {"sha256": sha256(metadata).hexdigest()},
        "requires-python": ">=3.9",
        "size": 100_000,
        "upload-time": "2026-01-01T00:00:00.000000Z",
        "yanked": False,
    }


def _name(number: int) -> str:
    return f"made{number}"
