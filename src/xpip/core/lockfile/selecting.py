"""A lock, a target, extras and groups → the entries to install, and the file of each.

As the standard says it (PEP 751, "Installation"), through `packaging.pylock`: nothing is resolved
and nothing asked. What the lock does not have for this machine is an error, never left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import cast

from msgspec import structs
from packaging.markers import Environment
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
)
from packaging.tags import Tag
from packaging.utils import (
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from xpip.core.direct_references import Malformed, parse_direct
from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.facts import File, Hash
from xpip.core.hashes import SECURE
from xpip.core.lockfile.addresses import LockSource, located
from xpip.core.lockfile.document import first_line, invalid_lock
from xpip.core.lockfile.identities import recorded_identities
from xpip.core.lockfile.reading import Lock
from xpip.core.lockfile.selected import Entry, Wanted
from xpip.core.policy import Target
from xpip.core.urls import quoted_path
from xpip.errors import Reason, ResolutionError, UsageError, XpipError

_KINDS: Mapping[type, ReferenceKind] = {
    PackageVcs: ReferenceKind.VCS,
    PackageDirectory: ReferenceKind.DIRECTORY,
    PackageArchive: ReferenceKind.ARCHIVE,
}
_ANEW = "Lock anew for this environment, or choose another one with --python."


def select_entries(lock: Lock, wanted: Wanted, target: Target) -> tuple[Entry, ...]:
    """What the lock has for a target, sorted by name.

    Raises:
        UsageError: `lock-invalid`: two entries of one name apply; no such extra or group.
        ResolutionError: `no-candidate`: the lock is not for this target.
    """
    extras = _declared("extra", wanted.extras, lock.pylock.extras, lock)
    groups = _groups(lock, wanted)
    narrowed, places = _narrowed(lock.pylock, wanted, frozenset(target.tags))
    required = _required(lock.pylock)
    try:
        chosen = list(
            narrowed.select(
                environment=cast("Environment", dict(target.environment)),
                tags=_tags(target.tags),
                extras=extras,
                dependency_groups=groups,
                prefer_sdist_predicate=lambda name: name in wanted.no_binary,
            )
        )
    except PylockSelectError as error:
        raise _unfit(error, lock) from None
    except (ValueError, KeyError, RecursionError) as error:
        # A marker that compares what cannot be compared, or names what is not known.
        raise invalid_lock(
            lock.source.shown, f"a marker cannot be evaluated: {first_line(error)}"
        ) from None
    entries = [
        _entry(*places[id(package)], artifact, lock.source, wanted) for package, artifact in chosen
    ]
    return tuple(
        structs.replace(each, required_by=tuple(sorted(required.get(each.project, ()))))
        for each in sorted(entries, key=lambda each: each.project)
    )


def _declared(
    kind: str, asked: Collection[str], declared: Sequence[str] | None, lock: Lock
) -> frozenset[str]:
    """The lock's own spelling of what is asked for; markers compare it letter by letter."""
    known = {canonicalize_name(each): each for each in declared or ()}
    for each in asked:
        if canonicalize_name(each) not in known:
            has = ", ".join(sorted(known)) or "none"
            raise UsageError(
                f"{lock.source.shown} has no {kind} {each!r}",
                reference=Reason.LOCK_INVALID,
                context=[f"it has {has}"],
                hint=f"Lock anew, with this {kind}." if not known else None,
            )
    return frozenset(known[canonicalize_name(each)] for each in asked)


def _groups(lock: Lock, wanted: Wanted) -> frozenset[str]:
    default = frozenset(lock.pylock.default_groups or ()) if wanted.default_groups else frozenset()
    # PEP 751: default groups may be names that nobody can ask for.
    declared = [*(lock.pylock.dependency_groups or ()), *(lock.pylock.default_groups or ())]
    return default | _declared("dependency group", wanted.groups, declared, lock)


def _narrowed(
    pylock: Pylock, wanted: Wanted, tags: frozenset[str]
) -> tuple[Pylock, Mapping[int, tuple[Package, str]]]:
    """The lock, without files that options deny, or that are for other machines.

    And what each package was, and its place.
    """
    packages: list[Package] = []
    places: dict[int, tuple[Package, str]] = {}
    for number, package in enumerate(pylock.packages):
        denied = package.sdist is not None and package.name in wanted.only_binary
        kept = replace(package, sdist=None) if denied and package.wheels else package
        # Where none is for this machine, `packaging` says so, or takes the sources.
        if fitting := [each for each in kept.wheels or () if _fits(each.filename, tags)]:
            kept = replace(kept, wheels=fitting)
        packages.append(kept)
        places[id(kept)] = (replace(package, sdist=kept.sdist), f"packages[{number}]")
    return replace(pylock, packages=packages), places


def _fits(filename: str, tags: frozenset[str]) -> bool:
    """Whether one of a wheel's tags is among these (PEP 425), its name left unparsed."""
    sets = (each.split(".") for each in filename.lower().removesuffix(".whl").split("-")[-3:])
    return any("-".join(tag) in tags for tag in product(*sets))


def _required(pylock: Pylock) -> Mapping[str, set[NormalizedName]]:
    """Who says that it needs whom: this is told, and decides nothing (PEP 751)."""
    required: dict[str, set[NormalizedName]] = {}
    for package in pylock.packages:
        for dependency in package.dependencies or ():
            name = dependency.get("name")
            if isinstance(name, str):
                required.setdefault(name, set()).add(package.name)
    return required


@lru_cache(maxsize=4)
def _tags(tags: tuple[str, ...]) -> tuple[Tag, ...]:
    return tuple(Tag(*tag.split("-", 2)) for tag in tags)


def _unfit(error: PylockSelectError, lock: Lock) -> XpipError:
    text = first_line(error).replace(" in provided environment", " here")
    if text.startswith("Multiple packages"):
        return invalid_lock(lock.source.shown, f"{text[0].lower()}{text[1:]}")
    return ResolutionError(
        f"The lock file is not for this environment: {text[0].lower()}{text[1:]}",
        reference=Reason.NO_CANDIDATE,
        context=[lock.source.shown],
        hint=_ANEW,
    )


def _entry(
    package: Package, key_path: str, artifact: object, source: LockSource, wanted: Wanted
) -> Entry:
    place = f"{source.shown} {key_path}"
    if isinstance(artifact, PackageWheel | PackageSdist):
        _check_allowed(package, artifact, place, wanted)
        others: list[PackageWheel | PackageSdist] = [*(package.wheels or ())]
        others += [package.sdist] if package.sdist else []
        return Entry(
            project=package.name,
            place=place,
            version=package.version or _version(artifact),
            index=package.index,
            file=_file(artifact, source),
            other_hashes=tuple(
                claim for each in others if each is not artifact for claim in _hashes(each.hashes)
            ),
            is_beside=bool(artifact.path),
            identities=recorded_identities(package, place),
        )
    assert isinstance(artifact, PackageVcs | PackageDirectory | PackageArchive)
    return Entry(
        project=package.name,
        place=place,
        version=package.version,
        request=_request(package, artifact, key_path, source),
    )


def _check_allowed(
    package: Package, artifact: PackageWheel | PackageSdist, place: str, wanted: Wanted
) -> None:
    is_wheel = isinstance(artifact, PackageWheel)
    if package.name not in (wanted.no_binary if is_wheel else wanted.only_binary):
        return
    kind, option = (
        ("source distribution", "--no-binary") if is_wheel else ("wheel", "--only-binary")
    )
    raise ResolutionError(
        f"The lock file has no {kind} of {package.name}, which {option} asks for",
        reference=Reason.NO_CANDIDATE,
        context=[place],
    )


def _version(artifact: PackageWheel | PackageSdist) -> Version:
    if isinstance(artifact, PackageWheel):
        return parse_wheel_filename(artifact.filename)[1]
    return parse_sdist_filename(artifact.filename)[1]


def _file(artifact: PackageWheel | PackageSdist, source: LockSource) -> File:
    return File(
        filename=artifact.filename,
        url=located(artifact.path, artifact.url, source),
        hashes=_hashes(artifact.hashes),
        size=artifact.size,
        upload_time=artifact.upload_time,
    )


def _hashes(hashes: Mapping[str, str]) -> tuple[Hash, ...]:
    return tuple(
        Hash(algorithm, digest.lower())
        for algorithm, digest in sorted(hashes.items())
        if algorithm in SECURE
    )


def _request(
    package: Package,
    artifact: PackageVcs | PackageDirectory | PackageArchive,
    key_path: str,
    source: LockSource,
) -> DirectRequest:
    try:
        text, editable = _reference(artifact, source)
        request = parse_direct(f"{package.name} @ {text}", directory="/", editable=editable)
        if request.kind is not _KINDS[type(artifact)]:
            # A directory that is called like an archive, or the reverse.
            raise Malformed(f"{request.filename} is not the name of such a place")
        return request
    except Malformed as malformed:
        problem = f"{package.name} is taken from a place that is none: {malformed.problem}"
        raise UsageError(
            f"The lock file cannot be used: {problem}",
            reference=Reason.LOCK_INVALID,
            context=[f"{source.shown}: {key_path}"],
            hint=malformed.hint,
        ) from None


def _reference(
    artifact: PackageVcs | PackageDirectory | PackageArchive, source: LockSource
) -> tuple[str, bool]:
    """The place, as a requirement names it (PEP 508), and whether it is to be editable."""
    below = artifact.subdirectory
    fragment = [f"subdirectory={quoted_path(below)}"] if below else []
    editable = False
    if isinstance(artifact, PackageDirectory):
        place = located(artifact.path, None, source)
        editable = bool(artifact.editable)
    elif isinstance(artifact, PackageVcs):
        # PEP 751: what is checked out is the commit, never the revision that it was asked for by.
        place = f"{artifact.type}+{located(artifact.path, artifact.url, source)}"
        place += f"@{_commit(artifact)}"
    else:
        place = located(artifact.path, artifact.url, source)
        fragment += [f"{each.algorithm}={each.digest}" for each in _hashes(artifact.hashes)]
    return f"{place}#{'&'.join(fragment)}" if fragment else place, editable


def _commit(artifact: PackageVcs) -> str:
    commit = artifact.commit_id
    is_hash = len(commit) in (40, 64) and not set(commit.lower()) - set("0123456789abcdef")
    if artifact.type in ("git", "hg") and not is_hash:
        raise Malformed("commit-id is not the full hash of a commit")
    return commit
