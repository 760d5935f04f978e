"""The story of a stolen name and a forged lock, played with the real command: `make demo`.

A company keeps acme-app and acme-lib on its own repository. A stranger has put an acme-lib
99.0 on the public one. Both repositories run on this machine's loopback for a few seconds.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import venv
from difflib import unified_diff
from pathlib import Path

from repositories import Repository, make_wheel

REFUSED = 3


def main() -> None:
    """Play the story; any step that does not end as it should ends the demo."""
    with tempfile.TemporaryDirectory(prefix="xpip-demo-") as scratch:
        directory = Path(scratch)
        company, public = Repository(directory / "company"), Repository(directory / "public")
        with company, public:
            fill(company, public)
            os.chdir(directory)
            settle_a_name(company.url, public.url)
            lock_it(company, public)


def fill(company: Repository, public: Repository) -> None:
    """Put real wheels on both repositories."""
    make_wheel(company.directory, "acme-app", "1.0", requires=["acme-lib", "leftpad"])
    make_wheel(company.directory, "acme-lib", "1.0", text="the company's own")
    make_wheel(public.directory, "acme-lib", "99.0", text="a stranger's")
    make_wheel(public.directory, "leftpad", "2.0")


def settle_a_name(company: str, public: str) -> None:
    """The refusal, the map that answers it, and what is installed then."""
    python = environment(".venv")
    both = ["--index-url", public, "--extra-index-url", company]

    say("acme-app needs acme-lib. The company's repository has 1.0, the public one a stranger's")
    say("99.0. This is what pip would do:")
    run("pip", "install", "--dry-run", *both, "acme-app")

    say("xpip does not decide whose name it is (exit code 3):")
    run("xpip", "install", *both, "acme-app", expect=REFUSED)

    say("You know: acme-lib is the company's, as all of acme is. The command that the refusal")
    say("offers says so for everybody, here with better names:")
    whole = ["--repository", f"company={company}", "--rest", f"public={public}"]
    run("xpip", "map", "add", "acme", "--namespace", *whole)

    say("It made xpip.toml, which belongs beside your pyproject.toml. Where names come from now:")
    run("xpip", "map", "test", "acme-lib", "leftpad")

    say("So there is nothing left to guess:")
    run("xpip", "install", "acme-app")

    say("And the environment can say whose acme-lib it holds:")
    run(python, "-c", 'import acme_lib; print("acme_lib is", acme_lib.text)')
    origin = next(Path(".venv").rglob("acme_lib-*.dist-info/xpip_origin.json"))
    print(origin.read_text(encoding="utf-8"))


def lock_it(company: Repository, public: Repository) -> None:
    """A lock, an install from it, and a copy that somebody has changed."""
    say("A lock writes it down for everybody, with the place and the hash of every file:")
    run("xpip", "lock", "acme-app")

    say("A colleague gets the same from it into an empty environment. No page is asked:")
    environment("colleague")
    run("xpip", "install", "--lock", "pylock.toml", "--python", "colleague")

    say("Then somebody proposes this change to the lock. Its hash is the true one of its file:")
    true = Path("pylock.toml").read_text(encoding="utf-8")
    forged = forge(true, company, public)
    Path("pylock.forged.toml").write_text(forged, encoding="utf-8")
    show_difference(true, forged)

    say("But xpip.toml says whose acme-lib is, and no lock can (exit code 3):")
    with_forged = ("--lock", "pylock.forged.toml", "--python", "colleague")
    run("xpip", "install", *with_forged, expect=REFUSED)

    say("Nothing was fetched, and nothing has changed. To read on: xpip help lock")


def forge(lock: str, company: Repository, public: Repository) -> str:
    """The lock with the stranger's acme-lib in the place of the company's."""
    ours, theirs = (next(each.directory.glob("acme_lib-*.whl")) for each in (company, public))
    changes = {
        'version = "1.0"': 'version = "99.0"',
        f'index = "{company.url}"': f'index = "{public.url}"',
        company.url.replace("simple", "files"): public.url.replace("simple", "files"),
        ours.name: theirs.name,
        digest(ours): digest(theirs),
    }
    begin = '[[packages]]\nname = "acme-lib"'
    before, _, entry = lock.partition(begin)
    entry, end, after = entry.partition("[[packages]]")
    for old, new in changes.items():
        assert old in entry
        entry = entry.replace(old, new)
    return "".join((before, begin, entry, end, after))


def show_difference(old: str, new: str) -> None:
    """The lines of one text that the other has not."""
    _, _, *lines = unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    print("", *(line for line in lines if line[0] != "@"), "", sep="\n", flush=True)


def digest(path: Path) -> str:
    """A file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def environment(name: str) -> Path:
    """Make a virtual environment and return its interpreter."""
    venv.create(name)
    return Path(name, "Scripts/python.exe" if os.name == "nt" else "bin/python")


def say(text: str) -> None:
    """One line of the story."""
    print(f"# {text}", flush=True)


def run(*command: object, expect: int = 0) -> None:
    """Show a command, run it, and hold it to its exit code."""
    words = [str(word) for word in command]
    print(f"\n$ {shlex.join(words)}", flush=True)
    if words[0] in ("xpip", "pip"):
        words = [sys.executable, "-m", *words]
    status = subprocess.run(
        words, env=clean_environment(), stderr=subprocess.STDOUT, check=False
    ).returncode
    print(flush=True)
    if status != expect:
        sys.exit(f"the demo went wrong: exit code {status}, not {expect}")


def clean_environment() -> dict[str, str]:
    """No settings of the machine's own installers."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "XPIP_")) and name != "VIRTUAL_ENV"
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


if __name__ == "__main__":
    main()
