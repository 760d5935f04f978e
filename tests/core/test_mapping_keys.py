"""Each key of a mapping file: what a good value comes to, and what is said of a bad one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.maps import NOW, mapping, mapping_with

from xpip.core.facts import ProjectStatus
from xpip.core.policy import Auth, IndexOrder, MappingRule, Merge, PageFormat, RepositoryGroup
from xpip.errors import Reason, UsageError

LATER = {"cooldown": "1d", "no-upload-time": "allow"}
"""A rule that loosens something, so that it may have an end."""


def rule_with(now: datetime = NOW, /, **keys: Any) -> MappingRule:
    """The rule, with these keys beside its own."""
    written = {key.replace("_", "-"): value for key, value in keys.items()}
    return mapping_with(written, now=now).rules[0]


def group_with(keys: dict[str, Any]) -> RepositoryGroup:
    """The repository, with these keys beside its own."""
    return mapping_with({}, keys).groups[0]


def problem(rule: dict[str, Any], repository: dict[str, Any] | None = None) -> str:
    """What is said of these keys."""
    with pytest.raises(UsageError) as caught:
        mapping_with(rule, repository)
    assert caught.value.reference is Reason.MAP_INVALID
    return caught.value.message.removeprefix("The mapping file is not valid: ")


# What a key means


@pytest.mark.parametrize(
    ("key", "value", "field", "meaning"),
    [
        ("terminating", False, "terminating", False),
        ("merge", "declared", "merge", Merge.DECLARED),
        ("merge", "linked", "merge", Merge.LINKED),
        ("order", "index", "order", IndexOrder.INDEX),
        ("order", "version", "order", IndexOrder.VERSION),
        ("on-unusable", "stop", "passes_unusable", False),
        ("cooldown", "7d", "cutoff", NOW - timedelta(days=7)),
        ("cooldown", "2026-01-31", "cutoff", datetime(2026, 1, 31, tzinfo=UTC)),
        ("no-upload-time", "allow", "no_upload_time_allowed", True),
        ("no-upload-time", "error", "no_upload_time_allowed", False),
        ("hashes", "required", "hashes_required", True),
        ("hashes", "optional", "hashes_required", False),
        ("sdist", "deny", "sdists_denied", True),
        ("sdist", "allow", "sdists_denied", False),
        ("status", ["active"], "statuses", {ProjectStatus.ACTIVE}),
        (
            "status",
            ["archived", "deprecated"],
            "statuses",
            {ProjectStatus.ARCHIVED, ProjectStatus.DEPRECATED},
        ),
        ("direct", "allow", "direct_allowed", True),
        ("direct", "deny", "direct_allowed", False),
        ("reason", "because", "reason", "because"),
    ],
)
def test_rule_means_what_its_key_says(key: str, value: Any, field: str, meaning: object) -> None:
    """Semantics 2, the keys of a rule."""
    assert getattr(rule_with(**{key: value}), field) == meaning


def test_rule_without_keys_has_the_defaults() -> None:
    """Semantics 2, the column of defaults: nothing is demanded, and nothing loosened."""
    rule = rule_with()
    plain = MappingRule(
        source=rule.source,
        key_path=rule.key_path,
        declared_at=rule.declared_at,
        patterns=rule.patterns,
        groups=rule.groups,
    )
    assert rule == plain


def test_rule_passes_on_what_cannot_be_used_when_it_passes_names_on() -> None:
    """`on-unusable = "next"` goes together with `terminating = false`."""
    assert rule_with(terminating=False, on_unusable="next").passes_unusable


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_rule_has_a_threshold_up_to_the_number_of_its_repositories(threshold: int) -> None:
    """Semantics 2.3."""
    rule = rule_with(repositories=["corp", "pypi", "x"], threshold=threshold)
    assert rule.threshold == threshold


def test_rule_names_the_publisher_that_must_have_attested() -> None:
    """`identity`: the claims of a PEP 740 publisher, in an order of their own."""
    rule = rule_with(identity={"repository": "spam/spam", "kind": "GitHub"})
    assert rule.identity is not None
    assert rule.identity.claims == (("kind", "GitHub"), ("repository", "spam/spam"))


@pytest.mark.parametrize(
    ("key", "value", "field", "meaning"),
    [
        ("auth", "never", "auth", Auth.NEVER),
        ("auth", "required", "auth", Auth.REQUIRED),
        ("auth", "optional", "auth", Auth.OPTIONAL),
        ("absent-status", [403, 404], "absent_status", {403, 404}),
        ("format", "json", "page_format", PageFormat.JSON),
        ("format", "html", "page_format", PageFormat.HTML),
        ("trust-tracks", False, "trust_tracks", False),
        ("local", "merge", "exclusive", False),
    ],
)
def test_repository_means_what_its_key_says(
    key: str, value: Any, field: str, meaning: object
) -> None:
    """Semantics 2, the keys of a repository."""
    assert getattr(group_with({key: value}), field) == meaning


def test_directory_is_exclusive_when_the_map_says_so() -> None:
    """`local`: a server cannot be, and a file that says so of one is not passed over."""
    assert group_with({"urls": ["./wheels"], "local": "exclusive"}).exclusive
    with pytest.raises(UsageError, match=r"repositories.corp.local: is for directories"):
        group_with({"local": "exclusive"})


@pytest.mark.parametrize(
    "url",
    [
        "https://corp%2eexample/simple/",
        "https://corp.example\\@evil.example/simple/",
        "https://corp .example/simple/",
        "https://corp.exam\nple/simple/",
        "https://corp.example/simple/\0",
        "https://fa\u00df.example/simple/",
        "https://corp.example/${XPIP_MAP_TEAM/simple/",
        "./wheels\0",
    ],
)
def test_url_that_two_programs_read_in_two_ways_is_refused(url: str) -> None:
    """What is asked has to be what the user reads."""
    with pytest.raises(UsageError, match=r"repositories.corp.urls\[0\]: "):
        group_with({"urls": [url]})


@pytest.mark.parametrize("host", ["${HOST}", "files%2eexample", "fa\u00df.example"])
def test_file_host_that_is_none_is_refused(host: str) -> None:
    """It would never match, or match another."""
    with pytest.raises(UsageError, match=r"repositories.corp.file-hosts\[0\]: "):
        group_with({"file-hosts": [host]})


def test_repository_is_asked_without_encryption_only_where_the_map_says_so() -> None:
    """`insecure`; loopback needs no leave, since nobody else can listen there."""
    plain = {"urls": ["http://corp.example/simple/"]}
    assert "repositories.corp.urls[0]: is not encrypted" in problem({}, plain)
    assert group_with({**plain, "insecure": True}).canonical.url == plain["urls"][0]
    loopback = {"urls": ["http://127.0.0.1:8080/simple/"]}
    assert group_with(loopback).canonical.url == loopback["urls"][0]


# What may not stand there


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"order": "best"}, "mapping[0].order: must be one of 'version', 'index'"),
        ({"merge": "yes"}, "mapping[0].merge: must be one of 'declared', 'linked'"),
        ({"on-unusable": "skip"}, "mapping[0].on-unusable: must be one of 'stop', 'next'"),
        ({"on-unusable": "next"}, 'mapping[0].on-unusable: "next" needs `terminating = false`'),
        ({"threshold": "2"}, "mapping[0].threshold: must be an integer"),
        ({"threshold": True}, "mapping[0].threshold: must be an integer"),
        ({"threshold": 0}, "mapping[0].threshold: must be 1 or more"),
        ({"threshold": -1}, "mapping[0].threshold: must be 1 or more"),
        ({"threshold": 2}, "mapping[0].threshold: needs as many repositories; the rule lists 1"),
        (
            {"threshold": 2, "repositories": ["corp", "x"], "order": "index"},
            'mapping[0].threshold: `order = "index"` takes files from one repository',
        ),
        ({"cooldown": "soon"}, "mapping[0].cooldown: 'soon' is neither an age"),
        ({"cooldown": 7}, "mapping[0].cooldown: must be a string"),
        ({"no-upload-time": "ok"}, "mapping[0].no-upload-time: must be one of 'error', 'allow'"),
        ({"hashes": True}, "mapping[0].hashes: must be a string"),
        ({"hashes": "none"}, "mapping[0].hashes: must be one of 'optional', 'required'"),
        ({"sdist": "build"}, "mapping[0].sdist: must be one of 'allow', 'deny'"),
        ({"status": "active"}, 'mapping[0].status: must be a list: status = ["active"]'),
        ({"status": []}, "mapping[0].status: at least one status is needed"),
        ({"status": ["active", "gone"]}, "mapping[0].status[1]: must be one of 'active'"),
        ({"status": ["active", 1]}, "mapping[0].status[1]: must be one of 'active'"),
        ({"status": ["quarantined"]}, "mapping[0].status[0]: a quarantined project offers no"),
        ({"direct": True}, "mapping[0].direct: must be a string"),
        ({"direct": "yes"}, "mapping[0].direct: must be one of 'deny', 'allow'"),
        ({"identity": "GitHub"}, "mapping[0].identity: must be a table"),
        ({"identity": {}}, "mapping[0].identity.kind: is needed"),
        ({"identity": {"repository": "a/b"}}, "mapping[0].identity.kind: is needed"),
        ({"identity": {"kind": ""}}, "mapping[0].identity.kind: must be a string"),
        (
            {"identity": {"kind": "GitHub", "repository": 1}},
            "mapping[0].identity.repository: must be a string",
        ),
        ({"reason": 1}, "mapping[0].reason: must be a string"),
        ({"enforced": "yes"}, "mapping[0].enforced: must be true or false"),
        ({**LATER, "until": "whenever"}, "mapping[0].until: 'whenever' is not a date"),
        ({**LATER, "until": "7d"}, "mapping[0].until: '7d' is not a date"),
        ({**LATER, "until": 2027}, "mapping[0].until: must be a string"),
    ],
)
def test_rule_is_refused_with_the_key_path_of_what_is_wrong(
    rule: dict[str, Any], expected: str
) -> None:
    """Semantics 2.2: nothing is taken for something near it."""
    assert problem(rule).startswith(expected)


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ({"auth": "yes"}, "repositories.corp.auth: must be one of 'optional', 'required', 'never'"),
        ({"insecure": 1}, "repositories.corp.insecure: must be true or false"),
        ({"trust-tracks": "no"}, "repositories.corp.trust-tracks: must be true or false"),
        ({"local": "only"}, "repositories.corp.local: must be one of 'merge', 'exclusive'"),
        ({"absent-status": 403}, "repositories.corp.absent-status: must be a list"),
        ({"absent-status": [404, 401]}, "repositories.corp.absent-status[1]: must be a 4xx"),
        ({"absent-status": [407]}, "repositories.corp.absent-status[0]: must be a 4xx"),
        ({"absent-status": [408]}, "repositories.corp.absent-status[0]: must be a 4xx"),
        ({"absent-status": [500]}, "repositories.corp.absent-status[0]: must be a 4xx"),
        ({"enforced": "yes"}, "repositories.corp.enforced: must be true or false"),
    ],
)
def test_repository_is_refused_with_the_key_path_of_what_is_wrong(
    repository: dict[str, Any], expected: str
) -> None:
    """Semantics 2.2."""
    assert problem({}, repository).startswith(expected)


# `until`


@pytest.mark.parametrize(
    "loosening",
    [
        {"merge": "declared"},
        {"terminating": False, "on-unusable": "next"},
        {"no-upload-time": "allow"},
        {"direct": "allow"},
    ],
)
def test_loosening_is_refused_when_its_time_is_over(loosening: dict[str, Any]) -> None:
    """`until`: what lets in more than its absence would may have an end, and then has it."""
    said = problem({**loosening, "until": "2026-11-20"})
    assert said.startswith("mapping[0].until: ")
    assert "was allowed until 2026-11-20, and is over" in said
    assert all(key in said for key in loosening if key != "terminating")


def test_rule_that_loosens_nothing_may_not_have_an_end() -> None:
    """Else a demand would seem to end some day."""
    said = problem({"hashes": "required", "until": "2027-01-01"})
    assert said == "mapping[0].until: there is nothing in this rule that it could end"


END_OF_DAY = datetime(2026, 11, 22, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-11-21", END_OF_DAY),
        ("20261121", END_OF_DAY),
        ("2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12:00:00+02:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T12:00", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("20261121T120000Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12", datetime(2026, 11, 21, 12, tzinfo=UTC)),
    ],
)
def test_loosening_holds_to_the_end_of_a_day_or_to_a_moment(until: str, end: datetime) -> None:
    """A day is meant as a whole; a time is meant as it stands; both are UTC unless they say."""
    assert rule_with(end - INSTANT, **LATER, until=until).no_upload_time_allowed
    with pytest.raises(UsageError, match="is over"):
        rule_with(end, **LATER, until=until)


def test_loosening_may_hold_to_the_last_day_there_is() -> None:
    """Many write it for "for ever"."""
    assert rule_with(**LATER, until="9999-12-31").no_upload_time_allowed


@pytest.mark.parametrize(
    "until", ["2026-11-21", '"2026-11-21"', "2026-11-21T23:00:00Z", '"2026-11-21T23:00:00Z"']
)
def test_toml_may_write_a_date_with_or_without_quotation_marks(until: str) -> None:
    """TOML has dates of its own, JSON has strings."""
    written = '[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\ndirect = "allow"\n'
    assert mapping(f"{written}until = {until}").rules[0].direct_allowed


def test_toml_may_write_a_cooldown_as_a_date() -> None:
    """The same point in time, and the same digest."""
    written = '[[mapping]]\npaths = ["spam"]\nrepositories = ["corp"]\ncooldown = '
    bare, text = mapping(f"{written}2026-01-31"), mapping(f'{written}"2026-01-31"')
    assert bare.rules[0].cutoff == text.rules[0].cutoff == datetime(2026, 1, 31, tzinfo=UTC)
    assert bare.digest == text.digest
