"""Requirements files: what a line says, and what is wrong with it."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from xpip.core.declarations import DeclaredRequirement, Place
from xpip.core.direct_requests import DirectRequest, ReferenceKind
from xpip.core.facts import Hash
from xpip.core.requirements_file import (
    FeatureOption,
    NamesOption,
    NamesOptionName,
    Option,
    RepositoryOption,
    RepositoryOptionName,
    RequirementsFile,
    Switch,
    SwitchName,
    read_requirements,
)
from xpip.errors import Reason, UsageError

SHA256 = "a" * 64
SHA512 = "b" * 128


def read(text: str, *, is_constraint: bool = False, **variables: str) -> RequirementsFile:
    def file(location: str, *, named_at: Place | None) -> bytes:
        assert (location, named_at) == ("reqs/main.txt", None)
        return text.encode()

    return read_requirements(
        "reqs/main.txt",
        read=file,
        directory="/project",
        variables=variables,
        is_constraint=is_constraint,
    )


def refusal(text: str, *, is_constraint: bool = False, **variables: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(text, is_constraint=is_constraint, **variables)
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    return caught.value


def one(text: str, *, is_constraint: bool = False, **variables: str) -> DeclaredRequirement:
    (declared,) = read(text, is_constraint=is_constraint, **variables).declared
    return declared


def option(text: str) -> Option:
    (found,) = read(text).options
    return found


def at(line: int) -> Place:
    return Place(file="reqs/main.txt", line=line)


def test_requirement_is_read_with_all_that_pep_508_gives_it() -> None:
    """Extras, specifier, marker; spaces where people write them."""
    declared = one('Spam [ A , b ] >= 1, < 2 ; python_version > "3"')
    assert declared.wanted == Requirement('Spam[a,b]>=1,<2; python_version > "3"')
    assert str(declared.marker) == 'python_version > "3"'


def test_requirements_know_their_lines() -> None:
    """Continued lines count from their first; comments and empty lines count too."""
    found = read("# all\n\nspam \\\n  >=1\neggs\r\nham")
    assert [str(each.declared_at) for each in found.declared] == [
        "reqs/main.txt:3",
        "reqs/main.txt:5",
        "reqs/main.txt:6",
    ]


def test_requirement_has_the_hashes_and_settings_of_its_line() -> None:
    """As pip-compile writes them; any of the hashes will do."""
    declared = one(
        f"spam==1 ; os_name == 'posix' \\\n    --hash=sha256:{SHA256} \\\n"
        f"    --hash sha512:{SHA512.upper()} \\\n    -C a=1 --config-settings=a=2 \\\n"
        "    --config-setting '--build-option=--x y'\n    # via eggs\n"
    )
    assert declared.hashes == (Hash("sha256", SHA256), Hash("sha512", SHA512))
    assert declared.config_settings == (("a", "1"), ("a", "2"), ("--build-option", "--x y"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("spam @ https://files.example/s.zip", ReferenceKind.ARCHIVE),
        ("https://files.example/s.zip#egg=spam ; os_name == 'posix'", ReferenceKind.ARCHIVE),
        ("./wheels/spam-1.0-py3-none-any.whl[x]", ReferenceKind.ARCHIVE),
        ("./spam[dev]", ReferenceKind.DIRECTORY),
        ("git+https://git.example/spam@main#egg=spam", ReferenceKind.VCS),
    ],
)
def test_line_names_a_place(text: str, kind: ReferenceKind) -> None:
    """All forms of direct references; relative paths start from the working directory (pip)."""
    wanted = one(text).wanted
    assert isinstance(wanted, DirectRequest)
    assert wanted.kind is kind
    assert not wanted.editable


@pytest.mark.parametrize(
    "text",
    [
        *("-e ./spam", "--editable ./spam", "--editable=./spam", "-e./spam", "-e spam"),
        *("-e './spam'", "-e ./spam -C a=b", "-e ./spam ; os_name == 'posix'"),
    ],
)
def test_line_is_editable(text: str) -> None:
    """A marker after `-e` counts; pip drops it without a word."""
    declared = one(text)
    assert declared.is_editable
    assert isinstance(declared.wanted, DirectRequest)
    assert declared.wanted.url == "file:///project/spam"
    assert (declared.marker is not None) == (";" in text)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("-i https://a.example/", RepositoryOptionName.INDEX_URL, "https://a.example/"),
        ("-ihttps://a.example/", RepositoryOptionName.INDEX_URL, "https://a.example/"),
        ("--pypi-url=https://a.example/", RepositoryOptionName.INDEX_URL, "https://a.example/"),
        ("--extra-index-url b", RepositoryOptionName.EXTRA_INDEX_URL, "b"),
        ("--trusted-host a:80", RepositoryOptionName.TRUSTED_HOST, "a:80"),
        ("--find-links https://a.example/", RepositoryOptionName.FIND_LINKS, "https://a.example/"),
        ("--no-index", RepositoryOptionName.NO_INDEX, ""),
    ],
)
def test_repository_option_is_read(text: str, name: RepositoryOptionName, value: str) -> None:
    """With its line, in every spelling that pip has."""
    assert option(text) == RepositoryOption(name=name, value=value, declared_at=at(1))


def test_find_links_may_lie_beside_the_file() -> None:
    """It counts if it exists, else the one in the working directory does (pip)."""
    found = option("-f '../my wheels'")
    assert isinstance(found, RepositoryOption)
    assert (found.value, found.beside_file) == ("../my wheels", "my wheels")


def test_repository_option_hides_its_password() -> None:
    """It is needed to log in, and shown nowhere."""
    found = option("-i https://user:hunter2@a.example/simple")
    assert isinstance(found, RepositoryOption)
    assert "hunter2" in found.value
    assert "hunter2" not in repr(found) + str(found)
    assert str(found) == "--index-url https://a.example/simple"


def test_other_options_are_read() -> None:
    """Names are normalised; `:none:` takes back what was said before."""
    found = read(
        "--pre --prefer-binary\n--no-binary Foo_Bar,:none:\n--use-feature=x\n--require-hashes"
    )
    assert found.options == (
        Switch(name=SwitchName.PRE, declared_at=at(1)),
        Switch(name=SwitchName.PREFER_BINARY, declared_at=at(1)),
        NamesOption(name=NamesOptionName.NO_BINARY, names=("foo-bar", ":none:"), declared_at=at(2)),
        FeatureOption(feature="x", declared_at=at(3)),
        Switch(name=SwitchName.REQUIRE_HASHES, declared_at=at(4)),
    )


def test_variables_are_put_in_place() -> None:
    """`${NAME}` in capitals only; `$NAME` and `${name}` stand for themselves."""
    declared = one("spam @ https://${USER_1}:${PW}@a.example/$HOME/${x}.zip", USER_1="me", PW="hid")
    assert isinstance(declared.wanted, DirectRequest)
    assert declared.wanted.url == "https://a.example/$HOME/${x}.zip"
    assert declared.wanted.credentials is not None
    assert declared.wanted.credentials.password == "hid"


def test_line_is_refused_when_its_variable_is_not_set() -> None:
    """In pip `${TOKEN}` itself would go to the server, which nobody means."""
    line = "-i https://${TOKEN}@a.example/simple"
    for error in (refusal(line), refusal(line, TOKEN="")):
        assert error.message == "reqs/main.txt:1: the variable TOKEN is not set, or empty"


def test_variable_in_a_comment_need_not_be_set() -> None:
    """Comments go first."""
    assert read("spam # ${TOKEN}\n").declared


def test_error_does_not_tell_the_value_of_a_variable() -> None:
    """Not even where the parser's own words would quote it."""
    error = refusal("spam=${TOKEN}", TOKEN="hunter2")
    assert error.context == ("spam=${TOKEN}",)
    assert "hunter2" not in f"{error.message} {error.hint}"
    assert refusal("${TOKEN}@1", TOKEN="hunter2").message.startswith(
        "reqs/main.txt:1: what follows '${TOKEN} @' is neither"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("spam==", "no requirement"),
        ("spam eggs", "no requirement"),
        ("'spam'", "no requirement"),
        ("--frobnicate x", "--frobnicate is not an option"),
        ("--prehttps://user:hunter2@a.example/", "is not an option"),
        ("-x", "-x is not an option"),
        ("--pre=1", "takes no value"),
        ("-i", "-i needs a value"),
        ("-i --pre", "-i needs a value"),
        ("-i a b", "belongs to none"),
        ("-i 'a", "quotation mark"),
        ("spam --pre", "--pre needs a line of its own"),
        ("spam -i https://user:hunter2@a.example/", "--index-url needs a line of its own"),
        ("-r a.txt -e .", "beginning of a line"),
        ("-e . -e .", "beginning of a line"),
        ("-e", "-e needs"),
        ("-e 'a' 'b'", "one requirement"),
        ("-e https://files.example/s.zip", "can be editable"),
        ("--hash=sha256:x", "belongs on the line of a requirement"),
        ("spam --hash=md5:abc", "sha256, sha384 and sha512"),
        ("spam --hash=sha256:abc", "64 hexadecimal digits"),
        (f"./spam --hash=sha256:{SHA256}", "only an archive has a hash"),
        (f"-e ./spam --hash=sha256:{SHA256}", "only an archive has a hash"),
        ("spam -C a", "KEY=VALUE"),
        ("spam --global-option=x", "setup.py"),
        ("--no-binary a,,b", "names"),
        ("-r ftp://a.example/x", "read from paths"),
        ("https://user:hunter2@a.example/s.whl", "a wheel can have"),
        ("# ok\v-r hidden.txt", "control character"),
        ("# ok\N{LINE SEPARATOR}hidden", "control character"),
    ],
)
def test_line_is_refused_when_any_of_it_would_be_passed_over(text: str, says: str) -> None:
    """With file and line, and its text without passwords."""
    error = refusal(f"# first\n{text}")
    assert error.message.startswith("reqs/main.txt:2: ")
    assert says in error.message
    assert "hunter2" not in repr((error.message, error.context, error.hint))


def test_error_shows_the_line() -> None:
    """As it was written, continuations joined, without login and query."""
    error = refusal("spam @ https://u:hunter2@a.example/s.zip?key=hunter2 \\\n --frob")
    assert error.context == ("spam @ https://a.example/s.zip?…  --frob",)


def test_unknown_option_brings_the_nearest_one_to_mind() -> None:
    """A beginning of an option is enough for pip; xpip would have to guess."""
    assert refusal("--extra-index https://a.example").hint == "Did you mean --extra-index-url?"


def test_single_equals_sign_brings_two_to_mind() -> None:
    """The most common slip."""
    assert refusal("spam=1.0").hint == "Write spam==1.0."


def test_constraint_is_told_from_a_requirement() -> None:
    """It may have hashes (pip 26.1), a URL, a marker."""
    found = read(f"spam==1 --hash=sha256:{SHA256}\neggs @ ./eggs", is_constraint=True)
    assert len(found.constraints) == 2
    assert found.requirements == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-e ./spam", "editable"),
        ("spam[x]==1", "extras"),
        ("./spam", "name"),
        ("spam -C a=b", "--config-settings"),
        ("-r other.txt", "requires nothing"),
    ],
)
def test_constraint_is_refused_when_it_says_more_than_a_version(text: str, says: str) -> None:
    """As in pip; where pip would install what `-r` names, this is an error."""
    assert says in refusal(text, is_constraint=True).message
