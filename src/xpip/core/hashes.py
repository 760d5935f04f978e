"""Which digests count, and what a file's claimed ones are worth."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xpip.core.facts import Hash

SECURE = ("sha512", "sha384", "sha256")
"""Strongest first. md5 and sha1 identify nothing: they are never compared."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_DIGITS = {"sha512": 128, "sha384": 96, "sha256": 64}


def parse_hash(algorithm: str, digest: str) -> Hash:
    """A digest that the user wrote down: one that can prove something, or an error.

    Raises:
        ValueError: another algorithm, or not as many hexadecimal digits as it has.
    """
    if algorithm not in _DIGITS:
        raise ValueError("sha256, sha384 and sha512 prove what a file is, and nothing else does")
    if len(digest) != _DIGITS[algorithm] or not re.fullmatch("[0-9a-fA-F]+", digest):
        raise ValueError(f"{algorithm} has {_DIGITS[algorithm]} hexadecimal digits")
    return Hash(algorithm, digest.lower())


def hash_in_record(algorithm: str, digest: bytes) -> str:
    """A digest as RECORD has it (recording installed projects): without padding."""
    from binascii import b2a_base64

    encoded = b2a_base64(digest, newline=False).translate(_URL_SAFE, b"=")
    return f"{algorithm}={encoded.decode()}"


def secure(claims: Iterable[Hash]) -> tuple[Hash, ...]:
    """The digests claimed that are worth comparing; a file has to have all of them."""
    return tuple(claim for claim in claims if claim.algorithm in SECURE)


def strongest(claims: Iterable[Hash]) -> Hash | None:
    """The strongest digest claimed that is worth comparing."""
    known = {claim.algorithm: claim for claim in claims}
    return next((known[algorithm] for algorithm in SECURE if algorithm in known), None)
