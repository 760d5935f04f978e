"""xpip and the servers that people keep their packages on: what they say, and what it makes of it.

The table below is what each server's pages tell and leave out, read by xpip's own code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.asking import Asking, candidate_of
from tests.support.command import Environment, run_xpip
from tests.support.running import Server
from tests.support.servers import Devpi, ForwardingPypiserver, Pypiserver
from tests.support.web_servers import ApacheListing, LockedNginxListing, NginxListing, PythonListing

from xpip.core.facts import Absent, CoreMetadata, File, Found, ProjectPage, Unavailable
from xpip.core.simple import JSON_TYPE
from xpip.errors import Reason

Serve = Callable[[type[Server]], Server]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a server tells of spam, a large wheel, beside its name and address.

    Attributes:
        hashes: algorithms on the page.
        core_metadata: whether the page offers METADATA (PEP 658), and algorithms of its hash.
        metadata_from: how xpip comes by METADATA.
        absent: the answer for a project that it does not have.
        other_spelling: status for the page of a name that is not normalised.
        without_slash: status for a page's address without the slash at its end.
    """

    content_type: str = "text/html"
    api_version: str = "1.0"
    hashes: tuple[str, ...] = ()
    size: bool = False
    upload_time: bool = False
    requires_python: bool = False
    core_metadata: bool | tuple[str, ...] = False
    metadata_from: str
    absent: str = "status 404"
    other_spelling: int
    without_slash: int


KNOWN = {
    "devpi": Facts(
        content_type=JSON_TYPE,
        hashes=("sha256",),
        requires_python=True,
        metadata_from="whole wheel",
        other_spelling=302,
        without_slash=200,
    ),
    "pypiserver": Facts(
        hashes=("sha256",), metadata_from="ranges", other_spelling=301, without_slash=301
    ),
    "simpleindex": Facts(metadata_from="whole wheel", other_spelling=404, without_slash=307),
    "simple-repository-server": Facts(
        content_type=JSON_TYPE,
        api_version="1.1",
        size=True,
        upload_time=True,  # the file's own time, on the server's disk
        core_metadata=True,
        metadata_from="metadata file",
        other_spelling=301,
        without_slash=307,
    ),
    "dumb-pypi": Facts(
        hashes=("sha256",),
        requires_python=True,
        core_metadata=("sha256",),
        metadata_from="metadata file",
        other_spelling=404,
        without_slash=301,
    ),
    "static JSON": Facts(
        content_type=JSON_TYPE,
        api_version="1.1",
        hashes=("sha256",),
        size=True,
        upload_time=True,
        requires_python=True,
        metadata_from="ranges",
        other_spelling=404,
        without_slash=301,
    ),
    "http.server": Facts(metadata_from="whole wheel", other_spelling=404, without_slash=301),
    "nginx autoindex": Facts(metadata_from="ranges", other_spelling=404, without_slash=301),
    "Apache autoindex": Facts(metadata_from="ranges", other_spelling=404, without_slash=301),
}


def facts_of(server: Server) -> Facts:
    """Ask the server as a run of xpip would."""
    whole_wheels: list[object] = []

    def whole_wheel(candidate: object) -> Path:
        whole_wheels.append(candidate)
        return server.tree / "spam" / "spam-1.0-py3-none-any.whl"

    with Asking(server.url, whole_wheel=whole_wheel) as asking:
        page, absent = page_of(asking, server, "spam"), asking.page(server.url, "absent")
        (file,) = page.releases[0].files
        metadata = asking.client.metadata(candidate_of(file, "spam", "1.0"))
    assert isinstance(absent, Absent)
    assert isinstance(metadata, CoreMetadata)
    assert [str(each) for each in metadata.requires] == ["Eggs.Benedict>=2.1"]
    return Facts(
        content_type=page.content_type,
        api_version=page.api_version,
        hashes=tuple(each.algorithm for each in file.hashes),
        size=file.size is not None,
        upload_time=file.upload_time is not None,
        requires_python=file.requires_python is not None,
        core_metadata=_core_metadata(file),
        metadata_from=_source(file, whole_wheels),
        absent=absent.detail,
        other_spelling=server.status("Eggs.Benedict/"),
        without_slash=server.status("spam"),
    )


def _core_metadata(file: File) -> bool | tuple[str, ...]:
    claims = file.core_metadata
    return claims if isinstance(claims, bool) else tuple(each.algorithm for each in claims)


def _source(file: File, whole_wheels: list[object]) -> str:
    if file.core_metadata:
        return "metadata file"
    return "whole wheel" if whole_wheels else "ranges"


def page_of(asking: Asking, server: Server, project: str) -> ProjectPage:
    """The page at the very address that was asked for."""
    answer = asking.page(server.url, project)
    assert isinstance(answer, Found), answer
    assert answer.url == f"{server.url}{project}/"
    return answer.page


def test_install_brings_a_project_and_what_it_needs(
    server: Server, environment: Environment, tmp_path: Path
) -> None:
    """A name with a dot, a version with a plus: found, fetched and installed."""
    ended = run_xpip("install", "--index-url", server.url, "spam", cwd=tmp_path)

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs-benedict": "2.1+corp.1"}


@pytest.mark.usefixtures("environment")
def test_install_says_not_found_when_the_server_does_not_have_the_project(
    server: Server, tmp_path: Path
) -> None:
    """Every one of them says so plainly."""
    ended = run_xpip("install", "--json", "-i", server.url, "absent", cwd=tmp_path)

    assert (ended.exit_code, ended.reasons) == (1, ["not-found"])


def test_page_tells_what_is_known_of_this_server(server: Server) -> None:
    """The table at the top of this file."""
    assert facts_of(server) == KNOWN[server.name]


def test_page_lists_every_file_whatever_its_spelling(server: Server) -> None:
    """Old file names with dots and capitals, and a plus in a link, quoted or not."""
    with Asking(server.url) as asking:
        page = page_of(asking, server, "eggs-benedict")

    releases = sorted(page.releases, key=lambda each: each.version)
    assert page.misfits == ()
    assert [(str(each.version), [file.filename for file in each.files]) for each in releases] == [
        ("2.0", ["Eggs.Benedict-2.0-py3-none-any.whl"]),
        ("2.1+corp.1", ["eggs_benedict-2.1+corp.1-py3-none-any.whl"]),
    ]


@pytest.mark.parametrize("kind", [PythonListing, NginxListing, ApacheListing])
def test_listing_without_files_is_not_read_as_absence(kind: type[Server], serve: Serve) -> None:
    """It looks like any other page of a web server, and who can tell that it is not a login?"""
    server = serve(kind)
    with Asking(server.url) as asking:
        answer = asking.page(server.url, "bare")

    assert isinstance(answer, Unavailable)
    assert answer.reason is Reason.NOT_AN_INDEX


@pytest.mark.usefixtures("environment")
def test_install_stops_when_a_server_forwards_to_another_repository(
    serve: Serve, tmp_path: Path
) -> None:
    """By default pypiserver sends people to PyPI for what it lacks: that is no answer."""
    server = serve(ForwardingPypiserver)

    ended = run_xpip("install", "--json", "-i", server.url, "absent", cwd=tmp_path)

    assert (ended.exit_code, ended.reasons) == (3, ["redirect-foreign"])


@pytest.mark.usefixtures("environment")
def test_install_refuses_what_two_unlinked_servers_hold(serve: Serve, tmp_path: Path) -> None:
    """Neither devpi nor pypiserver says that it follows the other (PEP 708)."""
    servers = ["-i", serve(Devpi).url, "--extra-index-url", serve(Pypiserver).url]

    ended = run_xpip("install", "--json", *servers, "spam", cwd=tmp_path)

    assert (ended.exit_code, ended.reasons) == (3, ["collision"])


def test_install_reads_the_devpi_address_that_works_for_pip(
    serve: Serve, environment: Environment, tmp_path: Path
) -> None:
    """Below `/user/index/` devpi serves pip alone; to others all names would look absent."""
    url = serve(Devpi).url.replace("+simple/", "")

    ended = run_xpip("install", "-i", url, "spam", cwd=tmp_path)

    assert ended.exit_code == 0, ended.stderr
    assert "spam" in environment.installed()


@pytest.mark.usefixtures("environment")
def test_install_stops_when_a_server_wants_a_password_that_it_does_not_get(
    serve: Serve, tmp_path: Path
) -> None:
    """401 is not absence."""
    server = serve(LockedNginxListing)

    ended = run_xpip("install", "--json", "-i", server.url, "spam", cwd=tmp_path)

    assert (ended.exit_code, ended.reasons) == (4, ["auth-failed"])


def test_install_sends_a_server_the_password_that_it_wants(
    serve: Serve, environment: Environment, tmp_path: Path
) -> None:
    """Pages, ranges and files, all behind one login."""
    server = serve(LockedNginxListing)
    login = ":".join(LockedNginxListing.login)

    url = server.url.replace("http://", f"http://{login}@")
    ended = run_xpip("install", "-i", url, "spam", cwd=tmp_path)

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"spam": "1.0", "eggs-benedict": "2.1+corp.1"}
