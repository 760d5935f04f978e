"""METADATA without the whole wheel: as the page offers it, or by range requests."""

from __future__ import annotations

import hashlib
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.asking import Asking, candidate_of
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.wheels import build_wheel, metadata_of, write_archive
from tests.support.world import RepositoryDouble, World

from xpip.core.decisions import Candidate, Ruling
from xpip.core.facts import (
    CoreMetadata,
    File,
    Hash,
    InvalidMetadata,
    MetadataAnswer,
    Unavailable,
)
from xpip.edge.repositories.wheel_metadata import (
    BROKEN_WHEEL,
    NoRanges,
    read_local,
    read_remote,
)
from xpip.errors import Reason

INFO = "spam-1.0.dist-info"
METADATA = b"Metadata-Version: 2.1\nName: spam\nVersion: 1.0\nRequires-Dist: eggs\n"


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with one wheel of spam, which needs eggs."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0", requires=["eggs"])
    return corp


@pytest.fixture
def asking(corp: RepositoryDouble) -> Iterator[Asking]:
    """Ready to ask this repository."""
    with Asking(corp) as asking:
        yield asking


def needs(answer: MetadataAnswer) -> list[str]:
    """What usable metadata requires."""
    assert isinstance(answer, CoreMetadata), answer
    return [str(requirement) for requirement in answer.requires]


def invalid(answer: MetadataAnswer) -> str:
    """Why metadata is not usable."""
    assert isinstance(answer, InvalidMetadata), answer
    return answer.detail


def unavailable(answer: MetadataAnswer) -> Reason:
    """Why metadata could not be had."""
    assert isinstance(answer, Unavailable), answer
    return answer.reason


def serve_archive(corp: RepositoryDouble, directory: Path, contents: dict[str, bytes]) -> Path:
    """Serve a zip archive as the wheel of spam 1.0, and no metadata file beside it."""
    corp.page("spam").files.clear()
    corp.page("spam").core_metadata = False
    wheel = write_archive(directory / "spam-1.0-py3-none-any.whl", contents)
    return corp.serve_file("spam", "1.0", wheel)


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that do not compress, the same each time."""
    return random.Random(seed).randbytes(size)


def test_metadata_is_read_from_its_own_file_when_the_page_offers_one(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """PEP 658; the wheel itself is not asked for."""
    assert needs(asking.client.metadata(asking.candidate(corp))) == ["eggs"]
    assert corp.files_asked() == ["spam-1.0-py3-none-any.whl.metadata"]


def test_metadata_is_read_from_its_own_file_when_no_hash_is_given(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """PEP 658 allows `true`: the wheel is compared with it later."""
    candidate = asking.candidate(corp, core_metadata=True)
    assert needs(asking.client.metadata(candidate)) == ["eggs"]


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_metadata_is_refused_when_it_does_not_have_the_hash_given(
    corp: RepositoryDouble, asking: Asking, algorithm: str
) -> None:
    """It is not what the page vouches for, and nothing else is tried in its place."""
    candidate = asking.candidate(corp, core_metadata=(Hash(algorithm, "0" * 64),))
    assert unavailable(asking.client.metadata(candidate)) is Reason.HASH_MISMATCH
    assert corp.files_asked() == ["spam-1.0-py3-none-any.whl.metadata"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, Reason.HTTP_STATUS), (403, Reason.AUTH_FAILED), (500, Reason.HTTP_STATUS)],
)
def test_metadata_is_unavailable_when_it_is_offered_and_not_there(
    corp: RepositoryDouble, asking: Asking, status: int, reason: Reason
) -> None:
    """S33: an error, not an invitation to look elsewhere."""
    candidate = asking.candidate(corp)
    corp.page("spam").file_status = status
    assert unavailable(asking.client.metadata(candidate)) is reason
    assert set(corp.files_asked()) == {"spam-1.0-py3-none-any.whl.metadata"}


def test_metadata_is_refused_when_only_its_stronger_hash_holds(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """All that the page says of it has to be true."""
    candidate = asking.candidate(corp)
    metadata = metadata_of(asking.fetch(candidate).path)
    true = Hash("sha512", hashlib.sha512(metadata).hexdigest())
    claims = (Hash("sha256", "0" * 64), true)
    candidate = asking.candidate(corp, core_metadata=claims)
    assert unavailable(asking.client.metadata(candidate)) is Reason.HASH_MISMATCH


def test_metadata_is_asked_for_before_the_query_of_a_files_address(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """S33: the suffix belongs to the path, a signature stays behind it."""
    url = asking.candidate(corp).file.url
    candidate = asking.candidate(corp, url=f"{url}?signature=1")
    assert needs(asking.client.metadata(candidate)) == ["eggs"]
    assert corp.requests[-1].path.endswith(".whl.metadata?signature=1")


def test_metadata_is_invalid_when_it_is_of_another_release(corp: RepositoryDouble) -> None:
    """A page cannot lend one release's requirements to another."""
    corp.page("spam").files.clear()
    corp.serve("spam", "1.0", metadata=METADATA.replace(b"1.0", b"2.0"))
    with Asking(corp) as asking:
        assert "spam 2.0" in invalid(asking.client.metadata(asking.candidate(corp)))


def test_wheel_is_read_in_part_when_no_metadata_file_is_offered(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """A small wheel comes whole, but as one range of it."""
    corp.page("spam").core_metadata = False
    assert needs(asking.client.metadata(asking.candidate(corp))) == ["eggs"]
    assert [request.status for request in corp.requests[1:]] == [206]


@pytest.mark.parametrize("place", ["front", "back"])
def test_large_wheel_is_read_in_few_parts(
    corp: RepositoryDouble, tmp_path: Path, place: str
) -> None:
    """Its directory alone is larger than the first part; METADATA lies at either end."""
    modules = {f"spam/module_{number:04}.py": noise(1000, number) for number in range(400)}
    metadata = {f"{INFO}/METADATA": METADATA}
    contents = metadata | modules if place == "front" else modules | metadata
    serve_archive(corp, tmp_path, contents)
    with Asking(corp) as asking:
        assert needs(asking.client.metadata(asking.candidate(corp))) == ["eggs"]
    assert {request.status for request in corp.requests[1:]} == {206}
    assert len(corp.requests[1:]) <= 3


def test_wheel_is_fetched_whole_when_the_server_ignores_ranges(corp: RepositoryDouble) -> None:
    """Its host is remembered: the next wheel is asked for without a range."""
    corp.serve("eggs", "1.0")
    for project in ("spam", "eggs"):
        corp.page(project).core_metadata = corp.page(project).ranges = False
    with Asking(corp) as asking:
        assert needs(asking.client.metadata(asking.candidate(corp, "spam"))) == ["eggs"]
        assert needs(asking.client.metadata(asking.candidate(corp, "eggs"))) == []
    files = [request for request in corp.requests if "/files/" in request.path]
    assert ["range" in request.headers for request in files] == [True, False, False]


def test_wheel_is_not_fetched_whole_when_its_project_is_refused(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """Its requirements stay unknown: nothing of a refused name comes onto this disk."""
    corp.page("spam").core_metadata = corp.page("spam").ranges = False
    candidate = asking.candidate(corp, ruling=Ruling.CONFLICT)
    assert needs(asking.client.metadata(candidate)) == []
    assert all("range" in request.headers for request in corp.requests[1:])
    assert list(asking.directory.iterdir()) == []


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[tuple[LoopbackServer, Candidate]]:
    """A server that gives the whole wheel as it is, and other bytes for parts of it."""
    raw = build_wheel(tmp_path, "spam", "1.0", requires=["eggs"]).read_bytes()
    parts = _server(noise(len(raw)))

    def answer(incoming: Incoming) -> Response:
        wanted = incoming.headers.get("range")
        if wanted is None:
            return Response(body=raw)
        said, body = parts(wanted.replace("-24576", f"-{min(24576, len(raw))}"))
        return Response(status=206, headers={"Content-Range": said}, body=body)

    with LoopbackServer(answer) as server:
        name = "spam-1.0-py3-none-any.whl"
        hashes = (Hash("sha256", hashlib.sha256(raw).hexdigest()),)
        file = File(filename=name, url=f"{server.origin}/{name}", hashes=hashes)
        yield server, candidate_of(file, "spam", "1.0")


def test_wheel_is_fetched_whole_when_its_parts_are_none(
    liar: tuple[LoopbackServer, Candidate],
) -> None:
    """No hash holds for parts: whoever breaks them would else choose the release."""
    _, candidate = liar
    with Asking() as asking:
        assert needs(asking.client.metadata(candidate)) == ["eggs"]


def test_metadata_is_refused_when_the_whole_wheel_is_another_than_its_hash_says(
    liar: tuple[LoopbackServer, Candidate],
) -> None:
    """The hash decides, not the zip."""
    _, candidate = liar
    wrong = replace(candidate.file, hashes=(Hash("sha256", "0" * 64),))
    with Asking() as asking:
        answer = asking.client.metadata(replace(candidate, file=wrong))
    assert unavailable(answer) is Reason.HASH_MISMATCH


def test_wheel_is_not_fetched_whole_when_its_parts_are_none_and_its_project_is_refused(
    liar: tuple[LoopbackServer, Candidate],
) -> None:
    """Nothing of a refused name comes onto this disk, for whatever reason."""
    server, candidate = liar
    origin = replace(candidate.origin, ruling=Ruling.CONFLICT)
    with Asking() as asking:
        assert needs(asking.client.metadata(replace(candidate, origin=origin))) == []
        assert list(asking.directory.iterdir()) == []
    assert all("range" in request.headers for request in server.requests)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, Reason.HTTP_STATUS), (403, Reason.AUTH_FAILED), (503, Reason.HTTP_STATUS)],
)
def test_metadata_is_unavailable_when_the_wheel_is_not_there(
    corp: RepositoryDouble, asking: Asking, status: int, reason: Reason
) -> None:
    """A file that cannot be had is no broken file: another version is no answer to it."""
    corp.page("spam").core_metadata = False
    candidate = asking.candidate(corp)
    corp.page("spam").file_status = status
    assert unavailable(asking.client.metadata(candidate)) is reason


@pytest.mark.parametrize("ranges", [True, False])
def test_metadata_is_invalid_when_the_wheel_is_no_zip(
    corp: RepositoryDouble, tmp_path: Path, ranges: bool
) -> None:
    """Read in part or whole."""
    wheel = serve_archive(corp, tmp_path, {})
    wheel.write_bytes(noise(100_000))
    corp.page("spam").files.clear()
    corp.page("spam").ranges = ranges
    corp.serve_file("spam", "1.0", wheel)
    with Asking(corp) as asking:
        assert wheel.name in invalid(asking.client.metadata(asking.candidate(corp)))


@pytest.mark.parametrize(
    ("contents", "detail"),
    [
        ({"spam.py": b""}, "0 METADATA files"),
        ({f"{INFO}/METADATA": METADATA, "eggs-1.dist-info/METADATA": METADATA}, "2 METADATA files"),
        ({f"deeper/{INFO}/METADATA": METADATA}, "0 METADATA files"),
    ],
)
def test_metadata_is_invalid_when_the_wheel_does_not_have_exactly_one(
    corp: RepositoryDouble, tmp_path: Path, contents: dict[str, bytes], detail: str
) -> None:
    """No choice between two is right."""
    serve_archive(corp, tmp_path, contents)
    with Asking(corp) as asking:
        assert detail in invalid(asking.client.metadata(asking.candidate(corp)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_metadata_is_invalid_when_it_is_compressed_in_an_unusual_way(
    tmp_path: Path, method: int
) -> None:
    """These inflate without bounds; no tool writes wheels with them."""
    with zipfile.ZipFile(tmp_path / "spam.whl", "w") as archive:
        archive.writestr(f"{INFO}/METADATA", METADATA, method)
    with pytest.raises(BROKEN_WHEEL, match="compressed"):
        read_local(tmp_path / "spam.whl")


def test_metadata_is_invalid_when_it_is_absurdly_large(tmp_path: Path) -> None:
    """A few kilobytes can say that they are megabytes."""
    bomb = write_archive(tmp_path / "spam.whl", {f"{INFO}/METADATA": bytes(17 << 20)})
    with pytest.raises(BROKEN_WHEEL, match="absurdly large"):
        read_local(bomb)


def test_metadata_is_invalid_when_it_is_larger_than_the_wheel_says(tmp_path: Path) -> None:
    """What is unpacked is bounded by what is read, not by what a directory claims."""
    bomb = write_archive(tmp_path / "spam.whl", {f"{INFO}/METADATA": bytes(64 << 20)})
    raw = bomb.read_bytes()
    bomb.write_bytes(raw.replace(struct.pack("<L", 64 << 20), struct.pack("<L", 100)))
    tracemalloc.start()
    try:
        with pytest.raises(BROKEN_WHEEL):
            read_local(bomb)
        assert tracemalloc.get_traced_memory()[1] < 48 << 20
    finally:
        tracemalloc.stop()


def test_wheel_breaks_in_no_unforeseen_way_when_any_byte_is_wrong(tmp_path: Path) -> None:
    """Whatever a repository sends, it is METADATA or a broken wheel."""
    raw = build_wheel(tmp_path, "spam", "1.0").read_bytes()
    outcomes = {"read": 0, "broken": 0}
    for position in range(len(raw)):
        for value in (0x00, 0x7F, 0xFF):
            harmed = raw[:position] + bytes([value]) + raw[position + 1 :]
            try:
                read_remote(_server(harmed))
                outcomes["read"] += 1
            except BROKEN_WHEEL:
                outcomes["broken"] += 1
    assert all(outcomes.values())


Lie = Callable[[str, bytes], tuple[str, bytes]]

LIES: dict[str, Lie] = {
    "nothing said": lambda said, body: ("", body),
    "another unit": lambda said, body: (said.replace("bytes", "lines"), body),
    "size unknown": lambda said, body: (said.rpartition("/")[0] + "/*", body),
    "body too short": lambda said, body: (said, body[:-1]),
    "body too long": lambda said, body: (said, body + b"!"),
    "body empty": lambda said, body: (said, b""),
    "another start": lambda said, body: (f"bytes 7-{6 + len(body)}/99999999", body),
    "another size": lambda said, body: (f"{said.rpartition('/')[0]}/99999999", body),
    "beyond the end": lambda said, body: (f"bytes 9-{8 + len(body)}/{len(body)}", body),
    "backwards": lambda said, body: ("bytes 9-3/100", b""),
    "absurd number": lambda said, body: (f"bytes 0-1/{'9' * 5000}", body),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("answer", [0, 1])
def test_range_is_not_believed_when_it_is_not_the_one_asked_for(
    tmp_path: Path, lie: str, answer: int
) -> None:
    """Neither the first answer nor a later one; then the wheel is fetched whole."""
    contents = {f"{INFO}/METADATA": METADATA, "spam/data": noise(100_000)}
    get = _server(write_archive(tmp_path / "spam.whl", contents).read_bytes())
    told = [get] * answer

    def lying(wanted: str) -> tuple[str, bytes]:
        return told.pop()(wanted) if told else LIES[lie](*get(wanted))

    with pytest.raises(NoRanges):
        read_remote(lying)


def test_range_is_believed_when_it_is_the_one_asked_for(tmp_path: Path) -> None:
    """The server of the lies above, for once telling the truth."""
    contents = {f"{INFO}/METADATA": METADATA, "spam/data": noise(100_000)}
    wheel = write_archive(tmp_path / "spam.whl", contents)
    assert read_remote(_server(wheel.read_bytes())) == metadata_of(wheel)


def _server(raw: bytes) -> Callable[[str], tuple[str, bytes]]:
    def get(wanted: str) -> tuple[str, bytes]:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(raw) - int(last))
        stop = int(last) + 1 if first else len(raw)
        return f"bytes {start}-{stop - 1}/{len(raw)}", raw[start:stop]

    return get
