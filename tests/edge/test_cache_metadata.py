"""Metadata kept between runs: of one file of one repository, and of no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.asking import Asking, candidate_of
from tests.support.kept import damages, entries, only_entry
from tests.support.world import World

from xpip.core.decisions import Candidate, Ruling
from xpip.core.facts import CoreMetadata, File, Hash
from xpip.core.kept_metadata import dump_metadata
from xpip.core.policy import NameSet
from xpip.edge.cache.metadata import MetadataCache, sealed_line
from xpip.edge.repositories.remote_metadata import RemoteMetadata

WHEEL = "spam-1.0-py3-none-any.whl"
METADATA = CoreMetadata(
    name=canonicalize_name("spam"), version=Version("1.0"), requires=(Requirement("eggs>=2"),)
)


def candidate(
    *,
    page: str = "https://corp.example/simple/spam/",
    filename: str = WHEEL,
    algorithm: str = "sha256",
    digest: str = "ab" * 32,
    version: str = "1.0",
) -> Candidate:
    """A wheel whose page gives one hash."""
    file = File(filename=filename, url=f"{page}{filename}", hashes=(Hash(algorithm, digest),))
    return candidate_of(file, "spam", version, page_url=page)


@pytest.fixture
def cache(tmp_path: Path) -> MetadataCache:
    """A cache that holds the metadata of one wheel."""
    cache = MetadataCache(tmp_path)
    cache.keep(candidate(), METADATA)
    return cache


def test_metadata_is_found_for_the_same_file(cache: MetadataCache) -> None:
    """Wherever it lies today."""
    again = candidate()
    moved = replace(again, file=replace(again.file, url="https://elsewhere.example/x.whl"))
    assert cache.find(moved) == METADATA


@pytest.mark.parametrize(
    "other",
    [
        {"page": "https://public.example/simple/spam/"},
        {"filename": "spam-1.0-1-py3-none-any.whl"},
        {"digest": "cd" * 32},
        {"algorithm": "sha512", "digest": "ab" * 32},
    ],
)
def test_metadata_is_not_found_for_another_file(
    cache: MetadataCache, other: dict[str, str]
) -> None:
    """6.5: keyed by repository, file name and hash; a namesake elsewhere has its own."""
    assert cache.find(candidate(**other)) is None


@pytest.mark.parametrize("algorithm", ["md5", "sha1"])
def test_metadata_is_not_kept_of_a_file_without_a_hash_that_counts(
    tmp_path: Path, algorithm: str
) -> None:
    """Tomorrow another file may lie there."""
    cache = MetadataCache(tmp_path)
    cache.keep(candidate(algorithm=algorithm), METADATA)
    assert entries(tmp_path) == []
    assert cache.find(candidate(algorithm=algorithm)) is None


def test_metadata_is_not_found_when_any_byte_of_it_is_damaged(
    cache: MetadataCache, tmp_path: Path
) -> None:
    """A miss, never an error."""
    place = only_entry(tmp_path)
    whole = place.read_bytes()
    for raw in damages(whole):
        place.write_bytes(raw)
        is_damaged = not raw.startswith(whole)
        assert (MetadataCache(tmp_path).find(candidate()) is None) == is_damaged


def test_metadata_of_other_files_is_found_when_one_line_is_damaged(
    cache: MetadataCache, tmp_path: Path
) -> None:
    """A killed run may leave half of one: what is added to that is lost, and nothing else."""
    place, other = only_entry(tmp_path), candidate(digest="cd" * 32)
    with place.open("ab") as file:
        file.write(b"half a line")
    for _ in range(2):
        assert MetadataCache(tmp_path).find(other) is None
        MetadataCache(tmp_path).keep(other, METADATA)
    assert MetadataCache(tmp_path).find(other) == METADATA
    assert MetadataCache(tmp_path).find(candidate()) == METADATA


def test_metadata_is_kept_in_no_file_of_somebody_else(tmp_path: Path) -> None:
    """Nor through a link, nor where others may write."""
    cache = MetadataCache(tmp_path / "cache")
    cache.keep(candidate(), METADATA)
    place, elsewhere = only_entry(tmp_path), tmp_path / "elsewhere"
    place.chmod(0o622)
    cache.keep(candidate(digest="cd" * 32), METADATA)
    assert len(place.read_bytes().splitlines()) == 1
    place.rename(elsewhere)
    elsewhere.chmod(0o600)
    place.symlink_to(elsewhere)
    cache.keep(candidate(digest="cd" * 32), METADATA)
    assert len(elsewhere.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("change", [{"name": canonicalize_name("eggs")}, {"version": Version("2")}])
def test_metadata_of_another_name_or_version_is_not_found(
    cache: MetadataCache, tmp_path: Path, change: dict[str, object]
) -> None:
    """Whoever wrote it there, with a digest that holds."""
    other = replace(METADATA, **change)
    place = only_entry(tmp_path)
    key = place.read_bytes()[64:128]
    place.write_bytes(sealed_line(key, dump_metadata(other)) + b"\n")
    assert MetadataCache(tmp_path).find(candidate()) is None


def read(asking: Asking, kept: MetadataCache, chosen: Candidate, **run: object) -> object:
    """The metadata as a run asks for it."""
    metadata = RemoteMetadata(
        asking.transport,
        groups=(),
        failover=None,  # type: ignore[arg-type]
        whole_wheel=asking.fetcher.whole_wheel,
        kept=kept,
        **run,  # type: ignore[arg-type]
    )
    return metadata.at_hand(chosen) or metadata.metadata(chosen)


def test_metadata_kept_is_used_without_a_request(world: World, tmp_path: Path) -> None:
    """Of one file, it never changes; --refresh asks for it nevertheless."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs>=2"])
    kept = MetadataCache(tmp_path)
    with Asking(corp) as asking:
        chosen = asking.candidate(corp)
        first = read(asking, kept, chosen)
        assert read(asking, kept, chosen) == first
        assert corp.files_asked() == [f"{WHEEL}.metadata"]
        read(asking, kept, chosen, refresh=NameSet(everything=True))
    assert len(corp.files_asked()) == 2


def test_metadata_of_a_refused_file_is_not_kept(world: World, tmp_path: Path) -> None:
    """What is taken for it, so as not to fetch the file, is none."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs>=2"])
    corp.page("spam").core_metadata = corp.page("spam").ranges = False
    with Asking(corp) as asking:
        refused = asking.candidate(corp, ruling=Ruling.CONFLICT)
        assert isinstance(read(asking, MetadataCache(tmp_path / "c"), refused), CoreMetadata)
    assert entries(tmp_path / "c") == []
