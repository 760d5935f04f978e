"""Names in conflict → for each repository that holds them, what lets it alone speak for them.

Each alternative is there twice, with one meaning: as a command, and as the mapping file that the
command would write, or the rule that it would add. None comes first for any reason but order.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, count
from urllib.parse import urlsplit

from msgspec import Struct

from xpip.core.discovery import Finding
from xpip.core.facts import Found, Layout
from xpip.core.policy import Policy, RepositoryGroup, RepositoryMap
from xpip.core.urls import canonical_root, is_loopback, redacted, web_origin

_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_]+")


class Alternative(Struct, frozen=True, kw_only=True):
    """One repository that may be the right one.

    Attributes:
        url: where it is.
        command: what to run, fit for a POSIX shell.
        map: a mapping file, or a rule to put first in the one in force.
    """

    url: str
    command: str
    map: str


def alternatives(conflicts: Sequence[Finding], policy: Policy) -> Iterator[Alternative]:
    """One for each repository that holds any of the names and can stand in a mapping file."""
    names = _names_in_a_map(policy)
    for group in policy.groups:
        held = [str(finding.project) for finding in conflicts if _holds(group, finding)]
        if not held or group.is_local or group.canonical.layout is Layout.FLAT:
            continue
        name, url = names[_root(group)], redacted(group.canonical.url)
        rule = _rule(held, [name])
        if policy.map is not None:
            command = shlex.join(_command(held, name, policy.map))
            yield Alternative(url=url, command=command, map=rule)
        else:
            rest = _rule(["*"], list(names.values()))
            written = f"{_tables(policy.groups, names)}\n{rule}\n{rest}"
            command = shlex.join(_founding_command(held, group, policy.groups, names))
            yield Alternative(url=url, command=command, map=written)


def _command(held: Sequence[str], name: str, made: RepositoryMap) -> Iterator[str]:
    """For the file in force, which knows the repository."""
    yield from ("xpip", "map", "add", *held, "--repository", name)
    spelled_out = {str(p) for rule in made.rules for p in rule.patterns if p.is_literal}
    if spelled_out & {*held}:
        yield "--replace"
    if not made.discovered:
        yield from ("--map", made.source)


def _founding_command(
    held: Sequence[str],
    chosen: RepositoryGroup,
    groups: Sequence[RepositoryGroup],
    names: Mapping[str, str],
) -> Iterator[str]:
    """For a new file: all repositories in use speak for all other names, as they do now."""
    used = {_root(group): group for group in reversed(groups) if _root(group) in names}
    chosen_root = _root(chosen)
    yield from ("xpip", "map", "add", *held)
    yield from ("--repository", f"{names[chosen_root]}={redacted(chosen.canonical.url)}")
    for root, name in names.items():
        url = redacted(used[root].canonical.url)
        yield from ("--rest", name if root == chosen_root else f"{name}={url}")
    plain = (used[root].canonical.url for root in names)
    for host in dict.fromkeys(urlsplit(redacted(url)).netloc for url in plain if _is_plain(url)):
        yield from ("--trusted-host", host)


def _holds(group: RepositoryGroup, finding: Finding) -> bool:
    return any(
        isinstance(answer, Found) and answer.page.file_count and answer.repository in group.mirrors
        for answer in finding.verdict.evidence
    )


def _names_in_a_map(policy: Policy) -> dict[str, str]:
    """The names that a mapping file has, or could have, for the roots that it can hold."""
    if policy.map is not None:
        return {_root(group): group.name for group in policy.groups}
    names: dict[str, str] = {}
    for group in policy.groups:
        if group.is_local or group.canonical.layout is not Layout.FLAT:
            names.setdefault(_root(group), _free_name(group, names.values()))
    return names


def _root(group: RepositoryGroup) -> str:
    # A mapping file may not name one root twice, however it is spelled.
    return canonical_root(group.canonical.url)


def _free_name(group: RepositoryGroup, taken: Collection[str]) -> str:
    # Names are compared without case.
    host = group.name.lower().partition("/")[0] or group.name.lower()
    plain = _UNNAMEABLE.sub("-", host).strip("-_") or "repository"
    if re.split("[-_]", plain)[0] == "map":
        # XPIP_MAP_* is for `${NAME}`: no repository of a mapping file is called so.
        plain = f"repository-{plain}"
    numbered = (f"{plain}_{number}" for number in count(2))
    return next(name for name in chain([plain], numbered) if name not in taken)


def _tables(groups: Sequence[RepositoryGroup], names: dict[str, str]) -> str:
    rows = {names[_root(group)]: _urls(group) for group in groups if _root(group) in names}
    return "[repositories]\n" + "".join(f"{name} = {urls}\n" for name, urls in rows.items())


def _urls(group: RepositoryGroup) -> str:
    urls = [redacted(mirror.url) for mirror in group.mirrors]
    listed = json.dumps(urls)
    # Without a mapping file, `--trusted-host` let these in.
    return f"{{urls = {listed}, insecure = true}}" if any(map(_is_plain, urls)) else listed


def _is_plain(url: str) -> bool:
    scheme, host, _ = web_origin(url)
    return scheme == "http" and not is_loopback(host)


def _rule(paths: list[str], repositories: list[str]) -> str:
    return f"[[mapping]]\npaths = {json.dumps(paths)}\nrepositories = {json.dumps(repositories)}\n"
