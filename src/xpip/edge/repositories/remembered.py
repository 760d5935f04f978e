"""Answers that are worked out once, by whichever thread asks first; the others wait for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Remembered(Generic[_Key, _Value]):
    """One value for each key.

    It is made on the thread that asks first, never queued: threads of a pool may wait for one
    another here, and one of them is always at work.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: dict[_Key, Future[_Value]] = {}

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """The value of this key, made by the first who asks; if that raises, so do all others."""
        from concurrent.futures import Future

        mine: Future[_Value] = Future()
        with self._lock:
            future = self._made.setdefault(key, mine)
        if future is mine:
            try:
                mine.set_result(make())
            except BaseException as error:
                mine.set_exception(error)
        return future.result()
