"""One project of a resolution → a package of the lock (PEP 751), without its marker.

Every file of the release that the policy admits, of the group that the chosen file is from. What
is secret, or of this machine alone, is not written: credentials, query strings, absolute paths.
`[packages.tool.xpip]` is a witness: nothing needs it to install.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from msgspec import Struct, field
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
)

from xpip.core.decisions import Candidate, Pin
from xpip.core.discovery import Finding
from xpip.core.facts import File, Hash
from xpip.core.hashes import parse_hash, secure
from xpip.core.lockfile.identities import identities_to_record
from xpip.core.urls import recordable
from xpip.errors import Reason, ResolutionError

_LARGEST = 1 << 40
"""Bytes. What claims more is no file, and some readers of TOML have no room for the number."""

_WRITABLE = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9_.~/%:@!$&'()*+,;=-]*")
"""A URL that is fit to be written as it is, as nearly all are."""

Beside = Callable[[str], str]
"""A `file:` URL → its path from the lock's directory; raises where it does not lie below it."""


class Measure(Struct, frozen=True, kw_only=True):
    """What was found of a file whose page does not say it."""

    sha256: str
    size: int


class Known(Struct, frozen=True, kw_only=True):
    """What an entry says beyond the decision itself.

    Attributes:
        beside: where local files lie.
        measured: files of which no page gives a hash.
        direct_urls: PEP 610's record of every direct reference.
    """

    beside: Beside
    measured: Mapping[Candidate, Measure] = field(default_factory=dict)
    direct_urls: Mapping[Candidate, Mapping[str, Any]] = field(default_factory=dict)


def files_of(pin: Pin, finding: Finding) -> tuple[Candidate, ...]:
    """The files of a pin's release that are locked, by name: wheels, and one source distribution.

    Raises:
        ResolutionError: the chosen file is yanked: no lock that is made anew holds it (PEP 592).
    """
    chosen = pin.chosen
    assert isinstance(chosen, Candidate)  # a lock knows nothing that is installed
    if chosen.file.yanked:
        why = chosen.file.yanked if isinstance(chosen.file.yanked, str) else ""
        raise ResolutionError(
            f"{pin.project} {pin.version} was yanked, and a lock holds nothing yanked",
            reference=Reason.NO_CANDIDATE,
            context=[f"{chosen.file.filename}{': ' if why else ''}{why}"],
            hint="Ask for another version.",
        )
    admitted = finding.selection.admitted(pin.version)
    of_group = {each.file.filename: each for each in admitted if _same_group(each, chosen)}
    names = sorted(of_group, key=lambda name: (not name.endswith(".tar.gz"), name))
    wheels = [name for name in names if of_group[name].file.is_wheel]
    # PEP 751 has room for one sdist; PEP 625 makes it a .tar.gz.
    sdists = [name for name in names if not of_group[name].file.is_wheel][:1]
    return tuple(of_group[name] for name in (*sdists, *wheels))


def _same_group(one: Candidate, other: Candidate) -> bool:
    return (one.origin.group, one.origin.repository) == (
        other.origin.group,
        other.origin.repository,
    )


def indexed(pin: Pin, finding: Finding, known: Known) -> Package:
    """The package of a pin that a repository speaks for."""
    files = files_of(pin, finding)
    chosen = files[0]
    is_local = chosen.origin.repository.startswith("file:")
    sdist = next((each for each in files if not each.file.is_wheel), None)
    wheels = [PackageWheel(**_file(each, known)) for each in files if each.file.is_wheel]
    return Package(
        name=pin.project,
        version=pin.version,
        requires_python=pin.metadata.requires_python or None,
        index=None if is_local else recordable(chosen.origin.repository),
        sdist=PackageSdist(**_file(sdist, known)) if sdist else None,
        wheels=wheels or None,
        attestation_identities=identities_to_record(
            identity for each in files for identity in each.identities
        ),
        tool={"xpip": _witness(chosen, finding, is_local=is_local)},
    )


def _file(candidate: Candidate, known: Known) -> dict[str, Any]:
    file, measured = candidate.file, known.measured.get(candidate)
    is_local = file.url.startswith("file:")
    return {
        "name": file.filename,
        "upload_time": _in_utc(file.upload_time),
        "url": None if is_local else _address(file.url),
        "path": known.beside(file.url) if is_local else None,
        "size": measured.size if measured else _plausible(file.size),
        "hashes": {"sha256": measured.sha256} if measured else _hashes(secure(file.hashes)),
    }


def _in_utc(time: datetime | None) -> datetime | None:
    try:
        return time.astimezone(UTC) if time else None
    except OverflowError:  # in the year 1, or 9999
        return None


def _plausible(size: int | None) -> int | None:
    return size if size is not None and size <= _LARGEST else None


def _address(url: str) -> str:
    """Fit to be written: pages may have spaces in their links, and a lock may not."""
    if _WRITABLE.fullmatch(url):
        return url
    parts = urlsplit(recordable(url))
    return urlunsplit(parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~")))


def is_vouched(file: File) -> bool:
    """Whether a page gives a hash that can be one, and none that cannot.

    What it claims otherwise no file has, and whoever fetches it is told so.
    """
    claims = secure(file.hashes)
    try:
        return bool([parse_hash(each.algorithm, each.digest) for each in claims])
    except ValueError:
        return False


def _hashes(claims: Iterable[Hash]) -> dict[str, str]:
    return {each.algorithm: each.digest.lower() for each in sorted(claims)}


def _witness(chosen: Candidate, finding: Finding, *, is_local: bool) -> dict[str, str]:
    """Why these files, in words that are the same on every machine: no paths, no line numbers."""
    origin = chosen.origin
    found = {"group": origin.group, "rule": _rule(finding, origin.rule)}
    if is_local:
        # A directory that no mapping file names goes by its path.
        found["group"] = origin.group.rstrip("/").rpartition("/")[2]
    else:
        found["page"] = recordable(origin.page_url)
    return {**found, "ruling": origin.ruling.value}


def _rule(finding: Finding, otherwise: str) -> str:
    rule = finding.decided_in.mapping_rule if finding.decided_in else None
    if rule is None:
        return otherwise
    file = rule.source.rpartition("/")[2]
    return f"{file} {rule.key_path} ({rule.match(finding.project)})"


def direct(pin: Pin, known: Known) -> Package:
    """The package of a pin that the user takes from a place."""
    chosen = pin.chosen
    assert isinstance(chosen, Candidate)  # a lock knows nothing that is installed
    reference = chosen.reference
    assert reference is not None  # it is what makes it direct
    record = known.direct_urls[chosen]
    archive = _archive(record, known) if "archive_info" in record else None
    directory = _directory(record, known) if "dir_info" in record else None
    return Package(
        name=pin.project,
        # PEP 751: never with a source tree, of which nothing holds the version.
        version=pin.version if reference.is_wheel else None,
        requires_python=None if directory else pin.metadata.requires_python or None,
        vcs=_vcs(record, known) if "vcs_info" in record else None,
        directory=directory,
        archive=archive,
        tool={"xpip": {"ruling": chosen.origin.ruling.value}},
    )


def _place(record: Mapping[str, Any], known: Known) -> dict[str, Any]:
    url: str = record["url"]
    is_local = url.startswith("file:")
    return {
        "url": None if is_local else url,
        "path": known.beside(url) if is_local else None,
        "subdirectory": record.get("subdirectory"),
    }


def _vcs(record: Mapping[str, Any], known: Known) -> PackageVcs:
    info = record["vcs_info"]
    return PackageVcs(
        type=info["vcs"],
        requested_revision=info.get("requested_revision"),
        commit_id=info["commit_id"],
        **_place(record, known),
    )


def _directory(record: Mapping[str, Any], known: Known) -> PackageDirectory:
    place = _place(record, known)
    assert place["path"] is not None  # directories are local
    return PackageDirectory(
        path=place["path"],
        editable=record["dir_info"].get("editable"),
        subdirectory=place["subdirectory"],
    )


def _archive(record: Mapping[str, Any], known: Known) -> PackageArchive:
    hashes = record["archive_info"]["hashes"]
    return PackageArchive(hashes=dict(sorted(hashes.items())), **_place(record, known))
