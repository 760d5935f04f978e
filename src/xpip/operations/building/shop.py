"""Where builds of one run happen, and what they are given to build with.

Build requirements are resolved like all others: under the same mapping file, by the same verdict.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec.structs import replace
from packaging.requirements import Requirement

from xpip.core.decisions import Resolution
from xpip.core.dependencies import Dependencies, as_dependency
from xpip.core.discovery import Discovery
from xpip.core.planning import plan
from xpip.core.policy import Policy, Target
from xpip.core.reporting.refusals import errors_of
from xpip.core.resolution import Request, resolve
from xpip.edge.building.isolation import BuildEnvironment, build_environment
from xpip.edge.environment import Environment, locate_environment
from xpip.edge.installation.linking import LinkMode
from xpip.edge.installed import SitePackages
from xpip.errors import InstallationError, Reason, SeveralErrors, XpipError
from xpip.operations.asking import World
from xpip.operations.building.options import BuildOptions
from xpip.operations.surroundings import Surroundings


class Workshop:
    """Where builds of one run happen.

    Args:
        world: whom to ask for what builds need.
        policy: what it may be.
        environment: the environment that is built for.
        directory: a private one, that goes when the run ends.

    Attributes:
        unhashed: where hashes are demanded: what each build was given without any.
    """

    def __init__(
        self,
        world: World,
        *,
        policy: Policy,
        environment: Environment,
        options: BuildOptions,
        around: Surroundings,
        directory: os.PathLike[str],
    ) -> None:
        self.environment = environment
        self.options = options
        self.around = around
        self.directory = directory
        self._world = world
        # pip's hash-checking mode does not reach into builds; their sources have been checked.
        self._policy = replace(policy, hashes_required=False, known_hashes={})
        self._hashes_demanded = policy.hashes_required
        self.unhashed: dict[str, tuple[str, ...]] = {}
        self.map = policy.map
        self._stack = ExitStack()
        self._logs: list[Path] = []
        self._under_way: list[str] = []
        self._discovery: tuple[Target, Discovery] | None = None

    def close(self) -> None:
        """Remove every environment made, and the logs of builds that went well."""
        self._stack.close()
        for log in self._logs:
            log.unlink(missing_ok=True)

    def new_directory(self) -> Path:
        """A directory of its own for one build."""
        return Path(tempfile.mkdtemp(prefix="build-", dir=self.directory))

    @contextmanager
    def building(self, what: str) -> Iterator[None]:
        """While something is built.

        Raises:
            InstallationError: `build-failed`: it is under way already, and so needs itself.
        """
        if what in self._under_way:
            ring = " → ".join((*self._under_way, what))
            raise InstallationError(
                f"{what} needs itself to be built",
                reference=Reason.BUILD_FAILED,
                context=[ring],
                hint="--only-binary lets no build happen.",
            )
        self._under_way.append(what)
        try:
            with self.around.stage("building"):
                yield
        finally:
            self._under_way.pop()

    def new_log(self) -> Path:
        """A file for a build's output: it stays where the build fails."""
        descriptor, name = tempfile.mkstemp(prefix="xpip-build-", suffix=".log")
        os.close(descriptor)
        self._logs.append(Path(name))
        return Path(name)

    def keep(self, log: Path) -> None:
        """Leave a build's output for the user to read."""
        self._logs.remove(log)

    def environment_for_build(self) -> BuildEnvironment:
        """Where a build runs: an environment of its own, or the target's."""
        if self.options.isolated:
            made = build_environment(self.environment.executable, environ=self.around.environ)
            return self._stack.enter_context(made)
        own = self.environment
        return BuildEnvironment(
            directory=self.new_directory(),
            prefix=Path(own.prefix),
            python=Path(own.executable),
            scripts=Path(own.scheme["scripts"]),
        )

    def fill(self, made: BuildEnvironment, needs: Iterable[Requirement], *, what: str) -> None:
        """Install what a build needs.

        Raises:
            XpipError: it cannot be had, or may not be.
        """
        if not self.options.isolated:
            return
        try:
            self._fill(made, tuple(needs), what)
        except SeveralErrors as error:
            for each in error.errors:
                _say_why(each, what)
            raise
        except XpipError as error:
            _say_why(error, what)
            raise

    def _fill(self, made: BuildEnvironment, needs: Sequence[Requirement], what: str) -> None:
        environment = locate_environment(
            python=str(made.python),
            target=None,
            prefix=None,
            environ=self.around.environ,
            cwd=self.around.cwd,
        )
        target = environment.target
        dependencies = Dependencies(target)
        request = Request(
            dependencies=tuple(as_dependency(each) for each in needs if dependencies.applies(each)),
            constraints=self.options.constraints,
            direct_allowed=self.options.direct_allowed,
        )
        with self._world.repositories.listener_set_aside():
            attempt = resolve(
                request,
                discovery=self._discovery_for(target),
                repositories=self._world.repositories,
                installed=SitePackages(environment.site_paths),
                target=target,
            )
        errors = errors_of(attempt, self._policy, target)
        if errors:
            raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
        assert isinstance(attempt.outcome, Resolution)  # anything else has errors
        if self._hashes_demanded:
            pins = (f"{pin.project} {pin.version}" for pin in attempt.outcome.pins)
            self.unhashed[what] = tuple(pins)
        self._install(attempt.outcome, environment)

    def _discovery_for(self, target: Target) -> Discovery:
        """One for all builds: what several need is asked, and fetched, once."""
        if self._discovery is None or self._discovery[0] != target:
            made = Discovery(self._world.repositories, policy=self._policy, target=target)
            self._discovery = (target, made)
        return self._discovery[1]

    def _install(self, resolution: Resolution, environment: Environment) -> None:
        from xpip.edge.installation.writing import Manner, WheelToInstall, install_wheels

        planned = plan(resolution, SitePackages(environment.site_paths))
        if not planned.changes:
            return
        pins = {change.candidate: change.pin for change in planned.changes}
        fetched = self._world.wheels_of(list(pins), unpacked=True)
        for each in fetched:
            each.check_metadata(pins[each.candidate].metadata)
        install_wheels(
            [
                WheelToInstall(
                    path=each.path,
                    tree=each.tree,
                    project=each.candidate.project,
                    version=each.candidate.version,
                    requested=False,
                )
                for each in fetched
            ],
            prefix=environment.prefix,
            scheme=environment.scheme,
            executable=environment.executable,
            replaced=[change.replaces for change in planned.changes if change.replaces],
            # What runs there is others' code: it gets no way into files that others install.
            manner=Manner(link_mode=LinkMode.COPY),
        )


def _say_why(error: XpipError, what: str) -> None:
    error.context = (*error.context, f"needed to build {what}")
