"""A package installer for Python that never guesses which repository a name belongs to."""

from __future__ import annotations

__version__ = "0.1.0"
