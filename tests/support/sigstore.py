"""A Sigstore of the tests' own: one key plays its authority and both of its logs.

    sigstore = Sigstore(tmp_path)
    attestation = sigstore.attest("spam-1.0-py3-none-any.whl", sha256)
    page.provenance = provenance(bundle(attestation))

Attestations are as PyPI hands them out (PEP 740). Who looks for Sigstore's keys in `cache` finds
this one's there, and so believes it; everybody else has never heard of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sigstore._internal.tuf import DEFAULT_TUF_URL

REPOSITORY, WORKFLOW = "acme/acme-lib", "release.yml"
GITHUB = {"kind": "GitHub", "repository": REPOSITORY, "workflow": WORKFLOW}
PUBLISH = "https://docs.pypi.org/attestations/publish/v1"

_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
_PAYLOAD_TYPE = "application/vnd.in-toto+json"
_CLAIMS = "1.3.6.1.4.1.57264.1."
_OTHER_USES = (
    *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("crl_sign", "encipher_only", "decipher_only"),
)
_NO_OTHER_USE = dict.fromkeys(_OTHER_USES, False)


def provenance(*bundles: Mapping[str, Any], version: int = 1) -> str:
    """A provenance object."""
    return json.dumps({"version": version, "attestation_bundles": bundles})


def bundle(
    *attestations: Mapping[str, Any], publisher: Mapping[str, str | None] = GITHUB
) -> dict[str, Any]:
    """What one publisher attests, by the repository's word."""
    return {"publisher": {"claims": None, **publisher}, "attestations": attestations}


class Sigstore:
    """Certifies workflows of GitHub, and keeps a log of what they sign.

    Attributes:
        cache: what `XDG_CACHE_HOME` has to name for its keys to be found.
    """

    def __init__(self, directory: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._spki = self._key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        self._key_id = hashlib.sha256(self._spki).digest()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        self._certificate = self._own_certificate()
        self.cache = directory / "cache"
        keys = self.cache / "sigstore-python" / "tuf" / quote(DEFAULT_TUF_URL, safe="")
        keys.mkdir(parents=True)
        (keys / "trusted_root.json").write_text(json.dumps(self._trusted_root()))

    def attest(
        self,
        filename: str,
        sha256: str,
        *,
        repository: str = REPOSITORY,
        workflow: str = WORKFLOW,
        predicate_type: str = PUBLISH,
        uncertified: str | None = None,
    ) -> dict[str, Any]:
        """A workflow's attestation that it published this file.

        Args:
            uncertified: the last number of a claim's OID that its certificate lacks.
        """
        statement = _json(
            {
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [{"name": filename, "digest": {"sha256": sha256}}],
                "predicateType": predicate_type,
                "predicate": None,
            }
        )
        key = ec.generate_private_key(ec.SECP256R1())
        claims = _claims(repository, workflow)
        claims.pop(uncertified or "", None)
        certificate = self._certify(key.public_key(), claims)
        # DSSE: pre-authentication encoding.
        encoded = f"DSSEv1 {len(_PAYLOAD_TYPE)} {_PAYLOAD_TYPE} {len(statement)} ".encode()
        signature = key.sign(encoded + statement, ec.ECDSA(SHA256()))
        return {
            "version": 1,
            "verification_material": {
                "certificate": _base64(certificate.public_bytes(Encoding.DER)),
                "transparency_entries": [self._entry(certificate, statement, signature)],
            },
            "envelope": {"statement": _base64(statement), "signature": _base64(signature)},
        }

    def _sign(self, content: bytes) -> bytes:
        return self._key.sign(content, ec.ECDSA(SHA256()))

    def _own_certificate(self) -> x509.Certificate:
        builder = _builder(self._name, self._key.public_key(), _NOW - timedelta(days=1))
        return (
            builder.issuer_name(self._name)
            .not_valid_after(_NOW + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=False, key_cert_sign=True, **_NO_OTHER_USE),
                critical=True,
            )
            .sign(self._key, SHA256())
        )

    def _certify(
        self, key: ec.EllipticCurvePublicKey, claims: Mapping[str, str]
    ) -> x509.Certificate:
        """As Fulcio does, with the one SCT embedded that its clients ask for (RFC 6962, 3.3)."""
        subject = x509.UniformResourceIdentifier("https://github.com/workflow")
        usage = x509.KeyUsage(digital_signature=True, key_cert_sign=False, **_NO_OTHER_USE)
        builder = (
            _builder(x509.Name([]), key, _NOW - timedelta(minutes=1))
            .issuer_name(self._name)
            .not_valid_after(_NOW + timedelta(minutes=9))
            .add_extension(usage, critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([subject]), critical=True)
        )
        for number, claim in claims.items():
            builder = builder.add_extension(_extension(_CLAIMS + number, _utf8(claim)), False)
        unlogged = builder.sign(self._key, SHA256())
        timestamps = self._timestamps(unlogged.tbs_certificate_bytes)
        return builder.add_extension(
            _extension("1.3.6.1.4.1.11129.2.4.2", _der(0x04, timestamps)), False
        ).sign(self._key, SHA256())

    def _timestamps(self, unlogged: bytes) -> bytes:
        """A list of one signed certificate timestamp (RFC 6962, 3.2 and 3.3)."""
        milliseconds = int(_NOW.timestamp() * 1000)
        entry = self._key_id + len(unlogged).to_bytes(3, "big") + unlogged
        signed = struct.pack("!BBQH", 0, 0, milliseconds, 1) + entry + struct.pack("!H", 0)
        signature = self._sign(signed)
        timestamp = struct.pack("!B32sQH", 0, self._key_id, milliseconds, 0)
        timestamp += struct.pack("!BBH", 4, 3, len(signature)) + signature
        return struct.pack("!HH", len(timestamp) + 2, len(timestamp)) + timestamp

    def _entry(
        self, certificate: x509.Certificate, statement: bytes, signature: bytes
    ) -> dict[str, Any]:
        """An entry of a log that holds nothing else, as Rekor promises and proves it."""
        verifier = _base64(certificate.public_bytes(Encoding.PEM))
        spec = {
            "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(statement).hexdigest()},
            "signatures": [{"signature": _base64(signature), "verifier": verifier}],
        }
        body = _json({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        time = int(_NOW.timestamp())
        promised = {"body": _base64(body), "integratedTime": time}
        promise = self._sign(_json({**promised, "logID": self._key_id.hex(), "logIndex": 0}))
        root = _base64(hashlib.sha256(b"\0" + body).digest())
        note = f"log.example\n1\n{root}\n"
        signed = _base64(self._key_id[:4] + self._sign(note.encode()))
        return {
            "logIndex": "0",
            "logId": {"keyId": _base64(self._key_id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(time),
            "inclusionPromise": {"signedEntryTimestamp": _base64(promise)},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": root,
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n\N{EM DASH} log.example {signed}\n"},
            },
            "canonicalizedBody": _base64(body),
        }

    def _trusted_root(self) -> dict[str, Any]:
        validity = {"start": "2020-01-01T00:00:00Z"}
        own = {"rawBytes": _base64(self._certificate.public_bytes(Encoding.DER))}
        log = {
            "baseUrl": "https://log.example",
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _base64(self._spki),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": validity,
            },
            "logId": {"keyId": _base64(self._key_id)},
        }
        authority = {
            "subject": {"organization": "tests", "commonName": "tests"},
            "uri": "https://authority.example",
            "certChain": {"certificates": [own]},
            "validFor": validity,
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log],
            "certificateAuthorities": [authority],
            "ctlogs": [log],
            "timestampAuthorities": [],
        }


def _claims(repository: str, workflow: str) -> dict[str, str]:
    """What Fulcio certifies of a workflow: issuer, repository, ref and configuration."""
    source = f"https://github.com/{repository}"
    return {
        "8": "https://token.actions.githubusercontent.com",
        "12": source,
        "14": "refs/heads/main",
        "18": f"{source}/.github/workflows/{workflow}@refs/heads/main",
    }


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, since: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _extension(oid: str, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)


def _utf8(text: str) -> bytes:
    return _der(0x0C, text.encode())


def _der(tag: int, content: bytes) -> bytes:
    assert len(content) < 256
    length = [len(content)] if len(content) < 128 else [0x81, len(content)]
    return bytes([tag, *length]) + content


def _json(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
