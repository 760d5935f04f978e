"""An installation report as pip writes it (version "1"), with an `origin` for each item."""

from __future__ import annotations

from collections.abc import Mapping

from xpip import __version__
from xpip.core.decisions import Candidate, Pin
from xpip.core.planning import Plan
from xpip.core.policy import Target
from xpip.core.reporting.records import direct_url_of
from xpip.core.urls import redacted


def installation_report(plan: Plan, target: Target) -> dict[str, object]:
    """What is, or would be, installed, and where each file comes from."""
    return {
        "version": "1",
        "xpip_version": __version__,
        "install": [_item(change.pin, change.candidate) for change in plan.changes],
        "environment": dict(target.environment),
    }


def _item(pin: Pin, candidate: Candidate) -> dict[str, object]:
    metadata = pin.metadata
    return {
        "metadata": {
            "name": metadata.name,
            "version": str(metadata.version),
            "requires_dist": [str(requirement) for requirement in metadata.requires],
            "requires_python": str(metadata.requires_python or "") or None,
            "provides_extra": sorted(metadata.extras),
        },
        "is_direct": candidate.reference is not None,
        "is_yanked": bool(candidate.file.yanked),
        "requested": pin.requested,
        "requested_extras": sorted(pin.extras),
        "download_info": _download_info(candidate),
        "origin": origin_data(candidate),
    }


def _download_info(candidate: Candidate) -> Mapping[str, object]:
    """Where it comes from, in the words of `direct_url.json` (PEP 610)."""
    if candidate.reference is not None:
        return direct_url_of(candidate)
    return {
        "url": redacted(candidate.file.url),
        "archive_info": {"hashes": dict(candidate.file.hashes)},
    }


def origin_data(candidate: Candidate) -> dict[str, object]:
    """Which repository, page, rule and ruling let a file in, as data."""
    return {
        "group": candidate.origin.group or None,
        "repository": redacted(candidate.origin.repository),
        "page_url": redacted(candidate.origin.page_url),
        "rule": candidate.origin.rule,
        "ruling": candidate.origin.ruling.value,
    }
