"""`xpip uninstall`: locate, find, say who still needs it, remove."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from xpip.core.consistency import left_without
from xpip.core.declarations import DeclaredRequirement
from xpip.core.direct_records import is_from
from xpip.core.facts import InstalledDistribution
from xpip.core.reporting.notices import Notice
from xpip.edge.environment import Environment
from xpip.edge.installation.changes import remove_distributions
from xpip.edge.installation.owning import Ownership
from xpip.edge.installed import SitePackages, direct_record
from xpip.errors import InstallationError, Reason, UsageError
from xpip.operations.changing import Changing, alone, chosen_environment
from xpip.operations.inspecting import project_names
from xpip.operations.remembering import interpreters_usually_known
from xpip.operations.surroundings import Surroundings


class Uninstalling(Changing, frozen=True, kw_only=True):
    """What `xpip uninstall` was told.

    Attributes:
        requirement_files: files whose names count; what they ask of these names does not.
    """

    names: tuple[str, ...] = ()
    requirement_files: tuple[str, ...] = ()


class Removal(Struct, frozen=True, kw_only=True):
    """What goes, or would go.

    Attributes:
        files: real paths of the files that go with the distributions.
        not_installed: names of which nothing is there.
        notices: who still needs what goes, and what else should be known before.
    """

    environment: Environment
    distributions: tuple[InstalledDistribution, ...]
    files: tuple[str, ...]
    not_installed: tuple[NormalizedName, ...]
    notices: tuple[Notice, ...]


def uninstall(
    told: Uninstalling,
    around: Surroundings,
    *,
    confirm: Callable[[Removal], bool] = lambda _: True,
) -> Removal | None:
    """Take distributions out of an environment: all of them, or none.

    Args:
        told: what to remove, and from where.
        around: the process.
        confirm: asked once it is known what goes; meanwhile no other run changes the environment.

    Returns:
        What went, or would have gone in a dry run; None where `confirm` said no.

    Raises:
        UsageError: there is no environment to change, a name is none, or a file cannot be read.
        InstallationError: `unremovable` or `disk`; the environment is as it was.
    """
    names, declared = project_names(told.names), _declared(told, around)
    environment = chosen_environment(told, around, interpreters_usually_known(around))
    with _alone(environment, told, around) as noticed:
        removal = _removal(_names(names, declared, environment), environment)
        removal = replace(removal, notices=(*noticed, *removal.notices))
        if removal.distributions and not told.dry_run:
            if not confirm(removal):
                return None
            remove_distributions(
                removal.distributions, prefix=environment.prefix, scheme=environment.scheme
            )
    return removal


def _declared(told: Uninstalling, around: Surroundings) -> tuple[DeclaredRequirement, ...]:
    """What files name; nothing else is read of them."""
    if not told.requirement_files:
        return ()
    from xpip.edge.config import Options
    from xpip.operations.requesting import Requested, gather

    asked = Requested(requirement_files=told.requirement_files)
    declared = gather(asked, Options(), around).declared
    return tuple(each for each in declared if not each.is_constraint)


def _names(
    names: Sequence[NormalizedName],
    declared: Sequence[DeclaredRequirement],
    environment: Environment,
) -> tuple[NormalizedName, ...]:
    """All names, each once; a place stands for what is installed from there."""
    own = SitePackages(environment.site_paths)
    named = (name for each in declared for name in _named(each, own))
    found = tuple(dict.fromkeys((*names, *named)))
    if not found:
        raise UsageError(
            "Nothing is named that could be removed",
            reference=Reason.USAGE,
            hint="Name a project, or a file of requirements with -r.",
        )
    return found


def _named(declared: DeclaredRequirement, own: SitePackages) -> tuple[NormalizedName, ...]:
    wanted = declared.wanted
    if isinstance(wanted, Requirement):
        return (canonicalize_name(wanted.name),)
    if wanted.project is not None:
        return (wanted.project,)
    places = ((each.project, direct_record(each.location)) for each in own)
    found = tuple(name for name, direct in places if is_from(direct, wanted.url))
    if not found:
        raise UsageError(
            f"{declared.declared_at}: nothing is installed from {wanted}",
            reference=Reason.REQUIREMENTS_INVALID,
            hint="`xpip list` shows what is, by its name.",
        )
    return found


def _alone(
    environment: Environment, told: Uninstalling, around: Surroundings
) -> AbstractContextManager[tuple[Notice, ...]]:
    # The lock would make a directory that is not there.
    is_there = Path(environment.prefix).is_dir()
    return alone(environment, told, around) if is_there else nullcontext(())


def _removal(wanted: Sequence[NormalizedName], environment: Environment) -> Removal:
    own = SitePackages(environment.site_paths)
    copies = {project: own.copies(project) for project in wanted}
    _refuse_unreadable([project for project in wanted if not copies[project]], own)
    distributions = tuple(each for project in wanted for each in copies[project])
    ownership = Ownership(environment.prefix, environment.scheme)
    missing = tuple(project for project in wanted if not copies[project])
    return Removal(
        environment=environment,
        distributions=distributions,
        files=ownership.files_of(distributions),
        not_installed=missing,
        notices=(
            *_shared(missing, environment),
            *_still_needed(distributions, own, environment),
            *_own_removal(distributions, environment),
        ),
    )


def _refuse_unreadable(missing: Sequence[NormalizedName], own: SitePackages) -> None:
    """Something of that name is there; to call it not installed would be half a truth."""
    for project in missing:
        for path, why in own.unreadable(project):
            raise InstallationError(
                f"what is installed as {project} cannot be read, and so not be removed",
                context=[f"{path}: {why}"],
                reference=Reason.UNREMOVABLE,
            )


def _shared(missing: Sequence[NormalizedName], environment: Environment) -> Iterator[Notice]:
    """Distributions that the environment sees and does not hold."""
    visible = SitePackages(environment.visible_paths)
    for project in missing:
        seen = visible.find(project)
        if seen is not None:
            yield Notice(
                code="not-in-environment",
                text=f"{seen.project} {seen.version} belongs to the interpreter that this "
                f"environment was made with, and stays: {seen.location}",
            )


def _still_needed(
    going: Sequence[InstalledDistribution], own: SitePackages, environment: Environment
) -> Iterator[Notice]:
    gone = {each.project for each in going}
    beyond = [path for path in environment.visible_paths if path not in environment.site_paths]
    remaining = [*(each for each in own if each.project not in gone), *SitePackages(beyond)]
    for each in left_without(going, remaining, environment.target):
        user = each.distribution
        yield Notice(
            code="still-needed",
            text=f"{user.project} {user.version} needs {each.requirement}",
        )


def _own_removal(
    going: Sequence[InstalledDistribution], environment: Environment
) -> Iterator[Notice]:
    import sys

    if any(each.project == "xpip" for each in going) and _same(environment.prefix, sys.prefix):
        yield Notice(code="removes-xpip", text="this is the xpip that runs: it ends with this run")


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()
