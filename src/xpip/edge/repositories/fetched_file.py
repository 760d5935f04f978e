"""A file on this disk that is the one described: how that is shown, and how it is said if not.

Hashes and size while it streams past (semantics 7.1), and afterwards the wheel's own metadata
against what was resolved with. Fetches nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.core.decisions import FROM_LOCK, Candidate
from xpip.core.facts import CoreMetadata, File, Hash, InvalidMetadata
from xpip.core.hashes import secure
from xpip.core.urls import redacted
from xpip.errors import InstallationError, PolicyError, Reason

if TYPE_CHECKING:
    from xpip.core.unpacked import WheelTree


class FetchedFile(Struct, frozen=True, kw_only=True):
    """A file on this disk whose claimed hashes and size hold."""

    candidate: Candidate
    """What was to be fetched."""
    served: Candidate
    """What was: the same, or the same file at another mirror of its group."""
    path: Path
    """Where it lies; the directory of its tree, where only that is kept."""
    sha256: str
    verified: bool
    """Whether its page, or the user, gave a hash to verify it against."""
    tree: WheelTree | None = None
    """The wheel unpacked, where that is kept."""

    def check_metadata(self, resolved_with: CoreMetadata) -> None:
        """Hold the whole wheel to the metadata that was resolved with (PEP 658, PEP 714).

        Raises:
            PolicyError: `metadata-changed`.
            InstallationError: as `metadata`.
        """
        found = self.metadata()
        if found != resolved_with:
            raise _changed(self.served, _difference(found, resolved_with))

    def identity(self) -> CoreMetadata | InvalidMetadata:
        """Which project and version the wheel says that it is; more, where that has to be read.

        Raises:
            InstallationError: as `metadata`.
        """
        if self.tree is None:
            return self.metadata()
        # What is unpacked was held to its METADATA then.
        return CoreMetadata(name=self.tree.wheel.project, version=self.tree.wheel.version)

    def metadata(self) -> CoreMetadata | InvalidMetadata:
        """What the wheel says of itself.

        Raises:
            InstallationError: `disk`: it cannot be read any more.
        """
        if self.tree is not None:
            kept = self.tree.wheel.metadata
            return kept or InvalidMetadata(detail="what is kept of it cannot be read")
        from xpip.core.metadata import parse_metadata
        from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, read_local

        try:
            return parse_metadata(read_local(self.path))
        except OSError as error:
            raise InstallationError(
                f"{self.candidate.file.filename} cannot be read: {error.strerror or error}",
                reference=Reason.DISK,
                context=[str(self.path)],
            ) from error
        except BROKEN_WHEEL as error:
            return InvalidMetadata(detail=f"it has no readable METADATA: {error}")


def proving_sha256(candidate: Candidate) -> str | None:
    """The sha256 by which alone a file is known to be the one described; None where it is not."""
    claims = dict(secure(candidate.file.hashes))
    digest = claims.pop("sha256", None)
    known = candidate.known_hashes
    if digest is None or claims or (known is not None and Hash("sha256", digest) not in known):
        return None
    return digest


_LARGEST = 16 << 30


class Digests:
    """What streams past, hashed and counted.

    Args:
        known: hashes of which the file must have one; None where any file will do.
        largest: bytes, where the page does not say how many there are.
    """

    def __init__(
        self, file: File, known: frozenset[Hash] | None, *, largest: int = _LARGEST
    ) -> None:
        self._claims = secure(file.hashes)
        self._known = None if known is None else frozenset(secure(known))
        self._claimed_size = file.size
        self._most = largest if file.size is None else file.size
        self._size = 0
        wanted = (*self._claims, *(self._known or ()))
        algorithms = {"sha256"} | {each.algorithm for each in wanted}
        self._hashers = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}

    def update(self, chunk: bytes) -> None:
        """Take the next piece."""
        self._size += len(chunk)
        for hasher in self._hashers.values():
            hasher.update(chunk)

    @property
    def bind(self) -> bool:
        """Whether they say what all of the file must be."""
        return bool(self._claims) or self._known is not None

    @property
    def overflow(self) -> bool:
        """Whether more came than the page says: nothing that follows can make it right."""
        return self._size > self._most

    def verified(self, candidate: Candidate, path: Path) -> FetchedFile:
        """The file, if it is the one described.

        Raises:
            PolicyError: `hash-mismatch`.
        """
        digests = {name: hasher.hexdigest() for name, hasher in self._hashers.items()}
        size = self._claimed_size
        if self.overflow:
            most = f"{self._most} bytes" if size is not None else f"at most {self._most} bytes"
            raise _mismatch(candidate, most, "more")
        if size is not None and size != self._size:
            raise _mismatch(candidate, f"{size} bytes", f"{self._size} bytes")
        for algorithm, digest in self._claims:
            if digest != digests[algorithm]:
                raise _mismatch(candidate, f"{algorithm} {digest}", digests[algorithm])
        if self._known is not None and not self._known & {Hash(*each) for each in digests.items()}:
            raise _unknown(candidate, digests)
        return FetchedFile(
            candidate=candidate,
            served=candidate,
            path=path,
            sha256=digests["sha256"],
            verified=self.bind,
        )


def _changed(candidate: Candidate, difference: str) -> PolicyError:
    built = not candidate.file.is_wheel
    return PolicyError(
        f"{candidate.file.filename} has other metadata than was offered for it",
        reference=Reason.METADATA_CHANGED,
        context=[
            f"file: {redacted(candidate.file.url)}",
            f"page: {redacted(candidate.origin.page_url)}",
            difference,
        ],
        hint="What its build backend promises is not what it builds: tell its authors."
        if built
        else "Do not install it by other means: tell whoever runs this repository.",
    )


def _difference(found: CoreMetadata | InvalidMetadata, offered: CoreMetadata) -> str:
    if isinstance(found, InvalidMetadata):
        return found.detail
    return "; ".join(
        f"{name}: offered {_shown(getattr(offered, name))}, found {_shown(getattr(found, name))}"
        for name in ("name", "version", "requires_python", "requires", "extras")
        if getattr(offered, name) != getattr(found, name)
    )


def _shown(value: object) -> str:
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(map(str, value))) or "nothing"
    return str(value or "nothing")


def _mismatch(candidate: Candidate, claimed: str, found: str) -> PolicyError:
    if candidate.origin.ruling in FROM_LOCK:
        return PolicyError(
            f"{candidate.file.filename} is not the file that the lock describes",
            reference=Reason.HASH_MISMATCH,
            context=[
                f"file: {redacted(candidate.file.url)}",
                f"the lock says {claimed}",
                f"what came is  {found}",
            ],
            hint="Either the lock or the file was changed: find out which before you lock anew.",
        )
    return PolicyError(
        f"{candidate.file.filename} is not the file that its page describes",
        reference=Reason.HASH_MISMATCH,
        context=[
            f"file: {redacted(candidate.file.url)}",
            f"page: {redacted(candidate.origin.page_url)}",
            f"the page says {claimed}",
            f"what came is  {found}",
        ],
        hint="Do not install it by other means: tell whoever runs this repository.",
    )


def _unknown(candidate: Candidate, digests: Mapping[str, str]) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} has none of the hashes that are known for {candidate.project}",
        reference=Reason.HASH_MISMATCH,
        context=[
            f"file: {redacted(candidate.file.url)}",
            f"page: {redacted(candidate.origin.page_url)}",
            *(f"what came has {name} {digest}" for name, digest in sorted(digests.items())),
        ],
    )
