"""Requirements as texts → dependencies, for tests that have no files to read."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import Requirement

from xpip.core.dependencies import Dependencies, Dependency, as_dependency
from xpip.core.policy import Target


def parse_requirements(texts: Iterable[str], target: Target) -> tuple[Dependency, ...]:
    """The requirements (PEP 508) that apply to the target."""
    applies = Dependencies(target).applies
    return tuple(as_dependency(each) for each in map(Requirement, texts) if applies(each))
