"""What an environment holds, as data: `xpip list` and `xpip inspect`, in pip's shape where it fits.

pip's `inspect` has a version of its own format, "1": its keys mean here what they mean there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.metadata import parse_email

from xpip.core.direct_records import DirectRecord, is_editable
from xpip.core.facts import InstalledDistribution
from xpip.core.reporting.distributions import direct_data, origin_record, origin_text


def listed_data(distribution: InstalledDistribution, direct: DirectRecord) -> dict[str, object]:
    """One distribution of a list."""
    return {
        "name": distribution.project,
        "version": str(distribution.version),
        "location": distribution.location,
        "installer": distribution.installer,
        "editable": is_editable(direct),
        "direct_url": direct_data(direct),
        "origin": origin_record(distribution),
        "origin_text": origin_text(distribution, direct),
    }


def metadata_data(raw: bytes) -> dict[str, Any]:
    """METADATA as JSON (PEP 566), with the keys that pip's reports have."""
    known, unknown = parse_email(raw)
    data: dict[str, Any] = dict(known)
    urls: Mapping[str, str] = data.pop("project_urls", {})
    if urls:
        data["project_url"] = [f"{label}, {url}" for label, url in urls.items()]
    names = {"platforms": "platform", "classifiers": "classifier"}
    for plural, singular in names.items():
        if plural in data:
            data[singular] = data.pop(plural)
    data.update((key.replace("-", "_"), values) for key, values in unknown.items())
    return data
