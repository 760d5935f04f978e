"""The metadata of files, kept between runs: of one file, it never changes.

An entry is found only under the repository, the file's name and its digest (semantics 6.5). It is
held to the whole wheel again whenever that is installed.
"""

from __future__ import annotations

from pathlib import Path

from xpip import __version__
from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata
from xpip.core.hashes import strongest
from xpip.core.kept_metadata import dump_metadata, load_metadata
from xpip.edge.cache.afterwards import Later, at_once
from xpip.edge.cache.places import SEAL, digest_of, drawer, is_sealed, read_own, write_sealed

LAYOUT = f"metadata-3-{__version__}"


class MetadataCache:
    """Keeps metadata below one private directory.

    Args:
        later: writes it.
    """

    def __init__(self, directory: Path, later: Later = at_once) -> None:
        self._directory = directory / LAYOUT
        self._later = later

    def find(self, candidate: Candidate) -> CoreMetadata | None:
        """The metadata kept; None where there is none, or none that may be believed."""
        place = self._place(candidate)
        found = read_entry(read_own(place)) if place else None
        if found is None or (found.name, found.version) != (candidate.project, candidate.version):
            return None
        return found

    def keep(self, candidate: Candidate, metadata: CoreMetadata) -> None:
        """Keep metadata of a file that its page gives a digest of."""
        place = self._place(candidate)
        if place is not None:
            self._later(lambda: _write(place, metadata))

    def _place(self, candidate: Candidate) -> Path | None:
        claim = strongest(candidate.file.hashes)
        if claim is None:
            return None
        name = digest_of(candidate.origin.repository, candidate.file.filename, *claim)
        return self._directory / drawer(candidate.project) / name


def _write(place: Path, metadata: CoreMetadata) -> None:
    content = dump_metadata(metadata)
    # The wheel is held to this later: what may not read as it was written is not kept.
    if metadata.spelling is not None or load_metadata(content) == metadata:
        write_sealed(place, content)


def read_entry(raw: bytes | None) -> CoreMetadata | None:
    """The metadata that was written once, if these bytes are that."""
    return load_metadata(memoryview(raw)[SEAL:]) if raw is not None and is_sealed(raw) else None
