"""The story of a stolen name, played with the real command: `make demo`.

A company keeps acme-app and acme-lib on its own repository. A stranger has put an acme-lib
99.0 on the public one. Both repositories run on this machine's loopback for a few seconds.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import venv
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
            play(directory, company.url, public.url)


def fill(company: Repository, public: Repository) -> None:
    """Put real wheels on both repositories."""
    make_wheel(company.directory, "acme-app", "1.0", requires=["acme-lib", "leftpad"])
    make_wheel(company.directory, "acme-lib", "1.0", text="the company's own")
    make_wheel(public.directory, "acme-lib", "99.0", text="a stranger's")
    make_wheel(public.directory, "leftpad", "2.0")


def play(directory: Path, company: str, public: str) -> None:
    """Run every command of the story and show what it says."""
    os.chdir(directory)
    venv.create(".venv")
    python = Path(".venv", "Scripts/python.exe" if os.name == "nt" else "bin/python")
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
