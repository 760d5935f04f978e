"""METADATA of a remote file: as its page offers it, by range requests, or out of the whole wheel.

What cannot be had from one mirror is asked of the next, if that lists the same file. Called
from many threads at once; waits, decides nothing about names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import new as new_hash
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from xpip.core.decisions import Candidate
from xpip.core.facts import (
    CoreMetadata,
    InvalidMetadata,
    MetadataAnswer,
    Repository,
    Unavailable,
)
from xpip.core.hashes import secure
from xpip.core.policy import NameSet, RepositoryGroup
from xpip.core.urls import redacted, web_origin
from xpip.edge.repositories.failover import Failover, may_fail_over, with_tried
from xpip.edge.repositories.file_rules import FileRules
from xpip.edge.repositories.responses import reason_of
from xpip.edge.repositories.transport import Failure, Response, Transport
from xpip.errors import AvailabilityError, PolicyError, Reason, branch_for

if TYPE_CHECKING:
    from xpip.edge.cache.metadata import MetadataCache

_LARGEST = 16 << 20

WholeWheel = Callable[[Candidate], Path | Unavailable]
"""Downloads a wheel: the last resort for its metadata."""


class RemoteMetadata:
    """Asks servers for metadata.

    Args:
        failover: where else a file may be had.
        kept: metadata of earlier runs.
        refresh: projects that nothing kept is used of.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        groups: Sequence[RepositoryGroup],
        failover: Failover,
        whole_wheel: WholeWheel,
        kept: MetadataCache | None = None,
        refresh: NameSet | None = None,
    ) -> None:
        self._transport = transport
        self._rules = FileRules(groups)
        self._failover = failover
        self._whole_wheel = whole_wheel
        self._kept = kept
        self._refresh = refresh or NameSet()
        self._without_ranges: set[object] = set()

    def at_hand(self, candidate: Candidate) -> CoreMetadata | None:
        """What an earlier run read, to be had without waiting: of one file, it never changes."""
        if self._kept is None or candidate.project in self._refresh:
            return None
        return self._kept.find(candidate)

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """METADATA of the file, which is asked for."""
        answer = self._asked(candidate)
        # What stands in for the metadata of a refused project's file is not its metadata.
        if self._kept and isinstance(answer, CoreMetadata) and candidate.origin.ruling.admits:
            self._kept.keep(candidate, answer)
        return answer

    def _asked(self, candidate: Candidate) -> MetadataAnswer:
        """From its own mirror, if it can be had there."""
        answer = self._at_one_mirror(candidate)
        if isinstance(answer, Unavailable) and may_fail_over(answer.reason):
            return self._at_another(candidate, answer)
        return answer

    def _at_another(self, candidate: Candidate, first: Unavailable) -> MetadataAnswer:
        tried: list[str] = []
        try:
            for other in self._failover.elsewhere(candidate, tried):
                answer = self._at_one_mirror(other)
                if not isinstance(answer, Unavailable):
                    return answer
                if branch_for(answer.reason) is not AvailabilityError:
                    return answer
                tried.append(f"{answer.url}: {answer.detail}")
                if not may_fail_over(answer.reason):
                    break
        except PolicyError as error:
            return replace(first, reason=error.reference, detail=error.message, more=error.context)
        return replace(first, more=with_tried((), tried))

    def _at_one_mirror(self, candidate: Candidate) -> MetadataAnswer:
        """METADATA as the page offers it, else by range requests, else out of the whole wheel."""
        raw = self._raw_metadata(candidate)
        if isinstance(raw, Unavailable | InvalidMetadata | CoreMetadata):
            return raw
        from xpip.core.metadata import parse_candidate_metadata

        return parse_candidate_metadata(candidate, raw)

    def _raw_metadata(
        self, candidate: Candidate
    ) -> bytes | CoreMetadata | InvalidMetadata | Unavailable:
        if candidate.file.core_metadata:
            return self._advertised_metadata(candidate)
        from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, NoRanges, read_remote

        host = web_origin(candidate.file.url)
        if host not in self._without_ranges:
            try:
                return read_remote(lambda wanted: self._range(candidate, wanted))
            except NoRanges:
                self._without_ranges.add(host)
            except _Missing as missing:
                return missing.unavailable
            except BROKEN_WHEEL:
                # No hash holds for parts of a wheel: whether it is broken, the whole one says.
                pass
        if not candidate.origin.ruling.admits:
            # No file of a refused project is fetched whole.
            return CoreMetadata(name=candidate.project, version=candidate.version)
        path = self._whole_wheel(candidate)
        return path if isinstance(path, Unavailable) else _read_wheel(candidate, path)

    def _advertised_metadata(self, candidate: Candidate) -> bytes | Unavailable:
        # PEP 658: the suffix goes onto the path; a query, if any, stays behind it.
        path, mark, query = candidate.file.url.partition("?")
        response = self._transport.get(
            f"{path}.metadata{mark}{query}",
            may_follow=self._rules.may_follow(candidate),
            login=self._rules.may_log_in(candidate),
            limit=_LARGEST,
        )
        if isinstance(response, Failure):
            return _unavailable(candidate, response.url, response.reason, response.detail)
        if response.status != 200:
            return _bad_status(candidate, response)
        claims = candidate.file.core_metadata
        for claim in secure(claims if isinstance(claims, tuple) else ()):
            if new_hash(claim.algorithm, response.body).hexdigest() != claim.digest:
                return _unavailable(
                    candidate,
                    response.url,
                    Reason.HASH_MISMATCH,
                    f"its metadata does not have the {claim.algorithm} that the page gives",
                )
        return response.body

    def _range(self, candidate: Candidate, wanted: str) -> tuple[str, bytes]:
        response = self._transport.get(
            candidate.file.url,
            headers={"Range": wanted, "Accept-Encoding": "identity"},
            may_follow=self._rules.may_follow(candidate),
            login=self._rules.may_log_in(candidate),
            limit=_LARGEST,
            wanted=(206,),
        )
        if isinstance(response, Failure):
            raise _Missing(_unavailable(candidate, response.url, response.reason, response.detail))
        if response.status == 206:
            return response.headers.get("content-range", ""), response.body
        if response.status in (200, 416, 501):
            from xpip.edge.repositories.wheel_metadata import NoRanges

            raise NoRanges(f"status {response.status}")
        raise _Missing(_bad_status(candidate, response))


class _Missing(Exception):
    def __init__(self, unavailable: Unavailable) -> None:
        super().__init__(unavailable.detail)
        self.unavailable = unavailable


def _read_wheel(candidate: Candidate, path: Path) -> bytes | InvalidMetadata | Unavailable:
    from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, read_local

    try:
        return read_local(path)
    except BROKEN_WHEEL as error:
        return InvalidMetadata(detail=f"{path.name}: {error}")
    except OSError as error:
        detail = error.strerror or str(error)
        return _unavailable(candidate, redacted(candidate.file.url), Reason.UNREACHABLE, detail)


def _bad_status(candidate: Candidate, response: Response) -> Unavailable:
    reason = reason_of(response.status)
    return _unavailable(
        candidate, redacted(response.url), reason, f"its metadata: status {response.status}"
    )


def _unavailable(candidate: Candidate, url: str, reason: Reason, detail: str) -> Unavailable:
    return Unavailable(
        repository=Repository(url=candidate.origin.repository),
        url=url,
        reason=reason,
        detail=f"{candidate.file.filename}: {detail}",
    )
