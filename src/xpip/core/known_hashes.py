"""Files whose hashes are known → pages that hold only those (PEP 708's algorithm, step 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from xpip.core.facts import Hash, ProjectPage
from xpip.core.hashes import SECURE, strongest


def only_known(page: ProjectPage, known: frozenset[Hash]) -> ProjectPage:
    """The page without the files that claim other hashes.

    A file for which the page gives no hash stays: what it is is seen when it is fetched.
    """
    releases = []
    for release in page.releases:
        files = tuple(
            file for file in release.files if known & set(file.hashes) or not strongest(file.hashes)
        )
        if files:
            releases.append(replace(release, files=files))
    return replace(page, releases=tuple(releases), misfits=())


def all_known(pages: Iterable[ProjectPage], known: frozenset[Hash]) -> bool:
    """Whether every file on these pages claims a known hash: then they hold the same things."""
    secure = frozenset(claim for claim in known if claim.algorithm in SECURE)
    files = [file for page in pages for release in page.releases for file in release.files]
    return bool(files) and all(secure & set(file.hashes) for file in files)
