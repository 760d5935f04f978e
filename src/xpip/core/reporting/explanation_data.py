"""An explanation → values for `--json`, schema 1: `xpip help explain` documents each key."""

from __future__ import annotations

from datetime import datetime

from xpip.core.decisions import Candidate
from xpip.core.explaining import Considered, Explanation, Heard, PassedOver
from xpip.core.facts import Absent, Answer, Found, InstalledDistribution, Unavailable
from xpip.core.policy import RepositoryGroup
from xpip.core.reporting.explanation_locked import locked_data
from xpip.core.reporting.installation import origin_data
from xpip.core.reporting.replayed import consequence_data
from xpip.core.urls import redacted

SCHEMA = 1


def explanation_data(explanation: Explanation) -> dict[str, object]:
    """The explanation as values; keys may be added, none changes its meaning within a schema."""
    withheld = explanation.withheld
    return {
        "project": explanation.project,
        "ruling": explanation.verdict.ruling.value,
        "verdict": explanation.verdict.explanation,
        "locked": locked_data(explanation.locked) if explanation.locked else None,
        "chosen": _chosen_data(explanation.chosen) if explanation.chosen else None,
        "withheld": withheld
        and {
            "file": withheld.rejection.filename,
            "reason": withheld.rejection.reason.value,
            "detail": withheld.rejection.detail,
        },
        "settled": explanation.settled,
        "needed": explanation.needed,
        "rules": [_rule_data(each) for each in explanation.considered],
        "asked": [_heard_data(each) for each in explanation.heard],
        "not_asked": [_group_data(group) for group in explanation.unasked],
        "rejections": [
            {
                "reason": reason.value,
                "files": count,
                "example": example.filename,
                "detail": example.detail,
            }
            for reason, count, example in explanation.rejections
        ],
        "path": list(explanation.path),
        "demands": [
            {"requirement": each.requirement, "by": each.by} for each in explanation.demands
        ],
        "passed_over": [_version_data(each) for each in explanation.passed_over],
        "inquired": _version_data(explanation.inquired) if explanation.inquired else None,
        "installed": _installed_data(explanation.installed) if explanation.installed else None,
        "origin_change": explanation.change
        and {"old": redacted(explanation.change.old), "new": redacted(explanation.change.new)},
        "what_if": [consequence_data(each) for each in explanation.consequences],
    }


def _rule_data(considered: Considered) -> dict[str, object]:
    rule = considered.rule
    return {
        "declared_at": rule.declared_at,
        "key_path": rule.key_path,
        "pattern": considered.pattern,
        "repositories": [group.name for group in rule.groups],
        "terminating": rule.terminating,
        "enforced": considered.enforced,
        "reason": rule.reason,
    }


def _group_data(group: RepositoryGroup) -> dict[str, object]:
    return {
        "name": group.name,
        "repository": redacted(group.canonical.url),
        "mirrors": [redacted(mirror.url) for mirror in group.mirrors],
        "declared_at": group.declared_at,
    }


def _heard_data(heard: Heard) -> dict[str, object]:
    return {
        **_group_data(heard.group),
        "rule": heard.rule,
        "admitted": heard.admitted,
        "unsaid": list(heard.unsaid),
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
                "status_reason": page.status_reason,
                "files": page.file_count,
                "versions": len(page.releases),
                "newest_version": str(page.newest_version or "") or None,
                "tracks": [redacted(each) for each in page.tracks],
                "alternate_locations": [redacted(each) for each in page.alternate_locations],
                "kept_at": _when(answer.kept_at),
            }
        case Absent(detail=detail):
            kept_at = _when(answer.kept_at)
            return {"answer": "absent", "url": url, "detail": detail, "kept_at": kept_at}
        case Unavailable(reason=reason, detail=detail):
            return {"answer": "unavailable", "url": url, "reason": reason.value, "detail": detail}


def _when(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _chosen_data(candidate: Candidate) -> dict[str, object]:
    file = candidate.file
    return {
        "version": str(candidate.version),
        "file": file.filename,
        "url": redacted(file.url),
        "hashes": dict(file.hashes),
        "size": file.size,
        "upload_time": _when(file.upload_time),
        "is_direct": candidate.reference is not None,
        "origin": origin_data(candidate),
    }


def _version_data(passed_over: PassedOver) -> dict[str, object]:
    return {"version": str(passed_over.version), "why": passed_over.why}


def _installed_data(installed: InstalledDistribution) -> dict[str, object]:
    return {
        "version": str(installed.version),
        "installer": installed.installer,
        "repository": redacted(installed.origin.repository) if installed.origin else None,
    }
