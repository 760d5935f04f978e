"""Which identifier is settled next. It changes how long resolution takes, never what is allowed.

The order is pip's: what is pinned or bounded first, then what the user named first, then by
name; what keeps failing comes forward.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from xpip.core.resolution.terms import BOUNDED_ABOVE, PINNED, Identifier, VersionRequirement

if TYPE_CHECKING:
    from resolvelib.structs import RequirementInformation

    from xpip.core.resolution.terms import AnyRequirement, Choice

    Information = RequirementInformation[AnyRequirement, Choice]

Preference = tuple[bool, bool, bool, float, bool, str]

_CONFLICTS_TO_PROMOTE = 5


class Preferences:
    """Remembers which identifiers keep failing, and ranks all of them."""

    def __init__(self, user_order: Mapping[Identifier, int]) -> None:
        self._user_order = user_order
        self._conflicts: Counter[Identifier] = Counter()

    def rank(self, identifier: Identifier, information: Iterable[Information]) -> Preference:
        """Sort key of one identifier; the smallest is settled next."""
        tightness = 0
        for requirement, _ in information:
            if isinstance(requirement, VersionRequirement):
                tightness |= requirement.tightness
        return (
            not self.keeps_failing(identifier),
            not tightness & PINNED,
            not tightness & BOUNDED_ABOVE,
            self._user_order.get(identifier, float("inf")),
            not tightness,
            identifier,
        )

    def keeps_failing(self, identifier: Identifier) -> bool:
        """Whether it has failed often enough to come forward."""
        return self._conflicts.get(identifier, 0) >= _CONFLICTS_TO_PROMOTE

    def narrow(
        self,
        identifiers: Iterable[Identifier],
        resolutions: Mapping[Identifier, Choice],
        causes: Sequence[Information],
    ) -> Iterable[Identifier]:
        """The identifiers worth ranking now: what failed last, else all."""
        candidates = list(identifiers)
        if not causes:
            return candidates
        failed = {requirement.identifier for requirement, _ in causes}
        failed |= {parent.identifier for _, parent in causes if parent is not None}
        for identifier in failed:
            if identifier not in resolutions:
                self._conflicts[identifier] += 1
        return [identifier for identifier in candidates if identifier in failed] or candidates
