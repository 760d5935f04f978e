"""What a requirements file says, apart from requirements: options that hold for the whole run."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from xpip.core.declarations import DeclaredRequirement, Place
from xpip.core.urls import redacted
from xpip.core.values import Abridged


class RepositoryOptionName(StrEnum):
    """Options that say where files come from (semantics 3.3, 3.4)."""

    INDEX_URL = "--index-url"
    EXTRA_INDEX_URL = "--extra-index-url"
    FIND_LINKS = "--find-links"
    NO_INDEX = "--no-index"
    TRUSTED_HOST = "--trusted-host"


class RepositoryOption(Abridged, frozen=True, kw_only=True):
    """An option that says where files come from.

    Attributes:
        value: the URL, path or host as written, credentials included; empty for `--no-index`.
        beside_file: of a relative `--find-links`, the path as seen from the file that says it.
            It counts if it exists; otherwise the value is relative to the working directory.
    """

    unshown: ClassVar = ("value",)

    name: RepositoryOptionName
    declared_at: Place
    value: str = ""
    beside_file: str | None = None

    def __str__(self) -> str:
        """Fit to be shown."""
        shown = redacted(self.value) if "://" in self.value else self.value
        return f"{self.name} {shown}".rstrip()


class NamesOptionName(StrEnum):
    """Options that take project names, `:all:` and `:none:`."""

    NO_BINARY = "--no-binary"
    ONLY_BINARY = "--only-binary"
    ALL_RELEASES = "--all-releases"
    ONLY_FINAL = "--only-final"


class NamesOption(Struct, frozen=True, kw_only=True):
    """An option for some projects.

    Attributes:
        names: in order; normalised project names, `:all:`, or `:none:`, which takes back all
            that the same option said before.
    """

    name: NamesOptionName
    declared_at: Place
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {','.join(self.names)}"


class SwitchName(StrEnum):
    """Options without a value."""

    PRE = "--pre"
    PREFER_BINARY = "--prefer-binary"
    REQUIRE_HASHES = "--require-hashes"
    NO_REQUIRE_HASHES = "--no-require-hashes"


class Switch(Struct, frozen=True, kw_only=True):
    """An option without a value."""

    name: SwitchName
    declared_at: Place

    def __str__(self) -> str:
        return self.name


class FeatureOption(Struct, frozen=True, kw_only=True):
    """`--use-feature`: it names a feature of pip's, which xpip may or may not have."""

    feature: str
    declared_at: Place

    def __str__(self) -> str:
        return f"--use-feature {self.feature}"


Option = RepositoryOption | NamesOption | Switch | FeatureOption


class Include(Abridged, frozen=True, kw_only=True):
    """`-r` or `-c`: another file to be read.

    Attributes:
        location: a path or URL, made relative to the file that names it; it may hold credentials.
    """

    unshown: ClassVar = ("location",)

    location: str
    declared_at: Place
    is_constraint: bool


Entry = DeclaredRequirement | Option | Include


class FileRead(Struct, frozen=True, kw_only=True):
    """A file that was read.

    Attributes:
        name: as shown to the user.
        encoding: how its bytes became text.
        encoding_guessed: whether that is the locale's, because the file is not UTF-8 and does
            not say what else it is.
    """

    name: str
    encoding: str
    encoding_guessed: bool


class RequirementsFile(Struct, frozen=True, kw_only=True):
    """A requirements or constraints file and all files that it names, in the order of reading."""

    declared: tuple[DeclaredRequirement, ...] = ()
    options: tuple[Option, ...] = ()
    files: tuple[FileRead, ...] = ()

    @property
    def requirements(self) -> tuple[DeclaredRequirement, ...]:
        """What is to be installed."""
        return tuple(each for each in self.declared if not each.is_constraint)

    @property
    def constraints(self) -> tuple[DeclaredRequirement, ...]:
        """What only limits versions."""
        return tuple(each for each in self.declared if each.is_constraint)
