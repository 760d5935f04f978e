"""What is written beside an installed distribution about where it came from.

`provenance_url.json` as PEP 710 has it, and xpip's own `xpip_origin.json`. Both come from
the decision itself; nothing that a wheel contains can put words into them.
"""

from __future__ import annotations

import json
from datetime import datetime

from xpip.core.decisions import Candidate
from xpip.core.urls import redacted

PROVENANCE = "provenance_url.json"
ORIGIN = "xpip_origin.json"
_SCHEMA = 1


def origin_records(candidate: Candidate, *, sha256: str, now: datetime) -> dict[str, bytes]:
    """Files for the .dist-info directory, by name.

    Args:
        candidate: what is installed.
        sha256: digest of the file that was installed.
        now: time of installation, with a time zone.
    """
    url = redacted(candidate.file.url)
    hashes = {"sha256": sha256}
    origin = candidate.origin
    return {
        # PEP 710: exactly these two keys.
        PROVENANCE: _json({"archive_info": {"hashes": hashes}, "url": url}),
        ORIGIN: _json(
            {
                "schema": _SCHEMA,
                "group": origin.group,
                "repository": redacted(origin.repository),
                "page_url": redacted(origin.page_url),
                "file_url": url,
                "hashes": hashes,
                "rule": origin.rule,
                "ruling": origin.ruling.value,
                "time": now.isoformat(timespec="seconds"),
            }
        ),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()
