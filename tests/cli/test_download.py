"""`xpip download` and `xpip wheel`: what an installation would take, in a directory of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.served_sources import serve_source
from tests.support.sources import commit_tree, write_tree
from tests.support.wheels import build_wheel
from tests.support.world import World


def files(directory: Path) -> list[str]:
    """The names of all that lies there."""
    return sorted(path.name for path in directory.iterdir())


# Files as repositories have them


def test_download_puts_what_would_be_installed_into_a_directory(
    world: World, project: Path, xpip: Xpip
) -> None:
    """Dependencies too; a line for each file says where it is from."""
    corp = world.repository("corp")
    served = corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "2.0")

    ended = xpip("download", "-i", corp.url, "spam", "-d", "files")

    assert ended.exit_code == 0, ended.stderr
    assert files(project / "files") == ["eggs-2.0-py3-none-any.whl", "spam-1.0-py3-none-any.whl"]
    assert (project / "files" / served.name).read_bytes() == served.read_bytes()
    shown = corp.url.removeprefix("http://")
    assert [line.split() for line in ended.stdout.splitlines()] == [
        ["+", "eggs-2.0-py3-none-any.whl", "from", shown],
        ["+", "spam-1.0-py3-none-any.whl", "from", shown],
    ]
    assert ended.stderr == "2 files in files: 2 saved.\n"


def test_download_puts_files_here_unless_it_is_told_where(
    world: World, project: Path, xpip: Xpip
) -> None:
    """As pip does."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])

    ended = xpip("download", "-i", corp.url, "--no-deps", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert files(project) == ["spam-1.0-py3-none-any.whl"]


def test_download_takes_no_notice_of_what_is_installed(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """The files are for another place."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    active = {"VIRTUAL_ENV": str(environment.directory)}
    xpip("install", "-i", corp.url, "spam", **active)

    xpip("download", "-i", corp.url, "spam", "-d", "files", **active)

    assert files(project / "files") == ["spam-1.0-py3-none-any.whl"]


def test_download_keeps_source_distributions_as_they_are(
    world: World, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """They are built no further than it takes to know what they need."""
    corp = world.repository("corp")
    served = serve_source(corp, tmp_path, "spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "2.0")

    ended = xpip("download", "-i", corp.url, "spam", "-d", "files")

    assert ended.exit_code == 0, ended.stderr
    assert files(project / "files") == ["eggs-2.0-py3-none-any.whl", "spam-1.0.tar.gz"]
    assert (project / "files/spam-1.0.tar.gz").read_bytes() == served.read_bytes()


def test_download_fetches_nothing_again_that_is_there(
    world: World, project: Path, xpip: Xpip
) -> None:
    """The hash of its page tells that it is the same."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    xpip("download", "-i", corp.url, "spam")
    asked = len(corp.files_asked())

    ended = xpip("download", "-i", corp.url, "spam")

    assert ended.stdout.startswith("= spam-1.0-py3-none-any.whl")
    assert ended.stderr == "1 file in .: 1 there already.\n"
    assert [name for name in corp.files_asked()[asked:] if name.endswith(".whl")] == []


def test_download_refuses_to_replace_another_file_of_the_same_name(
    world: World, project: Path, xpip: Xpip
) -> None:
    """All or nothing: no other file is saved either."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "1.0")
    (project / "spam-1.0-py3-none-any.whl").write_text("mine")

    ended = xpip("download", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (5, ["file-collision"])
    assert ended.data["errors"][0]["context"] == ["spam-1.0-py3-none-any.whl"]
    assert files(project) == ["spam-1.0-py3-none-any.whl"]
    assert (project / "spam-1.0-py3-none-any.whl").read_text() == "mine"


def test_download_refuses_what_install_refuses(world: World, project: Path, xpip: Xpip) -> None:
    """The same stages under the same policy: a collision ends it, and nothing is fetched."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("spam", "1.0")
    public.serve("spam", "99.0")

    ended = xpip("download", "--json", "-i", public.url, "--extra-index-url", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["collision"])
    assert files(project) == []


def test_download_refuses_a_file_that_is_not_the_one_its_page_describes(
    world: World, project: Path, xpip: Xpip
) -> None:
    """Verified as everywhere, and none of it is left."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", hashes={"sha256": "0" * 64})

    ended = xpip("download", "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["hash-mismatch"])
    assert files(project) == []


@pytest.mark.parametrize("command", ["download", "wheel"])
def test_download_refuses_a_wheel_that_needs_other_things_than_was_said(
    world: World, project: Path, xpip: Xpip, command: str
) -> None:
    """PEP 658: what was resolved with is what the file has to hold."""
    corp = world.repository("corp")
    corp.serve(
        "spam",
        "1.0",
        requires=["eggs"],
        metadata=b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n",
    )

    ended = xpip(command, "--json", "-i", corp.url, "spam")

    assert (ended.exit_code, ended.reasons) == (3, ["metadata-changed"])
    assert files(project) == []


def test_download_tells_its_files_as_data(world: World, project: Path, xpip: Xpip) -> None:
    """With their digests and origins."""
    corp = world.repository("corp")
    served = corp.serve("spam", "1.0")

    ended = xpip("download", "--json", "-i", corp.url, "spam")

    (file,) = ended.data["files"]
    assert file["file"] == served.name
    assert file["sha256"] == hashlib.sha256(served.read_bytes()).hexdigest()
    assert (file["outcome"], file["built_of"], file["requested"]) == ("saved", None, True)
    assert file["origin"]["page_url"] == corp.project_url("spam")


def test_download_leaves_out_a_source_tree_and_says_so(
    world: World, project: Path, xpip: Xpip
) -> None:
    """It is no file; what it needs is downloaded."""
    corp = world.repository("corp")
    corp.serve("eggs", "2.0")
    write_tree(project / "spam", "spam", "1.0", requires=["eggs"])

    ended = xpip("download", "-i", corp.url, "-e", "./spam", "-d", "files")

    assert ended.exit_code == 0, ended.stderr
    assert files(project / "files") == ["eggs-2.0-py3-none-any.whl"]
    assert "spam 1.0 is a source tree" in ended.stderr


# For another machine


def test_download_chooses_for_another_machine(world: World, project: Path, xpip: Xpip) -> None:
    """Its tags and its markers decide, not those of this one."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs; sys_platform == 'win32'"], tag="py3-none-win_amd64")
    corp.serve("spam", "1.0", requires=["ham"], tag="py3-none-manylinux_2_5_x86_64")
    corp.serve("eggs", "1.0", tag="cp313-cp313-win_amd64")

    ended = xpip(
        *("download", "-i", corp.url, "spam", "--only-binary", ":all:"),
        *("--platform", "win_amd64", "--python-version", "3.13"),
    )

    assert ended.exit_code == 0, ended.stderr
    assert files(project) == [
        "eggs-1.0-cp313-cp313-win_amd64.whl",
        "spam-1.0-py3-none-win_amd64.whl",
    ]


@pytest.mark.parametrize(
    "options", [(), ("--only-binary", "eggs"), ("--only-binary", ":all:", "--no-binary", "eggs")]
)
def test_download_for_another_machine_takes_wheels_only(
    world: World, xpip: Xpip, options: tuple[str, ...]
) -> None:
    """What sources become is known only where they are built."""
    corp = world.repository("corp")

    ended = xpip("download", "-i", corp.url, "spam", "--platform", "win_amd64", *options)

    assert ended.exit_code == 2
    assert "--only-binary :all:" in ended.stderr
    assert corp.projects_asked() == []


def test_download_for_another_machine_refuses_a_source_tree(project: Path, xpip: Xpip) -> None:
    """Its build would run here, and speak of here."""
    write_tree(project / "spam", "spam", "1.0")

    ended = xpip("download", "./spam", "--only-binary", ":all:", "--python-version", "3.12")

    assert ended.exit_code == 2
    assert "cannot be for another machine" in ended.stderr


def test_download_for_another_machine_takes_a_wheel_for_it_from_a_path(
    project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """Which it refuses for this one."""
    wheel = build_wheel(tmp_path, "spam", "1.0", tag="py3-none-win_arm64")
    there = ("--platform", "win_arm64", "--only-binary", ":all:")

    refused = xpip("download", "--json", "--no-index", wheel)
    taken = xpip("download", "--no-index", wheel, *there)

    assert (refused.exit_code, refused.reasons) == (1, ["no-candidate"])
    assert taken.exit_code == 0, taken.stderr
    assert files(project) == [wheel.name]


def test_download_names_a_platform_that_it_does_not_know(xpip: Xpip) -> None:
    """With what such names look like."""
    ended = xpip("download", "spam", "--only-binary", ":all:", "--platform", "linx")

    assert ended.exit_code == 2
    assert "manylinux_2_28_x86_64" in ended.stderr


# Wheels


def test_wheel_builds_what_is_none_and_keeps_the_rest(
    world: World, project: Path, xpip: Xpip, tmp_path: Path
) -> None:
    """The wheels that an installation would install, and where each is from."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "2.0")

    ended = xpip("wheel", "-i", corp.url, "spam", "-w", "wheels")

    assert ended.exit_code == 0, ended.stderr
    wheels = ["eggs-2.0-py3-none-any.whl", "spam-1.0-py3-none-any.whl"]
    assert files(project / "wheels") == wheels
    assert "spam-1.0-py3-none-any.whl  built of spam-1.0.tar.gz from " in ended.stdout


def test_wheels_can_be_installed_without_any_repository(
    world: World, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """What they are made for."""
    corp = world.repository("corp")
    serve_source(corp, tmp_path, "spam", "1.0", requires=["eggs"])
    corp.serve("eggs", "2.0")
    xpip("wheel", "-i", corp.url, "spam", "-w", "wheels")

    ended = xpip("install", "--no-index", "--find-links", "wheels", "spam")

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs": "2.0"}


def test_wheel_of_an_editable_tree_holds_the_tree(project: Path, xpip: Xpip) -> None:
    """A wheel that leads back to this directory would be of use nowhere else."""
    write_tree(project / "spam", "spam", "1.0")
    (project / "wanted.txt").write_text("-e ./spam\n")

    ended = xpip("wheel", "--no-index", "-r", "wanted.txt", "-w", "wheels")

    assert ended.exit_code == 0, ended.stderr
    other = Environment(project / ".venv")
    xpip("install", "--no-index", "-f", "wheels", "spam")
    located = Path(other.run("import spam; print(spam.__file__)"))
    assert located.is_relative_to(other.directory)


def test_wheel_that_was_built_before_is_replaced(project: Path, xpip: Xpip) -> None:
    """The tree has changed; so shall its wheel."""
    tree = write_tree(project / "spam", "spam", "1.0")
    xpip("wheel", "--no-index", "./spam", "-w", "wheels")
    (tree / "spam.py").write_text("changed = True\n")

    ended = xpip("wheel", "--no-index", "./spam", "-w", "wheels")

    assert ended.stdout.startswith("~ spam-1.0-py3-none-any.whl  built from file://")
    assert ended.stderr.endswith("1 file in wheels: 1 replaced.\n")


def test_wheel_of_a_commit_is_built(project: Path, xpip: Xpip, tmp_path: Path) -> None:
    """A repository of sources is a place like any other."""
    commit_tree(write_tree(tmp_path / "repository", "spam", "1.0"), "v1")

    ended = xpip("wheel", "--no-index", f"git+file://{tmp_path}/repository@v1")

    assert ended.exit_code == 0, ended.stderr
    assert files(project) == ["spam-1.0-py3-none-any.whl"]


def test_wheel_takes_a_wheel_at_a_path_as_it_is(project: Path, xpip: Xpip, tmp_path: Path) -> None:
    """There is nothing to build."""
    wheel = build_wheel(tmp_path, "spam", "1.0")

    ended = xpip("wheel", "--no-index", wheel)

    assert ended.exit_code == 0, ended.stderr
    assert (project / wheel.name).read_bytes() == wheel.read_bytes()
