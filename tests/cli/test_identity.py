"""`xpip install` under a rule that demands who published a file, as a user runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command import Ended, Environment
from tests.support.sigstore import GITHUB, Sigstore, bundle, provenance
from tests.support.world import RepositoryDouble, World

Xpip = Callable[..., Ended]
ONCE = ("--retries", "0")
MAP = """
[repositories]
corp = ["{url}"]

[[mapping]]
paths = ["*"]
repositories = ["corp"]
identity = {{kind = "GitHub", repository = "acme/acme-lib", workflow = "release.yml"}}
"""


@pytest.fixture
def corp(world: World, project: Path) -> RepositoryDouble:
    """A repository with one wheel; the mapping file demands its publisher."""
    corp = world.repository("corp")
    corp.serve("acme-lib", "1.0")
    path = project / "xpip.toml"
    path.write_text(MAP.format(url=corp.url), encoding="utf-8")
    path.chmod(0o644)
    return corp


@pytest.fixture
def sigstore(tmp_path: Path) -> Sigstore:
    """One that is believed by who is told of its cache."""
    return Sigstore(tmp_path)


def attested(corp: RepositoryDouble, sigstore: Sigstore, repository: str) -> str:
    """A provenance of the wheel, signed and published from this repository of GitHub."""
    (file,) = corp.page("acme-lib").files
    sha256 = hashlib.sha256(file.path.read_bytes()).hexdigest()
    attestation = sigstore.attest(file.path.name, sha256, repository=repository)
    return provenance(bundle(attestation, publisher={**GITHUB, "repository": repository}))


def test_file_is_installed_when_the_publisher_demanded_attests_it(
    corp: RepositoryDouble, sigstore: Sigstore, environment: Environment, xpip: Xpip
) -> None:
    """No network but the repository's is needed for it."""
    corp.page("acme-lib").provenance = attested(corp, sigstore, "acme/acme-lib")

    ended = xpip("install", *ONCE, "acme-lib", XDG_CACHE_HOME=str(sigstore.cache))

    assert ended.exit_code == 0, ended.stderr
    assert environment.installed() == {"acme-lib": "1.0"}
    assert "TUF" not in ended.stderr


def test_nothing_is_installed_when_another_publisher_attests_the_file(
    corp: RepositoryDouble, sigstore: Sigstore, environment: Environment, xpip: Xpip
) -> None:
    """A valid attestation, of somebody else's: exit 3, with both publishers and the rule."""
    corp.page("acme-lib").provenance = attested(corp, sigstore, "evil/acme-lib")

    ended = xpip("install", *ONCE, "--json", "acme-lib", XDG_CACHE_HOME=str(sigstore.cache))

    assert ended.exit_code == 3
    (error,) = ended.data["errors"]
    assert error["reason"] == "identity"
    said = "\n".join(error["context"])
    assert "demanded: kind GitHub, repository acme/acme-lib, workflow release.yml" in said
    assert "xpip.toml:5 mapping[0].identity" in said
    assert "attested by: kind GitHub, repository evil/acme-lib, workflow release.yml" in said
    assert environment.installed() == {}


def test_nothing_is_installed_when_the_publisher_is_only_claimed(
    corp: RepositoryDouble, sigstore: Sigstore, environment: Environment, xpip: Xpip
) -> None:
    """The repository writes the name that is demanded over somebody else's signature."""
    honest = attested(corp, sigstore, "evil/acme-lib")
    corp.page("acme-lib").provenance = honest.replace("evil/acme-lib", "acme/acme-lib")

    ended = xpip("install", *ONCE, "--json", "acme-lib", XDG_CACHE_HOME=str(sigstore.cache))

    assert (ended.exit_code, ended.reasons) == (3, ["identity"])
    assert environment.installed() == {}


def test_metadata_out_of_a_whole_wheel_is_not_used_when_nobody_attests_it(
    corp: RepositoryDouble, sigstore: Sigstore, environment: Environment, xpip: Xpip
) -> None:
    """A repository without metadata files and ranges: refused, with the same reasons."""
    page = corp.page("acme-lib")
    page.core_metadata, page.ranges = False, False
    page.provenance = attested(corp, sigstore, "evil/acme-lib")

    ended = xpip("install", *ONCE, "--json", "acme-lib", XDG_CACHE_HOME=str(sigstore.cache))

    assert (ended.exit_code, ended.reasons) == (3, ["identity"])
    assert "repository evil/acme-lib" in ended.stdout


def test_nothing_is_installed_when_provenance_is_unavailable(
    corp: RepositoryDouble, environment: Environment, xpip: Xpip
) -> None:
    """Exit 4: it may be there on another day."""
    corp.page("acme-lib").provenance = provenance()
    corp.page("acme-lib").provenance_status = 503

    ended = xpip("install", *ONCE, "--json", "acme-lib")

    assert (ended.exit_code, ended.reasons) == (4, ["http-status"])
    assert environment.installed() == {}


def test_mapping_file_is_not_valid_when_the_extra_is_missing(
    corp: RepositoryDouble, environment: Environment, xpip: Xpip, tmp_path: Path
) -> None:
    """A demand that cannot be verified is not passed over: nobody is asked for anything."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['pypi_attestations'] = None")

    ended = xpip("install", "--json", "acme-lib", PYTHONPATH=str(hidden))

    assert (ended.exit_code, ended.reasons) == (2, ["map-invalid"])
    (error,) = ended.data["errors"]
    assert "mapping[0].identity" in error["message"]
    assert error["context"] == ["xpip.toml:5"]
    assert "xpip[attestations]" in error["hint"]
    assert not corp.requests
