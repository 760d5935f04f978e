"""What is wanted of a lock, and what it has: its entries for one target.

Values alone: whoever remembers what was selected needs nothing of what selects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.core.lockfile.addresses import LockSource
from xpip.core.policy import Identity, NameSet
from xpip.core.reporting.notices import Notice

if TYPE_CHECKING:
    from packaging.utils import NormalizedName
    from packaging.version import Version

    from xpip.core.direct_requests import DirectRequest
    from xpip.core.facts import File, Hash


class Wanted(Struct, frozen=True, kw_only=True):
    """What is wanted of a lock.

    Attributes:
        extras: as the user wrote them.
        groups: dependency groups, likewise.
        default_groups: whether the groups that the lock takes by default are wanted as well.
        only_binary: projects of which no source distribution may be taken.
        no_binary: projects of which no wheel may be taken.
    """

    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    default_groups: bool = True
    only_binary: NameSet = NameSet()
    no_binary: NameSet = NameSet()


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a lock that is to be installed.

    Attributes:
        place: the lock and the entry's key path.
        index: which repository the lock says that it came from.
        version: None where only sources tell it.
        file: of a release: what the lock says of the file chosen.
        other_hashes: those of the release's other files.
        request: in place of a file: what the lock takes from a place of its own.
        required_by: entries that say they need this one.
        is_beside: whether the file lies beside the lock.
        identities: who attested the release when it was locked (PEP 740).
    """

    project: NormalizedName
    place: str
    version: Version | None
    index: str | None = None
    file: File | None = None
    other_hashes: Sequence[Hash] = ()
    request: DirectRequest | None = None
    required_by: tuple[NormalizedName, ...] = ()
    is_beside: bool = False
    identities: tuple[Identity, ...] = ()


class Selected(Struct, frozen=True, kw_only=True):
    """What a lock has for a target, sorted by name; and what was left out of the lock.

    Attributes:
        source: where the lock lies.
    """

    source: LockSource
    entries: tuple[Entry, ...]
    notices: tuple[Notice, ...] = ()
