"""A file of a server → this disk, under its name only when it is the one described.

It is hashed while it streams to a temporary name; one that breaks off is continued. Does not know
where else it may be had, nor whether it may be fetched at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from xpip.core.decisions import Candidate
from xpip.core.ports import Observer
from xpip.core.urls import redacted
from xpip.edge.repositories.fetched_file import Digests, FetchedFile
from xpip.edge.repositories.file_rules import FileRules
from xpip.edge.repositories.partial_file import PartialFile
from xpip.edge.repositories.responses import reason_of
from xpip.edge.repositories.transport import Failed, Failure, Stream, Transport
from xpip.errors import AvailabilityError, PolicyError, Reason, XpipError, branch_for


def digests_of(candidate: Candidate) -> Digests:
    """What a file is to be held to, with nothing read of it yet."""
    return Digests(candidate.file, candidate.known_hashes)


class Downloads:
    """Downloads into private directories.

    Args:
        directories: where to, in turn, if one cannot be written.
        rules: where requests may go, and log in.
    """

    def __init__(
        self,
        transport: Transport,
        directories: Sequence[os.PathLike[str]],
        observer: Observer,
        rules: FileRules,
    ) -> None:
        self._transport = transport
        self._directories = directories
        self._observer = observer
        self._rules = rules

    def fetch(self, candidate: Candidate) -> FetchedFile:
        """Download one file into a directory of its own.

        Raises:
            XpipError: it could not be had, or was not what its page says.
            OSError: it cannot be written.
        """
        *others, last = self._directories
        for directory in others:
            with suppress(OSError):
                return self._fetch(candidate, directory)
        return self._fetch(candidate, last)

    def _fetch(self, candidate: Candidate, directory: os.PathLike[str]) -> FetchedFile:
        with _temporary(directory) as (file, temporary):
            partial = PartialFile(file, lambda: digests_of(candidate))
            import tempfile

            final = Path(tempfile.mkdtemp(dir=directory)) / candidate.file.filename
            fetched = self._persist(candidate, partial, final)
            file.flush()
            temporary.rename(final)
        return fetched

    def _persist(self, candidate: Candidate, partial: PartialFile, final: Path) -> FetchedFile:
        """Ask again for what broke off, as often as may be, and go on from there if possible."""
        for left in reversed(range(self._transport.retries + 1)):
            try:
                self._stream(candidate, partial)
                return partial.digests.verified(candidate, final)
            except PolicyError:
                # Parts that do not fit together say nothing of the file as one answer has it.
                if not left or not partial.resumed:
                    raise
                partial.start_over()
            except Failed as failed:
                # What never began was asked for again already, as often as it may be.
                if not left or not failed.begun:
                    raise _unavailable(candidate, failed.failure) from None
        raise AssertionError("unreachable")  # pragma: no cover

    def _stream(self, candidate: Candidate, partial: PartialFile) -> None:
        asked = partial.request
        with self._transport.stream(
            candidate.file.url,
            headers={"Accept-Encoding": "identity", **asked},
            may_follow=self._rules.may_follow(candidate),
            login=self._rules.may_log_in(candidate),
        ) as stream:
            if not partial.takes(stream.status, stream.headers):
                if asked and stream.status in (206, 416):
                    raise _misfit(stream)
                raise _bad_status(candidate, stream)
            for chunk in stream.chunks(decoded=False):
                partial.add(chunk)
                self._observer.fetched(len(chunk))
                if partial.digests.overflow:
                    break


@contextmanager
def _temporary(directory: os.PathLike[str]) -> Iterator[tuple[BinaryIO, Path]]:
    import tempfile

    descriptor, name = tempfile.mkstemp(dir=directory)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _misfit(stream: Stream) -> Failed:
    detail = f"status {stream.status} for the rest of a file that broke off"
    failure = Failure(url=redacted(stream.url), reason=Reason.UNREACHABLE, detail=detail)
    return Failed(failure, begun=True)


def _unavailable(candidate: Candidate, failure: Failure) -> XpipError:
    return branch_for(failure.reason)(
        f"{candidate.file.filename} could not be fetched: {failure.detail}",
        reference=failure.reason,
        context=[failure.url],
    )


def _bad_status(candidate: Candidate, stream: Stream) -> AvailabilityError:
    return AvailabilityError(
        f"{candidate.file.filename} could not be fetched: status {stream.status}",
        reference=reason_of(stream.status),
        context=[redacted(stream.url)],
    )
