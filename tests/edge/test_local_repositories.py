"""Repositories on this machine's disk: directories of files, and `file:` trees of pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from tests.support.asking import candidate_of
from tests.support.wheels import build_wheel

from xpip.core.facts import (
    Absent,
    Answer,
    CoreMetadata,
    File,
    Found,
    InvalidMetadata,
    Layout,
    Repository,
    Unavailable,
)
from xpip.edge.repositories.local import LocalRepositories
from xpip.errors import Reason


def ask(path: Path, project: str = "spam", layout: Layout = Layout.FLAT) -> Answer:
    """What a directory, or a file, answers for a project."""
    repository = Repository(url=path.as_uri() + ("/" if path.is_dir() else ""), layout=layout)
    return LocalRepositories().page(repository, canonicalize_name(project))


def ask_tree(root: Path, project: str = "spam") -> Answer:
    """What a tree of pages answers."""
    return ask(root, project, Layout.SIMPLE)


def filenames(answer: Answer) -> list[str]:
    """All files of a page that was found."""
    assert isinstance(answer, Found), answer
    return [file.filename for release in answer.page.releases for file in release.files]


def unusable(answer: Answer) -> Reason:
    """Why an answer is neither a page nor a no."""
    assert isinstance(answer, Unavailable), answer
    return answer.reason


def write_index(home: Path, name: str, content: str) -> None:
    """Write one project's page."""
    home.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(content)


def test_directory_has_the_files_whose_names_say_so(tmp_path: Path) -> None:
    """`--find-links DIRECTORY`: one project among others, whatever the spelling."""
    for project in ("some-thing", "Some.Thing-else", "eggs"):
        build_wheel(tmp_path, project, "1.0")
    (tmp_path / "Some.Thing-2.0.tar.gz").touch()
    (tmp_path / "some_thing.txt").touch()
    answer = ask(tmp_path, "some-thing")
    assert filenames(answer) == ["Some.Thing-2.0.tar.gz", "some_thing-1.0-py3-none-any.whl"]


def test_directory_gives_addresses_that_lead_to_its_files(tmp_path: Path) -> None:
    """Also where a path holds what a URL may not."""
    build_wheel(tmp_path / "a b%20c#d?", "spam", "1.0+local")
    answer = ask(tmp_path / "a b%20c#d?")
    assert isinstance(answer, Found)
    (file,) = answer.page.releases[0].files
    candidate = candidate_of(file, "spam", "1.0+local")
    assert isinstance(LocalRepositories().metadata(candidate), CoreMetadata)


def test_project_is_absent_when_the_directory_has_no_file_of_it(tmp_path: Path) -> None:
    """The directory was read, and that is a no."""
    build_wheel(tmp_path, "eggs", "1.0")
    assert isinstance(ask(tmp_path), Absent)


@pytest.mark.parametrize("layout", Layout)
def test_directory_is_unavailable_when_it_is_missing(tmp_path: Path, layout: Layout) -> None:
    """A drive that is not there has said nothing about any name."""
    assert unusable(ask(tmp_path / "gone", layout=layout)) is Reason.UNREACHABLE


@pytest.mark.parametrize("layout", Layout)
def test_directory_is_unavailable_when_it_cannot_be_read(tmp_path: Path, layout: Layout) -> None:
    """Something is there, and it is neither empty nor full."""
    (tmp_path / "loop").symlink_to("loop")
    assert unusable(ask(tmp_path / "loop", layout=layout)) is Reason.UNREACHABLE


def test_project_is_unavailable_when_its_directory_cannot_be_read(tmp_path: Path) -> None:
    """Here a link in a circle; as well a directory that is closed to this user."""
    (tmp_path / "spam").symlink_to("spam")
    assert unusable(ask_tree(tmp_path)) is Reason.UNREACHABLE


@pytest.mark.parametrize("name", ["index.json", "index.html"])
def test_tree_has_the_page_of_a_project(tmp_path: Path, name: str) -> None:
    """`file:` as an index URL: each project has a directory with a page."""
    contents = {
        "index.json": json.dumps(
            {
                "meta": {"api-version": "1.0"},
                "name": "spam",
                "files": [{"filename": "spam-1.0.tar.gz", "url": "spam-1.0.tar.gz", "hashes": {}}],
            }
        ),
        "index.html": '<a href="spam-1.0.tar.gz">spam-1.0.tar.gz</a>',
    }
    write_index(tmp_path / "spam", name, contents[name])
    assert filenames(ask_tree(tmp_path)) == ["spam-1.0.tar.gz"]


def test_tree_prefers_json_when_it_has_both(tmp_path: Path) -> None:
    """It can say more."""
    write_index(tmp_path / "spam", "index.json", '{"meta": {}, "files": []}')
    write_index(tmp_path / "spam", "index.html", '<a href="spam-1.0.tar.gz">old</a>')
    assert filenames(ask_tree(tmp_path)) == []


def test_tree_has_the_files_themselves_when_there_is_no_page(tmp_path: Path) -> None:
    """A directory for each project, as some mirrors keep it."""
    build_wheel(tmp_path / "spam", "spam", "1.0")
    assert filenames(ask_tree(tmp_path)) == ["spam-1.0-py3-none-any.whl"]


def test_project_is_absent_when_the_tree_has_no_directory_of_it(tmp_path: Path) -> None:
    """The tree itself is there."""
    write_index(tmp_path / "eggs", "index.html", '<a href="eggs-1.0.tar.gz">eggs</a>')
    assert isinstance(ask_tree(tmp_path), Absent)


def test_project_is_unavailable_when_its_directory_leads_nowhere(tmp_path: Path) -> None:
    """A link to a drive that is not there: the tree has the name, but not its page."""
    (tmp_path / "spam").symlink_to(tmp_path / "unmounted")
    assert unusable(ask_tree(tmp_path)) is Reason.UNREACHABLE


@pytest.mark.parametrize("name", ["index.json", "index.html"])
def test_project_is_unavailable_when_its_page_leads_nowhere(tmp_path: Path, name: str) -> None:
    """Its files are not guessed from the directory instead."""
    build_wheel(tmp_path / "spam", "spam", "1.0")
    (tmp_path / "spam" / name).symlink_to(tmp_path / "unmounted")
    assert unusable(ask_tree(tmp_path)) is Reason.UNREACHABLE


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("index.json", "{", Reason.NOT_AN_INDEX),
        ("index.json", '{"meta": {"api-version": "2.0"}, "files": []}', Reason.API_VERSION),
        ("index.json", '{"meta": {}, "name": "eggs", "files": []}', Reason.NOT_AN_INDEX),
        ("index.html", "", Reason.NOT_AN_INDEX),
        ("index.html", "<h1>Under construction</h1>", Reason.NOT_AN_INDEX),
    ],
)
def test_project_is_unavailable_when_its_page_is_none(
    tmp_path: Path, name: str, content: str, reason: Reason
) -> None:
    """Held to the same rules as a server's."""
    write_index(tmp_path / "spam", name, content)
    assert unusable(ask_tree(tmp_path)) is reason


def test_flat_page_has_the_files_of_one_project(tmp_path: Path) -> None:
    """`--find-links PAGE.html`."""
    page = tmp_path / "links.html"
    page.write_text('<a href="spam-1.0.tar.gz">s</a> <a href="eggs-2.0.tar.gz">e</a>')
    assert filenames(ask(page)) == ["spam-1.0.tar.gz"]
    assert isinstance(ask(page, "ham"), Absent)


def test_flat_page_is_unavailable_when_it_is_no_page(tmp_path: Path) -> None:
    """A file that lists nothing at all is the wrong file."""
    page = tmp_path / "links.html"
    page.write_text("<h1>Hello</h1>")
    assert unusable(ask(page)) is Reason.NOT_AN_INDEX


def test_local_wheel_tells_its_metadata(tmp_path: Path) -> None:
    """Read where it lies."""
    wheel = build_wheel(tmp_path, "spam", "1.0", requires=["eggs"])
    file = File(filename=wheel.name, url=wheel.as_uri())
    answer = LocalRepositories().metadata(candidate_of(file, "spam", "1.0"))
    assert isinstance(answer, CoreMetadata)
    assert [str(requirement) for requirement in answer.requires] == ["eggs"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        b"no zip at all",
    ],
)
def test_local_wheel_is_invalid_when_it_is_none(tmp_path: Path, content: bytes) -> None:
    """Its release is passed over, with this reason."""
    wheel = tmp_path / "spam-1.0-py3-none-any.whl"
    wheel.write_bytes(content)
    file = File(filename=wheel.name, url=wheel.as_uri())
    answer = LocalRepositories().metadata(candidate_of(file, "spam", "1.0"))
    assert isinstance(answer, InvalidMetadata)
    assert wheel.name in answer.detail


def test_local_wheel_is_invalid_when_its_files_lie_before_its_first_byte(tmp_path: Path) -> None:
    """The disk refuses to go there, and is not to blame."""
    wheel = build_wheel(tmp_path, "spam", "1.0")
    raw = bytearray(wheel.read_bytes())
    raw[-3] += 1  # of the directory's offset
    wheel.write_bytes(raw)
    file = File(filename=wheel.name, url=wheel.as_uri())
    answer = LocalRepositories().metadata(candidate_of(file, "spam", "1.0"))
    assert isinstance(answer, InvalidMetadata), answer


@pytest.mark.parametrize("target", [None, "unmounted", "spam-1.0-py3-none-any.whl", "."])
def test_local_wheel_is_unavailable_when_it_cannot_be_read(
    tmp_path: Path, target: str | None
) -> None:
    """Gone, or a link to a drive that is not there: no reason to take an older release."""
    wheel = tmp_path / "spam-1.0-py3-none-any.whl"
    if target is not None:
        wheel.symlink_to(target)
    file = File(filename=wheel.name, url=wheel.as_uri())
    answer = LocalRepositories().metadata(candidate_of(file, "spam", "1.0"))
    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.UNREACHABLE
    assert wheel.name in answer.detail
