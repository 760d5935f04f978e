"""A page as it is kept: as the server meant it, read release by release."""

from __future__ import annotations

import json

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.pages import Listing, PageOptions, render

from xpip.core.facts import ProjectPage, Repository
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


def kept(page: ProjectPage) -> ProjectPage | None:
    """The page after a round trip."""
    return load_page(dump_page(page), repository=CORP, project=SPAM)


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
    assert read is not None
    for field in ("url", "tracks", "alternate_locations", "status", "status_reason", "misfits"):
        assert getattr(read, field) == getattr(page, field)
    assert [(each.version, list(each.files)) for each in read.releases] == [
        (each.version, list(each.files)) for each in page.releases
    ]


def test_kept_page_can_be_kept_again() -> None:
    """What was read from the cache is as good as what was read from a server."""
    page = page_of(listing("1.0", hashes={"sha256": "ab" * 32}, upload_time="2024-02-03T04:05:06Z"))
    once = kept(page)
    assert once is not None
    twice = kept(once)
    assert twice is not None
    assert list(twice.releases[0].files) == list(page.releases[0].files)


def test_kept_page_belongs_to_whom_it_is_read_for() -> None:
    """The bytes name no repository: where they lie says whose they are."""
    other = Repository(url="https://other.example/simple/")
    read = load_page(dump_page(page_of(listing("1.0"))), repository=other, project=SPAM)
    assert read is not None
    assert read.repository == other


def test_release_is_not_read_until_it_is_looked_at() -> None:
    """A page can have thousands: what is wrong with one says nothing of the others."""
    raw = dump_page(page_of(listing("2.0"), listing("1.0")))
    damaged = raw.replace(b"[{", b"({", 1)
    page = load_page(damaged, repository=CORP, project=SPAM)
    assert page is not None
    broken, whole = page.releases
    assert (broken.version, len(broken.files), list(broken.files)) == (Version("2.0"), 1, [])
    assert [each.filename for each in whole.files] == ["spam-1.0.tar.gz"]


def test_page_whose_files_cannot_be_read_still_has_the_name() -> None:
    """Files counted are a claim to the name; damage must not take it away."""
    raw = dump_page(page_of(listing("1.0"))).replace(b'"url":"../../', b'"URL":"../../')
    page = load_page(raw, repository=CORP, project=SPAM)
    assert page is not None
    assert page.file_count == 1


@pytest.mark.parametrize("change", [b"", b"x", b"x" * 40])
def test_page_with_more_or_fewer_bytes_than_its_head_says_is_none(change: bytes) -> None:
    """Half a page is no page."""
    raw = dump_page(page_of(listing("1.0")))
    assert load_page((raw + change) if change else raw[:-1], repository=CORP, project=SPAM) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "resting"),
        ("releases", [["1.0", 1, 1 << 70]]),
        ("releases", [["1.0", -1, 0]]),
        ("releases", [["not a version", 0, 0]]),
        ("releases", [["9" * 5000, 0, 0]]),
        ("releases", 7),
        ("misfits", [["x", "unheard of"]]),
        ("tracks", None),
    ],
)
def test_head_that_no_page_has_is_none(key: str, value: object) -> None:
    """Data and never more, whoever wrote it."""
    head, _, body = dump_page(page_of()).partition(b"\n")
    changed = json.dumps({**json.loads(head), key: value}).encode()
    assert load_page(changed + b"\n" + body, repository=CORP, project=SPAM) is None
