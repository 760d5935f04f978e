"""A lock file's bytes → a lock in which nothing is unclear, and what was left out of it.

`packaging.pylock` holds a lock to the standard's types and names; what it leaves open is decided
here: hashes, times, sizes, addresses, markers of an older form. Nothing is looked up and nothing
chosen: a lock that is read is neither allowed nor for this machine yet. Keys under `tool` and what
xpip itself wrote there decide nothing (PEP 751: they are disposable).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageSdist,
    PackageWheel,
    Pylock,
    PylockUnsupportedVersionError,
    PylockValidationError,
)
from packaging.utils import parse_wheel_filename
from packaging.version import InvalidVersion, Version

from xpip.core.hashes import SECURE, parse_hash
from xpip.core.lockfile.addresses import LockSource, check_addresses
from xpip.core.lockfile.document import InvalidLock, first_line, invalid_lock, listed, load
from xpip.core.lockfile.identities import check_identities
from xpip.core.nesting import check_nesting
from xpip.core.reporting.notices import Notice
from xpip.core.values import Abridged

__all__ = ["Lock", "LockSource", "read_lock"]

_KNOWN = Version("1.0")
_LARGEST_FILE = 1 << 40
_MOST_DOTS = 64
"""In a wheel's name. Dots multiply: 300 of them can stand for a million tags (PEP 425)."""
_GROUP = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_LEGACY = re.compile(r"(?<![\w.])extra(?!\w)")
_SELECTION = re.compile(r"(?<![\w.])(?:extra|extras|dependency_groups)(?!\w)")
_FILE_KEYS = frozenset({"name", "upload-time", "url", "path", "size", "hashes"})
_KEYS = {
    "": frozenset(
        {
            *("lock-version", "environments", "requires-python", "extras", "dependency-groups"),
            *("default-groups", "created-by", "packages", "tool"),
        }
    ),
    "packages": frozenset(
        {
            *("name", "version", "marker", "requires-python", "dependencies", "vcs", "directory"),
            *("archive", "index", "sdist", "wheels", "attestation-identities", "tool"),
        }
    ),
    "vcs": frozenset({"type", "url", "path", "requested-revision", "commit-id", "subdirectory"}),
    "directory": frozenset({"path", "editable", "subdirectory"}),
    "archive": (_FILE_KEYS - {"name"}) | {"subdirectory"},
    "sdist": _FILE_KEYS,
    "wheels": _FILE_KEYS,
}

LockedFile = PackageWheel | PackageSdist | PackageArchive


class Lock(Abridged, frozen=True, kw_only=True):
    """A lock file that can be used.

    Attributes:
        pylock: without the wheels that no installer of this age can name.
        notices: what was left out of it, and why.
    """

    unshown: ClassVar = ("pylock",)

    source: LockSource
    pylock: Pylock
    notices: tuple[Notice, ...] = ()


def read_lock(
    raw: bytes,
    source: LockSource,
    *,
    trusted_hosts: Collection[str] = (),
    table_of: Callable[[bytes], dict[str, Any]] = load,
) -> Lock:
    """Read a lock file (pylock.toml specification; PEP 751).

    Args:
        raw: its bytes.
        source: where it lies: paths start from there.
        trusted_hosts: hosts from which files may come without encryption.
        table_of: reads the bytes as TOML, or knows what that comes to.

    Raises:
        UsageError: `lock-invalid`, with the key path; `insecure-repository`.
    """
    try:
        return _read(table_of(raw), source, trusted_hosts)
    except InvalidLock as invalid:
        raise invalid_lock(source.shown, invalid) from None


def _read(table: dict[str, Any], source: LockSource, trusted_hosts: Collection[str]) -> Lock:
    notices = _Notices()
    document = _as_known_version(table, notices)
    notices.unknown_keys = list(_unknown_keys(document))
    _check_nesting(document)
    pylock = _validated(document, notices)
    _check_groups(pylock)
    _check_markers(pylock)
    check_identities(pylock)
    for number, package in enumerate(pylock.packages):
        for place, file in _files(package, f"packages[{number}]"):
            _check_file(file, place, notices)
    check_addresses(pylock, source, trusted_hosts)
    return Lock(source=source, pylock=pylock, notices=tuple(notices.of(source.shown)))


class _Notices:
    """What is left out, collected so that each kind is said once."""

    def __init__(self) -> None:
        self.unknown_keys: list[str] = []
        self.unreadable_wheels: list[str] = []
        self.weak_hashes: dict[str, str] = {}
        self.newer: str | None = None

    def of(self, shown: str) -> Iterator[Notice]:
        """All of it, in words."""
        if self.newer:
            text = f"{shown} is of version {self.newer}, and 1.0 is what this xpip knows"
            yield Notice(code="lock-newer", text=text)
        if self.unknown_keys:
            text = f"{shown} has keys that mean nothing here: {listed(self.unknown_keys)}"
            yield Notice(code="lock-keys", text=text)
        if self.unreadable_wheels:
            names = listed(self.unreadable_wheels)
            text = f"{shown}: wheels with names that cannot be read are left out: {names}"
            yield Notice(code="lock-wheels", text=text)
        if self.weak_hashes:
            names = listed([f"{name} ({place})" for name, place in self.weak_hashes.items()])
            yield Notice(code="lock-hashes", text=f"{shown}: hashes that prove nothing: {names}")


def _tables(value: object) -> list[Any]:
    """The tables of a list, an empty one where it is none: `packaging` says what is wrong."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _drop_wheels(
    document: dict[str, Any], is_readable: Callable[[dict[str, Any]], bool], notices: _Notices
) -> None:
    # One name that a later standard allows (PEP 825) shall not make the whole lock unreadable.
    for package in _tables(document.get("packages")):
        wheels = package.get("wheels")
        unreadable = [each for each in _tables(wheels) if not is_readable(each)]
        if not unreadable:
            continue
        notices.unreadable_wheels += [_key(_name_of(each)) for each in unreadable]
        dropped = {id(each) for each in unreadable}
        package["wheels"] = [each for each in wheels if id(each) not in dropped]
        if not package["wheels"]:
            del package["wheels"]


def _has_few_tags(wheel: dict[str, Any]) -> bool:
    names = f"{wheel.get('name')} {wheel.get('path')} {wheel.get('url')}"
    # Most have few dots even with those of their host.
    if names.count(".") + names.count("%") <= _MOST_DOTS:
        return True
    return _name_of(wheel).count(".") <= _MOST_DOTS


def _has_readable_name(wheel: dict[str, Any]) -> bool:
    try:
        parse_wheel_filename(_name_of(wheel))
    except ValueError:
        return False
    return True


def _name_of(wheel: dict[str, Any]) -> str:
    name, path, url = (
        value if isinstance(value := wheel.get(key), str) else None
        for key in ("name", "path", "url")
    )
    try:
        return PackageWheel(name=name, path=path, url=url, hashes={}).filename
    except (ValueError, PylockValidationError):
        return ""


def _unknown_keys(document: dict[str, Any]) -> Iterator[str]:
    yield from (_key(key) for key in document if key not in _KEYS[""])
    for number, package in enumerate(_tables(document.get("packages"))):
        place = f"packages[{number}]"
        yield from (f"{place}.{_key(key)}" for key in package if key not in _KEYS["packages"])
        for name in ("vcs", "directory", "archive", "sdist", "wheels"):
            value = package.get(name)
            for table in _tables(value if isinstance(value, list) else [value]):
                yield from (
                    f"{place}.{name}.{_key(key)}" for key in table if key not in _KEYS[name]
                )


def _key(key: str) -> str:
    return key if len(key) <= 40 else f"{key[:40]}…"


def _as_known_version(document: dict[str, Any], notices: _Notices) -> dict[str, Any]:
    """A later minor version may say more, and is read as far as it is known (PEP 751)."""
    text = document.get("lock-version")
    try:
        version = Version(text) if isinstance(text, str) else _KNOWN
    except (InvalidVersion, ValueError):
        return document
    if not _KNOWN < version < Version("2"):
        return document
    notices.newer = str(version)
    return {**document, "lock-version": str(_KNOWN)}


def _validated(document: dict[str, Any], notices: _Notices) -> Pylock:
    _drop_wheels(document, _has_few_tags, notices)
    try:
        return _parsed(document)
    except InvalidLock:
        # It takes time to look at every name, and mostly none is to blame.
        known = len(notices.unreadable_wheels)
        _drop_wheels(document, _has_readable_name, notices)
        if len(notices.unreadable_wheels) == known:
            raise
    return _parsed(document)


def _check_nesting(document: dict[str, Any]) -> None:
    environments = document.get("environments")
    found = {f"environments[{n}]": each for n, each in enumerate(_listed(environments))}
    for number, package in enumerate(_listed(document.get("packages"))):
        if isinstance(package, dict):
            found[f"packages[{number}].marker"] = package.get("marker")
    for place, marker in found.items():
        try:
            check_nesting(marker if isinstance(marker, str) else "")
        except ValueError as error:
            raise InvalidLock(place, str(error)) from None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _parsed(document: dict[str, Any]) -> Pylock:
    try:
        return Pylock.from_dict(document)
    except PylockUnsupportedVersionError as error:
        hint = "A newer xpip may read it, or lock anew."
        raise InvalidLock("lock-version", error.message, hint) from None
    except PylockValidationError as error:
        raise InvalidLock(error.context or "", first_line(Exception(error.message))) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidLock("", first_line(error)) from None


def _check_groups(pylock: Pylock) -> None:
    for key, names in (
        ("dependency-groups", pylock.dependency_groups),
        ("default-groups", pylock.default_groups),
    ):
        for number, name in enumerate(names or ()):
            if not _GROUP.fullmatch(name):
                raise InvalidLock(f"{key}[{number}]", "this is no name of a group (PEP 735)")


def _check_markers(pylock: Pylock) -> None:
    for number, environment in enumerate(pylock.environments or ()):
        if _SELECTION.search(_STRING.sub("", str(environment))):
            problem = "an environment cannot depend on what is asked for"
            raise InvalidLock(f"environments[{number}]", problem)
    for number, package in enumerate(pylock.packages):
        # PEP 751: `extra` "MUST NOT" be used here; evaluated, it would be an unknown name.
        if package.marker and _LEGACY.search(_STRING.sub("", str(package.marker))):
            raise InvalidLock(
                f"packages[{number}].marker",
                "it says `extra == '…'`, which lock files may not (PEP 751)",
                "Lock anew with a tool that writes `'…' in extras`.",
            )


def _files(package: Package, place: str) -> Iterator[tuple[str, LockedFile]]:
    if package.archive is not None:
        yield f"{place}.archive", package.archive
    if package.sdist is not None:
        yield f"{place}.sdist", package.sdist
    for number, wheel in enumerate(package.wheels or ()):
        yield f"{place}.wheels[{number}]", wheel


def _check_file(file: LockedFile, place: str, notices: _Notices) -> None:
    if file.size is not None and not 0 <= file.size <= _LARGEST_FILE:
        raise InvalidLock(f"{place}.size", "no file has this size")
    _check_time(file.upload_time, f"{place}.upload-time")
    _check_hashes(file.hashes, f"{place}.hashes", notices)


def _check_time(time: datetime | None, place: str) -> None:
    # PEP 751: in UTC. A time without a zone is another moment on each machine.
    if time is not None and time.utcoffset() != UTC.utcoffset(None):
        raise InvalidLock(place, "this time is not in UTC: it should end in Z")


def _check_hashes(hashes: Mapping[str, str], place: str, notices: _Notices) -> None:
    for algorithm, digest in hashes.items():
        if algorithm not in SECURE:
            notices.weak_hashes.setdefault(_key(algorithm), place)
            continue
        try:
            parse_hash(algorithm, digest)
        except ValueError as error:
            raise InvalidLock(f"{place}.{algorithm}", str(error)) from None
