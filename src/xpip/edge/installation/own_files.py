"""What xpip keeps for itself in an environment."""

from __future__ import annotations

OWN_FILES = ".xpip"
"""How all names begin that xpip keeps for itself below an environment's prefix."""
