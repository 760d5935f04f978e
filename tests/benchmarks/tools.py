"""How each installer is called for the same work. Wheels only, no settings.

Nothing is compiled to bytecode unless it is asked for, because uv compiles nothing by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_SETTINGS = ("PIP_", "UV_", "XPIP_", "PYTHON", "VIRTUAL_ENV", "SSL_CERT", "REQUESTS_", "CURL_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done, where, and what may be used for it."""

    requirements: Path
    indexes: tuple[str, ...]
    environment: Path
    lock: Path
    cache: Path
    certificate: Path | None = None
    compiled: bool = False
    """What is installed shall be compiled to bytecode."""

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.environment / "bin" / "python"


class Tool(Protocol):
    """An installer: each method gives the command that makes it do that."""

    name: str

    def start(self, option: str) -> list[str]:
        """Only show its version or its help."""

    def resolve(self, job: Job) -> list[str]:
        """Choose versions, change nothing."""

    def lock(self, job: Job) -> list[str]:
        """Choose versions and write them into a lock file."""

    def install(self, job: Job) -> list[str]:
        """Choose versions and install them."""

    def install_lock(self, job: Job) -> list[str]:
        """Install what its lock file says."""


class Xpip:
    """xpip, of this environment or as another command."""

    name = "xpip"

    def __init__(self, command: Sequence[str] = ()) -> None:
        self._command = [*command] or [_beside("xpip")]
        self.has_cache = "--cache-dir" in self._help()

    def _help(self) -> str:
        command = [*self._command, "install", "--help"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self, option: str) -> list[str]:
        return [*self._command, option]

    def resolve(self, job: Job) -> list[str]:
        return self._run("install", job, "--dry-run", *_choosing(job))

    def lock(self, job: Job) -> list[str]:
        return self._run("lock", job, "--output", str(job.lock), *_choosing(job))

    def install(self, job: Job) -> list[str]:
        return self._run("install", job, *_choosing(job))

    def install_lock(self, job: Job) -> list[str]:
        compiled = ("--compile",) if job.compiled else ()
        return self._run("install", job, "--lock", str(job.lock), *compiled)

    def _run(self, verb: str, job: Job, *options: str) -> list[str]:
        cache = ("--cache-dir", str(job.cache)) if self.has_cache else ()
        cert = ("--cert", str(job.certificate)) if job.certificate else ()
        where = ("--python", str(job.environment))
        return [*self._command, verb, *where, *cache, *cert, *options]


class Uv:
    """uv's pip interface. Its certificate comes from the environment."""

    name = "uv"

    def __init__(self) -> None:
        self._command = _beside("uv")

    def start(self, option: str) -> list[str]:
        return [self._command, option]

    def resolve(self, job: Job) -> list[str]:
        return self._run("install", job, "--dry-run", *_choosing(job))

    def lock(self, job: Job) -> list[str]:
        read = (str(job.requirements), *_choosing(job)[2:])
        return self._run("compile", job, "--output-file", str(job.lock), *read)

    def install(self, job: Job) -> list[str]:
        return self._run("install", job, *_choosing(job))

    def install_lock(self, job: Job) -> list[str]:
        indexes = _choosing(job)[2:]
        compiled = ("--compile-bytecode",) if job.compiled else ()
        return self._run("install", job, "--no-deps", "-r", str(job.lock), *indexes, *compiled)

    def _run(self, verb: str, job: Job, *options: str) -> list[str]:
        where = ("--python", str(job.python), "--cache-dir", str(job.cache))
        return [self._command, "--no-config", "pip", verb, *where, *options]


class Pip:
    """pip, run by the interpreter of the target, as its `--python` does."""

    name = "pip"

    def __init__(self) -> None:
        import pip

        self._package = str(Path(pip.__file__).parent)

    def start(self, option: str) -> list[str]:
        return [sys.executable, self._package, option]

    def resolve(self, job: Job) -> list[str]:
        options = ("--dry-run", "--ignore-installed", "--report", os.devnull)
        return self._run("install", job, *options, *_choosing(job))

    def lock(self, job: Job) -> list[str]:
        return self._run("lock", job, "--output", str(job.lock), *_choosing(job))

    def install(self, job: Job) -> list[str]:
        return self._run("install", job, "--no-compile", *_choosing(job))

    def install_lock(self, job: Job) -> list[str]:
        indexes = _choosing(job)[2:]
        compiled = "--compile" if job.compiled else "--no-compile"
        return self._run("install", job, compiled, "-r", str(job.lock), *indexes)

    def _run(self, verb: str, job: Job, *options: str) -> list[str]:
        cert = ("--cert", str(job.certificate)) if job.certificate else ()
        cache = ("--cache-dir", str(job.cache), "--disable-pip-version-check")
        return [str(job.python), self._package, verb, *cache, *cert, *options]


def _choosing(job: Job) -> tuple[str, ...]:
    first, *others = job.indexes
    more = (part for url in others for part in ("--extra-index-url", url))
    wheels = ("--only-binary", ":all:")
    return ("-r", str(job.requirements), "--index-url", first, *more, *wheels)


def environ(home: Path, certificate: Path | None) -> dict[str, str]:
    """Variables without any that a tool heeds, and a home without settings."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(_SETTINGS)}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "PIP_CONFIG_FILE": os.devnull}
    trust = {"SSL_CERT_FILE": str(certificate)} if certificate else {}
    return kept | own | trust | {"NO_PROXY": "127.0.0.1"}


def _beside(program: str) -> str:
    """The program of the environment that this runs in."""
    return str(Path(sys.executable).with_name(program))
