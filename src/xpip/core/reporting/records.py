"""What is written beside an installed distribution about where it came from.

`provenance_url.json` as PEP 710 has it, and xpip's own `xpip_origin.json`. Both come from
the decision itself; nothing that a wheel contains can put words into them.
"""

from __future__ import annotations

import json
from datetime import datetime

from xpip.core.decisions import Candidate
from xpip.core.facts import RecordedOrigin
from xpip.core.urls import recordable

PROVENANCE = "provenance_url.json"
ORIGIN = "xpip_origin.json"
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


def read_origin(raw: bytes) -> RecordedOrigin:
    """What `xpip_origin.json` says; one that cannot be read names no repository that is known."""
    try:
        record = json.loads(raw)
        if record["schema"] == _SCHEMA:
            return RecordedOrigin(
                repository=str(record["repository"]), page_url=str(record["page_url"])
            )
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return RecordedOrigin(repository="(a record that cannot be read)", page_url="")


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
