"""Many questions in flight at once, each asked once, and arrivals told on the waiting thread."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from tests.support.asking import Asking, group_of
from tests.support.kept import kept_pages
from tests.support.server import Incoming, LoopbackServer, Response
from tests.support.wheels import build_wheel
from tests.support.world import RepositoryDouble, World

from xpip.core.asking import Asking as Stages
from xpip.core.decisions import Candidate
from xpip.core.facts import Absent, CoreMetadata, Found, Layout, Repository, Unavailable
from xpip.core.policy import Policy
from xpip.core.routing import route
from xpip.edge.repositories.transport import CONNECTIONS

SPAM, EGGS = canonicalize_name("spam"), canonicalize_name("eggs")
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
PATIENCE = 20
"""Seconds after which a test that would hang fails; none comes near it."""


class Arrivals:
    """A listener that writes down what it is told, and on which thread."""

    def __init__(self) -> None:
        self.told: list[NormalizedName | Candidate] = []
        self.threads: set[threading.Thread] = set()
        self.one_came = threading.Event()
        self.waited = 0

    def about_to_wait(self) -> None:
        self.waited += 1

    def page_arrived(self, project: NormalizedName) -> None:
        self._came(project)

    def metadata_arrived(self, candidate: Candidate) -> None:
        self._came(candidate)

    def _came(self, what: NormalizedName | Candidate) -> None:
        self.told.append(what)
        self.threads.add(threading.current_thread())
        self.one_came.set()


@pytest.fixture
def corp(world: World) -> RepositoryDouble:
    """A repository with spam and eggs."""
    corp = world.repository("corp")
    corp.serve("spam", "1.0")
    corp.serve("eggs", "1.0")
    return corp


@pytest.fixture
def asking(corp: RepositoryDouble) -> Iterator[Asking]:
    """Ready to ask this repository."""
    with Asking(corp) as asking:
        yield asking


def page(path: str) -> Response:
    """An empty page for whatever project is asked for."""
    name = path.rstrip("/").rpartition("/")[2]
    return Response(headers=JSON, body=json.dumps({"meta": {}, "name": name, "files": []}).encode())


def test_page_is_asked_for_once(corp: RepositoryDouble, asking: Asking) -> None:
    """However often it is expected or needed, the answer is one and the same."""
    repository = Repository(url=corp.url)
    for _ in range(3):
        asking.client.prefetch_page(repository, SPAM)
    first, second = (asking.client.page(repository, SPAM) for _ in range(2))
    assert first is second
    assert corp.projects_asked() == ["spam"]


def test_page_is_asked_for_once_when_the_answer_is_no(
    corp: RepositoryDouble, asking: Asking
) -> None:
    """Absent and Unavailable are answers: a run does not change its mind."""
    corp.page("spam").http_status = 403
    asked = [asking.page(corp, project) for project in ("spam", "ham") * 2]
    assert [type(answer) for answer in asked] == [Unavailable, Absent] * 2
    assert corp.projects_asked() == ["spam", "ham"]


def test_page_kept_is_here_as_soon_as_it_is_expected(
    corp: RepositoryDouble, tmp_path: Path
) -> None:
    """Nothing is waited for, and whoever asked need not be told that it has come."""
    corp.page("spam").headers = {"Cache-Control": "max-age=600"}
    repository = Repository(url=corp.url)
    for is_known in (False, True):
        arrivals = Arrivals()
        with Asking(corp, kept=kept_pages(tmp_path / "c")) as asking:
            asking.client.listen(arrivals)
            asking.client.prefetch_page(repository, SPAM)
            assert asking.client.has_page(repository, SPAM) == is_known
            asking.client.page(repository, EGGS)
            asking.client.page(repository, SPAM)
        assert (SPAM in arrivals.told) == (not is_known)
    assert corp.projects_asked().count("spam") == 1


def test_page_is_asked_for_in_each_repository(world: World, corp: RepositoryDouble) -> None:
    """One repository's answer is never another's."""
    other = world.repository("other")
    with Asking(corp, other) as asking:
        answers = [asking.page(corp), asking.page(other)]
    assert [type(answer) for answer in answers] == [Found, Absent]


def test_metadata_is_asked_for_once(corp: RepositoryDouble, asking: Asking) -> None:
    """As pages are."""
    candidate = asking.candidate(corp)
    asking.client.prefetch_metadata(candidate)
    assert asking.client.metadata(candidate) is asking.client.metadata(candidate)
    assert len(corp.files_asked()) == 1


def test_questions_are_in_flight_at_once() -> None:
    """No answer is sent before all four questions have come."""
    together = threading.Barrier(4)

    def answer(incoming: Incoming) -> Response:
        together.wait(PATIENCE)
        return page(incoming.path)

    with LoopbackServer(answer) as server, Asking(f"{server.origin}/simple/") as asking:
        repository = Repository(url=f"{server.origin}/simple/")
        projects = [canonicalize_name(f"project-{number}") for number in range(4)]
        for project in projects:
            asking.client.prefetch_page(repository, project)
        answers = [asking.client.page(repository, project) for project in projects]
    assert [answer.page.project for answer in answers if isinstance(answer, Found)] == projects


def test_no_more_questions_are_in_flight_than_is_stated() -> None:
    """A server is not overrun, however many projects are expected."""
    lock, waiting, most = threading.Lock(), 0, 0

    def answer(incoming: Incoming) -> Response:
        nonlocal waiting, most
        with lock:
            waiting += 1
            most = max(most, waiting)
        time.sleep(0.05)
        with lock:
            waiting -= 1
        return page(incoming.path)

    with LoopbackServer(answer) as server, Asking(f"{server.origin}/simple/") as asking:
        repository = Repository(url=f"{server.origin}/simple/")
        projects = [canonicalize_name(f"project-{number}") for number in range(3 * CONNECTIONS)]
        for project in projects:
            asking.client.prefetch_page(repository, project)
        for project in projects:
            asking.client.page(repository, project)
        assert len({each.connection for each in server.requests}) <= CONNECTIONS
    assert 1 < most <= CONNECTIONS


@pytest.mark.parametrize("ahead", [False, True])
def test_repositories_of_one_stage_are_asked_at_once(*, ahead: bool) -> None:
    """Semantics 3.1 keeps later stages waiting, and nobody else: neither answers before both are.

    Whether a scout asks ahead of need, or somebody needs the answers now.
    """
    together = threading.Barrier(3 if ahead else 2)

    def answer(incoming: Incoming) -> Response:
        together.wait(PATIENCE)
        return page(incoming.path)

    with LoopbackServer(answer) as one, LoopbackServer(answer) as other:
        roots = [f"{each.origin}/simple/" for each in (one, other)]
        with Asking(*roots) as asking:
            groups = tuple(group_of(Repository(url=root)) for root in roots)
            policy = Policy(groups=groups)
            stages = Stages(asking.client, policy)
            routing = route(SPAM, policy)
            if ahead:
                assert not stages.advance(routing)
                together.wait(PATIENCE)
            answers = [each.answer for each in stages.ask(routing)]
    assert [type(each) for each in answers] == [Found, Found]


def test_listener_is_told_of_arrivals_while_somebody_waits() -> None:
    """The answer waited for is held back until the listener has heard of the other one."""
    arrivals = Arrivals()

    def answer(incoming: Incoming) -> Response:
        if "/spam/" in incoming.path:
            assert arrivals.one_came.wait(PATIENCE)
        return page(incoming.path)

    with LoopbackServer(answer) as server, Asking(f"{server.origin}/simple/") as asking:
        repository = Repository(url=f"{server.origin}/simple/")
        asking.client.listen(arrivals)
        asking.client.prefetch_page(repository, EGGS)
        assert isinstance(asking.client.page(repository, SPAM), Found)
    assert arrivals.told[0] == EGGS
    assert arrivals.threads == {threading.current_thread()}


def test_listener_is_told_of_metadata_too(corp: RepositoryDouble, asking: Asking) -> None:
    """On the thread that waits for it, so that the core needs no locks."""
    arrivals = Arrivals()
    candidate = asking.candidate(corp)
    asking.client.listen(arrivals)
    asking.client.metadata(candidate)
    assert arrivals.told == [candidate]
    assert arrivals.threads == {threading.current_thread()}


def test_listener_may_ask_on_when_it_is_told(corp: RepositoryDouble, asking: Asking) -> None:
    """A wait within a wait ends, and so does the outer one."""
    repository = Repository(url=corp.url)

    class Curious(Arrivals):
        def page_arrived(self, project: NormalizedName) -> None:
            super().page_arrived(project)
            asking.client.page(repository, EGGS)

    curious = Curious()
    asking.client.listen(curious)
    assert isinstance(asking.client.page(repository, SPAM), Found)
    assert asking.client.has_page(repository, EGGS)
    assert SPAM in curious.told


def test_page_is_here_only_when_its_answer_is() -> None:
    """`has_page` never promises what would have to be waited for."""
    asked, answered = threading.Event(), threading.Event()

    def answer(incoming: Incoming) -> Response:
        asked.set()
        assert answered.wait(PATIENCE)
        return page(incoming.path)

    with LoopbackServer(answer) as server, Asking(f"{server.origin}/simple/") as asking:
        repository = Repository(url=f"{server.origin}/simple/")
        here = [asking.client.has_page(repository, SPAM)]
        asking.client.prefetch_page(repository, SPAM)
        assert asked.wait(PATIENCE)
        here.append(asking.client.has_page(repository, SPAM))
        answered.set()
        asking.client.page(repository, SPAM)
        here.append(asking.client.has_page(repository, SPAM))
    assert here == [False, False, True]


def test_local_page_is_here_at_once(tmp_path: Path) -> None:
    """The disk is read on the spot: nobody is told, because nobody waits."""
    build_wheel(tmp_path, "spam", "1.0")
    repository = Repository(url=f"{tmp_path.as_uri()}/", layout=Layout.FLAT)
    with Asking(repository) as asking:
        asking.client.prefetch_page(repository, SPAM)
        assert asking.client.has_page(repository, SPAM)
        candidate = asking.candidate(repository)
        asking.client.prefetch_metadata(candidate)
        assert asking.client.has_metadata(candidate)
        assert isinstance(asking.client.metadata(candidate), CoreMetadata)


def test_listener_is_told_before_somebody_waits(corp: RepositoryDouble, asking: Asking) -> None:
    """So that what it asks for then is in flight meanwhile."""
    arrivals = Arrivals()
    asking.client.listen(arrivals)
    asking.page(corp)
    assert arrivals.waited == 1


def test_bug_in_a_worker_surfaces_where_its_answer_is_needed(corp: RepositoryDouble) -> None:
    """A crash on another thread is neither a hang nor an absence."""

    def broken(candidate: Candidate) -> Path:
        raise LookupError(candidate.file.filename)

    corp.page("spam").core_metadata = corp.page("spam").ranges = False
    with Asking(corp, whole_wheel=broken) as asking:
        candidate = asking.candidate(corp)
        asking.client.prefetch_metadata(candidate)
        with pytest.raises(LookupError, match="spam"):
            asking.client.metadata(candidate)


def test_client_can_be_closed_when_it_never_asked() -> None:
    """A run that fails early has nothing to stop."""
    with Asking() as asking:
        asking.client.close()


def test_first_page_is_the_one_that_is_here_when_another_is_slow(
    corp: RepositoryDouble, world: World
) -> None:
    """Both are asked at once, and nobody waits for the slow one."""
    slow = world.repository("slow")
    slow.latency = PATIENCE
    with Asking(slow, corp) as asking:
        mirrors = [Repository(url=slow.url), Repository(url=corp.url)]
        assert asking.client.first_page(mirrors, SPAM) == mirrors[1]
        assert not asking.client.has_page(mirrors[0], SPAM)
