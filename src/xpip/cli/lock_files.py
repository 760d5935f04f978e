"""Options about lock files, and when a file that is named is one."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from xpip.cli.options import refuse_stray, together

_MEAN_NOTHING = frozenset(
    {
        *("requirements", "editables", "constraint_files", "scripts", "upgrade", "no_deps"),
        *("upgrade_strategy", "ignore_installed", "prereleases", "prefer_binary"),
    }
)

group_option = click.option(
    "--no-default-groups", is_flag=True, help="Without the groups that the lock takes by itself."
)
require_origin_option = click.option(
    "--require-origin",
    is_flag=True,
    help="Refuse files of which the lock does not show the repository.",
)
origin_options = together(
    require_origin_option,
    click.option(
        "--verify-origin",
        is_flag=True,
        help="Ask the repositories whether they list the lock's files.",
    ),
)
lock_options = together(
    click.option(
        "--lock",
        "lock",
        metavar="FILE|URL",
        help="Install what this lock file says (also: -r pylock.toml).",
    ),
    group_option,
    origin_options,
)
explained_lock_options = together(
    click.option(
        "--lock",
        "lock",
        metavar="FILE|URL",
        help="Explain what this lock file says (also: -r pylock.toml).",
    ),
    group_option,
    require_origin_option,
)


def lock_named(given: dict[str, Any]) -> str | None:
    """The lock file that a command names, if it names one; it then stands alone.

    Raises:
        click.UsageError: something else is named as well, or an option means nothing with a lock.
    """
    from xpip.core.lockfile.document import is_lock_name

    others = [name for name in given["requirement_files"] if not is_lock_name(name)]
    locks = [name for name in given["requirement_files"] if is_lock_name(name)]
    if given["lock"] is not None:
        locks.insert(0, given["lock"])
    if not locks:
        refuse_stray(group_option, origin_options, needs="--lock")
        return None
    if len(locks) > 1 or others:
        raise click.UsageError("a lock file stands by itself: name one file")
    context = click.get_current_context()
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in _MEAN_NOTHING and source is ParameterSource.COMMANDLINE:
            named = parameter.opts[-1] if isinstance(parameter, click.Option) else "a requirement"
            raise click.UsageError(f"{named} means nothing beside a lock file, which says it all")
    return str(locks[0])
