"""Runs one xpip command under cProfile, its main thread only: `profiling.py FILE ARGUMENT...`.

xpip leaves at once when it has ended, by which a profiler around its process would lose all; so
the command is called here, without that.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
from pathlib import Path


def main() -> None:
    """Run it and keep the profile."""
    from xpip.cli.commands import xpip

    file, *arguments = sys.argv[1:]
    profile = cProfile.Profile()
    profile.runcall(xpip.main, arguments, prog_name="xpip", standalone_mode=False)
    profile.dump_stats(file)
    sys.stdout.flush()
    os._exit(0)


def show_profile(file: Path, *, lines: int) -> None:
    """Print what took the most, by itself and with all it called."""
    for order in ("tottime", "cumtime"):
        pstats.Stats(str(file)).strip_dirs().sort_stats(order).print_stats(lines)


if __name__ == "__main__":
    main()
