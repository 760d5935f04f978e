"""What lies where the user says: an archive, a directory, a commit → a candidate and its wheel."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace
from packaging.utils import NormalizedName, parse_wheel_filename
from packaging.version import Version

from xpip.core.decisions import Candidate, Origin, Ruling
from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.facts import CoreMetadata, File, Hash, InvalidMetadata
from xpip.core.metadata import parse_candidate_metadata
from xpip.core.policy import Target
from xpip.core.vcs_references import parse_vcs_reference
from xpip.edge.building.backend import Asked, ConfigSettings
from xpip.edge.building.metadata import tree_name
from xpip.edge.building.pyproject import project_directory
from xpip.edge.building.unpacking import Limits, unpack_archive
from xpip.edge.repositories.fetching import FetchedFile
from xpip.edge.repositories.local import path_of
from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, read_local
from xpip.edge.vcs import check_out
from xpip.errors import (
    InstallationError,
    PolicyError,
    Reason,
    ResolutionError,
    UsageError,
    XpipError,
)
from xpip.operations.asking import World
from xpip.operations.building.builds import Build
from xpip.operations.building.permits import Permit
from xpip.operations.building.shop import Workshop

_LIMITS = Limits()
_UNKNOWN = Version("0")


class _Place(Struct, frozen=True, kw_only=True):
    """What was found at a place: a wheel, or a tree and its build."""

    metadata: CoreMetadata
    fetched: FetchedFile | None = None
    build: Build | None = None
    commit: str | None = None

    @property
    def hashes(self) -> tuple[Hash, ...]:
        """Of the archive, as it came."""
        return (Hash("sha256", self.fetched.sha256),) if self.fetched else ()


class Places:
    """Looks at places, each once in a run."""

    def __init__(self, world: World, workshop: Workshop) -> None:
        self._world = world
        self._workshop = workshop
        self._found_at: dict[Candidate, _Place] = {}
        self._by_request: dict[str, Candidate] = {}

    def __contains__(self, candidate: Candidate) -> bool:
        return candidate in self._found_at

    def metadata(self, candidate: Candidate) -> CoreMetadata:
        """The metadata of what was found."""
        return self._found_at[candidate].metadata

    def wheel(self, candidate: Candidate) -> FetchedFile:
        """The wheel that lies at a place, or is built of what does.

        Raises:
            XpipError: it cannot be built.
        """
        place = self._found_at[candidate]
        if place.build is None:
            fetched = self.file(candidate)
            assert fetched is not None  # a wheel: anything else is built
            return fetched
        wheel = place.build.wheel
        return FetchedFile(
            candidate=candidate,
            served=candidate,
            path=wheel,
            sha256=place.fetched.sha256 if place.fetched else _sha256(wheel),
            verified=place.fetched.verified if place.fetched else False,
        )

    def file(self, candidate: Candidate) -> FetchedFile | None:
        """The file that lies at a place; a source tree is none."""
        fetched = self._found_at[candidate].fetched
        return fetched and replace(fetched, candidate=candidate, served=candidate)

    def candidate(
        self,
        request: DirectRequest,
        *,
        rule: str,
        known: frozenset[Hash] | None = None,
        config_settings: ConfigSettings | None = None,
    ) -> Candidate:
        """What lies at a place, with its metadata known.

        Args:
            request: the place.
            rule: who named it, and where.
            known: hashes of which the archive must have one; None if none are given.
            config_settings: for its build backend.

        Raises:
            XpipError: it is not there, cannot be built, or is of another project.
        """
        key = repr(replace(request, extras=frozenset(), marker=None))
        if key not in self._by_request:
            permit = self._permit(request, rule, known)
            permit.check(request.project)
            place, file = self._found(permit, config_settings)
            if request.project not in (None, place.metadata.name):
                raise _misnamed(request, place.metadata)
            permit.check(place.metadata.name)
            made = replace(
                _candidate(request, rule, file, place.metadata),
                file=replace(file, hashes=place.hashes),
                commit=place.commit,
            )
            self._found_at[made] = place
            self._by_request[key] = made
        self._check_known_again(self._by_request[key], known, rule)
        return self._by_request[key]

    def _permit(self, request: DirectRequest, rule: str, known: frozenset[Hash] | None) -> Permit:
        return Permit(
            request=request,
            rule=rule,
            known=known,
            mapping=self._workshop.map,
            trusted_hosts=self._workshop.options.trusted_hosts,
        )

    def _check_known_again(
        self, candidate: Candidate, known: frozenset[Hash] | None, rule: str
    ) -> None:
        fetched = self._found_at[candidate].fetched
        if fetched is not None:
            _check_known(fetched, known, rule)
        elif known is not None:
            raise _unhashable(candidate.reference, rule)

    def _found(self, permit: Permit, settings: ConfigSettings | None) -> tuple[_Place, File]:
        request = permit.request
        file = File(filename=request.filename, url=request.url, hashes=request.hashes)
        if request.kind is ReferenceKind.ARCHIVE:
            fetched = self._fetched(request, permit.rule, file)
            _check_known(fetched, permit.known, permit.rule)
            return self._archive(permit, fetched, settings), file
        if permit.known is not None:
            raise _unhashable(request, permit.rule)
        commit = None
        if request.kind is ReferenceKind.VCS:
            tree = self._workshop.new_directory() / "checkout"
            commit = self._check_out(request, tree)
        else:
            tree = path_of(request.url)
            if not tree.is_dir():
                raise _nothing_there(f"directory {tree}", permit.rule)
        build = self._build_of(permit, tree, settings)
        return _Place(build=build, metadata=build.metadata, commit=commit), file

    def _fetched(self, request: DirectRequest, rule: str, file: File) -> FetchedFile:
        if request.is_local and not path_of(request.url).exists():
            raise _nothing_there(f"file {path_of(request.url)}", rule)
        if request.is_wheel:
            _check_tags(request, self._workshop.environment.target, rule)
        if request.credentials is not None:
            self._world.logins.add(request.credentials, rule)
        named = CoreMetadata(name=_name(request), version=_UNKNOWN)
        return self._world.fetcher.fetch(_candidate(request, rule, file, named))

    def _archive(
        self, permit: Permit, fetched: FetchedFile, settings: ConfigSettings | None
    ) -> _Place:
        if permit.request.is_wheel:
            return _Place(fetched=fetched, metadata=_wheel_metadata(fetched))
        tree = unpack_archive(fetched.path, self._workshop.new_directory(), limits=_LIMITS)
        build = self._build_of(permit, tree, settings)
        return _Place(fetched=fetched, build=build, metadata=build.metadata)

    def _build_of(self, permit: Permit, root: Path, settings: ConfigSettings | None) -> Build:
        request = permit.request
        tree = project_directory(root, request.subdirectory)
        claimed = tree_name(tree)
        permit.check_build(claimed)
        return Build(
            self._workshop,
            tree,
            asked=Asked(project=request.project or claimed),
            editable=request.editable,
            config_settings=settings,
        )

    def _check_out(self, request: DirectRequest, tree: Path) -> str:
        revision = f"@{quote(request.revision)}" if request.revision else ""
        reference = parse_vcs_reference(f"{request.vcs}+{request.url}{revision}")
        login = request.credentials
        return check_out(reference, tree, environ=self._workshop.around.environ, login=login)


def _name(request: DirectRequest) -> NormalizedName:
    return request.project or NormalizedName(request.filename)


def _candidate(request: DirectRequest, rule: str, file: File, metadata: CoreMetadata) -> Candidate:
    return Candidate(
        project=metadata.name,
        version=metadata.version,
        file=file,
        reference=request,
        origin=Origin(
            group="", repository=request.url, page_url=request.url, rule=rule, ruling=Ruling.DIRECT
        ),
    )


def _wheel_metadata(fetched: FetchedFile) -> CoreMetadata:
    try:
        project, version, _, _ = parse_wheel_filename(fetched.path.name)
        named = replace(fetched.candidate, project=project, version=version)
        found = parse_candidate_metadata(named, read_local(fetched.path))
    except (OSError, ValueError, *BROKEN_WHEEL) as error:
        found = InvalidMetadata(detail=str(error))
    if isinstance(found, InvalidMetadata):
        raise InstallationError(
            f"{fetched.path.name} cannot be installed: {found.detail}",
            reference=Reason.WHEEL_INVALID,
        )
    return found


def _check_tags(request: DirectRequest, target: Target, rule: str) -> None:
    """Be sure that a wheel is for the target, before it is fetched (PEP 425)."""
    tags = frozenset(map(str, parse_wheel_filename(request.filename)[3]))
    if tags.isdisjoint(target.tags):
        best = target.tags[0] if target.tags else "no tags"
        raise ResolutionError(
            f"{request.filename} is a wheel for another platform or Python",
            reference=Reason.NO_CANDIDATE,
            context=[
                rule,
                f"it is for {', '.join(sorted(tags))}",
                f"the target has Python {target.python_version} ({best})",
            ],
        )


def _nothing_there(what: str, rule: str) -> UsageError:
    return UsageError(f"There is no {what}", reference=Reason.REQUIREMENTS_INVALID, context=[rule])


def _check_known(fetched: FetchedFile, known: frozenset[Hash] | None, rule: str) -> None:
    """Be sure that a file has one of the hashes given for it, before anything of it is run."""
    if known is None:
        return
    with fetched.path.open("rb") as file:
        for algorithm, digest in known:
            file.seek(0)
            if hashlib.file_digest(file, algorithm).hexdigest() == digest:
                return
    raise PolicyError(
        f"{fetched.path.name} has none of the hashes that are given for it",
        reference=Reason.HASH_MISMATCH,
        context=[rule, f"what came has sha256 {fetched.sha256}"],
    )


def _unhashable(request: DirectRequest | None, rule: str) -> PolicyError:
    return PolicyError(
        f"{request} is a source tree, for which no hash can vouch",
        reference=Reason.HASH_MISSING,
        context=[rule],
    )


def _misnamed(request: DirectRequest, metadata: CoreMetadata) -> XpipError:
    return UsageError(
        f"{request} is another project: it calls itself {metadata.name}",
        reference=Reason.REQUIREMENTS_INVALID,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
