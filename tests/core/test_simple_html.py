"""Project pages in HTML (PEP 503), as servers really write them."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from xpip.core.facts import File, Hash, ProjectPage, ProjectStatus, Repository
from xpip.core.simple import HTML_TYPE, JSON_TYPE, LEGACY_TYPE, InvalidPage, parse_page
from xpip.errors import Reason

CORP = Repository(url="https://corp.example/simple/")
URL = "https://corp.example/simple/spam/"
WHEEL = "spam-1.0-py3-none-any.whl"
VERSIONED = '<meta name="pypi:repository-version" content="1.4">'


def parse(html: str | bytes, content_type: str = HTML_TYPE) -> ProjectPage | InvalidPage:
    return parse_page(
        html if isinstance(html, bytes) else html.encode(),
        content_type=content_type,
        repository=CORP,
        project=canonicalize_name("spam"),
        url=URL,
    )


def read(html: str | bytes, content_type: str = HTML_TYPE) -> ProjectPage:
    page = parse(html, content_type)
    assert isinstance(page, ProjectPage), page
    return page


def refused(html: str | bytes, content_type: str = HTML_TYPE) -> InvalidPage:
    page = parse(html, content_type)
    assert isinstance(page, InvalidPage), page
    return page


def read_one(html: str | bytes, content_type: str = HTML_TYPE) -> File:
    [release] = read(html, content_type).releases
    [file] = release.files
    return file


def anchor(attributes: str = "", href: str = WHEEL) -> str:
    return f'<a href="{href}" {attributes}>{WHEEL}</a>'


# The page


@pytest.mark.parametrize("content_type", [HTML_TYPE, LEGACY_TYPE, "Text/HTML; charset=utf-8"])
def test_html_is_read_under_both_of_its_content_types(content_type: str) -> None:
    """PEP 691: `text/html` is an alias of version 1."""
    assert read(anchor(), content_type).file_count == 1


def test_html_is_refused_when_it_is_sent_as_json() -> None:
    """The content type decides, not what the bytes look like."""
    assert refused(anchor(), JSON_TYPE).reason is Reason.NOT_AN_INDEX


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("", id="empty"),
        pytest.param("<h1>Please log in</h1>", id="login"),
        pytest.param('<a href="/help.html">Help</a> <a href="/login">Log in</a>', id="links"),
        pytest.param('<!-- <a href="spam-1.0.tar.gz"> -->', id="commented-out"),
        pytest.param('<meta name="generator" content="1.0">', id="another-meta"),
    ],
)
def test_html_is_refused_when_nothing_in_it_says_repository(html: str) -> None:
    """A login page answers every name with status 200; it is no claim and no absence."""
    assert refused(html, LEGACY_TYPE).reason is Reason.NOT_AN_INDEX


def test_html_is_a_page_without_files_when_it_only_names_its_version() -> None:
    """PEP 629's meta element is enough."""
    assert read(VERSIONED).file_count == 0


@pytest.mark.parametrize("filename", ["spam-1.0.tar.bz2", "spam-1.0.egg", "eggs-1.0.tar.gz"])
def test_html_is_a_page_when_it_links_to_any_archive(filename: str) -> None:
    """Usable or not, it is a repository's page, and the archive is a claim to the name."""
    page = read(anchor(href=filename), LEGACY_TYPE)
    assert (page.releases, page.file_count) == ((), 1)


def test_api_version_is_one_zero_when_the_page_names_none() -> None:
    """PEP 629: no version means 1.0."""
    assert read(anchor()).api_version == "1.0"


@pytest.mark.parametrize("version", ["2.0", "latest", "1", ""])
def test_html_is_refused_when_its_version_is_higher_or_malformed(version: str) -> None:
    """PEP 629: fail on a higher major version; nothing but `Major.Minor` is a version."""
    html = f'<meta name="pypi:repository-version" content="{version}">{anchor()}'
    assert refused(html).reason is Reason.API_VERSION


def test_tracks_are_read_from_every_meta_element() -> None:
    """PEP 708: one element for each URL."""
    html = f"""{VERSIONED}
        <meta name="pypi:tracks" content="https://a.example/spam/">
        <meta name="pypi:tracks" content="https://b.example/spam/">"""
    assert read(html).tracks == ("https://a.example/spam/", "https://b.example/spam/")


@pytest.mark.parametrize("name", ["pypi:alternate-locations", "pypi-alternate-locations"])
def test_alternate_locations_are_read_under_both_spellings(name: str) -> None:
    """PEP 708's prose writes a dash, its examples a colon."""
    html = f'{VERSIONED}<meta name="{name}" content="https://b.example/spam/">'
    assert read(html).alternate_locations == ("https://b.example/spam/",)


def test_status_and_reason_are_read_from_meta_elements() -> None:
    """PEP 792."""
    page = read(f"""{VERSIONED}
        <meta name="pypi:project-status" content="quarantined">
        <meta name="pypi:project-status-reason" content="malware">""")
    assert (page.status, page.status_reason) == (ProjectStatus.QUARANTINED, "malware")


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        (f"{HTML_TYPE}; charset=latin-1", anchor('data-yanked="é"').encode("latin-1")),
        (f"{HTML_TYPE}; charset=UTF-16", anchor('data-yanked="é"').encode("utf-16")),
        (HTML_TYPE, anchor('data-yanked="é"').encode()),
    ],
)
def test_html_is_decoded_by_the_charset_of_its_content_type(content_type: str, raw: bytes) -> None:
    """UTF-8 where it names none."""
    assert read_one(raw, content_type).yanked == "é"


@pytest.mark.parametrize("charset", ["klingon", "undefined", "idna", "hex", '"a\0b"'])
def test_html_is_read_as_utf_8_when_its_charset_decodes_nothing(charset: str) -> None:
    """Python knows codecs that are no charsets."""
    raw = anchor('data-yanked="é"').encode() + b"\xff"
    assert read_one(raw, f"{HTML_TYPE}; charset={charset}").yanked == "é"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<pre>{anchor().upper().replace(WHEEL.upper(), WHEEL)}", id="upper-case"),
        pytest.param(f"<html><body><table><tr><td>{anchor()}", id="nothing-closed"),
        pytest.param(f"<a href={WHEEL}>no quotes", id="no-quotes"),
        pytest.param(f'<a href="?C=M;O=D">Last modified</a><hr>{anchor()}', id="directory-listing"),
        pytest.param(f"<a name=top>no href</a><a href=>empty</a>{anchor()}", id="no-href"),
        pytest.param(f'<a href="https://[/x-1.tar.gz">broken</a>{anchor()}', id="broken-url"),
        pytest.param(f"<base href='https://['>{anchor()}", id="broken-base"),
    ],
)
def test_html_is_read_when_it_is_careless(html: str) -> None:
    """PEP 503 pages are often a web server's directory listing."""
    assert read_one(html).url == URL + WHEEL


# Files


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("", f"https://corp.example/simple/spam/{WHEEL}"),
        ('<base href="https://files.example/x/">', f"https://files.example/x/{WHEEL}"),
        ('<base href="/files/">', f"https://corp.example/files/{WHEEL}"),
        (
            '<base target="_top"><base href="/a/"><base href="/b/">',
            f"https://corp.example/a/{WHEEL}",
        ),
    ],
    ids=["none", "absolute", "relative", "first"],
)
def test_file_url_is_relative_to_the_first_base_element(base: str, url: str) -> None:
    """PEP 503 and HTML: a base is itself relative to the page."""
    assert read_one(base + anchor()).url == url


def test_filename_is_the_last_segment_of_the_url_whatever_the_text_says() -> None:
    """PEP 503: they must be equal, and the text may lie."""
    file = read_one('<a href="../../f/spam-1.0.tar.gz?x=1#sha256=ab">eggs-9.0.tar.gz</a>')
    assert file.filename == "spam-1.0.tar.gz"


def test_filename_is_decoded_once() -> None:
    """`%2B` is a plus; `%252B` is a percent sign and no plus."""
    assert read_one(anchor(href="spam-1.0%2Bcpu.tar.gz")).filename == "spam-1.0+cpu.tar.gz"
    assert read(anchor(href="spam-1.0%252Bcpu.tar.gz")).releases == ()


def test_hash_is_read_from_the_fragment_and_leaves_the_url() -> None:
    """PEP 503."""
    file = read_one(anchor(href=f"{WHEEL}#SHA256=AB"))
    assert (file.hashes, file.url) == ((Hash("sha256", "ab"),), URL + WHEEL)


def test_hash_is_found_among_other_parameters_of_the_fragment() -> None:
    """Old pages write `egg=` and `subdirectory=` there too."""
    file = read_one(anchor(href=f"{WHEEL}#egg=spam&amp;sha256=ab"))
    assert file.hashes == (Hash("sha256", "ab"),)


@pytest.mark.parametrize("fragment", ["", "#", "#egg=spam", "#sha256", "#rot13=ab"])
def test_hashes_are_none_when_the_fragment_names_no_known_one(fragment: str) -> None:
    """A hash should be there, and need not."""
    assert read_one(anchor(href=WHEEL + fragment)).hashes == ()


def test_requires_python_is_unescaped() -> None:
    """PEP 503: `<` and `>` are written as entities."""
    file = read_one(anchor('data-requires-python="&gt;=3.8,&lt;4"'))
    assert file.requires_python == ">=3.8,<4"


@pytest.mark.parametrize(
    ("attribute", "yanked"),
    [
        ("", False),
        ("data-yanked", True),
        ('data-yanked=""', True),
        ('data-yanked="too &amp; spicy"', "too & spicy"),
        ('data-yanked="false"', "false"),
    ],
)
def test_file_is_yanked_when_the_attribute_is_there(attribute: str, yanked: bool | str) -> None:
    """PEP 592: its value, if any, is the reason."""
    assert read_one(anchor(attribute)).yanked == yanked


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", False),
        ('data-core-metadata="true"', True),
        ('data-core-metadata="sha256=AB"', (Hash("sha256", "ab"),)),
        ('data-core-metadata="false"', False),
        ('data-dist-info-metadata="sha256=ab"', (Hash("sha256", "ab"),)),
        ('data-dist-info-metadata="sha256=ab" data-core-metadata="true"', True),
    ],
)
def test_core_metadata_is_read_under_the_new_name_first(
    attributes: str, expected: bool | tuple[Hash, ...]
) -> None:
    """PEP 714, PEP 658."""
    assert read_one(anchor(attributes)).core_metadata == expected


def test_gpg_signature_is_ignored() -> None:
    """PEP 503's `data-gpg-sig` asks nothing of an installer."""
    assert read_one(anchor('data-gpg-sig="true"')) == read_one(anchor())


def test_provenance_is_read() -> None:
    """PEP 740."""
    file = read_one(anchor('data-provenance="https://corp.example/p"'))
    assert file.provenance_url == "https://corp.example/p"


def test_size_and_upload_time_are_unknown() -> None:
    """PEP 700 gave them to JSON alone."""
    file = read_one(anchor())
    assert (file.size, file.upload_time) == (None, None)


def test_upload_time_is_read_when_a_server_gives_it_anyway() -> None:
    """A non-standard attribute that some write."""
    file = read_one(anchor('data-upload-time="2024-02-03T04:05:06Z"'))
    assert file.upload_time is not None
    assert file.upload_time.year == 2024


def test_status_is_read_whatever_its_case() -> None:
    """A quarantine must not be lost to a capital letter."""
    text = '<meta name="pypi:repository-version" content="1.4">'
    text += '<meta name="pypi:project-status" content="Quarantined">'
    assert read(text).status is ProjectStatus.QUARANTINED
