"""What installations are told, and what they tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.core.names import canonicalize_name
from xpip.core.planning import Plan
from xpip.core.policy import NameSet, Policy, Target
from xpip.core.reporting.notices import Notice
from xpip.operations.changing import Changing

if TYPE_CHECKING:
    from xpip.core.discovery import Finding
    from xpip.operations.asked import Asked


class Into(Changing, frozen=True, kw_only=True):
    """What every command is told that puts files into an environment."""

    compile_bytecode: bool = False
    allow_file_collision: tuple[str, ...] = ()
    link_mode: str | None = None


class Installing(Into, frozen=True, kw_only=True):
    """What `xpip install` was told, as it was told."""

    asked: Asked
    upgrade: bool = False
    upgrade_strategy: str = "only-if-needed"
    force_reinstall: bool = False
    ignore_installed: bool = False


class Installed(Struct, frozen=True, kw_only=True):
    """What an installation did, or would do."""

    plan: Plan
    policy: Policy
    target: Target
    notices: tuple[Notice, ...]
    findings: tuple[Finding, ...] = ()
    """Of every project that anybody was asked about."""


def named(texts: Iterable[str]) -> NameSet:
    """Projects as options name them: names, or `:all:`."""
    given = frozenset(texts)
    return NameSet(
        everything=":all:" in given,
        names=frozenset(canonicalize_name(text) for text in given - {":all:"}),
    )
