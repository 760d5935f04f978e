"""Do repositories agree on what a file name stands for?

Compares what several pages claim of the files of one release. Knows neither rules nor the target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from xpip.core.facts import File, filenames_of
from xpip.core.hashes import SECURE
from xpip.core.policy import RepositoryGroup
from xpip.core.urls import canonical_project_url


class Listing(Struct, frozen=True, kw_only=True):
    """What one page lists for a release."""

    files: Sequence[File]
    page_url: str
    group: RepositoryGroup


class Agreement:
    """The claims of some pages about the files of one release."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self._listings = listings

    def is_disputed(self, file: File) -> bool:
        """Whether pages list this name with different digests: one name, two contents."""
        return file.filename in self._disputed

    @cached_property
    def _disputed(self) -> frozenset[str]:
        claimed: dict[tuple[str, str], set[str]] = {}
        for file in self._listed_twice():
            for claim in file.hashes:
                if claim.algorithm in SECURE:
                    key = (file.filename, claim.algorithm)
                    claimed.setdefault(key, set()).add(claim.digest)
        return frozenset(name for (name, _), digests in claimed.items() if len(digests) > 1)

    def _listed_twice(self) -> Iterator[File]:
        named = [filenames_of(listing.files) for listing in self._listings]
        if len(named) == 1 and len(set(named[0])) == len(named[0]):
            return
        times = Counter(name for names in named for name in names)
        for listing, names in zip(self._listings, named, strict=True):
            for place, name in enumerate(names):
                if times[name] > 1:
                    yield listing.files[place]

    def count(self, file: File, groups: Collection[RepositoryGroup]) -> int:
        """How many of these groups list the file with its sha256 (TAP 4, `threshold`).

        Repositories that end on one page are one (PEP 708), and vouch for it once.
        """
        sha256 = next((claim for claim in file.hashes if claim.algorithm == "sha256"), None)
        if sha256 is None:
            return 0
        pages = {
            canonical_project_url(listing.page_url)
            for listing in self._listings
            if listing.group in groups
            and any(
                other.filename == file.filename and sha256 in other.hashes
                for other in listing.files
            )
        }
        return len(pages)
