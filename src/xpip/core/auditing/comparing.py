"""What repositories, and the mirrors of one, say differently of one project.

One file name must mean one content wherever it is listed; everything else that differs is told, and
judged by whoever reads it. Takes pages as they came; asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from packaging.utils import NormalizedName

from xpip.core.facts import File, Hash, ProjectPage
from xpip.core.hashes import SECURE, secure


class Aspect(StrEnum):
    """In what pages differ."""

    CONTENT = "different hashes"
    REQUIRES_PYTHON = "different Python requirements"
    METADATA = "different metadata hashes"
    SIZE = "different sizes"
    YANKED = "yanked by some"
    VERSIONS = "versions that only one has"


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that two places say differently.

    Attributes:
        about: a file name, or nothing where it is the versions that differ.
        said: URL of each page, and what it says.
    """

    project: NormalizedName
    aspect: Aspect
    about: str
    said: tuple[tuple[str, str], ...]

    @property
    def is_dangerous(self) -> bool:
        """Whether one name means several contents, so that one of them was tampered with."""
        return self.aspect is Aspect.CONTENT


Listed = tuple[str, File]
"""A page's URL, and a file on it."""


def differences(project: NormalizedName, pages: Sequence[ProjectPage]) -> tuple[Difference, ...]:
    """Everything that these pages of one project say differently, contents first."""
    distinct = tuple({page.url: page for page in pages}.values())
    if len(distinct) < 2:
        return ()
    listed: dict[str, list[Listed]] = {}
    for page in distinct:
        for release in page.releases:
            for file in release.files:
                listed.setdefault(file.filename, []).append((page.url, file))
    found = [
        difference
        for filename, each in listed.items()
        if len(each) > 1
        for difference in _about_file(project, filename, each)
    ]
    found += _versions(project, distinct)
    order = list(Aspect)
    return tuple(sorted(found, key=lambda each: (order.index(each.aspect), each.about)))


def _about_file(
    project: NormalizedName, filename: str, listed: Sequence[Listed]
) -> Iterator[Difference]:
    for aspect, says in _SAYINGS.items():
        said = [(url, says(file)) for url, file in listed]
        known = {value for _, value in said if value is not None}
        if len(known) > 1:
            yield Difference(
                project=project,
                aspect=aspect,
                about=filename,
                said=tuple((url, value) for url, value in said if value is not None),
            )
    for algorithm in SECURE:
        digests = [(url, _digest(secure(file.hashes), algorithm)) for url, file in listed]
        if len({digest for _, digest in digests if digest}) > 1:
            said_so = tuple((url, f"{algorithm} {digest}") for url, digest in digests if digest)
            yield Difference(project=project, aspect=Aspect.CONTENT, about=filename, said=said_so)
            return


def _digest(hashes: Sequence[Hash], algorithm: str) -> str | None:
    return next((each.digest.lower() for each in hashes if each.algorithm == algorithm), None)


def _python(file: File) -> str | None:
    # Of pages that do not tell it, nothing is known: servers leave it out.
    return file.requires_python and ",".join(
        sorted(file.requires_python.replace(" ", "").split(","))
    )


def _metadata(file: File) -> str | None:
    hashes = file.core_metadata if isinstance(file.core_metadata, tuple) else ()
    digest = _digest(hashes, "sha256")
    return f"sha256 {digest}" if digest else None


def _size(file: File) -> str | None:
    return None if file.size is None else f"{file.size} bytes"


def _yanked(file: File) -> str:
    return "yanked" if file.yanked else "not yanked"


_SAYINGS: dict[Aspect, Callable[[File], str | None]] = {
    Aspect.REQUIRES_PYTHON: _python,
    Aspect.METADATA: _metadata,
    Aspect.SIZE: _size,
    Aspect.YANKED: _yanked,
}


def _versions(project: NormalizedName, pages: Sequence[ProjectPage]) -> Iterator[Difference]:
    had = {page.url: {release.version for release in page.releases} for page in pages}
    said = []
    for url, versions in had.items():
        others = set().union(*(each for other, each in had.items() if other != url))
        alone = sorted(versions - others, reverse=True)
        if alone:
            said.append((url, ", ".join(map(str, alone))))
    if said:
        yield Difference(project=project, aspect=Aspect.VERSIONS, about="", said=tuple(said))
