"""What file names say, and how the files of a page become releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.facts import ListedReleases, Misfit, MisfitKind, ProjectPage, Release, Repository
from xpip.core.filenames import split_filename
from xpip.core.simple.files import sort_files

BASE = "https://corp.example/simple/spam/"


class Row(dict[str, Any]):
    """A file object that counts how often its URL is looked at."""

    looks = 0

    def __getitem__(self, key: str) -> Any:
        self.looks += key == "url"
        return super().__getitem__(key)


def row(filename: str) -> Row:
    return Row(filename=filename, url=filename, hashes={})


def releases(*filenames: str) -> Sequence[Release]:
    return sort_files(map(row, filenames), canonicalize_name("spam"), BASE)[0]


def misfits(*filenames: str) -> Iterator[tuple[str, MisfitKind]]:
    _, found = sort_files(map(row, filenames), canonicalize_name("spam"), BASE)
    return ((misfit.filename, misfit.kind) for misfit in found)


def names(found: Sequence[Release]) -> Mapping[str, list[str]]:
    return {str(each.version): [file.filename for file in each.files] for each in found}


@pytest.mark.parametrize(
    ("filename", "parts"),
    [
        ("spam-1.0-py3-none-any.whl", ("spam", "1.0")),
        ("spam-1.0-2b-py3-none-any.whl", ("spam", "1.0")),
        ("Spam_Eggs-1.0+cpu-cp312-cp312-linux_x86_64.whl", ("Spam_Eggs", "1.0+cpu")),
        ("spam-eggs-1.0.tar.gz", ("spam-eggs", "1.0")),
        ("spam-1.0.zip", ("spam", "1.0")),
    ],
)
def test_filename_is_split_into_name_and_version(filename: str, parts: tuple[str, str]) -> None:
    """The wheel and the sdist specification, names as spelled."""
    assert split_filename(filename) == parts


@pytest.mark.parametrize(
    "filename",
    [
        "spam-1.0.whl",
        "spam-1.0-1-py3-none-any-x86_64_v3.whl",
        "spam.tar.gz",
        "spam-1.0.tar.bz2",
        "spam-1.0.tgz",
        "spam-1.0.egg",
        "spam-1.0.exe",
        "spam-1.0-variants.json",
        "spam-1.0-py3-none-any.whl.metadata",
        "",
    ],
)
def test_filename_says_nothing_when_it_is_no_wheel_or_sdist(filename: str) -> None:
    """Formats that no installer reads any more, and files beside the archives."""
    assert split_filename(filename) is None


@pytest.mark.parametrize(
    "filename",
    ["../spam-1.0.tar.gz", "/spam-1.0.tar.gz", "..\\spam-1.0.zip", "spam\0-1.0.zip", ".spam-1.zip"],
)
def test_filename_says_nothing_when_it_would_be_unsafe_on_disk(filename: str) -> None:
    """No name that a page supplies can lead out of a directory."""
    assert split_filename(filename) is None


def test_files_of_one_version_become_one_release_in_page_order() -> None:
    """The order is kept: it is the last tie-breaker of nothing, and good to read."""
    found = releases("spam-1.0.zip", "spam-2.0.zip", "spam-1.0.tar.gz")
    assert names(found) == {"2.0": ["spam-2.0.zip"], "1.0": ["spam-1.0.zip", "spam-1.0.tar.gz"]}


def test_releases_come_newest_first_and_are_found_by_version() -> None:
    """Whoever looks at one looks at the newest, and need not count the others' files."""
    found = releases("spam-1.0.zip", "spam-2.0rc1.zip", "spam-1.0.1.zip", "spam-1.0.tar.gz")
    assert isinstance(found, ListedReleases)
    assert list(map(str, found.versions)) == ["2.0rc1", "1.0.1", "1.0"]
    assert [each.version for each in found] == list(found.versions)
    assert [len(found.files_of(Version(each))) for each in ("1.0.0", "1.0.1", "3")] == [2, 1, 0]
    assert found.file_count == 4


def test_spellings_of_one_version_are_one_release() -> None:
    """PEP 440: 1.0 and 1.0.0 are equal."""
    found = releases("spam-1.0.zip", "spam-1.0.0.tar.gz", "spam-1.0-py3-none-any.whl")
    assert len(found) == 1
    assert len(found[0].files) == 3


def test_spellings_of_one_name_are_one_project() -> None:
    """PEP 503."""
    filenames = ("Spam_Eggs-1.zip", "spam.eggs-1.zip", "SPAM--EGGS-1.zip")
    [release], misfits = sort_files(map(row, filenames), canonicalize_name("spam-eggs"), BASE)
    assert (len(release.files), misfits) == (3, ())


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("eggs-1.0.tar.gz", MisfitKind.NAME),
        ("spam-1.0-1.tar.gz", MisfitKind.NAME),
        ("spam_eggs-1.0-py3-none-any.whl", MisfitKind.NAME),
        ("spam-latest.tar.gz", MisfitKind.FORMAT),
        ("spam-1.0.tar.bz2", MisfitKind.FORMAT),
        ("spam-1.0.egg", MisfitKind.FORMAT),
        ("../spam-1.0.tar.gz", MisfitKind.FORMAT),
        (f"spam-{'1' * 5000}.tar.gz", MisfitKind.FORMAT),
    ],
)
def test_archive_is_a_misfit_when_it_is_no_release_of_the_project(
    filename: str, kind: MisfitKind
) -> None:
    """Kept with its reason: it is a claim to the name, and `explain` shows it."""
    assert list(misfits(filename)) == [(filename, kind)]


@pytest.mark.parametrize(
    "filename", ["spam-1.0.exe", "spam-1.0.zip.asc", "spam-1.0-variants.json", "spam-1.0.rim", ".."]
)
def test_file_is_skipped_when_it_is_no_archive(filename: str) -> None:
    """Not even a claim to the name."""
    assert releases(filename) == ()
    assert list(misfits(filename)) == []


def test_files_are_not_built_before_they_are_looked_at() -> None:
    """A page may list thousands of files, of which a run looks at ten."""
    rows = [row("spam-1.0.zip"), row("spam-2.0.zip"), row("spam-2.0.tar.gz")]
    found, _ = sort_files(rows, canonicalize_name("spam"), BASE)
    assert [len(release.files) for release in found] == [2, 1]
    assert found[0].files[0].url == BASE + "spam-2.0.zip"
    assert [each.looks for each in rows] == [0, 1, 0]


def test_files_can_be_sliced() -> None:
    """They are a sequence like any other."""
    [release] = releases("spam-1.0.zip", "spam-1.0.tar.gz", "spam-1.0-py3-none-any.whl")
    assert [file.filename for file in release.files[1:]] == [
        "spam-1.0.tar.gz",
        "spam-1.0-py3-none-any.whl",
    ]


def test_page_counts_usable_files_and_misfits_alike() -> None:
    """Each is a claim to the name; the newest version is that of any release."""
    filenames = ("spam-1.0.zip", "spam-2.0rc1.zip", "spam-3.0.egg")
    found, misplaced = sort_files(map(row, filenames), canonicalize_name("spam"), BASE)
    page = ProjectPage(
        project=canonicalize_name("spam"),
        repository=Repository(url="https://corp.example/simple/"),
        url=BASE,
        releases=found,
        misfits=misplaced,
    )
    assert misplaced == (Misfit(filename="spam-3.0.egg", kind=MisfitKind.FORMAT),)
    assert (page.file_count, page.newest_version) == (3, Version("2.0rc1"))
