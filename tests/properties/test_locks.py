"""Laws of reading lock files: any bytes are a lock in which nothing is unclear, or are refused."""

from __future__ import annotations

from typing import Any

import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.locks import PLACE, REMOTE, lock_of, locked_wheel

from xpip.core.lockfile.addresses import LockSource, located
from xpip.core.lockfile.reading import Lock, read_lock
from xpip.core.urls import is_below
from xpip.errors import XpipError

places = st.sampled_from([PLACE, REMOTE])
words = st.sampled_from(
    [
        *("lock-version", "packages", "name", "wheels", "sdist", "url", "path", "hashes", "size"),
        *("marker", "index", "vcs", "directory", "archive", "subdirectory", "commit-id", "type"),
        *("upload-time", "version", "requires-python", "environments", "extras", "sha256", "tool"),
    ]
)
texts = st.sampled_from(
    [
        *("1.0", "spam", "spam-1.0-py3-none-any.whl", "spam-1.0.tar.gz", "../x", "/x", "", "\0"),
        *("https://a.example/spam-1.0-py3-none-any.whl", "https://[", "file:///x", "f" * 64),
        *("extra == 'x'", "'x' in extras", "python_version > '3'", "(" * 300, "9" * 5000, "git"),
        *("http://a.example/", "https://me:pw@a.example/", "%2e%2e/x", "a\\..\\b", "é", "//x/y"),
    ]
)
scalars = texts | st.integers() | st.booleans() | st.datetimes()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | texts, inner, max_size=4),
    max_leaves=12,
)
packages = st.dictionaries(words, values, max_size=6)
bad_bytes = st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode())


def read(raw: bytes, source: LockSource) -> Lock | None:
    try:
        return read_lock(raw, source)
    except XpipError:
        return None


@given(bad_bytes, places)
@example(b'lock-version="1.0"\ncreated-by=""\npackages=[1]', PLACE)
@example(b'lock-version="1.0"\ncreated-by=""\npackages=[{wheels=[1]}]', PLACE)
def test_reading_any_bytes_ends_in_a_lock_or_a_refusal(raw: bytes, source: LockSource) -> None:
    """No other exception, whatever the bytes."""
    read(raw, source)


@given(st.lists(packages, max_size=3), st.dictionaries(words, values, max_size=3), places)
def test_reading_any_tables_ends_in_a_lock_or_a_refusal(
    listed: list[dict[str, Any]], keys: dict[str, Any], source: LockSource
) -> None:
    """The right keys with the wrong values, at any depth."""
    document = {"lock-version": "1.0", "created-by": "law", "packages": listed, **keys}
    read(tomlkit.dumps(document).encode("utf-8", "surrogatepass"), source)


@given(st.lists(texts | st.text(max_size=8), min_size=1, max_size=5).map("/".join))
def test_reading_a_remote_lock_leaves_no_path_beyond_its_directory(path: str) -> None:
    """Whatever the spelling: the file lies below the lock's own directory."""
    wheel = locked_wheel("spam", "1.0")
    del wheel["url"]
    wheel |= {"name": "spam-1.0-py3-none-any.whl", "path": path}
    document = lock_of({"name": "spam", "version": "1.0", "wheels": [wheel]})

    lock = read(tomlkit.dumps(document).encode("utf-8", "surrogatepass"), REMOTE)

    if lock is not None:
        (file,) = lock.pylock.packages[0].wheels or ()
        assert is_below(located(file.path, file.url, REMOTE), REMOTE.base)
