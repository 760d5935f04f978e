"""What there is for one set of requirements, best first; each made when somebody looks that far."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xpip.core.resolution.terms import Choice


class Offers:
    """Choices that are made once, however often somebody goes through them.

    Args:
        made: makes them; it is read as far as somebody looks.
    """

    __slots__ = ("_made", "_seen", "_start")

    def __init__(self, made: Iterator[Choice]) -> None:
        self._made = made
        self._seen: list[Choice] = []
        self._start = 0

    def without(self, impossible: Collection[Choice]) -> Iterator[Choice]:
        """Those that are not impossible; what is so stays so."""
        while (first := self._at(self._start)) is not None and first in impossible:
            self._start += 1
        place = self._start
        while (choice := self._at(place)) is not None:
            place += 1
            if choice not in impossible:
                yield choice

    @property
    def best(self) -> Choice | None:
        """The first of all, impossible or not."""
        return self._at(0)

    def _at(self, place: int) -> Choice | None:
        if place == len(self._seen):
            choice = next(self._made, None)
            if choice is None:
                return None
            self._seen.append(choice)
        return self._seen[place]
