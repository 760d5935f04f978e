"""What strangers write where xpip prints it: pages, file names, metadata, maps, locks, errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.properties.test_printing import acting
from tests.support.command import Ended, Environment
from tests.support.warm import WarmXpip
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World

EVIL = (
    "\x1b[2J\x1b]0;t\x07\x9b31m\N{RIGHT-TO-LEFT OVERRIDE}\u200b\x7f[red]x[/red]<b>\r\nerror: forged"
)
FORGED = "error: forged"


def harmless(ended: Ended) -> bool:
    """Nothing acts, no line is forged, and xpip is not to blame."""
    said = ended.stdout + ended.stderr
    forged = [line for line in said.splitlines() if line.strip().startswith(FORGED)]
    return not acting(said) and not forged and ended.exit_code != 70


@pytest.fixture
def corp(world: World, tmp_path: Path) -> RepositoryDouble:
    """A repository that writes its worst into everything that is shown of it."""
    corp = world.repository("corp", ranges=True)
    wheel = build_wheel(tmp_path, "spam", "1.0", requires=["eggs"])
    corp.serve_file("spam", "1.0", wheel)
    served = corp.page("spam").files[0]
    row = {
        "filename": wheel.name,
        "url": f"../../files/spam/{wheel.name}",
        "hashes": dict(served.hashes),
        "yanked": EVIL,
        "requires-python": f">=3 {EVIL}",
        "upload-time": EVIL,
        "provenance": EVIL,
    }
    misfits = [f"spam-{EVIL}.zip", f"{EVIL}-1.0.tar.gz", f"spam-1.0-{EVIL}-none-any.whl"]
    corp.page("spam").body = json.dumps(
        {
            "meta": {
                "api-version": "1.9",
                "tracks": [f"https://x.example/{EVIL}"],
                "project-status": "deprecated",
            },
            "project-status": {"status": "deprecated", "reason": EVIL},
            "alternate-locations": [EVIL],
            "name": "spam",
            "versions": ["1.0", EVIL],
            "files": [row, *({**row, "filename": name} for name in misfits)],
        }
    ).encode()
    corp.serve("eggs", "1.0")
    return corp


COMMANDS = [
    ["install", "-v", "spam==1.0"],
    ["install", "--json", "spam==1.0"],
    ["install", "spam==9"],
    ["download", "-v", "-d", "kept", "spam==1.0"],
    ["lock", "-o", "pylock.toml", "spam==1.0"],
    ["explain", "-v", "spam"],
    ["explain", "--what-if", "spam"],
    ["explain", "--json", "spam"],
    ["explain", "--all", "spam"],
    ["explain", "--html", "page.html", "spam"],
    ["audit", "--what-if", "--sarif", "audit.sarif", "spam"],
    ["audit", "--what-if", "--json", "spam"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_page_cannot_act_on_its_reader(
    command: Sequence[str], corp: RepositoryDouble, tmp_path: Path, xpip: WarmXpip
) -> None:
    """Reasons, versions, addresses and file names are shown, and do nothing."""
    Environment(tmp_path / ".venv")

    ended = xpip(*command, "--index-url", corp.url, cwd=tmp_path)

    assert harmless(ended), ended
    for name in ("page.html", "pylock.toml"):
        written = tmp_path / name
        assert not written.exists() or acting(written.read_text(encoding="utf-8")) == []


def test_installed_metadata_cannot_act_on_its_reader(tmp_path: Path, xpip: WarmXpip) -> None:
    """What another tool let in is looked at all the same."""
    environment = Environment(tmp_path / ".venv")
    info = environment.site_packages / "spam-1.0.dist-info"
    info.mkdir()
    name = EVIL.replace("\r\n", "")
    fields = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: {name}\n"
    (info / "METADATA").write_text(fields, encoding="utf-8", errors="surrogatepass")
    (info / "INSTALLER").write_text(EVIL, encoding="utf-8")
    (info / "direct_url.json").write_text(json.dumps({"url": f"https://x/{EVIL}", "dir_info": {}}))
    (info / "xpip_origin.json").write_text(json.dumps(dict.fromkeys(ORIGIN, EVIL)))

    for command in (["list"], ["list", "--format", "freeze"], ["freeze"], ["inspect"], ["check"]):
        assert harmless(xpip(*command, cwd=tmp_path)), command


ORIGIN = ("schema", "group", "repository", "page", "file", "rule", "ruling", "time")


@pytest.mark.parametrize("name", ["xpip.toml", "pylock.toml", "requirements.txt"])
def test_file_of_a_checkout_cannot_act_on_its_reader(
    name: str, tmp_path: Path, xpip: WarmXpip
) -> None:
    """A map, a lock and requirements come from whoever wrote the checkout."""
    Environment(tmp_path / ".venv")
    quoted = json.dumps(EVIL)
    texts = {
        "xpip.toml": f"{quoted} = 1\n[repositories]\n{quoted} = [{quoted}]\n",
        "pylock.toml": f"lock-version = {quoted}\ncreated-by = {quoted}\n{quoted} = {quoted}\n",
        "requirements.txt": f"--{EVIL}\n{EVIL} @ {EVIL}\n",
    }
    (tmp_path / name).write_text(texts[name], encoding="utf-8", newline="")
    option = {"xpip.toml": "--map", "pylock.toml": "--lock", "requirements.txt": "-r"}[name]
    ended = xpip(
        "install", option, name, "spam" if name == "xpip.toml" else "--no-index", cwd=tmp_path
    )

    assert ended.exit_code == 2
    assert harmless(ended), ended


def test_servers_words_cannot_act_on_their_reader(
    world: World, tmp_path: Path, xpip: WarmXpip
) -> None:
    """A page that is none, and its headers."""
    Environment(tmp_path / ".venv")
    corp = world.repository("corp")
    page = corp.page("spam")
    page.body = EVIL.encode()
    page.headers = {"Content-Type": "text/\x9b31m\u00ad", "Retry-After": "\x9b"}

    assert harmless(xpip("explain", "-v", "-i", corp.url, "spam", cwd=tmp_path))
    page.http_status = 418
    assert harmless(xpip("install", "-i", corp.url, "spam", cwd=tmp_path))
