"""What people write on a command line."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.dependencies import Dependency
from xpip.core.policy import Target
from xpip.core.requirements import parse_requirements
from xpip.errors import Reason, UsageError

LINUX = Target(
    python_version=Version("3.12.1"),
    tags=(),
    environment={"python_version": "3.12", "sys_platform": "linux"},
)


def refusal(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_requirements([text], LINUX)
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    return caught.value


def test_requirements_are_read_in_order() -> None:
    """Name, extras and specifier of each."""
    spam = Dependency(
        project=canonicalize_name("spam-eggs"),
        specifier=SpecifierSet(">=1"),
        extras=frozenset({canonicalize_name("x")}),
    )
    eggs = Dependency(project=canonicalize_name("eggs"), specifier=SpecifierSet())
    assert parse_requirements(["Spam_Eggs[X]>=1", "eggs"], LINUX) == (spam, eggs)


def test_requirement_is_left_out_when_its_marker_does_not_hold_on_the_target() -> None:
    """PEP 508; the target may be another machine."""
    texts = ["spam; sys_platform == 'win32'", "eggs; python_version >= '3.12'"]
    assert [each.project for each in parse_requirements(texts, LINUX)] == ["eggs"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "spam==",
        "spam>=1 eggs",
        "spam>=>1",
        "-spam",
        "spam[",
        "spam; flavour == 'x'",
        "spam=1.0",
    ],
)
def test_text_is_refused_when_it_is_no_requirement(text: str) -> None:
    """The text is quoted, the parser's own words point at the place, and an example follows."""
    error = refusal(text)
    assert error.message == f"{text!r} is not a requirement"
    assert error.context
    assert error.hint is not None


@pytest.mark.parametrize(
    "text",
    [
        "./spam",
        "../spam",
        "/srv/spam",
        "~/spam",
        "wheels/spam",
        r"C:\spam",
        r"wheels\spam",
        "spam-1.0-py3-none-any.whl",
        "spam-1.0.tar.gz",
        "https://a.example/spam-1.0.tar.gz",
        "HTTPS://user@a.example/spam.zip",
        "git+https://a.example/spam.git@main",
        "git+ssh://git@a.example/spam.git",
        "spam @ https://a.example/spam-1.0.tar.gz",
        "spam@file:///srv/spam",
    ],
)
def test_text_is_refused_when_it_is_a_path_or_url(text: str) -> None:
    """Said as what it is: these are requirements, which xpip does not install so far."""
    assert refusal(text).message.startswith(f"{text!r} is a path or URL")
