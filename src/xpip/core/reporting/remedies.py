"""How to change where a name comes from, if what was decided is not what was meant."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from xpip.core.decisions import Ruling
from xpip.core.explaining import Considered, Explanation
from xpip.core.policy import RepositoryGroup, RepositoryMap
from xpip.core.reporting.alternatives import alternatives

_LEFT_TO_THE_ERROR = frozenset({Ruling.CONFLICT, Ruling.UNAVAILABLE, Ruling.QUARANTINED})


def remedy_lines(explanation: Explanation) -> Iterator[str]:
    """What to edit or to run; nothing where the error that follows says it."""
    ruling, mapping = explanation.verdict.ruling, explanation.policy.map
    if explanation.locked is not None:
        yield from _with_lock(explanation)
    elif ruling is Ruling.DIRECT:
        yield f"name another place; or {explanation.project} alone, to ask repositories"
    elif ruling in _LEFT_TO_THE_ERROR or explanation.change is not None:
        return
    elif mapping is None or mapping.open_groups is not None:
        yield from _without_rule(explanation)
    else:
        matched = [each for each in explanation.considered if each.pattern]
        yield from _with_rule(explanation, mapping, matched)


def _with_lock(explanation: Explanation) -> Iterator[str]:
    """Nothing where the error that follows says it."""
    assert explanation.locked is not None
    if explanation.locked.reference is not None:
        yield f"ask for {explanation.project} alone, and lock anew"
    elif explanation.locked.error is None and explanation.change is None:
        if explanation.locked.unproven is not None:
            yield "--verify-origin, when installing, asks repositories whether they list the file"
        command = shlex.join(("xpip", "lock", "--upgrade-package", explanation.project))
        yield f"lock anew, under other rules or for other versions: {command}"


def _without_rule(explanation: Explanation) -> Iterator[str]:
    """The commands that let one repository alone speak for the name."""
    made = [*alternatives([explanation.finding], explanation.policy)]
    dangerous = any(each.is_dangerous for each in explanation.consequences)
    if made and (dangerous or len(made) > 1):
        for each in made:
            yield f"let {each.url} alone have the name:"
            yield f"  {each.command}"
    else:
        yield "other repositories: -i, --extra-index-url; for good: xpip help mapping-file"


def _with_rule(
    explanation: Explanation, mapping: RepositoryMap, matched: Sequence[Considered]
) -> Iterator[str]:
    if matched and matched[0].enforced:
        yield f"this rule is enforced: {matched[0].rule.source} is the place to change it"
        return
    edit = " or ".join(dict.fromkeys(each.rule.declared_at for each in matched))
    others = [group.name for group in mapping.groups if group not in _speaking(matched)]
    if not others:
        yield f"edit {edit or mapping.source}"
        return
    place = () if mapping.discovered else ("--map", mapping.source)
    replace = any(each.pattern == explanation.project for each in matched)
    name = others[0] if len(others) == 1 else "NAME"
    command = ("xpip", "map", "add", explanation.project, "--repository", name, *place)
    line = shlex.join([*command, *(["--replace"] if replace else [])])
    yield f"edit {edit}; or {line}" if edit else line
    if len(others) > 1:
        yield f"  where NAME is one of {', '.join(others[:8])}{'…' if len(others) > 8 else ''}"


def _speaking(matched: Sequence[Considered]) -> tuple[RepositoryGroup, ...]:
    """Who may speak for the name already."""
    return tuple(group for each in matched for group in each.rule.groups)
