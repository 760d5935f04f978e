"""Where an installed distribution came from, in words."""

from __future__ import annotations

import json

import pytest
from tests.support.distributions import distribution

from xpip.core.direct_records import UnreadableRecord, read_direct_url
from xpip.core.facts import RecordedOrigin
from xpip.core.reporting.distributions import origin_text
from xpip.core.reporting.inspection import metadata_data
from xpip.core.reporting.records import read_origin


def recorded(group: str, repository: str) -> RecordedOrigin:
    return RecordedOrigin(repository=repository, page_url=f"{repository}spam/", group=group)


@pytest.mark.parametrize(
    ("group", "repository", "text"),
    [
        ("corp", "https://pkgs.example/simple/", "corp (pkgs.example)"),
        ("pkgs.example/a/simple/", "https://pkgs.example/a/simple/", "pkgs.example/a/simple"),
        ("shelf", "file:///srv/my%20wheels", "shelf (/srv/my wheels)"),
        ("", "https://me:secret@pkgs.example/simple/", "(pkgs.example)"),
    ],
)
def test_origin_is_the_repository_that_xpip_recorded(
    group: str, repository: str, text: str
) -> None:
    """By the name it has in the mapping file, and its host."""
    assert origin_text(distribution("spam", origin=recorded(group, repository)), None) == text


def test_origin_is_unknown_when_another_tool_installed_it() -> None:
    """It is said which, where that is known."""
    assert origin_text(distribution("spam", installer="pip"), None) == "unknown (installed by pip)"
    assert origin_text(distribution("spam"), None) == "unknown"


def test_origin_is_unknown_when_its_record_cannot_be_read() -> None:
    """Xpip's own, or that of a direct reference."""
    spam = distribution("spam", installer="xpip", origin=read_origin(b"{"))
    assert origin_text(spam, None) == "unknown (xpip_origin.json cannot be read)"
    assert origin_text(spam, UnreadableRecord(detail="why")) == "unknown (why)"


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            {"url": "file:///src/my%20spam", "dir_info": {"editable": True}},
            "editable: /src/my spam",
        ),
        ({"url": "file:///src/spam.whl", "archive_info": {}}, "direct: /src/spam.whl"),
        (
            {"url": "https://a:b@x.example/s.zip?t=1", "archive_info": {}},
            "direct: https://x.example/s.zip?…",
        ),
        (
            {
                "url": "https://x.example/s",
                "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "main"},
            },
            "direct: git+https://x.example/s@abc",
        ),
    ],
)
def test_origin_is_the_place_that_was_asked_for(record: object, text: str) -> None:
    """PEP 610, whoever wrote it; a path as people write paths."""
    direct = read_direct_url(json.dumps(record).encode())
    assert origin_text(distribution("spam", installer="uv"), direct) == text


def test_metadata_as_data_has_the_keys_of_pips_reports() -> None:
    """PEP 566: hyphens become underscores, what may come again is a list."""
    raw = (
        b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\nRequires-Dist: eggs\n"
        b"Classifier: A\nProject-URL: Home, https://spam.example/\nX-Odd: yes\n"
    )
    assert metadata_data(raw) == {
        "metadata_version": "2.1",
        "name": "spam",
        "version": "1.0",
        "requires_dist": ["eggs"],
        "classifier": ["A"],
        "project_url": ["Home, https://spam.example/"],
        "x_odd": ["yes"],
    }
