"""Files kept between runs: found by their hash, and believed for their hash alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.asking import Asking, Silence, candidate_of
from tests.support.kept import entries, only_entry
from tests.support.world import RepositoryDouble, World

from xpip.core.decisions import Candidate
from xpip.core.facts import File, Hash
from xpip.edge.cache.files import FileCache
from xpip.edge.repositories.fetching import Fetcher
from xpip.errors import AvailabilityError, Reason

CONTENT = b"as far as the cache is concerned"
NAME = "spam-1.0-py3-none-any.whl"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def candidate(
    *, page: str = "https://corp.example/simple/spam/", name: str = NAME, digest: str = DIGEST
) -> Candidate:
    """A file whose page gives this sha256."""
    hashes = (Hash("sha256", digest),) if digest else ()
    file = File(filename=name, url=f"{page}{name}", hashes=hashes)
    return candidate_of(file, "spam", "1.0", page_url=page)


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    """A cache that holds one file."""
    fetched = tmp_path / "fetched"
    fetched.write_bytes(CONTENT)
    cache = FileCache(tmp_path / "c")
    cache.keep(candidate(), fetched)
    fetched.unlink()
    return cache


def test_file_is_found_by_another_run(cache: FileCache) -> None:
    """Under its own name, which says for which machines it is."""
    found = cache.find(candidate())
    assert found is not None
    assert (found.name, found.read_bytes()) == (NAME, CONTENT)


@pytest.mark.parametrize(
    "other",
    [
        {"page": "https://public.example/simple/spam/"},
        {"digest": "ab" * 32},
        {"name": "spam-1.0-1-py3-none-any.whl"},
        {"digest": ""},
    ],
)
def test_file_is_not_found_for_another_one(cache: FileCache, other: dict[str, str]) -> None:
    """Another repository's of the same name and hash, least of all one without any hash."""
    assert cache.find(candidate(**other)) is None


@pytest.mark.parametrize(
    "hostile",
    [
        {"digest": "../../../escaped"},
        {"digest": "AB" * 32},
        {"name": "../escaped.whl"},
        {"name": "/escaped.whl"},
        {"name": ".."},
        {"name": ".new-1.0.tar.gz"},
    ],
)
def test_page_cannot_say_where_a_file_is_kept(tmp_path: Path, hostile: dict[str, str]) -> None:
    """Names and digests are a stranger's words."""
    fetched = tmp_path / "fetched"
    fetched.write_bytes(CONTENT)
    cache = FileCache(tmp_path / "c")
    cache.keep(candidate(**hostile), fetched)
    assert entries(tmp_path) == [fetched]
    assert cache.find(candidate(**hostile)) is None


@pytest.mark.skipif(os.name == "nt", reason="links and owners")
def test_link_in_the_place_of_a_file_is_not_followed(cache: FileCache, tmp_path: Path) -> None:
    """Nor is a file used that others may have written."""
    place = only_entry(tmp_path / "c")
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert cache.find(candidate()) is None
    place.unlink()
    (tmp_path / "elsewhere").rename(place)
    place.chmod(0o622)
    assert cache.find(candidate()) is None


# As a run fetches


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


@pytest.fixture
def asking(corp: RepositoryDouble) -> Iterator[Asking]:
    """Ready to fetch from this repository."""
    with Asking(corp) as asking:
        yield asking


def fetcher(asking: Asking, kept: Path) -> Fetcher:
    """What fetches in one run."""
    return Fetcher(asking.transport, [asking.directory], Silence(), kept=FileCache(kept))


def test_file_kept_is_not_fetched_again(
    corp: RepositoryDouble, asking: Asking, tmp_path: Path
) -> None:
    """One request in two runs."""
    chosen = asking.candidate(corp)
    first = fetcher(asking, tmp_path / "c").fetch(chosen)
    again = fetcher(asking, tmp_path / "c").fetch(chosen)
    assert corp.files_asked() == [NAME]
    assert (again.sha256, again.verified) == (first.sha256, True)
    assert again.path == only_entry(tmp_path / "c")


@pytest.mark.parametrize("damage", [b"", b"something else"])
def test_damaged_file_is_fetched_again_and_kept_anew(
    corp: RepositoryDouble, asking: Asking, tmp_path: Path, damage: bytes
) -> None:
    """It is hashed each time, as if it came from the network."""
    chosen = asking.candidate(corp)
    first = fetcher(asking, tmp_path / "c").fetch(chosen)
    only_entry(tmp_path / "c").write_bytes(damage)
    again = fetcher(asking, tmp_path / "c").fetch(chosen)
    assert (again.sha256, corp.files_asked()) == (first.sha256, [NAME, NAME])
    assert hashlib.sha256(only_entry(tmp_path / "c").read_bytes()).hexdigest() == first.sha256


def test_file_of_which_the_page_gives_no_hash_is_not_kept(
    corp: RepositoryDouble, asking: Asking, tmp_path: Path
) -> None:
    """Nothing would say tomorrow that it is the one meant."""
    chosen = asking.candidate(corp, hashes=())
    fetcher(asking, tmp_path / "c").fetch(chosen)
    assert entries(tmp_path) == [
        each for each in entries(tmp_path) if (tmp_path / "c") not in each.parents
    ]
    fetcher(asking, tmp_path / "c").fetch(chosen)
    assert corp.files_asked() == [NAME, NAME]


def test_file_that_is_not_kept_is_unavailable_offline(
    corp: RepositoryDouble, asking: Asking, tmp_path: Path
) -> None:
    """And what was damaged is not used for want of another."""
    chosen = asking.candidate(corp)
    fetcher(asking, tmp_path / "c").fetch(chosen)
    only_entry(tmp_path / "c").write_bytes(b"something else")
    with Asking(corp, offline=True) as offline, pytest.raises(AvailabilityError) as caught:
        fetcher(offline, tmp_path / "c").fetch(replace(chosen))
    assert caught.value.reference is Reason.OFFLINE


def test_file_is_kept_as_it_was_downloaded_when_both_lie_on_one_file_system(
    asking: Asking, corp: RepositoryDouble, tmp_path: Path
) -> None:
    """It is linked: nothing is written twice."""
    fetched = fetcher(asking, tmp_path / "c").fetch(asking.candidate(corp))
    assert fetched.path.samefile(only_entry(tmp_path / "c"))
