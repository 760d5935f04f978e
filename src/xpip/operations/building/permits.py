"""May this place be taken? Asked before anything of it is fetched, and before its code is run."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.direct_objections import direct_objection
from xpip.core.direct_requests import DirectRequest
from xpip.core.facts import Hash
from xpip.core.policy import RepositoryMap
from xpip.core.urls import is_exposed
from xpip.errors import PolicyError, Reason, UsageError


class Permit(Struct, frozen=True, kw_only=True):
    """A place, and what it is held to.

    Attributes:
        rule: who named it, and where.
        known: hashes of which the archive must have one; None if none are given.
        trusted_hosts: hosts from which it may be taken without encryption.
    """

    request: DirectRequest
    rule: str
    known: frozenset[Hash] | None
    mapping: RepositoryMap | None
    trusted_hosts: Collection[str]

    def check(self, project: NormalizedName | None) -> None:
        """Be sure that it may be asked for, and that an enforced rule lets the project be there.

        Args:
            project: None as long as nothing tells it.

        Raises:
            UsageError: `insecure-repository`: anyone on the way could change it.
            PolicyError: `direct-denied`.
        """
        if is_exposed(self.request.url, self.trusted_hosts):
            raise self._exposed()
        if project is None:
            return
        has_hash = bool(self.request.hashes) or self.known is not None
        objection = direct_objection(project, self.request, self.mapping, has_hash=has_hash)
        if objection is not None:
            raise PolicyError(
                f"{self.request} may not be taken from there",
                reference=Reason.DIRECT_DENIED,
                context=[self.rule, objection],
            )

    def check_build(self, claimed: NormalizedName | None) -> None:
        """Be sure that its build may run, which is its authors' code.

        Args:
            claimed: what the sources call themselves, as far as nothing has to be run for that.

        Raises:
            PolicyError: `direct-denied`.
        """
        project = self.request.project or claimed
        if project is None and self.mapping is not None and self.mapping.enforced:
            raise PolicyError(
                f"{self.request} does not say which project it is",
                reference=Reason.DIRECT_DENIED,
                context=[self.rule, "rules are enforced, and only a build could tell"],
                hint=f"Name it: 'NAME @ {self.request}'",
            )
        self.check(project)

    def _exposed(self) -> UsageError:
        host = urlsplit(self.request.url).hostname
        return UsageError(
            f"{self.request} is not encrypted: anyone on the way can change what comes",
            reference=Reason.INSECURE_REPOSITORY,
            context=[self.rule],
            hint=f"Use https://, or allow it with --trusted-host {host}.",
        )
