"""What today's mapping file says to an entry of a lock, before anything is fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.maps import mapping_with

from xpip.core.decisions import Ruling
from xpip.core.facts import File, Hash, Repository
from xpip.core.lockfile.judging import Judged, judge_entry, required_origin
from xpip.core.lockfile.selected import Entry
from xpip.core.policy import Policy, RepositoryGroup
from xpip.errors import ExitCode, PolicyError, Reason, XpipError

CORP = "https://corp.example/simple/"
PYPI = "https://pypi.example/simple/"
SPAM = File(
    filename="spam-1.0-py3-none-any.whl",
    url="https://corp.example/files/spam-1.0-py3-none-any.whl",
    hashes=(Hash("sha256", "f" * 64),),
    upload_time=datetime(2026, 1, 1, tzinfo=UTC),
)


def entry(index: str | None = CORP, project: str = "spam", **file: Any) -> Entry:
    """An entry of a lock: spam 1.0 from corp, its file changed in these ways."""
    return Entry(
        project=canonicalize_name(project),
        place="pylock.toml packages[0]",
        version=Version("1.0"),
        index=index,
        file=replace(SPAM, **file),
        is_beside=file.get("url", "").startswith("file:"),
    )


def ruled(given: Entry, repository: dict[str, Any] | None = None, **rule: Any) -> Any:
    """The entry under a map that routes spam to corp."""
    made = mapping_with({key.replace("_", "-"): value for key, value in rule.items()}, repository)
    return judge_entry(given, Policy(groups=made.groups, map=made))


def unruled(given: Entry, *urls: str) -> Any:
    """The entry without a map, with these repositories in use."""
    groups = tuple(
        RepositoryGroup(name=url, mirrors=(Repository(url=url),), declared_at="--index-url")
        for url in urls
    )
    return judge_entry(given, Policy(groups=groups))


def test_an_entry_is_locked_when_its_rule_owns_index_and_file() -> None:
    """The origin says rule, place in the lock, and the group's canonical URL."""
    judged = ruled(entry())

    assert isinstance(judged, Judged)
    assert judged.unproven is None
    origin = judged.candidate.origin
    assert (origin.group, origin.repository, origin.ruling) == ("corp", CORP, Ruling.LOCKED)
    assert "mapping[0]" in origin.rule
    assert origin.rule.endswith("pylock.toml packages[0]")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (entry(index=PYPI), "pypi.example/simple"),
        (entry(index="https://corp.example/simple/other/"), "other"),
        (entry(index="http://corp.example/simple/"), "http:"),
        (entry(url="https://evil.example/spam-1.0-py3-none-any.whl"), "evil.example"),
        (entry(index=None, url="https://evil.example/spam-1.0-py3-none-any.whl"), "evil.example"),
        (entry(url="https://pypi.example/simple/spam-1.0-py3-none-any.whl"), "pypi.example"),
        (entry(index=PYPI, url="file:///project/spam-1.0-py3-none-any.whl"), "pypi.example"),
    ],
)
def test_an_entry_is_refused_when_its_rule_does_not_own_index_or_file(
    given: Entry, told: str
) -> None:
    """4.4: a stranger's index, or a stranger's host under the right index."""
    error = ruled(given)

    assert isinstance(error, PolicyError)
    assert error.reference is Reason.LOCK_ORIGIN_MISMATCH
    assert told in error.message
    assert error.context[0] == "pylock.toml packages[0]"
    assert any("corp" in line and "mapping[0]" in line for line in error.context)


def test_an_entry_may_lie_on_a_file_host_and_name_a_mirror() -> None:
    """What the group owns is all of its mirrors, and the hosts that it keeps files at."""
    repository = {
        "urls": [CORP, "https://eu.corp.example/simple/"],
        "file-hosts": ["cdn.example/corp"],
    }
    given = entry(
        index="https://EU.corp.example/simple", url=f"https://cdn.example/corp/{SPAM.filename}"
    )

    judged = ruled(given, repository)

    assert isinstance(judged, Judged)
    assert judged.candidate.origin.repository == CORP


def test_an_entry_is_refused_when_its_name_is_denied_or_no_rule_speaks_of_it() -> None:
    """The name is routed as every name is: by its own reasons."""
    denied = ruled(entry(), repositories=[])
    unknown = ruled(entry(project="eggs"))

    assert (denied.reference, unknown.reference) == (Reason.DENIED, Reason.NO_RULE)


def test_an_entry_without_an_index_is_unproven_even_on_the_right_host() -> None:
    """Its host may hold others' files: `--require-origin` refuses it."""
    judged = ruled(entry(index=None))

    assert judged.candidate.origin.ruling is Ruling.UNPROVEN
    assert judged.candidate.origin.group == "corp"
    (error,) = required_origin([judged])
    assert error.reference is Reason.LOCK_ORIGIN_MISMATCH


def test_a_file_beside_the_lock_needs_its_page_to_speak_for_it_under_a_rule() -> None:
    """A path shows no right to a name: the promise under a mapping file."""
    judged = ruled(entry(url="file:///project/spam-1.0-py3-none-any.whl"))

    assert judged.asks_page


def test_a_file_in_a_directory_that_may_speak_for_it_needs_no_index() -> None:
    """The directory itself shows whose it is; a file beside the directory does not."""
    repository = {"urls": ["file:///project/wheels/"]}

    inside = ruled(entry(index=None, url="file:///project/wheels/a.whl"), repository)
    outside = ruled(entry(index=None, url="file:///project/wheels-2/a.whl"), repository)

    assert inside.unproven is None
    assert not inside.asks_page
    assert outside.asks_page


@pytest.mark.parametrize(
    ("demand", "changes", "reason"),
    [
        ({"cooldown": "2025-12-31"}, {}, Reason.COOLDOWN),
        ({"cooldown": "7d"}, {"upload_time": None}, Reason.NO_UPLOAD_TIME),
        ({}, {"hashes": ()}, Reason.HASH_MISSING),
        (
            {"sdist": "deny"},
            {"filename": "spam-1.0.tar.gz", "url": "https://corp.example/spam-1.0.tar.gz"},
            Reason.NO_CANDIDATE,
        ),
    ],
)
def test_an_entry_meets_the_demands_that_a_lock_can_answer(
    demand: dict[str, Any], changes: dict[str, Any], reason: Reason
) -> None:
    """4.6: what the lock does not say is unknown, and a demand that needs it is not met."""
    error = ruled(entry(**changes), **demand)

    assert isinstance(error, XpipError)
    assert error.reference is reason
    assert error.exit_code is (
        ExitCode.UNRESOLVED if reason is Reason.NO_CANDIDATE else ExitCode.REFUSED
    )


@pytest.mark.parametrize(
    "demand",
    [
        {"status": ["active"]},
        {"repositories": ["corp", "x"], "threshold": 2},
        {"identity": {"kind": "GitHub", "repository": "corp/spam"}},
    ],
)
def test_a_demand_that_no_lock_can_answer_asks_the_page(demand: dict[str, Any]) -> None:
    """Who else lists a file, a project's status, a publisher: never taken for granted."""
    judged = ruled(entry(), **demand)

    assert isinstance(judged, Judged), judged
    assert judged.asks_page


@pytest.mark.parametrize(
    ("given", "urls", "doubt"),
    [
        (entry(), [CORP], None),
        (entry(), [PYPI, CORP], None),
        (entry(), [PYPI], "none of the repositories in use"),
        (entry(index=None), [CORP], "names no index"),
        (entry(index=None), [PYPI], "names no index"),
        (entry(url="https://cdn.example/spam-1.0-py3-none-any.whl"), [CORP], "cdn.example"),
        (entry(url="file:///project/spam-1.0-py3-none-any.whl"), [CORP], "beside the lock"),
        (entry(), [], "none of the repositories in use"),
    ],
)
def test_without_a_map_an_entry_stands_on_its_hashes_where_its_origin_is_not_shown(
    given: Entry, urls: list[str], doubt: str | None
) -> None:
    """Semantics 8: index in use and file at its place, or `unproven`."""
    judged = unruled(given, *urls)

    assert isinstance(judged, Judged), judged
    if doubt is None:
        assert judged.unproven is None
        assert judged.candidate.origin.repository == CORP
    else:
        assert judged.unproven is not None
        assert doubt in judged.unproven
        assert judged.candidate.origin.ruling is Ruling.UNPROVEN
