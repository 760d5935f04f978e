"""What a script asks for (PEP 723)."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from xpip.core.script_metadata import NoScriptMetadata, ScriptMetadata, parse_script
from xpip.errors import Reason, UsageError

SCRIPT = """\
#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "spam>=1",
#   "eggs @ ./eggs",
# ]
#
# [tool.xpip]
# map = "x"
# [tool.other]
# y = 1
# ///

print()
"""
UNKNOWN = "is not a key that xpip knows; did you mean 'requires-python'?"
REFERENCE = re.compile(
    r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$",
)


def read(text: str) -> ScriptMetadata | NoScriptMetadata:
    return parse_script(text.encode(), path="x.py", directory="/project")


def refusal(raw: bytes) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse_script(raw, path="x.py", directory="/project")
    assert caught.value.reference is Reason.REQUIREMENTS_INVALID
    return caught.value


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_script_says_what_it_needs(line_break: str) -> None:
    """Dependencies know their lines; of the tools only xpip's table is looked at."""
    found = read(SCRIPT.replace("\n", line_break))
    assert isinstance(found, ScriptMetadata)
    assert found.requires_python == SpecifierSet(">=3.11")
    assert [f"{each.wanted} {each.declared_at}" for each in found.dependencies] == [
        "spam>=1 x.py:5",
        "eggs @ file:///project/eggs x.py:6",
    ]
    assert found.tool == {"map": "x"}
    assert str(found.declared_at) == "x.py:2"


@pytest.mark.parametrize("text", ["", "print()\n", "# /// other\n# x\n# ///\n", "# ///script\n"])
def test_script_has_no_metadata(text: str) -> None:
    """Blocks of other types are for other tools."""
    assert read(text) == NoScriptMetadata()


@pytest.mark.parametrize("text", ["# /// script\n# x = 1\n", "# /// script\n# ///\n"])
def test_block_does_not_count_when_it_is_not_closed(text: str) -> None:
    """PEP 723 says so; where it begins is told all the same."""
    found = read(f"\n{text}")
    assert isinstance(found, NoScriptMetadata)
    assert str(found.unclosed_at) == "x.py:2"


def test_block_ends_with_the_last_closing_line_of_its_comment() -> None:
    """PEP 723: a line `# ///` within it belongs to the content."""
    found = read("# /// script\n# tool.xpip.x = '''\n# ///\n# '''\n# ///\n")
    assert isinstance(found, ScriptMetadata)
    assert found.tool == {"x": "///\n"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SCRIPT + SCRIPT, "x.py:17: line 2 begins a script block already"),
        ("# /// script\n# a = 1\n# b = [\n# ///\n", "x.py:3: this is no TOML: Invalid value"),
        ("# /// script\n#\n# a = b\n# ///\n", "x.py:3: this is no TOML: Invalid value"),
        (
            "# /// script\n#\n# requires_python = ''\n# ///\n",
            f"x.py:3: requires_python: {UNKNOWN}",
        ),
        (
            "# /// script\n#\n# requires-python = '3'\n# ///\n",
            "x.py:3: requires-python: must be a version specifier such as '>=3.11'",
        ),
        (
            "# /// script\n# dependencies = ['a',\n#   'b @ x']\n# ///\n",
            "x.py:3: what follows 'b @' is neither a URL nor a path",
        ),
        ("# /// script\n# tool = 1\n# ///\n", "x.py:2: tool: must be a table"),
    ],
)
def test_script_is_refused_when_its_block_is_not_valid(text: str, message: str) -> None:
    """With the line of the script, not of the block."""
    assert refusal(text.encode()).message == message


def test_script_is_refused_when_it_is_not_utf_8() -> None:
    """PEP 723 knows no other encoding."""
    assert refusal(b"\n\n# \xe9\n").message == "x.py:3: this is not UTF-8"


def test_error_shows_the_dependency_without_its_login() -> None:
    """What is wrong with it may stand beside a password."""
    text = "# /// script\n# dependencies = ['https://u:hunter2@a.example/s.whl']\n# ///\n"
    assert refusal(text.encode()).context == ("https://a.example/s.whl",)


pieces = st.sampled_from(["# /// script", "# ///", "#", "#  ", "#x", "", "# /// other", "x"])


@given(st.lists(pieces, max_size=12))
def test_block_is_found_where_the_standard_finds_it(lines: list[str]) -> None:
    """PEP 723's own regular expression is the measure."""
    text = "\n".join(lines)
    expected = [
        text.count("\n", 0, found.start()) + 1
        for found in REFERENCE.finditer(text)
        if found["type"] == "script"
    ]
    with suppress(UsageError):  # two blocks, or what stands in the one is no TOML
        found = read(text)
        lines_found = [found.declared_at.line] if isinstance(found, ScriptMetadata) else []
        assert lines_found == expected
