"""Passwords and tokens: sent where they belong, and written nowhere, however a run ends.

One run logs in from every source there is. What it printed and every file it left are searched,
and so is what each server was asked.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment, run_xpip
from tests.support.proxy import ForwardProxy
from tests.support.server import Incoming
from tests.support.world import RepositoryDouble, World

LOGINS = {
    "corp": ("__token__", "variable-hidden"),
    "shop": ("user-hidden", "userinfo-hidden"),
    "desk": ("me", "netrc-hidden"),
    "ring": ("me", "keyring-hidden"),
}
"""User and password of each repository, each known from another source."""

PROXY = ("proxy-user-hidden", "proxy-hidden")
QUERY = "query-hidden"
MARK = "hidden"
"""All of these secrets hold it, and nothing else does."""

KEYRING = """
from types import SimpleNamespace

def get_credential(service, username):
    if service == {origin!r}:
        return SimpleNamespace(username={username!r}, password={password!r})
"""


class Scene:
    """Four repositories behind a proxy, and one that stores files for others.

    `spam` lies in corp, `eggs` in shop, `ham` in desk and `bacon` in ring; `clash` in two.
    """

    def __init__(self, world: World, proxy: ForwardProxy, directory: Path) -> None:
        self.corp, self.shop, self.desk, self.ring = map(world.repository, LOGINS)
        self.storage = world.repository("storage")
        self.directory = directory / "project"
        self._own = directory / "own"
        self._own.mkdir()
        self.proxy = proxy
        proxy.credentials = PROXY
        self._serve()
        self._write_map()
        self._write_logins()

    def _serve(self) -> None:
        for repository in self.repositories:
            repository.credentials = LOGINS[repository.name]
        self.corp.serve("spam", "1.0", requires=["eggs", "ham", "bacon"])
        self.shop.serve("eggs", "1.0")
        self.desk.serve("ham", "1.0")
        self.ring.serve("bacon", "1.0")
        self.corp.serve("clash", "1.0")
        self.shop.serve("clash", "1.0")
        self.shop.page("eggs").file_redirect = self.storage.origin
        self.sign_files()

    def sign_files(self) -> None:
        """Give the URLs on the page of spam a token, as presigned storage does."""
        page = self.corp.page("spam")
        page.body = None
        asked = Incoming(method="GET", path="", headers={})
        body = page.page_response("corp", "spam", asked).body
        page.body = re.sub(rb'(/[^/"]+\.whl)"', rf'\1?token={QUERY}"'.encode(), body)
        assert QUERY.encode() in page.body

    @property
    def repositories(self) -> tuple[RepositoryDouble, ...]:
        """Those that demand a login."""
        return self.corp, self.shop, self.desk, self.ring

    def _write_map(self) -> None:
        urls = {each.name: each.url for each in self.repositories}
        # netrc knows hosts and no ports: another host is needed for an entry of its own.
        urls["desk"] = urls["desk"].replace("127.0.0.1", "localhost")
        rules = {"spam": ["corp"], "eggs": ["shop"], "ham": ["desk"], "bacon": ["ring"]}
        lines = ["[repositories]", *(f'{name} = ["{url}"]' for name, url in urls.items())]
        for pattern, groups in {**rules, "*": ["corp", "shop"]}.items():
            lines += ["[[mapping]]", f'paths = ["{pattern}"]', f"repositories = {groups}"]
        (self._own / "map.toml").write_text("\n".join(lines))

    def _write_logins(self) -> None:
        username, password = LOGINS["desk"]
        entry = f"machine localhost login {username} password {password}\n"
        (self._own / "netrc").write_text(f"{entry}default login any password default-hidden\n")
        username, password = LOGINS["ring"]
        module = KEYRING.format(origin=self.ring.origin, username=username, password=password)
        (self._own / "keyring.py").write_text(module)

    def install(self, *arguments: object, mapped: bool = True) -> Ended:
        """Run `xpip install` with all that it needs to log in."""
        temporary = self.directory / "temporary"
        temporary.mkdir(exist_ok=True)
        path = os.pathsep.join(filter(None, [str(self._own), os.environ.get("PYTHONPATH")]))
        variables = {
            "XPIP_CORP_TOKEN": LOGINS["corp"][1],
            "NETRC": str(self._own / "netrc"),
            "PYTHONPATH": path,
            "TMPDIR": str(temporary),
        }
        mapping = ["--map", self._own / "map.toml", "--extra-index-url", with_login(self.shop)]
        through = self.proxy.url.replace("//", "//{}:{}@".format(*PROXY))
        network = ["--proxy", through, "--retries", 0]
        told = ["install", *(mapping if mapped else ["--no-map"]), *network, *arguments]
        return run_xpip(*told, cwd=self.directory, variables=variables)


def with_login(repository: RepositoryDouble) -> str:
    """The repository's URL as a careless user types it."""
    return repository.url.replace("//", "//{}:{}@".format(*LOGINS[repository.name]))


@pytest.fixture
def scene(world: World, environment: Environment, tmp_path: Path) -> Iterator[Scene]:
    """Everything in order; each test spoils what it is about."""
    with ForwardProxy() as proxy:
        yield Scene(world, proxy, tmp_path)


def forms(login: tuple[str, str]) -> tuple[str, ...]:
    """A login as it stands, and as HTTP sends it."""
    encoded = base64.b64encode(":".join(login).encode()).decode()
    return *(part for part in login if MARK in part), encoded


def check_nothing_is_shown(ended: Ended, scene: Scene) -> None:
    """Search what was printed, and every file that a run left."""
    written = {"stdout": ended.stdout.encode(), "stderr": ended.stderr.encode()}
    for path in scene.directory.rglob("*"):
        if path.is_file() and not path.is_symlink():
            written[str(path)] = path.read_bytes()
    secrets = [MARK, *(form for login in [*LOGINS.values(), PROXY] for form in forms(login))]
    found = [
        (place, each) for each in secrets for place in written if each.encode() in written[place]
    ]
    assert found == []
    assert list((scene.directory / "temporary").iterdir()) == []


def check_nothing_went_astray(scene: Scene) -> None:
    """Search every request of every server for logins that are not its own."""
    for repository in (*scene.repositories, scene.storage):
        logins = {name: login for name, login in LOGINS.items() if name != repository.name}
        strange = [form for login in [*logins.values(), PROXY] for form in forms(login)]
        if repository is not scene.corp:
            strange.append(QUERY)
        for request in repository.requests:
            sent = " ".join([request.path, *request.headers, *request.headers.values()])
            assert not [each for each in strange if each in sent]
            assert "proxy-authorization" not in request.headers
    assert not [r for r in scene.storage.requests if "authorization" in r.headers]


def test_secrets_are_used_and_not_shown_when_all_goes_well(
    scene: Scene, environment: Environment
) -> None:
    """Every repository was logged in to, and what is recorded says so to nobody."""
    ended = scene.install("-v", "--report", "report.json", "spam")
    assert ended.exit_code == 0, ended.stderr
    assert set(environment.installed()) == {"spam", "eggs", "ham", "bacon"}
    assert all(
        "authorization" in repository.requests[-1].headers for repository in scene.repositories
    )
    assert any(QUERY in request.path for request in scene.corp.requests)
    assert scene.storage.files_asked()
    assert (scene.directory / "report.json").exists()
    check_nothing_is_shown(ended, scene)
    check_nothing_went_astray(scene)


def test_secrets_are_not_shown_when_the_result_is_data(scene: Scene) -> None:
    """Standard output goes into logs and pipelines."""
    ended = scene.install("--json", "--report", "report.json", "spam")
    assert ended.exit_code == 0, ended.stderr
    check_nothing_is_shown(ended, scene)


def refuse_the_login(scene: Scene) -> None:
    """The password was changed."""
    scene.shop.credentials = ("somebody", "else")


def refuse_the_keyrings_login(scene: Scene) -> None:
    """The one that was asked for when the server refused."""
    scene.ring.credentials = ("somebody", "else")


def forward_a_page(scene: Scene) -> None:
    """To a host that no rule names, which would like to see a password."""
    scene.shop.page("eggs").redirect_to = scene.storage.project_url("eggs")


def break_a_hash(scene: Scene) -> None:
    """Of the file whose URL is signed."""
    page = scene.corp.page("spam")
    page.files = [replace(file, hashes={"sha256": "0" * 64}) for file in page.files]
    scene.sign_files()


def withhold_a_file(scene: Scene) -> None:
    """Whose URL is signed."""
    scene.corp.page("spam").file_status = 403


def show_a_login_page(scene: Scene) -> None:
    """As proxies and portals do."""
    scene.shop.page("eggs").body = b"<html>Who are you?</html>"
    scene.shop.page("eggs").content_type = "text/html"


def require_what_nobody_has(scene: Scene) -> None:
    """The search for a version has something to tell."""
    scene.corp.serve("spam", "2.0", requires=["eggs>7"])
    scene.corp.page("spam").files.pop(0)
    scene.sign_files()


@pytest.mark.parametrize("talk", [("-v", "--report", "report.json"), ("--json",)])
@pytest.mark.parametrize(
    ("spoil", "exit_code"),
    [
        (refuse_the_login, 4),
        (refuse_the_keyrings_login, 4),
        (forward_a_page, 3),
        (break_a_hash, 3),
        (withhold_a_file, 4),
        (show_a_login_page, 4),
        (require_what_nobody_has, 1),
    ],
)
def test_secrets_are_not_shown_when_a_run_fails(
    scene: Scene,
    environment: Environment,
    spoil: Callable[[Scene], None],
    exit_code: int,
    talk: tuple[str, ...],
) -> None:
    """Errors name addresses, and only what anyone may see of them."""
    spoil(scene)
    ended = scene.install(*talk, "spam")
    assert ended.exit_code == exit_code, ended.stderr
    assert environment.installed() == {}
    check_nothing_is_shown(ended, scene)
    check_nothing_went_astray(scene)


@pytest.mark.parametrize("talk", [("-v",), ("--json",)])
@pytest.mark.parametrize("mapped", [True, False])
def test_secrets_are_not_shown_when_two_repositories_collide(
    scene: Scene, mapped: bool, talk: tuple[str, ...]
) -> None:
    """The report proposes a mapping file and commands: they are to be pasted anywhere."""
    typed = ("-i", with_login(scene.corp), "--extra-index-url", with_login(scene.shop))
    options = () if mapped else typed
    ended = scene.install(*options, *talk, "clash", mapped=mapped)
    assert ended.exit_code == 3
    assert "collision" in ended.stdout + ended.stderr
    check_nothing_is_shown(ended, scene)
    check_nothing_went_astray(scene)


def test_secrets_are_not_shown_when_the_proxy_refuses(scene: Scene) -> None:
    """Nor are the repositories', which it stands before."""
    scene.proxy.credentials = ("somebody", "else")
    ended = scene.install("-v", "spam")
    assert ended.exit_code == 4
    check_nothing_is_shown(ended, scene)
