"""A lock records who attested what it holds (PEP 740, PEP 751), and nobody takes their place."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command import Ended, Environment
from tests.support.sigstore import GITHUB, Sigstore, bundle, provenance
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]
MAP = """
[repositories]
corp = ["{url}"]

[[mapping]]
paths = ["*"]
repositories = ["corp"]
"""
DEMAND = 'identity = {{kind = "GitHub", repository = "{repository}", workflow = "release.yml"}}\n'


class Publishing:
    """A repository whose one project is published by a workflow of somebody's."""

    def __init__(self, corp: RepositoryDouble, sigstore: Sigstore, project: Path) -> None:
        self._corp = corp
        self._sigstore = sigstore
        self._project = project
        self.page = corp.page("acme-lib")

    def publish(self, version: str, repository: str) -> None:
        """Let this repository of GitHub publish one version, and no other be there."""
        self.page.files.clear()
        self._corp.serve("acme-lib", version)
        self.attest(repository)

    def attest(self, repository: str) -> None:
        """Let the version that is there be attested from this repository of GitHub."""
        (file,) = self.page.files
        sha256 = hashlib.sha256(file.path.read_bytes()).hexdigest()
        attestation = self._sigstore.attest(file.path.name, sha256, repository=repository)
        self.page.provenance = provenance(
            bundle(attestation, publisher={**GITHUB, "repository": repository})
        )

    def demand(self, repository: str | None) -> None:
        """Let the mapping file demand a publisher, or none."""
        text = MAP.format(url=self._corp.url)
        if repository is not None:
            text += DEMAND.format(repository=repository)
        path = self._project / "xpip.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)

    def recorded(self) -> list[dict[str, Any]]:
        """What the lock says of the project's publishers."""
        (package,) = tomllib.loads((self._project / "pylock.toml").read_text())["packages"]
        return list(package.get("attestation-identities", []))


@pytest.fixture
def acme(world: World, tmp_path: Path, project: Path, sigstore: Sigstore) -> Publishing:
    """Version 1.0, published as the mapping file demands."""
    acme = Publishing(world.repository("corp"), sigstore, project)
    acme.publish("1.0", "acme/acme-lib")
    acme.demand("acme/acme-lib")
    return acme


@pytest.fixture
def sigstore(tmp_path: Path) -> Sigstore:
    """One that is believed by who is told of its cache."""
    return Sigstore(tmp_path)


@pytest.fixture
def run(xpip: Xpip, sigstore: Sigstore) -> Xpip:
    """The command, to which this Sigstore is known; nothing is kept between runs."""
    return lambda *arguments: xpip(
        *arguments, "--retries", "0", "--no-cache", XDG_CACHE_HOME=str(sigstore.cache)
    )


@pytest.fixture
def locked(acme: Publishing, run: Xpip, environment: Environment) -> Publishing:
    """The same, locked; and no rule demands anything any more."""
    assert run("lock", "acme-lib").exit_code == 0
    acme.demand(None)
    return acme


def test_lock_records_who_attested_when_a_rule_demanded_it(
    acme: Publishing, run: Xpip, environment: Environment
) -> None:
    """As PEP 751 has it: `kind` first, the publisher's own words beside."""
    ended = run("lock", "acme-lib")
    assert ended.exit_code == 0, ended.stderr
    assert acme.recorded() == [GITHUB]
    assert next(iter(acme.recorded()[0])) == "kind"
    assert run("lock", "--check", "acme-lib").exit_code == 0


def test_lock_records_nobody_when_nobody_was_asked(
    acme: Publishing, run: Xpip, environment: Environment
) -> None:
    """What was not verified is not written down."""
    acme.demand(None)
    assert run("lock", "acme-lib").exit_code == 0
    assert acme.recorded() == []


def test_locked_file_is_installed_when_it_is_attested_as_recorded(
    locked: Publishing, run: Xpip, environment: Environment
) -> None:
    """Without any rule: the lock is enough."""
    ended = run("install", "--lock", "pylock.toml")
    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"acme-lib": "1.0"}


@pytest.mark.parametrize("change", ["another", "empty", "gone"])
@pytest.mark.parametrize("command", ["install --lock pylock.toml", "sync pylock.toml"])
def test_locked_file_is_refused_when_its_attestation_changed_or_is_gone(
    locked: Publishing, run: Xpip, environment: Environment, change: str, command: str
) -> None:
    """Its hash is that of the lock, and still somebody has to say why nobody vouches for it now."""
    spoil(locked, change)
    ended = run(*command.split(), "--json")
    assert (ended.exit_code, ended.reasons) == (3, ["identity"])
    assert "pylock.toml packages[0].attestation-identities[0]" in ended.stdout
    assert environment.installed() == {}


@pytest.mark.parametrize("change", ["another", "empty", "gone"])
def test_lock_is_not_made_anew_when_the_next_version_is_not_attested_as_recorded(
    locked: Publishing, run: Xpip, change: str
) -> None:
    """The rule is gone, and what the lock recorded still holds."""
    locked.publish("2.0", "acme/acme-lib")
    spoil(locked, change)
    ended = run("lock", "-U", "acme-lib", "--json")
    assert (ended.exit_code, ended.reasons) == (3, ["identity"])
    assert locked.recorded() == [GITHUB]


def test_lock_goes_on_recording_who_attests_the_next_version(locked: Publishing, run: Xpip) -> None:
    """What is taken from one lock into the next has been verified again."""
    locked.publish("2.0", "acme/acme-lib")
    ended = run("lock", "-U", "acme-lib")
    assert ended.exit_code == 0, ended.stderr
    assert locked.recorded() == [GITHUB]


def test_rule_decides_who_attests_when_the_lock_recorded_another(
    locked: Publishing, run: Xpip
) -> None:
    """Projects move, and a rule of today's says where to."""
    locked.publish("2.0", "acme-foundation/acme-lib")
    locked.demand("acme-foundation/acme-lib")
    ended = run("lock", "-U", "acme-lib")
    assert ended.exit_code == 0, ended.stderr
    assert locked.recorded() == [{**GITHUB, "repository": "acme-foundation/acme-lib"}]


def test_lock_is_invalid_when_a_claim_is_no_string(
    locked: Publishing, run: Xpip, project: Path
) -> None:
    """It could not be held against anything."""
    path = project / "pylock.toml"
    path.write_text(path.read_text().replace('"release.yml"', "[1]"), encoding="utf-8")
    ended = run("install", "--lock", "pylock.toml", "--json")
    assert (ended.exit_code, ended.reasons) == (2, ["lock-invalid"])
    assert "packages[0].attestation-identities[0].workflow" in ended.stdout


def test_locked_file_is_refused_when_the_extra_is_missing(
    locked: Publishing, xpip: Xpip, environment: Environment, tmp_path: Path
) -> None:
    """What cannot be verified is not passed over, and it is said what is needed."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['pypi_attestations'] = None")
    ended = xpip("install", "--lock", "pylock.toml", "--json", PYTHONPATH=str(hidden))
    assert (ended.exit_code, ended.reasons) == (3, ["identity"])
    assert "xpip[attestations]" in ended.stdout
    assert environment.installed() == {}


def spoil(acme: Publishing, change: str) -> None:
    """Let another publisher attest the file, or nobody, or let there be no provenance at all."""
    if change == "another":
        acme.attest("evil/acme-lib")
    else:
        acme.page.provenance = provenance() if change == "empty" else None
