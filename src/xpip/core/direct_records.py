"""`direct_url.json` of an installed distribution → the place it came from, and how to ask again.

Decides what the record means (PEP 610). May not know who wrote it, nor whether it is true.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from msgspec import Struct
from packaging.direct_url import DirectUrl, DirectUrlValidationError
from packaging.version import Version

from xpip.core.names import NormalizedName
from xpip.core.urls import redacted

_VARIABLES = re.compile(r"\$\{[A-Za-z0-9-_]+\}(:\$\{[A-Za-z0-9-_]+\})?")


class UnreadableRecord(Struct, frozen=True, kw_only=True):
    """A `direct_url.json` that is there and cannot be used, and why."""

    detail: str


DirectRecord = DirectUrl | UnreadableRecord | None
"""None where there is no such record: the distribution came by its name."""


def read_direct_url(raw: bytes) -> DirectUrl | UnreadableRecord:
    """Read `direct_url.json` (direct URL data structure; PEP 610)."""
    try:
        record = json.loads(raw)
        if not isinstance(record, dict):
            return UnreadableRecord(detail="direct_url.json holds no object")
        direct = DirectUrl.from_dict(record)
        urlsplit(direct.url)
    except (ValueError, RecursionError, DirectUrlValidationError) as error:
        return UnreadableRecord(detail=f"direct_url.json: {error}")
    return direct


def is_editable(direct: DirectRecord) -> bool:
    """Whether it is used from where its sources lie."""
    return (
        isinstance(direct, DirectUrl)
        and direct.dir_info is not None
        and bool(direct.dir_info.editable)
    )


def is_from(direct: DirectRecord, url: str) -> bool:
    """Whether it came from this URL."""
    return isinstance(direct, DirectUrl) and direct.url.rstrip("/") == url.rstrip("/")


def shown_place(direct: DirectUrl) -> str:
    """Where it came from, at which commit; without secrets."""
    if direct.vcs_info is None:
        return redacted(direct.url)
    return f"{direct.vcs_info.vcs}+{redacted(direct.url)}@{direct.vcs_info.commit_id}"


def frozen(project: NormalizedName, version: Version, direct: DirectRecord) -> str:
    """A line of a requirements file that asks for just this again.

    One whose place is not known becomes a comment: its name alone would mean another thing.
    """
    if direct is None:
        return f"{project}=={version}"
    if isinstance(direct, UnreadableRecord):
        return f"# {project}=={version}: {' '.join(direct.detail.split())}"
    if is_editable(direct):
        return f"-e {_address(direct)}  # {project}=={version}"
    return f"{project} @ {_address(direct)}"


def _address(direct: DirectUrl) -> str:
    """The URL as a requirement names it: a commit for VCS, hashes for archives."""
    url = _without_secrets(direct.url)
    if direct.vcs_info is not None:
        url = f"{direct.vcs_info.vcs}+{url}@{direct.vcs_info.commit_id}"
    fragment = _fragment(direct)
    return f"{url}#{fragment}" if fragment else url


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    # The user name of ssh is part of the address; any other may be a token, but for variables.
    harmless = (parts.scheme == "ssh" and ":" not in user) or user == "git"
    kept = harmless or _VARIABLES.fullmatch(user)
    netloc = parts.netloc if kept else parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def _fragment(direct: DirectUrl) -> str:
    found = {"subdirectory": direct.subdirectory or ""}
    hashes = (direct.archive_info.hashes if direct.archive_info else None) or {}
    # pip reads one hash from a fragment.
    found.update((name, hashes[name]) for name in ("sha256", "sha384", "sha512") if name in hashes)
    kept = [(name, value) for name, value in found.items() if value][:2]
    return urlencode(kept, safe="/", errors="replace")
