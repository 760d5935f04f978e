"""What commands say, word for word, as a transcript that is the same on every machine.

    transcript = Transcript(world, directory)
    transcript.map(text)                    # xpip.toml, shown as `cat` would
    transcript.run("install", "spam")       # the command, both streams, the exit code

Ports, paths and versions of Python become placeholders of the same width where that matters:
the n-th repository has port nnnnn.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.command import Environment, run_xpip
from tests.support.world import RepositoryDouble, World

GOLDEN = Path(__file__).parents[1] / "golden"
_PYTHON = re.compile(r"Python 3\.\d+\.\d+\w* \(cp[\w.-]+\)")


class Transcript:
    """One project directory with an environment, and all that is said in it."""

    def __init__(self, world: World, directory: Path) -> None:
        self._world = world
        self._home = directory / "home"
        self.project = self._home / "project"
        self.project.mkdir(parents=True)
        self.environment = Environment(self.project / ".venv")
        self._ports: dict[str, str] = {}
        self._parts: list[str] = []

    def repository(self, name: str, **defaults: object) -> RepositoryDouble:
        """A repository of the world, with a port of its own in the transcript."""
        double = self._world.repository(name, **defaults)  # type: ignore[arg-type]
        port = str(urlsplit(double.origin).port)
        self._ports.setdefault(port, str(len(self._ports) + 1) * 5)
        return double

    def write(self, name: str, text: str) -> None:
        """Write a file of the project, and show it."""
        path = self.project / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
        self._parts.append(f"$ cat {name}\n{text}")

    def run(self, *arguments: object) -> None:
        """Run xpip, and show what it says."""
        given = [str(each) for each in arguments]
        home = {"HOME": str(self._home), "TMPDIR": str(self._home)}
        ended = run_xpip(*given, cwd=self.project, variables=home)
        said = f"\n[STDERR]\n{ended.stderr.strip(chr(10))}\n" if ended.stderr.strip() else ""
        self._parts.append(
            f"$ xpip {shlex.join(given)}\n{ended.stdout}{said}\n[EXIT CODE] {ended.exit_code}\n"
        )

    def text(self) -> str:
        """The transcript, with placeholders."""
        text = "\n".join(self._parts)
        for port, placeholder in self._ports.items():
            text = re.sub(rf"(?<=127.0.0.1[:-]){port}\b", placeholder, text)
        text = text.replace(str(self._home), "/home/you")
        text = _PYTHON.sub("Python 3.X.Y (cp3XX-cp3XX-platform)", text)
        text = re.sub(r"xpip-build-[\w-]+", "xpip-build-XXXX", text)
        return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def check(name: str, text: str) -> None:
    """Hold a transcript against the one that was reviewed; `XPIP_TEST_GOLDEN=rewrite` makes it."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("XPIP_TEST_GOLDEN") == "rewrite":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
