"""Which digests count, and what a file's claimed ones are worth."""

from __future__ import annotations

from collections.abc import Iterable

from xpip.core.facts import Hash

SECURE = ("sha512", "sha384", "sha256")
"""Strongest first. md5 and sha1 identify nothing: they are never compared."""


def secure(claims: Iterable[Hash]) -> tuple[Hash, ...]:
    """The digests claimed that are worth comparing; a file has to have all of them."""
    return tuple(claim for claim in claims if claim.algorithm in SECURE)


def strongest(claims: Iterable[Hash]) -> Hash | None:
    """The strongest digest claimed that is worth comparing."""
    known = {claim.algorithm: claim for claim in claims}
    return next((known[algorithm] for algorithm in SECURE if algorithm in known), None)
