"""One line → the requirement on it and its options, as words. What they mean is `lines`' affair."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from msgspec import Struct

from xpip.core.direct_references import Malformed

_WITH_VALUE = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
    "--config-setting": "--config-settings",
    **{
        name: name
        for name in (
            *("--requirement", "--constraint", "--index-url", "--extra-index-url"),
            *("--find-links", "--trusted-host", "--no-binary", "--only-binary"),
            *("--all-releases", "--only-final", "--use-feature", "--hash", "--config-settings"),
        )
    },
}
_WITHOUT_VALUE = (
    *("--no-index", "--prefer-binary", "--pre", "--require-hashes", "--no-require-hashes"),
)
_FOR_SETUP_PY = ("--global-option", "--install-option", "--build-option")
_KNOWN = (*_WITH_VALUE, *_WITHOUT_VALUE, "--editable")
_EDITABLE = re.compile(r"(?:--editable(?:=|\s+|$)|-e\s*)")
_NAME = re.compile("--?[a-zA-Z0-9-]{1,40}")
_OPTIONS_BEGIN = re.compile(r"(?:^|\s)-")


class Arguments(Struct, frozen=True, kw_only=True):
    """What stands on one line.

    Attributes:
        requirement: empty on a line of options.
        options: long names and values, in order; the value of a switch is empty.
    """

    requirement: str
    editable: bool
    options: tuple[tuple[str, str], ...]


def split_line(line: str) -> Arguments:
    """Take a line apart: the requirement ends where a word begins with `-` (pip).

    Raises:
        Malformed: an option is unknown, lacks its value, or has one and takes none.
    """
    editable = _EDITABLE.match(line)
    rest = line[editable.end() :] if editable else line
    begin = _OPTIONS_BEGIN.search(rest)
    requirement = (rest[: begin.start()] if begin else rest).strip()
    options = tuple(_options(_words(rest[begin.start() :]))) if begin else ()
    if editable:
        requirement = _unquoted(requirement)
        if not requirement:
            raise Malformed("-e needs a directory, or a repository such as git+https://…")
    return Arguments(requirement=requirement, editable=bool(editable), options=options)


def _unquoted(text: str) -> str:
    if not text.startswith(("'", '"')):
        return text
    words = _words(text)
    if len(words) != 1:
        raise Malformed("one requirement is needed after -e")
    return words[0]


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise Malformed("a quotation mark is not closed, or nothing follows a backslash") from None


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    left = iter(words)
    for word in left:
        spelled, equals, value = _parted(word)
        if spelled in _WITHOUT_VALUE:
            if equals:
                raise Malformed(f"{spelled} takes no value")
            yield spelled, ""
        elif spelled in _WITH_VALUE:
            value = value if equals else next(left, "")
            _check_value(spelled, value)
            yield _WITH_VALUE[spelled], value
        else:
            raise _unknown(spelled)


def _parted(word: str) -> tuple[str, bool, str]:
    """An option, whether its value is attached, and the value: `--x=1`, `-x1`."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, bool(equals), value
    if word.startswith("-") and len(word) > 1:
        return word[:2], len(word) > 2, word[2:]
    raise Malformed("a word follows the options that belongs to none of them")


def _check_value(option: str, value: str) -> None:
    # A key of config settings may well begin with dashes: -C --build-option=…
    is_option = value.startswith("-") and _WITH_VALUE[option] != "--config-settings"
    if not value or is_option:
        raise Malformed(f"{option} needs a value")


def _unknown(option: str) -> Malformed:
    if option in ("-e", "--editable"):
        return Malformed("-e stands at the beginning of a line of its own")
    if option in _FOR_SETUP_PY:
        return Malformed(
            f"{option} is for setup.py, which xpip does not run",
            "Build backends take settings: --config-settings KEY=VALUE.",
        )
    from difflib import get_close_matches

    near = get_close_matches(option[:40], _KNOWN, n=1)
    hint = f"Did you mean {near[0]}?" if near else None
    # Something may have run into the option's name: it is not repeated unless it looks like one.
    name = option if _NAME.fullmatch(option) else "what begins with '-'"
    return Malformed(f"{name} is not an option of requirements files", hint)
