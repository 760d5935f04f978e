"""A provenance as PyPI served it, signed by the Sigstore of everybody: nothing here is made up.

`recorded/` holds what came with gcb_attestation_test 0.0.0, which Google Cloud Build published on
2025-04-21. It is held against the keys that the library brings; nobody is asked.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.asking import candidate_of

from xpip.core.decisions import Candidate
from xpip.core.facts import File
from xpip.core.policy import Identity
from xpip.edge.attestations import Attestations
from xpip.errors import PolicyError, Reason

SDIST = "gcb_attestation_test-0.0.0.tar.gz"
SHA256 = "461317362419124b6012e855423a9078d6de8aed3e74fa78cc74d669b23dc6cf"
PUBLISHER = "919436158236-compute@developer.gserviceaccount.com"
PROVENANCE = Path(__file__).with_name("recorded") / f"{SDIST}.provenance"


def sdist(*, filename: str = SDIST, email: str = PUBLISHER) -> Candidate:
    """The file that was published, with a rule that demands by whom."""
    claims = (("email", email), ("kind", "Google"))
    identity = Identity(claims=claims, declared_at="xpip.toml:7 mapping[0].identity")
    file = File(filename=filename, url=f"http://h/{filename}", provenance_url="http://h/proof")
    return replace(candidate_of(file, "gcb-attestation-test", "0.0.0"), identities=(identity,))


def attestations(raw: bytes) -> Attestations:
    """What holds files to this provenance."""
    return Attestations(lambda _: raw)


def test_file_passes_when_its_recorded_attestation_is_by_the_publisher_demanded() -> None:
    """Certificate, signature, log entry and digest all hold."""
    attestations(PROVENANCE.read_bytes()).check(sdist(), SHA256)


@pytest.mark.parametrize(
    ("candidate", "sha256"),
    [
        pytest.param(sdist(), hashlib.sha256(b"another").hexdigest(), id="other contents"),
        pytest.param(sdist(filename="gcb_attestation_test-0.0.1.tar.gz"), SHA256, id="other name"),
        pytest.param(sdist(email="somebody@example.com"), SHA256, id="other publisher"),
    ],
)
def test_file_is_refused_when_its_recorded_attestation_is_of_something_else(
    candidate: Candidate, sha256: str
) -> None:
    """It speaks of one file, and of one publisher."""
    with pytest.raises(PolicyError) as caught:
        attestations(PROVENANCE.read_bytes()).check(candidate, sha256)
    assert caught.value.reference is Reason.IDENTITY


@pytest.mark.parametrize(
    ("honest", "forged"),
    [
        pytest.param(
            b"919436158236-compute@developer", b"919436158236-someone@developer", id="who"
        ),
        pytest.param(b"MEUCIQDvmv1O9ioY84", b"MEUCIQDvmv1O9ioY85", id="signature"),
        pytest.param(b"MEUCIQD7SQTmBd5ANk107", b"MEUCIQD7SQTmBd5ANk108", id="log's promise"),
        pytest.param(b'"1745247747"', b'"1745347747"', id="time"),
    ],
)
def test_file_is_refused_when_its_recorded_attestation_was_changed(
    honest: bytes, forged: bytes
) -> None:
    """Whoever forges a publisher, a signature or a time in it, forges in vain."""
    raw = PROVENANCE.read_bytes()
    assert honest in raw
    email = PUBLISHER.replace("-compute", "-someone") if b"someone" in forged else PUBLISHER
    with pytest.raises(PolicyError) as caught:
        attestations(raw.replace(honest, forged)).check(sdist(email=email), SHA256)
    assert caught.value.reference is Reason.IDENTITY
