"""A run that is killed outright (`kill -9`) leaves all of its work or nothing of it.

Each story is played once undisturbed, which says what the environment was before and is after, and
how many calls on the way change files. Then it is played again and again, killed before one call
after another; the next run on the environment has to find, or make, one of the two states.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.command import Environment
from tests.support.faults import Faulty, Outcome, Saved, Tree, tree
from tests.support.world import World

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs are forked")

SAMPLE = 12
"""Moments tried of each story in `make test`."""


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
    """A story at its beginning, to be played as often as is liked."""

    def __init__(self, faulty: Faulty, directory: Path, world: World, story: Story) -> None:
        self._faulty = faulty
        self._index = serve(world)
        self.project = directory / "project"
        self.project.mkdir()
        self.environment = Environment(self.project / ".venv").directory
        self._cache = directory / "cache"
        self.arguments = story.then.split()
        if story.first:
            self.done(*story.first.split())
        if "pylock.toml" in story.then:
            self.done("lock", "-o", "pylock.toml", "spam==2.0", "eggs==2.0")
        self._cache.mkdir(exist_ok=True)
        self._saved = [
            Saved(self.environment, directory / "environment"),
            Saved(self._cache, directory / "kept"),
        ]
        self.before = tree(self.environment)
        self.counted = self.play()
        assert (self.counted.exit_code, self.counted.stderr) == (0, self.counted.stderr)
        self.after = tree(self.environment)
        assert self.before != self.after or "--force-reinstall" in self.arguments

    def run(self, *arguments: object, kind: str = "", at: int = 0) -> Outcome:
        """Run xpip on the environment as it is."""
        return self._faulty.run(
            *arguments,
            cwd=self.project,
            variables={"XPIP_INDEX_URL": self._index, "XPIP_CACHE_DIR": str(self._cache)},
            kind=kind,
            at=at,
            below=[self.environment],
        )

    def done(self, *arguments: object) -> Outcome:
        """Run it, to a good end."""
        ended = self.run(*arguments)
        assert ended.exit_code == 0, ended.stderr
        return ended

    def play(self, kind: str = "", at: int = 0) -> Outcome:
        """Play the story from its beginning."""
        for saved in self._saved:
            saved.restore()
        return self.run(*self.arguments, kind=kind, at=at)

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


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """One process for all runs of this file."""
    with Faulty(tmp_path_factory.mktemp("faulty")) as faulty:
        yield faulty


@pytest.fixture
def play(faulty: Faulty, tmp_path: Path, world: World) -> Callable[[str], Stage]:
    """A stage for a story, by its name."""
    return lambda name: Stage(faulty, tmp_path, world, STORIES[name])


@pytest.mark.parametrize("story", STORIES)
def test_environment_is_as_before_or_as_after_when_a_run_was_killed(
    play: Callable[[str], Stage], story: str
) -> None:
    """Whichever call it was killed before; and nothing of its work lies about (semantics 7.3)."""
    stage = play(story)
    for moment in stage.counted.sample(SAMPLE):
        killed = stage.play("kill", at=moment)
        assert killed.killed, f"{moment} of {stage.counted.moments}: {killed}"
        stage.check_recovery(str(moment))


@pytest.mark.parametrize("story", ["upgrade", "uninstall"])
def test_environment_is_as_before_or_as_after_when_the_next_run_was_killed_too(
    play: Callable[[str], Stage], story: str
) -> None:
    """Putting things back can be broken off anywhere, and be begun again."""
    stage = play(story)
    for moment in stage.counted.sample(5)[1:-1]:
        stage.play("kill", at=moment)
        broken = Saved(stage.environment, stage.project / f"broken-{moment}")
        mending = stage.next_run()
        for again in mending.sample(5):
            broken.restore()
            assert stage.next_run("kill", at=again).killed
            stage.check_recovery(f"{moment}, then {again} of {mending.moments}")


def test_next_run_says_what_became_of_the_killed_one_when_it_fails_itself(
    play: Callable[[str], Stage],
) -> None:
    """Whoever reads the error has to know that the environment was put back."""
    stage = play("install")
    stage.play("kill", at=stage.counted.moments // 2)
    broken = Saved(stage.environment, stage.project / "broken")
    ended = stage.run("install", "no-such-project")
    assert (ended.exit_code, ended.stderr.count("[killed-undone]")) == (1, 1)
    broken.restore()
    data = json.loads(stage.run("install", "no-such-project", "--json").stdout)
    assert [each["code"] for each in data["notices"]] == ["killed-undone"]
