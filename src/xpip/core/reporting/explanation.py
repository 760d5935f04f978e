"""An explanation → text in the order of the stages, and the same as data (schema 1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xpip.core.decisions import Candidate
from xpip.core.explaining import Considered, Explanation, Heard
from xpip.core.facts import Absent, Answer, Found, InstalledDistribution, Unavailable
from xpip.core.policy import RepositoryGroup
from xpip.core.reporting.installation import origin_data
from xpip.core.urls import canonical_project_url, joined, redacted
from xpip.core.what_if import Consequence

SCHEMA = 1
_WIDTH = 13

Section = tuple[str, list[str]]


def explanation_lines(explanation: Explanation, *, verbose: bool = False) -> Iterator[str]:
    """The explanation as text: one screen for an ordinary case, everything with `verbose`."""
    yield _headline(explanation)
    for title, lines in _sections(explanation, verbose=verbose):
        for number, line in enumerate(lines):
            yield f"  {title if number == 0 else '':<{_WIDTH}}{line}"


def _headline(explanation: Explanation) -> str:
    chosen = explanation.chosen
    if isinstance(chosen, Candidate):
        place = f"from {chosen.origin.group}" if chosen.origin.group else "from a place you named"
        return f"{explanation.project} {chosen.version} {place}"
    if chosen is not None:
        return f"{explanation.project} {chosen.version}, as installed"
    return f"{explanation.project}: nothing is chosen [{explanation.verdict.ruling.value}]"


def _sections(explanation: Explanation, *, verbose: bool) -> Iterator[Section]:
    yield "rule", list(_rule_lines(explanation, verbose=verbose))
    yield "asked", list(_asked_lines(explanation, verbose=verbose))
    verdict = explanation.verdict
    yield "verdict", [f"{verdict.ruling.value}: {verdict.explanation}"]
    if explanation.withheld is not None:
        rejection = explanation.withheld.rejection
        yield "withheld", [f"{rejection.filename}: {rejection.detail} [{rejection.reason.value}]"]
    if explanation.rejections:
        yield "passed over", list(_rejected_lines(explanation, verbose=verbose))
    if isinstance(explanation.chosen, Candidate):
        yield "chosen", list(_file_lines(explanation.chosen))
    if explanation.demands or explanation.path:
        yield "needed by", list(_demand_lines(explanation))
    if explanation.passed_over:
        shown = explanation.passed_over if verbose else explanation.passed_over[:5]
        lines = [f"{each.version}: {each.why}" for each in shown]
        hidden = len(explanation.passed_over) - len(shown)
        yield "newer", [*lines, *([f"and {hidden} more: -v"] if hidden else [])]
    if explanation.installed is not None:
        yield "installed", [_installed_line(explanation.installed)]
    if explanation.consequences:
        yield "what if", list(_what_if_lines(explanation.consequences, verbose=verbose))


def _rule_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    if not explanation.considered:
        yield "no mapping file: every repository in use may speak for the name"
        return
    matched = [each for each in explanation.considered if each.pattern]
    for each in matched:
        names = ", ".join(group.name for group in each.rule.groups) or "nobody"
        enforced = ", enforced" if each.enforced else ""
        passes = "" if each.rule.terminating else "; if it lacks the name, the next rule decides"
        yield f"{_place(each)} ({each.pattern}) -> {names}{enforced}{passes}"
        if each.rule.reason:
            yield f"  reason: {each.rule.reason}"
    others = [each for each in explanation.considered if not each.pattern]
    if verbose:
        yield from (f"{_place(each)} does not match" for each in others)
    elif others:
        rules = "1 rule" if len(others) == 1 else f"{len(others)} rules"
        yield f"{rules} looked at that {'does' if len(others) == 1 else 'do'} not match"
    if not matched:
        yield explanation.verdict.explanation


def _place(considered: Considered) -> str:
    return f"{considered.rule.declared_at} {considered.rule.key_path}"


def _asked_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    for heard in explanation.heard:
        for answer in heard.answers:
            yield f"{heard.group.name}: {_answer(answer)}"
            yield f"  {redacted(answer.url)}"
            if isinstance(answer, Found):
                yield from (f"  {line}" for line in _claims(answer))
        if not heard.admitted and any(isinstance(each, Found) for each in heard.answers):
            yield "  its files are not taken"
        if verbose:
            yield f"  ({heard.group.declared_at}; {heard.rule})"
    for group in explanation.unasked:
        yield f"{group.name}: not asked, the name is not sent there"


def _answer(answer: Answer) -> str:
    match answer:
        case Found(page=page):
            files = "1 file" if page.file_count == 1 else f"{page.file_count} files"
            versions = sorted(release.version for release in page.releases)
            spread = f" of {versions[0]} to {versions[-1]}" if len(versions) > 1 else ""
            spread = f" of {versions[0]}" if len(versions) == 1 else spread
            said = f"{files}{spread}, {page.status.value}"
            return f"{said}, {_kind(page.content_type)} API {page.api_version}"
        case Absent(detail=detail):
            return f"does not have it ({detail})" if detail else "does not have it"
        case Unavailable(reason=reason, detail=detail):
            return f"no usable answer: {detail} [{reason.value}]"


def _kind(content_type: str) -> str:
    if not content_type:
        return "directory,"
    return "JSON" if "json" in content_type else "HTML"


def _claims(answer: Found) -> Iterator[str]:
    """PEP 708's words, raw, and as they are compared where that differs."""
    page = answer.page
    for key, urls in (("tracks", page.tracks), ("alternate-locations", page.alternate_locations)):
        for url in urls:
            try:
                known = canonical_project_url(joined(page.url, url))
            except ValueError:
                known = "no URL"
            same = known == url
            yield f"{key} {redacted(url)}" if same else f"{key} {redacted(url)} (= {known})"


def _rejected_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    shown = explanation.rejections if verbose else explanation.rejections[:4]
    for reason, count, example in shown:
        files = "1 file" if count == 1 else f"{count} files"
        detail = f": {example.detail}" if example.detail else ""
        yield f"{files} [{reason.value}], such as {example.filename}{detail}"


def _file_lines(candidate: Candidate) -> Iterator[str]:
    file = candidate.file
    yield redacted(file.url)
    uploaded = file.upload_time.isoformat(timespec="minutes") if file.upload_time else "unknown"
    algorithm, digest = file.hashes[0] if file.hashes else ("no hash", "")
    yield f"{algorithm} {digest[:16]}{'…' if digest else ''}  uploaded {uploaded}"


def _demand_lines(explanation: Explanation) -> Iterator[str]:
    if len(explanation.path) > 1:
        yield " -> ".join(("you", *explanation.path))
    for demand in explanation.demands:
        yield f"{demand.by or 'you'}: {demand.requirement}"


def _installed_line(installed: InstalledDistribution) -> str:
    if installed.origin is not None:
        return f"{installed.version} from {redacted(installed.origin.repository)}"
    return f"{installed.version}, from where is unknown ({installed.installer or 'no installer'})"


def _what_if_lines(consequences: Sequence[Consequence], *, verbose: bool) -> Iterator[str]:
    dangerous = [each for each in consequences if each.is_dangerous]
    for each in dangerous:
        yield f"! {each.event.value} {each.group.name}: {each.detail} would be taken"
    if verbose:
        for each in consequences:
            if not each.is_dangerous:
                detail = f" ({each.detail})" if each.detail else ""
                yield f"{each.event.value} {each.group.name}: {each.outcome.value}{detail}"
    elif not dangerous:
        yield f"{len(consequences)} changes replayed: none lets another file in unasked"
    else:
        safe = len(consequences) - len(dangerous)
        yield f"{safe} other changes replayed: none lets another file in unasked"


# As data


def explanation_data(explanation: Explanation) -> dict[str, object]:
    """The explanation as values; keys may be added, none changes its meaning within a schema."""
    chosen = explanation.chosen
    return {
        "schema": SCHEMA,
        "project": explanation.project,
        "rules": [
            {
                "place": _place(each),
                "pattern": each.pattern,
                "repositories": [group.name for group in each.rule.groups],
                "enforced": each.enforced,
            }
            for each in explanation.considered
        ],
        "asked": [_heard_data(each) for each in explanation.heard],
        "not_asked": [_group_data(group) for group in explanation.unasked],
        "ruling": explanation.verdict.ruling.value,
        "explanation": explanation.verdict.explanation,
        "rejections": [
            {"reason": reason.value, "files": count, "example": example.filename}
            for reason, count, example in explanation.rejections
        ],
        "chosen": _chosen_data(chosen) if isinstance(chosen, Candidate) else None,
        "path": list(explanation.path),
        "demands": [
            {"requirement": each.requirement, "by": each.by} for each in explanation.demands
        ],
        "passed_over": [
            {"version": str(each.version), "why": each.why} for each in explanation.passed_over
        ],
        "installed": _installed_data(explanation.installed),
        "what_if": [consequence_data(each) for each in explanation.consequences],
    }


def _group_data(group: RepositoryGroup) -> dict[str, object]:
    return {
        "name": group.name,
        "repository": redacted(group.canonical.url),
        "declared_at": group.declared_at,
    }


def _heard_data(heard: Heard) -> dict[str, object]:
    return {
        **_group_data(heard.group),
        "rule": heard.rule,
        "admitted": heard.admitted,
        "answers": [_answer_data(answer) for answer in heard.answers],
    }


def _answer_data(answer: Answer) -> dict[str, object]:
    url = redacted(answer.url)
    match answer:
        case Found(page=page):
            return {
                "answer": "found",
                "url": url,
                "content_type": page.content_type,
                "api_version": page.api_version,
                "status": page.status.value,
                "files": page.file_count,
                "versions": len(page.releases),
                "newest_version": str(page.newest_version or "") or None,
                "tracks": [redacted(each) for each in page.tracks],
                "alternate_locations": [redacted(each) for each in page.alternate_locations],
            }
        case Absent(detail=detail):
            return {"answer": "absent", "url": url, "detail": detail}
        case Unavailable(reason=reason, detail=detail):
            return {"answer": "unavailable", "url": url, "reason": reason.value, "detail": detail}


def _chosen_data(candidate: Candidate) -> dict[str, object]:
    return {
        "version": str(candidate.version),
        "file": candidate.file.filename,
        "url": redacted(candidate.file.url),
        "hashes": dict(candidate.file.hashes),
        "origin": origin_data(candidate),
    }


def _installed_data(installed: InstalledDistribution | None) -> dict[str, object] | None:
    if installed is None:
        return None
    return {
        "version": str(installed.version),
        "installer": installed.installer,
        "repository": redacted(installed.origin.repository) if installed.origin else None,
    }


def consequence_data(consequence: Consequence) -> dict[str, object]:
    """One replayed change, as values."""
    return {
        "event": consequence.event.name.lower(),
        "repository": consequence.group.name,
        "outcome": consequence.outcome.value,
        "dangerous": consequence.is_dangerous,
        "detail": consequence.detail,
    }


# As a table


def table_lines(explanations: Sequence[Explanation]) -> Iterator[str]:
    """A line for each project, those that something could still go wrong with first."""
    rows = [("project", "version", "from", "ruling", "files refused", "remarks")]
    rows += [_row(each) for each in sorted(explanations, key=_suspicion)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _suspicion(explanation: Explanation) -> tuple[bool, int, str]:
    dangerous = sum(each.is_dangerous for each in explanation.consequences)
    return explanation.chosen is not None, -dangerous, explanation.project


def _row(explanation: Explanation) -> tuple[str, str, str, str, str, str]:
    chosen = explanation.chosen
    group = chosen.origin.group if isinstance(chosen, Candidate) else "-"
    dangers = sorted(
        {
            f"{each.event.value} {each.group.name}"
            for each in explanation.consequences
            if each.is_dangerous
        }
    )
    return (
        explanation.project,
        str(chosen.version) if chosen else "-",
        group or "a place",
        explanation.verdict.ruling.value,
        str(sum(count for _, count, _ in explanation.rejections)),
        "; ".join(f"could switch if {danger}" for danger in dangers),
    )
