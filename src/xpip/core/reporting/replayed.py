"""What would follow if a repository said something else → lines, the dangerous ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xpip.core.what_if import Consequence, Event, Outcome

_EVENTS = {
    Event.APPEARS: "gets a stranger's {version}",
    Event.LOST: "loses the name",
    Event.EMPTIED: "lists no file of it any more",
    Event.REFUSES: "asks for a login",
    Event.FAILS: "is out of order",
    Event.FORWARDS: "forwards the name to another server",
    Event.OFFLINE: "no repository can be reached",
}


def replayed_lines(consequences: Sequence[Consequence], *, full: bool) -> Iterator[str]:
    """What would let another repository's file in; all else is counted, unless in `full`."""
    yield from _dangers([each for each in consequences if each.is_dangerous])
    harmless = [each for each in consequences if not each.is_dangerous]
    if full:
        for each in harmless:
            yield f"{_event(each)}: {_outcome(each)}"
        return
    others = " other" if len(harmless) < len(consequences) else ""
    changes = f"{len(harmless)}{others} change{'' if len(harmless) == 1 else 's'}"
    yield f"{changes} replayed: none lets another repository's file in"
    remembered = sum(each.outcome is Outcome.ORIGIN_CHANGED for each in harmless)
    if remembered:
        yield f"  {remembered} of them only because what is installed came from elsewhere"


def _dangers(dangers: Sequence[Consequence]) -> Iterator[str]:
    """One entry for each outcome: every event that leads to it, a line for each repository."""
    outcomes: dict[str, dict[str, list[str]]] = {}
    enough = {_outcome(each) for each in dangers if each.event is Event.APPEARS}
    for each in dangers:
        if each.event is not Event.APPEARS and _outcome(each) in enough:
            continue  # A release is all that it takes.
        events = outcomes.setdefault(_outcome(each), {})
        events.setdefault(_name(each), []).append(_happening(each))
    for outcome, events in outcomes.items():
        rows = [f"{name} {', or '.join(happenings)}" for name, happenings in events.items()]
        for number, row in enumerate(rows):
            yield f"{'  or ' if number else '! '}{row}"
        yield f"  -> {outcome}"


def danger(consequence: Consequence) -> str:
    """A danger, in one line."""
    return f"{_event(consequence)}: {_outcome(consequence)}"


def _event(consequence: Consequence) -> str:
    return f"{_name(consequence)} {_happening(consequence)}".lstrip()


def _name(consequence: Consequence) -> str:
    return consequence.group.name if consequence.group else ""


def _happening(consequence: Consequence) -> str:
    return _EVENTS[consequence.event].format(version=consequence.version)


def _outcome(consequence: Consequence) -> str:
    chosen = consequence.chosen
    match consequence.outcome:
        case Outcome.SAME:
            return "still from there" if consequence.group else "still the same"
        case Outcome.REFUSED:
            return f"refused ({consequence.detail})"
        case Outcome.UNAVAILABLE | Outcome.NOTHING:
            return f"the run ends ({consequence.detail})"
        case Outcome.ORIGIN_CHANGED:
            return "refused, because what is installed came from elsewhere"
        case Outcome.OWN:
            return f"your own {chosen.file.filename} is taken" if chosen else ""
        case Outcome.SWITCHED:
            return f"{_switched(consequence)} is taken, and nobody is asked"


def _switched(consequence: Consequence) -> str:
    chosen = consequence.chosen
    assert chosen is not None
    if chosen.version == consequence.version:
        return f"a stranger's {chosen.version}, put on {chosen.origin.group},"
    return f"{chosen.version} from {chosen.origin.group}"


def consequence_data(consequence: Consequence) -> dict[str, object]:
    """One replayed change, as values."""
    return {
        "event": consequence.event.value,
        "repository": consequence.group.name if consequence.group else None,
        "outcome": consequence.outcome.value,
        "dangerous": consequence.is_dangerous,
        "file": consequence.chosen.file.filename if consequence.chosen else None,
        "from": consequence.chosen.origin.group if consequence.chosen else None,
        "detail": consequence.detail,
    }
