"""The metadata of files, kept between runs: of one file, it never changes.

An entry is found only under the repository, the file's name and its digest (semantics 6.5). It is
held to the whole wheel again whenever that is installed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from xpip import __version__
from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata
from xpip.core.hashes import strongest
from xpip.core.metadata import dump_metadata, load_metadata
from xpip.edge.cache.places import write_whole

_LAYOUT = f"metadata-1-{__version__}"
_DIGEST = 32


class MetadataCache:
    """Keeps metadata below one private directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / _LAYOUT

    def find(self, candidate: Candidate) -> CoreMetadata | None:
        """The metadata kept; None where there is none, or none that may be believed."""
        place = self._place(candidate)
        try:
            raw = place.read_bytes() if place else b""
        except OSError:
            return None
        digest, rest = raw[:_DIGEST], raw[_DIGEST:]
        if hashlib.sha256(rest).digest() != digest:
            return None
        found = load_metadata(rest)
        if found is None or (found.name, found.version) != (candidate.project, candidate.version):
            return None
        return found

    def keep(self, candidate: Candidate, metadata: CoreMetadata) -> None:
        """Keep metadata of a file that its page gives a digest of."""
        place = self._place(candidate)
        if place is not None:
            rest = dump_metadata(metadata)
            write_whole(place, hashlib.sha256(rest).digest() + rest)

    def _place(self, candidate: Candidate) -> Path | None:
        claim = strongest(candidate.file.hashes)
        if claim is None:
            return None
        said = f"{candidate.origin.repository}\n{candidate.file.filename}\n{claim}"
        name = hashlib.sha256(said.encode()).hexdigest()
        return self._directory / name[:2] / name[2:]
