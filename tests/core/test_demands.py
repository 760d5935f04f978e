"""What rules and options demand of a page and of a file, each on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from tests.support.maps import mapping_with

from xpip.core.decisions import Rejection, RejectionReason
from xpip.core.demands import file_rejection, status_objection
from xpip.core.facts import File, Hash, ProjectPage, ProjectStatus, Repository
from xpip.core.policy import MappingRule, Policy

CUTOFF = datetime(2026, 1, 31, tzinfo=UTC)
NOTHING = Policy(groups=())
A = "a" * 64


def rule(**keys: Any) -> MappingRule:
    """A rule with these keys."""
    return mapping_with({key.replace("_", "-"): value for key, value in keys.items()}).rules[0]


UNTIL_CUTOFF = rule(cooldown="2026-01-31")
ACTIVE_ONLY = rule(status=["active"])


def file(name: str = "spam-1.0-py3-none-any.whl", **more: Any) -> File:
    """A file that no demand objects to, but for these fields."""
    fields: dict[str, Any] = {
        "hashes": (Hash("sha256", A),),
        "upload_time": CUTOFF - timedelta(days=1),
    }
    return File(filename=name, url=f"https://corp.example/{name}", **{**fields, **more})


def rejection(
    of: File, *rules: MappingRule, policy: Policy = NOTHING, is_local: bool = False
) -> Rejection | None:
    """Why the file is passed over."""
    return file_rejection(of, rules, policy, is_local=is_local)


def reason(of: File, *rules: MappingRule, **more: Any) -> RejectionReason | None:
    """The code of why the file is passed over."""
    found = rejection(of, *rules, **more)
    return found.reason if found else None


def page(status: str = "active", *, api_version: str = "1.4", local: bool = False) -> ProjectPage:
    """A page that says this status."""
    url = "file:///wheels/" if local else "https://corp.example/simple/"
    return ProjectPage(
        project=canonicalize_name("spam"),
        repository=Repository(url=url),
        url=f"{url}spam/",
        api_version=api_version,
        status=ProjectStatus(status),
    )


# Upload times


@pytest.mark.parametrize(
    ("uploaded", "expected"),
    [
        (CUTOFF - timedelta(microseconds=1), None),
        (CUTOFF, RejectionReason.COOLDOWN),
        (CUTOFF + timedelta(days=1), RejectionReason.COOLDOWN),
        (None, RejectionReason.NO_UPLOAD_TIME),
    ],
)
def test_cooldown_is_met_by_what_was_uploaded_before(
    uploaded: datetime | None, expected: RejectionReason | None
) -> None:
    """The moment itself is too late; what the page does not say is unknown."""
    assert reason(file(upload_time=uploaded), UNTIL_CUTOFF) is expected
    option = Policy(groups=(), cutoff=CUTOFF)
    assert reason(file(upload_time=uploaded), policy=option) is expected


def test_unknown_upload_time_is_no_matter_where_nothing_depends_on_it() -> None:
    """Without a cooldown."""
    assert rejection(file(upload_time=None), rule()) is None


def test_unknown_upload_time_is_taken_where_its_rule_allows_it() -> None:
    """A known one is compared all the same."""
    lenient = rule(cooldown="2026-01-31", no_upload_time="allow")
    assert reason(file(upload_time=None), lenient) is None
    assert reason(file(upload_time=CUTOFF), lenient) is RejectionReason.COOLDOWN


def test_rule_does_not_loosen_what_an_option_demands() -> None:
    """`no-upload-time = "allow"` is about the rule's own cooldown."""
    option = Policy(groups=(), cutoff=CUTOFF)
    for lenient in (
        rule(no_upload_time="allow"),
        rule(cooldown="2026-01-31", no_upload_time="allow"),
    ):
        found = reason(file(upload_time=None), lenient, policy=option)
        assert found is RejectionReason.NO_UPLOAD_TIME


def test_option_does_not_loosen_what_a_rule_demands() -> None:
    """`--allow-no-upload-time` is about the option's own date."""
    option = Policy(groups=(), cutoff=CUTOFF, no_upload_time_allowed=True)
    found = reason(file(upload_time=None), UNTIL_CUTOFF, policy=option)
    assert found is RejectionReason.NO_UPLOAD_TIME


def test_rule_does_not_loosen_what_another_rule_demands() -> None:
    """Each of the rules that a file has to meet speaks for itself."""
    lenient = rule(cooldown="2026-01-31", no_upload_time="allow")
    for rules in ((lenient, UNTIL_CUTOFF), (UNTIL_CUTOFF, lenient)):
        assert reason(file(upload_time=None), *rules) is RejectionReason.NO_UPLOAD_TIME


def test_later_cutoff_does_not_replace_an_earlier_one() -> None:
    """Whichever comes first: option or rule, rule or rule."""
    late, uploaded = rule(cooldown="2026-06-30"), file(upload_time=CUTOFF + timedelta(days=1))
    assert reason(uploaded, late) is None
    for rules in ((late, UNTIL_CUTOFF), (UNTIL_CUTOFF, late)):
        assert reason(uploaded, *rules) is RejectionReason.COOLDOWN
    option = Policy(groups=(), cutoff=CUTOFF)
    assert reason(uploaded, late, policy=option) is RejectionReason.COOLDOWN


def test_local_file_has_no_upload_time_to_wait_for() -> None:
    """Nobody uploaded it: it lies in a directory of this machine."""
    option = Policy(groups=(), cutoff=CUTOFF)
    assert rejection(file(upload_time=None), UNTIL_CUTOFF, policy=option, is_local=True) is None


# Hashes, sources, publishers


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_hashes_are_met_by_any_that_proves_something(algorithm: str) -> None:
    """`hashes = "required"`."""
    assert rejection(file(hashes=(Hash(algorithm, A),)), rule(hashes="required")) is None


@pytest.mark.parametrize("hashes", [(), (Hash("md5", A),), (Hash("sha1", A), Hash("blake3", A))])
def test_hashes_are_not_met_by_one_that_proves_nothing(hashes: tuple[Hash, ...]) -> None:
    """`hashes = "required"`: md5 and sha1 identify nothing, and others are not known."""
    found = rejection(file(hashes=hashes), rule(hashes="required"))
    assert found is not None
    assert found.reason is RejectionReason.HASH_MISSING
    assert "xpip.json mapping[0]" in found.detail
    assert rejection(file(hashes=hashes), rule()) is None


def test_source_distribution_is_passed_over_where_its_rule_takes_wheels_only() -> None:
    """`sdist = "deny"`."""
    source = file("spam-1.0.tar.gz")
    assert reason(source, rule(sdist="deny")) is RejectionReason.SDIST_DENIED
    assert rejection(source, rule(sdist="allow")) is None
    assert rejection(file(), rule(sdist="deny")) is None


def test_file_without_attestation_is_passed_over_where_its_rule_names_a_publisher() -> None:
    """`identity`; what an attestation says is read once the file is chosen."""
    published = rule(identity={"kind": "GitHub"})
    assert reason(file(), published) is RejectionReason.IDENTITY
    assert rejection(file(provenance_url="https://corp.example/p"), published) is None


def test_file_has_to_meet_every_rule() -> None:
    """Rules of later files add theirs; the first objection is told."""
    rules = (rule(), UNTIL_CUTOFF, rule(hashes="required"), rule(sdist="deny"))
    assert rejection(file(), *rules) is None
    assert reason(file(hashes=()), *rules) is RejectionReason.HASH_MISSING
    assert reason(file("spam-1.0.zip"), *rules) is RejectionReason.SDIST_DENIED


# Statuses (PEP 792)


@pytest.mark.parametrize("status", ["active", "archived", "deprecated"])
def test_status_is_no_matter_where_no_rule_speaks_of_it(status: str) -> None:
    """Nor whether the page can say one."""
    assert status_objection(page(status), [rule()]) is None
    assert status_objection(page(api_version="1.0"), [rule()]) is None
    assert status_objection(page(status), []) is None


def test_status_that_a_rule_does_not_list_is_an_objection() -> None:
    """It names the rule, what it admits, and the page."""
    found = status_objection(page("archived"), [rule(status=["active", "deprecated"])])
    assert found == (
        "xpip.json mapping[0] admits active, deprecated; "
        "https://corp.example/simple/spam/ says that it is archived"
    )
    assert status_objection(page("deprecated"), [rule(status=["active", "deprecated"])]) is None


@pytest.mark.parametrize("api_version", ["1.0", "1.1", "1.3", "1", "1.x", "1."])
def test_page_that_can_say_no_status_is_an_objection(api_version: str) -> None:
    """PEP 792 came with API 1.4: before that, silence is unknown."""
    found = status_objection(page(api_version=api_version), [ACTIVE_ONLY])
    assert found is not None
    assert found.endswith(f"cannot say its status (API {api_version})")
    every = rule(status=["active", "archived", "deprecated"])
    assert status_objection(page(api_version=api_version), [every]) is not None


@pytest.mark.parametrize("api_version", ["1.4", "1.5", "1.10"])
def test_page_that_could_say_a_status_is_active_when_it_says_none(api_version: str) -> None:
    """PEP 792: active is the default."""
    assert status_objection(page(api_version=api_version), [ACTIVE_ONLY]) is None


def test_status_that_is_said_counts_whatever_the_version_of_the_page() -> None:
    """What is said is known."""
    assert (
        status_objection(page("archived", api_version="1.1"), [rule(status=["archived"])]) is None
    )
    assert status_objection(page("archived", api_version="1.1"), [ACTIVE_ONLY]) is not None


def test_local_directory_has_no_status() -> None:
    """Its files are the user's own, and nobody archives them."""
    assert status_objection(page(local=True, api_version="1.0"), [ACTIVE_ONLY]) is None


def test_status_has_to_meet_every_rule() -> None:
    """Rules of later files narrow."""
    rules = [rule(), rule(status=["active", "archived"]), ACTIVE_ONLY]
    assert status_objection(page(), rules) is None
    assert status_objection(page("archived"), rules) is not None
    assert status_objection(page("archived"), rules[::-1]) is not None
