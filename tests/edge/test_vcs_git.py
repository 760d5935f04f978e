"""Real git repositories, checked out at what a reference means."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.support.server import Incoming, LoopbackServer, Response

from xpip.core.policy import Credentials
from xpip.core.urls import web_origin
from xpip.core.vcs_references import VcsReference, VersionControl, parse_vcs_reference
from xpip.edge.vcs import check_out
from xpip.errors import (
    AvailabilityError,
    InstallationError,
    Reason,
    ResolutionError,
    UsageError,
)

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed here")

PLAIN = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@host.example"), ("DATE", "@1700000000 +0000"))
}


class Upstream:
    """A repository that others fetch from."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.first = self.commit("one")

    @property
    def url(self) -> str:
        """Where it is fetched from."""
        return self.directory.as_uri()

    def git(self, *arguments: str) -> str:
        """Run git in it; its file transport is allowed, for submodules."""
        command = ["git", "-c", "protocol.file.allow=always", *arguments]
        environ = {**PLAIN, **AUTHOR}
        return subprocess.check_output(
            command, cwd=self.directory, env=environ, text=True, stderr=subprocess.DEVNULL
        ).strip()

    def commit(self, content: str, path: str = "file.txt") -> str:
        """Commit a file with this content; returns the commit's name."""
        (self.directory / path).write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", content)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path / "upstream")


def fetch(
    tmp_path: Path,
    url: str,
    revision: str | None = None,
    *,
    environ: Mapping[str, str] = PLAIN,
    login: Credentials | None = None,
) -> str:
    """Check out into `tmp_path / "checkout"`; returns the commit."""
    reference = VcsReference(system=VersionControl.GIT, url=url, revision=revision)
    return check_out(reference, tmp_path / "checkout", environ=environ, login=login)


def content(tmp_path: Path) -> str:
    """What was checked out."""
    return (tmp_path / "checkout" / "file.txt").read_text()


def test_checkout_is_the_default_branch_when_nothing_is_said(
    tmp_path: Path, upstream: Upstream
) -> None:
    """The commit is told, for direct_url.json (PEP 610)."""
    second = upstream.commit("two")
    assert fetch(tmp_path, upstream.url) == second
    assert content(tmp_path) == "two"


@pytest.mark.parametrize("revision", ["old", "v1", "light", "refs/heads/old", "refs/tags/v1"])
def test_checkout_is_the_branch_or_tag_that_is_named(
    tmp_path: Path, upstream: Upstream, revision: str
) -> None:
    """An annotated tag is an object of its own, and means its commit."""
    upstream.git("branch", "old")
    upstream.git("tag", "--annotate", "--message", "one", "v1")
    upstream.git("tag", "light")
    upstream.commit("two")
    assert fetch(tmp_path, upstream.url, revision) == upstream.first
    assert content(tmp_path) == "one"


@pytest.mark.parametrize("length", [40, 12])
def test_checkout_is_the_commit_that_is_named(
    tmp_path: Path, upstream: Upstream, length: int
) -> None:
    """In full, or as far as people copy it."""
    upstream.commit("two")
    revision = upstream.first[:length].upper()
    assert fetch(tmp_path, upstream.url, revision) == upstream.first


def test_checkout_finds_a_commit_that_is_on_no_branch(tmp_path: Path, upstream: Upstream) -> None:
    """What was pushed away may still be pinned, where the server gives it."""
    lost = upstream.commit("lost")
    upstream.git("reset", "--quiet", "--hard", upstream.first)
    upstream.git("config", "uploadpack.allowAnySHA1InWant", "true")
    assert fetch(tmp_path, upstream.url, lost) == lost


def test_checkout_finds_a_reference_that_is_no_branch(tmp_path: Path, upstream: Upstream) -> None:
    """A code host keeps proposed changes beside the branches."""
    change = upstream.commit("change")
    upstream.git("update-ref", "refs/pull/1/head", change)
    upstream.git("reset", "--quiet", "--hard", upstream.first)
    assert fetch(tmp_path, upstream.url, "refs/pull/1/head") == change


def test_checkout_brings_the_history_and_the_tags(tmp_path: Path, upstream: Upstream) -> None:
    """Many backends tell the version from them."""
    upstream.git("tag", "v1")
    upstream.commit("two")
    fetch(tmp_path, upstream.url)
    command = ["git", "describe", "--tags", "--long"]
    said = subprocess.check_output(command, cwd=tmp_path / "checkout", text=True, env=PLAIN)
    assert said.startswith("v1-1-g")


def test_checkout_brings_submodules(tmp_path: Path, upstream: Upstream) -> None:
    """A project whose sources lie in several repositories."""
    other = Upstream(tmp_path / "other")
    upstream.git("submodule", "--quiet", "add", "../other", "vendored")
    upstream.commit("with a submodule")
    fetch(tmp_path, upstream.url)
    assert (tmp_path / "checkout/vendored/file.txt").read_text() == "one"
    assert other.first


def test_name_is_refused_when_it_is_a_branch_and_a_tag_that_differ(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Tools do not agree on which is meant; xpip does not guess."""
    upstream.git("tag", "v1")
    upstream.git("checkout", "--quiet", "-b", "v1")
    upstream.commit("two")
    with pytest.raises(UsageError) as caught:
        fetch(tmp_path, upstream.url, "v1")
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    assert "refs/tags/v1" in str(caught.value.hint)


@pytest.mark.parametrize("revision", ["v9", "refs/pull/9/head", "0" * 40, "abcdef1234"])
def test_revision_is_not_found_when_the_repository_has_none(
    tmp_path: Path, upstream: Upstream, revision: str
) -> None:
    """Trying again would not help."""
    with pytest.raises(ResolutionError) as caught:
        fetch(tmp_path, upstream.url, revision)
    assert caught.value.reference is Reason.NOT_FOUND
    assert revision in caught.value.message


def test_revision_is_not_called_missing_when_the_server_went_away(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Absent is not unavailable; here the repository goes between two questions of git's."""
    hook = tmp_path / "bin" / "git"
    hook.parent.mkdir()
    git = shutil.which("git")
    hook.write_text(
        f"#!/bin/sh\nif [ $1 = fetch ]; then mv {upstream.directory} {tmp_path}/gone; fi\n"
        f'exec {git} "$@"\n'
    )
    hook.chmod(0o755)
    environ = {**PLAIN, "PATH": f"{hook.parent}:{PLAIN['PATH']}"}
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, upstream.url, "refs/pull/1/head", environ=environ)
    assert caught.value.reference is Reason.UNREACHABLE


def test_revision_is_not_found_when_the_repository_is_empty(tmp_path: Path) -> None:
    """There is no default branch, either."""
    subprocess.check_call(["git", "init", "--quiet", tmp_path / "empty"], env=PLAIN)
    with pytest.raises(ResolutionError):
        fetch(tmp_path, (tmp_path / "empty").as_uri())


def test_repository_is_unavailable_when_git_cannot_fetch_it(tmp_path: Path) -> None:
    """Git's own words say why, in a language that everybody can search for."""
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, (tmp_path / "none").as_uri(), environ={**PLAIN, "LC_ALL": "de_DE.UTF-8"})
    assert caught.value.reference is Reason.UNREACHABLE
    assert "does not appear to be a git repository" in "\n".join(caught.value.context)


@pytest.mark.parametrize(
    "url", ["ext::sh -c touch% evil", "git://localhost/x", "/srv/x", "--upload-pack=touch evil"]
)
def test_other_transport_is_refused_by_git_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Whoever makes a reference; a submodule could name one, too."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AvailabilityError):
        fetch(tmp_path, url)
    assert not (tmp_path / "evil").exists()


def test_submodule_may_not_come_from_this_machine_when_its_project_does_not(
    tmp_path: Path, upstream: Upstream, site: Site
) -> None:
    """A stranger's project would bring private sources along."""
    secret = Upstream(tmp_path / "secret")
    upstream.git("submodule", "--quiet", "add", secret.url, "vendored")
    upstream.commit("with a submodule")
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, site.publish(upstream))
    assert "transport 'file' not allowed" in "\n".join(caught.value.context)


def test_repository_around_is_left_alone(tmp_path: Path, upstream: Upstream) -> None:
    """A hook of git's runs its commands with variables that lead to its own repository."""
    around = Upstream(tmp_path / "around")
    inside = {"GIT_DIR": str(around.directory / ".git"), "GIT_WORK_TREE": str(around.directory)}
    assert fetch(tmp_path, upstream.url, environ={**PLAIN, **inside}) == upstream.first
    assert around.git("status", "--porcelain") == ""


def test_hook_of_the_user_s_does_not_run(tmp_path: Path, upstream: Upstream) -> None:
    """Templates and core.hooksPath are for one's own work."""
    hook = tmp_path / "hooks" / "post-checkout"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    (tmp_path / "config").write_text(f"[core]\nhooksPath = {hook.parent}\n")
    fetch(tmp_path, upstream.url, environ={**PLAIN, "GIT_CONFIG_GLOBAL": str(tmp_path / "config")})
    assert not (tmp_path / "ran").exists()


def test_git_is_missed_with_clear_words(tmp_path: Path, upstream: Upstream) -> None:
    """A slim container has none."""
    with pytest.raises(InstallationError) as caught:
        fetch(tmp_path, upstream.url, environ={**PLAIN, "PATH": str(tmp_path)})
    assert caught.value.reference is Reason.BUILD_FAILED
    assert caught.value.context == ("there is no git on PATH",)


def test_git_is_refused_when_it_is_too_old_to_be_told(tmp_path: Path, upstream: Upstream) -> None:
    """Older ones would not heed the settings that keep them safe."""
    old = tmp_path / "bin" / "git"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho git version 2.30.1\n")
    old.chmod(0o755)
    with pytest.raises(InstallationError) as caught:
        fetch(tmp_path, upstream.url, environ={**PLAIN, "PATH": str(old.parent)})
    assert caught.value.context == ("git 2.31 or newer is needed; this is git version 2.30.1",)


class Site:
    """Repositories as plain files on a server that lets in who logs in."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.wanted: str | None = None
        self.server = LoopbackServer(self._answer)

    def publish(self, upstream: Upstream) -> str:
        """Where the repository is to be fetched from now."""
        copy = self._root / upstream.directory.name
        shutil.copytree(upstream.directory / ".git", copy)
        subprocess.check_call(["git", "update-server-info"], cwd=copy, env=PLAIN)
        return f"{self.server.origin}/{copy.name}"

    def _answer(self, incoming: Incoming) -> Response:
        if self.wanted is not None and incoming.headers.get("authorization") != self.wanted:
            challenge = {"WWW-Authenticate": 'Basic realm="private"'}
            return Response(status=401, headers=challenge, body=b"")
        path = self._root / incoming.path.partition("?")[0].lstrip("/")
        if not path.is_file():
            return Response(status=404, headers={}, body=b"")
        return Response(status=200, headers={}, body=path.read_bytes())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    with site.server:
        yield site


def basic(login: str) -> str:
    """The header that this login is sent with."""
    return f"Basic {base64.b64encode(login.encode()).decode()}"


def test_checkout_comes_over_http(tmp_path: Path, upstream: Upstream, site: Site) -> None:
    """From a server that knows nothing of git."""
    assert fetch(tmp_path, site.publish(upstream), "main") == upstream.first


def test_login_is_sent_when_the_server_asks(tmp_path: Path, upstream: Upstream, site: Site) -> None:
    """And is written nowhere."""
    site.wanted = basic("user:pa ss'\"$(touch evil)")
    url = site.publish(upstream).replace("http://", "git+http://user:pa%20ss'%22$(touch%20evil)@")
    found = check_out(parse_vcs_reference(url), tmp_path / "checkout", environ=PLAIN)
    assert found == upstream.first
    written = [path.read_bytes() for path in (tmp_path / "checkout").rglob("*") if path.is_file()]
    assert not any(b"pa ss" in content or b"pa%20ss" in content for content in written)


def test_login_goes_to_its_own_origin_alone(tmp_path: Path, upstream: Upstream, site: Site) -> None:
    """One that was given for another server is not tried here."""
    url = site.publish(upstream)
    site.wanted = basic("user:pass")
    elsewhere = Credentials(
        origin=web_origin("http://127.0.0.1:1/"), username="user", password="pass"
    )
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, url, login=elsewhere)
    assert caught.value.reference is Reason.AUTH_FAILED
    assert not any("authorization" in request.headers for request in site.server.requests)


def test_login_serves_submodules_of_the_same_server(
    tmp_path: Path, upstream: Upstream, site: Site
) -> None:
    """A private project's parts are private, too."""
    other = Upstream(tmp_path / "other")
    other_url = site.publish(other)
    upstream.git("submodule", "--quiet", "add", other_url, "vendored")
    upstream.commit("with a submodule")
    url = site.publish(upstream)
    site.wanted = basic("user:pass")
    login = Credentials(origin=web_origin(url), username="user", password="pass")
    fetch(tmp_path, url, login=login)
    assert (tmp_path / "checkout/vendored/file.txt").read_text() == "one"


def test_refused_login_is_reported_without_itself(
    tmp_path: Path, upstream: Upstream, site: Site
) -> None:
    """Whatever git says of it."""
    site.wanted = basic("user:other")
    url = site.publish(upstream)
    login = Credentials(origin=web_origin(url), username="user", password="pass-word")
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, url, login=login)
    assert caught.value.reference is Reason.AUTH_FAILED
    report = "\n".join([caught.value.message, *caught.value.context])
    assert "Authentication failed" in report
    assert "pass-word" not in report


def test_nobody_is_asked_when_there_is_no_login(
    tmp_path: Path, upstream: Upstream, site: Site
) -> None:
    """An installation in a pipeline would wait for ever."""
    site.wanted = basic("user:pass")
    asking = tmp_path / "ask"
    asking.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho x\n")
    asking.chmod(0o755)
    environ = {**PLAIN, "GIT_ASKPASS": str(asking), "SSH_ASKPASS": str(asking)}
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, site.publish(upstream), environ=environ)
    assert caught.value.reference is Reason.AUTH_FAILED
    assert not (tmp_path / "asked").exists()


INTERRUPTED = """
import os, sys
from pathlib import Path
from xpip.core.vcs_references import VcsReference, VersionControl
from xpip.edge.vcs import check_out
try:
    reference = VcsReference(system=VersionControl.GIT, url=sys.argv[1])
    check_out(reference, Path(sys.argv[2]), environ=os.environ)
except KeyboardInterrupt:
    print("ended")
"""


@pytest.mark.skipif(shutil.which("ps") is None, reason="ps is not installed here")
def test_git_ends_with_all_that_it_started_when_it_is_interrupted(tmp_path: Path) -> None:
    """A server that does not answer keeps nobody; git's helpers for a transport go, too."""

    def never(incoming: Incoming) -> Response:
        return Response(latency=60)

    with LoopbackServer(never) as server:
        command = [sys.executable, "-c", INTERRUPTED, f"{server.origin}/x", str(tmp_path / "out")]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=PLAIN)
        await_(lambda: running_on(server.origin))
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=20)[0] == "ended\n"
        await_(lambda: not running_on(server.origin))


def running_on(origin: str) -> bool:
    """Whether git's helper for http talks to this server."""
    listed = subprocess.check_output(["ps", "-eo", "args"], text=True).splitlines()
    return any("git-remote-http" in line and origin in line for line in listed)


def await_(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for long."""
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
