"""Who published a file, by its attestations: which bundles count, and what the signatures prove."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.asking import candidate_of
from tests.support.sigstore import GITHUB, Sigstore, bundle, provenance

from xpip.core.decisions import Candidate
from xpip.core.facts import File
from xpip.core.policy import Identity
from xpip.edge.attestations import Attestations
from xpip.errors import AvailabilityError, PolicyError, Reason

WHEEL = "spam-1.0-py3-none-any.whl"
SHA256 = "5a" * 32
PLACE = "xpip.toml:7 mapping[0].identity"


@dataclass(frozen=True, kw_only=True)
class KnownBundle:
    """A bundle of which it is known whether its attestations hold."""

    publisher: Mapping[str, str] = field(default_factory=lambda: GITHUB)
    problem: str | None = None

    def objection(self, filename: str, sha256: str) -> str | None:
        assert (filename, sha256) == (WHEEL, SHA256)
        return self.problem


def identity(**claims: str) -> Identity:
    """A publisher that a rule demands."""
    return Identity(claims=tuple(sorted(claims.items())), declared_at=PLACE)


def candidate(*identities: Identity) -> Candidate:
    """A wheel whose publisher is demanded."""
    file = File(filename=WHEEL, url=f"http://h/{WHEEL}", provenance_url="http://h/proof")
    return replace(candidate_of(file, "spam", "1.0"), identities=identities)


def check(*bundles: KnownBundle, demanded: Mapping[str, str] = GITHUB) -> None:
    """Hold these bundles to one demand."""
    checked = Attestations(lambda _: b"", lambda _: bundles)
    checked.check(candidate(identity(**demanded)), SHA256)


def refusal(action: Callable[[], object]) -> PolicyError:
    """How it is refused."""
    with pytest.raises(PolicyError) as caught:
        action()
    assert caught.value.reference is Reason.IDENTITY
    return caught.value


# Which bundle counts


@pytest.mark.parametrize("demanded", [GITHUB, {"kind": "GitHub"}])
def test_file_passes_when_a_publisher_has_every_claim_demanded(
    demanded: Mapping[str, str],
) -> None:
    """What the rule does not speak of may be anything."""
    check(KnownBundle(), demanded=demanded)


def test_file_passes_when_one_bundle_of_several_counts() -> None:
    """A provenance may name other publishers, and hold attestations that do not verify."""
    other = KnownBundle(publisher={"kind": "GitLab", "repository": "acme/acme-lib"})
    check(other, KnownBundle(problem="expired"), KnownBundle())


@pytest.mark.parametrize(
    "claim",
    [
        {"repository": "acme/acme-lib2"},
        {"repository": "Acme/acme-lib"},
        {"repository": "acme/acme-lib/"},
        {"kind": "github"},
        {"workflow": "release.yaml"},
        {"environment": "release"},
        {"supprise": "any"},
    ],
)
def test_file_is_refused_when_no_publisher_has_every_claim(claim: Mapping[str, str]) -> None:
    """Strings are compared exactly, and a claim that is not there is not met."""
    error = refusal(lambda: check(KnownBundle(), demanded={**GITHUB, **claim}))
    (name, value), *_ = claim.items()
    assert any(f"{name} {value}" in line and PLACE in line for line in error.context)
    assert "attested by: kind GitHub, repository acme/acme-lib, workflow release.yml" in (
        error.context
    )


def test_file_is_refused_when_claims_are_met_by_different_bundles_only() -> None:
    """Two publishers do not make up a third."""
    halves = [
        KnownBundle(publisher={"kind": "GitHub", "repository": "acme/acme-lib", "workflow": "x"}),
        KnownBundle(publisher={"kind": "GitHub", "repository": "x", "workflow": "release.yml"}),
    ]
    refusal(lambda: check(*halves))


def test_file_is_refused_when_its_attestation_does_not_hold() -> None:
    """A name in the provenance is the repository's word, no more."""
    error = refusal(lambda: check(KnownBundle(problem="not in the log")))
    assert "its attestation: not in the log" in error.context


def test_file_is_refused_when_nobody_attests_it() -> None:
    """An empty provenance."""
    assert "attested by nobody" in refusal(check).context


def test_publisher_is_one_short_line_when_its_claims_are_not() -> None:
    """Nobody's words look like xpip's own, or push them off the screen."""
    claims = {"kind": "GitHub", "repository": "evil\nDone." + "x" * 1000}
    error = refusal(lambda: check(KnownBundle(publisher=claims)))
    assert error.context[-1].startswith("attested by: kind GitHub, repository evil Done.xxx")
    assert len(error.context[-1]) < 600


def test_file_is_refused_when_one_of_several_demands_is_not_met() -> None:
    """Rules of several files each name a publisher: both must have attested it."""
    both = candidate(identity(**GITHUB), identity(kind="GitLab"))
    checked = Attestations(lambda _: b"", lambda _: [KnownBundle()])
    error = refusal(lambda: checked.check(both, SHA256))
    assert f"demanded: kind GitLab ({PLACE})" in error.context


def test_file_is_unavailable_when_its_provenance_is() -> None:
    """An outage is no refusal."""

    def fetch(_: Candidate) -> bytes:
        raise AvailabilityError("down", reference=Reason.HTTP_STATUS)

    with pytest.raises(AvailabilityError):
        Attestations(fetch, lambda _: [KnownBundle()]).check(candidate(identity()), SHA256)


# What signatures prove


@pytest.fixture
def sigstore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sigstore:
    """The one that is believed in this test."""
    sigstore = Sigstore(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(sigstore.cache))
    return sigstore


def verify(text: str, **demanded: str) -> None:
    """Hold a real provenance to one demand."""
    demand = identity(**(demanded or GITHUB))
    Attestations(lambda _: text.encode()).check(candidate(demand), SHA256)


def test_attestation_holds_when_the_publisher_signed_this_file(sigstore: Sigstore) -> None:
    """The whole way: certificate, transparency log, signature, subject."""
    verify(provenance(bundle(sigstore.attest(WHEEL, SHA256))))


def test_attestation_holds_when_another_one_of_its_bundle_does_not(sigstore: Sigstore) -> None:
    """One that verifies is enough."""
    other = sigstore.attest(WHEEL, "00" * 32)
    verify(provenance(bundle(other, sigstore.attest(WHEEL, SHA256))))


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ({"sha256": "00" * 32}, "subject does not match distribution digest"),
        ({"filename": "spam-2.0-py3-none-any.whl"}, "subject does not match distribution name"),
        ({"repository": "evil/acme-lib"}, "https://github.com/evil/acme-lib"),
        ({"workflow": "evil.yml"}, "does not match expected Trusted Publisher"),
        ({"predicate_type": "https://evil.example/"}, "unknown attestation type"),
    ],
)
def test_attestation_is_refused_when_something_else_was_signed(
    sigstore: Sigstore, signed: Mapping[str, str], words: str
) -> None:
    """The repository names the right publisher; the certificate or the statement does not."""
    attestation = sigstore.attest(**{"filename": WHEEL, "sha256": SHA256, **signed})
    error = refusal(lambda: verify(provenance(bundle(attestation))))
    assert words in error.context[-1]


def test_attestation_is_refused_when_its_sigstore_is_not_the_known_one(
    sigstore: Sigstore, tmp_path: Path
) -> None:
    """Anybody can run an authority and a log."""
    attestation = Sigstore(tmp_path / "stranger").attest(WHEEL, SHA256)
    error = refusal(lambda: verify(provenance(bundle(attestation))))
    assert "update-trust-root" in (error.hint or "")


def test_attestation_is_refused_when_only_the_keys_of_the_library_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cache, those that the library brings count, and no network is needed for them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    attestation = Sigstore(tmp_path).attest(WHEEL, SHA256)
    refusal(lambda: verify(provenance(bundle(attestation))))


@pytest.mark.parametrize("claim", ["8", "12", "14", "18"])
def test_attestation_is_refused_when_its_certificate_lacks_a_claim(
    sigstore: Sigstore, claim: str
) -> None:
    """Also where the library does not expect that, and raises what it does not announce."""
    attestation = sigstore.attest(WHEEL, SHA256, uncertified=claim)
    refusal(lambda: verify(provenance(bundle(attestation))))


@pytest.mark.parametrize("part", ["signature", "statement"])
def test_attestation_is_refused_when_a_byte_is_another(sigstore: Sigstore, part: str) -> None:
    """What was signed is what counts."""
    attestation = sigstore.attest(WHEEL, SHA256)
    first, *rest = attestation["envelope"][part]
    attestation["envelope"][part] = "".join(["f" if first != "f" else "g", *rest])
    refusal(lambda: verify(provenance(bundle(attestation))))


def test_attestation_is_refused_when_its_bundle_holds_none(sigstore: Sigstore) -> None:
    """A publisher without any proof."""
    error = refusal(lambda: verify(provenance(bundle())))
    assert "its attestation: there is none in its bundle" in error.context


def test_claim_is_not_met_when_the_library_does_not_know_it(sigstore: Sigstore) -> None:
    """A repository could add any word to a publisher: no signature speaks of it."""
    publisher = {**GITHUB, "supprise": "any"}
    text = provenance(bundle(sigstore.attest(WHEEL, SHA256), publisher=publisher))
    refusal(lambda: verify(text, kind="GitHub", supprise="any"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "EOF"),
        ("<html>", "expected value"),
        ("[]", "object"),
        ("{}", "attestation_bundles: Field required"),
        (provenance(version=2), "version"),
        (provenance(bundle(publisher={"kind": "Forge"})), "attestation_bundles.0.publisher"),
        (json.dumps({"version": 1, "attestation_bundles": [{"attestations": []}]}), "publisher"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_provenance_is_refused_when_it_is_none_that_is_known(text: str, words: str) -> None:
    """Exit 3, with what is wrong with it on one line."""
    error = refusal(lambda: verify(text))
    assert words in error.context[-1]
    assert "\n" not in error.context[-1]


def test_library_prints_nothing_when_it_verifies(
    sigstore: Sigstore, capfd: pytest.CaptureFixture[str]
) -> None:
    """It would warn, each time, that it asks nobody for newer keys."""
    verify(provenance(bundle(sigstore.attest(WHEEL, SHA256))))
    assert capfd.readouterr() == ("", "")


def changed(attestation: dict[str, Any], **material: Any) -> dict[str, Any]:
    """An attestation with other verification material."""
    return {
        **attestation,
        "verification_material": {**attestation["verification_material"], **material},
    }


@pytest.mark.parametrize(
    "material",
    [
        {"certificate": ""},
        {"certificate": "AAAA"},
        {"transparency_entries": [{}]},
        {"transparency_entries": [{"logIndex": "x"}]},
    ],
)
def test_attestation_is_refused_when_its_material_is_broken(
    sigstore: Sigstore, material: dict[str, Any]
) -> None:
    """Whatever the parsers below raise is no success, and no crash."""
    attestation = changed(sigstore.attest(WHEEL, SHA256), **material)
    refusal(lambda: verify(provenance(bundle(attestation))))
