"""What `direct_url.json` says, and the line that asks for the same again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from packaging.direct_url import DirectUrl
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.declarations import parse_wanted
from xpip.core.direct_records import (
    UnreadableRecord,
    frozen,
    is_editable,
    read_direct_url,
    shown_place,
)
from xpip.core.direct_requests import DirectRequest

SPAM, ONE = canonicalize_name("spam"), Version("1.0")
COMMIT, DIGEST = "a" * 40, "cd" * 32
GIT: dict[str, Any] = {
    "url": "https://git.example/spam.git",
    "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"},
}
ARCHIVE: dict[str, Any] = {
    "url": "https://files.example/spam.zip",
    "archive_info": {"hashes": {"sha256": DIGEST}},
}
EDITABLE: dict[str, Any] = {"url": "file:///src/my%20spam", "dir_info": {"editable": True}}
DIRECTORY: dict[str, Any] = {"url": "file:///src/spam", "dir_info": {}}


def read(record: object) -> DirectUrl | UnreadableRecord:
    return read_direct_url(json.dumps(record).encode())


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (GIT, f"spam @ git+https://git.example/spam.git@{COMMIT}"),
        (
            {**GIT, "subdirectory": "src/spam"},
            f"spam @ git+https://git.example/spam.git@{COMMIT}#subdirectory=src/spam",
        ),
        (ARCHIVE, f"spam @ https://files.example/spam.zip#sha256={DIGEST}"),
        (
            {**ARCHIVE, "subdirectory": "lib"},
            f"spam @ https://files.example/spam.zip#subdirectory=lib&sha256={DIGEST}",
        ),
        (
            {"url": "https://files.example/spam.zip", "archive_info": {}},
            "spam @ https://files.example/spam.zip",
        ),
        (DIRECTORY, "spam @ file:///src/spam"),
        (EDITABLE, "-e file:///src/my%20spam  # spam==1.0"),
    ],
)
def test_frozen_line_asks_for_the_same_place(record: dict[str, Any], line: str) -> None:
    """A commit, a hash and a subdirectory are part of what it asks for."""
    assert frozen(SPAM, ONE, read(record)) == line


def test_frozen_line_names_the_version_when_there_is_no_record() -> None:
    """It came by its name."""
    assert frozen(SPAM, ONE, None) == "spam==1.0"


@pytest.mark.parametrize("record", [GIT, ARCHIVE, DIRECTORY, EDITABLE])
def test_frozen_line_is_read_back_as_the_same_place(record: dict[str, Any]) -> None:
    """By xpip itself."""
    line = frozen(SPAM, ONE, read(record)).partition("  #")[0]
    editable = line.startswith("-e ")
    wanted = parse_wanted(line.removeprefix("-e "), directory="/", editable=editable)
    assert isinstance(wanted, DirectRequest)
    assert (wanted.url, wanted.editable) == (record["url"], editable)
    assert wanted.revision == (COMMIT if record is GIT else None)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://me:secret@files.example/spam.zip", "https://files.example/spam.zip"),
        ("https://token@files.example/spam.zip", "https://files.example/spam.zip"),
        ("https://${TOKEN}@files.example/spam.zip", "https://${TOKEN}@files.example/spam.zip"),
        ("ssh://git@git.example/spam", "ssh://git@git.example/spam"),
        ("ssh://me@git.example/spam", "ssh://me@git.example/spam"),
        ("ssh://me:secret@git.example/spam", "ssh://git.example/spam"),
        ("https://a:${TOKEN}@x.example/spam.zip", "https://x.example/spam.zip"),
    ],
)
def test_frozen_line_holds_no_secrets(url: str, kept: str) -> None:
    """Other tools may have written one; a variable is none, nor is the user name of ssh."""
    record = {"url": url, "archive_info": {}}
    assert frozen(SPAM, ONE, read(record)) == f"spam @ {kept}"


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"url": "x"}', b"[" * 9999, b'{"url": "https://[", "archive_info": {}}'],
)
def test_record_is_unreadable_when_it_breaks_the_standard(raw: bytes) -> None:
    """Then it came from a place that nobody knows; its name alone would mean another thing."""
    record = read_direct_url(raw)
    assert isinstance(record, UnreadableRecord)
    assert frozen(SPAM, ONE, record).startswith("# spam==1.0: direct_url.json")
    assert "\n" not in frozen(SPAM, ONE, record)


def test_only_a_directory_can_be_editable() -> None:
    """And only if its record says so."""
    assert is_editable(read(EDITABLE))
    assert not any(map(is_editable, (read(DIRECTORY), read(GIT), None, read({}))))


def test_shown_place_holds_the_commit_and_no_secrets() -> None:
    """Fit for a terminal."""
    record = read({**GIT, "url": "https://me:secret@git.example/spam?token=1"})
    assert isinstance(record, DirectUrl)
    assert shown_place(record) == f"git+https://git.example/spam?…@{COMMIT}"
