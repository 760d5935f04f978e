"""The port `Repositories`, over answers that are known: decisions made again, and nobody asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xpip.core.decisions import Candidate
from xpip.core.facts import (
    Absent,
    Answer,
    CoreMetadata,
    MetadataAnswer,
    Repository,
    Unavailable,
    Unbuilt,
)
from xpip.core.names import NormalizedName
from xpip.core.ports import Listener
from xpip.errors import Reason


class RecordedAnswers:
    """The port `Repositories`, over answers that are known: all others lack the name."""

    def __init__(self, answers: Mapping[Repository, Answer]) -> None:
        self._answers = answers

    def page(self, repository: Repository, project: NormalizedName) -> Answer:
        """What is known, or that it lacks the name."""
        known = self._answers.get(repository)
        url = repository.project_url(project)
        return known or Absent(repository=repository, url=url, detail="was not asked")

    def first_page(self, repositories: Sequence[Repository], project: NormalizedName) -> Repository:
        """The first mirror."""
        return repositories[0]

    def metadata(self, candidate: Candidate) -> MetadataAnswer:
        """No more than its file name says."""
        return CoreMetadata(name=candidate.project, version=candidate.version)

    def direct(self, project: NormalizedName, url: str) -> Candidate | Unavailable | Unbuilt:
        """Nothing lies anywhere."""
        return Unavailable(
            repository=Repository(url=url), url=url, reason=Reason.UNREACHABLE, detail="a replay"
        )

    def prefetch_page(self, repository: Repository, project: NormalizedName) -> None:
        """Is there already."""

    def prefetch_metadata(self, candidate: Candidate) -> None:
        """Is there already."""

    def has_page(self, repository: Repository, project: NormalizedName) -> bool:
        """Always."""
        return True

    def has_metadata(self, candidate: Candidate) -> bool:
        """Always."""
        return True

    def listen(self, listener: Listener) -> None:
        """Nothing arrives."""
