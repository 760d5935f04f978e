"""`xpip download` and `xpip wheel`: read, consult, resolve, fetch or build, keep."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from xpip.core.decisions import Candidate, Pin, Resolution
from xpip.core.direct_requests import DirectRequest
from xpip.core.foreign_targets import Machine, UnknownMachine, foreign_target
from xpip.core.policy import Policy
from xpip.core.reporting.notices import Notice
from xpip.edge.environment import Environment, consulted_environment
from xpip.edge.installed import SitePackages
from xpip.edge.kept_files import FileToKeep, Kept, keep_files
from xpip.edge.repositories.fetching import FetchedFile
from xpip.errors import Reason, UsageError
from xpip.operations.asked import Asked, Read, read
from xpip.operations.remembering import interpreters_known
from xpip.operations.resolving import resolving
from xpip.operations.surroundings import Surroundings


class Downloading(Struct, frozen=True, kw_only=True):
    """What `xpip download` or `xpip wheel` was told, as it was told.

    Attributes:
        machine: another one to choose files for.
        as_wheels: whether wheels are built of what is none.
    """

    asked: Asked
    directory: str = "."
    python: str | None = None
    machine: Machine = field(default_factory=Machine)
    as_wheels: bool = False


class KeptFile(Struct, frozen=True, kw_only=True):
    """A file that lies in the directory now.

    Attributes:
        candidate: what was chosen, at the mirror that served it.
        built: whether it was made of that.
    """

    pin: Pin
    candidate: Candidate
    filename: str
    built: bool
    kept: Kept


class Downloaded(Struct, frozen=True, kw_only=True):
    """What was put into a directory.

    Attributes:
        left_out: source trees, of which there is no file.
    """

    directory: str
    files: tuple[KeptFile, ...]
    left_out: tuple[Pin, ...]
    policy: Policy
    notices: tuple[Notice, ...]


def download(told: Downloading, around: Surroundings) -> Downloaded:
    """Put the files of what is asked for, and of all it needs, into a directory: all, or none.

    Raises:
        XpipError: it may not, or cannot, be done; the directory is as it was.
    """
    with around.stage("reading"):
        given = read(told.asked, around)
    with around.stage("looking"):
        environment = _environment(told, given, around)
    directory = around.cwd / told.directory
    with resolving(given, environment, around, into=directory) as resolver:
        resolved = resolver.resolve(resolver.request, SitePackages(()))
        pins = _pins_of(resolved.resolution)
        sources = resolver.sources
        with around.stage("fetching"):
            fetched = (sources.wheels_of if told.as_wheels else sources.files_of)(pins)
        for each in fetched:
            if each.path.suffix == ".whl":
                each.check_metadata(pins[each.candidate].metadata)
        with around.stage("writing"):
            kept = keep_files(list(map(_to_keep, fetched)), directory)
    files = {
        each.candidate: _kept_file(each, pins[each.candidate], as_what)
        for each, as_what in zip(fetched, kept, strict=True)
    }
    return Downloaded(
        directory=told.directory,
        files=tuple(files[each] for each in pins if each in files),
        left_out=tuple(pins[each] for each in pins if each not in files),
        policy=resolver.policy,
        notices=(
            *given.settings.notices,
            *resolved.notices,
            *resolver.sources.notices(),
        ),
    )


def _environment(told: Downloading, given: Read, around: Surroundings) -> Environment:
    here = consulted_environment(
        python=told.python,
        environ=around.environ,
        cwd=around.cwd,
        kept=interpreters_known(given.settings.cache_directory),
    )
    if told.machine == Machine():
        return here
    _check_built(given)
    try:
        return replace(here, target=foreign_target(told.machine, here.target))
    except UnknownMachine as error:
        raise UsageError(str(error), reference=Reason.USAGE) from None


def _check_built(given: Read) -> None:
    """What a source tree needs, and becomes, is known only where it can be built."""
    policy = given.settings.policy
    if not policy.only_binary.everything or policy.no_binary.everything or policy.no_binary.names:
        raise UsageError(
            "For another machine only wheels can be chosen: nothing can be built for it here",
            reference=Reason.USAGE,
            hint="Add --only-binary :all:, and leave --no-binary away.",
        )
    for each in given.gathered.declared:
        if isinstance(each.wanted, DirectRequest) and not each.wanted.is_wheel:
            raise UsageError(
                f"{each.wanted} would have to be built, which it cannot be for another machine",
                reference=Reason.USAGE,
                context=[str(each.declared_at)],
            )
    if given.asked.allow_direct:
        raise UsageError(
            "--allow-direct may lead to sources, which cannot be built for another machine",
            reference=Reason.USAGE,
        )


def _pins_of(resolution: Resolution) -> dict[Candidate, Pin]:
    return {pin.chosen: pin for pin in resolution.pins if isinstance(pin.chosen, Candidate)}


def _to_keep(fetched: FetchedFile) -> FileToKeep:
    # Two builds of one source seldom give the same bytes: the newer one is what was asked for.
    built = _is_built(fetched)
    return FileToKeep(path=fetched.path, sha256=None if built else fetched.sha256, replaces=built)


def _is_built(fetched: FetchedFile) -> bool:
    return fetched.path.name != fetched.served.file.filename


def _kept_file(fetched: FetchedFile, pin: Pin, kept: Kept) -> KeptFile:
    return KeptFile(
        pin=pin,
        candidate=fetched.served,
        filename=fetched.path.name,
        built=_is_built(fetched),
        kept=kept,
    )
