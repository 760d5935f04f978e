"""Laws of reading: one page has one meaning, and no bytes break the reader."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any, cast
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.kept import HeldRows
from tests.support.pages import Format, Listing, PageOptions, render

from xpip.core.facts import (
    CoreMetadata,
    File,
    InvalidMetadata,
    ProjectPage,
    ProjectStatus,
    Repository,
)
from xpip.core.kept_metadata import dump_metadata, load_metadata
from xpip.core.metadata import parse_metadata
from xpip.core.simple import HTML_TYPE, JSON_TYPE, LEGACY_TYPE, InvalidPage, parse_page
from xpip.core.simple.listed_files import read_files
from xpip.core.simple.rows import read_file
from xpip.core.simple.stored import dump_page, load_page

SPAM = canonicalize_name("spam")
URL = "https://corp.example/simple/spam/"

versions = st.sampled_from(["1.0", "1.0.0", "2.0rc1", "1!3.0+local.1", "latest"])
filenames = st.builds(
    "{}-{}{}".format,
    st.sampled_from(["spam", "Spam", "eggs", "", "a/b"]),
    versions,
    st.sampled_from(["-py3-none-any.whl", ".tar.gz", ".zip", ".egg", ".exe", ".whl.metadata"]),
)
digests = st.text("0123456789abcdefABCDEF", min_size=1, max_size=8)
hashes: st.SearchStrategy[dict[str, str]] = st.just({}) | st.fixed_dictionaries({"sha256": digests})
words = st.text(st.characters(codec="utf-8"), max_size=12)
urls = st.builds("https://{}.example/spam/".format, st.sampled_from("abc")) | words


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    """One file, with all that a page can say of it."""
    filename = draw(filenames)
    root = draw(st.sampled_from(["../../files", "https://files.example/x", "."]))
    return Listing(
        filename=filename,
        version="",
        url=f"{root}/{quote(filename, safe='')}",
        hashes=draw(hashes),
        size=draw(st.none() | st.integers(0, 9)),
        upload_time=draw(st.none() | st.just("2024-02-03T04:05:06Z")),
        requires_python=draw(st.none() | st.sampled_from([">=3.8,<4", "three", ""])),
        yanked=draw(st.booleans() | words.filter(bool)),
        core_metadata=draw(st.none() | hashes),
    )


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    """What a page says of its project."""
    statuses = st.sampled_from([*map(str, ProjectStatus), "resting"])
    status = st.fixed_dictionaries({"status": statuses}, optional={"reason": words})
    return {
        "api_version": draw(st.sampled_from(["1.0", "1.4", "1.7"])),
        "status": draw(st.none() | status),
        "tracks": draw(st.lists(urls, max_size=2)),
        "alternate_locations": draw(st.lists(urls, max_size=2)),
    }


def parse(raw: bytes, content_type: str) -> ProjectPage | InvalidPage:
    return parse_page(
        raw,
        content_type=content_type,
        repository=Repository(url="https://corp.example/simple/"),
        project=SPAM,
        url=URL,
    )


def files(page: ProjectPage) -> list[tuple[Version, list[File]]]:
    return [(release.version, list(release.files)) for release in page.releases]


def as_html_can_say(page: ProjectPage) -> tuple[object, ...]:
    """The page without size and upload time (PEP 700 gave them to JSON alone) and its type."""
    spoken = [
        (version, [replace(file, size=None, upload_time=None) for file in listed])
        for version, listed in files(page)
    ]
    return spoken, replace(page, releases=(), content_type="")


@given(st.lists(listings(), max_size=4), claims())
def test_page_means_the_same_in_html_and_json(listed: list[Listing], said: dict[str, Any]) -> None:
    """PEP 691: the formats are two spellings of one page."""
    in_json = parse(render("spam", listed, PageOptions(format="json", **said)), JSON_TYPE)
    in_html = parse(render("spam", listed, PageOptions(format="html", **said)), HTML_TYPE)
    assert isinstance(in_json, ProjectPage)
    assert isinstance(in_html, ProjectPage)
    assert as_html_can_say(in_html) == as_html_can_say(in_json)


scraps = st.sampled_from(
    [
        *("<a href='", "spam-1.0.tar.gz", "'>", "https://[", "?#sha256=", "data-yanked", "<base "),
        *("<meta name='pypi:repository-version' content='", "2.0", "<!--", "<![x[", "<!DOCTYPE ["),
        *("&#", "9" * 5000, ";", "%", "\0", "<script>", "</", "\N{SUPERSCRIPT TWO}", "//℀/"),
    ]
)
markup = st.lists(scraps, max_size=12).map("".join).map(str.encode)
content_types = st.builds(
    "{}{}".format,
    st.sampled_from([JSON_TYPE, HTML_TYPE, LEGACY_TYPE, "application/json", ""]),
    st.sampled_from(["", "; charset=latin-1", "; charset=undefined", ";charset*=x''%ff", "; \0"]),
)


@given(st.binary() | markup, content_types | words)
@settings(max_examples=300)
def test_any_bytes_are_a_page_or_none(raw: bytes, content_type: str) -> None:
    """Whatever a server sends: a value, never an exception, now or when files are looked at."""
    page = parse(raw, content_type)
    assert isinstance(page, InvalidPage) or files(page) is not None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | urls | digests,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=4,
)
keys = ["hashes", "size", "upload-time", "requires-python", "yanked", "core-metadata", "provenance"]
entries = st.fixed_dictionaries(
    {"filename": filenames | words, "url": urls | st.sampled_from(["https://[", "//a:x/"])},
    optional=dict.fromkeys(keys, values),
)
documents = st.fixed_dictionaries(
    {"files": st.lists(entries, max_size=3)},
    optional={
        "meta": values
        | st.fixed_dictionaries({}, optional=dict.fromkeys(["api-version", "tracks"], values)),
        "name": values,
        "project-status": values,
        "alternate-locations": values,
    },
)


@given(documents)
def test_any_values_are_a_page_or_none(document: dict[str, Any]) -> None:
    """JSON that has PEP 691's keys, and anything at all behind them."""
    page = parse(json.dumps(document).encode(), JSON_TYPE)
    assert isinstance(page, InvalidPage) or files(page) is not None


@given(st.lists(filenames, max_size=6))
def test_every_archive_listed_is_a_file_of_a_release_or_a_misfit(listed: list[str]) -> None:
    """None is lost, none counts twice: what is counted is the claim to the name."""
    rows = [{"filename": name, "url": "x", "hashes": {}} for name in listed]
    page = parse(json.dumps({"files": rows}).encode(), JSON_TYPE)
    assert isinstance(page, ProjectPage)
    found = [file.filename for release in page.releases for file in release.files]
    misplaced = [misfit.filename for misfit in page.misfits]
    archives = [name for name in listed if name.endswith((".whl", ".tar.gz", ".zip", ".egg"))]
    assert sorted(found + misplaced) == sorted(archives)


@given(st.lists(listings(), max_size=4), claims(), st.sampled_from(["json", "html"]))
def test_page_means_the_same_after_it_was_kept(
    listed: list[Listing], said: dict[str, Any], form: Format
) -> None:
    """Its claims, its releases in their order, every field of every file, and what fits nowhere."""
    raw = render("spam", listed, PageOptions(format=form, **said))
    page = parse(raw, JSON_TYPE if form == "json" else HTML_TYPE)
    assert isinstance(page, ProjectPage)
    dumped = dump_page(page)
    read = stored(dumped.head, HeldRows(dumped))
    assert read is not None
    assert files(read) == files(page)
    assert [len(each.files) for each in read.releases] == [
        len(each.files) for each in page.releases
    ]
    assert replace(read, releases=()) == replace(page, releases=())


def stored(head: bytes, rows: HeldRows) -> ProjectPage | None:
    corp = Repository(url="https://corp.example/simple/")
    return load_page(head, rows, repository=corp, project=SPAM)


DUMPED = dump_page(
    cast(
        "ProjectPage",
        parse(
            b'{"files": [{"filename": "spam-1.0.tar.gz", "url": "x", "hashes": {}},'
            b'{"filename": "eggs-1.0.tar.gz", "url": "x", "hashes": {}}]}',
            JSON_TYPE,
        ),
    )
)
KEPT = json.loads(DUMPED.head)


@given(st.binary() | st.integers(0, len(DUMPED.head)).map(lambda end: DUMPED.head[:end]))
def test_any_bytes_are_the_head_of_a_kept_page_or_none(head: bytes) -> None:
    """Also where it breaks off."""
    page = stored(head, HeldRows(DUMPED))
    assert page is None or files(page) is not None


@given(st.data())
@settings(max_examples=300)
def test_any_values_are_a_kept_page_or_none(data: st.DataObject) -> None:
    """A head with one value changed into anything, and any rows beside it."""
    key = data.draw(st.sampled_from(sorted(KEPT)))
    odd = st.floats() | st.sampled_from([[1 << 70], [-1], "1.0\n1.0\n", "1!0rc1\n", "1.0a\n"])
    head = {**KEPT, key: data.draw(st.recursive(values | odd, st.lists, max_leaves=3))}
    rows = HeldRows(DUMPED)
    rows.raw = data.draw(st.just(rows.raw) | st.binary(max_size=40))
    page = stored(json.dumps(head).encode(), rows)
    assert page is None or files(page) is not None


metadata_keys = ["core-metadata", "dist-info-metadata", "data-dist-info-metadata"]
standard = st.fixed_dictionaries(
    {"filename": filenames, "url": urls, "hashes": hashes},
    optional={
        "size": st.integers(-1),
        "upload-time": st.sampled_from(["2024-02-03T04:05:06Z", "2024-02-03T04:05:06", "x"]),
        "requires-python": st.none() | words,
        "yanked": st.booleans() | words,
        "provenance": st.none() | urls,
        **dict.fromkeys(metadata_keys, st.booleans() | hashes),
    },
)


@given(st.lists(standard | entries, max_size=3))
def test_rows_mean_the_same_when_all_are_read_in_one_go(rows: list[Any]) -> None:
    """Whether they are as the standard has them, or not quite."""
    raw = json.dumps(rows).encode()
    assert list(read_files(raw, len(rows), URL)) == [read_file(row, URL) for row in json.loads(raw)]


@given(st.lists(st.lists(values, max_size=2) | values, max_size=2))
def test_any_rows_of_a_kept_page_are_its_files_or_none(rows: list[Any]) -> None:
    """What was counted is still a claim to the name, though there is nothing to choose."""
    held = HeldRows(DUMPED)
    held.raw = json.dumps(rows).encode()
    seal = base64.b64encode(sha256(held.raw).digest()[:8]).decode()
    head = {**KEPT, "counts": [3], "lengths": [held.size], "seals": seal}
    page = stored(json.dumps(head).encode(), held)
    assert page is not None
    assert (files(page), page.file_count) == ([(Version("1.0"), [])], 4)
    assert held.asked_anew == []


fields = st.sampled_from(
    [
        *(b"Metadata-Version: 2.1", b"Metadata-Version: \xc2\xb2", b"Name: spam", b"Version: 1.0"),
        *(
            b"Requires-Python: >=3\xff",
            b"Requires-Python: >=" + b"9" * 5000,
            b"Provides-Extra: \xe9",
        ),
        *(b"Requires-Dist: eggs; " + b"(" * 3000, b"Requires-Dist: eggs>=" + b"9" * 5000),
        *(b"Version: " + b"9" * 5000, b" folded", b"Requires-Dist: \xff", b"Name: \xe9", b"", b":"),
    ]
)
headers = st.lists(fields | st.binary(max_size=12), max_size=8).map(b"\n".join)


@given(st.binary() | headers | headers.map(b"Metadata-Version: 2.1\nName: s\nVersion: 1\n".__add__))
@settings(max_examples=300)
def test_any_bytes_are_metadata_or_none(raw: bytes) -> None:
    """Whatever a wheel holds: a value, never an exception."""
    assert isinstance(parse_metadata(raw), CoreMetadata | InvalidMetadata)


needs = st.sampled_from(
    [
        *("eggs", "Eggs_1>=2,<3; python_version < '3.9' or extra == 'fast'", "eggs[a,B]~=1.0"),
        *("eggs @ https://corp.example/eggs.zip ; os_name == 'posix'", "eggs (==1.*,!=1.2)"),
        *("eggs===weird", 'eggs; extra == "x" and (platform_machine != "arm64" or os_name > "a")'),
    ]
)
demands = st.none() | st.sampled_from([">=3.8", ">=3.8,!=3.9.*", "~=3.8", "", "three"])


@given(st.lists(needs, max_size=4), demands, st.lists(st.sampled_from(["fast", "B_c"])))
def test_metadata_means_the_same_after_it_was_kept(
    required: list[str], python: str | None, extras: list[str]
) -> None:
    """The whole wheel is held to it later, requirement by requirement."""
    lines = ["Metadata-Version: 2.1", "Name: Spam", "Version: 1.0"]
    lines += [f"Requires-Dist: {each}" for each in required]
    lines += [f"Provides-Extra: {each}" for each in extras]
    lines += [f"Requires-Python: {python}"] if python is not None else []
    metadata = parse_metadata("\n".join([*lines, ""]).encode())
    assert isinstance(metadata, CoreMetadata)
    assert load_metadata(dump_metadata(metadata)) == metadata


METADATA = json.loads(dump_metadata(CoreMetadata(name=SPAM, version=Version("1.0"))))


@given(st.data())
@settings(max_examples=200)
def test_any_values_are_kept_metadata_or_none(data: st.DataObject) -> None:
    """Metadata with one value changed into anything."""
    changed = {**METADATA, data.draw(st.sampled_from(sorted(METADATA))): data.draw(values)}
    assert isinstance(load_metadata(json.dumps(changed).encode()), CoreMetadata | None)


@given(st.binary())
def test_any_bytes_are_kept_metadata_or_none(raw: bytes) -> None:
    """Whatever lies there."""
    assert load_metadata(raw) is None
