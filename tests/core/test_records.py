"""What is written beside a distribution about where it came from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from tests.support.stage import Stage

from xpip.core.decisions import Candidate
from xpip.core.facts import Hash, RecordedOrigin
from xpip.core.reporting.records import (
    ORIGIN,
    PROVENANCE,
    UNREADABLE,
    origin_records,
    read_origin,
)

DIGEST = "cd" * 32
NOW = datetime(2026, 1, 31, 12, 30, 0, 999, tzinfo=UTC)


def candidate_of(**listed: Any) -> Candidate:
    stage = Stage()
    stage.repository("corp").has("spam", "1.0", **listed)
    candidate = next(stage.find("spam").selection.matching(SpecifierSet()))
    assert isinstance(candidate, Candidate)
    return candidate


def records_of(candidate: Candidate) -> dict[str, Any]:
    records = origin_records(candidate, sha256=DIGEST, map_digest="ef" * 32, now=NOW)
    return {name: json.loads(content) for name, content in records.items()}


def test_records_give_provenance_with_exactly_the_two_keys_of_pep_710() -> None:
    """The file's URL, and the hash of what was installed."""
    assert records_of(candidate_of())[PROVENANCE] == {
        "url": "https://corp.example/simple/files/spam-1.0-py3-none-any.whl",
        "archive_info": {"hashes": {"sha256": DIGEST}},
    }


def test_records_give_the_origin_as_it_was_decided() -> None:
    """Group, repository, page, rule and ruling, and when."""
    candidate = candidate_of()
    assert records_of(candidate)[ORIGIN] == {
        "schema": 1,
        "group": "corp",
        "repository": "https://corp.example/simple/",
        "page_url": "https://corp.example/simple/spam/",
        "file_url": "https://corp.example/simple/files/spam-1.0-py3-none-any.whl",
        "hashes": {"sha256": DIGEST},
        "map_digest": "ef" * 32,
        "rule": candidate.origin.rule,
        "ruling": "sole",
        "time": "2026-01-31T12:30:00+00:00",
    }


def test_records_hold_no_credentials_and_no_query() -> None:
    """They stay on disk for years."""
    candidate = candidate_of(url="https://user:hunter2@corp.example/spam.whl?token=swordfish")
    written = b"".join(origin_records(candidate, sha256=DIGEST, map_digest=None, now=NOW).values())
    assert b"https://corp.example/spam.whl" in written
    assert b"hunter2" not in written
    assert b"swordfish" not in written


def test_records_are_equal_bytes_when_nothing_differs() -> None:
    """Two installations of one file at one time write the same."""
    first, second = (
        origin_records(candidate_of(), sha256=DIGEST, map_digest=None, now=NOW) for _ in range(2)
    )
    assert first == second


def test_origin_is_read_back_as_it_was_written() -> None:
    """All that `inspect` shows."""
    candidate = candidate_of()
    records = origin_records(candidate, sha256=DIGEST, map_digest="ef" * 32, now=NOW)
    assert read_origin(records[ORIGIN]) == RecordedOrigin(
        repository="https://corp.example/simple/",
        page_url="https://corp.example/simple/spam/",
        group="corp",
        file_url="https://corp.example/simple/files/spam-1.0-py3-none-any.whl",
        hashes=(Hash("sha256", DIGEST),),
        rule=candidate.origin.rule,
        ruling="sole",
        map_digest="ef" * 32,
        time="2026-01-31T12:30:00+00:00",
    )


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"schema": 2}', b'{"schema": 1}'])
def test_origin_that_cannot_be_read_is_that_of_no_known_repository(raw: bytes) -> None:
    """So that nothing continues it."""
    assert read_origin(raw).repository == UNREADABLE
