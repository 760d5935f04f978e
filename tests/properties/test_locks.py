"""Laws of reading lock files: any bytes are a lock in which nothing is unclear, or are refused."""

from __future__ import annotations

import tomllib
from datetime import UTC
from typing import Any

import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.markers import Marker, default_environment
from packaging.pylock import Package, PackageSdist, PackageWheel, Pylock
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.locks import PLACE, REMOTE, lock_of, locked_wheel
from tests.support.maps import mapping_with

from xpip.core.lockfile.addresses import LockSource, located
from xpip.core.lockfile.judging import Judged, judge_entry
from xpip.core.lockfile.reading import Lock, read_lock
from xpip.core.lockfile.rendering import rendered
from xpip.core.lockfile.selected import Wanted
from xpip.core.lockfile.selecting import select_entries
from xpip.core.policy import Policy, Target
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


tails = st.sampled_from(
    ["1.0-py3-none-any.whl", "1.0-cp27-cp27m-plan9.whl", "2.0-py2.py3-none-any.whl", "1.0.tar.gz"]
)
files = st.builds(
    lambda tail, algorithm, extra: {
        "url": f"https://corp.example/spam-{tail}",
        "hashes": {algorithm: {"sha256": "f" * 64, "md5": "0" * 32}[algorithm]},
        **extra,
    },
    tails,
    st.sampled_from(["sha256", "md5"]),
    st.dictionaries(st.sampled_from(["size", "name", "path"]), texts | st.integers(), max_size=1),
)
markers = st.sampled_from(
    [
        *("python_version > '3'", "'x' in extras", "'g' in dependency_groups", "os_name == 'x'"),
        *("'x' in python_version", "platform_release >= '1'", "extras == 'x'", "'a' < extras"),
        *("python_version ~= 'x'", "implementation_version === 'x'", "os_name in 'posix'"),
    ]
)
entries = st.fixed_dictionaries(
    {"name": st.sampled_from(["spam", "eggs"])},
    optional={
        "version": st.sampled_from(["1.0", "2.0"]),
        "marker": markers,
        "requires-python": st.sampled_from([">=3", "<3", "===x"]),
        "index": st.sampled_from(["https://corp.example/simple/", "https://other.example/"]),
        "wheels": st.lists(files, max_size=2),
        "sdist": files,
        "directory": st.fixed_dictionaries({"path": texts}),
        "vcs": st.fixed_dictionaries(
            {
                "type": st.sampled_from(["git", "hg", "x"]),
                "url": texts | st.just("https://git.example/x"),
                "commit-id": st.sampled_from(["a" * 40, "main"]),
            }
        ),
        "archive": files,
        "dependencies": st.lists(st.fixed_dictionaries({"name": texts}), max_size=2),
    },
)
TARGET = Target(
    python_version=Version("3.11.7"),
    tags=("cp311-cp311-linux_x86_64", "py3-none-any"),
    environment={name: str(value) for name, value in default_environment().items()}
    | {"platform_release": "6.1-anything"},
)
CORP = mapping_with({"paths": ["spam"]})


@given(st.lists(entries, max_size=3), st.booleans(), places)
def test_what_a_lock_has_for_a_machine_is_judged_or_refused(
    listed: list[dict[str, Any]], mapped: bool, source: LockSource
) -> None:
    """Whatever applies: under a map, no file is admitted that corp does not own."""
    document = lock_of(*listed, extras=["x"], dependency_groups=["g"])
    lock = read(tomlkit.dumps(document).encode("utf-8", "surrogatepass"), source)
    if lock is None:
        return
    try:
        chosen = select_entries(lock, Wanted(extras=("x",)), TARGET)
    except XpipError:
        return
    policy = Policy(groups=CORP.groups, map=CORP if mapped else None)
    for entry in chosen:
        if entry.request is None:
            judged = judge_entry(entry, policy)
            if isinstance(judged, Judged) and mapped:
                assert judged.candidate.origin.group == "corp"
                on_corp = judged.candidate.file.url.startswith("https://corp.example/")
                assert on_corp or judged.asks_page


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 9))
@example("\"it's\\\n", 'python_version == "3.11"', 0)
def test_lock_reads_as_it_was_written_whatever_its_texts_hold(
    told: str, rule: str, number: int
) -> None:
    """Plain texts are written as they are; quotes, backslashes and controls are not plain."""
    lock = Pylock(
        lock_version=Version("1.0"),
        created_by=told,
        packages=[],
        tool={"xpip": {"schema": number, rule: told, f"{rule}2": rule}},
    )
    assert tomllib.loads(rendered(lock).decode()) == lock.to_dict()


claims = st.fixed_dictionaries(
    {"hashes": st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=2)},
    optional={
        **{key: st.text(max_size=9) for key in ("name", "url", "path")},
        "size": st.integers(0, 1 << 40),
        "upload_time": st.datetimes(timezones=st.just(UTC)),
    },
)


@given(claims, st.lists(claims, max_size=3), st.text(max_size=9), st.booleans())
def test_files_read_as_they_were_written_whatever_their_texts_hold(
    sdist: dict[str, Any], wheels: list[dict[str, Any]], told: str, marked: bool
) -> None:
    """By a writer of xpip's own, with what the standard's reference says of the same lock."""
    package = Package(
        name=canonicalize_name("spam"),
        version=Version("1.0"),
        marker=Marker("python_version >= '3'") if marked else None,
        dependencies=[{"name": told}],
        index=told,
        sdist=PackageSdist(**sdist),
        wheels=[PackageWheel(**each) for each in wheels],
        attestation_identities=[{"kind": told, "repository": "a/b"}],
        tool={"xpip": {"rule": told}},
    )
    lock = Pylock(lock_version=Version("1.0"), created_by="law", packages=[package])
    assert tomllib.loads(rendered(lock).decode()) == lock.to_dict()
