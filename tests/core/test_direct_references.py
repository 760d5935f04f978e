"""Text that names a place, and what PEP 610 has recorded of it."""

from __future__ import annotations

import pytest
from packaging.direct_url import DirectUrl
from packaging.markers import Marker
from packaging.utils import canonicalize_name

from xpip.core.direct_references import Malformed, is_direct, parse_direct
from xpip.core.direct_requests import DirectRequest, ReferenceKind, direct_url_data
from xpip.core.facts import Hash
from xpip.core.policy import Credentials

DIGEST = "a" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def read(text: str, *, editable: bool = False) -> DirectRequest:
    return parse_direct(text, directory="/project", editable=editable)


def problem(text: str, *, editable: bool = False) -> str:
    with pytest.raises(Malformed) as caught:
        read(text, editable=editable)
    return caught.value.problem


@pytest.mark.parametrize("text", ["spam", "spam>=1", "spam[x]~=1.0; os_name == 'a/b'", "spam.zip1"])
def test_text_is_not_direct_when_it_names_a_project(text: str) -> None:
    """A marker may hold what looks like a path."""
    assert not is_direct(text)


@pytest.mark.parametrize(
    "text",
    [
        *("spam @ https://files.example/spam.zip", "spam[x]@file:///srv/spam", "file:spam"),
        *("https://files.example/spam", "git+https://git.example/spam", "spam-1.0.tar.gz"),
        *(".", ".[dev]", "./spam", "../spam", "libs/spam", r"libs\spam", "/srv/spam", "SPAM.ZIP"),
        *("spam-1.0-py3-none-any.whl[x]", "./spam; os_name == 'nt'", "~/spam"),
    ],
)
def test_text_is_direct_when_it_is_a_url_or_looks_like_a_path(text: str) -> None:
    """As in pip, but by its looks alone: what lies on disk changes nothing."""
    assert is_direct(text)


def test_url_is_an_archive_with_its_name_extras_and_marker() -> None:
    """PEP 508's own form."""
    request = read("Spam_Eggs[B,a] @ https://files.example/s.zip ; python_version >= '3.12'")
    assert request == DirectRequest(
        kind=ReferenceKind.ARCHIVE,
        url="https://files.example/s.zip",
        project=canonicalize_name("spam-eggs"),
        extras=frozenset({canonicalize_name("a"), canonicalize_name("b")}),
        marker=Marker("python_version >= '3.12'"),
    )


def test_bare_url_tells_its_name_in_a_fragment() -> None:
    """`#egg=` with extras, a hash and a subdirectory, in any order."""
    request = read(
        f"https://files.example/s.tar.gz#subdirectory=a/./b&egg=spam[x]&sha256={DIGEST.upper()}"
    )
    assert request.project == "spam"
    assert request.extras == {"x"}
    assert request.subdirectory == "a/b"
    assert request.hashes == (Hash("sha256", DIGEST),)
    assert request.url == "https://files.example/s.tar.gz"


def test_wheel_is_named_by_its_filecanonicalize_name() -> None:
    """PEP 427: a wheel's file name cannot say another name than the wheel has."""
    request = read("https://files.example/Spam_Eggs-1.0-py3-none-any.whl")
    assert request.project == "spam-eggs"
    assert request.is_wheel


def test_source_archive_is_not_named_by_its_filecanonicalize_name() -> None:
    """`v1.0-final.tar.gz` would be a project called `v1-0`."""
    assert read("https://files.example/spam-1.0.tar.gz").project is None


@pytest.mark.parametrize(
    ("text", "url", "kind"),
    [
        (".", "file:///project", ReferenceKind.DIRECTORY),
        ("./libs/spam/", "file:///project/libs/spam", ReferenceKind.DIRECTORY),
        ("../spam", "file:///spam", ReferenceKind.DIRECTORY),
        ("/srv/my spam", "file:///srv/my%20spam", ReferenceKind.DIRECTORY),
        ("spam @ ./spam", "file:///project/spam", ReferenceKind.DIRECTORY),
        ("file:../spam", "file:///spam", ReferenceKind.DIRECTORY),
        ("file:///srv/a%20b.zip", "file:///srv/a%20b.zip", ReferenceKind.ARCHIVE),
        ("file://localhost/srv/a.zip", "file:///srv/a.zip", ReferenceKind.ARCHIVE),
        ("wheels/spam.tar.gz", "file:///project/wheels/spam.tar.gz", ReferenceKind.ARCHIVE),
        (r"C:\spam\eggs", "file:///C%3A/spam/eggs", ReferenceKind.DIRECTORY),
    ],
)
def test_path_becomes_a_file_url(text: str, url: str, kind: ReferenceKind) -> None:
    """Relative paths start from the directory handed in."""
    request = read(text)
    assert (request.url, request.kind) == (url, kind)
    assert request.is_local


def test_path_has_extras_and_a_marker() -> None:
    """`./spam[dev]; marker`: a path needs no space before the semicolon."""
    request = read("./spam[dev, Test_It];os_name == 'posix'")
    assert request.extras == {"dev", "test-it"}
    assert str(request.marker) == 'os_name == "posix"'


def test_repository_has_a_revision_and_a_subdirectory() -> None:
    """The revision follows the last `@` of the path, and may have slashes."""
    request = read("git+https://git.example/spam.git@refs/pull/1/head#subdirectory=py")
    assert request == DirectRequest(
        kind=ReferenceKind.VCS,
        url="https://git.example/spam.git",
        vcs="git",
        revision="refs/pull/1/head",
        subdirectory="py",
    )


def test_repository_by_ssh_keeps_its_user() -> None:
    """PEP 610: `git` is a part of the address there, and no secret."""
    request = read("git+ssh://git@git.example:2222/spam.git")
    assert request.url == "ssh://git@git.example:2222/spam.git"
    assert request.credentials is None
    assert request.revision is None


@pytest.mark.parametrize("text", ["https://{}files.example/s.zip", "git+https://{}files.example/s"])
def test_credentials_are_parted_from_the_url(text: str) -> None:
    """They belong to the web origin of the URL, and are shown nowhere."""
    request = read(text.format("us%40er:hunter2@"))
    assert request.credentials == Credentials(
        origin=("https", "files.example", 443), username="us@er", password="hunter2"
    )
    assert "hunter2" not in repr(request)
    assert "files.example" in str(request)
    assert "@" not in request.url


def test_token_alone_is_a_user() -> None:
    """`https://TOKEN@host`: it is as secret as a password."""
    request = read("git+https://hunter2@git.example/spam")
    assert request.credentials is not None
    assert request.credentials.username == "hunter2"
    assert "hunter2" not in request.url + str(request) + repr(request)


@pytest.mark.parametrize(
    "text",
    [
        "git+ssh://-oProxyCommand=x/spam",
        "git+ssh://%2doProxyCommand=x/spam",
        "git+ssh://-l@git.example/spam",
        "git+https://git.example/spam@--upload-pack=x",
        "git+https://git.example/spam@",
        "git+https://git.example/spam@a%0ab",
    ],
)
def test_repository_is_refused_when_a_part_looks_like_an_option(text: str) -> None:
    """These become arguments of git and ssh."""
    assert problem(text)


@pytest.mark.parametrize(
    "directory", ["../x", "a/../../x", "/etc", "%2e%2e/x", "C:/x", "a\\b", "a%00b"]
)
def test_subdirectory_is_refused_when_it_leads_out(directory: str) -> None:
    """PEP 610: it is relative to the root of the archive or checkout."""
    assert "#subdirectory=" in problem(f"git+https://git.example/x#subdirectory={directory}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("spam @ ", "neither a URL nor a path"),
        ("spam@1.0", "neither a URL nor a path"),
        ("git@git.example:spam/spam.git", "not a URL"),
        ("git+git@git.example:spam/spam.git", "not a URL"),
        ("git+ssh://git@git.example:spam/spam.git", "not a URL"),
        ("https:/user:hunter2@files.example/s.zip", "not a URL"),
        ("=https://user:hunter2@files.example/s.zip", "not a URL"),
        ("https:///s.zip", "not a URL"),
        ("ftp://files.example/s.zip", "ftp: URLs"),
        ("cvs+https://files.example/s", "cvs+https"),
        ("file://server/s.zip", "this machine only"),
        ("https://files.example/my spam.zip", "spaces"),
        ("git+ssh://git:hunter2@git.example/spam", "no password"),
        ("https://a.example/https://user:hunter2@b.example/s.zip", "URL within a URL"),
        ("~/spam", "'~' is not expanded"),
        ("./spam\0", "control characters"),
        ("./spam[a b]", "no names of extras"),
        ("./spam; colour == 'red'", "marker"),
        (f"./spam; {'(' * 3000}", "marker"),
        ("https://files.example/" + "a" * 9000, "characters"),
        ("https://files.example/s.whl", "a wheel can have"),
        ("https://files.example/..%2F..%2Fs-1.0.tar.gz", "no file name"),
        ("https://files.example/..%5Cs-1.0.tar.gz", "no file name"),
        ("https://files.example/%2E%2E", "no file name"),
        ("eggs @ https://files.example/spam-1-py3-none-any.whl", "eggs and spam"),
        ("eggs @ https://files.example/s.zip#egg=spam", "eggs and spam"),
        ("eggs[a] @ https://files.example/s.zip#egg=eggs[b]", "extras are written twice"),
        ("https://files.example/s.zip#egg=spam==1.0", "#egg="),
        ("https://files.example/s.zip#egg=a&egg=a", "twice"),
        ("https://files.example/s.zip#md5=abc", "sha256"),
        ("https://files.example/s.zip#readme", "sha256"),
        ("https://files.example/s.zip#sha256=abc", "64 hexadecimal digits"),
        (f"git+https://git.example/s#sha256={DIGEST}", "only an archive has a hash"),
        ("./spam-1-py3-none-any.whl#subdirectory=x", "no #subdirectory="),
    ],
)
def test_text_is_malformed_when_anything_in_it_would_be_passed_over(text: str, says: str) -> None:
    """The problem is told without the text: that may hold a password."""
    assert says in problem(text)
    assert "hunter2" not in problem(text)


@pytest.mark.parametrize("text", ["https://files.example/s.zip", "./s.zip"])
def test_archive_is_refused_when_it_is_to_be_editable(text: str) -> None:
    """PEP 660: only a source tree can be installed from where it lies."""
    assert "editable" in problem(text, editable=True)


def test_directory_is_editable() -> None:
    """`-e spam`: after `-e` a word is a path, however it looks."""
    assert read("spam", editable=True).url == "file:///project/spam"
    assert read("spam", editable=True).editable


@pytest.mark.parametrize(
    ("text", "editable", "record"),
    [
        (
            "git+https://user:hunter2@git.example/spam@main#subdirectory=py",
            False,
            {
                "url": "https://git.example/spam",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"},
                "subdirectory": "py",
            },
        ),
        (
            "git+ssh://git@git.example/spam",
            False,
            {
                "url": "ssh://git@git.example/spam",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT},
            },
        ),
        (
            "https://files.example/s.zip?token=hunter2",
            False,
            {
                "url": "https://files.example/s.zip",
                "archive_info": {"hashes": {"sha256": DIGEST}},
            },
        ),
        ("./spam", False, {"url": "file:///project/spam", "dir_info": {}}),
        ("./spam", True, {"url": "file:///project/spam", "dir_info": {"editable": True}}),
    ],
)
def test_request_is_recorded_as_pep_610_has_it(
    text: str, editable: bool, record: dict[str, object]
) -> None:
    """One table for each kind; neither login nor query is written."""
    request = read(text, editable=editable)
    data = direct_url_data(request, commit=COMMIT, hashes=[Hash("sha256", DIGEST)])
    assert data == record
    DirectUrl.from_dict(data).validate()


def test_repository_is_not_recorded_when_its_commit_is_unknown() -> None:
    """PEP 610: `commit_id` is required; a branch is no answer to what was installed."""
    with pytest.raises(ValueError, match="commit"):
        direct_url_data(read("git+https://git.example/spam@main"))
