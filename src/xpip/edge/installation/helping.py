"""Wheels unpacked by other processes, where there is much to unpack and more than one processor.

Decides when helpers are started, and what becomes of a wheel whose helper is gone: it is unpacked
here. What a helper is told and tells are bytes that run no code. Does not know what is unpacked.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from msgspec import Raw, Struct
from msgspec.json import Decoder, encode
from packaging.version import Version

from xpip.core.names import NormalizedName, canonicalize_name
from xpip.core.unpacked import dump_unpacked
from xpip.edge.installation.helper_processes import HelperProcess, begin_helper, can_begin_helpers
from xpip.errors import InstallationError, Reason

WORTH_HELP = 8_000_000
"""Bytes of wheels that take as long to unpack as two helpers take to begin."""
_MOST = 4
_LENGTH = 8


class Job(Struct):
    """A wheel to unpack; paths are bytes as the file system has them."""

    path: bytes
    project: str
    version: str
    into: bytes


class _Done(Struct, tag="done"):
    manifest: Raw


class _Invalid(Struct, tag="invalid"):
    """An `InstallationError`."""

    message: str
    context: Sequence[str]
    hint: str | None
    reference: Reason


class _Failed(Struct, tag="failed"):
    """An `OSError`."""

    number: int | None
    text: str


_JOB = Decoder(Job)
_ANSWER = Decoder(_Done | _Invalid | _Failed)


class HelperGone(Exception):
    """A helper ended, or said what none would say."""


class Unpackers:
    """Who unpacks wheels: this process, or its helpers.

    Args:
        processors: of this machine.
    """

    def __init__(self, processors: int | None = None) -> None:
        self._processors = processors or _processors()
        # Two threads that unpack small files take turns at every one, and twice the time of one.
        self._free: SimpleQueue[Helper | None] = SimpleQueue()
        self._helpers: list[Helper] = []
        self._closed = False

    def start(self, sizes: Sequence[int]) -> None:
        """Get ready for wheels of so many bytes each; call it once, and before the first."""
        most = min(len(sizes), self._processors, _MOST) if can_begin_helpers() else 0
        with suppress(OSError):
            while most > 1 and sum(sizes) >= WORTH_HELP and len(self._helpers) < most:
                self._helpers.append(Helper())
        for each in self._helpers or (None,):
            self._free.put(each)

    @contextmanager
    def turn(self) -> Iterator[Unpacker]:
        """Somebody who has nothing else to do."""
        unpacker = Unpacker(self._free.get(), self)
        try:
            yield unpacker
        finally:
            self._free.put(unpacker.helper)

    @property
    def helpers(self) -> int:
        """How many were started."""
        return len(self._helpers)

    @property
    def closed(self) -> bool:
        """Whether nothing is wanted any more."""
        return self._closed

    def close(self) -> None:
        """End all helpers, whatever they do."""
        self._closed = True
        for each in self._helpers:
            each.end()


class Unpacker:
    """One of those who unpack, for one wheel."""

    def __init__(self, helper: Helper | None, unpackers: Unpackers) -> None:
        self.helper = helper
        self._unpackers = unpackers

    def unpack(self, path: Path, project: NormalizedName, version: Version, into: str) -> bytes:
        """Unpack a wheel to be shared to a directory yet to be made; gives its manifest.

        Raises:
            InstallationError: `wheel-invalid`, or `disk` where the wheel cannot be read.
            OSError: the tree cannot be written.
        """
        job = Job(os.fsencode(path), project, str(version), os.fsencode(into))
        if self.helper is not None:
            try:
                return self.helper.unpack(job)
            except HelperGone:
                self.helper.end()
                self.helper = None
            if self._unpackers.closed:
                raise OSError(errno.ECANCELED, os.strerror(errno.ECANCELED))
            shutil.rmtree(into, ignore_errors=True)
        return bytes(_unpacked(job))


class Helper:
    """A process that unpacks one wheel after the other."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        self._process: HelperProcess = begin_helper(serve)

    @property
    def pid(self) -> int:
        """What the operating system calls it by."""
        return self._process.pid

    def unpack(self, job: Job) -> bytes:
        """Have a wheel unpacked.

        Raises:
            InstallationError, OSError: as `Unpacker.unpack` says.
            HelperGone: it is not known what became of the wheel.
        """
        try:
            _send(self._process.jobs, encode(job))
            answer: _Done | _Invalid | _Failed = _ANSWER.decode(_received(self._process.answers))
        except (OSError, EOFError, ValueError) as error:
            raise HelperGone from error
        match answer:
            case _Done(manifest):
                return bytes(manifest)
            case _Invalid(message, context, hint, reference):
                raise InstallationError(message, context=context, hint=hint, reference=reference)
            case _Failed(number, text):
                raise OSError(number, text)

    def end(self) -> None:
        """Let nothing of it go on."""
        self._process.end()


def serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Unpack wheels as long as somebody wants it: what a helper does."""
    import gc

    gc.set_threshold(100_000, 50, 50)
    with suppress(OSError, EOFError):
        while True:
            _send(answers, _answer_to(_JOB.decode(_received(jobs))))


def _answer_to(job: Job) -> bytes:
    try:
        return encode(_Done(_unpacked(job)))
    except InstallationError as error:
        return encode(_Invalid(error.message, error.context, error.hint, error.reference))
    except OSError as error:
        return encode(_Failed(error.errno, error.strerror or str(error)))


def _unpacked(job: Job) -> Raw:
    # It loads `installer`, for which a run that has helpers has no use.
    from xpip.edge.installation.unpacking import unpack_wheel

    unpacked = unpack_wheel(
        Path(os.fsdecode(job.path)),
        project=canonicalize_name(job.project),
        version=Version(job.version),
        into=os.fsdecode(job.into),
        shared=True,
    )
    return Raw(dump_unpacked(unpacked))


def _send(stream: IO[bytes], content: bytes) -> None:
    stream.write(len(content).to_bytes(_LENGTH, "big"))
    stream.write(content)
    stream.flush()


def _received(stream: IO[bytes]) -> bytes:
    length = int.from_bytes(_exactly(stream, _LENGTH), "big")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
