"""One resolution for each machine, all in one world, and what entries say beyond them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from packaging.pylock import Pylock
from packaging.utils import NormalizedName
from packaging.version import Version

from xpip.core.continuity import OriginChange
from xpip.core.decisions import Candidate, Pin
from xpip.core.lockfile.continuing import changed_origins
from xpip.core.lockfile.entries import Beside, Known, Measure, files_of, is_vouched
from xpip.core.lockfile.merging import Machine
from xpip.core.lockfile.uses import uses_of
from xpip.core.policy import Target
from xpip.core.reporting.notices import Notice
from xpip.core.reporting.refusals import origin_changed
from xpip.edge.installed import SitePackages
from xpip.errors import SeveralErrors, XpipError
from xpip.operations.locking.parts import Parts
from xpip.operations.resolving import Resolver

Preferred = Mapping[NormalizedName, Version]


class Solved(Struct, frozen=True, kw_only=True):
    """What was resolved for one machine, and what should be said of it.

    Attributes:
        words: the user's, for the machine.
    """

    words: str
    machine: Machine
    notices: tuple[Notice, ...]


def solve_all(
    resolver: Resolver,
    targets: Mapping[str, Target],
    parts: Parts,
    preferred: Callable[[Target], Preferred],
) -> list[Solved]:
    """Resolve for every machine; what goes wrong is said of all of them at once.

    Raises:
        XpipError: there is no lock for all of them.
    """
    solved: list[Solved] = []
    errors: dict[str, XpipError] = {}
    for words, target in targets.items():
        try:
            solved.append(solve(resolver, words, target, parts, preferred(target)))
        except XpipError as error:
            errors[words] = error
    if errors:
        raise _as_one(errors, several=len(targets) > 1)
    return solved


def _as_one(errors: Mapping[str, XpipError], *, several: bool) -> XpipError:
    """Each error once, with the machines that it is of."""
    distinct: dict[tuple[str, tuple[str, ...]], XpipError] = {}
    machines: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for words, error in errors.items():
        for each in error.errors if isinstance(error, SeveralErrors) else (error,):
            key = (each.message, each.context)
            distinct.setdefault(key, each)
            machines.setdefault(key, []).append(words)
    for key, error in distinct.items():
        if several:
            error.context = (*error.context, f"for {', '.join(machines[key])}")
    found = list(distinct.values())
    return SeveralErrors(found) if len(found) > 1 else found[0]


def solve(
    resolver: Resolver, words: str, target: Target, parts: Parts, preferred: Preferred
) -> Solved:
    """Resolve everything, extras and groups together, for one machine.

    Raises:
        XpipError: there is no such set of files, or it is refused, or cannot be known.
    """
    there = resolver.on(target)
    request = replace(there.request, reinstall=True, preferred=preferred)
    resolved = there.resolve(request, SitePackages(()))
    roots = {
        use: resolver.on(target, declared).request.dependencies
        for use, declared in parts.declared.items()
    }
    machine = Machine(
        resolution=resolved.resolution,
        findings={finding.project: finding for finding in resolved.attempt.findings},
        uses=uses_of(resolved.resolution, roots),
    )
    return Solved(words=words, machine=machine, notices=resolved.notices)


def check_origins(old: Pylock | None, solved: Sequence[Solved], resolver: Resolver) -> None:
    """Let no project come from a stranger's repository that the lock took from another one.

    Raises:
        PolicyError: `origin-changed`.
    """
    if old is None:
        return
    changes: dict[NormalizedName, OriginChange] = {}
    for each in solved:
        machine = each.machine
        pins = machine.resolution.pins
        for change in changed_origins(old, pins, machine.findings, resolver.policy):
            changes.setdefault(change.project, change)
    if changes:
        raise origin_changed([changes[name] for name in sorted(changes)], before="the lock says")


def known_of(solved: Sequence[Solved], resolver: Resolver, beside: Beside) -> Known:
    """What entries say that no page does: hashes of files, and commits.

    Raises:
        XpipError: a file cannot be had, or is not what its page says.
    """
    unknown = dict.fromkeys(
        candidate
        for each in solved
        for pin in each.machine.resolution.pins
        for candidate in _offered(pin, each.machine)
        # L13: nothing is locked that nobody has looked at, or vouches for.
        if candidate.identities or not is_vouched(candidate.file)
    )
    fetched = resolver.sources.files_of(list(unknown)) if unknown else ()
    return Known(
        beside=beside,
        measured={
            each.candidate: Measure(sha256=each.sha256, size=each.path.stat().st_size)
            for each in fetched
        },
        direct_urls={
            candidate: resolver.sources.direct_url(candidate)
            for each in solved
            for candidate in _placed(each.machine)
        },
    )


def _offered(pin: Pin, machine: Machine) -> tuple[Candidate, ...]:
    chosen = pin.chosen
    if isinstance(chosen, Candidate) and chosen.reference is not None:
        return ()
    return files_of(pin, machine.findings[pin.project])


def _placed(machine: Machine) -> Iterator[Candidate]:
    for pin in machine.resolution.pins:
        if isinstance(pin.chosen, Candidate) and pin.chosen.reference is not None:
            yield pin.chosen


def built_elsewhere(solved: Sequence[Solved], here: Target, resolver: Resolver) -> Iterator[Notice]:
    """What was found by building on this machine, for another one (semantics 8)."""
    for each in solved:
        resolution = each.machine.resolution
        if resolution.target == here:
            continue
        for pin in resolution.pins:
            if isinstance(pin.chosen, Candidate) and resolver.sources.is_built(pin.chosen):
                yield Notice(
                    code="built-elsewhere",
                    text=f"what {pin.project} {pin.version} needs on {each.words} is what a build "
                    "on this machine says it needs: nothing else tells it",
                )
