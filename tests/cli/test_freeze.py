"""`xpip freeze`: lines that xpip, pip and uv take to make the same again."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.distributions import put
from tests.support.tools import pip, uv
from tests.support.wheels import build_wheel
from tests.support.world import World


def test_freeze_prints_one_sorted_line_for_each_distribution(
    environment: Environment, xpip: Xpip
) -> None:
    """Exact versions; places where they came from places; no talk."""
    site = environment.site_packages
    put(site, "spam", "1.0+local")
    put(site, "Eggs_Ham", "2.0")
    commit = {"vcs": "git", "commit_id": "a" * 40, "requested_revision": "main"}
    put(site, "beef", direct_url={"url": "https://git.example/beef.git", "vcs_info": commit})
    put(site, "ale", direct_url={"url": "file:///src/ale", "dir_info": {"editable": True}})

    ended = xpip("freeze")

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "-e file:///src/ale  # ale==1.0",
        f"beef @ git+https://git.example/beef.git@{'a' * 40}",
        "eggs-ham==2.0",
        "spam==1.0+local",
    ]


def test_freeze_leaves_installers_out_unless_asked(environment: Environment, xpip: Xpip) -> None:
    """They are what installs the rest."""
    for name in ("pip", "xpip", "setuptools"):
        put(environment.site_packages, name)

    assert xpip("freeze").stdout == "setuptools==1.0\n"
    assert xpip("freeze", "--all").stdout == "pip==1.0\nsetuptools==1.0\nxpip==1.0\n"


def test_freeze_makes_a_comment_of_what_has_an_unknown_place(
    environment: Environment, xpip: Xpip
) -> None:
    """Its name alone would ask for something else, perhaps somebody else's."""
    put(environment.site_packages, "spam", direct_url={"url": "nowhere"})

    assert xpip("freeze").stdout.startswith("# spam==1.0: direct_url.json: ")


def test_frozen_lines_make_the_same_again(
    world: World, environment: Environment, xpip: Xpip, project: Path
) -> None:
    """In another environment, by each of the three."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    corp.serve("eggs", "2.0")
    xpip("install", "-i", corp.url, "spam", "eggs<2")
    pip(environment, "install", build_wheel(project / "my wheels", "ham", "1.0"))
    lines = xpip("freeze").stdout
    (project / "frozen.txt").write_text(lines)
    assert len(lines.splitlines()) == 3

    for number, install in enumerate((pip, uv)):
        other = Environment(project / str(number))
        source = ["--index-url", corp.url, "-r", project / "frozen.txt"]
        install(other, "install", *source)
        assert other.installed() == environment.installed()
    other = Environment(project / "third")
    ended = xpip("install", "-i", corp.url, "-r", "frozen.txt", "--python", other.python)
    assert ended.exit_code == 0, ended.stderr
    assert other.installed() == environment.installed()
    assert xpip("freeze", "--python", other.python).stdout == lines


def test_freeze_says_the_same_as_pip_where_pip_says_it(
    environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """Names, versions, URLs and hashes."""
    pip(environment, "install", build_wheel(tmp_path, "ham", "1.0"))
    put(environment.site_packages, "spam", "2.0")

    assert xpip("freeze").stdout == pip(environment, "freeze")
