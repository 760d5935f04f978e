"""From what is asked for to a resolution that stands: what every command that resolves shares.

Gather, configure, open the world, look at places, resolve. What becomes of the resolution is
each command's own story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate, Resolution
from xpip.core.declarations import DeclaredRequirement
from xpip.core.dependencies import Dependencies
from xpip.core.direct_requests import DirectRequest
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import Answer, Repository
from xpip.core.policy import Policy, Target
from xpip.core.ports import InstalledDistributions, Repositories
from xpip.core.reporting.notices import Notice, notices_of
from xpip.core.reporting.refusals import errors_of
from xpip.core.resolution import Attempt, Request, resolve
from xpip.core.selection import CandidateKey
from xpip.edge.environment import Environment
from xpip.errors import SeveralErrors, XpipError
from xpip.operations.asked import Asked, Read
from xpip.operations.asking import World, asking
from xpip.operations.building import Sources, build_options, workshop
from xpip.operations.installation import named
from xpip.operations.surroundings import Surroundings
from xpip.operations.wanted import to_request, with_known_hashes


class Resolved(Struct, frozen=True, kw_only=True):
    """A resolution, and what should be known of how it came about."""

    resolution: Resolution
    attempt: Attempt
    notices: tuple[Notice, ...]


class Resolver(Struct, frozen=True, kw_only=True):
    """The world, open for one run; `request` is what is asked of it.

    Attributes:
        sources: fetches, and builds.
    """

    request: Request
    policy: Policy
    target: Target
    sources: Sources
    _declared: tuple[DeclaredRequirement, ...]
    _asked: Asked
    _world: World
    _around: Surroundings
    _made: dict[CandidateKey, Candidate] = field(default_factory=dict)

    def on(self, target: Target, declared: Sequence[DeclaredRequirement] | None = None) -> Resolver:
        """The same world, for another machine: pages and metadata are asked for once.

        Args:
            target: the machine.
            declared: what is asked for, if not all of it.

        Raises:
            XpipError: a place may not be taken, is not there, or cannot be built.
        """
        applying = Dependencies(target)
        wanted = [
            each
            for each in (self._declared if declared is None else declared)
            if applying.admits(each.marker)
        ]
        request = replace(
            to_request(wanted, self.policy, self.sources),
            direct_allowed=named(self._asked.allow_direct),
            no_dependencies=self._asked.no_deps,
        )
        return replace(self, target=target, request=request)

    def resolve(self, request: Request, installed: InstalledDistributions) -> Resolved:
        """Everything that the request needs.

        Args:
            request: this run's, with what the command adds to it.
            installed: what may stay as it is.

        Raises:
            XpipError: there is no such set of files, or it is refused, or cannot be known.
        """
        attempt = self.attempt(request, installed)
        error = self.error_of(attempt)
        if error is not None:
            raise error
        assert isinstance(attempt.outcome, Resolution)  # anything else is an error
        return Resolved(
            resolution=attempt.outcome, attempt=attempt, notices=self.notices_of(attempt)
        )

    def look_in(self, directory: Path) -> None:
        """Need not fetch what lies in this directory already."""
        self._world.fetcher.look_in(directory)

    def attempt(self, request: Request, installed: InstalledDistributions) -> Attempt:
        """How the resolution ends, whether it may be used or not."""
        with self._around.stage("resolving"):
            return resolve(
                request,
                discovery=self._discovery(),
                repositories=self._repositories(),
                installed=installed,
                target=self.target,
                on_met=self._around.observer.resolving,
            )

    def find(self, project: NormalizedName) -> Finding:
        """What is found of one project, whoever needs it."""
        return self._discovery().find(project)

    def find_all(self, projects: Sequence[NormalizedName]) -> tuple[Finding, ...]:
        """What is found of each, asked together; nothing that they need is looked at."""
        discovery = self._discovery()
        for project in projects:
            discovery.advance(project)
        return tuple(map(discovery.find, projects))

    def pages(self, wanted: Sequence[tuple[Repository, NormalizedName]]) -> tuple[Answer, ...]:
        """What repositories say, asked together; the caller knows that the names may go there."""
        for repository, project in wanted:
            self._world.repositories.prefetch_page(repository, project)
        return tuple(self._world.repositories.page(*each) for each in wanted)

    def error_of(self, attempt: Attempt) -> XpipError | None:
        """Everything that keeps an attempt from being used; None if nothing does."""
        logged_in = self._world.logged_in(self.policy)
        errors = errors_of(attempt, self.policy, self.target, logged_in)
        if len(errors) > 1:
            return SeveralErrors(errors)
        return errors[0] if errors else None

    def notices_of(self, attempt: Attempt) -> tuple[Notice, ...]:
        """What should be known of an attempt that may be used; of any other, the error tells."""
        if not isinstance(attempt.outcome, Resolution):
            return ()
        logged_in = self._world.logged_in(self.policy)
        return notices_of(attempt, attempt.outcome.pins, logged_in)

    def _discovery(self) -> Discovery:
        made = Discovery(
            self._repositories(), policy=self.policy, target=self.target, made=self._made
        )
        return self._around.timed("judging", made, "find", "advance")

    def _repositories(self) -> Repositories:
        waits = ("page", "first_page", "metadata", "direct")
        return self._around.timed("asking", self._world.repositories, *waits)


@contextmanager
def resolving(
    given: Read, environment: Environment, around: Surroundings, *, into: Path | None = None
) -> Iterator[Resolver]:
    """Open the world, and look at the places that are asked for.

    Args:
        given: what is asked for.
        environment: what is chosen, and built, for.
        around: where the run takes place.
        into: a directory for files, in place of an environment: what is there already need not be
            fetched, and nothing can be editable there.

    Raises:
        XpipError: a place may not be taken, is not there, or cannot be built.
    """
    declared = given.gathered.applying(environment.target)
    if into is not None:
        declared = _not_editable(declared)
    with opened(given, declared, environment, around) as resolver:
        if into is not None:
            resolver.look_in(into)
        yield resolver.on(environment.target)


@contextmanager
def opened(
    given: Read,
    declared: tuple[DeclaredRequirement, ...],
    environment: Environment,
    around: Surroundings,
) -> Iterator[Resolver]:
    """Open the world; nothing is asked of it until `on` says for which machine.

    Args:
        given: what is asked for, and how.
        declared: as much of it as counts, for any machine.
        environment: what is built in, and for.
        around: where the run takes place.

    Raises:
        UsageError: a file with limits for builds is not valid.
    """
    policy = with_known_hashes(given.settings.policy, declared)
    settings = replace(given.settings, policy=policy)
    builds = build_options(given.asked.builds, given.gathered.options, environment.target, around)
    with (
        asking(settings, around) as world,
        workshop(world, settings, environment, builds, around) as sources,
    ):
        yield Resolver(
            request=Request(dependencies=()),
            policy=policy,
            target=environment.target,
            sources=sources,
            _declared=declared,
            _asked=given.asked,
            _world=world,
            _around=around,
        )


def _not_editable(declared: Iterable[DeclaredRequirement]) -> tuple[DeclaredRequirement, ...]:
    return tuple(
        replace(each, wanted=replace(each.wanted, editable=False))
        if isinstance(each.wanted, DirectRequest)
        else each
        for each in declared
    )
