"""What `git+URL@REVISION#subdirectory=PATH` and the same with `hg+` name."""

from __future__ import annotations

import pytest

from xpip.core.vcs_references import VcsReference, VersionControl, parse_vcs_reference
from xpip.errors import Reason, UsageError


@pytest.mark.parametrize(
    ("text", "url", "revision"),
    [
        ("git+https://host.example/spam.git", "https://host.example/spam.git", None),
        ("git+https://host.example/spam.git@v1.0", "https://host.example/spam.git", "v1.0"),
        ("git+https://host.example:8443/spam@a/b", "https://host.example:8443/spam", "a/b"),
        ("git+https://host.example/sp@am@main", "https://host.example/sp@am", "main"),
        (
            "git+https://host.example/spam@refs/pull/1/head",
            "https://host.example/spam",
            "refs/pull/1/head",
        ),
        ("git+https://host.example/spam@a%23b", "https://host.example/spam", "a#b"),
        ("git+ssh://git@host.example/spam.git@main", "ssh://git@host.example/spam.git", "main"),
        ("git+file:///srv/spam.git@main", "file:///srv/spam.git", "main"),
        ("git+http://localhost:8000/spam.git", "http://localhost:8000/spam.git", None),
    ],
)
def test_reference_names_a_repository_and_a_revision(
    text: str, url: str, revision: str | None
) -> None:
    """The last @ of the path is the one that counts; that of a user is not in the path."""
    assert parse_vcs_reference(text) == VcsReference(
        system=VersionControl.GIT, url=url, revision=revision
    )


@pytest.mark.parametrize(
    ("text", "url", "revision"),
    [
        ("hg+https://host.example/spam", "https://host.example/spam", None),
        ("hg+https://host.example/spam@v1.0~rc1", "https://host.example/spam", "v1.0~rc1"),
        ("hg+https://host.example/spam@%40", "https://host.example/spam", "@"),
        ("hg+ssh://hg@host.example//srv/spam@v1", "ssh://hg@host.example//srv/spam", "v1"),
        ("hg+file:///srv/spam@default", "file:///srv/spam", "default"),
        ("hg+http://127.0.0.1:8000/spam", "http://127.0.0.1:8000/spam", None),
    ],
)
def test_reference_names_a_repository_of_mercurial(
    text: str, url: str, revision: str | None
) -> None:
    """By the same grammar; names have more characters there."""
    expected = VcsReference(system=VersionControl.HG, url=url, revision=revision)
    assert parse_vcs_reference(text) == expected


def test_reference_names_a_subdirectory() -> None:
    """Beside pip's old way to name the project, which says nothing here."""
    found = parse_vcs_reference("git+https://host.example/x@v1#egg=spam&subdirectory=py%20thon/lib")
    assert (found.revision, found.subdirectory) == ("v1", "py thon/lib")


def test_login_is_taken_out_of_the_url() -> None:
    """Git's command line can be read by everybody on the machine."""
    found = parse_vcs_reference("git+https://us%40er:pa%2Fss@host.example/spam.git@v1")
    assert found.url == "https://host.example/spam.git"
    assert found.login is not None
    assert found.login.origin == ("https", "host.example", 443)
    assert (found.login.username, found.login.password) == ("us@er", "pa/ss")
    assert "pa/ss" not in repr(found)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("git+ext::sh -c evil", "from git and Mercurial alone"),
        ("git+git://host.example/spam", "from git and Mercurial alone"),
        ("git+git@host.example:spam/spam.git", "from git and Mercurial alone"),
        ("svn+https://host.example/spam", "from git and Mercurial alone"),
        ("hg+static-http://host.example/spam", "from git and Mercurial alone"),
        ("hg+ssh://-oProxyCommand=evil/spam", "taken for an option"),
        ("hg+https://host.example/spam@--config=alias.clone=!evil", "what follows the @"),
        ("hg+https://host.example/spam@%2D-config=x", "what follows the @"),
        ("hg+https://host.example/spam@a:b", "what follows the @"),
        ("hg+https://host.example/spam@a%20b", "what follows the @"),
        ("hg+file://host.example/spam", "names no host"),
        ("git+ssh://-oProxyCommand=evil/spam", "taken for an option"),
        ("git+ssh://-oProxyCommand=evil@host.example/spam", "taken for an option"),
        ("git+https://host.example/spam@--upload-pack=evil", "what follows the @"),
        ("git+https://host.example/spam@%2D-upload-pack=evil", "what follows the @"),
        ("git+https://host.example/spam@main:refs/heads/x", "what follows the @"),
        ("git+https://host.example/spam@main~1", "what follows the @"),
        ("git+https://host.example/spam@a..b", "what follows the @"),
        ("git+https://host.example/spam@-x", "what follows the @"),
        ("git+https://host.example/spam@a%20b", "what follows the @"),
        ("git+https://host.example/spam@", "what follows the @"),
        ("git+https://host.example/", "names no repository"),
        ("git+https:///spam", "names no host"),
        ("git+https://host.example:port/spam", "is no URL"),
        ("git+file://host.example/spam", "names no host: write file:///PATH"),
        ("git+ssh://git:secret@host.example/spam", "ssh takes no password"),
        ("git+https://host.example/spam?a=b", "has no query"),
        ("git+https://host.example/spam#subdirectory=../x", "subdirectory"),
        ("git+https://host.example/spam#subdirectory=/x", "subdirectory"),
        ("git+https://host.example/spam#subdirectory=", "subdirectory"),
        ("git+https://host.example/spam#sub=x", "#subdirectory="),
    ],
)
def test_reference_is_refused_when_it_is_unclear_or_wicked(text: str, problem: str) -> None:
    """Nothing reaches a program that it could take for more than a name."""
    with pytest.raises(UsageError) as caught:
        parse_vcs_reference(text)
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    assert problem in caught.value.context[0]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("system", ["git", "hg"])
def test_reference_is_refused_when_anybody_could_change_it_on_the_way(system: str) -> None:
    """Plain http is for this machine alone."""
    with pytest.raises(UsageError) as caught:
        parse_vcs_reference(f"{system}+http://user:secret@host.example/spam")
    assert caught.value.reference is Reason.INSECURE_REPOSITORY
    assert "secret" not in caught.value.message
