"""Files whose hashes are known → pages that hold only those (PEP 708's algorithm, step 2)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from xpip.core.facts import Hash, ProjectPage
from xpip.core.hashes import secure


def only_known(page: ProjectPage, known: frozenset[Hash]) -> ProjectPage:
    """The page without the files that claim other hashes; md5 and sha1 claim and know nothing.

    A file of which the page claims none stays: when it is fetched, it must turn out to have a
    known one, as every file must have all that its page claims.
    """
    identifying = frozenset(secure(known))
    releases = []
    for release in page.releases:
        files = tuple(
            file
            for file in release.files
            if identifying & set(file.hashes) or not secure(file.hashes)
        )
        if files:
            releases.append(replace(release, files=files))
    return replace(page, releases=tuple(releases), misfits=())


def all_known(pages: Iterable[ProjectPage], known: frozenset[Hash]) -> bool:
    """Whether every file on these pages claims a known hash: then they hold the same things."""
    identifying = frozenset(secure(known))
    files = [file for page in pages for release in page.releases for file in release.files]
    return bool(files) and all(identifying & set(file.hashes) for file in files)
