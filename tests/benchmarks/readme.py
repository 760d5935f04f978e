"""Where the tables stand in a README: between two comments, so that a command can renew them."""

from __future__ import annotations

from pathlib import Path

BEGIN = "<!-- what `python -m tests.benchmarks markdown --into README.md` writes: -->"
END = "<!-- and no more -->"


def put(text: str, readme: Path) -> None:
    """Replace what stands between the comments.

    Raises:
        SystemExit: the comments are not there.
    """
    before, _, after = _parts(readme)
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def taken(readme: Path) -> str:
    """What stands between the comments.

    Raises:
        SystemExit: the comments are not there.
    """
    return _parts(readme)[1].strip()


def _parts(readme: Path) -> tuple[str, str, str]:
    before, begun, rest = readme.read_text().partition(BEGIN)
    inside, ended, after = rest.partition(END)
    if not begun or not ended:
        raise SystemExit(f"{readme} has no place for tables: {BEGIN} … {END}")
    return before, inside, after
