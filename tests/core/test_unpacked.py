"""Manifests of unpacked wheels: what was written is read, and anything else is nothing."""

from __future__ import annotations

import msgspec.structs
import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.facts import CoreMetadata
from xpip.core.kept_metadata import dump_metadata
from xpip.core.unpacked import (
    LauncherScript,
    UnpackedDirectory,
    UnpackedWheel,
    dump_unpacked,
    load_unpacked,
)

SPAM = canonicalize_name("spam")
DIRECTORY = UnpackedDirectory(
    scheme="purelib",
    path="spam",
    names=["__init__.py", "ü.txt"],
    rows="spam/__init__.py,sha256=x,1\nspam/ü.txt,sha256=y,2\n",
    sizes=[1, 2],
    times=[10**18, 0],
    inodes=[7, 8],
    modes=[0o100444, 0o100555],
)
WHEEL = UnpackedWheel(
    project=SPAM,
    version=Version("1.0"),
    size=3,
    stated=dump_metadata(CoreMetadata(name=SPAM, version=Version("1.0"))).decode(),
    root="purelib",
    info="spam-1.0.dist-info",
    directories=(DIRECTORY,),
    launchers=(
        LauncherScript(name="spam", module="spam", attribute="main", section="console", body="x"),
    ),
    rewritten=("run",),
)


def test_manifest_is_read_as_it_was_written() -> None:
    """All of it."""
    assert load_unpacked(dump_unpacked(WHEEL)) == WHEEL


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_manifest_is_nothing(raw: bytes) -> None:
    """And no error."""
    assert load_unpacked(raw) is None


def test_metadata_is_read_when_it_is_asked_for() -> None:
    """And is none where its requirements are none: whoever needs them takes another wheel."""
    assert WHEEL.metadata == CoreMetadata(name=SPAM, version=Version("1.0"))
    stated = WHEEL.stated.replace('"requires":[]', '"requires":["((("]')
    wheel = load_unpacked(dump_unpacked(replace(WHEEL, stated=stated)))
    assert wheel is not None
    assert wheel.metadata is None


@pytest.mark.parametrize("stated", ["", "{}", "[]", "[" * 10_000])
def test_manifest_with_metadata_of_no_form_is_nothing(stated: str) -> None:
    """Read or not."""
    assert load_unpacked(dump_unpacked(replace(WHEEL, stated=stated))) is None


def test_manifest_of_no_version_is_nothing() -> None:
    """A value may be of the right type, and wrong."""
    raw = dump_unpacked(WHEEL).replace(b'"version":"1.0"', b'"version":"one"')
    assert load_unpacked(raw) is None


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b"])
def test_file_name_that_is_a_path_is_refused(name: str) -> None:
    """Whoever wrote that wants a file elsewhere."""
    directory = msgspec.structs.replace(DIRECTORY, names=["__init__.py", name])
    assert load_unpacked(dump_unpacked(replace(WHEEL, directories=(directory,)))) is None
