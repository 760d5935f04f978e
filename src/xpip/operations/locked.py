"""A lock file, wherever it lies → what to install of it, held to today's policy; nothing resolved.

Read, judge, and let pages be asked (`locked_pages`) only where a rule demands what no lock can say,
or the user wants it. What then is installed is the story of `installing_locked`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urljoin, urlsplit, urlunsplit

from msgspec import Struct, field

from xpip.core.lockfile.addresses import LockSource
from xpip.core.lockfile.document import LARGEST, invalid_lock
from xpip.core.lockfile.judging import Judged, judge_all, required_origin
from xpip.core.lockfile.selected import Entry, Selected, Wanted
from xpip.core.lockfile.stored_entries import dump_selected, load_selected, selection_question
from xpip.core.names import NormalizedName
from xpip.core.policy import Policy, Target
from xpip.core.urls import redacted
from xpip.core.values import Abridged
from xpip.edge.config import Options, Settings
from xpip.errors import SeveralErrors
from xpip.operations.configuring import Downloader
from xpip.operations.remembering import lock_tables, selections
from xpip.operations.surroundings import Surroundings

if TYPE_CHECKING:
    from xpip.core.discovery import Finding
    from xpip.core.lockfile.reading import Lock
    from xpip.core.ports import Repositories


class Origins(Struct, frozen=True, kw_only=True):
    """What the user wants to know of origins.

    Attributes:
        required: whether a file is refused whose origin the lock does not show.
        verified: whether the page of every file is asked whether it lists it.
    """

    required: bool = False
    verified: bool = False


class Admitted(Struct, frozen=True, kw_only=True):
    """The files of a lock that may be installed, and what was found where a page was asked."""

    judged: tuple[Judged, ...]
    findings: Mapping[NormalizedName, Finding] = field(default_factory=dict)


class LockFile(Abridged, frozen=True, kw_only=True):
    """A lock file that is yet to be read.

    Attributes:
        raw: its bytes.
    """

    unshown: ClassVar = ("raw",)

    raw: bytes
    source: LockSource


def find_lock(name: str, options: Options, around: Surroundings) -> LockFile:
    """The lock file of this name, or at this URL.

    Raises:
        UsageError: `lock-invalid`: there is none.
        AvailabilityError: it cannot be had from the network.
    """
    if name.startswith(("https:", "http:")):
        raw = Downloader(options, around).fetch(name, limit=LARGEST)
        parts = urlsplit(name)
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
        source = LockSource(shown=redacted(name), base=urljoin(urlunsplit(plain), "."))
    else:
        path = (around.cwd / Path(name).expanduser()).absolute()
        raw = _read(path, name)
        source = LockSource(shown=name, base=path.parent.as_uri().rstrip("/") + "/")
    return LockFile(raw=raw, source=source)


def load_lock(file: LockFile, settings: Settings, options: Options) -> Lock:
    """Read a lock file.

    Raises:
        UsageError: `lock-invalid`: it cannot be used.
    """
    from xpip.core.lockfile.reading import read_lock

    return read_lock(
        file.raw,
        file.source,
        trusted_hosts=options.trusted_hosts,
        table_of=lock_tables(settings.cache_directory),
    )


def select(
    file: LockFile, wanted: Wanted, target: Target, settings: Settings, options: Options
) -> Selected:
    """What a lock file has for a target: read and selected once for each, and remembered.

    Raises:
        UsageError: `lock-invalid`: it cannot be used; no such extra or group.
        ResolutionError: `no-candidate`: it is not for this target.
    """
    kept = selections(settings.cache_directory)
    question = (
        hashlib.sha256(file.raw).hexdigest(),
        *selection_question(wanted, target, file.source),
        *sorted(options.trusted_hosts),
    )
    stored = kept.find(*question) if kept else None
    selected = load_selected(stored, file.source) if stored is not None else None
    if selected is not None:
        return selected
    selected = _select(file, wanted, target, settings, options)
    stored = dump_selected(selected) if kept else None
    if kept is not None and stored is not None:
        kept.keep(stored, *question)
    return selected


def _select(
    file: LockFile, wanted: Wanted, target: Target, settings: Settings, options: Options
) -> Selected:
    from xpip.core.lockfile.selecting import select_entries

    lock = load_lock(file, settings, options)
    entries = select_entries(lock, wanted, target)
    return Selected(source=lock.source, entries=entries, notices=lock.notices)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise invalid_lock(
            name,
            f"it cannot be read: {error.strerror or error}",
            hint="`xpip lock` makes one." if isinstance(error, FileNotFoundError) else None,
        ) from None


def admit(
    entries: Iterable[Entry],
    policy: Policy,
    target: Target,
    repositories: Callable[[], Repositories],
    origins: Origins,
) -> Admitted:
    """Hold the entries of releases to today's policy, all of them.

    Args:
        entries: those that name a file.
        policy: today's.
        target: what is installed for.
        repositories: opens those that are asked, where a page has to be.
        origins: what the user wants to know of them.

    Raises:
        XpipError: one of them may not be taken, or that cannot be known.
    """
    judged, errors = judge_all(entries, policy)
    asked = [each for each in judged if each.asks_page or origins.verified]
    findings: Mapping[NormalizedName, Finding] = {}
    if not errors and asked:
        from xpip.operations.locked_pages import ask_pages

        said = ask_pages(asked, policy, target, repositories())
        findings, errors = said.findings, said.errors
        judged = tuple(said.confirmed.get(each.entry.project, each) for each in judged)
    if origins.required and not errors:
        errors = required_origin(judged)
    if errors:
        raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
    return Admitted(judged=judged, findings=findings)
