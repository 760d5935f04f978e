"""A stage to run the core on: repositories in memory, an environment, a policy and a target.

stage = Stage()
stage.repository("corp").has("spam", "1.0", requires=["eggs>=2"])
attempt = stage.resolve("spam")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from tests.support.memory import (
    MemoryInstalled,
    MemoryRepositories,
    MemoryRepository,
    repository,
)
from tests.support.wanted import parse_requirements
from xpip.core.decisions import Pin, Resolution
from xpip.core.discovery import Discovery, Finding
from xpip.core.policy import NameSet, Policy, RepositoryMap, Target
from xpip.core.resolution import MAX_ROUNDS, Attempt, Constraint, Request, resolve

LINUX = Target(
    python_version=Version("3.12.1"),
    tags=("cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-linux_x86_64", "py3-none-any"),
    environment={
        "implementation_name": "cpython",
        "implementation_version": "3.12.1",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "6.0",
        "platform_system": "Linux",
        "platform_version": "#1",
        "python_full_version": "3.12.1",
        "python_version": "3.12",
        "sys_platform": "linux",
    },
)


class Stage:
    """Repositories, an environment, a policy and a target: all that the core needs to run.

    Attributes:
        repositories: the port that the last run used, with its log.
        installed: what the target holds already.
        next_arrival: see `MemoryRepositories`.
    """

    def __init__(self, *, target: Target = LINUX, **policy: Any) -> None:
        self.target = target
        self.installed = MemoryInstalled()
        self.repositories = MemoryRepositories(())
        self.next_arrival: Callable[[int], int] | None = None
        self._policy = policy
        self._doubles: dict[str, MemoryRepository] = {}

    def repository(self, name: str, url: str | None = None, **options: Any) -> MemoryRepository:
        """The repository of this name, made if need be; asked in the order they were made in."""
        if name not in self._doubles:
            self._doubles[name] = repository(name, url, **options)
        return self._doubles[name]

    @property
    def policy(self) -> Policy:
        """Every repository may speak for every name, unless there is a mapping file."""
        mapping: RepositoryMap | None = self._policy.get("map")
        groups = mapping.groups if mapping else [each.group for each in self._doubles.values()]
        return Policy(groups=tuple(groups), **self._policy)

    def discovery(self) -> Discovery:
        """A new discovery, and a new log."""
        self.repositories = MemoryRepositories(
            self._doubles.values(), next_arrival=self.next_arrival
        )
        return Discovery(self.repositories, policy=self.policy, target=self.target)

    def find(self, project: str) -> Finding:
        """What discovery finds of one project."""
        return self.discovery().find(canonicalize_name(project))

    def resolve(
        self,
        *requirements: str,
        upgrade: Sequence[str] = (),
        reinstall: bool = False,
        no_dependencies: bool = False,
        constraints: Mapping[NormalizedName, Constraint] | None = None,
        max_rounds: int = MAX_ROUNDS,
    ) -> Attempt:
        """Resolve these requirements."""
        discovery = self.discovery()
        request = Request(
            dependencies=parse_requirements(requirements, self.target),
            upgrade=NameSet(names=frozenset(map(canonicalize_name, upgrade))),
            reinstall=reinstall,
            no_dependencies=no_dependencies,
            constraints=constraints or {},
        )
        return resolve(
            request,
            discovery=discovery,
            repositories=self.repositories,
            installed=self.installed,
            target=self.target,
            max_rounds=max_rounds,
        )

    def pins(self, *requirements: str, **options: Any) -> dict[str, str]:
        """Project and version of each pin; the resolution must succeed."""
        return {
            pin.project: str(pin.version) for pin in pins_of(self.resolve(*requirements, **options))
        }


def pins_of(attempt: Attempt) -> tuple[Pin, ...]:
    """The pins of an attempt that came to a resolution."""
    assert isinstance(attempt.outcome, Resolution), attempt.outcome
    return attempt.outcome.pins
