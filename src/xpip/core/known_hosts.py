"""What xpip knows of public repositories without being told: one table, with reasons.

By web origin: over plain http, or on another port, anybody may answer under a known name.
Everything else about a repository is said by the user or by the repository itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from xpip.core.policy import FileHost
from xpip.core.urls import WebOrigin


class KnownHost(Struct, frozen=True, kw_only=True):
    """Habits of one public repository."""

    file_hosts: tuple[FileHost, ...]
    absent_status: frozenset[int] = frozenset()


def _at(host: str) -> WebOrigin:
    return "https", host, 443


def _https(*hosts: str) -> tuple[FileHost, ...]:
    return tuple(FileHost(origin=_at(host)) for host in hosts)


KNOWN_HOSTS: Mapping[WebOrigin, KnownHost] = MappingProxyType(
    {
        # PyPI's pages link to one file host of its own.
        _at("pypi.org"): KnownHost(file_hosts=_https("files.pythonhosted.org")),
        _at("test.pypi.org"): KnownHost(file_hosts=_https("test-files.pythonhosted.org")),
        # A storage bucket behind CDNs, which answers 403 for names that it lacks, and links to
        # PyPI's own files, and to NVIDIA's, for some projects that it passes on.
        _at("download.pytorch.org"): KnownHost(
            file_hosts=_https(
                *("download-r2.pytorch.org", "download-cf.pytorch.org"),
                *("files.pythonhosted.org", "pypi.nvidia.com"),
            ),
            absent_status=frozenset({403}),
        ),
    }
)
