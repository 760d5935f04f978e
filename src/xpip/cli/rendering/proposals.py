"""A mapping file that is proposed: the file on standard output, the talk about it beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import say, show_text

if TYPE_CHECKING:
    from xpip.operations.maps.proposing import Proposed


def show_proposed(proposed: Proposed) -> None:
    """The file, if it was not written, and what is to be known of it."""
    for name in proposed.read:
        say(f"read {name}")
    if proposed.written is None:
        show_text(proposed.text)
    if proposed.unsaid:
        say()
        say("To be decided by you:")
        for each in proposed.unsaid:
            say(f"  - {each}")
        say()
    if proposed.written is not None:
        say(f"Wrote {proposed.written}: read it, then `xpip map check` it.")
