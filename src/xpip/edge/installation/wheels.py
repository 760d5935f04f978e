"""A wheel file → a source that may be installed, or the reason why it may not.

Decides whether a wheel's names, members and RECORD hold together before anything is written
(binary distribution format; recording installed projects: RI), and, while it is unpacked,
whether each member is what RECORD promises. May not know whence it came and where it goes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast
from zipfile import ZipFile, ZipInfo

from installer.records import parse_record_file
from installer.sources import WheelFile
from installer.utils import SCHEME_NAMES, parse_entrypoints, parse_metadata_file
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from xpip.core.facts import InvalidMetadata
from xpip.core.metadata import parse_metadata
from xpip.errors import InstallationError, Reason

# Binary distribution format: "sha256 or better"; md5, sha1 and sha224 are "not permitted".
_ALGORITHMS = frozenset(
    {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"}
)
_SIGNATURES = frozenset({"record.jws", "record.p7s"})
# What only installers may say of an installation (RI; PEP 610, PEP 710).
_INSTALLERS_OWN = frozenset(
    {"installer", "requested", "direct_url.json", "provenance_url.json", "xpip_origin.json"}
)
_CHUNK = 1024 * 1024
_ASTRAY = re.compile(r"[\\\x00-\x1f\x7f]|^[A-Za-z]:")
_SCRIPT_NAME = re.compile(r"(?!\.{1,2}$)[^-/\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]*")


@contextmanager
def open_wheel(path: Path, *, project: NormalizedName, version: Version) -> Iterator[CheckedWheel]:
    """Open a wheel whose names and structure are right; contents are verified as they are read.

    The file has its own name as a wheel; `project` and `version` are what was resolved.

    Raises:
        InstallationError: `wheel-invalid`, also while its contents are read; `disk`, where the
            file cannot be read.
    """
    try:
        archive = ZipFile(path)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise InstallationError(message, reference=Reason.DISK) from error
    except Exception as error:
        raise _invalid(path.name, str(error)) from error
    with archive:
        try:
            wheel = CheckedWheel(archive, project, version)
        except Exception as error:
            # Archives can be broken in more ways than zipfile and email have exceptions for.
            raise _invalid(path.name, str(error) or type(error).__name__) from error
        with wheel.open_streams:
            yield wheel


class _BrokenRuleError(ValueError):
    """A rule of the wheel format that this file breaks."""


def _invalid(filename: str, detail: str) -> InstallationError:
    message = f"{filename} is not a valid wheel"
    return InstallationError(message, context=(detail,), reference=Reason.WHEEL_INVALID)


class CheckedWheel(WheelFile):
    """A wheel that `installer.install` may read.

    Attributes:
        open_streams: closes what is being read.
        metadata: the bytes of METADATA.
        warnings: what the user should know about the wheel's format.
    """

    def __init__(self, archive: ZipFile, project: NormalizedName, version: Version) -> None:
        """Check all that can be checked without unpacking the contents."""
        super().__init__(archive)
        self.open_streams = ExitStack()
        self._filename = Path(str(archive.filename)).name
        files = _files(archive.infolist())
        tops = dict.fromkeys(item.filename.partition("/")[0] for item in files)
        self._shipped_info = _info_directory(tops)
        _check_names(self._filename, self._shipped_info, project, version)
        # RI: "New tools that write .dist-info directories MUST normalize both name and version".
        self._own_info = f"{project.replace('-', '_')}-{version}.dist-info"
        self._data = _data_directory(tops, project, version)
        self._members = [item for item in files if not self._is_uncovered(item.filename)]
        for item in self._members:
            _check_data_member(item.filename, self._data)
        self._promises = self._read_record()
        self.metadata = archive.read(f"{self._shipped_info}/METADATA")
        _check_metadata(self.metadata, project, version)
        self.warnings = _format_warnings(self.read_dist_info("WHEEL"))
        if "entry_points.txt" in self.dist_info_filenames:
            _check_entry_points(self.read_dist_info("entry_points.txt"))

    @cached_property
    def dist_info_dir(self) -> str:
        """Name that the .dist-info directory gets where it is installed."""
        return self._own_info

    @property
    def data_dir(self) -> str:
        """Name of the .data directory, as the wheel spells it."""
        return self._data or super().data_dir

    @property
    def dist_info_filenames(self) -> list[str]:
        """Names of the files in the .dist-info directory that RECORD covers."""
        prefix = f"{self._shipped_info}/"
        names = (item.filename for item in self._members)
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]

    def read_dist_info(self, filename: str) -> str:
        """Text of a file in the .dist-info directory."""
        return self._zipfile.read(f"{self._shipped_info}/{filename}").decode("utf-8")

    def get_contents(self) -> Iterator[tuple[tuple[str, str, str], BinaryIO, bool]]:
        """Each file to install: its record, its contents, whether it is executable.

        Raises:
            InstallationError: `wheel-invalid`, when the next file is asked for and the contents
                of this one were not what RECORD says.
        """
        for item in self._members:
            promise = self._promises[item.filename]
            path = self._installed_path(item.filename)
            stream = _VerifiedStream(self._zipfile, item, promise, self._filename)
            self.open_streams.callback(stream.close)
            if path is not None:
                yield (path, "", ""), cast("BinaryIO", stream), self._is_executable(item)
            stream.finish()
            self.open_streams.close()

    def _read_record(self) -> dict[str, _Promise]:
        """What RECORD says of the members; it must list them all, and nothing else."""
        rows = _record_rows(self.read_dist_info("RECORD"))
        promises = {item.filename: _promise(item, rows) for item in self._members}
        for name in rows.keys() - promises.keys():
            # Some tools list directories.
            if not name.endswith("/") and not self._is_uncovered(name):
                raise _BrokenRuleError(f"RECORD lists {name}, which the wheel does not hold")
        return promises

    def _installed_path(self, member: str) -> str | None:
        """Where the member goes; None where it is dropped."""
        top, _, rest = member.partition("/")
        if "__pycache__" in member.lower().split("/")[:-1]:
            return None
        if top != self._shipped_info:
            return member
        # Nothing that a wheel says of its own installation may be believed.
        forged = rest.lower().partition("/")[0] in _INSTALLERS_OWN
        return None if forged else f"{self._own_info}/{rest}"

    def _is_executable(self, item: ZipInfo) -> bool:
        # Binary distribution format: scripts get the executable bit, whatever the archive says.
        if item.filename.startswith(f"{self._data}/scripts/"):
            return True
        mode = item.external_attr >> 16
        return stat.S_ISREG(mode) and bool(mode & 0o111)

    def _is_uncovered(self, member: str) -> bool:
        """RECORD cannot hold its own hash; signatures of it (PEP 815: deprecated) are dropped."""
        top, _, rest = member.partition("/")
        return top == self._shipped_info and (rest == "RECORD" or rest.lower() in _SIGNATURES)


class _Promise(NamedTuple):
    """What RECORD says of one member; the digest is URL-safe base64 without padding."""

    algorithm: str
    digest: str


class _VerifiedStream:
    """A member's contents, hashed while they are read."""

    def __init__(self, archive: ZipFile, item: ZipInfo, promise: _Promise, wheel: str) -> None:
        self._member, self._promise, self._wheel = item.filename, promise, wheel
        self._hasher = hashlib.new(promise.algorithm)
        with self._unpacking():
            self._stream = archive.open(item)
        self.close = self._stream.close

    def read(self, size: int = -1) -> bytes:
        with self._unpacking():
            data = self._stream.read(size)
        self._hasher.update(data)
        return data

    def finish(self) -> None:
        """Read what nobody read, then hold RECORD to its promise."""
        while self.read(_CHUNK):
            pass
        digest = base64.urlsafe_b64encode(self._hasher.digest()).decode("ascii").rstrip("=")
        if digest != self._promise.digest:
            detail = (
                f"{self._member} is not what RECORD says: its {self._promise.algorithm} differs"
            )
            raise _invalid(self._wheel, detail)

    @contextmanager
    def _unpacking(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise _invalid(self._wheel, f"{self._member} cannot be unpacked: {error}") from error


def _files(items: Sequence[ZipInfo]) -> list[ZipInfo]:
    """The members that are files, if all members have paths of which nothing need be feared."""
    for item in items:
        # zipfile cuts names at a NUL; the name as it was written must do.
        name = item.orig_filename
        empty = {"", ".", ".."}.intersection(name.removesuffix("/").split("/"))
        if name != item.filename or _ASTRAY.search(name) or empty:
            raise _BrokenRuleError(f"{name!r} is no path that a wheel may hold")
        kind = stat.S_IFMT(item.external_attr >> 16)
        if kind not in {0, stat.S_IFDIR if item.is_dir() else stat.S_IFREG}:
            raise _BrokenRuleError(f"{name!r} is a link or a special file")
    files = [item for item in items if not item.is_dir()]
    _check_distinct(item.filename for item in files)
    return files


def _check_distinct(names: Iterable[str]) -> None:
    """No two files may share a path, nor a file and a directory, on any file system."""
    seen: dict[str, str] = {}
    for name in names:
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise _BrokenRuleError(f"{seen[folded]!r} and {name!r} may be one path")
        seen[folded] = name
    pending = {folded.rpartition("/")[0] for folded in seen}
    while pending:
        for both in pending & seen.keys():
            raise _BrokenRuleError(f"{seen[both]!r} is a file and a directory")
        pending = {directory.rpartition("/")[0] for directory in pending} - {""}


def _info_directory(tops: Iterable[str]) -> str:
    found = [top for top in tops if top.lower().endswith(".dist-info")]
    if len(found) != 1:
        raise _BrokenRuleError(f"it has {len(found)} .dist-info directories, not one: {found}")
    return found[0]


def _data_directory(tops: Iterable[str], project: NormalizedName, version: Version) -> str | None:
    stems = (top.removesuffix(".data") for top in tops if top.endswith(".data"))
    found = [f"{stem}.data" for stem in stems if _agrees(stem, project, version)]
    if len(found) > 1:
        raise _BrokenRuleError(f"it has {len(found)} .data directories, not one: {found}")
    return found[0] if found else None


def _check_names(filename: str, info: str, project: NormalizedName, version: Version) -> None:
    name, claimed, _, _ = parse_wheel_filename(filename)
    if (name, claimed) != (project, version):
        raise _BrokenRuleError(f"its file name says {name} {claimed}, not {project} {version}")
    if not _agrees(info[: -len(".dist-info")], project, version):
        raise _BrokenRuleError(f"it holds {info}, which is not that of {project} {version}")


def _agrees(stem: str, project: NormalizedName, version: Version) -> bool:
    """Whether NAME-VERSION means this release; older tools left hyphens in names."""
    name, _, text = stem.rpartition("-")
    try:
        return canonicalize_name(name) == project and Version(text) == version
    except InvalidVersion:
        return False


def _check_metadata(raw: bytes, project: NormalizedName, version: Version) -> None:
    said = parse_metadata(raw)
    if isinstance(said, InvalidMetadata):
        raise _BrokenRuleError(said.detail)
    if (said.name, said.version) != (project, version):
        claim = f"{said.name} {said.version}, not {project} {version}"
        raise _BrokenRuleError(f"its METADATA says {claim}")


def _check_data_member(name: str, data: str | None) -> None:
    top, _, rest = name.partition("/")
    if top != data:
        return
    scheme, _, path = rest.partition("/")
    if scheme not in SCHEME_NAMES or not path:
        raise _BrokenRuleError(f"{name} belongs to no scheme")
    if scheme in {"purelib", "platlib"} and path.partition("/")[0].lower().endswith(".dist-info"):
        raise _BrokenRuleError(f"{name} would be in a second .dist-info directory")


def _record_rows(record: str) -> dict[str, tuple[str, str]]:
    rows: dict[str, tuple[str, str]] = {}
    for name, hashed, size in parse_record_file(io.StringIO(record, newline="")):
        if rows.setdefault(name, (hashed, size)) != (hashed, size):
            raise _BrokenRuleError(f"RECORD contradicts itself about {name}")
    return rows


def _promise(item: ZipInfo, rows: Mapping[str, tuple[str, str]]) -> _Promise:
    if item.filename not in rows:
        raise _BrokenRuleError(f"RECORD does not list {item.filename}")
    hashed, size = rows[item.filename]
    if size and size != str(item.file_size):
        raise _BrokenRuleError(f"{item.filename} has {item.file_size} bytes; RECORD says {size}")
    algorithm, _, digest = hashed.partition("=")
    if algorithm not in _ALGORITHMS:
        raise _BrokenRuleError(f"RECORD gives {item.filename} {algorithm or 'no'} hash, not sha256")
    return _Promise(algorithm, digest.rstrip("="))


def _check_entry_points(text: str) -> None:
    try:
        points = tuple(parse_entrypoints(text))
    except (AssertionError, AttributeError) as error:
        # installer only asserts that each is NAME = MODULE:ATTRIBUTE.
        raise _BrokenRuleError("entry_points.txt has a script without MODULE:ATTRIBUTE") from error
    for name, module, attribute, _ in points:
        if not _SCRIPT_NAME.fullmatch(name):
            raise _BrokenRuleError(f"entry_points.txt: {name!r} is no name for a script")
        if not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
            raise _BrokenRuleError(f"entry_points.txt: {module}:{attribute} is no Python object")


def _format_warnings(text: str) -> tuple[str, ...]:
    """Binary distribution format: fail on a greater major version, warn of a greater minor one."""
    stated = str(parse_metadata_file(text)["Wheel-Version"])
    match = re.fullmatch(r"1\.(\d+)", stated)
    if match is None:
        raise _BrokenRuleError(f"Wheel-Version {stated} is not supported")
    return () if int(match[1]) == 0 else (f"Wheel-Version {stated} is newer than xpip knows (1.0)",)
