"""What repositories claim of one file name: whether they contradict, and how many agree."""

from __future__ import annotations

import pytest

from xpip.core.agreement import Agreement, Listing
from xpip.core.facts import File, Hash, Repository
from xpip.core.policy import RepositoryGroup

A, B = "a" * 64, "b" * 64
WHEEL = "spam-1.0-py3-none-any.whl"


def group(name: str) -> RepositoryGroup:
    """A repository of its own."""
    mirrors = (Repository(url=f"https://{name}.example/simple/"),)
    return RepositoryGroup(name=name, mirrors=mirrors, declared_at="xpip.toml")


ONE, TWO, THREE = group("one"), group("two"), group("three")


def file(name: str = WHEEL, **hashes: str) -> File:
    """A file, with the hashes that its page gives."""
    claims = tuple(Hash(algorithm, digest) for algorithm, digest in hashes.items())
    return File(filename=name, url=f"https://files.example/{name}", hashes=claims)


def listing(of: RepositoryGroup, *files: File, page: str | None = None) -> Listing:
    """What a repository lists, on its own page unless another one answered."""
    url = page or f"{of.canonical.url}spam/"
    return Listing(files=files, page_url=url, group=of)


# Contradictions


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_file_is_disputed_when_two_pages_give_it_different_digests(algorithm: str) -> None:
    """One name must mean one content."""
    one, two = file(**{algorithm: A}), file(**{algorithm: B})
    agreement = Agreement([listing(ONE, one), listing(TWO, two)])
    assert agreement.is_disputed(one)
    assert agreement.is_disputed(two)


def test_file_is_disputed_when_one_page_gives_it_twice() -> None:
    """Whoever says both is wrong once."""
    one, two = file(sha256=A), file(sha256=B)
    assert Agreement([listing(ONE, one, two)]).is_disputed(one)


def test_file_is_disputed_when_the_page_that_contradicts_is_the_third() -> None:
    """No majority counts."""
    one = file(sha256=A)
    listings = [listing(ONE, one), listing(TWO, one), listing(THREE, file(sha256=B))]
    assert Agreement(listings).is_disputed(one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (file(sha256=A), file(sha256=A)),
        (file(sha256=A), file(sha512=B)),
        (file(sha256=A), file()),
        (file(md5=A), file(md5=B)),
        (file(sha256=A, md5=A), file(sha256=A, md5=B)),
        (file(sha256=A), file("spam-2.0-py3-none-any.whl", sha256=B)),
    ],
    ids=["same", "incomparable", "silent", "md5", "md5-beside-sha256", "another-file"],
)
def test_file_is_not_disputed_when_nothing_contradicts(one: File, two: File) -> None:
    """Other algorithms say nothing of each other, and md5 says nothing at all."""
    agreement = Agreement([listing(ONE, one), listing(TWO, two)])
    assert not agreement.is_disputed(one)


# Voices (TAP 4, `threshold`)


def test_each_group_that_lists_the_file_is_one_voice() -> None:
    """With the same name and sha256."""
    one = file(sha256=A)
    listings = [listing(each, one) for each in (ONE, TWO, THREE)]
    assert Agreement(listings).count(one, (ONE, TWO, THREE)) == 3


def test_group_that_the_rule_does_not_list_is_no_voice() -> None:
    """A rule asks for so many of its own."""
    one = file(sha256=A)
    listings = [listing(each, one) for each in (ONE, TWO, THREE)]
    assert Agreement(listings).count(one, (ONE, THREE)) == 2


@pytest.mark.parametrize(
    "other",
    [file(), file(sha512=A), file(sha256=B), file("spam-1.0-py2-none-any.whl", sha256=A)],
    ids=["no-hash", "another-algorithm", "another-digest", "another-file"],
)
def test_group_that_lists_something_else_is_no_voice(other: File) -> None:
    """Only sha256 is compared, so that every rule means the same."""
    one = file(sha256=A)
    assert Agreement([listing(ONE, one), listing(TWO, other)]).count(one, (ONE, TWO)) == 1


def test_file_without_sha256_has_no_voice() -> None:
    """Not even its own page's: nobody knows what is vouched for."""
    one = file(sha512=A)
    assert Agreement([listing(ONE, one), listing(TWO, one)]).count(one, (ONE, TWO)) == 0


@pytest.mark.parametrize(
    "page", ["https://one.example/simple/spam/", "https://ONE.example:443/simple/Spam"]
)
def test_groups_that_end_on_one_page_are_one_voice(page: str) -> None:
    """T17: by redirect, and in whatever spelling."""
    one = file(sha256=A)
    listings = [listing(ONE, one), listing(TWO, one, page=page)]
    assert Agreement(listings).count(one, (ONE, TWO)) == 1


def test_file_that_a_page_lists_twice_is_one_voice() -> None:
    """It is one page's word."""
    one = file(sha256=A)
    assert Agreement([listing(ONE, one, one)]).count(one, (ONE, TWO)) == 1
