"""Private names, and repositories, as audits find them → text and data (schema 1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xpip.core.auditing.comparing import Aspect, Difference
from xpip.core.auditing.grading import Lack, Report
from xpip.core.auditing.public_names import Below, NameStanding, Standing
from xpip.core.facts import Absent, Answer, Found, Unavailable
from xpip.core.urls import redacted

_SHOWN = 10
"""Names, or versions, of which a line tells before it counts."""


# Private names


def standings_lines(standings: Sequence[NameStanding], *, verbose: bool) -> Iterator[str]:
    """A name with all that is said of it; what is unclaimed and like nothing only if `verbose`."""
    for each in standings:
        remarks = [*_remarks(each)]
        if remarks or verbose or each.standing is Standing.TAKEN:
            yield f"{each.name}: {_headline(each)}"
            yield from (f"  {line}" for line in remarks)
            if verbose:
                yield f"  private by {', '.join(each.known_from)}"


def _headline(each: NameStanding) -> str:
    if each.standing is Standing.UNCLAIMED:
        return "unclaimed"
    return "taken, and could come in" if each.let_in else "taken by a stranger; no rule lets it in"


def _remarks(each: NameStanding) -> Iterator[str]:
    if each.let_in and each.standing is Standing.UNCLAIMED:
        yield "whoever registers it could come in:"
    yield from (f"! {way}" for way in each.let_in)
    if each.near:
        names = [f"{near.name} ({near.likeness.value})" for near in each.near]
        yield f"easily taken for it: {_listed(names)}"
    if each.asked is not None:
        yield f"asked for, as --ask says: {_answer(each.asked)}"


def _answer(answer: Answer) -> str:
    match answer:
        case Found(page=page) if not page.file_count:
            return f"taken without files, {page.status.value}"
        case Found(page=page):
            files = "1 file" if page.file_count == 1 else f"{page.file_count} files"
            return f"{files}, newest {page.newest_version}, {page.status.value}"
        case Absent():
            return "it has no page"
        case Unavailable(detail=detail, reason=reason):
            return f"no usable answer: {detail} [{reason.value}]"


def below_lines(found: Sequence[Below]) -> Iterator[str]:
    """Names of strangers where only private ones were thought to be."""
    for each in found:
        number = "1 name" if len(each.names) == 1 else f"{len(each.names)} names"
        yield f"{each.pattern.pattern} ({each.pattern.place}): strangers have {number} of it: " + (
            _listed(each.names)
        )


def standings_data(standings: Sequence[NameStanding]) -> list[dict[str, object]]:
    """The same as values."""
    return [
        {
            "name": each.name,
            "standing": each.standing.value,
            "private_by": list(each.known_from),
            "near_misses": [
                {"name": near.name, "likeness": near.likeness.value} for near in each.near
            ],
            "let_in": list(each.let_in),
            "dangerous": each.is_dangerous,
            "asked": None if each.asked is None else _answer(each.asked),
        }
        for each in standings
    ]


def below_data(found: Sequence[Below]) -> list[dict[str, object]]:
    """The same as values."""
    return [
        {
            "pattern": str(each.pattern.pattern),
            "place": each.pattern.place,
            "names": list(each.names),
        }
        for each in found
    ]


# Repositories


def differences_lines(found: Sequence[Difference], *, verbose: bool) -> Iterator[str]:
    """What places say differently, project by project; many versions are counted."""
    project = None
    for each in found:
        if each.project != project:
            project = each.project
            yield project
        mark = "! " if each.is_dangerous else ""
        about = f": {each.about}" if each.about else ""
        yield f"  {mark}{each.aspect.value}{about}"
        for url, value in each.said:
            shown = value if verbose or each.aspect is not Aspect.VERSIONS else _shortened(value)
            yield f"    {redacted(url)}: {shown}"


def _shortened(versions: str) -> str:
    return _listed(versions.split(", "))


def reports_lines(reports: Sequence[Report]) -> Iterator[str]:
    """How each repository answers, and what that costs."""
    for each in reports:
        grade = f"grade {each.grade}" if each.grade else "no grade"
        yield f"{each.group.name}  {grade}  {redacted(each.repository.url)}"
        yield f"  {_spoken(each)}"
        # Few repositories have attestations: that they lack is said where a rule needs them.
        lacks = [(lack, number) for lack, number in each.lacks if lack is not Lack.PROVENANCE]
        if lacks and each.grade:
            counted = (
                f"{lack.value} ({number} of {_number(each.files, 'file')})"
                for lack, number in lacks
            )
            yield f"  lacks {', '.join(counted)}"
        yield from (f"  ! {line}" for line in each.unmet)


def _spoken(report: Report) -> str:
    pages = "1 page" if report.pages == 1 else f"{report.pages} pages"
    if report.repository.is_local:
        return f"{pages} of a directory"
    kinds = "HTML" if report.is_html_only else "JSON and HTML" if report.html else "JSON"
    return f"{pages} of {kinds}, API {', '.join(report.api_versions)}"


def differences_data(found: Sequence[Difference]) -> list[dict[str, object]]:
    """The same as values."""
    return [
        {
            "project": each.project,
            "aspect": each.aspect.name.lower().replace("_", "-"),
            "about": each.about or None,
            "said": [{"page": redacted(url), "value": value} for url, value in each.said],
            "dangerous": each.is_dangerous,
        }
        for each in found
    ]


def reports_data(reports: Sequence[Report]) -> list[dict[str, object]]:
    """The same as values."""
    return [
        {
            "repository": each.group.name,
            "url": redacted(each.repository.url),
            "grade": each.grade,
            "pages": each.pages,
            "html_pages": each.html,
            "files": each.files,
            "api_versions": list(each.api_versions),
            "lacks": {lack.name.lower().replace("_", "-"): number for lack, number in each.lacks},
            "unmet": list(each.unmet),
        }
        for each in reports
    ]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


# In one sentence


def standings_summary(standings: Sequence[NameStanding], public: str, count: int) -> str:
    """How many names were compared with how many, and what came of it."""
    taken = sum(each.standing is Standing.TAKEN for each in standings)
    near = sum(bool(each.near) for each in standings)
    dangerous = sum(each.is_dangerous for each in standings)
    open_ = sum(bool(each.let_in) and not each.is_dangerous for each in standings)
    compared = f"{_number(len(standings), 'private name')} compared with {count} of {public}"
    counts = {
        "could come from a stranger now": dangerous,
        "could come from whoever registers them": open_,
        "taken": taken,
        "with names easily taken for them": near,
    }
    parts = [f"{number} {what}" for what, number in counts.items() if number]
    sent = [each.name for each in standings if each.asked is not None]
    private = f"Sent, as --ask says: {_listed(sent)}" if sent else "No private name was sent"
    return f"{compared}: {', '.join(parts) or 'nobody has one of them'}. {private}."


def differences_summary(found: Sequence[Difference], projects: int) -> str:
    """How many projects were compared, and what came of it."""
    contents = sum(each.is_dangerous for each in found)
    others = len(found) - contents
    if not found:
        return f"{_number(projects, 'project')} compared: every page says the same."
    return (
        f"{_number(projects, 'project')} compared: {_number(contents, 'file')} with different "
        f"contents under one name, {_number(others, 'other difference')}."
    )


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
