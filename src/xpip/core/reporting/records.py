"""What is written beside an installed distribution about where it came from.

`provenance_url.json` as PEP 710 has it and xpip's own `xpip_origin.json`, or `direct_url.json`
for a place that the user named. All come from the decision itself; nothing that a wheel contains
can put words into them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xpip.core.decisions import Candidate
from xpip.core.direct_requests import direct_url_data
from xpip.core.facts import Hash, RecordedOrigin
from xpip.core.urls import recordable

PROVENANCE = "provenance_url.json"
DIRECT_URL = "direct_url.json"
ORIGIN = "xpip_origin.json"
UNREADABLE = "(a record that cannot be read)"
_SCHEMA = 1


def origin_records(
    candidate: Candidate, *, sha256: str, map_digest: str | None, now: datetime
) -> dict[str, bytes]:
    """Files for the .dist-info directory, by name.

    Args:
        candidate: what is installed.
        sha256: digest of the file that was installed.
        map_digest: digest of the mapping file in force.
        now: time of installation, with a time zone.
    """
    url = recordable(candidate.file.url)
    hashes = {"sha256": sha256}
    origin = candidate.origin
    return {
        # PEP 710: exactly these two keys.
        PROVENANCE: _json({"archive_info": {"hashes": hashes}, "url": url}),
        ORIGIN: _json(
            {
                "schema": _SCHEMA,
                "group": origin.group,
                "repository": recordable(origin.repository),
                "page_url": recordable(origin.page_url),
                "file_url": url,
                "hashes": hashes,
                "map_digest": map_digest,
                "rule": origin.rule,
                "ruling": origin.ruling.value,
                "time": now.isoformat(timespec="seconds"),
            }
        ),
    }


def direct_url_of(candidate: Candidate) -> Mapping[str, Any]:
    """What `direct_url.json` says of a direct reference (PEP 610)."""
    assert candidate.reference is not None
    return direct_url_data(
        candidate.reference, commit=candidate.commit, hashes=candidate.file.hashes
    )


def direct_records(direct_url: Mapping[str, object]) -> dict[str, bytes]:
    """Files for the .dist-info directory of a direct reference, by name (PEP 610)."""
    return {DIRECT_URL: _json(direct_url)}


def read_origin(raw: bytes) -> RecordedOrigin:
    """What `xpip_origin.json` says; one that cannot be read names no repository that is known."""
    try:
        record = json.loads(raw)
        if record["schema"] == _SCHEMA:
            return _origin(record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return RecordedOrigin(repository=UNREADABLE, page_url="")


def _origin(record: Mapping[str, Any]) -> RecordedOrigin:
    digest = record.get("map_digest")
    return RecordedOrigin(
        repository=str(record["repository"]),
        page_url=str(record["page_url"]),
        group=str(record.get("group", "")),
        file_url=str(record.get("file_url", "")),
        hashes=tuple(Hash(name, str(value)) for name, value in record.get("hashes", {}).items()),
        rule=str(record.get("rule", "")),
        ruling=str(record.get("ruling", "")),
        map_digest=None if digest is None else str(digest),
        time=str(record.get("time", "")),
    )


def _json(values: Mapping[str, object]) -> bytes:
    """A line for each key: `indent` would leave it all to an encoder ten times as slow."""
    lines = (f"  {_encoded(key)}: {_encoded(values[key])}" for key in sorted(values))
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


_encoded = json.JSONEncoder(sort_keys=True).encode
