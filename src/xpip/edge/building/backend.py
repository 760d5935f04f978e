"""A source tree and the environment made for it → requirements, metadata, wheels.

Calls the hooks of PEP 517 and PEP 660, and decides whether what they leave may be believed: a
file in the directory given, and of the release that was asked for. May not know where the
sources are from, nor what fills the environment.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename
from packaging.version import Version
from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing

from xpip.core.facts import CoreMetadata
from xpip.core.metadata import parse_metadata
from xpip.core.nesting import check_nesting
from xpip.edge.building.isolation import BuildEnvironment
from xpip.edge.building.processes import build_variables, cleaned, end_of_log, run_logged
from xpip.edge.building.pyproject import BuildSystem
from xpip.errors import InstallationError, Reason

_T = TypeVar("_T")
_LINES_SHOWN = 30

ConfigSettings = Mapping[str, str | list[str]]
"""PEP 517's `config_settings`, as `--config-settings` gives them."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a build must be of; None where that is not known before it is built."""

    project: NormalizedName | None = None
    version: Version | None = None

    def misses(self, project: NormalizedName, version: Version) -> bool:
        """Whether this is another project, or another release of it."""
        return self.project not in {None, project} or self.version not in {None, version}

    def __str__(self) -> str:
        stated = [str(part) for part in (self.project, self.version) if part is not None]
        return " ".join(stated) or "the project"


class PreparedMetadata(Struct, frozen=True, kw_only=True):
    """What `prepare_metadata_for_build_*` left; the wheel must turn out the same."""

    dist_info: Path
    metadata: CoreMetadata


class BuiltWheel(Struct, frozen=True, kw_only=True):
    """A wheel as its file name tells of it; its contents are yet to be looked at."""

    path: Path
    project: NormalizedName
    version: Version


class Backend:
    """The build backend of one source tree. Call it on the main thread: see `run_logged`.

    Args:
        asked: what the tree must be of.
        environ: the process's variables, of which the hooks see what `build_variables` lets by.
        log: a file for the hooks' output. It is appended to, and errors name it: it should
            outlast the environment.

    Every method raises InstallationError: `build-failed`, or `disk`.
    """

    def __init__(
        self,
        source: Path,
        system: BuildSystem,
        environment: BuildEnvironment,
        *,
        asked: Asked,
        environ: Mapping[str, str],
        log: Path,
        config_settings: ConfigSettings | None = None,
    ) -> None:
        self._system, self._asked, self._log = system, asked, log
        self._settings = dict(config_settings or {})
        self._shown_from = 0
        self._variables = build_variables(
            environ, prefix=environment.prefix, scripts=environment.scripts
        )
        self._hooks = BuildBackendHookCaller(
            str(source),
            system.backend,
            backend_path=system.backend_path,
            runner=self._run,
            python_executable=str(environment.python),
        )

    def requires_for_wheel(self) -> tuple[Requirement, ...]:
        """What `build_wheel` needs beyond the build system's own requirements."""
        return self._requires(
            "get_requires_for_build_wheel", self._hooks.get_requires_for_build_wheel
        )

    def requires_for_editable(self) -> tuple[Requirement, ...]:
        """What `build_editable` needs beyond the build system's own requirements."""
        return self._requires(
            "get_requires_for_build_editable", self._hooks.get_requires_for_build_editable
        )

    def prepare_metadata(
        self, directory: Path, *, editable: bool = False
    ) -> PreparedMetadata | None:
        """The metadata of the wheel to come; None where the backend tells it by building alone.

        Args:
            directory: where the backend may leave it; made if it is not there.
        """
        kind = "editable" if editable else "wheel"
        hook = getattr(self._hooks, f"prepare_metadata_for_build_{kind}")

        def call() -> str | None:
            try:
                name: str = hook(str(directory), self._settings, _allow_fallback=False)
            except HookMissing:
                return None
            return name

        left = self._call(f"prepare_metadata_for_build_{kind}", call, directory)
        return None if left is None else self._prepared(directory, left)

    def build_wheel(self, directory: Path, prepared: PreparedMetadata | None = None) -> BuiltWheel:
        """Build a wheel into the directory, which is made if it is not there."""
        return self._build("build_wheel", self._hooks.build_wheel, directory, prepared)

    def build_editable(
        self, directory: Path, prepared: PreparedMetadata | None = None
    ) -> BuiltWheel:
        """Build a wheel that leads to the source tree (PEP 660)."""
        return self._build("build_editable", self._hooks.build_editable, directory, prepared)

    def _requires(
        self, name: str, hook: Callable[[dict[str, Any]], Sequence[str]]
    ) -> tuple[Requirement, ...]:
        answer = self._call(name, lambda: hook(self._settings))
        try:
            for text in answer:
                check_nesting(text)
            return tuple(Requirement(text) for text in answer)
        except (ValueError, TypeError, AttributeError) as error:
            raise self._failed(f"{name} gave no requirements", str(error)) from error

    def _build(
        self,
        name: str,
        hook: Callable[[str, dict[str, Any], str | None], str],
        directory: Path,
        prepared: PreparedMetadata | None,
    ) -> BuiltWheel:
        known = None if prepared is None else str(prepared.dist_info)
        answer = self._call(name, lambda: hook(str(directory), self._settings, known), directory)
        path = self._left(directory, answer)
        if not path.is_file():
            raise self._failed(f"{name} left no file {path.name}")
        try:
            project, version, _, _ = parse_wheel_filename(path.name)
        except InvalidWheelFilename as error:
            raise self._failed(f"{name} left no wheel", str(error)) from error
        self._check_identity(project, version)
        return BuiltWheel(path=path, project=project, version=version)

    def _prepared(self, directory: Path, name: str) -> PreparedMetadata:
        dist_info = self._left(directory, name)
        try:
            found = parse_metadata((dist_info / "METADATA").read_bytes())
        except OSError as error:
            raise self._failed(f"the backend left no METADATA: {error.strerror}") from error
        if not isinstance(found, CoreMetadata):
            raise self._failed("the backend's METADATA is not usable", found.detail)
        self._check_identity(found.name, found.version)
        return PreparedMetadata(dist_info=dist_info, metadata=found)

    def _left(self, directory: Path, name: object) -> Path:
        """What a hook says it left, which must be in that directory itself, and no link."""
        if not isinstance(name, str) or name in {"", ".", ".."} or Path(name).name != name:
            raise self._failed(f"the backend gave no name of a file, but {name!r}")
        if (directory / name).is_symlink():
            raise self._failed(f"the backend left a link, {name}")
        return directory / name

    def _check_identity(self, project: NormalizedName, version: Version) -> None:
        # Binary distribution format: what is built of a sdist is the release that it is of.
        if self._asked.misses(project, version):
            raise self._failed(f"the backend made {project} {version}, not {self._asked}")

    def _call(self, hook: str, call: Callable[[], _T], directory: Path | None = None) -> _T:
        with self._mapped_errors(hook):
            if directory is not None:
                directory.mkdir(parents=True, exist_ok=True)
            self._write(f"--- {self._asked}: {hook} of {self._system.backend}\n")
            with warnings.catch_warnings():
                # What the backend warns of is its developers' business.
                warnings.simplefilter("ignore")
                return call()

    def _write(self, text: str) -> None:
        """Write to the log; what comes after is the output that an error shows."""
        try:
            with open(self._log, "ab") as log:
                log.write(text.encode("utf-8", errors="replace"))
                self._shown_from = log.tell()
        except OSError as error:
            message = f"{self._log} cannot be written: {error.strerror or error}"
            raise InstallationError(message, reference=Reason.DISK) from error

    @contextmanager
    def _mapped_errors(self, hook: str) -> Iterator[None]:
        try:
            yield
        except InstallationError:
            raise
        except BackendUnavailable as error:
            text = error.traceback or str(error)
            self._write(text)
            said = cleaned(text, 1)
            raise self._failed("its build backend cannot be imported", *said) from error
        except HookMissing as error:
            raise self._failed(
                f"its build backend has no {error.hook_name} (PEP 517, PEP 660)"
            ) from error
        except FileNotFoundError as error:
            # A backend that ends its process writes no answer.
            raise self._failed(f"{hook} gave no answer") from error
        except OSError as error:
            message = f"{hook} could not be called: {error.strerror or error}"
            where = [str(error.filename)] if error.filename else []
            raise InstallationError(message, context=where, reference=Reason.DISK) from error
        except Exception as error:
            # pyproject-hooks reads a file that the backend's own process could have spoilt.
            raise self._failed(f"{hook} gave no usable answer", str(error)) from error

    def _run(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        """The runner that pyproject-hooks asks for."""
        variables = {**self._variables, **(extra_environ or {})}
        status = run_logged(cmd, cwd=Path(cwd or "."), environ=variables, log=self._log)
        if status != 0:
            said = end_of_log(self._log, _LINES_SHOWN, start=self._shown_from)
            raise self._failed(f"its build backend {_ended(status)}", *said)

    def _failed(self, what: str, *said: str) -> InstallationError:
        return InstallationError(
            f"{self._asked} could not be built: {what}",
            context=(*said, f"backend: {self._system.backend}", f"all output: {self._log}"),
            data={"backend": self._system.backend, "log": str(self._log)},
            reference=Reason.BUILD_FAILED,
        )


def _ended(status: int) -> str:
    """How a process ended, in words; a negative status is the signal that ended it."""
    if status < 0:
        # For want of memory, an operating system ends processes so.
        return f"was ended by signal {-status}"
    return f"ended with status {status}"
