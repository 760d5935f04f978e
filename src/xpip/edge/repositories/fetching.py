"""Candidate → verified local file.

Every file is hashed while it streams to a temporary name and renamed only when its page's
hashes and size hold, and a hash that the user gives. Nothing is installed here, and nothing is
fetched that was refused.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.facts import (
    CoreMetadata,
    File,
    Hash,
    InvalidMetadata,
    Repository,
    Unavailable,
)
from xpip.core.hashes import secure
from xpip.core.metadata import parse_metadata
from xpip.core.policy import RepositoryGroup
from xpip.core.ports import Observer
from xpip.core.urls import redacted
from xpip.edge.repositories.failover import Failover, may_fail_over, with_tried
from xpip.edge.repositories.file_rules import FileRules
from xpip.edge.repositories.local import path_of
from xpip.edge.repositories.responses import reason_of
from xpip.edge.repositories.transport import Failed, Stream, Transport
from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, read_local
from xpip.errors import (
    AvailabilityError,
    InstallationError,
    PolicyError,
    Reason,
    SeveralErrors,
    XpipError,
    branch_for,
)

_AT_ONCE = 8
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A file on this disk whose claimed hashes and size hold."""

    candidate: Candidate
    """What was to be fetched."""
    served: Candidate
    """What was: the same, or the same file at another mirror of its group."""
    path: Path
    sha256: str
    verified: bool
    """Whether its page, or the user, gave a hash to verify it against."""

    def check_metadata(self, resolved_with: CoreMetadata) -> None:
        """Hold the whole wheel to the metadata that was resolved with (PEP 658, PEP 714).

        Raises:
            PolicyError: `metadata-changed`.
            InstallationError: `disk`: it cannot be read any more.
        """
        try:
            found = parse_metadata(read_local(self.path))
        except OSError as error:
            raise InstallationError(
                f"{self.candidate.file.filename} cannot be read: {error.strerror or error}",
                reference=Reason.DISK,
                context=[str(self.path)],
            ) from error
        except BROKEN_WHEEL as error:
            raise _changed(self.served, f"it has no readable METADATA: {error}") from error
        if found != resolved_with:
            raise _changed(self.served, _difference(found, resolved_with))


class Fetcher:
    """Fetches files into one private directory, several at once, each only once.

    Args:
        groups: where files come from, and so where a request for one may log in.
        failover: where else a file may be had.
        known_hashes: projects of which no file may be fetched that has none of these hashes.
    """

    def __init__(
        self,
        transport: Transport,
        directory: Path,
        observer: Observer,
        *,
        groups: Sequence[RepositoryGroup] = (),
        failover: Failover | None = None,
        known_hashes: Mapping[NormalizedName, frozenset[Hash]] | None = None,
    ) -> None:
        self._transport = transport
        self._directory = directory
        self._observer = observer
        self._rules = FileRules(groups)
        self._failover = failover
        self._known_hashes = known_hashes or {}
        self._fetched: dict[Candidate, FetchedFile] = {}

    def fetch_all(self, candidates: Collection[Candidate]) -> tuple[FetchedFile, ...]:
        """Fetch all of them, large ones first.

        Raises:
            XpipError: one of them could not be had, or was not what its page says.
        """
        wanted = sorted(candidates, key=lambda each: each.file.size or 0, reverse=True)
        self._observer.fetching(len(wanted), sum(each.file.size or 0 for each in wanted))
        workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="xpip-fetch")
        try:
            results = list(workers.map(self._from_any_mirror, wanted))
        finally:
            # An interrupt does not wait for files on their way: the transport's end ends them.
            workers.shutdown(wait=False, cancel_futures=True)
        errors = [result for result in results if isinstance(result, XpipError)]
        if errors:
            raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
        return tuple(result for result in results if isinstance(result, FetchedFile))

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
        if not candidate.origin.ruling.admits:
            raise AssertionError(f"{candidate.file.filename} was refused and is being fetched")
        if candidate in self._fetched:
            return self._fetched[candidate]
        try:
            if candidate.file.url.startswith("file:"):
                fetched = self._read(candidate)
            else:
                fetched = self._download(candidate)
        except XpipError as error:
            return error
        except OSError as error:
            return InstallationError(
                f"{candidate.file.filename} could not be kept: {error.strerror or error}",
                reference=Reason.DISK,
                context=[str(self._directory)],
            )
        self._fetched[candidate] = fetched
        return fetched

    def _read(self, candidate: Candidate) -> FetchedFile:
        path = path_of(candidate.file.url)
        digests = self._digests(candidate)
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

    def _digests(self, candidate: Candidate) -> _Digests:
        return _Digests(candidate.file, self._known_hashes.get(candidate.project))

    def _download(self, candidate: Candidate) -> FetchedFile:
        for left in reversed(range(self._transport.retries + 1)):
            try:
                return self._stream(candidate)
            except Failed as failed:
                # What never began was asked for again already, as often as it may be.
                if not left or not failed.begun:
                    failure = failed.failure
                    raise branch_for(failure.reason)(
                        f"{candidate.file.filename} could not be fetched: {failure.detail}",
                        reference=failure.reason,
                        context=[failure.url],
                    ) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def _stream(self, candidate: Candidate) -> FetchedFile:
        with (
            self._transport.stream(
                candidate.file.url,
                headers={"Accept-Encoding": "identity"},
                may_follow=self._rules.may_follow(candidate),
                login=self._rules.may_log_in(candidate),
            ) as stream,
            self._temporary() as (file, temporary),
        ):
            if stream.status != 200:
                raise _bad_status(candidate, stream)
            digests = self._digests(candidate)
            for chunk in stream.chunks(decoded=False):
                file.write(chunk)
                digests.update(chunk)
                self._observer.fetched(len(chunk))
                if digests.overflow:
                    break
            file.flush()
            final = Path(tempfile.mkdtemp(dir=self._directory)) / candidate.file.filename
            fetched = digests.verified(candidate, final)
            temporary.rename(final)
            return fetched

    @contextmanager
    def _temporary(self) -> Iterator[tuple[BinaryIO, Path]]:
        descriptor, name = tempfile.mkstemp(dir=self._directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)


class _Digests:
    """What streams past, hashed and counted.

    Args:
        known: hashes of which the file must have one; None where any file will do.
    """

    def __init__(self, file: File, known: frozenset[Hash] | None) -> None:
        self._claims = secure(file.hashes)
        self._known = None if known is None else frozenset(secure(known))
        self._claimed_size = file.size
        self._size = 0
        wanted = (*self._claims, *(self._known or ()))
        algorithms = {"sha256"} | {each.algorithm for each in wanted}
        self._hashers = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}

    def update(self, chunk: bytes) -> None:
        self._size += len(chunk)
        for hasher in self._hashers.values():
            hasher.update(chunk)

    @property
    def overflow(self) -> bool:
        """Whether more came than the page says: nothing that follows can make it right."""
        return self._claimed_size is not None and self._size > self._claimed_size

    def verified(self, candidate: Candidate, path: Path) -> FetchedFile:
        """The file, if it is the one described.

        Raises:
            PolicyError: `hash-mismatch`.
        """
        digests = {name: hasher.hexdigest() for name, hasher in self._hashers.items()}
        size = self._claimed_size
        if size is not None and size != self._size:
            found = "more" if self.overflow else f"{self._size} bytes"
            raise _mismatch(candidate, f"{size} bytes", found)
        for algorithm, digest in self._claims:
            if digest != digests[algorithm]:
                raise _mismatch(candidate, f"{algorithm} {digest}", digests[algorithm])
        if self._known is not None and not self._known & {Hash(*each) for each in digests.items()}:
            raise _unknown(candidate, digests)
        return FetchedFile(
            candidate=candidate,
            served=candidate,
            path=path,
            sha256=digests["sha256"],
            verified=bool(self._claims) or self._known is not None,
        )


def _changed(candidate: Candidate, difference: str) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} has other metadata than was offered for it",
        reference=Reason.METADATA_CHANGED,
        context=[
            f"file: {redacted(candidate.file.url)}",
            f"page: {redacted(candidate.origin.page_url)}",
            difference,
        ],
        hint="Do not install it by other means: tell whoever runs this repository.",
    )


def _difference(found: CoreMetadata | InvalidMetadata, offered: CoreMetadata) -> str:
    if isinstance(found, InvalidMetadata):
        return found.detail
    return "; ".join(
        f"{name}: offered {_shown(getattr(offered, name))}, found {_shown(getattr(found, name))}"
        for name in ("name", "version", "requires_python", "requires", "extras")
        if getattr(offered, name) != getattr(found, name)
    )


def _shown(value: object) -> str:
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(map(str, value))) or "nothing"
    return str(value or "nothing")


def _mismatch(candidate: Candidate, claimed: str, found: str) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} is not the file that its page describes",
        reference=Reason.HASH_MISMATCH,
        context=[
            f"file: {redacted(candidate.file.url)}",
            f"page: {redacted(candidate.origin.page_url)}",
            f"the page says {claimed}",
            f"what came is  {found}",
        ],
        hint="Do not install it by other means: tell whoever runs this repository.",
    )


def _unknown(candidate: Candidate, digests: Mapping[str, str]) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} has none of the hashes that are known for {candidate.project}",
        reference=Reason.HASH_MISMATCH,
        context=[
            f"file: {redacted(candidate.file.url)}",
            f"page: {redacted(candidate.origin.page_url)}",
            *(f"what came has {name} {digest}" for name, digest in sorted(digests.items())),
        ],
    )


def _bad_status(candidate: Candidate, stream: Stream) -> AvailabilityError:
    return AvailabilityError(
        f"{candidate.file.filename} could not be fetched: status {stream.status}",
        reference=reason_of(stream.status),
        context=[redacted(stream.url)],
    )
