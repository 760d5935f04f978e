"""What repositories say differently of one project, and what their pages lack."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from packaging.utils import canonicalize_name
from tests.support.maps import NOW, mapping, rule
from tests.support.memory import repository

from xpip.core.auditing.comparing import Aspect, Difference, differences
from xpip.core.auditing.grading import Report, grade_repository, html_only
from xpip.core.facts import Found, Hash, ProjectPage
from xpip.core.policy import Policy

SPAM = canonicalize_name("spam")
WHOLE: dict[str, Any] = {
    "upload_time": datetime(2026, 1, 1, tzinfo=UTC),
    "size": 1000,
    "core_metadata": (Hash("sha256", "cd" * 32),),
}


def page(name: str, *versions: str, **listed: Any) -> ProjectPage:
    """A page of spam on the repository of this name."""
    double = repository(name)
    for version in versions:
        double.has("spam", version, **{**WHOLE, **listed})
    answer = double.answer("spam")
    assert isinstance(answer, Found)
    return replace(answer.page, content_type="application/vnd.pypi.simple.v1+json")


def one_difference(*pages: ProjectPage) -> Difference:
    """The only thing that they say differently."""
    (found,) = differences(SPAM, pages)
    return found


def report(text: str, *pages: ProjectPage) -> Report:
    """corp, graded by pages, under a mapping file."""
    made = mapping(text)
    policy = Policy(groups=made.groups, map=made)
    corp = next(group for group in made.groups if group.name == "corp")
    return grade_repository(corp, corp.canonical, pages, policy)


def test_pages_that_say_the_same_differ_in_nothing() -> None:
    """Addresses of files are each repository's own affair."""
    assert differences(SPAM, [page("one", "1.0", "2.0"), page("two", "2.0", "1.0")]) == ()


def test_one_file_name_with_two_contents_is_dangerous() -> None:
    """One of the two repositories has another file than it should."""
    found = one_difference(
        page("one", "1.0"), page("two", "1.0", hashes=(Hash("sha256", "0" * 64),))
    )

    assert (found.aspect, found.about) == (Aspect.CONTENT, "spam-1.0-py3-none-any.whl")
    assert found.is_dangerous
    assert [value[:12] for _, value in found.said] == ["sha256 ababa", "sha256 00000"]


def test_hashes_that_prove_nothing_are_not_compared() -> None:
    """md5 differs when anything does, and agrees when somebody wants it to."""
    weak = page("two", "1.0", hashes=(Hash("md5", "0" * 32),))

    assert differences(SPAM, [page("one", "1.0"), weak]) == ()


def test_metadata_that_differs_is_told() -> None:
    """Each in the words of its page; who says nothing contradicts nobody."""
    one = page("one", "1.0", requires_python=">=3.9, <4", yanked=True)
    two = page("two", "1.0", requires_python="<4,>=3.9", size=7)
    three = page("three", "1.0", requires_python=">=3.8", core_metadata=False, size=None)

    found = differences(SPAM, [one, two, three])

    assert [each.aspect for each in found] == [
        Aspect.REQUIRES_PYTHON,
        Aspect.SIZE,
        Aspect.YANKED,
    ]
    assert not any(each.is_dangerous for each in found)


def test_versions_that_only_one_has_are_told_newest_first() -> None:
    """A mirror that lags, or a repository with more."""
    found = one_difference(page("one", "1.0", "1.9", "1.10"), page("two", "1.0"))

    assert found.aspect is Aspect.VERSIONS
    assert found.said == (("https://one.example/simple/spam/", "1.10, 1.9"),)


def test_grade_is_that_of_the_worst_file() -> None:
    """A whole; B hashes and times; C hashes; D a file that nothing proves."""
    text = rule("*", "corp")

    assert report(text, page("corp", "1.0")).grade == "A"
    assert report(text, page("corp", "1.0"), page("corp", "2.0", size=None)).grade == "B"
    assert report(text, page("corp", "1.0", upload_time=None)).grade == "C"
    assert report(text, page("corp", "1.0", hashes=())).grade == "D"


def test_grade_is_none_where_no_file_was_seen() -> None:
    """Nothing is known of it."""
    assert report(rule("*", "corp")).grade is None


def test_demands_that_pages_leave_unmet_are_named_with_their_rule() -> None:
    """What a mapping file demands, and this repository cannot show."""
    text = rule("spam", "corp", cooldown="7d", hashes="required") + rule("x", "x", cooldown="7d")

    found = report(text, page("corp", "1.0", "2.0", upload_time=None, hashes=()))

    assert found.unmet == (
        "xpip.toml:6: `cooldown`: refuses 2 files [no-upload-time]",
        "xpip.toml:6: `hashes`: refuses 2 files [hash-missing]",
    )


def test_demand_that_is_loosened_says_nothing_about_such_files() -> None:
    """No refusal, and no protection either."""
    text = rule("*", "corp", cooldown="7d", no_upload_time="allow")

    (line,) = report(text, page("corp", "1.0", upload_time=None)).unmet

    assert line == "xpip.toml:6: `cooldown`: says nothing about 1 file without an upload time"


def test_option_that_pages_leave_unmet_is_named() -> None:
    """`--uploaded-prior-to` demands the same of all."""
    policy = Policy(groups=(repository("corp").group,), cutoff=NOW)
    group = policy.groups[0]

    found = grade_repository(
        group, group.canonical, [page("corp", "1.0", upload_time=None)], policy
    )

    assert found.unmet == ("--uploaded-prior-to: refuses 1 file [no-upload-time]",)


def test_html_only_are_those_that_never_answer_in_json() -> None:
    """Newer parts of the API are JSON alone (PEP 833)."""
    html = replace(page("corp", "1.0"), content_type="text/html")
    text = rule("*", "corp")

    assert html_only([report(text, html), report(text, html, page("corp", "2.0"))]) == (
        report(text, html),
    )
