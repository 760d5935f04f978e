"""What is kept between runs: where, how much, and all of it verified or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from packaging.utils import canonicalize_name

from xpip.edge.cache import upkeep
from xpip.edge.cache.places import is_private
from xpip.edge.cache.turns import alone
from xpip.edge.cache.upkeep import Amount, Entry
from xpip.edge.config import Options, cache_directory
from xpip.errors import Reason, UsageError
from xpip.operations.surroundings import Surroundings


class Surveyed(Struct, frozen=True, kw_only=True):
    """How much is kept.

    Attributes:
        kinds: of each kind.
        outdated: what other versions left.
    """

    directory: Path
    kinds: Mapping[str, Amount]
    outdated: Amount


class Tidied(Struct, frozen=True, kw_only=True):
    """What was removed."""

    directory: Path
    removed: Amount


class Verified(Struct, frozen=True, kw_only=True):
    """How many entries were read, and which were damaged, and so removed."""

    directory: Path
    read: int
    damaged: tuple[Entry, ...]


def directory(options: Options, around: Surroundings) -> Path:
    """Where things are kept, be it there or not.

    Raises:
        UsageError: nothing says where.
    """
    found = cache_directory(options, around.environ, around.cwd)
    if found is None:
        raise UsageError(
            "Nothing says where things are kept: this user has no home directory",
            reference=Reason.USAGE,
            hint="--cache-dir DIR, or XPIP_CACHE_DIR, names a directory.",
        )
    return found


def survey(options: Options, around: Surroundings) -> Surveyed:
    """How much is kept.

    Raises:
        UsageError: nothing says where, or others may write there.
    """
    place = _own(options, around)
    kinds, outdated = upkeep.survey(place)
    return Surveyed(directory=place, kinds=kinds, outdated=outdated)


def prune(options: Options, around: Surroundings, *, max_size: int | None) -> Tidied:
    """Remove what is of no use any more, and what is too much; waits for other runs.

    Args:
        max_size: bytes that may stay.

    Raises:
        UsageError: nothing says where, or others may write there.
    """
    with _alone(options, around) as place:
        limit = upkeep.MAX_SIZE if max_size is None else max_size
        return Tidied(directory=place, removed=upkeep.prune(place, max_size=limit))


def clear(names: Sequence[str], options: Options, around: Surroundings) -> Tidied:
    """Remove all, or what belongs to these projects; waits for other runs.

    Raises:
        UsageError: nothing says where, or others may write there.
    """
    with _alone(options, around) as place:
        removed = upkeep.clear(place, [canonicalize_name(name) for name in names])
        return Tidied(directory=place, removed=removed)


def verify(options: Options, around: Surroundings) -> Verified:
    """Read all that is kept, and remove what is damaged; waits for other runs.

    Raises:
        UsageError: nothing says where, or others may write there.
    """
    with _alone(options, around) as place:
        read, damaged = upkeep.verify(place)
        return Verified(directory=place, read=read, damaged=damaged)


@contextmanager
def _alone(options: Options, around: Surroundings) -> Iterator[Path]:
    place = _own(options, around)
    with alone(place, around.observer.waiting):
        yield place


def _own(options: Options, around: Surroundings) -> Path:
    place = directory(options, around)
    if place.exists() and not is_private(place, make=False):
        raise UsageError(
            f"{place} is not used: it is not yours alone to write",
            reference=Reason.USAGE,
            hint="Take the right to write it from others, or name another with --cache-dir.",
        )
    return place
