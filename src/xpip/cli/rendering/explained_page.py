"""What was explained, as a page for a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpip.cli.rendering.talk import say
from xpip.errors import Reason, UsageError

if TYPE_CHECKING:
    from xpip.operations.explaining import Explained
    from xpip.operations.surroundings import Surroundings


def write_page(explained: Explained, path: str, around: Surroundings, *, quiet: bool) -> None:
    """Write the page whole, over what an earlier run wrote.

    Raises:
        UsageError: it cannot be written.
    """
    if path == "-":
        raise UsageError(
            "--html names a file, beside what goes to standard output", reference=Reason.USAGE
        )
    from xpip import __version__
    from xpip.core.reporting.page import PageFacts, explanations_page
    from xpip.edge.new_file import write_new

    facts = PageFacts(
        version=__version__,
        made=around.now.strftime("%Y-%m-%d %H:%M UTC"),
        error=explained.error,
    )
    page = explanations_page(explained.explanations, facts)
    write_new(around.cwd / path, page, force=True)
    if not quiet:
        say(f"note: written to {path}")
