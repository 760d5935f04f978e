"""The metadata of files, kept between runs: of one file, it never changes.

What is known of one project at one repository is one file, with a line for each of its files: a
search may look at thousands of releases. A line is found only under the file's name and its digest
(semantics 6.5), and believed if its own digest holds. What it says is held to the whole wheel again
whenever that is installed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from xpip import __version__
from xpip.core.decisions import Candidate
from xpip.core.facts import CoreMetadata
from xpip.core.hashes import strongest
from xpip.core.kept_metadata import dump_metadata, load_metadata
from xpip.edge.cache.afterwards import Later, at_once
from xpip.edge.cache.places import add_line, digest_of, drawer, read_own

LAYOUT = f"metadata-4-{__version__}"

_DIGEST = 64
_KEY = slice(_DIGEST, 2 * _DIGEST)
"""Where in a line it says of what file it is; before stands the digest of all that follows."""

_LARGEST = 16 << 20
"""Bytes of one project's lines, after which they begin anew."""


class MetadataCache:
    """Keeps metadata below one private directory.

    Args:
        later: writes it.
    """

    def __init__(self, directory: Path, later: Later = at_once) -> None:
        self._directory = directory / LAYOUT
        self._later = later
        self._read: dict[tuple[str, str], dict[bytes, bytes]] = {}

    def find(self, candidate: Candidate) -> CoreMetadata | None:
        """The metadata kept; None where there is none, or none that may be believed."""
        key = _key(candidate)
        line = self._lines(candidate).get(key) if key else None
        found = read_line(line) if line is not None else None
        if found is None or (found.name, found.version) != (candidate.project, candidate.version):
            return None
        return found

    def keep(self, candidate: Candidate, metadata: CoreMetadata) -> None:
        """Keep metadata of a file that its page gives a digest of."""
        key = _key(candidate)
        if key is not None:
            self._later(lambda: self._write(candidate, key, metadata))

    def _write(self, candidate: Candidate, key: bytes, metadata: CoreMetadata) -> None:
        content = dump_metadata(metadata)
        # The wheel is held to this later: what may not read as it was written is not kept.
        if metadata.spelling is not None or load_metadata(content) == metadata:
            line = sealed_line(key, content)
            known = self._lines(candidate)
            if known.get(key) != line:
                add_line(self._place(candidate), line, largest=_LARGEST)
                known[key] = line

    def _lines(self, candidate: Candidate) -> dict[bytes, bytes]:
        """All that is known of its project, as of the first look, and since by this run."""
        known = (candidate.project, candidate.origin.repository)
        if known not in self._read:
            self._read[known] = _by_key(read_own(self._place(candidate)) or b"")
        return self._read[known]

    def _place(self, candidate: Candidate) -> Path:
        name = digest_of(candidate.origin.repository)
        return self._directory / drawer(candidate.project) / name


def _key(candidate: Candidate) -> bytes | None:
    claim = strongest(candidate.file.hashes)
    return digest_of(candidate.file.filename, *claim).encode() if claim else None


def _by_key(raw: bytes) -> dict[bytes, bytes]:
    """The lines, each under its key; what a killed run did not end is none."""
    return {line[_KEY]: line for line in raw.split(b"\n")[:-1]}


def sealed_line(key: bytes, content: bytes) -> bytes:
    """A line without its end: its digest, of which file it is, and what it says."""
    said = key + content
    return hashlib.sha256(said).hexdigest().encode() + said


def read_line(line: bytes) -> CoreMetadata | None:
    """The metadata that was written once, if this is that."""
    said = memoryview(line)[_DIGEST:]
    if hashlib.sha256(said).hexdigest().encode() != line[:_DIGEST]:
        return None
    return load_metadata(memoryview(line)[2 * _DIGEST :])


def is_whole(raw: bytes) -> bool:
    """Whether these bytes are lines, of which each may be believed."""
    lines = raw.split(b"\n")
    return not lines.pop() and None not in map(read_line, lines)
