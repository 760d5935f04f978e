"""One source tree on its way to a wheel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from packaging.utils import parse_wheel_filename

from xpip.core.facts import CoreMetadata, InvalidMetadata
from xpip.core.metadata import parse_metadata
from xpip.core.selection.ranks import tag_ranks
from xpip.edge.building.backend import Asked, Backend, ConfigSettings, PreparedMetadata
from xpip.edge.building.pyproject import read_build_system
from xpip.edge.repositories.wheel_metadata import BROKEN_WHEEL, read_local
from xpip.errors import InstallationError, Reason
from xpip.operations.building.shop import Workshop


class Build:
    """One source tree on its way to a wheel; each step happens when it is first asked for.

    Args:
        tree: the directory of the project.
        asked: what it has to be.
        editable: whether the wheel is to lead to the tree (PEP 660).
        config_settings: for this backend alone, beside those for all.
    """

    def __init__(
        self,
        workshop: Workshop,
        tree: Path,
        *,
        asked: Asked,
        editable: bool = False,
        config_settings: ConfigSettings | None = None,
    ) -> None:
        self._workshop = workshop
        self._tree = tree
        self._asked = asked
        self._editable = editable
        self._settings = {**workshop.options.config_settings, **(config_settings or {})}
        self._log = workshop.new_log()

    @property
    def _what(self) -> str:
        return str(self._asked) if self._asked.project else self._tree.name

    @cached_property
    def metadata(self) -> CoreMetadata:
        """The metadata of the wheel to come.

        Raises:
            XpipError: it cannot be built, or what that needs cannot be had.
        """
        with self._log_kept_on_failure():
            if self._prepared is not None:
                return self._prepared.metadata
        return self._read(self.wheel)

    @cached_property
    def wheel(self) -> Path:
        """The wheel.

        Raises:
            XpipError: it cannot be built, or what that needs cannot be had.
        """
        with self._log_kept_on_failure():
            directory = self._workshop.new_directory()
            prepared, backend = self._prepared, self._backend
            build = backend.build_editable if self._editable else backend.build_wheel
            built = build(directory, prepared).path
        self._check_tags(built)
        return built

    @cached_property
    def _prepared(self) -> PreparedMetadata | None:
        directory = self._workshop.new_directory()
        return self._backend.prepare_metadata(directory, editable=self._editable)

    @cached_property
    def _backend(self) -> Backend:
        workshop = self._workshop
        with workshop.building(self._what):
            workshop.around.observer.building(self._what)
            system = read_build_system(self._tree)
            made = workshop.environment_for_build()
            workshop.fill(made, system.requires, what=self._what)
            backend = Backend(
                self._tree,
                system,
                made,
                asked=self._asked,
                environ=workshop.around.environ,
                log=self._log,
                config_settings=self._settings,
            )
            needs = (
                backend.requires_for_editable() if self._editable else backend.requires_for_wheel()
            )
            if needs:
                workshop.fill(made, (*system.requires, *needs), what=self._what)
        return backend

    @contextmanager
    def _log_kept_on_failure(self) -> Iterator[None]:
        try:
            yield
        except InstallationError as error:
            # It may be of something that this build needs, and has one of its own.
            if error.data.get("log") == str(self._log):
                self._workshop.keep(self._log)
                self._log = self._workshop.new_log()
            raise

    def _check_tags(self, wheel: Path) -> None:
        target = self._workshop.environment.target
        *_, tags = parse_wheel_filename(wheel.name)
        if not any(str(tag) in tag_ranks(target.tags) for tag in tags):
            raise InstallationError(
                f"{self._what} was built into a wheel for another platform or Python",
                reference=Reason.BUILD_FAILED,
                context=[
                    wheel.name,
                    f"the target has Python {target.python_version} ({target.tags[0]})",
                ],
            )

    def _read(self, wheel: Path) -> CoreMetadata:
        try:
            found = parse_metadata(read_local(wheel))
        except (OSError, *BROKEN_WHEEL) as error:
            found = InvalidMetadata(detail=str(error))
        if isinstance(found, InvalidMetadata):
            raise InstallationError(
                f"{self._what} was built into a wheel that cannot be read: {found.detail}",
                reference=Reason.BUILD_FAILED,
            )
        return found
