"""`python -m xpip`."""

import os
import sys

# Python puts the current directory first, and what lies there is not xpip's: json.py, say.
if sys.path[:1] == [os.getcwd()]:  # noqa: PTH109 - pathlib is not loaded before that
    del sys.path[0]

from xpip.cli import main

if __name__ == "__main__":
    main()
