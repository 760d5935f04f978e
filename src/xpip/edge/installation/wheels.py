"""A wheel file → a source that may be installed, or the reason why it may not.

Decides whether a wheel's names, members and RECORD hold together before anything is written
(binary distribution format; recording installed projects: RI), and, while it is unpacked,
whether each member is what RECORD promises. May not know whence it came and where it goes.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zipfile import ZipFile, ZipInfo

from installer.records import parse_record_file
from installer.utils import SCHEME_NAMES, parse_entrypoints, parse_metadata_file
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from xpip.core.facts import InvalidMetadata
from xpip.core.hashes import hash_in_record
from xpip.core.member_names import OLD_METADATA, folded, is_plain
from xpip.core.metadata import parse_metadata
from xpip.core.zip_layout import MAX_MEMBERS, ReadAt, locate_members, reader
from xpip.edge.installation.contents import VerifiedContents, invalid_wheel
from xpip.edge.installation.inflating import NewInflater, decompressobj
from xpip.edge.installation.members import read_text_member, wheel_members
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
_SCRIPT_NAME = re.compile(r"[^-/][^/]*")
_LARGEST = {"RECORD": 32 * 1024**2, "METADATA": 16 * 1024**2}
_LARGEST_TEXT = 1024**2
"""Bytes of the other files that are read as a whole."""


@contextmanager
def open_wheel(
    path: Path,
    *,
    project: NormalizedName,
    version: Version,
    new_inflater: NewInflater = decompressobj,
) -> Iterator[CheckedWheel]:
    """Open a wheel whose names and structure are right; contents are verified as they are read.

    The file has its own name as a wheel; `project` and `version` are what was resolved.

    Raises:
        InstallationError: `wheel-invalid`, also while its contents are read; `disk`, where the
            file cannot be read.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, "rb"))
            read = _reader(file)
            archive, starts = locate_members(file, read)
            stack.enter_context(archive)
            contents = partial(_contents, read, starts, path.name, new_inflater)
            wheel = CheckedWheel(archive, contents, project, version)
        except OSError as error:
            # zipfile may be sent before the file's first byte, which is no fault of the disk.
            if error.errno == errno.EINVAL:
                raise invalid_wheel(path.name, "its directory leads out of it") from error
            message = f"{path} cannot be read: {error.strerror or error}"
            raise InstallationError(message, reference=Reason.DISK) from error
        except Exception as error:
            # Archives can be broken in more ways than zipfile and email have exceptions for.
            raise invalid_wheel(path.name, str(error) or type(error).__name__) from error
        yield wheel


_Contents = Callable[[ZipInfo, str], VerifiedContents]
"""A member and what RECORD promises of it → its contents."""


def _contents(
    read: ReadAt,
    starts: Mapping[int, int],
    wheel: str,
    new_inflater: NewInflater,
    item: ZipInfo,
    promise: str,
) -> VerifiedContents:
    return VerifiedContents(read, item, starts[item.header_offset], promise, wheel, new_inflater)


def _reader(file: BinaryIO) -> ReadAt:
    if not hasattr(os, "pread"):
        return reader(file)
    descriptor = file.fileno()
    # One call for what is a seek and a read else, of which there are two for each member.
    return lambda offset, length: os.pread(descriptor, length, offset)


class _BrokenRuleError(ValueError):
    """A rule of the wheel format that this file breaks."""


class Member(NamedTuple):
    """A file to install.

    Attributes:
        scheme: the installation scheme's key it belongs to: purelib, scripts …
        directory: below the scheme's; empty for that itself.
        executable: whether it gets the executable bit.
    """

    scheme: str
    directory: str
    name: str
    executable: bool
    contents: VerifiedContents

    @property
    def path(self) -> str:
        """Below the scheme's directory."""
        return f"{self.directory}/{self.name}" if self.directory else self.name


class CheckedWheel:
    """A wheel that may be installed.

    Attributes:
        root: where its top goes: purelib or platlib.
        dist_info_dir: name that the .dist-info directory gets where it is installed.
        metadata: the bytes of METADATA.
    """

    def __init__(
        self, archive: ZipFile, contents: _Contents, project: NormalizedName, version: Version
    ) -> None:
        """Check all that can be checked without unpacking the contents."""
        self._zipfile = archive
        self._contents = contents
        self._filename = Path(str(archive.filename)).name
        files = wheel_members(archive)
        tops = dict.fromkeys(item.filename.partition("/")[0] for item in files)
        self._shipped_info = _info_directory(tops)
        _check_names(self._filename, self._shipped_info, project, version)
        # RI: "New tools that write .dist-info directories MUST normalize both name and version".
        self.dist_info_dir = f"{project.replace('-', '_')}-{version}.dist-info"
        self._data = _data_directory(tops, project, version)
        self._scripts = f"{self._data}/scripts/"
        self._members = [item for item in files if not self._is_uncovered(item.filename)]
        # There is nothing to be said against the places of all other members.
        looked_at = {top for top in tops if top == self._data or _is_old_metadata(top)}
        for item in self._members if looked_at else ():
            if item.filename.partition("/")[0] in looked_at:
                _check_place(item.filename, self._data)
        self._texts: dict[str, str] = {}
        self._places: dict[str, tuple[str, str] | None] = {}
        self._promises = self._read_record()
        self.metadata = self.read_dist_info("METADATA").encode("utf-8")
        _check_metadata(self.metadata, project, version)
        about = parse_metadata_file(self.read_dist_info("WHEEL"))
        _check_format(str(about["Wheel-Version"]))
        self.root = "purelib" if about["Root-Is-Purelib"] == "true" else "platlib"
        if "entry_points.txt" in self.dist_info_filenames:
            _check_entry_points(self.read_dist_info("entry_points.txt"))

    @cached_property
    def dist_info_filenames(self) -> list[str]:
        """Names of the files in the .dist-info directory that RECORD covers."""
        prefix = f"{self._shipped_info}/"
        names = [item.filename for item in self._members]
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]

    def read_dist_info(self, filename: str) -> str:
        """Text of a file in the .dist-info directory, which is what RECORD says.

        It is read once: what was checked is what is used, whatever becomes of the file.
        """
        if filename not in self._texts:
            member = f"{self._shipped_info}/{filename}"
            raw = read_text_member(self._zipfile, member, _LARGEST.get(filename, _LARGEST_TEXT))
            promise = self._promises[member]
            algorithm = promise.partition("=")[0]
            if hash_in_record(algorithm, hashlib.new(algorithm, raw).digest()) != promise:
                raise _BrokenRuleError(f"{member} is not what RECORD says")
            self._texts[filename] = raw.decode("utf-8")
        return self._texts[filename]

    def members(self) -> Iterator[Member]:
        """Each file to install.

        Raises:
            InstallationError: `wheel-invalid`, when its contents are read, or the next file is
                asked for, and they were not what the zip file and RECORD say.
        """
        for item in self._members:
            name = item.filename
            contents = self._contents(item, self._promises[name])
            place = self._place(name)
            if place is not None:
                yield Member(*place, self._is_executable(item), contents)
            if not contents.sha256:
                contents.finish()

    def _read_record(self) -> dict[str, str]:
        """What RECORD says of the members; it must list them all, and nothing else."""
        raw = read_text_member(self._zipfile, f"{self._shipped_info}/RECORD", _LARGEST["RECORD"])
        rows = _record_rows(raw.decode("utf-8"))
        promises = {item.filename: _promise(item, rows) for item in self._members}
        for name in rows.keys() - promises.keys():
            # Some tools list directories.
            if not name.endswith("/") and not self._is_uncovered(name):
                raise _BrokenRuleError(f"RECORD lists {name}, which the wheel does not hold")
        return promises

    def _place(self, member: str) -> tuple[str, str, str] | None:
        """Scheme, directory and name with which the member goes; None where it is dropped."""
        above, _, name = member.rpartition("/")
        if above not in self._places:
            self._places[above] = self._place_of_directory(above)
        place = self._places[above]
        # Nothing that a wheel says of its own installation may be believed.
        if place is None or (above == self._shipped_info and folded(name) in _INSTALLERS_OWN):
            return None
        return *place, name

    def _place_of_directory(self, path: str) -> tuple[str, str] | None:
        """The same for all files of a directory, but for what no wheel may say."""
        if "__pycache__" in folded(path).split("/"):
            return None
        top, _, rest = path.partition("/")
        if top == self._data:
            scheme, _, below = rest.partition("/")
            return scheme, below
        if top != self._shipped_info:
            return self.root, path
        if folded(rest).partition("/")[0] in _INSTALLERS_OWN:
            return None
        return self.root, f"{self.dist_info_dir}/{rest}" if rest else self.dist_info_dir

    def _is_executable(self, item: ZipInfo) -> bool:
        # Binary distribution format: scripts get the executable bit, whatever the archive says.
        if item.filename.startswith(self._scripts):
            return True
        mode = item.external_attr >> 16
        return bool(mode & 0o111) and stat.S_ISREG(mode)

    def _is_uncovered(self, member: str) -> bool:
        """RECORD cannot hold its own hash; signatures of it (PEP 815: deprecated) are dropped."""
        if not member.startswith(self._shipped_info):
            return False
        top, _, rest = member.partition("/")
        return top == self._shipped_info and (rest == "RECORD" or rest.lower() in _SIGNATURES)


def _info_directory(tops: Iterable[str]) -> str:
    found = [top for top in tops if folded(top).endswith(".dist-info")]
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


def _is_old_metadata(top: str) -> bool:
    return folded(top).endswith(OLD_METADATA)


def _check_place(name: str, data: str | None) -> None:
    """A member goes to a scheme, and is not another distribution's metadata there."""
    top, _, path = name.partition("/")
    if top == data:
        scheme, _, path = path.partition("/")
        if scheme not in SCHEME_NAMES or not path:
            raise _BrokenRuleError(f"{name} belongs to no scheme")
        if scheme not in {"purelib", "platlib"}:
            return
        top = path.partition("/")[0]
        if folded(top).endswith(".dist-info"):
            raise _BrokenRuleError(f"{name} would be in a second .dist-info directory")
    if _is_old_metadata(top):
        raise _BrokenRuleError(f"{name} would pass for another distribution's metadata")


def _rows(record: str) -> Iterable[Sequence[str]]:
    if '"' in record or "\r" in record or "\\" in record:
        return parse_record_file(io.StringIO(record, newline=""))
    # What nearly all look like can be parted without a parser, as long as each row has three parts.
    rows = [line.split(",") for line in record.split("\n") if line]
    if {*map(len, rows)} <= {3}:
        return rows
    return parse_record_file(io.StringIO(record, newline=""))


def _record_rows(record: str) -> dict[str, tuple[str, str]]:
    rows: dict[str, tuple[str, str]] = {}
    for name, hashed, size in _rows(record):
        if len(rows) > 2 * MAX_MEMBERS:
            raise _BrokenRuleError("RECORD lists more than a wheel may hold")
        if rows.setdefault(name, (hashed, size)) != (hashed, size):
            raise _BrokenRuleError(f"RECORD contradicts itself about {name}")
    return rows


def _promise(item: ZipInfo, rows: Mapping[str, tuple[str, str]]) -> str:
    if item.filename not in rows:
        raise _BrokenRuleError(f"RECORD does not list {item.filename}")
    hashed, size = rows[item.filename]
    if size and size != str(item.file_size):
        raise _BrokenRuleError(f"{item.filename} has {item.file_size} bytes; RECORD says {size}")
    algorithm, _, digest = hashed.partition("=")
    if algorithm not in _ALGORITHMS:
        raise _BrokenRuleError(f"RECORD gives {item.filename} {algorithm or 'no'} hash, not sha256")
    return f"{algorithm}={digest.rstrip('=')}"


def _check_entry_points(text: str) -> None:
    if "%(" in text:
        # The parser would put values into values: a few lines can become gigabytes.
        raise _BrokenRuleError("entry_points.txt has values that refer to each other")
    try:
        points = tuple(parse_entrypoints(text))
    except (AssertionError, AttributeError) as error:
        # installer only asserts that each is NAME = MODULE:ATTRIBUTE.
        raise _BrokenRuleError("entry_points.txt has a script without MODULE:ATTRIBUTE") from error
    for name, module, attribute, _ in points:
        if not _SCRIPT_NAME.fullmatch(name) or not is_plain(name):
            raise _BrokenRuleError(f"entry_points.txt: {name!r} is no name for a script")
        if not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
            raise _BrokenRuleError(f"entry_points.txt: {module}:{attribute} is no Python object")


def _check_format(stated: str) -> None:
    """Binary distribution format: fail on a greater major version; a minor one is noted later."""
    if not re.fullmatch(r"1\.\d+", stated, re.ASCII):
        raise _BrokenRuleError(f"Wheel-Version {stated} is not supported")
