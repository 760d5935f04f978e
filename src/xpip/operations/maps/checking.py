"""`xpip map check`: read a mapping file as `install` would, and look for what is rarely meant."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from xpip.core.mapping_lints import Lint, LintCode, lints
from xpip.core.policy import RepositoryMap
from xpip.edge.config import Options
from xpip.edge.config.maps import discovered_maps
from xpip.errors import Reason, UsageError
from xpip.operations.configuring import configured
from xpip.operations.surroundings import Surroundings


class Checked(Struct, frozen=True, kw_only=True):
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
        AvailabilityError: a file that it extends by URL cannot be had.
    """
    codes = set(map(_code, allowed))
    mapping = configured(Options(map_file=file), around).policy.map
    if mapping is None:
        raise UsageError(
            "There is no mapping file to check",
            reference=Reason.USAGE,
            hint="Name one (`xpip map check FILE`), or see `xpip help mapping-file` for where one "
            "is looked for.",
        )
    if file is not None:
        _check_as_found(around.cwd / Path(file).expanduser(), around)
    found = tuple(lint for lint in lints(mapping) if lint.code not in codes)
    return Checked(mapping=mapping, lints=found)


def _check_as_found(path: Path, around: Surroundings) -> None:
    """A file may say less where it is found by walking up than where the user names it."""
    environ = {name: value for name, value in around.environ.items() if name != "XPIP_MAP"}
    found = next(discovered_maps(environ, path.parent), None)
    if found is not None and found.path == path:
        configured(Options(), replace(around, environ=environ, cwd=path.parent))


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
