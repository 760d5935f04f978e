"""The floors and the sizes of the house, held by tests: see the contracts in pyproject.toml too."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xpip

SOURCE = Path(xpip.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
CORE = [
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
    for path in sorted((SOURCE / "core").rglob("*.py"))
    if path.stem != "__init__"
]

IMPORT_WITHOUT_THE_EDGE = """
import importlib, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"httpcore", "click", "rich", "installer"}:
            raise ImportError(f"the core must do without {name}")

sys.meta_path.insert(0, Blocked())
importlib.import_module(sys.argv[1])
"""


def test_core_modules_are_found_at_all() -> None:
    """The next test cannot pass for want of modules."""
    assert "xpip.core.facts" in CORE


@pytest.mark.parametrize("module", CORE)
def test_core_module_imports_when_the_libraries_of_the_edge_are_missing(module: str) -> None:
    """The core needs neither network nor terminal nor disk."""
    command = [sys.executable, "-c", IMPORT_WITHOUT_THE_EDGE, module]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_xpip_starts_without_heavy_imports_when_it_has_nothing_to_do(option: str) -> None:
    """What only some commands need is imported by those commands."""
    command = [sys.executable, "-X", "importtime", "-m", "xpip", option]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "click" in imported
    assert imported.isdisjoint({"httpcore", "rich", "resolvelib", "packaging"})


def test_modules_stay_readable() -> None:
    """No file is longer than 400 lines."""
    lengths = {_relative(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_functions_stay_readable() -> None:
    """No function is longer than 60 lines, its docstring included."""
    lengths = dict(_function_lengths())
    assert {name: length for name, length in lengths.items() if length > 60} == {}


def test_modules_have_names_that_mean_something() -> None:
    """A module called `utils` is a place for what has no place."""
    drawers = {"utils", "util", "helpers", "common", "base", "misc"}
    names = {
        _relative(path): set(path.relative_to(SOURCE).with_suffix("").parts) for path in MODULES
    }
    assert [name for name, parts in names.items() if parts & drawers] == []


def test_tests_say_what_they_show() -> None:
    """Every test has a docstring."""
    silent = [
        f"{path.name}: {node.name}"
        for path in sorted(Path(__file__).parent.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def _function_lengths() -> Iterator[tuple[str, int]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{_relative(path)}: {node.name}", node.end_lineno - node.lineno + 1


def _relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_only_one_module_prints_what_strangers_wrote() -> None:
    """All others print through it: nothing reaches a terminal that was not made printable."""
    own_words = {"help_pages.py", "commands/cache.py", "commands/completion.py"}
    own_words |= {"__init__.py", "commands/maps/schema.py"}
    printing = {
        path.relative_to(SOURCE / "cli").as_posix()
        for path in sorted((SOURCE / "cli").rglob("*.py"))
        if re.search(r"click\.echo\((?!f\"{alarm)|\bprint\(|echo_via_pager", path.read_text())
    }
    assert printing == {"rendering/talk.py", *own_words}
