"""A package installer for Python that never guesses which repository a name belongs to.

    Policy ─▶ route ─▶ ask ─▶ judge ─▶ select ─▶ resolve ─▶ fetch ─▶ install
              └──────── core/discovery, a project ───────┘         └─ edge ─┘

    cli         what can be typed, and what is shown
    operations  each command's story, where the floors meet
    edge        config, credentials, repositories, cache, builds, version control, environment,
                installation: all that can fail
    core        the decisions, as values: knows no network, disk, clock or terminal

Each floor knows those below it; everyone may import `errors`.
"""

from __future__ import annotations

__version__ = "0.1.0"
