"""What is to be kept is written while the run goes on: nobody waits for it before its end.

On one thread, in the order in which it was asked for, so that the last word on an entry stands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Work = Callable[[], object]
Later = Callable[[Work], None]
"""Does something now or later, but in order."""

_LONGEST = 10.0
"""Seconds that the end of a run waits for the disk; what is not kept then is fetched again."""


def at_once(work: Work) -> None:
    """The `Later` of whoever looks at once."""
    work()


class Afterwards:
    """A `Later` with a thread of its own, which is there when there is work."""

    def __init__(self) -> None:
        self._due: SimpleQueue[Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._failure: Exception | None = None

    def __call__(self, work: Work) -> None:
        """Do it when what was asked for before is done."""
        self._due.put(work)
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._work, name="xpip-keep", daemon=True
                    )
                    self._thread.start()

    def finish(self) -> None:
        """Wait until all is done, within reason.

        Raises:
            Exception: the first that work raised.
        """
        if self._thread is None:
            return
        self._due.put(None)
        self._thread.join(_LONGEST)
        self._thread = None
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while work := self._due.get():
            try:
                work()
            except Exception as failure:  # told where the run waits for it
                self._failure = self._failure or failure
