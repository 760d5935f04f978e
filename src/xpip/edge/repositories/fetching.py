"""Candidate → verified local file, from wherever it may be had.

Decides where a file is looked for: unpacked or kept by an earlier run, on this disk, at its own
mirror, at another. Nothing is installed here, and nothing is fetched that was refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from xpip.core.decisions import Candidate
from xpip.core.facts import Repository, Unavailable
from xpip.core.policy import RepositoryGroup
from xpip.core.ports import Observer
from xpip.core.urls import redacted
from xpip.edge.repositories.downloads import Downloads, digests_of
from xpip.edge.repositories.failover import Failover, may_fail_over, with_tried
from xpip.edge.repositories.fetched_file import FetchedFile, proving_sha256
from xpip.edge.repositories.file_rules import FileRules
from xpip.edge.repositories.transport import Transport
from xpip.errors import (
    AvailabilityError,
    InstallationError,
    PolicyError,
    Reason,
    SeveralErrors,
    XpipError,
)

if TYPE_CHECKING:
    from xpip.core.unpacked import WheelTree
    from xpip.edge.cache.files import FileCache

__all__ = ["FetchedFile", "Fetcher"]

_AT_ONCE = 8
_CHUNK = 1 << 20

CheckAttested = Callable[[Candidate, str], None]
"""Raises an `XpipError` unless the publishers demanded have attested a file of this sha256."""


class Trees(Protocol):
    """Wheels unpacked once, for all environments."""

    def find(self, candidate: Candidate, sha256: str) -> WheelTree | None:
        """The tree of a wheel with this digest, if it is kept."""

    def expect(self, sizes: Sequence[int]) -> None:
        """Get ready for wheels of so many bytes each, before the first of them."""

    def with_tree(self, fetched: FetchedFile) -> FetchedFile:
        """The same wheel, unpacked as well; raises `XpipError` if it cannot be."""


def _nobody_checks(candidate: Candidate, _: str) -> None:
    raise AssertionError(f"a rule demands who attests {candidate.file.filename}")


class Fetcher:
    """Fetches files into private directories, several at once, each only once.

    Args:
        directories: private ones; each is used where those before it cannot be written.
        groups: where files come from, and so where a request for one may log in.
        failover: where else a file may be had.
        check_attested: called for a file of which a rule demands who published it.
        kept: files of earlier runs.
    """

    def __init__(
        self,
        transport: Transport,
        directories: Sequence[os.PathLike[str]],
        observer: Observer,
        *,
        groups: Sequence[RepositoryGroup] = (),
        failover: Failover | None = None,
        check_attested: CheckAttested = _nobody_checks,
        kept: FileCache | None = None,
    ) -> None:
        self._downloads = Downloads(transport, directories, observer, FileRules(groups))
        self._directories = directories
        self._observer = observer
        self._failover = failover
        self._check_attested = check_attested
        self._kept = kept
        self._fetched: dict[Candidate, FetchedFile] = {}
        self._fetched_before: Path | None = None

    def look_in(self, directory: Path) -> None:
        """Do not fetch what lies there already, and has the hash that its page gives."""
        self._fetched_before = directory

    def fetch_all(
        self, candidates: Collection[Candidate], *, trees: Trees | None = None
    ) -> tuple[FetchedFile, ...]:
        """Fetch all of them, large ones first.

        Args:
            trees: unpacks them as well, as they come; what is unpacked already is not fetched.

        Raises:
            XpipError: one of them could not be had, or was not what its page says.
        """
        there = [] if trees is None else [self._unpacked_before(each, trees) for each in candidates]
        found = {each.candidate for each in there if isinstance(each, FetchedFile)}
        missing = [each for each in candidates if each not in found]
        return (*(each for each in there if each), *self._fetch_missing(missing, trees))

    def _fetch_missing(
        self, candidates: Collection[Candidate], trees: Trees | None
    ) -> tuple[FetchedFile, ...]:
        wanted = sorted(candidates, key=lambda each: each.file.size or 0, reverse=True)
        sizes = [each.file.size or 0 for each in wanted]
        self._observer.fetching(len(wanted), sum(sizes))
        if not wanted:
            return ()
        if trees is not None:
            trees.expect(sizes)
        from concurrent.futures import ThreadPoolExecutor

        workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="xpip-fetch")
        try:
            results = list(workers.map(lambda each: self._ready(each, trees), wanted))
        finally:
            # An interrupt does not wait for files on their way: the transport's end ends them.
            workers.shutdown(wait=False, cancel_futures=True)
        errors = [result for result in results if isinstance(result, XpipError)]
        if errors:
            raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
        return tuple(result for result in results if isinstance(result, FetchedFile))

    def _ready(self, candidate: Candidate, trees: Trees | None) -> FetchedFile | XpipError:
        outcome = self._from_any_mirror(candidate)
        if trees is None or not isinstance(outcome, FetchedFile):
            return outcome
        try:
            return trees.with_tree(outcome)
        except XpipError as error:
            return error

    def _unpacked_before(self, candidate: Candidate, trees: Trees) -> FetchedFile | None:
        """What an earlier run unpacked, if it is the file that the page describes.

        Raises:
            XpipError: nobody whom a rule demands has attested it.
        """
        sha256 = proving_sha256(candidate)
        tree = None if sha256 is None else trees.find(candidate, sha256)
        if sha256 is None or tree is None or candidate.file.size not in {None, tree.wheel.size}:
            return None
        self._check_admitted(candidate)
        if candidate.identities:
            self._check_attested(candidate, sha256)
        return FetchedFile(
            candidate=candidate,
            served=candidate,
            path=Path(tree.directory),
            sha256=sha256,
            verified=True,
            tree=tree,
        )

    def fetch(self, candidate: Candidate) -> FetchedFile:
        """Fetch one file.

        Raises:
            XpipError: it could not be had, or was not what its page says.
        """
        outcome = self._from_any_mirror(candidate)
        if isinstance(outcome, XpipError):
            raise outcome
        return outcome

    def whole_wheel(self, candidate: Candidate) -> Path | Unavailable:
        """Fetch a wheel from its own mirror for its metadata; `fetch_all` finds it again."""
        outcome = self._outcome(candidate)
        if isinstance(outcome, FetchedFile):
            return outcome.path
        return Unavailable(
            repository=Repository(url=candidate.origin.repository),
            url=redacted(candidate.file.url),
            reason=outcome.reference,
            detail=outcome.message,
            more=outcome.context,
        )

    def _from_any_mirror(self, candidate: Candidate) -> FetchedFile | XpipError:
        first = self._outcome(candidate)
        if (
            isinstance(first, AvailabilityError)
            and may_fail_over(first.reference)
            and self._failover is not None
        ):
            return self._from_another_mirror(candidate, first, self._failover)
        return first

    def _from_another_mirror(
        self, candidate: Candidate, first: AvailabilityError, failover: Failover
    ) -> FetchedFile | XpipError:
        tried: list[str] = []
        try:
            for other in failover.elsewhere(candidate, tried):
                outcome = self._outcome(other)
                if isinstance(outcome, FetchedFile):
                    return replace(outcome, candidate=candidate)
                if not isinstance(outcome, AvailabilityError):
                    return outcome
                tried.append(": ".join([*outcome.context, outcome.message]))
                if not may_fail_over(outcome.reference):
                    break
        except PolicyError as error:
            return error
        return AvailabilityError(
            first.message,
            reference=first.reference,
            context=with_tried(first.context, tried),
        )

    def _outcome(self, candidate: Candidate) -> FetchedFile | XpipError:
        self._check_admitted(candidate)
        if candidate in self._fetched:
            return self._fetched[candidate]
        try:
            if candidate.file.url.startswith("file:"):
                fetched = self._read(candidate)
            else:
                fetched = self._found_again(candidate) or self._download(candidate)
            if candidate.identities:
                self._check_attested(candidate, fetched.sha256)
        except XpipError as error:
            return error
        except OSError as error:
            return InstallationError(
                f"{candidate.file.filename} could not be kept: {error.strerror or error}",
                reference=Reason.DISK,
                context=[os.fspath(self._directories[-1])],
            )
        self._fetched[candidate] = fetched
        return fetched

    @staticmethod
    def _check_admitted(candidate: Candidate) -> None:
        if not candidate.origin.ruling.admits:
            raise AssertionError(f"{candidate.file.filename} was refused and is being fetched")

    def _read(self, candidate: Candidate) -> FetchedFile:
        from xpip.edge.repositories.local import path_of

        path = path_of(candidate.file.url)
        digests = digests_of(candidate)
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digests.update(chunk)
                    self._observer.fetched(len(chunk))
        except OSError as error:
            raise AvailabilityError(
                f"{candidate.file.filename} could not be read: {error.strerror or error}",
                reference=Reason.UNREACHABLE,
                context=[str(path)],
            ) from error
        return digests.verified(candidate, path)

    def _found_again(self, candidate: Candidate) -> FetchedFile | None:
        if self._fetched_before is not None:
            found = self._as_described(candidate, self._fetched_before / candidate.file.filename)
            if found is not None:
                return found
        kept = self._kept.find(candidate) if self._kept else None
        if kept is None or self._kept is None:
            return None
        found = self._as_described(candidate, kept)
        if found is None:
            # Damaged: it is fetched anew.
            self._kept.drop(candidate)
        else:
            self._observer.fetched(candidate.file.size or 0)
        return found

    def _as_described(self, candidate: Candidate, path: Path) -> FetchedFile | None:
        """A file of an earlier run, if it still is the one that the page describes."""
        digests = digests_of(candidate)
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digests.update(chunk)
            found = digests.verified(candidate, path)
        except (OSError, PolicyError):
            return None
        return found if found.verified else None

    def _download(self, candidate: Candidate) -> FetchedFile:
        fetched = self._downloads.fetch(candidate)
        if self._kept is not None:
            self._kept.keep(candidate, fetched.path)
        return fetched
