"""`xpip audit --public-names`: private names, held against all that a public repository has.

Everything is compared here: of the public repository nothing but its list is asked, unless the
user names what may be asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from xpip.core.auditing.private_names import (
    KnownFrom,
    literal_names,
    private_groups,
    private_patterns,
    privately_routed,
    together,
)
from xpip.core.auditing.public_names import Below, NameStanding, below, stand, ways_in
from xpip.core.facts import Repository, Unavailable
from xpip.core.policy import Policy, RepositoryGroup
from xpip.core.reporting.notices import Notice
from xpip.core.simple.project_list import Names, UnreadableList, read_names_file
from xpip.core.urls import canonical_root, is_exposed, redacted, web_origin
from xpip.edge.config import Settings
from xpip.edge.credentials import CredentialStore
from xpip.edge.environment import consulted_environment
from xpip.edge.locked_origins import locked_projects
from xpip.edge.repositories.project_lists import Unlisted, list_projects
from xpip.edge.repositories.remote import RemoteRepositories
from xpip.edge.repositories.transport import Transport
from xpip.errors import Reason, UsageError, branch_for
from xpip.operations.asked import Read
from xpip.operations.auditing.audited import Auditing, read_all
from xpip.operations.surroundings import Surroundings


class Comparing(Struct, frozen=True, kw_only=True):
    """What `xpip audit --public-names` was told.

    Attributes:
        public: a file, or the URL of a repository, whose list to compare with.
        private: groups that are private; none for all that are not asked for every name.
        private_names: a file of private names, in place of the private repositories' lists.
        ask: names that the public repository may be asked for.
    """

    auditing: Auditing
    public: str
    private: tuple[str, ...] = ()
    private_names: str | None = None
    ask: tuple[str, ...] = ()


class AuditedNames(Struct, frozen=True, kw_only=True):
    """How each private name stands.

    Attributes:
        public: the list, as shown; and how many names it has.
        groups: those taken for private.
        unlisted: private repositories that do not list their projects.
    """

    standings: tuple[NameStanding, ...]
    below: tuple[Below, ...]
    public: str
    public_count: int
    groups: tuple[RepositoryGroup, ...]
    unlisted: tuple[Unlisted, ...]
    notices: tuple[Notice, ...]


def audit_names(told: Comparing, around: Surroundings) -> AuditedNames:
    """Compare every private name with the public list.

    Raises:
        UsageError: there is no private name to compare, or a file cannot be used.
        AvailabilityError: a list cannot be had.
    """
    given = read_all(told.auditing, around)
    policy = given.settings.policy
    groups = _private(told, policy)
    with _transport(given.settings, around) as (transport, logins):
        listed, unlisted = _listed(told, groups, transport, logins)
        private = together(
            [
                literal_names(policy, groups),
                listed,
                _of_file(told, around),
                _of_lock(told, given, groups, around),
                _of_requirements(given, groups),
            ]
        )
        _check(told, private)
        public = _public(told, policy, groups, (transport, logins), around)
        target = consulted_environment(
            python=told.auditing.python, environ=around.environ, cwd=around.cwd
        ).target
        ways = {name: ways_in(name, policy, target, groups) for name in private}
        standings = stand(private, public, ways)
        return AuditedNames(
            standings=_asked(told, standings, policy, transport, logins),
            below=below(private_patterns(policy, groups), public, private),
            public=redacted(told.public) if _is_url(told.public) else told.public,
            public_count=len(public),
            groups=groups,
            unlisted=unlisted,
            notices=given.settings.notices,
        )


@contextmanager
def _transport(
    settings: Settings, around: Surroundings
) -> Iterator[tuple[Transport, CredentialStore]]:
    logins = CredentialStore(settings.policy, settings.credentials, environ=around.environ)
    transport = Transport(logins=logins, network=settings.network)
    try:
        yield transport, logins
    finally:
        transport.close()


def _private(told: Comparing, policy: Policy) -> tuple[RepositoryGroup, ...]:
    if not told.private:
        return private_groups(policy)
    named = {group.name.lower(): group for group in policy.groups}
    unknown = [name for name in told.private if name.lower() not in named]
    if unknown:
        raise UsageError(
            f"There is no repository {unknown[0]}",
            reference=Reason.USAGE,
            context=[f"--private {unknown[0]}"],
            hint=f"Repositories: {', '.join(group.name for group in policy.groups)}.",
        )
    return tuple(named[name.lower()] for name in dict.fromkeys(told.private))


def _listed(
    told: Comparing,
    groups: Sequence[RepositoryGroup],
    transport: Transport,
    logins: CredentialStore,
) -> tuple[KnownFrom, tuple[Unlisted, ...]]:
    """The names that private repositories list, where the user gives no file of them."""
    found: list[KnownFrom] = []
    unlisted: list[Unlisted] = []
    for group in groups if told.private_names is None else ():
        if group.is_local:
            continue
        names = list_projects(group.canonical, group, transport, logins)
        if isinstance(names, Unlisted):
            unlisted.append(names)
        else:
            found.append(dict.fromkeys(_had(names), (f"listed by {group.name}",)))
    return together(found), tuple(unlisted)


def _had(names: Names | Unavailable) -> Names:
    if isinstance(names, Unavailable):
        raise branch_for(names.reason)(
            f"The projects of {redacted(names.repository.url)} cannot be listed: {names.detail}",
            reference=names.reason,
            context=[redacted(names.url)],
            hint="With --private-names FILE they need not be.",
        )
    return names


def _of_file(told: Comparing, around: Surroundings) -> KnownFrom:
    if told.private_names is None:
        return {}
    names = _read_names(told.private_names, around)
    return dict.fromkeys(names, (told.private_names,))


def _read_names(name: str, around: Surroundings) -> Names:
    try:
        return read_names_file((around.cwd / Path(name).expanduser()).read_bytes())
    except OSError as error:
        problem = error.strerror or str(error)
    except UnreadableList as unreadable:
        problem = str(unreadable)
    raise UsageError(f"{name} cannot be used as a list of names: {problem}", reference=Reason.USAGE)


def _of_lock(
    told: Comparing, given: Read, groups: Sequence[RepositoryGroup], around: Surroundings
) -> KnownFrom:
    lock = told.auditing.lock
    if lock is None:
        return {}
    roots = {canonical_root(mirror.url) for group in groups for mirror in group.mirrors}
    locked = [each for each in locked_projects(around.cwd / lock) if not each.is_direct]
    routed = privately_routed((each.project for each in locked), given.settings.policy, groups)
    private = [
        each.project
        for each in locked
        if each.project in routed or (each.index and canonical_root(each.index) in roots)
    ]
    return dict.fromkeys(private, (lock,))


def _of_requirements(given: Read, groups: Sequence[RepositoryGroup]) -> KnownFrom:
    places = {
        canonicalize_name(each.wanted.name): str(each.declared_at)
        for each in given.gathered.declared
        if isinstance(each.wanted, Requirement)
    }
    routed = privately_routed(places, given.settings.policy, groups)
    return {project: (places[project],) for project in routed}


def _check(told: Comparing, private: KnownFrom) -> None:
    if not private:
        raise UsageError(
            "No name is known to be private",
            reference=Reason.USAGE,
            hint="Names are private that a mapping file routes to repositories which it does not "
            "ask for every name, or to those of --private; or those of --private-names FILE.",
        )
    strange = [name for name in told.ask if canonicalize_name(name) not in private]
    if strange:
        raise UsageError(
            f"{strange[0]} is none of the private names",
            reference=Reason.USAGE,
            context=[f"--ask {strange[0]}"],
        )
    if told.ask and not _is_url(told.public):
        raise UsageError(
            "--ask needs the URL of a repository with --public-names", reference=Reason.USAGE
        )


def _public(
    told: Comparing,
    policy: Policy,
    groups: Sequence[RepositoryGroup],
    asking: tuple[Transport, CredentialStore],
    around: Surroundings,
) -> Names:
    if not _is_url(told.public):
        return _read_names(told.public, around)
    group = _public_group(told, policy)
    if group in groups:
        raise UsageError(
            f"{group.name} is one of the private repositories",
            reference=Reason.USAGE,
            context=[f"--public-names {redacted(told.public)}"],
        )
    names = list_projects(_repository(told), group, *asking)
    if isinstance(names, Unlisted):
        unusable = Unavailable(
            repository=_repository(told),
            url=names.url,
            reason=Reason.NOT_AN_INDEX,
            detail=names.detail,
        )
        return _had(unusable)
    return _had(names)


def _is_url(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _repository(told: Comparing) -> Repository:
    return Repository(url=told.public)


def _public_group(told: Comparing, policy: Policy) -> RepositoryGroup:
    """The group whose repository it is, or one made for it alone."""
    scheme, host, _ = web_origin(told.public)
    if "@" in told.public.partition("://")[2].partition("/")[0]:
        raise UsageError(
            "A public repository's list needs no login in its URL", reference=Reason.USAGE
        )
    trusted = told.auditing.asked.options.trusted_hosts
    if is_exposed(told.public, trusted):
        raise UsageError(
            f"{redacted(told.public)} is not encrypted: anyone on the way can leave names out",
            reference=Reason.INSECURE_REPOSITORY,
            hint=f"Use https://, or allow it with --trusted-host {host}.",
        )
    root = canonical_root(told.public)
    known = (
        group
        for group in policy.groups
        if any(canonical_root(mirror.url) == root for mirror in group.mirrors)
    )
    made = RepositoryGroup(
        name=f"{scheme}://{host}", mirrors=(_repository(told),), declared_at="--public-names"
    )
    return next(known, made)


def _asked(
    told: Comparing,
    standings: tuple[NameStanding, ...],
    policy: Policy,
    transport: Transport,
    logins: CredentialStore,
) -> tuple[NameStanding, ...]:
    """What the public repository says of the names that the user lets it be asked for."""
    if not told.ask:
        return standings
    names = {canonicalize_name(name) for name in told.ask}
    group = replace(_public_group(told, policy), mirrors=(_repository(told),))
    remote = RemoteRepositories(transport, groups=[group], logins=logins)
    return tuple(
        replace(each, asked=remote.page(_repository(told), each.name))
        if each.name in names
        else each
        for each in standings
    )
