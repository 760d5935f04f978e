"""A file of which only the beginning may have come: what to ask for then, and what continues it.

Decides by the validator and the range that the server states (RFC 9110, sections 13.1.5 and 14.4);
only a file that a hash binds together is continued, and it is verified as a whole in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import BinaryIO

from xpip.edge.repositories.fetched_file import Digests

_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", re.ASCII)
# RFC 9110, 8.8.1: a weak validator does not say that two answers are the same, byte for byte.
_STRONG = re.compile(r'"[\x21\x23-\x7e]{1,200}"', re.ASCII)


class PartialFile:
    """What has come of a file so far.

    Attributes:
        digests: of all of it.
        resumed: whether it was put together from several answers.

    Args:
        file: where it is written; it can be read from its beginning, too.
        digests: makes new ones.
    """

    def __init__(self, file: BinaryIO, digests: Callable[[], Digests]) -> None:
        self._file = file
        self._new_digests = digests
        self.start_over()

    def start_over(self) -> None:
        """Forget what came."""
        self._file.seek(0)
        self._file.truncate()
        self._size = 0
        self._validator: str | None = None
        self.digests = self._new_digests()
        self.resumed = False

    @property
    def request(self) -> dict[str, str]:
        """Headers that ask for what is missing, or for all of it."""
        if not self._size or self._validator is None or not self.digests.bind:
            return {}
        return {"Range": f"bytes={self._size}-", "If-Range": self._validator}

    def takes(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the body of this answer belongs here; what came goes if it begins anew."""
        if status == 206 and self.request and self._continues(headers):
            self.resumed = True
            return True
        self.start_over()
        if status == 200 and _STRONG.fullmatch(headers.get("etag", "")):
            self._validator = headers["etag"]
        return status == 200

    def add(self, chunk: bytes) -> None:
        """Write down the next piece."""
        self._file.write(chunk)
        self._size += len(chunk)
        self.digests.update(chunk)

    def _continues(self, headers: Mapping[str, str]) -> bool:
        stated = _RANGE.fullmatch(headers.get("content-range", ""))
        if stated is None or headers.get("content-encoding", "identity") != "identity":
            return False
        first, last, whole = map(int, stated.groups())
        length = headers.get("content-length", str(last - first + 1))
        return (
            first == self._size
            and last == whole - 1
            and length == str(last - first + 1)
            and headers.get("etag", self._validator) == self._validator
        )
