"""METADATA (core metadata specification): what a resolver reads in it, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from xpip.core.decisions import Candidate, Origin, Ruling
from xpip.core.facts import CoreMetadata, File, InvalidMetadata
from xpip.core.metadata import (
    parse_candidate_metadata,
    parse_metadata,
    python_specifier,
    requirement,
)
from xpip.core.metadata_fields import parse_identity

LEAST = "Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"


def read(text: str | bytes) -> CoreMetadata:
    metadata = parse_metadata(text if isinstance(text, bytes) else text.encode())
    assert isinstance(metadata, CoreMetadata), metadata
    return metadata


def refused(text: str | bytes) -> str:
    metadata = parse_metadata(text if isinstance(text, bytes) else text.encode())
    assert isinstance(metadata, InvalidMetadata), metadata
    return metadata.detail


def candidate(project: str, version: str) -> Candidate:
    return Candidate(
        project=canonicalize_name(project),
        version=Version(version),
        file=File(filename=f"{project}-{version}-py3-none-any.whl", url="https://a.example/s.whl"),
        origin=Origin(
            group="corp",
            repository="https://a.example/",
            page_url="https://a.example/spam/",
            rule="--index-url",
            ruling=Ruling.SOLE,
        ),
    )


def test_metadata_is_read_when_it_says_the_least() -> None:
    """Three fields are required."""
    assert read(LEAST) == CoreMetadata(name=canonicalize_name("spam"), version=Version("1.0"))


def test_name_and_extras_are_normalised() -> None:
    """PEP 503 and PEP 685."""
    metadata = read(
        "Metadata-Version: 2.1\nName: Spam_.Eggs \nVersion: 1.0\nProvides-Extra: Dev_Tools\n"
    )
    assert metadata.name == "spam-eggs"
    assert metadata.extras == {"dev-tools"}


def test_requirements_keep_their_order() -> None:
    """Equal inputs give equal resolutions."""
    metadata = read(f"{LEAST}Requires-Dist: eggs>=2\nRequires-Dist: bacon; extra == 'x'\n")
    assert [str(each) for each in metadata.requires] == ["eggs>=2", 'bacon; extra == "x"']


def test_requirement_is_read_when_it_is_folded_over_lines() -> None:
    """PEP 566: headers of RFC 822, which may be folded."""
    metadata = read(f"{LEAST}Requires-Dist: eggs>=2,\n  <3\nRequires-Python: >=3.8,\n  <4\n")
    assert [str(each) for each in metadata.requires] == ["eggs<3,>=2"]
    assert metadata.requires_python == SpecifierSet(">=3.8,<4")


def test_description_is_not_read() -> None:
    """What stands below the headers is prose, whatever it looks like."""
    assert read(f"{LEAST}\nRequires-Dist: eggs\n").requires == ()


@pytest.mark.parametrize("version", ["1.0", "1.2", "2.4", "2.99"])
def test_metadata_is_read_when_its_minor_version_is_any(version: str) -> None:
    """Core metadata: a higher minor version only adds."""
    assert read(f"Metadata-Version: {version}\nName: spam\nVersion: 1.0\n").name == "spam"


@pytest.mark.parametrize("version", ["3.0", "10.0", "two", "²", "1" * 5000])
def test_metadata_is_refused_when_its_major_version_is_higher_or_none(version: str) -> None:
    """Core metadata: tools must fail on a higher major version."""
    assert refused(f"Metadata-Version: {version}\nName: spam\nVersion: 1.0\n")


@pytest.mark.parametrize("field", ["Metadata-Version", "Name", "Version"])
def test_metadata_is_refused_when_it_lacks_a_field(field: str) -> None:
    """And says which."""
    lines = [line for line in LEAST.splitlines() if not line.startswith(f"{field}:")]
    assert refused("\n".join(lines)) == f"METADATA has no {field} field"


def test_metadata_is_refused_when_its_version_is_none() -> None:
    """PEP 440."""
    assert refused("Metadata-Version: 2.1\nName: spam\nVersion: one\n") == "Invalid version: 'one'"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("eggs (>=2", id="syntax"),
        pytest.param("eggs>=2; python_flavour == 'x'", id="unknown-marker-field"),
        pytest.param("eggs>=2,*", id="specifier"),
        pytest.param(f"eggs; {'(' * 3000}", id="endless-parentheses"),
        pytest.param(f"eggs>={'1' * 5000}", id="endless-number"),
        pytest.param("\xff\xfe", id="no-name"),
    ],
)
def test_metadata_is_refused_when_one_requirement_is_none(text: str) -> None:
    """Dependency specifiers: the release is ineligible, for half a set is no set."""
    assert refused(f"{LEAST}Requires-Dist: bacon\nRequires-Dist: {text}\n")


def test_reason_is_one_line() -> None:
    """The parser draws an arrow below the text; a report has one line for it."""
    assert "\n" not in refused(f"{LEAST}Requires-Dist: eggs (>=2\n")


@pytest.mark.parametrize("text", [b"three", b">=3.8.*", b">=3\xff", b">=" + b"1" * 5000])
def test_requires_python_demands_nothing_when_it_is_unreadable(text: bytes) -> None:
    """As in pip: old releases are full of them."""
    assert read(LEAST.encode() + b"Requires-Python: " + text).requires_python is None


def test_metadata_is_refused_when_it_is_not_that_of_its_file() -> None:
    """A wheel of eggs cannot come in under the name of spam."""
    answer = parse_candidate_metadata(candidate("eggs", "1.0"), LEAST.encode())
    detail = "eggs-1.0-py3-none-any.whl calls itself spam 1.0"
    assert answer == InvalidMetadata(detail=detail)


def test_metadata_is_refused_when_it_is_of_another_version() -> None:
    """Nor can one release pass for another."""
    answer = parse_candidate_metadata(candidate("spam", "2.0"), LEAST.encode())
    assert isinstance(answer, InvalidMetadata)


def test_metadata_is_that_of_its_file_when_only_the_spelling_differs() -> None:
    """PEP 440: 1 and 1.0 are one version."""
    answer = parse_candidate_metadata(candidate("spam", "1"), LEAST.encode())
    assert isinstance(answer, CoreMetadata)


def test_requirement_is_parsed_once_for_each_spelling() -> None:
    """Projects share most of their requirements, and parsing is what resolution spends time on."""
    assert requirement("eggs>=2") is requirement("eggs>=2")


def test_requirement_is_refused_when_it_is_longer_than_any() -> None:
    """Python reads no number of more than 4300 digits, and no honest requirement has one."""
    with pytest.raises(InvalidRequirement, match="5000 characters"):
        requirement("a" * 5000)


def test_python_specifier_is_a_specifier_set() -> None:
    """As the rest of the standards has it."""
    assert python_specifier(">=3.8,!=3.9.*") == SpecifierSet("!=3.9.*,>=3.8")


LINES = (
    "Metadata-Version: 2.1",
    "Name: spam",
    "name:spam",
    "Version: 1.0",
    "Requires-Dist: eggs",
    "requires-dist: ham>=1;",
    "  extra == 'fast'",
    "\tand more",
    "Provides-Extra: fast",
    "Requires-Python: >=3",
    "Summary: für alle",
    "Requires-Dist: bäcon",
    "no header at all",
    "Odd name: x",
    ": x",
    "From me",
    "",
    " ",
)


@given(st.lists(st.sampled_from(LINES), max_size=8))
def test_metadata_says_the_same_when_it_is_read_in_the_plain_way(lines: list[str]) -> None:
    """A line end of old in a field that nobody reads leaves all to the standard library."""
    text = LEAST + "\n".join(lines)
    read_plainly = parse_metadata(text.encode())
    assert read_plainly == parse_metadata(f"X-Odd: a\r b\n{text}".encode())
    assert read_plainly == parse_metadata(text.replace("\n", "\r\n").encode())


@given(st.lists(st.sampled_from(LINES), max_size=8), st.booleans())
def test_identity_is_the_same_when_metadata_begins_in_an_unusual_way(
    lines: list[str],
    is_least: bool,
) -> None:
    """A field before all others leaves it to those who read every field."""
    text = (LEAST if is_least else "") + "\n".join(lines)
    identity = parse_identity(text.encode())
    assert identity == parse_identity(f"X-Odd: a\n{text}".encode())
    read = parse_metadata(text.encode())
    if isinstance(read, CoreMetadata):
        assert isinstance(identity, CoreMetadata)
        assert (identity.name, identity.version) == (read.name, read.version)


@pytest.mark.parametrize(
    "after", ["\n .1", "\nversion: 2", "\nNAME: eggs", "\nMetadata-Version: 2.2"]
)
def test_identity_is_not_what_the_first_lines_say_when_more_is_said(after: str) -> None:
    """A folded version is no version; what is said twice says nothing."""
    raw = f"{LEAST.rstrip()}{after}\n".encode()
    assert isinstance(parse_identity(raw), InvalidMetadata)


NAMES = st.sampled_from(("spam", "Spam_Eggs", "a", "-a", "a-", "\u017fpam", "9", "zope.interface"))
EXTRAS = st.sampled_from(("", "[fast]", "[a,b]", " [a, b]", "[]", "[-a]", "[a"))
SPECIFIERS = st.sampled_from(
    """
    >=1
     >= 1.0 ,<2
    (>=1)
    (>=1
    >=1,
    ==1.*
    >=1.*
    ~=1
    ===1-x
    ==1+a.b
    >=1!2
    >1 <2
     @ https://a.example/
    =1
    >=a
    !=1,!=2
    >=1)
    """.splitlines()
)
MARKERS = st.sampled_from(
    """
    ; extra == 'fast'
    ;python_version<'3'
    ; os_name == 'x' or extra=='Fast_One'
    ; what == 'x'
    ;
    ; extra ==
     ; (extra == 'a')
    """.splitlines()
)


@given(NAMES, EXTRAS, SPECIFIERS, MARKERS)
def test_requirement_is_what_packaging_makes_of_it(
    name: str, extras: str, specifier: str, marker: str
) -> None:
    """Common ones are put together of parts that are read once; the parts are packaging's."""
    text = " ".join(f"{name}{extras}{specifier}{marker}".split())
    assert _read_by(requirement, text) == _read_by(Requirement, text)


def _read_by(read_it: Callable[[str], Requirement], text: str) -> tuple[object, ...]:
    """All that a requirement says, or what is wrong with it."""
    try:
        made = read_it(text)
    except InvalidRequirement as refusal:
        return (str(refusal),)
    return made, str(made), made.name, made.extras, made.url, made.specifier, made.marker
