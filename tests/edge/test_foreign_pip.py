"""pip's settings → a mapping file: configuration, variables, requirements files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.foreign import Project

from xpip.edge.config.repositories import DEFAULT_INDEX
from xpip.edge.foreign_settings.pip import configuration_places
from xpip.edge.foreign_settings.places import Setting
from xpip.errors import UsageError

LEAK = "s3cret"
CONFIGURATION = """\
[global]
index-url = https://pypi.corp.example/simple
extra-index-url =
    https://user:s3cret@other.example/simple/
trusted-host =
    pypi.corp.example
    plain.example

[download]
index-url = https://elsewhere.example/simple/
"""
GOLDEN = """\
# Made by `xpip map import` from pip.conf: read it before you trust it.
# The first rule that matches a name decides, and the name is sent nowhere else; a name that no
# rule matches is refused (`xpip help mapping-file`).

schema = 1

# From pip.conf:2 [global] index-url.
[repositories.pypi-corp-example]
urls = ["https://pypi.corp.example/simple"]

# From pip.conf:3 [global] extra-index-url.
# Its credentials stay out of this file: set XPIP_OTHER_EXAMPLE_USERNAME and
# XPIP_OTHER_EXAMPLE_PASSWORD, or XPIP_OTHER_EXAMPLE_TOKEN; and
# XPIP_OTHER_EXAMPLE_ORIGIN=https://other.example where the file is in a checkout.
[repositories.other-example]
urls = ["https://other.example/simple/"]
auth = "required"

# Every other name. One that several of these hold is refused: put names of your own into a rule
# of theirs (`xpip help collisions`).
# From pip.conf:2 [global] index-url, pip.conf:3 [global] extra-index-url.
[[mapping]]
paths = ["*"]
repositories = ["pypi-corp-example", "other-example"]

# To be decided by you:
#
#  - pip.conf:2 [global] index-url, pip.conf:3 [global] extra-index-url: pip takes the best
#    version from all of pypi-corp-example and other-example; here a name that several of them
#    hold is refused, until a rule names its repository (`xpip help collisions`)
#  - credentials for other-example: set XPIP_OTHER_EXAMPLE_USERNAME and
#    XPIP_OTHER_EXAMPLE_PASSWORD, or XPIP_OTHER_EXAMPLE_TOKEN; and
#    XPIP_OTHER_EXAMPLE_ORIGIN=https://other.example where the file is in a checkout
#  - pip.conf:10 [download] index-url: [download]: xpip installs; this is for another command of
#    pip's
#  - pip.conf:5 [global] trusted-host: trusted-host pypi.corp.example: not imported:
#    certificates are always checked, and no http: index of this host is in use; a private
#    authority's certificate goes to --cert
#  - pip.conf:5 [global] trusted-host: trusted-host plain.example: not imported: certificates
#    are always checked, and no http: index of this host is in use; a private authority's
#    certificate goes to --cert
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_configuration_becomes_a_judged_rule_with_comments(project: Project) -> None:
    """Golden: the whole file, for an index and an extra one."""
    project.write("pip.conf", CONFIGURATION)

    made = project.imported("pip.conf")

    assert made.text == GOLDEN
    assert made.judged("anything")


def test_variables_override_the_configuration_and_say_so(project: Project) -> None:
    """What does not last is listed, not lost."""
    named = project.write("my.conf", "[global]\nindex-url = https://old.example/simple\n")

    made = project.imported(
        "pip",
        variables={
            "PIP_CONFIG_FILE": str(named),
            "PIP_INDEX_URL": "https://new.example/simple",
        },
    )

    assert made.asked("spam") == [["new-example"]]
    assert "my.conf:2 [global] index-url: index-url: overridden by PIP_INDEX_URL" in made.unsaid


def test_requirements_files_add_to_the_configuration_with_what_they_include(
    project: Project,
) -> None:
    """Options of included files count, with their own places."""
    project.write(
        "requirements.txt", "-r more/deep.txt\n-f ./wheels\nspam  # -i https://no.example\n"
    )
    project.write(
        "more/deep.txt",
        "# -i https://no.example\n--extra-index-url \\\n  https://x.example/simple\n",
    )

    made = project.imported("requirements.txt")

    assert made.asked("spam") == [["pypi", "x-example", "wheels"]]
    assert "From more/deep.txt:2 --extra-index-url" in made.text
    assert 'urls = ["./wheels"]' in made.text


def test_no_index_leaves_directories_alone(project: Project) -> None:
    """The indexes that it switches off are listed."""
    project.write("requirements.txt", "--no-index\n-i https://x.example/simple\n-f wheels\n")

    made = project.imported("requirements.txt")

    assert made.asked("spam") == [["wheels"]]
    assert "index-url: not asked, by requirements.txt:1 --no-index" in made.unsaid


def test_plain_http_is_taken_when_its_host_is_trusted(project: Project) -> None:
    """The map says `insecure`; another plain host is not imported at all."""
    project.write("requirements.txt", "-i http://a.example/simple\n--trusted-host a.example\n")
    assert "insecure = true" in project.imported("requirements.txt").text

    project.write("requirements.txt", "-i http://a.example/simple\n")
    made = project.imported("requirements.txt")
    assert made.asked("spam") == []
    assert "no setting trusts this host" in made.unsaid


def test_open_rule_is_a_comment_when_an_index_cannot_be_said(project: Project) -> None:
    """A page of links is missing: its names would be taken from PyPI, so nothing is opened."""
    project.write("requirements.txt", "-f https://links.example/all.html\n")

    made = project.imported("requirements.txt")

    assert made.asked("spam") == []
    assert '#paths = ["*"]' in made.text
    assert "a page of links is no repository" in made.unsaid


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@x.example/simple",
        "https://s3cret@x.example/simple",
        "https://user:s3cret@x.example:port/simple",
        "https://x.example/simple?token=s3cret",
        "user:s3cret@x.example/simple",
        "s3cret@x.example/simple",
        "ftp://user:s3cret@x.example/simple",
        "//user:s3cret@x.example/simple",
    ],
)
def test_credentials_are_never_shown(url: str, project: Project) -> None:
    """Neither in the file nor beside it, whatever the URL is worth."""
    project.write("requirements.txt", f"-i {url}\n--extra-index-url https://y.example/simple\n")

    made = project.imported("requirements.txt")

    assert LEAK not in made.text
    assert LEAK not in made.unsaid


def test_broken_configuration_is_refused_without_showing_it(project: Project) -> None:
    """A parser's message quotes the line, which may hold a password."""
    project.write("pip.conf", "[global]\nhttps://user:s3cret@x.example/simple\n no\n")

    with pytest.raises(UsageError) as error:
        project.imported("pip.conf")

    assert LEAK not in str(error.value.__dict__)


@pytest.mark.skipif(os.name == "nt", reason="the places of POSIX systems")
def test_configuration_is_looked_for_where_pip_does(tmp_path: Path) -> None:
    """Global, user, environment, in this order; PIP_CONFIG_FILE last, or nothing at all."""
    environ = {"HOME": "/h", "XDG_CONFIG_DIRS": "/x", "VIRTUAL_ENV": "/v"}
    setting = Setting(environ=environ, cwd=tmp_path, public=DEFAULT_INDEX)
    places = [str(each) for each in configuration_places(setting)]
    expected = ["/x/pip/pip.conf", "/etc/pip.conf", "/h/.pip/pip.conf", "/v/pip.conf"]
    assert [each for each in places if each in expected] == expected

    nothing = {**environ, "PIP_CONFIG_FILE": os.devnull}
    assert configuration_places(Setting(environ=nothing, cwd=tmp_path, public="")) == ()
