"""What could come from elsewhere tomorrow → text, the same as data (schema 1), and SARIF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.utils import NormalizedName

from xpip.core.auditing.switching import Exposure, Remedy, Switches
from xpip.core.declarations import Place
from xpip.core.mapping_file.placing import place_of
from xpip.core.reporting.replayed import consequence_data, danger
from xpip.core.reporting.sarif import SarifResult, SarifRule, sarif_log
from xpip.core.urls import redacted
from xpip.core.what_if import Event
from xpip.errors import SeveralErrors, XpipError

Places = Mapping[NormalizedName, Place]
"""Where each project is asked for, or what leads to it."""

_REFUSED = "refused"
_RULES = {
    Event.APPEARS: "A release that appears on another repository would be taken.",
    Event.LOST: "If its repository loses the name, another one's files would be taken.",
    Event.EMPTIED: "If its repository's page is emptied, another one's files would be taken.",
    Event.REFUSES: "If its repository asks for a login, another one's files would be taken.",
    Event.FAILS: "If its repository is out of order, another one's files would be taken.",
    Event.FORWARDS: "If its repository forwards the name, another one's files would be taken.",
    Event.OFFLINE: "If nothing can be reached, other files would be taken.",
}


def switches_lines(switches: Switches) -> Iterator[str]:
    """Project by project, what could happen; then what to change, and a summary."""
    changes = {
        project: number
        for number, remedy in enumerate(switches.remedies, start=1)
        for project in remedy.projects
    }
    for exposure in switches.exposures:
        yield f"{exposure.project}, from {exposure.group.name} by {_rule(exposure)}"
        yield from (f"  ! {danger(each)}" for each in exposure.dangers)
        yield f"  settled by change {changes[exposure.project]}"
        yield ""
    if switches.remedies:
        yield "What to change:"
        yield from (_remedy_line(*each) for each in enumerate(switches.remedies, start=1))
        yield ""
    yield _summary(switches)


def _rule(exposure: Exposure) -> str:
    return place_of(exposure.rule) if exposure.rule is not None else "no mapping file"


def _remedy_line(number: int, remedy: Remedy) -> str:
    settles = (
        "settles 1 project"
        if len(remedy.projects) == 1
        else (f"settles {len(remedy.projects)} projects")
    )
    return f"  {number}  {remedy.text}  ({settles})"


def _summary(switches: Switches) -> str:
    projects = "1 project" if switches.projects == 1 else f"{switches.projects} projects"
    replayed = f"{switches.replayed} changes replayed for {projects}"
    exposed = len(switches.exposures)
    if not exposed:
        return f"{replayed}: none lets another repository's file in unasked."
    return f"{replayed}: {exposed} could come from elsewhere."


def switches_data(switches: Switches, places: Places) -> dict[str, object]:
    """The same as values."""
    return {
        "projects": switches.projects,
        "replayed": switches.replayed,
        "exposures": [
            {
                "project": exposure.project,
                "repository": exposure.group.name,
                "url": redacted(exposure.group.canonical.url),
                "rule": place_of(exposure.rule) if exposure.rule is not None else None,
                "asked_for_at": str(places[exposure.project])
                if exposure.project in places
                else None,
                "dangers": [
                    {**consequence_data(each), "text": danger(each)} for each in exposure.dangers
                ],
            }
            for exposure in switches.exposures
        ],
        "remedies": [
            {
                "change": remedy.text,
                "is_command": remedy.is_command,
                "place": remedy.place,
                "projects": list(remedy.projects),
            }
            for remedy in switches.remedies
        ],
    }


def switches_sarif(
    switches: Switches, error: XpipError | None, places: Places, *, version: str, directory: str
) -> dict[str, object]:
    """The same for tools that show findings beside code (SARIF 2.1.0).

    Args:
        switches: what was found.
        error: what an installation would end with today, if it would.
        places: where projects are asked for, which stands in where no rule is known.
        version: of xpip.
        directory: the working directory, with slashes; places are relative to it.
    """
    errors = error.errors if isinstance(error, SeveralErrors) else (error,) if error else ()
    rules = [
        *(SarifRule(id=_id(event), text=text) for event, text in _RULES.items()),
        *(
            SarifRule(id=f"{_REFUSED}/{each.reference.value}", text="The run would end so today.")
            for each in {each.reference: each for each in errors}.values()
        ),
    ]
    results = [
        *(each for exposure in switches.exposures for each in _results(exposure, switches, places)),
        *(_error_result(each, next(iter(places.values()), None)) for each in errors),
    ]
    return sarif_log(rules, results, version=version, directory=directory)


def _results(exposure: Exposure, switches: Switches, places: Places) -> Iterator[SarifResult]:
    remedy = next(each for each in switches.remedies if exposure.project in each.projects)
    asked_for = places.get(exposure.project)
    place = place_of(exposure.rule) if exposure.rule is not None else _shown(asked_for)
    for each in exposure.dangers:
        where = each.group.name if each.group is not None else ""
        yield SarifResult(
            rule_id=_id(each.event),
            message=f"{exposure.project}: {danger(each)}. What to change: {remedy.text}",
            place=place,
            fingerprint=f"{exposure.project}/{each.event.value}/{where}",
        )


def _shown(place: Place | None) -> str | None:
    if place is None:
        return None
    return f"{place.file}:{place.line}" if place.line else place.file


def _error_result(error: XpipError, place: Place | None) -> SarifResult:
    return SarifResult(
        rule_id=f"{_REFUSED}/{error.reference.value}",
        message="\n".join((error.message, *error.context, *([error.hint] if error.hint else []))),
        place=_shown(place),
        fingerprint=f"{error.reference.value}/{error.message}",
    )


def _id(event: Event) -> str:
    return f"switches/{event.value}"
