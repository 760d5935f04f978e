"""Where a repository's files may lie: its own place, hosts that are named, or none."""

from __future__ import annotations

from typing import Any

import pytest

from xpip.core.facts import File, Hash, Repository
from xpip.core.file_hosts import FileHosts
from xpip.core.known_hosts import KNOWN_HOSTS
from xpip.core.policy import FileHost, RepositoryGroup
from xpip.core.urls import web_origin
from xpip.edge.config import DEFAULT_INDEX

CORP = "https://corp.example/simple/"
PAGE = "https://corp.example/simple/spam/"
SHA256 = (Hash("sha256", "ab" * 32),)
MD5 = (Hash("md5", "ab" * 16),)


def group(*urls: str, **fields: Any) -> RepositoryGroup:
    mirrors = tuple(Repository(url=url) for url in urls)
    return RepositoryGroup(name=urls[0], mirrors=mirrors, declared_at="xpip.toml", **fields)


def file(url: str, hashes: tuple[Hash, ...] = SHA256) -> File:
    return File(filename="spam-1.0-py3-none-any.whl", url=url, hashes=hashes)


def host(name: str, path: str = "/", scheme: str = "https", port: int = 443) -> FileHost:
    return FileHost(origin=(scheme, name, port), path=path)


def is_taken(
    url: str,
    *others: RepositoryGroup,
    of: RepositoryGroup | None = None,
    page: str = PAGE,
    hashes: tuple[Hash, ...] = SHA256,
    strict: bool = True,
) -> bool:
    """Whether a file at this URL may be taken; under a mapping file unless said otherwise."""
    own = of or group(CORP)
    hosts = FileHosts(own, (own, *others), strict=strict)
    return hosts.objection(file(url, hashes), page) is None


# Under a mapping file


def test_file_on_its_repositorys_own_web_origin_is_taken() -> None:
    """Wherever it lies there: repositories keep files beside their pages or above them."""
    assert is_taken("https://corp.example/files/spam.whl")
    assert is_taken("https://corp.example/simple/spam/spam.whl", hashes=())


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/spam.whl",
        "https://corp.example.evil/spam.whl",
        "https://corp.example:8443/spam.whl",
        "https://sub.corp.example/spam.whl",
        "http://corp.example/spam.whl",
    ],
)
def test_file_on_another_web_origin_is_refused(url: str) -> None:
    """Scheme, host and port, all three; a hash on the page makes no difference."""
    assert not is_taken(url)


def test_file_on_the_web_origin_of_a_mirror_is_taken() -> None:
    """The URLs of one group are one place."""
    mirrors = group(CORP, "https://eu.corp.example/simple/")
    assert is_taken("https://eu.corp.example/files/spam.whl", of=mirrors)


def test_file_below_another_configured_repository_is_refused() -> None:
    """One server, two repositories: one cannot hand out the other's files as its own."""
    here, there = group("https://one.example/corp/"), group("https://one.example/public/")
    page = "https://one.example/corp/spam/"
    assert not is_taken("https://one.example/public/files/spam.whl", there, of=here, page=page)
    assert not is_taken("https://one.example/corp/../public/spam.whl", there, of=here, page=page)
    assert not is_taken("https://one.example/%70ublic/spam.whl", there, of=here, page=page)
    assert is_taken("https://one.example/corp/files/spam.whl", there, of=here, page=page)
    assert is_taken("https://one.example/publications/spam.whl", there, of=here, page=page)


def test_file_below_its_own_repository_is_taken_when_another_one_lies_above_both() -> None:
    """The nearer root counts."""
    here, above = group("https://one.example/corp/"), group("https://one.example/")
    page = "https://one.example/corp/spam/"
    assert is_taken("https://one.example/corp/files/spam.whl", above, of=here, page=page)
    assert not is_taken("https://one.example/files/spam.whl", above, of=here, page=page)


def test_file_on_a_named_host_is_taken() -> None:
    """`file-hosts = ["files.example"]`: https and its port unless it says more."""
    named = group(CORP, file_hosts=(host("files.example"),))
    assert is_taken("https://files.example/any/spam.whl", of=named)
    assert not is_taken("https://files.example:444/spam.whl", of=named)
    assert not is_taken("http://files.example/spam.whl", of=named)


def test_file_on_a_named_host_is_taken_only_below_the_named_path() -> None:
    """A bucket of a storage provider is not the whole provider."""
    named = group(CORP, file_hosts=(host("storage.example", "/corp-bucket"),))
    assert is_taken("https://storage.example/corp-bucket/spam.whl", of=named)
    assert not is_taken("https://storage.example/corp-bucket-2/spam.whl", of=named)
    assert not is_taken("https://storage.example/corp-bucket/../other/spam.whl", of=named)
    assert not is_taken("https://storage.example/corp-bucket/%2e%2e/other/spam.whl", of=named)


@pytest.mark.parametrize(
    ("root", "file_host"),
    [
        (f"https://{origin[1]}/any/", file_host.origin[1])
        for origin, known in KNOWN_HOSTS.items()
        for file_host in known.file_hosts
    ],
)
def test_file_hosts_of_well_known_repositories_are_known(root: str, file_host: str) -> None:
    """One table, so that nobody must write down what holds for everybody."""
    assert is_taken(f"https://{file_host}/spam.whl", of=group(root), page=f"{root}spam/")


def test_file_host_of_one_repository_is_not_that_of_another() -> None:
    """Else any page could hand out a public file under a private name."""
    public = group(DEFAULT_INDEX)
    (file_host,) = KNOWN_HOSTS[web_origin(DEFAULT_INDEX)].file_hosts
    assert not is_taken(f"https://{file_host.origin[1]}/spam.whl", public)


# Without a mapping file


def test_foreign_host_is_taken_without_a_map_when_the_page_gives_a_secure_hash() -> None:
    """It says what must come, from wherever."""
    assert is_taken("https://files.example/spam.whl", strict=False)


@pytest.mark.parametrize("hashes", [(), MD5], ids=["none", "md5"])
def test_foreign_host_is_refused_without_a_map_when_nothing_says_what_must_come(
    hashes: tuple[Hash, ...],
) -> None:
    """md5 identifies nothing."""
    assert not is_taken("https://files.example/spam.whl", strict=False, hashes=hashes)


def test_own_host_needs_no_hash_without_a_map() -> None:
    """What vouches for the page vouches for the file; also where the page was moved."""
    assert is_taken("https://corp.example/files/spam.whl", strict=False, hashes=())
    moved = "https://other.example/simple/spam/"
    assert is_taken("https://other.example/spam.whl", page=moved, strict=False, hashes=())


# Links that are never followed, or only with a hash


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("url", ["file:///etc/spam.whl", "ftp://corp.example/spam.whl", ""])
def test_link_of_another_scheme_is_never_followed(url: str, strict: bool) -> None:
    """A remote page cannot make xpip read this machine's disk."""
    assert not is_taken(url, strict=strict)


def test_file_link_is_followed_on_a_local_page() -> None:
    """A directory of wheels, under a map or not."""
    local, page = group("file:///wheels/"), "file:///wheels/spam/"
    for strict in (True, False):
        assert is_taken("file:///wheels/spam.whl", of=local, page=page, strict=strict, hashes=())


def test_plain_link_on_an_encrypted_page_counts_only_with_a_hash() -> None:
    """Anyone on the way could answer."""
    assert is_taken("http://corp.example/spam.whl", strict=False)
    assert not is_taken("http://corp.example/spam.whl", strict=False, hashes=())
    named = group(CORP, file_hosts=(host("files.example", scheme="http", port=80),))
    assert is_taken("http://files.example/spam.whl", of=named)
    assert not is_taken("http://files.example/spam.whl", of=named, hashes=())


def test_file_in_a_repository_within_the_own_one_is_not_taken() -> None:
    """Of roots within roots the innermost says whose place it is."""
    outer, inner = group("https://corp.example/"), group("https://corp.example/private/")
    page = "https://corp.example/spam/"
    assert not is_taken("https://corp.example/private/spam.whl", inner, of=outer, page=page)
    assert is_taken("https://corp.example/private/spam.whl", outer, of=inner, page=page)


def test_file_in_another_repository_needs_a_hash_though_its_web_origin_is_the_pages() -> None:
    """Without a mapping file too: two repositories of one server are two repositories."""
    other = group("https://corp.example/other/")
    url = "https://corp.example/other/spam.whl"
    assert not is_taken(url, other, hashes=(), strict=False)
    assert is_taken(url, other, strict=False)
