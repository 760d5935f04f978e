"""An explanation → text, in the order of the stages.

One screen for an ordinary case; what is left out is counted, and complete with `-v`. Whoever has
never seen xpip should find in it what is taken, from where, why, and how to change that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from xpip.core.decisions import REFUSED, Candidate, Ruling
from xpip.core.explaining import Considered, Explanation, Heard
from xpip.core.facts import Absent, Answer, File, Found, InstalledDistribution, Unavailable
from xpip.core.hashes import strongest
from xpip.core.policy import RepositoryGroup
from xpip.core.reporting.explanation_locked import (
    asked_lines,
    entry_lines,
    tomorrow_lines,
    without_file,
)
from xpip.core.reporting.remedies import remedy_lines
from xpip.core.reporting.replayed import replayed_lines
from xpip.core.urls import canonical_project_url, joined, redacted
from xpip.errors import Reason

_WIDTH = 13

Section = tuple[str, Sequence[str]]


def explanation_lines(
    explanation: Explanation, *, verbose: bool = False, what_if: bool = False
) -> Iterator[str]:
    """The explanation as text: complete with `verbose`, all that was replayed with `what_if`."""
    yield headline(explanation)
    for title, lines in _sections(explanation, verbose=verbose, what_if=what_if):
        for number, line in enumerate(lines):
            yield f"  {title if number == 0 else '':<{_WIDTH}}{line}"


def headline(explanation: Explanation) -> str:
    """What is taken, from where; or why nothing is."""
    project, chosen = explanation.project, explanation.chosen
    if explanation.locked is not None and chosen is None:
        return f"{project}{without_file(explanation.locked)}"
    if chosen is None:
        return f"{project}: {_nothing(explanation)}"
    what = f"{chosen.version} from {_place(chosen)}"
    if explanation.change is not None:
        return f"{project}: {what} is refused, it was installed from elsewhere [origin-changed]"
    if not explanation.needed:
        return f"{project}: nothing asked for needs it; if it were asked for, {what}"
    if not explanation.settled:
        return f"{project}: nothing can be installed; alone, it would be {what}"
    return f"{project} {what}"


def _place(chosen: Candidate) -> str:
    if chosen.reference is not None:
        return "a place you named"
    unproven = ", unproven" if chosen.origin.ruling is Ruling.UNPROVEN else ""
    return f"{chosen.origin.group or redacted(chosen.origin.repository)}{unproven}"


_CODES = {Ruling.CONFLICT: Reason.COLLISION, Ruling.ABSENT: Reason.NOT_FOUND}


def _nothing(explanation: Explanation) -> str:
    ruling = explanation.verdict.ruling
    if explanation.withheld is not None:
        return f"refused [{explanation.withheld.rejection.reason.value}]"
    if ruling in REFUSED:
        return f"refused [{_CODES.get(ruling, ruling).value}]"
    if ruling is Ruling.ABSENT:
        return f"nobody has it [{Reason.NOT_FOUND.value}]"
    if ruling is Ruling.UNAVAILABLE:
        return "nothing is taken, because a repository gave no usable answer"
    return "no file will do"


def _sections(explanation: Explanation, *, verbose: bool, what_if: bool) -> Iterator[Section]:
    locked = explanation.locked
    if locked is not None:
        yield "lock", tuple(entry_lines(locked))
    yield "rule", tuple(_rule_lines(explanation, verbose=verbose))
    asked = asked_lines(locked) if locked else _asked_lines(explanation, verbose=verbose)
    yield "asked", tuple(asked)
    yield "verdict", [_verdict(explanation)]
    if explanation.withheld is not None:
        rejection = explanation.withheld.rejection
        yield "refused", [f"{rejection.filename}: {rejection.detail}"]
    yield "passed over", tuple(_rejected_lines(explanation, verbose=verbose))
    yield from _file_section(explanation, verbose=verbose)
    yield "needed by", tuple(_demand_lines(explanation))
    title = "newer" if explanation.chosen else "versions"
    yield title, tuple(_newer_lines(explanation, verbose=verbose))
    if explanation.inquired is not None:
        yield "why not", [f"{explanation.inquired.version}: {explanation.inquired.why}"]
    if explanation.installed is not None:
        yield "installed", tuple(_installed_lines(explanation, explanation.installed))
    yield "what if", tuple(_replayed_lines(explanation, full=verbose or what_if))
    yield "to change", tuple(remedy_lines(explanation))


def _file_section(explanation: Explanation, *, verbose: bool) -> Iterator[Section]:
    chosen, locked = explanation.chosen, explanation.locked
    if chosen is not None:
        yield "chosen", tuple(_chosen_lines(chosen, verbose=verbose))
    elif locked is not None and locked.file is not None:
        yield "names", (redacted(locked.file.url), _file_line(locked.file, verbose=verbose))


def _replayed_lines(explanation: Explanation, *, full: bool) -> Iterator[str]:
    if explanation.change is not None:
        return
    if explanation.locked is not None:
        yield from tomorrow_lines(explanation.locked)
    elif explanation.consequences:
        yield from replayed_lines(explanation.consequences, full=full)


def _verdict(explanation: Explanation) -> str:
    ruling, why = explanation.verdict.ruling, explanation.verdict.explanation
    refused = explanation.locked is not None and explanation.locked.error is not None
    return f"{'refused' if refused and ruling.admits else ruling.value}: {why}"


def _rule_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    mapping = explanation.policy.map
    matched = [each for each in explanation.considered if each.pattern]
    if explanation.verdict.ruling is Ruling.DIRECT:
        by = f"named by {explanation.locked.place}" if explanation.locked else "named by you"
        yield explanation.chosen.origin.rule if explanation.chosen else by
        return
    if mapping is None:
        yield "no mapping file: every repository in use may speak for the name"
        return
    for each in matched:
        yield from _matched_lines(each)
    if not matched and mapping.open_groups is not None:
        yield "no rule matches: every repository in use may speak for the name"
    elif not matched:
        yield f"no rule of {mapping.source} matches"
    others = [each for each in explanation.considered if not each.pattern]
    if verbose:
        yield from (f"{_rule(each)} does not match" for each in others)
    elif matched and others:
        yield f"{_counted(len(others), 'other rule')} before it: no match"


def _matched_lines(considered: Considered) -> Iterator[str]:
    names = ", ".join(group.name for group in considered.rule.groups) or "nobody"
    enforced = ", enforced" if considered.enforced else ""
    yield f"{_rule(considered)} ({considered.pattern}) -> {names}{enforced}"
    if considered.rule.reason:
        yield f"  reason: {considered.rule.reason}"
    if not considered.rule.terminating:
        yield "  it passes the name on where they lack it"
    if considered.rule.passes_unusable:
        yield "  weakened: it passes the name on where no file of theirs can be used"


def _rule(considered: Considered) -> str:
    return f"{considered.rule.declared_at} {considered.rule.key_path}"


def _asked_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    for heard in explanation.heard:
        yield from _heard_lines(heard, verbose=verbose)
    for group in explanation.unasked:
        yield f"{group.name}: not asked, because nothing sends the name there"
    if not explanation.heard and not explanation.unasked:
        yield "nobody"


def _heard_lines(heard: Heard, *, verbose: bool) -> Iterator[str]:
    for answer in heard.answers:
        url = redacted(answer.url)
        yield url if _is_nameless(heard.group) else f"{heard.group.name}: {url}"
        for line in (_answer(answer), *_kept(answer), *_claims(answer)):
            yield f"  {line}"
    if heard.passed_on:
        yield "  none of its files can be used, so the name was passed on"
    elif any(isinstance(answer, Found) for answer in heard.answers) and not heard.admitted:
        yield "  its files do not count"
    if heard.unsaid and heard.admitted:
        yield f"  {_unsaid(heard.unsaid)}"
    said = {answer.repository for answer in heard.answers}
    silent = [mirror for mirror in heard.group.mirrors if mirror not in said]
    if verbose:
        yield from (f"  mirror not asked: {redacted(mirror.url)}" for mirror in silent)
        yield f"  in use by {heard.group.declared_at}"
    elif silent:
        yield f"  {_counted(len(silent), 'mirror')} not asked: one page is enough"


def _is_nameless(group: RepositoryGroup) -> bool:
    """Whether it is called by its address, because nobody gave it a name."""
    return redacted(group.canonical.url).endswith(f"://{group.name}")


def _answer(answer: Answer) -> str:
    match answer:
        case Found(page=page):
            versions = sorted(release.version for release in page.releases)
            spread = ""
            if versions:
                spread = f" of {versions[0]}"
            if len(versions) > 1:
                spread = f" of {len(versions)} versions, {versions[0]} to {versions[-1]}"
            said = f"{_counted(page.file_count, 'file')}{spread}"
            if page.repository.is_local:
                return f"{said}; a directory"
            reason = f" ({page.status_reason})" if page.status_reason else ""
            kind = "JSON" if "json" in page.content_type else "HTML"
            return f"{said}; {page.status.value}{reason}; {kind}, API {page.api_version}"
        case Absent(detail=detail):
            return f"does not have it ({detail})" if detail else "does not have it"
        case Unavailable(reason=reason, detail=detail):
            return f"no usable answer: {detail} [{reason.value}]"


def _kept(answer: Answer) -> Iterator[str]:
    if not isinstance(answer, Unavailable) and answer.kept_at is not None:
        yield f"from the cache, as of {answer.kept_at:%Y-%m-%d %H:%M} UTC"


def _claims(answer: Answer) -> Iterator[str]:
    """PEP 708's words, raw, and as they are compared where that differs."""
    if not isinstance(answer, Found):
        return
    page = answer.page
    for key, urls in (("tracks", page.tracks), ("alternate-locations", page.alternate_locations)):
        for url in urls:
            try:
                known = redacted(canonical_project_url(joined(page.url, url)))
            except ValueError:
                known = "no URL"
            yield f"{key} {redacted(url)}" + ("" if known == redacted(url) else f" (= {known})")


_UNSAID = {
    "hashes": ("hashes", "hashes"),
    "sizes": ("sizes", None),
    "upload-times": ("upload times", "cooldown"),
    "status": ("project status", "status"),
}


def _unsaid(what: Sequence[str]) -> str:
    """What a page cannot say, and which demands of a rule it could thus not meet."""
    words = ", ".join(_UNSAID[each][0] for each in what)
    demands = [f"`{demand}`" for each in what if (demand := _UNSAID[each][1])]
    return f"does not say {words}" + (f": cannot meet {', '.join(demands)}" if demands else "")


def _rejected_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    rejections = explanation.rejections
    if explanation.withheld is not None and sum(count for _, count, _ in rejections) == 1:
        return  # It has its own section.
    if verbose:
        for reason, count, example in rejections:
            files = _counted(count, "file")
            detail = f": {example.detail}" if example.detail else ""
            yield f"{files} [{reason.value}], such as {example.filename}{detail}"
    elif rejections:
        total = sum(count for _, count, _ in rejections)
        counts = ", ".join(f"{count} [{reason.value}]" for reason, count, _ in rejections)
        alone = f" [{rejections[0][0].value}]"
        yield f"{_counted(total, 'file')}{alone if len(rejections) == 1 else f': {counts}'}"


def _chosen_lines(candidate: Candidate, *, verbose: bool) -> Iterator[str]:
    yield str(candidate.reference) if candidate.reference else redacted(candidate.file.url)
    yield _file_line(candidate.file, verbose=verbose, is_release=candidate.reference is None)


def _file_line(file: File, *, verbose: bool, is_release: bool = True) -> str:
    facts = ["wheel" if file.is_wheel else "source distribution, so its code runs to build it"]
    if is_release or file.hashes:
        claim = strongest(file.hashes)
        digest = (claim.digest if verbose else f"{claim.digest[:12]}…") if claim else ""
        facts.append(f"{claim.algorithm} {digest}" if claim else "no hash, so unverified")
    if file.size is not None:
        facts.append(f"{file.size:,} bytes")
    if file.upload_time is not None:
        facts.append(f"uploaded {file.upload_time:%Y-%m-%d %H:%M}")
    return ", ".join(facts)


def _demand_lines(explanation: Explanation) -> Iterator[str]:
    if len(explanation.path) > 1:
        yield " -> ".join(("you", *explanation.path))
    for demand in explanation.demands:
        by = demand.by or "you"
        # A lock says who needs it, and not which versions.
        yield by if explanation.locked else f"{by}: {demand.requirement}"


def _newer_lines(explanation: Explanation, *, verbose: bool) -> Iterator[str]:
    inquired = explanation.inquired.version if explanation.inquired else None
    versions = [each for each in explanation.passed_over if each.version != inquired]
    runs = [(why, [*run]) for why, run in groupby(versions, key=lambda each: each.why)]
    shown = runs if verbose else runs[:3]
    for why, run in shown:
        first, last = run[0].version, run[-1].version
        yield (
            f"{first}: {why}" if first == last else f"{len(run)} versions, {first} to {last}: {why}"
        )
    hidden = sum(len(run) for _, run in runs[len(shown) :])
    if hidden:
        yield f"and {hidden} more (-v)"


def _installed_lines(explanation: Explanation, installed: InstalledDistribution) -> Iterator[str]:
    if installed.origin is not None:
        yield f"{installed.version} from {redacted(installed.origin.repository)}"
    elif installed.installer == "xpip":
        yield f"{installed.version}, from a place that was named"
    else:
        by = installed.installer or "another tool"
        yield f"{installed.version}, put there by {by}; where it came from is not recorded"
    if explanation.change is not None:
        yield "nothing links that to where it would come from now"
    elif explanation.version is not None and installed.version != explanation.version:
        stays = "it stays where it will do; `install -U` replaces it"
        yield "`install --lock` replaces it" if explanation.locked else stays


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
