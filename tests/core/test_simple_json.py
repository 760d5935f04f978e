"""Project pages in JSON (PEP 691), and what holds for every page whatever its format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from xpip.core.facts import File, Hash, ProjectPage, ProjectStatus, Repository
from xpip.core.policy import PageFormat
from xpip.core.simple import (
    ACCEPT,
    HTML_TYPE,
    JSON_TYPE,
    LEGACY_TYPE,
    InvalidPage,
    accepted,
    parse_page,
)
from xpip.errors import Reason

CORP = Repository(url="https://corp.example/simple/")
URL = "https://corp.example/simple/spam/"
WHEEL = "spam-1.0-py3-none-any.whl"
ROW = {"filename": WHEEL, "url": WHEEL, "hashes": {}}
NOT_GIVEN: Any = object()


def parse(
    raw: bytes,
    content_type: str = JSON_TYPE,
    page_format: PageFormat = PageFormat.AUTO,
) -> ProjectPage | InvalidPage:
    return parse_page(
        raw,
        content_type=content_type,
        repository=CORP,
        project=canonicalize_name("spam"),
        url=URL,
        page_format=page_format,
    )


def body(
    top: Mapping[str, Any] | None = None,
    *,
    files: Sequence[Any] = (),
    meta: Any = NOT_GIVEN,
    name: Any = "spam",
) -> bytes:
    if meta is NOT_GIVEN:
        meta = {"api-version": "1.4"}
    page = {"meta": meta, "name": name, "files": list(files), **(top or {})}
    return json.dumps(page).encode()


def read(raw: bytes) -> ProjectPage:
    page = parse(raw)
    assert isinstance(page, ProjectPage), page
    return page


def refused(raw: bytes, content_type: str = JSON_TYPE) -> InvalidPage:
    page = parse(raw, content_type)
    assert isinstance(page, InvalidPage), page
    return page


def read_one(**fields: Any) -> File:
    entry = {"filename": WHEEL, "url": WHEEL, "hashes": {}, **fields}
    page = read(body(files=[entry]))
    [release] = page.releases
    [file] = release.files
    return file


# Content types (PEP 691, "Content-Types")


def test_accept_header_prefers_json_and_gives_text_html_least() -> None:
    """PEP 691, "Recommendations"."""
    assert f"{JSON_TYPE}, {HTML_TYPE};q=0.2, {LEGACY_TYPE};q=0.01" == ACCEPT


@pytest.mark.parametrize(
    "content_type", [JSON_TYPE.upper(), f"{JSON_TYPE}; charset=utf-8", f" {JSON_TYPE} ;x=y"]
)
def test_content_type_is_matched_without_case_and_parameters(content_type: str) -> None:
    """RFC 9110, section 8.3.1."""
    assert isinstance(parse(body(), content_type), ProjectPage)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/xml"])
def test_page_is_refused_when_its_content_type_is_no_repositorys(content_type: str) -> None:
    """PEP 691: nothing but the content type says what a response is, and the refusal names it."""
    invalid = refused(body(), content_type)
    assert invalid.reason is Reason.NOT_AN_INDEX
    assert content_type in invalid.detail


def test_page_is_refused_when_it_has_no_content_type() -> None:
    """The bytes are not guessed at."""
    assert refused(body(), "").detail == "content type (none) is not a repository's"


def test_page_is_refused_when_its_content_type_is_of_another_major_version() -> None:
    """A `v2` page is for a later xpip."""
    invalid = refused(body(), "application/vnd.pypi.simple.v2+json")
    assert invalid.reason is Reason.API_VERSION


def test_json_is_refused_when_it_is_sent_as_html() -> None:
    """PEP 691: the content type decides, not what the bytes look like."""
    assert refused(body(), LEGACY_TYPE).reason is Reason.NOT_AN_INDEX


# API versions (PEP 629)


@pytest.mark.parametrize("version", ["1.0", "1.4", "1.5", "1.99"])
def test_page_is_read_when_its_minor_version_is_any(version: str) -> None:
    """PEP 629: a higher minor version only adds."""
    assert read(body(meta={"api-version": version})).api_version == version


@pytest.mark.parametrize("meta", [{}, None, [], "1.4"])
def test_version_is_one_zero_when_the_page_names_none(meta: object) -> None:
    """PEP 629: no version means 1.0."""
    assert read(body(meta=meta)).api_version == "1.0"


@pytest.mark.parametrize(
    "version", ["2.0", "10.0", "1", "1.x", "1.0.1", "v1.0", " 1.0", "", "²·0", "1" * 5000, None]
)
def test_page_is_refused_when_its_version_is_higher_or_malformed(version: object) -> None:
    """PEP 629: fail on a higher major version; nothing but `Major.Minor` is a version."""
    assert refused(body(meta={"api-version": version})).reason is Reason.API_VERSION


# The page (PEP 691, 700, 708, 792)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut-short"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"meta": {}, "name": "spam"}', id="no-files"),
        pytest.param(b'{"meta": {}, "files": {}}', id="files-as-object"),
        pytest.param(b"\xff\xfe\xfd", id="no-text"),
        pytest.param(b"[" * 100_000, id="endless-nesting"),
        pytest.param(body(files=[{**ROW, "_x": "?"}]).replace(b"?", b"\xff"), id="no-utf-8"),
        pytest.param(body(files=[{**ROW, "_x": "?"}]).replace(b"?", b"\\q"), id="no-escape"),
        pytest.param(body(files=[{**ROW, "_x": [1]}]).replace(b"[1]", b"[1,]"), id="comma"),
        pytest.param(body(files=["spam-1.0.tar.gz"]), id="file-as-string"),
        pytest.param(body(files=[{"filename": WHEEL, "hashes": {}}]), id="file-without-url"),
        pytest.param(body(files=[{"url": WHEEL, "hashes": {}}]), id="file-without-name"),
        pytest.param(
            body(files=[{"filename": WHEEL, "url": WHEEL, "hashes": None}]), id="hashes-null"
        ),
    ],
)
def test_page_is_refused_when_it_is_not_what_pep_691_describes(raw: bytes) -> None:
    """Half a page could hide the half that matters."""
    assert refused(raw).reason is Reason.NOT_AN_INDEX


def test_page_is_read_when_it_begins_with_a_mark() -> None:
    """RFC 8259, section 8.1: a byte order mark may be ignored; some servers write one."""
    assert read(b"\xef\xbb\xbf" + body(files=[ROW])).file_count == 1


def test_row_says_the_same_to_whoever_sorts_it_and_to_whoever_reads_it() -> None:
    """RFC 8259, section 4: keys that come twice, or are spelled with escapes, mean one thing."""
    row = b'{"filename":"x","url":"x","hashes":{},"\\u0066ilename":"%b"}' % WHEEL.encode()
    page = read(body(files=[{}]).replace(b"[{}]", b"[%b]" % row))
    [release] = page.releases
    assert [file.filename for file in release.files] == [WHEEL]


def test_page_is_refused_when_it_is_of_another_project() -> None:
    """A catch-all server must not answer for every name."""
    assert "eggs" in refused(body(name="eggs")).detail


@pytest.mark.parametrize("name", ["spam", "SPAM"])
def test_page_is_read_when_its_name_is_spelled_otherwise(name: str) -> None:
    """PEP 503: spellings of one name are one project."""
    assert read(body(name=name)).project == "spam"


def test_page_is_read_when_it_has_no_files() -> None:
    """An answer, though an empty one."""
    page = read(body())
    assert (page.releases, page.file_count, page.newest_version) == ((), 0, None)


def test_unknown_keys_are_ignored_at_every_level() -> None:
    """PEP 691: keys may be added; those with an underscore are the server's own."""
    entry = {"filename": WHEEL, "url": WHEEL, "hashes": {}, "gpg-sig": True, "_x": 1, "future": []}
    meta = {"api-version": "1.4", "_last-serial": 5, "future": {}}
    page = read(
        body({"versions": ["1.0", "wat"], "namespaces": None, "new": {}}, files=[entry], meta=meta)
    )
    assert page.file_count == 1


def test_page_remembers_whose_answer_it_is() -> None:
    """The repository asked, the address that answered, and the type."""
    page = read(body())
    assert (page.repository, page.url, page.content_type) == (CORP, URL, JSON_TYPE)


def test_tracks_and_alternate_locations_are_read_where_pep_708_puts_them() -> None:
    """`tracks` inside `meta`, `alternate-locations` beside it."""
    meta = {"api-version": "1.2", "tracks": ["https://a.example/spam/"]}
    page = read(body({"alternate-locations": ["https://b.example/spam/"]}, meta=meta))
    assert page.tracks == ("https://a.example/spam/",)
    assert page.alternate_locations == ("https://b.example/spam/",)


def test_tracks_and_alternate_locations_grant_nothing_when_they_are_misplaced() -> None:
    """A publisher's field must not become the operator's, nor the other way round."""
    meta = {"api-version": "1.2", "alternate-locations": ["https://b.example/spam/"]}
    page = read(body({"tracks": ["https://a.example/spam/"]}, meta=meta))
    assert (page.tracks, page.alternate_locations) == ((), ())


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ("https://a.example/spam/", ("https://a.example/spam/",)),
        (["https://a.example/spam/", 5, None], ("https://a.example/spam/",)),
        ({"https://a.example/spam/": True}, ()),
        (True, ()),
        (None, ()),
    ],
)
def test_tracks_are_strings_whatever_the_page_writes(
    tracks: object, expected: tuple[str, ...]
) -> None:
    """PEP 708's first draft had one string; nothing else grants anything."""
    assert read(body(meta={"api-version": "1.2", "tracks": tracks})).tracks == expected


def test_status_is_active_when_the_page_has_none() -> None:
    """PEP 792's default."""
    page = read(body())
    assert (page.status, page.status_reason) == (ProjectStatus.ACTIVE, None)


@pytest.mark.parametrize("status", list(ProjectStatus))
def test_status_is_read_with_its_reason(status: ProjectStatus) -> None:
    """PEP 792, as the living specification and PyPI write it."""
    page = read(body({"project-status": {"status": status.value, "reason": "why not"}}))
    assert (page.status, page.status_reason) == (status, "why not")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(body({"project-status": {"state": "archived"}}), id="prose-of-pep-792"),
        pytest.param(body({"project-status": "archived"}), id="string"),
        pytest.param(
            body(meta={"api-version": "1.4", "project-status": "archived"}), id="inside-meta"
        ),
    ],
)
def test_status_is_read_in_every_form_found_in_the_wild(raw: bytes) -> None:
    """The PEP's prose, and the examples of the living specification, say it otherwise."""
    assert read(raw).status is ProjectStatus.ARCHIVED


@pytest.mark.parametrize(
    "top",
    [
        pytest.param(None, id="null-above-it"),
        pytest.param({}, id="nothing-above-it"),
        pytest.param("active", id="contradicted"),
    ],
)
def test_status_inside_meta_counts_when_the_page_says_none_above_it(top: object) -> None:
    """And where it says two things, the graver one."""
    raw = body({"project-status": top}, meta={"project-status": "quarantined"})
    assert read(raw).status is ProjectStatus.QUARANTINED


@pytest.mark.parametrize(
    "status",
    [
        "Quarantined",
        " QUARANTINED ",
        {"status": "Quarantined"},
        {"state": ["resting", "QUARANTINED"]},
        ["archived", "quarantined"],
        ["quarantined", "archived"],
    ],
)
def test_status_is_quarantined_in_whatever_spelling(status: object) -> None:
    """In any case, and in any place of a list."""
    assert read(body({"project-status": status})).status is ProjectStatus.QUARANTINED


def test_status_is_the_first_known_one_of_a_list() -> None:
    """Where none of them is graver."""
    page = read(body({"project-status": ["resting", 5, "Archived", "deprecated"]}))
    assert page.status is ProjectStatus.ARCHIVED


@pytest.mark.parametrize("status", [{"status": "resting"}, {}, [], 5, None])
def test_status_is_active_when_it_is_unknown(status: object) -> None:
    """A later PEP may add one."""
    assert read(body({"project-status": status})).status is ProjectStatus.ACTIVE


# Files (PEP 691, 592, 658, 700, 714, 740)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("../../files/spam.whl", "https://corp.example/files/spam.whl"),
        ("spam.whl", "https://corp.example/simple/spam/spam.whl"),
        ("https://files.example/spam.whl", "https://files.example/spam.whl"),
        ("https://[", ""),
        ("https://files.example:port/spam.whl", ""),
    ],
)
def test_file_url_is_relative_to_the_address_that_answered(url: str, expected: str) -> None:
    """PEP 691; a URL that nobody can read is no URL."""
    assert read_one(url=url).url == expected


def test_filename_is_the_one_given_when_the_url_ends_otherwise() -> None:
    """PEP 691: `filename` is the file's name, and a URL may be anything."""
    assert read_one(url="https://files.example/download?id=5").filename == WHEEL


def test_hashes_are_read_in_lower_case() -> None:
    """PEP 691: hash names should be, and hex digits are compared as text."""
    assert read_one(hashes={"SHA256": "AB", "md5": "cd"}).hashes == (
        Hash("sha256", "ab"),
        Hash("md5", "cd"),
    )


def test_hashes_are_none_when_the_page_gives_none() -> None:
    """PEP 691: the key must exist and may be empty."""
    assert read_one(hashes={}).hashes == ()


@pytest.mark.parametrize(
    ("yanked", "expected"),
    [(True, True), ("too spicy", "too spicy"), (False, False), ("", False), (None, False)],
)
def test_yanked_is_read_with_its_reason(yanked: object, expected: bool | str) -> None:
    """PEP 691: a boolean, or a text that is not empty."""
    assert read_one(yanked=yanked).yanked == expected


@pytest.mark.parametrize("key", ["core-metadata", "dist-info-metadata", "data-dist-info-metadata"])
def test_core_metadata_is_read_under_every_key_in_use(key: str) -> None:
    """PEP 714's name, PEP 658's, and the one that PyPI writes."""
    assert read_one(**{key: {"sha256": "AB"}}).core_metadata == (Hash("sha256", "ab"),)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), ({}, False)])
def test_core_metadata_exists_when_its_value_is_true(value: object, expected: bool) -> None:
    """PEP 714: a boolean says whether, without a hash."""
    assert read_one(**{"core-metadata": value}).core_metadata is expected


def test_core_metadata_is_read_under_the_new_key_when_both_are_there() -> None:
    """PEP 714: servers broke the old one, which is why there is a new one."""
    file = read_one(**{"core-metadata": False, "dist-info-metadata": {"sha256": "ab"}})
    assert file.core_metadata is False


@pytest.mark.parametrize(
    ("size", "expected"), [(0, 0), (5, 5), (-1, None), (5.0, None), ("5", None), (True, None)]
)
def test_size_is_unknown_when_it_is_no_number_of_bytes(size: object, expected: int | None) -> None:
    """PEP 700, read as if it were optional."""
    assert read_one(size=size).size == expected


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("2024-02-03T04:05:06Z", 0), ("2024-02-03T04:05:06.5Z", 500_000)],
)
def test_upload_time_is_read_with_or_without_fractions(text: str, microsecond: int) -> None:
    """PEP 700: `yyyy-mm-ddThh:mm:ss`, up to six digits, `Z`."""
    expected = datetime(2024, 2, 3, 4, 5, 6, microsecond, tzinfo=UTC)
    assert read_one(**{"upload-time": text}).upload_time == expected


@pytest.mark.parametrize("text", ["2024-02-03T04:05:06", "yesterday", "", 5, None])
def test_upload_time_is_unknown_when_it_is_no_time_with_a_zone(text: object) -> None:
    """A cooldown must not rest on a guess."""
    assert read_one(**{"upload-time": text}).upload_time is None


@pytest.mark.parametrize(("value", "expected"), [(">=3.8", ">=3.8"), (None, None), (3, None)])
def test_requires_python_is_read_or_unknown(value: object, expected: str | None) -> None:
    """Servers write null too."""
    assert read_one(**{"requires-python": value}).requires_python == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("https://a.example/p", "https://a.example/p"), (None, None)]
)
def test_provenance_is_read_or_unknown(value: object, expected: str | None) -> None:
    """PEP 740: a URL or null."""
    assert read_one(provenance=value).provenance_url == expected


# Formats that a group is set to


@pytest.mark.parametrize(
    ("page_format", "content_types"),
    [
        (PageFormat.JSON, [JSON_TYPE, "application/json"]),
        (PageFormat.HTML, [HTML_TYPE, LEGACY_TYPE]),
    ],
)
def test_format_is_asked_for_alone_when_it_is_set(
    page_format: PageFormat, content_types: list[str]
) -> None:
    """A server that has both must not choose the other."""
    asked = [each.partition(";")[0].strip() for each in accepted(page_format).split(",")]
    assert asked == content_types


@pytest.mark.parametrize("content_type", [JSON_TYPE, "application/json; charset=utf-8"])
def test_plain_json_is_a_page_when_the_format_is_json(content_type: str) -> None:
    """What static hosts call it; the user says that it is a repository's."""
    assert isinstance(parse(body(), content_type, PageFormat.JSON), ProjectPage)


@pytest.mark.parametrize("page_format", [PageFormat.AUTO, PageFormat.HTML])
def test_plain_json_is_no_page_when_the_format_is_not_json(page_format: PageFormat) -> None:
    """Any service answers in it."""
    page = parse(body(), "application/json", page_format)
    assert isinstance(page, InvalidPage)
    assert page.reason is Reason.NOT_AN_INDEX


@pytest.mark.parametrize(
    ("page_format", "content_type", "raw"),
    [
        (PageFormat.HTML, JSON_TYPE, body()),
        (PageFormat.JSON, HTML_TYPE, b'<a href="spam-1.0.tar.gz">spam</a>'),
        (PageFormat.JSON, LEGACY_TYPE, b'<a href="spam-1.0.tar.gz">spam</a>'),
    ],
)
def test_page_is_none_when_it_is_of_another_format_than_set(
    page_format: PageFormat, content_type: str, raw: bytes
) -> None:
    """Perfect as it is otherwise."""
    assert isinstance(parse(raw, content_type), ProjectPage)
    page = parse(raw, content_type, page_format)
    assert isinstance(page, InvalidPage)
    assert page.reason is Reason.NOT_AN_INDEX


def test_userinfo_in_a_files_address_is_never_used() -> None:
    """Only the user says what logs in, and where."""
    file = read_one(url="https://me:secret@files.example/spam.whl")
    assert file.url == "https://files.example/spam.whl"
