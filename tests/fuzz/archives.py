"""Wheels and source distributions, read and put on disk as a run does it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.fuzz.environments import site
from xpip.edge.building.metadata import sdist_metadata, tree_name
from xpip.edge.building.pyproject import read_build_system
from xpip.edge.building.unpacking import Limits, unpack_sdist
from xpip.edge.installation.holding import environment_lock
from xpip.edge.installation.owning import Ownership
from xpip.edge.installation.verifying import file_defects
from xpip.edge.installation.writing import WheelToInstall, install_wheels
from xpip.edge.installed import SitePackages
from xpip.edge.repositories.wheel_metadata import read_local, read_remote

LIMITS = Limits(size=1 << 20, members=200)
NAME = "eggs-1.0-py3-none-any.whl"
EGGS = canonicalize_name("eggs")
_RANGE = re.compile(r"bytes=(\d*)-(\d+)")


def wheel(raw: bytes) -> None:
    """Install it, all of it or nothing, and nothing elsewhere."""
    with tempfile.TemporaryDirectory() as shelf, site() as here:
        path = Path(shelf, NAME)
        path.write_bytes(raw)
        wanted = WheelToInstall(path=path, project=EGGS, version=Version("1.0"), requested=True)
        before = sorted(here.prefix.rglob("*"))
        try:
            with environment_lock(str(here.prefix)):
                before = sorted(here.prefix.rglob("*"))
                install_wheels(
                    [wanted],
                    prefix=str(here.prefix),
                    scheme=here.scheme,
                    executable=sys.executable,
                    replaced=(),
                )
        except BaseException:
            assert sorted(here.prefix.rglob("*")) == before
            raise
        installed = SitePackages([str(here.site)]).find(EGGS)
        assert installed is not None
        owned = Ownership(str(here.prefix), here.scheme)
        assert not list(file_defects(installed, owned))


def wheel_metadata(raw: bytes) -> bytes:
    """From a server that tells the truth, and from disk: the same."""
    read = read_remote(lambda wanted: _part(raw, wanted))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, NAME)
        path.write_bytes(raw)
        assert read_local(path) == read
    return read


def _part(raw: bytes, wanted: str) -> tuple[str, bytes]:
    asked = _RANGE.fullmatch(wanted)
    assert asked is not None, wanted
    first, last = asked.groups()
    start = int(first) if first else max(0, len(raw) - int(last))
    body = raw[start : int(last) + 1 if first else None]
    return f"bytes {start}-{start + len(body) - 1}/{len(raw)}", body


def sdist_tar(raw: bytes) -> object:
    return _sdist(raw, "spam-1.0.tar")


def sdist_gz(raw: bytes) -> object:
    return _sdist(raw, "spam-1.0.tar.gz")


def sdist_zip(raw: bytes) -> object:
    return _sdist(raw, "spam-1.0.zip")


def _sdist(raw: bytes, name: str) -> object:
    with _alone() as root:
        archive = root / name
        archive.write_bytes(raw)
        sdist_metadata(archive, limit=LIMITS.size)
        top = unpack_sdist(archive, root / "out", limits=LIMITS)
        tree_name(top)
        return read_build_system(top)


@contextmanager
def _alone() -> Iterator[Path]:
    """A directory; fails where something was written beside `out`, or leads out of it."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(os.path.realpath(directory))
        try:
            yield root
        finally:
            assert {path.name for path in root.iterdir()} <= {"out", *_archives(root)}
            for path in (root / "out").rglob("*"):
                leads_to = os.path.realpath(path)
                assert Path(leads_to).is_relative_to(root / "out"), path


def _archives(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.name.startswith("spam-1.0.")}
