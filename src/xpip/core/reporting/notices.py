"""What a run that goes on should still say: a stable code and a sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from xpip.core.decisions import Candidate, Pin, Ruling
from xpip.core.facts import Absent, Found, InstalledDistribution, ProjectStatus
from xpip.core.hashes import strongest
from xpip.core.names import NormalizedName
from xpip.core.urls import redacted, web_origin

if TYPE_CHECKING:
    from xpip.core.discovery import Finding
    from xpip.core.planning import Breakage
    from xpip.core.resolution import Attempt

_KNOWN_MINOR = 5
"""PEP 752: the newest minor version of the simple API that has been specified."""


class Notice(Struct, frozen=True, kw_only=True):
    """Something the user should know, though the run goes on.

    Attributes:
        projects: all that it is about, where the text names some of many.
    """

    code: str
    text: str
    projects: tuple[NormalizedName, ...] = ()


def notices_of(
    attempt: Attempt, pins: Sequence[Pin], logged_in: frozenset[str] = frozenset()
) -> tuple[Notice, ...]:
    """Everything worth saying about the pins of an attempt, in the order of their names.

    Args:
        attempt: what was found on the way.
        pins: the solution.
        logged_in: URLs of repositories that were asked with credentials.
    """
    findings = {finding.project: finding for finding in attempt.findings}
    files = [pin for pin in pins if isinstance(pin.chosen, Candidate)]
    return (
        *suspects(attempt.findings, logged_in),
        *_newer_pages(attempt.findings),
        *_silence(files, findings),
        *_merges(files, findings),
        *_weakened(files, findings),
        *_local_merges(files, findings),
        *_statuses(files, findings),
        *_foreign_hosts(files),
        *(notice for pin in files for notice in _about_file(pin)),
        *unknown_extras(pins),
    )


def about_plan(
    broken: Iterable[Breakage], against_rules: Iterable[InstalledDistribution]
) -> tuple[Notice, ...]:
    """What is worth saying of distributions that are not changed."""
    return (
        *(
            Notice(
                code="breaks-installed",
                text=f"{each.distribution.project} {each.distribution.version} needs "
                f"{each.needs.project} {each.needs.specifier}, and gets {each.gets}",
            )
            for each in broken
        ),
        *(
            Notice(
                code="installed-against-rule",
                text=f"{each.project} {each.version} was installed from "
                f"{redacted(each.origin.repository)}, which the mapping file does not let "
                "speak for it",
            )
            for each in against_rules
            if each.origin is not None
        ),
    )


_KILLED = {
    "undone": "an earlier run was killed before it was done: what it had changed is undone",
    "done": "an earlier run was killed when it was done: its change stands",
}


def about_killed_runs(became: Iterable[str]) -> tuple[Notice, ...]:
    """What became of each change of a run that was killed: `undone`, or `done`."""
    return tuple(Notice(code=f"killed-{each}", text=_KILLED[each]) for each in became)


def about_startup(files: Mapping[str, Sequence[str]]) -> tuple[Notice, ...]:
    """What runs from now on, whether or not anybody imports it.

    Args:
        files: distribution → names of files that its interpreter runs when it starts.
    """
    return tuple(
        Notice(
            code="runs-at-start",
            text=f"{distribution} brings {', '.join(names)}: run whenever this Python starts",
        )
        for distribution, names in files.items()
    )


_FORMAT = "1.0"


def about_formats(formats: Mapping[str, str]) -> tuple[Notice, ...]:
    """What may have been installed by halves.

    Binary distribution format: "A wheel installer should warn if Wheel-Version is greater than the
    version it supports, and must fail if Wheel-Version has a greater major version".

    Args:
        formats: distribution → the Wheel-Version of its wheel, which could be installed.
    """
    return tuple(
        Notice(
            code="newer-format",
            text=f"the wheel of {distribution} is of format {version}; xpip knows {_FORMAT}, and "
            "installed it by that",
        )
        for distribution, version in formats.items()
        if version != _FORMAT
    )


def unhashed_builds(given: Mapping[str, Sequence[str]]) -> tuple[Notice, ...]:
    """What hashes do not reach into.

    Args:
        given: what was built → what it was built with.
    """
    builds = [f"{what} (with {', '.join(used)})" for what, used in given.items() if used]
    if not builds:
        return ()
    text = f"built with what no hash was given for: {', '.join(builds)}"
    return (Notice(code="unhashed-build", text=text),)


def suspects(findings: Sequence[Finding], logged_in: frozenset[str]) -> Iterator[Notice]:
    """Some servers answer 404 to a token that was revoked: as if they had nothing at all."""
    answered: dict[str, set[bool]] = {}
    for finding in findings:
        for answer in finding.verdict.evidence:
            lacks = isinstance(answer, Absent)
            answered.setdefault(answer.repository.url, set()).add(lacks)
    for url in sorted(logged_in):
        if answered.get(url) == {True}:
            yield Notice(
                code="auth-suspect",
                text=f"{redacted(url)} lacks every name that it was asked for: are its "
                "credentials still good?",
            )


def _silence(pins: Sequence[Pin], findings: Mapping[NormalizedName, Finding]) -> Iterator[Notice]:
    sole = [
        pin.project
        for pin in pins
        if (finding := findings.get(pin.project))
        and finding.verdict.ruling is Ruling.SOLE
        and sum(not answer.repository.is_local for answer in finding.verdict.evidence) > 1
    ]
    if sole:
        yield Notice(
            code="sole-of-several",
            text="taken from one repository because the others do not have it today: "
            + ", ".join(sole),
        )


_MERGES = {
    Ruling.UNSAFE_MERGE: ("unsafe-merge", "taken from several repositories because you said so"),
    Ruling.SAME_PAGE: ("same-page", "one repository forwards to another"),
}


def _merges(pins: Sequence[Pin], findings: Mapping[NormalizedName, Finding]) -> Iterator[Notice]:
    for ruling, (code, text) in _MERGES.items():
        names = [
            pin.project
            for pin in pins
            if (finding := findings.get(pin.project)) and finding.verdict.ruling is ruling
        ]
        if names:
            yield Notice(code=code, text=f"{text}: {', '.join(names)}")


def _weakened(pins: Sequence[Pin], findings: Mapping[NormalizedName, Finding]) -> Iterator[Notice]:
    for pin in pins:
        finding = findings.get(pin.project)
        for stage in finding.passed_over if finding else ():
            yield Notice(
                code="weakened-rule",
                text=f"{pin.project}: no file can be used of "
                f"{', '.join(group.name for group in stage.groups)}, and {stage.rule} passes "
                "such names on",
            )


def _local_merges(
    pins: Sequence[Pin], findings: Mapping[NormalizedName, Finding]
) -> Iterator[Notice]:
    for pin in pins:
        finding = findings.get(pin.project)
        if finding is None or not isinstance(pin.chosen, Candidate):
            continue
        local = [page for page in finding.verdict.admitted if page.repository.is_local]
        if local and not pin.chosen.origin.repository.startswith("file:"):
            yield Notice(
                code="local-merge",
                text=f"{pin.project} {pin.version} from {pin.chosen.origin.group} beats the local "
                f"{local[0].newest_version}",
            )


def _statuses(pins: Sequence[Pin], findings: Mapping[NormalizedName, Finding]) -> Iterator[Notice]:
    for pin in pins:
        finding = findings.get(pin.project)
        for answer in finding.verdict.evidence if finding else ():
            # PEP 792: installers may warn of these.
            if isinstance(answer, Found) and answer.page.status in (
                ProjectStatus.ARCHIVED,
                ProjectStatus.DEPRECATED,
            ):
                reason = f": {answer.page.status_reason}" if answer.page.status_reason else ""
                yield Notice(
                    code=answer.page.status.value,
                    text=f"{pin.project} is {answer.page.status.value}{reason}",
                )


def _newer_pages(findings: Sequence[Finding]) -> Iterator[Notice]:
    """PEP 629: warn, once for each repository, of a minor version that is not known."""
    newer = {
        answer.page.repository.url: answer.page.api_version
        for finding in findings
        for answer in finding.verdict.evidence
        if isinstance(answer, Found) and _minor(answer.page.api_version) > _KNOWN_MINOR
    }
    for url, version in sorted(newer.items()):
        yield Notice(
            code="newer-api",
            text=f"{redacted(url)} speaks version {version} of the repository API, which is newer "
            "than this xpip: it may say things that are not understood",
        )


def _minor(api_version: str) -> int:
    minor = api_version.partition(".")[2]
    return int(minor) if minor.isdecimal() else 0


def _foreign_hosts(pins: Sequence[Pin]) -> Iterator[Notice]:
    """Files that their page's hash alone vouches for."""
    projects: dict[str, list[str]] = {}
    for pin in pins:
        if isinstance(pin.chosen, Candidate) and pin.chosen.on_foreign_host:
            host = web_origin(pin.chosen.file.url)[1]
            projects.setdefault(host, []).append(pin.project)
    for host, names in projects.items():
        yield Notice(
            code="foreign-host",
            text=f"fetched from {host}, which is not known to be their repository's: "
            + ", ".join(names),
        )


def _about_file(pin: Pin) -> Iterator[Notice]:
    assert isinstance(pin.chosen, Candidate)
    file = pin.chosen.file
    if file.yanked:
        # PEP 592: say the reason when a yanked file is installed.
        why = f": {file.yanked}" if isinstance(file.yanked, str) else ""
        yield Notice(code="yanked", text=f"{file.filename} was withdrawn by its authors{why}")
    if strongest(file.hashes) is None and not file.url.startswith("file:"):
        yield Notice(
            code="unverified", text=f"{file.filename}: its page gives no hash to verify it by"
        )


def unknown_extras(pins: Iterable[Pin]) -> Iterator[Notice]:
    """Extras that are asked for and that the project does not have."""
    for pin in pins:
        unknown = sorted(pin.extras - pin.metadata.extras)
        if unknown:
            yield Notice(
                code="unknown-extra",
                text=f"{pin.project} {pin.version} has no extra {', '.join(unknown)}",
            )
