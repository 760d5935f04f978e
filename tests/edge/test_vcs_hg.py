"""Real Mercurial repositories, checked out at what a reference means."""

from __future__ import annotations

import base64
import os
import shutil
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
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

# The development tools may be in an environment that is not active.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

pytestmark = pytest.mark.skipif(
    shutil.which("hg", path=PATH) is None, reason="Mercurial is not installed here"
)

PLAIN = {
    **{name: value for name, value in os.environ.items() if not name.startswith("HG")},
    "PATH": PATH,
}
AUTHOR = {"HGUSER": "A <a@host.example>", "HGRCPATH": "", "HGPLAIN": "1"}


class Upstream:
    """A repository that others fetch from."""

    def __init__(self, directory: Path, *, empty: bool = False) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        self.hg("init")
        self.first = "" if empty else self.commit("one")

    @property
    def url(self) -> str:
        """Where it is fetched from."""
        return self.directory.as_uri()

    def hg(self, *arguments: str) -> str:
        """Run hg in it."""
        environ = {**PLAIN, **AUTHOR}
        executable = shutil.which("hg", path=PATH)
        assert executable is not None
        return subprocess.check_output(
            [executable, *arguments], cwd=self.directory, env=environ, text=True
        ).strip()

    def commit(self, content: str, path: str = "file.txt") -> str:
        """Commit a file with this content; returns the changeset's id."""
        (self.directory / path).write_text(content)
        self.hg("commit", "--quiet", "--addremove", "--message", content)
        return self.node(".")

    def node(self, revision: str) -> str:
        """The id of a changeset."""
        return self.hg("log", "--rev", revision, "--template", "{node}")


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
    """Check out into `tmp_path / "checkout"`; returns the changeset."""
    reference = VcsReference(system=VersionControl.HG, url=url, revision=revision)
    return check_out(reference, tmp_path / "checkout", environ=environ, login=login)


def content(tmp_path: Path) -> str:
    """What was checked out."""
    return (tmp_path / "checkout" / "file.txt").read_text()


def test_checkout_is_the_default_branch_when_nothing_is_said(
    tmp_path: Path, upstream: Upstream
) -> None:
    """The changeset is told in full, for direct_url.json (PEP 610)."""
    second = upstream.commit("two")
    upstream.hg("branch", "--quiet", "other")
    upstream.commit("three")
    assert fetch(tmp_path, upstream.url) == second
    assert content(tmp_path) == "two"


def test_checkout_is_the_bookmark_for_clones_when_there_is_one(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Its name is @: it says what a clone of the repository shows."""
    upstream.hg("bookmark", "--inactive", "@")
    upstream.commit("two")
    assert fetch(tmp_path, upstream.url) == upstream.first


def test_checkout_is_the_newest_changeset_when_no_branch_is_the_default(tmp_path: Path) -> None:
    """As a clone does it."""
    upstream = Upstream(tmp_path / "upstream", empty=True)
    upstream.hg("branch", "--quiet", "trunk")
    upstream.commit("one")
    newest = upstream.commit("two")
    assert fetch(tmp_path, upstream.url) == newest


@pytest.mark.parametrize("revision", ["old", "v1", "marked"])
def test_checkout_is_the_branch_tag_or_bookmark_that_is_named(
    tmp_path: Path, upstream: Upstream, revision: str
) -> None:
    """Whatever a changeset can be called by."""
    upstream.hg("branch", "--quiet", "old")
    named = upstream.commit("two")
    upstream.hg("bookmark", "--inactive", "marked")
    upstream.hg("update", "--quiet", "default")
    upstream.hg("tag", "--rev", named, "v1")
    assert fetch(tmp_path, upstream.url, revision) == named
    assert content(tmp_path) == "two"


def test_checkout_is_the_branch_when_it_is_closed(tmp_path: Path, upstream: Upstream) -> None:
    """A release branch that is done with is still what it was."""
    upstream.hg("branch", "--quiet", "old")
    upstream.hg("commit", "--quiet", "--message", "branch")
    upstream.hg("commit", "--quiet", "--close-branch", "--message", "close")
    assert fetch(tmp_path, upstream.url, "old") == upstream.node("branch(old) and closed()")


@pytest.mark.parametrize("length", [40, 12])
def test_checkout_is_the_changeset_that_is_named(
    tmp_path: Path, upstream: Upstream, length: int
) -> None:
    """In full, or as far as people copy it."""
    upstream.commit("two")
    revision = upstream.first[:length].upper()
    assert fetch(tmp_path, upstream.url, revision) == upstream.first
    assert content(tmp_path) == "one"


def test_checkout_brings_the_history_and_the_tags(tmp_path: Path, upstream: Upstream) -> None:
    """Many backends tell the version from them."""
    upstream.hg("tag", "v1")
    fetch(tmp_path, upstream.url)
    template = "{latesttag}-{latesttagdistance}"
    where = ["--cwd", str(tmp_path / "checkout")]
    assert upstream.hg(*where, "log", "--rev", ".", "--template", template) == "v1-1"


def test_checkout_shares_no_files_with_its_repository(tmp_path: Path, upstream: Upstream) -> None:
    """A build that writes into its sources must not write into the user's."""
    fetch(tmp_path, upstream.url)
    files = [path for path in (tmp_path / "checkout").rglob("*") if path.is_file()]
    assert {path.stat().st_nlink for path in files} == {1}


def test_name_is_refused_when_it_is_a_tag_and_a_bookmark_that_differ(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Mercurial would take the bookmark; xpip does not guess."""
    upstream.hg("tag", "v1")
    second = upstream.commit("two")
    upstream.hg("bookmark", "--force", "v1")
    with pytest.raises(UsageError) as caught:
        fetch(tmp_path, upstream.url, "v1")
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    assert caught.value.context == (
        f"the tag is at {upstream.first}",
        f"the bookmark is at {second}",
    )


@pytest.mark.parametrize(
    "revision",
    [
        *("v9", "f" * 40, "0" * 40, "abcdef1234", "0000000", "0", "1", "-1", "null", "."),
        *("all()", "first(all())", "--config=hooks.update=touch evil", "file('set:**')"),
    ],
)
def test_revision_is_not_found_when_it_is_no_name_of_the_repository(
    tmp_path: Path, upstream: Upstream, revision: str
) -> None:
    """Neither numbers, which differ from clone to clone, nor expressions are names."""
    upstream.commit("two")
    with pytest.raises(ResolutionError) as caught:
        fetch(tmp_path, upstream.url, revision)
    assert caught.value.reference is Reason.NOT_FOUND
    assert revision in caught.value.message
    assert not (tmp_path / "checkout" / "file.txt").exists()


def test_revision_is_not_found_when_the_repository_is_empty(tmp_path: Path) -> None:
    """Mercurial's tip is then a changeset that is none."""
    empty = Upstream(tmp_path / "upstream", empty=True)
    with pytest.raises(ResolutionError) as caught:
        fetch(tmp_path, empty.url)
    assert caught.value.message == f"{empty.url} has no changeset"


def test_repository_is_unavailable_when_mercurial_cannot_fetch_it(tmp_path: Path) -> None:
    """Mercurial's own words say why, in a language that everybody can search for."""
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, (tmp_path / "none").as_uri(), environ={**PLAIN, "LC_ALL": "de_DE.UTF-8"})
    assert caught.value.reference is Reason.UNREACHABLE
    assert "not found" in "\n".join(caught.value.context)


def test_url_is_never_taken_for_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: Upstream
) -> None:
    """Whoever makes a reference."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AvailabilityError):
        fetch(tmp_path, "--config=alias.clone=!touch evil")
    assert not list(tmp_path.rglob("evil"))


def test_repository_is_refused_when_it_has_subrepositories(
    tmp_path: Path, upstream: Upstream
) -> None:
    """They may lie anywhere; what is built without them would not be the project."""
    Upstream(upstream.directory / "nested")
    (upstream.directory / ".hgsub").write_text("nested = nested\n")
    upstream.commit("with a subrepository")
    with pytest.raises(UsageError) as caught:
        fetch(tmp_path, upstream.url)
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    assert "subrepositories" in caught.value.message
    assert not (tmp_path / "checkout" / "nested").exists()


def test_hooks_and_extensions_of_anybody_s_do_not_run(tmp_path: Path, upstream: Upstream) -> None:
    """Neither the user's settings nor the repository's are read."""
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    evil = (
        f"[extensions]\nevil = {tmp_path}/evil.py\n[hooks]\nupdate = touch {tmp_path}/ran\n"
        f"[alias]\nclone = !touch {tmp_path}/ran\n"
    )
    (tmp_path / ".hgrc").write_text(evil)
    (upstream.directory / ".hg" / "hgrc").write_text(evil)
    environ = {**PLAIN, "HOME": str(tmp_path), "HGRCPATH": str(tmp_path / ".hgrc")}
    assert fetch(tmp_path, upstream.url, environ=environ) == upstream.first
    assert not (tmp_path / "ran").exists()


def test_mercurial_is_missed_with_clear_words(tmp_path: Path, upstream: Upstream) -> None:
    """Most machines have none."""
    with pytest.raises(InstallationError) as caught:
        fetch(tmp_path, upstream.url, environ={**PLAIN, "PATH": str(tmp_path)})
    assert caught.value.reference is Reason.BUILD_FAILED
    assert caught.value.message == f"{upstream.url} cannot be fetched without Mercurial"
    assert caught.value.context == ("there is no hg on PATH",)


def stand_in(tmp_path: Path, script: str) -> dict[str, str]:
    """Variables with which this script is `hg`; `$HG` in it is the real one."""
    program = tmp_path / "bin" / "hg"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nHG={shutil.which('hg', path=PATH)}\n{script}\n")
    program.chmod(0o755)
    return {**PLAIN, "PATH": f"{program.parent}{os.pathsep}{PATH}"}


def test_mercurial_is_refused_when_it_is_too_old_to_be_told(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Older ones would not heed what keeps them from settings."""
    said = "Mercurial Distributed SCM (version 5.2.1)"
    with pytest.raises(InstallationError) as caught:
        fetch(tmp_path, upstream.url, environ=stand_in(tmp_path, f"echo '{said}'"))
    assert caught.value.context == (f"Mercurial 5.6 or newer is needed; this is {said}",)


def test_repository_is_refused_when_its_server_leads_to_plain_http(
    tmp_path: Path, upstream: Upstream
) -> None:
    """Mercurial follows everywhere, and says so."""
    script = 'if [ $1 = clone ]; then echo "real URL is http://host.example/x" >&2; fi\n"$HG" "$@"'
    with pytest.raises(UsageError) as caught:
        fetch(tmp_path, upstream.url, environ=stand_in(tmp_path, script))
    assert caught.value.reference is Reason.INSECURE_REPOSITORY
    assert not (tmp_path / "checkout" / "file.txt").exists()


class Site:
    """Mercurial's own server behind one that lets in who logs in."""

    def __init__(self) -> None:
        self.wanted: str | None = None
        self._behind = ""
        self._serving: list[subprocess.Popen[str]] = []
        self.server = LoopbackServer(self._answer)

    def publish(self, upstream: Upstream) -> str:
        """Where the repository is to be fetched from now."""
        executable = shutil.which("hg", path=PATH)
        command = [str(executable), "serve", "--port", "0", "--address", "127.0.0.1", "--print-url"]
        environ = {**PLAIN, **AUTHOR}
        serving = subprocess.Popen(
            command,
            cwd=upstream.directory,
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._serving.append(serving)
        assert serving.stdout is not None
        self._behind = serving.stdout.readline().strip().rstrip("/")
        return f"{self.server.origin}/spam"

    def stop(self) -> None:
        """End the servers."""
        for serving in self._serving:
            serving.terminate()
            serving.communicate()

    def _answer(self, incoming: Incoming) -> Response:
        if self.wanted is not None and incoming.headers.get("authorization") != self.wanted:
            challenge = {"WWW-Authenticate": 'Basic realm="private"'}
            return Response(status=401, headers=challenge, body=b"")
        kept = {
            name: value
            for name, value in incoming.headers.items()
            if name.startswith(("x-hg", "vary", "accept"))
        }
        request = urllib.request.Request(
            self._behind + incoming.path.removeprefix("/spam"), headers=kept
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            headers = {"Content-Type": answer.headers["Content-Type"]}
            return Response(status=200, headers=headers, body=answer.read())


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with site.server:
        yield site
    site.stop()


def basic(login: str) -> str:
    """The header that this login is sent with."""
    return f"Basic {base64.b64encode(login.encode()).decode()}"


def test_checkout_comes_over_http(tmp_path: Path, upstream: Upstream, site: Site) -> None:
    """From Mercurial's own server."""
    assert fetch(tmp_path, site.publish(upstream), "default") == upstream.first


def test_login_is_sent_when_the_server_asks(tmp_path: Path, upstream: Upstream, site: Site) -> None:
    """As it is, without what Mercurial reads into it; and it is written into no checkout."""
    site.wanted = basic("$HOME:#pa ss = %x $HOME")
    url = site.publish(upstream).replace(
        "http://", "hg+http://$HOME:%23pa%20ss%20=%20%25x%20$HOME@"
    )
    found = check_out(parse_vcs_reference(url), tmp_path / "checkout", environ=PLAIN)
    assert found == upstream.first
    written = [path.read_bytes() for path in (tmp_path / "checkout").rglob("*") if path.is_file()]
    assert not any(b"pa ss" in content or b"pa%20ss" in content for content in written)


def test_login_is_in_nobody_s_sight(tmp_path: Path, upstream: Upstream, site: Site) -> None:
    """On no command line; in a file that only its owner reads, and that is gone afterwards."""
    script = (
        f'echo "$@ $HGRCPATH" >> {tmp_path}/log\nls -ld $(dirname $HGRCPATH) >> {tmp_path}/modes'
    )
    environ = stand_in(tmp_path, script + '\nexec "$HG" "$@"')
    url = site.publish(upstream)
    site.wanted = basic("user:pass-word")
    login = Credentials(origin=web_origin(url), username="user", password="pass-word")
    fetch(tmp_path, url, environ=environ, login=login)
    logged = (tmp_path / "log").read_text()
    assert "clone" in logged
    assert "pass-word" not in logged
    assert {line[:10] for line in (tmp_path / "modes").read_text().splitlines()} == {
        stat.filemode(stat.S_IFDIR | 0o700)
    }
    assert not Path(logged.split()[-1]).exists()


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
    assert caught.value.message.endswith("asks for a login")
    assert not any("authorization" in request.headers for request in site.server.requests)


def test_refused_login_is_reported_without_itself(
    tmp_path: Path, upstream: Upstream, site: Site
) -> None:
    """Whatever Mercurial says of it."""
    site.wanted = basic("user:other")
    url = site.publish(upstream)
    login = Credentials(origin=web_origin(url), username="user", password="pass-word")
    with pytest.raises(AvailabilityError) as caught:
        fetch(tmp_path, url, login=login)
    assert caught.value.reference is Reason.AUTH_FAILED
    report = "\n".join([caught.value.message, *caught.value.context])
    assert "asks for other credentials" in report
    assert "pass-word" not in report


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("user", "x\n[hooks]\nupdate = evil"),
        ("user", " x"),
        ("user", "x "),
        ("~root", "x"),
        ("user", "\xe9"),
    ],
)
def test_login_is_refused_when_mercurial_would_read_another_one(
    tmp_path: Path, username: str, password: str
) -> None:
    """Its settings have no way to quote; and what is not ASCII, it cannot send."""
    url = "http://127.0.0.1:1/x"
    login = Credentials(origin=web_origin(url), username=username, password=password)
    with pytest.raises(UsageError) as caught:
        fetch(tmp_path, url, login=login)
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    assert "evil" not in str(caught.value)
