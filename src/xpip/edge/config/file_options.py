"""Options of requirements files, beside those of the command line (semantics 3.4).

Repositories count only in a local file that the user named; the reader refuses them elsewhere.
The command line wins where only one can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace

from xpip.core.requirements_file import (
    FeatureOption,
    NamesOption,
    NamesOptionName,
    Option,
    RepositoryOption,
    RepositoryOptionName,
    Switch,
    SwitchName,
)
from xpip.edge.config.options import Options
from xpip.errors import Reason, UsageError


def with_file_options(options: Options, said: Iterable[Option], *, cwd: Path) -> Options:
    """The options, with those of files.

    Raises:
        UsageError: `requirements-invalid`: a file asks for what xpip does not have.
    """
    for option in said:
        match option:
            case RepositoryOption():
                options = _with_repository(options, option, cwd)
            case NamesOption():
                options = _with_names(options, option)
            case Switch():
                options = _with_switch(options, option)
            case FeatureOption():
                raise UsageError(
                    f"{option} names a feature of pip's, which xpip does not have",
                    reference=Reason.REQUIREMENTS_INVALID,
                    context=[str(option.declared_at)],
                )
            case _:
                assert_never(option)
    return options


def _with_repository(options: Options, option: RepositoryOption, cwd: Path) -> Options:
    match option.name:
        case RepositoryOptionName.INDEX_URL:
            return replace(options, index_url=options.index_url or option.value)
        case RepositoryOptionName.EXTRA_INDEX_URL:
            return replace(options, extra_index_urls=(*options.extra_index_urls, option.value))
        case RepositoryOptionName.FIND_LINKS:
            beside = option.beside_file
            is_beside = beside is not None and (cwd / beside).exists()
            value = beside if beside is not None and is_beside else option.value
            return replace(options, find_links=(*options.find_links, value))
        case RepositoryOptionName.NO_INDEX:
            return replace(options, no_index=True)
        case RepositoryOptionName.TRUSTED_HOST:
            return replace(options, trusted_hosts=(*options.trusted_hosts, option.value))
        case _:
            assert_never(option.name)


def _with_names(options: Options, option: NamesOption) -> Options:
    names = (",".join(option.names),)
    match option.name:
        case NamesOptionName.NO_BINARY:
            return replace(options, no_binary=(*options.no_binary, *names))
        case NamesOptionName.ONLY_BINARY:
            return replace(options, only_binary=(*options.only_binary, *names))
        case NamesOptionName.ALL_RELEASES | NamesOptionName.ONLY_FINAL:
            raise UsageError(
                f"{option} is not supported; --pre is",
                reference=Reason.REQUIREMENTS_INVALID,
                context=[str(option.declared_at)],
            )
        case _:
            assert_never(option.name)


def _with_switch(options: Options, switch: Switch) -> Options:
    match switch.name:
        case SwitchName.PRE:
            return replace(options, prereleases=True)
        case SwitchName.PREFER_BINARY:
            return replace(options, prefer_binary=True)
        case SwitchName.REQUIRE_HASHES:
            return replace(options, require_hashes=True)
        case SwitchName.NO_REQUIRE_HASHES:
            raise UsageError(
                "--no-require-hashes would leave aside the hashes that are given",
                reference=Reason.REQUIREMENTS_INVALID,
                context=[str(switch.declared_at)],
            )
        case _:
            assert_never(switch.name)
