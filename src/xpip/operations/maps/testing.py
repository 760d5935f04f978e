"""`xpip map test`: route names as `install` would, and ask nobody."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from xpip.core.decisions import Routing
from xpip.core.policy import Policy
from xpip.core.reporting.notices import Notice
from xpip.core.routing import route
from xpip.edge.config import Options
from xpip.errors import Reason, UsageError
from xpip.operations.configuring import configured
from xpip.operations.surroundings import Surroundings


class Tested(Struct, frozen=True, kw_only=True):
    """Where names are routed, each once, in the order in which they were given."""

    policy: Policy
    routings: tuple[Routing, ...]
    notices: tuple[Notice, ...]

    @property
    def refused(self) -> bool:
        """Whether a name is refused without anybody being asked for it."""
        return any(routing.closed and not routing.stages for routing in self.routings)


def test(names: tuple[str, ...], *, options: Options, around: Surroundings) -> Tested:
    """Route these names.

    Raises:
        UsageError: one of them is no project name, or the mapping file cannot be loaded.
        AvailabilityError: a file that it extends by URL cannot be had.
    """
    settings = configured(options, around)
    routings = (route(name, settings.policy) for name in dict.fromkeys(_normalized(names)))
    return Tested(policy=settings.policy, routings=tuple(routings), notices=settings.notices)


def _normalized(names: tuple[str, ...]) -> Iterator[NormalizedName]:
    for name in names:
        try:
            yield canonicalize_name(name, validate=True)
        except InvalidName:
            raise UsageError(
                f"{name!r} is not the name of a project",
                reference=Reason.USAGE,
                hint="Names alone, without versions and extras: rules go by name.",
            ) from None
