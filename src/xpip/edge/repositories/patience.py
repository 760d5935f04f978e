"""How long a thread waits for what it asked, until an answer's headers are there.

A time-out counts from one byte to the next: a byte now and then, or interim answers without end
(1xx; RFC 9110, section 15.2), would keep a run waiting for ever. Bodies have bounds of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Patience(threading.local):
    """Until when this thread waits; None where it may for ever."""

    deadline: float | None = None

    @contextmanager
    def for_seconds(self, seconds: float) -> Iterator[None]:
        """Let no read go on for longer than this."""
        self.deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self.deadline = None

    def left(self, timeout: float | None) -> float | None:
        """Seconds that one read may take.

        Raises:
            httpcore.ReadTimeout: none is left.
        """
        if self.deadline is None:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            import httpcore

            raise httpcore.ReadTimeout("timed out")
        return left if timeout is None else min(timeout, left)
