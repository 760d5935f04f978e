"""The provenance of a file, fetched from where its page says that it lies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from tests.support.asking import Asking, mirrors_of, repository_of
from tests.support.world import RepositoryDouble, World

from xpip.core.decisions import Candidate
from xpip.core.policy import Identity
from xpip.edge.repositories.fetching import Fetcher
from xpip.edge.repositories.provenance import RemoteProvenance
from xpip.errors import AvailabilityError, PolicyError, Reason, XpipError

LOGIN = ("ann", "secret")
TEXT = '{"version": 1}'


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam and its provenance."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.page("spam").provenance = TEXT
    return corp


@pytest.fixture
def asking(corp: RepositoryDouble) -> Iterator[Asking]:
    """Ready to ask this repository, with a login for it."""
    with Asking(corp, login=LOGIN, mirrors=True, retries=0) as asking:
        yield asking


def demanding(asking: Asking, corp: RepositoryDouble) -> Candidate:
    """The wheel, with a publisher demanded."""
    identity = Identity(claims=(("kind", "GitHub"),), declared_at="xpip.toml:5")
    return replace(asking.candidate(corp), identities=(identity,))


def fetch(asking: Asking, corp: RepositoryDouble, url: str | None = None) -> bytes:
    """Its provenance, from another URL if there is one."""
    candidate = demanding(asking, corp)
    if url is not None:
        candidate = replace(candidate, file=replace(candidate.file, provenance_url=url))
    groups = mirrors_of(repository_of(corp))
    return RemoteProvenance(asking.transport, groups).fetch(candidate)


def refusal(asking: Asking, corp: RepositoryDouble, url: str | None = None) -> XpipError:
    with pytest.raises((PolicyError, AvailabilityError)) as caught:
        fetch(asking, corp, url)
    return caught.value


def test_provenance_is_fetched_from_where_the_page_says(
    asking: Asking, corp: RepositoryDouble
) -> None:
    """PEP 740: an absolute URL, here on the repository's own host, which it logs in to."""
    corp.credentials = LOGIN
    assert fetch(asking, corp) == TEXT.encode()
    assert corp.files_asked()[-1] == "spam-1.0-py3-none-any.whl.provenance"


@pytest.mark.parametrize("status", [404, 410])
def test_file_is_refused_when_its_advertised_provenance_is_not_there(
    asking: Asking, corp: RepositoryDouble, status: int
) -> None:
    """Whoever could take it away would otherwise have taken the demand away."""
    corp.page("spam").provenance_status = status
    error = refusal(asking, corp)
    assert isinstance(error, PolicyError)
    assert error.reference is Reason.IDENTITY


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, Reason.HTTP_STATUS), (403, Reason.AUTH_FAILED), (204, Reason.HTTP_STATUS)],
)
def test_provenance_is_unavailable_when_its_server_fails(
    asking: Asking, corp: RepositoryDouble, status: int, reason: Reason
) -> None:
    """Another day it may be there: exit 4."""
    corp.page("spam").provenance_status = status
    error = refusal(asking, corp)
    assert isinstance(error, AvailabilityError)
    assert error.reference is reason


def test_provenance_is_not_read_to_its_end_when_it_is_huge(
    asking: Asking, corp: RepositoryDouble
) -> None:
    """4 MiB are some thousand attestations."""
    corp.page("spam").provenance = " " * (4 << 20) + TEXT
    assert refusal(asking, corp).reference is Reason.LIMIT


@pytest.mark.parametrize("path", ["/any", "/corp/simple/spam/proof"])
def test_provenance_is_not_fetched_when_it_lies_on_a_foreign_host(
    world: World, asking: Asking, corp: RepositoryDouble, path: str
) -> None:
    """Neither the repository's own host nor one of its `file-hosts`: nobody asks it."""
    other = world.repository("other")
    error = refusal(asking, corp, other.origin + path)
    assert isinstance(error, PolicyError)
    assert error.reference is Reason.FILE_HOST_FOREIGN
    assert not other.requests


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://[", "ftp://127.0.0.1/"])
def test_provenance_is_not_fetched_when_its_address_is_no_remote_one(
    asking: Asking, corp: RepositoryDouble, url: str
) -> None:
    """A page cannot make xpip read this machine's files."""
    assert refusal(asking, corp, url).reference is Reason.FILE_HOST_FOREIGN


def test_provenance_is_not_fetched_when_its_host_forwards_elsewhere(
    world: World, asking: Asking, corp: RepositoryDouble
) -> None:
    """No hash says what must come from there."""
    other = world.repository("other")
    page = corp.page("spam")
    candidate = demanding(asking, corp)
    page.file_redirect = other.origin
    groups = mirrors_of(repository_of(corp))
    with pytest.raises(PolicyError) as caught:
        RemoteProvenance(asking.transport, groups).fetch(candidate)
    assert caught.value.reference is Reason.FILE_HOST_FOREIGN
    assert not other.requests


def test_file_is_refused_when_its_mirror_offers_no_provenance(
    asking: Asking, corp: RepositoryDouble
) -> None:
    """The page that was chosen from did; the mirror that serves the file instead does not."""
    corp.page("spam").provenance = None
    assert refusal(asking, corp).reference is Reason.IDENTITY


# In the fetcher


def checking(asking: Asking, corp: RepositoryDouble, error: XpipError | None) -> Fetcher:
    """A fetcher whose check ends like this."""

    def check(candidate: Candidate, sha256: str) -> None:
        assert dict(candidate.file.hashes)["sha256"] == sha256
        if error is not None:
            raise error

    groups = mirrors_of(repository_of(corp))
    return Fetcher(
        asking.transport, [asking.directory], asking.observer, groups=groups, check_attested=check
    )


def test_file_is_handed_out_when_it_is_attested(asking: Asking, corp: RepositoryDouble) -> None:
    """The check gets the digest of what really came."""
    (fetched,) = checking(asking, corp, None).fetch_all([demanding(asking, corp)])
    assert fetched.path.is_file()


def test_file_is_not_handed_out_when_it_is_not_attested(
    asking: Asking, corp: RepositoryDouble
) -> None:
    """Not to be installed, not to be built, and not to be asked for its metadata."""
    refused = PolicyError("not attested", reference=Reason.IDENTITY)
    fetcher, candidate = checking(asking, corp, refused), demanding(asking, corp)
    with pytest.raises(PolicyError) as caught:
        fetcher.fetch_all([candidate])
    assert caught.value is refused
    assert getattr(fetcher.whole_wheel(candidate), "reason", None) is Reason.IDENTITY


def test_file_is_not_handed_out_when_nobody_checks_who_attested_it(
    asking: Asking, corp: RepositoryDouble
) -> None:
    """A fetcher that was made without a check is a bug, not a way around the rule."""
    with pytest.raises(AssertionError):
        asking.fetch(demanding(asking, corp))
