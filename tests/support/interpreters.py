"""Interpreters that are not an environment of their own."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path


def managed_interpreter(root: Path) -> Path:
    """The running interpreter again, in an installation that its system reserves for itself."""
    stdlib = Path(sysconfig.get_path("stdlib")).resolve()
    copy = root / stdlib.relative_to(Path(sys.base_prefix).resolve())
    copy.mkdir(parents=True)
    for entry in stdlib.iterdir():
        if entry.name not in ("site-packages", "EXTERNALLY-MANAGED"):
            (copy / entry.name).symlink_to(entry)
    (copy / "EXTERNALLY-MANAGED").write_text(
        "[externally-managed]\nError=Use apt,\n  100% of the time.\n"
        "Error-de=Nimm apt.\nError-pt_BR=Usa apt, em São Paulo.\n",
        encoding="utf-8",
    )
    (root / "bin").mkdir()
    running = Path(sys.executable).resolve()
    return Path(shutil.copy(running, root / "bin" / "python3"))
