"""Bytes of a requirements file → text → logical lines."""

from __future__ import annotations

import codecs

import pytest

from xpip.core.direct_references import Malformed
from xpip.core.redaction import shown
from xpip.core.requirements_file.text import Decoded, HiddenBreak, decode, logical_lines


def lines(text: str) -> list[tuple[int, str]]:
    return list(logical_lines(text))


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("spam # é".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "spam # é".encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + "spam # é".encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + "spam # é".encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + "spam # é".encode("utf-32-le"), "utf-32-le"),
        (codecs.BOM_UTF32_BE + "spam # é".encode("utf-32-be"), "utf-32-be"),
    ],
)
def test_text_is_read_by_its_byte_order_mark_or_as_utf_8(raw: bytes, encoding: str) -> None:
    """PowerShell writes UTF-16."""
    assert decode(raw, "ascii") == Decoded(text="spam # é", encoding=encoding)


@pytest.mark.parametrize("first", ["", "#!/usr/bin/env xpip\n"])
def test_text_is_read_in_the_encoding_that_it_declares(first: str) -> None:
    """PEP 263: a comment in the first or second line."""
    raw = f"{first}# -*- coding: latin-1 -*-\nspam # é".encode("latin-1")
    assert decode(raw, "utf-8").text.endswith("é")


def test_text_is_read_as_the_locale_has_it_when_it_is_not_utf_8() -> None:
    """As in pip; that it is a guess is told."""
    decoded = decode("spam # é".encode("cp1252"), "cp1252")
    assert decoded == Decoded(text="spam # é", encoding="cp1252", guessed=True)


@pytest.mark.parametrize("name", ["klingon", "utf-7", "unicode_escape", "idna", "hex", "punycode"])
def test_text_is_refused_when_its_encoding_could_hide_a_line(name: str) -> None:
    """In utf-7 `+AAo-` is a line break: a comment could end where no editor shows it."""
    with pytest.raises(Malformed, match="not an encoding"):
        decode(f"# coding: {name}\n".encode(), "utf-8")


@pytest.mark.parametrize("raw", [b"# coding: ascii\n\xe9", b"\xe9", codecs.BOM_UTF16_LE + b"a"])
def test_text_is_refused_when_its_bytes_are_not_in_its_encoding(raw: bytes) -> None:
    """No byte is replaced or left out."""
    with pytest.raises(Malformed, match="byte"):
        decode(raw, "utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spam\r\neggs\rham\n", [(1, "spam"), (2, "eggs"), (3, "ham")]),
        ("a \\\nb \\\r\nc\nd", [(1, "a b c"), (4, "d")]),
        ("a \\\n# note \\\nb", [(1, "a"), (3, "b")]),
        ("a\\\n  # note\nb", [(1, "a"), (3, "b")]),
        ("a\\\n# note\nb", [(1, "a"), (3, "b")]),
        ("# note \\\nb", [(2, "b")]),
        ("a \\", [(1, "a")]),
        ("a \\\\\nb", [(1, "a \\\\"), (2, "b")]),
        ("a # note \\\nb", [(1, "a")]),
        ("a#b #c", [(1, "a#b")]),
        ("\n\t# x\n  a\t# y", [(3, "a")]),
    ],
)
def test_lines_are_joined_before_comments_go(text: str, expected: list[tuple[int, str]]) -> None:
    """As in pip, with the number of the first line; a line of comment ends what is continued."""
    assert lines(text) == expected


@pytest.mark.parametrize("character", "\v\f\x1c\x1d\x1e\x85\u2028\u2029")
def test_line_is_refused_when_it_ends_for_some_programs_only(character: str) -> None:
    """Where pip sees a requirement, an editor shows a comment."""
    with pytest.raises(HiddenBreak) as caught:
        lines(f"spam\n# harmless{character}evil")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("spam>=1 ; os_name == 'posix'", "spam>=1 ; os_name == 'posix'"),
        ("spam @ https://me:pw@a.example/s.zip", "spam @ https://a.example/s.zip"),
        ("-i https://me:p w@a.example/", "-i https://a.example/"),
        ("-i https://me:p@ w@a.example/", "-i https://a.example/"),
        ("-i https://me:p/w@a.example/", "-i https://…"),
        ("-i https://[::1]:80/simple", "-i https://[::1]:80/simple"),
        ("-i me:pw@a.example", "-i …@a.example"),
        ("https://a.example/s.zip?t=pw#egg=s", "https://a.example/s.zip?…"),
        ("git+https://a.example/s@main", "git+https://a.example/s@main"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_line_is_shown_without_passwords(line: str, expected: str) -> None:
    """Even if it is wrong just where the password stands."""
    assert shown(line) == expected
