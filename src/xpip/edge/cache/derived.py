"""What was worked out once and would come out the same again, kept between runs.

An entry is found only under all that it depends on, which whoever keeps it has to say in full.
It is data, and as good as what it was made from: judged anew in each run.
"""

from __future__ import annotations

from pathlib import Path

from xpip import __version__
from xpip.edge.cache.places import SEAL, digest_of, is_sealed, read_own, write_sealed

LAYOUT = f"derived-1-{__version__}"


class Derived:
    """Keeps one kind of thing below a private directory."""

    def __init__(self, directory: Path, kind: str) -> None:
        self._directory = directory / LAYOUT / kind

    def find(self, *question: str) -> bytes | None:
        """What was kept under exactly these texts, if it may be believed."""
        return read_entry(self._directory / digest_of(*question))

    def keep(self, answer: bytes, *question: str) -> None:
        """Keep it under these texts."""
        write_sealed(self._directory / digest_of(*question), answer)


def read_entry(path: Path) -> bytes | None:
    """What was written there once, if these bytes are that."""
    raw = read_own(path)
    return raw[SEAL:] if raw is not None and is_sealed(raw) else None
