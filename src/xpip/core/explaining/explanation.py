"""What there is to say of one name's decision: values only, in the order of the stages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.continuity import OriginChange
from xpip.core.decisions import Candidate, Rejection, RejectionReason, Verdict
from xpip.core.direct_requests import DirectRequest
from xpip.core.discovery import Finding
from xpip.core.facts import Answer, File, InstalledDistribution
from xpip.core.policy import MappingRule, Policy, RepositoryGroup
from xpip.core.selection import Withheld
from xpip.core.values import Abridged
from xpip.core.what_if import Consequence
from xpip.errors import XpipError


class Considered(Struct, frozen=True, kw_only=True):
    """A rule of the mapping file that was looked at for the name."""

    rule: MappingRule
    pattern: str | None
    """What matched; None where nothing did."""
    enforced: bool = False


class Heard(Struct, frozen=True, kw_only=True):
    """What one group's mirrors said, and whether its files count.

    Attributes:
        answers: of the mirrors that were asked, in that order.
        admitted: whether its files may be chosen.
        passed_on: whether its rule passed the name on, because none of its files can be used.
        unsaid: what its page does not say: hashes, sizes, upload-times, status.
    """

    group: RepositoryGroup
    rule: str
    answers: tuple[Answer, ...]
    admitted: bool
    passed_on: bool = False
    unsaid: tuple[str, ...] = ()


class Demand(Struct, frozen=True, kw_only=True):
    """A requirement on the project; by None where the user makes it."""

    requirement: str
    specifier: SpecifierSet
    by: str | None = None


class PassedOver(Struct, frozen=True, kw_only=True):
    """A version that was not chosen, and why."""

    version: Version
    why: str


class Locked(Struct, frozen=True, kw_only=True):
    """What a lock says of a project, and what speaks against it.

    Attributes:
        place: the lock and the entry's key path.
        version: None where only the sources of a place tell it.
        index: which repository it says that the file is from.
        file: what it says of the file.
        reference: in place of a file: the place that it names.
        unproven: why it does not show where the file comes from, if so.
        asks_page: whether an installation asks its page as well.
        error: what an installation would end with because of it.
    """

    place: str
    version: Version | None
    index: str | None = None
    file: File | None = None
    reference: DirectRequest | None = None
    unproven: str | None = None
    asks_page: bool = False
    error: XpipError | None = None


class Explanation(Abridged, frozen=True, kw_only=True):
    """Everything about one name's decision, in the order of the stages.

    Attributes:
        finding: what was found, as it decided.
        policy: what it was held to.
        locked: what a lock says of it, where one decides.
        considered: rules looked at, up to the last that matched.
        heard: every group asked, in order.
        unasked: groups in use that were not asked, because nothing sends the name there.
        withheld: the file that would have been chosen, had a rule not refused it.
        chosen: the file; None where none may be chosen.
        settled: whether the run came to files that may be installed: if not, `chosen` is what it
            would have been, or the best by what the user asks of this project alone.
        needed: whether anything asked for needs it: if not, it is explained as if asked for.
        path: who needs it, from what the user asked for down to the project.
        demands: the requirements on it.
        passed_over: versions newer than the chosen one.
        inquired: the version of which the user wants to know why not.
        installed: what the environment holds today.
        change: where taking it would break with where it came from.
        consequences: what would follow if repositories said otherwise.
    """

    unshown: ClassVar = ("finding", "policy")

    project: NormalizedName
    finding: Finding
    policy: Policy
    locked: Locked | None = None
    considered: tuple[Considered, ...] = ()
    heard: tuple[Heard, ...] = ()
    unasked: tuple[RepositoryGroup, ...] = ()
    withheld: Withheld | None = None
    chosen: Candidate | None = None
    settled: bool = True
    needed: bool = True
    path: tuple[NormalizedName, ...] = ()
    demands: tuple[Demand, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    inquired: PassedOver | None = None
    installed: InstalledDistribution | None = None
    change: OriginChange | None = None
    consequences: tuple[Consequence, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The ruling and its step."""
        return self.finding.verdict

    @property
    def is_taken(self) -> bool:
        """Whether a file is chosen, or a lock's place may be taken."""
        return self.chosen is not None or self.is_placed_by_lock

    @property
    def is_placed_by_lock(self) -> bool:
        """Whether it is taken from a place that a lock names, which is not looked at."""
        locked = self.locked
        return locked is not None and locked.reference is not None and locked.error is None

    @property
    def version(self) -> Version | None:
        """What is taken, as far as it is known."""
        if self.chosen is not None:
            return self.chosen.version
        return self.locked.version if self.locked and self.is_placed_by_lock else None

    @property
    def rejections(self) -> tuple[tuple[RejectionReason, int, Rejection], ...]:
        """The files passed over, counted by reason, with an example each; looks at every file."""
        return counted(self.finding.selection.rejections())


def counted(
    rejections: Sequence[Rejection],
) -> tuple[tuple[RejectionReason, int, Rejection], ...]:
    """How often each reason was given, the commonest first, and its first example."""
    counts = Counter(each.reason for each in rejections)
    first = {each.reason: each for each in reversed(rejections)}
    return tuple((reason, count, first[reason]) for reason, count in counts.most_common())
