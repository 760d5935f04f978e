"""What the user says: which repositories may be asked, what may be chosen, and for which target.

`edge.config` makes these values out of options, variables and files; the core only obeys
them. Every repository group knows where it was declared, so that a report can say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct, field
from packaging.version import Version

from xpip.core.facts import Hash, ProjectStatus, Repository
from xpip.core.names import NormalizedName
from xpip.core.patterns import Pattern
from xpip.core.urls import WebOrigin
from xpip.core.values import Abridged, Alike

ABSENT_STATUS = frozenset({404, 410})
"""RFC 9110: Not Found and Gone; every other status is a failure to answer."""


class FileHost(Struct, frozen=True, kw_only=True):
    """A web origin, and the beginning of the paths below it that count."""

    origin: WebOrigin
    path: str = "/"


class Auth(StrEnum):
    """Whether a group is asked with credentials."""

    OPTIONAL = "optional"
    REQUIRED = "required"
    NEVER = "never"


class PageFormat(StrEnum):
    """Which formats of project pages a group is asked for and believed in."""

    AUTO = "auto"
    JSON = "json"
    HTML = "html"


class IndexOrder(StrEnum):
    """PEP 766: how the groups that may speak for a name are ordered."""

    VERSION = "version"
    """All files together; the best version wins."""
    INDEX = "index"
    """By name: the first group that has the project is the only one."""


class Merge(StrEnum):
    """What a rule says of its groups, for every name that it matches."""

    DECLARED = "declared"
    """They are one namespace, because the user says so."""
    LINKED = "linked"
    """They are judged as without a mapping file."""


class RepositoryGroup(Struct, frozen=True, kw_only=True):
    """Repositories that the user declares to be mirrors of one another; the first is canonical.

    Attributes:
        declared_at: where the user said so: an option, a variable, or a file and line.
        file_hosts: web origins and paths, beyond its own, that its files may come from.
        absent_status: HTTP statuses by which it says that it lacks a project.
        trust_tracks: whether its operator's PEP 708 `tracks` are believed.
        page_format: which formats its pages may have; with JSON, `application/json` counts too.
        exclusive: whether names that it has are asked for nowhere else (local directories).
        discovered: whether it is declared by a mapping file found by walking up, which came with
            a checkout: its name is then no reason to send it a group's credentials.
    """

    name: str
    mirrors: tuple[Repository, ...]
    declared_at: str
    auth: Auth = Auth.OPTIONAL
    file_hosts: tuple[FileHost, ...] = ()
    absent_status: frozenset[int] = ABSENT_STATUS
    trust_tracks: bool = True
    page_format: PageFormat = PageFormat.AUTO
    exclusive: bool = False
    discovered: bool = False

    @property
    def canonical(self) -> Repository:
        """The mirror whose URL names the group in locks and reports."""
        return self.mirrors[0]

    @property
    def is_local(self) -> bool:
        """Whether the group lies on this machine's disk."""
        return self.canonical.is_local


class Identity(Alike, frozen=True, kw_only=True):
    """A PEP 740 publisher that must have attested a file: what its attestation has to claim.

    Attributes:
        declared_at: file and, where known, line; key path.
    """

    unshown: ClassVar = ("declared_at",)

    claims: tuple[tuple[str, str], ...]
    declared_at: str

    def __str__(self) -> str:
        claims = ", ".join(f"{name} {value}" for name, value in self.claims)
        return f"{claims} ({self.declared_at})"


class MappingRule(Struct, frozen=True, kw_only=True):
    """One `[[mapping]]` entry: which groups may speak for the names that it matches.

    Attributes:
        source: the file that it stands in, as shown.
        key_path: its place in the file, such as `mapping[3]`.
        declared_at: its file and, where known, line.
        terminating: whether no later rule is asked when all of its groups lack the name.
        merge: as the rule says; where it says nothing, its groups are one namespace only for
            names that it names literally.
        passes_unusable: whether the name is also passed on when none of its files can be used.
        threshold: how many of its groups have to list a file with one sha256 (TAP 4).
        cutoff: what `cooldown` means in this run.
        statuses: PEP 792 statuses that a project may have; None for all but quarantined.
        direct_allowed: whether direct references to these names may be followed.
    """

    source: str
    key_path: str
    declared_at: str
    patterns: tuple[Pattern, ...]
    groups: tuple[RepositoryGroup, ...]
    terminating: bool = True
    merge: Merge | None = None
    order: IndexOrder = IndexOrder.VERSION
    passes_unusable: bool = False
    threshold: int = 1
    cooldown: str | None = None
    cutoff: datetime | None = None
    no_upload_time_allowed: bool = False
    hashes_required: bool = False
    sdists_denied: bool = False
    statuses: frozenset[ProjectStatus] | None = None
    direct_allowed: bool = False
    identity: Identity | None = None
    reason: str | None = None

    def match(self, project: NormalizedName) -> Pattern | None:
        """The pattern that matches the name: the literal one, where there is one."""
        matching = [pattern for pattern in self.patterns if pattern.matches(project)]
        return min(matching, key=lambda pattern: not pattern.is_literal, default=None)


class EnforcedLayer(Struct, frozen=True, kw_only=True):
    """The rules of one file that hold whatever other files, options and variables say."""

    source: str
    rules: tuple[MappingRule, ...]
    discovered: bool = False


class RepositoryMap(Struct, frozen=True, kw_only=True):
    """The mapping files in force: their groups, and their rules in order.

    Attributes:
        source: the file in force, as shown; or what stands for it.
        rules: of that file, then of those that it extends; enforced ones stand apart.
        digest: the same for files that mean the same.
        enforced: layers of rules that come before all others.
        open_groups: who is asked for names that no rule matches, as without a mapping file; None
            where such names are refused.
        discovered: found by walking up: it came with a checkout.
    """

    source: str
    groups: tuple[RepositoryGroup, ...]
    rules: tuple[MappingRule, ...]
    digest: str
    enforced: tuple[EnforcedLayer, ...] = ()
    open_groups: tuple[RepositoryGroup, ...] | None = None
    discovered: bool = False

    @property
    def all_rules(self) -> tuple[MappingRule, ...]:
        """Every rule, enforced ones first."""
        return (*(rule for layer in self.enforced for rule in layer.rules), *self.rules)


class NameSet(Struct, frozen=True, kw_only=True):
    """A set of project names, or all of them (`:all:`)."""

    everything: bool = False
    names: frozenset[NormalizedName] = frozenset()

    def __contains__(self, project: object) -> bool:
        """Whether the option speaks of this project."""
        return self.everything or project in self.names


class Credentials(Abridged, frozen=True, kw_only=True):
    """A user name and password, bound to one web origin and sent to no other."""

    unshown: ClassVar = ("password",)

    origin: WebOrigin
    username: str
    password: str


class Network(Abridged, frozen=True, kw_only=True):
    """How servers are reached.

    Attributes:
        retries: how often a request is made again.
        timeout: seconds without one byte.
        proxy: URL of a proxy, in place of the variables' ones.
        ca_file: certificates to trust, in place of the system's.
        client_certificate: certificate and key to show.
        offline: whether no server is asked, and what is kept counts at any age.
        refresh: projects whose kept pages are asked about anew.
    """

    unshown: ClassVar = ("proxy",)

    retries: int = 3
    timeout: float = 30.0
    proxy: str | None = None
    ca_file: str | None = None
    client_certificate: str | None = None
    offline: bool = False
    refresh: NameSet = NameSet()


class OriginChanges(Struct, frozen=True, kw_only=True):
    """Which projects may come from another repository than the one they were installed from.

    Attributes:
        projects: by name, or all.
        moves: canonical URLs of an old and a new repository.
    """

    projects: NameSet = NameSet()
    moves: frozenset[tuple[str, str]] = frozenset()


class Policy(Struct, frozen=True, kw_only=True):
    """Everything the user decided about where files may come from and which may be chosen."""

    groups: tuple[RepositoryGroup, ...]
    map: RepositoryMap | None = None
    order: IndexOrder = IndexOrder.VERSION
    unsafe_merge: frozenset[NormalizedName] = frozenset()
    known_hashes: Mapping[NormalizedName, frozenset[Hash]] = field(default_factory=dict)
    """Projects of which only files with one of these hashes may be chosen."""
    known_identities: Mapping[NormalizedName, tuple[Identity, ...]] = field(default_factory=dict)
    """Publishers that a lock recorded: they have to attest what comes, where no rule says who."""
    hashes_required: bool = False
    """Whether only projects may be chosen for which hashes are known."""
    prereleases: bool = False
    prefer_binary: bool = False
    """Whether an older release with a wheel beats a newer one without."""
    only_binary: NameSet = field(default_factory=NameSet)
    no_binary: NameSet = field(default_factory=NameSet)
    cutoff: datetime | None = None
    """Files uploaded at or after this time are passed over."""
    no_upload_time_allowed: bool = False
    local_first: bool = False
    ignore_unreached: bool = False
    """Whether refusals of projects that the solution does not hold are left aside."""
    unsafe_skip: frozenset[str] = frozenset()
    """URLs of repositories that are passed over when they cannot be asked."""
    race_mirrors: bool = False
    """Whether a group's mirrors are all asked at once, and the first page is taken."""
    origin_changes: OriginChanges = OriginChanges()


class Target(Abridged, frozen=True, kw_only=True):
    """The machine that files are chosen for: data, so that it need not be this one.

    Attributes:
        python_version: the full version of the target's interpreter.
        tags: supported wheel tags, best first (PEP 425).
        environment: values of the environment markers (PEP 508).
    """

    unshown: ClassVar = ("tags", "environment")

    python_version: Version
    tags: tuple[str, ...]
    environment: Mapping[str, str]
