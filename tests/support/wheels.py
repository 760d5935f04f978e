"""Real wheels, small enough to make one in each test; correct unless asked to be otherwise."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

Contents = dict[str, bytes]
"""Member names and contents of a wheel, in archive order."""


def build_wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    files: Mapping[str, str | bytes] | None = None,
    requires: Sequence[str] = (),
    extras: Sequence[str] = (),
    requires_python: str | None = None,
    entry_points: Mapping[str, str] | None = None,
    scripts: Mapping[str, str | bytes] | None = None,
    tag: str = "py3-none-any",
    dist_info: str | None = None,
    tamper: Callable[[Contents], object] | None = None,
) -> Path:
    """Write a wheel, the same bytes each time, and return its path.

    Args:
        directory: where to write it; made if it is not there.
        files: members beside the generated ones, or in their place; by default one package that
            holds its version. RECORD covers them.
        entry_points: console scripts, `{"spam": "spam.cli:main"}`.
        scripts: members of `.data/scripts`.
        dist_info: name of the .dist-info directory, if it shall not be the right one.
        tamper: changes the members after RECORD was written.
    """
    stem = f"{canonicalize_name(name).replace('-', '_')}-{Version(version)}"
    info = dist_info or f"{stem}.dist-info"
    contents: Contents = {
        f"{info}/METADATA": _metadata(name, version, requires, extras, requires_python),
        f"{info}/WHEEL": _wheel(tag),
        **_encoded(_package(name, version) if files is None else files),
    }
    if entry_points:
        lines = ["[console_scripts]", *(f"{key} = {value}" for key, value in entry_points.items())]
        contents[f"{info}/entry_points.txt"] = "\n".join([*lines, ""]).encode()
    for script, text in _encoded(scripts or {}).items():
        contents[f"{stem}.data/scripts/{script}"] = text
    contents[f"{info}/RECORD"] = _record(contents, f"{info}/RECORD")
    if tamper is not None:
        tamper(contents)
    return write_archive(directory / f"{stem}-{tag}.whl", contents)


def write_archive(path: Path, contents: Mapping[str, bytes]) -> Path:
    """Write a zip archive of these members, the same bytes each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in contents.items():
            # The date of a ZipInfo of one's own is that of the format's birth, not today's.
            info = zipfile.ZipInfo(member)
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def metadata_of(path: Path) -> bytes:
    """The METADATA that a wheel holds."""
    with zipfile.ZipFile(path) as archive:
        (member,) = (
            name
            for name in archive.namelist()
            if name.count("/") == 1 and name.endswith(".dist-info/METADATA")
        )
        return archive.read(member)


def record_hash(content: bytes) -> str:
    """A content's hash as RECORD writes it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _package(name: str, version: str) -> Mapping[str, str]:
    module = canonicalize_name(name).replace("-", "_")
    return {f"{module}/__init__.py": f"__version__ = {version!r}\n"}


def _encoded(texts: Mapping[str, str | bytes]) -> Contents:
    return {name: text.encode() if isinstance(text, str) else text for name, text in texts.items()}


def _metadata(
    name: str,
    version: str,
    requires: Sequence[str],
    extras: Sequence[str],
    requires_python: str | None,
) -> bytes:
    headers = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    if requires_python is not None:
        headers.append(f"Requires-Python: {requires_python}")
    headers += [f"Provides-Extra: {extra}" for extra in extras]
    headers += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join([*headers, ""]).encode()


def _wheel(tag: str) -> bytes:
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    tags = [f"{py}-{abi}-{plat}" for py in pythons for abi in abis for plat in platforms]
    headers = [
        "Wheel-Version: 1.0",
        "Generator: tests",
        f"Root-Is-Purelib: {str(platforms == ['any']).lower()}",
        *(f"Tag: {tag}" for tag in tags),
    ]
    return "\n".join([*headers, ""]).encode()


def _record(contents: Contents, own_name: str) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    for name, content in contents.items():
        rows.writerow([name, record_hash(content), len(content)])
    rows.writerow([own_name, "", ""])
    return text.getvalue().encode()
