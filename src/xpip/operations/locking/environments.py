"""The machines that a lock is for: by options, by `[tool.xpip.lock]`, or the one here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xpip.core.lockfile.conditions import check_apart
from xpip.core.policy import Target
from xpip.core.toml_text import load_toml
from xpip.errors import Reason, UsageError
from xpip.operations.locking.told import Locking
from xpip.operations.surroundings import Surroundings

_PROJECT_FILE = "pyproject.toml"
HERE = "this machine"


def targets_of(told: Locking, here: Target, around: Surroundings) -> Mapping[str, Target]:
    """The machines that are locked for, by the user's words for them.

    Raises:
        UsageError: a machine is none that xpip knows, or two of them are the same to markers.
    """
    targets = _targets(told, here, around)
    check_apart(targets)
    return targets


def _targets(told: Locking, here: Target, around: Surroundings) -> Mapping[str, Target]:
    one = {
        "--platform": told.platform,
        "--python-version": told.python_version,
        "--implementation": told.implementation,
    }
    given = [f"{option} {value}" for option, value in one.items() if value is not None]
    if told.environments and given:
        raise UsageError(
            f"--environment and {given[0].partition(' ')[0]} exclude each other",
            reference=Reason.USAGE,
            hint="An environment says both, such as 3.12-linux.",
        )
    if given:
        return {" ".join(given): _machine(told, here)}
    if told.environments:
        return _several(told.environments, here, "--environment")
    written = _written(around.cwd / _PROJECT_FILE)
    return _several(written, here, f"{_PROJECT_FILE}: tool.xpip.lock.environments") or {HERE: here}


def _machine(told: Locking, here: Target) -> Target:
    from xpip.core.foreign_targets import UnknownMachine
    from xpip.core.machines import machine_of, target_of

    try:
        machine = machine_of(
            platform=told.platform,
            python_version=told.python_version,
            implementation=told.implementation,
        )
        return target_of(machine, here)
    except UnknownMachine as error:
        raise UsageError(_said(error), reference=Reason.USAGE) from None


def _several(texts: Sequence[str], here: Target, where: str) -> Mapping[str, Target]:
    # Once each, in an order that does not depend on how they were named.
    return {text: _parsed(text, here, where) for text in sorted(set(texts))}


def _parsed(text: str, here: Target, where: str) -> Target:
    from xpip.core.foreign_targets import UnknownMachine
    from xpip.core.machines import parse_environment, target_of

    try:
        machine = parse_environment(text)
        return target_of(machine, here)
    except UnknownMachine as error:
        raise UsageError(
            _said(error), reference=Reason.USAGE, context=[f"{where} {text}"]
        ) from None


def _said(error: ValueError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _written(path: Path) -> tuple[str, ...]:
    """`environments` of `[tool.xpip.lock]`; nothing where there is none."""
    try:
        document = load_toml(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path.name} cannot be read: {error}", reference=Reason.REQUIREMENTS_INVALID
        ) from None
    from xpip.core.strict_table import Invalid, StrictTable

    try:
        tool = StrictTable(document.get("tool", {}), "tool").take("xpip", dict, {})
        lock = StrictTable(StrictTable(tool, "tool.xpip").take("lock", dict, {}), "tool.xpip.lock")
        environments = lock.take_strings("environments")
        lock.finish()
    except Invalid as invalid:
        raise UsageError(f"{path.name}: {invalid}", reference=Reason.REQUIREMENTS_INVALID) from None
    return environments
