"""`xpip map add`: say in a mapping file who may speak for some names."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from xpip.core.mapping_file import holds_map
from xpip.core.mapping_file.editing import Addition, Edited, add_rule, new_map
from xpip.core.mapping_file.naming import NamedRepository
from xpip.core.patterns import Pattern
from xpip.edge.config.map_writing import write_map
from xpip.edge.config.maps import FoundMap, find_map, map_source
from xpip.edge.config.repositories import DEFAULT_INDEX
from xpip.errors import Reason, UsageError
from xpip.operations.surroundings import Surroundings

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/|$)")


class Adding(Struct, frozen=True, kw_only=True):
    """What is to be said, as it was typed.

    Attributes:
        repositories, rest: NAME or NAME=URL, for these names and for all that no rule matches.
        trusted_hosts: hosts that may be asked by plain http.
    """

    patterns: tuple[str, ...]
    repositories: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    no_default: bool = False
    namespace: bool = False
    deny: bool = False
    reason: str | None = None
    replace: bool = False
    trusted_hosts: tuple[str, ...] = ()
    map_file: str | None = None
    dry_run: bool = False


class Added(Struct, frozen=True, kw_only=True):
    """What a mapping file says now, or would say.

    Attributes:
        source: the file, as shown to the user.
        created: whether there was no such file before.
        default: the URL that was given all other names because nothing was said of them.
        diff: the change as a unified diff; empty where nothing changed.
    """

    source: str
    created: bool
    default: str | None
    edited: Edited
    diff: str


def add(told: Adding, around: Surroundings) -> Added:
    """Add a rule to the mapping file in force, or to a new one.

    Raises:
        UsageError: what is asked for contradicts the file, or either is not valid.
    """
    _check(told)
    file = _file(told.map_file, around)
    is_new = not _is_map(file)
    directory = file.path.absolute().parent
    patterns = tuple(_pattern(text, is_namespace=told.namespace) for text in told.patterns)
    default = is_new and _needs_default(told, patterns)
    rest = (f"pypi={DEFAULT_INDEX}",) if default else told.rest
    addition = Addition(
        patterns=tuple(dict.fromkeys(patterns)),
        repositories=_named(told.repositories, directory, told, around),
        rest=_named(rest, directory, told, around),
        reason=told.reason,
        replace=told.replace,
    )
    edited = add_rule(
        new_map(file.source, file.raw) if is_new else file.raw,
        addition,
        file.source,
        variables=around.environ,
        now=around.now,
    )
    if not told.dry_run and edited.raw != file.raw:
        write_map(file.path, edited.raw)
    return Added(
        source=file.source.path,
        created=not file.raw,
        default=DEFAULT_INDEX if default else None,
        edited=edited,
        diff=_diff(file, edited.raw),
    )


def _check(told: Adding) -> None:
    if told.deny and told.repositories:
        raise _usage("--deny lets nobody speak for the names, and excludes --repository")
    if not told.deny and not told.repositories:
        raise _usage("Say who may speak for the names with --repository, or nobody with --deny")
    if told.rest and told.no_default:
        raise _usage("--rest and --no-default exclude each other")
    if told.rest and "*" in told.patterns:
        raise _usage("With the pattern * no name is left for --rest")


def _file(option: str | None, around: Surroundings) -> FoundMap:
    """The file in force; where there is none, one that is not there yet."""
    if option is not None:
        path = around.cwd / Path(option).expanduser()
        if not os.path.lexists(path):
            return _unwritten(path, around, discovered=False)
    found = find_map(option, environ=around.environ, cwd=around.cwd)
    return found or _unwritten(around.cwd / "xpip.toml", around, discovered=True)


def _unwritten(path: Path, around: Surroundings, *, discovered: bool) -> FoundMap:
    source = map_source(path, cwd=around.cwd, discovered=discovered)
    return FoundMap(path=path, raw=b"", source=source)


def _is_map(file: FoundMap) -> bool:
    if file.path.name.endswith("pyproject.toml"):
        return holds_map(file.raw)
    return bool(file.raw.strip())


def _needs_default(told: Adding, patterns: Sequence[Pattern]) -> bool:
    """Whether a new file says nothing of other names, though nobody asked for that."""
    everything = any("*" in pattern.globs for pattern in patterns)
    if told.rest or told.no_default or everything:
        return False
    others = {text.partition("=")[2] for text in told.repositories if text.lower()[:5] == "pypi="}
    if {url.rstrip("/") for url in others} - {DEFAULT_INDEX.rstrip("/")}:
        raise _usage(
            "Nothing says who may speak for all other names",
            hint="--rest pypi gives them to the same repository, --rest NAME=URL to another; with "
            "--no-default they are refused.",
        )
    return True


def _pattern(text: str, *, is_namespace: bool) -> Pattern:
    try:
        return Pattern.parse(text, is_namespace=is_namespace)
    except ValueError as error:
        raise _usage(f"{text!r} cannot stand in a rule: {error}") from None


def _named(
    texts: Sequence[str], directory: Path, told: Adding, around: Surroundings
) -> tuple[NamedRepository, ...]:
    return tuple(_repository(text, directory, told, around) for text in texts)


def _repository(text: str, directory: Path, told: Adding, around: Surroundings) -> NamedRepository:
    name, given, url = text.partition("=")
    if not given:
        return NamedRepository(name=name)
    if not _SCHEME.match(url):
        return NamedRepository(name=name, url=_directory(url, directory, around.cwd))
    return NamedRepository(name=name, url=url, insecure=_is_trusted(url, told.trusted_hosts))


def _directory(text: str, directory: Path, cwd: Path) -> str:
    """A directory as the mapping file names it: from its own."""
    if "$" in text or Path(text).is_absolute():
        return text
    path = cwd / Path(text).expanduser()
    if not path.is_dir():
        hint = f"Did you mean https://{text}?" if _HOST.match(text) else None
        raise _usage(f"There is no directory {path}", hint=hint)
    relative = Path(os.path.relpath(path, directory)).as_posix()
    return relative if relative.startswith("..") else f"./{relative}"


def _is_trusted(url: str, hosts: Sequence[str]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and bool({parts.hostname, parts.netloc} & set(hosts))


def _diff(file: FoundMap, raw: bytes) -> str:
    old, new = (each.decode("utf-8-sig").splitlines(keepends=True) for each in (file.raw, raw))
    name = file.source.path
    before = name if file.raw else "/dev/null"
    lines = unified_diff(old, new, before, name)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _usage(message: str, hint: str | None = None) -> UsageError:
    return UsageError(message, reference=Reason.USAGE, hint=hint)
