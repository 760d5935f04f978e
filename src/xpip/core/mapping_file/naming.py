"""NAME or NAME=URL → a repository group of a mapping file, which may be new to it.

One repository has one name, and one name means one repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from xpip.core.mapping_file.groups import GroupReader, page_of
from xpip.core.mapping_file.source import Context
from xpip.core.policy import RepositoryGroup
from xpip.core.strict_table import Invalid
from xpip.errors import Reason, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class NamedRepository(Struct, frozen=True, kw_only=True):
    """A repository of the file, by its name; with a URL, one that may be new to it."""

    name: str
    url: str | None = None
    insecure: bool = False


class Repositories:
    """The groups of a file, by their names in lower case, and those that it is to have.

    Attributes:
        notes: what should be said of names that were given.
    """

    def __init__(self, groups: Iterable[RepositoryGroup], context: Context) -> None:
        self.groups = {group.name.lower(): group for group in groups}
        self.notes: list[str] = []
        self._context = context
        self._new: list[tuple[str, object]] = []

    def taken_new(self) -> list[tuple[str, object]]:
        """Names and values of groups that were added since this was asked last."""
        new, self._new = self._new, []
        return new

    def find(self, named: NamedRepository) -> RepositoryGroup:
        """The group that is meant; one that the file lacks is added.

        Raises:
            UsageError: there is none, it is another one, or its URL may not stand in the file.
        """
        if not _NAME.fullmatch(named.name):
            # It is not shown: it may be a URL, with a password.
            raise wrong(
                "A repository is given as NAME or NAME=URL; a name has letters, digits, "
                "'-' and '_' only"
            )
        known = self.groups.get(named.name.lower())
        if named.url is None:
            if known is None:
                raise wrong(
                    f"There is no repository {named.name!r} in {self._context.source.path}",
                    hint=f"Say where it is: {named.name}=URL.",
                )
            return known
        return self._located(named, known)

    def _located(self, named: NamedRepository, known: RepositoryGroup | None) -> RepositoryGroup:
        new = self._read(named)
        owners = [group for group in self.groups.values() if _pages(group) & _pages(new)]
        if owners and owners[0] in (known, None):
            return owners[0]
        if known is not None:
            raise wrong(
                f"{known.name} is another repository already: {known.canonical.url}",
                context=[known.declared_at],
                hint="Give the new one another name.",
            )
        if owners:
            self.notes.append(f"{new.canonical.url} is called {owners[0].name} in this file")
            return owners[0]
        self._new.append((named.name, _value(named)))
        self.groups[named.name.lower()] = new
        return new

    def _read(self, named: NamedRepository) -> RepositoryGroup:
        reader = GroupReader(self._context)
        try:
            reader.add(named.name, _value(named))
        except Invalid as invalid:
            problem = invalid.problem.replace("`insecure = true`", "--trusted-host HOST")
            raise wrong(f"The URL of {named.name} cannot be used: it {problem}") from None
        return reader.groups[named.name.lower()].group


def wrong(message: str, *, context: Sequence[str] = (), hint: str | None = None) -> UsageError:
    """What cannot be asked of a mapping file."""
    return UsageError(message, reference=Reason.USAGE, context=context, hint=hint)


def _value(named: NamedRepository) -> object:
    return {"urls": [named.url], "insecure": True} if named.insecure else [named.url]


def _pages(group: RepositoryGroup) -> frozenset[str]:
    return frozenset(map(page_of, group.mirrors))
