"""A download, watched and shown: what `download` and `wheel` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpip.cli.progress import watch
from xpip.cli.rendering.downloaded import show_data, show_downloaded
from xpip.cli.running import surroundings
from xpip.cli.timings import stopwatch, timed_data

if TYPE_CHECKING:
    from xpip.operations.downloading import Downloading


def run(told: Downloading, given: dict[str, Any]) -> None:
    """Carry it out, and tell what lies in the directory now."""
    from xpip.operations.downloading import download

    quiet, as_json = given["quiet"], given["as_json"]
    with stopwatch(given) as measured:
        with watch(silent=quiet or as_json) as observer:
            downloaded = download(told, surroundings(observer, measured))
        if as_json:
            show_data(downloaded, timings=timed_data(measured))
        elif not quiet:
            show_downloaded(downloaded, verbose=given["verbose"])
