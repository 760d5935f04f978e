"""A page as it is kept: as the server meant it, read release by release."""

from __future__ import annotations

import json

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.kept import HeldRows
from tests.support.pages import Listing, PageOptions, render

from xpip.core.facts import ListedReleases, ProjectPage, Repository
from xpip.core.simple import HTML_TYPE, JSON_TYPE, parse_page
from xpip.core.simple.stored import dump_page, load_page

SPAM = canonicalize_name("spam")
CORP = Repository(url="https://corp.example/simple/")


def page_of(*listed: Listing, form: str = "json", **options: object) -> ProjectPage:
    """A page as it comes from a server."""
    kind = JSON_TYPE if form == "json" else HTML_TYPE
    said = PageOptions(**{"format": form, **options})  # type: ignore[arg-type]
    page = parse_page(
        render("spam", listed, said),
        content_type=kind,
        repository=CORP,
        project=SPAM,
        url="https://corp.example/simple/spam/",
    )
    assert isinstance(page, ProjectPage), page
    return page


def listing(version: str, **said: object) -> Listing:
    """One source distribution."""
    filename = f"spam-{version}.tar.gz"
    return Listing(
        **{"filename": filename, "version": version, "url": f"../../{filename}", **said}  # type: ignore[arg-type]
    )


def load(head: bytes, rows: HeldRows) -> ProjectPage | None:
    """The page of this head and these rows."""
    return load_page(head, rows, repository=CORP, project=SPAM)


def kept(page: ProjectPage) -> ProjectPage:
    """The page after a round trip."""
    dumped = dump_page(page)
    read = load(dumped.head, HeldRows(dumped))
    assert read is not None
    return read


@pytest.mark.parametrize("form", ["json", "html"])
def test_kept_page_says_what_the_page_said(form: str) -> None:
    """Claims, releases, and files with relative links."""
    page = page_of(
        listing("2.0", hashes={"sha256": "ab" * 32}, yanked="broken"),
        listing("1.0", requires_python=">=3.9", core_metadata={"sha256": "cd" * 32}),
        listing("1.0", filename="eggs-1.0.tar.gz"),
        form=form,
        tracks=["https://pypi.example/simple/spam/"],
        alternate_locations=["https://other.example/simple/spam/"],
        status={"status": "archived", "reason": "done"},
    )
    read = kept(page)
    for field in ("url", "tracks", "alternate_locations", "status", "status_reason", "misfits"):
        assert getattr(read, field) == getattr(page, field)
    assert [(each.version, list(each.files)) for each in read.releases] == [
        (each.version, list(each.files)) for each in page.releases
    ]


def test_kept_page_can_be_kept_again() -> None:
    """What was read from a server lies in its entry as it came."""
    page = page_of(listing("1.0", hashes={"sha256": "ab" * 32}, upload_time="2024-02-03T04:05:06Z"))
    assert list(kept(kept(page)).releases[0].files) == list(page.releases[0].files)


def test_kept_page_belongs_to_whom_it_is_read_for() -> None:
    """The bytes name no repository: where they lie says whose they are."""
    other = Repository(url="https://other.example/simple/")
    dumped = dump_page(page_of(listing("1.0")))
    read = load_page(dumped.head, HeldRows(dumped), repository=other, project=SPAM)
    assert read is not None
    assert read.repository == other


def test_releases_are_listed_newest_first_and_found_by_version() -> None:
    """In whatever order the server had them; no row is read for that."""
    dumped = dump_page(page_of(*map(listing, ["1.0", "1!0.1", "2.0.dev1", "1.0.post2+local.1"])))
    rows = HeldRows(dumped)
    rows.raw = bytes(rows.size)
    page = load(dumped.head, rows)
    assert page is not None
    releases = page.releases
    assert isinstance(releases, ListedReleases)
    assert list(map(str, releases.versions)) == ["1!0.1", "2.0.dev1", "1.0.post2+local.1", "1.0"]
    assert list(map(str, releases.versions[1:][1:3])) == ["1.0.post2+local.1", "1.0"]
    assert Version("2.dev1") in releases.versions
    assert Version("2.0") not in releases.versions
    assert [len(releases.files_of(Version(each))) for each in ("1.0.0", "3")] == [1, 0]
    assert str(page.newest_version) == "1!0.1"
    assert rows.asked_anew == []


def test_release_is_not_read_until_it_is_looked_at() -> None:
    """A page can have thousands: what is damaged of one says nothing of the others."""
    dumped = dump_page(page_of(listing("2.0"), listing("1.0")))
    rows = HeldRows(dumped)
    rows.raw = rows.raw.replace(b"spam-2.0", b"spam-9.0")
    page = load(dumped.head, rows)
    assert page is not None
    damaged, whole = page.releases
    assert [each.filename for each in whole.files] == ["spam-1.0.tar.gz"]
    assert rows.asked_anew == []
    assert list(damaged.files) == []
    assert rows.asked_anew == [Version("2.0")]


def test_page_whose_files_cannot_be_read_still_has_the_name() -> None:
    """Files counted are a claim to the name; damage must not take it away."""
    dumped = dump_page(page_of(listing("1.0")))
    rows = HeldRows(dumped)
    rows.raw = rows.raw.replace(b'"url":"../../', b'"URL":"../../')
    page = load(dumped.head, rows)
    assert page is not None
    assert (page.file_count, len(page.releases[0].files)) == (1, 1)


@pytest.mark.parametrize("change", [b"", b"x", b"x" * 40])
def test_page_with_more_or_fewer_bytes_than_its_head_says_is_none(change: bytes) -> None:
    """Half a page is no page."""
    dumped = dump_page(page_of(listing("1.0")))
    rows = HeldRows(dumped)
    rows.raw = (rows.raw + change) if change else rows.raw[:-1]
    assert load(dumped.head, rows) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "resting"),
        ("lengths", [1 << 70]),
        ("lengths", [-1]),
        ("lengths", [0]),
        ("counts", [-1]),
        ("counts", [1, 1]),
        ("seals", ""),
        ("seals", "AAAA"),
        ("versions", "not a version\n"),
        ("versions", "1.0"),
        ("versions", "1.0\n\n"),
        ("versions", "1.0\u20282.0\n"),
        ("versions", "9" * 5000 + "\n"),
        ("versions", "1.0\n2.0\n"),
        ("versions", 7),
        ("misfits", [["x", "unheard of"]]),
        ("tracks", None),
    ],
)
def test_head_that_no_page_has_is_none(key: str, value: object) -> None:
    """Data and never more, whoever wrote it."""
    dumped = dump_page(page_of(listing("1.0")))
    changed = json.dumps({**json.loads(dumped.head), key: value}).encode()
    assert load(changed, HeldRows(dumped)) is None
