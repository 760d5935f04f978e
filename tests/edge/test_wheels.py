"""Which wheels may be installed, and what is seen of them."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.support.wheels import Contents, build_wheel, metadata_of, record_hash

from xpip.edge.installation.wheels import open_wheel
from xpip.errors import InstallationError, Reason

INFO = "spam-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
WHEEL = "Wheel-Version: {}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def unpack(path: Path) -> dict[str, bytes]:
    """What would be installed of a wheel of spam 1.0, read to the end."""
    with open_wheel(path, project=canonicalize_name("spam"), version=Version("1.0")) as wheel:
        return {each.path: b"".join(each.contents) for each in wheel.members()}


def executables(path: Path) -> list[str]:
    """The files that would be executable."""
    with open_wheel(path, project=canonicalize_name("spam"), version=Version("1.0")) as wheel:
        return [f"{each.scheme}/{each.path}" for each in wheel.members() if each.executable]


def refusal(path: Path) -> str:
    """Why a wheel is refused as one of spam 1.0."""
    with pytest.raises(InstallationError) as caught:
        unpack(path)
    assert caught.value.reference is Reason.WHEEL_INVALID
    assert path.name in caught.value.message
    return " ".join(caught.value.context)


def add_member(path: Path, name: str, mode: int = 0o100644) -> None:
    """Append a member that RECORD does not know of."""
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, b"/etc/passwd")


def test_wheel_gives_its_files_and_metadata_when_all_is_right(tmp_path: Path) -> None:
    """RECORD is left out: the installation writes its own."""
    path = build_wheel(tmp_path, "spam", "1.0", requires=["eggs>=2"], files={"spam.py": "x = 1\n"})
    with open_wheel(path, project=canonicalize_name("spam"), version=Version("1.0")) as wheel:
        assert wheel.metadata == metadata_of(path)
    assert unpack(path).keys() == {"spam.py", f"{INFO}/METADATA", f"{INFO}/WHEEL"}


def test_wheel_is_refused_when_its_file_name_says_another_release(tmp_path: Path) -> None:
    """The first of three places that must agree with what was resolved."""
    path = build_wheel(tmp_path, "spam", "1.0").rename(tmp_path / "spam-1.1-py3-none-any.whl")
    assert "file name says spam 1.1" in refusal(path)


@pytest.mark.parametrize("info", ["spam-9.9.dist-info", "eggs-1.0.dist-info"])
def test_wheel_is_refused_when_its_dist_info_says_another_release(
    tmp_path: Path, info: str
) -> None:
    """The second place."""
    assert info in refusal(build_wheel(tmp_path, "spam", "1.0", dist_info=info))


@pytest.mark.parametrize("release", [("eggs", "1.0"), ("spam", "1.0.post1")])
def test_wheel_is_refused_when_its_metadata_says_another_release(
    tmp_path: Path, release: tuple[str, str]
) -> None:
    """The third place."""
    files = {f"{INFO}/METADATA": METADATA.format(*release)}
    assert "METADATA says" in refusal(build_wheel(tmp_path, "spam", "1.0", files=files))


def test_wheel_is_accepted_when_its_names_differ_only_in_spelling(tmp_path: Path) -> None:
    """Names are compared normalised; what is installed is normalised (RI)."""
    path = build_wheel(
        tmp_path,
        "spam",
        "1.0",
        dist_info="Spam-1.0.0.dist-info",
        files={"Spam-1.0.0.data/scripts/spam": "#!python\n"},
    )
    assert f"{INFO}/METADATA" in unpack(path)
    assert executables(path) == ["scripts/spam"]


def change_code(contents: Contents) -> None:
    """Same length, other contents."""
    contents["spam/__init__.py"] = contents["spam/__init__.py"].replace(b"1.0", b"6.6")


def lengthen_code(contents: Contents) -> None:
    """One byte more than RECORD says."""
    contents["spam/__init__.py"] += b"\n"


def add_unlisted(contents: Contents) -> None:
    """A file that RECORD does not list."""
    contents["spam/extra.py"] = b""


def remove_listed(contents: Contents) -> None:
    """A file that RECORD lists alone."""
    del contents["spam/__init__.py"]


def forget_hash(contents: Contents) -> None:
    """RECORD without the hash of a file."""
    known = record_hash(contents["spam/__init__.py"]).encode()
    contents[f"{INFO}/RECORD"] = contents[f"{INFO}/RECORD"].replace(known, b"")


def weaken_hash(contents: Contents) -> None:
    """A true hash of a broken algorithm."""
    code = contents["spam/__init__.py"]
    md5 = base64.urlsafe_b64encode(hashlib.md5(code).digest()).rstrip(b"=")
    record = contents[f"{INFO}/RECORD"].replace(record_hash(code).encode(), b"md5=" + md5)
    contents[f"{INFO}/RECORD"] = record


def remove_record(contents: Contents) -> None:
    """No RECORD at all."""
    del contents[f"{INFO}/RECORD"]


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (change_code, "spam/__init__.py is not what RECORD says"),
        (lengthen_code, "RECORD says"),
        (add_unlisted, "RECORD does not list spam/extra.py"),
        (remove_listed, "RECORD lists spam/__init__.py"),
        (forget_hash, "RECORD gives spam/__init__.py no hash"),
        (weaken_hash, "RECORD gives spam/__init__.py md5 hash"),
        (remove_record, "RECORD"),
    ],
)
def test_wheel_is_refused_when_record_and_contents_differ(
    tmp_path: Path, tamper: Callable[[Contents], None], why: str
) -> None:
    """RECORD covers every file, with sha256 or better, and no other."""
    assert why in refusal(build_wheel(tmp_path, "spam", "1.0", tamper=tamper))


def test_wheel_is_refused_when_a_file_that_is_dropped_is_not_what_record_says(
    tmp_path: Path,
) -> None:
    """What is not installed is verified all the same."""
    path = build_wheel(
        tmp_path,
        "spam",
        "1.0",
        files={f"{INFO}/INSTALLER": b"pip\n"},
        tamper=lambda contents: contents.update({f"{INFO}/INSTALLER": b"pap\n"}),
    )
    assert "INSTALLER is not what RECORD says" in refusal(path)


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/evil.py", "spam/../../evil.py", "spam\\evil.py", "C:evil.py", "a//b", "a\nb"],
)
def test_wheel_is_refused_when_a_member_leads_astray(tmp_path: Path, name: str) -> None:
    """Even if RECORD lists it."""
    path = build_wheel(tmp_path, "spam", "1.0", files={name: "evil"})
    assert "no path that a wheel may hold" in refusal(path)


def test_wheel_is_refused_when_a_name_has_a_nul(tmp_path: Path) -> None:
    """Read by zipfile, it would end there and be another name."""
    path = build_wheel(tmp_path, "spam", "1.0", files={"evil.py+hidden": "evil"})
    path.write_bytes(path.read_bytes().replace(b"evil.py+hidden", b"evil.py\0hidden"))
    assert "no path that a wheel may hold" in refusal(path)


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644])
def test_wheel_is_refused_when_a_member_is_no_plain_file(tmp_path: Path, mode: int) -> None:
    """Symbolic links and special files have no place in a wheel."""
    path = build_wheel(tmp_path, "spam", "1.0")
    add_member(path, "spam/link", mode)
    assert "link or a special file" in refusal(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["spam/__init__.py", "spam/__INIT__.py"])
def test_wheel_is_refused_when_two_members_may_be_one_file(tmp_path: Path, name: str) -> None:
    """The same name twice, or names that differ only in case."""
    path = build_wheel(tmp_path, "spam", "1.0")
    add_member(path, name)
    assert "may be one path" in refusal(path)


def test_wheel_is_refused_when_a_file_is_also_a_directory(tmp_path: Path) -> None:
    """One of them could not be written."""
    path = build_wheel(tmp_path, "spam", "1.0", files={"spam": "", "Spam/data/x": ""})
    assert "a file and a directory" in refusal(path)


def test_wheel_is_refused_when_it_has_two_dist_info_directories(tmp_path: Path) -> None:
    """A wheel is one distribution."""
    path = build_wheel(tmp_path, "spam", "1.0", files={"eggs-1.0.dist-info/METADATA": ""})
    assert "2 .dist-info directories" in refusal(path)


def test_wheel_is_refused_when_its_data_holds_a_dist_info(tmp_path: Path) -> None:
    """Else `.data/purelib` could bring the files that `.dist-info` may not."""
    name = f"spam-1.0.data/purelib/{INFO}/direct_url.json"
    path = build_wheel(tmp_path, "spam", "1.0", files={name: "{}"})
    assert "second .dist-info directory" in refusal(path)


@pytest.mark.parametrize("name", ["nowhere/x", "purelib"])
def test_wheel_is_refused_when_its_data_fits_no_scheme(tmp_path: Path, name: str) -> None:
    """Only purelib, platlib, headers, scripts and data are places."""
    path = build_wheel(tmp_path, "spam", "1.0", files={f"spam-1.0.data/{name}": ""})
    assert "belongs to no scheme" in refusal(path)


@pytest.mark.parametrize("version", ["2.0", "1", "one"])
def test_wheel_is_refused_when_its_format_is_of_another_major_version(
    tmp_path: Path, version: str
) -> None:
    """Binary distribution format: fail on a greater major version."""
    files = {f"{INFO}/WHEEL": WHEEL.format(version)}
    path = build_wheel(tmp_path, "spam", "1.0", files=files)
    assert f"Wheel-Version {version} is not supported" in refusal(path)


@pytest.mark.parametrize("entry_point", [
    {"../evil": "spam:main"},
    {"bin/evil": "spam:main"},
    {"bin\\evil": "spam:main"},
    {"..": "spam:main"},
    {"spam": "spam"},
    {"spam": "spam:main; import evil"},
    {"spam": "spam..cli:main"},
])  # fmt: skip
def test_wheel_is_refused_when_an_entry_point_is_no_script(
    tmp_path: Path, entry_point: dict[str, str]
) -> None:
    """A name must be a file name, and name what can be imported and called."""
    path = build_wheel(tmp_path, "spam", "1.0", entry_points=entry_point)
    assert "entry_points.txt" in refusal(path)


def test_wheel_drops_what_only_an_installer_may_say(tmp_path: Path) -> None:
    """Nobody can forge the origin of a file by shipping it."""
    forged = ("INSTALLER", "REQUESTED", "direct_url.json", "provenance_url.json")
    files = {f"{INFO}/{name}": "forged" for name in (*forged, "xpip_origin.json")}
    path = build_wheel(tmp_path, "spam", "1.0", files=files)
    assert unpack(path).keys() == {f"{INFO}/METADATA", f"{INFO}/WHEEL"}


def test_wheel_drops_bytecode(tmp_path: Path) -> None:
    """Python would run it in place of the source that people read."""
    files = {"spam/__init__.py": "", "spam/__pycache__/__init__.cpython-311.pyc": "evil"}
    path = build_wheel(tmp_path, "spam", "1.0", files=files)
    assert not [name for name in unpack(path) if "__pycache__" in name]


def test_wheel_makes_scripts_executable_when_the_archive_does_not_say_so(tmp_path: Path) -> None:
    """Binary distribution format: installers set the bit."""
    path = build_wheel(tmp_path, "spam", "1.0", scripts={"spam": "#!python\n"})
    assert executables(path) == ["scripts/spam"]


@pytest.mark.parametrize("keep", [0, 60, -30])
def test_wheel_is_refused_when_the_archive_is_cut_short(tmp_path: Path, keep: int) -> None:
    """Whatever zipfile thinks of it."""
    path = build_wheel(tmp_path, "spam", "1.0")
    path.write_bytes(path.read_bytes()[:keep])
    refusal(path)


def test_wheel_is_refused_when_its_contents_cannot_be_unpacked(tmp_path: Path) -> None:
    """Bits have rotted within the compressed data of one member."""
    path = build_wheel(tmp_path, "spam", "1.0", files={"spam.py": "x = 1\n" * 100})
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("spam.py").header_offset + 30 + len("spam.py")
    raw = bytearray(path.read_bytes())
    raw[start : start + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    assert "spam.py cannot be unpacked" in refusal(path)


def test_wheel_that_is_not_there_is_a_matter_of_the_disk(tmp_path: Path) -> None:
    """Not an invalid wheel: none."""
    arguments: dict[str, Any] = {"project": canonicalize_name("spam"), "version": Version("1.0")}
    with (
        pytest.raises(InstallationError) as caught,
        open_wheel(tmp_path / "spam-1.0-py3-none-any.whl", **arguments),
    ):
        pass
    assert caught.value.reference is Reason.DISK


def meddled_with(path: Path, meddle: Callable[[], object]) -> str:
    """Why a wheel is refused that another program changes once it was checked."""

    def read() -> None:
        with open_wheel(path, project=canonicalize_name("spam"), version=Version("1.0")) as wheel:
            meddle()
            # What was checked is what is used.
            assert "spam:main" in wheel.read_dist_info("entry_points.txt")
            for member in wheel.members():
                member.contents.finish()

    with pytest.raises(InstallationError) as caught:
        read()
    assert caught.value.reference is Reason.WHEEL_INVALID
    return caught.value.context[0]


LARGE = {"spam.py": hashlib.shake_256(b"").digest(300_000)}
"""More than is read ahead."""


@pytest.mark.parametrize("keep", [0, 40, 3000])
def test_wheel_is_refused_when_it_is_cut_short_while_it_is_read(tmp_path: Path, keep: int) -> None:
    """By another program, after all that can be seen from outside was checked."""
    path = build_wheel(tmp_path, "spam", "1.0", files=LARGE, entry_points={"spam": "spam:main"})
    assert "cannot be unpacked" in meddled_with(path, lambda: os.truncate(path, keep))


def test_wheel_is_refused_when_it_is_changed_while_it_is_read(tmp_path: Path) -> None:
    """What is read later is held to the RECORD that was read first."""
    points, others = {"spam": "spam:main"}, {"spam": "evil:main"}
    path = build_wheel(tmp_path, "spam", "1.0", files=LARGE, entry_points=points)
    evil = build_wheel(tmp_path / "evil", "spam", "1.0", files=LARGE, entry_points=others)
    meddled_with(path, lambda: path.write_bytes(evil.read_bytes()))
