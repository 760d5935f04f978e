"""`--timings`: where a run's time went, for those who ask."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Ended, Environment
from tests.support.world import RepositoryDouble, World


@pytest.fixture
def corp(world: World, environment: Environment) -> RepositoryDouble:
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    return corp


def stages(ended: Ended) -> list[str]:
    """The first word of each line with a time in it."""
    return [line.split()[0] for line in ended.stderr.splitlines() if " ms " in line]


def test_installation_says_where_its_time_went(corp: RepositoryDouble, xpip: Xpip) -> None:
    """The stages that it had, in their order, and the whole."""
    ended = xpip("install", "-i", corp.url, "spam", "--timings")
    assert ended.exit_code == 0, ended.stderr
    told = stages(ended)
    assert told[:3] == ["starting", "reading", "looking"]
    assert {"asking", "judging", "resolving", "fetching", "linking"} <= {*told}
    assert "unpacking" in told
    assert told[-1] == "total"


def test_run_with_nothing_to_do_had_few_stages(corp: RepositoryDouble, xpip: Xpip) -> None:
    """Nobody was asked, and nothing resolved."""
    xpip("install", "-i", corp.url, "spam")
    ended = xpip("install", "-i", corp.url, "spam", "--timings")
    assert stages(ended) == ["starting", "reading", "looking", "other", "total"]


def test_refused_run_says_where_its_time_went(corp: RepositoryDouble, xpip: Xpip) -> None:
    """However it ends."""
    ended = xpip("install", "-i", corp.url, "eggs", "--timings")
    assert ended.exit_code == 1
    assert "asking" in stages(ended)


@pytest.mark.parametrize("command", ["install", "lock", "explain", "download", "wheel"])
def test_timings_are_in_the_data_when_that_is_asked_for(
    corp: RepositoryDouble, xpip: Xpip, command: str
) -> None:
    """And standard error stays free of them; without the option there are none."""
    asked = ["-i", corp.url, "spam", "--json"]
    ended = xpip(command, *asked, "--timings")
    assert ended.exit_code == 0, ended.stderr
    names = [each["name"] for each in ended.data["timings"]["stages"]]
    assert names[0] == "starting"
    assert ended.data["timings"]["seconds"] > 0
    assert stages(ended) == []
    assert "timings" not in xpip(command, *asked).data
