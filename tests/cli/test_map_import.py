"""`xpip map import`, as a user runs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended

from xpip.edge.config.repositories import DEFAULT_INDEX

Xpip = Callable[..., Ended]


@pytest.fixture
def run(xpip: Xpip, tmp_path: Path) -> Xpip:
    """The command, on a machine where pip has no configuration."""

    def told(*arguments: object, **variables: str) -> Ended:
        own = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
        return xpip("map", "import", *arguments, **{**own, **variables})

    return told


def test_import_prints_the_map_and_talks_beside_it(run: Xpip, project: Path) -> None:
    """The file goes to standard output, what was read and what is unsaid to standard error."""
    (project / "requirements.txt").write_text(
        "--extra-index-url https://user:s3cret@pypi.corp.example/simple\n"
    )

    ended = run()

    assert ended.exit_code == 0, ended.stderr
    assert f'urls = ["{DEFAULT_INDEX}"]' in ended.stdout
    assert "read requirements.txt" in ended.stderr
    assert "here a name that several of them hold is refused" in ended.stderr
    assert "XPIP_PYPI_CORP_EXAMPLE_TOKEN" in ended.stderr
    assert "s3cret" not in ended.stdout + ended.stderr


def test_import_writes_a_file_that_xpip_loads(run: Xpip, xpip: Xpip, project: Path) -> None:
    """`-o` writes it, once: what is there is not replaced unasked."""
    (project / "Pipfile").write_text('[[source]]\nurl = "https://x.example/simple"\nname = "x"\n')

    assert run("-o", "xpip.toml").exit_code == 0
    before = (project / "xpip.toml").read_bytes()
    assert xpip("map", "check").exit_code == 0

    again = run("-o", "xpip.toml", PIP_INDEX_URL="https://y.example/simple")
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert (project / "xpip.toml").read_bytes() == before

    assert run("-o", "xpip.toml", "--force", "--from", "pip", PIP_INDEX_URL="y").exit_code == 0
    assert (project / "xpip.toml").read_bytes() != before


def test_import_says_so_when_there_is_nothing(run: Xpip) -> None:
    """An empty map would be no import."""
    ended = run()

    assert ended.exit_code == 2
    assert "xpip map init" in ended.stderr


@pytest.mark.parametrize(
    ("name", "content"), [("pyproject.toml", b"[tool.uv"), ("uv.toml", b"\xff"), ("x.yaml", b"")]
)
def test_import_stops_at_a_file_that_it_cannot_read(
    name: str, content: bytes, run: Xpip, project: Path
) -> None:
    """Half an import would be open where the other half was closed."""
    (project / name).write_bytes(content)

    assert run("--from", name).exit_code == 2
    assert run("--from", "nowhere").exit_code == 2
