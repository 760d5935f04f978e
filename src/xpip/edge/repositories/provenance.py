"""The provenance of a file (PEP 740): the bytes at the URL that its page gives for it.

It may lie where the file itself might, and nowhere else; what it proves is not judged here.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from xpip.core.decisions import Candidate
from xpip.core.facts import File
from xpip.core.file_hosts import FileHosts
from xpip.core.policy import ABSENT_STATUS, RepositoryGroup
from xpip.core.urls import joined, redacted
from xpip.edge.repositories.file_rules import FileRules
from xpip.edge.repositories.responses import MIB, reason_of
from xpip.edge.repositories.transport import Failure, Transport
from xpip.errors import PolicyError, Reason, XpipError, branch_for

_LARGEST = 4 * MIB


class RemoteProvenance:
    """Asks servers for the provenance of files of these groups."""

    def __init__(self, transport: Transport, groups: Sequence[RepositoryGroup]) -> None:
        self._transport = transport
        self._rules = FileRules(groups)
        # No hash says what must come, so it lies at the group's own places alone.
        self._hosts = {each.name: FileHosts(each, groups, strict=True) for each in groups}

    def fetch(self, candidate: Candidate) -> bytes:
        """What the page advertises as the file's provenance.

        Raises:
            PolicyError: `identity`: there is none; `file-host-foreign`: it lies elsewhere.
            AvailabilityError: it cannot be had.
        """
        place = self._place(candidate)
        response = self._transport.get(
            place.file.url,
            may_follow=self._rules.may_follow(place),
            login=self._rules.may_log_in(place),
            limit=_LARGEST,
        )
        if isinstance(response, Failure):
            raise _unavailable(candidate, response.url, response.reason, response.detail)
        if response.status in ABSENT_STATUS:
            raise _missing(candidate, f"{redacted(response.url)}: status {response.status}")
        if response.status != 200:
            detail = f"status {response.status}"
            raise _unavailable(
                candidate, redacted(response.url), reason_of(response.status), detail
            )
        return response.body

    def _place(self, candidate: Candidate) -> Candidate:
        """The provenance as if it were the file, for the rules that hold for both."""
        page_url, advertised = candidate.origin.page_url, candidate.file.provenance_url
        if advertised is None:
            raise _missing(candidate, f"page: {redacted(page_url)}")
        file = File(filename=candidate.file.filename, url=joined(page_url, advertised))
        foreign = self._hosts[candidate.origin.group].objection(file, page_url)
        if foreign is not None:
            raise PolicyError(
                f"The provenance of {file.filename} may not be taken from where its page says "
                f"that it lies: {foreign}",
                reference=Reason.FILE_HOST_FOREIGN,
                context=[f"provenance: {redacted(file.url)}", f"page: {redacted(page_url)}"],
                hint="If that host is this repository's own, say so in the mapping file: "
                "`file-hosts`.",
            )
        return replace(candidate, file=file)


def _missing(candidate: Candidate, where: str) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} has no provenance, and a publisher is demanded",
        reference=Reason.IDENTITY,
        context=[where, *(f"demanded: {each}" for each in candidate.identities)],
    )


def _unavailable(candidate: Candidate, url: str, reason: Reason, detail: str) -> XpipError:
    return branch_for(reason)(
        f"The provenance of {candidate.file.filename} could not be fetched: {detail}",
        reference=reason,
        context=[url],
    )
