"""When an answer of an earlier run counts (semantics 7.7).

Fresh ones count unasked, as long as the server allowed; offline all do, at any age; what the user
wants refreshed is asked about again. Decides nothing about names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xpip.core.facts import Answer, Found, PageRequest
from xpip.core.names import NormalizedName
from xpip.core.policy import NameSet
from xpip.core.urls import redacted
from xpip.edge.repositories.responses import Response

if TYPE_CHECKING:
    from xpip.edge.cache.page_entries import Anew
    from xpip.edge.cache.pages import PageCache, StoredAnswer

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


class KeptPages:
    """The pages kept, as of one moment.

    Args:
        now: seconds since the epoch.
        offline: whether nothing is asked.
        refresh: projects to be asked about again.
    """

    def __init__(
        self, cache: PageCache, *, now: float, offline: bool = False, refresh: NameSet | None = None
    ) -> None:
        self._cache = cache
        self._now = now
        self._offline = offline
        self._refresh = refresh or NameSet()

    def find(self, asked: PageRequest, anew: Anew) -> StoredAnswer | None:
        """What was answered before.

        Args:
            anew: asks again for the files of a release that turn out to be damaged.
        """
        return self._cache.find(asked, anew)

    def is_usable(self, known: StoredAnswer, project: NormalizedName) -> bool:
        """Whether the answer counts without asking."""
        return self._offline or (project not in self._refresh and known.is_fresh(self._now))

    def time_of(self, known: StoredAnswer) -> datetime:
        """When the answer was last known to hold: never before 1970, nor to come."""
        return datetime.fromtimestamp(max(0, min(self._now, known.fetched_at)), tz=UTC)

    def age_of(self, known: StoredAnswer) -> str:
        """How long ago the answer was known to hold, for people."""
        seconds = int(max(0, self._now - known.fetched_at))
        length, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
        count = seconds // length
        return f"{count} {unit}{'' if count == 1 else 's'} ago"

    def keep(self, asked: PageRequest, response: Response, answer: Answer, anew: Anew) -> None:
        """Keep an answer, unless the server forbids it."""
        self._cache.keep(
            asked,
            status=response.status,
            url=redacted(response.url),
            headers=response.headers,
            page=answer.page if isinstance(answer, Found) else None,
            now=self._now,
            anew=anew,
        )

    def renew(self, asked: PageRequest, headers: Mapping[str, str]) -> None:
        """The server says that what was kept still holds."""
        self._cache.renew(asked, headers, self._now)
