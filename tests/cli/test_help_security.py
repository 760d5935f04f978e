"""The page on security: every promise names a test that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "src/xpip/help/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
PROMISES = re.findall(r"^- (?:.+\n)+?(?=- |\n)", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_promise_is_held_by_a_test_that_is_there(file: str, test: str) -> None:
    """A test that is renamed or removed takes its promise along."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_promise_names_its_test() -> None:
    """What no test holds is not promised."""
    assert len(PROMISES) > 20
    assert [promise for promise in PROMISES if "`tests/" not in promise] == []


def test_page_says_for_each_what_is_not_promised() -> None:
    """Who trusts xpip must know how far."""
    parts = PAGE.split("\n## ")[1:-1]
    assert len(parts) == 9
    assert [part.splitlines()[0] for part in parts if "\nNot promised: " not in part] == []


def test_readme_names_the_page() -> None:
    """Whoever looks for it there finds it."""
    assert "xpip help security" in (ROOT / "README.md").read_text(encoding="utf-8")
