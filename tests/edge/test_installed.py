"""What an environment holds already, as xpip finds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.direct_url import DirectUrl, DirInfo
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from xpip.core.direct_records import UnreadableRecord
from xpip.core.ports import InstalledDistributions
from xpip.edge.installed import (
    SitePackages,
    direct_record,
    is_requested,
    provenance_record,
    wheel_tags,
)
from xpip.errors import Reason, UsageError

SPAM = canonicalize_name("spam")


def metadata(name: str, version: str) -> str:
    """The least that METADATA must say, and one requirement."""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: eggs>=2\n"


def install(library: Path, name: str, version: str, *, installer: str | None = None) -> Path:
    """A .dist-info as an installer leaves it."""
    place = library / f"{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(metadata(name, version))
    if installer is not None:
        (place / "INSTALLER").write_text(installer)
    return place


def names(found: SitePackages) -> list[NormalizedName]:
    """The names of all that is installed."""
    return [distribution.project for distribution in found]


def test_find_reads_the_distribution_of_the_name(tmp_path: Path) -> None:
    """Version, requirements, place and installer."""
    place = install(tmp_path, "Spam", "1.0", installer="pip\n")
    found: InstalledDistributions = SitePackages([str(tmp_path)])
    spam = found.find(SPAM)
    assert spam is not None
    assert (spam.project, spam.version) == (SPAM, Version("1.0"))
    assert (spam.location, spam.installer) == (str(place), "pip")
    assert [str(requirement) for requirement in spam.metadata.requires] == ["eggs>=2"]


def test_find_answers_none_for_what_is_not_installed(tmp_path: Path) -> None:
    """An empty library, and one that does not exist."""
    assert SitePackages([str(tmp_path), str(tmp_path / "none")]).find(SPAM) is None


@pytest.mark.parametrize("directory", ["Foo_Bar-1.0.dist-info", "foo.bar-1.0.dist-info"])
def test_find_normalises_the_name_of_the_directory(directory: str, tmp_path: Path) -> None:
    """Old installers wrote the name as the project spells it."""
    (tmp_path / directory).mkdir()
    (tmp_path / directory / "METADATA").write_text(metadata("Foo.Bar", "1.0"))
    assert SitePackages([str(tmp_path)]).find(canonicalize_name("foo-bar")) is not None


def test_find_prefers_the_first_path(tmp_path: Path) -> None:
    """As Python's import does."""
    install(tmp_path / "a", "spam", "1.0")
    install(tmp_path / "b", "spam", "2.0")
    spam = SitePackages([str(tmp_path / "a"), str(tmp_path / "b")]).find(SPAM)
    assert spam is not None
    assert spam.version == Version("1.0")


def test_find_reads_each_project_once(tmp_path: Path) -> None:
    """The second answer is the first one's value."""
    install(tmp_path, "spam", "1.0")
    found = SitePackages([str(tmp_path)])
    assert found.find(SPAM) is found.find(SPAM)


def test_identify_leaves_unread_what_a_distribution_requires(tmp_path: Path) -> None:
    """Whatever stands there: name, version and origin are what is asked for."""
    place = install(tmp_path, "spam", "1.0", installer="pip")
    (place / "METADATA").write_text(metadata("spam", "1.0") + "Requires-Dist: (((\n")
    found = SitePackages([str(tmp_path)])
    spam = found.identify(SPAM)
    assert spam is not None
    assert (spam.version, spam.installer, spam.metadata.requires) == (Version("1.0"), "pip", ())
    assert found.find(SPAM) is None


@pytest.mark.parametrize("said", ["Name: eggs\nVersion: 1.0", "Name: spam", "Version: 1.0", ""])
def test_identify_answers_none_where_name_and_version_are_not_told(
    said: str, tmp_path: Path
) -> None:
    """METADATA of another project, or of none."""
    place = install(tmp_path, "spam", "1.0")
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\n{said}\n")
    assert SitePackages([str(tmp_path)]).identify(SPAM) is None


def test_beside_reads_none_of_the_projects_that_are_named(tmp_path: Path) -> None:
    """A broken one among them is not even opened."""
    install(tmp_path, "spam", "1.0")
    (tmp_path / "eggs-1.0.dist-info").mkdir()
    found = SitePackages([str(tmp_path)])
    assert [each.project for each in found.beside({"eggs"})] == ["spam"]
    assert found.broken() == ()


def test_find_reads_no_other_project(tmp_path: Path) -> None:
    """A broken neighbour is not even opened."""
    install(tmp_path, "spam", "1.0")
    (tmp_path / "broken-1.0.dist-info").mkdir()
    found = SitePackages([str(tmp_path)])
    found.find(SPAM)
    assert found.broken() == ()


def test_installed_distributions_come_sorted_by_name(tmp_path: Path) -> None:
    """No file system decides the order."""
    for path, name in (("a", "spam"), ("a", "eggs"), ("b", "ham")):
        install(tmp_path / path, name, "1.0")
    found = SitePackages([str(tmp_path / "a"), str(tmp_path / "b")])
    assert names(found) == ["eggs", "ham", "spam"]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (None, "METADATA: No such file or directory"),
        ("Name: spam\n", "METADATA has no Metadata-Version field"),
        (metadata("spam", "one"), "Invalid version: 'one'"),
        (metadata("eggs", "1.0"), "its metadata is that of eggs"),
    ],
)
def test_broken_distribution_is_not_installed_but_its_reason_is_kept(
    content: str | None, detail: str, tmp_path: Path
) -> None:
    """What cannot be read is passed over, and can be reported."""
    place = tmp_path / "spam-1.0.dist-info"
    place.mkdir()
    if content is not None:
        (place / "METADATA").write_text(content)
    found = SitePackages([str(tmp_path)])
    assert names(found) == []
    assert found.broken() == ((str(place), detail),)


def test_broken_leftover_does_not_hide_the_distribution(tmp_path: Path) -> None:
    """An empty .dist-info of an older version stays behind when an uninstall is cut short."""
    (tmp_path / "spam-0.9.dist-info").mkdir()
    install(tmp_path, "spam", "1.0")
    spam = SitePackages([str(tmp_path)]).find(SPAM)
    assert spam is not None
    assert spam.version == Version("1.0")


def test_dist_info_goes_before_egg_info(tmp_path: Path) -> None:
    """A wheel installed over a distutils installation is the newer of the two."""
    (tmp_path / "spam-0.9.egg-info").write_text(metadata("spam", "0.9"))
    install(tmp_path, "spam", "1.0")
    spam = SitePackages([str(tmp_path)]).find(SPAM)
    assert spam is not None
    assert spam.version == Version("1.0")


@pytest.mark.parametrize("name", ["spam-1.0-py3.11.egg-info", "spam.egg-info"])
@pytest.mark.parametrize("as_directory", [True, False], ids=["directory", "file"])
def test_egg_info_counts_as_installed(name: str, as_directory: bool, tmp_path: Path) -> None:
    """A file if distutils wrote it, if setuptools a directory."""
    place = tmp_path / name
    if as_directory:
        place.mkdir()
    (place / "PKG-INFO" if as_directory else place).write_text(metadata("spam", "1.0"))
    spam = SitePackages([str(tmp_path)]).find(SPAM)
    assert spam is not None
    assert (spam.version, spam.location, spam.installer) == (Version("1.0"), str(place), None)


def test_unlistable_directory_is_an_error(tmp_path: Path) -> None:
    """Failure is never read as absence."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(UsageError) as refusal:
        SitePackages([str(loop)]).find(SPAM)
    assert refusal.value.reference is Reason.NO_ENVIRONMENT


def test_copies_are_all_distributions_of_a_name(tmp_path: Path) -> None:
    """The one that counts comes first; what cannot be read is none."""
    for path, version in (("a", "1.0"), ("a", "2.0"), ("b", "3.0")):
        install(tmp_path / path, "spam", version)
    (tmp_path / "a" / "spam-0.9.dist-info").mkdir()
    found = SitePackages([str(tmp_path / "a"), str(tmp_path / "b")])
    assert [str(each.version) for each in found.copies(SPAM)] == ["1.0", "2.0", "3.0"]
    assert found.copies(SPAM)[0] == found.find(SPAM)
    assert found.copies(canonicalize_name("eggs")) == ()


def test_unreadable_entries_are_told_by_name(tmp_path: Path) -> None:
    """Also what older tools leave, which no standard describes."""
    place = tmp_path / "spam-0.9.dist-info"
    place.mkdir()
    (tmp_path / "eggs.egg-link").write_text("/src/eggs\n")
    found = SitePackages([str(tmp_path)])
    assert found.unreadable(SPAM) == ((str(place), "METADATA: No such file or directory"),)
    ((path, why),) = found.unreadable(canonicalize_name("eggs"))
    assert (Path(path).name, why.partition(",")[0]) == ("eggs.egg-link", "setup.py develop made it")
    assert names(found) == []


def test_records_beside_a_distribution_are_read_when_they_are_there(tmp_path: Path) -> None:
    """PEP 610, PEP 710, PEP 376 and PEP 427."""
    place = install(tmp_path, "spam", "1.0")
    location = str(place)
    assert direct_record(location) is None
    assert provenance_record(location) is None
    assert not is_requested(location)
    assert wheel_tags(location) == frozenset()
    (place / "direct_url.json").write_text('{"url": "file:///src", "dir_info": {}}')
    (place / "provenance_url.json").write_text('{"url": "https://files.example/spam.whl"}')
    (place / "REQUESTED").touch()
    (place / "WHEEL").write_text("Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n")
    assert direct_record(location) == DirectUrl(url="file:///src", dir_info=DirInfo())
    assert provenance_record(location) == {"url": "https://files.example/spam.whl"}
    assert is_requested(location)
    assert wheel_tags(location) == {"py2-none-any", "py3-none-any"}


def test_direct_record_is_unreadable_when_it_is_there_and_cannot_be_used(tmp_path: Path) -> None:
    """A directory, or bytes that say nothing: that is not the same as none."""
    place = install(tmp_path, "spam", "1.0")
    (place / "direct_url.json").mkdir()
    assert isinstance(direct_record(str(place)), UnreadableRecord)
    eggs = install(tmp_path, "eggs", "1.0")
    (eggs / "direct_url.json").write_text("{}")
    assert isinstance(direct_record(str(eggs)), UnreadableRecord)


def test_provenance_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    """It is a draft's, and nothing depends on it."""
    place = install(tmp_path, "spam", "1.0")
    for content in ("", "[]", "{"):
        (place / "provenance_url.json").write_text(content)
        assert provenance_record(str(place)) is None
