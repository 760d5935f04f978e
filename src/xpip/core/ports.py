"""All that the core asks of the world, on one page.

The edge implements these; so do the in-memory doubles of the tests. A `prefetch_*` is a
promise that the answer will be asked for soon: it may do nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from xpip.core.decisions import Candidate
from xpip.core.facts import (
    Answer,
    InstalledDistribution,
    MetadataAnswer,
    Repository,
    Unavailable,
    Unbuilt,
)
from xpip.core.names import NormalizedName


class Listener(Protocol):
    """Is told, on the caller's own thread, when a prefetched answer can be had without waiting.

    Nobody is told of an answer that is there as soon as it is asked for.
    """

    def about_to_wait(self) -> None:
        """Somebody is: what will be wanted besides had better be asked for now."""

    def page_arrived(self, project: NormalizedName) -> None:
        """One of the project's pages is here."""

    def metadata_arrived(self, candidate: Candidate) -> None:
        """The candidate's metadata is here."""


class Repositories(Protocol):
    """The repositories, as far as names and metadata go."""

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What the repository answers for the project; waits, never raises for an answer."""

    def first_page(self, repositories: Sequence[Repository], project: NormalizedName) -> Repository:
        """Which of several mirrors, all asked at once, has answered first; waits."""

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """The METADATA of one candidate; waits."""

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """What lies at a place that a project's metadata names (PEP 508); waits."""

    def prefetch_page(self, repository: Repository, project: NormalizedName) -> None:
        """Begin to ask for a page."""

    def prefetch_metadata(self, candidate: Candidate) -> None:
        """Begin to ask for metadata."""

    def has_page(self, repository: Repository, project: NormalizedName) -> bool:
        """Whether `page` would answer without waiting."""

    def has_metadata(self, candidate: Candidate) -> bool:
        """Whether `metadata` would answer without waiting."""

    def listen(self, listener: Listener) -> None:
        """Tell this listener of arrivals, whenever a call waits."""


class InstalledDistributions(Protocol):
    """What the target holds already."""

    def find(self, project: NormalizedName) -> InstalledDistribution | None:
        """The distribution of this name, if it is installed and readable."""


class Observer(Protocol):
    """Is told how far a run has come; may show it, and decides nothing."""

    def waiting(self) -> None:
        """Another run is changing the same environment."""

    def resolving(self, project: NormalizedName) -> None:
        """The resolver met a project."""

    def building(self, what: str) -> None:
        """Sources are being built, which may take long."""

    def fetching(self, files: int, size: int) -> None:
        """So many files are to be fetched, of so many bytes as far as known."""

    def fetched(self, size: int) -> None:
        """So many more bytes are here."""

    def installing(self, wheels: int) -> None:
        """So many wheels are to be installed."""

    def installed(self, project: NormalizedName) -> None:
        """One more wheel is ready."""
