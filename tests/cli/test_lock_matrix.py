"""`xpip lock` of a hundred projects for twelve machines: three systems, four versions of Python."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.pylock import Package, Pylock
from packaging.tags import Tag
from tests.support.command import run_xpip
from tests.support.stage import LINUX
from tests.support.world import RepositoryDouble, World

from xpip.core.machines import parse_environment, target_of
from xpip.core.policy import Target

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "linux": "manylinux_2_17_x86_64",
    "macos": "macosx_11_0_arm64",
    "windows": "win_amd64",
}
MACHINES = tuple(f"{python}-{system}" for system in PLATFORMS for python in PYTHONS)

PURE = ("py3-none-any",)
EACH = tuple(
    f"cp{python.replace('.', '')}-cp{python.replace('.', '')}-{platform}"
    for platform in PLATFORMS.values()
    for python in PYTHONS
)
STABLE = tuple(f"cp311-abi3-{platform}" for platform in PLATFORMS.values())
UNIX = tuple(tag for tag in STABLE if "win" not in tag)
SOURCE: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What one version of a project has.

    Attributes:
        tags: of its wheels; without any, it is a source distribution.
    """

    tags: tuple[str, ...] = PURE
    requires_python: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Projects of one kind, each needed by another of them, and the first by `app`.

    Attributes:
        releases: of every member, by version.
        needed: the requirement of `app`, with NAME for the first member.
        locked: what the lock shall say of every member: versions and their markers.
    """

    members: int
    releases: Mapping[str, Release]
    needed: str = "NAME"
    locked: Mapping[str, str | None]


ONE = {"1.0": Release()}
FAMILIES = {
    "pure": Family(
        members=47,
        releases={"0.9": Release(), **ONE},
        needed="NAME>=0.5",
        locked={"1.0": None},
    ),
    "native": Family(members=8, releases={"1.0": Release(tags=EACH)}, locked={"1.0": None}),
    "stable": Family(members=5, releases={"1.0": Release(tags=STABLE)}, locked={"1.0": None}),
    "source": Family(members=4, releases={"1.0": Release(tags=SOURCE)}, locked={"1.0": None}),
    "modern": Family(
        members=6,
        releases={**ONE, "2.0": Release(requires_python=">=3.13")},
        locked={
            "1.0": 'python_version == "3.11" or python_version == "3.12"',
            "2.0": 'python_version == "3.13" or python_version == "3.14"',
        },
    ),
    "unported": Family(
        members=6,
        releases={**ONE, "2.0": Release(tags=UNIX)},
        locked={
            "1.0": 'sys_platform == "win32"',
            "2.0": 'sys_platform == "darwin" or sys_platform == "linux"',
        },
    ),
    "windows": Family(
        members=8,
        releases=ONE,
        needed="NAME; sys_platform == 'win32'",
        locked={"1.0": 'sys_platform == "win32"'},
    ),
    "backport": Family(
        members=6,
        releases=ONE,
        needed="NAME; python_version < '3.13'",
        locked={"1.0": 'python_version == "3.11" or python_version == "3.12"'},
    ),
    "corner": Family(
        members=3,
        releases=ONE,
        needed="NAME; sys_platform == 'darwin' and python_full_version >= '3.14'",
        locked={"1.0": 'sys_platform == "darwin" and python_version == "3.14"'},
    ),
    "faster": Family(
        members=6,
        releases=ONE,
        needed="pure-00[fast]; platform_system == 'Linux'",
        locked={"1.0": 'sys_platform == "linux"'},
    ),
}
OFFERED = {"pure-00": "faster-00; extra == 'fast'"}
"""What a project needs with its extra `fast`."""


def names_of(family: str) -> list[str]:
    """The projects of a family."""
    return [f"{family}-{number:02}" for number in range(FAMILIES[family].members)]


EVERYTHING = sorted(["app", *(name for family in FAMILIES for name in names_of(family))])


def serve_all(repository: RepositoryDouble) -> None:
    """Put the hundred projects on one repository."""
    needed = [each.needed.replace("NAME", f"{name}-00") for name, each in FAMILIES.items()]
    repository.serve("app", "1.0", requires=needed)
    for family, told in FAMILIES.items():
        names = names_of(family)
        for number, name in enumerate(names):
            # A tree of its family, and something that every machine has.
            requires = names[2 * number + 1 : 2 * number + 3]
            requires += [f"pure-{number:02}>0.5"] if family != "pure" else []
            for version, release in told.releases.items():
                serve(repository, name, version, release, requires)


def serve(
    repository: RepositoryDouble, name: str, version: str, release: Release, requires: Sequence[str]
) -> None:
    """Put all files of one release there."""
    if not release.tags:
        repository.serve_sdist(name, version, requires=requires)
    offered = [OFFERED[name]] if name in OFFERED else []
    for tag in release.tags:
        repository.serve(
            name,
            version,
            tag=tag,
            requires=[*requires, *offered],
            extras=["fast"] if offered else [],
            requires_python=release.requires_python,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What the command wrote, and whom it asked.

    Attributes:
        pages: the project of every page asked for in the first run.
        raw, raw_again: the lock of all machines; and that of them in another order.
        lock: the first of them, read.
        single: a lock for each machine alone.
    """

    pages: tuple[str, ...]
    raw: bytes
    raw_again: bytes
    lock: Pylock
    single: Mapping[str, Pylock]

    def entries(self, name: str) -> list[Package]:
        """What the lock says of a project."""
        return [each for each in self.lock.packages if each.name == name]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """One repository, and fourteen runs of the command."""
    scratch = tmp_path_factory.mktemp("matrix")
    directory = scratch / "project"
    directory.mkdir()
    with World(scratch / "world") as world:
        corp = world.repository("corp")
        serve_all(corp)
        raw = locked(directory, corp, MACHINES)
        pages = tuple(corp.projects_asked())
        with ThreadPoolExecutor(max_workers=2) as pool:
            again = pool.submit(locked, directory, corp, MACHINES[::-1], "again")
            alone = {
                words: pool.submit(locked, directory, corp, [words], words.replace(".", "-"))
                for words in MACHINES
            }
        return Matrix(
            pages=pages,
            raw=raw,
            raw_again=again.result(),
            lock=read(raw),
            single={words: read(each.result()) for words, each in alone.items()},
        )


def locked(
    directory: Path, corp: RepositoryDouble, machines: Sequence[str], name: str = ""
) -> bytes:
    """The lock for these machines, written where there was none before."""
    path = directory / (f"pylock.{name}.toml" if name else "pylock.toml")
    options = [word for machine in machines for word in ("--environment", machine)]
    ended = run_xpip("lock", "-i", corp.url, "app", "-o", path.name, *options, cwd=directory)
    assert ended.exit_code == 0, ended.stderr
    return path.read_bytes()


def read(raw: bytes) -> Pylock:
    """A lock, by the library that has its standard."""
    return Pylock.from_dict(tomllib.loads(raw.decode()))


def target(words: str) -> Target:
    """The machine that words mean."""
    return target_of(parse_environment(words), LINUX)


def versions(lock: Pylock, words: str) -> dict[str, str]:
    """What an installer that knows nothing of xpip takes from a lock on a machine."""
    there = target(words)
    environment: Any = dict(there.environment)
    tags = [Tag(*text.split("-", 2)) for text in there.tags]
    chosen = lock.select(environment=environment, tags=tags)
    return {package.name: str(package.version) for package, _ in chosen}


def test_matrix_is_of_twelve_machines_and_a_hundred_projects(matrix: Matrix) -> None:
    """And every project is needed on some machine."""
    assert len(MACHINES) == 12
    assert len(EVERYTHING) == 100
    assert sorted({each.name for each in matrix.lock.packages}) == EVERYTHING


@pytest.mark.parametrize("family", FAMILIES)
def test_lock_writes_once_what_serves_all_and_marks_what_does_not(
    matrix: Matrix, family: str
) -> None:
    """An entry for each release, not for each machine."""
    for name in names_of(family):
        said = [(str(each.version), each.marker) for each in matrix.entries(name)]
        assert said == [
            (version, None if marker is None else Marker(marker))
            for version, marker in FAMILIES[family].locked.items()
        ]


def test_lock_has_the_files_for_all_machines_in_one_entry(matrix: Matrix) -> None:
    """Wheels are told apart by their tags, not by markers."""
    (native,), (source,) = matrix.entries("native-00"), matrix.entries("source-00")
    wheels = {each.filename for each in native.wheels or ()}
    assert wheels == {f"native_00-1.0-{tag}.whl" for tag in EACH}
    assert source.sdist is not None
    assert source.sdist.filename == "source_00-1.0.tar.gz"


def test_lock_names_twelve_environments_that_do_not_overlap(matrix: Matrix) -> None:
    """PEP 751: each machine is in one of them, and each of them has one machine."""
    there = {words: dict(target(words).environment) for words in MACHINES}
    held = [
        [words for words, environment in there.items() if marker.evaluate(environment)]
        for marker in matrix.lock.environments or ()
    ]
    assert sorted(held) == sorted([words] for words in MACHINES)


@pytest.mark.parametrize("words", MACHINES)
def test_lock_of_all_machines_is_on_each_what_a_lock_of_it_alone_is(
    matrix: Matrix, words: str
) -> None:
    """What is shared changes no machine's choice."""
    alone = matrix.single[words]
    expected = {package.name: str(package.version) for package in alone.packages}
    assert versions(matrix.lock, words) == versions(alone, words) == expected


def test_lock_asks_for_each_page_once(matrix: Matrix) -> None:
    """However many machines need it."""
    assert sorted(matrix.pages) == EVERYTHING


def test_lock_is_the_same_for_machines_in_another_order(matrix: Matrix) -> None:
    """Equal inputs give equal bytes."""
    assert matrix.raw_again == matrix.raw
