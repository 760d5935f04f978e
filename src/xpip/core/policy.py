"""What the user says: which repositories may be asked, what may be chosen, and for which target.

`edge.config` makes these values out of options, variables and files; the core only obeys
them. Every repository group knows where it was declared, so that a report can say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.facts import Repository
from xpip.core.urls import WebOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryGroup:
    """Repositories that the user declares to be mirrors of one another; the first is canonical."""

    name: str
    mirrors: tuple[Repository, ...]
    declared_at: str
    """Where the user said so: an option, a variable, or a file and line."""

    @property
    def canonical(self) -> Repository:
        """The mirror whose URL names the group in locks and reports."""
        return self.mirrors[0]

    @property
    def is_local(self) -> bool:
        """Whether the group lies on this machine's disk."""
        return self.canonical.is_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user name and password, bound to one web origin and sent to no other."""

    origin: WebOrigin
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSet:
    """A set of project names, or all of them (`:all:`)."""

    everything: bool = False
    names: frozenset[NormalizedName] = frozenset()

    def __contains__(self, project: object) -> bool:
        """Whether the option speaks of this project."""
        return self.everything or project in self.names


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything the user decided about where files may come from and which may be chosen."""

    groups: tuple[RepositoryGroup, ...]
    unsafe_merge: frozenset[NormalizedName] = frozenset()
    prereleases: bool = False
    only_binary: NameSet = field(default_factory=NameSet)
    no_binary: NameSet = field(default_factory=NameSet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The machine that files are chosen for: data, so that it need not be this one.

    Attributes:
        python_version: the full version of the target's interpreter.
        tags: supported wheel tags, best first (PEP 425).
        environment: values of the environment markers (PEP 508).
    """

    python_version: Version
    tags: tuple[str, ...] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
