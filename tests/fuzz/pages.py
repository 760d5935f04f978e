"""What repositories answer, and what is kept of it, read as a run reads it."""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate, pairwise
from operator import sub
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.asking import candidate_of
from tests.support.kept import find_kept, nobody, sealed_entry
from tests.support.stage import LINUX
from xpip.core.decisions import Origin, Ruling
from xpip.core.dependencies import Dependencies
from xpip.core.facts import (
    File,
    Found,
    Hash,
    InvalidMetadata,
    PageRequest,
    ProjectPage,
    Repository,
)
from xpip.core.file_hosts import FileHosts
from xpip.core.filenames import is_unsafe
from xpip.core.judging import judge
from xpip.core.kept_metadata import dump_metadata, load_metadata
from xpip.core.metadata import parse_metadata
from xpip.core.patterns import Pattern
from xpip.core.policy import MappingRule, Policy, RepositoryGroup
from xpip.core.selection import AdmittedPage, Selection
from xpip.core.simple import HTML_TYPE, JSON_TYPE, InvalidPage, parse_page
from xpip.core.simple.project_list import Names, read_names_file, read_project_list
from xpip.core.simple.stored import dump_page, load_page
from xpip.core.urls import is_below, web_origin
from xpip.edge.cache.metadata import MetadataCache, read_line, sealed_line
from xpip.edge.cache.pages import PageCache, StoredAnswer, is_whole

SPAM = canonicalize_name("spam")
CORP = Repository(url="https://corp.example/simple/")
URL = "https://corp.example/simple/spam/"
GROUP = RepositoryGroup(name="corp", mirrors=(CORP,), declared_at="test")
NOW = datetime(2026, 1, 31, tzinfo=UTC)
RULE = MappingRule(
    source="xpip.toml",
    key_path="mapping[0]",
    declared_at="xpip.toml:1",
    patterns=(Pattern.parse("spam"),),
    groups=(GROUP,),
    cooldown="7d",
    cutoff=NOW,
    hashes_required=True,
)


class Refused(Exception):
    """The reader answers with a value that says no."""


def json_page(raw: bytes) -> ProjectPage:
    return _judged(_parsed(raw, JSON_TYPE))


def html_page(raw: bytes) -> ProjectPage:
    """The page; its charset is what a comment at its start says."""
    head, _, body = raw.partition(b"\n")
    if head.startswith(b"charset="):
        return _judged(_parsed(body, f"{HTML_TYPE}; {head.decode('latin-1')}"))
    return _judged(_parsed(raw, HTML_TYPE))


def kept_page(raw: bytes) -> ProjectPage:
    """A page's head, and its rows after a line break."""
    head, _, rows = raw.partition(b"\n")
    page = load_page(_sealed(head, rows), AnyRows(rows), repository=CORP, project=SPAM)
    if page is None:
        raise Refused
    return _judged(page, is_kept=True)


def _sealed(head: bytes, rows: bytes) -> bytes:
    """The head, as if whoever wrote it had also written these rows."""
    try:
        said = json.loads(head)
        ends = accumulate(said["lengths"], sub, initial=len(rows))
        parts = (rows[start:end] for end, start in pairwise(ends))
        seals = b"".join(sha256(part).digest()[:8] for part in parts)
        return json.dumps({**said, "seals": base64.b64encode(seals).decode()}).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return head


class AnyRows:
    """Rows that are taken as they are; what is damaged is not there any more."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.size = len(raw)

    def read(self, start: int, end: int) -> bytes:
        return self.raw[start:end]

    def anew(self, version: Version) -> tuple[File, ...]:
        return ()


def page_entry(raw: bytes) -> StoredAnswer:
    """What a cache entry says, with a digest that holds; its rows come after a line break."""
    asked = PageRequest(repository=CORP, project=SPAM, accept="json")
    said, _, rows = raw.partition(b"\n")
    is_whole(sealed_entry(said, rows))
    is_whole(raw)
    with tempfile.TemporaryDirectory() as directory:
        cache = PageCache(Path(directory))
        cache.keep(asked, status=404, url=URL, headers={}, page=None, now=0.0, anew=nobody)
        (place,) = (path for path in Path(directory).rglob("*") if path.is_file())
        place.write_bytes(sealed_entry(said, rows))
        found = find_kept(cache, asked)
        if found is None:
            raise Refused
        found.is_fresh(1.0)
        cache.renew(asked, {"cache-control": "max-age=60"}, 2.0)
        assert find_kept(cache, asked) is not None
    return found


def metadata_entry(raw: bytes) -> object:
    candidate = candidate_of(
        File(filename="spam-1.0-py3-none-any.whl", url=URL, hashes=(Hash("sha256", "ab" * 32),)),
        "spam",
        "1.0",
    )
    found = read_line(sealed_line(b"0" * 64, raw))
    if found is None:
        raise Refused
    with tempfile.TemporaryDirectory() as directory:
        cache = MetadataCache(Path(directory))
        cache.keep(candidate, found)
        cache.find(candidate)
    return found


def project_list(raw: bytes) -> Names:
    kind = "text/html" if raw.lstrip()[:1] == b"<" else JSON_TYPE
    return read_project_list(raw, kind)


def names_file(raw: bytes) -> Names:
    return read_names_file(raw)


def metadata(raw: bytes) -> object:
    read = parse_metadata(raw)
    if isinstance(read, InvalidMetadata):
        raise Refused
    load_metadata(dump_metadata(read))
    dependencies = Dependencies(LINUX)
    for each in (*dependencies.of(read), *dependencies.of_extras(read, read.extras)):
        each.specifier.contains(Version("1.0"), prereleases=True)
        hash(each)
    return read


def _parsed(raw: bytes, content_type: str) -> ProjectPage:
    page = parse_page(raw, content_type=content_type, repository=CORP, project=SPAM, url=URL)
    if isinstance(page, InvalidPage):
        raise Refused
    return page


def _judged(page: ProjectPage, *, is_kept: bool = False) -> ProjectPage:
    """All that is made of a page before a file of it is chosen."""
    dumped = dump_page(page)
    again = load_page(dumped.head, AnyRows(b"".join(dumped.rows)), repository=CORP, project=SPAM)
    assert again is not None
    if not is_kept:
        assert [list(each.files) for each in again.releases] == [
            list(each.files) for each in page.releases
        ]
    for file in (file for release in page.releases for file in release.files):
        assert not file.url or web_origin(file.url)
        assert not file.url or is_below(file.url, CORP.url) in {True, False}
        assert is_kept or not is_unsafe(file.filename)
    other = parse_page(
        b'{"files": [{"filename": "spam-1.0.tar.gz", "url": "x", "hashes": {}}],'
        b'"alternate-locations": ["https://corp.example/simple/spam/"]}',
        content_type=JSON_TYPE,
        repository=Repository(url="https://other.example/simple/"),
        project=SPAM,
        url="https://other.example/simple/spam/",
    )
    assert isinstance(other, ProjectPage)
    judge(SPAM, [Found(page=page), Found(page=other)])
    _select(page, ())
    _select(page, (RULE,))
    return page


def _select(page: ProjectPage, rules: tuple[MappingRule, ...]) -> None:
    origin = Origin(group="corp", repository=CORP.url, page_url=URL, rule="", ruling=Ruling.SOLE)
    admitted = AdmittedPage(
        page=page,
        group=GROUP,
        origin=origin,
        hosts=FileHosts(GROUP, (), strict=bool(rules)),
        rules=rules,
    )
    selection = Selection(SPAM, [admitted], policy=Policy(groups=(GROUP,)), target=LINUX)
    for version in selection.versions:
        chosen = (*selection.release(version).candidates, *selection.admitted(version))
        assert not any(is_unsafe(each.file.filename) for each in chosen)
    selection.rejections()
