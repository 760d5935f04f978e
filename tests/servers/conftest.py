"""Real servers, each started once, that all have the same wheels."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from tests.support.command import Environment
from tests.support.running import Server
from tests.support.servers import SERVERS
from tests.support.wheels import build_wheel


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    """A directory that any user may read: Apache, started by root, is another one."""
    with tempfile.TemporaryDirectory(prefix="xpip-servers-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture(scope="module")
def tree(ground: Path) -> Path:
    """A large spam, and the Eggs.Benedict that it needs: an old spelling and a local version."""
    tree = ground / "tree"
    build_wheel(
        tree / "spam",
        "spam",
        "1.0",
        requires=["Eggs.Benedict>=2.1"],
        requires_python=">=3.8",
        files={"spam/__init__.py": "", "spam/noise.bin": Random(0).randbytes(200_000)},
    )
    eggs = tree / "eggs-benedict"
    old = build_wheel(eggs, "eggs-benedict", "2.0")
    old.rename(old.with_name("Eggs.Benedict-2.0-py3-none-any.whl"))
    build_wheel(eggs, "eggs-benedict", "2.1+corp.1")
    (tree / "bare").mkdir()
    return tree


@pytest.fixture(scope="module")
def serve(ground: Path, tree: Path) -> Iterator[Callable[[type[Server]], Server]]:
    """`serve(Devpi)`: the running server, started if need be; stopped after the last test."""
    running: dict[type[Server], Server] = {}
    with ExitStack() as stopping:

        def serve(kind: type[Server]) -> Server:
            if kind not in running:
                directory = Path(tempfile.mkdtemp(dir=ground))
                directory.chmod(0o755)
                running[kind] = stopping.enter_context(kind(tree, directory))
            return running[kind]

        yield serve


@pytest.fixture(params=SERVERS, ids=lambda kind: str(kind.name))
def server(request: pytest.FixtureRequest, serve: Callable[[type[Server]], Server]) -> Server:
    """Each of the servers in turn."""
    return serve(request.param)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment in the directory that commands run in."""
    return Environment(tmp_path / ".venv")
