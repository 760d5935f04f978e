"""What may be chosen for a project: candidates, what is installed, and in which order.

Meets projects: every finding, and every file that would have been chosen and may not be, is
noted when the resolver comes to it, so that abandoned branches are accounted for too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate, Outage, Ruling
from xpip.core.dependencies import Dependency
from xpip.core.discovery import Discovery, Finding
from xpip.core.facts import InstalledDistribution, Unavailable
from xpip.core.ports import InstalledDistributions, Repositories
from xpip.core.resolution.request import Request
from xpip.core.resolution.terms import Choice
from xpip.core.selection import Option, Withheld
from xpip.errors import XpipError

Chosen = Candidate | InstalledDistribution

OnMet = Callable[[NormalizedName], None]
"""Told of each project when the resolver first meets it."""


class Stopped(Exception):
    """Answers are missing; never leaves `xpip.core.resolution`."""

    def __init__(self, outages: Iterable[Outage] = (), failures: Iterable[XpipError] = ()) -> None:
        super().__init__()
        self.outages = tuple(outages)
        self.failures = tuple(failures)


class Chooser:
    """Offers the distributions of projects, best first."""

    def __init__(
        self,
        request: Request,
        *,
        discovery: Discovery,
        repositories: Repositories,
        installed: InstalledDistributions,
        on_met: OnMet,
    ) -> None:
        self._request = request
        self._discovery = discovery
        self._repositories = repositories
        self._installed = installed
        self._on_met = on_met
        self.findings: dict[NormalizedName, Finding] = {}
        self.withheld: dict[str, Withheld] = {}

    def offers(
        self,
        project: NormalizedName,
        specifier: SpecifierSet,
        exact: Sequence[Choice] = (),
        passing_over: int = 0,
    ) -> Iterator[Chosen]:
        """What satisfies the specifier; with `exact`, only the distribution that these extend.

        Args:
            passing_over: releases that need not be offered, as `Selection.matching` has it.

        Raises:
            Stopped: a repository that may speak for the project gave no usable answer.
        """
        direct = self._request.direct.get(project)
        if exact:
            yield from _agreed(exact, specifier)
            return
        if direct is not None:
            # The user's own word for where the project is: no repository is asked for it.
            if specifier.contains(direct.version, prereleases=True):
                yield direct
            return
        for option in self._in_order(project, specifier, passing_over):
            if isinstance(option, Withheld):
                # Whoever looks beyond it would have chosen it.
                self.withheld[option.rejection.filename] = option
            else:
                yield option

    def in_range(
        self, project: NormalizedName, specifier: SpecifierSet, exact: Sequence[Choice] = ()
    ) -> Iterator[Chosen]:
        """All that may come to be offered, once others too have said what they need.

        One more requirement can name a pre-release (PEP 440) or pin what was yanked (PEP 592).

        Raises:
            Stopped: as for `offers`.
        """
        yield from self.offers(project, specifier, exact)
        if exact or project in self._request.direct:
            return
        installed = self._usable_installed(project, specifier)
        for option in self._find(project).selection.in_range(specifier):
            if isinstance(option, Candidate) and not (
                installed and installed.version == option.version
            ):
                yield option

    def release_of(self, chosen: Chosen) -> tuple[int, tuple[Candidate, ...]]:
        """The place of a candidate's release among all of its project, and what it offers.

        Nothing where it offers something that is refused: that is to be noted each time.
        """
        finding = self.findings.get(chosen.project)
        place = finding.selection.place_of(chosen.version) if finding else None
        if finding is None or place is None:
            return 0, ()
        options = finding.selection.release(chosen.version).options
        candidates = tuple(each for each in options if isinstance(each, Candidate))
        return place, candidates if len(candidates) == len(options) else ()

    def _in_order(
        self, project: NormalizedName, specifier: SpecifierSet, passing_over: int
    ) -> Iterator[Option | InstalledDistribution]:
        installed = self._usable_installed(project, specifier)
        options = self._options(project, specifier, passing_over)
        if installed is None:
            yield from options
        elif project in self._request.upgrade:
            yield from _among(installed, options)
        else:
            yield installed
            for option in options:
                if option.version != installed.version:
                    yield option

    def _options(
        self, project: NormalizedName, specifier: SpecifierSet, passing_over: int
    ) -> Iterator[Option]:
        selection = self._find(project).selection
        preferred = self._request.preferred.get(project)
        if preferred is None:
            yield from selection.matching(specifier, passing_over)
        else:
            yield from selection.preferring(preferred, specifier, passing_over)

    def _find(self, project: NormalizedName) -> Finding:
        finding = self._met(project)
        outages = tuple(_outages(finding))
        if outages:
            raise Stopped(outages)
        return finding

    def _met(self, project: NormalizedName) -> Finding:
        if project not in self.findings:
            self._on_met(project)
            self.findings[project] = self._discovery.find(project)
        return self.findings[project]

    def meet(self, dependencies: Iterable[Dependency]) -> None:
        """Judge all of these projects, before any of them can decide that others are not needed.

        Else the order of requirements would decide which conflicts and outages are seen.
        """
        outages: list[Outage] = []
        for dependency in dependencies:
            # Whoever was met is known to be there: the run goes on after an outage of nobody.
            is_met = dependency.project in self.findings
            if not is_met and dependency.url is None and not self.is_settled(dependency):
                outages += _outages(self._met(dependency.project))
        if outages:
            raise Stopped(outages)

    def _usable_installed(
        self, project: NormalizedName, specifier: SpecifierSet
    ) -> InstalledDistribution | None:
        if self._request.reinstall:
            return None
        installed = self._installed.find(project)
        if installed and specifier.contains(installed.version, prereleases=True):
            return installed
        return None

    def is_settled(self, dependency: Dependency) -> bool:
        """Whether nobody has to be asked: what is installed will do, or the user gave a place."""
        if dependency.project in self._request.direct:
            return True
        return (
            dependency.project not in self._request.upgrade
            and self._usable_installed(dependency.project, dependency.specifier) is not None
        )


def _agreed(
    exact: Sequence[Choice], specifier: SpecifierSet
) -> Iterator[Candidate | InstalledDistribution]:
    """The one distribution that every extra of a project extends, if it is in range too."""
    chosen = exact[0].chosen
    same = all(other.chosen is chosen for other in exact)
    if same and specifier.contains(chosen.version, prereleases=True):
        yield chosen


def _outages(finding: Finding) -> Iterator[Outage]:
    if finding.verdict.ruling is Ruling.UNAVAILABLE:
        for answer in finding.verdict.evidence:
            if isinstance(answer, Unavailable):
                yield Outage(project=finding.project, answer=answer)


def _among(
    installed: InstalledDistribution, options: Iterator[Option]
) -> Iterator[Option | InstalledDistribution]:
    """Newest first; what is installed stands for its own version."""
    placed = False
    for option in options:
        if not placed and option.version <= installed.version:
            placed = True
            yield installed
        if option.version != installed.version:
            yield option
    if not placed:
        yield installed
