"""What is kept is written while the run goes on, and is there when it has ended."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from tests.support.kept import find_kept, nobody

from xpip.core.facts import PageRequest, ProjectPage, Repository
from xpip.edge.cache.afterwards import Afterwards
from xpip.edge.cache.opened import open_caches

CORP = Repository(url="https://corp.example/simple/")
ASKED = PageRequest(repository=CORP, project=canonicalize_name("spam"), accept="text/html")


def test_nobody_waits_for_what_is_written() -> None:
    """Whoever has an answer goes on with it."""
    may_write, written = threading.Event(), list[str]()
    afterwards = Afterwards()
    afterwards(may_write.wait)
    afterwards(lambda: written.append("kept"))
    assert written == []
    may_write.set()
    afterwards.finish()
    assert written == ["kept"]


def test_work_is_done_in_the_order_in_which_it_was_asked_for() -> None:
    """Of two answers to one question the later one stays."""
    done = list[int]()
    afterwards = Afterwards()
    for number in range(100):
        afterwards(lambda number=number: done.append(number))  # type: ignore[misc]
    afterwards.finish()
    assert done == list(range(100))


def test_bug_surfaces_where_the_run_waits_and_keeps_nothing_else_from_being_written() -> None:
    """A cache that silently keeps nothing would only look slow."""
    done = list[str]()
    afterwards = Afterwards()
    afterwards(lambda: done.remove("nothing"))
    afterwards(lambda: done.append("kept"))
    with pytest.raises(ValueError, match="not in list"):
        afterwards.finish()
    assert done == ["kept"]


def test_run_without_anything_to_keep_ends_at_once() -> None:
    """There is no thread to wait for."""
    before = threading.active_count()
    Afterwards().finish()
    assert threading.active_count() == before


def test_what_a_run_keeps_is_there_when_it_has_ended(tmp_path: Path) -> None:
    """For the next one, which may begin at once."""
    page = ProjectPage(project=ASKED.project, repository=CORP, url=CORP.project_url(ASKED.project))
    caches = open_caches(tmp_path)
    assert caches.pages is not None
    caches.pages.keep(ASKED, status=200, url=page.url, headers={}, page=page, now=0.0, anew=nobody)
    caches.close()
    again = open_caches(tmp_path)
    assert again.pages is not None
    assert find_kept(again.pages, ASKED) is not None
    again.close()
