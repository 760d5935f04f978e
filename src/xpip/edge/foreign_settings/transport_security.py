"""What tools are told about TLS, none of which a mapping file takes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xpip.core.map_drafts.readings import ForeignIndex, Unsaid

_CERTIFICATES = {
    "ca_certs": "not imported: the file goes to --cert",
    "client_cert": "not imported: the file goes to --client-cert",
    "client_key": "not imported: the file goes to --client-cert",
}


def tell_transport(table: Mapping[str, Any], index: ForeignIndex) -> Iterator[Unsaid]:
    """What is lost of a source's table; over plain http there is nothing to verify."""
    if table.get("verify_ssl") is False and not index.insecure:
        why = (
            "not imported: certificates are always checked; a private authority's certificate"
            " goes to --cert"
        )
        yield Unsaid(place=index.place, setting="verify_ssl = false", why=why)
    for key, why in _CERTIFICATES.items():
        if key in table:
            yield Unsaid(place=index.place, setting=key, why=why)
