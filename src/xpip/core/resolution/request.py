"""What the user asks to be resolved."""

from __future__ import annotations

from dataclasses import dataclass

from xpip.core.dependencies import Dependency
from xpip.core.policy import NameSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The projects wanted, and how what is installed already is treated.

    Attributes:
        upgrade: projects for which a newer version beats the installed one.
        reinstall: whether nothing installed counts.
        no_dependencies: whether only the projects named are wanted.
    """

    dependencies: tuple[Dependency, ...]
    upgrade: NameSet = NameSet()
    reinstall: bool = False
    no_dependencies: bool = False
