"""Laws of reading what users write: any bytes have a meaning or are refused, and soon."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from xpip.core.declarations import Place, parse_wanted
from xpip.core.direct_references import Malformed
from xpip.core.direct_requests import DirectRequest
from xpip.core.project_file import parse_groups, parse_project
from xpip.core.redaction import shown
from xpip.core.requirements_file import RequirementsFile, read_requirements
from xpip.core.script_metadata import parse_script
from xpip.errors import UsageError

SECRET = "hunter2"
Value = TypeVar("Value")
NAMES = ["a.txt", "b.txt", "sub/c.txt", "https://files.example/r.txt"]

scraps = st.sampled_from(
    [
        *("spam", "==1.0", "[x,y]", " @ ", "https://user:hunter2@h.example/", "spam.zip", " ; "),
        *("python_version>'3'", " --hash=", "sha256:", "f" * 64, "-e ", "-r", " -c ", "${A}"),
        *("a.txt", "../", "sub/c.txt", "git+ssh://git@h.example/x", "@ref", "#egg=", "&", "\\\n"),
        *(
            " # ",
            "\n",
            "\r",
            "\f",
            "\N{LINE SEPARATOR}",
            "\0",
            "'",
            '"',
            "\\",
            "file:",
            "[",
            "(" * 2000,
        ),
        *("9" * 5000, "--pre", "-i ", "--no-binary ", ":all:", "-C ", "K=V", "\ud800", "é", "://"),
        *("-1-py3-none-any.whl", "C:\\", "~", "%2e%2e", "//℀", "# coding: ", "utf-7", "latin-1"),
    ]
)
lines = st.lists(scraps, max_size=10).map("".join)
texts = lines.map(lambda text: text.encode("utf-8", "surrogatepass"))
marks = st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff\0", b"\xff\xfe\0\0"])
contents = st.builds(bytes.__add__, marks, texts | st.binary(max_size=40))


def outcome(read: Callable[[], Value]) -> Value | tuple[str, ...]:
    """What was read, or all texts of the refusal."""
    try:
        return read()
    except UsageError as error:
        return error.reference, error.message, *error.context, error.hint or ""
    except Malformed as malformed:
        return malformed.problem, malformed.hint or ""


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, contents)), st.sampled_from(NAMES), st.booleans())
@settings(max_examples=300)
def test_any_bytes_are_a_requirements_file_or_refused(
    files: dict[str, bytes], top: str, is_constraint: bool
) -> None:
    """Never another exception, and never without end, though files name one another."""

    def read(location: str, *, named_at: Place | None) -> bytes:
        return files.get(location, b"spam")

    found = outcome(
        lambda: read_requirements(
            top,
            read=read,
            directory="/project",
            variables={"A": "1", "B": ""},
            locale_encoding="cp1252",
            is_constraint=is_constraint,
        )
    )
    assert SECRET not in repr(found)
    if isinstance(found, RequirementsFile):
        assert SECRET not in " ".join(str(each.wanted) for each in found.declared)


@given(lines | st.text(max_size=40), st.booleans())
@settings(max_examples=300)
def test_any_text_is_a_requirement_or_malformed(text: str, editable: bool) -> None:
    """What is wanted is absolute, and has nothing of the text's logins."""
    wanted = outcome(lambda: parse_wanted(text, directory="/project", editable=editable))
    assert SECRET not in repr(wanted)
    if isinstance(wanted, DirectRequest):
        assert wanted.url.startswith(("file:///", "https://", "http://", "ssh://"))


@given(st.text("ab:/@ ?#.", max_size=30), st.text("ab:/@ ?#.", max_size=10))
@example("", "/")
def test_password_is_never_shown_when_it_stands_where_one_belongs(before: str, after: str) -> None:
    """However wrong the rest of the line is."""
    assert SECRET not in shown(f"{before} https://user:{SECRET}@h.example/{after}")


toml = st.sampled_from(
    [
        *(
            "[project]\n",
            "name = 'x'\n",
            "dependencies = ",
            "['spam']\n",
            "['=']\n",
            "1\n",
            "'x'\n",
        ),
        *("dynamic = ", "['dependencies']\n", "optional-dependencies.A = ", "requires-python = "),
        *("[dependency-groups]\n", "a = ", "b = ", "[{include-group='a'}]\n", "[{x=1}, 2]\n"),
        *(
            "[{include-group='b'}, {include-group='b'}]\n",
            "[" * 2000,
            "\\u",
            "[tool]\n",
            "xpip = {}\n",
        ),
        *("A = []\n", "['spam @ ./x', 'a; " + "(" * 2000 + "']\n", "['a>=" + "9" * 5000 + "']\n"),
    ]
)
documents = st.lists(toml, max_size=8).map("".join)
blocks = documents.map(
    lambda text: "# /// script\n" + "".join(f"# {line}\n" for line in text.split("\n")) + "# ///\n"
)


@given((documents | blocks | lines).map(lambda text: text.encode(errors="replace")) | st.binary())
@settings(max_examples=300)
def test_any_bytes_are_a_project_or_script_or_refused(raw: bytes) -> None:
    """Both readers, whatever the file was meant to be."""
    outcome(lambda: parse_project(raw, path="pyproject.toml", directory="/project"))
    outcome(lambda: parse_groups(raw, ["a", "B"], path="pyproject.toml", directory="/project"))
    outcome(lambda: parse_script(raw, path="script.py", directory="/project"))
