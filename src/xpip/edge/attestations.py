"""Is a file attested by the publishers that rules demand (PEP 740)?

Decides by the file's name, its sha256 and its provenance. Signatures are held against the
Sigstore keys that are known on this machine; nobody is asked for newer ones. The only module that
knows `pypi_attestations`, which an extra brings. What is unclear is a refusal.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from xpip.core.decisions import Candidate
from xpip.core.policy import Identity
from xpip.core.urls import redacted
from xpip.errors import PolicyError, Reason

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pypi_attestations import Attestation, AttestationBundle

_SHOWN, _LONGEST = 6, 500
_NOT_LOADED = "the library that reads it cannot be loaded"
_INSTALL = "Install xpip[attestations] where xpip itself is installed."
_BEWARE = "Do not install it by other means"


class Bundle(Protocol):
    """Attestations of one file by one publisher (PEP 740)."""

    @property
    def publisher(self) -> Mapping[str, str]:
        """What the publisher claims to be, `kind` too; only claims whose meaning is known."""

    def objection(self, filename: str, sha256: str) -> str | None:
        """Why none of its attestations shows that this publisher made this file, or None."""


ReadProvenance = Callable[[bytes], Sequence[Bundle]]
"""Reads a provenance object; raises `ValueError` if it is none that is known."""


class Attestations:
    """Holds files to the publishers that rules demand.

    Args:
        fetch: gives the provenance of a file.
        read: makes bundles of it.
    """

    def __init__(
        self, fetch: Callable[[Candidate], bytes], read: ReadProvenance | None = None
    ) -> None:
        self._fetch = fetch
        self._read = read or read_provenance
        # On first use the library writes the keys that it brings to a file, and reads that.
        self._one_at_a_time = threading.Lock()

    def check(self, candidate: Candidate, sha256: str) -> None:
        """Be sure that all publishers demanded have attested a file of this digest.

        Raises:
            PolicyError: `identity`, or what kept the provenance from being fetched.
            AvailabilityError: the provenance cannot be had.
        """
        provenance = self._fetch(candidate)
        with self._one_at_a_time:
            try:
                bundles = self._read(provenance)
            except ValueError as error:
                raise _unreadable(candidate, str(error)) from None
            for identity in candidate.identities:
                _check_identity(identity, bundles, candidate, sha256)


def _check_identity(
    identity: Identity, bundles: Sequence[Bundle], candidate: Candidate, sha256: str
) -> None:
    demanded = set(identity.claims)
    objections = []
    for bundle in bundles:
        if demanded <= set(bundle.publisher.items()):
            objection = bundle.objection(candidate.file.filename, sha256)
            if objection is None:
                return
            objections.append(f"its attestation: {objection}")
    if objections:
        raise _unproved(identity, candidate, objections)
    raise _unattested(identity, candidate, bundles)


def read_provenance(raw: bytes) -> tuple[Bundle, ...]:
    """Read a provenance object (PEP 740), version 1.

    Raises:
        ValueError: it is none, it is of another version, or the library cannot be loaded.
    """
    try:
        from pydantic import ValidationError
        from pypi_attestations import Provenance
    except ImportError as error:
        raise ValueError(f"{_NOT_LOADED}: {error}") from error
    # It warns of keys that may have aged, each time; without a handler that is printed.
    logging.getLogger("sigstore").addHandler(logging.NullHandler())
    try:
        provenance = Provenance.model_validate_json(raw)
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from None
    return tuple(map(_Verified, provenance.attestation_bundles))


class _Verified:
    """A bundle whose signatures the library verifies."""

    def __init__(self, bundle: AttestationBundle) -> None:
        self._bundle = bundle

    @property
    def publisher(self) -> Mapping[str, str]:
        """Only claims that the library knows how to hold against a certificate."""
        claims = self._bundle.publisher.model_dump()
        return {name: value for name, value in claims.items() if isinstance(value, str)}

    def objection(self, filename: str, sha256: str) -> str | None:
        objection: str | None = "there is none in its bundle"
        for attestation in self._bundle.attestations:
            objection = self._failure(attestation, filename, sha256)
            if objection is None:
                return None
        return objection

    def _failure(self, attestation: Attestation, filename: str, sha256: str) -> str | None:
        from pypi_attestations import Distribution

        try:
            file = Distribution(name=filename, digest=sha256)
            attestation.verify(self._bundle.publisher, file, offline=True)
        except Exception as error:
            # Also what the parsers below it raise of certificates that nobody foresaw.
            return str(error).removeprefix("Verification failed: ") or type(error).__name__
        return None


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _unreadable(candidate: Candidate, problem: str) -> PolicyError:
    return PolicyError(
        f"The provenance of {candidate.file.filename} is not one that can be read",
        reference=Reason.IDENTITY,
        context=[*_places(candidate), *map(_demand, candidate.identities), *_shown([problem])],
        hint=_INSTALL if problem.startswith(_NOT_LOADED) else None,
    )


def _unattested(identity: Identity, candidate: Candidate, bundles: Sequence[Bundle]) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} is not attested by the publisher that is demanded",
        reference=Reason.IDENTITY,
        context=[*_places(candidate), _demand(identity), *_publishers(bundles)],
        hint=f"{_BEWARE}. If its authors say that they publish from there now, change what demands "
        "the other one: a rule of the mapping file, or what a lock recorded.",
    )


def _unproved(identity: Identity, candidate: Candidate, objections: Sequence[str]) -> PolicyError:
    return PolicyError(
        f"{candidate.file.filename} has no attestation that holds",
        reference=Reason.IDENTITY,
        context=[*_places(candidate), _demand(identity), *_shown(objections)],
        hint=f"{_BEWARE}. If Sigstore has new keys, `python -m sigstore plumbing "
        "update-trust-root` in xpip's own environment fetches them.",
    )


def _places(candidate: Candidate) -> Iterator[str]:
    yield f"file: {redacted(candidate.file.url)}"
    yield f"provenance: {redacted(candidate.file.provenance_url or '')}"


def _demand(identity: Identity) -> str:
    return f"demanded: {identity}"


def _publishers(bundles: Sequence[Bundle]) -> Iterator[str]:
    claims = (sorted(bundle.publisher.items()) for bundle in bundles)
    named = [", ".join(f"{name} {value}" for name, value in each) for each in claims]
    return _shown([f"attested by: {each}" for each in named] or ["attested by nobody"])


def _shown(lines: Sequence[str]) -> Iterator[str]:
    """Words of the repository's, which may neither break a line nor fill the screen."""
    return (" ".join(line.split())[:_LONGEST] for line in lines[:_SHOWN])
