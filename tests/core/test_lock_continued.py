"""What is remembered of a lock for the next one: all that it needs, and no more."""

from __future__ import annotations

import pytest
from packaging.markers import Marker
from packaging.pylock import Package, PackageWheel, Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.lockfile.continued import dump_continued, load_continued
from xpip.core.lockfile.identities import known_identities

SPAM = NormalizedName("spam")
LOCK = Pylock(
    lock_version=Version("1.0"),
    created_by="law",
    extras=[NormalizedName("fast")],
    dependency_groups=["dev"],
    default_groups=["dev"],
    packages=[
        Package(
            name=SPAM,
            version=Version("1.0"),
            marker=Marker("sys_platform == 'linux'"),
            index="https://corp.example/simple/",
            wheels=[PackageWheel(name="spam-1.0-py3-none-any.whl", hashes={"sha256": "ab" * 32})],
            attestation_identities=[{"kind": "GitHub", "repository": "spam/spam"}],
        ),
        Package(name=NormalizedName("eggs")),
    ],
)


def test_lock_comes_back_without_its_files() -> None:
    """Versions and markers, where each project came from, and who attested it."""
    again = load_continued(dump_continued(LOCK))
    assert again is not None
    assert (again.extras, again.dependency_groups, again.default_groups) == (
        LOCK.extras,
        LOCK.dependency_groups,
        LOCK.default_groups,
    )
    for new, old in zip(again.packages, LOCK.packages, strict=True):
        assert (new.name, new.version, new.marker, new.index) == (
            old.name,
            old.version,
            old.marker,
            old.index,
        )
    assert again.packages[0].wheels is None
    assert known_identities(again, "pylock.toml") == known_identities(LOCK, "pylock.toml")


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{}", b"[[],[],[],[[]]]", b'[[],[],[],[["spam","x",null,null,[]]]]'),
        *(b'[[],[],[],[["spam",null,"x ==",null,[]]]]', b'[[],[],[],[["spam",1,null,null,[]]]]'),
    ],
)
def test_bytes_that_are_no_lock_are_none(raw: bytes) -> None:
    """Whoever wrote them."""
    assert load_continued(raw) is None
