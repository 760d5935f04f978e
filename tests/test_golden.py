"""What install and explain say of the outcomes that people meet most, word for word.

Each story is played over loopback, and compared with `tests/golden/NAME.txt`. Those files are
read by a stranger before they are committed: what happened, where, what to do next.
`XPIP_TEST_GOLDEN=rewrite` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.audit_stories import AUDITS
from tests.support.golden import GOLDEN, Transcript, check
from tests.support.served_sources import CRASHES, serve_source
from tests.support.world import RepositoryDouble, World

Story = Callable[[Transcript, Path], None]
STORIES: dict[str, Story] = {**AUDITS}


def story(function: Story) -> Story:
    """A story is told by a function, and its file has the function's name."""
    STORIES[function.__name__.replace("_", "-")] = function
    return function


def corp_of(said: Transcript) -> RepositoryDouble:
    """The repository corp, with spam 1.0, which needs eggs."""
    corp = said.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs>=1"])
    corp.serve("eggs", "1.2")
    return corp


def mapped(said: Transcript, *, rule: str = "", paths: str = '["*"]') -> RepositoryDouble:
    """The same, under a mapping file with one rule."""
    corp = corp_of(said)
    said.write(
        "xpip.toml",
        f'[repositories]\ncorp = ["{corp.url}"]\n\n'
        f'[[mapping]]\npaths = {paths}\nrepositories = ["corp"]\n{rule}',
    )
    return corp


def two(said: Transcript) -> tuple[str, ...]:
    """Options for corp, and a public repository beside it."""
    return ("-i", said.repository("public").url, "--extra-index-url", corp_of(said).url)


@story
def installed(said: Transcript, _: Path) -> None:
    """The ordinary case, explained before and after."""
    corp = corp_of(said)
    said.run("explain", "-i", corp.url, "spam", "eggs")
    said.run("install", "-i", corp.url, "spam")
    said.run("explain", "-i", corp.url, "spam")


@story
def nothing_to_do(said: Transcript, directory: Path) -> None:
    """What is asked for is there."""
    corp = corp_of(said)
    said.run("install", "-i", corp.url, "spam")
    said.run("install", "-i", corp.url, "spam")


@story
def routed(said: Transcript, _: Path) -> None:
    """A rule says where the name comes from."""
    mapped(said)
    said.run("install", "spam")
    said.run("explain", "spam", "--what-if")


@story
def silence(said: Transcript, _: Path) -> None:
    """Taken from one repository because the other does not have it today."""
    options = two(said)
    said.run("explain", *options, "spam")
    said.run("explain", *options, "spam", "--all")
    said.run("install", *options, "spam")
    said.run("explain", *options, "spam")


@story
def collision(said: Transcript, _: Path) -> None:
    """A stranger has registered the name of a dependency."""
    options = two(said)
    said.repository("public").serve("eggs", "99.0")
    said.run("install", *options, "spam")
    said.run("explain", *options, "eggs")


@story
def no_rule(said: Transcript, _: Path) -> None:
    """No rule matches the name."""
    mapped(said, paths='["spam"]')
    said.run("install", "spam")
    said.run("explain", "eggs")


@story
def denied(said: Transcript, _: Path) -> None:
    """A rule lets nobody speak for the name."""
    corp = corp_of(said)
    said.write(
        "xpip.toml",
        f'[repositories]\ncorp = ["{corp.url}"]\n\n'
        '[[mapping]]\npaths = ["spam"]\nrepositories = []\nreason = "banned, ticket 4711"\n\n'
        '[[mapping]]\npaths = ["*"]\nrepositories = ["corp"]\n',
    )
    said.run("install", "spam")
    said.run("explain", "spam")


@story
def not_found(said: Transcript, _: Path) -> None:
    """A name that no repository has."""
    options = two(said)
    said.run("install", *options, "spma")
    said.run("explain", *options, "spma")


@story
def no_candidate(said: Transcript, _: Path) -> None:
    """There are files, and none is for this Python and platform."""
    corp = said.repository("corp")
    corp.serve("spam", "1.0", tag="cp27-cp27m-win32")
    corp.serve("spam", "2.0", requires_python=">=3.99")
    said.run("install", "-i", corp.url, "spam")
    said.run("explain", "-i", corp.url, "spam")


@story
def no_version(said: Transcript, _: Path) -> None:
    """A version that does not exist."""
    corp = corp_of(said)
    said.run("install", "-i", corp.url, "spam==9")
    said.run("explain", "-i", corp.url, "spam==9")


@story
def resolution_conflict(said: Transcript, _: Path) -> None:
    """Two requirements that do not go together."""
    corp = corp_of(said)
    corp.serve("ham", "1.0", requires=["eggs<1"])
    corp.serve("eggs", "0.9")
    said.run("install", "-i", corp.url, "spam", "ham")
    said.run("explain", "-i", corp.url, "spam", "ham")


@story
def auth_failed(said: Transcript, _: Path) -> None:
    """A repository asks for a login."""
    corp = mapped(said)
    corp.credentials = ("user", "password")
    said.run("install", "spam")
    said.run("explain", "spam")


@story
def http_status(said: Transcript, _: Path) -> None:
    """A repository is out of order, and another one has the name."""
    options = two(said)
    said.repository("public").serve("spam", "99.0")
    said.repository("corp").page("spam").http_status = 500
    said.run("install", "--retries", 0, *options, "spam")
    said.run("explain", "--retries", 0, *options, "spam")


@story
def unreachable(said: Transcript, _: Path) -> None:
    """Nobody listens there."""
    url = said.repository("corp", listening=False).url
    said.run("install", "--retries", 0, "-i", url, "spam")
    said.run("explain", "--retries", 0, "-i", url, "spam")


@story
def quarantined(said: Transcript, _: Path) -> None:
    """The repository suspects the project."""
    corp = corp_of(said)
    corp.page("spam").status = {"status": "quarantined", "reason": "it steals tokens"}
    said.run("install", "-i", corp.url, "spam")
    said.run("explain", "-i", corp.url, "spam")


@story
def file_host_foreign(said: Transcript, _: Path) -> None:
    """The page links to a host that the mapping file does not list."""
    corp = mapped(said)
    corp.page("spam").file_host = said.repository("elsewhere").origin
    said.run("install", "spam")
    said.run("explain", "spam")


@story
def hash_mismatch(said: Transcript, _: Path) -> None:
    """The file is not the one that its page describes."""
    corp = corp_of(said)
    corp.serve("ham", "1.0", hashes={"sha256": "00" * 32})
    said.run("install", "-i", corp.url, "ham")


@story
def map_invalid(said: Transcript, _: Path) -> None:
    """A misspelt key of the mapping file."""
    mapped(said, rule='cool-down = "7d"\n')
    said.run("install", "spam")
    said.run("explain", "spam")


@story
def origin_changed(said: Transcript, _: Path) -> None:
    """The private repository lost the name, and a stranger has it."""
    options = two(said)
    said.run("install", *options, "spam")
    said.repository("corp").page("spam").http_status = 404
    said.repository("public").serve("spam", "99.0")
    said.run("install", "-U", *options, "spam")
    said.run("explain", *options, "spam")


@story
def direct_denied(said: Transcript, _: Path) -> None:
    """Metadata names a place of its own."""
    corp = said.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs @ https://elsewhere.example/eggs-1.0.tar.gz"])
    said.run("install", "-i", corp.url, "spam")
    said.run("explain", "-i", corp.url, "spam")


@story
def place(said: Transcript, directory: Path) -> None:
    """A file that the user names."""
    corp = corp_of(said)
    wheel = corp.serve("ham", "1.0")
    wheel.rename(said.project / wheel.name)
    said.run("install", "-i", corp.url, f"./{wheel.name}")
    said.run("explain", "-i", corp.url, f"./{wheel.name}")


@story
def build_failed(said: Transcript, directory: Path) -> None:
    """A source distribution that cannot be built."""
    corp = said.repository("corp")
    serve_source(corp, directory, "spam", "1.0", tiny=CRASHES)
    said.run("install", "-i", corp.url, "spam")


@story
def cooldown(said: Transcript, _: Path) -> None:
    """Every file is too new."""
    corp = mapped(said, rule='cooldown = "2026-01-01"\n')
    corp.serve("ham", "1.0", upload_time="2026-06-01T12:00:00Z")
    said.run("install", "ham")
    said.run("explain", "ham")


@story
def hash_missing(said: Transcript, _: Path) -> None:
    """A rule requires hashes, and the page gives none."""
    corp = mapped(said, rule='hashes = "required"\n')
    corp.page("spam").hashes = False
    said.run("install", "spam")
    said.run("explain", "spam")


@story
def threshold(said: Transcript, _: Path) -> None:
    """One repository alone lists the newest file."""
    corp, mirror = said.repository("corp"), said.repository("mirror")
    mirror.serve_file("spam", "1.0", corp.serve("spam", "1.0"))
    corp.serve("spam", "2.0")
    said.write(
        "xpip.toml",
        f'[repositories]\ncorp = ["{corp.url}"]\nmirror = ["{mirror.url}"]\n\n'
        '[[mapping]]\npaths = ["spam"]\nrepositories = ["corp", "mirror"]\nthreshold = 2\n',
    )
    said.run("install", "spam")
    said.run("explain", "spam")


@story
def usage(said: Transcript, _: Path) -> None:
    """Options that do not exist, and nothing to do."""
    said.run("install", "--indexurl", "https://pypi.example/simple/", "spam")
    said.run("install")
    said.run("explain")


@pytest.mark.parametrize("name", STORIES)
def test_story_is_told_as_it_was_reviewed(name: str, world: World, tmp_path: Path) -> None:
    """Every word that is printed was read by somebody first."""
    transcript = Transcript(world, tmp_path)
    STORIES[name](transcript, tmp_path)

    check(name, transcript.text())


def test_every_transcript_has_its_story() -> None:
    """A file that nothing re-creates would grow old."""
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(STORIES)


def test_examples_of_the_help_are_what_is_said() -> None:
    """Each line of a report that `xpip help errors` shows stands in a transcript."""
    page = (Path(__file__).parents[1] / "src/xpip/help/errors.md").read_text(encoding="utf-8")
    examples = {line[6:] for line in page.splitlines() if line.startswith("      ")}
    said = {line for path in GOLDEN.glob("*.txt") for line in path.read_text("utf-8").splitlines()}

    assert examples
    assert examples <= said
