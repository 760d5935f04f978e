"""The whole wheel is held to the metadata that was resolved with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.asking import Asking, candidate_of
from tests.support.server import LoopbackServer, Response
from tests.support.wheels import build_wheel, metadata_of
from tests.support.world import RepositoryDouble, World

from xpip.core.facts import CoreMetadata, File
from xpip.core.metadata import parse_metadata
from xpip.errors import InstallationError, PolicyError, Reason


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    return corp


@pytest.fixture
def asking(corp: RepositoryDouble) -> Iterator[Asking]:
    """Ready to fetch from this repository."""
    with Asking(corp) as asking:
        yield asking


def metadata(path: Path) -> CoreMetadata:
    """The metadata of a wheel, read."""
    read = parse_metadata(metadata_of(path))
    assert isinstance(read, CoreMetadata)
    return read


def test_metadata_holds_when_the_wheel_has_what_was_offered(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """PEP 658: the two are the same."""
    fetched = asking.fetch(asking.candidate(corp))
    fetched.check_metadata(metadata(fetched.path))


@pytest.mark.parametrize(
    "other", [{}, {"requires": ["eggs", "evil"]}, {"requires_python": ">=3"}, {"extras": ["x"]}]
)
def test_metadata_is_refused_when_the_wheel_has_other_metadata(
    corp: RepositoryDouble, asking: Asking, tmp_path: Path, other: dict[str, list[str]]
) -> None:
    """S34: what was resolved with must be what is installed."""
    options = {"requires": ["eggs"]} | other if other else {}
    offered = metadata(build_wheel(tmp_path, "spam", "1.0", **options))  # type: ignore[arg-type]
    with pytest.raises(PolicyError) as caught:
        asking.fetch(asking.candidate(corp)).check_metadata(offered)
    assert caught.value.reference is Reason.METADATA_CHANGED
    assert any("offered" in line for line in caught.value.context)


def test_metadata_is_refused_when_the_wheel_has_none_that_is_readable(tmp_path: Path) -> None:
    """A server that gives ranges of one file and the whole of another."""
    offered = metadata(build_wheel(tmp_path, "spam", "1.0"))
    with (
        LoopbackServer(lambda _: Response(body=b"no zip")) as server,
        Asking() as asking,
    ):
        file = File(filename="spam-1.0-py3-none-any.whl", url=server.origin)
        fetched = asking.fetch(candidate_of(file, "spam", "1.0"))
        with pytest.raises(PolicyError) as caught:
            fetched.check_metadata(offered)
    assert caught.value.reference is Reason.METADATA_CHANGED


def test_wheel_that_vanished_is_no_wheel_that_changed(tmp_path: Path) -> None:
    """The disk's failure is not the repository's: nobody is told to distrust it."""
    wheel = build_wheel(tmp_path, "spam", "1.0")
    offered = metadata(wheel)
    with Asking() as asking:
        file = File(filename=wheel.name, url=wheel.as_uri())
        fetched = asking.fetch(candidate_of(file, "spam", "1.0"))
        wheel.unlink()
        with pytest.raises(InstallationError) as caught:
            fetched.check_metadata(offered)
    assert caught.value.reference is Reason.DISK
