"""Installed distributions, and where they came from, as words and as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.direct_url import DirectUrl

from xpip.core.direct_records import DirectRecord, UnreadableRecord, is_editable, shown_place
from xpip.core.facts import InstalledDistribution, RecordedOrigin
from xpip.core.reporting.records import UNREADABLE
from xpip.core.urls import redacted


def origin_text(distribution: InstalledDistribution, direct: DirectRecord) -> str:
    """Where a distribution came from, in a few words."""
    if isinstance(direct, UnreadableRecord):
        return f"unknown ({direct.detail})"
    if direct is not None:
        kind = "editable" if is_editable(direct) else "direct"
        return f"{kind}: {_path_or_place(direct)}"
    if distribution.origin is not None:
        return _repository(distribution.origin)
    by = f" (installed by {distribution.installer})" if distribution.installer else ""
    return f"unknown{by}"


def origin_record(distribution: InstalledDistribution) -> dict[str, object] | None:
    """What `xpip_origin.json` says, if xpip wrote one."""
    origin = distribution.origin
    if origin is None:
        return None
    return {
        "group": origin.group,
        "repository": redacted(origin.repository),
        "page_url": redacted(origin.page_url),
        "file_url": redacted(origin.file_url),
        "hashes": dict(origin.hashes),
        "rule": origin.rule,
        "ruling": origin.ruling,
        "map_digest": origin.map_digest,
        "time": origin.time,
    }


def direct_data(direct: DirectRecord) -> Mapping[str, Any] | None:
    """`direct_url.json` without credentials (PEP 610)."""
    return direct.to_dict() if isinstance(direct, DirectUrl) else None


def _path_or_place(direct: DirectUrl) -> str:
    if direct.vcs_info is None and direct.url.startswith("file://"):
        return unquote(urlsplit(direct.url).path)
    return shown_place(direct)


def _repository(origin: RecordedOrigin) -> str:
    if origin.repository == UNREADABLE:
        return "unknown (xpip_origin.json cannot be read)"
    parts = urlsplit(redacted(origin.repository))
    host = parts.netloc or unquote(parts.path)
    # On the command line a repository has no other name than its address.
    name = origin.group.rstrip("/")
    return name if name.startswith(host) else f"{name} ({host})".lstrip()
