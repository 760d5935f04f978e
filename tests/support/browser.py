"""A real browser without a window, where there is one: Chromium, which is not installed for it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """The browser's path, if there is one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def shown_by(page: Path) -> str:
    """The document of a page, after its script ran."""
    browser = find_browser()
    assert browser is not None
    with tempfile.TemporaryDirectory() as profile:
        ended = subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={profile}",
                "--virtual-time-budget=2000",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    return ended.stdout
