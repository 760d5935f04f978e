"""Pages made to take time or memory: each is a page or none within a second."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from packaging.utils import canonicalize_name

from xpip.core.facts import ProjectPage, Repository
from xpip.core.simple import HTML_TYPE, JSON_TYPE, InvalidPage, parse_page
from xpip.core.simple.project_list import UnreadableList, read_project_list
from xpip.errors import Reason

SPAM = canonicalize_name("spam")
SECONDS = 2.0
"""Of processor time; without the defences, half a minute and more."""
MIB = 1 << 20


def parse(raw: bytes, content_type: str = HTML_TYPE) -> ProjectPage | InvalidPage:
    """The page, in bounded time."""
    began = time.process_time()
    page = parse_page(
        raw,
        content_type=content_type,
        repository=Repository(url="https://corp.example/simple/"),
        project=SPAM,
        url="https://corp.example/simple/spam/",
    )
    assert time.process_time() - began < SECONDS
    return page


@pytest.mark.parametrize(
    "markup",
    [
        *(
            "<a",
            "<a href=",
            "<a b='",
            "<a/",
            "<a x=y ",
            "<a =",
            '<a "',
            "<a b=\"'",
            "<a\n",
            "</a b=",
        ),
        *("<!--", "<!", "<?", "</", "<![CDATA[", "<!DOCTYPE [", "<script>", "<style></", "&#", "<"),
    ],
)
def test_page_is_none_soon_when_a_tag_is_begun_again_and_again(markup: str) -> None:
    """`html.parser` begins anew at each of them, in the square of their number."""
    assert isinstance(parse(markup.encode() * 20_000), InvalidPage)
    with pytest.raises(UnreadableList):
        read_project_list(markup.encode() * 20_000, HTML_TYPE)


def test_page_is_none_when_it_ends_within_a_tag() -> None:
    """It broke off, and what would have followed is not known."""
    whole = b'<meta name="pypi:repository-version" content="1.0"><a href="spam-1.0.tar.gz">x</a>'
    assert isinstance(parse(whole), ProjectPage)
    assert isinstance(parse(whole + b"<a href"), InvalidPage)
    assert isinstance(parse(whole + b"<!-- "), InvalidPage)


def test_page_is_read_when_it_is_long_and_honest() -> None:
    """Tags that lie across the pieces it is read in, text and comments between them."""
    link = '<!-- one more --> text &amp; <a href="spam-{0}.tar.gz#sha256=ab">spam-{0}</a><br>\n'
    page = parse("".join(link.format(number) for number in range(5_000)).encode())
    assert isinstance(page, ProjectPage)
    assert page.file_count == 5_000


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "utf-7", "undefined", "x"]
)
def test_page_is_taken_for_utf8_when_its_charset_is_none_of_the_web(charset: str) -> None:
    """Some of Python's codecs take the square of the time."""
    links = b'<a href="spam-1.0.tar.gz">' + b"a" * 200_000 + b"-+AGE- \\u0041</a>"
    page = parse(links, f"{HTML_TYPE}; charset={charset}")
    assert isinstance(page, ProjectPage)
    assert page.file_count == 1


def test_page_is_none_when_it_has_more_elements_than_any_repository() -> None:
    """Each link costs a hundred times the memory of its few characters."""
    page = parse(b"<b>" * 200_001)
    assert isinstance(page, InvalidPage)
    assert page.reason is Reason.LIMIT


@pytest.mark.parametrize(
    "bomb",
    [
        *(b'{"files": [], "name": [%b[]]}' % (b"[]," * 4_000_000),),
        *(b'{"files": [%b{}]}' % (b"{}," * 4_000_000),),
        *(b'{"files": [], "meta": {"x": [%b0.5]}}' % (b"0.5," * 3_000_000),),
    ],
    ids=["arrays", "objects", "numbers"],
)
def test_page_is_none_when_it_would_grow_in_memory(bomb: bytes) -> None:
    """Twelve megabytes of brackets are a gigabyte of lists."""
    tracemalloc.start()
    page = parse(bomb, JSON_TYPE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(page, InvalidPage)
    assert page.reason is Reason.LIMIT
    assert peak < 4 * len(bomb)


@pytest.mark.parametrize(
    "nesting", [b'{"files": %b', b'{"files": [], "name": %b', b'{"files": [{"url": %b']
)
def test_page_is_none_when_it_is_nested_without_end(nesting: bytes) -> None:
    """Deeper than any stack."""
    for bracket in (b"[", b'{"":'):
        assert isinstance(parse(nesting % (bracket * 500_000), JSON_TYPE), InvalidPage)
