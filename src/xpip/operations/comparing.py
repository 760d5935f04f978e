"""`xpip list --outdated`: what today's policy admits, beside what is installed; no resolution."""

from __future__ import annotations

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.decisions import Candidate
from xpip.core.discovery import Discovery
from xpip.core.outdated import Comparison, Standing, compare
from xpip.core.reporting.notices import Notice, suspects
from xpip.edge.config import Options
from xpip.operations.asking import World, asking
from xpip.operations.configuring import configured
from xpip.operations.inspecting import Held, Looked, Looking, look
from xpip.operations.surroundings import Surroundings


class Compared(Struct, frozen=True, kw_only=True):
    """How all that an environment holds compares with what could be had."""

    looked: Looked
    comparisons: tuple[Comparison, ...]
    notices: tuple[Notice, ...]

    @property
    def is_unavailable(self) -> bool:
        """Whether a repository gave no usable answer."""
        return any(each.standing is Standing.UNAVAILABLE for each in self.comparisons)


def compare_all(told: Looking, options: Options, around: Surroundings) -> Compared:
    """Compare every distribution with the newest candidate of its project.

    What came from a place of its own (PEP 610) is asked of no repository: its name may be
    nobody's business.

    Raises:
        XpipError: the options, the mapping file or the environment cannot be used.
    """
    settings = configured(options, around)
    looked = look(told, around)
    with asking(settings, around) as world:
        discovery = Discovery(
            world.repositories, policy=settings.policy, target=looked.environment.target
        )
        _ask_ahead(looked, discovery, world)
        comparisons = []
        for held in looked.held:
            around.observer.resolving(held.distribution.project)
            comparisons.append(
                compare(
                    held.distribution, discovery.find(held.distribution.project), settings.policy
                )
                if held.direct is None
                else Comparison(distribution=held.distribution, standing=Standing.DIRECT)
            )
        found = [discovery.find(each.distribution.project) for each in _by_name(looked)]
        doubts = suspects(found, world.logged_in(settings.policy))
        return Compared(
            looked=looked,
            comparisons=tuple(comparisons),
            notices=(*settings.notices, *looked.notices, *doubts),
        )


def _ask_ahead(looked: Looked, discovery: Discovery, world: World) -> None:
    world.repositories.listen(_AskingOn(discovery))
    for held in _by_name(looked):
        discovery.advance(held.distribution.project)


def _by_name(looked: Looked) -> list[Held]:
    return [held for held in looked.held if held.direct is None]


class _AskingOn:
    """Goes on to the next repository of a name's routing as soon as one has answered."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery

    def about_to_wait(self) -> None:
        """Nothing: all were asked for at once."""

    def page_arrived(self, project: NormalizedName) -> None:
        """Ask the next one, if the routing has one."""
        self._discovery.advance(project)

    def metadata_arrived(self, candidate: Candidate) -> None:
        """Nothing: no metadata is asked for."""
