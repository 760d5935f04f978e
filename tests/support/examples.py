"""The mapping files of examples/, and copies of them that ask loopback repositories.

A copy differs from its example in addresses alone, so that what is played is what is taught.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

DIRECTORY = Path(__file__).parents[2] / "examples" / "maps"
ALL = tuple(sorted(path.relative_to(DIRECTORY).as_posix() for path in DIRECTORY.rglob("*.toml")))


def text_of(example: str) -> str:
    """The example as it is, by its path below examples/maps."""
    return (DIRECTORY / example).read_text(encoding="utf-8")


def copy_example(
    example: str,
    path: Path,
    *,
    urls: Mapping[str, str],
    file_hosts: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write the example to this path, with these addresses in place of its own.

    Args:
        urls: the URL of every remote repository that it declares, by name.
        file_hosts: the file hosts of every repository that has some, by name and in order.
    """
    text = text_of(example)
    declared = tomllib.loads(text)["repositories"]
    for name, table in declared.items():
        written = table if isinstance(table, list) else table["urls"]
        if written[0].startswith("https://"):
            (url,) = written
            text = _replaced(text, url, urls[name])
        hosts = [] if isinstance(table, list) else table.get("file-hosts", [])
        for host, other in zip(hosts, (file_hosts or {}).get(name, ()), strict=True):
            text = _replaced(text, host, other)
    write(path, text)


def write(path: Path, text: str) -> None:
    """Write a mapping file that xpip believes, whatever the umask is here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(f'"{old}"') == 1, old
    return text.replace(f'"{old}"', f'"{new}"')
