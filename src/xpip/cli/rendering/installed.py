"""What an installation did, or would do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from xpip.cli.rendering.talk import JSON_SCHEMA, notices_data, say, show, show_json
from xpip.errors import Reason, UsageError

if TYPE_CHECKING:
    from xpip.core.decisions import Candidate
    from xpip.core.planning import Change
    from xpip.operations.installation import Installed


def show_data(installed: Installed, *, dry_run: bool, timings: Mapping[str, object]) -> None:
    """The same as JSON, with what else is to be told."""
    data = {**_installed_data(installed, dry_run=dry_run), **timings}
    show_json(data)


def show_installed(installed: Installed, *, dry_run: bool, verbose: bool) -> None:
    """What an installation changed, or would change."""
    for line in _asked_lines(installed, verbose=verbose):
        say(line)
    for notice in installed.notices:
        say(f"note: {notice.text} [{notice.code}]")
    lines = _change_lines(installed.plan.changes)
    for change, line in zip(installed.plan.changes, lines, strict=True):
        show(line)
        if verbose:
            for detail in _origin_lines(change, installed):
                show(detail)
    for gone in installed.plan.removals:
        show(f"- {gone.project} {gone.version}")
    say(_summary(installed, dry_run=dry_run))


def _asked_lines(installed: Installed, *, verbose: bool) -> list[str]:
    """Which repositories may speak, in which order (PEP 766), where several may."""
    policy = installed.policy
    lines = []
    was_asked = any(finding.verdict.evidence for finding in installed.findings)
    if len(policy.groups) > 1 and installed.plan.changes and was_asked:
        way = "rules of " + policy.map.source if policy.map else f"{policy.order.value} order"
        lines.append(f"asking {len(policy.groups)} repositories, {way}")
    if verbose:
        lines += [f"  {group.name}  ({group.declared_at})" for group in policy.groups]
    return lines


def _change_lines(changes: Sequence[Change]) -> list[str]:
    """What happens to each project; where it comes from, if they come from several places."""
    whats = [_change(change) for change in changes]
    places = [shown_place(change.candidate) for change in changes]
    if len(set(places)) < 2 and not _of_places(changes):
        return whats
    width = max(map(len, whats))
    return [f"{what:<{width}}  from {place}" for what, place in zip(whats, places, strict=True)]


def _of_places(changes: Sequence[Change]) -> bool:
    return any(change.candidate.reference is not None for change in changes)


def shown_place(candidate: Candidate) -> str:
    """The repository, or the place that was named in its stead."""
    from xpip.core.urls import redacted

    if candidate.reference is None:
        # What a lock names may come from no repository that is in use.
        return candidate.origin.group or redacted(candidate.origin.repository)
    return str(replace(candidate.reference, project=None))


def _change(change: Change) -> str:
    pin = change.pin
    if change.replaces is None:
        return f"+ {pin.project} {pin.version}"
    if change.replaces.version == pin.version:
        return f"= {pin.project} {pin.version} (again)"
    return f"~ {pin.project} {change.replaces.version} -> {pin.version}"


def _origin_lines(change: Change, installed: Installed) -> list[str]:
    from xpip.core.urls import redacted

    origin = change.candidate.origin
    named = change.candidate.reference is not None
    wanted_by = ", ".join(change.pin.required_by) or "you"
    return [
        f"    file    {redacted(change.candidate.file.url)}",
        *([] if named else [f"    page    {redacted(origin.page_url)}"]),
        f"    rule    {origin.rule}",
        f"    ruling  {origin.ruling.value}",
        f"    for     {wanted_by}",
        *(
            f"    asked   {redacted(answer.url)}: {type(answer).__name__.lower()}"
            for finding in installed.findings
            if finding.project == change.pin.project
            for answer in finding.verdict.evidence
        ),
    ]


def _summary(installed: Installed, *, dry_run: bool) -> str:
    plan = installed.plan
    kept = len(plan.kept)
    if not plan.changes and not plan.removals:
        if not kept:
            return "Nothing to do: no requirement applies to this environment."
        return f"Nothing to do: {_counted(kept, 'project')} already as asked."
    verbs = ("would install", "would remove") if dry_run else ("installed", "removed")
    done = []
    if plan.changes:
        origins = {change.candidate.origin.group for change in plan.changes}
        source = f" from {origins.pop()}" if len(origins) == 1 and "" not in origins else ""
        done.append(f"{verbs[0]} {_counted(len(plan.changes), 'project')}{source}")
    if plan.removals:
        done.append(f"{verbs[1]} {_counted(len(plan.removals), 'project')}")
    if kept:
        done.append(f"left {kept} as they were")
    text = ", ".join(done)
    return f"{text[0].upper()}{text[1:]}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _installed_data(installed: Installed, *, dry_run: bool) -> dict[str, object]:
    from xpip.core.reporting.installation import origin_data

    return {
        "schema": JSON_SCHEMA,
        "dry_run": dry_run,
        "changed": [
            {
                "name": change.pin.project,
                "version": str(change.pin.version),
                "replaces": str(change.replaces.version) if change.replaces else None,
                "file": change.candidate.file.filename,
                "requested": change.pin.requested,
                "required_by": list(change.pin.required_by),
                "origin": origin_data(change.candidate),
            }
            for change in installed.plan.changes
        ],
        "removed": [
            {"name": each.project, "version": str(each.version)} for each in installed.plan.removals
        ],
        "kept": [{"name": pin.project, "version": str(pin.version)} for pin in installed.plan.kept],
        "notices": notices_data(installed.notices),
    }


@contextmanager
def open_report(path: str | None, *, as_json: bool) -> Iterator[TextIO | None]:
    """Where pip's report goes (`-` is standard output), opened before anything is done.

    Raises:
        UsageError: it cannot be written, or not there.
    """
    if path is None:
        yield None
        return
    if path == "-":
        if as_json:
            raise UsageError(
                "--report - and --json both write to standard output", reference=Reason.USAGE
            )
        yield sys.stdout
        return
    try:
        file = open(path, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - closed below
    except OSError as error:
        raise UsageError(
            f"The report cannot be written: {error.strerror}",
            reference=Reason.USAGE,
            context=[f"--report {path}"],
            hint="Nothing was asked or installed.",
        ) from None
    with file:
        yield file


def write_report(file: TextIO, installed: Installed) -> None:
    """Write pip's installation report."""
    from xpip.core.reporting.installation import installation_report

    report = installation_report(installed.plan, installed.target)
    file.write(json.dumps(report, indent=2) + "\n")
