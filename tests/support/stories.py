"""Stories of an environment that is changed, to be played until something goes wrong.

stage = Stage(faulty, tmp_path, world, STORIES["upgrade"])
for moment in stage.counted.sample(12):
stage.play("kill", at=moment)
stage.check_recovery()
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.command import Environment
from tests.support.faults import Faulty, Outcome, Saved, Tree, tree
from tests.support.world import World


@dataclass(frozen=True)
class Story:
    """What is there at first, and what is run then."""

    first: str
    then: str


STORIES = {
    "install": Story("", "install spam eggs"),
    "upgrade": Story("install spam==1.0 eggs==1.0 ham", "install -U spam eggs"),
    "downgrade": Story("install spam==2.0", "install spam==1.0"),
    "again": Story("install spam==1.0", "install --force-reinstall spam==1.0"),
    "uninstall": Story("install spam eggs ham", "uninstall -y spam eggs"),
    "target": Story(
        "install --target .venv/flat spam==1.0", "install --target .venv/flat -U spam ham"
    ),
    "sync": Story("install spam==1.0 ham", "sync pylock.toml"),
}


class Stage:
    """A story at its beginning, to be played as often as is liked.

    Attributes:
        counted: how it ended when nothing went wrong.
        before, after: the environment then.
        cache, temporary: what the runs keep, and what they should not.
    """

    def __init__(self, faulty: Faulty, directory: Path, world: World, story: Story) -> None:
        self._faulty = faulty
        self.temporary = faulty.temporary
        self._index = serve(world)
        self.project = directory / "project"
        self.project.mkdir()
        self.environment = Environment(self.project / ".venv").directory
        self.cache = directory / "cache"
        self.arguments = story.then.split()
        if story.first:
            self.done(*story.first.split())
        if "pylock.toml" in story.then:
            self.done("lock", "-o", "pylock.toml", "spam==2.0", "eggs==2.0")
        self.cache.mkdir(exist_ok=True)
        self._saved = [
            Saved(self.environment, directory / "environment"),
            Saved(self.cache, directory / "kept"),
        ]
        self.before = tree(self.environment)
        self.counted = self.play()
        assert (self.counted.exit_code, self.counted.stderr) == (0, self.counted.stderr)
        self.after = tree(self.environment)
        assert self.before != self.after or "--force-reinstall" in self.arguments

    def run(
        self,
        *arguments: object,
        kind: str = "",
        at: int = 0,
        below: Path | None = None,
        largest: int | None = None,
    ) -> Outcome:
        """Run xpip on the environment as it is.

        Args:
            kind, at: what goes wrong, and when.
            below: where; in the environment if it is not said.
            largest: bytes that a file can have.
        """
        return self._faulty.run(
            *arguments,
            cwd=self.project,
            variables={"XPIP_INDEX_URL": self._index, "XPIP_CACHE_DIR": str(self.cache)},
            kind=kind,
            at=at,
            below=[below or self.environment],
            largest=largest,
        )

    def done(self, *arguments: object) -> Outcome:
        """Run it, to a good end."""
        ended = self.run(*arguments)
        assert ended.exit_code == 0, ended.stderr
        return ended

    def play(self, kind: str = "", at: int = 0, **options: Any) -> Outcome:
        """Play the story from its beginning, with the options of `run`."""
        for saved in self._saved:
            saved.restore()
        return self.run(*self.arguments, kind=kind, at=at, **options)

    def play_again(self) -> Outcome:
        """Play it on a new environment, with the cache as it is."""
        self._saved[0].restore()
        return self.run(*self.arguments)

    def now(self) -> Tree:
        """The environment as it is."""
        return tree(self.environment)

    def check_recovery(self, when: str) -> None:
        """The next run makes one of the two states, and says which if it had anything to do."""
        at_once = self.now()
        said = self.next_run().stderr
        expected = {
            "[killed-undone]": self.before,
            "[killed-done]": self.after,
            "Nothing to remove.": at_once,
        }
        state = next(expected[each] for each in expected if each in said)
        assert self.now() == state, (when, said)
        assert state in (self.before, self.after), (when, said)

    def next_run(self, kind: str = "", at: int = 0) -> Outcome:
        """Any next run on it that has nothing to do of its own."""
        arguments = ("uninstall", "-y", "nothing-of-that-name", *self._where())
        ended = self.run(*arguments, kind=kind, at=at)
        assert ended.killed or ended.stderr.endswith("Nothing to remove.\n"), ended.stderr
        return ended

    def _where(self) -> list[str]:
        at = self.arguments.index("--target") if "--target" in self.arguments else None
        return [] if at is None else self.arguments[at : at + 2]


def serve(world: World) -> str:
    """Releases whose files come, go, and change places."""
    corp = world.repository("corp")
    for version, files in {
        "1.0": {"spam/old.py": "", "spam/data/a.txt": "one", "spam/turn/a.py": ""},
        "2.0": {"spam/new/b.py": "", "spam/data/a.txt": "two", "spam/turn": "now a file"},
    }.items():
        corp.serve(
            "spam",
            version,
            files={
                "spam/__init__.py": f"v = '{version}'",
                f"spam-{version}.data/data/share/spam/{version}/page.txt": "page",
                f"spam-{version}.data/headers/spam.h": version,
                **files,
            },
            entry_points={"spam": "spam:main"},
            scripts={"spam-script": f"#!python\n# {version}\n"},
        )
        corp.serve("eggs", version, requires=["spam>=1"])
    corp.serve("ham", "1.0", files={"ham.py": "", "shared/ham.py": ""})
    return corp.url
