"""Explanations → one HTML page that stands by itself: no other file, no address is asked for.

    document  the page: what came from where, and why
    graph     who needs whom, drawn
    markup    text → HTML; the only place where either becomes the other
    assets    style sheet and script

Names, reasons and addresses on it were written by strangers: all of it is text, none of it markup.
"""

from xpip.core.reporting.page.document import PageFacts, explanations_page

__all__ = ["PageFacts", "explanations_page"]
