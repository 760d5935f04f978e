"""What a run that may not go on says: all of it, with evidence, and without secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.support.maps import mapping, rule
from tests.support.memory import MemoryRepository
from tests.support.stage import Stage

from xpip.core.continuity import OriginChange
from xpip.core.facts import Hash, InvalidMetadata, Layout, ProjectStatus
from xpip.core.reporting.refusals import errors_of, origin_changed
from xpip.errors import ExitCode, Reason, XpipError

SECRET = "https://user:hunter2@corp.example/simple/spam/?token=swordfish"


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def pypi(stage: Stage) -> MemoryRepository:
    return stage.repository("pypi")


def errors_on(stage: Stage, *requirements: str) -> tuple[XpipError, ...]:
    return errors_of(stage.resolve(*requirements), stage.policy, stage.target)


def error_on(stage: Stage, *requirements: str) -> XpipError:
    (error,) = errors_on(stage, *requirements)
    return error


def text_of(error: XpipError) -> str:
    """All that people and programs are told."""
    return "\n".join([error.message, *error.context, error.hint or "", str(error.data)])


def in_conflict(stage: Stage, *projects: str) -> None:
    for name in ("pypi", "corp"):
        for project in projects:
            stage.repository(name).has(project, "1.0")


def test_nothing_is_refused_when_the_resolution_stands(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """No error without a reason."""
    pypi.has("spam", "1.0")
    assert errors_on(stage, "spam") == ()


# Collisions


def test_collision_is_refused_with_exit_code_3(stage: Stage) -> None:
    """A script must not retry past it."""
    in_conflict(stage, "spam")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.COLLISION, ExitCode.REFUSED)


def in_columns(evidence: str, url: str, name: str) -> str:
    return f"  {evidence:<36} {url}  (--extra-index-url {name})"


def test_collision_shows_every_repository_with_its_evidence(stage: Stage) -> None:
    """What each one answered, where it was declared, and what its metadata says."""
    stage.repository("pypi").has("spam", "1.0").has("spam", "1.5")
    corp = stage.repository("corp").has("spam", "99.0")
    corp.says("spam", tracks=("https://elsewhere.example/simple/spam/",))
    stage.repository("third").lacks("spam", "status 410")
    stage.repository("wheelhouse", local=True).has("spam", "0.9")
    assert error_on(stage, "spam").context == (
        "spam",
        in_columns("2 files, newest version 1.5", "https://pypi.example/simple/", "pypi"),
        in_columns("1 file, newest version 99.0", "https://corp.example/simple/", "corp"),
        "      tracks https://elsewhere.example/simple/spam/",
        in_columns("does not have it (status 410)", "https://third.example/simple/", "third"),
        in_columns("1 file, newest version 0.9", "file:///wheels/wheelhouse", "wheelhouse"),
    )


def test_collision_gives_its_evidence_as_data(stage: Stage) -> None:
    """The same for `--json`."""
    in_conflict(stage, "spam")
    other = "https://pypi.example/simple/spam/"
    stage.repository("corp").says("spam", alternate_locations=(other,))
    data: Any = error_on(stage, "spam").data
    (conflict,) = data["conflicts"]
    assert conflict["project"] == "spam"
    assert conflict["repositories"][1] == {
        "url": "https://corp.example/simple/",
        "content_type": "",
        "declared_at": "--extra-index-url corp",
        "files": 1,
        "newest_version": "1.0",
        "tracks": [],
        "alternate_locations": [other],
    }


def test_collision_reports_all_names_of_a_run_at_once(stage: Stage) -> None:
    """Nobody has to settle ten names in ten runs."""
    in_conflict(stage, "spam", "eggs", "ham")
    error = error_on(stage, "spam", "eggs", "ham")
    assert error.message.startswith("3 projects are on several repositories")
    assert {"spam", "eggs", "ham"} <= set(error.context)


def test_collision_offers_one_alternative_for_each_repository(stage: Stage) -> None:
    """None is preferred: xpip cannot know the rightful owner."""
    in_conflict(stage, "spam")
    hint = error_on(stage, "spam").hint or ""
    assert "if https://pypi.example/simple/ is right:" in hint.splitlines()
    assert "if https://corp.example/simple/ is right:" in hint.splitlines()
    assert "--unsafe-merge NAME" in hint


def test_collision_offers_no_repository_that_has_no_file(stage: Stage) -> None:
    """A hint is an action that can work."""
    in_conflict(stage, "spam")
    stage.repository("empty").says("spam")
    hint = error_on(stage, "spam").hint or ""
    assert "if https://empty.example/simple/ is right:" not in hint.splitlines()


def test_collision_offers_no_page_of_links(stage: Stage) -> None:
    """It has no page for each project, so that no mapping file can hold it."""
    stage.repository("pypi").has("spam", "1.0")
    url = "https://links.example/wheels.html"
    stage.repository("links", url, layout=Layout.FLAT).has("spam", "1.0")
    error = error_on(stage, "spam")
    assert in_columns("1 file, newest version 1.0", url, "links") in error.context
    assert url not in (error.hint or "")


def test_collision_on_an_abandoned_branch_is_refused(stage: Stage) -> None:
    """The resolver went around it; the user is told all the same."""
    in_conflict(stage, "eggs")
    stage.repository("pypi").has("spam", "2.0", requires=["eggs>=9"]).has("spam", "1.0")
    assert error_on(stage, "spam").reference is Reason.COLLISION


def test_collision_hides_no_further_error(stage: Stage, pypi: MemoryRepository) -> None:
    """Everything that went wrong is told, the refusal first."""
    in_conflict(stage, "spam")
    pypi.has("ham", "1.0")
    references = [error.reference for error in errors_on(stage, "spam", "ham>=2")]
    assert references == [Reason.COLLISION, Reason.NO_CANDIDATE]


def test_collision_is_not_called_an_impasse_too(stage: Stage) -> None:
    """A version that only the refused repository has is no news of its own."""
    in_conflict(stage, "spam")
    assert error_on(stage, "spam>=9").reference is Reason.COLLISION


# Other refusals


def test_quarantine_is_refused_with_exit_code_3(stage: Stage, pypi: MemoryRepository) -> None:
    """With the reason that the repository gives, and under its own code."""
    pypi.says("spam", status=ProjectStatus.QUARANTINED, status_reason="malware")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.QUARANTINED, ExitCode.REFUSED)
    assert error.context == ("https://pypi.example/simple/spam/: malware",)


def test_direct_reference_in_metadata_is_refused_with_exit_code_3(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """It names who asks, and where for, without the secrets in the URL."""
    pypi.has("spam", "1.0", requires=[f"eggs @ {SECRET}"]).has("eggs", "1.0")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.DIRECT_DENIED, ExitCode.REFUSED)
    assert "spam 1.0" in error.message
    assert error.context == ("https://corp.example/simple/spam/?…",)
    assert "--allow-direct eggs" in (error.hint or "")


# Hashes and places that the user gives


def test_hash_that_no_file_has_is_a_mismatch_and_not_an_absence() -> None:
    """The project is there; what came of it is not what was asked for, and may not be retried."""
    known = frozenset({Hash("sha256", "aa" * 32)})
    stage = Stage(known_hashes={canonicalize_name("spam"): known})
    evil = (Hash("sha256", "ee" * 32),)
    stage.repository("pypi").has("spam", "1.0", hashes=evil).has("spam", "2.0", hashes=evil)
    error = error_on(stage, "spam==1.0")
    assert (error.reference, error.exit_code) == (Reason.HASH_MISMATCH, ExitCode.REFUSED)
    assert error.context == (f"spam-1.0-py3-none-any.whl: sha256:{'ee' * 32}",)


def test_absence_says_so_when_nobody_is_asked(stage: Stage) -> None:
    """`--no-index` alone leaves nobody."""
    error = error_on(stage, "spam")
    assert error.reference is Reason.NOT_FOUND
    assert error.context == ("none is asked: give one",)


# Unavailable


def test_outage_is_told_with_exit_code_4(stage: Stage, pypi: MemoryRepository) -> None:
    """It may be retried, and was not read as absence."""
    pypi.has("spam", "1.0")
    stage.repository("corp").fails("spam", Reason.UNREACHABLE, "connection refused")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.UNREACHABLE, ExitCode.UNAVAILABLE)
    assert error.context == ("https://corp.example/simple/spam/: connection refused",)


def test_outages_of_several_repositories_are_all_told(stage: Stage) -> None:
    """One error for each repository."""
    stage.repository("pypi").fails("spam", Reason.UNREACHABLE)
    stage.repository("corp").fails("spam", Reason.AUTH_FAILED)
    references = [error.reference for error in errors_on(stage, "spam")]
    assert references == [Reason.UNREACHABLE, Reason.AUTH_FAILED]


@pytest.mark.parametrize(
    "reason", [Reason.REDIRECT_FOREIGN, Reason.FILE_HOST_FOREIGN, Reason.HASH_MISMATCH]
)
def test_unusable_answer_is_a_refusal_when_trying_again_will_not_help(
    stage: Stage, pypi: MemoryRepository, reason: Reason
) -> None:
    """A server that forwards names elsewhere is no outage."""
    pypi.fails("spam", reason)
    assert error_on(stage, "spam").exit_code is ExitCode.REFUSED


# Unresolved


def test_unknown_project_is_told_with_exit_code_1(stage: Stage, pypi: MemoryRepository) -> None:
    """Who asks for it, and what each repository answered."""
    pypi.has("spam", "1.0", requires=["egs"])
    stage.repository("corp").says("egs")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.NOT_FOUND, ExitCode.UNRESOLVED)
    assert error.context == (
        "required by spam 1.0",
        "https://pypi.example/simple/egs/: absent",
        "https://corp.example/simple/egs/: a page without files",
    )


def test_unknown_project_is_told_when_several_releases_ask_for_it(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """A missing name explains more than a list of requirements that do not fit together."""
    pypi.has("spam", "2.0", requires=["egs>=2"]).has("spam", "1.0", requires=["egs>=1"])
    error = error_on(stage, "spam")
    assert (error.reference, error.message) == (Reason.NOT_FOUND, "No repository has egs")


def test_missing_version_is_told_with_those_that_are_there(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """The range of versions says at a glance what could be asked for."""
    pypi.has("spam", "1.0").has("spam", "1.4")
    error = error_on(stage, "spam>=2")
    assert (error.reference, error.exit_code) == (Reason.NO_CANDIDATE, ExitCode.UNRESOLVED)
    assert error.message == "No version of spam satisfies spam >=2"
    assert error.hint == "The newest is 1.4."
    assert error.context == ("https://pypi.example/simple/spam/: versions 1.0 to 1.4",)


def test_files_passed_over_are_told_with_their_reasons(
    stage: Stage, pypi: MemoryRepository
) -> None:
    """Counted by reason, and set beside what the target is."""
    pypi.has("spam", "1.0", tag="cp27-cp27m-win32").has("spam", "1.0", requires_python=">=4")
    assert set(error_on(stage, "spam").context[1:]) == {
        "passed over 1 file: built for another platform or Python [tags]",
        "passed over 1 file: needs Python >=4 [python]",
        "the target has Python 3.12.1 (cp312-cp312-manylinux_2_17_x86_64)",
    }


def test_impasse_tells_both_sides(stage: Stage, pypi: MemoryRepository) -> None:
    """Each line says who asks for what."""
    pypi.has("spam", "1.0", requires=["eggs<2"]).has("eggs", "2.0").has("eggs", "1.0")
    error = error_on(stage, "spam", "eggs>=2")
    assert (error.reference, error.exit_code) == (Reason.RESOLUTION_CONFLICT, ExitCode.UNRESOLVED)
    assert error.context == ("spam 1.0 needs eggs <2", "you ask for eggs >=2")


def test_impasse_tells_the_python_of_the_target(stage: Stage, pypi: MemoryRepository) -> None:
    """Requires-Python means nothing without it."""
    pypi.has("spam", "1.0", requires_python=">=4", page_tells_python=False)
    assert error_on(stage, "spam").context == (
        "spam 1.0 needs Python >=4; the target has Python 3.12.1",
    )


def test_impasse_tells_what_is_wrong_with_metadata(stage: Stage, pypi: MemoryRepository) -> None:
    """In a sentence that people can read."""
    pypi.has("spam", "1.0", metadata=InvalidMetadata(detail="METADATA has no Name field"))
    error = error_on(stage, "spam")
    assert error.message == "spam 1.0 cannot be used"
    assert error.context == (
        "spam 1.0 needs metadata that can be read: METADATA has no Name field",
    )


# Secrets


def test_no_error_shows_credentials_or_queries(stage: Stage) -> None:
    """A URL may hold a token wherever a page, a redirect or a server put it."""
    in_conflict(stage, "spam")
    claims = {"tracks": (SECRET,), "alternate_locations": (SECRET,)}
    stage.repository("corp").says("spam", url=SECRET, **claims)
    stage.repository("pypi").says("ham", url=SECRET, status=ProjectStatus.QUARANTINED)
    stage.repository("pypi").has("eggs", "1.0", url=SECRET, metadata=Reason.HTTP_STATUS)
    errors = errors_on(stage, "spam", "ham", "eggs")
    told = "\n".join(map(text_of, errors))
    assert [error.reference for error in errors] == [Reason.COLLISION, Reason.QUARANTINED]
    assert "hunter2" not in told
    assert "swordfish" not in told


def test_no_outage_shows_credentials_or_queries(stage: Stage, pypi: MemoryRepository) -> None:
    """The address of a file that cannot be had may be a presigned one."""
    pypi.has("eggs", "1.0", url=SECRET, metadata=Reason.HTTP_STATUS)
    told = text_of(error_on(stage, "eggs"))
    assert "corp.example" in told
    assert "hunter2" not in told
    assert "swordfish" not in told


def test_report_survives_a_page_that_claims_nonsense(stage: Stage) -> None:
    """What is no URL is still evidence, and no reason to fall over."""
    in_conflict(stage, "spam")
    stage.repository("corp").says("spam", tracks=("https://[",))
    assert any("tracks" in line for line in error_on(stage, "spam").context)


# The mapping file


def under(*rules: str, **policy: Any) -> Stage:
    """The repositories pypi, corp and x, each with spam 1.0, under these rules."""
    stage = Stage(map=mapping("".join(rules)), **policy)
    for name in ("pypi", "corp", "x"):
        stage.repository(name).has("spam", "1.0")
    return stage


def test_name_without_a_rule_is_refused_with_exit_code_3() -> None:
    """The file, and the pattern that may have been meant."""
    error = error_on(under(rule("spamm", "corp")), "spam")
    assert (error.reference, error.exit_code) == (Reason.NO_RULE, ExitCode.REFUSED)
    assert error.context == ("xpip.toml: nearest spamm (xpip.toml:6)",)


def test_denied_name_is_refused_with_exit_code_3() -> None:
    """In the words of the rule."""
    error = error_on(under(rule("spam", reason="banned, ticket 4711")), "spam")
    assert (error.reference, error.exit_code) == (Reason.DENIED, ExitCode.REFUSED)
    assert error.context == ("xpip.toml:6 mapping[0]: banned, ticket 4711",)


def test_refused_name_is_not_called_missing_too() -> None:
    """Nobody was asked, so nobody lacks it."""
    assert [e.reference for e in errors_on(under(rule("eggs", "corp")), "spam")] == [Reason.NO_RULE]


def test_dependency_without_a_rule_is_refused_when_an_older_release_would_do() -> None:
    """No way around a refusal: the older release is not what was asked for."""
    stage = under(rule("spam", "corp"))
    stage.repository("corp").has("spam", "2.0", requires=["eggs"])
    error = error_on(stage, "spam")
    assert (error.reference, "eggs" in error.message) == (Reason.NO_RULE, True)


# Files that would have been chosen


def test_file_on_a_foreign_host_is_refused_with_exit_code_3() -> None:
    """Not passed over for an older release: the hint says what would allow it."""
    stage = under(rule("*", "corp"))
    stage.repository("corp").has("spam", "2.0", url="https://files.example/spam.whl")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.FILE_HOST_FOREIGN, ExitCode.REFUSED)
    assert "spam-2.0" in error.message
    assert error.context == (
        "spam: https://files.example/spam.whl is on no file host of this repository",
    )
    assert "file-hosts" in (error.hint or "")


def test_file_with_two_contents_is_refused_with_exit_code_3() -> None:
    """Repositories that are one namespace list one name with different digests."""
    stage = under(rule("spam", "corp", "x"))
    stage.repository("x").has("spam", "1.0", hashes=(Hash("sha256", "cd" * 32),))
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.HASH_CONFLICT, ExitCode.REFUSED)


def test_file_that_may_not_be_taken_is_not_refused_when_it_is_not_wanted() -> None:
    """A release that the requirement excludes would not have been chosen."""
    stage = under(rule("*", "corp"))
    stage.repository("corp").has("spam", "2.0", url="https://files.example/spam.whl")
    assert errors_on(stage, "spam<2") == ()


def test_refused_file_is_told_once_when_nothing_else_is_left() -> None:
    """That no other file satisfies follows from it."""
    stage = Stage(map=mapping(rule("*", "corp")))
    stage.repository("corp").has("spam", "2.0", url="https://files.example/spam.whl")
    references = [error.reference for error in errors_on(stage, "spam")]
    assert references == [Reason.FILE_HOST_FOREIGN]


# Upload times

CUTOFF = datetime(2026, 11, 14, tzinfo=UTC)


def test_cooldown_that_leaves_nothing_is_refused_with_exit_code_3() -> None:
    """A script must not retry past it; the files and their times are listed."""
    stage = Stage(cutoff=CUTOFF)
    stage.repository("pypi").has("spam", "1.0", upload_time=datetime(2026, 11, 20, tzinfo=UTC))
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.COOLDOWN, ExitCode.REFUSED)
    assert error.context == (
        (
            "spam-1.0-py3-none-any.whl: uploaded 2026-11-20 00:00, and --uploaded-prior-to takes "
            "what was before 2026-11-14 00:00"
        ),
    )


def test_unknown_upload_time_that_leaves_nothing_is_refused_with_exit_code_3() -> None:
    """The hint says what to do about repositories that do not give it."""
    stage = Stage(cutoff=CUTOFF)
    stage.repository("pypi").has("spam", "1.0")
    error = error_on(stage, "spam")
    assert (error.reference, error.exit_code) == (Reason.NO_UPLOAD_TIME, ExitCode.REFUSED)
    assert "--allow-no-upload-time" in (error.hint or "")


def test_cooldown_is_no_error_when_it_leaves_an_older_file() -> None:
    """That is what it is for."""
    stage = Stage(cutoff=CUTOFF)
    pypi = stage.repository("pypi")
    pypi.has("spam", "2.0", upload_time=datetime(2026, 11, 20, tzinfo=UTC))
    pypi.has("spam", "1.0", upload_time=datetime(2026, 1, 1, tzinfo=UTC))
    assert errors_on(stage, "spam") == ()


# Origins


def test_changed_origin_is_refused_with_exit_code_3() -> None:
    """Old and new, without secrets, and what allows it."""
    change = OriginChange(
        project=canonicalize_name("spam"), old=SECRET, new="https://pypi.example/simple/"
    )
    error = origin_changed([change])
    assert (error.reference, error.exit_code) == (Reason.ORIGIN_CHANGED, ExitCode.REFUSED)
    assert error.context == (
        "spam: from https://corp.example/simple/spam/?…, now https://pypi.example/simple/",
    )
    assert "--allow-origin-change spam" in (error.hint or "")
    assert "hunter2" not in text_of(error)
    assert "swordfish" not in text_of(error)
