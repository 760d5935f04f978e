"""Wheels that are so large that others help to unpack them, through the real command."""

from __future__ import annotations

import hashlib

import pytest
from tests.cli.conftest import Xpip
from tests.support.command import Environment
from tests.support.world import World

from xpip.edge.installation.helping import WORTH_HELP

LARGE = hashlib.shake_256(b"").hexdigest(WORTH_HELP)
"""Of which no compressor makes less than half."""


@pytest.mark.parametrize("link_mode", ["hardlink", "copy"])
def test_large_wheels_are_installed(
    world: World, environment: Environment, xpip: Xpip, link_mode: str
) -> None:
    """Beside small ones; the cache is whole afterwards."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", files={"spam.txt": LARGE})
    corp.serve("eggs", "1.0")
    ended = xpip("install", "-i", corp.url, "spam", "eggs", "--link-mode", link_mode)
    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"eggs": "1.0", "spam": "1.0"}
    assert (environment.site_packages / "spam.txt").read_bytes() == LARGE.encode()
    assert xpip("cache", "verify").exit_code == 0
