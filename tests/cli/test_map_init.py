"""`xpip map init`, as a user runs it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from tests.support.command import Ended, Environment
from tests.support.world import World

from xpip.core.mapping_file import MapSource, parse_map
from xpip.core.policy import Policy
from xpip.core.routing import route

Xpip = Callable[..., Ended]
LOCK = """\
lock-version = "1.0"
created-by = "a test"

[[packages]]
name = "acme-app"
version = "1.0"
index = "https://user:s3cret@pypi.corp.example/simple"
wheels = [{ name = "acme_app-1.0-py3-none-any.whl", url = "https://x.example/a", hashes = { sha256 = "0" } }]

[[packages]]
name = "acme-lib"
version = "1.0"
index = "https://pypi.corp.example/simple/"
wheels = [{ name = "acme_lib-1.0-py3-none-any.whl", url = "https://x.example/b", hashes = { sha256 = "0" } }]

[[packages]]
name = "spam"
version = "1.0"
wheels = [{ name = "spam-1.0-py3-none-any.whl", url = "https://x.example/c", hashes = { sha256 = "0" } }]

[[packages]]
name = "mine"
directory = { path = "." }
"""  # noqa: E501 - a lock file as tools write it


def test_init_writes_a_file_that_loads_and_is_not_replaced(xpip: Xpip, project: Path) -> None:
    """The starter file, as it stands; a second run leaves it alone."""
    assert xpip("map", "init").exit_code == 0
    assert xpip("map", "check").exit_code == 0
    written = project / "xpip.toml"
    written.write_text(written.read_text() + "# mine\n")

    again = xpip("map", "init")

    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert written.read_text().endswith("# mine\n")


def test_starter_file_loads_when_all_of_its_examples_are_taken_into_use(
    xpip: Xpip, project: Path
) -> None:
    """What it teaches is true."""
    ended = xpip("map", "init", "-o", "-")
    examples = re.sub(r"^#(?=[^ #])", "", ended.stdout, flags=re.MULTILINE)
    assert examples.count("[[mapping]]") > ended.stdout.count("\n[[mapping]]")
    (project / "all.toml").write_text(examples)

    checked = xpip("map", "check", "all.toml")

    assert checked.exit_code == 0, checked.stderr


def test_from_lock_makes_the_smallest_map(xpip: Xpip, project: Path) -> None:
    """Projects without an index are listed; credentials are not taken over."""
    (project / "pylock.toml").write_text(LOCK)

    ended = xpip("map", "init", "--from-lock", "pylock.toml")

    assert ended.exit_code == 0, ended.stderr
    text = (project / "xpip.toml").read_text()
    assert 'namespace = ["acme"]' in text
    assert 'paths = ["*"]' not in text
    assert "no rule is made for spam: the lock file does not say which index" in ended.stderr
    assert "no rule is made for mine: they are direct references" in ended.stderr
    assert 'file-hosts = ["x.example"]' in ended.stderr
    assert "s3cret" not in text + ended.stderr
    assert xpip("map", "check").exit_code == 0


def test_from_env_routes_what_is_installed_to_where_it_came_from(
    world: World, environment: Environment, project: Path, xpip: Xpip
) -> None:
    """By the origins that xpip recorded; what another tool installed is listed."""
    corp, public = world.repository("corp"), world.repository("public")
    corp.serve("acme-app", "1.0", requires=["eggs"])
    public.serve("eggs", "1.0")
    index = ("--index-url", public.url, "--extra-index-url", corp.url)
    assert xpip("install", *index, "acme-app").exit_code == 0
    stranger = environment.site_packages / "stranger-1.0.dist-info"
    stranger.mkdir()
    (stranger / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")

    ended = xpip("map", "init", "--from-env", "--python", ".venv")

    assert ended.exit_code == 0, ended.stderr
    assert "no rule is made for stranger" in ended.stderr
    source = MapSource(path="xpip.toml", directory=str(project), discovered=True)
    raw = (project / "xpip.toml").read_bytes()
    mapping = parse_map(raw, source, variables={}, now=datetime.now(UTC))
    policy = Policy(groups=mapping.groups, map=mapping)
    for name, url in (("acme-app", corp.url), ("eggs", public.url)):
        groups = route(canonicalize_name(name), policy).groups
        assert [group.canonical.url for group in groups] == [url]
    assert xpip("install", "--force-reinstall", "acme-app").exit_code == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--from-env", "--from-lock", "x"),
        ("--python", "x"),
        ("--open", "x"),
        ("--from-lock", "missing.toml"),
    ],
)
def test_init_refuses_options_that_mean_nothing_together(
    options: tuple[str, ...], xpip: Xpip, project: Path
) -> None:
    """Nothing is written."""
    assert xpip("map", "init", *options).exit_code == 2
    assert not (project / "xpip.toml").exists()
