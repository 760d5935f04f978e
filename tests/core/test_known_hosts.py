"""What is known of public repositories holds for their web origins, and for no look-alike."""

from __future__ import annotations

import pytest

from xpip.core.facts import Repository
from xpip.core.file_hosts import FileHosts
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.policy import RepositoryGroup
from xpip.core.urls import web_origin
from xpip.edge.config import DEFAULT_INDEX


def hands_out(root: str, url: str) -> bool:
    """Whether a file at this URL is the repository's own."""
    mirrors = (Repository(url=root),)
    group = RepositoryGroup(name="known", mirrors=mirrors, declared_at="--index-url")
    return FileHosts(group, (group,), strict=True).owns(url)


ORIGIN = web_origin(DEFAULT_INDEX)
HOST = ORIGIN[1]
FILE = f"https://{KNOWN_HOSTS[ORIGIN].file_hosts[0].origin[1]}/spam.whl"


@pytest.mark.parametrize("root", [DEFAULT_INDEX, f"https://{HOST.upper()}:443/simple/"])
def test_known_file_host_is_the_repositorys_own(root: str) -> None:
    """However its address is spelled."""
    assert hands_out(root, FILE)


@pytest.mark.parametrize("root", [f"http://{HOST}/simple/", f"https://{HOST}:8443/simple/"])
def test_known_file_host_is_not_that_of_another_web_origin(root: str) -> None:
    """Anybody may answer there under the known name."""
    assert not hands_out(root, FILE)


@pytest.mark.parametrize("origin", KNOWN_HOSTS)
def test_known_repository_is_one_over_https(origin: tuple[str, str, int]) -> None:
    """Nothing is known of whoever anybody can speak for."""
    scheme, _, port = origin
    assert (scheme, port) == ("https", 443)
