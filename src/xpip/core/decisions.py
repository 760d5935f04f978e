"""What xpip concludes, stage by stage: routing, verdict, rejections, candidates, pins.

Every value carries its reason, so that no later stage has to guess it again: an `Origin`
rides on each candidate from the judge to the report and into the environment.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from xpip.core.direct_requests import DirectRequest
from xpip.core.facts import (
    Answer,
    CoreMetadata,
    File,
    Hash,
    InstalledDistribution,
    ProjectPage,
    Unavailable,
)
from xpip.core.names import NormalizedName
from xpip.core.policy import Identity, MappingRule, RepositoryGroup, Target
from xpip.core.values import Abridged
from xpip.errors import XpipError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version


class Ruling(StrEnum):
    """Why the pages found may, or may not, be one namespace."""

    ROUTED = "routed"
    """The user's mapping file says which repositories speak for it."""
    SOLE = "sole"
    """One remote repository has files."""
    LOCAL = "local"
    """Only local directories have files."""
    SAME_PAGE = "same-page"
    """Several repositories ended on one page (PEP 708, by redirect)."""
    KNOWN_HASHES = "known-hashes"
    """Every file is one whose hash the user or a lock gives."""
    TRACKED = "tracked"
    """PEP 708 `tracks` links all of them."""
    ALTERNATE = "alternate"
    """PEP 708 `alternate-locations` of all of them agree."""
    DIRECT = "direct"
    """The user named the place itself, and no repository was asked."""
    LOCKED = "locked"
    """A lock names the file, and its repository is one that may speak for it."""
    UNPROVEN = "unproven"
    """A lock names the file, and nothing but its hash vouches for it."""
    UNSAFE_MERGE = "unsafe-merge"
    """The user merged them for this run."""
    ABSENT = "absent"
    """Every repository asked says no, or has no files."""
    CONFLICT = "conflict"
    """Several unlinked repositories have files."""
    NO_RULE = "no-rule"
    """No rule of the mapping file speaks of it."""
    DENIED = "denied"
    """A rule of the mapping file lets nobody speak for it."""
    QUARANTINED = "quarantined"
    """A repository holds the name in quarantine (PEP 792)."""
    UNAVAILABLE = "unavailable"
    """A repository gave no usable answer."""

    @property
    def admits(self) -> bool:
        """Whether files may be chosen under this ruling."""
        return self not in _CLOSED


FROM_LOCK = frozenset({Ruling.LOCKED, Ruling.UNPROVEN})
"""Rulings on files that a lock names: their pages need not have been asked."""
REFUSED = frozenset({Ruling.CONFLICT, Ruling.NO_RULE, Ruling.DENIED, Ruling.QUARANTINED})
"""Rulings that end a run as refused, whatever else it finds."""
_CLOSED = REFUSED | {Ruling.ABSENT, Ruling.UNAVAILABLE}


class Stage(Struct, frozen=True, kw_only=True):
    """Groups that are asked together.

    Attributes:
        rule: what routed the name here, with its place, fit to print.
        declared: whether the user says that these groups are one namespace for this name.
        enforced: whether the rule holds whatever options say.
        narrowing: rules of later files, a row for each file: they may drop groups and add
            demands, and change nothing about who is asked and how the answers are judged.
    """

    groups: tuple[RepositoryGroup, ...]
    rule: str
    mapping_rule: MappingRule | None = None
    declared: bool = False
    enforced: bool = False
    narrowing: tuple[tuple[MappingRule, ...], ...] = ()

    def rules_for(self, group: RepositoryGroup) -> tuple[MappingRule, ...]:
        """The rules whose demands the files of a group have to meet."""
        narrowing = (_listing(row, group) for row in self.narrowing)
        return tuple(rule for rule in (self.mapping_rule, *narrowing) if rule is not None)

    def drops(self, group: RepositoryGroup) -> bool:
        """Whether a later file takes no files from this group."""
        return any(_listing(row, group) is None for row in self.narrowing)


def _listing(row: tuple[MappingRule, ...], group: RepositoryGroup) -> MappingRule | None:
    return next((rule for rule in row if group in rule.groups), None)


class Routing(Struct, frozen=True, kw_only=True):
    """Which groups may speak for a name, and what said so.

    Attributes:
        stages: asked in turn; the next only when every group of one lacks the name.
        closed: what becomes of the name where no stage has it, if that is not plain absence.
        explanation: the place and words of what closed it.
    """

    project: NormalizedName
    stages: tuple[Stage, ...] = ()
    closed: Ruling | None = None
    explanation: str = ""

    @property
    def groups(self) -> tuple[RepositoryGroup, ...]:
        """All groups that may come to be asked, in order."""
        return tuple(group for stage in self.stages for group in stage.groups)


class Verdict(Struct, frozen=True, kw_only=True):
    """The judgement on one name: the pages admitted, and all answers as evidence."""

    project: NormalizedName
    ruling: Ruling
    admitted: tuple[ProjectPage, ...]
    evidence: tuple[Answer, ...]
    explanation: str
    """The step that decided, in words."""


class RejectionReason(StrEnum):
    """Why one file was passed over: a closed list."""

    NAME = "name"
    FORMAT = "format"
    TAGS = "tags"
    PYTHON = "python"
    HASH = "hash"
    YANKED = "yanked"
    PRERELEASE = "prerelease"
    SDIST_DENIED = "sdist-denied"
    BINARY_DENIED = "binary-denied"
    COOLDOWN = "cooldown"
    NO_UPLOAD_TIME = "no-upload-time"
    HASH_MISSING = "hash-missing"
    IDENTITY = "identity"
    THRESHOLD = "threshold"
    HASH_CONFLICT = "hash-conflict"
    FILE_HOST_FOREIGN = "file-host-foreign"


class Rejection(Struct, frozen=True, kw_only=True):
    """One file passed over, with its reason."""

    filename: str
    reason: RejectionReason
    detail: str = ""


class Origin(Struct, frozen=True, kw_only=True):
    """Which repository, page, rule and ruling let a file in."""

    group: str
    repository: str
    """The group's canonical URL."""
    page_url: str
    rule: str
    ruling: Ruling


class Candidate(Struct, frozen=True, kw_only=True, eq=False):
    """One file that may be chosen. Compared by identity: a run makes each only once."""

    project: NormalizedName
    version: Version
    file: File
    origin: Origin
    on_foreign_host: bool = False
    """Whether it lies where neither the user nor xpip knows its repository to keep files."""
    identities: tuple[Identity, ...] = ()
    """Publishers that must have attested it (PEP 740)."""
    known_hashes: frozenset[Hash] | None = None
    """Of which it must have one; None where no hash is given for its project."""
    reference: DirectRequest | None = None
    """The place that was asked for, where no repository was."""
    commit: str | None = None
    """What lay there at the time, where the place is one of version control."""

    @property
    def is_source(self) -> bool:
        """Whether it is no wheel of a repository: sources, or whatever lies at a place."""
        return self.reference is not None or not self.file.is_wheel


class Pin(Struct, frozen=True, kw_only=True):
    """One project of the solution, as a file to install or as it already is."""

    chosen: Candidate | InstalledDistribution
    metadata: CoreMetadata
    extras: frozenset[NormalizedName] = frozenset()
    required_by: tuple[NormalizedName, ...] = ()
    requested: bool = False
    """Whether the user named it, rather than another project's metadata."""

    @property
    def project(self) -> NormalizedName:
        """The project pinned."""
        return self.chosen.project

    @property
    def version(self) -> Version:
        """The version pinned."""
        return self.chosen.version


class Resolution(Abridged, frozen=True, kw_only=True):
    """A set of pins that satisfies the request, sorted by name. Equal inputs, equal values."""

    unshown: ClassVar = ("target",)

    pins: tuple[Pin, ...]
    target: Target


class Cause(Struct, frozen=True, kw_only=True):
    """One requirement that could not be met together with the others."""

    requirement: str
    required_by: str | None
    """Name and version of what asks for it; None for the user."""
    project: NormalizedName | None
    """None for the interpreter, or for metadata that cannot be used."""
    specifier: SpecifierSet | None
    hopeless: bool = False
    """Whether nothing satisfies it, whatever else is asked for."""


class Impasse(Struct, frozen=True, kw_only=True):
    """No set of pins satisfies the request, and why."""

    causes: tuple[Cause, ...]


class Outage(Struct, frozen=True, kw_only=True):
    """A project for which a repository gave no usable answer."""

    project: NormalizedName
    answer: Unavailable


class Interruption(Struct, frozen=True, kw_only=True):
    """Answers that are needed to go on could not be had, or sources could not be built."""

    outages: tuple[Outage, ...]
    failures: tuple[XpipError, ...] = ()


class DirectReference(Struct, frozen=True, kw_only=True):
    """A URL that a distribution's metadata asks for; refused, because no repository vouches."""

    project: NormalizedName
    url: str
    required_by: str
    beyond_reach: bool = False
    """Whether it names this machine's disk, and did not come from there."""
