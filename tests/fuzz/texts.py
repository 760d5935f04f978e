"""What users write, or copy from others: requirements, mappings, locks, other tools' settings."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.fuzz.pages import Refused
from tests.support.stage import LINUX
from xpip.core import metadata, urls
from xpip.core.declarations import Place, parse_wanted
from xpip.core.dependencies import as_dependency
from xpip.core.direct_references import Malformed, is_direct, parse_direct
from xpip.core.lockfile.document import LARGEST
from xpip.core.lockfile.reading import LockSource, read_lock
from xpip.core.map_drafts.readings import Reading
from xpip.core.mapping_file import MapSource, enforces_all, extensions_of, holds_map, parse_map
from xpip.core.policy import Credentials, Policy, RepositoryMap
from xpip.core.project_file import parse_groups, parse_project
from xpip.core.requirements_file import RequirementsFile, read_requirements
from xpip.core.script_metadata import parse_script
from xpip.core.vcs_references import parse_vcs_reference
from xpip.edge.config import Options, configure
from xpip.edge.credentials import CredentialStore
from xpip.edge.foreign_settings.finding import read_settings
from xpip.edge.foreign_settings.places import Setting
from xpip.errors import UsageError

NOW = datetime(2026, 1, 31, tzinfo=UTC)
VERSIONS = tuple(Version(text) for text in ("1.0", "2.0rc1", "1!0", "3.0+local", "0.dev0"))


def requirement(raw: bytes) -> object:
    """A requirement of metadata, and of a user; `ValueError` is how both refuse."""
    text = _text(raw)
    with suppress(Malformed):
        parse_wanted(text, directory="/project")
    read = metadata.requirement(text)
    dependency = as_dependency(read)
    tuple(dependency.specifier.filter(VERSIONS, prereleases=True))
    if read.marker is not None:
        for extra in ("", "x"):
            with suppress(UndefinedComparison, UndefinedEnvironmentName):  # as `Dependencies`
                read.marker.evaluate({**LINUX.environment, "extra": extra})
        str(read.marker)
    return dependency


def specifier(raw: bytes) -> SpecifierSet:
    read = metadata.python_specifier(_text(raw))
    if read is None:
        raise Refused
    tuple(read.filter(VERSIONS))
    str(read)
    hash(read)
    return read


def url(raw: bytes) -> str:
    text = _text(raw)
    urls.redacted(text)
    urls.recordable(text)
    urls.last_segment(text)
    urls.canonical_project_url(text)
    urls.is_local_url(text)
    found = urls.joined("https://me:secret@corp.example/simple/spam/", text)
    if not found:
        raise Refused
    urls.web_origin(found)
    urls.canonical_root(found)
    urls.is_exposed(found)
    urls.is_below(found, "https://corp.example/simple/")
    assert "secret" not in found or "secret" in text
    return found


def index_url(raw: bytes) -> Policy:
    text = _text(raw)
    told = Options(no_map=True, index_url=text, find_links=(text,), proxy=text or None)
    settings = configure(told, environ={"HOME": "/nowhere"}, cwd=Path("/project"), now=NOW)
    CredentialStore(settings.policy, settings.credentials, environ={"HOME": "/nowhere"})
    return settings.policy


def direct_reference(raw: bytes) -> object:
    text = _text(raw)
    is_direct(text)
    with suppress(UsageError):
        parse_vcs_reference(text)
    return parse_direct(text, directory="/project")


def requirements_file(raw: bytes) -> RequirementsFile:
    def read(location: str, *, named_at: Place | None) -> bytes:
        return raw

    return read_requirements(
        "all.txt",
        read=read,
        directory="/project",
        variables={"A": "1"},
        locale_encoding="cp1252",
    )


def mapping_toml(raw: bytes) -> RepositoryMap:
    return _mapping(raw, "xpip.toml")


def mapping_json(raw: bytes) -> RepositoryMap:
    return _mapping(raw, "xpip.json")


def _mapping(raw: bytes, path: str) -> RepositoryMap:
    source = MapSource(path=path, directory="/project", discovered=True)
    holds_map(raw)
    found = parse_map(raw, source, variables={"XPIP_MAP_A": "a"}, now=NOW)
    extensions_of(raw, source)
    enforces_all(raw, source)
    return found


def lock(raw: bytes) -> object:
    assert len(raw) <= LARGEST
    return read_lock(raw, LockSource(shown="pylock.toml", base="https://locks.example/a/"))


def script(raw: bytes) -> object:
    return parse_script(raw, path="script.py", directory="/project")


def project_file(raw: bytes) -> object:
    holds_map(raw)
    found = parse_project(raw, path="pyproject.toml", directory="/project")
    return found, parse_groups(raw, ["dev", "Test"], path="pyproject.toml", directory="/project")


def netrc(raw: bytes) -> Credentials:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "netrc")
        path.write_bytes(raw)
        store = CredentialStore(Policy(groups=()), (), environ={"NETRC": str(path)})
        found = store.find(("https", "corp.example", 443))
    if found is None:
        raise Refused
    f"{found.username}:{found.password}".encode()
    return found


def pip_conf(raw: bytes) -> tuple[Reading, ...]:
    return _foreign(raw, "pip.conf")


def uv_toml(raw: bytes) -> tuple[Reading, ...]:
    return _foreign(raw, "uv.toml")


def foreign_project(raw: bytes) -> tuple[Reading, ...]:
    return _foreign(raw, "pyproject.toml")


def pipfile(raw: bytes) -> tuple[Reading, ...]:
    return _foreign(raw, "Pipfile")


def foreign_requirements(raw: bytes) -> tuple[Reading, ...]:
    return _foreign(raw, "requirements.txt")


def _foreign(raw: bytes, name: str) -> tuple[Reading, ...]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, name)
        path.write_bytes(raw)
        setting = Setting(
            environ={"HOME": "/nowhere"}, cwd=Path(directory), public="https://pypi.example/simple/"
        )
        return read_settings([str(path)], setting)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
