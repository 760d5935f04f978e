"""What users ask for, and where they wrote it down: one value for all kinds of files.

Requirements files, `pyproject.toml` and scripts end as `DeclaredRequirement`s, so that whatever
obeys them need not know which file they came from.
"""

from __future__ import annotations

from msgspec import Struct
from packaging.markers import Marker
from packaging.requirements import Requirement

from xpip.core.direct_references import Malformed, is_direct, parse_direct
from xpip.core.direct_requests import DirectRequest
from xpip.core.facts import Hash
from xpip.core.metadata import requirement as parse_specifier

Wanted = Requirement | DirectRequest
"""A project by name (never with a URL), or a place."""


class Place(Struct, frozen=True, kw_only=True):
    """Where something is written; as text: `requirements.txt:3`, `pyproject.toml: project.x[0]`.

    Attributes:
        file: path or URL as shown to the user, without credentials.
        line: counted from 1, where known.
        key: key path, in a file that has keys.
        included_at: the line that named the file, where another file did.
        is_remote: whether the file came over the network; what it names then does too.
    """

    file: str
    line: int | None = None
    key: str = ""
    included_at: Place | None = None
    is_remote: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it is a local file that the user named himself (semantics 3.4 and 6.4)."""
        return self.included_at is None and not self.is_remote

    @property
    def chain(self) -> tuple[Place, ...]:
        """This place, then the line that led to it, and so on to the file the user named."""
        return (self, *(self.included_at.chain if self.included_at else ()))

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        key = f": {self.key}" if self.key else ""
        return f"{self.file}{line}{key}"


class DeclaredRequirement(Struct, frozen=True, kw_only=True):
    """One requirement as written down.

    Attributes:
        hashes: any of them will do; what a direct request's own URL says is not among them.
        config_settings: for the build backend (PEP 517), in order; a key may come again.
        is_constraint: it limits versions, and installs nothing.
    """

    wanted: Wanted
    declared_at: Place
    hashes: tuple[Hash, ...] = ()
    config_settings: tuple[tuple[str, str], ...] = ()
    is_constraint: bool = False

    @property
    def marker(self) -> Marker | None:
        """The environment marker, where there is one."""
        return self.wanted.marker

    @property
    def is_editable(self) -> bool:
        """Whether it is to be installed from where it lies."""
        return isinstance(self.wanted, DirectRequest) and self.wanted.editable


def parse_wanted(text: str, *, directory: str, editable: bool = False) -> Wanted:
    """Read one requirement: a name (PEP 508), a URL or a path.

    Args:
        text: without options and comments.
        directory: absolute, POSIX form; relative paths start from it.
        editable: whether `-e` stands before it: then it is a place, however it looks.

    Raises:
        Malformed: it is none of them.
    """
    if editable or is_direct(text):
        return parse_direct(text, directory=directory, editable=editable)
    try:
        return parse_specifier(text)
    except (ValueError, RecursionError) as error:
        cause = (str(error).splitlines() or ["it cannot be read"])[0]
        cause = cause[:1].lower() + cause[1:]
        raise Malformed(f"that is no requirement: {cause}", _hint(text)) from None


def _hint(text: str) -> str | None:
    name, equals, version = text.partition("=")
    if equals and version[:1] in {"<", ">", "~", "!"} and name.isidentifier():
        return f"Write {name}{version[0]}={version[1:]}."
    if equals and not version.startswith("=") and name.isidentifier():
        return f"Write {name}=={version}."
    return None
