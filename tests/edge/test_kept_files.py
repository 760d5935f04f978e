"""Files that are left in a directory of the user's: what may happen to what is there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from xpip.edge.kept_files import FileToKeep, Keeping, keep_files
from xpip.errors import InstallationError, PolicyError, Reason


def verified(path: Path, text: str, *, replaces: bool = False) -> FileToKeep:
    """A file with these contents, and their digest."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return FileToKeep(path=path, sha256=sha256, replaces=replaces)


def contents(directory: Path) -> dict[str, str]:
    """All that lies there."""
    return {path.name: path.read_text() for path in directory.iterdir()}


def test_files_are_saved_in_a_directory_that_is_made_for_them(tmp_path: Path) -> None:
    """Nothing else is left beside them."""
    files = [verified(tmp_path / "a/spam.whl", "spam"), verified(tmp_path / "b/eggs.zip", "eggs")]
    directory = tmp_path / "some" / "wheels"

    kept = keep_files(files, directory)

    assert [each.keeping for each in kept] == [Keeping.SAVED, Keeping.SAVED]
    assert contents(directory) == {"spam.whl": "spam", "eggs.zip": "eggs"}


def test_file_is_left_alone_when_it_is_there_already(tmp_path: Path) -> None:
    """Its time is that of the first run."""
    directory = tmp_path / "wheels"
    files = [verified(tmp_path / "a/spam.whl", "spam")]
    keep_files(files, directory)
    before = (directory / "spam.whl").stat().st_mtime_ns

    (kept,) = keep_files(files, directory)

    assert kept.keeping is Keeping.THERE
    assert (directory / "spam.whl").stat().st_mtime_ns == before


def test_no_file_is_saved_when_one_meets_another_of_its_name(tmp_path: Path) -> None:
    """All or none; what is there stays."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    (directory / "spam.whl").write_text("mine")
    files = [verified(tmp_path / "a/eggs.whl", "eggs"), verified(tmp_path / "a/spam.whl", "spam")]

    with pytest.raises(InstallationError) as caught:
        keep_files(files, directory)

    assert caught.value.reference is Reason.FILE_COLLISION
    assert caught.value.context == ("spam.whl",)
    assert contents(directory) == {"spam.whl": "mine"}


def test_file_that_was_made_here_replaces_the_one_of_before(tmp_path: Path) -> None:
    """Two builds of one source seldom give the same bytes."""
    directory = tmp_path / "wheels"
    keep_files([verified(tmp_path / "a/spam.whl", "old")], directory)

    (kept,) = keep_files([verified(tmp_path / "a/spam.whl", "new", replaces=True)], directory)

    assert kept.keeping is Keeping.REPLACED
    assert contents(directory) == {"spam.whl": "new"}


def test_directory_in_the_way_is_not_replaced(tmp_path: Path) -> None:
    """Whatever it is, it is no wheel that was built before."""
    (tmp_path / "wheels" / "spam.whl").mkdir(parents=True)
    file = verified(tmp_path / "a/spam.whl", "new", replaces=True)

    with pytest.raises(InstallationError, match="other contents"):
        keep_files([file], tmp_path / "wheels")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """Two URLs may well end alike; neither file is the other's."""
    files = [verified(tmp_path / "a/main.zip", "spam"), verified(tmp_path / "b/main.zip", "eggs")]

    with pytest.raises(InstallationError, match=r"Two files have the name main\.zip"):
        keep_files(files, tmp_path / "wheels")

    assert not (tmp_path / "wheels").exists()


def test_file_is_refused_when_it_has_changed_since_it_was_verified(tmp_path: Path) -> None:
    """What counts is the copy, not what was looked at before."""
    directory = tmp_path / "wheels"
    file = verified(tmp_path / "a/spam.whl", "spam")
    file.path.write_text("malice")

    with pytest.raises(PolicyError) as caught:
        keep_files([file], directory)

    assert caught.value.reference is Reason.HASH_MISMATCH
    assert contents(directory) == {}


def test_no_file_is_replaced_when_a_later_one_cannot_be_read(tmp_path: Path) -> None:
    """All are copied before the first is moved in."""
    directory = tmp_path / "wheels"
    keep_files([verified(tmp_path / "a/eggs.whl", "old")], directory)
    new = verified(tmp_path / "a/eggs.whl", "new", replaces=True)
    gone = FileToKeep(path=tmp_path / "a/gone.whl", sha256="0" * 64)

    with pytest.raises(InstallationError) as caught:
        keep_files([new, gone], directory)

    assert caught.value.reference is Reason.DISK
    assert contents(directory) == {"eggs.whl": "old"}
