"""Scripts as one environment gets them: with its interpreter in their first line."""

from __future__ import annotations

import os

from xpip.core.unpacked import LauncherScript

_LONGEST = 127
"""Bytes of a first line that every kernel reads (execve(2))."""


def launcher(script: LauncherScript, executable: str) -> tuple[str, bytes]:
    """Name and contents of the script that an entry point asks for."""
    if os.name == "posix" and _is_simple(executable):
        return script.name, b"#!" + os.fsencode(executable) + b"\n" + script.body.encode()
    from installer.scripts import Script
    from installer.utils import get_launcher_kind

    made = Script(script.name, script.module, script.attribute, script.section)  # type: ignore[arg-type]
    return made.generate(executable, get_launcher_kind())


def rewritten(content: bytes, executable: str) -> bytes:
    """A script that asks for the target's interpreter (binary distribution format)."""
    return _first_lines(executable) + content.partition(b"\n")[2]


def _first_lines(executable: str) -> bytes:
    if _is_simple(executable):
        return b"#!" + os.fsencode(executable) + b"\n"
    from installer.scripts import Script

    # Where the interpreter's path is long or has spaces, this is more than a line.
    generated = Script("", "", "", "console").generate(executable, "posix")[1]
    return generated.partition(b"# -*-")[0]


def _is_simple(executable: str) -> bool:
    line = os.fsencode(executable)
    return b" " not in line and len(line) + 3 <= _LONGEST
