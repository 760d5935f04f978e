"""The digest of a mapping file: it changes with what the file means, and with nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.support.maps import NOW, mapping_with


def digest(rule: dict[str, Any], repository: dict[str, Any] | None = None) -> str:
    """Of the map with these keys."""
    return mapping_with(rule, repository).digest


TWO = {"repositories": ["corp", "x"]}
PASSING = {"terminating": False}


@pytest.mark.parametrize(
    ("before", "key"),
    [
        ({}, {"paths": ["eggs"]}),
        ({}, {"paths": [], "namespace": ["spam"]}),
        ({}, {"repositories": ["x"]}),
        ({}, {"repositories": []}),
        ({}, {"terminating": False}),
        ({}, {"merge": "declared"}),
        ({"merge": "declared"}, {"merge": "linked"}),
        ({}, {"order": "index"}),
        (PASSING, {"on-unusable": "next"}),
        (TWO, {"repositories": ["x", "corp"]}),
        (TWO, {"threshold": 2}),
        ({}, {"cooldown": "7d"}),
        ({}, {"no-upload-time": "allow"}),
        ({}, {"hashes": "required"}),
        ({}, {"sdist": "deny"}),
        ({}, {"status": ["active"]}),
        # Which needs pages that can say a status.
        ({}, {"status": ["active", "archived", "deprecated"]}),
        ({}, {"direct": "allow"}),
        ({}, {"identity": {"kind": "GitHub"}}),
        ({"identity": {"kind": "GitHub"}}, {"identity": {"kind": "GitLab"}}),
        ({}, {"enforced": True}),
    ],
)
def test_digest_changes_with_each_key_of_a_rule(
    before: dict[str, Any], key: dict[str, Any]
) -> None:
    """A lock says under which map it was made."""
    assert digest({**before, **key}) != digest(before)


@pytest.mark.parametrize(
    "repository",
    [
        {"urls": ["https://other.example/simple/"]},
        {"urls": ["https://corp.example/simple/", "https://eu.corp.example/simple/"]},
        {"auth": "required"},
        {"auth": "never"},
        {"file-hosts": ["files.example"]},
        {"absent-status": [404]},
        {"format": "json"},
        {"trust-tracks": False},
    ],
)
def test_digest_changes_with_each_key_of_a_repository(repository: dict[str, Any]) -> None:
    """What changes which files are taken changes it."""
    assert digest({}, repository) != digest({})


def test_digest_changes_with_what_an_exclusive_directory_says() -> None:
    """Names that are found there go nowhere else."""
    directory = {"urls": ["./wheels"]}
    assert digest({}, {**directory, "local": "exclusive"}) != digest({}, directory)


@pytest.mark.parametrize(
    ("rule", "repository"),
    [
        ({"paths": ["SPAM"]}, {}),
        ({"repositories": ["CORP"]}, {}),
        ({"reason": "because"}, {}),
        ({"threshold": 1, "terminating": True, "order": "version", "on-unusable": "stop"}, {}),
        ({"hashes": "optional", "sdist": "allow", "direct": "deny"}, {}),
        ({"no-upload-time": "error", "enforced": False}, {}),
        ({}, {"urls": ["https://CORP.example:443/simple"]}),
        ({}, {"auth": "optional", "file-hosts": [], "absent-status": [410, 404]}),
        ({}, {"format": "auto", "trust-tracks": True, "local": "merge", "insecure": False}),
    ],
)
def test_digest_does_not_change_with_spelling(
    rule: dict[str, Any], repository: dict[str, Any]
) -> None:
    """Defaults that are written out, other spellings of names and URLs, words for people."""
    assert digest(rule, repository) == digest({})


def test_digest_does_not_change_with_the_order_of_what_has_none() -> None:
    """Statuses, file hosts, and the claims of an identity are sets."""
    one = {"status": ["active", "archived"], "identity": {"kind": "GitHub", "repository": "a/b"}}
    other = {"status": ["archived", "active"], "identity": {"repository": "a/b", "kind": "GitHub"}}
    hosts = ["a.example", "b.example"]
    assert digest(one, {"file-hosts": hosts}) == digest(other, {"file-hosts": hosts[::-1]})


def test_digest_does_not_change_with_the_day_it_is_read_on() -> None:
    """`7d` means another time each day, and the same thing."""
    tomorrow = mapping_with({"cooldown": "7d"}, now=NOW + timedelta(days=1))
    assert tomorrow.digest == digest({"cooldown": "7d"})
