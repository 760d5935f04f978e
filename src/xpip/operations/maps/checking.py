"""`xpip map check`: read a mapping file as `install` would, and look for what is rarely meant."""

from __future__ import annotations

from dataclasses import dataclass

from xpip.core.mapping_lints import Lint, LintCode, lints
from xpip.core.policy import RepositoryMap
from xpip.edge.config.layers import load_map
from xpip.errors import Reason, UsageError
from xpip.operations.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A mapping file that can be loaded, and what should be looked at in it."""

    mapping: RepositoryMap
    lints: tuple[Lint, ...]


def check(file: str | None, *, allowed: tuple[str, ...], around: Surroundings) -> Checked:
    """Check this mapping file, or the one that an installation here would take.

    Args:
        file: where it is; None for the one in force.
        allowed: codes of lints to leave aside.
        around: the process.

    Raises:
        UsageError: there is none, it cannot be loaded, or no lint has such a code.
    """
    codes = set(map(_code, allowed))
    mapping = load_map(file, environ=around.environ, cwd=around.cwd, now=around.now)
    if mapping is None:
        raise UsageError(
            "There is no mapping file to check",
            reference=Reason.USAGE,
            hint="Name one (`xpip map check FILE`), or see `xpip help mapping-file` for where one "
            "is looked for.",
        )
    found = tuple(lint for lint in lints(mapping) if lint.code not in codes)
    return Checked(mapping=mapping, lints=found)


def _code(text: str) -> LintCode:
    try:
        return LintCode(text)
    except ValueError:
        raise UsageError(
            f"There is no lint {text!r}",
            reference=Reason.USAGE,
            context=["--allow"],
            hint=f"Lints: {', '.join(LintCode)}.",
        ) from None
