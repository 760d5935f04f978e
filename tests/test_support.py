"""The repositories of the tests, tested: what they serve is what the standards describe."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import ssl
import tarfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest

from tests.support.command import run_xpip
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.warm import WarmXpip
from tests.support.world import RepositoryDouble, World


@dataclass(frozen=True, kw_only=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def get(url: str, method: str = "GET", **headers: str) -> Got:
    """One request on a connection of its own; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, parts.path, headers=names)
        answer = connection.getresponse()
        return Got(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())
    finally:
        connection.close()


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs>=2"])
    return corp


def test_page_lists_the_wheel_as_pep_691_json(corp: RepositoryDouble) -> None:
    """The default page is modern JSON that tells everything of the file."""
    got = get(corp.project_url("spam"))
    page = got.json()
    (file,) = page["files"]
    content = get(urljoin(corp.project_url("spam"), file["url"])).body
    assert got.headers["Content-Type"] == "application/vnd.pypi.simple.v1+json"
    assert (page["name"], page["versions"]) == ("spam", ["1.0"])
    assert file["hashes"] == {"sha256": hashlib.sha256(content).hexdigest()}
    assert file["size"] == len(content)


def test_page_serves_the_metadata_that_it_advertises(corp: RepositoryDouble) -> None:
    """PEP 658: the wheel's METADATA lies beside the wheel, with the hash given."""
    (file,) = get(corp.project_url("spam")).json()["files"]
    metadata = get(urljoin(corp.project_url("spam"), file["url"] + ".metadata")).body
    assert b"Requires-Dist: eggs>=2" in metadata
    assert file["core-metadata"] == {"sha256": hashlib.sha256(metadata).hexdigest()}


def test_page_keeps_silent_about_what_it_was_told_to_leave_out(corp: RepositoryDouble) -> None:
    """An old repository gives no hash, no size, no metadata file."""
    page = corp.page("spam")
    page.hashes = page.sizes = page.core_metadata = False
    (file,) = get(corp.project_url("spam")).json()["files"]
    assert file["hashes"] == {}
    assert file.keys().isdisjoint({"size", "core-metadata"})
    assert get(urljoin(corp.project_url("spam"), file["url"] + ".metadata")).status == 404


def test_page_makes_pep_708_and_792_claims(corp: RepositoryDouble) -> None:
    """The fields lie where their standards put them: `tracks` inside `meta`, the others not."""
    spam = corp.page("spam")
    spam.tracks = ["https://one.example/simple/spam/"]
    spam.alternate_locations = ["https://two.example/simple/spam/"]
    spam.status = {"status": "archived", "reason": "use eggs"}
    page = get(corp.project_url("spam")).json()
    assert page["meta"]["tracks"] == ["https://one.example/simple/spam/"]
    assert page["alternate-locations"] == ["https://two.example/simple/spam/"]
    assert page["project-status"] == {"status": "archived", "reason": "use eggs"}


def test_page_tells_what_differs_from_version_to_version(corp: RepositoryDouble) -> None:
    """Yanked, upload time and Requires-Python are said of each file."""
    corp.serve("spam", "2.0", upload_time="2026-01-31T12:00:00Z", requires_python=">=3.11")
    corp.page("spam").yank("1.0", "broken")
    old, new = get(corp.project_url("spam")).json()["files"]
    assert (old["yanked"], new["yanked"]) == ("broken", False)
    assert new["upload-time"] == "2026-01-31T12:00:00Z"
    assert new["requires-python"] == ">=3.11"


def test_html_page_says_the_same_as_the_json_page(corp: RepositoryDouble) -> None:
    """PEP 503 with the metas and attributes that came later."""
    corp.serve("spam", "2.0", requires_python=">=3.11", yanked=True)
    page = corp.page("spam")
    page.format, page.tracks = "html", ["https://one.example/simple/spam/"]
    html = get(corp.project_url("spam")).body.decode()
    assert '<meta name="pypi:repository-version" content="1.4">' in html
    assert '<meta name="pypi:tracks" content="https://one.example/simple/spam/">' in html
    assert "/spam-2.0-py3-none-any.whl#sha256=" in html
    assert 'data-requires-python="&gt;=3.11" data-yanked="" data-core-metadata="sha256=' in html


def test_legacy_html_page_names_no_version(corp: RepositoryDouble) -> None:
    """Old repositories send plain text/html without `pypi:repository-version`."""
    corp.page("spam").format = "html-legacy"
    got = get(corp.project_url("spam"))
    assert got.headers["Content-Type"] == "text/html"
    assert b"repository-version" not in got.body


def test_repository_answers_404_when_it_does_not_have_the_project(corp: RepositoryDouble) -> None:
    """Unknown names, and known ones that are not normalised."""
    assert get(corp.project_url("eggs")).status == 404
    assert get(corp.url + "Spam/").status == 404


def test_repository_keeps_a_log_of_requests(corp: RepositoryDouble) -> None:
    """Every request with its headers and status; pages and files also by name."""
    get(corp.project_url("spam"), Accept="text/html")
    get(corp.project_url("eggs"))
    get(f"{corp.origin}/corp/files/spam/spam-1.0-py3-none-any.whl")
    assert [request.status for request in corp.requests] == [200, 404, 200]
    assert corp.requests[0].headers["accept"] == "text/html"
    assert corp.projects_asked() == ["spam", "eggs"]
    assert corp.files_asked() == ["spam-1.0-py3-none-any.whl"]


def test_repositories_have_web_origins_of_their_own(world: World) -> None:
    """A page may name another repository's web origin as its file host."""
    corp, cdn = world.repository("corp"), world.repository("cdn")
    corp.serve("spam", "1.0")
    corp.page("spam").file_host = cdn.origin
    (file,) = get(corp.project_url("spam")).json()["files"]
    assert corp.origin != cdn.origin
    assert file["url"].startswith(cdn.origin)
    assert get(file["url"]).status == 200
    assert cdn.files_asked() == ["spam-1.0-py3-none-any.whl"]


def test_sdist_is_a_real_archive(world: World, tmp_path: Path) -> None:
    """A `.tar.gz` with one top directory and a PKG-INFO (PEP 625)."""
    corp = world.repository("corp")
    corp.serve_sdist("old.thing", "1.0", requires=["eggs"])
    (file,) = get(corp.project_url("old-thing")).json()["files"]
    archive = tmp_path / file["filename"]
    archive.write_bytes(get(urljoin(corp.project_url("old-thing"), file["url"])).body)
    with tarfile.open(archive) as members:
        assert archive.name == "old_thing-1.0.tar.gz"
        assert "old_thing-1.0/PKG-INFO" in members.getnames()


def test_page_is_no_page_when_it_is_told_so(corp: RepositoryDouble) -> None:
    """A login page with status 200; a fixed status; a redirect."""
    page = corp.page("spam")
    page.body, page.content_type = b"<h1>Log in</h1>", "text/html"
    assert get(corp.project_url("spam")).body == b"<h1>Log in</h1>"
    page.http_status = 503
    assert get(corp.project_url("spam")).status == 503
    page.redirect_to = "https://elsewhere.example/simple/spam/"
    assert get(corp.project_url("spam")).headers["Location"] == page.redirect_to


def test_page_recovers_when_only_its_first_answers_fail(corp: RepositoryDouble) -> None:
    """`fails_first` is for clients that try again."""
    corp.page("spam").fails_first = [503, 429]
    assert [get(corp.project_url("spam")).status for _ in range(3)] == [503, 429, 200]


def test_page_is_not_sent_again_when_the_client_has_it(corp: RepositoryDouble) -> None:
    """RFC 9110, section 13.1.2: a matching If-None-Match is answered with 304."""
    etag = get(corp.project_url("spam")).headers["ETag"]
    again = get(corp.project_url("spam"), If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")


def test_page_breaks_off_when_it_is_cut_short(corp: RepositoryDouble) -> None:
    """Half a body: less arrives than Content-Length promised."""
    corp.page("spam").cut_short = True
    with pytest.raises(http.client.IncompleteRead):
        get(corp.project_url("spam"))


def test_endless_page_ends_with_the_world(tmp_path: Path) -> None:
    """A client that reads on gets bytes for ever, yet no test hangs."""
    with World(tmp_path) as world:
        corp = world.repository("corp")
        page = corp.page("spam")
        page.body, page.endless = b"{", True
        connection = http.client.HTTPConnection(urlsplit(corp.origin).netloc, timeout=5)
        connection.request("GET", "/corp/simple/spam/")
        assert connection.getresponse().read(3) == b"{  "
    connection.close()


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=2-5", 206, slice(2, 6)),
        ("bytes=3-", 206, slice(3, None)),
    ],
)
def test_file_is_served_in_part(
    corp: RepositoryDouble, asked: str, status: int, expected: slice
) -> None:
    """HTTP ranges, as a client needs them that reads the end of a wheel."""
    url = f"{corp.origin}/corp/files/spam/spam-1.0-py3-none-any.whl"
    whole, part = get(url), get(url, Range=asked)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert (part.status, part.body) == (status, whole.body[expected])


def test_file_is_served_whole_when_ranges_are_off(corp: RepositoryDouble) -> None:
    """Some servers ignore the Range header."""
    corp.page("spam").ranges = False
    url = f"{corp.origin}/corp/files/spam/spam-1.0-py3-none-any.whl"
    assert get(url, Range="bytes=-4").status == 200


def test_repository_speaks_tls_to_those_who_trust_its_authority(world: World) -> None:
    """An https repository is read with the authority's certificate, and not without."""
    corp = world.repository("corp", https=True)
    corp.serve("spam", "1.0")
    trusting = ssl.create_default_context(cafile=str(world.authority.certificate))
    with urlopen(corp.project_url("spam"), context=trusting, timeout=5) as answer:
        assert json.load(answer)["versions"] == ["1.0"]
    with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urlopen(corp.project_url("spam"), context=ssl.create_default_context(), timeout=5)
    assert corp.projects_asked() == ["spam"]


def test_repository_refuses_connections_when_it_does_not_listen(world: World) -> None:
    """It has an address all the same, and nobody else can take it."""
    corp = world.repository("corp", listening=False)
    with pytest.raises(ConnectionRefusedError):
        get(corp.project_url("spam"))


def test_page_hangs_up_without_a_byte(corp: RepositoryDouble) -> None:
    """The request is in the log, and nothing was answered."""
    corp.page("spam").hang_up = True
    with pytest.raises(http.client.RemoteDisconnected):
        get(corp.project_url("spam"))
    assert corp.projects_asked() == ["spam"]


def test_links_page_links_to_every_file(corp: RepositoryDouble) -> None:
    """For --find-links: one HTML page, whatever the projects."""
    corp.serve("eggs", "2.0")
    html = get(corp.links_url).body.decode()
    for path in re.findall(r'href="([^"#]+)', html):
        assert get(urljoin(corp.links_url, path)).status == 200
    assert re.findall(r">(.*)</a>", html) == [
        "spam-1.0-py3-none-any.whl",
        "eggs-2.0-py3-none-any.whl",
    ]


def test_file_is_elsewhere_when_it_is_redirected(corp: RepositoryDouble, world: World) -> None:
    """Presigned storage: the page's own link answers with a redirect."""
    cdn = world.repository("cdn")
    corp.page("spam").file_redirect = cdn.origin
    moved = get(f"{corp.origin}/corp/files/spam/spam-1.0-py3-none-any.whl")
    assert moved.status == 302
    assert get(moved.headers["Location"]).status == 200
    assert cdn.files_asked() == ["spam-1.0-py3-none-any.whl"]


def test_repository_asks_for_credentials_when_it_has_some(corp: RepositoryDouble) -> None:
    """HTTP Basic, for pages and files."""
    corp.credentials = ("me", "secret")
    token = base64.b64encode(b"me:secret").decode()
    assert get(corp.project_url("spam")).status == 401
    assert get(corp.project_url("spam"), Authorization=f"Basic {token}").status == 200


def test_repository_takes_its_time(corp: RepositoryDouble) -> None:
    """`latency` is added to every answer."""
    corp.latency = 0.05
    started = time.perf_counter()
    get(corp.project_url("spam"))
    assert time.perf_counter() - started >= 0.05


def test_server_keeps_connections_open() -> None:
    """HTTP/1.1 keep-alive: several requests, one connection; HEAD has no body."""
    with LoopbackServer(lambda _: Response(body=b"hello")) as server:
        connection = http.client.HTTPConnection(urlsplit(server.origin).netloc, timeout=5)
        connection.connect()
        connection.auto_open = 0  # a closed connection stays closed
        bodies = []
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/")
            bodies.append(connection.getresponse().read())
        connection.close()
        assert bodies == [b"hello", b"", b"hello"]
        assert [request.method for request in server.requests] == ["GET", "HEAD", "GET"]


def test_server_raises_at_its_end_when_an_answer_failed() -> None:
    """A bug in a double must not look like a server's status 500 only."""

    def broken(incoming: Incoming) -> Response:
        raise LookupError(incoming.path)

    server = LoopbackServer(broken)
    assert get(f"{server.origin}/spam").status == 500
    with pytest.raises(LookupError, match="/spam"):
        server.stop()


def test_server_leaves_no_thread_behind() -> None:
    """Open connections are hung up when the server stops."""
    before = set(threading.enumerate())
    with LoopbackServer(lambda _: Response()) as server:
        connection = http.client.HTTPConnection(urlsplit(server.origin).netloc, timeout=5)
        connection.request("GET", "/")
        connection.getresponse().read()
    connection.close()
    assert set(threading.enumerate()) <= before


# The command


def test_warm_command_does_as_the_cold_one(tmp_path: Path) -> None:
    """Directory, variables, both streams and the exit code are those of a run of its own."""
    (tmp_path / "requirements.txt").write_text("spam==${WANTED}=")
    asked = ("install", "--json", "-r", "requirements.txt")
    with WarmXpip() as warm:
        first, second = (
            run(*asked, cwd=tmp_path, variables={"WANTED": "1.0"}) for run in (warm, run_xpip)
        )
        help_page = warm("--help", cwd=tmp_path.parent)
        other = warm(*asked, cwd=tmp_path)
    assert first == second
    assert (first.exit_code, first.reasons) == (2, ["requirements-invalid"])
    assert (help_page.exit_code, help_page.stderr) == (0, "")
    assert "WANTED" in other.stdout
