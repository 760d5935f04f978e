"""Files that two distributions hold: refused, unless the user says whose may go."""

from __future__ import annotations

from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.world import World


def test_project_overwrites_anothers_file_when_it_is_named(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """The option names the one that may; the refusal says how it is written."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", files={"shared.py": "owner = 'spam'\n"})
    corp.serve("eggs", "1.0", files={"shared.py": "owner = 'eggs'\n"})
    xpip("install", "-i", corp.url, "spam")

    refused = xpip("install", "-i", corp.url, "eggs")
    allowed = xpip("install", "-i", corp.url, "eggs", "--allow-file-collision", "Eggs")

    assert refused.exit_code == 5
    assert "--allow-file-collision eggs" in refused.stderr
    assert allowed.exit_code == 0, allowed.stderr
    assert environment.run("import shared; print(shared.owner)") == "eggs"
    assert environment.installed() == {"spam": "1.0", "eggs": "1.0"}


def test_collision_stays_refused_when_another_project_is_named(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """That spam may overwrite does not mean that it may be overwritten."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", files={"shared.py": "owner = 'spam'\n"})
    corp.serve("eggs", "1.0", files={"shared.py": "owner = 'eggs'\n"})
    xpip("install", "-i", corp.url, "spam")

    ended = xpip("install", "-i", corp.url, "eggs", "--allow-file-collision", "spam")

    assert ended.exit_code == 5
    assert environment.run("import shared; print(shared.owner)") == "spam"


def test_named_project_wins_when_both_are_installed_at_once(
    world: World, environment: Environment, xpip: Xpip
) -> None:
    """Whatever the order of their names."""
    corp = world.repository("corp")
    for name in ("eggs", "ham", "spam"):
        corp.serve(name, "1.0", files={"shared.py": f"owner = {name!r}\n"})

    refused = xpip("install", "--json", "-i", corp.url, "eggs", "ham")
    names = ("eggs", "ham", "spam")
    allowed = xpip("install", "-i", corp.url, *names, "--allow-file-collision", "ham")

    assert (refused.exit_code, refused.reasons) == (5, ["file-collision"])
    assert allowed.exit_code == 0, allowed.stderr
    assert environment.run("import shared; print(shared.owner)") == "ham"
